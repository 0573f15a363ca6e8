/*
 * work/announce.h: what deserves an alert goes into the outbox.
 *
 * Called inside the transaction that changes an incident: the alert is stored
 * with what it tells, or neither is.
 */
#ifndef WORK_ANNOUNCE_H
#define WORK_ANNOUNCE_H

#include "core/model/incident.h"
#include "core/model/message.h"
#include "core/settings/settings.h"

struct store;

struct announce {
	const struct settings *settings;
	int64_t now_ms;
};

/* As work/ingest.h calls it: `arg` is a struct announce; `before` NULL for a new incident. */
bool announce_changed(void *arg, struct store *s, const struct incident *before,
    const struct incident *after, struct error *err);
/* Queues one message on every channel its routes name; `except` NULL: on all. */
bool announce(struct store *s, const struct settings *settings, struct message *m, int64_t incident,
    const char *key, const char *except, int64_t not_before_ms, int64_t now_ms, struct error *err);

#endif
