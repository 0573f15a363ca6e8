/*
 * work/deliver.h: from the outbox to the channels.
 *
 * Each channel has a thread (work/lane.h). A message that was accepted but not
 * yet recorded when the program ends is sent again with the same idempotency
 * key: at least once, and at worst twice.
 */
#ifndef WORK_DELIVER_H
#define WORK_DELIVER_H

#include "core/settings/settings.h"

struct deliver_counts {
	int64_t sent;
	int64_t later;		/* will be tried again */
	int64_t parked;		/* refused for good */
};

/* Threads that send for ever; `settings` is borrowed until deliver_stop(). */
struct deliver;

struct deliver *deliver_start(const struct settings *settings);
/* Something may be due: the threads look at once. Takes a struct deliver, for store_on_commit(). */
void deliver_wake(void *d);
/* Returns when the messages under way are recorded. */
void deliver_stop(struct deliver *d);

/*
 * Sends everything that is due, on all channels at once, and returns when each
 * channel is done, must wait, or `limit_s` is over (0: no limit). What is left
 * stays in the outbox.
 */
bool deliver_due(const struct settings *settings, int64_t limit_s, struct deliver_counts *out, struct error *err);

enum {
	BACKOFF_FIRST_S = 5,
	BACKOFF_MOST_S = 300,
	RETRY_AFTER_MOST_S = 86400,	/* a provider that says more does not silence us for longer */
};

/*
 * Seconds a channel waits after its n-th failure in a row (n from 1): doubles
 * from BACKOFF_FIRST_S to BACKOFF_MOST_S, times 0.5 to 1 by `jitter` in [0, 1);
 * never less than the provider asked for (-1: it did not), within reason.
 */
int64_t deliver_backoff_s(int64_t failures, int64_t retry_after_s, double jitter);

#endif
