/*
 * store/channels.h: how each channel fares.
 *
 * A row comes to be with the first attempt. `failures` counts the attempts
 * since the last success; while it is not 0 the channel is sick, and nothing
 * is sent before `wait_ms`.
 */
#ifndef STORE_CHANNELS_H
#define STORE_CHANNELS_H

#include <stddef.h>

#include "store/store.h"

struct channel_health {
	char *channel;
	int64_t failures;	/* in a row; 0: well */
	bool refused;		/* the last one was a refusal for good */
	int64_t failing_ms;	/* since when; WHEN_NONE: well */
	int64_t wait_ms;	/* nothing is tried before; WHEN_NONE */
	int64_t good_ms;	/* last success; WHEN_NONE: never */
	int64_t told_ms;	/* the others were told; WHEN_NONE: not of this failure */
	char *last_error;
	/* from the outbox; filled by health_list() */
	int64_t waiting;	/* due, or tried before */
	int64_t planned;	/* for later: digests */
	int64_t parked;
	int64_t oldest_ms;	/* of those that wait or are parked; WHEN_NONE */
};

void health_clear(struct channel_health *h);
/* A channel that was never used is well. */
bool health_load(struct store *s, const char *channel, struct channel_health *out, struct error *err);
bool health_save(struct store *s, const struct channel_health *h, struct error *err);
/* Every channel that was used or has messages, with their numbers; by name. The caller clears and frees. */
bool health_list(struct store *s, int64_t now_ms, struct channel_health **out, size_t *n, struct error *err);
/* By people: what waits for this channel (NULL: any) may be tried at once. */
bool health_hurry(struct store *s, const char *channel, struct error *err);

#endif
