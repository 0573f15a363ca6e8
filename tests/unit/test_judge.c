/* links: all (the shipped rules are embedded in the program) */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/when.h"
#include "core/intent/classify.h"
#include "core/intent/fold.h"
#include "core/intent/judge.h"
#include "core/intent/stage.h"
#include "core/intent/match.h"
#include "core/intent/relate.h"
#include "work/rules.h"

#define KEY "AKIAYT723HMDSAE2OSWV"
#define START INT64_C(1741064400000)	/* 2025-03-04T05:00:00Z */

static struct rules *rules;

static int
load(void **state)
{
	(void)state;
	return rules_builtin(&rules, NULL) ? 0 : -1;
}

static int
unload(void **state)
{
	(void)state;
	rules_free(rules);
	return 0;
}

/*
 * "ses:GetAccount" as a classified sighting; "+" behind it: answered; "@region";
 * "=serviceCode"; "~seconds" after the one before (10 unless told); "^" by
 * somebody else, on the canary.
 */
static void
make(struct sighting *s, const char *word, int64_t *at_ms, int n)
{
	char text[128], json[1024], *mark, *region = NULL, *service = NULL, *colon;
	long gap = 10;
	bool ok = false, target = false;
	struct event e;

	assert_true(strlen(word) < sizeof(text));
	memcpy(text, word, strlen(word) + 1);
	while ((mark = strpbrk(text, "+@=~^")) != NULL) {
		char *last = mark;

		for (char *m = mark; m != NULL; m = strpbrk(m + 1, "+@=~^"))
			last = m;
		if (*last == '+')
			ok = true;
		else if (*last == '^')
			target = true;
		else if (*last == '@')
			region = mem_strdup(last + 1);
		else if (*last == '=')
			service = mem_strdup(last + 1);
		else
			gap = strtol(last + 1, NULL, 10);
		*last = '\0';
	}
	colon = strchr(text, ':');
	assert_non_null(colon);
	*colon = '\0';
	*at_ms += n == 0 ? 0 : gap * 1000;
	(void)snprintf(json, sizeof(json), "{\"eventID\":\"e%03d\",\"eventSource\":\"%s.amazonaws.com\",\"eventName\":\"%s\","
	    "\"awsRegion\":\"%s\",\"eventTime\":%lld,\"sourceIPAddress\":\"198.51.100.7\",\"userAgent\":\"Boto3/1\",%s"
	    "\"userIdentity\":{\"type\":\"IAMUser\",\"accessKeyId\":\"%s\"},\"requestParameters\":%s%s%s}", n, text, colon + 1,
	    region != NULL ? region : "us-east-1", (long long)*at_ms / 1000, ok ? "" : "\"errorCode\":\"AccessDenied\",", KEY,
	    service != NULL ? "{\"serviceCode\":\"" : "null", service != NULL ? service : "", service != NULL ? "\"}" : "");
	assert_true(event_parse(&e, json, strlen(json), NULL));
	sighting_init(s);
	sighting_fill(s, &e);
	s->key_id = mem_strdup(KEY);
	s->kind = target ? SIGHTING_TARGET : SIGHTING_KEY;
	s->seen_ms = *at_ms;
	classify(rules, &e, s);
	event_clear(&e);
	free(region);
	free(service);
}

static void
make_all(struct sighting_list *list, const char *calls)
{
	struct strlist words = STRLIST_INIT;
	int64_t at_ms = START;

	strlist_split(&words, calls, " ");
	for (size_t i = 0; i < words.len; i++) {
		struct sighting s;

		make(&s, words.item[i], &at_ms, (int)i);
		sighting_list_take(list, &s);
	}
	strlist_clear(&words);
}

static void
judged(struct incident *i, const struct sighting_list *list)
{
	incident_open(i, NULL, &list->item[0]);
	for (size_t k = 0; k < list->len; k++)
		fold(i, &list->item[k]);
	verdict_clear(&i->verdict);
	judge(rules, i, &i->verdict);
}

static void
judge_calls(struct incident *i, const char *calls)
{
	struct sighting_list list = SIGHTING_LIST_INIT;

	make_all(&list, calls);
	judged(i, &list);
	sighting_list_clear(&list);
}

static void
verdicts(void **state)
{
	static const struct {
		const char *calls, *intent;
		enum severity severity;
		enum confidence confidence;
		const char *pace;
	} row[] = {
		{ "sts:GetCallerIdentity+", "key-check", SEVERITY_MEDIUM, CONFIDENCE_MEDIUM, "single call" },
		{ "ses:GetAccount", "ses-probe", SEVERITY_MEDIUM, CONFIDENCE_MEDIUM, "single call" },
		{ "ses:GetAccount ses:GetAccount@eu-west-1~1 ses:GetAccount@eu-west-2~1 ses:GetAccount@eu-west-3~1", "ses-probe",
		    SEVERITY_MEDIUM, CONFIDENCE_HIGH, "scripted" },
		{ "ses:GetSendQuota ses:ListIdentities~60", "ses-footprint", SEVERITY_HIGH, CONFIDENCE_HIGH, "by hand" },
		{ "servicequotas:ListServiceQuotas", "recon", SEVERITY_MEDIUM, CONFIDENCE_LOW, "single call" },
		/* GetAccount answers two questions and the quota call, near it, is of SES: two calls, two categories */
		{ "ses:GetAccount servicequotas:ListServiceQuotas", "ses-footprint", SEVERITY_HIGH, CONFIDENCE_HIGH, NULL },
		{ "ses:GetAccount servicequotas:ListServiceQuotas=ec2", "ses-probe", SEVERITY_MEDIUM, CONFIDENCE_HIGH, NULL },
		{ "sns:GetSMSAttributes", "sms-abuse", SEVERITY_MEDIUM, CONFIDENCE_MEDIUM, NULL },
		{ "sns:SetSMSAttributes", "sms-abuse", SEVERITY_HIGH, CONFIDENCE_MEDIUM, NULL },
		{ "bedrock:ListFoundationModels", "llm-hijack", SEVERITY_MEDIUM, CONFIDENCE_MEDIUM, NULL },
		{ "bedrock:InvokeModel", "llm-hijack", SEVERITY_HIGH, CONFIDENCE_MEDIUM, NULL },
		{ "iam:ListAccessKeys^", "recon", SEVERITY_MEDIUM, CONFIDENCE_LOW, NULL },
		{ "iam:UpdateAccessKey^", "persistence", SEVERITY_HIGH, CONFIDENCE_MEDIUM, NULL },
		{ "frobnicate:StartIt", "other-use", SEVERITY_MEDIUM, CONFIDENCE_LOW, NULL },
		/* a script, and a look the day after, is a script */
		{ "ses:GetSendQuota ses:ListIdentities~1 iam:ListUsers~1 iam:CreateUser~1 sts:GetCallerIdentity~80000", "persistence",
		    SEVERITY_CRITICAL, CONFIDENCE_HIGH, "scripted" },
	};

	(void)state;
	for (size_t k = 0; k < ARRAY_LEN(row); k++) {
		struct incident i;

		judge_calls(&i, row[k].calls);
		CHECK_STR(row[k].calls, i.verdict.intent, row[k].intent);
		CHECK_STR(row[k].calls, severity_name(i.verdict.severity), severity_name(row[k].severity));
		CHECK_STR(row[k].calls, confidence_name(i.verdict.confidence), confidence_name(row[k].confidence));
		if (row[k].pace != NULL)
			CHECK_STR(row[k].calls, i.verdict.pace, row[k].pace);
		CHECK(row[k].calls, i.verdict.reasons.len > 0 && !str_empty(i.verdict.summary));
		CHECK(row[k].calls, i.verdict.next_steps.len > 0);
		incident_clear(&i);
	}
}

static void
the_quota_of_unknown_service(void **state)
{
	static const struct {
		const char *calls, *stage;	/* of the first call */
	} row[] = {
		{ "servicequotas:ListServiceQuotas", "S1?" },
		{ "servicequotas:ListServiceQuotas iam:ListUsers", "S1?" },
		{ "servicequotas:ListServiceQuotas ses:ListTemplates", "S1" },
		{ "servicequotas:ListServiceQuotas ses:GetAccount~3600", "S1" },
		{ "servicequotas:ListServiceQuotas ses:GetAccount~3601", "S1?" },
		{ "servicequotas:ListServiceQuotas=ses", "S1" },
		{ "servicequotas:ListServiceQuotas=ec2 ses:GetAccount", "X1" },
		{ "servicequotas:ListServiceQuotas email:GetAccount", "S1" },
		{ "servicequotas:ListServiceQuotas apigateway:GetAccount", "S1?" },
	};

	(void)state;
	for (size_t k = 0; k < ARRAY_LEN(row); k++) {
		struct sighting_list list = SIGHTING_LIST_INIT;
		struct incident i;

		make_all(&list, row[k].calls);
		judged(&i, &list);
		CHECK_STR(row[k].calls, stage_of_sighting(rules, &i.tally, &list.item[0]), row[k].stage);
		incident_clear(&i);
		sighting_list_clear(&list);
	}
}

static void
nearest_flows(void **state)
{
	static const struct {
		const char *calls, *id;
		int seen, total;
		bool in_order;
	} row[] = {
		{ "ses:GetSendQuota", NULL, 0, 0, false },
		{ "ses:GetSendQuota ses:ListIdentities", "invictus-dangerdev-checks-2024", 2, 2, true },
		{ "ses:ListIdentities ses:GetSendQuota", "invictus-dangerdev-checks-2024", 2, 2, false },
		/* the clock has seconds: of one second any order is in order */
		{ "ses:ListIdentities ses:GetSendQuota~0", "invictus-dangerdev-checks-2024", 2, 2, true },
		{ "sts:GetCallerIdentity ses:GetSendQuota", "fortinet-trufflenet-2025", 2, 2, true },
		{ "ses:GetAccount ses:ListIdentities", "permiso-initial", 2, 3, true },
		{ "ses:GetAccount servicequotas:ListServiceQuotas=ses ses:ListIdentities", "permiso-initial", 3, 3, true },
		{ "email:GetAccount servicequotas:ListServiceQuotas=ses ses:ListIdentities", "permiso-initial", 3, 3, true },
		{ "ses:GetAccountSendingEnabled ses:ListIdentities", "permiso-full-reconstructed", 2, 7, false },
		{ "ses:GetSendQuota ses:ListIdentities iam:ListUsers iam:CreateUser iam:AttachUserPolicy iam:CreateLoginProfile",
		    "datadog-ecs-2024-01", 6, 6, true },
		{ "glue:GetDatabases iam:ListUsers", NULL, 0, 0, false },
	};

	(void)state;
	for (size_t k = 0; k < ARRAY_LEN(row); k++) {
		struct incident i;
		const struct flow_match *f = &i.verdict.flow;

		judge_calls(&i, row[k].calls);
		CHECK_STR(row[k].calls, f->id, row[k].id);
		CHECK(row[k].calls, f->seen == row[k].seen && f->total == row[k].total && f->in_order == row[k].in_order);
		CHECK(row[k].calls, f->id == NULL || (f->next.len > 0 && !str_empty(f->source)));
		CHECK(row[k].calls, f->id == NULL || f->missing.len == (size_t)(f->total - f->seen));
		incident_clear(&i);
	}
}

/* The tally and the verdict of the same sightings, as the store keeps them. */
static char *
written(const struct incident *i)
{
	struct buf b = BUF_INIT(BUF_REPORT);
	struct jsonw w = JSONW_INIT(&b, 0);

	jsonw_open(&w, NULL, '{');
	tally_write(&i->tally, &w, "tally");
	verdict_write(&i->verdict, &w, "verdict");
	jsonw_close(&w);
	return buf_take(&b);
}

static uint32_t
next_random(uint32_t *seed)
{
	*seed = *seed * 1664525U + 1013904223U;
	return *seed >> 8;
}

static void
shuffle(struct sighting_list *list, uint32_t *seed)
{
	for (size_t i = list->len; i > 1; i--) {
		size_t k = next_random(seed) % i;
		struct sighting t = list->item[i - 1];

		list->item[i - 1] = list->item[k];
		list->item[k] = t;
	}
}

/* More addresses than a tally keeps, equal times, several labels. */
static void
vary(struct sighting_list *list, uint32_t *seed)
{
	for (size_t i = 0; i < list->len; i++) {
		struct sighting *s = &list->item[i];

		free(s->ip);
		s->ip = mem_printf("203.0.113.%u", next_random(seed) % 250);
		s->time_ms = START + (int64_t)(next_random(seed) % 20) * 60000;
		if (next_random(seed) % 9 == 0)
			s->label = mem_strdup("expected");
	}
}

static void
the_order_does_not_matter(void **state)
{
	static const char *const calls[] = { "ses:GetSendQuota", "ses:GetAccount@eu-west-1", "ses:ListIdentities", "iam:CreateUser",
		"servicequotas:ListServiceQuotas", "sns:GetSMSAttributes+", "sts:GetCallerIdentity+", "glue:StartJobRun" };
	uint32_t seed = 7;

	(void)state;
	for (int round = 0; round < 20; round++) {
		struct sighting_list list = SIGHTING_LIST_INIT;
		struct incident first, again;
		char *a, *b;

		for (int n = 0; n < 200; n++) {
			int64_t at_ms = START;
			struct sighting s;

			make(&s, calls[next_random(&seed) % ARRAY_LEN(calls)], &at_ms, n);
			sighting_list_take(&list, &s);
		}
		vary(&list, &seed);
		judged(&first, &list);
		shuffle(&list, &seed);
		judged(&again, &list);
		a = written(&first);
		b = written(&again);
		assert_string_equal(a, b);
		assert_int_equal(first.tally.addresses.len, TALLY_TEXTS_MAX);
		free(a);
		free(b);
		incident_clear(&first);
		incident_clear(&again);
		sighting_list_clear(&list);
	}
}

static void
silence_ends_an_incident(void **state)
{
	static const struct {
		const char *name;
		int64_t after_s;
		bool same;
	} row[] = {
		{ "at once", 0, true }, { "a minute", 60, true }, { "23 hours", 23 * 3600, true },
		{ "just inside", 24 * 3600, true }, { "just outside", 24 * 3600 + 1, false }, { "five days", 5 * 86400, false },
		{ "before", -3600, true }, { "long before", -2 * 86400, false },
	};

	(void)state;
	for (size_t k = 0; k < ARRAY_LEN(row); k++) {
		struct sighting s;
		struct incident i;
		int64_t at_ms = START;

		judge_calls(&i, "ses:GetAccount");
		at_ms += row[k].after_s * 1000;
		make(&s, "ses:GetAccount", &at_ms, 0);
		CHECK(row[k].name, (incident_find(&i, 1, &s, FOLD_WINDOW_S) == 0) == row[k].same);
		free(s.key_id);
		s.key_id = mem_strdup("AKIAYT723HMDSAE2OSWW");
		CHECK(row[k].name, incident_find(&i, 1, &s, FOLD_WINDOW_S) == SIZE_MAX);
		sighting_clear(&s);
		incident_clear(&i);
	}
}

static void
one_visitor_two_canaries(void **state)
{
	struct incident list[3];
	struct relation out[RELATIONS_MAX];

	(void)state;
	judge_calls(&list[0], "ses:GetAccount");
	judge_calls(&list[1], "ses:GetSendQuota~60");
	judge_calls(&list[2], "ses:GetSendQuota");
	for (int i = 0; i < 3; i++) {
		free(list[i].id);
		list[i].id = mem_printf("i%d", i);
	}
	assert_int_equal(incidents_related(&list[0], list, 3, FOLD_WINDOW_S, out), 2);
	CHECK_STR("address", out[0].address, "198.51.100.7");
	CHECK_STR("user agent", out[0].user_agent, "Boto3/1");
	list[1].tally.first_ms += INT64_C(5) * 86400000;
	list[1].tally.last_ms += INT64_C(5) * 86400000;
	free(list[2].tally.addresses.item[0].text);
	list[2].tally.addresses.item[0].text = mem_strdup("198.51.100.8");
	assert_int_equal(incidents_related(&list[0], list, 3, FOLD_WINDOW_S, out), 1);
	assert_true(out[0].incident == &list[2] && out[0].address == NULL && out[0].user_agent != NULL);
	for (int i = 0; i < 3; i++)
		incident_clear(&list[i]);
}

static void
advice_fits_the_answers(void **state)
{
	struct incident i;
	char *steps;

	(void)state;
	judge_calls(&i, "sts:GetCallerIdentity+ ses:GetAccount");
	steps = strlist_join(&i.verdict.next_steps, "\n");
	assert_non_null(strstr(steps, "Do not deactivate"));
	free(steps);
	incident_clear(&i);
	judge_calls(&i, "sts:GetCallerIdentity+ ses:GetAccount+");
	steps = strlist_join(&i.verdict.next_steps, "\n");
	assert_null(strstr(steps, "Do not deactivate"));
	assert_non_null(strstr(steps, "take its rights away"));
	free(steps);
	incident_clear(&i);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verdicts),
		cmocka_unit_test(the_quota_of_unknown_service),
		cmocka_unit_test(nearest_flows),
		cmocka_unit_test(the_order_does_not_matter),
		cmocka_unit_test(silence_ends_an_incident),
		cmocka_unit_test(one_visitor_two_canaries),
		cmocka_unit_test(advice_fits_the_answers),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
