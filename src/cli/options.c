#include "cli/options.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/when.h"

const struct opt options_common[] = {
	{ .name = "help", .letter = 'h', .kind = OPT_FLAG, .about = "show this help" },
	{ .name = "config", .kind = OPT_TEXT, .arg = "FILE", .about = "read this configuration" },
	{ .name = "state", .kind = OPT_TEXT, .arg = "PLACE",
	  .about = "directory of the state, or a postgresql:// address" },
	{ .name = "color", .kind = OPT_TEXT, .arg = "WHEN", .choices = "auto,always,never",
	  .initial = "auto", .about = "colours: auto, always, never" },
	{ .name = "quiet", .letter = 'q', .kind = OPT_FLAG, .about = "say less" },
	{ .name = "verbose", .letter = 'v', .kind = OPT_FLAG, .about = "say more, on standard error" },
	{ .name = "no-pager", .kind = OPT_FLAG, .about = "do not page long output" },
	{ .name = NULL },
};

static void
add_rows(struct opt_values *values, const struct opt *rows)
{
	size_t n = 0;

	while (rows != NULL && rows[n].name != NULL)
		n++;
	values->item = mem_resize(values->item, values->len + n, sizeof(*values->item));
	for (size_t i = 0; i < n; i++)
		values->item[values->len++] = (struct opt_value){ .opt = &rows[i] };
}

const struct opt_value *
options_find(const struct opt_values *values, const char *name)
{
	for (size_t i = 0; values != NULL && i < values->len; i++)
		if (str_eq(values->item[i].opt->name, name))
			return &values->item[i];
	return NULL;
}

static bool
unknown(const struct opt_values *values, const char *name, struct error *err)
{
	const char **names = mem_zalloc(values->len, sizeof(*names));
	const char *near;

	for (size_t i = 0; i < values->len; i++)
		names[i] = values->item[i].opt->name;
	near = str_suggest(name, names, values->len);
	free(names);
	if (near != NULL)
		return error_set(err, ERROR_USAGE, "unknown option --%s; did you mean --%s?", name, near);
	return error_set(err, ERROR_USAGE, "unknown option --%s", name);
}

/* An exact name, or the only one it begins. */
static struct opt_value *
by_name(struct opt_values *values, const char *name, struct error *err)
{
	struct opt_value *found = NULL;

	for (size_t i = 0; i < values->len; i++) {
		if (str_eq(values->item[i].opt->name, name))
			return &values->item[i];
		if (!str_starts(values->item[i].opt->name, name))
			continue;
		if (found != NULL) {
			error_set(err, ERROR_USAGE, "--%s could be --%s or --%s", name, found->opt->name,
			    values->item[i].opt->name);
			return NULL;
		}
		found = &values->item[i];
	}
	if (found == NULL)
		(void)unknown(values, name, err);
	return found;
}

static struct opt_value *
by_letter(struct opt_values *values, char letter, struct error *err)
{
	for (size_t i = 0; i < values->len; i++)
		if (values->item[i].opt->letter == letter)
			return &values->item[i];
	error_set(err, ERROR_USAGE, "unknown option -%c", letter);
	return NULL;
}

static bool
check_choice(const struct opt *opt, const char *text, struct error *err)
{
	struct strlist choices = STRLIST_INIT;
	const char *near;
	bool ok;

	if (opt->choices == NULL)
		return true;
	strlist_split(&choices, opt->choices, ",");
	ok = strlist_has(&choices, text);
	near = str_suggest(text, (const char *const *)choices.item, choices.len);
	if (!ok)
		error_set(err, ERROR_USAGE, "--%s: \"%.60s\" is not one of %s%s%s%s", opt->name, text,
		    opt->choices, near != NULL ? "; did you mean " : "", near != NULL ? near : "",
		    near != NULL ? "?" : "");
	strlist_clear(&choices);
	return ok;
}

static bool
store_value(struct opt_value *v, const char *text, struct error *err)
{
	v->given = true;
	if (v->opt->kind == OPT_INT && !str_to_int(text, INT64_MIN + 1, INT64_MAX, &v->number))
		return error_set(err, ERROR_USAGE, "--%s: \"%.60s\" is not a whole number", v->opt->name, text);
	if (v->opt->kind == OPT_SPAN && !span_parse(text, &v->number, err)) {
		error_in(err, "--%s", v->opt->name);
		err->kind = ERROR_USAGE;
		return false;
	}
	if (v->opt->kind != OPT_LIST)
		strlist_clear(&v->texts);
	strlist_add(&v->texts, text);
	return check_choice(v->opt, text, err);
}

/* One "--name", "--name=value" or "--name value"; moves *at past what it took. */
static bool
parse_long(struct opt_values *values, int argc, char **argv, int *at, struct error *err)
{
	const char *word = argv[*at] + 2, *equals = strchr(word, '=');
	char *name = equals != NULL ? mem_strndup(word, (size_t)(equals - word)) : mem_strdup(word);
	struct opt_value *v = by_name(values, name, err);
	bool ok = false;

	if (v == NULL)
		goto out;
	if (v->opt->kind == OPT_FLAG) {
		v->given = true;
		ok = equals == NULL || error_set(err, ERROR_USAGE, "--%s takes no value", v->opt->name);
	} else if (equals != NULL) {
		ok = store_value(v, equals + 1, err);
	} else if (*at + 1 < argc) {
		ok = store_value(v, argv[++*at], err);
	} else {
		error_set(err, ERROR_USAGE, "--%s needs a value: %s", v->opt->name, v->opt->arg);
	}
out:
	free(name);
	return ok;
}

/* "-v", "-vq", "-n3", "-n 3". */
static bool
parse_short(struct opt_values *values, int argc, char **argv, int *at, struct error *err)
{
	const char *word = argv[*at] + 1;

	for (; *word != '\0'; word++) {
		struct opt_value *v = by_letter(values, *word, err);

		if (v == NULL)
			return false;
		if (v->opt->kind == OPT_FLAG) {
			v->given = true;
			continue;
		}
		if (word[1] != '\0')
			return store_value(v, word + 1, err);
		if (*at + 1 >= argc)
			return error_set(err, ERROR_USAGE, "-%c needs a value: %s", *word, v->opt->arg);
		return store_value(v, argv[++*at], err);
	}
	return true;
}

bool
options_parse(struct opt_values *values, const struct opt *own, int argc, char **argv, int *left,
    struct error *err)
{
	bool ended = false;

	*values = (struct opt_values){ .item = NULL };
	*left = 0;
	add_rows(values, own);
	add_rows(values, options_common);
	for (int i = 0; i < argc; i++) {
		if (ended || argv[i][0] != '-' || argv[i][1] == '\0')
			argv[(*left)++] = argv[i];
		else if (str_eq(argv[i], "--"))
			ended = true;
		else if (!(argv[i][1] == '-' ? parse_long : parse_short)(values, argc, argv, &i, err))
			return false;
	}
	return true;
}

void
options_free(struct opt_values *values)
{
	for (size_t i = 0; i < values->len; i++)
		strlist_clear(&values->item[i].texts);
	free(values->item);
	*values = (struct opt_values){ .item = NULL };
}

bool
opt_flag(const struct cmd_ctx *ctx, const char *name)
{
	const struct opt_value *v = options_find(ctx->values, name);

	return v != NULL && v->given;
}

const char *
opt_text(const struct cmd_ctx *ctx, const char *name)
{
	const struct opt_value *v = options_find(ctx->values, name);

	if (v == NULL)
		return NULL;
	return v->texts.len > 0 ? v->texts.item[v->texts.len - 1] : v->opt->initial;
}

int64_t
opt_int(const struct cmd_ctx *ctx, const char *name, int64_t fallback)
{
	const struct opt_value *v = options_find(ctx->values, name);

	return v != NULL && v->given ? v->number : fallback;
}

const struct strlist *
opt_list(const struct cmd_ctx *ctx, const char *name)
{
	static const struct strlist none = STRLIST_INIT;
	const struct opt_value *v = options_find(ctx->values, name);

	return v != NULL ? &v->texts : &none;
}
