#include "cli/prepare.h"

#include <stdlib.h>

#include "os/file.h"
#include "work/state.h"

static bool
open_store(struct cmd_ctx *ctx, struct error *err)
{
	char *dir = opt_text(ctx, "state") != NULL ? file_expand(opt_text(ctx, "state")) : file_state_dir();
	bool ok = state_open(&ctx->store, dir, err);

	free(dir);
	return ok;
}

bool
prepare(struct cmd_ctx *ctx, struct error *err)
{
	if ((ctx->cmd->needs & NEEDS_STORE) != 0)
		return open_store(ctx, err);
	return true;
}

void
prepare_undo(struct cmd_ctx *ctx)
{
	state_close(ctx->store);
	ctx->store = NULL;
}
