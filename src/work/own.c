#include "work/own.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/when.h"
#include "store/store.h"

#define OWN "own:"

bool
own_note(struct store *s, const char *arn, int64_t now_ms, struct error *err)
{
	char at[WHEN_TEXT_MAX];
	char *name = mem_printf(OWN "%s", arn);
	bool ok = meta_set(s, name, when_utc(now_ms, at), err);

	free(name);
	return ok;
}

bool
own_load(struct store *s, struct strlist *arns, struct error *err)
{
	struct strlist names = STRLIST_INIT;
	bool ok = meta_names(s, OWN, &names, err);

	strlist_clear(arns);
	for (size_t i = 0; i < names.len; i++)
		strlist_add(arns, names.item[i] + sizeof(OWN) - 1);
	strlist_clear(&names);
	return ok;
}

bool
own_event(const struct strlist *arns, const struct event *e)
{
	return e->arn != NULL && strlist_has(arns, e->arn);
}
