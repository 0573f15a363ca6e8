/*
 * world/aws/sign.h: AWS Signature Version 4.
 *
 * The stages are separate so that tests can look at each: (1) canonical
 * request, (2) string to sign, (3) signature. Pure but for OpenSSL's HMAC:
 * the time is an argument. Rules: AWS General Reference, "Signature Version 4
 * signing process".
 */
#ifndef WORLD_AWS_SIGN_H
#define WORLD_AWS_SIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct sign_header {
	const char *name;
	const char *value;
};

/* A request as it goes over the wire. */
struct sign_request {
	const char *method;
	const char *path;	/* encoded as sent; "" means "/" */
	const char *query;	/* without "?"; NULL or "" for none */
	const struct sign_header *header;
	size_t headers;
	const void *body;
	size_t body_len;
};

struct sign_key {
	const char *access_key_id;
	const char *secret;
	const char *token;	/* NULL: long-term key */
};

struct sign_options {
	const char *region;
	const char *service;
	int64_t at_ms;
	bool normalize;		/* remove "." and ".." and doubled slashes from the path */
	bool double_encode;	/* encode the path once more; false for S3 */
	bool content_sha256;	/* send and sign x-amz-content-sha256 (S3 demands it) */
	bool unsigned_payload;	/* do not hash the body: only over TLS */
	bool omit_token;	/* send the token, but do not sign it */
	bool by_query;		/* a presigned URL instead of headers */
	int64_t expires_s;	/* of a presigned URL */
};

struct sign_result {
	struct buf canonical;
	struct buf to_sign;
	char signature[65];
	struct buf authorization;	/* the header's value */
	struct buf query;		/* by_query: the whole signed query */
	char date[40];			/* X-Amz-Date */
	char content_sha256[65];	/* hash of the body, or UNSIGNED-PAYLOAD */
};

/* A cache of the derived key, which stays the same for a day, region and service. */
struct sign_cache {
	char scope[160];
	uint8_t key[32];
};

/* Fills *out (sign_result_clear() frees). `cache` may be NULL. */
void sign(const struct sign_request *r, const struct sign_key *key, const struct sign_options *o,
    struct sign_cache *cache, struct sign_result *out);
void sign_result_clear(struct sign_result *r);

#endif
