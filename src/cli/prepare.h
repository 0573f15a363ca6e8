/*
 * cli/prepare.h: what a command's flags ask for: settings, store, lock.
 */
#ifndef CLI_PREPARE_H
#define CLI_PREPARE_H

#include <stdbool.h>

#include "cli/cmd.h"

bool prepare(struct cmd_ctx *ctx, struct error *err);
/* Settings and store for a command that finds out late that it needs them. */
bool prepare_store(struct cmd_ctx *ctx, struct error *err);
/* The store alone, for a command that can go on without it. */
bool prepare_open_store(struct cmd_ctx *ctx, struct error *err);
void prepare_undo(struct cmd_ctx *ctx);

#endif
