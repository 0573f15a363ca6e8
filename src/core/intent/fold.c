#include "core/intent/fold.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/when.h"
#include "core/intent/mine.h"
#include "core/model/drill.h"

static void
widen(int64_t *first, int64_t *last, int64_t at_ms)
{
	if (at_ms == WHEN_NONE)
		return;
	if (*first == WHEN_NONE || at_ms < *first)
		*first = at_ms;
	if (*last == WHEN_NONE || at_ms > *last)
		*last = at_ms;
}

static void
forget_last(struct tally_texts *t)
{
	struct tally_text *last = &t->item[--t->len];

	t->overflow += last->count;
	free(last->text);
}

/*
 * Kept in the order of text, so that two tallies of the same sightings are
 * equal. When there are too many the first of that order stay: those that stay
 * were never turned away, so their counts are right whatever came first.
 */
static void
count_text(struct tally_texts *t, const char *text, int64_t at_ms)
{
	size_t at = 0;

	if (text == NULL || *text == '\0')
		return;
	while (at < t->len && strcmp(t->item[at].text, text) < 0)
		at++;
	if (at == TALLY_TEXTS_MAX) {
		t->overflow++;
		return;
	}
	if (at == t->len || strcmp(t->item[at].text, text) != 0) {
		if (t->len == TALLY_TEXTS_MAX)
			forget_last(t);
		t->item = mem_resize(t->item, t->len + 1, sizeof(*t->item));
		memmove(&t->item[at + 1], &t->item[at], (t->len - at) * sizeof(*t->item));
		t->item[at] = (struct tally_text){ .text = mem_strdup(text), .first_ms = WHEN_NONE,
			.last_ms = WHEN_NONE };
		t->len++;
	}
	t->item[at].count++;
	widen(&t->item[at].first_ms, &t->item[at].last_ms, at_ms);
}

static int
compare_texts(const char *a, const char *b)
{
	return strcmp(str_or(a, ""), str_or(b, ""));
}

static int
compare_call(const struct tally_call *c, const struct sighting *s)
{
	int order = compare_texts(c->source, s->source);

	if (order == 0)
		order = compare_texts(c->name, s->name);
	if (order == 0)
		order = compare_texts(c->stage, s->stage);
	return order != 0 ? order : compare_texts(c->label, s->label);
}

static struct tally_call *
call_for(struct tally *t, const struct sighting *s)
{
	size_t at = 0;

	while (at < t->calls && compare_call(&t->call[at], s) < 0)
		at++;
	if (at < t->calls && compare_call(&t->call[at], s) == 0)
		return &t->call[at];
	if (t->calls == TALLY_CALLS_MAX) {
		t->call_overflow++;
		return NULL;
	}
	t->call = mem_resize(t->call, t->calls + 1, sizeof(*t->call));
	memmove(&t->call[at + 1], &t->call[at], (t->calls - at) * sizeof(*t->call));
	t->calls++;
	t->call[at] = (struct tally_call){ .source = mem_strdup(s->source), .name = mem_strdup(s->name),
		.stage = mem_strdup(s->stage), .also_stage = mem_strdup(s->also_stage),
		.label = mem_strdup(s->label), .first_ms = WHEN_NONE, .last_ms = WHEN_NONE };
	return &t->call[at];
}

/* The earliest event stands for the call; at the same time the smaller id. */
static bool
is_earlier(const struct tally_call *c, const struct sighting *s)
{
	if (c->first_event == NULL)
		return true;
	if (s->time_ms == c->first_ms)
		return compare_texts(s->event_id, c->first_event) < 0;
	return s->time_ms != WHEN_NONE && (c->first_ms == WHEN_NONE || s->time_ms < c->first_ms);
}

static void
fold_call(struct tally *t, const struct sighting *s)
{
	struct tally_call *c = call_for(t, s);

	if (c == NULL)
		return;
	if (is_earlier(c, s)) {
		free(c->first_event);
		free(c->resource);
		c->first_event = mem_strdup(s->event_id);
		c->resource = mem_strdup(s->resource);
	}
	widen(&c->first_ms, &c->last_ms, s->time_ms);
	if (s->denied)
		c->denied++;
	else if (s->failed)
		c->failed++;
	else
		c->succeeded++;
}

/* The policy that refused tells whether AWS quarantined the key: then it is known in public. */
static void
fold_policy(struct tally *t, const struct sighting *s)
{
	struct refusal refusal;

	refusal_mine(s->error_message, &refusal);
	count_text(&t->policies, refusal.policy, s->time_ms);
	refusal_clear(&refusal);
}

/* Who the canary's user is, where the owner did not say: its own events name it. */
static void
learn_user(struct incident *i, const struct sighting *s)
{
	if (i->user_name == NULL && s->kind == SIGHTING_KEY && s->actor != NULL &&
	    strstr(s->actor, ":iam::") != NULL && strstr(s->actor, ":user/") != NULL)
		i->user_name = mem_strdup(arn_short(s->actor));
}

/*
 * The SDKs add " m/…" with what each single request made use of (botocore's
 * useragent.py, "feature metadata"): one tool would look like many.
 */
static void
fold_agent(struct tally *t, const struct sighting *s)
{
	const char *at = s->user_agent == NULL ? NULL : strstr(s->user_agent, " m/");
	char *text;

	if (at == NULL) {
		count_text(&t->user_agents, s->user_agent, s->time_ms);
		return;
	}
	text = mem_printf("%.*s%s", (int)(at - s->user_agent), s->user_agent, at + 3 + strcspn(at + 3, " "));
	count_text(&t->user_agents, text, s->time_ms);
	free(text);
}

void
fold(struct incident *i, const struct sighting *s)
{
	struct tally *t = &i->tally;

	learn_user(i, s);
	t->sightings++;
	t->strangers += s->label == NULL || str_eq(s->label, "drill");
	t->denied += s->denied;
	t->failed += s->failed;
	t->succeeded += !s->failed;
	widen(&t->first_ms, &t->last_ms, s->time_ms);
	fold_call(t, s);
	fold_policy(t, s);
	count_text(&t->labels, s->label, s->time_ms);
	if (s->label != NULL && !str_eq(s->label, "drill"))
		return;
	count_text(&t->kinds, sighting_kind_name(s->kind), s->time_ms);
	count_text(&t->addresses, s->ip, s->time_ms);
	fold_agent(t, s);
	count_text(&t->regions, s->region, s->time_ms);
	count_text(&t->sessions, s->via, s->time_ms);
	count_text(&t->errors, s->error_code, s->time_ms);
	count_text(&t->resources, s->resource, s->time_ms);
}

static void
drop_text(struct tally_texts *t, const char *text)
{
	for (size_t i = 0; i < t->len; i++) {
		if (!str_eq(t->item[i].text, text) || --t->item[i].count > 0)
			continue;
		free(t->item[i].text);
		memmove(&t->item[i], &t->item[i + 1], (t->len - i - 1) * sizeof(*t->item));
		t->len--;
		return;
	}
}

static void
drop_call(struct tally *t, struct tally_call *c)
{
	if (--c->succeeded > 0)
		return;
	free(c->source);
	free(c->name);
	free(c->stage);
	free(c->also_stage);
	free(c->resource);
	free(c->label);
	free(c->first_event);
	memmove(c, c + 1, (size_t)(&t->call[t->calls] - (c + 1)) * sizeof(*c));
	t->calls--;
}

void
unfold_unlogged(struct incident *i, const struct sighting *s)
{
	struct tally *t = &i->tally;

	for (size_t k = 0; k < t->calls; k++) {
		if (compare_call(&t->call[k], s) != 0)
			continue;
		drop_call(t, &t->call[k]);
		break;
	}
	t->sightings--;
	t->strangers -= s->label == NULL;
	t->succeeded--;
	drop_text(&t->kinds, sighting_kind_name(s->kind));
	drop_text(&t->regions, s->region);
	drop_text(&t->resources, s->resource);
}

/* A drill's sightings are among themselves: a stranger who comes meanwhile has an incident of his own. */
static bool
same_drill(const struct incident *i, const struct sighting *s)
{
	const char *run = sighting_drill(s);

	return run == NULL ? !i->drill : i->drill && str_ends(i->id, run);
}

static bool
is_own(const char *label)
{
	return str_eq(label, "own");
}

/* What the owner did to a canary, minting it above all, is no part of what an intruder did. */
static bool
same_owner(const struct incident *i, const struct sighting *s)
{
	const struct tally *t = &i->tally;

	return t->sightings == 0 || (t->strangers == 0 && t->labels.len == 1 && is_own(t->labels.item[0].text)) ==
	    is_own(s->label);
}

size_t
incident_find(const struct incident *list, size_t n, const struct sighting *s, int64_t window_s)
{
	size_t best = SIZE_MAX;

	for (size_t i = 0; i < n; i++) {
		const struct tally *t = &list[i].tally;

		if (!str_eq(list[i].key_id, s->key_id) || !same_drill(&list[i], s) ||
		    !same_owner(&list[i], s))
			continue;
		if (s->time_ms != WHEN_NONE && t->first_ms != WHEN_NONE &&
		    (s->time_ms < t->first_ms - window_s * 1000 || s->time_ms > t->last_ms + window_s * 1000))
			continue;
		if (best == SIZE_MAX || t->first_ms < list[best].tally.first_ms)
			best = i;
	}
	return best;
}

static unsigned
hash16(const char *s)
{
	uint32_t h = 2166136261U;

	for (; *s != '\0'; s++)
		h = (h ^ (unsigned char)*s) * 16777619U;
	return (h >> 16 ^ h) & 0xFFFF;
}

char *
incident_drill_id(const char *run)
{
	return mem_printf("drill-%s", run);
}

void
incident_open(struct incident *i, const struct canary *canary, const struct sighting *first)
{
	const char *key = str_or(first->key_id, "");
	char day[WHEN_TEXT_MAX], tail[7] = "";
	size_t len = strlen(key);

	incident_init(i);
	(void)when_basic(first->time_ms == WHEN_NONE ? 0 : first->time_ms, day);
	for (size_t k = 0; k < 6 && k < len; k++)
		tail[k] = (char)tolower((unsigned char)key[len - (len < 6 ? len : 6) + k]);
	i->id = sighting_drill(first) != NULL ? incident_drill_id(sighting_drill(first)) :
	    mem_printf("%.8s-%s-%04x", day, tail, hash16(str_or(first->event_id, "")));
	i->key_id = mem_strdup(key);
	i->user_name = mem_strdup(canary != NULL ? canary->user_name : NULL);
	i->account = mem_strdup(canary != NULL ? canary->account : first->account);
	i->drill = sighting_drill(first) != NULL;
	i->opened_ms = first->seen_ms;
	i->changed_ms = first->seen_ms;
}
