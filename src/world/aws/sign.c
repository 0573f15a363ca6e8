#include "world/aws/sign.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/encode.h"
#include "base/escape.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/when.h"
#include "os/digest.h"

/* Changed by proxies and transports, or ours alone to choose: never signed. */
static const char *const never_signed[] = {
	"authorization", "connection", "expect", "keep-alive", "te", "trailer", "transfer-encoding",
	"upgrade", "user-agent", "x-amzn-trace-id",
};

static const char algorithm[] = "AWS4-HMAC-SHA256";

/* --- the path -------------------------------------------------------------------- */

/* RFC 3986 section 5.2.4, and "//" becomes "/". */
static void
normalize(struct buf *out, const char *path)
{
	struct strlist parts = STRLIST_INIT;
	size_t len = strlen(path);
	bool slash = len > 0 && path[len - 1] == '/';

	slash = slash || str_ends(path, "/.") || str_ends(path, "/..");
	while (*path != '\0') {
		size_t n = strcspn(path, "/");

		if (n == 2 && strncmp(path, "..", 2) == 0) {
			if (parts.len > 0)
				free(parts.item[--parts.len]);
		} else if (n > 0 && !(n == 1 && *path == '.')) {
			strlist_take(&parts, mem_strndup(path, n));
		}
		path += n + (path[n] == '/');
	}
	for (size_t i = 0; i < parts.len; i++)
		buf_printf(out, "/%s", parts.item[i]);
	if (slash || parts.len == 0)
		buf_putc(out, '/');
	strlist_clear(&parts);
}

static void
canonical_path(struct buf *out, const char *path, const struct sign_options *o)
{
	struct buf plain = BUF_INIT(BUF_LINE);

	if (str_empty(path))
		path = "/";
	if (o->normalize)
		normalize(&plain, path);
	else
		buf_puts(&plain, path);
	if (o->double_encode)
		escape_percent(out, buf_str(&plain), plain.len, "/");
	else
		buf_puts(out, buf_str(&plain));
	buf_free(&plain);
}

/* --- the query -------------------------------------------------------------------- */

/* Decoded and encoded again, so that any spelling of a parameter signs alike. */
static void
again_encoded(struct buf *out, const char *s, size_t len)
{
	struct buf plain = BUF_INIT(BUF_RECORD);

	if (decode_percent(&plain, s, len, false))
		escape_percent(out, buf_str(&plain), plain.len, NULL);
	else
		escape_percent(out, s, len, NULL);
	buf_free(&plain);
}

static int
by_parameter(const void *a, const void *b)
{
	const char *p = *(char *const *)a, *q = *(char *const *)b;
	size_t n = strcspn(p, "="), m = strcspn(q, "=");
	int order = memcmp(p, q, n < m ? n : m);

	if (order == 0 && n != m)
		return n < m ? -1 : 1;
	return order != 0 ? order : strcmp(p + n, q + m);
}

static void
add_parameters(struct strlist *out, const char *query)
{
	while (!str_empty(query)) {
		size_t len = strcspn(query, "&"), name = strcspn(query, "=&");
		struct buf one = BUF_INIT(BUF_RECORD);

		if (len > 0) {
			again_encoded(&one, query, name);
			buf_putc(&one, '=');
			if (name < len)
				again_encoded(&one, query + name + 1, len - name - 1);
			strlist_take(out, buf_take(&one));
		}
		query += len + (query[len] == '&');
	}
}

/* --- headers ------------------------------------------------------------------------ */

struct lower_header {
	char *name;
	char *value;
	size_t place;	/* equal names stay in the order they were sent in */
};

static bool
signable(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(never_signed); i++)
		if (str_eq_nocase(never_signed[i], name))
			return false;
	return !str_starts_nocase(name, "proxy-");
}

/* Ends trimmed, runs of white space (folded lines too) become one space. */
static char *
trimmed_value(const char *value)
{
	struct buf b = BUF_INIT(BUF_RECORD);
	bool gap = false;

	for (; *value != '\0'; value++) {
		if (isspace((unsigned char)*value)) {
			gap = b.len > 0;
			continue;
		}
		if (gap)
			buf_putc(&b, ' ');
		gap = false;
		buf_putc(&b, *value);
	}
	return buf_take(&b);
}

static int
by_header(const void *a, const void *b)
{
	const struct lower_header *h = a, *g = b;
	int order = strcmp(h->name, g->name);

	return order != 0 ? order : h->place < g->place ? -1 : 1;
}

static void
add_header(struct lower_header *list, size_t *n, const char *name, const char *value)
{
	struct lower_header *h = &list[*n];

	h->name = mem_strdup(name);
	for (char *c = h->name; *c != '\0'; c++)
		*c = (char)tolower((unsigned char)*c);
	h->value = trimmed_value(value);
	h->place = (*n)++;
}

/* "name:value\n" for each name once, and the list of names. */
static void
canonical_headers(struct buf *lines, struct buf *names, struct lower_header *list, size_t n)
{
	if (n > 1)
		qsort(list, n, sizeof(*list), by_header);
	for (size_t i = 0; i < n; i++) {
		if (i > 0 && strcmp(list[i].name, list[i - 1].name) == 0) {
			buf_printf(lines, ",%s", list[i].value);
		} else {
			buf_printf(lines, "%s%s:%s", i > 0 ? "\n" : "", list[i].name, list[i].value);
			buf_printf(names, "%s%s", i > 0 ? ";" : "", list[i].name);
		}
	}
	buf_putc(lines, '\n');
	for (size_t i = 0; i < n; i++) {
		free(list[i].name);
		free(list[i].value);
	}
}

/* The headers that are signed: the request's, and ours in header mode. */
static void
signed_headers(const struct sign_request *r, const struct sign_key *key, const struct sign_options *o,
    const struct sign_result *out, struct buf *lines, struct buf *names)
{
	struct lower_header *list = mem_zalloc(r->headers + 3, sizeof(*list));
	size_t n = 0;

	for (size_t i = 0; i < r->headers; i++)
		if (signable(r->header[i].name))
			add_header(list, &n, r->header[i].name, r->header[i].value);
	if (!o->by_query) {
		add_header(list, &n, "x-amz-date", out->date);
		if (o->content_sha256)
			add_header(list, &n, "x-amz-content-sha256", out->content_sha256);
		if (key->token != NULL && !o->omit_token)
			add_header(list, &n, "x-amz-security-token", key->token);
	}
	canonical_headers(lines, names, list, n);
	free(list);
}

/* --- the three stages ------------------------------------------------------------------ */

static void
scope_of(struct buf *out, const struct sign_options *o, const char *date)
{
	buf_printf(out, "%.8s/%s/%s/aws4_request", date, o->region, o->service);
}

/* The parameters a presigned URL adds, not yet sorted. */
static void
query_authorization(struct buf *out, const struct sign_key *key, const struct sign_options *o,
    const char *date, const char *names)
{
	struct buf credential = BUF_INIT(BUF_LINE);

	buf_printf(&credential, "%s/", key->access_key_id);
	scope_of(&credential, o, date);
	buf_printf(out, "X-Amz-Algorithm=%s&X-Amz-Credential=", algorithm);
	escape_percent(out, buf_str(&credential), credential.len, NULL);
	buf_printf(out, "&X-Amz-Date=%s&X-Amz-SignedHeaders=", date);
	escape_percent(out, names, strlen(names), NULL);
	buf_printf(out, "&X-Amz-Expires=%lld", (long long)o->expires_s);
	if (key->token != NULL && !o->omit_token) {
		buf_puts(out, "&X-Amz-Security-Token=");
		escape_percent(out, key->token, strlen(key->token), NULL);
	}
	buf_free(&credential);
}

static void
canonical_request(const struct sign_request *r, const struct sign_options *o, const char *extra,
    const char *lines, const char *names, struct sign_result *out)
{
	struct strlist parameters = STRLIST_INIT;
	char *query;

	add_parameters(&parameters, r->query);
	add_parameters(&parameters, extra);
	if (parameters.len > 1)
		qsort(parameters.item, parameters.len, sizeof(*parameters.item), by_parameter);
	query = strlist_join(&parameters, "&");
	buf_printf(&out->canonical, "%s\n", r->method);
	canonical_path(&out->canonical, r->path, o);
	buf_printf(&out->canonical, "\n%s\n%s\n%s\n%s", query, lines, names, out->content_sha256);
	free(query);
	strlist_clear(&parameters);
}

static void
string_to_sign(const struct sign_options *o, struct sign_result *out)
{
	char hash[SHA256_HEX + 1];

	digest_sha256_hex(buf_str(&out->canonical), out->canonical.len, hash);
	buf_printf(&out->to_sign, "%s\n%s\n", algorithm, out->date);
	scope_of(&out->to_sign, o, out->date);
	buf_printf(&out->to_sign, "\n%s", hash);
}

static void
hmac(uint8_t key[static SHA256_LEN], const char *text)
{
	uint8_t next[SHA256_LEN];

	digest_hmac_sha256(key, SHA256_LEN, text, strlen(text), next);
	memcpy(key, next, SHA256_LEN);
	mem_wipe(next, sizeof(next));
}

static void
derive_key(const struct sign_key *key, const struct sign_options *o, const char *date,
    struct sign_cache *cache, uint8_t out[static SHA256_LEN])
{
	char scope[160], day[9];
	char *first;

	(void)snprintf(day, sizeof(day), "%.8s", date);
	(void)snprintf(scope, sizeof(scope), "%s/%s/%s/%s", key->access_key_id, day, o->region, o->service);
	if (cache != NULL && strcmp(cache->scope, scope) == 0) {
		memcpy(out, cache->key, SHA256_LEN);
		return;
	}
	first = mem_printf("AWS4%s", key->secret);
	digest_hmac_sha256(first, strlen(first), day, strlen(day), out);
	mem_free_secret(first);
	hmac(out, o->region);
	hmac(out, o->service);
	hmac(out, "aws4_request");
	if (cache != NULL) {
		memcpy(cache->key, out, SHA256_LEN);
		memcpy(cache->scope, scope, sizeof(scope));
	}
}

static void
signature(const struct sign_key *key, const struct sign_options *o, struct sign_cache *cache,
    struct sign_result *out)
{
	struct buf hex = BUF_INIT(128);
	uint8_t derived[SHA256_LEN], mac[SHA256_LEN];

	derive_key(key, o, out->date, cache, derived);
	digest_hmac_sha256(derived, sizeof(derived), buf_str(&out->to_sign), out->to_sign.len, mac);
	encode_hex(&hex, mac, sizeof(mac));
	memcpy(out->signature, hex.ptr, sizeof(out->signature));
	mem_wipe(derived, sizeof(derived));
	buf_free(&hex);
}

static void
payload_hash(const struct sign_request *r, const struct sign_options *o, char out[static 65])
{
	if (o->unsigned_payload)
		(void)snprintf(out, 65, "UNSIGNED-PAYLOAD");
	else
		digest_sha256_hex(r->body != NULL ? r->body : "", r->body_len, out);
}

void
sign(const struct sign_request *r, const struct sign_key *key, const struct sign_options *o,
    struct sign_cache *cache, struct sign_result *out)
{
	struct buf lines = BUF_INIT(BUF_RECORD), names = BUF_INIT(BUF_LINE), extra = BUF_INIT(BUF_RECORD);

	*out = (struct sign_result){ .canonical = BUF_INIT(BUF_RECORD), .to_sign = BUF_INIT(BUF_LINE),
		.authorization = BUF_INIT(BUF_LINE), .query = BUF_INIT(BUF_RECORD) };
	(void)when_basic(o->at_ms, out->date);
	payload_hash(r, o, out->content_sha256);
	signed_headers(r, key, o, out, &lines, &names);
	if (o->by_query)
		query_authorization(&extra, key, o, out->date, buf_str(&names));
	canonical_request(r, o, buf_str(&extra), buf_str(&lines), buf_str(&names), out);
	string_to_sign(o, out);
	signature(key, o, cache, out);
	buf_printf(&out->authorization, "%s Credential=%s/", algorithm, key->access_key_id);
	scope_of(&out->authorization, o, out->date);
	buf_printf(&out->authorization, ", SignedHeaders=%s, Signature=%s", buf_str(&names), out->signature);
	buf_printf(&out->query, "%s%s%s&X-Amz-Signature=%s", str_or(r->query, ""),
	    str_empty(r->query) ? "" : "&", buf_str(&extra), out->signature);
	buf_free(&lines);
	buf_free(&names);
	buf_free(&extra);
}

void
sign_result_clear(struct sign_result *r)
{
	buf_free(&r->canonical);
	buf_free(&r->to_sign);
	buf_free(&r->authorization);
	buf_free(&r->query);
}
