/*
 * cli/list.h: a list of names and texts, as a table or with --json as
 * { "schema": 1, "NAME": [ { "column": "text", … } ] }.
 */
#ifndef CLI_LIST_H
#define CLI_LIST_H

#include "base/json.h"
#include "cli/cmd.h"
#include "cli/table.h"

struct list {
	const struct cmd_ctx *ctx;
	const char *const *column;
	size_t columns, cells;
	bool json;
	struct buf out;
	struct jsonw writer;
	struct table table;
};

/* Columns in lower case, ended by NULL; they must outlive the list, which stays where it is until its end. */
void list_begin(struct list *l, const struct cmd_ctx *ctx, const char *name, const char *const *columns);
/* The next cell. */
void list_cell(struct list *l, const char *text);
/* Prints and frees; when `ok` is false it only frees, and returns false. */
bool list_end(struct list *l, bool ok, struct error *err);

#endif
