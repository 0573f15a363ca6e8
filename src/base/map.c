/* The map half of base/str.h: open addressing, linear probing, FNV-1a, no tombstones. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

struct map_slot {
	char *key;	/* NULL: free */
	void *value;
	uint64_t hash;
};

static uint64_t
hash_of(const char *key)
{
	uint64_t h = 1469598103934665603U;

	for (; *key != '\0'; key++) {
		h ^= (unsigned char)*key;
		h *= 1099511628211U;
	}
	return h;
}

static struct map_slot *
find(const struct map *m, const char *key, uint64_t hash)
{
	if (m->cap == 0)
		return NULL;
	for (size_t i = hash & (m->cap - 1);; i = (i + 1) & (m->cap - 1)) {
		struct map_slot *s = &m->slot[i];

		if (s->key == NULL)
			return NULL;
		if (s->hash == hash && strcmp(s->key, key) == 0)
			return s;
	}
}

static struct map_slot *
free_slot(struct map *m, uint64_t hash)
{
	size_t i = hash & (m->cap - 1);

	while (m->slot[i].key != NULL)
		i = (i + 1) & (m->cap - 1);
	return &m->slot[i];
}

static void
rehash(struct map *m, size_t cap)
{
	struct map old = *m;

	m->slot = mem_zalloc(cap, sizeof(*m->slot));
	m->cap = cap;
	for (size_t i = 0; i < old.cap; i++)
		if (old.slot[i].key != NULL)
			*free_slot(m, old.slot[i].hash) = old.slot[i];
	free(old.slot);
}

void *
map_get(const struct map *m, const char *key)
{
	struct map_slot *s = key == NULL ? NULL : find(m, key, hash_of(key));

	return s == NULL ? NULL : s->value;
}

bool
map_has(const struct map *m, const char *key)
{
	return key != NULL && find(m, key, hash_of(key)) != NULL;
}

void *
map_put(struct map *m, const char *key, void *value)
{
	uint64_t hash = hash_of(key);
	struct map_slot *s = find(m, key, hash);

	if (s != NULL) {
		void *old = s->value;

		s->value = value;
		return old;
	}
	if ((m->len + 1) * 4 > m->cap * 3)
		rehash(m, m->cap == 0 ? 16 : m->cap * 2);
	s = free_slot(m, hash);
	*s = (struct map_slot){ .key = mem_strdup(key), .value = value, .hash = hash };
	m->len++;
	return NULL;
}

/* Moves later members of the same run back over the hole at `hole`. */
static void
close_hole(struct map *m, size_t hole)
{
	size_t mask = m->cap - 1;

	for (size_t i = (hole + 1) & mask; m->slot[i].key != NULL; i = (i + 1) & mask) {
		size_t home = m->slot[i].hash & mask;

		if (((i - home) & mask) < ((i - hole) & mask))
			continue;
		m->slot[hole] = m->slot[i];
		hole = i;
	}
	m->slot[hole] = (struct map_slot){ .key = NULL };
}

void *
map_remove(struct map *m, const char *key)
{
	struct map_slot *s = key == NULL ? NULL : find(m, key, hash_of(key));
	void *value;

	if (s == NULL)
		return NULL;
	value = s->value;
	free(s->key);
	m->len--;
	close_hole(m, (size_t)(s - m->slot));
	return value;
}

bool
map_next(const struct map *m, size_t *at, const char **key, void **value)
{
	while (*at < m->cap) {
		const struct map_slot *s = &m->slot[(*at)++];

		if (s->key == NULL)
			continue;
		if (key != NULL)
			*key = s->key;
		if (value != NULL)
			*value = s->value;
		return true;
	}
	return false;
}

void
map_clear(struct map *m, void (*free_value)(void *))
{
	for (size_t i = 0; i < m->cap; i++) {
		if (m->slot[i].key == NULL)
			continue;
		free(m->slot[i].key);
		if (free_value != NULL)
			free_value(m->slot[i].value);
	}
	free(m->slot);
	*m = (struct map)MAP_INIT;
}
