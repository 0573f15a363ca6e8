#include "core/settings/settings.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/when.h"
#include "core/settings/settings_int.h"

static void *
member(const void *base, size_t offset)
{
	return (char *)(uintptr_t)base + offset;
}

static void
free_rows(const struct setting *rows, void *base)
{
	for (; rows->path != NULL; rows++) {
		switch (rows->kind) {
		case SETTING_TEXT:
		case SETTING_PATH:
		case SETTING_SECRET:
			free(*(char **)member(base, rows->at));
			break;
		case SETTING_LIST:
			strlist_clear(member(base, rows->at));
			break;
		default:
			break;
		}
	}
}

void
settings_free(struct settings *s)
{
	for (size_t i = 0; i < s->channels; i++) {
		for (size_t k = 0; k < s->channel[i].options; k++) {
			free(s->channel[i].option[k].name);
			free(s->channel[i].option[k].value);
		}
		free(s->channel[i].option);
	}
	for (const struct setting_group *g = setting_groups; g->path != NULL; g++) {
		char *array = *(void **)member(s, g->at);

		for (size_t i = 0; i < *(size_t *)member(s, g->count_at); i++)
			free_rows(g->rows, array + i * g->size);
		free(array);
	}
	free_rows(setting_rows, s);
	free(s->noise_rule);
	free(s->file);
	*s = (struct settings){ .file = NULL };
}

const struct account_settings *
settings_account(const struct settings *s, const char *name)
{
	for (size_t i = 0; i < s->accounts; i++)
		if (str_eq(s->account[i].name, name))
			return &s->account[i];
	return NULL;
}

const struct channel_settings *
settings_channel(const struct settings *s, const char *name)
{
	for (size_t i = 0; i < s->channels; i++)
		if (str_eq(s->channel[i].name, name))
			return &s->channel[i];
	return NULL;
}

const char *
channel_option(const struct channel_settings *c, const char *name)
{
	const char *value = NULL;

	for (size_t i = 0; i < c->options; i++)
		if (str_eq(c->option[i].name, name))
			value = c->option[i].value;
	return value;
}

/* --- writing ------------------------------------------------------------------- */

static void
write_text(struct buf *out, const char *text)
{
	buf_putc(out, '"');
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			buf_printf(out, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			buf_printf(out, "\\x%02x", c);
		else
			buf_putc(out, (char)c);
	}
	buf_putc(out, '"');
}

static void
write_list(struct buf *out, const struct strlist *l)
{
	buf_puts(out, "[");
	for (size_t i = 0; i < l->len; i++) {
		buf_puts(out, i > 0 ? ", " : " ");
		write_text(out, l->item[i]);
	}
	buf_puts(out, l->len > 0 ? " ]" : "]");
}

/* "1h30m" form that span_parse() reads back exactly. */
static void
write_span(struct buf *out, int64_t s)
{
	static const struct {
		int64_t s;
		const char *unit;
	} unit[] = { { 86400, " days" }, { 3600, " h" }, { 60, " min" }, { 1, " s" } };

	for (size_t i = 0; i < sizeof(unit) / sizeof(unit[0]); i++)
		if (s % unit[i].s == 0 && (s > 0 || unit[i].s == 1)) {
			buf_printf(out, "\"%lld%s\"", (long long)(s / unit[i].s), unit[i].unit);
			return;
		}
}

static bool
is_set(const struct setting *row, const void *base)
{
	const void *p = member(base, row->at);

	switch (row->kind) {
	case SETTING_TEXT:
	case SETTING_PATH:
	case SETTING_SECRET:
		return *(char *const *)p != NULL;
	case SETTING_INT:
		return row->initial != NULL || *(const int64_t *)p >= 0;
	case SETTING_TIME:
		return *(const int64_t *)p != WHEN_NONE;
	default:
		return true;
	}
}

bool
settings_differs(const struct setting *row, const void *base)
{
	const void *p = member(base, row->at);
	int64_t n = 0;

	if (row->kind == SETTING_LIST)
		return ((const struct strlist *)p)->len > 0;
	if (!is_set(row, base) || row->initial == NULL)
		return is_set(row, base);
	switch (row->kind) {
	case SETTING_BOOL:
		return *(const bool *)p != str_eq(row->initial, "true");
	case SETTING_INT:
		return !str_to_int(row->initial, INT64_MIN + 1, INT64_MAX, &n) || n != *(const int64_t *)p;
	case SETTING_DURATION:
		return !span_parse(row->initial, &n, NULL) || n != *(const int64_t *)p;
	default:
		return !str_eq(*(char *const *)p, row->initial);
	}
}

static void
write_value(struct buf *out, const struct setting *row, const void *base)
{
	const void *p = member(base, row->at);
	char when[WHEN_TEXT_MAX];

	switch (row->kind) {
	case SETTING_TEXT:
	case SETTING_PATH:
	case SETTING_SECRET:
		write_text(out, *(char *const *)p);
		break;
	case SETTING_BOOL:
		buf_puts(out, *(const bool *)p ? "true" : "false");
		break;
	case SETTING_INT:
		buf_printf(out, "%lld", (long long)*(const int64_t *)p);
		break;
	case SETTING_DURATION:
		write_span(out, *(const int64_t *)p);
		break;
	case SETTING_TIME:
		write_text(out, when_utc(*(const int64_t *)p, when));
		break;
	case SETTING_LIST:
		write_list(out, p);
		break;
	}
}

/* A file reference is written as the `_file` name it came from. */
void
settings_write_row(struct buf *out, const char *indent, const char *name, const struct setting *row,
    const void *base)
{
	const char *const *text = member(base, row->at);

	if (row->kind == SETTING_SECRET && str_starts(*text, "file:")) {
		buf_printf(out, "%s%s_file = ", indent, name);
		write_text(out, *text + strlen("file:"));
	} else {
		buf_printf(out, "%s%s = ", indent, name);
		write_value(out, row, base);
	}
	buf_puts(out, ";\n");
}

static void
write_sections(struct buf *out, const struct settings *s)
{
	char open[64] = "";

	for (const struct setting *r = setting_rows; r->path != NULL; r++) {
		size_t len = strcspn(r->path, ".");

		if (strlen(open) != len || strncmp(open, r->path, len) != 0) {
			if (open[0] != '\0')
				buf_puts(out, "};\n\n");
			(void)snprintf(open, sizeof(open), "%.*s", (int)len, r->path);
			buf_printf(out, "%s : {\n", open);
		}
		if (is_set(r, s))
			settings_write_row(out, "\t", r->path + len + 1, r, s);
		else
			buf_printf(out, "\t# %s is not set\n", r->path + len + 1);
	}
	buf_puts(out, "};\n");
}

void
settings_write_option(struct buf *out, const char *indent, const struct channel_settings *c, const char *name)
{
	size_t n = 0, at = 0;

	for (size_t i = 0; i < c->options; i++)
		n += str_eq(c->option[i].name, name);
	for (size_t i = 0; i < c->options; i++) {
		if (!str_eq(c->option[i].name, name))
			continue;
		if (at++ == 0)
			buf_printf(out, "%s%s = %s", indent, name, n > 1 ? "[ " : "");
		write_text(out, c->option[i].value);
		buf_puts(out, at < n ? ", " : n > 1 ? " ];\n" : ";\n");
	}
}

static void
write_options(struct buf *out, const struct channel_settings *c)
{
	for (size_t i = 0; i < c->options; i++)
		if (i == 0 || !str_eq(c->option[i].name, c->option[i - 1].name))
			settings_write_option(out, "\t\t", c, c->option[i].name);
}

static void
write_group(struct buf *out, const struct setting_group *g, const struct settings *s)
{
	const char *array = *(void **)member(s, g->at);
	size_t n = *(size_t *)member(s, g->count_at);

	buf_printf(out, "\n%s = (", g->path);
	for (size_t i = 0; i < n; i++) {
		const char *element = array + i * g->size;

		buf_puts(out, i > 0 ? ",\n\t{\n" : "\n\t{\n");
		for (const struct setting *r = g->rows; r->path != NULL; r++)
			if (is_set(r, element))
				settings_write_row(out, "\t\t", r->path, r, element);
		if (str_eq(g->path, "channels"))
			write_options(out, (const struct channel_settings *)(const void *)element);
		buf_puts(out, "\t}");
	}
	buf_puts(out, n > 0 ? "\n);\n" : ");\n");
}

void
settings_write(const struct settings *s, struct buf *out)
{
	write_sections(out, s);
	for (const struct setting_group *g = setting_groups; g->path != NULL; g++)
		write_group(out, g, s);
}

bool
secret_reference_valid(const char *value)
{
	if (!str_starts(value, "env:") || value[4] == '\0' || isdigit((unsigned char)value[4]))
		return false;
	for (const char *c = value + 4; *c != '\0'; c++)
		if (!isalnum((unsigned char)*c) && *c != '_')
			return false;
	return true;
}
