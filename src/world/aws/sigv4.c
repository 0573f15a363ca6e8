#include "world/aws/sigv4.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/escape.h"
#include "base/mem.h"
#include "base/when.h"
#include "os/digest.h"

/* --- the path ------------------------------------------------------------- */

/* Dot segments and double slashes away (RFC 3986 section 5.2.4). */
static void
normalize_path(struct buf *out, const char *path, size_t len)
{
	struct strlist parts = STRLIST_INIT;
	bool slash_end = len > 0 && path[len - 1] == '/';

	for (size_t at = 0; at < len;) {
		size_t n = 0;

		while (at + n < len && path[at + n] != '/')
			n++;
		if (n == 2 && path[at] == '.' && path[at + 1] == '.') {
			if (parts.len > 0)
				free(parts.item[--parts.len]);
		} else if (n > 0 && !(n == 1 && path[at] == '.')) {
			strlist_take(&parts, mem_strndup(path + at, n));
		}
		at += n + 1;
	}
	for (size_t i = 0; i < parts.len; i++)
		buf_printf(out, "/%s", parts.item[i]);
	if (parts.len == 0 || slash_end)
		buf_putc(out, '/');
	strlist_clear(&parts);
}

static void
canonical_path(const struct sigv4 *s, struct buf *out, const char *path, size_t len)
{
	struct buf plain = BUF_INIT(BUF_ANSWER);

	if (len == 0) {
		buf_putc(out, '/');
	} else if (s->s3) {
		buf_add(out, path, len);
	} else {
		if (s->no_normalize)
			buf_add(&plain, path, len);
		else
			normalize_path(&plain, path, len);
		escape_percent(out, buf_str(&plain), plain.len, "/");
	}
	buf_free(&plain);
}

/* --- the query ------------------------------------------------------------ */

/* Encoded exactly once, whether it came encoded or not. */
static char *
encode_once(const char *s, size_t len)
{
	struct buf plain = BUF_INIT(BUF_ANSWER), out = BUF_INIT(BUF_ANSWER);

	if (!decode_percent(&plain, s, len, false)) {
		buf_reset(&plain);
		buf_add(&plain, s, len);
	}
	escape_percent(&out, buf_str(&plain), plain.len, "");
	buf_free(&plain);
	return out.ptr != NULL ? buf_take(&out) : mem_strdup("");
}

struct pair {
	char *name;
	char *value;
};

static int
compare_pairs(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order != 0 ? order : strcmp(x->value, y->value);
}

static void
canonical_query(struct buf *out, const char *query)
{
	struct pair *pair = NULL;
	size_t n = 0, cap = 0;

	while (*query != '\0') {
		size_t len = strcspn(query, "&"), name = strcspn(query, "=&");

		if (len > 0) {
			MEM_GROW(pair, n, cap);
			pair[n].name = encode_once(query, name);
			pair[n++].value = name < len ? encode_once(query + name + 1, len - name - 1) : mem_strdup("");
		}
		query += len + (query[len] == '&');
	}
	if (n > 0)
		qsort(pair, n, sizeof(*pair), compare_pairs);
	for (size_t i = 0; i < n; i++) {
		buf_printf(out, "%s%s=%s", i > 0 ? "&" : "", pair[i].name, pair[i].value);
		free(pair[i].name);
		free(pair[i].value);
	}
	free(pair);
}

/* --- the headers ------------------------------------------------------------ */

static bool
never_signed(const char *name)
{
	static const char *const names[] = { "connection", "expect", "keep-alive", "proxy-authenticate",
		"proxy-authorization", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
		"user-agent", "x-amzn-trace-id", "authorization" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_eq(names[i], name))
			return true;
	return false;
}

/* Trimmed, inner runs of white space made one space. */
static char *
collapse(const char *value)
{
	char *out = mem_strdup(value), *to = out;

	for (const char *at = value + strspn(value, " \t\r\n"); *at != '\0'; at++) {
		if (!isspace((unsigned char)*at))
			*to++ = *at;
		else if (at[1] != '\0' && !isspace((unsigned char)at[1]))
			*to++ = ' ';
	}
	*to = '\0';
	return out;
}

/* Stable: repeated headers keep their order. */
static void
sort_pairs(struct pair *p, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct pair one = p[i];
		size_t k = i;

		for (; k > 0 && strcmp(p[k - 1].name, one.name) > 0; k--)
			p[k] = p[k - 1];
		p[k] = one;
	}
}

static void
canonical_headers(const struct strlist *headers, const char *skip, struct buf *lines,
    struct buf *names)
{
	struct pair *p = mem_zalloc(headers->len + 1, sizeof(*p));
	size_t n = 0;

	for (size_t i = 0; i < headers->len; i++) {
		const char *colon = strchr(headers->item[i], ':');
		char *name;

		if (colon == NULL)
			continue;
		name = mem_strndup(headers->item[i], (size_t)(colon - headers->item[i]));
		for (char *c = name; *c != '\0'; c++)
			*c = (char)tolower((unsigned char)*c);
		if (never_signed(name) || str_eq(name, skip)) {
			free(name);
			continue;
		}
		p[n++] = (struct pair){ name, collapse(colon + 1) };
	}
	sort_pairs(p, n);
	for (size_t i = 0; i < n; i++) {
		if (i > 0 && str_eq(p[i].name, p[i - 1].name)) {
			buf_printf(lines, ",%s", p[i].value);
			continue;
		}
		buf_printf(lines, "%s%s:%s", i > 0 ? "\n" : "", p[i].name, p[i].value);
		buf_printf(names, "%s%s", i > 0 ? ";" : "", p[i].name);
	}
	buf_puts(lines, "\n");
	for (size_t i = 0; i < n; i++) {
		free(p[i].name);
		free(p[i].value);
	}
	free(p);
}

/* --- the signature -------------------------------------------------------------- */

static void
derive_key(const struct sigv4 *s, const char *date, uint8_t key[static SHA256_LEN])
{
	char *first = mem_printf("AWS4%s", s->secret);
	size_t len = strlen(first);

	digest_hmac_sha256(first, len, date, 8, key);
	digest_hmac_sha256(key, SHA256_LEN, s->region, strlen(s->region), key);
	digest_hmac_sha256(key, SHA256_LEN, s->service, strlen(s->service), key);
	digest_hmac_sha256(key, SHA256_LEN, "aws4_request", strlen("aws4_request"), key);
	mem_free_secret(first);
}

static void
signing_key(const struct sigv4 *s, const char *date, uint8_t key[static SHA256_LEN])
{
	char scope[112];
	int len = snprintf(scope, sizeof(scope), "%.8s/%s/%s", date, s->region, s->service);
	struct sigv4_keys *k = s->keys;

	if (k == NULL || len < 0 || (size_t)len >= sizeof(scope)) {
		derive_key(s, date, key);
		return;
	}
	for (size_t i = 0; i < SIGV4_KEYS_MAX; i++)
		if (strcmp(k->slot[i].scope, scope) == 0) {
			memcpy(key, k->slot[i].key, SHA256_LEN);
			return;
		}
	derive_key(s, date, key);
	memcpy(k->slot[k->next].scope, scope, sizeof(scope));
	memcpy(k->slot[k->next].key, key, SHA256_LEN);
	k->next = (k->next + 1) % SIGV4_KEYS_MAX;
}

void
sigv4_keys_wipe(struct sigv4_keys *k)
{
	mem_wipe(k, sizeof(*k));
}

static void
hex_of(const uint8_t *bytes, size_t len, char *out)
{
	for (size_t i = 0; i < len; i++)
		(void)snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

static void
add_headers(const struct sigv4 *s, const char *date, const char *body_hash, struct strlist *headers)
{
	strlist_take(headers, mem_printf("X-Amz-Date: %s", date));
	if (s->token != NULL)
		strlist_take(headers, mem_printf("X-Amz-Security-Token: %s", s->token));
	if (s->s3 || s->body_header)
		strlist_take(headers, mem_printf("x-amz-content-sha256: %s", body_hash));
}

void
sigv4_sign(const struct sigv4 *s, const struct sigv4_request *r, struct strlist *headers,
    struct sigv4_made *made)
{
	struct buf canonical = BUF_INIT(BUF_ANSWER), names = BUF_INIT(BUF_LINE);
	char date[WHEN_TEXT_MAX], body_hash[SHA256_HEX + 1], hash[SHA256_HEX + 1], signature[65];
	uint8_t key[SHA256_LEN], mac[SHA256_LEN];
	size_t path = strcspn(r->target, "?");
	char *to_sign, *scope;

	(void)when_basic(s->time_ms, date);
	digest_sha256_hex(r->body != NULL ? r->body : "", r->body_len, body_hash);
	add_headers(s, date, s->unsigned_body ? "UNSIGNED-PAYLOAD" : body_hash, headers);
	buf_printf(&canonical, "%s\n", r->method);
	canonical_path(s, &canonical, r->target, path);
	buf_putc(&canonical, '\n');
	canonical_query(&canonical, r->target[path] == '?' ? r->target + path + 1 : "");
	buf_putc(&canonical, '\n');
	canonical_headers(headers, s->token_after ? "x-amz-security-token" : NULL, &canonical, &names);
	buf_printf(&canonical, "\n%s\n%s", buf_str(&names), s->unsigned_body ? "UNSIGNED-PAYLOAD" : body_hash);

	digest_sha256_hex(buf_str(&canonical), canonical.len, hash);
	scope = mem_printf("%.8s/%s/%s/aws4_request", date, s->region, s->service);
	to_sign = mem_printf("AWS4-HMAC-SHA256\n%s\n%s\n%s", date, scope, hash);
	signing_key(s, date, key);
	digest_hmac_sha256(key, sizeof(key), to_sign, strlen(to_sign), mac);
	hex_of(mac, sizeof(mac), signature);
	strlist_take(headers, mem_printf("Authorization: AWS4-HMAC-SHA256 Credential=%s/%s, "
	    "SignedHeaders=%s, Signature=%s", s->key_id, scope, buf_str(&names), signature));
	explicit_bzero(key, sizeof(key));
	free(scope);
	buf_free(&names);
	if (made != NULL) {
		made->canonical = canonical;
		made->to_sign = to_sign;
		memcpy(made->signature, signature, sizeof(signature));
		return;
	}
	buf_free(&canonical);
	free(to_sign);
}

void
sigv4_made_clear(struct sigv4_made *made)
{
	buf_free(&made->canonical);
	free(made->to_sign);
	made->to_sign = NULL;
}
