/*
 * world/channel/channel.h: the ways a message can leave.
 *
 * To add one: a renderer in core/report/render.h, a row in the table of
 * channel.c, a row in the test of renderers. A channel knows three results:
 * the provider took it, it may take it later, it never will.
 *
 * Options of a channel are the names beside its type in the settings. A
 * secret is given as NAME_file = "/path" (0600) or NAME = "env:VARIABLE".
 */
#ifndef WORLD_CHANNEL_CHANNEL_H
#define WORLD_CHANNEL_CHANNEL_H

#include "base/error.h"
#include "core/model/message.h"
#include "core/settings/settings.h"

enum delivery { DELIVERY_DONE, DELIVERY_LATER, DELIVERY_REFUSED };

struct delivery_result {
	enum delivery what;
	int64_t retry_after_s;	/* -1: the provider did not say */
	char answer[300];	/* the provider's own words, or what went wrong */
};

struct channel_type {
	const char *name;
	const char *about;
	const char *required;	/* option names, by commas; NAME_file counts as NAME */
	const char *optional;
	void (*send)(const struct channel_settings *, const struct message *, struct delivery_result *);
};

/* Ends with a NULL name. */
extern const struct channel_type channel_types[];

/* Type and options; ERROR_INPUT names what is wrong and the nearest right name. */
bool channel_check(const struct channel_settings *c, struct error *err);
/* Blocks until there is an answer or the time limit; safe to call from several threads. */
void channel_send(const struct channel_settings *c, const struct message *m, struct delivery_result *out);

#endif
