#include "unit.h"

#include "base/mem.h"
#include "base/when.h"
#include "core/intent/noise.h"

/* 2024-07-30T21:31:15Z */
#define AT INT64_C(1722375075000)

static void
rules_fit_or_not(void **state)
{
	static const struct {
		const char *name;
		struct noise_rule rule;
		bool want;
	} row[] = {
		{ "address", { .address = "192.0.2.7" }, true },
		{ "other address", { .address = "192.0.2.8" }, false },
		{ "network", { .address = "192.0.0.0/16" }, true },
		{ "odd prefix length", { .address = "192.0.2.0/29" }, true },
		{ "just outside", { .address = "192.0.2.8/29" }, false },
		{ "everything v4", { .address = "0.0.0.0/0" }, true },
		{ "v6 is not v4", { .address = "::/0" }, false },
		{ "not an address", { .address = "here" }, false },
		{ "user agent", { .user_agent = "*boto3/1.*" }, true },
		{ "event with service", { .event = "ses:Get*" }, true },
		{ "event alone", { .event = "GetAccount" }, true },
		{ "event of another service", { .event = "iam:*" }, false },
		{ "canary", { .canary = "AKIAYT723HMDSAE2OSWV" }, true },
		{ "no condition", { .reason = "x" }, false },
		{ "hours alone", { .hour_from = 21, .hour_to = 22 }, true },
		{ "other hours alone", { .hour_from = 3, .hour_to = 4 }, false },
		{ "a beginning alone", { .from_ms = AT - 1 }, true },
		{ "two conditions, one fails", { .address = "192.0.2.7", .event = "iam:*" }, false },
	};
	struct noise_rule r;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		struct sighting s;

		sighting_init(&s);
		s.key_id = mem_strdup("AKIAYT723HMDSAE2OSWV");
		s.ip = mem_strdup("192.0.2.7");
		s.user_agent = mem_strdup("Boto3/1.35 md/Botocore");
		s.source = mem_strdup("ses.amazonaws.com");
		s.name = mem_strdup("GetAccount");
		s.time_ms = AT;
		r = row[i].rule;
		r.reason = "our scanner";
		r.until_ms = AT + 1;
		if (r.from_ms == 0)
			r.from_ms = WHEN_NONE;
		if (r.hour_to == 0)
			r.hour_from = r.hour_to = -1;
		noise_label(&r, 1, &s);
		CHECK(row[i].name, (s.label != NULL) == row[i].want);
		sighting_clear(&s);
	}
}

static void
rules_keep_their_hours_and_their_end(void **state)
{
	static const struct {
		const char *name;
		int from, to;
		int64_t begins, ends;
		bool want;
	} row[] = {
		{ "inside the hours", 21, 22, WHEN_NONE, AT + 1, true },
		{ "outside", 22, 23, WHEN_NONE, AT + 1, false },
		{ "over midnight", 20, 4, WHEN_NONE, AT + 1, true },
		{ "over midnight, not yet", 22, 4, WHEN_NONE, AT + 1, false },
		{ "ended", -1, -1, WHEN_NONE, AT, false },
		{ "not begun", -1, -1, AT + 1, AT + 2, false },
		{ "no end is no rule", -1, -1, WHEN_NONE, WHEN_NONE, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		struct noise_rule r = { .reason = "r", .canary = "*", .from_ms = row[i].begins,
			.until_ms = row[i].ends, .hour_from = row[i].from, .hour_to = row[i].to };
		struct sighting s;

		sighting_init(&s);
		s.key_id = mem_strdup("AKIAYT723HMDSAE2OSWV");
		s.time_ms = AT;
		noise_label(&r, 1, &s);
		CHECK(row[i].name, (s.label != NULL) == row[i].want);
		sighting_clear(&s);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_fit_or_not),
		cmocka_unit_test(rules_keep_their_hours_and_their_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
