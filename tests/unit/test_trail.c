/* links: all. The searches that read 32 or 64 bytes at once, against the ones that read one. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "unit.h"
#include "world/trail/brackets.h"
#include "world/trail/needles.h"
#include "world/trail/splitter.h"

static unsigned seed = 7;

static unsigned
dice(unsigned sides)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 16) % sides;
}

/* Text made of pieces that the search looks for, nearly or wholly. */
static size_t
soup(char *to, size_t room)
{
	static const char *const pieces[] = {
		"AKIAYT723HMDSAE2OSWV", "AKIAYT723HMDSAE2OSWA", "ASIAYT723HMDSAE2OSWB", "AIDAQ3EXAMPLESVCREPRT", "AKIA", "KI",
		"},{\"eventVersion\"", "\"requestID\"", "v", "\\u0041", "\\u", "\\", "\"", "{", "}", "[", "]", "userName\":\"svc\"", ":user/a/svc",
		":user\\/a\\/svc", "tV", ":user/", " user ", " user svc ", ":u", "-operations", "svc", "longer-name", "r ", "userName", "x", "          ", "0123456789012345678901234567890123456789", "\\\\\\\"", "r/", "rN",
	};
	size_t len = 0;

	for (;;) {
		const char *piece = pieces[dice(sizeof(pieces) / sizeof(pieces[0]))];

		if (len + strlen(piece) > room)
			return len;
		memcpy(to + len, piece, strlen(piece));
		len += strlen(piece);
	}
}

/* The bytes end where the memory ends: reading past them is found by ASan. */
static char *
exact(const char *bytes, size_t len)
{
	char *copy = mem_alloc(len);

	memcpy(copy, bytes, len);
	return copy;
}

static void
searches_agree(void **state)
{
	struct needles n[3];
	char text[700];

	(void)state;
	for (int k = 0; k < 3; k++) {
		needles_init(&n[k]);
		needles_add_id(&n[k], "AKIAYT723HMDSAE2OSWV");
	}
	needles_add_id(&n[1], "ASIAYT723HMDSAE2OSWB");
	needles_add_id(&n[1], "AIDAQ3EXAMPLESVCREPRT");
	needles_add_name(&n[2], "svc");
	needles_add_name(&n[2], "longer-name-operations");
	for (int round = 0; round < 3000; round++) {
		size_t len = soup(text, dice(sizeof(text)) + 1);
		char *bytes = exact(text, len);

		for (int k = 0; k < 3; k++)
			for (size_t at = 0; at < len; at++) {
				int64_t fast_ids = 0, slow_ids = 0;
				size_t fast = needles_find(&n[k], bytes, len, at, &fast_ids);

				assert_int_equal(fast, needles_find_portable(&n[k], bytes, len, at, &slow_ids));
				assert_int_equal(fast_ids, slow_ids);
				at = fast;
			}
		free(bytes);
	}
	for (int k = 0; k < 3; k++)
		needles_clear(&n[k]);
}

static void
every_needle_is_found_at_every_place(void **state)
{
	static const char *const wanted[] = { "AKIAYT723HMDSAE2OSWV", "AIDAQ3EXAMPLESVCREPRT", "\\u0041KIAYT723HMDSAE2OSWV" };
	struct needles n;

	(void)state;
	needles_init(&n);
	needles_add_id(&n, wanted[0]);
	needles_add_id(&n, wanted[1]);
	for (size_t len = 30; len < 260; len++)
		for (size_t k = 0; k < 3; k++)
			for (size_t at = 0; at + strlen(wanted[k]) <= len; at++) {
				char *bytes = mem_alloc(len);
				size_t hit;

				memset(bytes, '-', len);
				memcpy(bytes + at, wanted[k], strlen(wanted[k]));
				hit = needles_find(&n, bytes, len, 0, NULL);
				assert_true(hit >= at && hit < at + strlen(wanted[k]));
				free(bytes);
			}
	needles_clear(&n);
}

/* A user name behind whatever it stands behind, at every place; and no other name. */
static void
names_are_found_where_they_stand(void **state)
{
	static const struct { const char *text; bool hit; } rows[] = {
		{ "\"userName\":\"svc\"", true }, { "\"userName\" : \n\t \"svc\"", true }, { "\\\"userName\\\":\\\"svc\\\"", true },
		{ "arn:aws:iam::111122223333:user/svc\"", true }, { "::user/a/b/svc ", true }, { "::user\\/a\\/svc\"", true },
		{ "on resource: user svc with", true }, { "on resource: user 'svc'", true }, { "\"userName\":\"a-longer-name\"", true },
		{ "\"userName\":\"sv\\u0063\"", true }, { "\\u003auser/svc", true }, { ":\\u0075ser/svc", true },
		{ "\"userName\":\"svc1\"", false }, { "\"userName\":\"xsvc\"", false }, { "\"eventName\":\"svc\"", false },
		{ "::user/svc/other\"", true }, { "::role/svc\"", false }, { "\"userName\":\"a-longer-nam\"", false },
	};
	struct needles n;

	(void)state;
	needles_init(&n);
	needles_add_name(&n, "svc");
	needles_add_name(&n, "a-longer-name");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (size_t at = 0, one = strlen(rows[i].text), len = 260; at + one <= len; at++) {
			char *bytes = mem_alloc(len);

			memset(bytes, '#', len);
			memcpy(bytes + at, rows[i].text, one);
			assert_int_equal(needles_find(&n, bytes, len, 0, NULL) < len, rows[i].hit);
			assert_int_equal(needles_find_portable(&n, bytes, len, 0, NULL) < len, rows[i].hit);
			free(bytes);
		}
	needles_clear(&n);
}

static void
brackets_agree(void **state)
{
	char text[700];

	(void)state;
	for (int round = 0; round < 20000; round++) {
		size_t len = soup(text, dice(sizeof(text)) + 1), at = dice((unsigned)len + 1);
		int depth = 1 + (int)dice(3);
		char *bytes = exact(text, len);

		assert_int_equal(brackets_close(bytes, len, at, depth), brackets_close_portable(bytes, len, at, depth));
		free(bytes);
	}
}

static void
odd_brackets_end(void **state)
{
	static const struct { const char *text; size_t end; } rows[] = {
		{ "{}", 2 }, { "{\"}\"}", 5 }, { "{\"\\\"}\"}", 7 }, { "{\"\\\\\"}", 6 }, { "{[{}]} {", 6 },
		{ "{\"a\":\"", 0 }, { "{[}", 0 }, { "{", 0 }, { "{\"\\", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(brackets_close(rows[i].text, strlen(rows[i].text), 1, 1), rows[i].end);
}

/* What nests without end must not use the stack. */
static void
a_million_brackets(void **state)
{
	static const char *const pieces[] = { "[", "]", "{\"Records\":[", "{\"Records\":[]}", "}", "\"" };
	enum { TIMES = 200000 };

	(void)state;
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		struct splitter s = SPLITTER_INIT;
		size_t one = strlen(pieces[i]), len = one * TIMES, at = 0;
		char *bytes = mem_alloc(len);

		for (size_t k = 0; k < TIMES; k++)
			memcpy(bytes + k * one, pieces[i], one);
		for (int n = 0; n < 10; n++)
			if (splitter_next(&s, bytes, len, &at) == SPLIT_END)
				break;
		assert_true(at <= len);
		free(bytes);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(searches_agree), cmocka_unit_test(every_needle_is_found_at_every_place),
		cmocka_unit_test(names_are_found_where_they_stand), cmocka_unit_test(brackets_agree), cmocka_unit_test(odd_brackets_end), cmocka_unit_test(a_million_brackets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
