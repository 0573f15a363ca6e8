#include "world/aws/cloudtrail.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"

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

/* The record inside is what counts; the members around it repeat some of it. */
static bool
read_one(const cJSON *item, struct event *e)
{
	const char *record = json_string(item, "CloudTrailEvent");

	return record != NULL && event_parse(e, record, strlen(record), NULL);
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
	if (!cJSON_IsArray(list)) {
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
