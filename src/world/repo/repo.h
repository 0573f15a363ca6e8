/*
 * world/repo/repo.h: a git repository of the user's: what it is like, its
 * files, its commits.
 *
 * All through the user's own `git` program with their configuration, without
 * a shell. Files are reached component by component without following a link,
 * so nothing outside the working tree is ever read or written, and they
 * appear whole or not at all. Another repository inside (a submodule) is left
 * alone. Paths are relative to the working tree, with "/".
 */
#ifndef WORLD_REPO_REPO_H
#define WORLD_REPO_REPO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"

struct repo {
	char *root;	/* absolute, links resolved */
	char *git_dir;	/* absolute */
	char *remote;	/* URL of origin without user and password; NULL if none */
	char *branch;	/* NULL: detached */
	char *head;	/* commit; NULL: none yet */
};

/* `path` may be any directory inside. Refuses what is no repository, and a bare one. */
bool repo_open(struct repo *r, const char *path, struct error *err);
void repo_clear(struct repo *r);
/* Refuses in the middle of a merge, rebase, cherry-pick, revert, am or bisect, naming it. */
bool repo_check_state(const struct repo *r, struct error *err);

/* --- what it is like --- */
struct repo_style {
	char *name;		/* from the remote, else the directory */
	char *org;		/* owner in the remote's URL; NULL */
	char *domain;		/* of most authors' mail, unless a public provider's; NULL */
	char *person;		/* who commits most: the part before "@" */
	struct strlist files;	/* tracked */
	struct strlist subjects;	/* the latest commits', newest first */
	struct strlist regions;	/* AWS regions its files mention */
	struct strlist profiles;	/* AWS profile names its files mention */
};

bool repo_style(const struct repo *r, struct repo_style *out, struct error *err);
void repo_style_clear(struct repo_style *s);
/* The name and mail of the last one who changed a path (NULL: anything); NULL if nobody. The caller frees. */
char *repo_last_author(const struct repo *r, const char *path);
/* "Name <mail>" as the user is configured; NULL if not. The caller frees. */
char *repo_user(const struct repo *r);

/* --- one file --- */
enum repo_status {
	REPO_ABSENT,	/* neither in the tree nor in git */
	REPO_CLEAN,	/* as committed */
	REPO_CHANGED,	/* modified or staged: uncommitted work */
	REPO_UNTRACKED,	/* there, but git does not know it */
};

/* Only letters a path may have: no "..", no ".git", not absolute. */
bool repo_path_check(const char *path, struct error *err);
bool repo_status(const struct repo *r, const char *path, enum repo_status *out, struct error *err);
/* The ignore rule that hides a path, as "file:line: pattern"; *rule is NULL when none does. The caller frees. */
bool repo_ignored(const struct repo *r, const char *path, char **rule, struct error *err);
/*
 * The filter driver that git's attributes name for a path ("lfs", "git-crypt"):
 * what is committed then differs from what stands in the file. NULL: none. The
 * caller frees.
 */
bool repo_filter(const struct repo *r, const char *path, char **name, struct error *err);
/* A new file could be made there: no link, file or other repository is on the way. */
bool repo_reachable(const struct repo *r, const char *path, struct error *err);
/* Appends the file; *mode is its mode. ERROR_NOT_FOUND when there is none, ERROR_REFUSED for a link. */
bool repo_read(const struct repo *r, const char *path, struct buf *out, mode_t *mode, struct error *err);
/* Replaces or creates whole; an existing file keeps its mode. */
bool repo_write(const struct repo *r, const char *path, const void *bytes, size_t len, bool existed,
    mode_t mode, struct error *err);
bool repo_remove(const struct repo *r, const char *path, struct error *err);
/* Removes what a killed write left beside a path: temporary files that hold `needle`. */
void repo_sweep(const struct repo *r, const char *path, const char *needle);

/* --- commits --- */
/* Commits this path and nothing else, hooks and signing as configured; *commit is the new one. */
bool repo_commit(const struct repo *r, const char *path, bool ignored_too, const char *message, char **commit,
    struct error *err);
/* Takes a path out of the index again, as HEAD has it. */
void repo_unstage(const struct repo *r, const char *path);
/* Makes a branch at HEAD and goes there; ERROR_CONFLICT when there is one already. */
bool repo_branch(struct repo *r, const char *name, struct error *err);
/* Back to where `before` (a branch or a commit) is; `drop` deletes this branch (NULL: none). */
bool repo_return(struct repo *r, const char *before, const char *drop, struct error *err);

/* --- where a text is --- */
/* The file as a commit or branch has it; ERROR_NOT_FOUND when it has none. */
bool repo_show(const struct repo *r, const char *commit, const char *path, struct buf *out, struct error *err);
/* Files of the working tree (also untracked and ignored ones) that hold any of the needles. */
bool repo_grep(const struct repo *r, const struct strlist *needles, struct strlist *paths, struct error *err);
/* "branch path" for every branch, local and remote, whose newest commit holds a needle. */
bool repo_grep_branches(const struct repo *r, const struct strlist *needles, struct strlist *out,
    struct error *err);
/* "commit path" for every commit reachable from anything that added or took away a needle, newest first. */
bool repo_history(const struct repo *r, const struct strlist *needles, struct strlist *out, struct error *err);
/* `commit` is part of HEAD's history. */
bool repo_contains(const struct repo *r, const char *commit);
bool repo_has_branch(const struct repo *r, const char *branch);

#endif
