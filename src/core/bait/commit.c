#include "core/bait/commit.h"

#include <ctype.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* "fix: x", "feat(api)!: x" (conventionalcommits.org 1.0.0, item 1) */
static bool
conventional(const char *s)
{
	static const char *const types[] = { "build", "chore", "ci", "docs", "feat", "fix", "perf", "refactor",
		"revert", "style", "test" };
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz");

	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		const char *rest = s + n;

		if (strlen(types[i]) != n || strncmp(types[i], s, n) != 0)
			continue;
		if (*rest == '(')
			rest += strcspn(rest, ")") + (strchr(rest, ')') != NULL);
		rest += *rest == '!';
		return rest[0] == ':' && rest[1] == ' ';
	}
	return false;
}

static bool
capital(const char *s)
{
	return isupper((unsigned char)s[0]) != 0;
}

static bool
full_stop(const char *s)
{
	return str_ends(s, ".") && !str_ends(s, "..");
}

static bool
most(const struct strlist *subjects, bool (*is)(const char *))
{
	size_t n = 0;

	for (size_t i = 0; i < subjects->len; i++)
		n += is(subjects->item[i]);
	return n * 2 > subjects->len;
}

char *
commit_message(const char *message, const struct strlist *subjects)
{
	bool typed = most(subjects, conventional);
	char *text = mem_printf("%s%s%s", typed ? "chore: " : "", message, most(subjects, full_stop) ? "." : "");

	if (!typed && (subjects->len == 0 || most(subjects, capital)))
		text[0] = (char)toupper((unsigned char)text[0]);
	return text;
}

/* As GitHub's CODEOWNERS: a leading "/" anchors, a trailing "/" is a directory, no slash is any depth. */
static bool
owns(const char *pattern, const char *path)
{
	const char *slash = strrchr(path, '/'), *base = slash != NULL ? slash + 1 : path;
	bool anchored = pattern[0] == '/';
	const char *p = pattern + anchored;
	size_t len = strlen(p);

	if (str_eq(p, "*"))
		return !anchored || slash == NULL;
	if (strchr(p, '/') == NULL && fnmatch(p, base, 0) == 0 && !anchored)
		return true;
	if (str_ends(p, "/**") || str_ends(p, "/")) {
		len -= str_ends(p, "/") ? 1 : 3;
		return (strncmp(path, p, len) == 0 && path[len] == '/') ||
		    (!anchored && memmem(path, strlen(path), p, strlen(p)) != NULL);
	}
	return fnmatch(p, path, FNM_PATHNAME) == 0 || (strncmp(path, p, len) == 0 && path[len] == '/');
}

static void
read_line(char *line, const char *path, char **owners)
{
	char *rest;

	line[strcspn(line, "#")] = '\0';
	line = str_trim(line);
	rest = line + strcspn(line, " \t");
	if (*line == '\0')
		return;
	if (*rest != '\0')
		*rest++ = '\0';
	if (!owns(line, path))
		return;
	free(*owners);
	rest = str_trim(rest);
	*owners = *rest != '\0' ? mem_strdup(rest) : NULL;
}

char *
codeowners_of(const char *codeowners, const char *path)
{
	struct strlist lines = STRLIST_INIT;
	char *owners = NULL;

	strlist_split(&lines, codeowners, "\r\n");
	for (size_t i = 0; i < lines.len; i++)
		read_line(lines.item[i], path, &owners);
	strlist_clear(&lines);
	return owners;
}
