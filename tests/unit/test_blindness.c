#include "unit.h"

#include "base/mem.h"
#include "base/when.h"
#include "core/watch/blindness.h"

#define NOW INT64_C(1722375075000)
#define MIN INT64_C(60000)

enum { GAPS = 3 };

static struct gap
hole(const char *account, const char *region, const char *source, const char *cause, int64_t minutes, int64_t noticed)
{
	return (struct gap){ .account = (char *)account, .region = (char *)region, .source = (char *)source,
		.cause = (char *)cause, .from_ms = NOW - minutes * MIN, .noticed_ms = NOW - noticed * MIN,
		.to_ms = WHEN_NONE, .filled_ms = WHEN_NONE };
}

static void
what_is_worth_telling(void **state)
{
	const struct coverage watched[] = {
		{ .account = (char *)"prod", .region = (char *)"us-east-1", .source = (char *)"lookup" },
		{ .account = (char *)"prod", .region = (char *)"eu-west-1", .source = (char *)"lookup" },
		{ .account = (char *)"prod", .region = (char *)"af-south-1", .source = (char *)"lookup", .closed = true },
		{ .account = (char *)"prod", .region = (char *)"global", .source = (char *)"last-used" },
	};
	const struct {
		const char *name;
		struct gap gap[GAPS];
		size_t gaps, troubles;
		const char *cause;
		size_t regions;
		bool worth;
	} row[] = {
		{ "short", { hole("prod", "us-east-1", "lookup", "denied", 5, 5) }, 1, 1, "denied", 1, false },
		{ "long", { hole("prod", "us-east-1", "lookup", "denied", 16, 5) }, 1, 1, "denied", 1, true },
		{ "two regions, one trouble", { hole("prod", "us-east-1", "lookup", "throttled", 16, 16),
		  hole("prod", "eu-west-1", "lookup", "throttled", 2, 2) }, 2, 1, "throttled", 2, true },
		{ "two causes, two troubles", { hole("prod", "us-east-1", "lookup", "denied", 16, 16),
		  hole("prod", "eu-west-1", "lookup", "throttled", 2, 2) }, 2, 2, "denied", 1, true },
		{ "two accounts, two troubles", { hole("prod", "us-east-1", "lookup", "denied", 16, 16),
		  hole("test", "us-east-1", "lookup", "denied", 16, 16) }, 2, 2, "denied", 1, true },
		{ "credentials of the whole account", { hole("prod", "us-east-1", "lookup", "credentials", 0, 0),
		  hole("prod", "eu-west-1", "lookup", "credentials", 0, 0) }, 2, 1, "credentials", 2, true },
		{ "credentials in one region: not opted in, perhaps", { hole("prod", "us-east-1", "lookup", "credentials", 0, 0) },
		  1, 1, "credentials", 1, false },
		{ "safety net", { hole("prod", "global", "last-used", "denied", 16, 16) }, 1, 1, BLIND_SAFETY_NET, 1, true },
		{ "the watch stopped for a day, it is back for a minute", { hole("prod", "us-east-1", "lookup", "stopped", 1440, 1) },
		  1, 1, "stopped", 1, false },
		{ "and catches up slowly", { hole("prod", "us-east-1", "lookup", "stopped", 1440, 16) }, 1, 1, "stopped", 1, true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		struct trouble_list l;

		troubles(row[i].gap, row[i].gaps, watched, ARRAY_LEN(watched), 900, NOW, &l);
		CHECK(row[i].name, l.len == row[i].troubles);
		CHECK_STR(row[i].name, l.item[0].cause, row[i].cause);
		CHECK(row[i].name, l.item[0].regions.len == row[i].regions);
		CHECK(row[i].name, l.item[0].worth_telling == row[i].worth);
		CHECK(row[i].name, trouble_advice(l.item[0].cause)[0] != '\0');
		trouble_list_clear(&l);
	}
}

static void
a_hole_that_ended_is_no_trouble(void **state)
{
	struct gap g = hole("prod", "us-east-1", "lookup", "denied", 60, 60);
	struct trouble_list l;

	(void)state;
	g.to_ms = NOW - MIN;
	troubles(&g, 1, NULL, 0, 900, NOW, &l);
	assert_int_equal(l.len, 0);
	trouble_list_clear(&l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_worth_telling),
		cmocka_unit_test(a_hole_that_ended_is_no_trouble),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
