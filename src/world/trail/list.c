/* Which files of a tree are logs. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "world/trail/trail.h"

/* A walk over a tree: folders not yet opened, and what was found. */
struct walk {
	struct strlist folders;
	struct strlist *files;
	struct strlist *left_out;
};

/* Folders and file names of what is no log (CloudTrail User Guide, "Finding your log files"). */
static bool
left_out_by_name(const char *path)
{
	static const char *const marks[] = {
		"/CloudTrail-Digest/", "_CloudTrail-Digest_", "/CloudTrail-Insight/", "_CloudTrail-Insight_",
	};

	if (strstr(path, "CloudTrail-") == NULL)
		return false;
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (strstr(path, marks[i]) != NULL)
			return true;
	return false;
}

/* The kind of an entry; most file systems tell it with the name, which spares a call for each file. */
static unsigned char
kind_of(const struct dirent *e, const char *path)
{
	struct stat st;

	if (e->d_type != DT_UNKNOWN)
		return e->d_type;
	return lstat(path, &st) == 0 ? (unsigned char)IFTODT(st.st_mode) : DT_UNKNOWN;
}

static void
sort_in(struct walk *w, const char *folder, const struct dirent *e)
{
	size_t len = strlen(folder);
	unsigned char kind;
	char *path;

	if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
		return;
	path = mem_printf("%s%s%s", folder, len > 0 && folder[len - 1] == '/' ? "" : "/", e->d_name);
	kind = kind_of(e, path);
	if (kind == DT_DIR)
		strlist_take(&w->folders, path);
	else if (kind == DT_REG)
		strlist_take(left_out_by_name(path) ? w->left_out : w->files, path);
	else
		free(path);	/* links, pipes, devices */
}

static bool
read_folder(struct walk *w, const char *folder, struct error *err)
{
	DIR *d = opendir(folder);
	const struct dirent *e;
	int failure;

	if (d == NULL)
		return error_errno(err, ERROR_SYSTEM, "%s: cannot be read", folder);
	for (errno = 0; (e = readdir(d)) != NULL; errno = 0)
		sort_in(w, folder, e);
	failure = errno;
	(void)closedir(d);
	errno = failure;
	return failure == 0 || error_errno(err, ERROR_SYSTEM, "%s: cannot be read", folder);
}

bool
trail_list(const char *path, struct strlist *files, struct strlist *left_out, struct error *err)
{
	struct walk w = { STRLIST_INIT, files, left_out };
	size_t before = files->len;
	struct stat st;
	bool ok = true, input = strcmp(path, "-") == 0;

	if (!input && stat(path, &st) != 0)
		return error_errno(err, errno == ENOENT ? ERROR_NOT_FOUND : ERROR_SYSTEM, "%s: cannot be read", path);
	if (input || !S_ISDIR(st.st_mode)) {
		strlist_add(files, path);
		return true;
	}
	strlist_add(&w.folders, path);
	while (w.folders.len > 0) {
		char *folder = w.folders.item[--w.folders.len];

		ok = read_folder(&w, folder, err) && ok;
		free(folder);
	}
	strlist_clear(&w.folders);
	if (files->len > before) {
		struct strlist added = { files->item + before, files->len - before, 0 };

		strlist_sort(&added);
	}
	return ok;
}
