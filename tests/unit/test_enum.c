/* base/enum.h: each name leads to its value and back, in every list that is stored. */
#include "unit.h"

#include "core/model/canary.h"
#include "core/model/drill.h"
#include "core/model/incident.h"
#include "core/model/message.h"
#include "core/model/placement.h"
#include "core/model/sighting.h"
#include "core/model/verdict.h"

#define ROUND_TRIP(prefix, type, LIST) \
	static void prefix##_goes_round(void **state) \
	{ \
		static const struct { enum type value; const char *name; } row[] = { LIST(PAIR) }; \
		enum type got = row[0].value; \
		(void)state; \
		for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) { \
			assert_string_equal(prefix##_name(row[i].value), row[i].name); \
			assert_true(prefix##_parse(row[i].name, &got)); \
			assert_int_equal(got, row[i].value); \
		} \
		assert_false(prefix##_parse("no such name", &got)); \
		assert_false(prefix##_parse("", &got)); \
		assert_false(prefix##_parse(NULL, &got)); \
	}
#define PAIR(id, text) { id, text },

#define ALL(X) \
	X(canary_state, canary_state, CANARY_STATES) X(canary_level, canary_level, CANARY_LEVELS) \
	X(drill_state, drill_state, DRILL_STATES) X(incident_state, incident_state, INCIDENT_STATES) \
	X(incident_class, incident_class, INCIDENT_CLASSES) X(message_kind, message_kind, MESSAGE_KINDS) \
	X(placement_state, placement_state, PLACEMENT_STATES) X(sighting_kind, sighting_kind, SIGHTING_KINDS) \
	X(severity, severity, SEVERITIES) X(confidence, confidence, CONFIDENCES)

ALL(ROUND_TRIP)

#define TEST(prefix, type, LIST) cmocka_unit_test(prefix##_goes_round),

int
main(void)
{
	const struct CMUnitTest tests[] = { ALL(TEST) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
