#include <stdlib.h>

#include "base/escape.h"
#include "base/json.h"
#include "cli/cmd.h"
#include "cli/show.h"
#include "core/report/json_report.h"
#include "core/settings/settings.h"
#include "work/address.h"
#include "work/settings.h"

static int
check_run(struct cmd_ctx *ctx, struct error *err)
{
	struct buf line = BUF_INIT(BUF_LINE);

	if (!settings_check_secrets(ctx->settings, err) || !address_check(ctx->settings, err))
		return -1;
	escape_terminal(&line, ctx->settings->file);
	if (!ctx->quiet)
		(void)printf("%s: in order (%zu accounts, %zu channels, %zu routes, %zu noise rules)\n",
		    buf_str(&line), ctx->settings->accounts, ctx->settings->channels,
		    ctx->settings->routes, ctx->settings->noises);
	buf_free(&line);
	show_channel_warnings(ctx->settings);
	return EXIT_FINE;
}

static const struct opt show_opts[] = {
	{ .name = "json", .kind = OPT_FLAG, .about = "as JSON" },
	{ .name = NULL },
};

static bool
show_as_json(const struct settings *s, struct error *err)
{
	struct buf out = BUF_INIT(BUF_REPORT);
	struct jsonw w = JSONW_INIT(&out, 2);

	jsonw_open(&w, NULL, '{');
	jsonw_int(&w, "schema", JSON_SCHEMA);
	jsonw_str(&w, "file", s->file);
	if (!settings_write_json(s, &w, "settings", err)) {
		buf_free(&out);
		return false;
	}
	jsonw_close(&w);
	return show_buffer(&out, err);
}

static int
show_run(struct cmd_ctx *ctx, struct error *err)
{
	struct buf out = BUF_INIT(BUF_RECORD);

	if (show_json(ctx))
		return show_as_json(ctx->settings, err) ? EXIT_FINE : -1;
	settings_write(ctx->settings, &out);
	(void)printf("# %s\n%s", ctx->settings->file != NULL ? ctx->settings->file :
	    "no configuration file: initial values", buf_str(&out));
	buf_free(&out);
	return EXIT_FINE;
}

static int
example_run(struct cmd_ctx *ctx, struct error *err)
{
	struct buf out = BUF_INIT(BUF_RECORD);

	(void)ctx;
	(void)err;
	settings_example(&out);
	(void)fputs(buf_str(&out), stdout);
	buf_free(&out);
	return EXIT_FINE;
}

const struct cmd cmd_config_example = {
	.name = "config example",
	.group = "set up",
	.about = "print a configuration file with every setting explained",
	.examples = "keycanary config example > ~/.config/keycanary/keycanary.conf   # a beginning",
	.needs = NEEDS_PAGER,
	.run = example_run,
};

const struct cmd cmd_config_check = {
	.name = "config check",
	.group = "set up",
	.about = "say whether the configuration is in order",
	.help = "Reads the configuration as the watch would, and fetches every secret it refers to.\n"
	    "A wrong name or value is told with file, line and the nearest right name.",
	.examples = "keycanary config check --config ./keycanary.conf   # before it is installed",
	.needs = NEEDS_CONFIG,
	.run = check_run,
};

const struct cmd cmd_config_show = {
	.name = "config show",
	.group = "set up",
	.about = "print every setting as it is in effect",
	.help = "The output is a configuration file itself. Secrets are not in it, only where they are.",
	.examples = "keycanary config show   # what is in effect, initial values included",
	.opts = show_opts,
	.needs = NEEDS_SETTINGS | NEEDS_PAGER,
	.run = show_run,
};
