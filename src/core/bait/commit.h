/*
 * core/bait/commit.h: a commit message as this repository's people write
 * them, and who owns a file by CODEOWNERS. Pure.
 */
#ifndef CORE_BAIT_COMMIT_H
#define CORE_BAIT_COMMIT_H

#include "base/str.h"

/*
 * `message` is in the imperative and lower case ("add staging mail settings").
 * `subjects` are the repository's latest: when most begin with "feat: " or
 * "chore(ci): " it becomes "chore: add …", when most begin with a capital
 * "Add …", and a full stop goes behind when most have one. The caller frees.
 */
char *commit_message(const char *message, const struct strlist *subjects);

/* The owners CODEOWNERS gives a path (its last line that matches counts); NULL: none. The caller frees. */
char *codeowners_of(const char *codeowners, const char *path);

#endif
