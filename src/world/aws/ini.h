/*
 * world/aws/ini.h: the AWS CLI's shared files (~/.aws/config, ~/.aws/credentials).
 *
 * Read as the CLI reads them (Python's configparser): `=` or `:` between name
 * and value, names in any case, sections in their case, comments on lines of
 * their own, lines that are indented deeper than their option go on with it.
 * "[profile x]", "[profile "x"]" and "[ profile  x ]" are the same section.
 * When a section or a name stands there twice, the later one counts.
 */
#ifndef WORLD_AWS_INI_H
#define WORLD_AWS_INI_H

#include <stdbool.h>

/*
 * The value of `name` in [section] of INI text; NULL when it is not there.
 * "s3.endpoint_url" is the name inside the block of indented lines below
 * "s3 =". The caller frees.
 */
char *ini_value(const char *text, const char *section, const char *name);
bool ini_has(const char *text, const char *section);

#endif
