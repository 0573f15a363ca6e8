#include "os/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/when.h"
#include "os/clock.h"

static const char *const level_names[] = { "error", "warning", "info", "debug" };

/* How lines are written; set once at start and on reload. */
static struct {
	enum log_level least;
	bool json;
} setup = { LOG_LEVEL_INFO, false };

void
log_setup(enum log_level least, bool json)
{
	setup.least = least;
	setup.json = json;
}

bool
log_level_parse(const char *name, enum log_level *out)
{
	for (size_t i = 0; i < ARRAY_LEN(level_names); i++) {
		if (!str_eq(name, level_names[i]))
			continue;
		*out = (enum log_level)i;
		return true;
	}
	return false;
}

static void
text_line(struct buf *out, const char *at, enum log_level level, const char *message, va_list ap)
{
	const char *name, *value;

	buf_printf(out, "%s %-7s ", at, level_names[level]);
	escape_terminal(out, message);
	while ((name = va_arg(ap, const char *)) != NULL) {
		value = va_arg(ap, const char *);
		if (value == NULL)
			continue;
		buf_printf(out, " %s=", name);
		if (strpbrk(value, " \"=") != NULL || *value == '\0') {
			buf_putc(out, '"');
			escape_terminal(out, value);
			buf_putc(out, '"');
		} else {
			escape_terminal(out, value);
		}
	}
}

static void
json_line(struct buf *out, const char *at, enum log_level level, const char *message, va_list ap)
{
	struct jsonw w = JSONW_INIT(out, 0);
	const char *name;

	jsonw_open(&w, NULL, '{');
	jsonw_str(&w, "time", at);
	jsonw_str(&w, "level", level_names[level]);
	jsonw_str(&w, "message", message);
	while ((name = va_arg(ap, const char *)) != NULL) {
		const char *value = va_arg(ap, const char *);

		if (value != NULL)
			jsonw_str(&w, name, value);
	}
	jsonw_close(&w);
}

void
log_line(enum log_level level, const char *message, ...)
{
	struct buf out = BUF_INIT(BUF_LINE);
	char at[WHEN_TEXT_MAX];
	va_list ap;

	if (level > setup.least)
		return;
	va_start(ap, message);
	(setup.json ? json_line : text_line)(&out, when_utc(clock_now_ms(), at), level, message, ap);
	va_end(ap);
	buf_putc(&out, '\n');
	(void)fwrite(buf_str(&out), 1, out.len, stderr);
	buf_free(&out);
}
