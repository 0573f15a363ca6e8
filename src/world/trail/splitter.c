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

/* The members that hold a list of items: of S3 and LookupEvents, then of CloudWatch Logs. */
static const char *const containers[] = { "\"Records\"", "\"Events\"", "\"records\"", "\"events\"", "\"logEvents\"" };

/* "Records" or the like, a colon and a bracket: the place behind the bracket; 0 otherwise. */
static size_t
container_at(const char *bytes, size_t len, size_t key, size_t end)
{
	bool one = false;

	for (size_t i = 0; !one && i < sizeof(containers) / sizeof(containers[0]); i++)
		one = strlen(containers[i]) == end - key && memcmp(bytes + key, containers[i], end - key) == 0;
	if (!one)
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

/* Keys that items begin with: of records and LookupEvents entries, as AWS writes them and sorted by name. */
static const char *const first_keys[] = { "\"eventVersion\"", "\"EventId\"", "\"awsRegion\"", "\"additionalEventData\"",
	"\"AccessKeyId\"", "\"CloudTrailEvent\"" };

/* The key, with its quotes, that the object at bytes[at] begins with. */
static size_t
first_key(const char *bytes, size_t len, size_t at, size_t *key)
{
	size_t end;

	*key = bytes[at] == '{' ? skip_blanks(bytes, len, at + 1) : len;
	if (*key >= len || bytes[*key] != '"')
		return 0;
	end = brackets_string_end(bytes, len, *key);
	return end == 0 || end - *key > 64 ? 0 : end - *key;
}

static bool
begins_item(const char *bytes, size_t len, size_t at, const char *own, size_t own_len)
{
	size_t key = skip_blanks(bytes, len, at + 1), left = len - key;

	if (left == 0 || bytes[key] != '"')
		return false;
	if (own_len > 0 && left >= own_len && memcmp(bytes + key, own, own_len) == 0)
		return true;
	for (size_t i = 0; i < sizeof(first_keys) / sizeof(first_keys[0]); i++) {
		size_t n = strlen(first_keys[i]);

		if (left >= n && memcmp(bytes + key, first_keys[i], n) == 0)
			return true;
	}
	return false;
}

/* The first item to begin in bytes[from..to), or `to`. No string holds one: its quotes would be escaped. */
static size_t
next_beginning(const char *bytes, size_t len, size_t from, size_t to, const char *own, size_t own_len)
{
	for (size_t at = from; at < to; at++) {
		const char *brace = memchr(bytes + at, '{', to - at);

		if (brace == NULL)
			return to;
		at = (size_t)(brace - bytes);
		if (begins_item(bytes, len, at, own, own_len))
			return at;
	}
	return to;
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
	*at = next_beginning(bytes, len, *at, end, NULL, 0);
	if (*at < end)
		return false;	/* the bracket was a broken item's, not the list's */
	s->lists = 0;
	s->container = false;
	return false;
}

/* A record written as a string into a list: what a query of the aws CLI leaves of an answer. */
static bool
text_item(struct splitter *s, const char *bytes, size_t len, size_t *at)
{
	size_t end, next;

	if (s->lists == 0 || len - *at < 2 || bytes[*at + 1] != '{')
		return false;
	end = brackets_string_end(bytes, len, *at);
	next = end == 0 ? len : skip_blanks(bytes, len, end);
	if (next >= len || (bytes[next] != ',' && bytes[next] != ']'))
		return false;
	s->item_at = *at;
	s->item_len = end - *at;
	s->lone = false;
	*at = end;
	return true;
}

/* Bytes that begin no item: up to the next that may. */
static enum split
damage(const char *bytes, size_t len, size_t *at)
{
	size_t i = *at;

	if (bytes[i] == '"') {
		size_t end = brackets_string_end(bytes, len, i);

		i = end != 0 ? next_beginning(bytes, len, i + 1, end, NULL, 0) : i + 1;
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
		case '"':
			if (text_item(s, bytes, len, at))
				return SPLIT_ITEM;
			return damage(bytes, len, at);
		default:
			return damage(bytes, len, at);
		}
	}
}

/* Items of one text begin alike, so the key of the broken one tells where others begin. */
size_t
splitter_resume(struct splitter *s, const char *bytes, size_t len, size_t item_at)
{
	size_t own = 0, own_len = first_key(bytes, len, item_at, &own);
	const char *line = NULL;
	size_t to = len;

	if (s->lone && item_at + 1 < len)
		line = memmem(bytes + item_at + 1, len - item_at - 1, "\n{", 2);
	if (line != NULL)
		to = (size_t)(line - bytes) + 1;
	return next_beginning(bytes, len, item_at + 1, to, bytes + own, own_len);
}
