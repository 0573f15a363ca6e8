#include "core/intent/flow.h"

#include <stdlib.h>

#include "base/mem.h"
#include "core/intent/classify.h"
#include "core/intent/stage.h"

enum { ANYBODYS_CALLS = 2 };	/* so few tell no tool by themselves */

/* Distinct operations by the time of their first use. */
static int
by_first_use(const void *a, const void *b)
{
	const struct tally_call *c = *(const struct tally_call *const *)a;
	const struct tally_call *d = *(const struct tally_call *const *)b;

	if (c->first_ms != d->first_ms)
		return c->first_ms < d->first_ms ? -1 : 1;
	return c < d ? -1 : c > d;
}

/* What was seen, by the time of the first use; times[i] is that of observed item i. */
static int64_t *
observe(const struct rules *rules, const struct tally *t, struct strlist *observed)
{
	const struct tally_call **call = mem_zalloc(t->calls + 1, sizeof(*call));
	int64_t *times = mem_zalloc(t->calls + 1, sizeof(*times));
	size_t n = 0;

	for (size_t i = 0; i < t->calls; i++)
		if (call_counts(&t->call[i]))
			call[n++] = &t->call[i];
	if (n > 1)
		qsort(call, n, sizeof(*call), by_first_use);
	for (size_t i = 0; i < n; i++) {
		char *text = call_by_rules(rules, call[i]->source, call[i]->name);

		if (strlist_add_new(observed, text))
			times[observed->len - 1] = call[i]->first_ms;
		free(text);
	}
	free(call);
	return times;
}

static size_t
place_of(const struct strlist *l, const char *s)
{
	for (size_t i = 0; i < l->len; i++)
		if (str_eq(l->item[i], s))
			return i;
	return l->len;
}

/* How many steps were seen, and whether in the published order. */
static size_t
seen_steps(const struct flow_rule *f, const struct strlist *observed, const int64_t *times, bool *in_order)
{
	size_t seen = 0;
	int64_t last = 0;

	*in_order = true;
	for (size_t i = 0; i < f->steps.len; i++) {
		size_t place = place_of(observed, f->steps.item[i]);

		if (place == observed->len)
			continue;
		if (seen > 0 && times[place] < last)
			*in_order = false;
		last = times[place];
		seen++;
	}
	return seen;
}

/*
 * Shared calls over all calls of both (the F measure), so that neither a long
 * flow nor a noisy intruder wins by size. What the intruder did weighs double:
 * a flow that explains four calls is nearer than one of two calls seen whole.
 */
static double
likeness(size_t seen, size_t steps, size_t observed)
{
	return 3.0 * (double)seen / (double)(steps + 2 * observed);
}

static const struct flow_rule *
nearest(const struct rules *rules, const struct strlist *observed, const int64_t *times,
    const struct strlist *tools)
{
	const struct flow_rule *best = NULL;
	double best_score = 0;

	for (size_t i = 0; i < rules->flows; i++) {
		const struct flow_rule *f = &rules->flow[i];
		bool in_order;
		size_t seen = seen_steps(f, observed, times, &in_order);
		double score = likeness(seen, f->steps.len, observed->len) + (in_order ? 0.02 : 0);

		if (seen < 2 || score <= best_score)
			continue;
		if (f->tool != NULL && !strlist_has(tools, f->tool) &&
		    (seen < f->steps.len || seen <= ANYBODYS_CALLS))
			continue;
		best = f;
		best_score = score;
	}
	return best;
}

void
flow_match(const struct rules *rules, const struct tally *t, const struct strlist *tools,
    struct flow_match *out)
{
	const struct flow_rule *f;
	int64_t *times;

	*out = (struct flow_match){ .id = NULL };
	times = observe(rules, t, &out->observed);
	f = nearest(rules, &out->observed, times, tools);
	if (f != NULL) {
		out->id = mem_strdup(f->id);
		out->title = mem_strdup(f->title);
		out->source = mem_strdup(f->source);
		out->seen = (int)seen_steps(f, &out->observed, times, &out->in_order);
		out->total = (int)f->steps.len;
		strlist_copy(&out->steps, &f->steps);
		strlist_copy(&out->next, &f->next);
		for (size_t i = 0; i < f->steps.len; i++)
			if (!strlist_has(&out->observed, f->steps.item[i]))
				strlist_add(&out->missing, f->steps.item[i]);
	}
	free(times);
}
