/* cli/completion.h: completion for shells, made from the command table. */
#ifndef CLI_COMPLETION_H
#define CLI_COMPLETION_H

#include "base/buf.h"

struct shell {
	const char *name;	/* NULL ends the table */
	void (*write)(struct buf *out);
};

extern const struct shell shells[];

/* NULL: there is none. */
const struct shell *shell_find(const char *name);

#endif
