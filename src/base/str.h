/*
 * base/str.h: questions about C strings, and lists and maps of them.
 *
 * Every function takes NULL as "no string": it equals nothing and starts with
 * nothing. Matching of patterns is the shell's, with `*` and `?` only.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

bool str_eq(const char *a, const char *b);
bool str_eq_nocase(const char *a, const char *b);	/* ASCII only */
bool str_starts(const char *s, const char *prefix);
bool str_starts_nocase(const char *s, const char *prefix);
bool str_ends(const char *s, const char *suffix);
bool str_contains_nocase(const char *s, const char *part);	/* ASCII only */
bool str_empty(const char *s);				/* NULL or "" */
/* `s` if it says something, else `other`. */
const char *str_or(const char *s, const char *other);
/* Shell-like: `*` any run, `?` any one byte; case is kept. */
bool str_match(const char *pattern, const char *s);
bool str_match_nocase(const char *pattern, const char *s);
/* Cuts white space at both ends, in place; returns its beginning inside s. */
char *str_trim(char *s);

/* A whole number in [min, max] and nothing else in the string. */
bool str_to_int(const char *s, int64_t min, int64_t max, int64_t *out);
/* Bytes, at least one: "4096", "512M", "1G", "2GiB". K, M, G and T are powers of 1024. */
bool str_to_size(const char *s, int64_t *out);
/* The name nearest to `word` among `n` names when near enough to suggest; NULL otherwise. */
const char *str_suggest(const char *word, const char *const *names, size_t n);

/* A growing list of owned strings. */
struct strlist {
	char **item;
	size_t len;
	size_t cap;
};

#define STRLIST_INIT { .item = NULL, .len = 0, .cap = 0 }

void strlist_add(struct strlist *l, const char *s);	/* copies */
void strlist_take(struct strlist *l, char *s);		/* takes over */
bool strlist_has(const struct strlist *l, const char *s);
/* Adds unless there; true when added. */
bool strlist_add_new(struct strlist *l, const char *s);
void strlist_sort(struct strlist *l);
/* Parts between any of the bytes in `separators`, trimmed; empty ones are left out. */
void strlist_split(struct strlist *l, const char *s, const char *separators);
/* "a, b, c"; the caller frees. */
char *strlist_join(const struct strlist *l, const char *separator);
void strlist_copy(struct strlist *to, const struct strlist *from);
void strlist_clear(struct strlist *l);

/*
 * A map from string to pointer; keys are copied, values are borrowed.
 * Iterate: for (size_t i = 0; map_next(&m, &i, &key, &value);) …
 */
struct map {
	struct map_slot *slot;
	size_t len;
	size_t cap;	/* a power of two, or 0 */
};

#define MAP_INIT { .slot = NULL, .len = 0, .cap = 0 }

void *map_get(const struct map *m, const char *key);	/* NULL if not there */
bool map_has(const struct map *m, const char *key);
/* Puts or replaces; returns the value that was there before, or NULL. */
void *map_put(struct map *m, const char *key, void *value);
/* Takes out; returns the value that was there, or NULL. */
void *map_remove(struct map *m, const char *key);
bool map_next(const struct map *m, size_t *at, const char **key, void **value);
/* Frees the map; calls free_value on each value unless NULL. */
void map_clear(struct map *m, void (*free_value)(void *));

#endif
