/*
 * core/intent/explain.h: the words of a verdict: how sure, why, how fast,
 * what comes next, what to do.
 */
#ifndef CORE_INTENT_EXPLAIN_H
#define CORE_INTENT_EXPLAIN_H

#include <stdbool.h>

#include "core/intent/rules.h"
#include "core/model/incident.h"

/* Fills pace, confidence and its reasons, likely_next, next_steps and summary. */
void explain(const struct rules *rules, const struct incident *i, bool footprint, struct verdict *out);

#endif
