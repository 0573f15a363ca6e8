#include "core/intent/stage.h"

#include "base/when.h"

bool
call_counts(const struct tally_call *c)
{
	return c->label == NULL || str_eq(c->label, "drill");
}

static bool
is_ses(const struct rules *rules, const struct tally_call *c)
{
	char service[SERVICE_TEXT_MAX];

	rules_service(rules, c->source, service);
	return str_eq(service, "ses") && call_counts(c);
}

/* Another SES call within the rules' nearness of [first, last]. */
static bool
ses_is_near(const struct rules *rules, const struct tally *t, int64_t first_ms, int64_t last_ms)
{
	int64_t near_ms = rules->near_s * 1000;

	for (size_t i = 0; i < t->calls; i++) {
		const struct tally_call *c = &t->call[i];

		if (!is_ses(rules, c))
			continue;
		if (first_ms == WHEN_NONE || c->first_ms == WHEN_NONE)
			return true;
		if (c->first_ms <= last_ms + near_ms && c->last_ms >= first_ms - near_ms)
			return true;
	}
	return false;
}

/* What a call that does not say of which service it is counts as. */
static const char *
settled(const struct rules *rules, const struct tally *t, const char *stage, int64_t first_ms, int64_t last_ms)
{
	const struct stage_rule *r = stage == NULL ? NULL : rules_stage(rules, stage);

	if (r == NULL || r->near == NULL)
		return stage;
	return ses_is_near(rules, t, first_ms, last_ms) ? r->near : str_or(r->far, stage);
}

const char *
stage_of_call(const struct rules *rules, const struct tally *t, const struct tally_call *c)
{
	return settled(rules, t, c->stage, c->first_ms, c->last_ms);
}

const char *
stage_of_sighting(const struct rules *rules, const struct tally *t, const struct sighting *s)
{
	return settled(rules, t, s->stage, s->time_ms, s->time_ms);
}
