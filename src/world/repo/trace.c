/* Where a text is: working tree, branches, history. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "world/repo/git.h"
#include "world/repo/repo.h"

enum { REFS_A_RUN = 16 };

bool
repo_show(const struct repo *r, const char *commit, const char *path, struct buf *out, struct error *err)
{
	char *object = mem_printf("%s:%s", commit, path);
	int status = 0;
	struct git_run g = { .dir = r->root, .words = GIT_WORDS("cat-file", "blob", object), .out = out,
		.status = &status };
	bool ok = git_run(&g, err);

	if (ok && status != 0)
		ok = error_set(err, ERROR_NOT_FOUND, "%s: not in %s", path, commit);
	free(object);
	return ok;
}

/* Words of a "git grep -F" with every needle; returns how many. */
static size_t
grep_words(const char **words, const char *const *begin, const struct strlist *needles)
{
	size_t n = 0;

	for (; begin[n] != NULL; n++)
		words[n] = begin[n];
	for (size_t i = 0; i < needles->len && i < 4; i++) {
		words[n++] = "-e";
		words[n++] = needles->item[i];
	}
	words[n] = NULL;
	return n;
}

static bool
grep(const struct repo *r, const char *const *words, struct strlist *out, struct error *err)
{
	struct buf found = BUF_INIT(GIT_OUTPUT_MAX);
	int status = 0;
	struct git_run g = { .dir = r->root, .words = words, .out = &found, .status = &status };
	bool ok = git_run(&g, err);

	if (ok && status > 1)
		ok = error_set(err, ERROR_SYSTEM, "git grep in %s failed with status %d", r->root, status);
	if (ok)
		git_parts(&found, out);
	buf_free(&found);
	return ok;
}

bool
repo_grep(const struct repo *r, const struct strlist *needles, struct strlist *paths, struct error *err)
{
	const char *words[GIT_WORDS_MAX];

	(void)grep_words(words, GIT_WORDS("grep", "-l", "-z", "-F", "--untracked", "--no-exclude-standard"), needles);
	return grep(r, words, paths, err);
}

bool
repo_grep_branches(const struct repo *r, const struct strlist *needles, struct strlist *out,
    struct error *err)
{
	struct buf text = BUF_INIT(GIT_OUTPUT_MAX);
	struct strlist refs = STRLIST_INIT, found = STRLIST_INIT;
	struct git_run list = { .dir = r->root, .words = GIT_WORDS("for-each-ref", "--format=%(refname)",
	    "refs/heads", "refs/remotes", "refs/tags"), .out = &text };
	bool ok = git_run(&list, err);

	strlist_split(&refs, buf_str(&text), "\n");
	for (size_t i = 0; ok && i < refs.len; i += REFS_A_RUN) {
		const char *words[GIT_WORDS_MAX];
		size_t n = grep_words(words, GIT_WORDS("grep", "-l", "-z", "-F"), needles);

		for (size_t k = i; k < refs.len && k < i + REFS_A_RUN && n < GIT_WORDS_MAX - 2; k++)
			words[n++] = refs.item[k];
		words[n] = NULL;
		ok = grep(r, words, &found, err);
	}
	for (size_t i = 0; i < found.len; i++) {
		char *colon = strchr(found.item[i], ':');

		if (colon == NULL)
			continue;
		*colon = '\0';
		strlist_take(out, mem_printf("%s %s", strchr(found.item[i] + 5, '/') + 1, colon + 1));
	}
	strlist_clear(&refs);
	strlist_clear(&found);
	buf_free(&text);
	return ok;
}

bool
repo_history(const struct repo *r, const struct strlist *needles, struct strlist *out, struct error *err)
{
	struct buf text = BUF_INIT(GIT_OUTPUT_MAX);
	struct strlist parts = STRLIST_INIT;
	char *either = strlist_join(needles, "|"), *search = mem_printf("-S%s", either);
	const char *commit = "";
	struct git_run g = { .dir = r->root, .words = GIT_WORDS("log", "--all", "-z", "--name-only", "--no-renames",
	    "--no-textconv", "--no-ext-diff",
	    "--pickaxe-regex", search, "--format=commit:%H"), .out = &text, .limit_ms = GIT_HISTORY_LIMIT_MS };
	bool ok = git_run(&g, err);

	git_parts(&text, &parts);
	for (size_t i = 0; ok && i < parts.len; i++) {
		const char *part = parts.item[i] + strspn(parts.item[i], "\n");

		if (str_starts(part, "commit:"))
			commit = part + 7;
		else if (*part != '\0')
			strlist_take(out, mem_printf("%s %s", commit, part));
	}
	free(either);
	free(search);
	strlist_clear(&parts);
	buf_free(&text);
	return ok;
}
