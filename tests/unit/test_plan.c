#include "unit.h"

#include "base/mem.h"
#include "base/when.h"
#include "core/watch/plan.h"

#define NOW INT64_C(1800000000000)
#define MIN INT64_C(60000)
#define HOUR (60 * MIN)
#define DAY (24 * HOUR)

static struct settings
initial(void)
{
	struct error err = ERROR_INIT;
	struct settings s;

	if (!settings_parse(&s, NULL, NULL, &err))
		fail_msg("%s", err.text);
	return s;
}

static void
the_cheaper_plan(void **state)
{
	static const struct {
		const char *name;
		const char *wished;
		enum plan_kind current;
		size_t lookups;
		double events, own;
		enum plan_kind want;
		bool too_much;
	} row[] = {
		{ "idle, many canaries", NULL, PLAN_SWEEP, 10000, 0, 0, PLAN_SWEEP, false },
		{ "idle, many canaries, came from the other", NULL, PLAN_PER_CANARY, 10000, 0, 0, PLAN_SWEEP, false },
		{ "idle, one canary: stays", NULL, PLAN_SWEEP, 1, 0, 0, PLAN_SWEEP, false },
		{ "busy, one canary", NULL, PLAN_SWEEP, 1, 100000, 0, PLAN_PER_CANARY, false },
		{ "busy, few canaries: not yet cheaper enough", NULL, PLAN_SWEEP, 3, 600, 0, PLAN_SWEEP, false },
		{ "same from the other side stays too", NULL, PLAN_PER_CANARY, 3, 600, 0, PLAN_PER_CANARY, false },
		{ "busy and many: neither fits", NULL, PLAN_SWEEP, 1000, 100000, 0, PLAN_SWEEP, true },
		{ "wished against cost", "per-canary", PLAN_SWEEP, 10000, 0, 0, PLAN_PER_CANARY, true },
		{ "wished sweep", "sweep", PLAN_PER_CANARY, 1, 100000, 0, PLAN_SWEEP, true },
		{ "no canaries: nothing to ask by name", NULL, PLAN_SWEEP, 0, 100000, 0, PLAN_PER_CANARY, false },
		{ "our own calls alone do not drive us out", NULL, PLAN_SWEEP, 2, 720, 720, PLAN_SWEEP, false },
	};
	struct settings s = initial();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		struct plan_facts facts = { .settings = &s, .wished = row[i].wished,
			.current = row[i].current, .lookups = row[i].lookups,
			.events_per_hour = row[i].events, .own_per_hour = row[i].own };
		struct plan_choice choice;

		plan_choose(&facts, &choice);
		if (choice.plan != row[i].want || choice.too_much != row[i].too_much)
			fail_msg("%s: %s%s, sweep %g, per canary %g", row[i].name, plan_name(choice.plan),
			    choice.too_much ? " (too much)" : "", choice.sweep_calls, choice.canary_calls);
	}
	settings_free(&s);
}

/* Whatever the pace: reading our own calls never takes a second page by itself. */
static void
own_calls_stay_bounded(void **state)
{
	struct settings s = initial();
	double own = 0;

	(void)state;
	for (int round = 0; round < 100; round++) {
		struct plan_facts facts = { .settings = &s, .wished = "sweep", .current = PLAN_SWEEP,
			.lookups = 10, .events_per_hour = own, .own_per_hour = own };
		struct plan_choice choice;

		plan_choose(&facts, &choice);
		assert_true(choice.hot_window_s >= PLAN_HOT_LEAST_S && choice.hot_window_s <= s.hot_window_s);
		if (round > 0)
			assert_true(choice.sweep_calls <= 1);
		own = choice.sweep_calls * 3600.0 / (double)s.hot_every_s;
	}
	settings_free(&s);
}

static void
windows_by_state(void **state)
{
	static const struct {
		const char *name;
		int64_t until, good, warm, deep, since;
		double events;
		const char *want;
	} row[] = {
		{ "never seen", WHEN_NONE, WHEN_NONE, WHEN_NONE, WHEN_NONE, WHEN_NONE, 0, "hot warm" },
		{ "just begun", NOW - MIN, NOW - MIN, NOW - MIN, WHEN_NONE, NOW - HOUR, 0, "hot first" },
		{ "all read", NOW - 1000, NOW - 1000, NOW - 1000, NOW - 1000, NOW - 91 * DAY, 0, "" },
		{ "hot is due", NOW - 8000, NOW - 8000, NOW - 8000, NOW - 8000, NOW - 91 * DAY, 0, "hot" },
		{ "warm is due", NOW - 1000, NOW - 1000, NOW - HOUR, NOW - 1000, NOW - 91 * DAY, 0, "warm" },
		{ "deep is due", NOW - 1000, NOW - 1000, NOW - 1000, NOW - 2 * DAY, NOW - 91 * DAY, 0, "deep" },
		{ "first is over, deep comes", NOW - 1000, NOW - 1000, NOW - 1000, WHEN_NONE, NOW - 91 * DAY, 0,
		    "deep" },
		{ "away for five hours", NOW - 5 * HOUR, NOW - 5 * HOUR, NOW - 5 * HOUR, NOW - 5 * HOUR,
		    NOW - 91 * DAY, 0, "hot catch-up warm" },
		{ "our clock was set back", NOW + HOUR, NOW + HOUR, NOW + HOUR, NOW + HOUR, NOW - 91 * DAY, 0,
		    "hot warm deep" },
	};
	struct settings s = initial();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		struct coverage c = { .until_ms = row[i].until, .good_ms = row[i].good, .warm_ms = row[i].warm,
			.deep_ms = row[i].deep, .since_ms = row[i].since };
		struct plan_choice choice = { .plan = PLAN_SWEEP, .hot_window_s = s.hot_window_s };
		struct window w[PLAN_WINDOWS_MAX];
		size_t n = plan_windows(&s, &c, &choice, row[i].events, NOW, w);
		char got[128] = "";

		for (size_t k = 0; k < n; k++) {
			CHECK(row[i].name, w[k].from_ms < w[k].to_ms && w[k].to_ms <= NOW + HOUR);
			(void)strcat(strcat(got, k > 0 ? " " : ""), tier_name(w[k].tier));
		}
		CHECK_STR(row[i].name, got, row[i].want);
	}
	settings_free(&s);
}

/* Reads all windows, one after the other; returns how many rounds until nothing is left. */
static int
work_off(const struct settings *s, struct coverage *c, double events_per_hour, int64_t *now)
{
	struct plan_choice choice = { .plan = PLAN_SWEEP, .hot_window_s = 200 };
	int round = 0;

	for (; round < 1000; round++) {
		struct window w[PLAN_WINDOWS_MAX];
		size_t n = plan_windows(s, c, &choice, events_per_hour, *now, w);
		int64_t until = c->until_ms;

		if (n == 0)
			break;
		for (size_t i = 0; i < n; i++) {
			*now += 1000;
			plan_done(c, &w[i], *now);
			/* Never back, never past what was asked for. */
			assert_true(until == WHEN_NONE || c->until_ms >= until);
			assert_true(c->until_ms <= *now);
		}
	}
	return round;
}

static void
catching_up_ends(void **state)
{
	struct settings s = initial();
	struct coverage c = { .until_ms = NOW - 10 * DAY, .since_ms = NOW - 100 * DAY,
		.good_ms = NOW - 10 * DAY, .warm_ms = NOW - 10 * DAY, .deep_ms = NOW - 10 * DAY };
	int64_t now = NOW;
	int rounds = work_off(&s, &c, 5000, &now);

	(void)state;
	/* 10 days at 5000 an hour, 5000 a part: about 240 parts, and then it is over. */
	assert_in_range(rounds, 200, 300);
	assert_true(now - c.until_ms < 10 * 1000);
	settings_free(&s);
}

static void
first_reading_goes_back_90_days(void **state)
{
	struct settings s = initial();
	struct coverage c;
	int64_t now = NOW;

	(void)state;
	coverage_init(&c);
	assert_true(work_off(&s, &c, 1000, &now) < 1000);
	assert_true(c.since_ms <= NOW - 89 * DAY);
	assert_true(now - c.until_ms < 10 * 1000);
	coverage_clear(&c);
	settings_free(&s);
}

static void
a_hole_stops_the_mark(void **state)
{
	struct coverage c = { .until_ms = NOW - HOUR, .since_ms = NOW - DAY, .good_ms = NOW - HOUR,
		.warm_ms = WHEN_NONE, .deep_ms = WHEN_NONE };
	struct window hot = { TIER_HOT, NOW - 20 * MIN, NOW, false };
	struct window fill = { TIER_CATCH_UP, NOW - HOUR, NOW - 10 * MIN, false };

	(void)state;
	plan_done(&c, &hot, NOW);
	assert_int_equal(c.until_ms, NOW - HOUR);
	plan_done(&c, &fill, NOW);
	assert_int_equal(c.until_ms, NOW - 10 * MIN);
	plan_done(&c, &hot, NOW);
	assert_int_equal(c.until_ms, NOW);
}

static void
our_share(void **state)
{
	struct bucket b;
	int taken = 0;

	(void)state;
	bucket_init(&b, 60, NOW);
	for (int64_t ms = 0; ms < 60 * 1000; ms += 10)
		if (bucket_take(&b, NOW + ms))
			taken++;
	assert_in_range(taken, 59, 62);
	assert_false(bucket_take(&b, NOW + 59995));
	assert_in_range(bucket_wait_ms(&b, NOW + 59995), 1, 1005);
	bucket_drain(&b, NOW + 60000, 5000);
	assert_false(bucket_take(&b, NOW + 64000));
	assert_int_equal(bucket_wait_ms(&b, NOW + 64000), 2000);
	assert_true(bucket_take(&b, NOW + 66000));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_cheaper_plan),
		cmocka_unit_test(own_calls_stay_bounded),
		cmocka_unit_test(windows_by_state),
		cmocka_unit_test(catching_up_ends),
		cmocka_unit_test(first_reading_goes_back_90_days),
		cmocka_unit_test(a_hole_stops_the_mark),
		cmocka_unit_test(our_share),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
