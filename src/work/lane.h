/*
 * work/lane.h: one channel's way out of the outbox, one message at a time.
 *
 * A lane belongs to one thread and has a store connection of its own, so a
 * slow channel never delays another. A failure makes the whole channel wait
 * (one try tells as much as a hundred), and a success makes what failed
 * before due at once.
 */
#ifndef WORK_LANE_H
#define WORK_LANE_H

#include "core/settings/settings.h"
#include "work/deliver.h"

struct store;

struct lane {
	const struct settings *settings;
	const struct channel_settings *channel;
	const char *holder;	/* how this process signs its leases */
	struct store *store;
	struct deliver_counts counts;
};

/* Sends the next message that is due; *more is false when none is. False when the state fails. */
bool lane_next(struct lane *l, bool *more, struct error *err);
/* "host/pid/nonce": differs from every process that ever was. */
char *lane_holder(void);
/* Waiting messages of channels that are not configured any more are parked, and that is told. */
bool lane_orphans(struct store *s, const struct settings *settings, struct error *err);

#endif
