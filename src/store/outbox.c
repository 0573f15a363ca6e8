#include "store/outbox.h"

#include <stdlib.h>

#include "base/when.h"
#include "store/db.h"

#define COLUMNS \
	"id, incident, channel, kind, idempotency_key, payload, state, attempts, next_ms, created_ms," \
	" done_ms, last_error, answer"

void
outbox_row_clear(struct outbox_row *r)
{
	free(r->channel);
	free(r->kind);
	free(r->key);
	free(r->payload);
	free(r->state);
	free(r->last_error);
	free(r->answer);
	*r = (struct outbox_row){ .id = 0 };
}

static void
read_row(struct stmt *q, struct outbox_row *r)
{
	*r = (struct outbox_row){ .id = db_column_int(q, 0), .incident = db_column_int(q, 1),
		.channel = db_column_copy(q, 2), .kind = db_column_copy(q, 3), .key = db_column_copy(q, 4),
		.payload = db_column_copy(q, 5), .state = db_column_copy(q, 6),
		.attempts = db_column_int(q, 7), .next_ms = db_column_int(q, 8),
		.created_ms = db_column_int(q, 9), .done_ms = db_column_when(q, 10),
		.last_error = db_column_copy(q, 11), .answer = db_column_copy(q, 12) };
}

bool
outbox_add(struct store *s, int64_t incident, const char *channel, const char *kind, const char *key,
    const char *payload, int64_t not_before_ms, int64_t now_ms, struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "INSERT INTO outbox (incident, channel, kind, idempotency_key, payload, state,"
	    " attempts, next_ms, created_ms) VALUES ($1, $2, $3, $4, $5, 'waiting', 0, $6, $7)"
	    " ON CONFLICT (idempotency_key) DO NOTHING");
	db_int(&q, 1, incident);
	db_text(&q, 2, channel);
	db_text(&q, 3, kind);
	db_text(&q, 4, key);
	db_text(&q, 5, payload);
	db_int(&q, 6, not_before_ms);
	db_int(&q, 7, now_ms);
	return db_run(&q, err);
}

bool
outbox_due(struct store *s, const char *channel, int64_t now_ms, struct outbox_row *out, bool *found,
    struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "SELECT " COLUMNS " FROM outbox o WHERE state = 'waiting' AND channel = $1"
	    " AND next_ms <= $2 AND NOT EXISTS (SELECT 1 FROM outbox p WHERE p.channel = o.channel"
	    " AND p.incident = o.incident AND p.incident <> 0 AND p.state = 'waiting' AND p.id < o.id"
	    " AND p.kind <> 'digest') ORDER BY attempts, id LIMIT 1");
	db_text(&q, 1, channel);
	db_int(&q, 2, now_ms);
	*found = db_row(&q);
	if (*found)
		read_row(&q, out);
	return db_done(&q, err);
}

bool
outbox_done(struct store *s, int64_t id, const char *answer, int64_t now_ms, struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "UPDATE outbox SET state = 'done', attempts = attempts + 1, done_ms = $2,"
	    " answer = $3, last_error = NULL WHERE id = $1");
	db_int(&q, 1, id);
	db_int(&q, 2, now_ms);
	db_text(&q, 3, answer);
	return db_run(&q, err);
}

bool
outbox_later(struct store *s, int64_t id, const char *why, int64_t next_ms, struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "UPDATE outbox SET attempts = attempts + 1, next_ms = $2, last_error = $3"
	    " WHERE id = $1 AND state = 'waiting'");
	db_int(&q, 1, id);
	db_int(&q, 2, next_ms);
	db_text(&q, 3, why);
	return db_run(&q, err);
}

bool
outbox_park(struct store *s, int64_t id, const char *why, int64_t now_ms, struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "UPDATE outbox SET state = 'parked', attempts = attempts + 1, done_ms = $2,"
	    " last_error = $3 WHERE id = $1");
	db_int(&q, 1, id);
	db_int(&q, 2, now_ms);
	db_text(&q, 3, why);
	return db_run(&q, err);
}

bool
outbox_retry(struct store *s, int64_t id, int64_t now_ms, int64_t *changed, struct error *err)
{
	struct stmt q;
	bool ok;

	db_prepare(s, &q, "UPDATE outbox SET state = 'waiting', next_ms = $2, done_ms = NULL"
	    " WHERE (id = $1 OR $1 = 0) AND state IN ('parked', 'waiting')");
	db_int(&q, 1, id);
	db_int(&q, 2, now_ms);
	ok = db_run(&q, err);
	*changed = ok ? db_changes(s) : 0;
	return ok;
}

bool
outbox_drop(struct store *s, int64_t id, int64_t now_ms, int64_t *changed, struct error *err)
{
	struct stmt q;
	bool ok;

	db_prepare(s, &q, "UPDATE outbox SET state = 'dropped', done_ms = $2 WHERE id = $1 AND state <> 'done'");
	db_int(&q, 1, id);
	db_int(&q, 2, now_ms);
	ok = db_run(&q, err);
	*changed = ok ? db_changes(s) : 0;
	return ok;
}

bool
outbox_each(struct store *s, bool all, void (*show)(void *arg, const struct outbox_row *), void *arg,
    struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "SELECT " COLUMNS " FROM outbox WHERE $1 = 1 OR state IN ('waiting', 'parked')"
	    " ORDER BY id");
	db_int(&q, 1, all);
	while (db_row(&q)) {
		struct outbox_row r;

		read_row(&q, &r);
		show(arg, &r);
		outbox_row_clear(&r);
	}
	return db_done(&q, err);
}

bool
outbox_next(struct store *s, int64_t *at_ms, struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "SELECT MIN(next_ms) FROM outbox WHERE state = 'waiting'");
	*at_ms = db_row(&q) ? db_column_when(&q, 0) : WHEN_NONE;
	return db_done(&q, err);
}

bool
outbox_last(struct store *s, int64_t incident, const char *channel, int64_t *at_ms, struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "SELECT MAX(done_ms) FROM outbox WHERE incident = $1 AND channel = $2 AND state = 'done'");
	db_int(&q, 1, incident);
	db_text(&q, 2, channel);
	*at_ms = db_row(&q) ? db_column_when(&q, 0) : WHEN_NONE;
	return db_done(&q, err);
}
