/* cli/show_channels.h: how the channels fare, for status and others. */
#ifndef CLI_SHOW_CHANNELS_H
#define CLI_SHOW_CHANNELS_H

#include "base/json.h"
#include "cli/cmd.h"

/* A table of the channels that need a look (all of them with `all`); nothing when all are well. */
bool show_channels(const struct cmd_ctx *ctx, bool all, struct error *err);
/* As the member "channels", and "mute". */
bool show_channels_json(const struct cmd_ctx *ctx, struct jsonw *w, struct error *err);
/* False with a message when every channel fails: then nobody can be told. */
bool somebody_hears(const struct cmd_ctx *ctx, struct error *err);

#endif
