#include "world/trail/splitter.h"

#include <string.h>

static bool
blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ',' || c == '}' || c == '\0' || c == '\x1e' ||
	    c == '\xEF' || c == '\xBB' || c == '\xBF';
}

/* Past the string that begins at bytes[at]; 0 when it does not end. */
static size_t
skip_string(const char *bytes, size_t len, size_t at)
{
	for (at++; at < len; at++) {
		const char *quote = memchr(bytes + at, '"', len - at);
		size_t back;

		if (quote == NULL)
			return 0;
		at = (size_t)(quote - bytes);
		for (back = at; bytes[back - 1] == '\\';)
			back--;
		if ((at - back) % 2 == 0)
			return at + 1;
	}
	return 0;
}

static size_t
skip_blanks(const char *bytes, size_t len, size_t at)
{
	while (at < len && strchr(" \t\r\n", bytes[at]) != NULL && bytes[at] != '\0')
		at++;
	return at;
}

/* "Records" or "Events", a colon and a bracket: the place behind the bracket; 0 otherwise. */
static size_t
container_at(const char *bytes, size_t len, size_t key, size_t end)
{
	size_t n = end - key;

	if (!(n == 9 && memcmp(bytes + key, "\"Records\"", 9) == 0) &&
	    !(n == 8 && memcmp(bytes + key, "\"Events\"", 8) == 0))
		return 0;
	end = skip_blanks(bytes, len, end);
	if (end >= len || bytes[end] != ':')
		return 0;
	end = skip_blanks(bytes, len, end + 1);
	return end < len && bytes[end] == '[' ? end + 1 : 0;
}

/*
 * Walks from an opening bracket to behind its closing one; 0 when it does not
 * close. With `list`, stops at a container's list and says where it is.
 */
static size_t
walk(const char *bytes, size_t len, size_t at, int depth, size_t *list)
{
	while (at < len) {
		size_t key = at;

		switch (bytes[at]) {
		case '"':
			at = skip_string(bytes, len, at);
			if (at == 0)
				return 0;
			if (list != NULL && depth == 1 && (*list = container_at(bytes, len, key, at)) != 0)
				return *list;
			break;
		case '{':
		case '[':
			depth++;
			at++;
			break;
		case '}':
		case ']':
			at++;
			if (--depth == 0)
				return at;
			break;
		default:
			at++;
		}
	}
	return 0;
}

static enum split
item(struct splitter *s, const char *bytes, size_t len, size_t *at)
{
	size_t list = 0;
	bool top = s->lists == 0;
	size_t end = walk(bytes, len, *at, 0, top ? &list : NULL);

	s->item_at = *at;
	s->lone = top;
	if (end == 0)
		return SPLIT_MORE;
	*at = end;
	if (list != 0) {
		s->lists = 1;
		s->container = true;
		return splitter_next(s, bytes, len, at);
	}
	s->item_len = end - s->item_at;
	return SPLIT_ITEM;
}

/* Leaves a list; of a container also what stands behind it. */
static enum split
leave(struct splitter *s, const char *bytes, size_t len, size_t *at)
{
	size_t end;

	if (s->lists > 1 || !s->container) {
		s->lists -= s->lists > 0;
		(*at)++;
		return splitter_next(s, bytes, len, at);
	}
	end = walk(bytes, len, *at + 1, 1, NULL);
	s->item_at = *at;
	if (end == 0)
		return SPLIT_MORE;
	s->lists = 0;
	s->container = false;
	*at = end;
	return splitter_next(s, bytes, len, at);
}

/* Bytes that begin no item: up to the next that may. */
static enum split
damage(const char *bytes, size_t len, size_t *at)
{
	size_t i = *at;

	if (bytes[i] == '"') {
		size_t end = skip_string(bytes, len, i);

		i = end != 0 ? end : i + 1;
	} else {
		i++;
	}
	while (i < len && bytes[i] != '{' && bytes[i] != '[' && bytes[i] != ']' && bytes[i] != '\n' &&
	    bytes[i] != '"')
		i++;
	*at = i;
	return SPLIT_DAMAGE;
}

enum split
splitter_next(struct splitter *s, const char *bytes, size_t len, size_t *at)
{
	while (*at < len && blank(bytes[*at]))
		(*at)++;
	if (*at >= len)
		return SPLIT_END;
	switch (bytes[*at]) {
	case '{':
		return item(s, bytes, len, at);
	case '[':
		/* A list of lists is no shape of ours, but its items may be. */
		s->lists++;
		(*at)++;
		return s->lists > 64 ? damage(bytes, len, at) : splitter_next(s, bytes, len, at);
	case ']':
		return leave(s, bytes, len, at);
	default:
		return damage(bytes, len, at);
	}
}

size_t
splitter_resume(struct splitter *s, const char *bytes, size_t len, size_t item_at)
{
	static const char first_key[] = "{\"eventVersion\"";
	const char *record = NULL, *line = NULL;
	size_t from = item_at + 1;

	if (from >= len)
		return len;
	record = memmem(bytes + from, len - from, first_key, sizeof(first_key) - 1);
	if (s->lone)
		line = memmem(bytes + from, len - from, "\n{", 2);
	if (line != NULL && (record == NULL || line < record))
		return (size_t)(line - bytes) + 1;
	return record != NULL ? (size_t)(record - bytes) : len;
}
