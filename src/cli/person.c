#include "cli/person.h"

#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/str.h"

const char *
person(void)
{
	const struct passwd *pw = getpwuid(getuid());
	const char *behind = getuid() == 0 ? getenv("SUDO_USER") : NULL;

	if (!str_empty(behind))
		return behind;
	return pw != NULL ? pw->pw_name : "unknown";
}
