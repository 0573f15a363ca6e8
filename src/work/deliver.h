/*
 * work/deliver.h: from the outbox to the channels.
 *
 * Each channel has a thread and a store connection of its own, so a slow or
 * dead one never delays another. A message that was accepted but not yet
 * recorded when the program ends is sent again with the same idempotency key.
 */
#ifndef WORK_DELIVER_H
#define WORK_DELIVER_H

#include "core/settings/settings.h"
#include "world/channel/channel.h"

struct deliver_counts {
	int64_t sent;
	int64_t later;		/* will be tried again */
	int64_t parked;		/* refused for good */
};

/* Sends everything that is due, on all channels at once, and returns when each is done or must wait. */
bool deliver_due(const char *state, const struct settings *settings, struct deliver_counts *out,
    struct error *err);
/* Seconds to wait before attempt n + 1: doubles from 5 s up to 15 min, with jitter; never less than asked for. */
int64_t deliver_backoff_s(int64_t attempts, int64_t retry_after_s, double jitter);

#endif
