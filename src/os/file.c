#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"

bool
file_exists(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0;
}

bool
file_is_dir(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool
read_all(int fd, const char *path, struct buf *out, struct error *err)
{
	for (;;) {
		ssize_t n;

		if (!buf_reserve(out, 16384)) {
			/* The limit may be nearer than a whole chunk. */
			out->failed = false;
			if (!buf_reserve(out, 1))
				return error_set(err, ERROR_FULL, "%s: larger than %zu bytes", path, out->max);
		}
		n = read(fd, out->ptr + out->len, out->cap - out->len - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(err, ERROR_SYSTEM, "%s: cannot be read", path);
		out->len += (size_t)n;
		out->ptr[out->len] = '\0';
		if (n == 0)
			return true;
	}
}

static int
open_regular(const char *path, struct stat *st, struct error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0) {
		error_errno(err, errno == ENOENT ? ERROR_NOT_FOUND : ERROR_SYSTEM,
		    "%s: cannot be opened", path);
		return -1;
	}
	if (fstat(fd, st) != 0 || S_ISDIR(st->st_mode)) {
		error_set(err, ERROR_INPUT, "%s: not a file", path);
		(void)close(fd);
		return -1;
	}
	return fd;
}

bool
file_read(const char *path, struct buf *out, struct error *err)
{
	struct stat st;
	bool ok;
	int fd;

	if (str_eq(path, "-"))
		return read_all(STDIN_FILENO, "standard input", out, err);
	fd = open_regular(path, &st, err);
	if (fd < 0)
		return false;
	ok = read_all(fd, path, out, err);
	(void)close(fd);
	return ok;
}

bool
file_read_secret(const char *path, struct buf *out, struct error *err)
{
	struct stat st;
	bool ok = false;
	int fd = open_regular(path, &st, err);

	if (fd < 0)
		return false;
	if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		error_set(err, ERROR_REFUSED,
		    "%s: holds a secret but others may read it (mode %04o); run: chmod 600 %s", path,
		    (unsigned)st.st_mode & 07777, path);
	else
		ok = read_all(fd, path, out, err);
	(void)close(fd);
	while (ok && out->len > 0 && strchr("\r\n", out->ptr[out->len - 1]) != NULL)
		out->ptr[--out->len] = '\0';
	return ok;
}

bool
file_write_fd(int fd, const void *from, size_t len)
{
	const char *bytes = from;

	while (len > 0) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		bytes += n;
		len -= (size_t)n;
	}
	return true;
}

static void
sync_parent(const char *path)
{
	char *copy = mem_strdup(path);
	int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0) {
		(void)fsync(fd);
		(void)close(fd);
	}
	free(copy);
}

/* A synced temporary file beside `path`; its name is owned by the caller, NULL on failure. */
static char *
write_temporary(const char *path, const void *bytes, size_t len, mode_t mode, struct error *err)
{
	char *name = mem_printf("%s.XXXXXX", path);
	int fd = mkostemp(name, O_CLOEXEC);
	bool ok;

	if (fd < 0) {
		error_errno(err, ERROR_SYSTEM, "%s: cannot be written", path);
		free(name);
		return NULL;
	}
	ok = file_write_fd(fd, bytes, len) && fchmod(fd, mode) == 0 && fsync(fd) == 0;
	if (!ok)
		error_errno(err, ERROR_SYSTEM, "%s: cannot be written", path);
	if (close(fd) != 0 && ok)
		ok = error_errno(err, ERROR_SYSTEM, "%s: cannot be written", path);
	if (ok)
		return name;
	(void)unlink(name);
	free(name);
	return NULL;
}

bool
file_write(const char *path, const void *bytes, size_t len, mode_t mode, struct error *err)
{
	char *name = write_temporary(path, bytes, len, mode, err);
	bool ok;

	if (name == NULL)
		return false;
	ok = rename(name, path) == 0;
	if (!ok) {
		error_errno(err, ERROR_SYSTEM, "%s: cannot be replaced", path);
		(void)unlink(name);
	}
	free(name);
	if (ok)
		sync_parent(path);
	return ok;
}

bool
file_create(const char *path, const void *bytes, size_t len, mode_t mode, struct error *err)
{
	char *name = write_temporary(path, bytes, len, mode, err);
	bool ok;

	if (name == NULL)
		return false;
	ok = link(name, path) == 0;
	if (!ok && errno == EEXIST)
		error_set(err, ERROR_CONFLICT, "%s: exists already", path);
	else if (!ok)
		error_errno(err, ERROR_SYSTEM, "%s: cannot be created", path);
	(void)unlink(name);
	free(name);
	if (ok)
		sync_parent(path);
	return ok;
}

bool
file_mkdirs(const char *path, mode_t mode, struct error *err)
{
	char *copy = mem_strdup(path);
	bool ok = true;

	for (char *at = copy + 1; ok && at[-1] != '\0'; at++) {
		char saved = *at;

		if (saved != '/' && saved != '\0')
			continue;
		*at = '\0';
		if (mkdir(copy, mode) != 0 && errno != EEXIST)
			ok = error_errno(err, ERROR_SYSTEM, "%s: cannot be made", copy);
		*at = saved;
	}
	free(copy);
	return ok;
}

char *
file_owner(const char *path)
{
	struct stat st;
	const struct passwd *pw = stat(path, &st) == 0 ? getpwuid(st.st_uid) : NULL;

	return pw != NULL ? mem_strdup(pw->pw_name) : NULL;
}

static const char *
home(void)
{
	const char *dir = getenv("HOME");
	const struct passwd *pw;

	if (!str_empty(dir))
		return dir;
	pw = getpwuid(getuid());
	return pw != NULL && !str_empty(pw->pw_dir) ? pw->pw_dir : "/";
}

static char *
xdg(const char *variable, const char *fallback)
{
	const char *dir = getenv(variable);

	if (dir != NULL && dir[0] == '/')
		return mem_printf("%s/keycanary", dir);
	return mem_printf("%s/%s/keycanary", home(), fallback);
}

char *
file_state_dir(void)
{
	return xdg("XDG_STATE_HOME", ".local/state");
}

char *
file_config_dir(void)
{
	return xdg("XDG_CONFIG_HOME", ".config");
}

char *
file_expand(const char *path)
{
	if (str_eq(path, "~") || str_starts(path, "~/"))
		return mem_printf("%s%s", home(), path + 1);
	return mem_strdup(path);
}
