#include "cli/prepare.h"

bool
prepare(struct cmd_ctx *ctx, struct error *err)
{
	(void)ctx;
	(void)err;
	return true;
}

void
prepare_undo(struct cmd_ctx *ctx)
{
	(void)ctx;
}
