/* Reading a bait file: header lines, then sections. */
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/bait/template.h"

struct reading {
	struct bait *bait;
	int line;
	struct error *err;
};

static bool
wrong(struct reading *r, const char *what, const char *value)
{
	return error_set(r->err, ERROR_INPUT, "%s:%d: %s \"%.80s\"", r->bait->source, r->line, what, value);
}

static void
split_list(struct strlist *l, const char *value)
{
	const char *bar;

	for (; (bar = strstr(value, " | ")) != NULL; value = bar + 3)
		strlist_take(l, mem_strndup(value, (size_t)(bar - value)));
	strlist_add(l, value);
}

/* One with fields in it is known only when they are filled in. */
static bool
check_regex(struct reading *r, const char *regex)
{
	regex_t re;

	if (strstr(regex, "{{") != NULL)
		return true;
	if (regcomp(&re, regex, REG_EXTENDED | REG_NEWLINE | REG_NOSUB) != 0)
		return wrong(r, "no regular expression:", regex);
	regfree(&re);
	return true;
}

static const char *const places[] = {
	[PLACE_APPEND] = "append", [PLACE_AFTER] = "after", [PLACE_BEFORE] = "before",
	[PLACE_INSIDE] = "inside", [PLACE_YAML] = "yaml",
};

/* "after /regex/ section", "yaml key section", "append section" */
static bool
read_rule(struct reading *r, const char *value)
{
	struct bait *b = r->bait;
	struct bait_rule rule = { .where = NULL };
	size_t word = strcspn(value, " "), place = 0;
	const char *rest = value + word, *end;

	while (place < ARRAY_LEN(places) && (strlen(places[place]) != word || strncmp(places[place], value, word) != 0))
		place++;
	if (place == ARRAY_LEN(places))
		return wrong(r, "no such rule for inserting:", value);
	rule.place = (enum bait_place)place;
	rest += strspn(rest, " ");
	if (place == PLACE_YAML) {
		end = rest + strcspn(rest, " ");
		rule.where = mem_strndup(rest, (size_t)(end - rest));
		rest = end;
	} else if (place != PLACE_APPEND) {
		end = strrchr(rest, '/');
		if (rest[0] != '/' || end == rest)
			return wrong(r, "a regex between slashes is missing:", value);
		rule.where = mem_strndup(rest + 1, (size_t)(end - rest - 1));
		rest = end + 1;
	}
	rest += strspn(rest, " ");
	rule.section = mem_strdup(rest);
	b->rule = mem_resize(b->rule, b->rules + 1, sizeof(*b->rule));
	b->rule[b->rules++] = rule;
	if (place != PLACE_YAML && place != PLACE_APPEND && !check_regex(r, rule.where))
		return false;
	return rest[0] != '\0' || wrong(r, "the section to insert is missing:", value);
}

static bool
read_word(struct reading *r, const char *word, const char *value)
{
	struct bait *b = r->bait;
	const struct {
		const char *word;
		char **text;
		struct strlist *list;
	} known[] = {
		{ "about", &b->about, NULL }, { "unless", &b->unless, NULL }, { "comment", &b->comment, NULL },
		{ "scanner", &b->scanner, NULL }, { "fits", NULL, &b->fits }, { "into", NULL, &b->into },
		{ "new", NULL, &b->create }, { "commit", NULL, &b->commits }, { "also", NULL, &b->also },
	};
	int64_t number;

	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		if (!str_eq(known[i].word, word))
			continue;
		if (known[i].list != NULL) {
			split_list(known[i].list, value);
			return true;
		}
		free(*known[i].text);
		*known[i].text = mem_strdup(value);
		return !str_eq(word, "unless") || check_regex(r, value);
	}
	if (str_starts(word, "let ")) {
		strlist_add(&b->let_name, word + 4);
		strlist_add(&b->let_text, value);
		return true;
	}
	if (str_eq(word, "insert"))
		return read_rule(r, value);
	if (!str_eq(word, "indent"))
		return wrong(r, "no such word in a bait's header:", word);
	if (!str_to_int(value, 1, 16, &number))
		return wrong(r, "not a number of spaces:", value);
	b->indent = (int)number;
	return true;
}

static bool
read_header_line(struct reading *r, char *line)
{
	char *colon = strstr(line, ":");

	if (str_empty(str_trim(line)) || line[0] == '#')
		return true;
	if (colon == NULL)
		return wrong(r, "not \"word: value\":", line);
	*colon = '\0';
	return read_word(r, str_trim(line), str_trim(colon + 1));
}

static void
begin_section(struct bait *b, const char *name, int line)
{
	b->section = mem_resize(b->section, b->sections + 1, sizeof(*b->section));
	b->section[b->sections++] = (struct bait_section){ .name = mem_strdup(name), .text = mem_strdup(""),
		.line = line };
}

static bool
end_section(struct reading *r, const char *text, size_t len)
{
	struct bait *b = r->bait;

	if (b->sections == 0)
		return len == 0 || wrong(r, "text before the first section:", text);
	free(b->section[b->sections - 1].text);
	b->section[b->sections - 1].text = mem_strndup(text, len);
	return true;
}

static bool
read_sections(struct reading *r, const char *text)
{
	const char *begin = text, *at = text;

	while (*at != '\0') {
		size_t len = strcspn(at, "\n");

		r->line++;
		if (strncmp(at, "== ", 3) == 0) {
			char *name = mem_strndup(at + 3, len - 3);

			if (!end_section(r, begin, (size_t)(at - begin))) {
				free(name);
				return false;
			}
			begin_section(r->bait, str_trim(name), r->line + 1);
			free(name);
			begin = at + len + (at[len] == '\n');
		}
		at += len + (at[len] == '\n');
	}
	return end_section(r, begin, (size_t)(at - begin));
}

static bool
whole(struct reading *r)
{
	struct bait *b = r->bait;

	for (size_t i = 0; i < b->rules; i++)
		if (bait_section(b, b->rule[i].section) == NULL)
			return wrong(r, "there is no section", b->rule[i].section);
	if (str_empty(b->about) || (b->create.len == 0 && b->into.len == 0))
		return wrong(r, "\"about\" and one of \"new\" and \"into\" are needed in", b->name);
	if (b->create.len > 0 && bait_section(b, "file") == NULL)
		return wrong(r, "a new file needs the section", "file");
	return true;
}

static char *
name_of(const char *source)
{
	const char *slash = strrchr(source, '/'), *base = slash != NULL ? slash + 1 : source;
	const char *dot = strrchr(base, '.');

	return dot != NULL ? mem_strndup(base, (size_t)(dot - base)) : mem_strdup(base);
}

bool
bait_parse(struct bait *b, const char *text, const char *source, struct error *err)
{
	struct reading r = { .bait = b, .err = err };
	const char *at = text;
	bool header = true, ok = true;

	*b = (struct bait){ .name = name_of(source), .source = mem_strdup(source), .indent = 2 };
	while (ok && header && *at != '\0') {
		size_t len = strcspn(at, "\n");
		char *line = mem_strndup(at, len);

		r.line++;
		header = !str_eq(line, "---");
		ok = !header || read_header_line(&r, line);
		free(line);
		at += len + (at[len] == '\n');
	}
	if (ok && header)
		return wrong(&r, "no \"---\" ends the header of", b->name);
	return ok && read_sections(&r, at) && whole(&r);
}

void
bait_clear(struct bait *b)
{
	struct strlist *lists[] = { &b->fits, &b->into, &b->create, &b->commits, &b->let_name, &b->let_text,
		&b->also };

	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		strlist_clear(lists[i]);
	for (size_t i = 0; i < b->rules; i++) {
		free(b->rule[i].where);
		free(b->rule[i].section);
	}
	for (size_t i = 0; i < b->sections; i++) {
		free(b->section[i].name);
		free(b->section[i].text);
	}
	free(b->rule);
	free(b->section);
	free(b->name);
	free(b->source);
	free(b->about);
	free(b->unless);
	free(b->comment);
	free(b->scanner);
	*b = (struct bait){ .name = NULL };
}

const struct bait_section *
bait_section(const struct bait *b, const char *name)
{
	for (size_t i = 0; i < b->sections; i++)
		if (str_eq(b->section[i].name, name))
			return &b->section[i];
	return NULL;
}
