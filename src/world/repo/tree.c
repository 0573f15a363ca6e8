/* Files of a working tree, reached without following a link. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/encode.h"
#include "base/mem.h"
#include "os/file.h"
#include "os/random.h"
#include "world/repo/repo.h"

static bool
component_ok(const char *c, size_t len)
{
	return len > 0 && len < 256 && !(len == 1 && c[0] == '.') && !(len == 2 && strncmp(c, "..", 2) == 0) &&
	    !(len == 4 && strncasecmp(c, ".git", 4) == 0);
}

bool
repo_path_check(const char *path, struct error *err)
{
	if (str_empty(path) || path[0] == '/' || strlen(path) > 1024)
		return error_set(err, ERROR_USAGE, "\"%.200s\" is not a path inside the repository",
		    str_or(path, ""));
	for (const char *at = path;; at += strcspn(at, "/") + 1) {
		size_t len = strcspn(at, "/");

		if (!component_ok(at, len) || strcspn(at, "\n\r\\") < len)
			return error_set(err, ERROR_USAGE,
			    "\"%.200s\" is not a path inside the repository: \"%.*s\" is not a name for a file there",
			    path, (int)(len > 60 ? 60 : len), at);
		if (at[len] == '\0')
			return true;
	}
}

static bool
link_on_the_way(const char *path, struct error *err)
{
	return error_set(err, ERROR_REFUSED, "%s: a symbolic link is on the way; links are never followed", path);
}

/* Opens directory `name` in `dir`, made when missing and wanted. -1 with err set. */
static int
step(int dir, const char *name, const char *path, bool make, struct error *err)
{
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT && make && mkdirat(dir, name, 0777) == 0)
		fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && (errno == ELOOP || errno == ENOTDIR)) {
		struct stat st;

		if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode))
			link_on_the_way(path, err);
		else
			error_set(err, ERROR_REFUSED, "%s: \"%s\" is a file, not a directory", path, name);
	} else if (fd < 0) {
		error_errno(err, errno == ENOENT ? ERROR_NOT_FOUND : ERROR_SYSTEM, "%s: cannot be reached", path);
	} else if (faccessat(fd, ".git", F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
		error_set(err, ERROR_REFUSED, "%s: is inside another repository (a submodule); plant there by itself",
		    path);
		(void)close(fd);
		fd = -1;
	}
	return fd;
}

/* The directory that holds `path`; *base is its last component. -1 with err set. */
static int
open_parent(const struct repo *r, const char *path, bool make, const char **base, struct error *err)
{
	int dir = open(r->root, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	const char *at = path;

	if (dir < 0) {
		error_errno(err, ERROR_SYSTEM, "%s: cannot be opened", r->root);
		return -1;
	}
	for (const char *slash; dir >= 0 && (slash = strchr(at, '/')) != NULL; at = slash + 1) {
		char *name = mem_strndup(at, (size_t)(slash - at));
		int next = step(dir, name, path, make, err);

		(void)close(dir);
		free(name);
		dir = next;
	}
	*base = at;
	return dir;
}

bool
repo_reachable(const struct repo *r, const char *path, struct error *err)
{
	struct error why = ERROR_INIT;
	const char *base;
	int dir = repo_path_check(path, &why) ? open_parent(r, path, false, &base, &why) : -1;

	if (dir >= 0)
		(void)close(dir);
	if (dir >= 0 || why.kind == ERROR_NOT_FOUND)
		return true;
	return error_set(err, why.kind, "%s", why.text);
}

static bool
read_fd(int fd, const char *path, struct buf *out, struct error *err)
{
	char chunk[65536];
	ssize_t n;

	while ((n = read(fd, chunk, sizeof(chunk))) > 0 || (n < 0 && errno == EINTR))
		if (n > 0)
			buf_add(out, chunk, (size_t)n);
	if (n < 0)
		return error_errno(err, ERROR_SYSTEM, "%s: cannot be read", path);
	if (out->failed)
		return error_set(err, ERROR_FULL, "%s: larger than %zu bytes", path, out->max);
	return true;
}

bool
repo_read(const struct repo *r, const char *path, struct buf *out, mode_t *mode, struct error *err)
{
	const char *base;
	struct stat st;
	bool ok = false;
	int fd = -1, dir;

	if (!repo_path_check(path, err) || (dir = open_parent(r, path, false, &base, err)) < 0)
		return false;
	fd = openat(dir, base, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 && errno == ELOOP)
		link_on_the_way(path, err);
	else if (fd < 0)
		error_errno(err, errno == ENOENT ? ERROR_NOT_FOUND : ERROR_SYSTEM, "%s: cannot be opened", path);
	else if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		error_set(err, ERROR_REFUSED, "%s: not a regular file", path);
	else
		ok = read_fd(fd, path, out, err);
	if (ok && mode != NULL)
		*mode = st.st_mode & 07777;
	if (fd >= 0)
		(void)close(fd);
	(void)close(dir);
	return ok;
}

/* --- writing -------------------------------------------------------------------- */

static char *
temporary_name(const char *base)
{
	struct buf hex = BUF_INIT(16);
	uint8_t noise[3];
	char *name;

	random_bytes(noise, sizeof(noise));
	encode_hex(&hex, noise, sizeof(noise));
	name = mem_printf(".%.200s.%s", base, buf_str(&hex));
	buf_free(&hex);
	return name;
}

/* A new file keeps what the umask says; one that is replaced keeps its mode and owner. */
static bool
fill_temporary(int dir, int fd, const char *base, const void *bytes, size_t len, bool existed, mode_t mode)
{
	struct stat st;

	if (!file_write_fd(fd, bytes, len))
		return false;
	if (existed && fchmod(fd, mode) != 0)
		return false;
	if (existed && fstatat(dir, base, &st, AT_SYMLINK_NOFOLLOW) == 0 && geteuid() == 0 &&
	    fchown(fd, st.st_uid, st.st_gid) != 0)
		return false;
	return fsync(fd) == 0;
}

static bool
put_in_place(int dir, const char *name, const char *base, bool existed)
{
	if (existed)
		return renameat(dir, name, dir, base) == 0;
	/* A file that somebody else made meanwhile is not replaced. */
	return linkat(dir, name, dir, base, 0) == 0 && unlinkat(dir, name, 0) == 0;
}

static bool
is_link(int dir, const char *base)
{
	struct stat st;

	return fstatat(dir, base, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode);
}

bool
repo_write(const struct repo *r, const char *path, const void *bytes, size_t len, bool existed,
    mode_t mode, struct error *err)
{
	char *name = NULL;
	const char *base;
	bool ok = false;
	int fd = -1, dir;

	if (!repo_path_check(path, err) || (dir = open_parent(r, path, !existed, &base, err)) < 0)
		return false;
	name = temporary_name(base);
	if (is_link(dir, base)) {
		link_on_the_way(path, err);
		goto out;
	}
	fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, existed ? 0600 : 0666);
	ok = fd >= 0 && fill_temporary(dir, fd, base, bytes, len, existed, mode) &&
	    put_in_place(dir, name, base, existed);
	if (!ok)
		error_errno(err, errno == EEXIST ? ERROR_CONFLICT : ERROR_SYSTEM, "%s: cannot be written", path);
	if (!ok && fd >= 0)
		(void)unlinkat(dir, name, 0);
	if (ok)
		(void)fsync(dir);
out:
	if (fd >= 0)
		(void)close(fd);
	(void)close(dir);
	free(name);
	return ok;
}

/* Directories that a new file had needed and that are empty again. */
static void
remove_empty_parents(const struct repo *r, const char *path)
{
	char *copy = mem_strdup(path), *slash;

	while ((slash = strrchr(copy, '/')) != NULL) {
		const char *base;
		int dir;

		*slash = '\0';
		dir = open_parent(r, copy, false, &base, NULL);
		if (dir < 0 || unlinkat(dir, base, AT_REMOVEDIR) != 0)
			*copy = '\0';
		if (dir >= 0)
			(void)close(dir);
	}
	free(copy);
}

bool
repo_remove(const struct repo *r, const char *path, struct error *err)
{
	const char *base;
	bool ok = true;
	int dir;

	if (!repo_path_check(path, err) || (dir = open_parent(r, path, false, &base, err)) < 0)
		return false;
	if (unlinkat(dir, base, 0) != 0 && errno != ENOENT)
		ok = error_errno(err, ERROR_SYSTEM, "%s: cannot be removed", path);
	(void)close(dir);
	if (ok)
		remove_empty_parents(r, path);
	return ok;
}

static bool
is_temporary_of(const char *name, const char *base)
{
	size_t n = strlen(base);

	return name[0] == '.' && strncmp(name + 1, base, n) == 0 && name[1 + n] == '.' &&
	    strlen(name + 2 + n) == 6 && strspn(name + 2 + n, "0123456789abcdef") == 6;
}

/* What a killed write may have left: with the needle, or cut off before it. */
static bool
is_ours(const struct buf *left, const struct buf *target, const char *needle)
{
	return left->len == 0 || memmem(left->ptr, left->len, needle, strlen(needle)) != NULL || target->len == 0 ||
	    (left->len <= target->len && memcmp(left->ptr, target->ptr, left->len) == 0);
}

void
repo_sweep(const struct repo *r, const char *path, const char *needle)
{
	const char *base, *slash = strrchr(path, '/');
	int dir = open_parent(r, path, false, &base, NULL);
	DIR *d = dir >= 0 ? fdopendir(dir) : NULL;
	struct buf target = BUF_INIT(16 << 20);
	struct dirent *e;

	(void)repo_read(r, path, &target, NULL, NULL);
	while (d != NULL && (e = readdir(d)) != NULL) {
		struct buf text = BUF_INIT(16 << 20);
		char *full;

		if (!is_temporary_of(e->d_name, base))
			continue;
		full = mem_printf("%.*s%s", (int)(slash != NULL ? slash - path + 1 : 0), path, e->d_name);
		if (repo_read(r, full, &text, NULL, NULL) && is_ours(&text, &target, needle))
			(void)unlinkat(dirfd(d), e->d_name, 0);
		buf_free_secret(&text);
		free(full);
	}
	buf_free_secret(&target);
	if (d != NULL)
		(void)closedir(d);
	else if (dir >= 0)
		(void)close(dir);
}
