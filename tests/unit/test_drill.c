/* core/model/drill.h: runs in user agents, labels, percentiles. */
#include "unit.h"

#include "base/mem.h"
#include "base/when.h"
#include "core/model/drill.h"

static void
runs_are_found_in_user_agents(void **state)
{
	static const struct {
		const char *agent;
		const char *want;	/* NULL: none */
	} row[] = {
		{ "keycanary/1.0 keycanary-drill/0123456789abcdef", "0123456789abcdef" },
		{ "keycanary-drill/0123456789abcdef md/x", "0123456789abcdef" },
		{ "keycanary-drill/0123456789abcde", NULL },	/* too short */
		{ "keycanary-drill/0123456789abcdef0", NULL },	/* too long */
		{ "keycanary-drill/0123456789ABCDEF", NULL },
		{ "Boto3/1.35", NULL },
		{ "", NULL },
		{ NULL, NULL },
	};
	char run[DRILL_RUN_LEN + 1], text[DRILL_AGENT_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		bool found = drill_run_of(row[i].agent, run);

		assert_int_equal(found, row[i].want != NULL);
		if (found)
			assert_string_equal(run, row[i].want);
	}
	assert_true(drill_run_of(drill_agent("00112233445566ff", text), run));
	assert_string_equal(run, "00112233445566ff");
}

static void
a_label_names_its_run(void **state)
{
	struct sighting s;

	(void)state;
	sighting_init(&s);
	assert_null(sighting_drill(&s));
	s.label = strdup("drill");	/* a label without a run is no drill of ours */
	assert_null(sighting_drill(&s));
	drill_label(&s, "0123456789abcdef");
	assert_string_equal(sighting_drill(&s), "0123456789abcdef");
	sighting_clear(&s);
}

static void
percentiles_by_nearest_rank(void **state)
{
	int64_t values[20], one[] = { 7 };

	(void)state;
	for (int i = 0; i < 20; i++)
		values[i] = 20 - i;
	assert_int_equal(percentile(values, 20, 50), 10);
	assert_int_equal(percentile(values, 20, 95), 19);
	assert_int_equal(percentile(values, 20, 100), 20);
	assert_int_equal(percentile(one, 1, 50), 7);
	assert_int_equal(percentile(one, 1, 95), 7);
	assert_true(percentile(one, 0, 50) == WHEN_NONE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs_are_found_in_user_agents),
		cmocka_unit_test(a_label_names_its_run),
		cmocka_unit_test(percentiles_by_nearest_rank),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
