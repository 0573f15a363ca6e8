/* world/aws/credential_process.h: credentials another program prints. */
#ifndef WORLD_AWS_CREDENTIAL_PROCESS_H
#define WORLD_AWS_CREDENTIAL_PROCESS_H

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"

/* Words as a POSIX shell cuts them, without anything a shell would replace; false: a quote stays open. */
bool command_words(struct strlist *out, const char *command);
/* Runs it without a shell, for at most a minute; appends what it prints. */
bool credential_process_run(const char *command, const char *what, struct buf *out, struct error *err);

#endif
