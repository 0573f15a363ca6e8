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

/* Fills `out` (verdict_clear() frees); the incident itself is not changed. */
void judge(const struct rules *rules, const struct incident *i, struct verdict *out);

#endif
