#include "os/secret.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "os/file.h"

static bool
from_environment(const char *name, struct buf *out, struct error *err)
{
	const char *value = getenv(name);

	if (str_empty(value))
		return error_set(err, ERROR_NOT_FOUND, "the environment variable %s is not set; the "
		    "settings refer to it", name);
	buf_puts(out, value);
	return true;
}

static bool
from_file(const char *given, struct buf *out, struct error *err)
{
	char *path = file_expand(given);
	bool ok = file_read_secret(path, out, err);

	if (ok && out->len == 0)
		ok = error_set(err, ERROR_INPUT, "%s: the file is empty, a secret is expected in it", path);
	free(path);
	return ok;
}

bool
secret_read(const char *reference, struct buf *out, struct error *err)
{
	if (str_starts(reference, "env:"))
		return from_environment(reference + strlen("env:"), out, err);
	if (str_starts(reference, "file:"))
		return from_file(reference + strlen("file:"), out, err);
	return error_set(err, ERROR_INPUT, "a secret is given by reference: env:NAME or file:/path");
}
