/*
 * core/intent/classify.h: what one event says, and what it is for.
 *
 * Pure. The sighting's members for key_id, kind and via are the matcher's
 * (core/intent/match.h); everything else is filled here.
 */
#ifndef CORE_INTENT_CLASSIFY_H
#define CORE_INTENT_CLASSIFY_H

#include "core/intent/rules.h"
#include "core/model/event.h"
#include "core/model/sighting.h"

/* Copies what the event tells; mines errorMessage for the action and the thing tried. */
void sighting_fill(struct sighting *s, const struct event *event);
/* Stage, second stage and label by the rules. Call after sighting_fill(). */
void classify(const struct rules *rules, const struct event *event, struct sighting *s);
/* "ses:GetAccount" from source and name as they are; the caller frees. */
char *call_text(const char *source, const char *name);
/* The same with the service as the rules call it: "email.amazonaws.com" is "ses". */
char *call_by_rules(const struct rules *rules, const char *source, const char *name);

#endif
