#include "store/own.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/when.h"
#include "store/db.h"

enum { SLACK_MS = 60000 };

bool
own_save(struct store *s, const char *signer, int64_t from_ms, int64_t until_ms, struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "INSERT INTO own_span (signer, from_ms, until_ms) VALUES ($1, $2, $3)"
	    " ON CONFLICT (signer, from_ms) DO UPDATE SET until_ms = excluded.until_ms");
	db_text(&q, 1, signer);
	db_int(&q, 2, from_ms);
	db_when(&q, 3, until_ms);
	return db_run(&q, err);
}

bool
own_list(struct store *s, struct own_list *out, struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "SELECT signer, from_ms, until_ms FROM own_span ORDER BY from_ms");
	while (db_row(&q)) {
		struct own_span o = { .signer = db_column_copy(&q, 0), .from_ms = db_column_int(&q, 1),
			.until_ms = db_column_when(&q, 2) };

		if (o.until_ms == WHEN_NONE)
			o.until_ms = o.from_ms + OWN_OPEN_MS;
		MEM_GROW(out->item, out->len, out->cap);
		out->item[out->len++] = o;
	}
	return db_done(&q, err);
}

void
own_list_clear(struct own_list *l)
{
	for (size_t i = 0; i < l->len; i++)
		free(l->item[i].signer);
	free(l->item);
	*l = (struct own_list){ .item = NULL };
}

bool
own_signed(const struct own_list *l, const char *signer, int64_t at_ms)
{
	if (signer == NULL || at_ms == WHEN_NONE)
		return false;
	for (size_t i = 0; i < l->len; i++)
		if (str_eq(l->item[i].signer, signer) && at_ms >= l->item[i].from_ms - SLACK_MS &&
		    at_ms <= l->item[i].until_ms + SLACK_MS)
			return true;
	return false;
}
