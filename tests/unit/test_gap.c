/* core/watch/gap.h: how a hole begins, goes on, ends and is filled. */
#include "unit.h"

#include "base/when.h"
#include "core/watch/gap.h"

static void
a_hole_and_its_end(void **state)
{
	struct coverage c;
	struct gap g;
	struct error denied = ERROR_INIT, throttled = ERROR_INIT;

	(void)state;
	error_set(&denied, ERROR_DENIED, "no right");
	error_set(&throttled, ERROR_THROTTLED, "too fast");
	coverage_init(&c);
	gap_init(&g);
	c.until_ms = 1000;
	gap_follow(&g, &c, 900, 900);
	assert_null(g.cause);			/* nothing to follow */

	gap_open(&g, &c, &denied, 5000);
	assert_string_equal(g.cause, "denied");
	assert_int_equal(g.from_ms, 1000);	/* where the mark stands, not where it was noticed */
	assert_int_equal(g.noticed_ms, 5000);
	assert_true(g.to_ms == WHEN_NONE);

	gap_open(&g, &c, &throttled, 6000);	/* the same hole by another cause */
	assert_string_equal(g.cause, "throttled");
	assert_int_equal(g.from_ms, 1000);
	assert_int_equal(g.noticed_ms, 5000);

	gap_follow(&g, &c, 7000, 7100);		/* we see again, but the hole was not read yet */
	assert_int_equal(g.to_ms, 7000);
	assert_true(g.filled_ms == WHEN_NONE);
	c.until_ms = 6999;
	gap_follow(&g, &c, 8000, 8100);
	assert_int_equal(g.to_ms, 7000);
	assert_true(g.filled_ms == WHEN_NONE);
	c.until_ms = 7000;
	gap_follow(&g, &c, 9000, 9100);
	assert_int_equal(g.filled_ms, 9100);
	gap_follow(&g, &c, 9500, 9600);
	assert_int_equal(g.filled_ms, 9100);	/* filled once */

	gap_open(&g, &c, &denied, 10000);	/* a new hole */
	assert_int_equal(g.from_ms, 7000);
	assert_int_equal(g.noticed_ms, 10000);
	assert_true(g.filled_ms == WHEN_NONE);
	gap_clear(&g);
	coverage_clear(&c);
}

static void
a_hole_before_anything_was_read(void **state)
{
	struct coverage c;
	struct gap g;
	struct error err = ERROR_INIT;

	(void)state;
	error_set(&err, ERROR_NETWORK, "no answer");
	coverage_init(&c);
	gap_init(&g);
	gap_open(&g, &c, &err, 5000);
	assert_int_equal(g.from_ms, 5000);
	gap_clear(&g);
	coverage_clear(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hole_and_its_end),
		cmocka_unit_test(a_hole_before_anything_was_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
