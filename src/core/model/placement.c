#include "core/model/placement.h"

#include <stdlib.h>
#include <string.h>

#include "base/enum.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/when.h"

ENUM_TEXT(placement_state, placement_state, PLACEMENT_STATES)

void
placement_init(struct placement *p)
{
	*p = (struct placement){ .planted_ms = WHEN_NONE, .verified_ms = WHEN_NONE };
}

void
placement_copy(struct placement *to, const struct placement *from)
{
	*to = *from;
	to->key_id = mem_strdup(from->key_id);
	to->bait = mem_strdup(from->bait);
	to->repo = mem_strdup(from->repo);
	to->remote = mem_strdup(from->remote);
	to->path = mem_strdup(from->path);
	to->branch = mem_strdup(from->branch);
	to->commit = mem_strdup(from->commit);
	to->owner = mem_strdup(from->owner);
	to->planted_by = mem_strdup(from->planted_by);
	to->sha256 = mem_strdup(from->sha256);
	to->spans = mem_strdup(from->spans);
	to->traits = mem_strdup(from->traits);
	to->copies = mem_strdup(from->copies);
	to->accepted = mem_strdup(from->accepted);
}

void
placement_clear(struct placement *p)
{
	free(p->key_id);
	free(p->bait);
	free(p->repo);
	free(p->remote);
	free(p->path);
	free(p->branch);
	free(p->commit);
	free(p->owner);
	free(p->planted_by);
	free(p->sha256);
	free(p->spans);
	free(p->traits);
	free(p->copies);
	free(p->accepted);
	placement_init(p);
}

char *
placement_trait(const struct placement *p, const char *name)
{
	struct strlist words = STRLIST_INIT;
	char *value = NULL;
	size_t n = strlen(name);

	strlist_split(&words, p->traits, " ");
	for (size_t i = 0; i < words.len && value == NULL; i++)
		if (strncmp(words.item[i], name, n) == 0 && words.item[i][n] == '=')
			value = mem_strdup(words.item[i] + n + 1);
	strlist_clear(&words);
	return value;
}

struct placement *
placement_list_add(struct placement_list *l)
{
	MEM_GROW(l->item, l->len, l->cap);
	placement_init(&l->item[l->len]);
	return &l->item[l->len++];
}

void
placement_list_clear(struct placement_list *l)
{
	for (size_t i = 0; i < l->len; i++)
		placement_clear(&l->item[i]);
	free(l->item);
	*l = (struct placement_list)PLACEMENT_LIST_INIT;
}
