/*
 * core/model/drill.h: a deliberate trip that proves the whole chain.
 *
 * Each drill has a run: sixteen random hexadecimal digits that its calls carry
 * in their user agent. The state knows the run before the first call is made,
 * so a use of a drill canary without a known run is a stranger's, and an alarm
 * like any other.
 */
#ifndef CORE_MODEL_DRILL_H
#define CORE_MODEL_DRILL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/model/sighting.h"

enum { DRILL_RUN_LEN = 16 };

/* Stored names never change. */
#define DRILL_STATES(X) \
	X(DRILL_OPEN, "open")		/* its legs are not all there yet */ \
	X(DRILL_DONE, "done")		/* seen, and accepted by each channel */ \
	X(DRILL_LATE, "late")		/* not seen within the limit: an alert of its own */

enum drill_state {
#define X(id, name) id,
	DRILL_STATES(X)
#undef X
};

struct drill {
	char run[DRILL_RUN_LEN + 1];
	char *key_id;
	char *scenario;		/* the published flow that was played; NULL: real calls */
	char *region;
	enum drill_state state;
	int64_t began_ms;
	int64_t called_ms;	/* the first call was answered; WHEN_NONE: none was */
	int64_t visible_ms;	/* first found in an answer of LookupEvents; WHEN_NONE: not yet, or not looked for */
	int64_t sighted_ms;	/* first sighting in the state; WHEN_NONE: not yet */
	int64_t calls;		/* that AWS logs: all of them are awaited */
	int64_t limit_ms;	/* sighted and told by then, or late */
};

void drill_init(struct drill *d);
void drill_clear(struct drill *d);
const char *drill_state_name(enum drill_state state);
bool drill_state_parse(const char *name, enum drill_state *out);

/* What the calls add to their user agent. */
enum { DRILL_AGENT_MAX = 48 };
const char *drill_agent(const char *run, char out[static DRILL_AGENT_MAX]);
/* The run a user agent names; false when there is none. */
bool drill_run_of(const char *user_agent, char run[static DRILL_RUN_LEN + 1]);
/* Labels a sighting as one of the run's; sighting_drill() tells the run, NULL: it is no drill's. */
void drill_label(struct sighting *s, const char *run);
const char *sighting_drill(const struct sighting *s);

/* The p-th percentile by nearest rank, of values that get sorted; WHEN_NONE when there are none. */
int64_t percentile(int64_t *values, size_t n, int p);

#endif
