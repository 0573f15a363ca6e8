/*
 * core/watch/plan.h: what to ask LookupEvents next, in one region of one
 * account. Pure.
 *
 * Facts it stands on (AWS CloudTrail User Guide, "Limits in CloudTrail" and
 * the API model): 2 requests a second per account and region, 50 events a
 * page, one attribute a request, events come late and in any order.
 *
 * Two plans. *Sweep* reads everything and matches locally: its cost depends
 * on the traffic alone. *Per canary* asks for one name a request: its cost
 * depends on the number of canaries alone. plan_choose() compares.
 *
 * Three tiers of windows. Both ends of a window are frozen when it begins.
 * *Hot* reads the newest minutes every few seconds, *warm* the last hour every
 * few minutes, *deep* the last days once a day. What was missed while we were
 * away or could not see is *catch-up*; what happened before we ever came is
 * *first*. The mark (coverage.until_ms) says up to when everything was read:
 * it moves only when a whole window succeeded and reaches back to it.
 */
#ifndef CORE_WATCH_PLAN_H
#define CORE_WATCH_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/model/coverage.h"
#include "core/settings/settings.h"

enum plan_kind { PLAN_SWEEP, PLAN_PER_CANARY };
const char *plan_name(enum plan_kind plan);	/* "sweep", "per-canary" */

enum {
	PLAN_PAGE = 50,			/* events in a full page */
	PLAN_HOT_LEAST_S = 60,		/* a hot window is never shorter */
	PLAN_CHUNK_PAGES = 100,		/* long windows are cut so that a part has about as many */
	PLAN_WINDOWS_MAX = 5,
};

/* What was measured, and what is wished. */
struct plan_facts {
	const struct settings *settings;
	const char *wished;		/* "auto", "sweep", "per-canary"; NULL: auto */
	enum plan_kind current;
	size_t lookups;			/* requests per-canary would take: names, derived keys */
	double events_per_hour;		/* of everybody, our own calls included, as far as seen */
	double own_per_hour;		/* of these, our own LookupEvents calls */
};

struct plan_choice {
	enum plan_kind plan;
	int64_t hot_window_s;		/* cut so that reading our own calls does not feed itself */
	double sweep_calls;		/* per hot reading */
	double canary_calls;
	bool too_much;			/* neither fits our share of requests: readings take longer */
};

/*
 * The cheaper plan. It leaves the current one only when the other costs less
 * than two thirds, so that it does not swing.
 */
void plan_choose(const struct plan_facts *facts, struct plan_choice *out);

enum tier { TIER_HOT, TIER_CATCH_UP, TIER_WARM, TIER_FIRST, TIER_DEEP };
const char *tier_name(enum tier tier);

/* A half-open span [from_ms, to_ms) of event times. */
struct window {
	enum tier tier;
	int64_t from_ms;
	int64_t to_ms;
	bool last;		/* FIRST: with this part all of it is read */
};

/*
 * The windows that are due now, the most urgent first; returns how many. Of
 * catch-up and first only the next part.
 */
size_t plan_windows(const struct settings *s, const struct coverage *c,
    const struct plan_choice *choice, double events_per_hour, int64_t now_ms,
    struct window out[static PLAN_WINDOWS_MAX]);
/* When the next window is due, in milliseconds from now; 0: now. */
int64_t plan_wait_ms(const struct settings *s, const struct coverage *c, int64_t now_ms);
/* A window was read completely: moves mark, tier times and the earliest time. */
void plan_done(struct coverage *c, const struct window *w, int64_t now_ms);

/* Our share of the requests: a bucket that fills at `per_minute`. */
struct bucket {
	double tokens;
	double per_ms;
	double most;
	int64_t at_ms;
};

void bucket_init(struct bucket *b, int64_t per_minute, int64_t now_ms);
/* Takes one; false when none is there. */
bool bucket_take(struct bucket *b, int64_t now_ms);
/* Milliseconds until one is there; 0: now. */
int64_t bucket_wait_ms(const struct bucket *b, int64_t now_ms);
/* The service says we are too fast: empty, and the next one comes later. */
void bucket_drain(struct bucket *b, int64_t now_ms, int64_t pause_ms);

#endif
