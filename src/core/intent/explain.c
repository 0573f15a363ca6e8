#include "core/intent/explain.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/when.h"
#include "core/intent/stage.h"

/* Faster than a call in three seconds on average is a script; a person types slower. */
#define SCRIPTED_GAP_MS 3000
#define BY_HAND_GAP_MS 8000

__attribute__((format(printf, 2, 3)))
static void
say(struct strlist *l, const char *fmt, ...)
{
	struct buf b = BUF_INIT(BUF_LINE);
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	strlist_take(l, buf_take(&b));
}

static size_t
operations(const struct tally *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->calls; i++)
		n += call_counts(&t->call[i]);
	return n;
}

static int64_t
kind_count(const struct tally *t, const char *kind)
{
	for (size_t i = 0; i < t->kinds.len; i++)
		if (str_eq(t->kinds.item[i].text, kind))
			return t->kinds.item[i].count;
	return 0;
}

static int
by_time(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

/*
 * The usual pause between calls. The tally keeps no list of calls, but the
 * first use of each operation and region, and the last call, are calls too:
 * the middle of the pauses between those. A second visit hours later does not
 * turn a script into a person.
 */
static int64_t
usual_pause_ms(const struct tally *t)
{
	size_t n = 0, m = 1;
	int64_t *at = mem_zalloc(t->calls + t->regions.len + 1, sizeof(*at)), pause;

	for (size_t i = 0; i < t->calls; i++)
		if (t->call[i].first_ms != WHEN_NONE)
			at[n++] = t->call[i].first_ms;
	for (size_t i = 0; i < t->regions.len; i++)
		if (t->regions.item[i].first_ms != WHEN_NONE)
			at[n++] = t->regions.item[i].first_ms;
	at[n++] = t->last_ms;
	qsort(at, n, sizeof(*at), by_time);
	for (size_t i = 1; i < n; i++)
		if (at[i] != at[m - 1])
			at[m++] = at[i];
	if (m < 4) {	/* too few to have a middle: the mean */
		pause = (t->last_ms - t->first_ms) / (t->sightings - 1);
	} else {
		for (size_t i = 0; i + 1 < m; i++)
			at[i] = at[i + 1] - at[i];
		qsort(at, m - 1, sizeof(*at), by_time);
		pause = at[(m - 2) / 2];
	}
	free(at);
	return pause;
}

static void
judge_pace(const struct tally *t, struct verdict *out)
{
	int64_t span_ms, pause;

	if (t->sightings == 0 || t->first_ms == WHEN_NONE)
		return;
	if (t->sightings == 1) {
		out->pace = mem_strdup("single call");
		return;
	}
	span_ms = t->last_ms - t->first_ms;
	out->calls_per_minute = (double)t->sightings * 60000.0 / (double)(span_ms > 1000 ? span_ms : 1000);
	pause = usual_pause_ms(t);
	if (pause <= SCRIPTED_GAP_MS)
		out->pace = mem_strdup("scripted");
	else if (pause > BY_HAND_GAP_MS && t->regions.len < 4)
		out->pace = mem_strdup("by hand");
	else
		out->pace = mem_strdup("mixed");
}

/* "3 calls were", "1 call was". */
static const char *
calls_were(int64_t n, char out[static 48])
{
	(void)snprintf(out, 48, "%lld call%s", (long long)n, n == 1 ? " was" : "s were");
	return out;
}

/* Nobody signed as the canary or its user: somebody else acted on it. */
static bool
target_only(const struct tally *t)
{
	return kind_count(t, "target") > 0 && kind_count(t, "key") + kind_count(t, "derived") +
	    kind_count(t, "principal") + kind_count(t, "unlogged") == 0;
}

static void
say_regions(const struct tally *t, const struct verdict *v, struct strlist *why)
{
	char span[WHEN_TEXT_MAX];

	if (t->regions.len > 1)
		say(why, "%zu regions were tried%s%s%s", t->regions.len,
		    str_eq(v->pace, "scripted") ? " in " : "", str_eq(v->pace, "scripted") ?
		    span_text((t->last_ms - t->first_ms) / 1000, span) : "",
		    t->regions.len > 3 && str_eq(v->pace, "scripted") ? ", a sweep" : "");
}

static void
say_tools(const struct verdict *v, struct strlist *why)
{
	char *tools;

	if (v->tools.len == 0)
		return;
	tools = strlist_join(&v->tools, ", ");
	say(why, "the user agent names %.200s; it is the caller's free text and clears nobody", tools);
	free(tools);
}

/* What the confidence rests on, strongest first; each for people to check. */
static void
give_reasons(const struct tally *t, const struct verdict *v, bool footprint, struct strlist *why)
{
	char span[WHEN_TEXT_MAX], n[48];

	if (kind_count(t, "key") > 0 && t->strangers > 0)
		say(why, "%s signed with the canary itself; nobody has a reason to use it",
		    calls_were(kind_count(t, "key"), n));
	if (str_eq(v->label, "aws"))
		say(why, "AWS itself made the call: its address or its service is nothing a caller can choose");
	else if (t->strangers == 0)
		say(why, "every call fits a rule of yours for what is expected");
	if (kind_count(t, "derived") > 0)
		say(why, "%s signed with a session or key minted from it", calls_were(kind_count(t, "derived"), n));
	if (kind_count(t, "principal") > 0)
		say(why, "%s made as the canary's user by another key or session",
		    calls_were(kind_count(t, "principal"), n));
	if (kind_count(t, "target") > 0)
		say(why, "%s aimed at the canary by somebody else", calls_were(kind_count(t, "target"), n));
	if (footprint)
		say(why, "%zu of the 3 questions of the SES footprint were asked, by %zu different calls in all",
		    v->categories.len, operations(t));
	if (t->denied > 0 && t->denied == t->sightings)
		say(why, "%s denied; what was asked shows the intent as well as an answer would",
		    t->denied == 1 ? "the call was" : "every call was");
	say_regions(t, v, why);
	if (str_eq(v->pace, "scripted"))
		say(why, "%lld calls in %s: a script, not a person", (long long)t->sightings,
		    span_text((t->last_ms - t->first_ms) / 1000, span));
	if (v->flow.id != NULL)
		say(why, "%d of %d calls of a published attack were seen%s: %s", v->flow.seen, v->flow.total,
		    v->flow.in_order ? ", in the same order" : "", v->flow.title);
	if (t->addresses.len > 1)
		say(why, "%zu%s addresses took part", t->addresses.len, t->addresses.overflow > 0 ? " and more" : "");
	say_tools(v, why);
}

/* What speaks against being sure. */
static void
give_doubts(const struct tally *t, const struct verdict *v, struct strlist *why)
{
	if (operations(t) == 1 && t->sightings == 1)
		say(why, "one call only: too little to tell more");
	if (strlist_has(&v->stages, "S1?"))
		say(why, "a quota question did not say of which service, and no SES call is near it");
	if (kind_count(t, "unlogged") > 0)
		say(why, "a use was not in CloudTrail: service and region are all that AWS tells");
	if (target_only(t))
		say(why, "nobody signed as the canary: a colleague's administration looks the same");
	if (str_eq(v->intent, "recon") && v->stages.len == 1 && str_eq(v->stages.item[0], "X0"))
		say(why, "the calls belong to no known attack");
}

static enum confidence
how_sure(const struct rules *rules, const struct tally *t, const struct verdict *v, bool footprint)
{
	bool own_hand = !target_only(t);
	const struct intent_rule *r = rules_intent(rules, v->intent);

	if (str_eq(v->intent, "public-leak"))
		return CONFIDENCE_HIGH;
	if (str_eq(v->intent, "none") || str_eq(v->intent, "other-use"))
		return CONFIDENCE_LOW;
	if (str_eq(v->intent, "recon") && (operations(t) < 3 || v->stages.len == 1))
		return operations(t) < 2 ? CONFIDENCE_LOW : CONFIDENCE_MEDIUM;
	if (!own_hand)
		return r != NULL && r->severity >= SEVERITY_HIGH ? CONFIDENCE_MEDIUM : CONFIDENCE_LOW;
	if (footprint || (r != NULL && r->severity == SEVERITY_CRITICAL))
		return CONFIDENCE_HIGH;
	return operations(t) > 1 || t->sightings > 2 ? CONFIDENCE_HIGH : CONFIDENCE_MEDIUM;
}

/* An answer to a call that needs rights: GetCallerIdentity and GetSessionToken need none. */
static bool
answered(const struct tally *t)
{
	for (size_t i = 0; i < t->calls; i++) {
		const struct tally_call *c = &t->call[i];

		if (call_counts(c) && c->succeeded > 0 && !str_eq(c->stage, "V1") && !str_eq(c->stage, "U1") &&
		    !str_eq(c->name, "GetSessionToken"))
			return true;
	}
	return false;
}

static void
advise_owner(const struct rules *rules, const struct tally *t, struct verdict *out)
{
	const struct strlist *more = answered(t) ? &rules->steps_answered : &rules->steps_denied;

	strlist_copy(&out->next_steps, &rules->steps_always);
	for (size_t i = 0; i < more->len; i++)
		strlist_add(&out->next_steps, more->item[i]);
}

static void
advise(const struct rules *rules, const struct tally *t, struct verdict *out)
{
	if (t->strangers > 0 && target_only(t))
		say(&out->next_steps, "Ask whoever owns the identity that acted on the canary; if it was not them, that identity is stolen too");
	else if (t->strangers > 0)
		advise_owner(rules, t, out);
	for (size_t i = 0; i < out->intents.len; i++) {
		const struct intent_rule *r = rules_intent(rules, out->intents.item[i]);

		/* The steps of what weighs most; of the rest the first alone. */
		for (size_t k = 0; k < r->steps.len && (i < 2 || k == 0); k++)
			(void)strlist_add_new(&out->next_steps, r->steps.item[k]);
		if (i > 1)
			continue;
		for (size_t k = 0; k < r->next.len; k++)
			(void)strlist_add_new(&out->likely_next, r->next.item[k]);
	}
	for (size_t i = 0; i < out->flow.next.len; i++)
		(void)strlist_add_new(&out->likely_next, out->flow.next.item[i]);
}

static const char *
who(const struct tally *t, const struct verdict *v)
{
	if (t->strangers > 0)
		return str_eq(v->label, "drill") ? "A drill" : "Somebody";
	if (str_eq(v->label, "aws"))
		return "AWS itself, not an intruder,";
	return "An expected visitor";
}

static void
summarise(const struct rules *rules, const struct tally *t, struct verdict *out)
{
	const struct intent_rule *r = rules_intent(rules, out->intent);
	struct buf b = BUF_INIT(BUF_LINE);

	if (str_eq(out->intent, "public-leak") && t->strangers == 0)
		buf_puts(&b, "AWS found the key in public and quarantined it; no intruder was seen yet");
	else
		buf_printf(&b, "%s %s%s", who(t, out), target_only(t) ? "acts on the canary from outside; " : "",
		    r != NULL ? r->about : "touched the canary");
	buf_printf(&b, ": %lld call%s", (long long)t->sightings, t->sightings == 1 ? "" : "s");
	if (t->denied == t->sightings)
		buf_puts(&b, t->sightings == 1 ? ", denied" : ", all denied");
	else if (t->denied > 0)
		buf_printf(&b, ", %lld denied", (long long)t->denied);
	if (t->regions.len > 1)
		buf_printf(&b, ", in %zu regions", t->regions.len);
	if (t->addresses.len == 1)
		buf_printf(&b, ", from %.64s", t->addresses.item[0].text);
	else if (t->addresses.len > 1)
		buf_printf(&b, ", from %zu addresses", t->addresses.len);
	out->summary = buf_take(&b);
}

void
explain(const struct rules *rules, const struct incident *i, bool footprint, struct verdict *out)
{
	const struct tally *t = &i->tally;

	judge_pace(t, out);
	if (target_only(t) && out->severity > SEVERITY_HIGH)
		out->severity = SEVERITY_HIGH;
	out->confidence = how_sure(rules, t, out, footprint);
	give_reasons(t, out, footprint, &out->reasons);
	give_doubts(t, out, &out->reasons);
	advise(rules, t, out);
	summarise(rules, t, out);
}
