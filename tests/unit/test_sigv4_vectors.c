/* links: all. The signer against directories of vectors:
 * context.json, request.txt, header-*.txt, query-*.txt each. */
#include "unit.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/when.h"
#include "os/file.h"
#include "world/aws/sign.h"

enum { HEADERS_MAX = 64 };

struct vector {
	const char *dir;
	cJSON *context;
	char *text;		/* request.txt, cut into pieces in place */
	struct sign_request request;
	struct sign_header header[HEADERS_MAX];
	struct sign_key key;
	struct sign_options options;
};

static struct {
	int passed, failed;
} count;

static char *
read_text(const char *dir, const char *name)
{
	struct buf b = BUF_INIT(BUF_RECORD);
	char *path = mem_printf("%s/%s", dir, name);
	char *text = file_read(path, &b, NULL) ? buf_take(&b) : NULL;

	buf_free(&b);
	free(path);
	return text;
}

/* "GET /path with spaces?query HTTP/1.1" */
static void
request_line(struct vector *v, char *line)
{
	char *space = strchr(line, ' '), *version = strrchr(line, ' '), *query;

	*space = '\0';
	*version = '\0';
	query = strchr(space + 1, '?');
	if (query != NULL)
		*query++ = '\0';
	v->request.method = line;
	v->request.path = space + 1;
	v->request.query = query;
}

static void
parse_request(struct vector *v)
{
	char *rest = v->text, *line = strsep(&rest, "\n");

	request_line(v, line);
	v->request.header = v->header;
	while (rest != NULL && (line = strsep(&rest, "\n")) != NULL && *line != '\0') {
		char *colon = strchr(line, ':');

		if (line[0] == ' ' || line[0] == '\t') {
			/* A folded line belongs to the header before: join them by a blank. */
			struct sign_header *h = &v->header[v->request.headers - 1];

			h->value = mem_printf("%s %s", h->value, line);
			continue;
		}
		*colon = '\0';
		v->header[v->request.headers++] = (struct sign_header){ line, colon + 1 };
	}
	v->request.body = rest != NULL ? rest : "";
	v->request.body_len = rest != NULL ? strlen(rest) : 0;
}

static void
read_context(struct vector *v)
{
	const cJSON *c = v->context;

	v->key = (struct sign_key){ json_string(c, "credentials.access_key_id"),
		json_string(c, "credentials.secret_access_key"), json_string(c, "credentials.token") };
	v->options = (struct sign_options){ .region = json_string(c, "region"),
		.service = json_string(c, "service"), .normalize = json_bool(c, "normalize", true),
		.double_encode = true, .content_sha256 = json_bool(c, "sign_body", false),
		.omit_token = json_bool(c, "omit_session_token", false),
		.expires_s = json_int(c, "expiration_in_seconds", 3600) };
	(void)when_parse(json_string(c, "timestamp"), &v->options.at_ms);
}

static void
compare(const struct vector *v, const char *file, const char *got)
{
	char *want = read_text(v->dir, file);

	if (want == NULL)
		return;
	if (strcmp(want, got) == 0) {
		count.passed++;
	} else {
		count.failed++;
		printf("%s/%s differs\n--- want\n%s\n--- got\n%s\n", v->dir, file, want, got);
	}
	free(want);
}

static void
check_mode(struct vector *v, const char *mode)
{
	char name[64];
	struct sign_result r;

	v->options.by_query = strcmp(mode, "query") == 0;
	sign(&v->request, &v->key, &v->options, NULL, &r);
	(void)snprintf(name, sizeof(name), "%s-canonical-request.txt", mode);
	compare(v, name, buf_str(&r.canonical));
	(void)snprintf(name, sizeof(name), "%s-string-to-sign.txt", mode);
	compare(v, name, buf_str(&r.to_sign));
	(void)snprintf(name, sizeof(name), "%s-signature.txt", mode);
	compare(v, name, r.signature);
	sign_result_clear(&r);
}

static void
run_vector(const char *dir)
{
	struct vector v = { .dir = dir };
	char *context = read_text(dir, "context.json");

	v.text = read_text(dir, "request.txt");
	v.context = context == NULL ? NULL : json_parse(context, strlen(context), dir, NULL);
	if (v.context != NULL && v.text != NULL) {
		parse_request(&v);
		read_context(&v);
		check_mode(&v, "header");
		check_mode(&v, "query");
	}
	cJSON_Delete(v.context);
	free(v.text);
	free(context);
}

static bool
run_directory(const char *root)
{
	DIR *d = opendir(root);

	if (d == NULL)
		return false;
	for (struct dirent *e; (e = readdir(d)) != NULL;) {
		char *dir = mem_printf("%s/%s", root, e->d_name);

		if (e->d_name[0] != '.')
			run_vector(dir);
		free(dir);
	}
	closedir(d);
	return true;
}

static void
vectors_of_our_own(void **state)
{
	(void)state;
	count.passed = count.failed = 0;
	assert_true(run_directory("tests/corpus/sigv4"));
	assert_int_equal(count.failed, 0);
	assert_true(count.passed > 0);
}

static void
published_vectors(void **state)
{
	const char *shared = getenv("KEYCANARY_SHARED");
	char *dir = mem_printf("%s/data/sigv4/v4", shared != NULL ? shared : "../shared");
	bool there;

	(void)state;
	count.passed = count.failed = 0;
	there = run_directory(dir);
	free(dir);
	if (!there)
		skip();
	assert_int_equal(count.failed, 0);
	assert_true(count.passed > 0);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vectors_of_our_own),
		cmocka_unit_test(published_vectors),
	};

	if (argc < 2)
		return cmocka_run_group_tests(tests, NULL, NULL);
	if (!run_directory(argv[1])) {
		fprintf(stderr, "%s: not a directory\n", argv[1]);
		return 2;
	}
	printf("%d passed, %d failed\n", count.passed, count.failed);
	return count.failed > 0 || count.passed == 0;
}
