#include "core/intent/classify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"

enum { TEXT_MAX = 1024 };	/* CloudTrail's own limit for userAgent and errorMessage */

/* Members of requestParameters that name what a call aims at, most telling first. */
static const char *const target_members[] = {
	"emailIdentity", "emailAddress", "identity", "domain", "domainName", "policyArn", "policyName",
	"groupName", "roleName", "userName", "accessKeyId", "serviceCode", "modelId", "bucketName",
	"secretId", "functionName", "name", "roleArn",
};

static char *
bounded(const char *s)
{
	return s == NULL ? NULL : mem_strndup(s, strnlen(s, TEXT_MAX));
}

/* The word behind `marker` in an error message; NULL when it is not there. */
static char *
word_after(const char *message, const char *marker)
{
	const char *at = message == NULL ? NULL : strstr(message, marker);

	if (at == NULL)
		return NULL;
	at += strlen(marker);
	return mem_strndup(at, strcspn(at, " \t\r\n\"'"));
}

/*
 * "… on resource: arn:aws:ses:us-east-1:123456789012:identity/example.com":
 * for an SES identity the domain or address is what people want to read.
 */
static char *
resource_of(const struct event *event)
{
	char *arn = word_after(event->error_message, "on resource: ");
	const char *identity;

	if (arn == NULL || strcmp(arn, "*") == 0) {
		free(arn);
		return NULL;
	}
	identity = strstr(arn, ":identity/");
	if (identity != NULL)
		memmove(arn, identity + 10, strlen(identity + 10) + 1);
	return arn;
}

static char *
target_of(const struct event *event)
{
	for (size_t i = 0; i < ARRAY_LEN(target_members); i++) {
		const char *s = json_string(event->request, target_members[i]);

		if (!str_empty(s))
			return bounded(s);
	}
	if (cJSON_IsArray(json_get(event->request, "identities")))
		return bounded(cJSON_GetStringValue(
		    cJSON_GetArrayItem(json_get(event->request, "identities"), 0)));
	return resource_of(event);
}

/* serviceCode, or the service in "…:servicequotas:REGION:ACCOUNT:ses/L-…" of a denial. */
static char *
service_of(const struct event *event)
{
	const char *s = json_string(event->request, "serviceCode"), *end, *from;

	if (!str_empty(s))
		return bounded(s);
	end = event->error_message == NULL ? NULL : strstr(event->error_message, "/L-");
	if (end == NULL || strstr(event->error_message, "servicequotas") == NULL)
		return NULL;
	for (from = end; from > event->error_message && from[-1] != ':' && from[-1] != ' ';)
		from--;
	return from < end ? mem_strndup(from, (size_t)(end - from)) : NULL;
}

/* A denial names the action even where the record does not. */
static void
mine_action(struct sighting *s, const char *message)
{
	char *action = word_after(message, "not authorized to perform: ");
	char *colon = action == NULL ? NULL : strchr(action, ':');

	if (colon != NULL && colon[1] != '\0') {
		*colon = '\0';
		if (s->name == NULL)
			s->name = mem_strdup(colon + 1);
		if (s->source == NULL)
			s->source = mem_printf("%s.amazonaws.com", action);
	}
	free(action);
}

void
sighting_fill(struct sighting *s, const struct event *event)
{
	s->event_id = bounded(event->id);
	s->time_ms = event->time_ms;
	s->source = bounded(event->source);
	s->name = bounded(event->name);
	s->region = bounded(event->region);
	s->account = bounded(event->account);
	s->ip = bounded(event->ip);
	s->user_agent = bounded(event->user_agent);
	s->error_code = bounded(event->error_code);
	s->error_message = bounded(event->error_message);
	s->identity_type = bounded(event->identity_type);
	s->actor = bounded(event->arn != NULL ? event->arn : event->principal_id);
	s->service_code = service_of(event);
	s->resource = target_of(event);
	s->failed = event_failed(event);
	s->denied = event_denied(event);
	mine_action(s, event->error_message);
}

static const char *
policy_of(const struct event *event)
{
	const char *arn = json_string(event->request, "policyArn");

	return arn != NULL ? arn : json_string(event->request, "policyName");
}

/* A pattern over an optional text: NULL asks nothing, "" wants it absent. */
static bool
fits(const char *pattern, const char *text)
{
	if (pattern == NULL)
		return true;
	if (*pattern == '\0')
		return str_empty(text);
	return text != NULL && str_match(pattern, text);
}

static bool
row_fits(const struct call_rule *row, const struct event *event, const struct sighting *s)
{
	if (!call_rule_named(row, s->name))
		return false;
	if (row->internal && !str_eq(event->ip, "AWS Internal"))
		return false;
	return fits(row->service, s->service_code) && fits(row->policy, policy_of(event)) &&
	    fits(row->agent, event->user_agent);
}

static const struct call_rule *
find_row(const struct rules *rules, const struct event *event, const struct sighting *s)
{
	const struct call_rule *row = s->source == NULL ? NULL : map_get(&rules->by_source, s->source);

	for (; row != NULL; row = row->next)
		if (row_fits(row, event, s))
			return row;
	for (size_t i = 0; i < rules->fallbacks; i++)
		if (call_rule_named(&rules->fallback[i], s->name))
			return &rules->fallback[i];
	return NULL;
}

static void
set_label(struct sighting *s, const char *label, const char *reason)
{
	if (s->label != NULL)
		return;
	s->label = mem_strdup(label);
	s->label_reason = mem_strdup(reason);
}

void
classify(const struct rules *rules, const struct event *event, struct sighting *s)
{
	const struct call_rule *row = find_row(rules, event, s);

	if (row != NULL) {
		s->stage = mem_strdup(row->stage);
		s->also_stage = mem_strdup(row->also);
		if (row->label != NULL)
			set_label(s, row->label, "AWS acts by itself on a key it found in public");
	}
	if (event_by_aws(event) || strlist_has(&rules->aws_actors, event->invoked_by) ||
	    strlist_has(&rules->aws_actors, event->ip))
		set_label(s, "aws", "an AWS service acts by itself");
}

char *
call_text(const char *source, const char *name)
{
	const char *s = str_or(source, "?");

	return mem_printf("%.*s:%s", (int)strcspn(s, "."), s, str_or(name, "?"));
}
