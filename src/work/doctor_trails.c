/*
 * Trails are not needed to see the canaries: the event history is always
 * there. They keep records longer than 90 days, and may have data events.
 */
#include <stdlib.h>

#include "base/json.h"
#include "base/mem.h"
#include "work/doctor_int.h"

#define TARGET(op) "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101." op

struct coverage_of_trails {
	size_t trails;
	bool everywhere;	/* one that logs all management events of all regions */
	bool data;		/* one that logs some data events */
};

/* Basic selectors: {"ReadWriteType": "All", "IncludeManagementEvents": true, "DataResources": […]}. */
static void
read_basic(const cJSON *doc, bool *management, bool *data)
{
	const cJSON *s;

	cJSON_ArrayForEach(s, json_get(doc, "EventSelectors")) {
		*management |= json_bool(s, "IncludeManagementEvents", false) &&
		    str_eq(str_or(json_string(s, "ReadWriteType"), "All"), "All");
		*data |= cJSON_GetArraySize(json_get(s, "DataResources")) > 0;
	}
}

/* Advanced ones: field selectors; management events are whole when only their category is asked for. */
static void
read_advanced(const cJSON *doc, bool *management, bool *data)
{
	const cJSON *s, *f;

	cJSON_ArrayForEach(s, json_get(doc, "AdvancedEventSelectors")) {
		struct strlist category = STRLIST_INIT;
		size_t narrowed = 0;

		cJSON_ArrayForEach(f, json_get(s, "FieldSelectors")) {
			if (str_eq(json_string(f, "Field"), "eventCategory"))
				json_strings(f, "Equals", &category);
			else if (!str_eq(json_string(f, "Field"), "resources.type"))
				narrowed++;
		}
		*management |= strlist_has(&category, "Management") && narrowed == 0;
		*data |= strlist_has(&category, "Data");
		strlist_clear(&category);
	}
}

static void
say_trail(struct doctor *d, const cJSON *trail, const struct question *status, const struct question *selectors,
    struct coverage_of_trails *sum)
{
	const char *name = json_string(trail, "Name");
	cJSON *s = status->ok ? json_parse(buf_str(&status->body), status->body.len, "GetTrailStatus", NULL) : NULL;
	cJSON *e = selectors->ok ? json_parse(buf_str(&selectors->body), selectors->body.len, "GetEventSelectors", NULL) :
	    NULL;
	const char *failure = json_string(s, "LatestDeliveryError");
	bool management = false, data = false, all = json_bool(trail, "IsMultiRegionTrail", false);

	read_basic(e, &management, &data);
	read_advanced(e, &management, &data);
	if (s != NULL && !json_bool(s, "IsLogging", false))
		doctor_say(d, DIAGNOSIS_WARN, name, "find out who stopped it; \"aws cloudtrail start-logging\" starts it",
		    "the trail does not log");
	else if (!str_empty(failure))
		doctor_say(d, DIAGNOSIS_WARN, name, "look at the policy of its bucket", "the trail cannot deliver: %s", failure);
	else if (s != NULL && e != NULL)
		doctor_say(d, DIAGNOSIS_OK, name, NULL, "%s, %s, %s", all ? "all regions" : "one region",
		    management ? "all management events" : "not all management events", data ? "some data events" : "no data events");
	sum->trails++;
	sum->everywhere |= all && management && json_bool(s, "IsLogging", false);
	sum->data |= data && json_bool(s, "IsLogging", false);
	cJSON_Delete(s);
	cJSON_Delete(e);
}

static void
say_sum(struct doctor *d, const struct coverage_of_trails *sum)
{
	if (!sum->everywhere)
		doctor_say(d, DIAGNOSIS_WARN, NULL, "make a trail for all regions with all management events", "%s: what is older "
		    "than 90 days is lost", sum->trails == 0 ? "there is no trail" : "no trail logs all management events of all regions");
	if (!sum->data)
		doctor_say(d, DIAGNOSIS_OK, NULL, NULL, "data events are not logged: sending mail or reading objects with a canary "
		    "shows only as an unlogged use, by service and region");
}

/* Status and selectors of each trail, in the region it belongs to. */
static void
look_at(struct doctor *d, struct patient *p, const cJSON *list)
{
	size_t n = (size_t)cJSON_GetArraySize(list), i = 0;
	struct question *q = mem_zalloc(2 * n + 1, sizeof(*q));
	char **body = mem_zalloc(2 * n + 1, sizeof(*body));
	struct coverage_of_trails sum = { .trails = 0 };
	const cJSON *trail;

	cJSON_ArrayForEach(trail, list) {
		const char *arn = str_or(json_string(trail, "TrailARN"), json_string(trail, "Name"));

		for (size_t k = 0; k < 2; k++, i++) {
			struct buf b = BUF_INIT(BUF_LINE);
			struct jsonw w = JSONW_INIT(&b, 0);

			jsonw_open(&w, NULL, '{');
			jsonw_str(&w, k == 0 ? "Name" : "TrailName", arn);
			jsonw_close(&w);
			body[i] = buf_take(&b);
			q[i].call = (struct aws_call){ .service = "cloudtrail", .region = json_string(trail, "HomeRegion"),
				.target = k == 0 ? TARGET("GetTrailStatus") : TARGET("GetEventSelectors"), .body = body[i] };
		}
	}
	doctor_ask(d, p, q, 2 * n);
	i = 0;
	cJSON_ArrayForEach(trail, list) {
		say_trail(d, trail, &q[i], &q[i + 1], &sum);
		i += 2;
	}
	say_sum(d, &sum);
	for (i = 0; i < 2 * n; i++) {
		question_clear(&q[i]);
		free(body[i]);
	}
	free(body);
	free(q);
}

void
check_trails(struct doctor *d, struct patient *p)
{
	struct question q = { .call = { .service = "cloudtrail", .target = TARGET("DescribeTrails"), .body = "{}" } };
	cJSON *doc = NULL;
	struct error err = ERROR_INIT;

	doctor_ask(d, p, &q, 1);
	if (q.ok)
		doc = json_parse(buf_str(&q.body), q.body.len, "the answer of DescribeTrails", &err);
	if (q.ok && doc != NULL)
		look_at(d, p, json_get(doc, "trailList"));
	else
		doctor_say(d, DIAGNOSIS_SKIP, NULL, NULL, "not looked at: %s", q.ok ? err.text : q.err.text);
	cJSON_Delete(doc);
	question_clear(&q);
}
