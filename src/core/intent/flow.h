/*
 * core/intent/flow.h: the observed order of calls beside the published ones.
 */
#ifndef CORE_INTENT_FLOW_H
#define CORE_INTENT_FLOW_H

#include "core/intent/rules.h"
#include "core/model/incident.h"

/*
 * Fills out->observed always; the rest when a published flow shares two calls
 * or more. `tools` are those the user agents name: the flow of an auditing tool
 * is near only with its tool, or when all of it was seen and it is more than a
 * pair of calls. CloudTrail's clock has seconds: calls of one second are in any order.
 */
void flow_match(const struct rules *rules, const struct tally *t, const struct strlist *tools,
    struct flow_match *out);

#endif
