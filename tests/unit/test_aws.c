/* links: all */
/* The pure parts of the AWS client: retry decisions, shared files, command words, answers. */
#include <stdlib.h>

#include "base/mem.h"
#include "base/when.h"
#include "unit.h"
#include "world/aws/credential_process.h"
#include "world/aws/cloudtrail.h"
#include "world/aws/credentials.h"
#include "world/aws/ini.h"
#include "world/aws/metadata.h"
#include "world/aws/partition.h"
#include "world/aws/retry.h"
#include "world/aws/wire.h"

/* --- retry ------------------------------------------------------------------------ */

static void
test_what_is_tried_again(void **state)
{
	static const struct {
		const char *name;
		struct failure f;
		bool want;
		int cost;
	} row[] = {
		{ "throttled with status 400", { .answered = true, .status = 400, .code = "ThrottlingException" }, true, 5 },
		{ "throttled with status 503", { .answered = true, .status = 503, .code = "SlowDown" }, true, 5 },
		{ "throttled with status 200", { .answered = true, .status = 200, .code = "RequestLimitExceeded" }, true, 5 },
		{ "throttled, XML's name", { .answered = true, .status = 400, .code = "Throttling" }, true, 5 },
		{ "429 without a code", { .answered = true, .status = 429, .code = "" }, true, 5 },
		{ "500", { .answered = true, .status = 500, .code = "InternalFailure" }, true, 5 },
		{ "502 of a proxy", { .answered = true, .status = 502, .code = "" }, true, 5 },
		{ "504", { .answered = true, .status = 504, .code = "" }, true, 5 },
		{ "501 will not change", { .answered = true, .status = 501, .code = "NotImplemented" }, false, 0 },
		{ "505 will not change", { .answered = true, .status = 505, .code = "" }, false, 0 },
		{ "transient code, status 400", { .answered = true, .status = 400, .code = "RequestTimeout" }, true, 5 },
		{ "connection reset", { .answered = false, .code = "" }, true, 5 },
		{ "no answer in time", { .answered = false, .timed_out = true, .code = "" }, true, 10 },
		{ "certificate refused", { .answered = false, .lasting = true, .code = "" }, false, 0 },
		{ "denied", { .answered = true, .status = 403, .code = "AccessDenied" }, false, 0 },
		{ "denied, JSON's name", { .answered = true, .status = 400, .code = "AccessDeniedException" }, false, 0 },
		{ "IAM's quota is full", { .answered = true, .status = 409, .code = "LimitExceeded" }, false, 0 },
		{ "not there", { .answered = true, .status = 404, .code = "NoSuchEntity" }, false, 0 },
		{ "malformed", { .answered = true, .status = 400, .code = "ValidationException" }, false, 0 },
		{ "bad token of a page", { .answered = true, .status = 400, .code = "InvalidNextTokenException" }, false, 0 },
		{ "redirect", { .answered = true, .status = 301, .code = "PermanentRedirect" }, false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		struct retry_quota q = { RETRY_QUOTA };
		struct failure f = row[i].f;
		int64_t delay = -1;
		int cost = 0;

		f.message = "";
		f.tries = 1;
		f.after_ms = -1;
		CHECK(row[i].name, retry_wanted(&q, &f, &delay, &cost) == row[i].want);
		CHECK(row[i].name, cost == row[i].cost && q.left == RETRY_QUOTA - row[i].cost);
		f.tries = RETRY_TRIES;
		CHECK(row[i].name, !retry_wanted(&q, &f, &delay, &cost));
	}
}

static void
test_when_it_is_tried_again(void **state)
{
	static const struct {
		const char *name;
		int tries;
		int64_t after_ms;
		double chance;
		int64_t want;
	} row[] = {
		{ "first, no luck", 1, -1, 0.0, 0 }, { "first, half", 1, -1, 0.5, 500 },
		{ "second, half", 2, -1, 0.5, 1000 }, { "asked to wait", 1, 700, 0.5, 700 },
		{ "asked for less than we would", 1, 100, 0.5, 500 }, { "asked for too much", 1, 60000, 0.5, 5500 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		struct retry_quota q = { RETRY_QUOTA };
		struct failure f = { .answered = true, .status = 500, .code = "", .message = "", .tries = row[i].tries,
			.after_ms = row[i].after_ms, .chance = row[i].chance };
		int64_t delay = -1;
		int cost = 0;

		CHECK(row[i].name, retry_wanted(&q, &f, &delay, &cost) && delay == row[i].want);
	}
}

static void
test_the_quota_ends_retries_and_fills_again(void **state)
{
	struct retry_quota q = { RETRY_QUOTA };
	struct failure f = { .answered = true, .status = 500, .code = "", .message = "", .tries = 1, .after_ms = -1 };
	int64_t delay;
	int cost = 0, n = 0;

	(void)state;
	while (retry_wanted(&q, &f, &delay, &cost))
		n++;
	CHECK("quota", n == RETRY_QUOTA / RETRY_COST && q.left == 0);
	retry_refund(&q, 0);
	CHECK("a success gives one", q.left == 1 && !retry_wanted(&q, &f, &delay, &cost));
	retry_refund(&q, cost);
	CHECK("a successful retry gives its price back", q.left == 1 + RETRY_COST && retry_wanted(&q, &f, &delay, &cost));
	for (int i = 0; i < 2 * RETRY_QUOTA; i++)
		retry_refund(&q, 0);
	CHECK("never more than full", q.left == RETRY_QUOTA);
}

static void
test_whose_clock_is_wrong(void **state)
{
	static const int64_t now = 1700000000000;
	static const struct {
		const char *name, *code, *message;
		int64_t date_ms;
		bool want;
	} row[] = {
		{ "S3 says so, an hour", "RequestTimeTooSkewed", "", 1700000000000 + 3600000, true },
		{ "STS's words", "SignatureDoesNotMatch", "Signature expired: 2023 is now earlier than …", 1700000000000 + 600000, true },
		{ "behind", "InvalidSignatureException", "Signature not yet current", 1700000000000 - 600000, true },
		{ "EC2's AuthFailure", "AuthFailure", "", 1700000000000 - 3600000, true },
		{ "the same time: another cause", "SignatureDoesNotMatch", "", 1700000000000 + 2000, false },
		{ "just inside", "RequestTimeTooSkewed", "", 1700000000000 + 239000, false },
		{ "denied has nothing to do with it", "AccessDenied", "", 1700000000000 + 3600000, false },
		{ "no Date", "RequestTimeTooSkewed", "", WHEN_NONE, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		struct failure f = { .answered = true, .status = 403, .code = row[i].code, .message = row[i].message };

		CHECK(row[i].name, clock_is_wrong(&f, row[i].date_ms, now) == row[i].want);
	}
}

/* --- shared files ------------------------------------------------------------------- */

static void
test_shared_files(void **state)
{
	static const char text[] =
	    "# aws_access_key_id = in a comment, before any section\r\n"
	    "[default]\r\n"
	    "region = eu-west-1\r\n"
	    "; region = no\r\n"
	    "[profile a]\n"
	    "Role_ARN: arn:aws:iam::1:role/x\n"
	    "s3 =\n"
	    "  endpoint_url = http://s3.test\n"
	    "  region = nested\n"
	    "region=us-west-2   \n"
	    "note = a # b ; c = d\n"
	    "empty =\n"
	    "[ profile   \"b c\" ]\n"
	    "  region = x1\n"
	    "  output = json\n"
	    "[profile a]\n"
	    "region = later\n"
	    "[broken\n"
	    "region = not this\n";
	static const struct {
		const char *section, *name, *want;
	} row[] = {
		{ "default", "region", "eu-west-1" }, { "profile a", "role_arn", "arn:aws:iam::1:role/x" },
		{ "profile a", "ROLE_ARN", "arn:aws:iam::1:role/x" }, { "profile a", "s3.endpoint_url", "http://s3.test" },
		{ "profile a", "endpoint_url", NULL }, { "profile a", "s3", "" }, { "profile a", "note", "a # b ; c = d" },
		{ "profile a", "empty", "" }, { "profile b c", "region", "x1" }, { "profile b c", "output", "json" },
		{ "profile A", "region", NULL }, { "a", "region", NULL }, { "profile a", "aws_access_key_id", NULL },
	};
	char *last = ini_value(text, "profile a", "region");

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		char *v = ini_value(text, row[i].section, row[i].name);

		CHECK_STR(row[i].name, v, row[i].want);
		free(v);
	}
	CHECK_STR("a line that opens no section goes on", last, "not this");
	CHECK("has", ini_has(text, "profile b c") && !ini_has(text, "broken"));
	free(last);
}

static void
test_command_words(void **state)
{
	static const struct {
		const char *command, *want;	/* joined by | ; NULL: a quote stays open */
	} row[] = {
		{ "a b  c", "a|b|c" }, { "a 'b  c' \"d e\"", "a|b  c|d e" }, { "a\\ b c", "a b|c" }, { "'' x", "|x" },
		{ "\"a \\\" b\" \"c\\d\"", "a \" b|c\\d" }, { "x'y'z", "xyz" }, { "'a\\'", "a\\" }, { "a 'b", NULL },
		{ "a;b $(c) *", "a;b|$(c)|*" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		struct strlist words = STRLIST_INIT;
		bool ok = command_words(&words, row[i].command);
		char *joined = strlist_join(&words, "|");

		CHECK(row[i].command, ok == (row[i].want != NULL));
		if (ok)
			CHECK_STR(row[i].command, joined, row[i].want);
		free(joined);
		strlist_clear(&words);
	}
}

static void
test_where_a_container_may_send_us(void **state)
{
	static const struct {
		const char *uri;
		bool want;
	} row[] = {
		{ "http://127.0.0.1/x", true }, { "http://127.0.0.1:80/x", true }, { "http://localhost/x", true },
		{ "http://localhost:9/x", true }, { "http://[::1]:8/x", true }, { "http://169.254.170.2/x", true },
		{ "http://169.254.170.23/v1/credentials", true }, { "http://[fd00:ec2::23]/v1", true },
		{ "https://example.com/x", true }, { "http://example.com/x", false }, { "http://127.evil.com/x", false },
		{ "http://localhost.evil.com/", false }, { "http://127.0.0.1@evil.com/", false },
		{ "http://169.254.170.2.evil.com/", false }, { "ftp://127.0.0.1/", false }, { "http://", false },
		{ "http://169.254.169.254/latest", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++)
		CHECK(row[i].uri, metadata_uri_allowed(row[i].uri) == row[i].want);
}

/* --- answers -------------------------------------------------------------------------- */

static void
test_credentials_in_json(void **state)
{
	static const struct {
		const char *text, *id, *token;
		int64_t expires_ms;
	} row[] = {
		{ "{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s\"}", "A", NULL, WHEN_NONE },
		{ "{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s\",\"Token\":\"t\",\"Expiration\":\"2030-01-01T00:00:00Z\"}", "A", "t", 1893456000000 },
		{ "{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s\",\"SessionToken\":\"t\",\"Expiration\":\"2030-01-01T02:00:00+02:00\"}", "A", "t", 1893456000000 },
		{ "{\"AccessKeyId\":\"A\"}", NULL, NULL, 0 }, { "{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"\"}", NULL, NULL, 0 },
		{ "{\"AccessKeyId\":1,\"SecretAccessKey\":[]}", NULL, NULL, 0 }, { "[]", NULL, NULL, 0 }, { "", NULL, NULL, 0 },
		{ "{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s\",\"Expiration\":\"soon\"}", NULL, NULL, 0 },
		{ "{\"Code\":\"AssumeRoleUnauthorizedAccess\"}", NULL, NULL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		struct aws_credentials c = { .expires_ms = WHEN_NONE };
		struct error err = ERROR_INIT;
		bool ok = aws_credentials_read(row[i].text, strlen(row[i].text), "it", &c, &err);

		CHECK(row[i].text, ok == (row[i].id != NULL));
		if (ok) {
			CHECK_STR(row[i].text, c.key_id, row[i].id);
			CHECK_STR(row[i].text, c.token, row[i].token);
			CHECK(row[i].text, c.expires_ms == row[i].expires_ms);
		} else {
			CHECK(row[i].text, err.kind == ERROR_CREDENTIALS);
		}
		aws_credentials_clear(&c);
	}
}

static void
test_errors_in_every_shape(void **state)
{
	static const struct {
		const char *body, *header, *code, *message;
	} row[] = {
		{ "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>a &lt;b&gt; &amp;lt; &#39;c&#x27;</Message></Error></ErrorResponse>", NULL, "AccessDenied", "a <b> &lt; 'c'" },
		{ "<Response><Errors><Error><Code>AuthFailure</Code><Message>x</Message></Error></Errors></Response>", NULL, "AuthFailure", "x" },
		{ "{\"__type\":\"com.amazonaws.cloudtrail#ThrottlingException\",\"message\":\"m\"}", NULL, "ThrottlingException", "m" },
		{ "{\"Message\":\"m\"}", "AccessDeniedException:http://internal/", "AccessDeniedException", "m" },
		{ "{\"code\":\"X\"}", NULL, "X", "" }, { "", "Y", "Y", "" }, { "<html>bad gateway", NULL, "", "" },
		{ "{\"__type\":", NULL, "", "" }, { "<Code>open", NULL, "", "" },
		{ "{\"__type\":\"a.b#C:http://host/#part\",\"Message\":\"m\"}", NULL, "C", "m" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		struct aws_error e;

		aws_error_read(&e, row[i].body, strlen(row[i].body), row[i].header);
		CHECK_STR(row[i].body, e.code, row[i].code);
		CHECK_STR(row[i].body, e.message, row[i].message);
		aws_error_clear(&e);
	}
}

static void
test_throttling_by_code_status_or_words(void **state)
{
	static const struct {
		long status;
		const char *code, *message;
		bool throttled;
	} row[] = {
		{ 400, "ThrottlingException", "", true }, { 503, "ThrottlingException", "", true }, { 429, "", "", true },
		{ 429, "TooMany", "slow down", true }, { 400, "", "Rate exceeded", true }, { 503, "SlowDown", "", true },
		{ 400, "ValidationException", "Rate exceeded", false }, { 503, "", "", false }, { 403, "AccessDenied", "", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++)
		CHECK(row[i].code, (failure_kind(row[i].status, row[i].code, row[i].message) == ERROR_THROTTLED) ==
		    row[i].throttled);
}

/* A page as services and proxies may write it: what is around a record serves where the record does not. */
static void
test_pages_of_lookup_events(void **state)
{
	static const struct {
		const char *body;
		int events, damaged;	/* events -1: refused */
		const char *id, *key, *user, *token;
		int64_t time_ms;
	} row[] = {
		{ "{}", 0, 0, NULL, NULL, NULL, NULL, 0 },
		{ "{\"Events\":null,\"NextToken\":\"t\"}", 0, 0, NULL, NULL, NULL, "t", 0 },
		{ "{\"Events\":[],\"NextToken\":\"\"}", 0, 0, NULL, NULL, NULL, NULL, 0 },
		{ "{\"message\":\"hello\"}", -1, 0, NULL, NULL, NULL, NULL, 0 }, { "[]", -1, 0, NULL, NULL, NULL, NULL, 0 },
		{ "{\"Events\":{}}", -1, 0, NULL, NULL, NULL, NULL, 0 }, { "<html>", -1, 0, NULL, NULL, NULL, NULL, 0 },
		{ "{\"Events\":[{}, 7, {\"CloudTrailEvent\":\"{\"}]}", 0, 3, NULL, NULL, NULL, NULL, 0 },
		{ "{\"Events\":[{\"EventId\":\"e\",\"EventName\":\"n\",\"EventTime\":1424476529.5,\"AccessKeyId\":\"AKIA1\","
		    "\"Username\":\"u\"}]}", 1, 0, "e", "AKIA1", "u", NULL, 1424476529500 },
		{ "{\"Events\":[{\"EventId\":\"e\",\"EventTime\":\"2015-02-20T23:28:49Z\",\"Username\":\"u\","
		    "\"CloudTrailEvent\":\"{\\\"eventID\\\":\\\"inner\\\",\\\"userIdentity\\\":{\\\"accessKeyId\\\":\\\"AKIA2\\\"}}\"}]}",
		    1, 0, "inner", "AKIA2", NULL, NULL, 1424474929000 },
		{ "{\"Events\":[{\"EventId\":\"e\",\"AccessKeyId\":\"AKIA3\",\"CloudTrailEvent\":\"{cut off\"}]}", 1, 0, "e",
		    "AKIA3", NULL, NULL, WHEN_NONE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		struct lookup_page page;
		struct error err = ERROR_INIT;
		bool ok = lookup_read(&page, row[i].body, strlen(row[i].body), &err);

		CHECK(row[i].body, ok == (row[i].events >= 0));
		if (!ok)
			continue;
		CHECK(row[i].body, (int)page.events == row[i].events && (int)page.damaged == row[i].damaged);
		CHECK_STR(row[i].body, page.token, row[i].token);
		if (page.events > 0) {
			CHECK_STR(row[i].body, page.event[0].id, row[i].id);
			CHECK_STR(row[i].body, page.event[0].access_key_id, row[i].key);
			CHECK_STR(row[i].body, page.event[0].user_name, row[i].user);
			CHECK(row[i].body, page.event[0].time_ms == row[i].time_ms);
		}
		lookup_page_clear(&page);
	}
}

static void
test_every_region_is_in_its_partition(void **state)
{
	(void)state;
	for (const struct partition *p = partitions; p->id != NULL; p++) {
		struct strlist names = STRLIST_INIT;

		strlist_split(&names, p->regions, " ");
		for (size_t i = 0; i < names.len; i++)
			CHECK(names.item[i], partition_of(names.item[i]) == p);
		CHECK(p->id, strlist_has(&names, p->global) && strlist_has(&names, p->iam) && partition_named(p->id) == p);
		strlist_clear(&names);
	}
	CHECK("global", partition_of("aws-iso-b-global") == partition_named("aws-iso-b"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_tried_again), cmocka_unit_test(test_when_it_is_tried_again),
		cmocka_unit_test(test_the_quota_ends_retries_and_fills_again), cmocka_unit_test(test_whose_clock_is_wrong),
		cmocka_unit_test(test_shared_files), cmocka_unit_test(test_command_words),
		cmocka_unit_test(test_where_a_container_may_send_us), cmocka_unit_test(test_credentials_in_json),
		cmocka_unit_test(test_errors_in_every_shape),
		cmocka_unit_test(test_throttling_by_code_status_or_words), cmocka_unit_test(test_pages_of_lookup_events), cmocka_unit_test(test_every_region_is_in_its_partition),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
