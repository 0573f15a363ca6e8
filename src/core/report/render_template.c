/* The operator's own body of a webhook. */
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/mem.h"
#include "base/when.h"
#include "core/report/render.h"

enum { NAME_MAX_LEN = 32 };

static const char *const names[] = { "account", "confidence", "drill", "event_time", "incident", "intent", "json",
	"key", "key_id", "kind", "made", "severity", "source_ip", "summary", "text", "title", "tool" };

/* The value by its name, verbatim; false when there is none of that name. */
static bool
value_of(const struct message *m, const char *name, struct buf *out)
{
	char at[WHEN_TEXT_MAX], made[WHEN_TEXT_MAX];
	const struct {
		const char *name, *value;
	} table[] = {
		{ "account", m->account }, { "confidence", confidence_name(m->confidence) },
		{ "drill", m->drill ? "true" : "false" }, { "incident", m->incident }, { "intent", m->intent },
		{ "key", m->key }, { "key_id", m->key_id }, { "kind", message_kind_name(m->kind) },
		{ "severity", severity_name(m->severity) }, { "source_ip", m->first_ip }, { "summary", m->summary },
		{ "title", m->title }, { "tool", m->tool },
		{ "event_time", m->event_ms != WHEN_NONE ? when_utc(m->event_ms, at) : NULL },
		{ "made", m->made_ms != WHEN_NONE ? when_utc(m->made_ms, made) : NULL },
	};

	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		if (!str_eq(table[i].name, name))
			continue;
		buf_puts(out, table[i].value);
		return true;
	}
	if (str_eq(name, "text"))
		render_text(m, out, 0);
	else if (str_eq(name, "json"))
		render_webhook(m, out);
	else
		return false;
	return true;
}

/* Line by line, so that the line breaks of our own text stay. */
static void
escape_lines(struct buf *out, const char *s, void (*escape)(struct buf *, const char *))
{
	while (*s != '\0') {
		size_t len = strcspn(s, "\n");
		char *line = mem_strndup(s, len);

		escape(out, line);
		free(line);
		s += len;
		if (*s == '\n') {
			buf_putc(out, '\n');
			s++;
		}
	}
}

static void
escaped(struct buf *out, const char *type, const char *name, const struct buf *value)
{
	bool json = str_eq(type, "application/json"), plain = str_eq(type, "text/plain");

	/* What a renderer made is escaped for its medium already. */
	if (str_eq(name, "json") ? json || plain : plain && str_eq(name, "text"))
		buf_puts(out, buf_str(value));
	else if (json)
		escape_json(out, buf_str(value), value->len);
	else if (str_eq(type, "application/x-www-form-urlencoded"))
		escape_percent(out, buf_str(value), value->len, NULL);
	else if (str_eq(type, "application/xml"))
		escape_lines(out, buf_str(value), escape_html);
	else
		escape_terminal(out, buf_str(value));
}

static bool
no_name(const char *text, const char *at, const char *name, struct error *err)
{
	const char *near = str_suggest(name, names, ARRAY_LEN(names));
	int line = 1;

	for (const char *c = text; c < at; c++)
		line += *c == '\n';
	return error_set(err, ERROR_INPUT, "template, line %d: there is no {{%s}}%s%s%s", line, name,
	    near != NULL ? "; did you mean {{" : "", near != NULL ? near : "", near != NULL ? "}}?" : "");
}

bool
render_template(const struct message *m, const char *text, const char *type, struct buf *out,
    struct error *err)
{
	const char *at = text, *open;

	while ((open = strstr(at, "{{")) != NULL) {
		const char *close = strstr(open, "}}");
		struct buf value = BUF_INIT(BUF_RECORD);
		char word[NAME_MAX_LEN], *name;
		bool known;

		if (close == NULL || (size_t)(close - open) - 2 >= sizeof(word)) {
			buf_add(out, at, (size_t)(open + 2 - at));	/* braces of the body's own */
			at = open + 2;
			continue;
		}
		memcpy(word, open + 2, (size_t)(close - open) - 2);
		word[close - open - 2] = '\0';
		name = str_trim(word);
		known = value_of(m, name, &value);
		buf_add(out, at, (size_t)(open - at));
		if (known)
			escaped(out, type, name, &value);
		buf_free(&value);
		if (!known)
			return no_name(text, open, name, err);
		at = close + 2;
	}
	buf_puts(out, at);
	return true;
}
