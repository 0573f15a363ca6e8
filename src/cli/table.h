/*
 * cli/table.h: rows of text in aligned columns.
 *
 * Cells are escaped for the terminal; widths count characters. The last
 * column is cut to the terminal's width, if there is one.
 */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include <stddef.h>
#include <stdio.h>

#include "cli/term.h"

enum { TABLE_COLUMNS_MAX = 12 };

struct table {
	size_t columns;
	struct table_cell *cell;	/* row by row, owned */
	size_t cells;
	size_t cap;
};

/* Headings in upper case, ended by NULL. */
void table_begin(struct table *t, const char *const *headings);
/* The next cell; NULL shows as "-". */
void table_cell(struct table *t, const char *text);
void table_cell_color(struct table *t, enum color color, const char *text);
__attribute__((format(printf, 2, 3)))
void table_cell_printf(struct table *t, const char *fmt, ...);
/* Prints and frees. */
void table_end(struct table *t, FILE *out, bool color, int width);

#endif
