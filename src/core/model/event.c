#include "core/model/event.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/when.h"

/* Where each text member of an event stands in the record. */
static const struct {
	size_t at;
	const char *path;
} members[] = {
	{ offsetof(struct event, id), "eventID" },
	{ offsetof(struct event, source), "eventSource" },
	{ offsetof(struct event, name), "eventName" },
	{ offsetof(struct event, type), "eventType" },
	{ offsetof(struct event, category), "eventCategory" },
	{ offsetof(struct event, region), "awsRegion" },
	{ offsetof(struct event, ip), "sourceIPAddress" },
	{ offsetof(struct event, user_agent), "userAgent" },
	{ offsetof(struct event, error_code), "errorCode" },
	{ offsetof(struct event, error_message), "errorMessage" },
	{ offsetof(struct event, request_id), "requestID" },
	{ offsetof(struct event, account), "recipientAccountId" },
	{ offsetof(struct event, identity_type), "userIdentity.type" },
	{ offsetof(struct event, principal_id), "userIdentity.principalId" },
	{ offsetof(struct event, arn), "userIdentity.arn" },
	{ offsetof(struct event, access_key_id), "userIdentity.accessKeyId" },
	{ offsetof(struct event, user_name), "userIdentity.userName" },
	{ offsetof(struct event, identity_account), "userIdentity.accountId" },
	{ offsetof(struct event, invoked_by), "userIdentity.invokedBy" },
	{ offsetof(struct event, issuer_type), "userIdentity.sessionContext.sessionIssuer.type" },
	{ offsetof(struct event, issuer_id), "userIdentity.sessionContext.sessionIssuer.principalId" },
	{ offsetof(struct event, issuer_arn), "userIdentity.sessionContext.sessionIssuer.arn" },
	{ offsetof(struct event, issuer_user_name),
	  "userIdentity.sessionContext.sessionIssuer.userName" },
	{ offsetof(struct event, source_identity), "userIdentity.sessionContext.sourceIdentity" },
};

/* Error codes that mean "no rights", as services spell them in CloudTrail. */
static const char *const denial_codes[] = {
	"AccessDenied*", "*UnauthorizedOperation", "AuthorizationError*", "NotAuthorized*",
	"UnauthorizedAccess*", "Forbidden*", "*AccessDenied", "*AccessDeniedException",
	"OptInRequired", "403", "Unauthorized*",
};

static int64_t
time_of(const cJSON *doc)
{
	const cJSON *v = json_get(doc, "eventTime");
	char number[32];
	int64_t at;

	if (cJSON_IsNumber(v)) {
		if (!(v->valuedouble >= 0 && v->valuedouble < 1e14))
			return WHEN_NONE;
		(void)snprintf(number, sizeof(number), "%.3f", v->valuedouble);
		return when_parse(number, &at) ? at : WHEN_NONE;
	}
	return when_parse(cJSON_GetStringValue(v), &at) ? at : WHEN_NONE;
}

static const char *
none_if_empty(const char *s)
{
	return str_empty(s) ? NULL : s;
}

static void
fill(struct event *event)
{
	for (size_t i = 0; i < ARRAY_LEN(members); i++) {
		const char **to = (const char **)(void *)((char *)event + members[i].at);

		*to = none_if_empty(json_string(event->doc, members[i].path));
	}
	event->time_ms = time_of(event->doc);
	event->request = json_get(event->doc, "requestParameters");
	event->response = json_get(event->doc, "responseElements");
	if (event->account == NULL)
		event->account = event->identity_account;
	/* Some services put the error inside responseElements ("record contents", errorCode). */
	if (event->error_code == NULL)
		event->error_code = none_if_empty(json_string(event->response, "errorCode"));
	if (event->error_message == NULL)
		event->error_message = none_if_empty(json_string(event->response, "errorMessage"));
	if (event->error_code == NULL && event->error_message != NULL)
		event->error_code = "Failure";
}

bool
event_parse(struct event *event, const char *bytes, size_t len, struct error *err)
{
	cJSON *doc = json_parse(bytes, len, "a record", err);

	*event = (struct event){ .time_ms = WHEN_NONE };
	if (doc == NULL)
		return false;
	if (!cJSON_IsObject(doc)) {
		cJSON_Delete(doc);
		return error_set(err, ERROR_INPUT, "a record is not a JSON object");
	}
	event->doc = doc;
	event->raw = mem_strndup(bytes, len);
	event->raw_len = len;
	fill(event);
	return true;
}

bool
event_failed(const struct event *event)
{
	return event->error_code != NULL;
}

bool
event_denied(const struct event *event)
{
	if (event->error_code == NULL)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(denial_codes); i++)
		if (str_match_nocase(denial_codes[i], event->error_code))
			return true;
	return str_contains_nocase(event->error_message, "not authorized to perform");
}

bool
event_by_aws(const struct event *event)
{
	if (str_eq(event->identity_type, "AWSService"))
		return true;
	return event->issuer_arn != NULL && strstr(event->issuer_arn, ":role/aws-service-role/") != NULL;
}

void
event_clear(struct event *event)
{
	cJSON_Delete(event->doc);
	free(event->raw);
	*event = (struct event){ .time_ms = WHEN_NONE };
}
