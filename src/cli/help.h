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
/* What is said of the exit statuses of a command whose own text does not say more. */
extern const char help_statuses[];
bool help_wants_statuses(const struct cmd *cmd);
/* The command that begins with these words; *words is how many it took. NULL: none. */
const struct cmd *help_find(int argc, char **argv, int *words);
/* Explains that no command begins with these words: the nearest one, or what may follow a noun. */
bool help_no_such(int argc, char **argv, struct error *err);
/* The command of this noun whose verb is nearest to the word; NULL: none is near. */
const char *help_verb(const char *noun, const char *word);

#endif
