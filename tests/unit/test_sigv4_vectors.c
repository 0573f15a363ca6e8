/* links: all */
/*
 * Runs a directory of signing vectors (one directory a case: context.json,
 * request.txt, header-canonical-request.txt, header-string-to-sign.txt,
 * header-signature.txt) named as the argument, or those of KEYCANARY_SHARED
 * (default ../shared) under data/sigv4/v4. Closes with "N passed, M failed".
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/when.h"
#include "os/file.h"
#include "world/aws/sigv4.h"

static char *
read_case(const char *dir, const char *name, const char *file)
{
	char *path = mem_printf("%s/%s/%s", dir, name, file);
	struct buf b = BUF_INIT(BUF_RECORD);
	struct error err = ERROR_INIT;
	bool ok = file_read(path, &b, &err);

	free(path);
	if (!ok) {
		buf_free(&b);
		return NULL;
	}
	return b.ptr != NULL ? buf_take(&b) : mem_strdup("");
}

/* "METHOD target HTTP/1.1", header lines (continued by white space), empty line, body. */
static void
take_apart(char *text, struct sigv4_request *r, struct strlist *headers)
{
	char *line = strchr(text, '\n'), *body = strstr(text, "\n\n"), *version, *target;

	if (body != NULL) {
		*body = '\0';
		r->body = body + 2;
		r->body_len = strlen(r->body);
	}
	if (line != NULL)
		*line = '\0';
	target = strchr(text, ' ');
	*target++ = '\0';
	version = strrchr(target, ' ');
	*version = '\0';
	r->method = text;
	r->target = target;
	while (line != NULL && line != body) {
		char *next = strchr(line + 1, '\n');

		if (next != NULL)
			*next = '\0';
		if ((line[1] == ' ' || line[1] == '\t') && headers->len > 0) {
			char *whole = mem_printf("%s %s", headers->item[headers->len - 1], line + 1);

			free(headers->item[headers->len - 1]);
			headers->item[headers->len - 1] = whole;
		} else if (line[1] != '\0') {
			strlist_add(headers, line + 1);
		}
		line = next;
	}
}

static bool
same(const char *name, const char *what, const char *got, char *want)
{
	bool ok = want == NULL || strcmp(got, want) == 0;

	if (!ok)
		(void)printf("%s: %s is\n%s\nnot\n%s\n", name, what, got, want);
	free(want);
	return ok;
}

static bool
run_case(const char *dir, const char *name)
{
	char *context = read_case(dir, name, "context.json"), *text = read_case(dir, name, "request.txt");
	struct strlist headers = STRLIST_INIT, all = STRLIST_INIT;
	struct sigv4_request r = { .headers = &headers };
	struct sigv4_made made;
	struct sigv4 s = { .s3 = false };
	struct error err = ERROR_INIT;
	cJSON *c = json_parse(context, strlen(context), "context.json", &err);
	bool ok;

	s.key_id = json_string(c, "credentials.access_key_id");
	s.secret = json_string(c, "credentials.secret_access_key");
	s.token = json_string(c, "credentials.token");
	s.region = json_string(c, "region");
	s.service = json_string(c, "service");
	s.no_normalize = !json_bool(c, "normalize", true);
	s.body_header = json_bool(c, "sign_body", false);
	s.token_after = json_bool(c, "omit_session_token", false);
	(void)when_parse(json_string(c, "timestamp"), &s.time_ms);
	take_apart(text, &r, &headers);
	strlist_copy(&all, &headers);
	sigv4_sign(&s, &r, &all, &made);
	ok = same(name, "canonical request", buf_str(&made.canonical),
	    read_case(dir, name, "header-canonical-request.txt"));
	ok &= same(name, "string to sign", made.to_sign, read_case(dir, name, "header-string-to-sign.txt"));
	ok &= same(name, "signature", made.signature, read_case(dir, name, "header-signature.txt"));
	sigv4_made_clear(&made);
	strlist_clear(&headers);
	strlist_clear(&all);
	cJSON_Delete(c);
	free(context);
	free(text);
	return ok;
}

/* Every case of a directory; false when there is no such directory. */
static bool
run_directory(const char *dir, int *passed, int *failed)
{
	struct dirent *e;
	DIR *d = opendir(dir);

	if (d == NULL)
		return false;
	while ((e = readdir(d)) != NULL) {
		char *context = mem_printf("%s/%s/context.json", dir, e->d_name);

		if (e->d_name[0] != '.' && file_exists(context))
			*(run_case(dir, e->d_name) ? passed : failed) += 1;
		free(context);
	}
	(void)closedir(d);
	return true;
}

/* A directory by argument; without one, our own vectors and the published ones where present. */
int
main(int argc, char **argv)
{
	const char *shared = getenv("KEYCANARY_SHARED");
	char *dir = argc > 1 && argv[1][0] != '\0' ? mem_strdup(argv[1]) :
	    mem_printf("%s/data/sigv4/v4", shared != NULL ? shared : "../shared");
	int passed = 0, failed = 0;
	bool there = run_directory(dir, &passed, &failed);

	if (argc <= 1)
		(void)run_directory("tests/corpus/sigv4", &passed, &failed);
	if (!there)
		(void)printf("%s: no vectors there, skipped\n", dir);
	free(dir);
	(void)printf("%d passed, %d failed\n", passed, failed);
	return failed != 0 || passed == 0;
}
