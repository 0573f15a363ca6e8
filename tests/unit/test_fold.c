/* core/intent/fold.h: what belongs together in an incident, and what stands apart. */
#include "unit.h"

#include <stdlib.h>

#include "base/mem.h"
#include "core/intent/fold.h"
#include "core/model/drill.h"

static void
a_drill_and_a_stranger_have_incidents_of_their_own(void **state)
{
	struct incident i[2];
	struct sighting drill, stranger, other;

	(void)state;
	sighting_init(&drill);
	drill.key_id = strdup("AKIAYT723HMDSAE2OSWV");
	drill.time_ms = 1000;
	sighting_copy(&stranger, &drill);
	sighting_copy(&other, &drill);
	drill_label(&drill, "0123456789abcdef");
	drill_label(&other, "fedcba9876543210");
	incident_open(&i[0], NULL, &drill);
	fold(&i[0], &drill);
	incident_open(&i[1], NULL, &stranger);
	fold(&i[1], &stranger);
	assert_true(i[0].drill && !i[1].drill);
	assert_int_equal(incident_find(i, 2, &drill, 3600), 0);
	assert_int_equal(incident_find(i, 2, &stranger, 3600), 1);
	assert_int_equal(incident_find(i, 2, &other, 3600), SIZE_MAX);
	incident_clear(&i[0]);
	incident_clear(&i[1]);
	sighting_clear(&drill);
	sighting_clear(&stranger);
	sighting_clear(&other);
}

static void
the_owners_acts_stand_apart(void **state)
{
	struct incident i;
	struct sighting own, stranger;

	(void)state;
	sighting_init(&own);
	own.key_id = strdup("AKIAYT723HMDSAE2OSWV");
	own.time_ms = 1000;
	sighting_copy(&stranger, &own);
	own.label = strdup("own");
	incident_open(&i, NULL, &own);
	fold(&i, &own);
	assert_int_equal(incident_find(&i, 1, &own, 3600), 0);
	assert_int_equal(incident_find(&i, 1, &stranger, 3600), SIZE_MAX);
	incident_clear(&i);
	incident_open(&i, NULL, &stranger);
	fold(&i, &stranger);
	assert_int_equal(incident_find(&i, 1, &stranger, 3600), 0);
	assert_int_equal(incident_find(&i, 1, &own, 3600), SIZE_MAX);
	incident_clear(&i);
	sighting_clear(&own);
	sighting_clear(&stranger);
}

static void
one_tool_is_one_text(void **state)
{
	static const char *const agents[] = { "aws-cli/1.45 md/Botocore#1.43 m/C,N,Z cfg/x", "aws-cli/1.45 md/Botocore#1.43 m/D,b cfg/x",
		"aws-cli/1.45 md/Botocore#1.43 cfg/x" };
	struct incident i;
	struct sighting s;

	(void)state;
	sighting_init(&s);
	s.key_id = strdup("AKIAYT723HMDSAE2OSWV");
	incident_open(&i, NULL, &s);
	for (size_t n = 0; n < ARRAY_LEN(agents); n++) {
		free(s.user_agent);
		s.user_agent = strdup(agents[n]);
		fold(&i, &s);
	}
	assert_int_equal(i.tally.user_agents.len, 1);
	assert_string_equal(i.tally.user_agents.item[0].text, agents[2]);
	assert_int_equal(i.tally.user_agents.item[0].count, 3);
	incident_clear(&i);
	sighting_clear(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_drill_and_a_stranger_have_incidents_of_their_own),
		cmocka_unit_test(the_owners_acts_stand_apart),
		cmocka_unit_test(one_tool_is_one_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
