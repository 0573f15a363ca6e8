/* A request's target and headers, signed: the same twice, one line each. */
#include "base/str.h"
#include "fuzz.h"
#include "world/aws/sigv4.h"

static void
sign(const char *target, const struct strlist *headers, const char *body, bool s3, char out[static 65])
{
	struct sigv4 s = { .key_id = FUZZ_KEY, .secret = "secret", .region = "us-east-1", .service = "x",
		.time_ms = 1440938160000, .s3 = s3 };
	struct sigv4_request r = { .method = "GET", .target = target, .headers = headers, .body = body,
		.body_len = strlen(body) };
	struct strlist all = STRLIST_INIT;
	struct sigv4_made made;

	strlist_copy(&all, headers);
	sigv4_sign(&s, &r, &all, &made);
	memcpy(out, made.signature, 65);
	FUZZ_HOLDS(strlen(made.signature) == 64);
	FUZZ_HOLDS(all.len >= headers->len + 2);
	sigv4_made_clear(&made);
	strlist_clear(&all);
}

/* First line: the target; then headers; the rest behind an empty line is the body. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), *body = strstr(text, "\n\n"), *at = text;
	struct strlist headers = STRLIST_INIT;
	char one[65], two[65];

	if (body != NULL) {
		*body = '\0';
		body += 2;
	}
	for (char *line = strchr(at, '\n'); line != NULL; line = strchr(line + 1, '\n')) {
		char *copy = mem_strndup(line + 1, strcspn(line + 1, "\n"));

		strlist_take(&headers, copy);
	}
	at[strcspn(at, "\n")] = '\0';
	for (int s3 = 0; s3 < 2; s3++) {
		sign(at, &headers, body != NULL ? body : "", s3 != 0, one);
		sign(at, &headers, body != NULL ? body : "", s3 != 0, two);
		FUZZ_HOLDS(memcmp(one, two, sizeof(one)) == 0);
	}
	strlist_clear(&headers);
	free(text);
	return 0;
}
