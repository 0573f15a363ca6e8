#include "world/aws/cloudtrail.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/when.h"

void
lookup_write(const struct lookup *l, struct buf *out)
{
	struct jsonw w = JSONW_INIT(out, 0);

	jsonw_open(&w, NULL, '{');
	if (l->attribute != NULL) {
		jsonw_open(&w, "LookupAttributes", '[');
		jsonw_open(&w, NULL, '{');
		jsonw_str(&w, "AttributeKey", l->attribute);
		jsonw_str(&w, "AttributeValue", l->value);
		jsonw_close(&w);
		jsonw_close(&w);
	}
	jsonw_int(&w, "StartTime", l->from_ms / 1000);
	jsonw_int(&w, "EndTime", (l->to_ms + 999) / 1000);
	jsonw_int(&w, "MaxResults", 50);
	if (l->token != NULL)
		jsonw_str(&w, "NextToken", l->token);
	jsonw_close(&w);
}

/* What the members around a record repeat of it. */
static const struct {
	const char *around, *inside;
} repeated[] = { { "EventId", "eventID" }, { "EventName", "eventName" }, { "EventSource", "eventSource" },
	{ "EventTime", "eventTime" } };

static bool
copy_member(cJSON *to, const char *name, const cJSON *value)
{
	if (value == NULL || cJSON_IsNull(value) || json_get(to, name) != NULL)
		return false;
	return cJSON_AddItemToObject(to, name, cJSON_Duplicate(value, true));
}

/* Who it was: only where the record says nothing at all, for a role's session has its own name around it. */
static bool
copy_identity(cJSON *to, const cJSON *item)
{
	cJSON *who;
	bool some;

	if (json_get(to, "userIdentity") != NULL)
		return false;
	who = cJSON_CreateObject();
	some = copy_member(who, "accessKeyId", json_get(item, "AccessKeyId"));
	some |= copy_member(who, "userName", json_get(item, "Username"));
	(void)cJSON_AddItemToObject(to, "userIdentity", who);
	return some;
}

/* A record that is missing, damaged or bare, from what stands around it; false: nothing is said of it. */
static bool
complete(const cJSON *item, struct event *e)
{
	cJSON *doc = e->doc != NULL ? cJSON_Duplicate(e->doc, true) : cJSON_CreateObject();
	char *text = NULL;
	bool some = e->doc != NULL;

	for (size_t i = 0; i < ARRAY_LEN(repeated); i++)
		some |= copy_member(doc, repeated[i].inside, json_get(item, repeated[i].around));
	some |= copy_identity(doc, item);
	text = some ? cJSON_PrintUnformatted(doc) : NULL;
	event_clear(e);
	some = text != NULL && event_parse(e, text, strlen(text), NULL);
	cJSON_free(text);
	cJSON_Delete(doc);
	return some;
}

/* The record inside is what counts; the members around it repeat some of it. */
static bool
read_one(const cJSON *item, struct event *e)
{
	const char *record = json_string(item, "CloudTrailEvent");

	if (record != NULL && event_parse(e, record, strlen(record), NULL) && e->id != NULL && e->name != NULL &&
	    e->source != NULL && e->time_ms != WHEN_NONE)
		return true;
	return complete(item, e);
}

/* Nothing but what an answer may hold: an empty list may be left out. */
static bool
is_answer(const cJSON *doc)
{
	const cJSON *list = json_get(doc, "Events");

	if (!cJSON_IsObject(doc) || (list != NULL && !cJSON_IsNull(list)))
		return cJSON_IsArray(list);
	return cJSON_GetArraySize(doc) == (list != NULL) + cJSON_HasObjectItem(doc, "NextToken");
}

bool
lookup_read(struct lookup_page *page, const char *body, size_t len, struct error *err)
{
	cJSON *doc = json_parse(body, len, "the answer of LookupEvents", err);
	const cJSON *list = json_get(doc, "Events"), *item;
	size_t n = (size_t)cJSON_GetArraySize(list);

	*page = (struct lookup_page){ .event = NULL };
	if (doc == NULL)
		return false;
	if (!is_answer(doc)) {
		cJSON_Delete(doc);
		return error_set(err, ERROR_REMOTE, "the answer of LookupEvents has no Events");
	}
	page->event = mem_zalloc(n + 1, sizeof(*page->event));
	cJSON_ArrayForEach(item, list) {
		if (read_one(item, &page->event[page->events]))
			page->events++;
		else
			page->damaged++;
	}
	page->token = mem_strdup(json_string(doc, "NextToken"));
	if (str_empty(page->token)) {
		free(page->token);
		page->token = NULL;
	}
	cJSON_Delete(doc);
	return true;
}

void
lookup_page_clear(struct lookup_page *page)
{
	for (size_t i = 0; i < page->events; i++)
		event_clear(&page->event[i]);
	free(page->event);
	free(page->token);
	*page = (struct lookup_page){ .event = NULL };
}
