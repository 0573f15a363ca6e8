#include "world/trail/splitter.h"

#include <string.h>

#include "world/trail/brackets.h"

enum { LISTS_MAX = 64 };

static bool
blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ',' || c == '}' || c == '\0' || c == '\x1e' ||
	    c == '\xEF' || c == '\xBB' || c == '\xBF';
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
 * Behind the object that begins at bytes[at], or 0 when it does not close. If
 * it is a container, stops at its list instead and says where that begins.
 */
static size_t
object_end(const char *bytes, size_t len, size_t at, size_t *list)
{
	for (at++; at < len && at != 0;) {
		size_t key = at;

		switch (bytes[at]) {
		case '"':
			at = brackets_string_end(bytes, len, at);
			if (at != 0 && (*list = container_at(bytes, len, key, at)) != 0)
				return *list;
			break;
		case '\\':
			at += 2;
			break;
		case '{':
		case '[':
			at = brackets_close(bytes, len, at + 1, 1);
			break;
		case '}':
		case ']':
			return at + 1;
		default:
			at++;
		}
	}
	return 0;
}

/* Steps of splitter_next(): true when `found` is the answer, false to look on. */
static bool
item(struct splitter *s, const char *bytes, size_t len, size_t *at, enum split *found)
{
	size_t list = 0;
	bool top = s->lists == 0;
	size_t end = top ? object_end(bytes, len, *at, &list) : brackets_close(bytes, len, *at + 1, 1);

	s->item_at = *at;
	s->lone = top;
	*found = end == 0 ? SPLIT_MORE : SPLIT_ITEM;
	if (end == 0)
		return true;
	*at = end;
	if (list != 0) {
		s->lists = 1;
		s->container = true;
		return false;
	}
	s->item_len = end - s->item_at;
	return true;
}

/* Leaves a list; of a container also what stands behind it. */
static bool
leave(struct splitter *s, const char *bytes, size_t len, size_t *at, enum split *found)
{
	size_t end;

	if (s->lists > 1 || !s->container) {
		s->lists -= s->lists > 0;
		(*at)++;
		return false;
	}
	end = brackets_close(bytes, len, *at + 1, 1);
	s->item_at = *at;
	*found = SPLIT_MORE;
	if (end == 0)
		return true;
	s->lists = 0;
	s->container = false;
	*at = end;
	return false;
}

/* Bytes that begin no item: up to the next that may. */
static enum split
damage(const char *bytes, size_t len, size_t *at)
{
	size_t i = *at;

	if (bytes[i] == '"') {
		size_t end = brackets_string_end(bytes, len, i);

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
	enum split found;

	for (;;) {
		while (*at < len && blank(bytes[*at]))
			(*at)++;
		if (*at >= len)
			return SPLIT_END;
		switch (bytes[*at]) {
		case '{':
			if (item(s, bytes, len, at, &found))
				return found;
			break;
		case '[':
			/* A list of lists is no shape of ours, but its items may be. */
			if (s->lists >= LISTS_MAX)
				return damage(bytes, len, at);
			s->lists++;
			(*at)++;
			break;
		case ']':
			if (leave(s, bytes, len, at, &found))
				return found;
			break;
		default:
			return damage(bytes, len, at);
		}
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
