#include "core/intent/derived.h"

#include <stdlib.h>

#include "base/mem.h"

bool
derived_add(struct derived_set *set, const struct derived *d)
{
	struct derived *copy;

	if (str_empty(d->derived_key) || map_has(&set->by_key, d->derived_key))
		return false;
	copy = mem_alloc(sizeof(*copy));
	*copy = *d;
	copy->derived_key = mem_strdup(d->derived_key);
	copy->key_id = mem_strdup(d->key_id);
	copy->parent = mem_strdup(d->parent);
	copy->event_id = mem_strdup(d->event_id);
	MEM_GROW(set->item, set->len, set->cap);
	set->item[set->len++] = copy;
	(void)map_put(&set->by_key, copy->derived_key, copy);
	return true;
}

const struct derived *
derived_find(const struct derived_set *set, const char *key_id)
{
	return map_get(&set->by_key, key_id);
}

/* "2 svc-mailer": the kind keeps ids of different kinds apart. */
static char *
identity_text(enum identity_kind kind, const char *id)
{
	return mem_printf("%d %s", (int)kind, id);
}

static bool
put_identity(struct derived_set *set, const char *text, const char *key_id)
{
	if (map_has(&set->identity, text))
		return false;
	(void)map_put(&set->identity, text, mem_strdup(key_id));
	return true;
}

bool
derived_add_identity(struct derived_set *set, enum identity_kind kind, const char *id, const char *key_id)
{
	char *text;
	bool new;

	if (str_empty(id))
		return false;
	text = identity_text(kind, id);
	new = put_identity(set, text, key_id);
	free(text);
	return new;
}

const char *
derived_identity(const struct derived_set *set, enum identity_kind kind, const char *id)
{
	char *text;
	const char *key_id;

	if (str_empty(id) || set->identity.len == 0)
		return NULL;
	text = identity_text(kind, id);
	key_id = map_get(&set->identity, text);
	free(text);
	return key_id;
}

bool
derived_next_identity(const struct derived_set *set, size_t *at, enum identity_kind *kind, const char **id)
{
	const char *text;
	void *key_id;

	if (!map_next(&set->identity, at, &text, &key_id))
		return false;
	*kind = (enum identity_kind)(text[0] - '0');
	*id = text + 2;
	return true;
}

bool
derived_merge(struct derived_set *set, const struct derived_set *from)
{
	const char *text;
	void *key_id;
	bool new = false;

	for (size_t i = 0; i < from->len; i++)
		new |= derived_add(set, from->item[i]);
	for (size_t at = 0; map_next(&from->identity, &at, &text, &key_id);)
		new |= put_identity(set, text, key_id);
	return new;
}

void
derived_set_clear(struct derived_set *set)
{
	for (size_t i = 0; i < set->len; i++) {
		free(set->item[i]->derived_key);
		free(set->item[i]->key_id);
		free(set->item[i]->parent);
		free(set->item[i]->event_id);
		free(set->item[i]);
	}
	free(set->item);
	map_clear(&set->by_key, NULL);
	map_clear(&set->identity, free);
	*set = (struct derived_set)DERIVED_SET_INIT;
}
