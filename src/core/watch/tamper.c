#include "core/watch/tamper.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"

const char *const tamper_names[] = {
	"StopLogging", "DeleteTrail", "UpdateTrail", "PutEventSelectors", "StartLogging", "CreateTrail", NULL
};

static bool
is_false(const cJSON *o, const char *name)
{
	return cJSON_IsFalse(json_get(o, name));
}

static enum tamper
by_update(const cJSON *p)
{
	return is_false(p, "isMultiRegionTrail") || is_false(p, "includeGlobalServiceEvents") ||
	    is_false(p, "isOrganizationTrail") || json_get(p, "s3BucketName") != NULL ?
	    TAMPER_NARROWS : TAMPER_RESTORES;
}

/* A classic selector that takes every management event. */
static bool
takes_all(const cJSON *selector)
{
	const char *type = json_string(selector, "readWriteType");

	return !is_false(selector, "includeManagementEvents") && (type == NULL || str_eq(type, "All")) &&
	    cJSON_GetArraySize(json_get(selector, "excludeManagementEventSources")) == 0;
}

/* An advanced one: eventCategory Management, and no other condition. */
static bool
takes_all_management(const cJSON *selector)
{
	const cJSON *fields = json_get(selector, "fieldSelectors"), *values, *one;
	bool management = false;

	if (cJSON_GetArraySize(fields) != 1)
		return false;
	values = json_get(cJSON_GetArrayItem(fields, 0), "equals");
	cJSON_ArrayForEach(one, values)
		management |= cJSON_IsString(one) && str_eq(one->valuestring, "Management");
	return management && str_eq(json_string(cJSON_GetArrayItem(fields, 0), "field"), "eventCategory");
}

static enum tamper
by_selectors(const cJSON *p)
{
	const cJSON *one;

	cJSON_ArrayForEach(one, json_get(p, "eventSelectors"))
		if (takes_all(one))
			return TAMPER_RESTORES;
	cJSON_ArrayForEach(one, json_get(p, "advancedEventSelectors"))
		if (takes_all_management(one))
			return TAMPER_RESTORES;
	return TAMPER_NARROWS;
}

enum tamper
tamper_of(const struct event *e)
{
	if (!str_eq(e->source, "cloudtrail.amazonaws.com") || event_failed(e))
		return TAMPER_NONE;
	if (str_eq(e->name, "StopLogging") || str_eq(e->name, "DeleteTrail"))
		return TAMPER_STOPS;
	if (str_eq(e->name, "UpdateTrail"))
		return by_update(e->request);
	if (str_eq(e->name, "PutEventSelectors"))
		return by_selectors(e->request);
	if (str_eq(e->name, "StartLogging") || str_eq(e->name, "CreateTrail"))
		return TAMPER_RESTORES;
	return TAMPER_NONE;
}

char *
tamper_trail(const struct event *e)
{
	const char *name = json_string(e->request, "name"), *slash;

	name = name != NULL ? name : json_string(e->request, "trailName");
	name = str_or(name, "(unnamed)");
	slash = strrchr(name, '/');
	name = slash != NULL ? slash + 1 : name;
	return mem_strndup(name, strnlen(name, 128));
}

char *
tamper_text(const struct event *e)
{
	char *trail = tamper_trail(e);
	char *text = mem_printf("%s of trail %s by %.200s from %.100s (event %.64s)", e->name, trail,
	    str_or(e->arn, str_or(e->principal_id, "somebody unknown")), str_or(e->ip, "an unknown address"),
	    str_or(e->id, "?"));

	free(trail);
	return text;
}
