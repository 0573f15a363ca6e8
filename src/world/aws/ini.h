/* world/aws/ini.h: the AWS CLI's shared files (~/.aws/config, ~/.aws/credentials). */
#ifndef WORLD_AWS_INI_H
#define WORLD_AWS_INI_H

#include <stdbool.h>

/*
 * The value of `name` in [section] of INI text; NULL when it is not there.
 * Nested blocks ("s3 =" followed by indented lines) are skipped. The caller frees.
 */
char *ini_value(const char *text, const char *section, const char *name);
bool ini_has(const char *text, const char *section);

#endif
