/* links: all */
/* Credentials are renewed before they end, and serve to their end when that fails. No network: a program gives them out. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/when.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/log.h"
#include "unit.h"
#include "world/aws/client.h"
#include "world/net/http.h"

static char dir[] = "/tmp/keycanary-test-XXXXXX";

static void
put(const char *name, const char *text)
{
	char *path = mem_printf("%s/%s", dir, name);
	struct error err = ERROR_INIT;

	if (!file_write(path, text, strlen(text), 0700, &err))
		fail_msg("%s", err.text);
	free(path);
}

/* What the program prints from now on: a key that ends `minutes` from the real now; NULL: it fails. */
static void
give(const char *key, int minutes)
{
	char at[WHEN_TEXT_MAX], *text;

	(void)when_utc((clock_now_ms() / 60000 + minutes) * 60000, at);
	text = key == NULL ? mem_strdup("#!/bin/sh\nexit 1\n") :
	    mem_printf("#!/bin/sh\necho '{\"Version\":1,\"AccessKeyId\":\"%s\",\"SecretAccessKey\":\"s\",\"SessionToken\":\"t\","
		"\"Expiration\":\"%s\"}'\n", key, at);
	put("process", text);
	free(text);
}

/* The clock is ahead by so much from now on. */
static void
ahead(int minutes)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%d", minutes * 60);
	put("clock", text);
}

static void
test_renewal(void **state)
{
	struct aws_client_options o = { .profile = "p" };
	struct error err = ERROR_INIT;
	struct aws_client *c;
	struct http *h;

	(void)state;
	CHECK("http", http_open(&h, &err));
	c = aws_client_new(h, &o);
	ahead(0);
	give("FIRST", 60);
	CHECK("found", aws_client_ready(c, &err));
	CHECK_STR("found", aws_client_key_id(c), "FIRST");
	give("SECOND", 120);
	ahead(40);
	CHECK("20 minutes left", aws_client_ready(c, &err) && aws_client_fresh(c));
	CHECK_STR("20 minutes left", aws_client_key_id(c), "FIRST");
	give(NULL, 0);
	ahead(50);
	CHECK("10 minutes left: renewing fails, the old one serves", !aws_client_fresh(c) && aws_client_ready(c, &err));
	CHECK_STR("it fails", aws_client_key_id(c), "FIRST");
	CHECK("not asked again at once", aws_client_fresh(c));
	ahead(0);
	give("SECOND", 120);
	ahead(52);
	CHECK("two minutes later it works again", aws_client_ready(c, &err));
	CHECK_STR("renewed", aws_client_key_id(c), "SECOND");
	give(NULL, 0);
	ahead(121);
	CHECK("ended, and none to be had", !aws_client_ready(c, &err) && err.kind == ERROR_CREDENTIALS);
	CHECK("nothing is kept", aws_client_key_id(c) == NULL);
	ahead(0);
	give("LATE", -5);
	CHECK("what is expired already is refused", !aws_client_ready(c, &err) && strstr(err.text, "expired") != NULL);
	give("SHORT", 6);
	CHECK("short-lived", aws_client_ready(c, &err) && aws_client_fresh(c));
	aws_client_free(c);
	http_close(h);
}

static bool
refuse(void *arg, const char *key_id)
{
	return str_eq(arg, key_id);
}

static void
test_a_canary_that_comes_with_the_renewal_is_refused(void **state)
{
	char canary[] = "CANARY";
	struct aws_client_options o = { .profile = "p", .refuse = refuse, .refuse_arg = canary };
	struct error err = ERROR_INIT;
	struct aws_client *c;
	struct http *h;

	(void)state;
	CHECK("http", http_open(&h, &err));
	c = aws_client_new(h, &o);
	ahead(0);
	give("FIRST", 60);
	CHECK("found", aws_client_ready(c, &err));
	give("CANARY", 120);
	ahead(50);
	CHECK("refused, though the old one is still good", !aws_client_ready(c, &err) && err.kind == ERROR_REFUSED);
	CHECK("named", strstr(err.text, "CANARY") != NULL && aws_client_key_id(c) == NULL);
	aws_client_free(c);
	http_close(h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_renewal), cmocka_unit_test(test_a_canary_that_comes_with_the_renewal_is_refused),
	};
	char *clock, *config, *text;
	int failed;

	if (mkdtemp(dir) == NULL)
		return 1;
	clock = mem_printf("@%s/clock", dir);
	config = mem_printf("%s/config", dir);
	text = mem_printf("[profile p]\ncredential_process = %s/process\n", dir);
	put("config", text);
	ahead(0);
	(void)setenv("AWS_CONFIG_FILE", config, 1);
	(void)setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent", 1);
	(void)setenv("KEYCANARY_CLOCK", clock, 1);
	log_setup(LOG_LEVEL_ERROR, false);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	free(clock);
	free(config);
	free(text);
	text = mem_printf("rm -rf %s", dir);
	failed += system(text);
	free(text);
	return failed;
}
