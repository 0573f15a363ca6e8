/*
 * OCSF 1.3 Detection Finding (schema.ocsf.io/1.3.0/classes/detection_finding).
 * Required there: activity_id, category_uid, class_uid, type_uid, severity_id,
 * time, metadata{version, product}, finding_info{uid, title}.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "core/report/format_int.h"

enum { CATEGORY_FINDINGS = 2, CLASS_DETECTION = 2004, EVIDENCES_MAX = 100 };
enum { ACTIVITY_CREATE = 1, ACTIVITY_UPDATE = 2, ACTIVITY_CLOSE = 3 };

static void
enumerated(struct jsonw *w, const char *name, int id, const char *text)
{
	char *field = mem_printf("%s_id", name);

	jsonw_int(w, field, id);
	jsonw_str(w, name, text);
	free(field);
}

static void
metadata(struct jsonw *w)
{
	jsonw_open(w, "metadata", '{');
	jsonw_str(w, "version", "1.3.0");
	jsonw_open(w, "product", '{');
	jsonw_str(w, "name", "keycanary");
	jsonw_str(w, "vendor_name", "keycanary");
	jsonw_str(w, "version", KEYCANARY_VERSION);
	jsonw_close(w);
	jsonw_open(w, "profiles", '[');
	jsonw_str(w, NULL, "cloud");
	jsonw_close(w);
	jsonw_close(w);
}

static void
attacks(struct jsonw *w, const struct verdict *v)
{
	struct strlist ids = STRLIST_INIT, parts = STRLIST_INIT;

	for (size_t i = 0; i < v->findings; i++)
		strlist_split(&parts, v->finding[i].attack, ";");
	for (size_t i = 0; i < parts.len; i++)
		strlist_add_new(&ids, parts.item[i]);
	jsonw_open(w, "attacks", '[');
	for (size_t i = 0; i < ids.len; i++) {
		jsonw_open(w, NULL, '{');
		jsonw_open(w, "technique", '{');
		jsonw_str(w, "uid", ids.item[i]);
		jsonw_close(w);
		jsonw_close(w);
	}
	jsonw_close(w);
	strlist_clear(&ids);
	strlist_clear(&parts);
}

static void
finding_info(struct jsonw *w, const struct incident *i)
{
	jsonw_open(w, "finding_info", '{');
	jsonw_str(w, "uid", i->id);
	jsonw_str(w, "title", str_or(i->verdict.summary, "a decoy key was used"));
	jsonw_strlist(w, "types", &i->verdict.intents);
	jsonw_int(w, "created_time", i->opened_ms == WHEN_NONE ? i->tally.first_ms : i->opened_ms);
	if (i->tally.first_ms != WHEN_NONE) {
		jsonw_int(w, "first_seen_time", i->tally.first_ms);
		jsonw_int(w, "last_seen_time", i->tally.last_ms);
	}
	attacks(w, &i->verdict);
	jsonw_close(w);
}

static void
evidence(struct jsonw *w, const struct incident *i, const struct sighting *s)
{
	jsonw_open(w, NULL, '{');
	jsonw_open(w, "api", '{');
	jsonw_str(w, "operation", str_or(s->name, "unknown"));
	jsonw_open(w, "service", '{');
	jsonw_str(w, "name", str_or(s->source, "unknown"));
	jsonw_close(w);
	if (s->error_code != NULL) {
		jsonw_open(w, "response", '{');
		jsonw_str(w, "error", s->error_code);
		if (s->error_message != NULL)
			jsonw_str(w, "error_message", s->error_message);
		jsonw_close(w);
	}
	jsonw_close(w);
	jsonw_open(w, "actor", '{');
	jsonw_open(w, "user", '{');
	jsonw_str(w, "name", str_or(i->user_name, "unknown"));
	jsonw_str(w, "credential_uid", str_or(s->via, s->key_id));
	jsonw_close(w);
	jsonw_close(w);
	if (s->ip != NULL) {
		jsonw_open(w, "src_endpoint", '{');
		jsonw_str(w, "ip", s->ip);
		jsonw_close(w);
	}
	jsonw_open(w, "data", '{');
	jsonw_str(w, "event_id", s->event_id);
	jsonw_when(w, "time", s->time_ms);
	jsonw_str(w, "region", s->region);
	jsonw_str(w, "user_agent", s->user_agent);
	jsonw_str(w, "stage", s->stage);
	jsonw_close(w);
	jsonw_close(w);
}

static void
cloud(struct jsonw *w, const struct incident *i)
{
	jsonw_open(w, "cloud", '{');
	jsonw_str(w, "provider", "AWS");
	if (i->account != NULL) {
		jsonw_open(w, "account", '{');
		jsonw_str(w, "uid", i->account);
		jsonw_close(w);
	}
	jsonw_close(w);
}

static void
classification(struct jsonw *w, const struct incident *i)
{
	static const char *const severities[] = { "Informational", "Low", "Medium", "High", "Critical" };
	static const char *const confidences[] = { "Low", "Medium", "High" };
	static const struct { int id; const char *name; } status[] = {
		[INCIDENT_OPEN] = { 1, "New" }, [INCIDENT_ACKNOWLEDGED] = { 2, "In Progress" },
		[INCIDENT_CLOSED] = { 4, "Resolved" },
	};
	int activity = i->state == INCIDENT_CLOSED ? ACTIVITY_CLOSE : i->revision > 1 ? ACTIVITY_UPDATE : ACTIVITY_CREATE;

	jsonw_int(w, "activity_id", activity);
	jsonw_int(w, "category_uid", CATEGORY_FINDINGS);
	jsonw_int(w, "class_uid", CLASS_DETECTION);
	jsonw_int(w, "type_uid", CLASS_DETECTION * 100 + activity);
	enumerated(w, "severity", (int)i->verdict.severity + 1, severities[i->verdict.severity]);
	enumerated(w, "confidence", (int)i->verdict.confidence + 1, confidences[i->verdict.confidence]);
	enumerated(w, "status", status[i->state].id, status[i->state].name);
}

static void
remediation(struct jsonw *w, const struct verdict *v)
{
	char *steps = strlist_join(&v->next_steps, "; ");

	jsonw_open(w, "remediation", '{');
	jsonw_str(w, "desc", steps);
	jsonw_close(w);
	free(steps);
}

void
ocsf_one(struct report *r, const struct dossier *d)
{
	struct jsonw line = JSONW_INIT(r->out, 0), *w = &line;
	const struct incident *i = d->incident;

	jsonw_open(w, NULL, '{');
	classification(w, i);
	jsonw_int(w, "time", i->tally.last_ms == WHEN_NONE ? r->now_ms : i->tally.last_ms);
	jsonw_str(w, "message", i->verdict.summary);
	metadata(w);
	finding_info(w, i);
	cloud(w, i);
	jsonw_open(w, "evidences", '[');
	for (size_t n = 0; n < d->sightings && n < EVIDENCES_MAX; n++)
		evidence(w, i, &d->sighting[n]);
	jsonw_close(w);
	remediation(w, &i->verdict);
	jsonw_open(w, "unmapped", '{');
	jsonw_str(w, "key_id", i->key_id);
	jsonw_bool(w, "drill", i->drill);
	if (d->canary != NULL)
		jsonw_bool(w, "can_fire", d->canary->state != CANARY_INERT);
	jsonw_int(w, "sightings", i->tally.sightings);
	jsonw_close(w);
	jsonw_close(w);
	buf_putc(r->out, '\n');
}
