/*
 * cli/cmd.h: a command is a row.
 *
 * To add one: write cli/cmd_NAME.c with a `const struct cmd cmd_NAME`, put one
 * line into cli/commands.c, and a test into tests/system/. Help, completion
 * and the manual are printed from the row.
 *
 * What many commands need (settings, the store) is a flag here and done once
 * by the dispatcher. Printing and exit happen only on this floor.
 */
#ifndef CLI_CMD_H
#define CLI_CMD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "base/str.h"

struct settings;
struct store;

/* Exit statuses, documented in the manual. */
enum {
	EXIT_FINE = 0,		/* done; nothing found */
	EXIT_TROUBLE = 1,	/* failed, or input unreadable in part */
	EXIT_MISUSE = 2,	/* the words on the command line */
	EXIT_SIGHTINGS = 3,	/* scan: sightings found */
};

enum opt_kind {
	OPT_FLAG,	/* --json */
	OPT_TEXT,	/* --format FORMAT; the last one counts */
	OPT_LIST,	/* --key KEY, as often as wanted */
	OPT_INT,	/* --count N */
	OPT_SPAN,	/* --since 2h: a duration, seconds */
};

struct opt {
	const char *name;	/* long, without dashes; NULL ends the table */
	char letter;		/* short, or 0 */
	enum opt_kind kind;
	const char *arg;	/* placeholder in help; NULL for flags */
	const char *about;
	const char *choices;	/* "text,json": others are refused; NULL: anything */
	const char *initial;	/* value when not given; NULL: none */
};

/* What the dispatcher does before run(). */
enum {
	NEEDS_SETTINGS = 1 << 0,	/* read the configuration; a missing file is fine */
	NEEDS_CONFIG = 1 << 1,		/* read the configuration; it must be there */
	NEEDS_STORE = 1 << 2,		/* open the store, made when missing (implies NEEDS_SETTINGS) */
	NEEDS_PAGER = 1 << 3,		/* long output for people goes through a pager */
	NEEDS_LOCK = 1 << 4,		/* one instance per state */
};

struct cmd_ctx;

struct cmd {
	const char *name;	/* "scan"; two words for a verb of a noun: "alert test" */
	const char *group;	/* heading in help: "look", "decoys", "watch", "alerts", "set up" */
	const char *args;	/* synopsis behind the options: "[FILE…]" */
	const char *about;	/* one line */
	const char *help;	/* paragraphs for --help and the manual */
	const char *examples;	/* command lines with a comment each; NULL none */
	const struct opt *opts;	/* NULL: none of its own */
	unsigned needs;
	int min_args;
	int max_args;		/* -1: any number */
	/* An exit status, or -1 with `err` set (then EXIT_TROUBLE, or EXIT_MISUSE for ERROR_USAGE). */
	int (*run)(struct cmd_ctx *ctx, struct error *err);
};

struct cmd_ctx {
	const struct cmd *cmd;
	int argc;			/* what is left after the options */
	char **argv;
	struct opt_values *values;
	struct settings *settings;	/* NULL unless needed */
	struct store *store;		/* NULL unless needed */
	bool color;			/* standard output takes colours */
	bool terminal;			/* standard output is a terminal: times are local */
	bool quiet;
	int width;			/* columns to fill; 0: do not fold or cut */
	int64_t now_ms;
	int64_t zone_s;			/* 0 unless terminal */
};

/* Values of the command's own options, by long name. */
bool opt_flag(const struct cmd_ctx *ctx, const char *name);
const char *opt_text(const struct cmd_ctx *ctx, const char *name);	/* NULL: not given, no initial */
int64_t opt_int(const struct cmd_ctx *ctx, const char *name, int64_t fallback);	/* INT and SPAN */
const struct strlist *opt_list(const struct cmd_ctx *ctx, const char *name);	/* never NULL */

/* All commands, sorted by name; ends with NULL. */
extern const struct cmd *const commands[];

#endif
