/*
 * core/intent/judge.h: the verdict over one incident's tally.
 *
 * Pure: the same tally and rules give the same verdict at any hour on any
 * machine. A denied call is full evidence: a decoy denies everything. The
 * three questions of the SES footprint are judged as a set, in any order.
 */
#ifndef CORE_INTENT_JUDGE_H
#define CORE_INTENT_JUDGE_H

#include "core/intent/rules.h"
#include "core/model/incident.h"
#include "core/model/sighting.h"

/* Fills `out` (verdict_clear() frees); the incident itself is not changed. */
void judge(const struct rules *rules, const struct incident *i, struct verdict *out);
/*
 * The stage of one sighting as the incident makes it: a quota question of
 * unknown service ("S1?", "S4?") counts as "S1", "S4" when another SES call is near, or
 * when it lies between uses of one SES operation (a tally keeps the first and
 * the last of each).
 * Borrowed; NULL: no rule knows the call.
 */
const char *judge_stage(const struct rules *rules, const struct tally *t, const struct sighting *s);

/* For core/intent/flow.c and tests: the stage a tallied call counts as. */
const char *judge_call_stage(const struct rules *rules, const struct tally *t,
    const struct tally_call *c);
/* A call that speaks for a stranger (or a drill), not for AWS or the owner. */
bool judge_counts(const struct tally_call *c);

#endif
