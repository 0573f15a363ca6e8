/* Reading canary/fingerprint/ *.conf. */
#include <libconfig.h>
#include <regex.h>
#include <stdlib.h>

#include "base/mem.h"
#include "core/bait/lint.h"

static const char *const certainties[] = { [LINT_POSSIBLE] = "possible", [LINT_LIKELY] = "likely",
	[LINT_CERTAIN] = "certain" };
static const char *const subjects[] = { "account", "key_id", "user_name", "user_path", "arn", "tag", "path",
	"level", "entropy", "batch" };

const char *
certainty_name(enum certainty c)
{
	return certainties[c];
}

struct reading {
	const char *name;
	const config_setting_t *row;
	struct error *err;
};

static bool
wrong(const struct reading *in, const char *what)
{
	return error_set(in->err, ERROR_INPUT, "%s:%u: %s", in->name,
	    (unsigned)config_setting_source_line(in->row), what);
}

static char *
text_of(const config_setting_t *row, const char *name)
{
	const char *s = NULL;

	return config_setting_lookup_string(row, name, &s) == CONFIG_TRUE ? mem_strdup(s) : NULL;
}

static void
texts_of(const config_setting_t *row, const char *name, struct strlist *out)
{
	const config_setting_t *list = config_setting_get_member(row, name);

	for (int i = 0; list != NULL && i < config_setting_length(list); i++)
		if (config_setting_get_string_elem(list, i) != NULL)
			strlist_add(out, config_setting_get_string_elem(list, i));
}

static bool
one_of(const char *word, const char *const *list, size_t n, size_t *at)
{
	for (*at = 0; *at < n; (*at)++)
		if (str_eq(word, list[*at]))
			return true;
	return false;
}

static bool
patterns_compile(const struct reading *in, const struct lint_rule *r)
{
	for (size_t i = 0; i < r->patterns.len; i++) {
		regex_t re;

		if (regcomp(&re, r->patterns.item[i], REG_EXTENDED | REG_ICASE | REG_NOSUB) != 0)
			return wrong(in, "a pattern is no extended regex");
		regfree(&re);
	}
	return true;
}

static bool
read_rule(const struct reading *in, const char *tool, const char *source, struct lint_rule *r)
{
	char *certainty = text_of(in->row, "certainty");
	size_t at;
	bool known = one_of(certainty, certainties, ARRAY_LEN(certainties), &at);

	free(certainty);
	*r = (struct lint_rule){ .name = text_of(in->row, "name"), .tool = text_of(in->row, "tool"),
		.source = text_of(in->row, "source"), .on = text_of(in->row, "on"), .trait = text_of(in->row, "trait"),
		.finding = text_of(in->row, "finding"), .remedy = text_of(in->row, "remedy"),
		.certainty = (enum certainty)at, .least = 2, .share = 1 };
	if (r->tool == NULL)
		r->tool = mem_strdup(tool);
	if (r->source == NULL)
		r->source = mem_strdup(source);
	texts_of(in->row, "values", &r->values);
	texts_of(in->row, "patterns", &r->patterns);
	(void)config_setting_lookup_float(in->row, "below", &r->below);
	(void)config_setting_lookup_float(in->row, "share", &r->share);
	(void)config_setting_lookup_int(in->row, "least", &r->least);
	if (!known)
		return wrong(in, "certainty is one of possible, likely, certain");
	if (!one_of(r->on, subjects, ARRAY_LEN(subjects), &at))
		return wrong(in, "\"on\" names nothing that can be looked at");
	if (r->name == NULL || r->tool == NULL || r->source == NULL || r->finding == NULL || r->remedy == NULL)
		return wrong(in, "name, tool, source, finding and remedy are needed");
	return patterns_compile(in, r);
}

static bool
read_rules(struct lint_rules *r, const config_t *config, const char *name, struct error *err)
{
	const config_setting_t *root = config_root_setting(config), *list = config_setting_get_member(root, "rules");
	char *tool = text_of(root, "tool"), *source = text_of(root, "source");
	bool ok = true;

	for (int i = 0; ok && list != NULL && i < config_setting_length(list); i++) {
		struct reading in = { name, config_setting_get_elem(list, (unsigned)i), err };

		MEM_GROW(r->item, r->len, r->cap);
		ok = read_rule(&in, tool, source, &r->item[r->len++]);
	}
	free(tool);
	free(source);
	return ok && (list != NULL || error_set(err, ERROR_INPUT, "%s: there are no \"rules\"", name));
}

bool
lint_rules_read(struct lint_rules *r, const char *text, const char *name, struct error *err)
{
	config_t config;
	bool ok;

	config_init(&config);
	if (config_read_string(&config, text) != CONFIG_TRUE)
		ok = error_set(err, ERROR_INPUT, "%s:%d: %s", name, config_error_line(&config),
		    config_error_text(&config));
	else
		ok = read_rules(r, &config, name, err);
	config_destroy(&config);
	return ok;
}

void
lint_rules_clear(struct lint_rules *r)
{
	for (size_t i = 0; i < r->len; i++) {
		struct lint_rule *x = &r->item[i];

		free(x->name);
		free(x->tool);
		free(x->source);
		free(x->on);
		free(x->trait);
		free(x->finding);
		free(x->remedy);
		strlist_clear(&x->values);
		strlist_clear(&x->patterns);
	}
	free(r->item);
	*r = (struct lint_rules){ .item = NULL };
}
