/*
 * cli/listing.h: a list that is a table for people and an array for programs.
 *
 *	listing_begin(&l, ctx, "entries", headings);
 *	ok = …(show_row, &l, err);		show_row() counts rows, writes l->json or cells
 *	return listing_end(&l, ok, "nothing is recorded", err) ? EXIT_FINE : -1;
 */
#ifndef CLI_LISTING_H
#define CLI_LISTING_H

#include "base/json.h"
#include "cli/cmd.h"
#include "cli/table.h"

struct listing {
	const struct cmd_ctx *ctx;
	struct table table;
	struct jsonw *json;	/* NULL: for people */
	size_t rows;		/* counted by whoever adds them */
	struct buf out;
	struct jsonw writer;
};

/* `name` is the array's in JSON; `headings` end with NULL. */
void listing_begin(struct listing *l, const struct cmd_ctx *ctx, const char *name, const char *const *headings);
/* Prints what was gathered when `ok`, and frees. `none` tells people that there is nothing, on standard error. */
bool listing_end(struct listing *l, bool ok, const char *none, struct error *err);

#endif
