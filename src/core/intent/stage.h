/*
 * core/intent/stage.h: which calls count in an incident, and as what.
 *
 * Pure. The rules give each call its stage as it comes (classify.h); some
 * stages are settled only by what else the incident holds.
 */
#ifndef CORE_INTENT_STAGE_H
#define CORE_INTENT_STAGE_H

#include <stdbool.h>

#include "core/intent/rules.h"
#include "core/model/incident.h"
#include "core/model/sighting.h"

/*
 * The stage of one sighting as the incident makes it: a quota question of
 * unknown service ("S1?", "S4?") counts as "S1", "S4" when another SES call is near, or
 * when it lies between uses of one SES operation (a tally keeps the first and
 * the last of each).
 * Borrowed; NULL: no rule knows the call.
 */
const char *stage_of_sighting(const struct rules *rules, const struct tally *t, const struct sighting *s);

/* The same of a tallied call. */
const char *stage_of_call(const struct rules *rules, const struct tally *t,
    const struct tally_call *c);
/* A call that speaks for a stranger (or a drill), not for AWS or the owner. */
bool call_counts(const struct tally_call *c);

#endif
