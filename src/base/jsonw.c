/* The writing half of base/json.h. */
#include <math.h>
#include <string.h>

#include "base/escape.h"
#include "base/json.h"
#include "base/when.h"

static void
new_line(struct jsonw *w)
{
	if (w->indent == 0)
		return;
	buf_putc(w->out, '\n');
	for (int i = 0; i < w->depth * w->indent; i++)
		buf_putc(w->out, ' ');
}

static void
quoted(struct jsonw *w, const char *s, size_t len)
{
	buf_putc(w->out, '"');
	escape_json(w->out, s, len);
	buf_putc(w->out, '"');
}

/* What stands before every value: comma, line, name. */
static void
lead(struct jsonw *w, const char *name)
{
	if (w->depth > 0) {
		if (w->some[w->depth - 1])
			buf_putc(w->out, ',');
		w->some[w->depth - 1] = true;
		new_line(w);
	}
	if (name == NULL)
		return;
	quoted(w, name, strlen(name));
	buf_puts(w->out, w->indent != 0 ? ": " : ":");
}

void
jsonw_open(struct jsonw *w, const char *name, char bracket)
{
	lead(w, name);
	if (w->depth == JSONW_DEPTH_MAX) {
		w->out->failed = true;
		return;
	}
	buf_putc(w->out, bracket);
	w->open[w->depth] = bracket;
	w->some[w->depth] = false;
	w->depth++;
}

void
jsonw_close(struct jsonw *w)
{
	bool some;

	if (w->depth == 0) {
		w->out->failed = true;
		return;
	}
	w->depth--;
	some = w->some[w->depth];
	if (some)
		new_line(w);
	buf_putc(w->out, w->open[w->depth] == '{' ? '}' : ']');
	if (w->depth == 0 && w->indent != 0)
		buf_putc(w->out, '\n');
}

void
jsonw_strn(struct jsonw *w, const char *name, const char *value, size_t len)
{
	lead(w, name);
	quoted(w, value, len);
}

void
jsonw_str(struct jsonw *w, const char *name, const char *value)
{
	if (value == NULL)
		jsonw_null(w, name);
	else
		jsonw_strn(w, name, value, strlen(value));
}

void
jsonw_int(struct jsonw *w, const char *name, int64_t value)
{
	lead(w, name);
	buf_printf(w->out, "%lld", (long long)value);
}

void
jsonw_real(struct jsonw *w, const char *name, double value)
{
	lead(w, name);
	if (isfinite(value))
		buf_printf(w->out, "%.6g", value);
	else
		buf_puts(w->out, "null");
}

void
jsonw_bool(struct jsonw *w, const char *name, bool value)
{
	lead(w, name);
	buf_puts(w->out, value ? "true" : "false");
}

void
jsonw_null(struct jsonw *w, const char *name)
{
	lead(w, name);
	buf_puts(w->out, "null");
}

void
jsonw_when(struct jsonw *w, const char *name, int64_t at_ms)
{
	char text[WHEN_TEXT_MAX];

	jsonw_str(w, name, at_ms == WHEN_NONE ? NULL : when_utc(at_ms, text));
}

void
jsonw_strlist(struct jsonw *w, const char *name, const struct strlist *l)
{
	jsonw_open(w, name, '[');
	for (size_t i = 0; i < l->len; i++)
		jsonw_str(w, NULL, l->item[i]);
	jsonw_close(w);
}

void
jsonw_raw(struct jsonw *w, const char *name, const char *json)
{
	lead(w, name);
	buf_puts(w->out, json);
}
