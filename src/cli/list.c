#include "cli/list.h"

#include <ctype.h>

#include "base/mem.h"
#include "cli/show.h"
#include "core/report/json_report.h"

static void
headings(struct list *l)
{
	static const char *const none[] = { NULL };

	table_begin(&l->table, none);
	l->table.columns = l->columns;
	for (size_t i = 0; i < l->columns; i++) {
		char upper[32];
		size_t n = 0;

		for (; l->column[i][n] != '\0' && n + 1 < sizeof(upper); n++)
			upper[n] = (char)toupper((unsigned char)l->column[i][n]);
		upper[n] = '\0';
		table_cell_color(&l->table, COLOR_BOLD, upper);
	}
}

void
list_begin(struct list *l, const struct cmd_ctx *ctx, const char *name, const char *const *columns)
{
	*l = (struct list){ .ctx = ctx, .column = columns, .json = show_json(ctx), .out = BUF_INIT(BUF_REPORT) };
	l->writer = (struct jsonw)JSONW_INIT(&l->out, 2);
	while (columns[l->columns] != NULL)
		l->columns++;
	headings(l);
	jsonw_open(&l->writer, NULL, '{');
	jsonw_int(&l->writer, "schema", JSON_SCHEMA);
	jsonw_open(&l->writer, name, '[');
}

void
list_cell(struct list *l, const char *text)
{
	size_t at = l->cells++ % l->columns;

	if (at == 0)
		jsonw_open(&l->writer, NULL, '{');
	jsonw_str(&l->writer, l->column[at], text);
	table_cell(&l->table, text);
	if (at + 1 == l->columns)
		jsonw_close(&l->writer);
}

bool
list_end(struct list *l, bool ok, struct error *err)
{
	jsonw_close(&l->writer);
	jsonw_close(&l->writer);
	table_end(&l->table, ok && !l->json ? stdout : NULL, l->ctx->color, l->ctx->width);
	if (ok && l->json)
		return show_buffer(&l->out, err);
	buf_free(&l->out);
	return ok;
}
