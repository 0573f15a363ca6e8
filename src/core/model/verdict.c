#include "core/model/verdict.h"

#include <stdlib.h>

#include "base/enum.h"
#include "base/mem.h"
#include "core/model/incident.h"

ENUM_TEXT(severity, severity, SEVERITIES)
ENUM_TEXT(confidence, confidence, CONFIDENCES)

void
verdict_init(struct verdict *v)
{
	*v = (struct verdict){ .severity = SEVERITY_INFO };
}

/* Every owned text and list once, so that no walk over them forgets one. */
#define TEXTS(X) X(intent) X(summary) X(pace) X(label) X(flow.id) X(flow.title) X(flow.source)
#define LISTS(X) \
	X(intents) X(reasons) X(stages) X(categories) X(likely_next) X(next_steps) X(tools) \
	X(flow.observed) X(flow.steps) X(flow.missing) X(flow.next)

void
verdict_copy(struct verdict *to, const struct verdict *from)
{
	*to = *from;
#define X(member) to->member = mem_strdup(from->member);
	TEXTS(X)
#undef X
#define X(member) to->member = (struct strlist)STRLIST_INIT; strlist_copy(&to->member, &from->member);
	LISTS(X)
#undef X
	to->finding = NULL;
	to->findings = 0;
	for (size_t i = 0; i < from->findings; i++) {
		struct finding *f = verdict_add_finding(to, from->finding[i].name, from->finding[i].title);

		f->attack = mem_strdup(from->finding[i].attack);
		strlist_copy(&f->evidence, &from->finding[i].evidence);
	}
}

void
verdict_clear(struct verdict *v)
{
#define X(member) free(v->member);
	TEXTS(X)
#undef X
#define X(member) strlist_clear(&v->member);
	LISTS(X)
#undef X
	for (size_t i = 0; i < v->findings; i++) {
		free(v->finding[i].name);
		free(v->finding[i].title);
		free(v->finding[i].attack);
		strlist_clear(&v->finding[i].evidence);
	}
	free(v->finding);
	verdict_init(v);
}

struct finding *
verdict_add_finding(struct verdict *v, const char *name, const char *title)
{
	struct finding *f;

	v->finding = mem_resize(v->finding, v->findings + 1, sizeof(*v->finding));
	f = &v->finding[v->findings++];
	*f = (struct finding){ .name = mem_strdup(name), .title = mem_strdup(title) };
	return f;
}

bool
verdict_has_finding(const struct verdict *v, const char *name)
{
	for (size_t i = 0; i < v->findings; i++)
		if (str_eq(v->finding[i].name, name))
			return true;
	return false;
}

static void
write_flow(const struct flow_match *f, struct jsonw *w)
{
	jsonw_open(w, "flow", '{');
	jsonw_str(w, "id", f->id);
	jsonw_str(w, "title", f->title);
	jsonw_str(w, "source", f->source);
	jsonw_int(w, "seen", f->seen);
	jsonw_int(w, "total", f->total);
	jsonw_bool(w, "in_order", f->in_order);
	jsonw_strlist(w, "observed", &f->observed);
	jsonw_strlist(w, "steps", &f->steps);
	jsonw_strlist(w, "missing", &f->missing);
	jsonw_strlist(w, "next", &f->next);
	jsonw_close(w);
}

void
verdict_write(const struct verdict *v, struct jsonw *w, const char *name)
{
	jsonw_open(w, name, '{');
	jsonw_str(w, "intent", v->intent);
	jsonw_strlist(w, "intents", &v->intents);
	jsonw_str(w, "summary", v->summary);
	jsonw_str(w, "severity", severity_name(v->severity));
	jsonw_str(w, "confidence", confidence_name(v->confidence));
	jsonw_strlist(w, "confidence_reasons", &v->reasons);
	jsonw_strlist(w, "stages", &v->stages);
	jsonw_strlist(w, "categories", &v->categories);
	jsonw_open(w, "findings", '[');
	for (size_t i = 0; i < v->findings; i++) {
		jsonw_open(w, NULL, '{');
		jsonw_str(w, "name", v->finding[i].name);
		jsonw_str(w, "title", v->finding[i].title);
		jsonw_str(w, "attack", v->finding[i].attack);
		jsonw_strlist(w, "evidence", &v->finding[i].evidence);
		jsonw_close(w);
	}
	jsonw_close(w);
	write_flow(&v->flow, w);
	jsonw_strlist(w, "likely_next", &v->likely_next);
	jsonw_strlist(w, "next_steps", &v->next_steps);
	jsonw_strlist(w, "tools", &v->tools);
	jsonw_str(w, "pace", v->pace);
	jsonw_real(w, "calls_per_minute", v->calls_per_minute);
	jsonw_str(w, "label", v->label);
	jsonw_close(w);
}

static void
read_flow(struct flow_match *f, const cJSON *o)
{
	f->id = mem_strdup(json_string(o, "id"));
	f->title = mem_strdup(json_string(o, "title"));
	f->source = mem_strdup(json_string(o, "source"));
	f->seen = (int)json_int(o, "seen", 0);
	f->total = (int)json_int(o, "total", 0);
	f->in_order = json_bool(o, "in_order", false);
	json_strings(o, "observed", &f->observed);
	json_strings(o, "steps", &f->steps);
	json_strings(o, "missing", &f->missing);
	json_strings(o, "next", &f->next);
}

bool
verdict_read(struct verdict *v, const cJSON *o, struct error *err)
{
	const cJSON *item, *real = json_get(o, "calls_per_minute");

	verdict_init(v);
	if (!cJSON_IsObject(o))
		return error_set(err, ERROR_INPUT, "a stored verdict is no JSON object");
	v->intent = mem_strdup(json_string(o, "intent"));
	json_strings(o, "intents", &v->intents);
	v->summary = mem_strdup(json_string(o, "summary"));
	(void)severity_parse(json_string(o, "severity"), &v->severity);
	(void)confidence_parse(json_string(o, "confidence"), &v->confidence);
	json_strings(o, "confidence_reasons", &v->reasons);
	json_strings(o, "stages", &v->stages);
	json_strings(o, "categories", &v->categories);
	cJSON_ArrayForEach(item, json_get(o, "findings")) {
		struct finding *f = verdict_add_finding(v, json_string(item, "name"),
		    json_string(item, "title"));

		f->attack = mem_strdup(json_string(item, "attack"));
		json_strings(item, "evidence", &f->evidence);
	}
	read_flow(&v->flow, json_get(o, "flow"));
	json_strings(o, "likely_next", &v->likely_next);
	json_strings(o, "next_steps", &v->next_steps);
	json_strings(o, "tools", &v->tools);
	v->pace = mem_strdup(json_string(o, "pace"));
	v->calls_per_minute = cJSON_IsNumber(real) ? real->valuedouble : 0;
	v->label = mem_strdup(json_string(o, "label"));
	return true;
}
