#include "store/drills.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "core/intent/fold.h"
#include "store/db.h"

#define COLUMNS "run, key_id, scenario, region, state, began_ms, called_ms, visible_ms, sighted_ms, limit_ms, calls"

bool
drill_save(struct store *s, const struct drill *d, struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "INSERT INTO drill (" COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
	    " ON CONFLICT (run) DO UPDATE SET state = excluded.state, called_ms = excluded.called_ms,"
	    " visible_ms = excluded.visible_ms, sighted_ms = excluded.sighted_ms,"
	    " calls = excluded.calls");
	db_text(&q, 1, d->run);
	db_text(&q, 2, d->key_id);
	db_text(&q, 3, d->scenario);
	db_text(&q, 4, d->region);
	db_text(&q, 5, drill_state_name(d->state));
	db_when(&q, 6, d->began_ms);
	db_when(&q, 7, d->called_ms);
	db_when(&q, 8, d->visible_ms);
	db_when(&q, 9, d->sighted_ms);
	db_when(&q, 10, d->limit_ms);
	db_int(&q, 11, d->calls);
	return db_run(&q, err);
}

bool
drill_known(struct store *s, const char *run, const char *key_id, bool *known, struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "SELECT 1 FROM drill WHERE run = $1 AND key_id = $2");
	db_text(&q, 1, run);
	db_text(&q, 2, key_id);
	*known = db_row(&q);
	return db_done(&q, err);
}

bool
drill_list(struct store *s, const char *state, size_t max, struct drill_list *out, struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "SELECT " COLUMNS " FROM drill WHERE $1 IS NULL OR state = $1"
	    " ORDER BY began_ms DESC, run LIMIT $2");
	db_text(&q, 1, state);
	db_int(&q, 2, (int64_t)max);
	while (db_row(&q)) {
		struct drill *d;

		MEM_GROW(out->item, out->len, out->cap);
		d = &out->item[out->len++];
		drill_init(d);
		(void)snprintf(d->run, sizeof(d->run), "%s", str_or(db_column_text(&q, 0), ""));
		d->key_id = db_column_copy(&q, 1);
		d->scenario = db_column_copy(&q, 2);
		d->region = db_column_copy(&q, 3);
		(void)drill_state_parse(db_column_text(&q, 4), &d->state);
		d->began_ms = db_column_when(&q, 5);
		d->called_ms = db_column_when(&q, 6);
		d->visible_ms = db_column_when(&q, 7);
		d->sighted_ms = db_column_when(&q, 8);
		d->limit_ms = db_column_when(&q, 9);
		d->calls = db_column_int(&q, 10);
	}
	return db_done(&q, err);
}

void
drill_list_clear(struct drill_list *l)
{
	for (size_t i = 0; i < l->len; i++)
		drill_clear(&l->item[i]);
	free(l->item);
	*l = (struct drill_list){ .item = NULL };
}

bool
drill_sighted(struct store *s, const char *run, int64_t *at_ms, int64_t *count, struct error *err)
{
	char *incident = incident_drill_id(run);
	struct stmt q;
	bool ok;

	db_prepare(s, &q, "SELECT MIN(s.seen_ms), COUNT(*) FROM sighting s JOIN incident i ON s.incident = i.id WHERE i.name = $1");
	db_text(&q, 1, incident);
	*at_ms = WHEN_NONE;
	*count = 0;
	if (db_row(&q)) {
		*at_ms = db_column_when(&q, 0);
		*count = db_column_int(&q, 1);
	}
	ok = db_done(&q, err);
	free(incident);
	return ok;
}

bool
drill_told(struct store *s, const char *run,
    void (*tell)(void *arg, const char *channel, const char *state, int64_t done_ms, const char *words), void *arg,
    struct error *err)
{
	char *incident = incident_drill_id(run);
	struct stmt q;
	bool ok;

	db_prepare(s, &q, "SELECT o.channel, o.state, o.done_ms, CASE WHEN o.state = 'done' THEN o.answer ELSE o.last_error END"
	    " FROM outbox o JOIN incident i ON o.incident = i.id WHERE i.name = $1 AND o.kind IN ('first', 'escalation')"
	    " ORDER BY o.id");
	db_text(&q, 1, incident);
	while (db_row(&q))
		tell(arg, db_column_text(&q, 0), db_column_text(&q, 1), db_column_when(&q, 2), db_column_text(&q, 3));
	ok = db_done(&q, err);
	free(incident);
	return ok;
}
