/*
 * core/model/event.h: one CloudTrail record, parsed leniently.
 *
 * A record is hostile until parsed: any member may be missing, null or of the
 * wrong type; that member is then NULL (text) or WHEN_NONE (time) and the
 * event is still an event. The strings borrow from `doc`, the verbatim bytes
 * are in `raw`. Life: event_parse(), use, event_clear().
 *
 * Record layout: AWS CloudTrail User Guide, "CloudTrail record contents" and
 * "CloudTrail userIdentity element".
 */
#ifndef CORE_MODEL_EVENT_H
#define CORE_MODEL_EVENT_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct event {
	const char *id;			/* eventID */
	int64_t time_ms;		/* eventTime; WHEN_NONE if unreadable */
	const char *source;		/* "ses.amazonaws.com" */
	const char *name;		/* "GetSendQuota" */
	const char *type;		/* eventType */
	const char *category;		/* eventCategory */
	const char *region;		/* awsRegion */
	const char *ip;			/* sourceIPAddress: address, host name or "AWS Internal" */
	const char *user_agent;
	const char *error_code;		/* top level, or inside responseElements */
	const char *error_message;
	const char *request_id;
	const char *account;		/* recipientAccountId, else userIdentity.accountId */
	/* userIdentity */
	const char *identity_type;
	const char *principal_id;
	const char *arn;
	const char *access_key_id;
	const char *user_name;
	const char *identity_account;
	const char *invoked_by;
	const char *issuer_type;	/* sessionContext.sessionIssuer */
	const char *issuer_id;
	const char *issuer_arn;
	const char *issuer_user_name;
	const char *source_identity;
	/* any JSON type, or NULL */
	const cJSON *request;		/* requestParameters */
	const cJSON *response;		/* responseElements */
	cJSON *doc;			/* owned */
	char *raw;			/* owned, verbatim, NUL-terminated */
	size_t raw_len;
};

/*
 * Parses one record (a JSON object) from bytes. False only when the bytes are
 * no JSON object at all; `event` is then empty.
 */
bool event_parse(struct event *event, const char *bytes, size_t len, struct error *err);
/* Denied, throttled or failed in any way: an error code is there. */
bool event_failed(const struct event *event);
/* The failure is a refusal of rights, in any of the spellings services use. */
bool event_denied(const struct event *event);
/*
 * AWS acting by itself: a service principal or a service-linked role. Not
 * invokedBy, nor "AWS Internal", alone: an intruder who works through a
 * service (CloudFormation, the console) leaves those too.
 */
bool event_by_aws(const struct event *event);
void event_clear(struct event *event);

#endif
