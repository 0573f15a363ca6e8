/*
 * world/net/http.h: many HTTP exchanges at once, on one loop.
 *
 * Exchanges begin with http_send(), and end in the callback, from inside
 * http_step(). Connections are reused and HTTP/2 is spoken where possible.
 * TLS is verified, redirects are not followed, every exchange has a time
 * limit and answers have a size limit. Proxies are taken from the
 * environment as curl does (https_proxy, no_proxy); AWS_CA_BUNDLE and
 * SSL_CERT_FILE name further authorities.
 */
#ifndef WORLD_NET_HTTP_H
#define WORLD_NET_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"

struct http;

struct http_request {
	const char *method;
	const char *url;
	const struct strlist *headers;	/* "Name: value"; NULL: none */
	const char *body;		/* copied; NULL: none */
	size_t body_len;
	int64_t timeout_ms;		/* for all of it */
	size_t answer_max;		/* 0: BUF_ANSWER */
	bool fresh;			/* on a connection of its own: curl repeats a request by itself when
					 * a connection that was used before turns out to be dead */
	const char *ca_file;		/* authorities instead of the system's; NULL: AWS_CA_BUNDLE, else the system's */
	bool direct;			/* never through a proxy (link-local services) */
};

struct http_answer {
	bool ok;		/* an answer came, of whatever status */
	struct error err;	/* otherwise: why not */
	bool timed_out;		/* otherwise: not in time */
	bool lasting;		/* otherwise: another try would end the same (certificate, address, size) */
	long status;
	const char *body;	/* borrowed during the callback; NUL-terminated */
	size_t body_len;
	int64_t date_ms;	/* the Date header; WHEN_NONE without */
	int64_t retry_after_s;	/* -1 without */
	int64_t retry_after_ms;	/* x-amz-retry-after; -1 without */
	const char *error_type;	/* x-amzn-errortype; NULL without */
	const char *address;	/* of the peer; "" unknown */
};

typedef void http_done(void *arg, const struct http_answer *answer);

bool http_open(struct http **out, struct error *err);
/* Exchanges that are under way are dropped; their callbacks are not called. */
void http_close(struct http *h);
void http_send(struct http *h, const struct http_request *r, http_done *done, void *arg);
/* Calls back from http_step() after `ms`. */
void http_after(struct http *h, int64_t ms, void (*call)(void *), void *arg);
/* Works for at most `wait_ms` (less when something ended); false when nothing is under way. */
bool http_step(struct http *h, int64_t wait_ms);

#endif
