/* keycanary alert test, alert send, outbox, outbox retry, outbox drop. */
#include <stdlib.h>

#include "base/mem.h"
#include "base/when.h"
#include "cli/cmd.h"
#include "cli/listing.h"
#include "cli/person.h"
#include "cli/progress.h"
#include "cli/show.h"
#include "cli/show_channels.h"
#include "cli/table.h"
#include "cli/term.h"
#include "core/report/json_report.h"
#include "core/settings/settings.h"
#include "work/outbox.h"

/* --- alert test ------------------------------------------------------------------ */

static void
show_answer(void *arg, const char *channel, const char *type, const char *result, const char *answer)
{
	struct table *t = arg;

	table_cell(t, channel);
	table_cell(t, type);
	table_cell_color(t, str_eq(result, "delivered") ? COLOR_GREEN : COLOR_RED, result);
	table_cell(t, answer);
}

static bool
no_channel(const struct settings *s, const char *name, struct error *err)
{
	const char **names = mem_zalloc(s->channels, sizeof(*names)), *near;

	for (size_t i = 0; i < s->channels; i++)
		names[i] = s->channel[i].name;
	near = str_suggest(name, names, s->channels);
	free(names);
	return error_set(err, ERROR_NOT_FOUND, "no channel is called \"%.60s\"%s%s%s", name,
	    near != NULL ? "; did you mean \"" : "", str_or(near, ""), near != NULL ? "\"?" : "");
}

static int
test_run(struct cmd_ctx *ctx, struct error *err)
{
	static const char *const headings[] = { "CHANNEL", "TYPE", "RESULT", "ANSWER", NULL };
	struct table t;
	struct progress meter;
	const char *only = ctx->argc > 0 ? ctx->argv[0] : NULL;
	size_t failed = 0;

	if (ctx->settings->channels == 0) {
		error_set(err, ERROR_NOT_FOUND, "no channels are configured; see \"channels\" in the configuration");
		return -1;
	}
	if (only != NULL && settings_channel(ctx->settings, only) == NULL)
		return no_channel(ctx->settings, only, err) ? EXIT_FINE : -1;
	table_begin(&t, headings);
	progress_begin(&meter, ctx);
	progress_say(&meter, "waiting for the answer of %zu channels", only != NULL ? 1 : ctx->settings->channels);
	failed = outbox_test(ctx->settings, only, ctx->now_ms, show_answer, &t);
	progress_end(&meter);
	table_end(&t, stdout, ctx->color, ctx->width);
	show_channel_warnings(ctx->settings);
	if (failed == 0)
		return EXIT_FINE;
	error_set(err, ERROR_REMOTE, "%zu of %zu channels did not take the test message", failed,
	    only != NULL ? 1 : ctx->settings->channels);
	return -1;
}

const struct cmd cmd_alert_test = {
	.name = "alert test",
	.group = "alerts",
	.args = "[CHANNEL]",
	.about = "send a test message on every channel now, and show each answer",
	.needs = NEEDS_CONFIG,
	.max_args = 1,
	.run = test_run,
};

static int
send_run(struct cmd_ctx *ctx, struct error *err)
{
	int64_t sent = 0, waiting = 0, now = 0;

	do {
		if (!outbox_send(ctx->settings, &now, &waiting, err))
			return -1;
		sent += now;
	} while (now > 0);
	if (!ctx->quiet)
		(void)printf("%lld sent, %lld wait\n", (long long)sent, (long long)waiting);
	return somebody_hears(ctx, err) ? EXIT_FINE : -1;
}

const struct cmd cmd_alert_send = {
	.name = "alert send",
	.group = "alerts",
	.about = "send what is due in the outbox now (poll and watch do it by themselves)",
	.help = "Exit status: 0 fine, 1 failed, or every channel fails and nobody can be told.",
	.needs = NEEDS_CONFIG | NEEDS_STORE,
	.run = send_run,
};

/* --- outbox ------------------------------------------------------------------------ */

static const struct opt outbox_opts[] = {
	{ .name = "all", .letter = 'a', .kind = OPT_FLAG, .about = "what was sent and dropped, too" },
	{ .name = "json", .kind = OPT_FLAG, .about = "as JSON" },
	{ .name = NULL },
};

static void
show_row(void *arg, const struct outbox_line *r)
{
	struct listing *l = arg;
	char at[WHEN_TEXT_MAX];

	l->rows++;
	if (l->json != NULL) {
		jsonw_open(l->json, NULL, '{');
		jsonw_int(l->json, "id", r->id);
		jsonw_str(l->json, "channel", r->channel);
		jsonw_str(l->json, "kind", r->kind);
		jsonw_str(l->json, "state", r->state);
		jsonw_int(l->json, "attempts", r->attempts);
		jsonw_when(l->json, "next", r->next_ms);
		jsonw_str(l->json, "idempotency_key", r->key);
		jsonw_str(l->json, "last_error", r->last_error);
		jsonw_str(l->json, "answer", r->answer);
		jsonw_close(l->json);
		return;
	}
	table_cell_printf(&l->table, "%lld", (long long)r->id);
	table_cell(&l->table, r->channel);
	table_cell(&l->table, r->kind);
	table_cell_color(&l->table, str_eq(r->state, "parked") ? COLOR_RED : COLOR_NONE, r->state);
	table_cell_printf(&l->table, "%lld", (long long)r->attempts);
	table_cell(&l->table, show_time(l->ctx, r->next_ms, at));
	table_cell(&l->table, r->last_error != NULL ? r->last_error : r->answer);
}

static int
outbox_run(struct cmd_ctx *ctx, struct error *err)
{
	static const char *const headings[] = { "ID", "CHANNEL", "KIND", "STATE", "TRIES", "NEXT", "ANSWER", NULL };
	struct listing l;
	bool ok;

	listing_begin(&l, ctx, "messages", headings);
	ok = outbox_list(ctx->store, opt_flag(ctx, "all"), show_row, &l, err);
	return listing_end(&l, ok, "nothing waits", err) ? EXIT_FINE : -1;
}

const struct cmd cmd_outbox = {
	.name = "outbox",
	.group = "alerts",
	.about = "list what waits to be told, what failed, and why",
	.opts = outbox_opts,
	.needs = NEEDS_STORE | NEEDS_PAGER,
	.run = outbox_run,
};

static const struct opt drop_opts[] = {
	{ .name = "yes", .letter = 'y', .kind = OPT_FLAG, .about = "do not ask" },
	{ .name = NULL },
};

/* Nobody will ever be told. */
static bool
sure_to_drop(const struct cmd_ctx *ctx, bool *yes, struct error *err)
{
	char *question = ctx->argc == 1 ? mem_printf("Give up on message %s, and tell nobody?", ctx->argv[0]) :
	    mem_printf("Give up on these %d messages, and tell nobody?", ctx->argc);
	bool ok = true;

	*yes = opt_flag(ctx, "yes");
	if (!*yes)
		ok = term_confirm(question, yes, err);
	free(question);
	return ok;
}

static int
change(struct cmd_ctx *ctx, bool drop, struct error *err)
{
	int64_t total = 0;
	int n = 0;

	do {
		int64_t id = 0, changed = 0;

		if (ctx->argc > 0 && !str_to_int(ctx->argv[n], 1, INT64_MAX, &id)) {
			error_set(err, ERROR_USAGE, "\"%.40s\" is not the number of a message", ctx->argv[n]);
			return -1;
		}
		if (!outbox_change(ctx->store, id, drop, person(), ctx->now_ms, &changed, err))
			return -1;
		total += changed;
	} while (++n < ctx->argc);
	if (!ctx->quiet)
		(void)printf("%lld message%s %s\n", (long long)total, total == 1 ? "" : "s",
		    drop ? "dropped" : "will be tried again");
	return EXIT_FINE;
}

static int
retry_run(struct cmd_ctx *ctx, struct error *err)
{
	return change(ctx, false, err);
}

static int
drop_run(struct cmd_ctx *ctx, struct error *err)
{
	bool yes = false;

	if (!sure_to_drop(ctx, &yes, err))
		return -1;
	return yes ? change(ctx, true, err) : EXIT_TROUBLE;
}

const struct cmd cmd_outbox_retry = {
	.name = "outbox retry",
	.group = "alerts",
	.args = "[ID…]",
	.about = "try parked messages again; without ID, all of them",
	.help = "A watch that runs sends them at once; otherwise \"keycanary alert send\" or the next poll does.\n"
	    "The idempotency key stays the same. Written to the audit trail.",
	.needs = NEEDS_STORE,
	.max_args = -1,
	.run = retry_run,
};

const struct cmd cmd_outbox_drop = {
	.name = "outbox drop",
	.group = "alerts",
	.args = "ID…",
	.about = "give up on messages",
	.help = "A message that was delivered already cannot be dropped. Written to the audit trail.\n"
	    "Asks first; without a terminal to ask on, --yes is needed.",
	.opts = drop_opts,
	.needs = NEEDS_STORE,
	.min_args = 1,
	.max_args = -1,
	.run = drop_run,
};
