#include "store/outbox.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
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
outbox_has(struct store *s, int64_t incident, const char *key, bool *there, struct error *err)
{
	char *start = mem_printf("%s-", key);
	struct stmt q;

	db_prepare(s, &q, "SELECT 1 FROM outbox WHERE incident = $1 AND substr(idempotency_key, 1, length($2)) = $2 LIMIT 1");
	db_int(&q, 1, incident);
	db_text(&q, 2, start);
	*there = db_row(&q);
	free(start);
	return db_done(&q, err);
}

/* One row into `out`; *found false when there is none. */
static bool
one_row(struct stmt *q, struct outbox_row *out, bool *found, struct error *err)
{
	*found = db_row(q);
	if (*found)
		read_row(q, out);
	return db_done(q, err);
}

/* Answered from two indexes alone: a long queue costs no reading of payloads. */
static bool
next_due(struct store *s, const char *channel, int64_t now_ms, int64_t *id, struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "SELECT id FROM outbox o WHERE state = 'waiting' AND channel = $1"
	    " AND next_ms <= $2 AND (lease_ms IS NULL OR lease_ms <= $2)"
	    " AND NOT EXISTS (SELECT 1 FROM outbox p WHERE p.channel = o.channel AND p.state = 'waiting'"
	    " AND p.incident = o.incident AND p.id < o.id AND p.kind <> 'digest' AND (p.incident <> 0"
	    " OR (p.kind IN ('blind', 'sighted') AND o.kind IN ('blind', 'sighted'))))"
	    " ORDER BY attempts, CASE kind WHEN 'first' THEN 0 WHEN 'digest' THEN 2 ELSE 1 END, id LIMIT 1");
	db_text(&q, 1, channel);
	db_int(&q, 2, now_ms);
	*id = db_row(&q) ? db_column_int(&q, 0) : 0;
	return db_done(&q, err);
}

static bool
lease(struct store *s, int64_t id, const char *by, int64_t now_ms, int64_t until_ms, bool *got,
    struct error *err)
{
	struct stmt q;
	bool ok;

	db_prepare(s, &q, "UPDATE outbox SET lease_by = $2, lease_ms = $4 WHERE id = $1 AND state = 'waiting'"
	    " AND next_ms <= $3 AND (lease_ms IS NULL OR lease_ms <= $3)");
	db_int(&q, 1, id);
	db_text(&q, 2, by);
	db_int(&q, 3, now_ms);
	db_int(&q, 4, until_ms);
	ok = db_run(&q, err);
	*got = ok && db_changes(s) == 1;
	return ok;
}

bool
outbox_claim(struct store *s, const char *channel, const char *by, int64_t now_ms, int64_t until_ms,
    struct outbox_row *out, bool *found, struct error *err)
{
	bool got = false;
	int64_t id = 0;

	*found = false;
	/* Looking takes no lock; somebody else may have been quicker with this row. */
	while (!got) {
		if (!next_due(s, channel, now_ms, &id, err))
			return false;
		if (id == 0)
			return true;
		if (!lease(s, id, by, now_ms, until_ms, &got, err))
			return false;
	}
	return outbox_load(s, id, out, found, err);
}

static bool
texts(struct stmt *q, struct strlist *out, struct error *err)
{
	while (db_row(q))
		strlist_add(out, db_column_text(q, 0));
	return db_done(q, err);
}

bool
outbox_holders(struct store *s, const char *channel, struct strlist *out, struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "SELECT DISTINCT lease_by FROM outbox WHERE channel = $1 AND state = 'waiting'"
	    " AND lease_by IS NOT NULL");
	db_text(&q, 1, channel);
	return texts(&q, out, err);
}

bool
outbox_release(struct store *s, const char *by, struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "UPDATE outbox SET lease_by = NULL, lease_ms = NULL WHERE lease_by = $1");
	db_text(&q, 1, by);
	return db_run(&q, err);
}

bool
outbox_done(struct store *s, int64_t id, const char *answer, int64_t now_ms, struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "UPDATE outbox SET state = 'done', attempts = attempts + 1, done_ms = $2,"
	    " answer = $3, last_error = NULL, lease_by = NULL, lease_ms = NULL WHERE id = $1");
	db_int(&q, 1, id);
	db_int(&q, 2, now_ms);
	db_text(&q, 3, answer);
	return db_run(&q, err);
}

bool
outbox_later(struct store *s, int64_t id, const char *why, int64_t next_ms, struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "UPDATE outbox SET attempts = attempts + 1, next_ms = $2, last_error = $3,"
	    " lease_by = NULL, lease_ms = NULL WHERE id = $1 AND state = 'waiting'");
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
	    " last_error = $3, lease_by = NULL, lease_ms = NULL WHERE id = $1");
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

	db_prepare(s, &q, "UPDATE outbox SET state = 'waiting', next_ms = $2, done_ms = NULL, lease_by = NULL, lease_ms = NULL"
	    " WHERE (id = $1 AND state IN ('parked', 'waiting')) OR ($1 = 0 AND state = 'parked')");
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

	db_prepare(s, &q, "UPDATE outbox SET state = 'dropped', done_ms = $2 WHERE id = $1 AND state IN ('waiting', 'parked')");
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
outbox_wait(struct store *s, int64_t id, const char *why, int64_t next_ms, struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "UPDATE outbox SET next_ms = $2, last_error = $3, lease_by = NULL, lease_ms = NULL WHERE id = $1");
	db_int(&q, 1, id);
	db_int(&q, 2, next_ms);
	db_text(&q, 3, why);
	return db_run(&q, err);
}

bool
outbox_hurry(struct store *s, const char *channel, int64_t now_ms, struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "UPDATE outbox SET next_ms = $2 WHERE channel = $1 AND state = 'waiting'"
	    " AND attempts > 0 AND next_ms > $2");
	db_text(&q, 1, channel);
	db_int(&q, 2, now_ms);
	return db_run(&q, err);
}

bool
outbox_rewrite(struct store *s, int64_t id, const char *payload, struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "UPDATE outbox SET payload = $2 WHERE id = $1");
	db_int(&q, 1, id);
	db_text(&q, 2, payload);
	return db_run(&q, err);
}

bool
outbox_behind(struct store *s, const struct outbox_row *r, struct outbox_row **out, size_t *n,
    struct error *err)
{
	struct stmt q;

	*out = NULL;
	*n = 0;
	db_prepare(s, &q, "SELECT " COLUMNS " FROM outbox WHERE channel = $1 AND state = 'waiting'"
	    " AND incident = $2 AND kind = $3 AND id > $4 AND attempts = 0 AND lease_ms IS NULL ORDER BY id");
	db_text(&q, 1, r->channel);
	db_int(&q, 2, r->incident);
	db_text(&q, 3, r->kind);
	db_int(&q, 4, r->id);
	while (db_row(&q)) {
		*out = mem_resize(*out, *n + 1, sizeof(**out));
		read_row(&q, &(*out)[(*n)++]);
	}
	return db_done(&q, err);
}

bool
outbox_merged(struct store *s, int64_t id, int64_t into, struct error *err)
{
	char *answer = mem_printf("told with message %lld", (long long)into);
	struct stmt q;
	bool ok;

	db_prepare(s, &q, "UPDATE outbox SET state = 'done', answer = $2 WHERE id = $1");
	db_int(&q, 1, id);
	db_text(&q, 2, answer);
	ok = db_run(&q, err);
	free(answer);
	return ok;
}

bool
outbox_load(struct store *s, int64_t id, struct outbox_row *out, bool *found, struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "SELECT " COLUMNS " FROM outbox WHERE id = $1");
	db_int(&q, 1, id);
	return one_row(&q, out, found, err);
}

bool
outbox_drop_later(struct store *s, int64_t incident, bool all, int64_t now_ms, struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "UPDATE outbox SET state = 'dropped', done_ms = $2, answer = 'the incident was closed'"
	    " WHERE incident = $1 AND state = 'waiting' AND (kind = 'digest' OR (kind = 'escalation' AND $3 = 1))");
	db_int(&q, 1, incident);
	db_int(&q, 2, now_ms);
	db_int(&q, 3, all);
	return db_run(&q, err);
}

bool
outbox_channels(struct store *s, struct strlist *out, struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "SELECT DISTINCT channel FROM outbox WHERE state = 'waiting'");
	return texts(&q, out, err);
}

bool
outbox_told(struct store *s, int64_t incident, struct strlist *out, struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "SELECT DISTINCT channel FROM outbox WHERE incident = $1 AND kind <> 'digest'"
	    " AND state <> 'dropped'");
	db_int(&q, 1, incident);
	return texts(&q, out, err);
}

bool
outbox_park_all(struct store *s, const char *channel, const char *why, int64_t now_ms, int64_t *changed,
    struct error *err)
{
	struct stmt q;
	bool ok;

	db_prepare(s, &q, "UPDATE outbox SET state = 'parked', done_ms = $3, last_error = $2, lease_by = NULL, lease_ms = NULL"
	    " WHERE channel = $1 AND state = 'waiting'");
	db_text(&q, 1, channel);
	db_text(&q, 2, why);
	db_int(&q, 3, now_ms);
	ok = db_run(&q, err);
	*changed = ok ? db_changes(s) : 0;
	return ok;
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

bool
outbox_newest(struct store *s, int64_t incident, const char *channel, struct outbox_row *out, bool *found,
    struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "SELECT " COLUMNS " FROM outbox WHERE incident = $1 AND channel = $2 AND state = 'done'"
	    " AND done_ms IS NOT NULL ORDER BY done_ms DESC, id DESC LIMIT 1");
	db_int(&q, 1, incident);
	db_text(&q, 2, channel);
	return one_row(&q, out, found, err);
}

bool
outbox_prune(struct store *s, int64_t before_ms, size_t max, int64_t *gone, struct error *err)
{
	struct stmt q;
	bool ok;

	db_prepare(s, &q, "DELETE FROM outbox WHERE id IN (SELECT o.id FROM outbox o WHERE o.state IN ('done', 'dropped')"
	    " AND COALESCE(o.done_ms, o.created_ms) < $1 AND NOT EXISTS (SELECT 1 FROM incident i WHERE i.id = o.incident"
	    " AND (i.state <> 'closed' OR (i.drill = 1 AND o.kind IN ('first', 'escalation')))) ORDER BY o.id LIMIT $2)");
	db_int(&q, 1, before_ms);
	db_int(&q, 2, (int64_t)max);
	ok = db_run(&q, err);
	*gone = ok ? db_changes(s) : 0;
	return ok;
}
