#include "world/repo/repo.h"

#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/mem.h"
#include "os/file.h"
#include "world/repo/git.h"

/* "https://user:token@host/x" without what stands before "@". */
static char *
without_credentials(char *url)
{
	char *scheme = url != NULL ? strstr(url, "://") : NULL, *at, *clean;

	if (scheme == NULL)
		return url;
	at = strchr(scheme + 3, '@');
	if (at == NULL || (strchr(scheme + 3, '/') != NULL && strchr(scheme + 3, '/') < at))
		return url;
	clean = mem_printf("%.*s%s", (int)(scheme + 3 - url), url, at + 1);
	free(url);
	return clean;
}

static bool
find_root(struct repo *r, const char *path, struct error *err)
{
	struct buf out = BUF_INIT(1 << 16);
	struct git_run g = { .dir = path, .words = GIT_WORDS("rev-parse", "--is-bare-repository"), .out = &out };
	struct error why = ERROR_INIT;

	if (!git_run(&g, &why)) {
		buf_free(&out);
		if (why.kind != ERROR_SYSTEM)
			return error_set(err, why.kind, "%s", why.text);
		return error_set(err, ERROR_INPUT, "%s is no git repository (%s)", path, why.text);
	}
	if (str_starts(buf_str(&out), "true")) {
		buf_free(&out);
		return error_set(err, ERROR_INPUT, "%s is a bare repository: it has no working tree to plant in", path);
	}
	buf_free(&out);
	r->root = git_line(path, GIT_WORDS("rev-parse", "--show-toplevel"));
	if (r->root != NULL && !file_is_dir(r->root))
		return error_set(err, ERROR_INPUT, "%s: a directory with a line break in its name is not planted in", path);
	r->git_dir = git_line(path, GIT_WORDS("rev-parse", "--absolute-git-dir"));
	return (r->root != NULL && r->git_dir != NULL) ||
	    error_set(err, ERROR_INPUT, "%s has no working tree to plant in", path);
}

bool
repo_open(struct repo *r, const char *path, struct error *err)
{
	*r = (struct repo){ .root = NULL };
	if (!file_is_dir(path))
		return error_set(err, ERROR_NOT_FOUND, "%s: there is no such directory", path);
	if (!find_root(r, path, err))
		return false;
	r->remote = without_credentials(git_line(r->root, GIT_WORDS("remote", "get-url", "origin")));
	r->branch = git_line(r->root, GIT_WORDS("symbolic-ref", "--short", "-q", "HEAD"));
	r->head = git_line(r->root, GIT_WORDS("rev-parse", "-q", "--verify", "HEAD^{commit}"));
	return true;
}

void
repo_clear(struct repo *r)
{
	free(r->root);
	free(r->git_dir);
	free(r->remote);
	free(r->branch);
	free(r->head);
	*r = (struct repo){ .root = NULL };
}

bool
repo_check_state(const struct repo *r, struct error *err)
{
	static const struct {
		const char *file, *what;
	} state[] = {
		{ "MERGE_HEAD", "merge" }, { "rebase-merge", "rebase" }, { "rebase-apply", "rebase or am" },
		{ "CHERRY_PICK_HEAD", "cherry-pick" }, { "REVERT_HEAD", "revert" }, { "BISECT_LOG", "bisect" },
		{ "sequencer", "cherry-pick or revert" },
	};

	for (size_t i = 0; i < ARRAY_LEN(state); i++) {
		char *path = mem_printf("%s/%s", r->git_dir, state[i].file);
		bool there = file_exists(path);

		free(path);
		if (there)
			return error_set(err, ERROR_REFUSED,
			    "%s is in the middle of a %s; finish or abort it first", r->root, state[i].what);
	}
	return true;
}

bool
repo_status(const struct repo *r, const char *path, enum repo_status *out, struct error *err)
{
	struct buf known = BUF_INIT(1 << 16), changes = BUF_INIT(1 << 16);
	struct git_run ls = { .dir = r->root, .words = GIT_WORDS("ls-files", "-z", "--", path), .out = &known };
	struct git_run status = { .dir = r->root, .words = GIT_WORDS("status", "--porcelain", "-z",
	    "--untracked-files=no", "--", path), .out = &changes };
	char *full = mem_printf("%s/%s", r->root, path);
	bool ok = git_run(&ls, err) && git_run(&status, err);

	if (known.len > 0 || changes.len > 0)
		*out = changes.len > 0 ? REPO_CHANGED : REPO_CLEAN;
	else
		*out = faccessat(AT_FDCWD, full, F_OK, AT_SYMLINK_NOFOLLOW) == 0 ? REPO_UNTRACKED : REPO_ABSENT;
	free(full);
	buf_free(&known);
	buf_free(&changes);
	return ok;
}

bool
repo_ignored(const struct repo *r, const char *path, char **rule, struct error *err)
{
	struct buf out = BUF_INIT(1 << 16);
	struct strlist parts = STRLIST_INIT;
	int status = 0;
	struct git_run g = { .dir = r->root, .words = GIT_WORDS("--no-literal-pathspecs", "check-ignore", "-v", "-z",
		"--stdin"),
		.input = path, .out = &out, .status = &status };
	bool ok = git_run(&g, err);

	*rule = NULL;
	if (ok && status > 1)
		ok = error_set(err, ERROR_SYSTEM, "git check-ignore in %s failed with status %d", r->root, status);
	if (ok && status == 0) {
		git_parts(&out, &parts);
		if (parts.len >= 3 && parts.item[2][0] != '!')
			*rule = mem_printf("%s:%s: %s", parts.item[0], parts.item[1], parts.item[2]);
	}
	strlist_clear(&parts);
	buf_free(&out);
	return ok;
}

bool
repo_filter(const struct repo *r, const char *path, char **name, struct error *err)
{
	struct buf out = BUF_INIT(1 << 16);
	struct strlist parts = STRLIST_INIT;
	struct git_run g = { .dir = r->root, .words = GIT_WORDS("check-attr", "-z", "filter", "--", path), .out = &out };
	bool ok = git_run(&g, err);

	*name = NULL;
	if (ok)
		git_parts(&out, &parts);
	if (parts.len == 3 && !str_eq(parts.item[2], "unspecified") && !str_eq(parts.item[2], "unset"))
		*name = mem_strdup(parts.item[2]);
	strlist_clear(&parts);
	buf_free(&out);
	return ok;
}

/* --- commits --------------------------------------------------------------------- */

void
repo_unstage(const struct repo *r, const char *path)
{
	struct git_run g = { .dir = r->root, .words = GIT_WORDS("reset", "-q", "--", path) };

	(void)git_run(&g, NULL);
}

bool
repo_commit(const struct repo *r, const char *path, bool ignored_too, const char *message, char **commit,
    struct error *err)
{
	struct git_run add = { .dir = r->root, .words = ignored_too ?
	    GIT_WORDS("add", "-f", "--", path) : GIT_WORDS("add", "--", path) };
	struct git_run make = { .dir = r->root, .words = GIT_WORDS("commit", "-q", "--only", "-m", message, "--",
	    path), .limit_ms = GIT_COMMIT_LIMIT_MS };

	*commit = NULL;
	if (!git_run(&add, err) || !git_run(&make, err)) {
		repo_unstage(r, path);
		return false;
	}
	*commit = git_line(r->root, GIT_WORDS("rev-parse", "HEAD"));
	return *commit != NULL || error_set(err, ERROR_SYSTEM, "%s: the new commit cannot be read", r->root);
}

bool
repo_has_branch(const struct repo *r, const char *branch)
{
	char *ref = mem_printf("refs/heads/%s", branch);
	int status = 0;
	struct git_run g = { .dir = r->root, .words = GIT_WORDS("show-ref", "--verify", "--quiet", ref),
		.status = &status };
	bool there = git_run(&g, NULL) && status == 0;

	free(ref);
	return there;
}

static void
look_at_head(struct repo *r)
{
	free(r->branch);
	free(r->head);
	r->branch = git_line(r->root, GIT_WORDS("symbolic-ref", "--short", "-q", "HEAD"));
	r->head = git_line(r->root, GIT_WORDS("rev-parse", "-q", "--verify", "HEAD^{commit}"));
}

bool
repo_branch(struct repo *r, const char *name, struct error *err)
{
	struct git_run check = { .dir = r->root, .words = GIT_WORDS("check-ref-format", "--branch", name) };
	struct git_run make = { .dir = r->root, .words = GIT_WORDS("switch", "-q", "-c", name) };

	if (name[0] == '-' || !git_run(&check, NULL))
		return error_set(err, ERROR_USAGE, "\"%.80s\" is not a name for a branch", name);
	if (repo_has_branch(r, name))
		return error_set(err, ERROR_CONFLICT, "%s has a branch \"%.80s\" already", r->root, name);
	if (!git_run(&make, err))
		return false;
	look_at_head(r);
	return true;
}

bool
repo_return(struct repo *r, const char *before, const char *drop, struct error *err)
{
	struct git_run back = { .dir = r->root, .words = repo_has_branch(r, before) ?
	    GIT_WORDS("switch", "-q", before) : GIT_WORDS("switch", "-q", "--detach", before) };
	struct git_run away = { .dir = r->root, .words = GIT_WORDS("branch", "-q", "-D", drop) };

	if (!git_run(&back, err) || (drop != NULL && !git_run(&away, err)))
		return false;
	look_at_head(r);
	return true;
}

bool
repo_contains(const struct repo *r, const char *commit)
{
	int status = 1;
	struct git_run g = { .dir = r->root, .words = GIT_WORDS("merge-base", "--is-ancestor", commit, "HEAD"),
		.status = &status };

	return git_run(&g, NULL) && status == 0;
}
