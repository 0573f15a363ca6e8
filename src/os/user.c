#include "os/user.h"

#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"

bool
user_find(const char *name, struct user *out, struct error *err)
{
	const struct passwd *pw = getpwnam(name);

	*out = (struct user){ .name = NULL };
	if (pw == NULL)
		return error_set(err, ERROR_USAGE, "there is no user \"%.60s\" on this machine", name);
	*out = (struct user){ .name = mem_strdup(pw->pw_name), .home = mem_strdup(pw->pw_dir), .uid = pw->pw_uid,
		.gid = pw->pw_gid };
	return true;
}

void
user_clear(struct user *u)
{
	free(u->name);
	free(u->home);
	*u = (struct user){ .name = NULL };
}

bool
user_dwell(const struct user *u, struct error *err)
{
	static const char *const theirs[] = { "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME" };

	for (size_t i = 0; i < ARRAY_LEN(theirs); i++)
		(void)unsetenv(theirs[i]);
	return setenv("HOME", u->home, 1) == 0 || error_errno(err, ERROR_SYSTEM, "HOME cannot be set");
}

bool
user_become(const struct user *u, struct error *err)
{
	if (geteuid() == u->uid)
		return true;
	if (initgroups(u->name, u->gid) == 0 && setgid(u->gid) == 0 && setuid(u->uid) == 0)
		return true;
	return error_errno(err, ERROR_SYSTEM, "cannot become user %s", u->name);
}
