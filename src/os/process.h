/*
 * os/process.h: other programs, run without a shell.
 */
#ifndef OS_PROCESS_H
#define OS_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

struct process {
	const char *const *argv;	/* ends with NULL; argv[0] is looked up in PATH */
	const char *dir;		/* working directory; NULL: ours */
	const char *const *env;		/* "NAME=value" added to ours, ends with NULL; NULL: none */
	const char *const *environment;	/* all of it, ends with NULL; NULL: ours */
	const char *input;		/* for its standard input; NULL: empty */
	size_t input_len;
	int64_t limit_ms;		/* killed after this; 0: no limit */
	struct buf *out;		/* its standard output; NULL: thrown away */
	struct buf *err;		/* its standard error; NULL: thrown away */
};

/*
 * Runs to the end. True when the program ran; *status is then its exit status
 * (128 + signal when it was killed by one). ERROR_BUSY when it ran into the
 * limit and was killed with all it had started.
 */
bool process_run(const struct process *p, int *status, struct error *err);
/* False only when no process of this number is there. */
bool process_alive(int64_t pid);

#endif
