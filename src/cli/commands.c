#include "cli/cmd.h"

/* One line a command, sorted by name. */
#define COMMANDS(X) \
	X(config_check) \
	X(config_example) \
	X(config_show) \
	X(help) \
	X(scan) \
	X(version)

#define X(name) extern const struct cmd cmd_##name;
COMMANDS(X)
#undef X

const struct cmd *const commands[] = {
#define X(name) &cmd_##name,
	COMMANDS(X)
#undef X
	NULL
};
