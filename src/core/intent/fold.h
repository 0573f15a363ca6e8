/*
 * core/intent/fold.h: sightings into incidents.
 *
 * Sightings of one canary belong to one incident while no silence longer than
 * the window lies between them. Folding adds a sighting to the incident's
 * tally; the tally is bounded and does not depend on the order.
 */
#ifndef CORE_INTENT_FOLD_H
#define CORE_INTENT_FOLD_H

#include <stddef.h>
#include <stdint.h>

#include "core/model/canary.h"
#include "core/model/incident.h"
#include "core/model/sighting.h"

/* The longest silence inside one incident, unless configured otherwise. */
#define FOLD_WINDOW_S (24 * 3600)

/* Which of the incidents the sighting belongs to; SIZE_MAX: none. */
size_t incident_find(const struct incident *list, size_t n, const struct sighting *s, int64_t window_s);
/*
 * Makes an empty incident for a canary. The id says the day, the key and, by
 * four digits of the first event's id, which of several: the same input always
 * gives the same id. `canary` may be NULL (only the key id is known).
 */
void incident_open(struct incident *i, const struct canary *canary, const struct sighting *first);
/* The id of a drill's incident: each run has its own, and none is a stranger's. The caller frees. */
char *incident_drill_id(const char *run);
/* Adds one sighting to the tally. Each event must be folded once. */
void fold(struct incident *i, const struct sighting *s);
/* Takes a sighting's weight out again (an unlogged use that an event now explains). */
void unfold_unlogged(struct incident *i, const struct sighting *s);

#endif
