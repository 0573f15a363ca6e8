/*
 * os/embedded.h: the files of canary/ and config/, inside the program.
 *
 * Looked up by the path they have in the source tree ("canary/bait/dotenv").
 * A directory named by KEYCANARY_DATA overrides: a file there under the same
 * path is read instead, and files added there are found too.
 */
#ifndef OS_EMBEDDED_H
#define OS_EMBEDDED_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"

struct embedded_file {
	const char *path;
	const char *bytes;	/* NUL-terminated behind `len` */
	size_t len;
};

extern const struct embedded_file embedded_files[];	/* ends with a NULL path */

/* Appends the file's bytes. */
bool embedded_read(const char *path, struct buf *out, struct error *err);
/* Paths that begin with `prefix`, sorted. */
void embedded_list(const char *prefix, struct strlist *out);

#endif
