#include "core/settings/settings.h"

#include <libconfig.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/when.h"
#include "core/settings/check.h"
#include "core/settings/settings_int.h"

/* The place of one value, for messages: "keycanary.conf:12: watch.hot_every". */
struct place {
	const char *file;
	int line;
	const char *path;
};

__attribute__((format(printf, 3, 4)))
static bool
wrong(const struct place *at, struct error *err, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return error_set(err, ERROR_INPUT, "%s:%d: %s: %s", at->file, at->line, at->path, text);
}

static void *
member(void *base, size_t offset)
{
	return (char *)base + offset;
}

/* --- one value from its text ---------------------------------------------- */

static bool
check_choice(const struct setting *row, const char *text, const struct place *at, struct error *err)
{
	struct strlist choices = STRLIST_INIT;
	const char *near;
	bool ok;

	if (row->choices == NULL)
		return true;
	strlist_split(&choices, row->choices, ",");
	ok = strlist_has(&choices, text);
	near = str_suggest(text, (const char *const *)choices.item, choices.len);
	if (!ok && near != NULL)
		wrong(at, err, "\"%.60s\" is not one of %s; did you mean \"%s\"?", text, row->choices, near);
	else if (!ok)
		wrong(at, err, "\"%.60s\" is not one of %s", text, row->choices);
	strlist_clear(&choices);
	return ok;
}

static bool
in_range(const struct setting *row, int64_t n, const struct place *at, struct error *err)
{
	char low[WHEN_TEXT_MAX], high[WHEN_TEXT_MAX];

	if ((row->min == 0 && row->max == 0) || (n >= row->min && n <= row->max))
		return true;
	if (row->kind == SETTING_DURATION)
		return wrong(at, err, "must be between %s and %s", span_text(row->min, low),
		    span_text(row->max, high));
	return wrong(at, err, "must be between %lld and %lld", (long long)row->min, (long long)row->max);
}

static bool
set_int(const struct setting *row, void *to, int64_t n, const struct place *at, struct error *err)
{
	if (!in_range(row, n, at, err))
		return false;
	*(int64_t *)to = n;
	return true;
}

static bool
set_time(void *to, const char *text, const struct place *at, struct error *err)
{
	char day[32];
	int64_t ms;

	(void)snprintf(day, sizeof(day), "%.10sT00:00:00Z", text);
	if ((strlen(text) == 10 && when_parse(day, &ms)) || (strlen(text) > 10 && when_parse(text, &ms))) {
		*(int64_t *)to = ms;
		return true;
	}
	return wrong(at, err, "\"%.40s\" is not a time; write for example \"2027-01-31\"", text);
}

static bool
set_text(const struct setting *row, void *to, const char *text, const struct place *at,
    struct error *err)
{
	struct error why = ERROR_INIT;
	int64_t n;

	switch (row->kind) {
	case SETTING_TEXT:
	case SETTING_PATH:
		if (text[0] == '\0')
			return wrong(at, err, "is empty; leave the line out instead");
		if (!check_choice(row, text, at, err))
			return false;
		free(*(char **)to);
		*(char **)to = mem_strdup(text);
		return true;
	case SETTING_SECRET:
		if (!secret_reference_valid(text))
			return wrong(at, err, "a secret does not stand here: write \"env:NAME\" for an "
			    "environment variable, or %s_file = \"/path\" for a file", row->path);
		free(*(char **)to);
		*(char **)to = mem_strdup(text);
		return true;
	case SETTING_DURATION:
		if (!span_parse(text, &n, &why))
			return wrong(at, err, "%s", why.text);
		return set_int(row, to, n, at, err);
	case SETTING_INT:
		if (!str_to_int(text, INT64_MIN + 1, INT64_MAX, &n))
			return wrong(at, err, "\"%.40s\" is not a whole number", text);
		return set_int(row, to, n, at, err);
	case SETTING_BOOL:
		if (!str_eq(text, "true") && !str_eq(text, "false"))
			return wrong(at, err, "must be true or false");
		*(bool *)to = str_eq(text, "true");
		return true;
	case SETTING_TIME:
		return set_time(to, text, at, err);
	case SETTING_LIST:
		if (text[0] == '\0')
			return wrong(at, err, "an empty text is no name");
		strlist_add(to, text);
		return true;
	}
	return false;
}

/* --- one value from the file ----------------------------------------------- */

static bool
is_number(const config_setting_t *s)
{
	return config_setting_type(s) == CONFIG_TYPE_INT || config_setting_type(s) == CONFIG_TYPE_INT64;
}

static bool
set_list(void *to, const config_setting_t *s, const struct setting *row, const struct place *at,
    struct error *err)
{
	strlist_clear(to);
	if (!config_setting_is_aggregate(s) || config_setting_is_group(s))
		return wrong(at, err, "must be a list of texts: [ \"one\", \"two\" ]");
	for (int i = 0; i < config_setting_length(s); i++) {
		const char *text = config_setting_get_string_elem(s, i);

		if (text == NULL)
			return wrong(at, err, "must hold texts only: [ \"one\", \"two\" ]");
		if (!set_text(row, to, text, at, err))
			return false;
	}
	return true;
}

static bool
set_value(const struct setting *row, void *to, const config_setting_t *s, const struct place *at,
    struct error *err)
{
	static const char *const wants[] = {
		[SETTING_TEXT] = "must be a text in quotes", [SETTING_BOOL] = "must be true or false",
		[SETTING_INT] = "must be a whole number",
		[SETTING_DURATION] = "must be a duration such as \"90 s\" or a number of seconds",
		[SETTING_PATH] = "must be a path in quotes",
		[SETTING_SECRET] = "must be a reference in quotes, such as \"env:NAME\"",
		[SETTING_LIST] = "must be a list of texts", [SETTING_TIME] = "must be a time in quotes",
	};
	int type = config_setting_type(s);

	if (is_number(s) && (row->kind == SETTING_INT || row->kind == SETTING_DURATION))
		return set_int(row, to, config_setting_get_int64(s), at, err);
	if (type == CONFIG_TYPE_BOOL && row->kind == SETTING_BOOL) {
		*(bool *)to = config_setting_get_bool(s) != 0;
		return true;
	}
	if (row->kind == SETTING_LIST && type != CONFIG_TYPE_STRING)
		return set_list(to, s, row, at, err);
	if (type != CONFIG_TYPE_STRING || row->kind == SETTING_BOOL || row->kind == SETTING_INT)
		return wrong(at, err, "%s", wants[row->kind]);
	if (row->kind == SETTING_LIST)
		strlist_clear(to);
	return set_text(row, to, config_setting_get_string(s), at, err);
}

/* `password_file`: the file the secret `password` is in. */
static bool
set_secret_file(void *to, const config_setting_t *s, const struct place *at, struct error *err)
{
	if (config_setting_type(s) != CONFIG_TYPE_STRING || config_setting_get_string(s)[0] == '\0')
		return wrong(at, err, "must be a path in quotes");
	free(*(char **)to);
	*(char **)to = mem_printf("file:%s", config_setting_get_string(s));
	return true;
}

static const struct setting *
row_named(const struct setting *rows, const char *path)
{
	for (; rows->path != NULL; rows++)
		if (str_eq(rows->path, path))
			return rows;
	return NULL;
}

/* The secret's row for "…_file"; NULL when there is none. */
static const struct setting *
row_of_secret_file(const struct setting *rows, const char *path)
{
	const struct setting *row;
	char *bare;

	if (!str_ends(path, "_file"))
		return NULL;
	bare = mem_strndup(path, strlen(path) - strlen("_file"));
	row = row_named(rows, bare);
	free(bare);
	return row != NULL && row->kind == SETTING_SECRET ? row : NULL;
}

static bool
unknown(const struct setting *rows, const struct setting_group *groups, const struct place *at,
    struct error *err)
{
	const char *names[96], *near;
	size_t n = 0;

	for (; rows->path != NULL && n < ARRAY_LEN(names); rows++)
		names[n++] = rows->path;
	for (; groups != NULL && groups->path != NULL && n < ARRAY_LEN(names); groups++)
		names[n++] = groups->path;
	near = str_suggest(at->path, names, n);
	if (near != NULL)
		return wrong(at, err, "there is no such setting; did you mean \"%s\"?", near);
	return wrong(at, err, "there is no such setting; \"keycanary config show\" lists all");
}

/* One name = value of the table `rows`, into `base`. */
static bool
read_row(const struct setting *rows, const struct setting_group *groups, void *base,
    const config_setting_t *s, const struct place *at, struct error *err)
{
	const struct setting *row = row_named(rows, at->path);

	if (row != NULL)
		return set_value(row, member(base, row->at), s, at, err);
	row = row_of_secret_file(rows, at->path);
	if (row != NULL)
		return set_secret_file(member(base, row->at), s, at, err);
	return unknown(rows, groups, at, err);
}

/* --- lists of groups ---------------------------------------------------------- */

bool
settings_initial(const struct setting *rows, void *base, struct error *err)
{
	for (; rows->path != NULL; rows++) {
		struct place at = { "initial values", 0, rows->path };

		if (rows->kind == SETTING_TIME)
			*(int64_t *)member(base, rows->at) = WHEN_NONE;
		if (rows->kind == SETTING_INT && rows->initial == NULL)
			*(int64_t *)member(base, rows->at) = -1;
		if (rows->initial != NULL && !set_text(rows, member(base, rows->at), rows->initial, &at, err))
			return false;
	}
	return true;
}

static bool
add_option(struct channel_settings *c, const char *name, const char *value, int line)
{
	c->option = mem_resize(c->option, c->options + 1, sizeof(*c->option));
	c->option[c->options++] = (struct channel_option){
		.name = mem_strdup(name), .value = mem_strdup(value), .line = line };
	return true;
}

static bool
option_value(struct channel_settings *c, const config_setting_t *s, const struct place *at,
    struct error *err)
{
	char number[32];

	switch (config_setting_type(s)) {
	case CONFIG_TYPE_STRING:
		return add_option(c, at->path, config_setting_get_string(s), at->line);
	case CONFIG_TYPE_BOOL:
		return add_option(c, at->path, config_setting_get_bool(s) ? "true" : "false", at->line);
	case CONFIG_TYPE_INT:
	case CONFIG_TYPE_INT64:
		(void)snprintf(number, sizeof(number), "%lld", (long long)config_setting_get_int64(s));
		return add_option(c, at->path, number, at->line);
	default:
		return wrong(at, err, "must be a text, a number, true or false, or a list of texts");
	}
}

/* Whatever is no row of every channel is an option of its type. */
static bool
read_option(struct channel_settings *c, const config_setting_t *s, const struct place *at,
    struct error *err)
{
	for (size_t i = 0; i < c->options; i++)
		if (str_eq(c->option[i].name, at->path))
			return wrong(at, err, "is given twice");
	if (!config_setting_is_array(s) && !config_setting_is_list(s))
		return option_value(c, s, at, err);
	for (int i = 0; i < config_setting_length(s); i++)
		if (!option_value(c, config_setting_get_elem(s, (unsigned)i), at, err))
			return false;
	return true;
}

static bool
required_there(const struct setting *rows, void *base, const struct place *at, struct error *err)
{
	for (; rows->path != NULL; rows++) {
		const void *p = member(base, rows->at);
		bool there = rows->kind == SETTING_TIME ? *(const int64_t *)p != WHEN_NONE :
		    rows->kind == SETTING_LIST ? ((const struct strlist *)p)->len > 0 :
		    *(char *const *)p != NULL;

		if (rows->required && !there)
			return wrong(at, err, "\"%s\" is missing: %s", rows->path, rows->about);
	}
	return true;
}

static bool
read_element(const struct setting_group *g, void *element, const config_setting_t *s,
    const struct place *at, struct error *err)
{
	bool open = str_eq(g->path, "channels");

	*(int64_t *)member(element, g->line_at) = at->line;
	if (!config_setting_is_group(s))
		return wrong(at, err, "must be a list of groups: ( { name = \"…\"; … }, … )");
	if (!settings_initial(g->rows, element, err))
		return false;
	for (int i = 0; i < config_setting_length(s); i++) {
		const config_setting_t *child = config_setting_get_elem(s, (unsigned)i);
		struct place here = { at->file, (int)config_setting_source_line(child),
			config_setting_name(child) };

		if (open && row_named(g->rows, here.path) == NULL) {
			if (!read_option(element, child, &here, err))
				return false;
		} else if (!read_row(g->rows, NULL, element, child, &here, err)) {
			return false;
		}
	}
	return required_there(g->rows, element, at, err);
}

static bool
read_group(const struct setting_group *g, struct settings *out, const config_setting_t *s,
    const struct place *at, struct error *err)
{
	void **array = member(out, g->at);
	size_t *count = member(out, g->count_at);

	if (!config_setting_is_list(s))
		return wrong(at, err, "must be a list of groups: ( { … }, … )");
	for (int i = 0; i < config_setting_length(s); i++) {
		const config_setting_t *child = config_setting_get_elem(s, (unsigned)i);
		struct place here = { at->file, (int)config_setting_source_line(child), at->path };

		*array = mem_resize(*array, *count + 1, g->size);
		memset((char *)*array + *count * g->size, 0, g->size);
		++*count;
		if (!read_element(g, (char *)*array + (*count - 1) * g->size, child, &here, err))
			return false;
	}
	return true;
}

/* --- the whole ------------------------------------------------------------------ */

static const struct setting_group *
group_named(const char *path)
{
	for (const struct setting_group *g = setting_groups; g->path != NULL; g++)
		if (str_eq(g->path, path))
			return g;
	return NULL;
}

static bool
is_section(const char *path)
{
	size_t len = strlen(path);

	for (const struct setting *r = setting_rows; r->path != NULL; r++)
		if (str_starts(r->path, path) && r->path[len] == '.')
			return true;
	return false;
}

static bool
unknown_section(const struct place *at, struct error *err)
{
	const char *names[64], *near;
	struct strlist sections = STRLIST_INIT;
	size_t n = 0;

	for (const struct setting *r = setting_rows; r->path != NULL; r++) {
		char *section = mem_strndup(r->path, strcspn(r->path, "."));

		(void)strlist_add_new(&sections, section);
		free(section);
	}
	for (const struct setting_group *g = setting_groups; g->path != NULL; g++)
		(void)strlist_add_new(&sections, g->path);
	for (; n < sections.len && n < ARRAY_LEN(names); n++)
		names[n] = sections.item[n];
	near = str_suggest(at->path, names, n);
	if (near != NULL)
		wrong(at, err, "there is no such section; did you mean \"%s\"?", near);
	else
		wrong(at, err, "there is no such section; \"keycanary config show\" lists all");
	strlist_clear(&sections);
	return false;
}

/* "watch : { hot_every = …; }", or "watch.hot_every" is not possible in libconfig. */
static bool
read_section(struct settings *out, const config_setting_t *s, const char *file, struct error *err)
{
	const char *section = config_setting_name(s);
	bool ok = true;

	for (int i = 0; ok && i < config_setting_length(s); i++) {
		const config_setting_t *child = config_setting_get_elem(s, (unsigned)i);
		char *path = mem_printf("%s.%s", section, config_setting_name(child));
		struct place at = { file, (int)config_setting_source_line(child), path };

		ok = read_row(setting_rows, setting_groups, out, child, &at, err);
		free(path);
	}
	return ok;
}

static bool
read_root(struct settings *out, const config_setting_t *root, const char *file, struct error *err)
{
	for (int i = 0; i < config_setting_length(root); i++) {
		const config_setting_t *child = config_setting_get_elem(root, (unsigned)i);
		struct place at = { file, (int)config_setting_source_line(child),
			config_setting_name(child) };
		const struct setting_group *group = group_named(at.path);
		bool ok;

		if (group != NULL)
			ok = read_group(group, out, child, &at, err);
		else if (!is_section(at.path))
			ok = unknown_section(&at, err);
		else if (!config_setting_is_group(child))
			ok = wrong(&at, err, "is a section: write %s : { name = value; }", at.path);
		else
			ok = read_section(out, child, file, err);
		if (!ok)
			return false;
	}
	return true;
}

/* libconfig would read other files; one file is all there is. */
static bool
no_include(const char *text, const char *file, struct error *err)
{
	int line = 1;

	for (const char *at = text; *at != '\0'; line++) {
		const char *end = at + strcspn(at, "\n");

		if (str_starts(at + strspn(at, " \t"), "@include"))
			return error_set(err, ERROR_INPUT, "%s:%d: @include is not possible: one file holds all",
			    file, line);
		at = *end != '\0' ? end + 1 : end;
	}
	return true;
}

static bool
read_text(struct settings *out, const char *text, const char *file, struct error *err)
{
	config_t config;
	bool ok = false;

	if (!no_include(text, file, err))
		return false;
	config_init(&config);
	if (config_read_string(&config, text) != CONFIG_TRUE)
		error_set(err, ERROR_INPUT, "%s:%d: %s", file, config_error_line(&config),
		    str_or(config_error_text(&config), "cannot be read"));
	else
		ok = read_root(out, config_root_setting(&config), file, err);
	config_destroy(&config);
	return ok;
}

bool
settings_parse(struct settings *out, const char *text, const char *name, struct error *err)
{
	*out = (struct settings){ .file = NULL };
	if (settings_initial(setting_rows, out, err) && (text == NULL || read_text(out, text, name, err)) &&
	    settings_check(out, str_or(name, "settings"), err)) {
		out->file = text != NULL ? mem_strdup(name) : NULL;
		return true;
	}
	settings_free(out);
	return false;
}
