#include "core/model/message.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/enum.h"
#include "base/mem.h"
#include "base/when.h"

ENUM_TEXT(message_kind, message_kind, MESSAGE_KINDS)

void
message_init(struct message *m)
{
	*m = (struct message){ .event_ms = WHEN_NONE, .made_ms = WHEN_NONE };
}

void
message_clear(struct message *m)
{
	free(m->key);
	free(m->incident);
	free(m->topic);
	free(m->key_id);
	free(m->account);
	free(m->intent);
	free(m->title);
	free(m->summary);
	free(m->first_ip);
	free(m->tool);
	free(m->link);
	strlist_clear(&m->intents);
	strlist_clear(&m->tags);
	for (size_t i = 0; i < m->sections; i++) {
		free(m->section[i].heading);
		strlist_clear(&m->section[i].lines);
	}
	message_init(m);
}

struct section *
message_section(struct message *m, const char *heading)
{
	struct section *s;

	if (m->sections == MESSAGE_SECTIONS_MAX)
		return &m->section[MESSAGE_SECTIONS_MAX - 1];
	s = &m->section[m->sections++];
	s->heading = mem_strdup(heading);
	s->lines = (struct strlist)STRLIST_INIT;
	return s;
}

void
section_line(struct section *s, const char *fmt, ...)
{
	struct buf line = BUF_INIT(BUF_RECORD);
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&line, fmt, ap);
	va_end(ap);
	if (line.failed)
		buf_reset(&line);
	buf_cut(&line, MESSAGE_TEXT_MAX);
	strlist_take(&s->lines, buf_take(&line));
}

const char *
message_thread(const struct message *m)
{
	return m->incident != NULL ? m->incident : m->topic != NULL ? m->topic : m->key;
}

bool
message_is_good_news(const struct message *m)
{
	return m->kind == MESSAGE_CLOSED ||
	    ((m->kind == MESSAGE_SIGHTED || m->kind == MESSAGE_CHANNEL) && m->severity <= SEVERITY_LOW);
}

void
message_write(const struct message *m, struct buf *out)
{
	struct jsonw w = JSONW_INIT(out, 0);

	jsonw_open(&w, NULL, '{');
	jsonw_int(&w, "schema", MESSAGE_SCHEMA);
	jsonw_str(&w, "kind", message_kind_name(m->kind));
	jsonw_str(&w, "key", m->key);
	jsonw_str(&w, "incident", m->incident);
	jsonw_str(&w, "topic", m->topic);
	jsonw_str(&w, "key_id", m->key_id);
	jsonw_str(&w, "account", m->account);
	jsonw_str(&w, "intent", m->intent);
	jsonw_strlist(&w, "intents", &m->intents);
	jsonw_strlist(&w, "tags", &m->tags);
	jsonw_str(&w, "severity", severity_name(m->severity));
	jsonw_str(&w, "confidence", confidence_name(m->confidence));
	jsonw_bool(&w, "urgent", m->urgent);
	jsonw_bool(&w, "drill", m->drill);
	jsonw_str(&w, "title", m->title);
	jsonw_str(&w, "summary", m->summary);
	jsonw_str(&w, "source_ip", m->first_ip);
	jsonw_str(&w, "tool", m->tool);
	jsonw_int(&w, "revision", m->revision);
	jsonw_int(&w, "sightings", m->sightings);
	jsonw_when(&w, "event_time", m->event_ms);
	jsonw_when(&w, "made", m->made_ms);
	jsonw_open(&w, "sections", '[');
	for (size_t i = 0; i < m->sections; i++) {
		jsonw_open(&w, NULL, '{');
		jsonw_str(&w, "heading", m->section[i].heading);
		jsonw_strlist(&w, "lines", &m->section[i].lines);
		jsonw_close(&w);
	}
	jsonw_close(&w);
	jsonw_str(&w, "link", m->link);
	jsonw_close(&w);
}

static int64_t
when_at(const cJSON *o, const char *name)
{
	int64_t at = WHEN_NONE;

	return when_parse(json_string(o, name), &at) ? at : WHEN_NONE;
}

static void
read_sections(struct message *m, const cJSON *list)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, list) {
		struct section *s = message_section(m, str_or(json_string(item, "heading"), ""));

		json_strings(item, "lines", &s->lines);
	}
}

bool
message_read(struct message *m, const char *json, struct error *err)
{
	cJSON *o = json_parse(json, strlen(json), "a stored message", err);

	message_init(m);
	if (o == NULL)
		return false;
	if (!message_kind_parse(json_string(o, "kind"), &m->kind) || json_string(o, "key") == NULL) {
		cJSON_Delete(o);
		return error_set(err, ERROR_INPUT, "a stored message has no kind or key");
	}
	m->key = mem_strdup(json_string(o, "key"));
	m->incident = mem_strdup(json_string(o, "incident"));
	m->topic = mem_strdup(json_string(o, "topic"));
	m->key_id = mem_strdup(json_string(o, "key_id"));
	m->account = mem_strdup(json_string(o, "account"));
	m->intent = mem_strdup(json_string(o, "intent"));
	json_strings(o, "intents", &m->intents);
	json_strings(o, "tags", &m->tags);
	(void)severity_parse(json_string(o, "severity"), &m->severity);
	(void)confidence_parse(json_string(o, "confidence"), &m->confidence);
	m->urgent = json_bool(o, "urgent", false);
	m->drill = json_bool(o, "drill", false);
	m->title = mem_strdup(str_or(json_string(o, "title"), ""));
	m->summary = mem_strdup(str_or(json_string(o, "summary"), ""));
	m->first_ip = mem_strdup(json_string(o, "source_ip"));
	m->tool = mem_strdup(json_string(o, "tool"));
	m->revision = json_int(o, "revision", 0);
	m->sightings = json_int(o, "sightings", 0);
	m->event_ms = when_at(o, "event_time");
	m->made_ms = when_at(o, "made");
	read_sections(m, json_get(o, "sections"));
	m->link = mem_strdup(json_string(o, "link"));
	cJSON_Delete(o);
	return true;
}
