/* Channels: their check, and how they are shown to people. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/settings/settings_int.h"

/* Where a message about a channel begins. */
struct place {
	const char *file;	/* NULL: it is in none yet */
	const struct channel_settings *c;
};

__attribute__((format(printf, 4, 5)))
static bool
wrong(const struct place *at, int64_t line, struct error *err, const char *fmt, ...)
{
	struct buf text = BUF_INIT(BUF_LINE);
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	error_set(err, ERROR_INPUT, "channel \"%.60s\": %.600s", at->c->name, buf_str(&text));
	if (at->file != NULL)
		error_in(err, "%s:%lld", at->file, (long long)line);
	buf_free(&text);
	return false;
}

/* "; did you mean "…"?" or nothing. The caller frees. */
static char *
hint(const char *word, const char *const *names, size_t n)
{
	const char *near = str_suggest(word, names, n);

	return near != NULL ? mem_printf("; did you mean \"%s\"?", near) : mem_strdup("");
}

static bool
no_kind(const struct place *at, struct error *err)
{
	const char *names[32];
	size_t n = 0;
	char *more;

	for (; n < ARRAY_LEN(names) && channel_kinds[n].name != NULL; n++)
		names[n] = channel_kinds[n].name;
	more = hint(at->c->type, names, n);
	wrong(at, at->c->line, err, "there is no type \"%.60s\"%s", at->c->type,
	    *more != '\0' ? more : "; \"keycanary alert types\" lists them");
	free(more);
	return false;
}

/* "password_file" is the option "password" where a file may stand for the value. */
static bool
names_row(const char *given, const struct channel_row *r)
{
	size_t len = strlen(r->name);

	return str_eq(given, r->name) ||
	    ((r->flags & (CHANNEL_SECRET | CHANNEL_PLACE | CHANNEL_FILE)) != 0 && strncmp(given, r->name, len) == 0 &&
	    str_eq(given + len, "_file"));
}

const struct channel_row *
channel_row(const struct channel_kind *k, const char *given, bool *by_file)
{
	for (const struct channel_row *r = k->rows; r->name != NULL; r++) {
		*by_file = !str_eq(given, r->name);
		if (names_row(given, r))
			return r;
	}
	return NULL;
}

static bool
no_option(const struct place *at, const struct channel_kind *k, const struct channel_option *o,
    struct error *err)
{
	const char *names[32];
	size_t n = 0;
	char *more;

	for (; n < ARRAY_LEN(names) && k->rows[n].name != NULL; n++)
		names[n] = k->rows[n].name;
	more = hint(o->name, names, n);
	wrong(at, o->line, err, "%s has no option \"%.60s\"%s", k->name, o->name, more);
	free(more);
	return false;
}

static bool
choice_fine(const struct channel_row *r, const char *value, struct error *err)
{
	struct strlist choices = STRLIST_INIT;
	bool ok;
	char *more;

	strlist_split(&choices, r->choices, ",");
	ok = strlist_has(&choices, value);
	more = hint(value, (const char *const *)choices.item, choices.len);
	if (!ok)
		error_set(err, ERROR_INPUT, "\"%.60s\" is not one of %s%s", value, r->choices, more);
	free(more);
	strlist_clear(&choices);
	return ok;
}

/* "a@b" or "Name <a@b>": one address, nothing that could start another header. */
static bool
mail_address_fine(const char *s)
{
	const char *open = strrchr(s, '<');
	const char *from = open != NULL ? open + 1 : s;
	size_t len = open != NULL ? strcspn(from, ">") : strlen(from);
	const char *sign = memchr(from, '@', len);

	for (const char *c = s; *c != '\0'; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7F)
			return false;
	if (open != NULL && !str_eq(from + len, ">"))
		return false;
	if (sign == NULL || sign == from || sign == from + len - 1 || memchr(sign + 1, '@', (size_t)(from + len - sign - 1)) != NULL)
		return false;
	for (size_t i = 0; i < len; i++)
		if (strchr(" ,;<>()\"", from[i]) != NULL)
			return false;
	return true;
}

bool
channel_value_fine(const struct channel_kind *k, const struct channel_row *r, const char *value, struct error *err)
{
	int64_t n;

	if ((r->flags & CHANNEL_PLACE) != 0 && !channel_url_fine(k->name, value, err))
		return false;
	if ((r->flags & CHANNEL_MAIL) != 0 && !mail_address_fine(value))
		return error_set(err, ERROR_INPUT, "\"%.100s\" is not a mail address", value);
	if ((r->flags & CHANNEL_COUNT) != 0 && !str_to_int(value, 1, 65535, &n))
		return error_set(err, ERROR_INPUT, "\"%.40s\" is not a number from 1 to 65535", value);
	return r->choices == NULL || choice_fine(r, value, err);
}

static bool
check_value(const struct place *at, const struct channel_kind *k, const struct channel_row *r, const struct channel_option *o,
    bool by_file, struct error *err)
{
	struct error why = ERROR_INIT;
	bool reference = str_starts(o->value, "env:");

	if (str_empty(o->value))
		return wrong(at, o->line, err, "%s is empty", o->name);
	if (by_file)
		return true;
	if (reference && (r->flags & (CHANNEL_SECRET | CHANNEL_PLACE)) != 0)
		return secret_reference_valid(o->value) ||
		    wrong(at, o->line, err, "%s: \"%.60s\" is not env: and the name of a variable", o->name, o->value);
	if ((r->flags & CHANNEL_SECRET) != 0)
		return wrong(at, o->line, err, "%s is a secret: use %s_file = \"/path\" or %s = \"env:NAME\"", o->name,
		    o->name, o->name);
	return channel_value_fine(k, r, o->value, &why) || wrong(at, o->line, err, "%s: %s", o->name, why.text);
}

static bool
check_given(const struct place *at, const struct channel_kind *k, struct error *err)
{
	for (size_t i = 0; i < at->c->options; i++) {
		const struct channel_option *o = &at->c->option[i];
		bool by_file;
		const struct channel_row *r = channel_row(k, o->name, &by_file);

		if (r == NULL)
			return no_option(at, k, o, err);
		for (size_t n = 0; n < i && (r->flags & CHANNEL_MANY) == 0; n++)
			if (names_row(at->c->option[n].name, r))
				return wrong(at, o->line, err, "%s is given twice", r->name);
		if (!check_value(at, k, r, o, by_file, err))
			return false;
	}
	return true;
}

static bool
check_required(const struct place *at, const struct channel_kind *k, struct error *err)
{
	for (const struct channel_row *r = k->rows; r->name != NULL; r++) {
		bool given = (r->flags & CHANNEL_REQUIRED) == 0;

		for (size_t i = 0; !given && i < at->c->options; i++)
			given = names_row(at->c->option[i].name, r);
		if (!given && (r->flags & CHANNEL_SECRET) != 0)
			return wrong(at, at->c->line, err, "%s needs %s_file = \"/path\" or %s = \"env:NAME\"", k->name, r->name, r->name);
		if (!given)
			return wrong(at, at->c->line, err, "%s needs \"%s\"", k->name, r->name);
	}
	return true;
}

static bool
needs_with(const struct place *at, const char *name, const char *other, struct error *err)
{
	char *by_file = mem_printf("%s_file", other);
	bool ok = channel_option(at->c, name) == NULL || channel_option(at->c, other) != NULL ||
	    channel_option(at->c, by_file) != NULL;

	free(by_file);
	return ok || wrong(at, at->c->line, err, "%s needs %s, too", name, other);
}

/* What holds between options. */
static bool
check_together(const struct place *at, struct error *err)
{
	const struct channel_settings *c = at->c;
	const char *host = channel_option(c, "host"), *topic = channel_option(c, "topic_arn");

	if (str_eq(channel_option(c, "tls"), "none") && !channel_host_is_here(host))
		return wrong(at, c->line, err, "tls = \"none\" is for a server on this machine; \"%.100s\" is not", host);
	if (topic != NULL && !str_match("arn:aws*:sns:*:????????????:?*", topic))
		return wrong(at, c->line, err, "topic_arn: \"%.100s\" is not the ARN of an SNS topic", topic);
	if (str_eq(c->type, "syslog") && !str_eq(str_or(channel_option(c, "transport"), "local"), "local") &&
	    channel_option(c, "address") == NULL)
		return wrong(at, c->line, err, "syslog by %s needs \"address\"", channel_option(c, "transport"));
	return needs_with(at, "user", "password", err) && needs_with(at, "certificate", "certificate_key", err) &&
	    needs_with(at, "external_id", "role_arn", err);
}

bool
channel_check(const struct channel_settings *c, const char *file, struct error *err)
{
	const struct channel_kind *k = channel_kind(c->type);
	struct place at = { .file = file, .c = c };

	if (k == NULL)
		return no_kind(&at, err);
	return check_given(&at, k, err) && check_required(&at, k, err) && check_together(&at, err);
}

/* --- for people ------------------------------------------------------------------ */

static void
example_row(const struct channel_row *r, const char *indent, const char *comment, struct buf *out)
{
	const char *quote = (r->flags & CHANNEL_COUNT) != 0 ? "" : "\"";

	buf_printf(out, "%s\t# %s%s\n", indent, r->about, (r->flags & CHANNEL_REQUIRED) != 0 ? " Required." : "");
	buf_printf(out, "%s\t%s%s%s = %s%s%s%s%s;\n", indent, comment, r->name,
	    (r->flags & CHANNEL_SECRET) != 0 ? "_file" : "", (r->flags & CHANNEL_MANY) != 0 ? "[ " : "", quote, r->sample,
	    quote, (r->flags & CHANNEL_MANY) != 0 ? " ]" : "");
}

void
channel_example(const struct channel_kind *k, const char *indent, struct buf *out)
{
	buf_printf(out, "%s{\n%s\t# %s\n%s\tname = \"%s\";\n%s\ttype = \"%s\";\n", indent, indent, k->about, indent,
	    k->name, indent, k->name);
	for (const struct channel_row *r = k->rows; r->name != NULL; r++)
		example_row(r, indent, (r->flags & CHANNEL_REQUIRED) != 0 ? "" : "# ", out);
	buf_printf(out, "%s}", indent);
}

static void
compose_row(const struct channel_settings *c, const struct channel_row *r, const char *indent, struct buf *out)
{
	char *by_file = mem_printf("%s_file", r->name), *inner = mem_printf("%s\t", indent);

	if (channel_option(c, r->name) == NULL && channel_option(c, by_file) == NULL) {
		example_row(r, indent, "# ", out);
	} else {
		buf_printf(out, "%s# %s\n", inner, r->about);
		settings_write_option(out, inner, c, r->name);
		settings_write_option(out, inner, c, by_file);
	}
	free(by_file);
	free(inner);
}

void
channel_compose(const struct channel_settings *c, const char *indent, struct buf *out)
{
	const struct channel_kind *k = channel_kind(c->type);

	buf_printf(out, "%s{\n%s\t# %s\n%s\tname = \"%s\";\n%s\ttype = \"%s\";\n", indent, indent, k->about, indent,
	    c->name, indent, c->type);
	for (const struct channel_row *r = k->rows; r->name != NULL; r++)
		compose_row(c, r, indent, out);
	buf_printf(out, "%s}", indent);
}

static const char *
how_given(const struct channel_row *r)
{
	if ((r->flags & CHANNEL_SECRET) != 0)
		return ", a secret";
	if ((r->flags & CHANNEL_PLACE) != 0)
		return ", may be kept secret";
	return (r->flags & CHANNEL_MANY) != 0 ? ", one or a list" : "";
}

void
channel_explain(const struct channel_kind *k, struct buf *out)
{
	buf_printf(out, "%s: %s\n", k->name, k->about);
	if (k->note != NULL)
		buf_printf(out, "  %s\n", k->note);
	buf_puts(out, "\n");
	for (const struct channel_row *r = k->rows; r->name != NULL; r++) {
		buf_printf(out, "  %-16s %s (%s%s)\n", r->name, r->about,
		    (r->flags & CHANNEL_REQUIRED) != 0 ? "required" : "optional", how_given(r));
		if (r->choices != NULL)
			buf_printf(out, "  %-16s One of: %s.\n", "", r->choices);
	}
	buf_puts(out, "\n");
	channel_example(k, "  ", out);
	buf_puts(out, "\n");
}
