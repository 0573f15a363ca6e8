#include "unit.h"

#include <stdlib.h>

#include "base/mem.h"
#include "core/intent/escalate.h"

enum { WORDS = 4 };

/* An incident in a few words; NULL ends a list. */
struct shape {
	const char *intents[WORDS];
	const char *stages[WORDS];
	enum severity severity;
	int64_t sightings, strangers;
	const char *addresses[WORDS];
	const char *tools[WORDS];
	enum incident_state state;
};

static void
add_texts(struct tally_texts *t, const char *const *words)
{
	for (size_t i = 0; i < WORDS && words[i] != NULL; i++) {
		t->item = mem_resize(t->item, t->len + 1, sizeof(*t->item));
		t->item[t->len++] = (struct tally_text){ .text = mem_strdup(words[i]), .count = 1 };
	}
}

static void
build(struct incident *i, const struct shape *s)
{
	incident_init(i);
	for (size_t n = 0; n < WORDS && s->intents[n] != NULL; n++)
		strlist_add(&i->verdict.intents, s->intents[n]);
	for (size_t n = 0; n < WORDS && s->stages[n] != NULL; n++)
		strlist_add(&i->verdict.stages, s->stages[n]);
	i->verdict.intent = mem_strdup(s->intents[0]);
	i->verdict.severity = s->severity;
	i->tally.sightings = s->sightings;
	i->tally.strangers = s->strangers;
	i->state = s->state;
	add_texts(&i->tally.addresses, s->addresses);
	add_texts(&i->tally.user_agents, s->tools);
}

#define PROBE { .intents = { "ses-probe" }, .stages = { "S1" }, .severity = SEVERITY_MEDIUM, .sightings = 2, \
	.strangers = 2, .addresses = { "192.0.2.1" }, .tools = { "boto3" } }

static void
only_what_changes_is_told(void **state)
{
	static const struct {
		const char *name;
		bool new;
		struct shape before, after;
		bool now, urgent, digest;
		enum message_kind kind;
		const char *change;	/* the first one; NULL none */
	} row[] = {
		{ "first sighting", true, { .sightings = 0 }, PROBE, true, false, true, MESSAGE_FIRST, "first sighting: ses-probe" },
		{ "only the owner's scanner", true, { .sightings = 0 }, { .intents = { "none" }, .sightings = 5 }, false, false, true, 0, NULL },
		{ "a leak AWS found", true, { .sightings = 0 }, { .intents = { "public-leak" }, .sightings = 1 }, true, false, true,
		  MESSAGE_FIRST, "first sighting: public-leak" },
		{ "a stranger after the scanner", false, { .intents = { "none" }, .sightings = 5 }, PROBE, true, false, false,
		  MESSAGE_FIRST, "first sighting: ses-probe" },
		{ "the same again", false, PROBE, { .intents = { "ses-probe" }, .stages = { "S1" }, .severity = SEVERITY_MEDIUM,
		  .sightings = 900, .strangers = 900, .addresses = { "192.0.2.1" }, .tools = { "boto3" } }, false, false, true, 0, NULL },
		{ "nothing at all", false, PROBE, PROBE, false, false, false, 0, NULL },
		{ "new stage", false, PROBE, { .intents = { "ses-probe" }, .stages = { "S1", "S2" }, .severity = SEVERITY_MEDIUM,
		  .sightings = 3, .strangers = 3, .addresses = { "192.0.2.1" }, .tools = { "boto3" } }, true, false, true,
		  MESSAGE_ESCALATION, "new stage S2" },
		{ "new intent and worse", false, PROBE, { .intents = { "ses-takeover", "ses-probe" }, .stages = { "S1" },
		  .severity = SEVERITY_CRITICAL, .sightings = 3, .strangers = 3, .addresses = { "192.0.2.1" }, .tools = { "boto3" } },
		  true, true, true, MESSAGE_ESCALATION, "new intent ses-takeover" },
		{ "public leak", false, PROBE, { .intents = { "ses-probe", "public-leak" }, .stages = { "S1" },
		  .severity = SEVERITY_MEDIUM, .sightings = 3, .strangers = 2, .addresses = { "192.0.2.1" }, .tools = { "boto3" } },
		  true, false, true, MESSAGE_ESCALATION, "new intent public-leak" },
		{ "new address", false, PROBE, { .intents = { "ses-probe" }, .stages = { "S1" }, .severity = SEVERITY_MEDIUM,
		  .sightings = 3, .strangers = 3, .addresses = { "192.0.2.1", "198.51.100.9" }, .tools = { "boto3" } },
		  true, false, true, MESSAGE_ESCALATION, "new address 198.51.100.9" },
		{ "new tool", false, PROBE, { .intents = { "ses-probe" }, .stages = { "S1" }, .severity = SEVERITY_MEDIUM,
		  .sightings = 3, .strangers = 3, .addresses = { "192.0.2.1" }, .tools = { "boto3", "S3 Browser" } },
		  true, false, true, MESSAGE_ESCALATION, "new tool S3 Browser" },
		{ "another version of a tool", false, PROBE, { .intents = { "ses-probe" }, .stages = { "S1" },
		  .severity = SEVERITY_MEDIUM, .sightings = 3, .strangers = 3, .addresses = { "192.0.2.1" },
		  .tools = { "boto3", "[boto3/1.35 md/x]" } }, false, false, true, 0, NULL },
		{ "used again after it was closed", false, { .intents = { "ses-probe" }, .stages = { "S1" },
		  .severity = SEVERITY_MEDIUM, .sightings = 2, .strangers = 2, .addresses = { "192.0.2.1" }, .tools = { "boto3" },
		  .state = INCIDENT_CLOSED }, { .intents = { "ses-probe" }, .stages = { "S1" }, .severity = SEVERITY_MEDIUM,
		  .sightings = 3, .strangers = 3, .addresses = { "192.0.2.1" }, .tools = { "boto3" } }, true, true, true,
		  MESSAGE_ESCALATION, "reopened: used again after it was closed" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		struct incident before, after;
		struct escalation e;

		build(&before, &row[i].before);
		build(&after, &row[i].after);
		escalate(row[i].new ? NULL : &before, &after, &e);
		CHECK(row[i].name, e.now == row[i].now);
		CHECK(row[i].name, e.urgent == row[i].urgent);
		CHECK(row[i].name, e.digest == row[i].digest || e.kind == MESSAGE_FIRST);
		CHECK(row[i].name, !e.now || e.kind == row[i].kind);
		CHECK_STR(row[i].name, e.changes.len > 0 ? e.changes.item[0] : NULL, row[i].change);
		escalation_clear(&e);
		incident_clear(&before);
		incident_clear(&after);
	}
}

/* A thousand addresses are one fact: the first few are told one by one, then silence. */
static void
a_crowd_is_told_once(void **state)
{
	static const struct shape probe = PROBE;
	struct incident before, after;
	size_t told = 0;

	(void)state;
	build(&before, &probe);
	for (int n = 0; n < TALLY_TEXTS_MAX - 1; n++) {
		struct escalation e;
		char *ip = mem_printf("203.0.113.%d", n);
		const char *words[WORDS] = { ip };

		incident_copy(&after, &before);
		add_texts(&after.tally.addresses, words);
		after.tally.sightings++;
		escalate(&before, &after, &e);
		told += e.now;
		escalation_clear(&e);
		incident_clear(&before);
		before = after;
		free(ip);
	}
	incident_clear(&before);
	assert_int_equal(told, ESCALATE_NEW_TEXTS_MAX - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_changes_is_told),
		cmocka_unit_test(a_crowd_is_told_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
