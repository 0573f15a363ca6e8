/*
 * core/intent/relate.h: which incidents of different canaries are the work of
 * one visitor.
 *
 * Two incidents are related when they are near in time and share an address, a
 * session or other key, or the very same user agent. Pure. An address or a
 * session is strong; a user agent alone is a hint, and the report says which.
 */
#ifndef CORE_INTENT_RELATE_H
#define CORE_INTENT_RELATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/model/incident.h"

enum { RELATIONS_MAX = 32 };

struct relation {
	const struct incident *incident;	/* the other one; borrowed */
	const char *address;			/* the first shared one of each kind; NULL: none */
	const char *session;
	const char *user_agent;
};

/* True when the two are related; `b` becomes out->incident. */
bool incidents_relate(const struct incident *a, const struct incident *b, int64_t window_s, struct relation *out);
/* Of a list, strongest first, at most RELATIONS_MAX; `a` itself is left out. Returns how many. */
size_t incidents_related(const struct incident *a, const struct incident *list, size_t n, int64_t window_s,
    struct relation out[static RELATIONS_MAX]);

#endif
