#include "core/model/incident.h"

#include <stdlib.h>

#include "base/enum.h"
#include "base/mem.h"
#include "base/when.h"

ENUM_TEXT(incident_state, incident_state, INCIDENT_STATES)
ENUM_TEXT(incident_class, incident_class, INCIDENT_CLASSES)

/* Every list of counted texts once. */
#define TALLY_LISTS(X) \
	X(addresses) X(user_agents) X(regions) X(sessions) X(errors) X(resources) X(policies) X(kinds) X(labels)

static void
texts_copy(struct tally_texts *to, const struct tally_texts *from)
{
	*to = *from;
	to->item = mem_zalloc(from->len, sizeof(*to->item));
	for (size_t i = 0; i < from->len; i++) {
		to->item[i] = from->item[i];
		to->item[i].text = mem_strdup(from->item[i].text);
	}
}

static void
texts_clear(struct tally_texts *t)
{
	for (size_t i = 0; i < t->len; i++)
		free(t->item[i].text);
	free(t->item);
	*t = (struct tally_texts){ .item = NULL };
}

#define CALL_TEXTS(X) \
	X(source) X(name) X(stage) X(also_stage) X(resource) X(label) X(first_event)

static void
tally_copy(struct tally *to, const struct tally *from)
{
	*to = *from;
	to->call = mem_zalloc(from->calls, sizeof(*to->call));
	for (size_t i = 0; i < from->calls; i++) {
		to->call[i] = from->call[i];
#define X(member) to->call[i].member = mem_strdup(from->call[i].member);
		CALL_TEXTS(X)
#undef X
	}
#define X(list) texts_copy(&to->list, &from->list);
	TALLY_LISTS(X)
#undef X
}

static void
tally_clear(struct tally *t)
{
	for (size_t i = 0; i < t->calls; i++) {
#define X(member) free(t->call[i].member);
		CALL_TEXTS(X)
#undef X
	}
	free(t->call);
#define X(list) texts_clear(&t->list);
	TALLY_LISTS(X)
#undef X
	*t = (struct tally){ .first_ms = WHEN_NONE, .last_ms = WHEN_NONE };
}

void
incident_init(struct incident *i)
{
	*i = (struct incident){ .opened_ms = WHEN_NONE, .changed_ms = WHEN_NONE,
		.closed_ms = WHEN_NONE, .tally = { .first_ms = WHEN_NONE, .last_ms = WHEN_NONE } };
	verdict_init(&i->verdict);
}

void
incident_copy(struct incident *to, const struct incident *from)
{
	*to = *from;
	to->id = mem_strdup(from->id);
	to->key_id = mem_strdup(from->key_id);
	to->user_name = mem_strdup(from->user_name);
	to->account = mem_strdup(from->account);
	to->note = mem_strdup(from->note);
	tally_copy(&to->tally, &from->tally);
	verdict_copy(&to->verdict, &from->verdict);
}

void
incident_clear(struct incident *i)
{
	free(i->id);
	free(i->key_id);
	free(i->user_name);
	free(i->account);
	free(i->note);
	tally_clear(&i->tally);
	verdict_clear(&i->verdict);
	incident_init(i);
}

void
incident_list_take(struct incident_list *l, struct incident *i)
{
	MEM_GROW(l->item, l->len, l->cap);
	l->item[l->len++] = *i;
	incident_init(i);
}

void
incident_list_clear(struct incident_list *l)
{
	for (size_t i = 0; i < l->len; i++)
		incident_clear(&l->item[i]);
	free(l->item);
	*l = (struct incident_list)INCIDENT_LIST_INIT;
}

static void
write_texts(const struct tally_texts *t, struct jsonw *w, const char *name)
{
	jsonw_open(w, name, '{');
	jsonw_int(w, "overflow", t->overflow);
	jsonw_open(w, "items", '[');
	for (size_t i = 0; i < t->len; i++) {
		jsonw_open(w, NULL, '[');
		jsonw_str(w, NULL, t->item[i].text);
		jsonw_int(w, NULL, t->item[i].count);
		jsonw_int(w, NULL, t->item[i].first_ms);
		jsonw_int(w, NULL, t->item[i].last_ms);
		jsonw_close(w);
	}
	jsonw_close(w);
	jsonw_close(w);
}

void
tally_write(const struct tally *t, struct jsonw *w, const char *name)
{
	jsonw_open(w, name, '{');
	jsonw_int(w, "sightings", t->sightings);
	jsonw_int(w, "strangers", t->strangers);
	jsonw_int(w, "denied", t->denied);
	jsonw_int(w, "failed", t->failed);
	jsonw_int(w, "succeeded", t->succeeded);
	jsonw_when(w, "first", t->first_ms);
	jsonw_when(w, "last", t->last_ms);
	jsonw_int(w, "call_overflow", t->call_overflow);
	jsonw_open(w, "calls", '[');
	for (size_t i = 0; i < t->calls; i++) {
		jsonw_open(w, NULL, '{');
#define X(member) jsonw_str(w, #member, t->call[i].member);
		CALL_TEXTS(X)
#undef X
		jsonw_when(w, "first", t->call[i].first_ms);
		jsonw_when(w, "last", t->call[i].last_ms);
		jsonw_int(w, "denied", t->call[i].denied);
		jsonw_int(w, "failed", t->call[i].failed);
		jsonw_int(w, "succeeded", t->call[i].succeeded);
		jsonw_close(w);
	}
	jsonw_close(w);
#define X(list) write_texts(&t->list, w, #list);
	TALLY_LISTS(X)
#undef X
	jsonw_close(w);
}

static int64_t
read_when(const cJSON *o, const char *name)
{
	int64_t at;

	return when_parse(json_string(o, name), &at) ? at : WHEN_NONE;
}

static int64_t
number_at(const cJSON *array, int n)
{
	const cJSON *v = cJSON_GetArrayItem(array, n);

	return cJSON_IsNumber(v) ? (int64_t)v->valuedouble : 0;
}

static void
read_texts(struct tally_texts *t, const cJSON *o)
{
	const cJSON *item;

	t->overflow = json_int(o, "overflow", 0);
	cJSON_ArrayForEach(item, json_get(o, "items")) {
		const char *text = cJSON_GetStringValue(cJSON_GetArrayItem(item, 0));

		if (text == NULL || t->len >= TALLY_TEXTS_MAX)
			continue;
		t->item = mem_resize(t->item, t->len + 1, sizeof(*t->item));
		t->item[t->len++] = (struct tally_text){ .text = mem_strdup(text),
			.count = number_at(item, 1), .first_ms = number_at(item, 2),
			.last_ms = number_at(item, 3) };
	}
}

bool
tally_read(struct tally *t, const cJSON *o, struct error *err)
{
	const cJSON *item;

	*t = (struct tally){ .first_ms = WHEN_NONE, .last_ms = WHEN_NONE };
	if (!cJSON_IsObject(o))
		return error_set(err, ERROR_INPUT, "a stored tally is no JSON object");
	t->sightings = json_int(o, "sightings", 0);
	t->strangers = json_int(o, "strangers", 0);
	t->denied = json_int(o, "denied", 0);
	t->failed = json_int(o, "failed", 0);
	t->succeeded = json_int(o, "succeeded", 0);
	t->first_ms = read_when(o, "first");
	t->last_ms = read_when(o, "last");
	t->call_overflow = json_int(o, "call_overflow", 0);
	cJSON_ArrayForEach(item, json_get(o, "calls")) {
		struct tally_call *c;

		if (t->calls >= TALLY_CALLS_MAX)
			break;
		t->call = mem_resize(t->call, t->calls + 1, sizeof(*t->call));
		c = &t->call[t->calls++];
		*c = (struct tally_call){ .first_ms = read_when(item, "first"),
			.last_ms = read_when(item, "last"), .denied = json_int(item, "denied", 0),
			.failed = json_int(item, "failed", 0), .succeeded = json_int(item, "succeeded", 0) };
#define X(member) c->member = mem_strdup(json_string(item, #member));
		CALL_TEXTS(X)
#undef X
	}
#define X(list) read_texts(&t->list, json_get(o, #list));
	TALLY_LISTS(X)
#undef X
	return true;
}
