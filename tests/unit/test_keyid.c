#include "unit.h"

#include "base/mem.h"
#include "core/model/keyid.h"

static void
accounts_are_decoded(void **state)
{
	/* Two published vectors (facts gathered from TruffleHog's and Hacking the Cloud's text). */
	static const struct {
		const char *key, *account;
	} row[] = {
		{ "ASIAQNZGKIQY56JQ7WML", "029608264753" },
		{ "AKIAYT723HMDSAE2OSWV", "592694688519" },
		{ "AKIAIOSFODNN7EXAMPLE", NULL },	/* older than the scheme */
		{ "AKIAQNZGKIQY56JQ7WM", NULL },
		{ "AKIA0NZGKIQY56JQ7WML", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		char account[ACCOUNT_LEN + 1];
		bool ok = keyid_account(row[i].key, account);

		CHECK(row[i].key, ok == (row[i].account != NULL));
		if (ok)
			CHECK_STR(row[i].key, account, row[i].account);
	}
}

static void
composed_ids_carry_their_account(void **state)
{
	static const char *const accounts[] = { "000000000001", "123456789012", "999999999999" };
	const uint8_t noise[5] = { 1, 2, 3, 4, 0xFF };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(accounts); i++) {
		char key[KEYID_LEN + 1], back[ACCOUNT_LEN + 1];

		assert_true(keyid_compose("AKIA", accounts[i], noise, key));
		CHECK(key, keyid_valid(key));
		CHECK(key, keyid_account(key, back));
		CHECK_STR(key, back, accounts[i]);
	}
}

static void
wrong_ids_are_explained(void **state)
{
	struct error err = ERROR_INIT;

	(void)state;
	assert_false(keyid_check_canary("ASIAQNZGKIQY56JQ7WML", &err));
	assert_non_null(strstr(err.text, "temporary"));
	assert_false(keyid_check_canary("AKIA1NZGKIQY56JQ7WML", &err));
	assert_non_null(strstr(err.text, "'1'"));
	assert_true(keyid_check_canary("AKIAYT723HMDSAE2OSWV", &err));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accounts_are_decoded),
		cmocka_unit_test(composed_ids_carry_their_account),
		cmocka_unit_test(wrong_ids_are_explained),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
