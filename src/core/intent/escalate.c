#include "core/intent/escalate.h"

#include <string.h>

#include "base/mem.h"

static void
note(struct escalation *e, const char *what, const char *value)
{
	strlist_take(&e->changes, mem_printf("%s %.200s", what, value));
}

static void
new_words(struct escalation *e, const char *what, const struct strlist *before,
    const struct strlist *after)
{
	for (size_t i = 0; i < after->len; i++)
		if (!strlist_has(before, after->item[i]))
			note(e, what, after->item[i]);
}

static bool
texts_have(const struct tally_texts *t, const char *text)
{
	for (size_t i = 0; i < t->len; i++)
		if (str_eq(t->item[i].text, text))
			return true;
	return false;
}

/* A crowd of addresses is one fact; only the first few are told one by one. */
static void
new_texts(struct escalation *e, const char *what, const struct tally_texts *before,
    const struct tally_texts *after)
{
	size_t told = before->len;

	for (size_t i = 0; i < after->len && told < ESCALATE_NEW_TEXTS_MAX; i++) {
		if (texts_have(before, after->item[i].text))
			continue;
		note(e, what, after->item[i].text);
		told++;
	}
}

/* "aws-cli" of "[aws-cli/1.45.11 md/…": a new version or a new parameter is no new tool. */
static size_t
product(const char **agent)
{
	*agent += strspn(*agent, "[ ");
	return strcspn(*agent, "/ ");
}

static bool
same_product(const char *a, const char *b)
{
	size_t n = product(&a);

	return n == product(&b) && strncmp(a, b, n) == 0;
}

static bool
products_have(const struct tally_texts *t, const char *agent)
{
	for (size_t i = 0; i < t->len; i++)
		if (same_product(t->item[i].text, agent))
			return true;
	return false;
}

static void
new_tools(struct escalation *e, const struct tally_texts *before, const struct tally_texts *after)
{
	size_t told = before->len;

	for (size_t i = 0; i < after->len && told < ESCALATE_NEW_TEXTS_MAX; i++) {
		if (products_have(before, after->item[i].text))
			continue;
		note(e, "new tool", after->item[i].text);
		told++;
	}
}

static bool
stranger(const struct incident *i)
{
	return i->tally.strangers > 0;
}

/* AWS saw the key in public: nobody broke in, but the owner must know at once. */
static bool
leak(const struct incident *i)
{
	return strlist_has(&i->verdict.intents, "public-leak");
}

void
escalate(const struct incident *before, const struct incident *after, struct escalation *out)
{
	bool told = before != NULL && (stranger(before) || leak(before));

	*out = (struct escalation){ .kind = MESSAGE_ESCALATION };
	out->digest = before == NULL || after->tally.sightings > before->tally.sightings;
	if (!stranger(after) && !leak(after))
		return;
	if (!told) {
		out->now = true;
		out->kind = MESSAGE_FIRST;
		note(out, "first sighting:", str_or(after->verdict.intent, "unknown intent"));
		return;
	}
	new_words(out, "new intent", &before->verdict.intents, &after->verdict.intents);
	new_words(out, "new stage", &before->verdict.stages, &after->verdict.stages);
	if (after->verdict.severity > before->verdict.severity) {
		note(out, "severity is now", severity_name(after->verdict.severity));
		out->urgent = true;
	}
	if (!stranger(before) && stranger(after))
		note(out, "first use by a stranger:", str_or(after->verdict.intent, "unknown intent"));
	new_texts(out, "new address", &before->tally.addresses, &after->tally.addresses);
	new_tools(out, &before->tally.user_agents, &after->tally.user_agents);
	if (before->state == INCIDENT_CLOSED && after->state != INCIDENT_CLOSED) {
		note(out, "reopened:", "used again after it was closed");
		out->urgent = true;
	}
	out->now = out->changes.len > 0;
}

void
escalation_clear(struct escalation *e)
{
	strlist_clear(&e->changes);
}
