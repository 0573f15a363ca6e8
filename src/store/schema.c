#include "store/schema.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "store/db_int.h"

/* One step a version. A step that was ever released is never changed. */
static const char *const steps[] = {
	/* 1: the registry, what was seen, and what is to be told */
	"CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);"
	"CREATE TABLE canary (key_id TEXT PRIMARY KEY, account TEXT, user_name TEXT, user_id TEXT,"
	" arn TEXT, owner TEXT, note TEXT, origin TEXT, batch TEXT, sealed_secret TEXT, tags TEXT,"
	" state TEXT NOT NULL, level TEXT NOT NULL, drill INTEGER NOT NULL, created_ms BIGINT,"
	" tripped_ms BIGINT, retired_ms BIGINT);"
	"CREATE INDEX canary_user ON canary (account, user_name);"
	"CREATE TABLE placement (id INTEGER PRIMARY KEY, key_id TEXT NOT NULL, bait TEXT, repo TEXT,"
	" remote TEXT, path TEXT, line_from BIGINT, line_to BIGINT, branch TEXT, commit_id TEXT, owner TEXT,"
	" planted_by TEXT, sha256 TEXT, copies TEXT, state TEXT NOT NULL, planted_ms BIGINT, verified_ms BIGINT);"
	"CREATE INDEX placement_key ON placement (key_id);"
	"CREATE TABLE incident (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, key_id TEXT NOT NULL,"
	" user_name TEXT, account TEXT, state TEXT NOT NULL, class TEXT NOT NULL, note TEXT,"
	" drill INTEGER NOT NULL, revision BIGINT NOT NULL, opened_ms BIGINT, changed_ms BIGINT,"
	" closed_ms BIGINT, first_ms BIGINT, last_ms BIGINT, intent TEXT, severity TEXT,"
	" tally TEXT NOT NULL, verdict TEXT NOT NULL);"
	"CREATE INDEX incident_key ON incident (key_id, first_ms);"
	"CREATE TABLE sighting (id INTEGER PRIMARY KEY, incident BIGINT NOT NULL, key_id TEXT NOT NULL,"
	" event_id TEXT NOT NULL, kind TEXT NOT NULL, time_ms BIGINT, seen_ms BIGINT, source TEXT, name TEXT,"
	" region TEXT, account TEXT, ip TEXT, user_agent TEXT, error_code TEXT, error_message TEXT,"
	" identity_type TEXT, actor TEXT, via TEXT, service_code TEXT, resource TEXT, stage TEXT,"
	" also_stage TEXT, label TEXT, label_reason TEXT, denied INTEGER NOT NULL, failed INTEGER NOT NULL,"
	" raw TEXT, UNIQUE (key_id, event_id));"
	"CREATE INDEX sighting_incident ON sighting (incident, time_ms);"
	"CREATE TABLE derived (derived_key TEXT PRIMARY KEY, key_id TEXT NOT NULL, parent TEXT,"
	" event_id TEXT, made_ms BIGINT, expires_ms BIGINT);"
	"CREATE TABLE audit (id INTEGER PRIMARY KEY, at_ms BIGINT NOT NULL, who TEXT NOT NULL,"
	" what TEXT NOT NULL, subject TEXT NOT NULL, detail TEXT);"
	"CREATE TABLE coverage (account TEXT NOT NULL, region TEXT NOT NULL, source TEXT NOT NULL,"
	" plan TEXT, since_ms BIGINT, until_ms BIGINT, warm_ms BIGINT, deep_ms BIGINT, tried_ms BIGINT,"
	" good_ms BIGINT, calls BIGINT NOT NULL, calls_per_hour DOUBLE PRECISION, events_per_hour DOUBLE PRECISION,"
	" error_kind TEXT, error_text TEXT, closed INTEGER NOT NULL, PRIMARY KEY (account, region, source));"
	"CREATE TABLE gap (id INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL,"
	" source TEXT NOT NULL, from_ms BIGINT, to_ms BIGINT, cause TEXT, detail TEXT, noticed_ms BIGINT,"
	" filled_ms BIGINT);"
	"CREATE TABLE outbox (id INTEGER PRIMARY KEY, incident BIGINT NOT NULL, channel TEXT NOT NULL,"
	" kind TEXT NOT NULL, idempotency_key TEXT NOT NULL UNIQUE, payload TEXT NOT NULL,"
	" state TEXT NOT NULL, attempts BIGINT NOT NULL, next_ms BIGINT NOT NULL, created_ms BIGINT NOT NULL,"
	" done_ms BIGINT, last_error TEXT, answer TEXT);"
	"CREATE INDEX outbox_due ON outbox (state, next_ms);",
	/* 2: what is being minted, written before each call; who holds an unplanted canary since when */
	"ALTER TABLE canary ADD COLUMN taken_ms BIGINT;"
	"CREATE TABLE minting (account TEXT NOT NULL, user_name TEXT NOT NULL, path TEXT NOT NULL,"
	" account_name TEXT, batch TEXT, level TEXT NOT NULL, boundary TEXT, step TEXT NOT NULL,"
	" user_id TEXT, arn TEXT, owner TEXT, note TEXT, tags TEXT, origin TEXT, drill INTEGER NOT NULL,"
	" started_ms BIGINT NOT NULL, error TEXT, PRIMARY KEY (account, user_name));",
	/* 3: what planting and verifying remember of a bait */
	"ALTER TABLE placement ADD COLUMN spans TEXT;"
	"ALTER TABLE placement ADD COLUMN traits TEXT;"
	"ALTER TABLE placement ADD COLUMN accepted TEXT;"
	"CREATE INDEX placement_repo ON placement (repo, path);",
	/* 4: who sends what just now, how each channel fares, what was told of blindness */
	"ALTER TABLE outbox ADD COLUMN lease_ms BIGINT;"
	"ALTER TABLE outbox ADD COLUMN lease_by TEXT;"
	"CREATE INDEX outbox_order ON outbox (channel, state, incident, id);"
	"CREATE INDEX outbox_incident ON outbox (incident, channel, done_ms);"
	"CREATE TABLE channel_health (channel TEXT PRIMARY KEY, failures BIGINT NOT NULL, refused INTEGER NOT NULL,"
	" failing_ms BIGINT, wait_ms BIGINT, good_ms BIGINT, told_ms BIGINT, last_error TEXT);"
	"CREATE TABLE blind (account TEXT NOT NULL, cause TEXT NOT NULL, since_ms BIGINT, told_ms BIGINT,"
	" PRIMARY KEY (account, cause));"
	"CREATE INDEX audit_at ON audit (subject, at_ms);",
	/* 5: the keys we acted on canaries with ourselves, and when */
	"CREATE TABLE own_span (signer TEXT NOT NULL, from_ms BIGINT NOT NULL, until_ms BIGINT,"
	" PRIMARY KEY (signer, from_ms));",
	/* 6: is a use of this key near this time known? */
	"CREATE INDEX sighting_key ON sighting (key_id, time_ms);",
	/* 7: drills */
	"CREATE TABLE drill (run TEXT PRIMARY KEY, key_id TEXT NOT NULL, scenario TEXT, region TEXT,"
	" state TEXT NOT NULL, began_ms BIGINT, called_ms BIGINT, visible_ms BIGINT, sighted_ms BIGINT, limit_ms BIGINT,"
	" calls BIGINT NOT NULL);"
	"CREATE INDEX drill_began ON drill (began_ms);",
	/* 8: in what canaries differ from AWS, and the boundaries they were made with */
	"CREATE TABLE bounded (key_id TEXT PRIMARY KEY, boundary TEXT NOT NULL);"
	"CREATE TABLE drift (key_id TEXT NOT NULL, account TEXT NOT NULL, kind TEXT NOT NULL, detail TEXT NOT NULL,"
	" noticed_ms BIGINT NOT NULL, PRIMARY KEY (key_id, kind, detail));",
	/* 9: what is due next, from indexes alone however long the queue */
	"DROP INDEX outbox_due;"
	"DROP INDEX outbox_order;"
	"CREATE INDEX outbox_order ON outbox (channel, state, incident, id, kind);"
	"CREATE INDEX outbox_waiting ON outbox (state, channel, attempts, next_ms, lease_ms, kind, incident, created_ms);"
	"CREATE INDEX outbox_leased ON outbox (channel, lease_by) WHERE state = 'waiting' AND lease_by IS NOT NULL;",
	/* 10: who reads what, when several monitors share this */
	"CREATE TABLE lease (name TEXT PRIMARY KEY, holder TEXT NOT NULL, until_ms BIGINT NOT NULL);",
	/* 11: the newest incidents first, and what of the outbox is old */
	"CREATE INDEX incident_last ON incident (last_ms);"
	"CREATE INDEX outbox_old ON outbox (state, done_ms);",
};

/* A step in the words of the driver's database. */
static bool
run_step(struct store *s, const char *sql, struct error *err)
{
	static const char id[] = "id INTEGER PRIMARY KEY";
	struct buf out = BUF_INIT(BUF_RECORD);
	bool ok;

	for (const char *at; (at = strstr(sql, id)) != NULL; sql = at + strlen(id)) {
		buf_add(&out, sql, (size_t)(at - sql));
		buf_puts(&out, s->driver->id_column);
	}
	buf_puts(&out, sql);
	ok = db_exec(s, buf_str(&out), err);
	buf_free(&out);
	return ok;
}

bool
schema_migrate(struct store *s, struct error *err)
{
	int64_t version = 0;
	bool ok;

	if (!s->driver->version(s, &version, err))
		return false;
	if (version == (int64_t)ARRAY_LEN(steps))
		return true;
	if (version > (int64_t)ARRAY_LEN(steps))
		return error_set(err, ERROR_STORE,
		    "%s: the database has schema %lld, this program knows up to %zu; update keycanary", s->name,
		    (long long)version, ARRAY_LEN(steps));
	/* The lock is taken first: two programs may start on a new state at once. */
	if (!db_exec(s, s->driver->begin, err))
		return false;
	ok = s->driver->version(s, &version, err);
	for (; ok && version < (int64_t)ARRAY_LEN(steps); version++)
		ok = run_step(s, steps[version], err) && s->driver->set_version(s, version + 1, err);
	if (ok)
		return db_exec(s, "COMMIT", err);
	(void)db_exec(s, "ROLLBACK", NULL);
	return error_in(err, "%s: the schema cannot be brought up to date", s->name);
}

int64_t
schema_newest(void)
{
	return (int64_t)ARRAY_LEN(steps);
}

const char *
schema_step(int64_t version)
{
	return steps[version - 1];
}
