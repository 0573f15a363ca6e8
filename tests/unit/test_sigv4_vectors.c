/* links: all */
/*
 * Runs a directory of signing vectors (one directory a case: context.json,
 * request.txt, and what must come out: header-canonical-request.txt,
 * header-string-to-sign.txt, header-signature.txt, header-signed-request.txt)
 * named as the argument, or those of KEYCANARY_SHARED (default ../shared)
 * under data/sigv4/v4. Closes with "N passed, M failed".
 *
 * The signer signs in the Authorization header only, so the query-* files of
 * a case are not looked at. A case where nothing could be compared fails.
 * Beyond the published layout a context may say "s3": true (the path is
 * signed as sent) and "unsigned_body": true.
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

/*
 * A header line, or the continuation of the one before. Editions of the suite
 * differ in what a continued line means: one value with spaces (RFC 7230
 * section 3.2.4), or, in older ones, the same header once more.
 */
static void
take_header(struct strlist *headers, const char *line, const char *joint, int *continued)
{
	if ((line[0] == ' ' || line[0] == '\t') && headers->len > 0) {
		char *whole = mem_printf("%s%s%s", headers->item[headers->len - 1], joint, line + strspn(line, " \t"));

		(*continued)++;
		free(headers->item[headers->len - 1]);
		headers->item[headers->len - 1] = whole;
	} else if (line[0] != '\0') {
		strlist_add(headers, line);
	}
}

/* "METHOD target HTTP/1.1", header lines (continued by white space), empty line, body. */
static bool
take_apart(char *text, struct sigv4_request *r, struct strlist *headers, const char *joint, int *continued)
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
	version = strrchr(text, ' ');
	if (target == NULL || version == target)
		return false;
	*target++ = *version = '\0';
	r->method = text;
	r->target = target;
	while (line != NULL && line != body) {
		char *next = strchr(line + 1, '\n');

		if (next != NULL)
			*next = '\0';
		take_header(headers, line + 1, joint, continued);
		line = next;
	}
	return true;
}

/* Takes `want`; NULL: nothing to compare with. */
static bool
same(const char *name, const char *what, const char *got, char *want, int *compared)
{
	size_t len = want != NULL ? strlen(want) : 0;
	bool ok;

	while (len > 0 && want[len - 1] == '\n')
		want[--len] = '\0';
	ok = want == NULL || strcmp(got, want) == 0;
	if (!ok)
		(void)printf("%s: %s is\n%s\nnot\n%s\n", name, what, got, want);
	*compared += want != NULL;
	free(want);
	return ok;
}

/* The Authorization line of a signed request, blanks behind the colon cut; NULL: no such file. */
static char *
authorization_of(char *signed_request)
{
	char *at = signed_request != NULL ? strstr(signed_request, "\nAuthorization:") : NULL, *line = NULL;

	if (at != NULL) {
		at += strlen("\nAuthorization:");
		at += strspn(at, " ");
		line = mem_strndup(at, strcspn(at, "\r\n"));
	}
	free(signed_request);
	return line;
}

static bool
read_context(const char *name, const cJSON *c, struct sigv4 *s)
{
	static const char *const known[] = { "credentials", "expiration_in_seconds", "normalize", "region",
		"service", "sign_body", "timestamp", "omit_session_token", "s3", "unsigned_body" };
	const cJSON *member;

	cJSON_ArrayForEach(member, c) {
		bool there = false;

		for (size_t i = 0; i < ARRAY_LEN(known); i++)
			there |= str_eq(known[i], member->string);
		if (!there)
			(void)printf("%s: context.json says \"%s\", which this runner does not know\n", name, member->string);
	}
	s->key_id = json_string(c, "credentials.access_key_id");
	s->secret = json_string(c, "credentials.secret_access_key");
	s->token = json_string(c, "credentials.token");
	s->region = json_string(c, "region");
	s->service = json_string(c, "service");
	s->no_normalize = !json_bool(c, "normalize", true);
	s->body_header = json_bool(c, "sign_body", false);
	s->token_after = json_bool(c, "omit_session_token", false);
	s->s3 = json_bool(c, "s3", false);
	s->unsigned_body = json_bool(c, "unsigned_body", false);
	if (s->key_id == NULL || s->secret == NULL || s->region == NULL || s->service == NULL ||
	    !when_parse(str_or(json_string(c, "timestamp"), ""), &s->time_ms)) {
		(void)printf("%s: context.json needs credentials, region, service and timestamp\n", name);
		return false;
	}
	return true;
}

static bool
compare(const char *dir, const char *name, const struct sigv4_made *made, const struct strlist *all)
{
	const char *header = strchr(all->item[all->len - 1], ':');
	int n = 0;
	bool ok = same(name, "canonical request", buf_str(&made->canonical),
	    read_case(dir, name, "header-canonical-request.txt"), &n);

	ok &= same(name, "string to sign", made->to_sign, read_case(dir, name, "header-string-to-sign.txt"), &n);
	ok &= same(name, "signature", made->signature, read_case(dir, name, "header-signature.txt"), &n);
	ok &= same(name, "Authorization", header + 2,
	    authorization_of(read_case(dir, name, "header-signed-request.txt")), &n);
	if (n == 0)
		(void)printf("%s: has no header-* files to compare with\n", name);
	return ok && n > 0;
}

static bool
try_case(const char *dir, const char *name, struct sigv4_keys *keys, const char *joint, int *continued)
{
	char *context = read_case(dir, name, "context.json"), *text = read_case(dir, name, "request.txt");
	struct strlist headers = STRLIST_INIT, all = STRLIST_INIT;
	struct sigv4_request r = { .headers = &headers };
	struct sigv4_made made, again;
	struct sigv4 s = { .keys = NULL };
	struct error err = ERROR_INIT;
	cJSON *c = json_parse(context, strlen(context), "context.json", &err);
	bool ok = c != NULL && text != NULL && read_context(name, c, &s);

	if (c == NULL || text == NULL)
		(void)printf("%s: %s\n", name, c == NULL ? err.text : "no request.txt");
	if (ok && !take_apart(text, &r, &headers, joint, continued))
		ok = printf("%s: request.txt does not begin with METHOD TARGET VERSION\n", name) < 0;
	if (ok) {
		strlist_copy(&all, &headers);
		sigv4_sign(&s, &r, &all, &made);
		ok = compare(dir, name, &made, &all);
		/* With a key from the cache the same must come out, twice. */
		for (int i = 0; i < 2; i++) {
			struct strlist other = STRLIST_INIT;

			strlist_copy(&other, &headers);
			s.keys = keys;
			sigv4_sign(&s, &r, &other, &again);
			ok &= strcmp(made.signature, again.signature) == 0;
			sigv4_made_clear(&again);
			strlist_clear(&other);
		}
		sigv4_made_clear(&made);
	}
	strlist_clear(&headers);
	strlist_clear(&all);
	cJSON_Delete(c);
	free(context);
	free(text);
	return ok;
}

static bool
run_case(const char *dir, const char *name, struct sigv4_keys *keys)
{
	int continued = 0;

	return try_case(dir, name, keys, " ", &continued) ||
	    (continued > 0 && try_case(dir, name, keys, ",", &continued));
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

		if (e->d_name[0] != '.' && file_exists(context)) {
			struct sigv4_keys *keys = mem_zalloc(1, sizeof(*keys));

			*(run_case(dir, e->d_name, keys) ? passed : failed) += 1;
			sigv4_keys_wipe(keys);
			free(keys);
		}
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
