#include "cli/cmd.h"

/* One line a command, sorted by name. */
#define COMMANDS(X) \
	X(adopt) \
	X(alert_send) \
	X(alert_test) \
	X(alert_types) \
	X(audit) \
	X(completion) \
	X(config_check) \
	X(config_example) \
	X(config_show) \
	X(doctor) \
	X(drill) \
	X(help) \
	X(import) \
	X(incidents) \
	X(incidents_ack) \
	X(incidents_close) \
	X(incidents_reopen) \
	X(init) \
	X(lint) \
	X(list) \
	X(manual) \
	X(mint) \
	X(outbox) \
	X(outbox_drop) \
	X(outbox_retry) \
	X(placements) \
	X(plant) \
	X(policy) \
	X(poll) \
	X(report) \
	X(retire) \
	X(rotate) \
	X(scan) \
	X(show) \
	X(status) \
	X(verify) \
	X(version) \
	X(watch)

#define X(name) extern const struct cmd cmd_##name;
COMMANDS(X)
#undef X

const struct cmd *const commands[] = {
#define X(name) &cmd_##name,
	COMMANDS(X)
#undef X
	NULL
};
