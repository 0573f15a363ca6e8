/*
 * work/announce.h: what deserves an alert goes into the outbox.
 *
 * Called inside the transaction that changes an incident: the alert is stored
 * with what it tells, or neither is.
 */
#ifndef WORK_ANNOUNCE_H
#define WORK_ANNOUNCE_H

#include "core/intent/escalate.h"
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
/* The message about an incident as it is stored now; `why` may be NULL. The caller clears it. */
bool announce_compose(struct store *s, const struct settings *settings, const char *incident,
    const struct escalation *why, enum message_kind kind, int64_t now_ms, struct message *m, struct error *err);
/* A route may name an account as the configuration does: this is its number. */
bool announce_learn_account(struct store *s, const char *name, const char *number, struct error *err);
/* The incident was closed: told on the channels that were told of it. Inside the closing transaction. */
bool announce_closed(struct store *s, const struct settings *settings, const struct incident *i,
    const char *who, int64_t now_ms, struct error *err);
/* Queues one message on every channel its routes name, but not on `except` (NULL: on all). One about
 * ourselves that no route takes goes to all: nobody may miss that we are blind or mute. */
bool announce(struct store *s, const struct settings *settings, struct message *m, int64_t incident,
    const char *key, const char *except, int64_t not_before_ms, int64_t now_ms, struct error *err);

#endif
