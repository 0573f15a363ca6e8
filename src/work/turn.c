#include "work/turn.h"

#include <stdlib.h>

#include "base/mem.h"
#include "os/clock.h"
#include "store/leases.h"
#include "store/store.h"

/* Far longer than a step between two renewals takes. */
enum { TURN_MS = 600000 };

bool
turn_renew(struct turn *t, struct error *err)
{
	char *name;
	int64_t now = clock_now_ms();
	bool mine = false, ok;

	if (t->holder == NULL)
		return true;
	name = mem_printf("turn/%s", t->name);
	ok = lease_take(t->store, name, t->holder, now, now + TURN_MS, &mine, err);
	free(name);
	if (ok && !mine)
		return error_set(err, ERROR_BUSY, "another machine that shares this state is at it; wait for it, at most %d minutes",
		    TURN_MS / 60000);
	return ok;
}

bool
turn_take(struct turn *t, struct store *s, const char *name, struct error *err)
{
	char *path = mem_printf("%s/%s.lock", store_dir(s), name);
	bool ok = lock_take(&t->lock, path, err);

	free(path);
	if (!ok)
		return false;
	t->store = s;
	t->name = name;
	if (!store_shared(s))
		return true;
	t->holder = lock_name(&t->lock);
	ok = turn_renew(t, err);
	if (!ok)
		turn_end(t);
	return ok;
}

void
turn_end(struct turn *t)
{
	char *name;

	if (t->holder != NULL) {
		name = mem_printf("turn/%s", t->name);
		(void)lease_give(t->store, name, t->holder, NULL);
		free(name);
	}
	free(t->holder);
	t->holder = NULL;
	lock_release(&t->lock);
}
