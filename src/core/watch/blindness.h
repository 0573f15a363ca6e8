/*
 * core/watch/blindness.h: which gaps must be told to people.
 *
 * Pure. A gap that lasts longer than alert.blind_after is told; credentials
 * that fail for a whole account at once, because they do not mend themselves;
 * a pause in which the watch did not run when catching up takes long. Regions
 * of one account that fail for one cause are one trouble, so people get one
 * message and not seventeen.
 */
#ifndef CORE_WATCH_BLINDNESS_H
#define CORE_WATCH_BLINDNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "core/model/coverage.h"

/* The cause of a failing safety net, whatever the error was: it blinds in another way. */
#define BLIND_SAFETY_NET "safety-net"
/* Nobody watched. */
#define BLIND_ABSENT "absent"

/* One account and cause. */
struct trouble {
	const char *account;	/* borrowed from the gaps, as all texts */
	const char *cause;	/* an error kind's name, or one of the above */
	const char *detail;
	int64_t since_ms;	/* the earliest */
	int64_t noticed_ms;
	struct strlist regions;	/* owned */
	bool worth_telling;
};

struct trouble_list {
	struct trouble *item;
	size_t len;
};

/* Open gaps (to_ms WHEN_NONE) as troubles; the others are left out. `out` borrows from `gap`. */
void troubles(const struct gap *gap, size_t gaps, const struct coverage *coverage, size_t coverages,
    int64_t blind_after_s, int64_t now_ms, struct trouble_list *out);
void trouble_list_clear(struct trouble_list *l);
/* What to do about a cause; for people. Never NULL. */
const char *trouble_advice(const char *cause);

#endif
