#include "core/intent/rules.h"

#include <libconfig.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/when.h"

/* How one row of a list becomes one struct; false with a message. */
typedef bool (*row_reader)(struct rules *, const config_setting_t *, struct error *);

static char *
text_of(const config_setting_t *row, const char *name)
{
	const char *s = NULL;

	if (config_setting_lookup_string(row, name, &s) != CONFIG_TRUE)
		return NULL;
	return mem_strdup(s);
}

static void
texts_of(const config_setting_t *row, const char *name, struct strlist *out)
{
	const config_setting_t *list = config_setting_get_member(row, name);
	const char *s;

	for (int i = 0; list != NULL && i < config_setting_length(list); i++) {
		s = config_setting_get_string_elem(list, i);
		if (s != NULL)
			strlist_add(out, s);
	}
}

static bool
flag_of(const config_setting_t *row, const char *name)
{
	int value = 0;

	return config_setting_lookup_bool(row, name, &value) == CONFIG_TRUE && value != 0;
}

static bool
missing(const config_setting_t *row, const char *what, struct error *err)
{
	return error_set(err, ERROR_INPUT, "line %u: a row needs %s",
	    (unsigned)config_setting_source_line(row), what);
}

#define APPEND(array, count) \
	((array) = mem_resize((array), (count) + 1, sizeof(*(array))), \
	 memset(&(array)[(count)], 0, sizeof(*(array))), &(array)[(count)++])

static bool
read_asks(const config_setting_t *row, enum asks *out)
{
	char *text = text_of(row, "asks");
	bool ok = text == NULL || str_eq(text, "always") || str_eq(text, "by verb");

	*out = text == NULL ? ASKS_NEVER : str_eq(text, "always") ? ASKS_ALWAYS : ASKS_BY_VERB;
	free(text);
	return ok;
}

static bool
read_stage(struct rules *r, const config_setting_t *row, struct error *err)
{
	struct stage_rule *s = APPEND(r->stage, r->stages);

	s->code = text_of(row, "code");
	s->category = text_of(row, "category");
	s->attack = text_of(row, "attack");
	s->near = text_of(row, "near");
	s->far = text_of(row, "far");
	s->about = text_of(row, "about");
	texts_of(row, "intents", &s->intents);
	texts_of(row, "prepares", &s->prepares);
	if (s->code == NULL || s->about == NULL || s->intents.len == 0)
		return missing(row, "code, about and intents", err);
	return read_asks(row, &s->asks) || missing(row, "asks = \"always\" or \"by verb\"", err);
}

static void
fill_call(struct call_rule *c, const config_setting_t *row)
{
	c->stage = text_of(row, "stage");
	c->also = text_of(row, "also");
	c->service = text_of(row, "service");
	c->policy = text_of(row, "policy");
	c->agent = text_of(row, "agent");
	c->address = text_of(row, "address");
	c->label = text_of(row, "label");
	c->internal = flag_of(row, "internal");
	texts_of(row, "names", &c->names);
}

/* One rule for each source of the row. */
static bool
read_call(struct rules *r, const config_setting_t *row, struct error *err)
{
	struct strlist sources = STRLIST_INIT;
	bool ok = true;

	texts_of(row, "sources", &sources);
	if (sources.len == 0)
		strlist_take(&sources, text_of(row, "source"));
	for (size_t i = 0; ok && i < sources.len; i++) {
		struct call_rule *c = APPEND(r->call, r->calls);

		fill_call(c, row);
		c->source = mem_strdup(sources.item[i]);
		ok = c->stage != NULL && c->source != NULL && c->names.len > 0;
	}
	strlist_clear(&sources);
	return ok || missing(row, "stage, source and names", err);
}

static bool
read_fallback(struct rules *r, const config_setting_t *row, struct error *err)
{
	struct call_rule *c = APPEND(r->fallback, r->fallbacks);

	fill_call(c, row);
	return (c->stage != NULL && c->names.len > 0) || missing(row, "stage and names", err);
}

static bool
read_finding(struct rules *r, const config_setting_t *row, struct error *err)
{
	struct finding_rule *f = APPEND(r->finding, r->findings);

	f->name = text_of(row, "name");
	f->title = text_of(row, "title");
	f->attack = text_of(row, "attack");
	f->footprint = flag_of(row, "footprint");
	texts_of(row, "any", &f->any);
	texts_of(row, "all", &f->all);
	if (f->name == NULL || f->title == NULL || (f->any.len + f->all.len == 0 && !f->footprint))
		return missing(row, "name, title and one of any, all, footprint", err);
	return true;
}

static bool
read_intent(struct rules *r, const config_setting_t *row, struct error *err)
{
	struct intent_rule *i = APPEND(r->intent, r->intents);
	char *severity = text_of(row, "severity");
	bool ok = severity_parse(severity, &i->severity);

	free(severity);
	i->name = text_of(row, "name");
	i->about = text_of(row, "about");
	texts_of(row, "next", &i->next);
	texts_of(row, "steps", &i->steps);
	if (!ok || i->name == NULL || i->about == NULL)
		return missing(row, "name, about and a known severity", err);
	return true;
}

static bool
read_flow(struct rules *r, const config_setting_t *row, struct error *err)
{
	struct flow_rule *f = APPEND(r->flow, r->flows);

	f->id = text_of(row, "id");
	f->title = text_of(row, "title");
	f->source = text_of(row, "source");
	f->tool = text_of(row, "tool");
	texts_of(row, "steps", &f->steps);
	texts_of(row, "next", &f->next);
	if (f->id == NULL || f->title == NULL || f->source == NULL || f->steps.len == 0)
		return missing(row, "id, title, source and steps", err);
	return true;
}

static bool
read_tool(struct rules *r, const config_setting_t *row, struct error *err)
{
	struct tool_rule *t = APPEND(r->tool, r->tools);

	t->pattern = text_of(row, "pattern");
	t->tool = text_of(row, "tool");
	t->scanner = flag_of(row, "scanner");
	return (t->pattern != NULL && t->tool != NULL) || missing(row, "pattern and tool", err);
}

static bool
read_known(struct rules *r, const config_setting_t *row, struct error *err)
{
	struct known_rule *k = APPEND(r->known, r->knowns);

	k->family = text_of(row, "family");
	texts_of(row, "names", &k->names);
	return (k->family != NULL && k->names.len > 0) || missing(row, "family and names", err);
}

static bool
read_service(struct rules *r, const config_setting_t *row, struct error *err)
{
	struct service_rule *s = APPEND(r->service, r->services);

	s->service = text_of(row, "service");
	texts_of(row, "names", &s->names);
	return (s->service != NULL && s->names.len > 0) || missing(row, "service and names", err);
}

static const struct {
	const char *name;
	row_reader read;
} lists[] = {
	{ "stages", read_stage }, { "calls", read_call }, { "defaults", read_fallback },
	{ "findings", read_finding }, { "intents", read_intent }, { "flows", read_flow },
	{ "tools", read_tool }, { "known", read_known }, { "services", read_service },
};

static bool
read_footprint(struct rules *r, const config_setting_t *group, struct error *err)
{
	char *near = text_of(group, "near");
	bool ok;

	r->footprint_intent = text_of(group, "intent");
	texts_of(group, "categories", &r->footprint_categories);
	(void)config_setting_lookup_int(group, "at_least", &r->footprint_at_least);
	(void)config_setting_lookup_int(group, "operations", &r->footprint_operations);
	ok = span_parse(near, &r->near_s, err);
	free(near);
	if (!ok || r->footprint_intent == NULL || r->footprint_at_least < 1)
		return missing(group, "intent, categories, at_least, operations and near", err);
	return true;
}

static bool
read_list(struct rules *r, const config_setting_t *list, struct error *err)
{
	const char *name = config_setting_name(list);

	if (str_eq(name, "footprint"))
		return read_footprint(r, list, err);
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		if (!str_eq(lists[i].name, name))
			continue;
		for (int k = 0; k < config_setting_length(list); k++)
			if (!lists[i].read(r, config_setting_get_elem(list, (unsigned)k), err))
				return false;
		return true;
	}
	return error_set(err, ERROR_INPUT, "line %u: \"%s\" is no list of rules",
	    (unsigned)config_setting_source_line(list), name);
}

/* Lists of plain words. */
static const struct {
	const char *name;
	size_t at;	/* offset in struct rules */
} word_lists[] = {
	{ "steps_always", offsetof(struct rules, steps_always) }, { "steps_denied", offsetof(struct rules, steps_denied) },
	{ "steps_answered", offsetof(struct rules, steps_answered) }, { "aws_actors", offsetof(struct rules, aws_actors) },
	{ "ranking", offsetof(struct rules, ranking) },
};

/* True when the name is that of a list of words; it is read then. */
static bool
read_words(struct rules *r, const config_setting_t *root, const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(word_lists); i++) {
		if (!str_eq(word_lists[i].name, name))
			continue;
		texts_of(root, name, (struct strlist *)(void *)((char *)r + word_lists[i].at));
		return true;
	}
	return false;
}

static bool
read_file(struct rules *r, const struct rules_file *file, struct error *err)
{
	config_t config;
	bool ok = true;

	config_init(&config);
	if (config_read_string(&config, file->text) != CONFIG_TRUE) {
		error_set(err, ERROR_INPUT, "%s:%d: %s", file->name, config_error_line(&config),
		    config_error_text(&config));
		config_destroy(&config);
		return false;
	}
	for (int i = 0; ok && i < config_setting_length(config_root_setting(&config)); i++) {
		const config_setting_t *s = config_setting_get_elem(config_root_setting(&config), (unsigned)i);

		ok = read_words(r, config_root_setting(&config), config_setting_name(s)) || read_list(r, s, err) ||
		    error_in(err, "%s", file->name);
	}
	config_destroy(&config);
	return ok;
}

static bool
check_stages(const struct rules *r, struct error *err)
{
	for (size_t i = 0; i < r->calls + r->fallbacks; i++) {
		const struct call_rule *c = i < r->calls ? &r->call[i] : &r->fallback[i - r->calls];

		if (rules_stage(r, c->stage) == NULL || (c->also != NULL && rules_stage(r, c->also) == NULL))
			return error_set(err, ERROR_INPUT, "calls: %s: stage \"%s\" is not in the list of stages",
			    str_or(c->source, c->names.item[0]), c->stage);
	}
	for (size_t i = 0; i < r->stages; i++)
		if ((r->stage[i].near != NULL && rules_stage(r, r->stage[i].near) == NULL) ||
		    (r->stage[i].far != NULL && rules_stage(r, r->stage[i].far) == NULL))
			return error_set(err, ERROR_INPUT, "stages: %s: near and far name stages", r->stage[i].code);
	for (size_t i = 0; i < r->stages; i++)
		for (size_t k = 0; k < r->stage[i].intents.len; k++)
			if (rules_intent(r, r->stage[i].intents.item[k]) == NULL)
				return error_set(err, ERROR_INPUT, "stages: %s: there is no intent \"%s\"",
				    r->stage[i].code, r->stage[i].intents.item[k]);
	return true;
}

/* Each intent has a place, each place an intent. */
static bool
check_ranking(const struct rules *r, struct error *err)
{
	for (size_t i = 0; i < r->intents; i++)
		if (!strlist_has(&r->ranking, r->intent[i].name))
			return error_set(err, ERROR_INPUT, "intents: \"%s\" is not in the ranking",
			    r->intent[i].name);
	for (size_t i = 0; i < r->ranking.len; i++) {
		char *name = mem_strndup(r->ranking.item[i], strcspn(r->ranking.item[i], "?"));
		bool known = rules_intent(r, name) != NULL;

		free(name);
		if (!known)
			return error_set(err, ERROR_INPUT, "ranking: there is no intent \"%s\"", r->ranking.item[i]);
	}
	return true;
}

static bool
check_tools(const struct rules *r, struct error *err)
{
	for (size_t i = 0; i < r->flows; i++) {
		bool known = r->flow[i].tool == NULL;

		for (size_t k = 0; !known && k < r->tools; k++)
			known = str_eq(r->flow[i].tool, r->tool[k].tool);
		if (!known)
			return error_set(err, ERROR_INPUT, "flows: %s: there is no tool \"%s\"", r->flow[i].id,
			    r->flow[i].tool);
	}
	return true;
}

/* Rows may name only what exists. */
static bool
check_names(const struct rules *r, struct error *err)
{
	if (!check_stages(r, err) || !check_ranking(r, err) || !check_tools(r, err))
		return false;
	if (rules_intent(r, r->footprint_intent) == NULL)
		return error_set(err, ERROR_INPUT, "the rules have no footprint, or its intent is unknown");
	return true;
}

/* Chains the rows of each service in file order. */
static void
index_calls(struct rules *r)
{
	char service[SERVICE_TEXT_MAX];

	for (size_t i = r->calls; i-- > 0;) {
		rules_service(r, r->call[i].source, service);
		r->call[i].next = map_put(&r->by_service, service, &r->call[i]);
	}
}

bool
rules_load(struct rules **out, const struct rules_file *files, size_t n, struct error *err)
{
	struct rules *r = mem_zalloc(1, sizeof(*r));
	bool ok = true;

	for (size_t i = 0; ok && i < n; i++)
		ok = read_file(r, &files[i], err);
	ok = ok && check_names(r, err);
	if (!ok) {
		rules_free(r);
		return false;
	}
	index_calls(r);
	*out = r;
	return true;
}

static void
free_calls(struct call_rule *c, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(c[i].stage);
		free(c[i].also);
		free(c[i].source);
		free(c[i].service);
		free(c[i].policy);
		free(c[i].agent);
		free(c[i].address);
		free(c[i].label);
		strlist_clear(&c[i].names);
	}
	free(c);
}

static void
free_stages_and_intents(struct rules *r)
{
	for (size_t i = 0; i < r->stages; i++) {
		free(r->stage[i].code);
		free(r->stage[i].category);
		free(r->stage[i].attack);
		free(r->stage[i].near);
		free(r->stage[i].far);
		free(r->stage[i].about);
		strlist_clear(&r->stage[i].intents);
		strlist_clear(&r->stage[i].prepares);
	}
	free(r->stage);
	for (size_t i = 0; i < r->intents; i++) {
		free(r->intent[i].name);
		free(r->intent[i].about);
		strlist_clear(&r->intent[i].next);
		strlist_clear(&r->intent[i].steps);
	}
	free(r->intent);
}

static void
free_findings_and_flows(struct rules *r)
{
	for (size_t i = 0; i < r->findings; i++) {
		free(r->finding[i].name);
		free(r->finding[i].title);
		free(r->finding[i].attack);
		strlist_clear(&r->finding[i].any);
		strlist_clear(&r->finding[i].all);
	}
	free(r->finding);
	for (size_t i = 0; i < r->flows; i++) {
		free(r->flow[i].id);
		free(r->flow[i].title);
		free(r->flow[i].source);
		free(r->flow[i].tool);
		strlist_clear(&r->flow[i].steps);
		strlist_clear(&r->flow[i].next);
	}
	free(r->flow);
}

static void
free_names(struct rules *r)
{
	for (size_t i = 0; i < r->tools; i++) {
		free(r->tool[i].pattern);
		free(r->tool[i].tool);
	}
	free(r->tool);
	for (size_t i = 0; i < r->knowns; i++) {
		free(r->known[i].family);
		strlist_clear(&r->known[i].names);
	}
	free(r->known);
	for (size_t i = 0; i < r->services; i++) {
		free(r->service[i].service);
		strlist_clear(&r->service[i].names);
	}
	free(r->service);
}

void
rules_free(struct rules *r)
{
	if (r == NULL)
		return;
	map_clear(&r->by_service, NULL);
	free_calls(r->call, r->calls);
	free_calls(r->fallback, r->fallbacks);
	free_stages_and_intents(r);
	free_findings_and_flows(r);
	free_names(r);
	strlist_clear(&r->steps_always);
	strlist_clear(&r->steps_denied);
	strlist_clear(&r->steps_answered);
	strlist_clear(&r->ranking);
	strlist_clear(&r->aws_actors);
	strlist_clear(&r->footprint_categories);
	free(r->footprint_intent);
	free(r);
}

const struct stage_rule *
rules_stage(const struct rules *r, const char *code)
{
	for (size_t i = 0; i < r->stages; i++)
		if (str_eq(r->stage[i].code, code))
			return &r->stage[i];
	return NULL;
}

const struct intent_rule *
rules_intent(const struct rules *r, const char *name)
{
	for (size_t i = 0; i < r->intents; i++)
		if (str_eq(r->intent[i].name, name))
			return &r->intent[i];
	return NULL;
}

void
rules_service(const struct rules *r, const char *source, char out[static SERVICE_TEXT_MAX])
{
	const char *s = str_or(source, "?");
	size_t len = strcspn(s, ".");

	if (len >= SERVICE_TEXT_MAX)
		len = SERVICE_TEXT_MAX - 1;
	memcpy(out, s, len);
	out[len] = '\0';
	for (size_t i = 0; i < r->services; i++) {
		if (!strlist_has(&r->service[i].names, out))
			continue;
		len = strnlen(r->service[i].service, SERVICE_TEXT_MAX - 1);
		memcpy(out, r->service[i].service, len);
		out[len] = '\0';
		return;
	}
}

bool
call_rule_named(const struct call_rule *row, const char *name, bool patterns)
{
	const char *s = str_or(name, "");

	for (size_t i = 0; i < row->names.len; i++)
		if (patterns ? str_match(row->names.item[i], s) : str_eq(row->names.item[i], s))
			return true;
	return false;
}

bool
rules_name_asks(const struct rules *r, const char *name)
{
	for (size_t i = 0; i < r->fallbacks; i++)
		if (call_rule_named(&r->fallback[i], name, true))
			return true;
	return false;
}
