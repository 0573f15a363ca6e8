#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "core/persona/persona.h"
#include "unit.h"

static void
names_are_what_iam_takes_and_tell_nothing(void **state)
{
	static const struct {
		const char *name;
		bool want;
	} row[] = {
		{ "ci-deploy", true }, { "a", true }, { "anna.fischer@shop+1,=x_y", true }, { "", false },
		{ "with space", false }, { "slash/y", false }, { "\xc3\xa4", false }, { "aws-canary-1", false },
		{ "HoneyPot", false }, { "canarytokens.com@@x", false }, { "shop-bootstrap", true },
		{ "0f8fad5b-d9cb-469f-a165-70867728950e", false }, { "x0F8FAD5B-d9cb-469f-a165-70867728950ey", false },
		{ "1234567890123456789012345678901234567890123456789012345678901234", true },
		{ "12345678901234567890123456789012345678901234567890123456789012345", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++)
		CHECK(row[i].name, persona_check_name(row[i].name, NULL) == row[i].want);
}

static void
paths_are_what_iam_takes(void **state)
{
	static const struct {
		const char *name;
		bool want;
	} row[] = {
		{ "/", true }, { "/ci/", true }, { "/a/b/", true }, { "ci/", false }, { "/ci", false }, { "", false },
		{ "/c i/", false }, { "/SpaceCrab/", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++)
		CHECK(row[i].name, persona_check_path(row[i].name, NULL) == row[i].want);
}

static const char style[] = "about = \"x\"; names = (\"{app}-{env}\"); paths = (\"/\"); "
    "words = { app = (\"shop\", \"Shop\", \"crm\"); env = (\"prod\", \"dev\"); };";

static void
the_same_dice_give_the_same_names(void **state)
{
	struct persona *p = persona_parse(style, "x.conf", NULL);
	char *first[2] = { NULL, NULL };

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct map taken = MAP_INIT;
		uint64_t dice = 42;
		char *path;

		assert_true(persona_make(p, &dice, &taken, &first[i], &path, NULL));
		free(path);
		map_clear(&taken, NULL);
	}
	assert_string_equal(first[0], first[1]);
	free(first[0]);
	free(first[1]);
	persona_free(p);
}

/* IAM compares names without case: shop-prod and Shop-prod are one. */
static void
a_style_runs_out_of_names_with_a_word_to_the_user(void **state)
{
	struct persona *p = persona_parse(style, "x.conf", NULL);
	struct map taken = MAP_INIT;
	struct error err = ERROR_INIT;
	uint64_t dice = 7;
	char *name, *path;
	int made = 0;

	(void)state;
	while (persona_make(p, &dice, &taken, &name, &path, &err)) {
		made++;
		free(name);
		free(path);
	}
	assert_int_equal(made, 4);
	assert_int_equal(err.kind, ERROR_FULL);
	map_clear(&taken, NULL);
	persona_free(p);
}

static void
a_wrong_style_is_named(void **state)
{
	static const struct {
		const char *name;
		const char *text;
		const char *want;
	} row[] = {
		{ "syntax", "names = (", "x.conf:1" },
		{ "no names", "paths = (\"/\");", "names" },
		{ "unknown field", "names = (\"{who}\"); paths = (\"/\");", "{who}" },
		{ "open brace", "names = (\"{who\"); paths = (\"/\");", "without" },
		{ "bad path", "names = (\"a{n}\"); paths = (\"ci\");", "\"ci\"" },
		{ "empty list", "names = (\"{a}\"); paths = (\"/\"); words = { a = (); };", "empty" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		struct error err = ERROR_INIT;

		CHECK(row[i].name, persona_parse(row[i].text, "x.conf", &err) == NULL);
		CHECK(row[i].name, strstr(err.text, row[i].want) != NULL);
	}
}

static void
own_patterns_are_checked(void **state)
{
	struct persona *p = persona_parse(style, "x.conf", NULL);
	struct map taken = MAP_INIT;
	uint64_t dice = 7;
	char *name, *path;

	(void)state;
	assert_false(persona_set_pattern(p, "svc-{word}", NULL));
	assert_true(persona_set_pattern(p, "svc-{app}-{nn}", NULL));
	assert_true(persona_set_path(p, "/ops/", NULL));
	assert_true(persona_make(p, &dice, &taken, &name, &path, NULL));
	assert_int_equal(strncmp(name, "svc-", 4), 0);
	assert_string_equal(path, "/ops/");
	free(name);
	free(path);
	assert_true(persona_set_pattern(p, "honeypot-{n}", NULL));
	assert_false(persona_make(p, &dice, &taken, &name, &path, NULL));
	map_clear(&taken, NULL);
	persona_free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_what_iam_takes_and_tell_nothing),
		cmocka_unit_test(paths_are_what_iam_takes),
		cmocka_unit_test(the_same_dice_give_the_same_names),
		cmocka_unit_test(a_style_runs_out_of_names_with_a_word_to_the_user),
		cmocka_unit_test(a_wrong_style_is_named),
		cmocka_unit_test(own_patterns_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
