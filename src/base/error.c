#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const kind_names[] = {
#define X(id, name) [id] = name,
	ERROR_KINDS(X)
#undef X
};

bool
error_set(struct error *err, enum error_kind kind, const char *fmt, ...)
{
	va_list ap;

	if (err == NULL)
		return false;
	err->kind = kind;
	va_start(ap, fmt);
	(void)vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	return false;
}

bool
error_errno(struct error *err, enum error_kind kind, const char *fmt, ...)
{
	int saved = errno;
	size_t len;
	va_list ap;

	if (err == NULL)
		return false;
	err->kind = saved == ENOSPC || saved == EDQUOT ? ERROR_FULL : kind;
	va_start(ap, fmt);
	(void)vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	len = strlen(err->text);
	(void)snprintf(err->text + len, sizeof(err->text) - len, ": %s", strerror(saved));
	errno = saved;
	return false;
}

bool
error_in(struct error *err, const char *fmt, ...)
{
	char place[ERROR_TEXT_MAX / 2];
	size_t len, room;
	va_list ap;

	if (err == NULL)
		return false;
	va_start(ap, fmt);
	(void)vsnprintf(place, sizeof(place), fmt, ap);
	va_end(ap);
	len = strlen(place);
	room = sizeof(err->text) - len - 3;
	memmove(err->text + len + 2, err->text, room);
	err->text[sizeof(err->text) - 1] = '\0';
	memcpy(err->text, place, len);
	memcpy(err->text + len, ": ", 2);
	return false;
}

void
error_clear(struct error *err)
{
	if (err == NULL)
		return;
	err->kind = ERROR_NONE;
	err->text[0] = '\0';
}

const char *
error_kind_name(enum error_kind kind)
{
	if ((size_t)kind >= sizeof(kind_names) / sizeof(kind_names[0]))
		return "unknown";
	return kind_names[kind];
}
