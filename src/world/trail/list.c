/* Which files of a tree are logs. */
#include <errno.h>
#include <fts.h>
#include <string.h>
#include <sys/stat.h>

#include "world/trail/trail.h"

/* Folders and file names of what is no log (CloudTrail User Guide, "Finding your log files"). */
static bool
left_out_by_name(const char *path)
{
	static const char *const marks[] = {
		"/CloudTrail-Digest/", "_CloudTrail-Digest_", "/CloudTrail-Insight/", "_CloudTrail-Insight_",
	};

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (strstr(path, marks[i]) != NULL)
			return true;
	return false;
}

bool
trail_list(const char *path, struct strlist *files, struct strlist *left_out, struct error *err)
{
	char *const roots[] = { (char *)(uintptr_t)path, NULL };
	size_t before = files->len;
	struct stat st;
	FTSENT *e;
	FTS *tree;
	bool ok = true;

	if (strcmp(path, "-") == 0 || (stat(path, &st) == 0 && !S_ISDIR(st.st_mode))) {
		strlist_add(files, path);
		return true;
	}
	tree = fts_open(roots, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, NULL);
	if (tree == NULL)
		return error_errno(err, ERROR_SYSTEM, "%s: cannot be read", path);
	while ((e = fts_read(tree)) != NULL) {
		if (e->fts_info == FTS_F)
			strlist_add(left_out_by_name(e->fts_path) ? left_out : files, e->fts_path);
		if (e->fts_info == FTS_ERR || e->fts_info == FTS_DNR || e->fts_info == FTS_NS) {
			errno = e->fts_errno;
			ok = error_errno(err, errno == ENOENT ? ERROR_NOT_FOUND : ERROR_SYSTEM,
			    "%s: cannot be read", e->fts_path);
		}
	}
	(void)fts_close(tree);
	if (files->len > before) {
		struct strlist added = { files->item + before, files->len - before, 0 };

		strlist_sort(&added);
	}
	return ok;
}
