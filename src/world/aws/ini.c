#include "world/aws/ini.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

/* Where the reading stands: the option whose block may go on below it. */
struct place {
	bool inside;		/* of the wanted section */
	char *option;		/* NULL: none yet in this section */
	size_t indent;		/* of that option */
};

/* "kind name" with one space and without quotes around the name; "x" stays. The caller frees. */
static char *
plain_header(const char *from, size_t len)
{
	char *copy = mem_strndup(from, len), *name = str_trim(copy), *rest, *out;
	size_t kind = strcspn(name, " \t"), n;

	if (name[kind] == '\0') {
		out = mem_strdup(name);
	} else {
		rest = str_trim(name + kind);
		n = strlen(rest);
		if (n >= 2 && (rest[0] == '"' || rest[0] == '\'') && rest[n - 1] == rest[0]) {
			rest[n - 1] = '\0';
			rest++;
		}
		out = mem_printf("%.*s %s", (int)kind, name, rest);
	}
	free(copy);
	return out;
}

/* The section a line opens; NULL when it opens none. The caller frees. */
static char *
section_of(const char *line)
{
	const char *end = strrchr(line, ']');

	if (line[0] != '[' || end == NULL)
		return NULL;
	return plain_header(line + 1, (size_t)(end - line - 1));
}

/* Cuts "name = value" into its two sides, trimmed, in place; false when it is none. */
static bool
two_sides(char *line, char **name, char **value)
{
	size_t at = strcspn(line, "=:");

	if (line[at] == '\0')
		return false;
	line[at] = '\0';
	*name = str_trim(line);
	*value = str_trim(line + at + 1);
	return **name != '\0';
}

/* An option or a line of an option's block; its value when it is the wanted one. The caller frees. */
static char *
read_option(struct place *p, char *line, const char *wanted)
{
	size_t indent = strspn(line, " \t");
	bool deeper = p->option != NULL && indent > p->indent;
	char *name, *value, *whole, *found;

	if (!two_sides(line + indent, &name, &value))
		return NULL;
	whole = deeper ? mem_printf("%s.%s", p->option, name) : mem_strdup(name);
	found = wanted != NULL && str_eq_nocase(whole, wanted) ? mem_strdup(value) : NULL;
	if (deeper) {
		free(whole);
	} else {
		free(p->option);
		p->option = whole;
		p->indent = indent;
	}
	return found;
}

static void
enter(struct place *p, bool inside)
{
	free(p->option);
	*p = (struct place){ .inside = inside };
}

static char *
look(const char *text, const char *section, const char *name, bool *has)
{
	struct place p = { .inside = false };
	char *found = NULL;

	*has = false;
	while (*text != '\0') {
		size_t len = strcspn(text, "\r\n");
		char *line = mem_strndup(text, len), *head = section_of(line), *value = NULL;
		char first = line[strspn(line, " \t")];

		if (head != NULL) {
			enter(&p, str_eq(head, section));
			*has |= p.inside;
		} else if (p.inside && first != '#' && first != ';' && first != '\0') {
			value = read_option(&p, line, name);
		}
		if (value != NULL) {
			mem_free_secret(found);
			found = value;
		}
		free(head);
		mem_wipe(line, len);
		free(line);
		text += len;
		text += strspn(text, "\r\n");
	}
	free(p.option);
	return found;
}

char *
ini_value(const char *text, const char *section, const char *name)
{
	bool has;

	return look(text, section, name, &has);
}

bool
ini_has(const char *text, const char *section)
{
	bool has;

	free(look(text, section, NULL, &has));
	return has;
}
