#include "store/blind.h"

#include <stdlib.h>

#include "base/mem.h"
#include "store/db.h"

bool
blind_save(struct store *s, const struct blind_row *row, struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "INSERT INTO blind (account, cause, since_ms, told_ms) VALUES ($1, $2, $3, $4)"
	    " ON CONFLICT (account, cause) DO UPDATE SET since_ms = excluded.since_ms, told_ms = excluded.told_ms");
	db_text(&q, 1, row->account);
	db_text(&q, 2, row->cause);
	db_when(&q, 3, row->since_ms);
	db_when(&q, 4, row->told_ms);
	return db_run(&q, err);
}

bool
blind_remove(struct store *s, const char *account, const char *cause, struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "DELETE FROM blind WHERE account = $1 AND cause = $2");
	db_text(&q, 1, account);
	db_text(&q, 2, cause);
	return db_run(&q, err);
}

bool
blind_list(struct store *s, struct blind_list *out, struct error *err)
{
	struct stmt q;

	*out = (struct blind_list){ .len = 0 };
	db_prepare(s, &q, "SELECT account, cause, since_ms, told_ms FROM blind ORDER BY account, cause");
	while (db_row(&q)) {
		out->item = mem_resize(out->item, out->len + 1, sizeof(*out->item));
		out->item[out->len++] = (struct blind_row){ .account = db_column_copy(&q, 0),
			.cause = db_column_copy(&q, 1), .since_ms = db_column_when(&q, 2), .told_ms = db_column_when(&q, 3) };
	}
	return db_done(&q, err);
}

void
blind_list_clear(struct blind_list *l)
{
	for (size_t i = 0; i < l->len; i++) {
		free(l->item[i].account);
		free(l->item[i].cause);
	}
	free(l->item);
	*l = (struct blind_list){ .len = 0 };
}
