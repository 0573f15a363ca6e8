/* A message as text, as mail, and as a line of syslog. */
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/mem.h"
#include "base/when.h"
#include "core/report/render_int.h"

enum { LINE_SHOWN_MAX = 400, SUBJECT_MAX = 150, PARAM_MAX = 120 };

bool
link_fine(const char *link)
{
	if (!str_starts(link, "https://") && !str_starts(link, "http://"))
		return false;
	for (const char *c = link; *c != '\0'; c++)
		if (*c <= ' ' || (unsigned char)*c >= 0x7F || strchr("<>|\"'`()[]\\*", *c) != NULL)
			return false;
	return strlen(link) < 1000;
}

void
render_text(const struct message *m, struct buf *out, size_t max)
{
	struct buf text = BUF_INIT(out->max);

	escape_terminal_cut(&text, m->title, LINE_SHOWN_MAX);
	buf_putc(&text, '\n');
	escape_terminal_cut(&text, m->summary, MESSAGE_TEXT_MAX);
	buf_putc(&text, '\n');
	for (size_t i = 0; i < m->sections; i++) {
		buf_putc(&text, '\n');
		escape_terminal_cut(&text, m->section[i].heading, LINE_SHOWN_MAX);
		buf_putc(&text, '\n');
		for (size_t k = 0; k < m->section[i].lines.len; k++) {
			buf_puts(&text, "  ");
			escape_terminal_cut(&text, m->section[i].lines.item[k], LINE_SHOWN_MAX);
			buf_putc(&text, '\n');
		}
	}
	if (max > 0)
		buf_cut(&text, max);
	buf_add(out, buf_str(&text), text.len);
	buf_free(&text);
}

void
render_subject(const struct message *m, struct buf *out)
{
	struct buf title = BUF_INIT(BUF_RECORD);

	escape_terminal_cut(&title, m->title, SUBJECT_MAX);
	buf_cut(&title, SUBJECT_MAX);	/* escapes are longer than what they show */
	buf_printf(out, "[keycanary %s] %s", severity_name(m->severity), buf_str(&title));
	buf_free(&title);
}

/* As escape_html, of at most LINE_SHOWN_MAX characters, on one line. */
static void
html_line(struct buf *out, const char *s)
{
	struct buf line = BUF_INIT(BUF_RECORD);

	escape_terminal_cut(&line, s, LINE_SHOWN_MAX);
	escape_html(out, buf_str(&line));
	buf_free(&line);
}

static void
html_section(const struct section *s, struct buf *out)
{
	buf_puts(out, "<h3 style=\"margin-bottom:0\">");
	html_line(out, s->heading);
	buf_puts(out, "</h3>\n<ul>\n");
	for (size_t k = 0; k < s->lines.len; k++) {
		bool under = str_starts(s->lines.item[k], "- ");	/* a call below its stage */

		buf_printf(out, "<li style=\"overflow-wrap:anywhere%s\">", under ? ";margin-left:1.5em" : "");
		html_line(out, s->lines.item[k] + (under ? 2 : 0));
		buf_puts(out, "</li>\n");
	}
	buf_puts(out, "</ul>\n");
}

void
render_html_mail(const struct message *m, struct buf *out)
{
	static const char *const colors[] = { "#5f6b7a", "#2e6f9e", "#9a6700", "#b3470b", "#b00020" };

	buf_puts(out, "<!doctype html>\n<html><head><meta charset=\"utf-8\"><title>");
	html_line(out, m->title);
	buf_printf(out, "</title></head>\n<body style=\"font-family:sans-serif\">\n"
	    "<h2 style=\"border-left:.4em solid %s;padding-left:.5em\">", colors[m->severity]);
	html_line(out, m->title);
	buf_puts(out, "</h2>\n<p>");
	html_line(out, m->summary);
	buf_puts(out, "</p>\n");
	for (size_t i = 0; i < m->sections; i++)
		html_section(&m->section[i], out);
	if (link_fine(m->link)) {
		buf_puts(out, "<p><a href=\"");
		escape_html(out, m->link);
		buf_puts(out, "\">open the full report</a></p>\n");
	}
	buf_puts(out, "</body></html>\n");
}

void
render_webhook(const struct message *m, struct buf *out)
{
	message_write(m, out);
}

/* PARAM-VALUE: " \ ] are escaped by a backslash (RFC 5424 section 6.3.3). */
static void
param(struct buf *out, const char *name, const char *value)
{
	struct buf shown = BUF_INIT(BUF_LINE);

	if (str_empty(value))
		return;
	escape_terminal_cut(&shown, value, PARAM_MAX);
	buf_cut(&shown, PARAM_MAX);
	buf_printf(out, " %s=\"", name);
	for (const char *c = buf_str(&shown); *c != '\0'; c++) {
		if (strchr("\"\\]", *c) != NULL)
			buf_putc(out, '\\');
		buf_putc(out, *c);
	}
	buf_putc(out, '"');
	buf_free(&shown);
}

/* HOSTNAME: at most 255 of printable ASCII (section 6). */
static void
host_name(struct buf *out, const char *host)
{
	size_t n = 0;

	for (; host != NULL && host[n] != '\0' && n < 255; n++)
		buf_putc(out, host[n] > ' ' && host[n] < 0x7F ? host[n] : '?');
	if (n == 0)
		buf_putc(out, '-');
}

/*
 * RFC 5424 section 6; facility 13 (log audit). The structured data is under
 * keycanary@32473: 32473 is the number kept for examples (RFC 5612), used by
 * programs whose authors have none of their own.
 */
void
render_syslog(const struct message *m, const char *host, size_t max, struct buf *out)
{
	static const int levels[] = { 6, 5, 4, 3, 2 };
	struct buf line = BUF_INIT(BUF_LINE);
	char at[WHEN_TEXT_MAX];

	buf_printf(&line, "<%d>1 %s ", 13 * 8 + levels[m->severity], when_utc(m->made_ms, at));
	host_name(&line, host);
	buf_printf(&line, " keycanary - %s [keycanary@32473", message_kind_name(m->kind));
	param(&line, "severity", severity_name(m->severity));
	param(&line, "intent", m->intent);
	param(&line, "confidence", m->intent != NULL ? confidence_name(m->confidence) : NULL);
	param(&line, "incident", m->incident);
	param(&line, "key_id", m->key_id);
	param(&line, "account", m->account);
	param(&line, "drill", m->drill ? "true" : NULL);
	param(&line, "key", m->key);
	if (line.len + 400 < max)
		param(&line, "source_ip", m->first_ip);
	if (line.len + 400 < max)
		param(&line, "tool", m->tool);
	buf_puts(&line, "] ");
	escape_terminal_cut(&line, m->title, LINE_SHOWN_MAX);
	buf_puts(&line, ": ");
	escape_terminal_cut(&line, m->summary, MESSAGE_TEXT_MAX);
	buf_cut(&line, max);
	buf_add(out, buf_str(&line), line.len);
	buf_free(&line);
}
