/*
 * world/aws/client.h: signed calls in the name of one account.
 *
 * A client finds its credentials by itself (world/aws/credentials.h), assumes
 * the roles they lead to, and renews them a quarter of an hour before they
 * end; when that fails, those it has serve until they end. A call that may
 * succeed later (throttled, 5xx, no connection) is tried again as
 * world/aws/retry.h decides. When the service says that our clock is wrong,
 * its own time is taken from the Date header and the call is signed once more.
 */
#ifndef WORLD_AWS_CLIENT_H
#define WORLD_AWS_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "world/aws/wire.h"
#include "world/net/http.h"

struct aws_client;

struct aws_client_options {
	const char *profile;		/* NULL: the default chain */
	const char *key_id, *secret;	/* these and no others, as a drill does; NULL: found */
	const char *agent;		/* added to the user agent; NULL: nothing */
	const char *role_arn;		/* NULL: none */
	const char *external_id;
	const char *home;		/* region of calls that name none; NULL: AWS_REGION, the profile's, the partition's first */
	const char *partition;		/* NULL: "aws" */
	int64_t timeout_ms;
	/* Keys that must not be used: true refuses. NULL: none. */
	bool (*refuse)(void *arg, const char *key_id);
	void *refuse_arg;
};

struct aws_call {
	const char *service;	/* "cloudtrail", "iam", "sts", "ec2", "account" … */
	const char *region;	/* NULL: the home region */
	const char *method;	/* NULL: POST */
	const char *bucket;	/* S3: goes into the host name, or the path where it cannot; NULL: none */
	const char *path;	/* encoded; NULL: "/" */
	const char *query;	/* encoded, without "?"; NULL: none */
	const char *target;	/* X-Amz-Target for JSON 1.1; NULL: by content type */
	const char *type;	/* NULL: JSON 1.1 with a target, else a form */
	const char *body;	/* NULL: none */
	size_t answer_max;	/* 0: BUF_ANSWER */
	bool once;		/* never try again by itself */
	bool anonymous;		/* not signed */
};

struct aws_answer {
	bool ok;
	struct error err;	/* otherwise */
	char code[96];		/* AWS's error code; "" */
	long status;		/* of HTTP; 0: no answer */
	const char *body;	/* borrowed during the callback */
	size_t body_len;
	int tries;		/* requests sent */
};

typedef void aws_done(void *arg, const struct aws_answer *answer);

/* `http` and the option texts must outlive the client. */
struct aws_client *aws_client_new(struct http *http, const struct aws_client_options *o);
void aws_client_free(struct aws_client *c);

/* Begins a call; `done` is called from http_step(). */
void aws_send(struct aws_client *c, const struct aws_call *call, aws_done *done, void *arg);
/* Waits for the answer on a loop of its own; appends its body. */
bool aws_call(struct aws_client *c, const struct aws_call *call, struct buf *out, struct error *err);

/* Finds or renews the credentials now. */
bool aws_client_ready(struct aws_client *c, struct error *err);
/* True while the credentials need neither finding nor renewing. */
bool aws_client_fresh(const struct aws_client *c);
const char *aws_client_key_id(const struct aws_client *c);	/* NULL: none yet */
const char *aws_client_origin(const struct aws_client *c);
const char *aws_client_home(const struct aws_client *c);
int64_t aws_client_skew_ms(const struct aws_client *c);	/* theirs minus ours, as last seen */
int64_t aws_client_requests(const struct aws_client *c);

#endif
