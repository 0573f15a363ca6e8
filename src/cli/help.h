/* cli/help.h: help texts, printed from the command table. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include <stdio.h>

#include "cli/cmd.h"

/* The parts of the overview; a page of the manual each. */
struct help_group {
	const char *name;	/* as in struct cmd; NULL ends the table */
	const char *slug;	/* of the page: keycanary-SLUG(1) */
	const char *title;
};
extern const struct help_group help_groups[];

void help_overview(FILE *out, bool color);	/* all commands by group */
void help_begin(FILE *out);			/* `keycanary` alone: where to begin */
void help_command(FILE *out, const struct cmd *cmd, bool color);
/* The command that begins with these words; *words is how many it took. NULL: none. */
const struct cmd *help_find(int argc, char **argv, int *words);
/* The name nearest to a wrong one; NULL if none is near. */
const char *help_suggest(const char *word);

#endif
