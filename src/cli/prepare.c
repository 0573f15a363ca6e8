#include "cli/prepare.h"

#include <stdlib.h>

#include "base/mem.h"
#include "core/settings/settings.h"
#include "os/log.h"
#include "work/settings.h"

/* What the file says about logging, unless the command line said otherwise. */
static void
set_log(const struct cmd_ctx *ctx)
{
	enum log_level level = LOG_LEVEL_INFO;

	(void)log_level_parse(ctx->settings->log_level, &level);
	if (opt_flag(ctx, "verbose"))
		level = LOG_LEVEL_DEBUG;
	else if (ctx->quiet)
		level = LOG_LEVEL_ERROR;
	log_setup(level, str_eq(ctx->settings->log_format, "json"));
}

bool
prepare(struct cmd_ctx *ctx, struct error *err)
{
	unsigned needs = ctx->cmd->needs;

	if ((needs & (NEEDS_SETTINGS | NEEDS_CONFIG | NEEDS_STORE | NEEDS_LOCK)) == 0)
		return true;
	ctx->settings = mem_zalloc(1, sizeof(*ctx->settings));
	if (!settings_load(ctx->settings, opt_text(ctx, "config"), opt_text(ctx, "state"),
	    (needs & NEEDS_CONFIG) != 0, err))
		return false;
	set_log(ctx);
	return true;
}

void
prepare_undo(struct cmd_ctx *ctx)
{
	if (ctx->settings != NULL)
		settings_free(ctx->settings);
	free(ctx->settings);
	ctx->settings = NULL;
}
