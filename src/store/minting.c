#include "store/minting.h"

#include <stdlib.h>

#include "base/mem.h"
#include "store/db.h"

#define COLUMNS \
	"account, user_name, path, account_name, batch, level, boundary, step, user_id, arn, owner, note, tags," \
	" origin, drill, started_ms, error"

void
minting_clear(struct minting *m)
{
	char *const owned[] = { m->account, m->user_name, m->path, m->account_name, m->batch, m->boundary, m->step,
		m->user_id, m->arn, m->owner, m->note, m->origin, m->error };

	for (size_t i = 0; i < ARRAY_LEN(owned); i++)
		free(owned[i]);
	strlist_clear(&m->tags);
	*m = (struct minting){ .account = NULL };
}

void
minting_list_clear(struct minting_list *l)
{
	for (size_t i = 0; i < l->len; i++)
		minting_clear(&l->item[i]);
	free(l->item);
	*l = (struct minting_list){ .item = NULL };
}

bool
minting_save(struct store *s, const struct minting *m, struct error *err)
{
	char *tags = strlist_join(&m->tags, ",");
	struct stmt q;

	db_prepare(s, &q, "INSERT INTO minting (" COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10,"
	    " $11, $12, $13, $14, $15, $16, $17) ON CONFLICT (account, user_name) DO UPDATE SET"
	    " path = excluded.path, account_name = excluded.account_name, batch = excluded.batch,"
	    " level = excluded.level, boundary = excluded.boundary, step = excluded.step,"
	    " user_id = excluded.user_id, arn = excluded.arn, owner = excluded.owner, note = excluded.note,"
	    " tags = excluded.tags, origin = excluded.origin, drill = excluded.drill,"
	    " started_ms = excluded.started_ms, error = excluded.error");
	db_text(&q, 1, m->account);
	db_text(&q, 2, m->user_name);
	db_text(&q, 3, m->path);
	db_text(&q, 4, m->account_name);
	db_text(&q, 5, m->batch);
	db_text(&q, 6, canary_level_name(m->level));
	db_text(&q, 7, m->boundary);
	db_text(&q, 8, m->step);
	db_text(&q, 9, m->user_id);
	db_text(&q, 10, m->arn);
	db_text(&q, 11, m->owner);
	db_text(&q, 12, m->note);
	db_text(&q, 13, tags);
	db_text(&q, 14, m->origin);
	db_int(&q, 15, m->drill);
	db_int(&q, 16, m->started_ms);
	db_text(&q, 17, m->error);
	free(tags);
	return db_run(&q, err);
}

bool
minting_remove(struct store *s, const struct minting *m, struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "DELETE FROM minting WHERE account = $1 AND user_name = $2");
	db_text(&q, 1, m->account);
	db_text(&q, 2, m->user_name);
	return db_run(&q, err);
}

static void
read_row(struct stmt *q, struct minting *m)
{
	*m = (struct minting){ .account = db_column_copy(q, 0), .user_name = db_column_copy(q, 1),
		.path = db_column_copy(q, 2), .account_name = db_column_copy(q, 3), .batch = db_column_copy(q, 4),
		.boundary = db_column_copy(q, 6), .step = db_column_copy(q, 7), .user_id = db_column_copy(q, 8),
		.arn = db_column_copy(q, 9), .owner = db_column_copy(q, 10), .note = db_column_copy(q, 11),
		.origin = db_column_copy(q, 13), .drill = db_column_int(q, 14) != 0,
		.started_ms = db_column_int(q, 15), .error = db_column_copy(q, 16) };
	(void)canary_level_parse(db_column_text(q, 5), &m->level);
	strlist_split(&m->tags, db_column_text(q, 12), ",");
}

bool
minting_list(struct store *s, struct minting_list *out, struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "SELECT " COLUMNS " FROM minting ORDER BY started_ms, user_name");
	while (db_row(&q)) {
		MEM_GROW(out->item, out->len, out->cap);
		read_row(&q, &out->item[out->len++]);
	}
	return db_done(&q, err);
}
