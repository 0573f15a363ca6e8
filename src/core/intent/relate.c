#include "core/intent/relate.h"

#include <stdlib.h>

#include "base/str.h"
#include "base/when.h"

static const char *
shared(const struct tally_texts *a, const struct tally_texts *b)
{
	for (size_t i = 0; i < a->len; i++)
		for (size_t k = 0; k < b->len; k++)
			if (str_eq(a->item[i].text, b->item[k].text))
				return a->item[i].text;
	return NULL;
}

static bool
near(const struct tally *a, const struct tally *b, int64_t window_s)
{
	if (a->first_ms == WHEN_NONE || b->first_ms == WHEN_NONE)
		return true;
	return a->first_ms <= b->last_ms + window_s * 1000 && b->first_ms <= a->last_ms + window_s * 1000;
}

bool
incidents_relate(const struct incident *a, const struct incident *b, int64_t window_s, struct relation *out)
{
	if (str_eq(a->id, b->id) || !near(&a->tally, &b->tally, window_s))
		return false;
	*out = (struct relation){ .incident = b,
		.address = shared(&a->tally.addresses, &b->tally.addresses),
		.session = shared(&a->tally.sessions, &b->tally.sessions),
		.user_agent = shared(&a->tally.user_agents, &b->tally.user_agents) };
	return out->address != NULL || out->session != NULL || out->user_agent != NULL;
}

static int
strength(const struct relation *r)
{
	return (r->session != NULL ? 4 : 0) + (r->address != NULL ? 2 : 0) + (r->user_agent != NULL ? 1 : 0);
}

static bool
stands_before(const struct relation *a, const struct relation *b)
{
	if (strength(a) != strength(b))
		return strength(a) > strength(b);
	return a->incident->tally.first_ms < b->incident->tally.first_ms;
}

/* Kept sorted; what falls off the end is the weakest. */
static size_t
insert(struct relation *out, size_t n, const struct relation *one)
{
	size_t at = n;

	while (at > 0 && stands_before(one, &out[at - 1]))
		at--;
	if (at == RELATIONS_MAX)
		return n;
	if (n < RELATIONS_MAX)
		n++;
	for (size_t i = n - 1; i > at; i--)
		out[i] = out[i - 1];
	out[at] = *one;
	return n;
}

size_t
incidents_related(const struct incident *a, const struct incident *list, size_t n, int64_t window_s,
    struct relation out[static RELATIONS_MAX])
{
	struct relation one;
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		if (&list[i] != a && incidents_relate(a, &list[i], window_s, &one))
			found = insert(out, found, &one);
	return found;
}
