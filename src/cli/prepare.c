#include "cli/prepare.h"

#include <stdlib.h>

#include "base/mem.h"
#include "cli/options.h"
#include "core/settings/settings.h"
#include "os/lock.h"
#include "os/log.h"
#include "work/settings.h"
#include "work/state.h"

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

/* The place of the state; some commands have a --state of another meaning. */
static const char *
state_place(const struct cmd_ctx *ctx)
{
	const struct opt_value *v = options_find(ctx->values, "state");

	return v != NULL && str_eq(v->opt->arg, "PLACE") ? opt_text(ctx, "state") : NULL;
}

static bool
read_settings(struct cmd_ctx *ctx, struct error *err)
{
	ctx->settings = mem_zalloc(1, sizeof(*ctx->settings));
	if (!settings_load(ctx->settings, opt_text(ctx, "config"), state_place(ctx),
	    (ctx->cmd->needs & NEEDS_CONFIG) != 0, err))
		return false;
	set_log(ctx);
	return true;
}

bool
prepare_open_store(struct cmd_ctx *ctx, struct error *err)
{
	return settings_open_store(ctx->settings, &ctx->store, err);
}

/* Held until the process ends, however it ends. */
static bool
take_lock(struct cmd_ctx *ctx, struct error *err)
{
	char *dir = settings_state_dir(ctx->settings), *path = mem_printf("%s/lock", dir);
	struct lock lock = LOCK_INIT;
	bool ok = lock_take(&lock, path, err);

	free(dir);
	free(path);
	return ok;
}

bool
prepare(struct cmd_ctx *ctx, struct error *err)
{
	unsigned needs = ctx->cmd->needs;

	if ((needs & (NEEDS_SETTINGS | NEEDS_CONFIG | NEEDS_STORE | NEEDS_LOCK)) != 0 &&
	    !read_settings(ctx, err))
		return false;
	if ((needs & (NEEDS_STORE | NEEDS_LOCK)) != 0 && !prepare_open_store(ctx, err))
		return false;
	return (needs & NEEDS_LOCK) == 0 || take_lock(ctx, err);
}

bool
prepare_store(struct cmd_ctx *ctx, struct error *err)
{
	return read_settings(ctx, err) && prepare_open_store(ctx, err);
}

void
prepare_undo(struct cmd_ctx *ctx)
{
	state_close(ctx->store);
	ctx->store = NULL;
	if (ctx->settings != NULL)
		settings_free(ctx->settings);
	free(ctx->settings);
	ctx->settings = NULL;
}
