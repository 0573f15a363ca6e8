#include "cli/show_channels.h"

#include <stdlib.h>

#include "base/when.h"
#include "cli/show.h"
#include "cli/table.h"
#include "core/settings/settings.h"
#include "work/outbox.h"

struct listing {
	const struct cmd_ctx *ctx;
	struct table table;
	struct jsonw *json;
	bool all;
	size_t rows;
};

static void
row(void *arg, const struct channel_line *c)
{
	struct listing *l = arg;
	bool sick = c->failing_ms != WHEN_NONE;
	char at[WHEN_TEXT_MAX];

	if (!l->all && !sick && c->waiting + c->parked == 0)
		return;
	l->rows++;
	table_cell(&l->table, c->name);
	table_cell(&l->table, c->type != NULL ? c->type : "not configured");
	table_cell_color(&l->table, sick ? COLOR_RED : COLOR_NONE, c->state);
	table_cell_printf(&l->table, "%lld", (long long)c->waiting);
	table_cell_printf(&l->table, "%lld", (long long)c->parked);
	table_cell(&l->table, c->good_ms == WHEN_NONE ? "never" : show_time(l->ctx, c->good_ms, at));
	table_cell(&l->table, c->last_error);
}

bool
show_channels(const struct cmd_ctx *ctx, bool all, struct error *err)
{
	static const char *const headings[] = { "CHANNEL", "TYPE", "STATE", "WAIT", "REFUSED", "LAST SUCCESS", "LAST ERROR", NULL };
	struct listing l = { .ctx = ctx, .all = all };
	bool mute = false, ok;

	table_begin(&l.table, headings);
	ok = outbox_channel_states(ctx->store, ctx->settings, ctx->now_ms, row, &l, &mute, err);
	table_end(&l.table, ok && l.rows > 0 ? stdout : NULL, ctx->color, ctx->width);
	return ok;
}

static void
row_json(void *arg, const struct channel_line *c)
{
	struct jsonw *w = arg;

	jsonw_open(w, NULL, '{');
	jsonw_str(w, "name", c->name);
	jsonw_str(w, "type", c->type);
	jsonw_str(w, "state", c->state);
	jsonw_int(w, "waiting", c->waiting);
	jsonw_int(w, "planned", c->planned);
	jsonw_int(w, "parked", c->parked);
	jsonw_when(w, "failing_since", c->failing_ms);
	jsonw_when(w, "not_before", c->wait_ms);
	jsonw_when(w, "last_success", c->good_ms);
	jsonw_str(w, "last_error", c->last_error);
	jsonw_close(w);
}

bool
show_channels_json(const struct cmd_ctx *ctx, struct jsonw *w, struct error *err)
{
	bool mute = false, ok;

	jsonw_open(w, "channels", '[');
	ok = outbox_channel_states(ctx->store, ctx->settings, ctx->now_ms, row_json, w, &mute, err);
	jsonw_close(w);
	jsonw_bool(w, "mute", mute);
	return ok;
}

bool
somebody_hears(const struct cmd_ctx *ctx, struct error *err)
{
	bool mute = false;

	if (!outbox_channel_states(ctx->store, ctx->settings, ctx->now_ms, NULL, NULL, &mute, err))
		return false;
	if (!mute)
		return true;
	return error_set(err, ERROR_REMOTE, "nobody can be told: every channel fails; \"keycanary outbox\" says why, "
	    "\"keycanary alert test\" tries them");
}
