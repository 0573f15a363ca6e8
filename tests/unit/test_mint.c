/* links: all. Secrets of unplanted canaries: reserved, given back, wiped, never two holders. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/canaries.h"
#include "unit.h"
#include "work/mint.h"
#include "work/mint_int.h"
#include "store/store.h"
#include "work/state.h"

#define SECRET "wbQ2kM9vT1xZr8LpN4hY6cD3fG7jK0sA5eU2iO+/"

enum { HOUR = 3600000 };

static char dir[64];
static struct store *store;

static int
open_state(void **state)
{
	(void)state;
	(void)strcpy(dir, "/tmp/keycanary-unit-XXXXXX");
	return mkdtemp(dir) != NULL && store_open(&store, dir, NULL) ? 0 : -1;
}

static int
close_state(void **state)
{
	static const char *const names[] = { "keycanary.db", "keycanary.db-wal", "keycanary.db-shm", "seal.key" };

	(void)state;
	state_close(store);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[128];

		(void)snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		(void)unlink(path);
	}
	return rmdir(dir);
}

static void
save(const char *key_id, enum canary_level level, bool drill)
{
	struct canary c;

	canary_init(&c);
	c.key_id = strdup(key_id);
	c.account = strdup("592694688519");
	c.level = level;
	c.drill = drill;
	c.created_ms = 1;
	assert_true(mint_seal(store, &c, SECRET, NULL));
	assert_null(strstr(c.sealed_secret, SECRET));
	assert_true(canary_save(store, &c, NULL));
	canary_clear(&c);
}

static bool
take(const struct mint_want *want, int64_t now_ms, const char *expected)
{
	struct minted m;
	bool found = false;

	assert_true(mint_take(store, want, now_ms, &m, &found, NULL));
	if (found) {
		assert_string_equal(m.secret, SECRET);
		assert_string_equal(m.canary.key_id, expected);
	}
	minted_clear(&m);
	return found;
}

static void
each_has_one_holder_until_it_is_planted(void **state)
{
	const struct mint_want any = { .level = -1 }, lure = { .level = CANARY_LURE };
	struct minted m;
	int64_t n = 0;

	(void)state;
	save("AKIAYT723HMDAAAAAAAA", CANARY_SILENT, false);
	save("AKIAYT723HMDBBBBBBBB", CANARY_LURE, false);
	save("AKIAYT723HMDCCCCCCCC", CANARY_SILENT, true);
	assert_true(mint_ready(store, &any, &n, NULL));
	assert_int_equal(n, 2);
	assert_true(take(&lure, HOUR, "AKIAYT723HMDBBBBBBBB"));
	assert_false(take(&lure, HOUR, NULL));
	assert_true(take(&any, HOUR, "AKIAYT723HMDAAAAAAAA"));
	assert_false(take(&any, HOUR + HOUR / 2, NULL));	/* both are held, drills never fit */
	assert_true(take(&any, 3 * HOUR, "AKIAYT723HMDAAAAAAAA"));	/* its holder died */
	assert_true(mint_give_back(store, "AKIAYT723HMDAAAAAAAA", NULL));
	assert_true(take(&any, 3 * HOUR, "AKIAYT723HMDAAAAAAAA"));
	assert_true(mint_planted(store, "AKIAYT723HMDAAAAAAAA", NULL));
	assert_false(mint_planted(store, "AKIAYT723HMDAAAAAAAA", NULL));
	assert_false(mint_secret(store, "AKIAYT723HMDAAAAAAAA", &m, NULL));
	assert_false(take(&(struct mint_want){ .key_id = "AKIAYT723HMDAAAAAAAA", .level = -1 }, 9 * HOUR, NULL));
}

static void
a_drill_canary_keeps_its_secret(void **state)
{
	struct minted m;
	bool found = false;

	(void)state;
	assert_true(mint_planted(store, "AKIAYT723HMDCCCCCCCC", NULL));
	assert_true(mint_drill(store, "592694688519", &m, &found, NULL));
	assert_true(found);
	assert_string_equal(m.secret, SECRET);
	minted_clear(&m);
	assert_true(mint_drill(store, "111122223333", &m, &found, NULL));
	assert_false(found);
}

static void
a_sealed_secret_opens_only_in_its_own_row(void **state)
{
	struct error err = ERROR_INIT;
	struct canary c;
	struct minted m;
	bool found = false;

	(void)state;
	assert_true(canary_load(store, "AKIAYT723HMDCCCCCCCC", &c, &found, NULL));
	(void)strcpy(c.key_id, "AKIAYT723HMDDDDDDDDD");
	assert_true(canary_save(store, &c, NULL));
	canary_clear(&c);
	assert_false(mint_secret(store, "AKIAYT723HMDDDDDDDDD", &m, &err));
	assert_non_null(strstr(err.text, "AKIAYT723HMDDDDDDDDD"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_has_one_holder_until_it_is_planted),
		cmocka_unit_test(a_drill_canary_keeps_its_secret),
		cmocka_unit_test(a_sealed_secret_opens_only_in_its_own_row),
	};

	return cmocka_run_group_tests(tests, open_state, close_state);
}
