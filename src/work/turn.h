/*
 * work/turn.h: one at a time, on this machine by a lock and, where several
 * machines share the state, on all of them by a lease beside it.
 *
 * The lease is in the name of the lock's file, so one that was killed leaves
 * nothing in the way of the next on its machine; another machine waits until
 * the lease ends by itself.
 */
#ifndef WORK_TURN_H
#define WORK_TURN_H

#include "os/lock.h"

struct store;

struct turn {
	struct lock lock;
	struct store *store;	/* borrowed */
	const char *name;	/* literal */
	char *holder;		/* NULL: no lease is needed */
};

#define TURN_INIT { .lock = LOCK_INIT }

/* `name` is a literal: "mint". ERROR_BUSY when somebody else is at it. */
bool turn_take(struct turn *t, struct store *s, const char *name, struct error *err);
/* Before each longer step: false when the lease was lost to another machine. */
bool turn_renew(struct turn *t, struct error *err);
/* Also when it was not taken. */
void turn_end(struct turn *t);

#endif
