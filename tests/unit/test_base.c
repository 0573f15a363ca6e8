#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/encode.h"
#include "base/escape.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/when.h"

static void
buffers_remember_failure(void **state)
{
	static const struct {
		const char *name;
		size_t max;
		const char *add, *want;
	} row[] = {
		{ "fits", 8, "abc", "abc" },
		{ "fills to the NUL", 4, "abc", "abc" },
		{ "one too many", 3, "abc", NULL },
		{ "empty", 1, "", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		struct buf b = BUF_INIT(row[i].max);
		char *got;

		buf_puts(&b, row[i].add);
		got = buf_take(&b);
		CHECK_STR(row[i].name, got, row[i].want);
		free(got);
	}
}

static void
times_are_read_in_every_shape(void **state)
{
	static const struct {
		const char *text;
		int64_t want_s;	/* -1: refused */
		int ms;
	} row[] = {
		{ "2024-07-30T21:31:15Z", 1722375075, 0 },
		{ "2024-07-30 21:31:15", 1722375075, 0 },
		{ "2024-07-30T21:31:15.1234567Z", 1722375075, 123 },
		{ "2024-07-30T23:31:15+02:00", 1722375075, 0 },
		{ "20131102T010628Z", 1383354388, 0 },
		{ "1722375075", 1722375075, 0 },
		{ "1722375075.5", 1722375075, 500 },
		{ "1722375075123", 1722375075, 123 },
		{ "2024-07-30", 1722297600, 0 },
		{ "2024-13-30T21:31:15Z", -1, 0 },
		{ "2024-07-30T21:31", -1, 0 },
		{ "2024-07-30T21:31:15Zjunk", -1, 0 },
		{ "yesterday", -1, 0 },
		{ "", -1, 0 },
		{ NULL, -1, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		int64_t at = 0;
		const char *name = row[i].text ? row[i].text : "NULL";
		bool ok = when_parse(row[i].text, &at);

		CHECK(name, ok == (row[i].want_s >= 0));
		if (ok)
			CHECK(name, at == row[i].want_s * 1000 + row[i].ms);
	}
}

static void
times_are_written(void **state)
{
	char out[WHEN_TEXT_MAX];
	int64_t at, span;

	(void)state;
	assert_string_equal(when_utc(1722375075000, out), "2024-07-30T21:31:15Z");
	assert_string_equal(when_utc(1722375075123, out), "2024-07-30T21:31:15.123Z");
	assert_string_equal(when_basic(1440938160000, out), "20150830T123600Z");
	assert_string_equal(when_rfc5322(1722375075000, out), "Tue, 30 Jul 2024 21:31:15 +0000");
	assert_string_equal(when_local(1722375075000, 7200, out), "2024-07-30 23:31:15");
	assert_true(when_parse_http("Tue, 15 Nov 1994 08:12:31 GMT", &at));
	assert_int_equal(at, 784887151000);
	assert_true(span_parse("1h30m", &span, NULL));
	assert_int_equal(span, 5400);
	assert_true(span_parse("90 days", &span, NULL));
	assert_int_equal(span, 90 * 86400);
	assert_false(span_parse("soon", &span, NULL));
	assert_string_equal(span_text(12000, out), "3 h 20 min");
}

static void
hostile_text_becomes_visible(void **state)
{
	static const struct {
		const char *text, *terminal, *html;
	} row[] = {
		{ "plain", "plain", "plain" },
		{ "\033[31mred", "\\x1B[31mred", "\\x1B[31mred" },
		{ "a\nb", "a\\x0Ab", "a\nb" },
		{ "<b>&\"'", "<b>&\"'", "&lt;b&gt;&amp;&quot;&#39;" },
		{ "\xE2\x80\xAEtxt", "\\u{202E}txt", "\\u{202E}txt" },
		{ "\xFFx", "\\xFFx", "\\xFFx" },
		{ "\xC3\xA9", "\xC3\xA9", "\xC3\xA9" },
		{ "\xC2\x9B" "1m", "\\u{009B}1m", "\\u{009B}1m" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		struct buf b = BUF_INIT(1024);

		escape_terminal(&b, row[i].text);
		CHECK_STR(row[i].terminal, buf_str(&b), row[i].terminal);
		buf_reset(&b);
		escape_html(&b, row[i].text);
		CHECK_STR(row[i].html, buf_str(&b), row[i].html);
		buf_free(&b);
	}
}

static void
csv_fields_run_nothing(void **state)
{
	struct buf b = BUF_INIT(1024);

	(void)state;
	escape_csv(&b, "=cmd|'/c calc'!A1");
	assert_string_equal(buf_str(&b), "\"'=cmd|'/c calc'!A1\"");
	buf_free(&b);
}

static void
json_is_always_valid(void **state)
{
	struct buf b = BUF_INIT(4096);
	struct jsonw w = JSONW_INIT(&b, 0);
	cJSON *doc;

	(void)state;
	jsonw_open(&w, NULL, '{');
	jsonw_str(&w, "bad\xFF", "a\"b\\c\n\x01\xE2\x80\xA8");
	jsonw_open(&w, "list", '[');
	jsonw_int(&w, NULL, -5);
	jsonw_null(&w, NULL);
	jsonw_close(&w);
	jsonw_close(&w);
	assert_string_equal(buf_str(&b),
	    "{\"bad\\ufffd\":\"a\\\"b\\\\c\\n\\u0001\\u2028\",\"list\":[-5,null]}");
	doc = json_parse(b.ptr, b.len, "test", NULL);
	assert_non_null(doc);
	cJSON_Delete(doc);
	buf_free(&b);
}

static void
json_questions_are_lenient(void **state)
{
	static const char text[] = "{\"a\":{\"b\":\"7\",\"n\":null},\"t\":\"true\",\"l\":[\"x\",1]}";
	struct strlist l = STRLIST_INIT;
	struct error err = ERROR_INIT;
	cJSON *doc = json_parse(text, strlen(text), "test", &err);

	(void)state;
	assert_non_null(doc);
	assert_int_equal(json_int(doc, "a.b", -1), 7);
	assert_int_equal(json_int(doc, "a.n", -1), -1);
	assert_true(json_bool(doc, "t", false));
	assert_null(json_string(doc, "a.missing.deep"));
	json_strings(doc, "l", &l);
	assert_int_equal(l.len, 1);
	strlist_clear(&l);
	cJSON_Delete(doc);
	assert_null(json_parse("{]", 2, "test", &err));
	assert_int_equal(err.kind, ERROR_INPUT);
}

static void
encodings_go_both_ways(void **state)
{
	static const char *const text[] = { "", "f", "fo", "foo", "foob", "fooba", "foobar" };
	static const char *const base64[] = { "", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy" };
	static const char *const base32[] = { "", "MY", "MZXQ", "MZXW6", "MZXW6YQ", "MZXW6YTB", "MZXW6YTBOI" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(text); i++) {
		struct buf a = BUF_INIT(64), b = BUF_INIT(64);

		encode_base64(&a, (const uint8_t *)text[i], strlen(text[i]));
		CHECK_STR(text[i], buf_str(&a), base64[i]);
		assert_true(decode_base64(&b, buf_str(&a), a.len));
		CHECK_STR(text[i], buf_str(&b), text[i]);
		buf_reset(&a);
		encode_base32(&a, (const uint8_t *)text[i], strlen(text[i]));
		CHECK_STR(text[i], buf_str(&a), base32[i]);
		buf_free(&a);
		buf_free(&b);
	}
}

static void
sizes_have_units(void **state)
{
	static const struct { const char *text; int64_t size; } rows[] = {
		{ "1", 1 }, { "4294967296", INT64_C(4294967296) }, { "512M", 512 << 20 }, { "1g", 1 << 30 }, { "2GiB", INT64_C(2) << 30 },
		{ "3kb", 3072 }, { "7B", 7 }, { "8T", INT64_C(8) << 40 }, { "", 0 }, { "0", 0 }, { "-1", 0 }, { " 1", 0 }, { "G", 0 },
		{ "1X", 0 }, { "1iB", 0 }, { "1.5G", 0 }, { "1GG", 0 }, { "9000000T", 0 }, { "9223372036854775808", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int64_t size = 0;

		assert_int_equal(str_to_size(rows[i].text, &size), rows[i].size != 0);
		assert_int_equal(size, rows[i].size);
	}
}

static void
maps_survive_churn(void **state)
{
	struct map m = MAP_INIT;
	char key[32];

	(void)state;
	for (intptr_t i = 0; i < 20000; i++) {
		(void)snprintf(key, sizeof(key), "k%ld", (long)i);
		(void)map_put(&m, key, (void *)(i + 1));
		if (i >= 40) {
			(void)snprintf(key, sizeof(key), "k%ld", (long)(i - 40));
			assert_int_equal((intptr_t)map_remove(&m, key), i - 39);
		}
	}
	assert_int_equal(m.len, 40);
	for (intptr_t i = 19960; i < 20000; i++) {
		(void)snprintf(key, sizeof(key), "k%ld", (long)i);
		assert_int_equal((intptr_t)map_get(&m, key), i + 1);
	}
	map_clear(&m, NULL);
}

static void
patterns_and_suggestions(void **state)
{
	static const char *const names[] = { "scan", "list", "incidents", "plant" };

	(void)state;
	assert_true(str_match("Get*Quota", "GetSendQuota"));
	assert_true(str_match("*", ""));
	assert_false(str_match("Get?", "Get"));
	assert_true(str_match("*a*b*c", "xxaxxbxxabc"));
	assert_string_equal(str_suggest("sacn", names, 4), "scan");
	assert_string_equal(str_suggest("incid", names, 4), "incidents");
	assert_null(str_suggest("zzzzzz", names, 4));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(buffers_remember_failure),
		cmocka_unit_test(times_are_read_in_every_shape),
		cmocka_unit_test(times_are_written),
		cmocka_unit_test(hostile_text_becomes_visible),
		cmocka_unit_test(csv_fields_run_nothing),
		cmocka_unit_test(json_is_always_valid),
		cmocka_unit_test(json_questions_are_lenient),
		cmocka_unit_test(encodings_go_both_ways),
		cmocka_unit_test(sizes_have_units), cmocka_unit_test(maps_survive_churn),
		cmocka_unit_test(patterns_and_suggestions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
