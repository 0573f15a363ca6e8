/*
 * os/lock.h: one instance at a time, by a lock the kernel forgets when the
 * process ends, however it ends.
 */
#ifndef OS_LOCK_H
#define OS_LOCK_H

#include <stdbool.h>

#include "base/error.h"

struct lock {
	int fd;	/* -1: not held */
};

#define LOCK_INIT { .fd = -1 }

/* ERROR_BUSY, naming the holder's process id, when somebody else has it. */
bool lock_take(struct lock *lock, const char *path, struct error *err);
void lock_release(struct lock *lock);
/* Names the lock's file among all machines and boots: whoever holds the lock may speak in its name. The caller frees. */
char *lock_name(const struct lock *lock);

#endif
