/*
 * world/channel/channel.h: the ways a message can leave.
 *
 * To add one: its options in core/settings/channels.c, a renderer in
 * core/report/render.h, a row in the table of channel.c, a row in the tests of
 * renderers. A channel knows three results: the provider took it, it may take
 * it later, it never will.
 */
#ifndef WORLD_CHANNEL_CHANNEL_H
#define WORLD_CHANNEL_CHANNEL_H

#include "core/model/message.h"
#include "core/settings/settings.h"

enum delivery { DELIVERY_DONE, DELIVERY_LATER, DELIVERY_REFUSED };

struct delivery_result {
	enum delivery what;
	int64_t retry_after_s;	/* -1: the provider did not say */
	bool partly;		/* taken, but not for everybody: the answer says who is left out */
	char answer[300];	/* the provider's own words, or what went wrong; safe for a terminal */
};

/* A key that must not sign anything we send: it is a canary. `arg` is shared by threads. */
struct channel_guard {
	bool (*refuse)(void *arg, const char *key_id);
	void *arg;
};

/* `guard` may be NULL. Blocks until there is an answer or the time limit; safe to call from several threads. */
void channel_send(const struct channel_settings *c, const struct message *m, const struct channel_guard *guard,
    struct delivery_result *out);

#endif
