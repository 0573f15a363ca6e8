/* links: all */
/*
 * Runs endpoint rule tests in the AWS SDKs' shape (SERVICE.json with
 * testCases: params Region, UseFIPS, UseDualStack, UseGlobalEndpoint,
 * Endpoint; expect endpoint.url and the signing region, or error) and the
 * precedence tests of configured endpoint addresses, from the directory named
 * as the argument; without one, our own under tests/corpus/endpoints and those
 * of KEYCANARY_SHARED (default ../shared) under data/endpoints. Cases with
 * other parameters (buckets, ARNs) are counted as "not ours".
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "os/file.h"
#include "world/aws/endpoint.h"

struct tally {
	int passed, failed, other;
};

static void
judge(struct tally *t, bool ok, const char *file, const char *what, const char *got, const char *want)
{
	*(ok ? &t->passed : &t->failed) += 1;
	if (!ok)
		(void)printf("%s: %s: got %s, want %s\n", file, what, str_or(got, "(nothing)"), str_or(want, "(nothing)"));
}

/* --- the rules -------------------------------------------------------------------- */

static bool
is_ours(const cJSON *params)
{
	static const char *const known[] = { "Region", "UseFIPS", "UseDualStack", "UseGlobalEndpoint", "Endpoint" };
	const cJSON *p;

	cJSON_ArrayForEach(p, params) {
		bool there = cJSON_IsFalse(p);

		for (size_t i = 0; i < ARRAY_LEN(known); i++)
			there |= str_eq(known[i], p->string);
		if (!there)
			return false;
	}
	return true;
}

static void
run_rule(struct tally *t, const char *file, const char *service, const cJSON *test)
{
	const cJSON *params = json_get(test, "params"), *expect = json_get(test, "expect");
	const cJSON *schemes = json_path(expect, "endpoint.properties.authSchemes");
	const char *url = json_string(expect, "endpoint.url"), *region;
	struct endpoint_want want = { .service = service, .region = json_string(params, "Region"),
		.fips = json_bool(params, "UseFIPS", false), .dual_stack = json_bool(params, "UseDualStack", false),
		.global = json_bool(params, "UseGlobalEndpoint", false) };
	struct endpoint e;
	struct error err = ERROR_INIT;
	const char *what = str_or(json_string(test, "documentation"), "?");
	bool ok;

	if (!is_ours(params)) {
		t->other++;
		return;
	}
	want.custom = mem_strdup(json_string(params, "Endpoint"));
	ok = endpoint_resolve(&want, &e, &err);
	region = json_string(cJSON_GetArrayItem(schemes, 0), "signingRegion");
	judge(t, url == NULL ? !ok : ok && str_eq(e.url, url), file, what, ok ? e.url : err.text,
	    str_or(url, json_string(expect, "error")));
	if (ok && url != NULL && region != NULL)
		judge(t, str_eq(e.signing_region, region), file, what, e.signing_region, region);
	endpoint_clear(&e);
	endpoint_want_clear(&want);
}

/* --- what people set -------------------------------------------------------------- */

/* The suite's profiles and services as the text of a configuration file. */
static void
write_profiles(const cJSON *suite, struct buf *out)
{
	const cJSON *profile, *service, *block, *v;

	cJSON_ArrayForEach(profile, json_get(suite, "profiles")) {
		buf_printf(out, "[profile %s]\n", profile->string);
		cJSON_ArrayForEach(v, profile)
			buf_printf(out, "%s = %s\n", v->string, cJSON_GetStringValue(v));
	}
	cJSON_ArrayForEach(service, json_get(suite, "services")) {
		buf_printf(out, "[services %s]\n", service->string);
		cJSON_ArrayForEach(block, service) {
			buf_printf(out, "%s =\n", block->string);
			cJSON_ArrayForEach(v, block)
				buf_printf(out, "  %s = %s\n", v->string, cJSON_GetStringValue(v));
		}
	}
}

static void
set_environment(const cJSON *suite, const char *name, bool on)
{
	const cJSON *v;

	cJSON_ArrayForEach(v, json_get(json_get(suite, "environments"), name))
		(void)(on ? setenv(v->string, cJSON_GetStringValue(v), 1) : unsetenv(v->string));
}

/* Our program has no endpoint option of its own: cases with one in the client's configuration are not ours. */
static void
run_precedence(struct tally *t, const char *file, const cJSON *suite, const struct shared *files,
    const cJSON *test)
{
	const char *profile = json_string(test, "profile"), *url = json_string(test, "output.endpointUrl");
	const cJSON *client = json_get(json_get(suite, "client_configs"), json_string(test, "client_config"));
	struct endpoint_want want = { .service = json_string(test, "service"), .region = "fake-region-10" };
	struct endpoint e;
	struct error err = ERROR_INIT;
	bool ok;

	if (cJSON_GetArraySize(client) > 0) {
		t->other++;
		return;
	}
	set_environment(suite, json_string(test, "environment"), true);
	endpoint_want(&want, files, profile);
	ok = endpoint_resolve(&want, &e, &err);
	judge(t, ok && str_eq(e.url, url), file, json_string(test, "name"), ok ? e.url : err.text, url);
	set_environment(suite, json_string(test, "environment"), false);
	endpoint_clear(&e);
	endpoint_want_clear(&want);
}

static void
run_suite(struct tally *t, const char *file, const cJSON *suite)
{
	struct buf text = BUF_INIT(BUF_RECORD);
	struct shared files;
	const cJSON *test;

	write_profiles(suite, &text);
	files = (struct shared){ .config = mem_strdup(buf_str(&text)), .credentials = mem_strdup("") };
	cJSON_ArrayForEach(test, json_get(suite, "endpointUrlTests"))
		run_precedence(t, file, suite, &files, test);
	shared_free(&files);
	buf_free(&text);
}

/* --- files ------------------------------------------------------------------------ */

static void
run_file(struct tally *t, const char *dir, const char *name)
{
	char *path = mem_printf("%s/%s", dir, name), *service = mem_strndup(name, strlen(name) - strlen(".json"));
	struct buf text = BUF_INIT(BUF_ANSWER);
	struct error err = ERROR_INIT;
	cJSON *doc = file_read(path, &text, &err) ? json_parse(buf_str(&text), text.len, path, &err) : NULL;
	const cJSON *item;

	if (doc == NULL)
		judge(t, false, name, "cannot be read", err.text, NULL);
	cJSON_ArrayForEach(item, json_get(doc, "testCases"))
		run_rule(t, name, service, item);
	cJSON_ArrayForEach(item, json_get(doc, "testSuites"))
		run_suite(t, name, item);
	cJSON_Delete(doc);
	buf_free(&text);
	free(service);
	free(path);
}

static void
run_directory(struct tally *t, const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	if (d == NULL) {
		(void)printf("%s: no endpoint tests there, skipped\n", dir);
		return;
	}
	while ((e = readdir(d)) != NULL)
		if (str_ends(e->d_name, ".json"))
			run_file(t, dir, e->d_name);
	(void)closedir(d);
}

int
main(int argc, char **argv)
{
	const char *shared = getenv("KEYCANARY_SHARED");
	char *dir = mem_printf("%s/data/endpoints", shared != NULL ? shared : "../shared");
	struct tally t = { 0, 0, 0 };

	(void)unsetenv("AWS_ENDPOINT_URL");
	if (argc > 1) {
		run_directory(&t, argv[1]);
	} else {
		run_directory(&t, "tests/corpus/endpoints");
		run_directory(&t, dir);
	}
	free(dir);
	if (t.other > 0)
		(void)printf("%d not ours\n", t.other);
	(void)printf("%d passed, %d failed\n", t.passed, t.failed);
	return t.failed != 0 || t.passed == 0;
}
