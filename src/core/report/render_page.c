/* A message for pagers and topics: PagerDuty, Opsgenie, Amazon SNS. */
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/mem.h"
#include "base/when.h"
#include "core/report/render_int.h"

/* One line of at most `max` bytes. */
static char *
one_line(const char *s, size_t max)
{
	struct buf line = BUF_INIT(BUF_RECORD);

	escape_terminal(&line, s);
	buf_cut(&line, max);
	return buf_take(&line);
}

static void
safe_str(struct jsonw *w, const char *name, const char *value, size_t max)
{
	char *line;

	if (str_empty(value))
		return;
	line = one_line(value, max);
	jsonw_str(w, name, line);
	free(line);
}

static const char *
pager_severity(enum severity s)
{
	static const char *const names[] = { "info", "info", "warning", "error", "critical" };

	return names[s];
}

/* Each section as one text, so that a pager shows it as a field. */
static void
pager_details(const struct message *m, struct jsonw *w)
{
	jsonw_open(w, "custom_details", '{');
	safe_str(w, "summary", m->summary, 2000);
	for (size_t i = 0; i < m->sections; i++) {
		const struct section *s = &m->section[i];
		struct buf text = BUF_INIT(BUF_RECORD);

		for (size_t k = 0; k < s->lines.len; k++) {
			buf_puts(&text, k > 0 ? "\n" : "");
			escape_terminal_cut(&text, s->lines.item[k], 400);
		}
		buf_cut(&text, 8000);
		jsonw_str(w, s->heading, buf_str(&text));
		buf_free(&text);
	}
	jsonw_str(w, "key_id", m->key_id);
	safe_str(w, "source_ip", m->first_ip, 200);
	safe_str(w, "tool", m->tool, 200);
	jsonw_close(w);
}

void
render_pagerduty(const struct message *m, const char *routing_key, struct buf *out)
{
	struct jsonw w = JSONW_INIT(out, 0);

	jsonw_open(&w, NULL, '{');
	jsonw_str(&w, "routing_key", routing_key);
	jsonw_str(&w, "event_action", message_is_good_news(m) ? "resolve" : "trigger");
	safe_str(&w, "dedup_key", message_thread(m), 255);
	jsonw_str(&w, "client", "keycanary");
	if (link_fine(m->link))
		jsonw_str(&w, "client_url", m->link);
	jsonw_open(&w, "payload", '{');
	safe_str(&w, "summary", m->title, 1000);
	jsonw_str(&w, "source", str_or(m->key_id, "keycanary"));
	jsonw_str(&w, "severity", pager_severity(m->severity));
	jsonw_when(&w, "timestamp", m->event_ms != WHEN_NONE ? m->event_ms : m->made_ms);
	safe_str(&w, "component", m->account, 200);
	safe_str(&w, "class", m->intent, 200);
	pager_details(m, &w);
	jsonw_close(&w);
	jsonw_close(&w);
}

static void
opsgenie_tags(const struct message *m, struct jsonw *w)
{
	enum { TAGS_MAX = 20, TAG_MAX = 50 };
	const struct strlist *lists[] = { &m->intents, &m->tags };
	size_t n = 0;

	jsonw_open(w, "tags", '[');
	if (m->drill) {
		jsonw_str(w, NULL, "DRILL");
		n++;
	}
	for (size_t l = 0; l < ARRAY_LEN(lists); l++)
		for (size_t i = 0; i < lists[l]->len && n < TAGS_MAX; i++, n++)
			safe_str(w, NULL, lists[l]->item[i], TAG_MAX);
	jsonw_close(w);
}

void
render_opsgenie(const struct message *m, struct buf *out)
{
	static const char *const priorities[] = { "P5", "P4", "P3", "P2", "P1" };
	struct jsonw w = JSONW_INIT(out, 0);
	struct buf text = BUF_INIT(BUF_RECORD);

	render_text(m, &text, 14000);
	jsonw_open(&w, NULL, '{');
	safe_str(&w, "message", m->title, 130);
	safe_str(&w, "alias", message_thread(m), 512);
	jsonw_str(&w, "description", buf_str(&text));
	jsonw_str(&w, "priority", priorities[m->severity]);
	jsonw_str(&w, "source", "keycanary");
	safe_str(&w, "entity", m->key_id, 512);
	opsgenie_tags(m, &w);
	jsonw_open(&w, "details", '{');
	safe_str(&w, "incident", m->incident, 200);
	safe_str(&w, "account", m->account, 200);
	safe_str(&w, "source_ip", m->first_ip, 200);
	safe_str(&w, "tool", m->tool, 200);
	if (link_fine(m->link))
		jsonw_str(&w, "report", m->link);
	jsonw_close(&w);
	jsonw_close(&w);
	buf_free(&text);
}

void
render_opsgenie_note(const struct message *m, struct buf *out)
{
	struct jsonw w = JSONW_INIT(out, 0);
	struct buf text = BUF_INIT(BUF_RECORD);

	render_text(m, &text, 20000);
	jsonw_open(&w, NULL, '{');
	jsonw_str(&w, "source", "keycanary");
	jsonw_str(&w, "note", buf_str(&text));
	jsonw_close(&w);
	buf_free(&text);
}

void
render_sns_subject(const struct message *m, struct buf *out)
{
	struct buf line = BUF_INIT(BUF_RECORD);

	render_subject(m, &line);
	/* What is not ASCII would be refused; one question mark a character. */
	for (const char *c = buf_str(&line); *c != '\0' && out->len < 99; c++)
		if ((unsigned char)*c < 0x80)
			buf_putc(out, *c);
		else if ((unsigned char)*c >= 0xC0)
			buf_putc(out, '?');
	buf_free(&line);
}

void
render_sns(const struct message *m, struct buf *out)
{
	static const char *const machines[] = { "http", "https", "sqs", "lambda", "firehose" };
	enum { TEXT_MAX = 30000, DOCUMENT_MAX = 30000, SMS_MAX = 140 };
	struct buf text = BUF_INIT(BUF_RECORD), document = BUF_INIT(BUF_RECORD);
	struct jsonw w = JSONW_INIT(out, 0);

	render_text(m, &text, TEXT_MAX);
	render_webhook(m, &document);
	jsonw_open(&w, NULL, '{');
	jsonw_str(&w, "default", buf_str(&text));
	safe_str(&w, "sms", m->title, SMS_MAX);
	/* Six copies travel in one message of at most 256 KB: a document that is too long goes as text. */
	for (size_t i = 0; document.len <= DOCUMENT_MAX && i < ARRAY_LEN(machines); i++)
		jsonw_str(&w, machines[i], buf_str(&document));
	jsonw_close(&w);
	buf_free(&text);
	buf_free(&document);
}
