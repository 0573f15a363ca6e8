#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void
buf_init(struct buf *b, size_t max)
{
	*b = (struct buf)BUF_INIT(max);
}

bool
buf_reserve(struct buf *b, size_t len)
{
	size_t cap;

	if (b->failed)
		return false;
	if (len >= b->max || b->len > b->max - len - 1) {
		b->failed = true;
		return false;
	}
	if (b->ptr != NULL && b->cap - b->len > len)
		return true;
	cap = b->cap != 0 ? b->cap : 64;
	while (cap - b->len <= len)
		cap *= 2;
	b->ptr = mem_resize(b->ptr, cap, 1);
	b->cap = cap;
	b->ptr[b->len] = '\0';
	return true;
}

void
buf_add(struct buf *b, const void *bytes, size_t len)
{
	if (!buf_reserve(b, len))
		return;
	if (len != 0)
		memcpy(b->ptr + b->len, bytes, len);
	b->len += len;
	b->ptr[b->len] = '\0';
}

void
buf_puts(struct buf *b, const char *s)
{
	if (s != NULL)
		buf_add(b, s, strlen(s));
}

void
buf_putc(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void
buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	int len;

	va_copy(again, ap);
	len = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (len < 0) {
		b->failed = true;
		return;
	}
	if (!buf_reserve(b, (size_t)len))
		return;
	(void)vsnprintf(b->ptr + b->len, (size_t)len + 1, fmt, ap);
	b->len += (size_t)len;
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(b, fmt, ap);
	va_end(ap);
}

const char *
buf_str(const struct buf *b)
{
	return b->ptr != NULL ? b->ptr : "";
}

char *
buf_take(struct buf *b)
{
	char *text = b->ptr;
	bool failed = b->failed;
	size_t max = b->max;

	buf_init(b, max);
	if (failed) {
		free(text);
		return NULL;
	}
	return text != NULL ? text : mem_strdup("");
}

void
buf_cut(struct buf *b, size_t max)
{
	if (b->len <= max)
		return;
	b->len = max - strlen("…");
	while (b->len > 0 && ((unsigned char)b->ptr[b->len] & 0xC0) == 0x80)
		b->len--;
	memcpy(b->ptr + b->len, "…", sizeof("…"));
	b->len += strlen("…");
}

void
buf_reset(struct buf *b)
{
	b->len = 0;
	b->failed = false;
	if (b->ptr != NULL)
		b->ptr[0] = '\0';
}

void
buf_free(struct buf *b)
{
	free(b->ptr);
	buf_init(b, b->max);
}

void
buf_free_secret(struct buf *b)
{
	mem_wipe(b->ptr, b->cap);
	buf_free(b);
}
