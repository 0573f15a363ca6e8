#include "core/watch/blindness.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/when.h"

static const struct {
	const char *cause;
	const char *advice;
} advices[] = {
	{ "credentials", "Renew the monitor's credentials; \"keycanary doctor\" says which were found and why they fail" },
	{ "denied", "Give the monitor its rights back; \"keycanary doctor\" prints the policy to attach" },
	{ "throttled", "Find out who else asks CloudTrail so often, or lower watch.requests_per_minute" },
	{ "clock", "Set the clock of this machine: AWS refuses requests that seem old" },
	{ "network", "Check the way from this machine to AWS: name service, proxy, firewall" },
	{ "full", "Make room on the disk that holds the state" },
	{ "stopped", "See why the watch did not run; what was missed is being read" },
	{ BLIND_SAFETY_NET, "Let the monitor call iam:GetAccessKeyLastUsed; until then uses that CloudTrail does not log go unseen" },
};

const char *
trouble_advice(const char *cause)
{
	for (size_t i = 0; i < ARRAY_LEN(advices); i++)
		if (str_eq(advices[i].cause, cause))
			return advices[i].advice;
	return "\"keycanary status\" and \"keycanary doctor\" say more";
}

static struct trouble *
trouble_of(struct trouble_list *l, const struct gap *g, const char *cause)
{
	for (size_t i = 0; i < l->len; i++)
		if (str_eq(l->item[i].account, g->account) && str_eq(l->item[i].cause, cause))
			return &l->item[i];
	l->item = mem_resize(l->item, l->len + 1, sizeof(*l->item));
	l->item[l->len] = (struct trouble){ .account = g->account, .cause = cause, .detail = g->detail,
		.since_ms = g->from_ms, .noticed_ms = g->noticed_ms, .regions = STRLIST_INIT };
	return &l->item[l->len++];
}

static size_t
regions_watched(const struct coverage *coverage, size_t coverages, const char *account)
{
	size_t n = 0;

	for (size_t i = 0; i < coverages; i++)
		n += str_eq(coverage[i].account, account) && str_eq(coverage[i].source, "lookup") && !coverage[i].closed;
	return n;
}

static bool
worth(const struct trouble *t, size_t watched, int64_t blind_after_s, int64_t now_ms)
{
	int64_t from = str_eq(t->cause, "stopped") ? t->noticed_ms : t->since_ms;

	if (str_eq(t->cause, "credentials") && t->regions.len >= watched)
		return true;
	return now_ms - from > blind_after_s * 1000;
}

void
troubles(const struct gap *gap, size_t gaps, const struct coverage *coverage, size_t coverages,
    int64_t blind_after_s, int64_t now_ms, struct trouble_list *out)
{
	*out = (struct trouble_list){ .len = 0 };
	for (size_t i = 0; i < gaps; i++) {
		const struct gap *g = &gap[i];
		struct trouble *t;

		/* A stopped trail was told when it was found, and does not end by itself. */
		if (g->to_ms != WHEN_NONE || g->cause == NULL || str_eq(g->source, "trail"))
			continue;
		t = trouble_of(out, g, str_eq(g->source, "last-used") ? BLIND_SAFETY_NET : g->cause);
		if (g->from_ms < t->since_ms)
			t->since_ms = g->from_ms;
		if (g->noticed_ms < t->noticed_ms)
			t->noticed_ms = g->noticed_ms;
		(void)strlist_add_new(&t->regions, g->region);
	}
	for (size_t i = 0; i < out->len; i++)
		out->item[i].worth_telling = worth(&out->item[i],
		    regions_watched(coverage, coverages, out->item[i].account), blind_after_s, now_ms);
}

void
trouble_list_clear(struct trouble_list *l)
{
	for (size_t i = 0; i < l->len; i++)
		strlist_clear(&l->item[i].regions);
	free(l->item);
	*l = (struct trouble_list){ .len = 0 };
}
