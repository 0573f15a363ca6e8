#include "cli/table.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/mem.h"
#include "base/str.h"

struct table_cell {
	char *text;	/* escaped */
	enum color color;
	size_t width;
};

static size_t
width_of(const char *s)
{
	size_t n = 0, len = strlen(s), used;

	for (size_t i = 0; i < len; i += used, n++)
		(void)utf8_next(s + i, len - i, &used);
	return n;
}

void
table_cell_color(struct table *t, enum color color, const char *text)
{
	struct buf b = BUF_INIT(BUF_LINE);
	struct table_cell cell = { .color = color };

	escape_terminal(&b, str_empty(text) ? "-" : text);
	cell.text = buf_take(&b);
	if (cell.text == NULL)
		cell.text = mem_strdup("…");
	cell.width = width_of(cell.text);
	MEM_GROW(t->cell, t->cells, t->cap);
	t->cell[t->cells++] = cell;
}

void
table_cell(struct table *t, const char *text)
{
	table_cell_color(t, COLOR_NONE, text);
}

void
table_cell_printf(struct table *t, const char *fmt, ...)
{
	struct buf b = BUF_INIT(BUF_LINE);
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	table_cell(t, buf_str(&b));
	buf_free(&b);
}

void
table_begin(struct table *t, const char *const *headings)
{
	*t = (struct table){ .columns = 0 };
	for (; headings[t->columns] != NULL; t->columns++)
		table_cell_color(t, COLOR_BOLD, headings[t->columns]);
}

static void
print_cell(FILE *out, bool color, const struct table_cell *c, size_t pad, size_t room)
{
	struct buf b = BUF_INIT(BUF_LINE), cut = BUF_INIT(BUF_LINE);

	if (c->width > room)
		escape_terminal_cut(&cut, c->text, room);
	else
		buf_puts(&cut, c->text);
	term_paint(&b, color, c->color, buf_str(&cut));
	(void)fputs(buf_str(&b), out);
	if (pad > c->width)
		(void)fprintf(out, "%*s", (int)(pad - c->width), "");
	buf_free(&b);
	buf_free(&cut);
}

void
table_end(struct table *t, FILE *out, bool color, int width)
{
	size_t wide[TABLE_COLUMNS_MAX] = { 0 }, left = 0;

	for (size_t i = 0; i < t->cells; i++)
		if (t->cell[i].width > wide[i % t->columns])
			wide[i % t->columns] = t->cell[i].width;
	for (size_t c = 0; c + 1 < t->columns; c++)
		left += wide[c] + 2;
	for (size_t i = 0; i < t->cells; i++) {
		size_t c = i % t->columns;
		bool last = c + 1 == t->columns;
		size_t room = last && width > 0 && (size_t)width > left + 8 ? (size_t)width - left : 4096;

		if (out != NULL)
			print_cell(out, color, &t->cell[i], last ? 0 : wide[c] + 2, room);
		if (out != NULL && last)
			(void)fputc('\n', out);
		free(t->cell[i].text);
	}
	free(t->cell);
	*t = (struct table){ .columns = 0 };
}
