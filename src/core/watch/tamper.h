/*
 * core/watch/tamper.h: acts on the watch itself: a trail is stopped, deleted
 * or narrowed. Pure.
 *
 * LookupEvents goes on without any trail; what is lost is the full record,
 * and whoever does it has a reason. Sources: AWS CloudTrail API Reference,
 * StopLogging, DeleteTrail, UpdateTrail, PutEventSelectors.
 */
#ifndef CORE_WATCH_TAMPER_H
#define CORE_WATCH_TAMPER_H

#include <stdint.h>

#include "core/model/event.h"

enum tamper {
	TAMPER_NONE,
	TAMPER_STOPS,		/* nothing is recorded any more */
	TAMPER_NARROWS,		/* less is recorded, or elsewhere */
	TAMPER_RESTORES,	/* recorded again, or all of it */
};

/* The operations, for asking by EventName; NULL ends them. */
extern const char *const tamper_names[];

/* A failed call changes nothing: TAMPER_NONE. */
enum tamper tamper_of(const struct event *e);
/* The trail's name, without the rest of an ARN; the caller frees. */
char *tamper_trail(const struct event *e);
/* "StopLogging of trail main by ARN from ADDRESS (event ID)"; the caller frees. */
char *tamper_text(const struct event *e);

#endif
