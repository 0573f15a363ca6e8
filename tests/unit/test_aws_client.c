/* links: all */
/* Credentials are renewed before they end, and serve to their end when that fails. No network: a program gives them out. */
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
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

/* --- what goes over the wire ---------------------------------------------------------- */

/* Takes one request, answers "fine". */
struct peer {
	int fd;
	char head[8192];
};

static void *
serve(void *arg)
{
	static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nfine";
	struct peer *p = arg;
	int fd = accept(p->fd, NULL, NULL);
	size_t len = 0;
	ssize_t n;

	while (strstr(p->head, "\r\n\r\n") == NULL && (n = read(fd, p->head + len, sizeof(p->head) - 1 - len)) > 0)
		len += (size_t)n;
	(void)!write(fd, answer, sizeof(answer) - 1);
	(void)close(fd);
	return NULL;
}

static int
listen_somewhere(int *port)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (bind(fd, (struct sockaddr *)&at, len) != 0 || listen(fd, 4) != 0 ||
	    getsockname(fd, (struct sockaddr *)&at, &len) != 0)
		fail_msg("no socket");
	*port = ntohs(at.sin_port);
	return fd;
}

static void
test_requests_on_the_wire(void **state)
{
	static const struct {
		const char *name;
		struct aws_call call;
		const char *line, *has, *has_not;
	} row[] = {
		{ "a form", { .service = "iam", .body = "Action=ListUsers" }, "POST /base/ HTTP/1.1\r\n",
		    "/us-east-1/iam/aws4_request", "x-amz-content-sha256" },
		{ "JSON", { .service = "cloudtrail", .region = "eu-west-1", .target = "a.B", .body = "{}" },
		    "POST /base/ HTTP/1.1\r\n", "/eu-west-1/cloudtrail/aws4_request", "x-amz-content-sha256" },
		{ "an object", { .service = "s3", .region = "eu-west-1", .method = "GET", .bucket = "logs",
		    .path = "/AWSLogs/a%20b.gz" }, "GET /base/logs/AWSLogs/a%20b.gz HTTP/1.1\r\n", "x-amz-content-sha256: e3b0c442",
		    "Content-Type" },
		{ "a listing", { .service = "s3", .region = "eu-west-1", .method = "GET", .bucket = "lo.gs",
		    .query = "list-type=2&prefix=x%2F" }, "GET /base/lo.gs/?list-type=2&prefix=x%2F HTTP/1.1\r\n",
		    "SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token", "Content-Type" },
		{ "not signed", { .service = "sts", .body = "Action=AssumeRoleWithWebIdentity", .anonymous = true },
		    "POST /base/ HTTP/1.1\r\n", "User-Agent: keycanary/", "Authorization" },
	};
	struct aws_client_options o = { .profile = "p", .timeout_ms = 5000 };
	struct error err = ERROR_INIT;
	struct http *h;

	(void)state;
	ahead(0);
	give("FIRST", 60);
	CHECK("http", http_open(&h, &err));
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		struct buf out = BUF_INIT(BUF_LINE);
		struct peer p = { .head = "" };
		struct aws_client *c;
		pthread_t thread;
		char *url;
		int port;
		bool ok;

		p.fd = listen_somewhere(&port);
		url = mem_printf("http://127.0.0.1:%d/base/", port);
		(void)setenv("AWS_ENDPOINT_URL", url, 1);
		c = aws_client_new(h, &o);
		CHECK("thread", pthread_create(&thread, NULL, serve, &p) == 0);
		ok = aws_call(c, &row[i].call, &out, &err);
		(void)pthread_join(thread, NULL);
		CHECK(row[i].name, ok && strcmp(buf_str(&out), "fine") == 0);
		CHECK(row[i].name, strncmp(p.head, row[i].line, strlen(row[i].line)) == 0);
		CHECK(row[i].name, strstr(p.head, row[i].has) != NULL && strstr(p.head, row[i].has_not) == NULL);
		(void)close(p.fd);
		aws_client_free(c);
		buf_free(&out);
		free(url);
	}
	(void)unsetenv("AWS_ENDPOINT_URL");
	http_close(h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_renewal), cmocka_unit_test(test_requests_on_the_wire),
		cmocka_unit_test(test_a_canary_that_comes_with_the_renewal_is_refused),
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
