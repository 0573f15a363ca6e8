/* A unified diff of a text that changed in one place. */
#include <string.h>

#include "core/bait/insert.h"

enum { CONTEXT = 3 };

/* The lines of a text, and how many of them stand before the change, in it, and behind. */
struct side {
	const char *text;
	size_t len;
	int64_t lines;
};

static const char *
line_at(const struct side *s, int64_t number)
{
	const char *at = s->text;

	while (number-- > 0) {
		const char *newline = memchr(at, '\n', s->len - (size_t)(at - s->text));

		if (newline == NULL)
			return s->text + s->len;
		at = newline + 1;
	}
	return at;
}

static size_t
line_len(const struct side *s, const char *line)
{
	size_t left = s->len - (size_t)(line - s->text);
	const char *newline = memchr(line, '\n', left);

	return newline != NULL ? (size_t)(newline - line) + 1 : left;
}

/* Bytes at the beginning that are the same, up to a line's beginning. */
static size_t
same_before(const struct side *a, const struct side *b)
{
	size_t n = 0;

	while (n < a->len && n < b->len && a->text[n] == b->text[n])
		n++;
	while (n > 0 && a->text[n - 1] != '\n')
		n--;
	return n;
}

/* Bytes at the end that are the same, from a line's beginning, not counting `taken` at the start. */
static size_t
same_behind(const struct side *a, const struct side *b, size_t taken)
{
	size_t n = 0;

	while (n < a->len - taken && n < b->len - taken && a->text[a->len - 1 - n] == b->text[b->len - 1 - n])
		n++;
	while (n > 0 && !((a->len == n || a->text[a->len - n - 1] == '\n') &&
	    (b->len == n || b->text[b->len - n - 1] == '\n')))
		n--;
	return n;
}

static void
put(struct buf *out, char sign, const struct side *s, int64_t from, int64_t to)
{
	for (const char *line = line_at(s, from); from < to; from++) {
		size_t n = line_len(s, line);

		buf_putc(out, sign);
		buf_add(out, line, n);
		if (n == 0 || line[n - 1] != '\n')
			buf_puts(out, "\n\\ No newline at end of file\n");
		line += n;
	}
}

void
insert_diff(struct buf *out, const char *path, const char *old, size_t old_len, const char *new_text,
    size_t new_len)
{
	struct side a = { old != NULL ? old : "", old_len, 0 }, b = { new_text, new_len, 0 };
	int64_t before, behind, from, tail;
	size_t taken;

	a.lines = insert_count_lines(a.text, a.len);
	b.lines = insert_count_lines(b.text, b.len);
	taken = same_before(&a, &b);
	before = insert_count_lines(a.text, taken);
	taken = same_behind(&a, &b, taken);
	behind = insert_count_lines(a.text + a.len - taken, taken);
	from = before > CONTEXT ? before - CONTEXT : 0;
	tail = behind > CONTEXT ? CONTEXT : behind;
	if (old == NULL)
		buf_puts(out, "--- /dev/null\n");
	else
		buf_printf(out, "--- a/%s\n", path);
	buf_printf(out, "+++ b/%s\n@@ -%lld,%lld +%lld,%lld @@\n", path,
	    (long long)(a.lines - behind + tail - from > 0 ? from + 1 : from),
	    (long long)(a.lines - behind + tail - from), (long long)from + 1,
	    (long long)(b.lines - behind + tail - from));
	put(out, ' ', &b, from, before);
	put(out, '-', &a, before, a.lines - behind);
	put(out, '+', &b, before, b.lines - behind);
	put(out, ' ', &b, b.lines - behind, b.lines - behind + tail);
}
