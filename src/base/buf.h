/*
 * base/buf.h: a growing string that remembers its failure.
 *
 * Append freely and look once at the end: after the first append that does
 * not fit the limit given at birth, `failed` is set and every later append
 * does nothing. `ptr` is NUL-terminated whenever it is not NULL.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct buf {
	char *ptr;	/* owned; NULL while empty */
	size_t len;	/* bytes, without the NUL */
	size_t cap;
	size_t max;	/* never grows past this */
	bool failed;
};

#define BUF_INIT(limit) { .ptr = NULL, .len = 0, .cap = 0, .max = (limit), .failed = false }

/* Limits for what is fed from outside, in one place. */
enum {
	BUF_LINE = 64 * 1024,		/* one line of text */
	BUF_RECORD = 4 * 1024 * 1024,	/* one CloudTrail record; AWS promises 256 KB */
	BUF_ANSWER = 32 * 1024 * 1024,	/* one HTTP answer */
	BUF_REPORT = 512 * 1024 * 1024,	/* one rendered report */
};

void buf_init(struct buf *b, size_t max);
void buf_add(struct buf *b, const void *bytes, size_t len);
void buf_puts(struct buf *b, const char *s);	/* NULL adds nothing */
void buf_putc(struct buf *b, char c);
__attribute__((format(printf, 2, 3)))
void buf_printf(struct buf *b, const char *fmt, ...);
__attribute__((format(printf, 2, 0)))
void buf_vprintf(struct buf *b, const char *fmt, va_list ap);
/* Room for `len` bytes to be written at ptr + len by the caller; false if over the limit. */
bool buf_reserve(struct buf *b, size_t len);
/* The text so far, "" while empty. Borrowed until the next append. */
const char *buf_str(const struct buf *b);
/* The caller owns the result (never NULL unless failed); the buffer is empty again. */
char *buf_take(struct buf *b);
/* At most `max` bytes (at least 4): cut at a UTF-8 character, with an ellipsis in place of the rest. */
void buf_cut(struct buf *b, size_t max);
/* Empties, keeps the memory and the limit, forgets a failure. */
void buf_reset(struct buf *b);
/* Frees the memory; ready for use again. */
void buf_free(struct buf *b);
/* As buf_free, wiping first. */
void buf_free_secret(struct buf *b);

#endif
