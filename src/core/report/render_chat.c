/*
 * A message for chats.
 *
 * Chat services find mentions, links and markup in text. A zero-width space
 * between would be invisible to the reader too, so the marks themselves are
 * replaced by look-alikes that mean nothing: fullwidth < > @ and the like.
 */
#include <ctype.h>
#include <string.h>

#include "base/escape.h"
#include "base/when.h"
#include "core/report/render_int.h"

enum { LINE_SHOWN_MAX = 400, LINE_BYTES_MAX = 500 };

struct dialect {
	const char *bold;
	const char *link;	/* format of the one link that lives: our own */
	bool entities;		/* & < > are written &amp; &lt; &gt; and shown as they are (Slack) */
	bool backslash;		/* a backslash takes the meaning of the next mark: it is markup itself */
	bool bare_names;	/* "evil.example" alone becomes a link */
};

static const struct dialect slack = { .bold = "*", .link = "<%s|open the full report>", .entities = true };
static const struct dialect markdown = { .bold = "**", .link = "[open the full report](%s)", .backslash = true };
static const struct dialect google = { .bold = "*", .link = "<%s|open the full report>", .bare_names = true };

static const struct {
	char mark;
	const char *stand_in;
} stand_ins[] = {
	{ '@', "\xEF\xBC\xA0" }, { '<', "\xEF\xBC\x9C" }, { '>', "\xEF\xBC\x9E" }, { '&', "\xEF\xBC\x86" },
	{ '[', "\xEF\xBC\xBB" }, { ']', "\xEF\xBC\xBD" }, { '*', "\xEF\xBC\x8A" }, { '`', "\xEF\xBD\x80" },
	{ '~', "\xEF\xBD\x9E" }, { '|', "\xEF\xBD\x9C" }, { '#', "\xEF\xBC\x83" }, { '!', "\xEF\xBC\x81" },
};

static bool
is_word(char c)
{
	return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

/* What goes out in place of the character at s[i]; NULL: itself. */
static const char *
stand_in(const struct dialect *d, const char *s, size_t i)
{
	char before = i > 0 ? s[i - 1] : ' ', c = s[i], after = s[i + 1];

	if (d->entities && (c == '&' || c == '<' || c == '>'))
		return c == '&' ? "&amp;" : c == '<' ? "&lt;" : "&gt;";
	if (c == '\\' && d->backslash)
		return "\xEF\xBC\xBC";
	if (c == '_' && !(is_word(before) && is_word(after)))
		return "\xEF\xBC\xBF";	/* at a word's edge it would be emphasis */
	if (c == ':' && after == '/' && s[i + 2] == '/')
		return "\xEF\xBC\x9A";	/* a fullwidth colon: no link */
	if (c == '.' && is_word(before) && isalpha((unsigned char)after) &&
	    (d->bare_names || (i >= 3 && strncasecmp(s + i - 3, "www", 3) == 0)))
		return "\xE2\x80\xA4";	/* one dot leader */
	for (size_t k = 0; k < sizeof(stand_ins) / sizeof(stand_ins[0]); k++)
		if (stand_ins[k].mark == c)
			return stand_ins[k].stand_in;
	return NULL;
}

static void
defang(const struct dialect *d, struct buf *out, const char *s)
{
	struct buf plain = BUF_INIT(BUF_RECORD);
	const char *text;

	escape_terminal_cut(&plain, s, LINE_SHOWN_MAX);
	buf_cut(&plain, LINE_BYTES_MAX);	/* escapes are longer than what they show */
	text = buf_str(&plain);
	for (size_t i = 0; text[i] != '\0'; i++) {
		const char *other = stand_in(d, text, i);

		if (other != NULL)
			buf_puts(out, other);
		else
			buf_putc(out, text[i]);
	}
	buf_free(&plain);
}

/* At most `max` bytes: lines that do not fit are counted, never cut inside an escape. */
static void
section_lines(const struct dialect *d, const struct section *s, struct buf *out, size_t max)
{
	size_t begin = out->len;

	for (size_t k = 0; k < s->lines.len; k++) {
		struct buf line = BUF_INIT(BUF_RECORD);
		bool fits;

		bool under = str_starts(s->lines.item[k], "- ");	/* a call below its stage */

		buf_puts(&line, under ? "    ◦ " : "• ");
		defang(d, &line, s->lines.item[k] + (under ? 2 : 0));
		fits = out->len - begin + line.len + 40 <= max;
		if (fits)
			buf_printf(out, "%s%s", k > 0 ? "\n" : "", buf_str(&line));
		else
			buf_printf(out, "%s… and %zu more lines", k > 0 ? "\n" : "", s->lines.len - k);
		buf_free(&line);
		if (!fits)
			break;
	}
}

/* The operator's own address is the only link that lives; nothing when there is none. */
static void
live_link(const struct dialect *d, const struct message *m, struct buf *out)
{
	const char *at = strstr(d->link, "%s");

	if (!link_fine(m->link))
		return;
	buf_add(out, d->link, (size_t)(at - d->link));
	buf_puts(out, m->link);
	buf_puts(out, at + strlen("%s"));
}

static void
bold_line(const struct dialect *d, struct buf *out, const char *s)
{
	buf_puts(out, d->bold);
	defang(d, out, s);
	buf_printf(out, "%s\n", d->bold);
}

/* All of it as one text of at most `max` bytes; the link stays, whole sections are left out at the end. */
static void
whole_text(const struct dialect *d, const struct message *m, struct buf *out, size_t max)
{
	bold_line(d, out, m->title);
	defang(d, out, m->summary);
	if (link_fine(m->link))
		buf_putc(out, '\n');
	live_link(d, m, out);
	for (size_t i = 0; i < m->sections; i++) {
		struct buf part = BUF_INIT(BUF_RECORD);
		bool fits;

		buf_puts(&part, "\n\n");
		bold_line(d, &part, m->section[i].heading);
		section_lines(d, &m->section[i], &part, max / 2);
		fits = out->len + part.len + 40 <= max;
		if (fits)
			buf_add(out, buf_str(&part), part.len);
		buf_free(&part);
		if (!fits) {
			buf_printf(out, "\n… and %zu more sections", m->sections - i);
			break;
		}
	}
}

/* --- Slack ------------------------------------------------------------------------- */

static void
slack_block(struct jsonw *w, const char *kind, const char *text_kind, const char *text)
{
	jsonw_open(w, NULL, '{');
	jsonw_str(w, "type", kind);
	jsonw_open(w, "text", '{');
	jsonw_str(w, "type", text_kind);
	jsonw_str(w, "text", text);
	if (text_kind[0] == 'm')
		jsonw_bool(w, "verbatim", true);	/* no links or mentions made from plain words */
	else
		jsonw_bool(w, "emoji", false);
	jsonw_close(w);
	jsonw_close(w);
}

void
render_slack(const struct message *m, struct buf *out)
{
	enum { HEADER_MAX = 150, SECTION_MAX = 3000 };
	struct buf text = BUF_INIT(BUF_RECORD);
	struct jsonw w = JSONW_INIT(out, 0);

	jsonw_open(&w, NULL, '{');
	defang(&slack, &text, m->title);
	jsonw_str(&w, "text", buf_str(&text));	/* what a notification shows */
	jsonw_bool(&w, "unfurl_links", false);
	jsonw_bool(&w, "unfurl_media", false);
	jsonw_open(&w, "blocks", '[');
	buf_reset(&text);
	defang(&(struct dialect){ .bold = "", .link = "%s" }, &text, m->title);	/* plain text has no entities */
	buf_cut(&text, HEADER_MAX);
	slack_block(&w, "header", "plain_text", buf_str(&text));
	buf_reset(&text);
	defang(&slack, &text, str_or(m->summary, "-"));
	if (link_fine(m->link))
		buf_putc(&text, '\n');
	live_link(&slack, m, &text);
	slack_block(&w, "section", "mrkdwn", buf_str(&text));
	for (size_t i = 0; i < m->sections; i++) {
		buf_reset(&text);
		bold_line(&slack, &text, m->section[i].heading);
		section_lines(&slack, &m->section[i], &text, SECTION_MAX - text.len);
		slack_block(&w, "section", "mrkdwn", buf_str(&text));
	}
	jsonw_close(&w);
	jsonw_close(&w);
	buf_free(&text);
}

/* --- Mattermost and Google Chat ------------------------------------------------------ */

void
render_mattermost(const struct message *m, struct buf *out)
{
	struct buf text = BUF_INIT(BUF_RECORD);
	struct jsonw w = JSONW_INIT(out, 0);

	whole_text(&markdown, m, &text, 16000);
	jsonw_open(&w, NULL, '{');
	jsonw_str(&w, "text", buf_str(&text));
	jsonw_close(&w);
	buf_free(&text);
}

void
render_google_chat(const struct message *m, struct buf *out)
{
	struct buf text = BUF_INIT(BUF_RECORD);
	struct jsonw w = JSONW_INIT(out, 0);

	whole_text(&google, m, &text, 4000);
	jsonw_open(&w, NULL, '{');
	jsonw_str(&w, "text", buf_str(&text));
	jsonw_open(&w, "thread", '{');
	jsonw_str(&w, "threadKey", message_thread(m));
	jsonw_close(&w);
	jsonw_close(&w);
	buf_free(&text);
}

/* --- Discord ------------------------------------------------------------------------- */

/* Adds a field unless the embed would grow over its limit; true when it fitted. */
static bool
discord_field(struct jsonw *w, const struct section *s, size_t *used)
{
	enum { EMBED_MAX = 5900, NAME_MAX = 256, VALUE_MAX = 1024 };
	struct buf name = BUF_INIT(BUF_RECORD), value = BUF_INIT(BUF_RECORD);
	bool fits;

	defang(&markdown, &name, s->heading);
	buf_cut(&name, NAME_MAX);
	section_lines(&markdown, s, &value, VALUE_MAX);
	if (value.len == 0)
		buf_puts(&value, "-");
	buf_cut(&value, VALUE_MAX);
	fits = *used + name.len + value.len <= EMBED_MAX;
	if (fits) {
		jsonw_open(w, NULL, '{');
		jsonw_str(w, "name", buf_str(&name));
		jsonw_str(w, "value", buf_str(&value));
		jsonw_close(w);
		*used += name.len + value.len;
	}
	buf_free(&name);
	buf_free(&value);
	return fits;
}

void
render_discord(const struct message *m, struct buf *out)
{
	static const int colors[] = { 0x5f6b7a, 0x2e6f9e, 0x9a6700, 0xb3470b, 0xb00020 };
	struct buf title = BUF_INIT(BUF_RECORD), summary = BUF_INIT(BUF_RECORD);
	struct jsonw w = JSONW_INIT(out, 0);
	size_t used;

	defang(&markdown, &title, m->title);
	buf_cut(&title, 256);
	defang(&markdown, &summary, m->summary);
	buf_cut(&summary, 2000);
	used = title.len + summary.len;
	jsonw_open(&w, NULL, '{');
	jsonw_str(&w, "content", buf_str(&title));
	jsonw_open(&w, "allowed_mentions", '{');	/* it looks for mentions unless told to find none */
	jsonw_open(&w, "parse", '[');
	jsonw_close(&w);
	jsonw_close(&w);
	jsonw_open(&w, "embeds", '[');
	jsonw_open(&w, NULL, '{');
	jsonw_str(&w, "title", buf_str(&title));
	if (link_fine(m->link))
		jsonw_str(&w, "url", m->link);
	jsonw_str(&w, "description", buf_str(&summary));
	jsonw_int(&w, "color", colors[m->severity]);
	jsonw_when(&w, "timestamp", m->event_ms != WHEN_NONE ? m->event_ms : m->made_ms);
	jsonw_open(&w, "fields", '[');
	for (size_t i = 0; i < m->sections && discord_field(&w, &m->section[i], &used); i++)
		;
	for (int i = 0; i < 4; i++)
		jsonw_close(&w);
	buf_free(&title);
	buf_free(&summary);
}

/* --- Teams --------------------------------------------------------------------------- */

enum { TEAMS_MAX = 26 * 1024, TEAMS_LINES_MAX = 20 };

/* False when the card is full; nothing is written then. */
static bool
teams_block(struct jsonw *w, const char *text, const char *weight, const char *spacing)
{
	struct buf safe = BUF_INIT(BUF_RECORD);
	bool fits;

	defang(&markdown, &safe, text);
	fits = w->out->len + safe.len + 200 <= TEAMS_MAX;
	if (fits) {
		jsonw_open(w, NULL, '{');
		jsonw_str(w, "type", "TextBlock");
		jsonw_str(w, "text", buf_str(&safe));
		jsonw_bool(w, "wrap", true);
		jsonw_str(w, "weight", weight);
		jsonw_str(w, "spacing", spacing);
		jsonw_close(w);
	}
	buf_free(&safe);
	return fits;
}

static bool
teams_section(struct jsonw *w, const struct section *s)
{
	bool fits = teams_block(w, s->heading, "Bolder", "Medium");

	for (size_t k = 0; fits && k < s->lines.len && k < TEAMS_LINES_MAX; k++)
		fits = teams_block(w, s->lines.item[k], "Default", "Small");
	return fits;
}

void
render_teams(const struct message *m, struct buf *out)
{
	struct jsonw w = JSONW_INIT(out, 0);
	bool fits;

	jsonw_open(&w, NULL, '{');
	jsonw_str(&w, "type", "message");
	jsonw_open(&w, "attachments", '[');
	jsonw_open(&w, NULL, '{');
	jsonw_str(&w, "contentType", "application/vnd.microsoft.card.adaptive");
	jsonw_null(&w, "contentUrl");
	jsonw_open(&w, "content", '{');
	jsonw_str(&w, "$schema", "http://adaptivecards.io/schemas/adaptive-card.json");
	jsonw_str(&w, "type", "AdaptiveCard");
	jsonw_str(&w, "version", "1.4");
	jsonw_open(&w, "msteams", '{');
	jsonw_str(&w, "width", "Full");
	jsonw_close(&w);
	jsonw_open(&w, "body", '[');
	fits = teams_block(&w, m->title, "Bolder", "None") && teams_block(&w, m->summary, "Default", "Small");
	for (size_t i = 0; fits && i < m->sections; i++)
		fits = teams_section(&w, &m->section[i]);
	jsonw_close(&w);
	if (link_fine(m->link)) {
		jsonw_open(&w, "actions", '[');
		jsonw_open(&w, NULL, '{');
		jsonw_str(&w, "type", "Action.OpenUrl");
		jsonw_str(&w, "title", "Full report");
		jsonw_str(&w, "url", m->link);
		jsonw_close(&w);
		jsonw_close(&w);
	}
	for (int i = 0; i < 4; i++)
		jsonw_close(&w);
}
