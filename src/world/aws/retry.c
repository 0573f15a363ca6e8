#include "world/aws/retry.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/when.h"

enum { SKEW_ALLOWED_MS = 240000 };	/* the strictest services allow five minutes */

static const struct {
	const char *code;	/* a pattern */
	enum error_kind kind;
} meanings[] = {
	{ "Throttling", ERROR_THROTTLED }, { "ThrottlingException", ERROR_THROTTLED },
	{ "ThrottledException", ERROR_THROTTLED }, { "RequestThrottled", ERROR_THROTTLED },
	{ "RequestThrottledException", ERROR_THROTTLED }, { "TooManyRequestsException", ERROR_THROTTLED },
	{ "ProvisionedThroughputExceededException", ERROR_THROTTLED },
	{ "TransactionInProgressException", ERROR_THROTTLED }, { "RequestLimitExceeded", ERROR_THROTTLED },
	{ "BandwidthLimitExceeded", ERROR_THROTTLED }, { "LimitExceededException", ERROR_THROTTLED },
	{ "SlowDown", ERROR_THROTTLED }, { "PriorRequestNotComplete", ERROR_THROTTLED },
	{ "EC2ThrottledException", ERROR_THROTTLED },
	{ "AccessDenied*", ERROR_DENIED }, { "UnauthorizedOperation", ERROR_DENIED },
	{ "AuthorizationError", ERROR_DENIED }, { "NotAuthorized*", ERROR_DENIED },
	{ "OperationNotPermitted*", ERROR_DENIED },
	{ "RequestTimeTooSkewed", ERROR_CLOCK }, { "RequestExpired", ERROR_CLOCK },
	{ "RequestInTheFuture", ERROR_CLOCK },
	{ "ExpiredToken*", ERROR_CREDENTIALS }, { "InvalidClientTokenId", ERROR_CREDENTIALS },
	{ "UnrecognizedClientException", ERROR_CREDENTIALS }, { "AuthFailure", ERROR_CREDENTIALS },
	{ "SignatureDoesNotMatch", ERROR_CREDENTIALS }, { "InvalidSignature*", ERROR_CREDENTIALS },
	{ "IncompleteSignature*", ERROR_CREDENTIALS },
	{ "MissingAuthenticationToken*", ERROR_CREDENTIALS }, { "InvalidAccessKeyId", ERROR_CREDENTIALS },
	{ "InvalidToken", ERROR_CREDENTIALS }, { "OptInRequired", ERROR_CREDENTIALS },
	{ "NoSuchEntity*", ERROR_NOT_FOUND }, { "TrailNotFoundException", ERROR_NOT_FOUND },
	{ "EntityAlreadyExists*", ERROR_CONFLICT }, { "DeleteConflict*", ERROR_CONFLICT },
	{ "LimitExceeded", ERROR_FULL }, { "EntityTemporarilyUnmodifiable*", ERROR_THROTTLED },
	{ "ConcurrentModification*", ERROR_THROTTLED },
};

/* What passes by itself (AWS SDKs and Tools Reference Guide, "Retry behavior"). */
static const char *const transient_codes[] = { "RequestTimeout", "RequestTimeoutException", "InternalError",
	"InternalFailure", "InternalServerError", "ServiceUnavailable", "ServiceUnavailableException",
	"InternalServiceError", "InternalServiceException", "ServiceFailure", "IDPCommunicationError",
	"ReportInProgress" };
static const long transient_statuses[] = { 500, 502, 503, 504 };

enum error_kind
failure_kind(long status, const char *code, const char *message)
{
	if (strstr(message, "Signature expired") != NULL || strstr(message, "Signature not yet current") != NULL ||
	    strstr(message, "is not yet valid") != NULL)
		return ERROR_CLOCK;
	for (size_t i = 0; i < ARRAY_LEN(meanings); i++)
		if (str_match(meanings[i].code, code))
			return meanings[i].kind;
	/* Proxies and newer services say it by the status, or in words alone. */
	if (status == 429 || (code[0] == '\0' && strcmp(message, "Rate exceeded") == 0))
		return ERROR_THROTTLED;
	if (code[0] == '\0' && status == 403)
		return ERROR_DENIED;
	return code[0] == '\0' && status < 500 ? ERROR_NETWORK : ERROR_REMOTE;
}

bool
failure_is_throttling(const char *code)
{
	return failure_kind(400, code, "") == ERROR_THROTTLED;
}

bool
failure_is_transient(long status, const char *code)
{
	for (size_t i = 0; i < ARRAY_LEN(transient_codes); i++)
		if (str_eq(transient_codes[i], code))
			return true;
	for (size_t i = 0; i < ARRAY_LEN(transient_statuses); i++)
		if (transient_statuses[i] == status)
			return true;
	return false;
}

static bool
may_pass(const struct failure *f)
{
	if (!f->answered)
		return !f->lasting;
	return failure_kind(f->status, f->code, f->message) == ERROR_THROTTLED ||
	    failure_is_transient(f->status, f->code);
}

bool
retry_wanted(struct retry_quota *q, const struct failure *f, int64_t *delay_ms, int *cost)
{
	int64_t most_s = f->tries > 0 && f->tries < 6 ? (int64_t)1 << (f->tries - 1) : RETRY_DELAY_MAX_S;
	int price = f->timed_out ? RETRY_COST_TIMEOUT : RETRY_COST;

	if (f->tries >= RETRY_TRIES || q->left < price || !may_pass(f))
		return false;
	if (most_s > RETRY_DELAY_MAX_S)
		most_s = RETRY_DELAY_MAX_S;
	q->left -= price;
	*cost = price;
	*delay_ms = (int64_t)(f->chance * 1000.0 * (double)most_s);
	/* The service's wish counts, within reason. */
	if (f->after_ms > *delay_ms)
		*delay_ms = f->after_ms < *delay_ms + 5000 ? f->after_ms : *delay_ms + 5000;
	return true;
}

void
retry_refund(struct retry_quota *q, int cost)
{
	q->left += cost > 0 ? cost : 1;
	if (q->left > RETRY_QUOTA)
		q->left = RETRY_QUOTA;
}

bool
clock_is_wrong(const struct failure *f, int64_t date_ms, int64_t signed_ms)
{
	enum error_kind kind = failure_kind(f->status, f->code, f->message);

	if (!f->answered || date_ms == WHEN_NONE || llabs(date_ms - signed_ms) < SKEW_ALLOWED_MS)
		return false;
	return kind == ERROR_CLOCK || str_eq(f->code, "SignatureDoesNotMatch") ||
	    str_eq(f->code, "AuthFailure") || str_starts(f->code, "InvalidSignature");
}
