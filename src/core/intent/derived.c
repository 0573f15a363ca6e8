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
	*set = (struct derived_set)DERIVED_SET_INIT;
}
