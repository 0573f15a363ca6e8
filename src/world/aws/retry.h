/*
 * world/aws/retry.h: whether a failed call is worth another try, and when.
 *
 * The AWS SDKs' "standard" mode (AWS SDKs and Tools Reference Guide, "Retry
 * behavior"): three tries in all, a random delay below 1 s, 2 s, … 20 s, and a
 * quota so that a broken service is not called thrice as often. What cannot
 * succeed later (denied, unknown, malformed, a certificate that is refused) is
 * never tried again. Pure: time and chance are arguments.
 */
#ifndef WORLD_AWS_RETRY_H
#define WORLD_AWS_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

enum { RETRY_TRIES = 3, RETRY_QUOTA = 500, RETRY_COST = 5, RETRY_COST_TIMEOUT = 10, RETRY_DELAY_MAX_S = 20 };

/* Shared by all calls of a client. */
struct retry_quota {
	int left;
};

struct failure {
	bool answered;		/* an answer came; otherwise the exchange itself failed */
	bool lasting;		/* not answered, and will not be: refused certificate, bad address */
	bool timed_out;		/* not answered in time */
	long status;
	const char *code;	/* AWS's error code; "" */
	const char *message;
	int tries;		/* so far, this one counted */
	int64_t after_ms;	/* what the service asks for (x-amz-retry-after, Retry-After); -1: nothing */
	double chance;		/* in [0, 1) */
};

/* What an error code of AWS means; ERROR_REMOTE when it means nothing special. */
enum error_kind failure_kind(long status, const char *code, const char *message);
bool failure_is_throttling(const char *code);
bool failure_is_transient(long status, const char *code);

/* True: wait *delay_ms and try again; the quota is charged with *cost. */
bool retry_wanted(struct retry_quota *q, const struct failure *f, int64_t *delay_ms, int *cost);
/* A call succeeded; `cost` is what its last retry was charged with, 0: none was needed. */
void retry_refund(struct retry_quota *q, int cost);

/*
 * Theirs minus ours, when a failure is (or may be) our clock's fault and the
 * answer's Date differs from the time the call was signed for by more than
 * the services allow. `signed_ms` is the time in the signature.
 */
bool clock_is_wrong(const struct failure *f, int64_t date_ms, int64_t signed_ms);

#endif
