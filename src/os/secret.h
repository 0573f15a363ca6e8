/*
 * os/secret.h: fetching what a secret reference of the settings points at.
 */
#ifndef OS_SECRET_H
#define OS_SECRET_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"

/*
 * "file:/path": a file that nobody else may read; "env:NAME": an environment
 * variable. Appends the secret without its trailing newline; an empty one is
 * an error. Free the buffer with buf_free_secret().
 */
bool secret_read(const char *reference, struct buf *out, struct error *err);

#endif
