#include "store/incidents.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/when.h"
#include "store/db.h"

#define COLUMNS \
	"id, name, key_id, user_name, account, state, class, note, drill, revision, opened_ms," \
	" changed_ms, closed_ms, tally, verdict"

static void
write_json(const struct incident *i, struct buf *tally, struct buf *verdict)
{
	struct jsonw t = JSONW_INIT(tally, 0), v = JSONW_INIT(verdict, 0);

	tally_write(&i->tally, &t, NULL);
	verdict_write(&i->verdict, &v, NULL);
}

static void
bind_incident(struct stmt *q, const struct incident *i, const char *tally, const char *verdict)
{
	db_text(q, 1, i->id);
	db_text(q, 2, i->key_id);
	db_text(q, 3, i->user_name);
	db_text(q, 4, i->account);
	db_text(q, 5, incident_state_name(i->state));
	db_text(q, 6, incident_class_name(i->classification));
	db_text(q, 7, i->note);
	db_int(q, 8, i->drill);
	db_int(q, 9, i->revision);
	db_when(q, 10, i->opened_ms);
	db_when(q, 11, i->changed_ms);
	db_when(q, 12, i->closed_ms);
	db_when(q, 13, i->tally.first_ms);
	db_when(q, 14, i->tally.last_ms);
	db_text(q, 15, i->verdict.intent);
	db_text(q, 16, severity_name(i->verdict.severity));
	db_text(q, 17, tally);
	db_text(q, 18, verdict);
}

static bool
id_taken(struct store *s, const char *id, bool *taken, struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "SELECT 1 FROM incident WHERE name = $1");
	db_text(&q, 1, id);
	*taken = db_row(&q);
	return db_done(&q, err);
}

static bool
free_id(struct store *s, struct incident *i, struct error *err)
{
	char *base = mem_strdup(i->id);
	bool taken = true, ok = true;

	for (int n = 2; ok && (ok = id_taken(s, i->id, &taken, err)) && taken; n++) {
		free(i->id);
		i->id = mem_printf("%s-%d", base, n);
	}
	free(base);
	return ok;
}

bool
incident_save(struct store *s, struct incident *i, struct error *err)
{
	struct buf tally = BUF_INIT(BUF_RECORD), verdict = BUF_INIT(BUF_RECORD);
	struct stmt q;
	bool fresh = i->row == 0, ok;

	if (fresh && !free_id(s, i, err))
		return false;
	write_json(i, &tally, &verdict);
	db_prepare(s, &q, fresh ?
	    "INSERT INTO incident (name, key_id, user_name, account, state, class, note, drill, revision,"
	    " opened_ms, changed_ms, closed_ms, first_ms, last_ms, intent, severity, tally, verdict)"
	    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)" :
	    "UPDATE incident SET name = $1, key_id = $2, user_name = $3, account = $4, state = $5,"
	    " class = $6, note = $7, drill = $8, revision = $9, opened_ms = $10, changed_ms = $11,"
	    " closed_ms = $12, first_ms = $13, last_ms = $14, intent = $15, severity = $16, tally = $17,"
	    " verdict = $18 WHERE id = $19");
	bind_incident(&q, i, buf_str(&tally), buf_str(&verdict));
	if (!fresh)
		db_int(&q, 19, i->row);
	ok = db_run(&q, err);
	if (ok && fresh)
		i->row = db_last_id(s);
	buf_free(&tally);
	buf_free(&verdict);
	return ok;
}

static bool
read_incident(struct stmt *q, struct incident *i, struct error *err)
{
	const char *tally = db_column_text(q, 13), *verdict = db_column_text(q, 14);
	cJSON *t, *v;
	bool ok;

	incident_init(i);
	i->row = db_column_int(q, 0);
	i->id = db_column_copy(q, 1);
	i->key_id = db_column_copy(q, 2);
	i->user_name = db_column_copy(q, 3);
	i->account = db_column_copy(q, 4);
	(void)incident_state_parse(db_column_text(q, 5), &i->state);
	(void)incident_class_parse(db_column_text(q, 6), &i->classification);
	i->note = db_column_copy(q, 7);
	i->drill = db_column_int(q, 8) != 0;
	i->revision = db_column_int(q, 9);
	i->opened_ms = db_column_when(q, 10);
	i->changed_ms = db_column_when(q, 11);
	i->closed_ms = db_column_when(q, 12);
	t = json_parse(tally, strlen(tally), "a stored tally", err);
	v = json_parse(verdict, strlen(verdict), "a stored verdict", err);
	ok = t != NULL && v != NULL && tally_read(&i->tally, t, err) && verdict_read(&i->verdict, v, err);
	cJSON_Delete(t);
	cJSON_Delete(v);
	return ok;
}

bool
incident_load(struct store *s, const char *id, struct incident *i, bool *found, struct error *err)
{
	struct stmt q;
	bool ok = true, twice;

	incident_init(i);
	db_prepare(s, &q, "SELECT " COLUMNS " FROM incident WHERE name = $1 OR substr(name, 1, length($1)) = $1"
	    " ORDER BY name = $1 DESC LIMIT 2");
	db_text(&q, 1, id);
	*found = db_row(&q);
	if (*found)
		ok = read_incident(&q, i, err);
	twice = *found && ok && !str_eq(i->id, id) && db_row(&q);
	if (!db_done(&q, err) || !ok)
		return false;
	if (twice)
		return error_set(err, ERROR_USAGE, "\"%s\" begins more than one incident; write more of it", id);
	return true;
}

bool
incident_list(struct store *s, const char *key_id, const char *state, int64_t since_ms,
    struct incident_list *out, struct error *err)
{
	struct stmt q;
	bool ok = true;

	db_prepare(s, &q, "SELECT " COLUMNS " FROM incident WHERE ($1 IS NULL OR key_id = $1)"
	    " AND ($2 IS NULL OR state = $2) AND ($3 IS NULL OR last_ms >= $3) ORDER BY last_ms DESC, id DESC");
	db_text(&q, 1, key_id);
	db_text(&q, 2, state);
	db_when(&q, 3, since_ms);
	while (ok && db_row(&q)) {
		struct incident i;

		ok = read_incident(&q, &i, err);
		incident_list_take(out, &i);
	}
	return db_done(&q, ok ? err : NULL) && ok;
}

bool
incident_list_near(struct store *s, const char *key_id, int64_t since_ms, size_t max, struct incident_list *out,
    struct error *err)
{
	struct stmt q;
	bool ok = true;

	db_prepare(s, &q, "SELECT " COLUMNS " FROM incident WHERE key_id <> $1 AND drill = 0 AND class <> 'owner'"
	    " AND ($2 IS NULL OR last_ms >= $2) ORDER BY last_ms DESC, id DESC LIMIT $3");
	db_text(&q, 1, key_id);
	db_when(&q, 2, since_ms);
	db_int(&q, 3, (int64_t)max);
	while (ok && db_row(&q)) {
		struct incident i;

		ok = read_incident(&q, &i, err);
		incident_list_take(out, &i);
	}
	return db_done(&q, ok ? err : NULL) && ok;
}

/* The text columns of a sighting, in the order of its table. */
#define SIGHTING_TEXTS(X) \
	X(source) X(name) X(region) X(account) X(ip) X(user_agent) X(error_code) X(error_message) \
	X(identity_type) X(actor) X(via) X(service_code) X(resource) X(stage) X(also_stage) X(label) \
	X(label_reason)

#define SIGHTING_COLUMNS \
	"incident, key_id, event_id, kind, time_ms, seen_ms, denied, failed, raw, source, name, region," \
	" account, ip, user_agent, error_code, error_message, identity_type, actor, via, service_code," \
	" resource, stage, also_stage, label, label_reason"

bool
sighting_known(struct store *s, const char *key_id, const char *event_id, bool *known,
    struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "SELECT 1 FROM sighting WHERE key_id = $1 AND event_id = $2");
	db_text(&q, 1, key_id);
	db_text(&q, 2, event_id);
	*known = db_row(&q);
	return db_done(&q, err);
}

bool
sighting_add(struct store *s, const struct sighting *sg, bool *added, struct error *err)
{
	struct stmt q;
	int at = 10;
	bool ok;

	db_prepare(s, &q, "INSERT INTO sighting (" SIGHTING_COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7,"
	    " $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26)"
	    " ON CONFLICT (key_id, event_id) DO NOTHING");
	db_int(&q, 1, sg->incident);
	db_text(&q, 2, sg->key_id);
	db_text(&q, 3, sg->event_id);
	db_text(&q, 4, sighting_kind_name(sg->kind));
	db_when(&q, 5, sg->time_ms);
	db_when(&q, 6, sg->seen_ms);
	db_int(&q, 7, sg->denied);
	db_int(&q, 8, sg->failed);
	db_text(&q, 9, sg->raw);
#define X(member) db_text(&q, at++, sg->member);
	SIGHTING_TEXTS(X)
#undef X
	ok = db_run(&q, err);
	*added = ok && db_changes(s) > 0;
	return ok;
}

static void
read_sighting(struct stmt *q, struct sighting *sg)
{
	int at = 9;

	sighting_init(sg);
	sg->incident = db_column_int(q, 0);
	sg->key_id = db_column_copy(q, 1);
	sg->event_id = db_column_copy(q, 2);
	(void)sighting_kind_parse(db_column_text(q, 3), &sg->kind);
	sg->time_ms = db_column_when(q, 4);
	sg->seen_ms = db_column_when(q, 5);
	sg->denied = db_column_int(q, 6) != 0;
	sg->failed = db_column_int(q, 7) != 0;
	sg->raw = db_column_copy(q, 8);
#define X(member) sg->member = db_column_copy(q, at++);
	SIGHTING_TEXTS(X)
#undef X
}

static bool
read_sightings(struct stmt *q, struct sighting_list *out, struct error *err)
{
	while (db_row(q)) {
		struct sighting sg;

		read_sighting(q, &sg);
		sighting_list_take(out, &sg);
	}
	return db_done(q, err);
}

bool
sighting_list_of(struct store *s, int64_t incident, size_t max, struct sighting_list *out,
    struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "SELECT " SIGHTING_COLUMNS " FROM sighting WHERE incident = $1"
	    " ORDER BY time_ms, event_id LIMIT $2");
	db_int(&q, 1, incident);
	db_int(&q, 2, max == 0 ? INT32_MAX : (int64_t)max);
	return read_sightings(&q, out, err);
}

bool
sighting_explains(struct store *s, const char *key_id, const char *service, int64_t at_ms,
    int64_t near_ms, int64_t far_ms, bool *yes, struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "SELECT 1 FROM sighting WHERE key_id = $1 AND kind <> 'target' AND kind <> 'unlogged'"
	    " AND ((time_ms BETWEEN $2 AND $3) OR (time_ms BETWEEN $4 AND $5 AND"
	    " substr(source, 1, length($6) + 1) = $6 || '.')) LIMIT 1");
	db_text(&q, 1, key_id);
	db_int(&q, 2, at_ms - near_ms);
	db_int(&q, 3, at_ms + near_ms);
	db_int(&q, 4, at_ms - far_ms);
	db_int(&q, 5, at_ms + far_ms);
	db_text(&q, 6, service);
	*yes = db_row(&q);
	return db_done(&q, err);
}

bool
sighting_unlogged(struct store *s, const struct sighting *event, int64_t near_ms, int64_t far_ms,
    struct sighting_list *out, struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "SELECT " SIGHTING_COLUMNS " FROM sighting WHERE key_id = $1"
	    " AND event_id >= 'unlogged:' AND event_id < 'unlogged;' AND label IS NULL"
	    " AND ((time_ms BETWEEN $2 AND $3) OR (time_ms BETWEEN $4 AND $5 AND source = $6))");
	db_text(&q, 1, event->key_id);
	db_int(&q, 2, event->time_ms - near_ms);
	db_int(&q, 3, event->time_ms + near_ms);
	db_int(&q, 4, event->time_ms - far_ms);
	db_int(&q, 5, event->time_ms + far_ms);
	db_text(&q, 6, event->source);
	return read_sightings(&q, out, err);
}

bool
sighting_explained(struct store *s, const struct sighting *unlogged, const char *reason, struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "UPDATE sighting SET label = 'explained', label_reason = $3"
	    " WHERE key_id = $1 AND event_id = $2");
	db_text(&q, 1, unlogged->key_id);
	db_text(&q, 2, unlogged->event_id);
	db_text(&q, 3, reason);
	return db_run(&q, err);
}

bool
derived_save(struct store *s, const struct derived_set *set, struct error *err)
{
	bool ok = true;

	for (size_t i = 0; ok && i < set->len; i++) {
		const struct derived *d = set->item[i];
		struct stmt q;

		db_prepare(s, &q, "INSERT INTO derived (derived_key, key_id, parent, event_id, made_ms, expires_ms)"
		    " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (derived_key) DO NOTHING");
		db_text(&q, 1, d->derived_key);
		db_text(&q, 2, d->key_id);
		db_text(&q, 3, d->parent);
		db_text(&q, 4, d->event_id);
		db_when(&q, 5, d->made_ms);
		db_when(&q, 6, d->expires_ms);
		ok = db_run(&q, err);
	}
	return ok;
}

bool
derived_load(struct store *s, struct derived_set *out, struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "SELECT derived_key, key_id, parent, event_id, made_ms, expires_ms FROM derived");
	while (db_row(&q)) {
		struct derived d = { .made_ms = db_column_when(&q, 4), .expires_ms = db_column_when(&q, 5) };

		d.derived_key = db_column_copy(&q, 0);
		d.key_id = db_column_copy(&q, 1);
		d.parent = db_column_copy(&q, 2);
		d.event_id = db_column_copy(&q, 3);
		(void)derived_add(out, &d);
		free(d.derived_key);
		free(d.key_id);
		free(d.parent);
		free(d.event_id);
	}
	return db_done(&q, err);
}

bool
audit_add(struct store *s, int64_t at_ms, const char *who, const char *what, const char *subject,
    const char *detail, struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "INSERT INTO audit (at_ms, who, what, subject, detail) VALUES ($1, $2, $3, $4, $5)");
	db_when(&q, 1, at_ms);
	db_text(&q, 2, who);
	db_text(&q, 3, what);
	db_text(&q, 4, subject);
	db_text(&q, 5, detail);
	return db_run(&q, err);
}

bool
audit_each(struct store *s, const char *subject, int64_t since_ms,
    void (*show)(void *arg, const struct audit_entry *), void *arg, struct error *err)
{
	struct stmt q;

	db_prepare(s, &q, "SELECT at_ms, who, what, subject, detail FROM audit WHERE at_ms >= $2"
	    " AND substr(subject, 1, length($1)) = $1 ORDER BY id");
	db_text(&q, 1, str_or(subject, ""));
	db_int(&q, 2, since_ms == WHEN_NONE ? 0 : since_ms);
	while (db_row(&q)) {
		struct audit_entry e = { .at_ms = db_column_when(&q, 0), .who = db_column_text(&q, 1),
			.what = db_column_text(&q, 2), .subject = db_column_text(&q, 3), .detail = db_column_text(&q, 4) };

		show(arg, &e);
	}
	return db_done(&q, err);
}
