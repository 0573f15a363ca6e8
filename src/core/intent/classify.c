#include "core/intent/classify.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "core/intent/mine.h"

enum { TEXT_MAX = 1024 };	/* CloudTrail's own limit for userAgent and errorMessage */

/* Members of requestParameters that name what a call aims at, most telling first. */
static const char *const target_members[] = {
	"emailIdentity", "emailAddress", "identity", "domain", "domainName", "policyArn", "policyName",
	"groupName", "roleName", "userName", "accessKeyId", "serviceCode", "modelId", "bucketName",
	"secretId", "functionName", "fromEmailAddress", "source", "contactListName", "templateName",
	"configurationSetName", "name", "roleArn", "instanceType", "arn", "resourceArn",
};

static char *
bounded(const char *s)
{
	return s == NULL ? NULL : mem_strndup(s, strnlen(s, TEXT_MAX));
}

static char *
target_of(const struct event *event, const struct refusal *refusal)
{
	for (size_t i = 0; i < ARRAY_LEN(target_members); i++) {
		const char *s = json_string(event->request, target_members[i]);

		if (!str_empty(s))
			return bounded(s);
	}
	if (cJSON_IsArray(json_get(event->request, "identities")))
		return bounded(cJSON_GetStringValue(
		    cJSON_GetArrayItem(json_get(event->request, "identities"), 0)));
	return refusal->resource == NULL ? NULL : mem_strdup(arn_short(refusal->resource));
}

/* serviceCode, or the service in "…:servicequotas:REGION:ACCOUNT:ses/L-…" of a denial. */
static char *
service_of(const struct event *event, const struct refusal *refusal)
{
	const char *s = json_string(event->request, "serviceCode"), *end, *from;

	if (!str_empty(s))
		return bounded(s);
	if (refusal->resource == NULL || strstr(refusal->resource, ":servicequotas:") == NULL)
		return NULL;
	end = strstr(refusal->resource, "/L-");
	if (end == NULL)
		end = strchr(refusal->resource, '/');
	for (from = end; from != NULL && from > refusal->resource && from[-1] != ':';)
		from--;
	return from < end ? mem_strndup(from, (size_t)(end - from)) : NULL;
}

/* A denial names the action even where the record does not. */
static void
take_action(struct sighting *s, const struct refusal *refusal)
{
	if (refusal->action == NULL)
		return;
	if (s->name == NULL)
		s->name = mem_strdup(refusal->action);
	if (s->source == NULL)
		s->source = mem_printf("%s.amazonaws.com", refusal->service);
}

void
sighting_fill(struct sighting *s, const struct event *event)
{
	struct refusal refusal;

	refusal_mine(event->error_message, &refusal);
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
	s->service_code = service_of(event, &refusal);
	s->resource = target_of(event, &refusal);
	s->failed = event_failed(event);
	s->denied = event_denied(event);
	take_action(s, &refusal);
	refusal_clear(&refusal);
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
	if (row->internal && !str_eq(event->ip, "AWS Internal"))
		return false;
	return fits(row->service, s->service_code) && fits(row->policy, policy_of(event)) &&
	    fits(row->agent, event->user_agent) && fits(row->address, event->ip);
}

/* "ListFunctions20150331v2" and "GetAccountV2" without the version; NULL when there is none. */
static char *
without_version(const char *name)
{
	size_t len = name == NULL ? 0 : strlen(name), end = len;

	if (len > 2 && (name[len - 2] == 'v' || name[len - 2] == 'V') && isdigit((unsigned char)name[len - 1]))
		end = len - 2;
	if (end > 8 && strspn(name + end - 8, "0123456789") >= 8 && name[end - 8] == '2')
		end -= 8;
	return end < len ? mem_strndup(name, end) : NULL;
}

static const struct call_rule *
first_row(const struct call_rule *row, const struct event *event, const struct sighting *s,
    const char *name, bool patterns)
{
	for (; row != NULL; row = row->next)
		if (call_rule_named(row, name, patterns) && row_fits(row, event, s))
			return row;
	return NULL;
}

/* The very name, the name without its version, a pattern of the service, the verb alone. */
static const struct call_rule *
find_row(const struct rules *rules, const struct event *event, const struct sighting *s)
{
	char service[SERVICE_TEXT_MAX], *bare = without_version(s->name);
	const struct call_rule *rows, *row;

	rules_service(rules, s->source, service);
	rows = map_get(&rules->by_service, service);
	row = first_row(rows, event, s, s->name, false);
	if (row == NULL && bare != NULL)
		row = first_row(rows, event, s, bare, false);
	if (row == NULL)
		row = first_row(rows, event, s, s->name, true);
	for (size_t i = 0; row == NULL && i < rules->fallbacks; i++)
		if (call_rule_named(&rules->fallback[i], s->name, true))
			row = &rules->fallback[i];
	free(bare);
	return row;
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

char *
call_by_rules(const struct rules *rules, const char *source, const char *name)
{
	char service[SERVICE_TEXT_MAX];

	rules_service(rules, source, service);
	return mem_printf("%s:%s", service, str_or(name, "?"));
}
