#include "core/bait/insert.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* Where new lines go, and what they look like there. */
struct point {
	size_t at;		/* byte offset of a line's beginning, or the end */
	char *prefix;		/* indentation of the outermost level, owned */
	bool empty_before;
};

/* --- habits of a file ---------------------------------------------------------- */

static const char *
line_end(const char *text, size_t len)
{
	const char *newline = memchr(text, '\n', len);

	return newline != NULL && newline > text && newline[-1] == '\r' ? "\r\n" : "\n";
}

static size_t
indent_of(const char *line)
{
	return strspn(line, " \t");
}

static const char *
next_line(const char *line)
{
	line += strcspn(line, "\n");
	return *line == '\n' ? line + 1 : line;
}

static bool
blank(const char *line)
{
	return strchr("\r\n", line[indent_of(line)]) != NULL;
}

/* A tab, or the least run of spaces that begins a line; `standard` when nothing is indented. */
static void
indent_unit(const char *text, int standard, char out[static 17])
{
	size_t least = 0;

	for (const char *line = text; *line != '\0'; line = next_line(line)) {
		size_t n = strspn(line, " ");

		if (line[0] == '\t') {
			memcpy(out, "\t", sizeof("\t"));
			return;
		}
		if (!blank(line) && n >= 2 && n <= 8 && line[n] != '*' && (least == 0 || n < least))
			least = n;
	}
	if (least == 0)
		least = (size_t)standard;
	memset(out, ' ', least);
	out[least] = '\0';
}

/* --- where ---------------------------------------------------------------------- */

static bool
compile(regex_t *re, const char *regex, struct error *err)
{
	int rc = regcomp(re, regex, REG_EXTENDED | REG_NEWLINE);
	char why[128];

	if (rc == 0)
		return true;
	(void)regerror(rc, re, why, sizeof(why));
	return error_set(err, ERROR_INPUT, "the regex \"%.100s\" is wrong: %s", regex, why);
}

bool
insert_matches(const char *regex, const char *text, bool *found, struct error *err)
{
	regex_t re;

	*found = false;
	if (!compile(&re, regex, err))
		return false;
	*found = regexec(&re, text, 0, NULL, 0) == 0;
	regfree(&re);
	return true;
}

/* The first or last line that matches; NULL if none. */
static const char *
matching_line(const char *regex, const char *text, bool last)
{
	const char *at = text, *found = NULL;
	regmatch_t m[1];
	regex_t re;

	if (!compile(&re, regex, NULL))
		return NULL;
	while (*at != '\0' && regexec(&re, at, 1, m, 0) == 0) {
		const char *begin = at + m[0].rm_so;

		while (begin > text && begin[-1] != '\n')
			begin--;
		found = begin;
		if (!last)
			break;
		at = next_line(at + m[0].rm_so);
	}
	regfree(&re);
	return found;
}

static bool
by_regex(const struct bait_rule *r, const char *old, const char *unit, struct point *p)
{
	const char *line = matching_line(r->where, old, r->place == PLACE_AFTER);

	if (line == NULL)
		return false;
	p->at = (size_t)((r->place == PLACE_BEFORE ? line : next_line(line)) - old);
	p->prefix = mem_printf("%.*s%s", (int)indent_of(line), line, r->place == PLACE_INSIDE ? unit : "");
	return true;
}

/* Behind the last child of a top-level key; false when it has none, or they are not indented. */
static bool
by_yaml_key(const char *key, const char *old, struct point *p)
{
	char *regex = mem_printf("^%s:[[:space:]]*(#.*)?$", key);
	const char *line = matching_line(regex, old, false), *child, *end;

	free(regex);
	if (line == NULL)
		return false;
	child = next_line(line);
	while (*child != '\0' && (blank(child) || child[0] == '#'))
		child = next_line(child);
	if (*child == '\0' || indent_of(child) == 0)
		return false;
	p->prefix = mem_strndup(child, indent_of(child));
	end = child;
	for (const char *at = child; *at != '\0' && (blank(at) || indent_of(at) > 0); at = next_line(at)) {
		if (blank(at))
			continue;
		if (at > child && end != at && indent_of(at) == strlen(p->prefix))
			p->empty_before = true;
		end = next_line(at);
	}
	p->at = (size_t)(end - old);
	return true;
}

static bool
find_point(const struct bait_rule *r, const char *old, size_t len, const char *unit, struct point *p)
{
	*p = (struct point){ .at = len };
	if (r->place == PLACE_YAML)
		return by_yaml_key(r->where, old, p);
	if (r->place != PLACE_APPEND)
		return by_regex(r, old, unit, p);
	p->prefix = mem_strdup("");
	p->empty_before = len > 0 && !str_ends(old, "\n\n") && !str_ends(old, "\n\r\n");
	return true;
}

/* --- what ----------------------------------------------------------------------- */

static bool
has_span(const struct bait_text *t, size_t from, size_t to)
{
	for (size_t i = 0; i < t->spans; i++)
		if (t->span[i].at >= from && t->span[i].at < to)
			return true;
	return false;
}

static void
move_spans(const struct bait_text *in, size_t from, size_t to, size_t moved_to, struct bait_text *out)
{
	for (size_t i = 0; i < in->spans; i++) {
		const struct bait_span *s = &in->span[i];

		if (s->at < from || s->at >= to)
			continue;
		MEM_GROW(out->span, out->spans, out->cap);
		out->span[out->spans++] = (struct bait_span){ .name = mem_strdup(s->name),
			.filter = mem_strdup(s->filter), .at = moved_to + (s->at - from), .len = s->len };
	}
}

/* The block with the file's indentation, and markers; without empty lines or a newline at its end. */
static void
reshape(const struct bait *b, const struct bait_text *in, const char *prefix, const char *unit,
    const char *marker, struct bait_text *out)
{
	const char *text = buf_str(&in->text);
	size_t len = in->text.len;

	while (len > 0 && text[len - 1] == '\n')
		len--;
	for (size_t at = 0; at < len;) {
		size_t end = at + strcspn(text + at, "\n"), lead = strspn(text + at, " "), begin = at + lead;

		if (end > begin) {
			buf_puts(&out->text, prefix);
			for (size_t level = lead / (size_t)b->indent; level > 0; level--)
				buf_puts(&out->text, unit);
			for (size_t rest = lead % (size_t)b->indent; rest > 0; rest--)
				buf_putc(&out->text, ' ');
			move_spans(in, begin, end, out->text.len, out);
			buf_add(&out->text, text + begin, end - begin);
			if (marker != NULL && b->comment != NULL && has_span(in, begin, end))
				buf_printf(&out->text, "  %s %s", b->comment, marker);
		}
		at = end + 1;
		if (at < len)
			buf_putc(&out->text, '\n');
	}
}

static void
add_lines(struct buf *out, const char *text, const char *eol)
{
	for (; *text != '\0'; text++)
		if (*text == '\n')
			buf_puts(out, eol);
		else
			buf_putc(out, *text);
}

int64_t
insert_count_lines(const char *text, size_t len)
{
	int64_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += text[i] == '\n';
	return n + (len > 0 && text[len - 1] != '\n');
}

static void
compose(const struct point *p, const char *old, size_t len, const char *eol, struct bait_edit *out)
{
	bool cut = p->at == len && len > 0 && old[len - 1] != '\n';

	buf_add(&out->text, old, p->at);
	if (cut)
		buf_puts(&out->text, eol);
	if (p->empty_before)
		buf_puts(&out->text, eol);
	out->line_from = insert_count_lines(buf_str(&out->text), out->text.len) + 1;
	add_lines(&out->text, buf_str(&out->planted.text), eol);
	if (!cut)
		buf_puts(&out->text, eol);
	out->line_to = out->line_from + insert_count_lines(buf_str(&out->planted.text), out->planted.text.len) - 1;
	buf_add(&out->text, old + p->at, len - p->at);
}

bool
insert_into(const struct bait *b, const struct bait_rule *rule, const struct bait_text *block,
    const char *marker, const char *old, size_t len, struct bait_edit *out)
{
	const char *eol = line_end(old, len);
	char unit[17];
	struct point p;

	indent_unit(old, b->indent, unit);
	if (!find_point(rule, old, len, unit, &p)) {
		free(p.prefix);
		return false;
	}
	reshape(b, block, p.prefix, unit, marker, &out->planted);
	compose(&p, old, len, eol, out);
	free(p.prefix);
	return true;
}

void
insert_new(const struct bait *b, const struct bait_text *block, const char *marker, struct bait_edit *out)
{
	const struct point start = { .at = 0 };
	char unit[17];

	memset(unit, ' ', (size_t)b->indent);
	unit[b->indent] = '\0';
	reshape(b, block, "", unit, marker, &out->planted);
	compose(&start, "", 0, "\n", out);
}

void
bait_edit_clear(struct bait_edit *e)
{
	buf_free_secret(&e->text);
	bait_text_clear(&e->planted);
	e->line_from = e->line_to = 0;
}

void
insert_lines(const char *text, size_t len, int64_t first, int64_t last, struct buf *out)
{
	int64_t line = 1;

	for (size_t i = 0; i < len && line <= last; i++) {
		bool newline = text[i] == '\n';

		if (line >= first && !(newline && line == last) &&
		    !(text[i] == '\r' && (i + 1 == len || text[i + 1] == '\n')))
			buf_putc(out, text[i]);
		line += newline;
	}
}
