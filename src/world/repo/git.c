#include "world/repo/git.h"

#include <string.h>

#include "base/mem.h"
#include "os/process.h"

/*
 * A name without "=" takes the variable away (putenv(3)): a git hook that
 * started us must not redirect git to another repository.
 */
static const char *const environment[] = { "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX",
	"GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR", "GIT_NAMESPACE", "GIT_LITERAL_PATHSPECS=1",
	"GIT_TERMINAL_PROMPT=0", "GIT_EDITOR=:", "LC_ALL=C", NULL };

/*
 * What "grep" and "log" write is read here, so settings of the user's that
 * change it are set aside. No other command is touched by its own settings.
 */
#define CALM "-c", "color.ui=false", "-c", "core.quotePath=false"

static const struct {
	const char *command;
	const char *settings[GIT_SETTINGS_MAX];
} calm[] = {
	{ "grep", { CALM, "-c", "color.grep=false", "-c", "grep.lineNumber=false", "-c", "grep.column=false",
	    "-c", "grep.fullName=false", "-c", "submodule.recurse=false" } },
	{ "log", { CALM, "-c", "log.showSignature=false", "-c", "log.showRoot=true", "-c", "log.follow=false",
	    "-c", "i18n.logOutputEncoding=UTF-8", "-c", "diff.external=" } },
};

static size_t
calm_words(const char *command, const char **argv)
{
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(calm); i++)
		while (str_eq(command, calm[i].command) && n < GIT_SETTINGS_MAX && calm[i].settings[n] != NULL) {
			argv[n] = calm[i].settings[n];
			n++;
		}
	return n;
}

static void
first_words(const struct buf *said, struct buf *out)
{
	const char *text = buf_str(said);

	for (size_t i = 0; i < said->len && i < 600; i++)
		buf_putc(out, text[i] == '\n' || text[i] == '\r' ? ' ' : text[i]);
}

bool
git_run(const struct git_run *g, struct error *err)
{
	const char *argv[1 + GIT_SETTINGS_MAX + GIT_WORDS_MAX] = { "git" };
	const char **words_at = argv + 1 + calm_words(g->words[0], argv + 1);
	struct buf said = BUF_INIT(1 << 20), words = BUF_INIT(4096);
	struct process p = { .argv = argv, .dir = g->dir, .env = environment, .input = g->input,
		.input_len = g->input != NULL ? strlen(g->input) : 0,
		.limit_ms = g->limit_ms > 0 ? g->limit_ms : GIT_LIMIT_MS, .out = g->out, .err = &said };
	int status = 0;
	bool ok;

	for (size_t n = 0; n < GIT_WORDS_MAX - 1 && g->words[n] != NULL; n++)
		words_at[n] = g->words[n];
	ok = process_run(&p, &status, err);
	if (ok && g->out != NULL && g->out->failed)
		ok = error_set(err, ERROR_FULL, "git %s: more than %zu bytes of output", g->words[0], g->out->max);
	first_words(&said, &words);
	if (ok && g->status != NULL)
		*g->status = status;
	else if (ok && status != 0)
		ok = error_set(err, ERROR_SYSTEM, "git %s in %s: %s", g->words[0], g->dir,
		    words.len > 0 ? str_trim(words.ptr) : "failed without a word");
	buf_free(&said);
	buf_free(&words);
	return ok;
}

char *
git_line(const char *dir, const char *const *words)
{
	struct buf out = BUF_INIT(1 << 20);
	struct git_run g = { .dir = dir, .words = words, .out = &out };
	char *line = NULL;

	if (git_run(&g, NULL) && out.len > 0)
		line = mem_strndup(out.ptr, strcspn(out.ptr, "\n"));
	buf_free(&out);
	return line;
}

void
git_parts(const struct buf *out, struct strlist *parts)
{
	for (size_t at = 0; at < out->len; at += strlen(out->ptr + at) + 1)
		if (out->ptr[at] != '\0')
			strlist_add(parts, out->ptr + at);
}
