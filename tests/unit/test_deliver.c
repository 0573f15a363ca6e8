/* links: all */
#include "unit.h"

#include "base/mem.h"
#include "work/deliver.h"

static void
waits_grow_and_keep_their_bounds(void **state)
{
	static const struct {
		const char *name;
		int64_t failures, retry_after_s;
		double jitter;
		int64_t want_s;
	} row[] = {
		{ "first, least jitter", 1, -1, 0, 2 },
		{ "first, most jitter", 1, -1, 0.9999, 4 },
		{ "second", 2, -1, 1, 10 },
		{ "fifth", 5, -1, 1, 80 },
		{ "seventh is the most", 7, -1, 1, BACKOFF_MOST_S },
		{ "a thousandth too", 1000, -1, 1, BACKOFF_MOST_S },
		{ "half of the most", 1000, -1, 0, BACKOFF_MOST_S / 2 },
		{ "the provider asks for more", 1, 7200, 0, 7200 },
		{ "the provider asks for less", 7, 1, 1, BACKOFF_MOST_S },
		{ "the provider asks for a year", 1, 31536000, 0, RETRY_AFTER_MOST_S },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++)
		CHECK(row[i].name, deliver_backoff_s(row[i].failures, row[i].retry_after_s, row[i].jitter) == row[i].want_s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waits_grow_and_keep_their_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
