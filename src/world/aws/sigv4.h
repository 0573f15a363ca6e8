/*
 * world/aws/sigv4.h: AWS Signature Version 4 in the Authorization header.
 *
 * Source: AWS General Reference, "Create a signed AWS API request". Reads no
 * clock: the time is an argument.
 */
#ifndef WORLD_AWS_SIGV4_H
#define WORLD_AWS_SIGV4_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

/* Signing keys of one secret, kept for the day: one for each region and service. Wipe it when the secret changes. */
enum { SIGV4_KEYS_MAX = 64 };
struct sigv4_keys {
	struct {
		char scope[112];	/* "20150830/us-east-1/iam"; "": free */
		uint8_t key[32];
	} slot[SIGV4_KEYS_MAX];
	size_t next;			/* the slot that is given up when all are taken */
};
void sigv4_keys_wipe(struct sigv4_keys *k);

struct sigv4 {
	const char *key_id;
	const char *secret;
	const char *token;	/* session token; NULL: none */
	const char *region;
	const char *service;	/* signing name */
	int64_t time_ms;
	bool s3;		/* the path is signed exactly as sent, the body's hash is a header */
	bool no_normalize;	/* dot segments and double slashes stay */
	bool body_header;	/* x-amz-content-sha256 is sent and signed */
	bool unsigned_body;	/* UNSIGNED-PAYLOAD, over TLS only */
	bool token_after;	/* the token is sent but not signed */
	struct sigv4_keys *keys;	/* NULL: each key is derived afresh */
};

struct sigv4_request {
	const char *method;
	const char *target;	/* path and query as in the request line */
	const struct strlist *headers;	/* "Name: value"; Host must be among them */
	const char *body;
	size_t body_len;
};

/* What was made on the way, for tests; free with sigv4_made_clear(). */
struct sigv4_made {
	struct buf canonical;
	char *to_sign;
	char signature[65];
};

/* Adds X-Amz-Date, X-Amz-Security-Token, x-amz-content-sha256 and Authorization to `headers`, which
 * begins as a copy of the request's. `made` may be NULL. */
void sigv4_sign(const struct sigv4 *s, const struct sigv4_request *r, struct strlist *headers,
    struct sigv4_made *made);
void sigv4_made_clear(struct sigv4_made *made);

#endif
