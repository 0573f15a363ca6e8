/* cli/show.h: incidents on standard output, as text or JSON; shared by scan, report, show. */
#ifndef CLI_SHOW_H
#define CLI_SHOW_H

#include "cli/cmd.h"
#include "core/intent/rules.h"
#include "core/report/dossier.h"
#include "core/settings/settings.h"

/* Prints one incident for people. */
void show_incident(const struct cmd_ctx *ctx, const struct dossier *d, const struct rules *rules,
    size_t events_max);
/* A time as the terminal wants it: local there, UTC elsewhere. */
const char *show_time(const struct cmd_ctx *ctx, int64_t at_ms, char out[static 40]);
/* --json or --format json. */
bool show_json(const struct cmd_ctx *ctx);
/* Writes a buffer to standard output and frees it; false when it failed to grow. */
bool show_buffer(struct buf *b, struct error *err);

/* Warnings about channels, a line each, on standard error. */
void show_channel_warnings(const struct settings *settings);

#endif
