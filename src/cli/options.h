/*
 * cli/options.h: parsing of a command line by a table of rows.
 *
 * As GNU programs do: options anywhere, "--name=value" or "--name value",
 * single letters, "--" ends them, a long name may be shortened as far as it
 * stays unique. A wrong one is answered with the nearest right one.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>

#include "base/error.h"
#include "base/str.h"
#include "cli/cmd.h"

struct opt_value {
	const struct opt *opt;
	bool given;
	int64_t number;
	struct strlist texts;
};

struct opt_values {
	struct opt_value *item;
	size_t len;
};

/* Options every command has: --help, --config, --color, --quiet, --verbose … */
extern const struct opt options_common[];

/*
 * Parses argv[0..argc) by the command's table and the common one; moves what
 * is no option to the front and sets *left to their number.
 */
bool options_parse(struct opt_values *values, const struct opt *own, int argc, char **argv,
    int *left, struct error *err);
void options_free(struct opt_values *values);
/* NULL: no such option in the tables. */
const struct opt_value *options_find(const struct opt_values *values, const char *name);

#endif
