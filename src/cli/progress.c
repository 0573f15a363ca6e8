#include "cli/progress.h"

#include <stdarg.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/escape.h"
#include "os/clock.h"

enum { FIRST_MS = 1000, EVERY_MS = 200 };

void
progress_begin(struct progress *p, const struct cmd_ctx *ctx)
{
	*p = (struct progress){ .wanted = !ctx->quiet && isatty(STDERR_FILENO) != 0, .began_ms = clock_steady_ms() };
}

int64_t
progress_ms(const struct progress *p)
{
	return clock_steady_ms() - p->began_ms;
}

bool
progress_due(struct progress *p)
{
	int64_t at = progress_ms(p);

	if (!p->wanted || at < FIRST_MS || at - p->said_ms < EVERY_MS)
		return false;
	p->said_ms = at;
	return true;
}

void
progress_say(struct progress *p, const char *fmt, ...)
{
	struct buf text = BUF_INIT(BUF_LINE), line = BUF_INIT(BUF_LINE * 4);
	va_list ap;

	if (!p->wanted)
		goto out;
	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	escape_terminal(&line, buf_str(&text));
	(void)fprintf(stderr, "\r%s\033[K", buf_str(&line));
	p->shown = true;
out:
	buf_free(&text);
	buf_free(&line);
}

void
progress_end(struct progress *p)
{
	if (p->shown)
		(void)fputs("\r\033[K", stderr);
	p->shown = false;
}
