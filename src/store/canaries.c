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

/* --- unplanted ones ---------------------------------------------------------------- */

/* A drill canary may stand in a place and still be found. */
#define WANTED \
	" WHERE sealed_secret IS NOT NULL AND state = $1 AND drill = $2" \
	" AND (taken_ms IS NULL OR taken_ms < $3)" \
	" AND ($4 = '' OR key_id = $4) AND ($5 = '' OR account = $5)" \
	" AND ($6 = '' OR batch = $6) AND ($7 = '' OR level = $7)" \
	" AND (drill <> 0 OR NOT EXISTS (SELECT 1 FROM placement p WHERE p.key_id = canary.key_id))"

static void
bind_want(struct stmt *q, const struct canary_want *w)
{
	db_text(q, 1, w->state);
	db_int(q, 2, w->drill);
	db_int(q, 3, w->free_since_ms);
	db_text(q, 4, str_or(w->key_id, ""));
	db_text(q, 5, str_or(w->account, ""));
	db_text(q, 6, str_or(w->batch, ""));
	db_text(q, 7, str_or(w->level, ""));
}

bool
canary_find(struct store *s, const struct canary_want *want, struct canary *c, bool *found,
    struct error *err)
{
	struct stmt q;

	canary_init(c);
	db_prepare(s, &q, "SELECT " COLUMNS " FROM canary" WANTED " ORDER BY created_ms, key_id LIMIT 1");
	bind_want(&q, want);
	*found = db_row(&q);
	if (*found)
		read_row(&q, c);
	return db_done(&q, err);
}

static bool
reserve(struct store *s, const char *key_id, int64_t free_since_ms, int64_t now_ms, bool *got,
    struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "UPDATE canary SET taken_ms = $2 WHERE key_id = $1"
	    " AND (taken_ms IS NULL OR taken_ms < $3)");
	db_text(&q, 1, key_id);
	db_int(&q, 2, now_ms);
	db_int(&q, 3, free_since_ms);
	*got = false;
	if (!db_run(&q, err))
		return false;
	*got = db_changes(s) == 1;
	return true;
}

bool
canary_take(struct store *s, const struct canary_want *want, int64_t now_ms, struct canary *c,
    bool *found, struct error *err)
{
	bool got = false;

	/* Another process may reserve it between the two statements: then the next one is tried. */
	while (canary_find(s, want, c, found, err)) {
		if (!*found)
			return true;
		if (!reserve(s, c->key_id, want->free_since_ms, now_ms, &got, err))
			break;
		if (got)
			return true;
		canary_clear(c);
	}
	canary_clear(c);
	return false;
}

bool
canary_give_back(struct store *s, const char *key_id, struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "UPDATE canary SET taken_ms = NULL WHERE key_id = $1");
	db_text(&q, 1, key_id);
	return db_run(&q, err);
}

bool
canary_count(struct store *s, const struct canary_want *want, int64_t *count, struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "SELECT count(*) FROM canary" WANTED);
	bind_want(&q, want);
	*count = db_row(&q) ? db_column_int(&q, 0) : 0;
	return db_done(&q, err);
}

bool
canary_wipe(struct store *s, const char *key_id, struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "UPDATE canary SET sealed_secret = NULL, taken_ms = NULL WHERE key_id = $1"
	    " AND sealed_secret IS NOT NULL");
	db_text(&q, 1, key_id);
	if (!db_run(&q, err))
		return false;
	return db_changes(s) == 1 ||
	    error_set(err, ERROR_CONFLICT, "%.40s: its secret is gone already: somebody planted it meanwhile", key_id);
}
