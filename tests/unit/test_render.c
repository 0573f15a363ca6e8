/* Every renderer over every hostile text: nothing of it lives in any medium, and no provider's limit is passed. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/escape.h"
#include "base/mem.h"
#include "base/when.h"
#include "core/report/render.h"

enum { TEXTS_MAX = 128 };

struct hostile {
	char *name;
	char *text;
};

static struct hostile corpus[TEXTS_MAX];
static size_t corpus_len;

/* --- the table --------------------------------------------------------------------- */

static char *
unescaped(const char *s, size_t len, long times)
{
	struct buf once = BUF_INIT(BUF_RECORD), all = BUF_INIT(BUF_RECORD);

	for (size_t i = 0; i < len; i++) {
		if (s[i] == '\\' && i + 3 < len && s[i + 1] == 'x' && decode_hex(&once, s + i + 2, 2))
			i += 3;
		else if (s[i] == '\\' && i + 1 < len && s[i + 1] == '\\')
			buf_putc(&once, s[i++]);
		else
			buf_putc(&once, s[i]);
	}
	for (long n = 0; n < times; n++)
		buf_puts(&all, buf_str(&once));
	buf_free(&once);
	return buf_take(&all);
}

static int
read_corpus(void **state)
{
	FILE *f = fopen("tests/corpus/hostile.txt", "r");
	char line[4096];

	(void)state;
	if (f == NULL)
		return -1;
	while (fgets(line, sizeof(line), f) != NULL && corpus_len < TEXTS_MAX) {
		char *name = strtok(line, "\t\n"), *text = strtok(NULL, "\t\n"), *times = strtok(NULL, "\n");

		if (name == NULL || name[0] == '#')
			continue;
		corpus[corpus_len].name = mem_strdup(name);
		corpus[corpus_len].text = unescaped(text != NULL ? text : "", text != NULL ? strlen(text) : 0,
		    times != NULL ? atol(times) : 1);
		corpus_len++;
	}
	(void)fclose(f);
	return corpus_len > 50 ? 0 : -1;
}

static int
free_corpus(void **state)
{
	(void)state;
	for (size_t i = 0; i < corpus_len; i++) {
		free(corpus[i].name);
		free(corpus[i].text);
	}
	return 0;
}

/* A message with the text wherever an intruder's words can get to. */
static void
message_with(struct message *m, const char *text, size_t sections, size_t lines)
{
	message_init(m);
	m->kind = MESSAGE_FIRST;
	m->key = mem_strdup("20250304-ab12-1-first-ops");
	m->incident = mem_strdup("20250304-ab12");
	m->key_id = mem_strdup("AKIAYT723HMDSAE2OSWV");
	m->account = mem_strdup("592694688519");
	m->intent = mem_strdup("ses-footprint");
	strlist_add(&m->intents, "ses-footprint");
	strlist_add(&m->tags, text);
	m->severity = SEVERITY_HIGH;
	m->confidence = CONFIDENCE_HIGH;
	m->title = mem_printf("ses-footprint (high confidence): %s", text);
	m->summary = mem_printf("%s wants your senders", text);
	m->first_ip = mem_strdup(text);
	m->tool = mem_strdup(text);
	m->event_ms = 1741064767000;
	m->made_ms = 1741064769000;
	for (size_t i = 0; i < sections; i++) {
		struct section *s = message_section(m, i == 0 ? "What to do now" : "Who and where");

		for (size_t k = 0; k < lines; k++)
			section_line(s, "user agent: %s", text);
	}
}

/* --- what must hold of any text a person sees ---------------------------------------- */

static bool
is_hidden(int cp)
{
	return (cp >= 0 && cp < 0x20 && cp != '\n') || (cp >= 0x7F && cp < 0xA0) || cp == 0xAD || cp == 0x61C ||
	    (cp >= 0x200B && cp <= 0x200F) || (cp >= 0x2028 && cp <= 0x202E) || (cp >= 0x2060 && cp <= 0x206F) ||
	    cp == 0xFEFF || (cp >= 0xE0000 && cp <= 0xE0FFF) || cp >= 0xF0000;
}

/* Valid UTF-8 without anything invisible. */
static bool
is_plain(const char *s, size_t len)
{
	size_t used;

	for (size_t i = 0; i < len; i += used) {
		int cp = utf8_next(s + i, len - i, &used);

		if (cp < 0 || is_hidden(cp))
			return false;
	}
	return true;
}

static size_t
count(const char *s, char c)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		n += *s == c;
	return n;
}

static size_t
characters(const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		n += ((unsigned char)*s & 0xC0) != 0x80;
	return n;
}

/* Calls back for each string of a JSON document with the name it has. */
static void
each_string(const cJSON *o, const char *name, void (*check)(const char *name, const char *value, void *arg), void *arg)
{
	const cJSON *item;

	if (cJSON_IsString(o))
		check(name, o->valuestring, arg);
	cJSON_ArrayForEach(item, o)
		each_string(item, item->string != NULL ? item->string : name, check, arg);
}

/* --- renderers ----------------------------------------------------------------------- */

static void text_r(const struct message *m, struct buf *out) { render_text(m, out, 0); }
static void text_cut_r(const struct message *m, struct buf *out) { render_text(m, out, 500); }
static void syslog_r(const struct message *m, struct buf *out) { render_syslog(m, "mon itor\n", 2048, out); }
static void pagerduty_r(const struct message *m, struct buf *out) { render_pagerduty(m, "R0UT1NG", out); }

static void
csv_r(const struct message *m, struct buf *out)
{
	escape_csv(out, m->first_ip);
}

static const struct renderer {
	const char *name;
	void (*render)(const struct message *, struct buf *);
	size_t max;	/* bytes; 0: no limit of the medium */
	bool one_line;
} texts[] = {
	{ "text", text_r, 0, false },
	{ "text, cut", text_cut_r, 500, false },
	{ "subject", render_subject, 200, true },
	{ "sns subject", render_sns_subject, 99, true },
	{ "html mail", render_html_mail, 0, false },
	{ "syslog", syslog_r, 2048, true },
	{ "csv", csv_r, 0, true },
}, chats[] = {
	{ "slack", render_slack, 150000, true },
	{ "mattermost", render_mattermost, 65536, true },
	{ "discord", render_discord, 65536, true },
	{ "teams", render_teams, 28 * 1024, true },
	{ "google-chat", render_google_chat, 32000, true },
}, machines[] = {
	{ "webhook", render_webhook, 0, true },
	{ "ocsf", render_ocsf, 0, true },
	{ "pagerduty", pagerduty_r, 512 * 1024, true },
	{ "opsgenie", render_opsgenie, 65536, true },
	{ "opsgenie note", render_opsgenie_note, 65536, true },
	{ "sns", render_sns, 250 * 1024, true },
};

static const struct { size_t sections, lines; } shapes[] = { { 0, 0 }, { 2, 3 }, { 24, 40 } };

/* Runs `check` over every renderer of a table, every hostile text, every shape of message. */
static void
over(const struct renderer *table, size_t n, void (*check)(const struct renderer *, const char *id, const struct buf *,
    const struct buf *benign))
{
	for (size_t h = 0; h < corpus_len; h++)
		for (size_t s = 0; s < ARRAY_LEN(shapes); s++) {
			struct message bad, good;

			/* The full message is for what could grow over a limit. */
			if (s == 2 && !str_starts(corpus[h].name, "long") && h % 8 != 0)
				continue;
			message_with(&bad, corpus[h].text, shapes[s].sections, shapes[s].lines);
			message_with(&good, "x", shapes[s].sections, shapes[s].lines);
			for (size_t r = 0; r < n; r++) {
				struct buf out = BUF_INIT(BUF_REPORT), benign = BUF_INIT(BUF_REPORT);
				char id[160];

				table[r].render(&bad, &out);
				table[r].render(&good, &benign);
				(void)snprintf(id, sizeof(id), "%s, %s, %zu sections", table[r].name, corpus[h].name, shapes[s].sections);
				CHECK(id, !out.failed && (table[r].max == 0 || out.len <= table[r].max));
				CHECK(id, !table[r].one_line || strchr(buf_str(&out), '\n') == NULL ||
				    strchr(buf_str(&out), '\n') == out.ptr + out.len - 1);
				check(&table[r], id, &out, &benign);
				buf_free(&out);
				buf_free(&benign);
			}
			message_clear(&bad);
			message_clear(&good);
		}
}

/* --- text media ------------------------------------------------------------------------ */

/* RFC 5424: header, one structured element with every quote in its place, message. */
static bool
syslog_fine(const char *s)
{
	const char *at = strstr(s, " [keycanary@32473 ");
	bool quoted = false;

	if (at == NULL || strncmp(s, "<107>1 2025-03-04T05:06:09", 26) != 0 || strstr(s, " mon?itor? keycanary - first ") == NULL)
		return false;
	for (at += 2; *at != '\0' && (quoted || *at != ']'); at++) {
		if (quoted && *at == '\\')
			at++;
		else if (*at == '"')
			quoted = !quoted;
	}
	return *at == ']' && at[1] == ' ';
}

static void
check_text(const struct renderer *r, const char *id, const struct buf *out, const struct buf *benign)
{
	const char *s = buf_str(out);

	CHECK(id, is_plain(s, out->len));
	if (str_eq(r->name, "html mail")) {
		CHECK(id, count(s, '<') == count(buf_str(benign), '<') && count(s, '>') == count(buf_str(benign), '>'));
		CHECK(id, count(s, '"') == count(buf_str(benign), '"') && count(s, '\'') == count(buf_str(benign), '\''));
	}
	if (str_eq(r->name, "syslog"))
		CHECK(id, syslog_fine(s));
	if (str_eq(r->name, "csv"))
		CHECK(id, strchr("=+-@\t\r", s[0] == '"' ? s[1] : s[0]) == NULL || out->len == 0);
	if (str_eq(r->name, "sns subject"))
		for (const char *c = s; *c != '\0'; c++)
			CHECK(id, (unsigned char)*c < 0x7F);
}

static void
text_media_show_everything_and_do_nothing(void **state)
{
	(void)state;
	over(texts, ARRAY_LEN(texts), check_text);
}

/* --- chats ------------------------------------------------------------------------------ */

struct chat_check {
	const char *id;
	bool slack;
	bool google;
};

static void
check_chat_string(const char *name, const char *value, void *arg)
{
	static const char *const marks[] = { "@", "<", ">", "[", "]", "`", "~", "|", "#", "!", "://", "*bold*", " _italic_",
		"www.", "WWW." };
	const struct chat_check *c = arg;

	if (str_eq(name, "$schema") || str_eq(name, "contentType"))
		return;
	CHECK(c->id, is_plain(value, strlen(value)));
	for (size_t i = 0; i < ARRAY_LEN(marks); i++)
		CHECK(c->id, strstr(value, marks[i]) == NULL);
	CHECK(c->id, !c->google || strstr(value, "evil.example") == NULL);
	/* An ampersand is there only as one of Slack's three entities. */
	for (const char *amp = strchr(value, '&'); amp != NULL; amp = strchr(amp + 1, '&'))
		CHECK(c->id, c->slack && (str_starts(amp, "&amp;") || str_starts(amp, "&lt;") || str_starts(amp, "&gt;")));
}

static size_t
text_len(const cJSON *o, const char *path)
{
	const char *s = json_string(o, path);

	return s != NULL ? characters(s) : 0;
}

static void
slack_limits(const char *id, const cJSON *o)
{
	const cJSON *block, *blocks = json_get(o, "blocks");

	CHECK(id, cJSON_GetArraySize(blocks) >= 2 && cJSON_GetArraySize(blocks) <= 50);
	cJSON_ArrayForEach(block, blocks) {
		size_t max = str_eq(json_string(block, "type"), "header") ? 150 : 3000, len = text_len(block, "text.text");

		CHECK(id, len >= 1 && len <= max);
		CHECK(id, !str_eq(json_string(block, "text.type"), "mrkdwn") || json_bool(json_get(block, "text"), "verbatim", false));
	}
}

static void
discord_limits(const char *id, const cJSON *o)
{
	const cJSON *embed = cJSON_GetArrayItem(json_get(o, "embeds"), 0), *fields = json_get(embed, "fields"), *f;
	size_t all = text_len(embed, "title") + text_len(embed, "description");

	CHECK(id, cJSON_IsArray(json_path(o, "allowed_mentions.parse")) && cJSON_GetArraySize(json_path(o, "allowed_mentions.parse")) == 0);
	CHECK(id, text_len(o, "content") <= 2000 && text_len(embed, "title") <= 256 && text_len(embed, "description") <= 4096);
	CHECK(id, cJSON_GetArraySize(fields) <= 25);
	cJSON_ArrayForEach(f, fields) {
		CHECK(id, text_len(f, "name") >= 1 && text_len(f, "name") <= 256);
		CHECK(id, text_len(f, "value") >= 1 && text_len(f, "value") <= 1024);
		all += text_len(f, "name") + text_len(f, "value");
	}
	CHECK(id, all <= 6000);
}

static void
check_chat(const struct renderer *r, const char *id, const struct buf *out, const struct buf *benign)
{
	struct chat_check c = { .id = id, .slack = str_eq(r->name, "slack"), .google = str_eq(r->name, "google-chat") };
	cJSON *o = cJSON_ParseWithLength(buf_str(out), out->len);

	(void)benign;
	CHECK(id, o != NULL);
	each_string(o, "", check_chat_string, &c);
	if (c.slack)
		slack_limits(id, o);
	if (str_eq(r->name, "discord"))
		discord_limits(id, o);
	if (c.google)
		CHECK(id, text_len(o, "text") <= 4096 && str_eq(json_string(o, "thread.threadKey"), "20250304-ab12"));
	if (str_eq(r->name, "mattermost"))
		CHECK(id, text_len(o, "text") <= 16383);
	cJSON_Delete(o);
}

static void
chats_find_no_mention_link_or_markup(void **state)
{
	(void)state;
	over(chats, ARRAY_LEN(chats), check_chat);
}

/* --- machines ----------------------------------------------------------------------------- */

static void
check_plain_string(const char *name, const char *value, void *arg)
{
	(void)name;
	CHECK((const char *)arg, is_plain(value, strlen(value)));
}

static void
pager_limits(const char *id, const cJSON *o)
{
	CHECK(id, text_len(o, "payload.summary") >= 1 && text_len(o, "payload.summary") <= 1024);
	CHECK(id, text_len(o, "dedup_key") <= 255 && str_eq(json_string(o, "dedup_key"), "20250304-ab12"));
	CHECK(id, str_eq(json_string(o, "payload.severity"), "error") && str_eq(json_string(o, "event_action"), "trigger"));
	each_string(o, "", check_plain_string, (void *)(uintptr_t)id);
}

static void
opsgenie_limits(const char *id, const cJSON *o)
{
	const cJSON *tag;

	CHECK(id, text_len(o, "message") >= 1 && text_len(o, "message") <= 130 && text_len(o, "alias") <= 512);
	CHECK(id, text_len(o, "description") <= 15000 && cJSON_GetArraySize(json_get(o, "tags")) <= 20);
	cJSON_ArrayForEach(tag, json_get(o, "tags"))
		CHECK(id, characters(tag->valuestring) <= 50);
	each_string(o, "", check_plain_string, (void *)(uintptr_t)id);
}

/* The attributes OCSF 1.3 requires of a Detection Finding and its objects. */
static void
ocsf_required(const char *id, const cJSON *o)
{
	static const char *const strings[] = { "metadata.version", "metadata.product.vendor_name", "metadata.product.name",
		"finding_info.uid", "finding_info.title", "cloud.provider" };
	static const struct { const char *name; int value; } numbers[] = { { "activity_id", 1 }, { "category_uid", 2 },
		{ "class_uid", 2004 }, { "type_uid", 200401 }, { "severity_id", 4 }, { "status_id", 1 }, { "confidence_id", 3 } };

	for (size_t i = 0; i < ARRAY_LEN(strings); i++)
		CHECK(id, !str_empty(json_string(o, strings[i])));
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		CHECK(id, cJSON_IsNumber(json_get(o, numbers[i].name)) && json_int(o, numbers[i].name, -1) == numbers[i].value);
	CHECK(id, json_int(o, "time", 0) == 1741064767000);
}

static void
check_machine(const struct renderer *r, const char *id, const struct buf *out, const struct buf *benign)
{
	cJSON *o = cJSON_ParseWithLength(buf_str(out), out->len), *b = cJSON_ParseWithLength(buf_str(benign), benign->len);

	CHECK(id, o != NULL);
	CHECK(id, is_plain(buf_str(out), out->len));
	CHECK(id, str_eq(r->name, "sns") || str_eq(r->name, "ocsf") || cJSON_GetArraySize(o) == cJSON_GetArraySize(b));
	if (str_eq(r->name, "pagerduty"))
		pager_limits(id, o);
	if (str_eq(r->name, "opsgenie"))
		opsgenie_limits(id, o);
	if (str_eq(r->name, "ocsf"))
		ocsf_required(id, o);
	if (str_eq(r->name, "sns"))
		CHECK(id, !str_empty(json_string(o, "default")) && text_len(o, "sms") <= 140);
	cJSON_Delete(o);
	cJSON_Delete(b);
}

static void
machines_get_valid_documents_within_limits(void **state)
{
	(void)state;
	over(machines, ARRAY_LEN(machines), check_machine);
}

/* --- templates ----------------------------------------------------------------------------- */

static void
templates_escape_for_their_type(void **state)
{
	static const struct { const char *type, *text, *counted; } rows[] = {
		{ "application/json", "{\"t\": \"{{title}} {{text}}\", \"all\": {{json}}, \"ip\": \"{{ source_ip }}\"}", "" },
		{ "application/xml", "<a b=\"{{title}}\">{{text}} {{tool}}</a>", "<>\"'" },
		{ "application/x-www-form-urlencoded", "t={{title}}&x={{text}}&ip={{source_ip}}", "&=\n" },
		{ "text/plain", "{{title}}\n{{summary}}\n", "\n\r" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		for (size_t h = 0; h < corpus_len; h++) {
			struct buf out = BUF_INIT(BUF_REPORT), benign = BUF_INIT(BUF_REPORT);
			struct error err = ERROR_INIT;
			struct message bad, good;
			char id[160];

			(void)snprintf(id, sizeof(id), "%s, %s", rows[i].type, corpus[h].name);
			message_with(&bad, corpus[h].text, 2, 2);
			message_with(&good, "x", 2, 2);
			CHECK(id, render_template(&bad, rows[i].text, rows[i].type, &out, &err));
			CHECK(id, render_template(&good, rows[i].text, rows[i].type, &benign, &err));
			for (const char *c = rows[i].counted; *c != '\0'; c++)
				CHECK(id, count(buf_str(&out), *c) == count(buf_str(&benign), *c));
			if (i == 0) {
				cJSON *o = cJSON_ParseWithLength(buf_str(&out), out.len);

				CHECK(id, cJSON_GetArraySize(o) == 3);
				cJSON_Delete(o);
			} else if (i != 1) {
				CHECK(id, is_plain(buf_str(&out), out.len));
			}
			message_clear(&bad);
			message_clear(&good);
			buf_free(&out);
			buf_free(&benign);
		}
}

static void
a_template_is_told_what_is_wrong(void **state)
{
	struct buf out = BUF_INIT(BUF_RECORD);
	struct error err = ERROR_INIT;
	struct message m;

	(void)state;
	message_with(&m, "x", 0, 0);
	assert_false(render_template(&m, "a\n{{titel}}", "text/plain", &out, &err));
	assert_string_equal(err.text, "template, line 2: there is no {{titel}}; did you mean {{title}}?");
	buf_reset(&out);
	assert_true(render_template(&m, "{\"a\": {\"b\": {}}} {{severity}} {{", "text/plain", &out, &err));
	assert_string_equal(buf_str(&out), "{\"a\": {\"b\": {}}} high {{");
	message_clear(&m);
	buf_free(&out);
}

/* --- what a message keeps -------------------------------------------------------------------- */

/* Verbatim through the store, whatever it was, as long as it is text at all. */
static void
messages_come_back_as_they_were(void **state)
{
	(void)state;
	for (size_t h = 0; h < corpus_len; h++) {
		struct buf out = BUF_INIT(BUF_REPORT), again = BUF_INIT(BUF_REPORT), third = BUF_INIT(BUF_REPORT);
		struct error err = ERROR_INIT;
		struct message m, back, twice;
		size_t used;
		bool text = true;

		message_with(&m, corpus[h].text, 2, 2);
		m.topic = mem_strdup("blind-prod");
		message_write(&m, &out);
		CHECK(corpus[h].name, message_read(&back, buf_str(&out), &err));
		message_write(&back, &again);
		for (const char *c = corpus[h].text; *c != '\0'; c += used)
			text = utf8_next(c, strlen(c), &used) >= 0 && text;
		/* What is no text has its bad bytes replaced once, and is then as stable as all else. */
		CHECK(corpus[h].name, !text || (str_eq(m.tool, back.tool) && str_eq(m.title, back.title)));
		CHECK(corpus[h].name, message_read(&twice, buf_str(&again), &err));
		message_write(&twice, &third);
		CHECK(corpus[h].name, str_eq(buf_str(&again), buf_str(&third)));
		message_clear(&m);
		message_clear(&back);
		message_clear(&twice);
		buf_free(&out);
		buf_free(&again);
		buf_free(&third);
	}
}

/* Good news closes what bad news opened: same thread, the other action. */
static void
good_news_finds_the_bad(void **state)
{
	static const struct { enum message_kind kind; const char *action; int activity; } rows[] = {
		{ MESSAGE_FIRST, "trigger", 1 }, { MESSAGE_ESCALATION, "trigger", 2 }, { MESSAGE_CLOSED, "resolve", 3 },
		{ MESSAGE_BLIND, "trigger", 1 }, { MESSAGE_SIGHTED, "resolve", 3 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct buf page = BUF_INIT(BUF_RECORD), finding = BUF_INIT(BUF_RECORD);
		bool ours = rows[i].kind == MESSAGE_BLIND || rows[i].kind == MESSAGE_SIGHTED;
		struct message m;
		cJSON *p, *f;

		message_with(&m, "x", 1, 1);
		m.kind = rows[i].kind;
		m.severity = rows[i].kind == MESSAGE_SIGHTED ? SEVERITY_LOW : SEVERITY_HIGH;
		m.topic = mem_strdup("blind-prod");
		if (ours) {
			free(m.incident);
			m.incident = NULL;
		}
		render_pagerduty(&m, "R", &page);
		render_ocsf(&m, &finding);
		p = cJSON_Parse(buf_str(&page));
		f = cJSON_Parse(buf_str(&finding));
		assert_string_equal(json_string(p, "event_action"), rows[i].action);
		assert_string_equal(json_string(p, "dedup_key"), ours ? "blind-prod" : "20250304-ab12");
		assert_int_equal(json_int(f, "activity_id", 0), rows[i].activity);
		assert_int_equal(json_int(f, "type_uid", 0), 200400 + rows[i].activity);
		cJSON_Delete(p);
		cJSON_Delete(f);
		message_clear(&m);
		buf_free(&page);
		buf_free(&finding);
	}
}

/* The operator's own link is the one that lives; one that could break out of its markup does not. */
static void
the_report_is_one_click_away(void **state)
{
	static const struct { const char *name, *link, *slack, *mattermost; } rows[] = {
		{ "fine", "https://wiki.example/i/20250304-ab12", "<https://wiki.example/i/20250304-ab12|open the full report>",
		  "[open the full report](https://wiki.example/i/20250304-ab12)" },
		{ "breaks out", "https://wiki.example/|x> <!channel>", NULL, NULL },
		{ "no address", "javascript:alert(1)", NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct buf s = BUF_INIT(BUF_RECORD), mm = BUF_INIT(BUF_RECORD), html = BUF_INIT(BUF_RECORD), teams = BUF_INIT(BUF_RECORD);
		bool fine = rows[i].slack != NULL;
		struct message m;

		message_with(&m, "x", 2, 2);
		m.link = mem_strdup(rows[i].link);
		render_slack(&m, &s);
		render_mattermost(&m, &mm);
		render_html_mail(&m, &html);
		render_teams(&m, &teams);
		CHECK(rows[i].name, fine ? strstr(buf_str(&s), rows[i].slack) != NULL : strstr(buf_str(&s), "open the") == NULL);
		CHECK(rows[i].name, fine ? strstr(buf_str(&mm), rows[i].mattermost) != NULL : strstr(buf_str(&mm), "open the") == NULL);
		CHECK(rows[i].name, (strstr(buf_str(&html), "<a href=") != NULL) == fine);
		CHECK(rows[i].name, (strstr(buf_str(&teams), "Action.OpenUrl") != NULL) == fine);
		message_clear(&m);
		buf_free(&s);
		buf_free(&mm);
		buf_free(&html);
		buf_free(&teams);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_media_show_everything_and_do_nothing),
		cmocka_unit_test(chats_find_no_mention_link_or_markup),
		cmocka_unit_test(machines_get_valid_documents_within_limits),
		cmocka_unit_test(templates_escape_for_their_type),
		cmocka_unit_test(a_template_is_told_what_is_wrong),
		cmocka_unit_test(messages_come_back_as_they_were),
		cmocka_unit_test(good_news_finds_the_bad),
		cmocka_unit_test(the_report_is_one_click_away),
	};

	return cmocka_run_group_tests(tests, read_corpus, free_corpus);
}
