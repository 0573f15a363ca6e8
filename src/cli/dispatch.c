#include "cli/dispatch.h"

#include <locale.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/escape.h"
#include "cli/cmd.h"
#include "cli/help.h"
#include "cli/options.h"
#include "cli/prepare.h"
#include "cli/term.h"
#include "os/clock.h"
#include "os/log.h"

/* The one place where a failure is printed. */
static int
complain(const struct cmd *cmd, const struct error *err)
{
	struct buf out = BUF_INIT(BUF_LINE);

	escape_terminal(&out, err->text);
	(void)fprintf(stderr, "keycanary%s%s: %s\n", cmd != NULL ? " " : "", cmd != NULL ? cmd->name : "",
	    buf_str(&out));
	if (err->kind == ERROR_USAGE && cmd != NULL)
		(void)fprintf(stderr, "\"keycanary %s --help\" explains it.\n", cmd->name);
	buf_free(&out);
	return err->kind == ERROR_USAGE ? EXIT_MISUSE : EXIT_TROUBLE;
}

static bool
check_args(const struct cmd *cmd, int argc, char **argv, struct error *err)
{
	if (argc < cmd->min_args)
		return error_set(err, ERROR_USAGE, "something is missing: keycanary %s %s", cmd->name,
		    str_or(cmd->args, ""));
	if (cmd->max_args >= 0 && argc > cmd->max_args && help_verb(cmd->name, argv[0]) != NULL)
		return error_set(err, ERROR_USAGE, "there is no command \"%s %.40s\"; did you mean \"%s\"?", cmd->name,
		    argv[0], help_verb(cmd->name, argv[0]));
	if (cmd->max_args >= 0 && argc > cmd->max_args)
		return error_set(err, ERROR_USAGE, "too many arguments: keycanary %s %s", cmd->name,
		    str_or(cmd->args, ""));
	return true;
}

static void
look_around(struct cmd_ctx *ctx)
{
	ctx->color = term_color(opt_text(ctx, "color"), stdout);
	ctx->terminal = isatty(STDOUT_FILENO) != 0;
	ctx->quiet = opt_flag(ctx, "quiet");
	ctx->width = term_width();
	ctx->now_ms = clock_now_ms();
	ctx->zone_s = ctx->terminal ? clock_zone_s(ctx->now_ms) : 0;
	log_setup(opt_flag(ctx, "verbose") ? LOG_LEVEL_DEBUG :
	    ctx->quiet ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO, false);
}

static int
run(struct cmd_ctx *ctx, struct error *err)
{
	int status = -1;

	if (!check_args(ctx->cmd, ctx->argc, ctx->argv, err))
		return -1;
	if ((ctx->cmd->needs & NEEDS_PAGER) != 0 && !opt_flag(ctx, "no-pager"))
		term_page();
	if (prepare(ctx, err))
		status = ctx->cmd->run(ctx, err);
	prepare_undo(ctx);
	return status;
}

/* Whoever read has seen enough: the pager was left, or "head" is done. No failure of ours. */
static bool
nobody_reads(void)
{
	struct pollfd out = { .fd = STDOUT_FILENO, .events = POLLOUT };

	return poll(&out, 1, 0) == 1 && (out.revents & POLLERR) != 0;
}

/* What cannot be written is a failure, whatever the command thought. */
static int
close_output(int status, struct error *err)
{
	bool written = fflush(stdout) == 0 && !ferror(stdout);

	if (!written && nobody_reads()) {
		status = status < 0 ? EXIT_TROUBLE : status;
	} else if (!written) {
		error_errno(err, ERROR_SYSTEM, "standard output cannot be written");
		status = -1;
	}
	if (!term_page_end() && status >= 0) {
		error_set(err, ERROR_SYSTEM, "the pager cannot be run ($KEYCANARY_PAGER, $PAGER); try --no-pager");
		status = -1;
	}
	return status;
}

int
dispatch(int argc, char **argv)
{
	char help_word[] = "help", version_word[] = "version";
	struct error err = ERROR_INIT;
	struct opt_values values = { .item = NULL };
	struct cmd_ctx ctx = { .values = &values };
	int words = 0, status = -1;

	(void)setlocale(LC_CTYPE, "");
	if (argc < 2) {
		help_begin(stdout);
		return EXIT_FINE;
	}
	if (str_eq(argv[1], "--help") || str_eq(argv[1], "-h"))
		argv[1] = help_word;
	if (str_eq(argv[1], "--version") || str_eq(argv[1], "-V"))
		argv[1] = version_word;
	ctx.cmd = help_find(argc - 1, argv + 1, &words);
	if (ctx.cmd == NULL) {
		(void)help_no_such(argc - 1, argv + 1, &err);
		return complain(NULL, &err);
	}
	ctx.argv = argv + 1 + words;
	if (options_parse(&values, ctx.cmd->opts, argc - 1 - words, ctx.argv, &ctx.argc, &err)) {
		look_around(&ctx);
		if (opt_flag(&ctx, "help")) {
			help_command(stdout, ctx.cmd, ctx.color);
			status = EXIT_FINE;
		} else {
			status = run(&ctx, &err);
		}
	}
	status = close_output(status, &err);
	options_free(&values);
	return status >= 0 ? status : complain(ctx.cmd, &err);
}
