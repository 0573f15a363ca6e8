/* The list half of base/str.h. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"

void
strlist_take(struct strlist *l, char *s)
{
	MEM_GROW(l->item, l->len, l->cap);
	l->item[l->len++] = s;
}

void
strlist_add(struct strlist *l, const char *s)
{
	strlist_take(l, mem_strdup(s));
}

bool
strlist_has(const struct strlist *l, const char *s)
{
	for (size_t i = 0; i < l->len; i++)
		if (str_eq(l->item[i], s))
			return true;
	return false;
}

bool
strlist_add_new(struct strlist *l, const char *s)
{
	if (s == NULL || strlist_has(l, s))
		return false;
	strlist_add(l, s);
	return true;
}

static int
by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void
strlist_sort(struct strlist *l)
{
	if (l->len > 1)
		qsort(l->item, l->len, sizeof(*l->item), by_bytes);
}

void
strlist_split(struct strlist *l, const char *s, const char *separators)
{
	if (s == NULL)
		return;
	while (*s != '\0') {
		size_t len = strcspn(s, separators);
		char *part = mem_strndup(s, len), *trimmed = str_trim(part);

		if (*trimmed != '\0')
			strlist_add(l, trimmed);
		free(part);
		s += len + (s[len] != '\0');
	}
}

char *
strlist_join(const struct strlist *l, const char *separator)
{
	struct buf b = BUF_INIT(BUF_REPORT);

	for (size_t i = 0; i < l->len; i++) {
		if (i > 0)
			buf_puts(&b, separator);
		buf_puts(&b, l->item[i]);
	}
	return buf_take(&b);
}

void
strlist_copy(struct strlist *to, const struct strlist *from)
{
	for (size_t i = 0; i < from->len; i++)
		strlist_add(to, from->item[i]);
}

void
strlist_clear(struct strlist *l)
{
	for (size_t i = 0; i < l->len; i++)
		free(l->item[i]);
	free(l->item);
	*l = (struct strlist)STRLIST_INIT;
}
