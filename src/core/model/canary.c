#include "core/model/canary.h"

#include <stdlib.h>

#include "base/enum.h"
#include "base/mem.h"

ENUM_TEXT(canary_state, canary_state, CANARY_STATES)
ENUM_TEXT(canary_level, canary_level, CANARY_LEVELS)

void
canary_init(struct canary *c)
{
	*c = (struct canary){ .created_ms = WHEN_NONE, .tripped_ms = WHEN_NONE,
		.retired_ms = WHEN_NONE };
}

void
canary_copy(struct canary *to, const struct canary *from)
{
	*to = *from;
	to->key_id = mem_strdup(from->key_id);
	to->account = mem_strdup(from->account);
	to->user_name = mem_strdup(from->user_name);
	to->user_id = mem_strdup(from->user_id);
	to->arn = mem_strdup(from->arn);
	to->owner = mem_strdup(from->owner);
	to->note = mem_strdup(from->note);
	to->origin = mem_strdup(from->origin);
	to->batch = mem_strdup(from->batch);
	to->sealed_secret = mem_strdup(from->sealed_secret);
	to->tags = (struct strlist)STRLIST_INIT;
	strlist_copy(&to->tags, &from->tags);
}

void
canary_clear(struct canary *c)
{
	free(c->key_id);
	free(c->account);
	free(c->user_name);
	free(c->user_id);
	free(c->arn);
	free(c->owner);
	free(c->note);
	free(c->origin);
	free(c->batch);
	mem_free_secret(c->sealed_secret);
	strlist_clear(&c->tags);
	canary_init(c);
}

void
canary_set_add(struct canary_set *set, const struct canary *c)
{
	MEM_GROW(set->item, set->len, set->cap);
	canary_copy(&set->item[set->len++], c);
	set->indexed = false;
}

void
canary_set_take(struct canary_set *set, struct canary *c)
{
	MEM_GROW(set->item, set->len, set->cap);
	set->item[set->len++] = *c;
	set->indexed = false;
	canary_init(c);
}

static void
put(struct map *m, const char *key, struct canary *c)
{
	if (!str_empty(key) && !map_has(m, key))
		(void)map_put(m, key, c);
}

void
canary_set_index(struct canary_set *set)
{
	map_clear(&set->by_key, NULL);
	map_clear(&set->by_user_id, NULL);
	map_clear(&set->by_arn, NULL);
	map_clear(&set->by_user, NULL);
	map_clear(&set->by_bare_user, NULL);
	for (size_t i = 0; i < set->len; i++) {
		struct canary *c = &set->item[i];

		put(&set->by_key, c->key_id, c);
		put(&set->by_user_id, c->user_id, c);
		put(&set->by_arn, c->arn, c);
		if (str_empty(c->user_name))
			continue;
		if (str_empty(c->account))	/* stands before one whose account is known */
			(void)map_put(&set->by_bare_user, c->user_name, c);
		else
			put(&set->by_bare_user, c->user_name, c);
		if (!str_empty(c->account)) {
			char *full = mem_printf("%s/%s", c->account, c->user_name);

			put(&set->by_user, full, c);
			free(full);
		}
	}
	set->indexed = true;
}

const struct canary *
canary_by_key(const struct canary_set *set, const char *key_id)
{
	return map_get(&set->by_key, key_id);
}

const struct canary *
canary_by_user_id(const struct canary_set *set, const char *user_id)
{
	return str_empty(user_id) ? NULL : map_get(&set->by_user_id, user_id);
}

const struct canary *
canary_by_arn(const struct canary_set *set, const char *arn)
{
	return str_empty(arn) ? NULL : map_get(&set->by_arn, arn);
}

const struct canary *
canary_by_user(const struct canary_set *set, const char *account, const char *user_name)
{
	const struct canary *c;
	char *full;

	if (str_empty(user_name))
		return NULL;
	if (!str_empty(account)) {
		full = mem_printf("%s/%s", account, user_name);
		c = map_get(&set->by_user, full);
		free(full);
		if (c != NULL)
			return c;
	}
	c = map_get(&set->by_bare_user, user_name);
	if (c != NULL && !str_empty(account) && !str_empty(c->account))
		return NULL;
	return c;
}

void
canary_set_clear(struct canary_set *set)
{
	for (size_t i = 0; i < set->len; i++)
		canary_clear(&set->item[i]);
	free(set->item);
	map_clear(&set->by_key, NULL);
	map_clear(&set->by_user_id, NULL);
	map_clear(&set->by_arn, NULL);
	map_clear(&set->by_user, NULL);
	map_clear(&set->by_bare_user, NULL);
	*set = (struct canary_set)CANARY_SET_INIT;
}
