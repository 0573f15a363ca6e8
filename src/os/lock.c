#include "os/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "os/file.h"

static bool
busy(int fd, const char *path, struct error *err)
{
	char holder[32] = "";
	ssize_t n = pread(fd, holder, sizeof(holder) - 1, 0);

	holder[n > 0 ? n : 0] = '\0';
	return error_set(err, ERROR_BUSY, "%s: another keycanary%s%.20s works on this state; "
	    "wait for it or stop it", path, holder[0] != '\0' ? ", process " : "", holder);
}

bool
lock_take(struct lock *lock, const char *path, struct error *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	char pid[32];
	int len;

	if (fd < 0)
		return error_errno(err, ERROR_SYSTEM, "%s: cannot be opened", path);
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		bool ok = errno == EWOULDBLOCK ? busy(fd, path, err) :
		    error_errno(err, ERROR_SYSTEM, "%s: cannot be locked", path);

		(void)close(fd);
		return ok;
	}
	len = snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	if (ftruncate(fd, 0) == 0)
		(void)!pwrite(fd, pid, (size_t)len, 0);
	lock->fd = fd;
	return true;
}

void
lock_release(struct lock *lock)
{
	if (lock->fd < 0)
		return;
	(void)!ftruncate(lock->fd, 0);
	(void)close(lock->fd);
	lock->fd = -1;
}

char *
lock_name(const struct lock *lock)
{
	struct buf boot = BUF_INIT(64);
	struct stat st = { .st_dev = 0 };
	char host[256] = "", *name;

	(void)gethostname(host, sizeof(host) - 1);
	(void)fstat(lock->fd, &st);
	/* Two machines of one name differ in their boots; two containers of one machine in the file. */
	(void)file_read("/proc/sys/kernel/random/boot_id", &boot, NULL);
	name = mem_printf("%s/%.36s/%llx.%llx", host, buf_str(&boot), (unsigned long long)st.st_dev,
	    (unsigned long long)st.st_ino);
	buf_free(&boot);
	return name;
}
