/* links: all (the shipped rules are embedded in the program) */
#include "unit.h"

#include <stdlib.h>

#include "base/mem.h"
#include "core/intent/classify.h"
#include "core/intent/rules.h"
#include "work/rules.h"

#define STAGES "stages = ( { code = \"V1\"; intents = [ \"key-check\" ]; about = \"x\"; } );\n"
#define INTENTS "intents = ( { name = \"key-check\"; severity = \"low\"; about = \"x\"; } );\n"
#define RANKING "ranking = [ \"key-check\" ];\n"
#define FOOTPRINT "footprint = { intent = \"key-check\"; categories = [ \"a\" ]; at_least = 1; operations = 1; near = \"1 h\"; };\n"
#define WHOLE STAGES INTENTS RANKING FOOTPRINT

static void
what_is_wrong_is_named(void **state)
{
	static const struct {
		const char *name, *text, *message;	/* NULL: nothing is wrong */
	} row[] = {
		{ "whole", WHOLE, NULL },
		{ "syntax", WHOLE "calls = (\n{ stage = ", "own.conf:" },
		{ "unknown list", WHOLE "call = ( );", "is no list of rules" },
		{ "row without a source", WHOLE "calls = ( { stage = \"V1\"; names = [ \"A\" ]; } );", "line 5: a row needs stage, source and names" },
		{ "row without names", WHOLE "calls = ( { stage = \"V1\"; source = \"a\"; } );", "a row needs stage, source and names" },
		{ "stage that is not there", WHOLE "calls = ( { stage = \"V9\"; source = \"a\"; names = [ \"A\" ]; } );", "stage \"V9\" is not in the list" },
		{ "verb with a stage that is not there", WHOLE "defaults = ( { stage = \"V9\"; names = [ \"A*\" ]; } );", "stage \"V9\" is not in the list" },
		{ "intent that is not there", "stages = ( { code = \"V1\"; intents = [ \"x\" ]; about = \"x\"; } );\n" INTENTS RANKING FOOTPRINT,
		    "there is no intent \"x\"" },
		{ "intent without a place", STAGES INTENTS FOOTPRINT, "\"key-check\" is not in the ranking" },
		{ "place without an intent", STAGES INTENTS FOOTPRINT "ranking = [ \"key-check\", \"fun?\" ];", "there is no intent \"fun?\"" },
		{ "no footprint", STAGES INTENTS RANKING, "no footprint" },
		{ "odd severity", STAGES RANKING FOOTPRINT "intents = ( { name = \"key-check\"; severity = \"huge\"; about = \"x\"; } );", "severity" },
		{ "odd asks", INTENTS RANKING FOOTPRINT "stages = ( { code = \"V1\"; asks = \"now\"; intents = [ \"key-check\" ]; about = \"x\"; } );",
		    "\"always\" or \"by verb\"" },
		{ "flow of an unknown tool", WHOLE "flows = ( { id = \"a\"; title = \"a\"; source = \"a\"; tool = \"t\"; steps = [ \"a:B\" ]; } );",
		    "there is no tool \"t\"" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		struct rules_file file = { "own.conf", row[i].text };
		struct error err = ERROR_INIT;
		struct rules *r = NULL;
		bool ok = rules_load(&r, &file, 1, &err);

		CHECK(row[i].name, ok == (row[i].message == NULL));
		if (!ok && strstr(err.text, row[i].message) == NULL)
			fail_msg("%s: \"%s\"", row[i].name, err.text);
		if (ok)
			rules_free(r);
	}
}

static const char *
stage_of(const struct rules *r, const char *call)
{
	struct event e = { .time_ms = 0 };
	struct sighting s;
	char *source = mem_strdup(call), *colon = strchr(source, ':');
	const char *stage;

	assert_non_null(colon);
	*colon = '\0';
	sighting_init(&s);
	s.source = mem_printf("%s.amazonaws.com", source);
	s.name = mem_strdup(colon + 1);
	classify(r, &e, &s);
	stage = s.stage == NULL ? NULL : rules_stage(r, s.stage)->code;
	sighting_clear(&s);
	free(source);
	return stage;
}

/* Every step of a published flow is a call the rules know, every flow tells what came next. */
static void
the_shipped_flows_fit_the_shipped_calls(void **state)
{
	struct rules *r;

	(void)state;
	assert_true(rules_builtin(&r, NULL));
	for (size_t i = 0; i < r->flows; i++) {
		CHECK(r->flow[i].id, r->flow[i].next.len > 0 && r->flow[i].steps.len > 1);
		for (size_t k = 0; k < r->flow[i].steps.len; k++)
			CHECK(r->flow[i].steps.item[k], stage_of(r, r->flow[i].steps.item[k]) != NULL);
	}
	for (size_t i = 0; i < r->findings; i++)
		for (size_t k = 0; k < r->finding[i].any.len; k++)
			if (strpbrk(r->finding[i].any.item[k], "*@") == NULL)
				CHECK(r->finding[i].any.item[k], stage_of(r, r->finding[i].any.item[k]) != NULL);
	rules_free(r);
}

static void
services_by_any_name(void **state)
{
	static const struct {
		const char *source, *service;
	} row[] = {
		{ "ses.amazonaws.com", "ses" }, { "email.amazonaws.com", "ses" }, { "email.eu-west-1.amazonaws.com", "ses" },
		{ "ses.amazonaws.com.cn", "ses" }, { "sesv2.amazonaws.com", "ses" }, { "mail-manager.amazonaws.com", "ses" },
		{ "bedrock-runtime.amazonaws.com", "bedrock" }, { "iam.amazonaws.com", "iam" }, { "iam", "iam" }, { "", "?" }, { NULL, "?" },
		{ "an-eventSource-longer-than-any-service-of-aws-has-ever-been-called.x", "an-eventSource-longer-than-any-service-of-aws-has-ever-been-cal" },
	};
	char out[SERVICE_TEXT_MAX];
	struct rules *r;

	(void)state;
	assert_true(rules_builtin(&r, NULL));
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		rules_service(r, row[i].source, out);
		CHECK_STR(row[i].source != NULL ? row[i].source : "(null)", out, row[i].service);
	}
	rules_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_wrong_is_named),
		cmocka_unit_test(the_shipped_flows_fit_the_shipped_calls),
		cmocka_unit_test(services_by_any_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
