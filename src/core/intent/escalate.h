/*
 * core/intent/escalate.h: what deserves an alert.
 *
 * Pure: the incident as it was last told, and as it is now. The first
 * sighting by a stranger is told at once; after that only what changes the
 * picture: a new intent or stage, a higher severity, a new address or tool,
 * a public leak. Everything else waits for the digest. Nothing is told at
 * once for an incident of labelled sightings only (AWS itself, the owner's
 * scanners): those are counted and go into the digest.
 */
#ifndef CORE_INTENT_ESCALATE_H
#define CORE_INTENT_ESCALATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "core/model/incident.h"
#include "core/model/message.h"

struct escalation {
	bool now;			/* a message is due at once */
	enum message_kind kind;		/* MESSAGE_FIRST or MESSAGE_ESCALATION */
	bool urgent;			/* worse than before: not held back by a cooldown */
	bool digest;			/* something is left for the digest */
	struct strlist changes;		/* for people: "new intent ses-takeover" … */
};

enum {
	ESCALATE_NEW_TEXTS_MAX = 8,	/* new addresses and tools told one by one, per incident */
};

/* `before` is NULL for an incident that is new in this batch. */
void escalate(const struct incident *before, const struct incident *after, struct escalation *out);
void escalation_clear(struct escalation *e);

#endif
