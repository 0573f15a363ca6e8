#include "cli/manual.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "cli/cmd.h"
#include "cli/help.h"
#include "cli/options.h"
#include "core/settings/channels.h"
#include "core/settings/settings.h"
#include "os/embedded.h"

/* When the text last changed in earnest. */
#define MANUAL_DATE "November 24, 2026"

/* --- mdoc --------------------------------------------------------------------------------- */

/* A new sentence begins a new line (mdoc(7), "Sentence Spacing"). */
static bool
sentence_ends(const char *s, size_t i, size_t len)
{
	return i > 0 && i + 1 < len && s[i] == ' ' && strchr(".?!", s[i - 1]) != NULL && s[i + 1] >= 'A' && s[i + 1] <= 'Z';
}

/* One line of text: no macro begins in it, no escape is left. */
static void
text_line(struct buf *out, const char *s, size_t len, bool literal)
{
	if (len > 0 && (*s == '.' || *s == '\''))
		buf_puts(out, "\\&");
	for (size_t i = 0; i < len; i++) {
		if (!literal && sentence_ends(s, i, len))
			buf_putc(out, '\n');
		else if (s[i] == '\\')
			buf_puts(out, "\\e");
		else if (s[i] == '-' && literal)
			buf_puts(out, "\\-");
		else
			buf_putc(out, s[i]);
	}
	buf_putc(out, '\n');
}

/* An argument of a macro. */
static void
argument(struct buf *out, const char *s)
{
	buf_puts(out, " \"");
	for (; *s != '\0'; s++)
		buf_puts(out, *s == '"' ? "\\(dq" : *s == '\\' ? "\\e" : (char[2]){ *s, '\0' });
	buf_puts(out, "\"");
}

static void
macro(struct buf *out, const char *name, const char *s)
{
	buf_printf(out, ".%s", name);
	argument(out, s);
	buf_putc(out, '\n');
}

/* Does any line of a paragraph begin with a space, or say something in columns? */
static bool
is_table(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (s[i] == ' ' && (i == 0 || s[i - 1] == '\n' || (i + 1 < len && s[i + 1] == ' ' && s[i - 1] != '.')))
			return true;
	return false;
}

static void
lines(struct buf *out, const char *s, size_t len, bool literal)
{
	while (len > 0) {
		const char *end = memchr(s, '\n', len);
		size_t n = end != NULL ? (size_t)(end - s) : len;

		text_line(out, s, n, literal);
		n += end != NULL;
		s += n;
		len -= n;
	}
}

static void
literal(struct buf *out, const char *s, size_t len)
{
	buf_puts(out, ".Bd -literal\n");
	lines(out, s, len, true);
	buf_puts(out, ".Ed\n");
}

/* Paragraphs apart by empty lines; what is laid out in columns stays so. */
static void
prose(struct buf *out, const char *s)
{
	while (*s != '\0') {
		const char *end = strstr(s, "\n\n");
		size_t len = end != NULL ? (size_t)(end - s) : strlen(s);

		if (is_table(s, len)) {
			literal(out, s, len);
		} else {
			buf_puts(out, ".Pp\n");
			lines(out, s, len, false);
		}
		s += len;
		s += strspn(s, "\n");
	}
}

static void
head(const struct manual_page *p, struct buf *out)
{
	buf_printf(out, ".Dd %s\n.Dt", MANUAL_DATE);
	for (const char *c = p->name; *c != '\0'; c++)
		buf_printf(out, "%s%c", c == p->name ? " " : "", *c >= 'a' && *c <= 'z' ? *c - 32 : *c);
	buf_printf(out, " %d\n.Os\n.Sh NAME\n.Nm %s\n", p->section, p->name);
	macro(out, "Nd", p->about);
}

static void
see_also(const struct manual_page *own, struct buf *out)
{
	const char *comma = "";

	buf_puts(out, ".Sh SEE ALSO\n");
	for (const struct manual_page *p = manual_pages; p->name != NULL; p++) {
		if (p == own)
			continue;
		buf_printf(out, "%s.Xr %s %d", comma, p->name, p->section);
		comma = " ,\n";
	}
	buf_putc(out, '\n');
}

/* --- commands ------------------------------------------------------------------------------- */

static void
option(struct buf *out, const struct opt *o)
{
	buf_puts(out, ".It");
	if (o->letter != 0)
		buf_printf(out, " Fl %c ,", o->letter);
	buf_printf(out, " Fl Fl %s", o->name);
	if (o->arg != NULL) {
		buf_puts(out, " Ar");
		argument(out, o->arg);
	}
	buf_putc(out, '\n');
	text_line(out, o->about, strlen(o->about), false);
	if (o->choices != NULL && strstr(o->about, o->choices) == NULL)
		buf_printf(out, "One of: %s.\n", o->choices);
	if (o->initial != NULL) {
		char *initial = mem_printf("(default: %s)", o->initial);

		text_line(out, initial, strlen(initial), false);
		free(initial);
	}
}

static void
options(struct buf *out, const struct opt *o)
{
	if (o == NULL || o->name == NULL)
		return;
	buf_puts(out, ".Bl -tag -width Ds\n");
	for (; o->name != NULL; o++)
		option(out, o);
	buf_puts(out, ".El\n");
}

static void
command(struct buf *out, const struct cmd *c)
{
	char *about, *usage = mem_printf("keycanary %s%s%s%s", c->name, c->opts != NULL ? " [OPTION…]" : "",
	    str_empty(c->args) ? "" : " ", str_or(c->args, ""));

	macro(out, "Ss", c->name);
	literal(out, usage, strlen(usage));
	free(usage);
	about = mem_printf("%c%s.", c->about[0] >= 'a' && c->about[0] <= 'z' ? c->about[0] - 32 : c->about[0],
	    c->about + 1);
	prose(out, about);
	free(about);
	if (c->help != NULL)
		prose(out, c->help);
	if (help_wants_statuses(c))
		prose(out, help_statuses);
	options(out, c->opts);
	if (c->examples != NULL) {
		buf_puts(out, ".Pp\nExamples:\n");
		literal(out, c->examples, strlen(c->examples));
	}
}

static bool
write_group(const struct manual_page *p, struct buf *out, struct error *err)
{
	const struct help_group *group = p->of;

	(void)err;
	head(p, out);
	buf_puts(out, ".Sh SYNOPSIS\n.Nm keycanary\n.Ar command\n.Op Ar option ...\n.Op Ar argument ...\n.Sh DESCRIPTION\n");
	for (size_t i = 0; commands[i] != NULL; i++)
		if (str_eq(commands[i]->group, group->name))
			command(out, commands[i]);
	see_also(p, out);
	return true;
}

/* --- the whole program ------------------------------------------------------------------------ */

static void
overview(struct buf *out)
{
	for (const struct help_group *g = help_groups; g->name != NULL; g++) {
		macro(out, "Ss", g->title);
		buf_printf(out, "See\n.Xr keycanary-%s 1 .\n.Bl -tag -width incidents-reopen -compact\n", g->slug);
		for (size_t i = 0; commands[i] != NULL; i++) {
			if (!str_eq(commands[i]->group, g->name))
				continue;
			buf_printf(out, ".It Ic %s\n", commands[i]->name);
			text_line(out, commands[i]->about, strlen(commands[i]->about), false);
		}
		buf_puts(out, ".El\n");
	}
}

static void
put_commands(const struct manual_page *p, struct buf *out)
{
	(void)p;
	overview(out);
}

static void
put_options(const struct manual_page *p, struct buf *out)
{
	(void)p;
	options(out, options_common);
}

/* What stands alone on a line of a file of src/man/, and what is put in its place. */
static const struct {
	const char *mark;
	void (*put)(const struct manual_page *, struct buf *);
} marks[] = { { "@commands@", put_commands }, { "@options@", put_options }, { "@see also@", see_also } };

static void
put_in(const struct manual_page *p, struct buf *out, const char *text)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\n"), m = 0;

		while (m < ARRAY_LEN(marks) && (strlen(marks[m].mark) != len || strncmp(text, marks[m].mark, len) != 0))
			m++;
		if (m < ARRAY_LEN(marks)) {
			marks[m].put(p, out);
		} else {
			buf_add(out, text, len);
			buf_putc(out, '\n');
		}
		text += len + (text[len] == '\n');
	}
}

static bool
write_program(const struct manual_page *p, struct buf *out, struct error *err)
{
	struct buf text = BUF_INIT(BUF_RECORD);
	bool ok = embedded_read("src/man/keycanary.mdoc", &text, err);

	head(p, out);
	if (ok)
		put_in(p, out, buf_str(&text));
	buf_free(&text);
	return ok;
}

/* --- the configuration -------------------------------------------------------------------------- */

static const char *
kind_text(enum setting_kind kind)
{
	static const char *const texts[] = {
		[SETTING_TEXT] = "Text.", [SETTING_BOOL] = "true or false.", [SETTING_INT] = "A whole number.",
		[SETTING_DURATION] = "A duration.", [SETTING_PATH] = "A path.",
		[SETTING_SECRET] = "A secret: NAME_file or \"env:VARIABLE\".", [SETTING_LIST] = "A list of texts.",
		[SETTING_TIME] = "A point in time.",
	};

	return texts[kind];
}

static void
setting(struct buf *out, const struct setting *r)
{
	const char *kind = kind_text(r->kind);

	macro(out, "It Cm", r->path);
	text_line(out, r->about, strlen(r->about), false);
	text_line(out, kind, strlen(kind), false);
	if (r->required)
		buf_puts(out, "Required.\n");
	if (r->choices != NULL)
		buf_printf(out, "One of: %s.\n", r->choices);
	if (r->kind == SETTING_INT && r->max > 0)
		buf_printf(out, "From %lld to %lld.\n", (long long)r->min, (long long)r->max);
	if (r->initial != NULL) {
		buf_puts(out, "Initially:\n");
		macro(out, "Ql", r->initial);
	}
}

static void
setting_list(struct buf *out, const struct setting *rows)
{
	buf_puts(out, ".Bl -tag -width Ds\n");
	for (; rows->path != NULL; rows++)
		setting(out, rows);
	buf_puts(out, ".El\n");
}

static void
channel(struct buf *out, const struct channel_kind *k)
{
	struct buf example = BUF_INIT(BUF_RECORD);

	macro(out, "Ss", k->name);
	text_line(out, k->about, strlen(k->about), false);
	if (k->note != NULL)
		text_line(out, k->note, strlen(k->note), false);
	buf_puts(out, ".Bl -tag -width Ds\n");
	for (const struct channel_row *r = k->rows; r->name != NULL; r++) {
		macro(out, "It Cm", r->name);
		text_line(out, r->about, strlen(r->about), false);
		if ((r->flags & CHANNEL_REQUIRED) != 0)
			buf_puts(out, "Required.\n");
	}
	buf_puts(out, ".El\n");
	channel_example(k, "", &example);
	literal(out, buf_str(&example), example.len);
	buf_free(&example);
}

static bool
write_configuration(const struct manual_page *p, struct buf *out, struct error *err)
{
	struct buf text = BUF_INIT(BUF_RECORD);
	bool ok = embedded_read("src/man/keycanary.conf.mdoc", &text, err);

	head(p, out);
	buf_puts(out, buf_str(&text));
	buf_free(&text);
	buf_puts(out, ".Sh SETTINGS\n");
	setting_list(out, setting_rows);
	buf_puts(out, ".Sh LISTS\n");
	for (const struct setting_group *g = setting_groups; g->path != NULL; g++) {
		macro(out, "Ss", g->path);
		text_line(out, g->about, strlen(g->about), false);
		setting_list(out, g->rows);
	}
	buf_puts(out, ".Sh CHANNELS\n");
	for (const struct channel_kind *k = channel_kinds; k->name != NULL; k++)
		channel(out, k);
	see_also(p, out);
	return ok;
}

static bool
write_json(const struct manual_page *p, struct buf *out, struct error *err)
{
	struct buf text = BUF_INIT(BUF_RECORD);
	bool ok = embedded_read("src/man/json.md", &text, err);

	head(p, out);
	buf_puts(out, ".Sh DESCRIPTION\n");
	literal(out, buf_str(&text), text.len);
	buf_free(&text);
	see_also(p, out);
	return ok;
}

/* Sorted as SEE ALSO wants it: by section, then name. */
const struct manual_page manual_pages[] = {
	{ "keycanary", 1, "decoy AWS keys that tell you who took them and why", write_program, NULL },
	{ "keycanary-alerts", 1, "tell people: alerts, incidents, drills", write_group, &help_groups[3] },
	{ "keycanary-decoys", 1, "make, plant and keep decoys", write_group, &help_groups[1] },
	{ "keycanary-look", 1, "look for uses of a canary", write_group, &help_groups[0] },
	{ "keycanary-setup", 1, "set up and learn", write_group, &help_groups[4] },
	{ "keycanary-watch", 1, "watch AWS", write_group, &help_groups[2] },
	{ "keycanary.conf", 5, "configuration of keycanary", write_configuration, NULL },
	{ "keycanary-json", 7, "JSON written by keycanary", write_json, NULL },
	{ NULL, 0, NULL, NULL, NULL },
};

const struct manual_page *
manual_find(const char *name)
{
	for (const struct manual_page *p = manual_pages; p->name != NULL; p++) {
		char *full = mem_printf("%s.%d", p->name, p->section);
		bool same = str_eq(name, p->name) || str_eq(name, full);

		free(full);
		if (same)
			return p;
	}
	return NULL;
}

bool
manual_write(const struct manual_page *page, struct buf *out, struct error *err)
{
	return page->write(page, out, err);
}
