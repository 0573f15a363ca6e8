#include "core/model/sighting.h"

#include <stdlib.h>
#include <string.h>

#include "base/enum.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/when.h"

/* Every owned string once, so that copy and clear cannot forget one. */
#define OWNED_STRINGS(X) \
	X(key_id) X(event_id) X(source) X(name) X(region) X(account) X(ip) X(user_agent) \
	X(error_code) X(error_message) X(identity_type) X(actor) X(via) X(service_code) \
	X(resource) X(stage) X(also_stage) X(label) X(label_reason) X(raw)

ENUM_TEXT(sighting_kind, sighting_kind, SIGHTING_KINDS)

void
sighting_init(struct sighting *s)
{
	*s = (struct sighting){ .time_ms = WHEN_NONE, .seen_ms = WHEN_NONE };
}

void
sighting_copy(struct sighting *to, const struct sighting *from)
{
	*to = *from;
#define X(member) to->member = mem_strdup(from->member);
	OWNED_STRINGS(X)
#undef X
}

void
sighting_clear(struct sighting *s)
{
#define X(member) free(s->member);
	OWNED_STRINGS(X)
#undef X
	sighting_init(s);
}

void
sighting_list_take(struct sighting_list *l, struct sighting *s)
{
	MEM_GROW(l->item, l->len, l->cap);
	l->item[l->len++] = *s;
	sighting_init(s);
}

static int
by_time(const void *a, const void *b)
{
	const struct sighting *s = a, *t = b;

	if (s->time_ms != t->time_ms)
		return s->time_ms < t->time_ms ? -1 : 1;
	return strcmp(str_or(s->event_id, ""), str_or(t->event_id, ""));
}

void
sighting_list_sort(struct sighting_list *l)
{
	if (l->len > 1)
		qsort(l->item, l->len, sizeof(*l->item), by_time);
}

void
sighting_list_clear(struct sighting_list *l)
{
	for (size_t i = 0; i < l->len; i++)
		sighting_clear(&l->item[i]);
	free(l->item);
	*l = (struct sighting_list)SIGHTING_LIST_INIT;
}
