#include "core/report/render.h"

#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/mem.h"
#include "base/when.h"

enum { CHAT_MAX = 2800, DISCORD_MAX = 1900, LINE_MAX_SHOWN = 400 };

/* Cuts at a character. */
static void
cut(struct buf *b, size_t max)
{
	if (max == 0 || b->len <= max)
		return;
	b->len = max;
	while (b->len > 0 && ((unsigned char)b->ptr[b->len] & 0xC0) == 0x80)
		b->len--;
	b->ptr[b->len] = '\0';
	buf_puts(b, "…");
}

void
render_text(const struct message *m, struct buf *out, size_t max)
{
	escape_terminal(out, m->title);
	buf_putc(out, '\n');
	escape_terminal(out, m->summary);
	buf_putc(out, '\n');
	for (size_t i = 0; i < m->sections; i++) {
		buf_putc(out, '\n');
		escape_terminal(out, m->section[i].heading);
		buf_putc(out, '\n');
		for (size_t k = 0; k < m->section[i].lines.len; k++) {
			buf_puts(out, "  ");
			escape_terminal_cut(out, m->section[i].lines.item[k], LINE_MAX_SHOWN);
			buf_putc(out, '\n');
		}
	}
	cut(out, max);
}

void
render_subject(const struct message *m, struct buf *out)
{
	buf_printf(out, "[keycanary %s] ", severity_name(m->severity));
	escape_terminal_cut(out, m->title, 150);
}

void
render_html_mail(const struct message *m, struct buf *out)
{
	buf_puts(out, "<!doctype html><html><body style=\"font-family:sans-serif\"><h2>");
	escape_html(out, m->title);
	buf_puts(out, "</h2><p>");
	escape_html(out, m->summary);
	buf_puts(out, "</p>");
	for (size_t i = 0; i < m->sections; i++) {
		buf_puts(out, "<h3>");
		escape_html(out, m->section[i].heading);
		buf_puts(out, "</h3><ul>");
		for (size_t k = 0; k < m->section[i].lines.len; k++) {
			buf_puts(out, "<li>");
			escape_html(out, m->section[i].lines.item[k]);
			buf_puts(out, "</li>");
		}
		buf_puts(out, "</ul>");
	}
	buf_puts(out, "</body></html>\n");
}

void
render_webhook(const struct message *m, struct buf *out)
{
	message_write(m, out);
}

/*
 * Chat services find mentions, links and markup in text. A zero-width space
 * would be invisible to the reader too, so the marks themselves are replaced
 * by look-alikes that mean nothing: fullwidth < > @ and the like.
 */
static void
defang(struct buf *out, const char *s)
{
	static const struct {
		char mark;
		const char *stand_in;
	} table[] = {
		{ '@', "\xEF\xBC\xA0" }, { '<', "\xEF\xBC\x9C" }, { '>', "\xEF\xBC\x9E" }, { '&', "\xEF\xBC\x86" },
		{ '[', "\xEF\xBC\xBB" }, { ']', "\xEF\xBC\xBD" }, { '*', "\xEF\xBC\x8A" }, { '`', "\xEF\xBD\x80" },
		{ '~', "\xEF\xBD\x9E" }, { '|', "\xEF\xBD\x9C" }, { '#', "\xEF\xBC\x83" }, { '!', "\xEF\xBC\x81" },
	};
	struct buf plain = BUF_INIT(BUF_RECORD);

	escape_terminal_cut(&plain, s, LINE_MAX_SHOWN);
	for (const char *c = buf_str(&plain); *c != '\0'; c++) {
		const char *stand_in = NULL;

		for (size_t i = 0; i < ARRAY_LEN(table); i++)
			if (table[i].mark == *c)
				stand_in = table[i].stand_in;
		if (stand_in != NULL)
			buf_puts(out, stand_in);
		else if (strncmp(c, "://", 3) == 0)
			buf_puts(out, "\xEF\xBC\x9A");	/* a fullwidth colon: no link */
		else
			buf_putc(out, *c);
	}
	buf_free(&plain);
}

static void
chat_text(const struct message *m, struct buf *out, const char *bold, size_t max)
{
	buf_puts(out, bold);
	defang(out, m->title);
	buf_puts(out, bold);
	buf_putc(out, '\n');
	defang(out, m->summary);
	buf_putc(out, '\n');
	for (size_t i = 0; i < m->sections; i++) {
		buf_printf(out, "\n%s%s%s\n", bold, m->section[i].heading, bold);
		for (size_t k = 0; k < m->section[i].lines.len; k++) {
			buf_puts(out, "• ");
			defang(out, m->section[i].lines.item[k]);
			buf_putc(out, '\n');
		}
	}
	cut(out, max);
}

static void
one_text(const struct message *m, struct buf *out, const char *member, const char *bold, size_t max)
{
	struct buf text = BUF_INIT(BUF_RECORD);
	struct jsonw w = JSONW_INIT(out, 0);

	chat_text(m, &text, bold, max);
	jsonw_open(&w, NULL, '{');
	jsonw_str(&w, member, buf_str(&text));
	if (strcmp(member, "content") == 0) {
		/* Discord parses mentions unless told to find none. */
		jsonw_open(&w, "allowed_mentions", '{');
		jsonw_open(&w, "parse", '[');
		jsonw_close(&w);
		jsonw_close(&w);
	}
	jsonw_close(&w);
	buf_free(&text);
}

void
render_slack(const struct message *m, struct buf *out)
{
	one_text(m, out, "text", "*", CHAT_MAX);
}

void
render_mattermost(const struct message *m, struct buf *out)
{
	one_text(m, out, "text", "**", CHAT_MAX);
}

void
render_discord(const struct message *m, struct buf *out)
{
	one_text(m, out, "content", "**", DISCORD_MAX);
}

void
render_google_chat(const struct message *m, struct buf *out)
{
	one_text(m, out, "text", "*", CHAT_MAX);
}

static void
teams_block(struct jsonw *w, const char *text, bool strong)
{
	struct buf safe = BUF_INIT(BUF_RECORD);

	defang(&safe, text);
	jsonw_open(w, NULL, '{');
	jsonw_str(w, "type", "TextBlock");
	jsonw_str(w, "text", buf_str(&safe));
	jsonw_bool(w, "wrap", true);
	if (strong)
		jsonw_str(w, "weight", "Bolder");
	jsonw_close(w);
	buf_free(&safe);
}

/* An Adaptive Card, as Teams workflows take it. */
void
render_teams(const struct message *m, struct buf *out)
{
	struct jsonw w = JSONW_INIT(out, 0);

	jsonw_open(&w, NULL, '{');
	jsonw_str(&w, "type", "message");
	jsonw_open(&w, "attachments", '[');
	jsonw_open(&w, NULL, '{');
	jsonw_str(&w, "contentType", "application/vnd.microsoft.card.adaptive");
	jsonw_open(&w, "content", '{');
	jsonw_str(&w, "type", "AdaptiveCard");
	jsonw_str(&w, "version", "1.4");
	jsonw_open(&w, "body", '[');
	teams_block(&w, m->title, true);
	teams_block(&w, m->summary, false);
	for (size_t i = 0; i < m->sections; i++) {
		teams_block(&w, m->section[i].heading, true);
		for (size_t k = 0; k < m->section[i].lines.len && k < 12; k++)
			teams_block(&w, m->section[i].lines.item[k], false);
	}
	for (int i = 0; i < 5; i++)
		jsonw_close(&w);
}

static const char *
pager_severity(enum severity s)
{
	static const char *const names[] = { "info", "info", "warning", "error", "critical" };

	return names[s];
}

/* PagerDuty Events API v2: the incident is the deduplication key, closing resolves it. */
void
render_pagerduty(const struct message *m, const char *routing_key, struct buf *out)
{
	struct jsonw w = JSONW_INIT(out, 0);
	struct buf text = BUF_INIT(BUF_RECORD), title = BUF_INIT(BUF_LINE);

	render_text(m, &text, 16000);
	escape_terminal_cut(&title, m->title, 900);
	jsonw_open(&w, NULL, '{');
	jsonw_str(&w, "routing_key", routing_key);
	jsonw_str(&w, "event_action", m->kind == MESSAGE_CLOSED || m->kind == MESSAGE_SIGHTED ? "resolve" : "trigger");
	jsonw_str(&w, "dedup_key", m->incident != NULL ? m->incident : m->key);
	jsonw_open(&w, "payload", '{');
	jsonw_str(&w, "summary", buf_str(&title));
	jsonw_str(&w, "source", m->key_id != NULL ? m->key_id : "keycanary");
	jsonw_str(&w, "severity", pager_severity(m->severity));
	jsonw_when(&w, "timestamp", m->event_ms != WHEN_NONE ? m->event_ms : m->made_ms);
	jsonw_str(&w, "class", m->intent);
	jsonw_open(&w, "custom_details", '{');
	jsonw_str(&w, "text", buf_str(&text));
	for (int i = 0; i < 3; i++)
		jsonw_close(&w);
	buf_free(&text);
	buf_free(&title);
}

void
render_opsgenie(const struct message *m, struct buf *out)
{
	static const char *const priorities[] = { "P5", "P4", "P3", "P2", "P1" };
	struct jsonw w = JSONW_INIT(out, 0);
	struct buf text = BUF_INIT(BUF_RECORD), title = BUF_INIT(BUF_LINE);

	render_text(m, &text, 14000);
	escape_terminal_cut(&title, m->title, 120);
	jsonw_open(&w, NULL, '{');
	jsonw_str(&w, "message", buf_str(&title));
	jsonw_str(&w, "alias", m->incident != NULL ? m->incident : m->key);
	jsonw_str(&w, "description", buf_str(&text));
	jsonw_str(&w, "priority", priorities[m->severity]);
	jsonw_str(&w, "source", "keycanary");
	jsonw_strlist(&w, "tags", &m->intents);
	jsonw_close(&w);
	buf_free(&text);
	buf_free(&title);
}

/* OCSF schema 1.3, class "Detection Finding": its required attributes. */
void
render_ocsf(const struct message *m, struct buf *out)
{
	static const int ids[] = { 1, 2, 3, 4, 5 };
	static const char *const names[] = { "Informational", "Low", "Medium", "High", "Critical" };
	bool update = m->kind == MESSAGE_ESCALATION || m->kind == MESSAGE_DIGEST;
	int activity = m->kind == MESSAGE_CLOSED ? 3 : update ? 2 : 1;
	struct jsonw w = JSONW_INIT(out, 0);

	jsonw_open(&w, NULL, '{');
	jsonw_int(&w, "activity_id", activity);
	jsonw_int(&w, "category_uid", 2);
	jsonw_int(&w, "class_uid", 2004);
	jsonw_int(&w, "type_uid", 200400 + activity);
	jsonw_int(&w, "severity_id", ids[m->severity]);
	jsonw_str(&w, "severity", names[m->severity]);
	jsonw_int(&w, "time", m->event_ms != WHEN_NONE ? m->event_ms : m->made_ms);
	jsonw_str(&w, "message", m->summary);
	jsonw_open(&w, "metadata", '{');
	jsonw_str(&w, "version", "1.3.0");
	jsonw_open(&w, "product", '{');
	jsonw_str(&w, "name", "keycanary");
	jsonw_str(&w, "vendor_name", "keycanary");
	jsonw_close(&w);
	jsonw_close(&w);
	jsonw_open(&w, "finding_info", '{');
	jsonw_str(&w, "uid", m->incident != NULL ? m->incident : m->key);
	jsonw_str(&w, "title", m->title);
	jsonw_open(&w, "types", '[');
	for (size_t i = 0; i < m->intents.len; i++)
		jsonw_str(&w, NULL, m->intents.item[i]);
	jsonw_close(&w);
	jsonw_close(&w);
	jsonw_open(&w, "unmapped", '{');
	jsonw_str(&w, "key_id", m->key_id);
	jsonw_str(&w, "source_ip", m->first_ip);
	jsonw_str(&w, "kind", message_kind_name(m->kind));
	jsonw_close(&w);
	jsonw_close(&w);
	buf_putc(out, '\n');
}

/* RFC 5424 section 6; facility 13 (log audit). Parameter values escape " \ ] (section 6.3.3). */
void
render_syslog(const struct message *m, const char *host, struct buf *out)
{
	static const int levels[] = { 6, 5, 4, 3, 2 };
	struct buf line = BUF_INIT(BUF_LINE), title = BUF_INIT(BUF_LINE);
	char at[WHEN_TEXT_MAX];

	escape_terminal_cut(&line, m->summary, 600);
	escape_terminal_cut(&title, str_or(m->key_id, "-"), 64);
	buf_printf(out, "<%d>1 %s %s keycanary - %s [keycanary@32473 incident=\"", 13 * 8 + levels[m->severity],
	    when_utc(m->made_ms, at), host, message_kind_name(m->kind));
	for (const char *c = str_or(m->incident, "-"); *c != '\0'; c++) {
		if (strchr("\"\\]", *c) != NULL)
			buf_putc(out, '\\');
		buf_putc(out, *c);
	}
	buf_printf(out, "\" intent=\"%s\" severity=\"%s\"] %s %s", str_or(m->intent, "-"), severity_name(m->severity),
	    buf_str(&title), buf_str(&line));
	buf_free(&line);
	buf_free(&title);
}
