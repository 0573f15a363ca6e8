/*
 * A message as OCSF 1.3 Detection Finding: class 2004 of category 2
 * (schema.ocsf.io/1.3.0/classes/detection_finding).
 */
#include <stdlib.h>
#include <string.h>

#include "base/when.h"
#include "core/report/render_int.h"

static int
activity_of(const struct message *m)
{
	if (message_is_good_news(m))
		return 3;
	return m->kind == MESSAGE_ESCALATION || m->kind == MESSAGE_DIGEST ? 2 : 1;
}

static void
classification(const struct message *m, struct jsonw *w)
{
	static const char *const activities[] = { "Unknown", "Create", "Update", "Close" };
	static const int statuses[] = { 0, 1, 2, 4 };
	static const char *const status_names[] = { "Unknown", "New", "In Progress", "Resolved" };
	int activity = activity_of(m);

	jsonw_int(w, "activity_id", activity);
	jsonw_str(w, "activity_name", activities[activity]);
	jsonw_int(w, "category_uid", 2);
	jsonw_str(w, "category_name", "Findings");
	jsonw_int(w, "class_uid", 2004);
	jsonw_str(w, "class_name", "Detection Finding");
	jsonw_int(w, "type_uid", 200400 + activity);
	jsonw_int(w, "status_id", statuses[activity]);
	jsonw_str(w, "status", status_names[activity]);
}

static void
grades(const struct message *m, struct jsonw *w)
{
	static const char *const severities[] = { "Informational", "Low", "Medium", "High", "Critical" };
	static const char *const confidences[] = { "Low", "Medium", "High" };

	jsonw_int(w, "severity_id", (int)m->severity + 1);
	jsonw_str(w, "severity", severities[m->severity]);
	jsonw_int(w, "confidence_id", (int)m->confidence + 1);
	jsonw_str(w, "confidence", confidences[m->confidence]);
}

static void
metadata(const struct message *m, struct jsonw *w)
{
	jsonw_open(w, "metadata", '{');
	jsonw_str(w, "version", "1.3.0");
	jsonw_str(w, "uid", m->key);
	jsonw_int(w, "logged_time", m->made_ms);
	if (m->account != NULL) {
		jsonw_open(w, "profiles", '[');
		jsonw_str(w, NULL, "cloud");
		jsonw_close(w);
	}
	jsonw_open(w, "product", '{');
	jsonw_str(w, "name", "keycanary");
	jsonw_str(w, "vendor_name", "keycanary");
	jsonw_close(w);
	jsonw_close(w);
	if (m->account != NULL) {
		jsonw_open(w, "cloud", '{');
		jsonw_str(w, "provider", "AWS");
		jsonw_open(w, "account", '{');
		jsonw_str(w, "uid", m->account);
		jsonw_close(w);
		jsonw_close(w);
	}
}

static void
finding_info(const struct message *m, struct jsonw *w)
{
	jsonw_open(w, "finding_info", '{');
	jsonw_str(w, "uid", message_thread(m));
	jsonw_str(w, "title", m->title);
	jsonw_str(w, "desc", m->summary);
	jsonw_strlist(w, "types", &m->intents);
	if (link_fine(m->link))
		jsonw_str(w, "src_url", m->link);
	if (m->made_ms != WHEN_NONE)
		jsonw_int(w, "modified_time", m->made_ms);
	if (m->event_ms != WHEN_NONE)
		jsonw_int(w, "last_seen_time", m->event_ms);
	jsonw_open(w, "analytic", '{');
	jsonw_str(w, "name", str_or(m->intent, "keycanary"));
	jsonw_int(w, "type_id", 1);
	jsonw_str(w, "type", "Rule");
	jsonw_close(w);
	jsonw_close(w);
}

/* An address as such, anything else the intruder put there as a name. */
static bool
looks_like_ip(const char *s)
{
	return s != NULL && s[strspn(s, "0123456789abcdefABCDEF.:")] == '\0' && strpbrk(s, ".:") != NULL;
}

static void
evidence(const struct message *m, struct jsonw *w)
{
	const char *ip = looks_like_ip(m->first_ip) ? m->first_ip : NULL;

	if (m->first_ip != NULL) {
		jsonw_open(w, "evidences", '[');
		jsonw_open(w, NULL, '{');
		jsonw_open(w, "src_endpoint", '{');
		jsonw_str(w, ip != NULL ? "ip" : "name", m->first_ip);
		jsonw_close(w);
		if (m->tool != NULL) {
			jsonw_open(w, "http_request", '{');
			jsonw_str(w, "user_agent", m->tool);
			jsonw_close(w);
		}
		jsonw_close(w);
		jsonw_close(w);
	}
	if (ip != NULL) {
		jsonw_open(w, "observables", '[');
		jsonw_open(w, NULL, '{');
		jsonw_str(w, "name", "evidences[].src_endpoint.ip");
		jsonw_int(w, "type_id", 2);
		jsonw_str(w, "type", "IP Address");
		jsonw_str(w, "value", ip);
		jsonw_close(w);
		jsonw_close(w);
	}
}

static void
resource(const struct message *m, struct jsonw *w)
{
	if (m->key_id == NULL)
		return;
	jsonw_open(w, "resources", '[');
	jsonw_open(w, NULL, '{');
	jsonw_str(w, "uid", m->key_id);
	jsonw_str(w, "type", "AWS::IAM::AccessKey");
	if (m->tags.len > 0)
		jsonw_strlist(w, "labels", &m->tags);
	jsonw_close(w);
	jsonw_close(w);
}

/* The sections for people: what to do goes where a SIEM looks for it, all of them stay readable. */
static void
sections(const struct message *m, struct jsonw *w)
{
	for (size_t i = 0; i < m->sections; i++) {
		char *text;

		if (!str_eq(m->section[i].heading, "What to do now"))
			continue;
		text = strlist_join(&m->section[i].lines, "\n");
		jsonw_open(w, "remediation", '{');
		jsonw_str(w, "desc", text);
		jsonw_close(w);
		free(text);
		break;
	}
	jsonw_open(w, "unmapped", '{');
	jsonw_str(w, "kind", message_kind_name(m->kind));
	jsonw_bool(w, "drill", m->drill);
	jsonw_int(w, "revision", m->revision);
	for (size_t i = 0; i < m->sections; i++)
		jsonw_strlist(w, m->section[i].heading, &m->section[i].lines);
	jsonw_close(w);
}

void
render_ocsf(const struct message *m, struct buf *out)
{
	struct jsonw w = JSONW_INIT(out, 0);

	jsonw_open(&w, NULL, '{');
	classification(m, &w);
	grades(m, &w);
	jsonw_int(&w, "time", m->event_ms != WHEN_NONE ? m->event_ms : m->made_ms);
	jsonw_str(&w, "message", m->summary);
	metadata(m, &w);
	finding_info(m, &w);
	evidence(m, &w);
	resource(m, &w);
	sections(m, &w);
	jsonw_close(&w);
	buf_putc(out, '\n');
}
