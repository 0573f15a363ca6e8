/* world/channel/channel_int.h: for the channels of this folder only. */
#ifndef WORLD_CHANNEL_CHANNEL_INT_H
#define WORLD_CHANNEL_CHANNEL_INT_H

#include <curl/curl.h>

#include "base/buf.h"
#include "world/channel/channel.h"

enum { SEND_LIMIT_S = 30 };

__attribute__((format(printf, 3, 4)))
void result_set(struct delivery_result *out, enum delivery what, const char *fmt, ...);
/* An option by NAME_file, NAME = "env:…" or, where channel_check() lets it, as written. */
bool option_secret(const struct channel_settings *c, const char *name, struct buf *out,
    struct delivery_result *failure);
/* A curl handle with time limits, TLS verified, no redirects, `ca_file` honoured. */
CURL *curl_for(const struct channel_settings *c);

void send_smtp(const struct channel_settings *, const struct message *, struct delivery_result *);
void send_webhook(const struct channel_settings *, const struct message *, struct delivery_result *);
void send_chat(const struct channel_settings *, const struct message *, struct delivery_result *);
void send_pagerduty(const struct channel_settings *, const struct message *, struct delivery_result *);
void send_opsgenie(const struct channel_settings *, const struct message *, struct delivery_result *);
void send_sns(const struct channel_settings *, const struct message *, const struct channel_guard *,
    struct delivery_result *);
void send_file(const struct channel_settings *, const struct message *, struct delivery_result *);
void send_exec(const struct channel_settings *, const struct message *, struct delivery_result *);
void send_syslog(const struct channel_settings *, const struct message *, struct delivery_result *);

#endif
