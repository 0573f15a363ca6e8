#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/watch/tamper.h"

#define RECORD(name, params, more) "{\"eventID\":\"e1\",\"eventSource\":\"cloudtrail.amazonaws.com\"," \
	"\"eventName\":\"" name "\",\"sourceIPAddress\":\"198.51.100.7\",\"userIdentity\":{\"arn\":\"arn:x\"}," \
	"\"requestParameters\":" params more "}"

static void
acts_on_trails(void **state)
{
	static const struct {
		const char *name;
		const char *record;
		enum tamper want;
	} row[] = {
		{ "stop", RECORD("StopLogging", "{\"name\":\"main\"}", ""), TAMPER_STOPS },
		{ "delete", RECORD("DeleteTrail", "{\"name\":\"main\"}", ""), TAMPER_STOPS },
		{ "a failed stop", RECORD("StopLogging", "{\"name\":\"main\"}", ",\"errorCode\":\"AccessDenied\""), TAMPER_NONE },
		{ "one region only", RECORD("UpdateTrail", "{\"name\":\"m\",\"isMultiRegionTrail\":false}", ""), TAMPER_NARROWS },
		{ "another bucket", RECORD("UpdateTrail", "{\"name\":\"m\",\"s3BucketName\":\"mine\"}", ""), TAMPER_NARROWS },
		{ "no IAM any more", RECORD("UpdateTrail", "{\"name\":\"m\",\"includeGlobalServiceEvents\":false}", ""), TAMPER_NARROWS },
		{ "all regions again", RECORD("UpdateTrail", "{\"name\":\"m\",\"isMultiRegionTrail\":true}", ""), TAMPER_RESTORES },
		{ "no management events", RECORD("PutEventSelectors", "{\"trailName\":\"m\",\"eventSelectors\":"
		    "[{\"readWriteType\":\"All\",\"includeManagementEvents\":false}]}", ""), TAMPER_NARROWS },
		{ "writes only", RECORD("PutEventSelectors", "{\"trailName\":\"m\",\"eventSelectors\":"
		    "[{\"readWriteType\":\"WriteOnly\"}]}", ""), TAMPER_NARROWS },
		{ "without one source", RECORD("PutEventSelectors", "{\"trailName\":\"m\",\"eventSelectors\":"
		    "[{\"excludeManagementEventSources\":[\"kms.amazonaws.com\"]}]}", ""), TAMPER_NARROWS },
		{ "everything", RECORD("PutEventSelectors", "{\"trailName\":\"m\",\"eventSelectors\":"
		    "[{\"readWriteType\":\"All\",\"includeManagementEvents\":true}]}", ""), TAMPER_RESTORES },
		{ "everything, the new way", RECORD("PutEventSelectors", "{\"trailName\":\"m\",\"advancedEventSelectors\":"
		    "[{\"fieldSelectors\":[{\"field\":\"eventCategory\",\"equals\":[\"Management\"]}]}]}", ""), TAMPER_RESTORES },
		{ "reads left out, the new way", RECORD("PutEventSelectors", "{\"trailName\":\"m\",\"advancedEventSelectors\":"
		    "[{\"fieldSelectors\":[{\"field\":\"eventCategory\",\"equals\":[\"Management\"]},"
		    "{\"field\":\"readOnly\",\"equals\":[\"false\"]}]}]}", ""), TAMPER_NARROWS },
		{ "nothing at all", RECORD("PutEventSelectors", "null", ""), TAMPER_NARROWS },
		{ "started", RECORD("StartLogging", "{\"name\":\"main\"}", ""), TAMPER_RESTORES },
		{ "a question", RECORD("DescribeTrails", "{}", ""), TAMPER_NONE },
		{ "the name in another service", "{\"eventSource\":\"x.amazonaws.com\",\"eventName\":\"StopLogging\"}", TAMPER_NONE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		struct event e;

		CHECK(row[i].name, event_parse(&e, row[i].record, strlen(row[i].record), NULL));
		CHECK(row[i].name, tamper_of(&e) == row[i].want);
		event_clear(&e);
	}
}

static void
who_did_it_to_which(void **state)
{
	static const char record[] = RECORD("StopLogging", "{\"name\":\"arn:aws:cloudtrail:us-east-1:1:trail/main\"}", "");
	struct event e;
	char *text;

	(void)state;
	assert_true(event_parse(&e, record, strlen(record), NULL));
	text = tamper_text(&e);
	assert_string_equal(text, "StopLogging of trail main by arn:x from 198.51.100.7 (event e1)");
	free(text);
	event_clear(&e);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(acts_on_trails), cmocka_unit_test(who_did_it_to_which) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
