/*
 * cli/progress.h: a line on a terminal's standard error about what takes over a
 * second; gone when it is done. Nobody else ever sees it.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include "cli/cmd.h"

struct progress {
	bool wanted;
	bool shown;
	int64_t began_ms, said_ms;	/* on the steady clock */
};

void progress_begin(struct progress *p, const struct cmd_ctx *ctx);
/* Time for another line: after the first second, five times a second. */
bool progress_due(struct progress *p);
/* Replaces the line before. */
__attribute__((format(printf, 2, 3)))
void progress_say(struct progress *p, const char *fmt, ...);
int64_t progress_ms(const struct progress *p);	/* since it began */
void progress_end(struct progress *p);

#endif
