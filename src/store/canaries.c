#include "store/canaries.h"

#include <stdlib.h>

#include "store/db.h"

#define COLUMNS \
	"key_id, account, user_name, user_id, arn, owner, note, origin, batch, sealed_secret, tags," \
	" state, level, drill, created_ms, tripped_ms, retired_ms"

bool
canary_save(struct store *s, const struct canary *c, struct error *err)
{
	char *tags = strlist_join(&c->tags, ",");
	struct stmt q;

	db_prepare(s, &q, "INSERT INTO canary (" COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9,"
	    " $10, $11, $12, $13, $14, $15, $16, $17) ON CONFLICT (key_id) DO UPDATE SET"
	    " account = COALESCE(excluded.account, canary.account),"
	    " user_name = COALESCE(excluded.user_name, canary.user_name),"
	    " user_id = COALESCE(excluded.user_id, canary.user_id),"
	    " arn = COALESCE(excluded.arn, canary.arn), owner = COALESCE(excluded.owner, canary.owner),"
	    " note = COALESCE(excluded.note, canary.note), origin = COALESCE(canary.origin, excluded.origin),"
	    " batch = COALESCE(excluded.batch, canary.batch),"
	    " sealed_secret = COALESCE(excluded.sealed_secret, canary.sealed_secret),"
	    " tags = CASE WHEN excluded.tags = '' THEN canary.tags ELSE excluded.tags END,"
	    " state = excluded.state, level = excluded.level, drill = excluded.drill,"
	    " created_ms = COALESCE(canary.created_ms, excluded.created_ms),"
	    " tripped_ms = COALESCE(excluded.tripped_ms, canary.tripped_ms),"
	    " retired_ms = COALESCE(excluded.retired_ms, canary.retired_ms)");
	db_text(&q, 1, c->key_id);
	db_text(&q, 2, c->account);
	db_text(&q, 3, c->user_name);
	db_text(&q, 4, c->user_id);
	db_text(&q, 5, c->arn);
	db_text(&q, 6, c->owner);
	db_text(&q, 7, c->note);
	db_text(&q, 8, c->origin);
	db_text(&q, 9, c->batch);
	db_text(&q, 10, c->sealed_secret);
	db_text(&q, 11, tags);
	db_text(&q, 12, canary_state_name(c->state));
	db_text(&q, 13, canary_level_name(c->level));
	db_int(&q, 14, c->drill);
	db_when(&q, 15, c->created_ms);
	db_when(&q, 16, c->tripped_ms);
	db_when(&q, 17, c->retired_ms);
	free(tags);
	return db_run(&q, err);
}

static void
read_row(struct stmt *q, struct canary *c)
{
	canary_init(c);
	c->key_id = db_column_copy(q, 0);
	c->account = db_column_copy(q, 1);
	c->user_name = db_column_copy(q, 2);
	c->user_id = db_column_copy(q, 3);
	c->arn = db_column_copy(q, 4);
	c->owner = db_column_copy(q, 5);
	c->note = db_column_copy(q, 6);
	c->origin = db_column_copy(q, 7);
	c->batch = db_column_copy(q, 8);
	c->sealed_secret = db_column_copy(q, 9);
	strlist_split(&c->tags, db_column_text(q, 10), ",");
	(void)canary_state_parse(db_column_text(q, 11), &c->state);
	(void)canary_level_parse(db_column_text(q, 12), &c->level);
	c->drill = db_column_int(q, 13) != 0;
	c->created_ms = db_column_when(q, 14);
	c->tripped_ms = db_column_when(q, 15);
	c->retired_ms = db_column_when(q, 16);
}

bool
canary_load(struct store *s, const char *key_id, struct canary *c, bool *found, struct error *err)
{
	struct stmt q;

	canary_init(c);
	db_prepare(s, &q, "SELECT " COLUMNS " FROM canary WHERE key_id = $1");
	db_text(&q, 1, key_id);
	*found = db_row(&q);
	if (*found)
		read_row(&q, c);
	return db_done(&q, err);
}

static bool
wanted(const struct canary_filter *f, const struct canary *c)
{
	if (f == NULL)
		return true;
	if (f->state != NULL && !str_eq(f->state, canary_state_name(c->state)))
		return false;
	if (f->account != NULL && !str_eq(f->account, c->account))
		return false;
	return f->tag == NULL || strlist_has(&c->tags, f->tag);
}

bool
canary_list(struct store *s, const struct canary_filter *filter, struct canary_set *out,
    struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "SELECT " COLUMNS " FROM canary ORDER BY account, key_id");
	while (db_row(&q)) {
		struct canary c;

		read_row(&q, &c);
		if (wanted(filter, &c))
			canary_set_add(out, &c);
		canary_clear(&c);
	}
	canary_set_index(out);
	return db_done(&q, err);
}

bool
canary_trip(struct store *s, const char *key_id, int64_t at_ms, struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "UPDATE canary SET state = 'tripped', tripped_ms = $2"
	    " WHERE key_id = $1 AND state = 'live'");
	db_text(&q, 1, key_id);
	db_when(&q, 2, at_ms);
	return db_run(&q, err);
}
