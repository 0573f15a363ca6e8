/*
 * core/intent/flow.h: the observed order of calls beside the published ones.
 */
#ifndef CORE_INTENT_FLOW_H
#define CORE_INTENT_FLOW_H

#include "core/intent/rules.h"
#include "core/model/incident.h"

/* Fills out->observed always; the rest when a published flow shares two calls or more. */
void flow_match(const struct rules *rules, const struct tally *t, struct flow_match *out);

#endif
