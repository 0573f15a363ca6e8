/* world/repo/git.h: one run of git; for the files of this folder. */
#ifndef WORLD_REPO_GIT_H
#define WORLD_REPO_GIT_H

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"

enum { GIT_OUTPUT_MAX = 64 * 1024 * 1024, GIT_WORDS_MAX = 32, GIT_SETTINGS_MAX = 16, GIT_LIMIT_MS = 120 * 1000,
	GIT_COMMIT_LIMIT_MS = 15 * 60 * 1000, GIT_HISTORY_LIMIT_MS = 30 * 60 * 1000 };

struct git_run {
	const char *dir;
	const char *const *words;	/* behind "git", ends with NULL */
	const char *input;		/* for its standard input; NULL: none */
	struct buf *out;		/* NULL: thrown away */
	int64_t limit_ms;		/* 0: GIT_LIMIT_MS */
	int *status;			/* not NULL: any exit status is fine and told here */
};

/* Fails with git's own words when it exits with something else than 0. */
bool git_run(const struct git_run *g, struct error *err);
/* One line of output without its end; the caller frees. NULL when git fails. */
char *git_line(const char *dir, const char *const *words);
/* The output's parts that end in NUL. */
void git_parts(const struct buf *out, struct strlist *parts);

#define GIT_WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

#endif
