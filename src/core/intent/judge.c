#include "core/intent/judge.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/intent/classify.h"
#include "core/intent/explain.h"
#include "core/intent/flow.h"
#include "core/intent/mine.h"
#include "core/intent/stage.h"

enum { EVIDENCE_MAX = 16 };

/* --- stages, in order of first sight --------------------------------------- */

struct reached {
	const char *code;
	int64_t first_ms;
};

static int
by_sight(const void *a, const void *b)
{
	const struct reached *r = a, *q = b;

	if (r->first_ms != q->first_ms)
		return r->first_ms < q->first_ms ? -1 : 1;
	return strcmp(r->code, q->code);
}

static void
collect_stages(const struct rules *rules, const struct tally *t, bool strangers, struct strlist *out)
{
	struct reached *r = mem_zalloc(t->calls * 2, sizeof(*r));
	size_t n = 0;

	for (size_t i = 0; i < t->calls; i++) {
		const struct tally_call *c = &t->call[i];
		const char *stage = stage_of_call(rules, t, c);

		/* AWS's quarantine is told beside what a stranger did. */
		if (call_counts(c) != strangers && !str_eq(stage, "Q1"))
			continue;
		if (stage != NULL)
			r[n++] = (struct reached){ stage, c->first_ms };
		if (c->also_stage != NULL)
			r[n++] = (struct reached){ c->also_stage, c->first_ms };
	}
	if (n > 1)
		qsort(r, n, sizeof(*r), by_sight);
	for (size_t i = 0; i < n; i++)
		(void)strlist_add_new(out, r[i].code);
	free(r);
}

/* --- the footprint ----------------------------------------------------------- */

static const char *
category_of(const struct rules *rules, const char *stage)
{
	const struct stage_rule *s = stage == NULL ? NULL : rules_stage(rules, stage);

	return s == NULL ? NULL : s->category;
}

static bool
is_footprint(const struct rules *rules, const struct tally *t, struct strlist *categories)
{
	struct strlist operations = STRLIST_INIT;
	bool yes;

	for (size_t i = 0; i < t->calls; i++) {
		const struct tally_call *c = &t->call[i];
		const char *first = category_of(rules, stage_of_call(rules, t, c));
		const char *second = category_of(rules, c->also_stage);
		char *text;

		if (!call_counts(c) || (first == NULL && second == NULL))
			continue;
		(void)strlist_add_new(categories, first);
		(void)strlist_add_new(categories, second);
		text = call_by_rules(rules, c->source, c->name);
		(void)strlist_add_new(&operations, text);
		free(text);
	}
	yes = (int)categories->len >= rules->footprint_at_least &&
	    (int)operations.len >= rules->footprint_operations;
	strlist_clear(&operations);
	return yes;
}

/* --- intents ------------------------------------------------------------------ */

/* AWS's quarantine refused a call, or somebody tried to take it off. */
static bool
quarantine_named(const struct tally *t)
{
	for (size_t i = 0; i < t->policies.len; i++) {
		struct refusal r = { .policy = t->policies.item[i].text };

		if (refusal_by_quarantine(&r))
			return true;
	}
	for (size_t i = 0; i < t->calls; i++) {
		struct refusal r = { .policy = t->call[i].resource };

		if (str_eq(t->call[i].stage, "D1") && refusal_by_quarantine(&r))
			return true;
	}
	return false;
}

static bool
scanner_seen(const struct rules *rules, const struct tally *t, struct strlist *tools)
{
	bool scanner = false;

	for (size_t i = 0; i < t->user_agents.len; i++) {
		for (size_t k = 0; k < rules->tools; k++) {
			if (!str_match_nocase(rules->tool[k].pattern, t->user_agents.item[i].text))
				continue;
			(void)strlist_add_new(tools, rules->tool[k].tool);
			scanner |= rules->tool[k].scanner;
			break;
		}
	}
	return scanner;
}

static bool
unknown_call(const struct tally *t)
{
	for (size_t i = 0; i < t->calls; i++)
		if (call_counts(&t->call[i]) && t->call[i].stage == NULL)
			return true;
	return false;
}

/* What calls speak for: by doing it, or by asking only. */
struct found {
	struct strlist done;
	struct strlist asked;
};

static void
add_intents(const struct rules *rules, const struct tally_call *c, const char *stage, struct found *out)
{
	const struct stage_rule *s = stage == NULL ? NULL : rules_stage(rules, stage);
	bool asks = s != NULL && (s->asks == ASKS_ALWAYS || strlist_has(&s->prepares, c->name) ||
	    (s->asks == ASKS_BY_VERB && rules_name_asks(rules, c->name)));

	for (size_t i = 0; s != NULL && i < s->intents.len; i++)
		(void)strlist_add_new(asks ? &out->asked : &out->done, s->intents.item[i]);
}

static void
collect_intents(const struct rules *rules, const struct tally *t, bool footprint, bool scanner,
    struct found *out)
{
	for (size_t i = 0; i < t->calls; i++) {
		const struct tally_call *c = &t->call[i];
		const char *stage = stage_of_call(rules, t, c);

		if (call_counts(c) != (t->strangers > 0) && !str_eq(stage, "Q1"))
			continue;
		add_intents(rules, c, stage, out);
		add_intents(rules, c, c->also_stage, out);
	}
	if (footprint)
		(void)strlist_add_new(&out->done, rules->footprint_intent);
	if (scanner)
		(void)strlist_add_new(&out->done, "known-scanner");
	if (quarantine_named(t))
		(void)strlist_add_new(&out->done, "public-leak");
	if (unknown_call(t))
		(void)strlist_add_new(&out->done, "other-use");
}

/* Whether an intent stands at this place of the ranking: "x?" is for what was only asked for. */
static bool
stands_at(const struct rules *rules, const struct found *found, const char *place, const char *name)
{
	char *lower;
	bool own_place;

	if (place[strlen(place) - 1] == '?')
		return strlist_has(&found->asked, name);
	if (strlist_has(&found->done, name))
		return true;
	lower = mem_printf("%s?", name);
	own_place = strlist_has(&rules->ranking, lower);
	free(lower);
	return !own_place && strlist_has(&found->asked, name);
}

/* The primary first. What was only asked for is of medium severity at most. */
static void
rank_intents(const struct rules *rules, const struct found *found, bool footprint, struct verdict *out)
{
	for (size_t i = 0; i < rules->ranking.len; i++) {
		const char *place = rules->ranking.item[i];
		char *name = mem_strndup(place, strcspn(place, "?"));
		const struct intent_rule *r = rules_intent(rules, name);
		enum severity severity = r == NULL ? SEVERITY_INFO : r->severity;

		if (!strlist_has(&found->done, name) && severity > SEVERITY_MEDIUM)
			severity = SEVERITY_MEDIUM;
		if (r != NULL && stands_at(rules, found, place, name) &&
		    !(footprint && str_eq(name, "ses-probe")) && strlist_add_new(&out->intents, name) &&
		    severity > out->severity)
			out->severity = severity;
		free(name);
	}
}

/* --- findings ------------------------------------------------------------------- */

/* "ses:Get*" or "ses:*@S5" against a tallied call. */
static bool
call_fits(const struct rules *rules, const struct tally *t, const struct tally_call *c,
    const char *pattern)
{
	const char *at = strchr(pattern, '@');
	char *text = call_by_rules(rules, c->source, c->name);
	char *name = at == NULL ? mem_strdup(pattern) : mem_strndup(pattern, (size_t)(at - pattern));
	bool fits = str_match(name, text) &&
	    (at == NULL || str_eq(at + 1, stage_of_call(rules, t, c)));

	free(text);
	free(name);
	return fits;
}

/* Adds the first events of the calls that fit any of the patterns; true when one did. */
static bool
evidence_for(const struct rules *rules, const struct tally *t, const struct strlist *patterns,
    struct strlist *evidence)
{
	bool any = false;

	for (size_t i = 0; i < t->calls; i++) {
		const struct tally_call *c = &t->call[i];

		if (!call_counts(c) && !str_eq(c->stage, "Q1"))
			continue;
		for (size_t k = 0; k < patterns->len; k++) {
			if (!call_fits(rules, t, c, patterns->item[k]))
				continue;
			any = true;
			if (evidence->len < EVIDENCE_MAX)
				(void)strlist_add_new(evidence, c->first_event);
		}
	}
	return any;
}

static bool
all_groups(const struct rules *rules, const struct tally *t, const struct strlist *groups,
    struct strlist *evidence)
{
	bool all = groups->len > 0;

	for (size_t i = 0; all && i < groups->len; i++) {
		struct strlist one = STRLIST_INIT;

		strlist_split(&one, groups->item[i], "|");
		all = evidence_for(rules, t, &one, evidence);
		strlist_clear(&one);
	}
	return all;
}

static void
footprint_evidence(const struct rules *rules, const struct tally *t, struct strlist *evidence)
{
	for (size_t i = 0; i < t->calls; i++) {
		const struct tally_call *c = &t->call[i];

		if (call_counts(c) && evidence->len < EVIDENCE_MAX &&
		    category_of(rules, stage_of_call(rules, t, c)) != NULL)
			(void)strlist_add_new(evidence, c->first_event);
	}
}

static void
collect_findings(const struct rules *rules, const struct tally *t, bool footprint, struct verdict *out)
{
	for (size_t i = 0; i < rules->findings; i++) {
		const struct finding_rule *r = &rules->finding[i];
		struct strlist evidence = STRLIST_INIT;
		struct finding *f;
		bool found = r->footprint ? footprint :
		    (r->any.len == 0 || evidence_for(rules, t, &r->any, &evidence)) &&
		    (r->all.len == 0 || all_groups(rules, t, &r->all, &evidence));

		if (found) {
			if (r->footprint)
				footprint_evidence(rules, t, &evidence);
			f = verdict_add_finding(out, r->name, r->title);
			f->attack = mem_strdup(r->attack);
			strlist_copy(&f->evidence, &evidence);
		}
		strlist_clear(&evidence);
	}
}

/* As it is, or the domain of an e-mail address. */
static bool
is_known(const char *pattern, const char *name)
{
	const char *at = strrchr(name, '@');

	return str_match_nocase(pattern, name) || (at != NULL && str_match_nocase(pattern, at + 1));
}

/* A user, group, policy or domain that is known from abuse. */
static void
known_names(const struct rules *rules, const struct tally *t, struct verdict *out)
{
	for (size_t i = 0; i < t->resources.len; i++) {
		for (size_t k = 0; k < rules->knowns; k++) {
			for (size_t n = 0; n < rules->known[k].names.len; n++) {
				const char *name = arn_short(t->resources.item[i].text);
				char *title;

				if (!is_known(rules->known[k].names.item[n], name))
					continue;
				title = mem_printf("Used the name \"%.80s\", known from %s", name,
				    rules->known[k].family);
				(void)verdict_add_finding(out, "ioc.known-name", title);
				free(title);
			}
		}
	}
}

/* --- the whole --------------------------------------------------------------------- */

static const char *
only_label(const struct tally *t)
{
	return t->strangers == 0 && t->labels.len > 0 ? t->labels.item[0].text : NULL;
}

void
judge(const struct rules *rules, const struct incident *i, struct verdict *out)
{
	const struct tally *t = &i->tally;
	struct found found = { STRLIST_INIT, STRLIST_INIT };
	bool footprint, scanner;

	verdict_init(out);
	out->label = mem_strdup(i->drill ? "drill" : only_label(t));
	collect_stages(rules, t, t->strangers > 0, &out->stages);
	footprint = is_footprint(rules, t, &out->categories);
	scanner = scanner_seen(rules, t, &out->tools);
	collect_intents(rules, t, footprint, scanner, &found);
	rank_intents(rules, &found, footprint, out);
	strlist_clear(&found.done);
	strlist_clear(&found.asked);
	out->intent = mem_strdup(out->intents.len > 0 ? out->intents.item[0] : "none");
	/* A drill keeps its severity: it must go the way a real use goes. */
	if (out->label != NULL && !i->drill && !strlist_has(&out->intents, "public-leak"))
		out->severity = SEVERITY_INFO;
	collect_findings(rules, t, footprint, out);
	known_names(rules, t, out);
	if (quarantine_named(t))
		(void)verdict_add_finding(out, "aws.quarantine-in-force",
		    "AWS's quarantine stood in the way of a call: the key is known in public");
	flow_match(rules, t, &out->tools, &out->flow);
	explain(rules, i, footprint, out);
}
