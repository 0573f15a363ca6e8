/*
 * cli/manual.h: the manual, made from the same tables as --help.
 *
 * Prose stands in src/man/ (inside the program); commands, options, settings
 * and channels come from their rows. The output is mdoc(7), checked by
 * mandoc's linter in the tests.
 */
#ifndef CLI_MANUAL_H
#define CLI_MANUAL_H

#include "base/buf.h"
#include "base/error.h"

struct manual_page {
	const char *name;	/* "keycanary-look"; NULL ends the table */
	int section;
	const char *about;
	bool (*write)(const struct manual_page *, struct buf *out, struct error *err);
	const void *of;		/* what it is about; the page's own business */
};

extern const struct manual_page manual_pages[];

/* By name, with or without ".SECTION". NULL: there is none. */
const struct manual_page *manual_find(const char *name);
bool manual_write(const struct manual_page *page, struct buf *out, struct error *err);

#endif
