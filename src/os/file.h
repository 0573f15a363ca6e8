/*
 * os/file.h: files that are read whole and written whole.
 *
 * Nothing is ever half written: file_write() makes a temporary file beside
 * the target, syncs it and renames it. Secrets are created 0600 and refused
 * when others can read them.
 */
#ifndef OS_FILE_H
#define OS_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/error.h"

bool file_exists(const char *path);
bool file_is_dir(const char *path);
/* Appends the bytes of a regular file (or "-": standard input), bounded by the buffer's limit. */
bool file_read(const char *path, struct buf *out, struct error *err);
/* As file_read; refuses a file that group or others can read, and says how to mend it. Trailing newline cut. */
bool file_read_secret(const char *path, struct buf *out, struct error *err);
/* Replaces or creates `path` whole, with `mode` exactly. */
bool file_write(const char *path, const void *bytes, size_t len, mode_t mode, struct error *err);
/* Creates a new file; ERROR_CONFLICT when there is one already. */
bool file_create(const char *path, const void *bytes, size_t len, mode_t mode, struct error *err);
/* All the bytes, whatever the kernel takes at once; errno tells what failed. */
bool file_write_fd(int fd, const void *bytes, size_t len);
/* mkdir -p; the directories it makes get `mode`. */
bool file_mkdirs(const char *path, mode_t mode, struct error *err);
/* The name of the user it belongs to; NULL when it is not there or the user has none. The caller frees. */
char *file_owner(const char *path);

/* Directories as the XDG base directory specification says; the caller frees. */
char *file_state_dir(void);	/* $XDG_STATE_HOME/keycanary or ~/.local/state/keycanary */
char *file_config_dir(void);	/* $XDG_CONFIG_HOME/keycanary or ~/.config/keycanary */
/* "~/x" with the home directory put in; others are copied. The caller frees. */
char *file_expand(const char *path);

#endif
