/*
 * core/intent/match.h: does an event concern a canary, and how?
 *
 * Pure. The order of the questions is the order of strength: signed with the
 * canary (key), with something minted from it (derived), by the same IAM user
 * otherwise (principal), or aimed at it by somebody else (target).
 */
#ifndef CORE_INTENT_MATCH_H
#define CORE_INTENT_MATCH_H

#include <stdbool.h>

#include "core/intent/derived.h"
#include "core/model/canary.h"
#include "core/model/event.h"
#include "core/model/sighting.h"

/*
 * True when the event is a sighting; then *s is filled (the caller clears),
 * but for its stage (core/intent/classify.h).
 */
bool match_event(const struct canary_set *canaries, const struct derived_set *derived,
    const struct event *event, struct sighting *s);
/*
 * Who stands behind the canary, as its own event tells: later events of the
 * same user by another key are then sightings too. True when that is new.
 */
bool match_learn_user(struct derived_set *derived, const struct event *event, const struct sighting *s);
/* If the sighting's event minted a key, adds it to the set; true when that is new. */
bool match_learn(struct derived_set *derived, const struct event *event, const struct sighting *s);

#endif
