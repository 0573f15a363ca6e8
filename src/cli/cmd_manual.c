/* keycanary manual, completion: what is installed beside the program, printed from its tables. */
#include <stdlib.h>

#include "base/mem.h"
#include "cli/cmd.h"
#include "cli/completion.h"
#include "cli/manual.h"
#include "cli/show.h"

static bool
no_page(const char *name, struct error *err)
{
	const char *names[32], *near;
	size_t n = 0;

	for (; n < ARRAY_LEN(names) && manual_pages[n].name != NULL; n++)
		names[n] = manual_pages[n].name;
	near = str_suggest(name, names, n);
	return error_set(err, ERROR_USAGE, "there is no page \"%.60s\"%s%s%s", name,
	    near != NULL ? "; did you mean " : "; \"keycanary manual\" lists them", str_or(near, ""), near != NULL ? "?" : "");
}

static int
manual_run(struct cmd_ctx *ctx, struct error *err)
{
	const struct manual_page *page;
	struct buf out = BUF_INIT(BUF_REPORT);
	bool ok;

	if (ctx->argc == 0) {
		for (page = manual_pages; page->name != NULL; page++)
			(void)printf("%s.%d\n", page->name, page->section);
		return EXIT_FINE;
	}
	page = manual_find(ctx->argv[0]);
	if (page == NULL)
		return no_page(ctx->argv[0], err) ? EXIT_FINE : -1;
	ok = manual_write(page, &out, err) && show_buffer(&out, err);
	buf_free(&out);
	return ok ? EXIT_FINE : -1;
}

const struct cmd cmd_manual = {
	.name = "manual",
	.group = "set up",
	.args = "[PAGE]",
	.about = "list the pages of the manual, or print the source of one",
	.help = "The pages are written in mdoc(7). Where they are not installed, man or mandoc\n"
	    "shows one from standard input.",
	.examples = "  keycanary manual keycanary.conf | man -l -",
	.max_args = 1,
	.run = manual_run,
};

static int
completion_run(struct cmd_ctx *ctx, struct error *err)
{
	const struct shell *shell = shell_find(ctx->argv[0]);
	struct buf out = BUF_INIT(BUF_REPORT);

	if (shell == NULL) {
		error_set(err, ERROR_USAGE, "there is no completion for \"%.40s\": bash, fish, zsh", ctx->argv[0]);
		return -1;
	}
	shell->write(&out);
	return show_buffer(&out, err) ? EXIT_FINE : -1;
}

const struct cmd cmd_completion = {
	.name = "completion",
	.group = "set up",
	.args = "SHELL",
	.about = "print the completion for bash, fish or zsh",
	.examples = "  source <(keycanary completion bash)\n"
	    "  keycanary completion fish > ~/.config/fish/completions/keycanary.fish",
	.min_args = 1,
	.max_args = 1,
	.run = completion_run,
};
