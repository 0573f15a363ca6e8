#include "os/embedded.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "os/file.h"

static const char *
override_dir(void)
{
	const char *dir = getenv("KEYCANARY_DATA");

	return str_empty(dir) ? NULL : dir;
}

bool
embedded_read(const char *path, struct buf *out, struct error *err)
{
	const char *dir = override_dir();

	if (dir != NULL) {
		char *full = mem_printf("%s/%s", dir, path);
		bool there = file_exists(full), ok = there && file_read(full, out, err);

		free(full);
		if (there)
			return ok;
	}
	for (const struct embedded_file *f = embedded_files; f->path != NULL; f++) {
		if (!str_eq(f->path, path))
			continue;
		buf_add(out, f->bytes, f->len);
		return !out->failed || error_set(err, ERROR_FULL, "%s: too large", path);
	}
	return error_set(err, ERROR_NOT_FOUND, "%s: no such built-in file", path);
}

void
embedded_list(const char *prefix, struct strlist *out)
{
	const char *dir = override_dir(), *slash;

	for (const struct embedded_file *f = embedded_files; f->path != NULL; f++)
		if (str_starts(f->path, prefix))
			(void)strlist_add_new(out, f->path);
	slash = prefix + strlen(prefix);
	while (slash > prefix && slash[-1] != '/')
		slash--;
	if (dir != NULL && slash > prefix) {
		char *full = mem_printf("%s/%.*s", dir, (int)(slash - prefix), prefix);
		DIR *d = opendir(full);

		for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;) {
			char *path = mem_printf("%.*s%s", (int)(slash - prefix), prefix, e->d_name);

			if (e->d_name[0] != '.' && str_starts(path, prefix))
				(void)strlist_add_new(out, path);
			free(path);
		}
		if (d != NULL)
			closedir(d);
		free(full);
	}
	strlist_sort(out);
}
