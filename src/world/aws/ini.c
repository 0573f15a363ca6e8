#include "world/aws/ini.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

/* "[ name ]" with a comment behind; NULL when the line is no section. The caller frees. */
static char *
section_of(const char *line)
{
	const char *end = strchr(line, ']');
	char *copy, *name;

	if (line[0] != '[' || end == NULL)
		return NULL;
	copy = mem_strndup(line + 1, (size_t)(end - line - 1));
	name = mem_strdup(str_trim(copy));
	free(copy);
	return name;
}

/* The value when the line is "name = value". The caller frees. */
static char *
value_of(const char *line, const char *name)
{
	const char *equals = strchr(line, '=');
	char *left, *value = NULL, *right;

	if (equals == NULL || line[0] == '#' || line[0] == ';' || line[0] == ' ' || line[0] == '\t')
		return NULL;
	left = mem_strndup(line, (size_t)(equals - line));
	if (str_eq_nocase(str_trim(left), name)) {
		right = mem_strdup(equals + 1);
		value = mem_strdup(str_trim(right));
		mem_free_secret(right);
	}
	free(left);
	return value;
}

static char *
look(const char *text, const char *section, const char *name, bool *has)
{
	bool inside = false;
	char *found = NULL;

	*has = false;
	while (*text != '\0' && found == NULL) {
		size_t len = strcspn(text, "\r\n");
		char *line = mem_strndup(text, len), *head = section_of(line);

		if (head != NULL) {
			inside = str_eq(head, section);
			*has |= inside;
		} else if (inside && name != NULL) {
			found = value_of(line, name);
		}
		free(head);
		mem_free_secret(line);
		text += len;
		text += strspn(text, "\r\n");
	}
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
