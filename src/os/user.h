/* os/user.h: users of this machine, and becoming one. */
#ifndef OS_USER_H
#define OS_USER_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

struct user {
	char *name;
	char *home;
	uid_t uid;
	gid_t gid;
};

/* ERROR_USAGE when there is none of that name. The caller clears. */
bool user_find(const char *name, struct user *out, struct error *err);
void user_clear(struct user *u);
/* Home and configuration directories are the user's from now on; whose process this is stays. */
bool user_dwell(const struct user *u, struct error *err);
/* For good, groups included; root may. Nothing to do when we are that user. */
bool user_become(const struct user *u, struct error *err);

#endif
