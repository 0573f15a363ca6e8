#include "os/notify.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/str.h"

bool
notify_manager(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t len;
	bool sent;
	int fd;

	if (path == NULL || (path[0] != '/' && path[0] != '@') || strlen(path) >= sizeof(to.sun_path))
		return false;
	len = strlen(path);
	memcpy(to.sun_path, path, len);
	if (path[0] == '@')
		to.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	sent = sendto(fd, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT, (const struct sockaddr *)&to,
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) == (ssize_t)strlen(state);
	(void)close(fd);
	return sent;
}

int64_t
notify_watchdog_ms(void)
{
	int64_t usec, pid;

	if (!str_to_int(getenv("WATCHDOG_USEC"), 1, INT64_MAX, &usec))
		return 0;
	if (str_to_int(getenv("WATCHDOG_PID"), 1, INT64_MAX, &pid) && pid != getpid())
		return 0;
	return usec / 2000;
}
