/* keycanary poll, watch, status. */
#include <stdlib.h>

#include "base/mem.h"
#include "base/when.h"
#include "cli/cmd.h"
#include "cli/progress.h"
#include "cli/show.h"
#include "cli/show_channels.h"
#include "cli/table.h"
#include "core/report/json_report.h"
#include "core/settings/settings.h"
#include "os/clock.h"
#include "work/daemon.h"
#include "work/deadman.h"
#include "work/outbox.h"
#include "work/state.h"
#include "work/watch.h"

static void
poll_summary(const struct cmd_ctx *ctx, const struct watch_counts *c, int64_t sent, int64_t waiting)
{
	if (ctx->quiet)
		return;
	(void)printf("%lld sighting%s, %lld new incident%s; %zu region%s read, %zu blind; %lld message%s sent, %lld wait\n",
	    (long long)c->sightings, c->sightings == 1 ? "" : "s", (long long)c->incidents,
	    c->incidents == 1 ? "" : "s", c->regions, c->regions == 1 ? "" : "s", c->blind, (long long)sent,
	    sent == 1 ? "" : "s", (long long)waiting);
}

static void
poll_progress(void *arg, const struct watch_counts *so_far, size_t busy)
{
	if (progress_due(arg))
		progress_say(arg, "%zu of %zu regions read, %lld events, %lld sightings", so_far->regions - busy,
		    so_far->regions, (long long)so_far->events, (long long)so_far->sightings);
}

static int
poll_run(struct cmd_ctx *ctx, struct error *err)
{
	struct watch *w = NULL;
	struct watch_counts counts;
	struct progress meter;
	int64_t sent = 0, waiting = 0;
	bool ok = watch_open(&w, ctx->store, ctx->settings, err), complete;

	progress_begin(&meter, ctx);
	ok = ok && watch_poll(w, poll_progress, &meter, &counts, err);
	progress_end(&meter);
	complete = ok && watch_complete(w);
	watch_close(w);
	if (!ok || !deadman_look(ctx->store, ctx->settings, clock_now_ms(), err) ||
	    !outbox_send(ctx->settings, &sent, &waiting, err) ||
	    !outbox_forget(ctx->store, ctx->settings, clock_now_ms(), err))
		return -1;
	poll_summary(ctx, &counts, sent, waiting);
	if (deadman_well(ctx->store, ctx->settings, complete, counts.blind, ctx->now_ms) &&
	    !heartbeat_ping_kept(ctx->store, ctx->settings, err))
		return -1;
	if (counts.blind == 0)
		return somebody_hears(ctx, err) ? EXIT_FINE : -1;
	error_set(err, ERROR_REMOTE, "%zu regions or accounts could not be read; \"keycanary status\" says why",
	    counts.blind);
	return -1;
}

const struct cmd cmd_poll = {
	.name = "poll",
	.group = "watch",
	.about = "read CloudTrail once, in every region; for cron or a timer",
	.help =
	    "Asks LookupEvents of every enabled region of every account for what is new,\n"
	    "keeps what concerns a canary, sends what is due, and ends. Whatever could not\n"
	    "be read is a recorded gap; it is read at the next run.\n"
	    "\n"
	    "After a complete cycle heartbeat.url is asked for. Blindness and its end are\n"
	    "told once each; \"blind\" lasts over runs, so a timer tells it, too.\n"
	    "\n"
	    "Exit status: 0 all was read, 1 blind somewhere or failed or nobody can be told,\n"
	    "2 wrong words.",
	.needs = NEEDS_STORE | NEEDS_LOCK,
	.run = poll_run,
};

static int
watch_run(struct cmd_ctx *ctx, struct error *err)
{
	return daemon_run(ctx->store, ctx->settings, opt_text(ctx, "config"), opt_text(ctx, "state"), err) ?
	    EXIT_FINE : -1;
}

const struct cmd cmd_watch = {
	.name = "watch",
	.group = "watch",
	.about = "the same as poll, for ever",
	.help =
	    "Each region is read in three tiers: the newest minutes every few seconds, the\n"
	    "last hour every few minutes for events that come late, the last days once a\n"
	    "day; at the first start, 90 days. What was missed is a recorded gap until it is\n"
	    "read. Each account asks for itself, so that one that fails stops nobody.\n"
	    "\n"
	    "By turns, IAM is asked when each key was last used. A use that no event explains\n"
	    "is a sighting of its own within the hour, and explained when the event comes;\n"
	    "with more than 400 keys in one account within four hours, which is how often\n"
	    "IAM makes the credential report.\n"
	    "A trail that somebody stops, deletes or narrows is a gap and a message.\n"
	    "What this monitor does to a canary itself is labelled \"own\" and alarms nobody:\n"
	    "give it an identity that people do not use.\n"
	    "\n"
	    "Where AWS promises nothing the worse is assumed: events come in any order, twice,\n"
	    "and late; a page's token may end at any time, then the window is read anew; a\n"
	    "session's uses may not be found by its user's name, so its key is asked for, too;\n"
	    "a region refuses for being closed only where another one of the account answers.\n"
	    "How late LookupEvents and the last-used dates are is for you to measure; \"drill\"\n"
	    "does that.\n"
	    "\n"
	    "SIGTERM ends it after the transaction that is open. SIGHUP reads the\n"
	    "configuration again; a bad one is refused and the old one kept. Under systemd it\n"
	    "tells when it is ready, that it lives, and how many regions it sees.",
	.needs = NEEDS_STORE | NEEDS_LOCK,
	.run = watch_run,
};

/* --- status ------------------------------------------------------------------- */

static const struct opt status_opts[] = {
	{ .name = "json", .kind = OPT_FLAG, .about = "as JSON" },
	{ .name = NULL },
};

static void
coverage_table(const struct cmd_ctx *ctx, const struct sight *s)
{
	static const char *const headings[] = { "ACCOUNT", "REGION", "SOURCE", "COMPLETE UNTIL", "PLAN", "CALLS/H",
		"LAST ERROR", NULL };
	struct table t;

	table_begin(&t, headings);
	for (size_t i = 0; i < s->coverages; i++) {
		const struct coverage *c = &s->coverage[i];
		char at[WHEN_TEXT_MAX];

		table_cell(&t, c->account);
		table_cell(&t, c->region);
		table_cell(&t, c->source);
		table_cell_color(&t, c->error_kind != NULL ? COLOR_RED : COLOR_GREEN,
		    c->until_ms == WHEN_NONE ? (c->closed ? "not opted in" : "never") : show_time(ctx, c->until_ms, at));
		table_cell(&t, c->plan);
		table_cell_printf(&t, "%.0f", c->calls_per_hour);
		table_cell(&t, c->error_text);
	}
	table_end(&t, stdout, ctx->color, ctx->width);
}

static void
gap_lines(const struct cmd_ctx *ctx, const struct sight *s)
{
	for (size_t i = 0; i < s->gaps; i++) {
		const struct gap *g = &s->gap[i];
		char a[WHEN_TEXT_MAX], b[WHEN_TEXT_MAX];
		char *line = mem_printf("gap: %s %s from %s to %s: %s: %s", g->account, g->region,
		    show_time(ctx, g->from_ms, a), g->to_ms == WHEN_NONE ? "now" : show_time(ctx, g->to_ms, b),
		    str_or(g->cause, "?"), str_or(g->detail, ""));
		struct buf out = BUF_INIT(BUF_LINE);

		term_paint(&out, ctx->color, COLOR_RED, line);
		(void)puts(buf_str(&out));
		buf_free(&out);
		free(line);
	}
}

/* When somebody outside last heard that we watch. */
static bool
heartbeat_line(const struct cmd_ctx *ctx, struct error *err)
{
	struct heartbeat_last last;
	char at[WHEN_TEXT_MAX], since[WHEN_TEXT_MAX], ago[WHEN_TEXT_MAX];
	struct buf out = BUF_INIT(BUF_LINE);
	bool ok = true;

	if (ctx->settings->heartbeat_url == NULL)
		return true;
	ok = heartbeat_recall(ctx->store, &last, err);
	if (ok && last.taken_ms == WHEN_NONE)
		(void)printf("heartbeat: never taken");
	else if (ok)
		(void)printf("heartbeat: last taken %s, %s ago", show_time(ctx, last.taken_ms, at),
		    span_text((ctx->now_ms > last.taken_ms ? ctx->now_ms - last.taken_ms : 0) / 1000, ago));
	if (ok && last.failed_ms != WHEN_NONE) {
		term_paint(&out, ctx->color, COLOR_RED, str_or(last.failure, "?"));
		(void)printf("; refused %s: %s", show_time(ctx, last.failed_ms, since), buf_str(&out));
	}
	if (ok)
		(void)putchar('\n');
	buf_free(&out);
	free(last.failure);
	return ok;
}

static bool
heartbeat_json(const struct cmd_ctx *ctx, struct jsonw *w, struct error *err)
{
	struct heartbeat_last last;
	bool ok = heartbeat_recall(ctx->store, &last, err);

	jsonw_open(w, "heartbeat", '{');
	jsonw_bool(w, "configured", ctx->settings->heartbeat_url != NULL);
	jsonw_when(w, "last_taken", ok ? last.taken_ms : WHEN_NONE);
	jsonw_when(w, "failed", ok ? last.failed_ms : WHEN_NONE);
	jsonw_str(w, "error", last.failure);
	jsonw_close(w);
	free(last.failure);
	return ok;
}

static bool
status_json(const struct cmd_ctx *ctx, const struct sight *s, struct error *err)
{
	struct buf out = BUF_INIT(BUF_REPORT);
	struct jsonw w = JSONW_INIT(&out, 2);
	bool ok;

	jsonw_open(&w, NULL, '{');
	jsonw_int(&w, "schema", JSON_SCHEMA);
	jsonw_open(&w, "canaries", '{');
	for (int i = 0; i < 4; i++)
		jsonw_int(&w, canary_state_name((enum canary_state)i), s->canaries[i]);
	jsonw_close(&w);
	jsonw_open(&w, "coverage", '[');
	for (size_t i = 0; i < s->coverages; i++) {
		const struct coverage *c = &s->coverage[i];

		jsonw_open(&w, NULL, '{');
		jsonw_str(&w, "account", c->account);
		jsonw_str(&w, "region", c->region);
		jsonw_str(&w, "source", c->source);
		jsonw_str(&w, "plan", c->plan);
		jsonw_when(&w, "complete_until", c->until_ms);
		jsonw_when(&w, "last_success", c->good_ms);
		jsonw_int(&w, "calls", c->calls);
		jsonw_real(&w, "calls_per_hour", c->calls_per_hour);
		jsonw_str(&w, "error", c->error_kind);
		jsonw_str(&w, "error_text", c->error_text);
		jsonw_bool(&w, "closed", c->closed);
		jsonw_close(&w);
	}
	jsonw_close(&w);
	jsonw_open(&w, "gaps", '[');
	for (size_t i = 0; i < s->gaps; i++) {
		jsonw_open(&w, NULL, '{');
		jsonw_str(&w, "account", s->gap[i].account);
		jsonw_str(&w, "region", s->gap[i].region);
		jsonw_when(&w, "from", s->gap[i].from_ms);
		jsonw_when(&w, "to", s->gap[i].to_ms);
		jsonw_str(&w, "cause", s->gap[i].cause);
		jsonw_str(&w, "detail", s->gap[i].detail);
		jsonw_close(&w);
	}
	jsonw_close(&w);
	jsonw_int(&w, "messages_waiting", s->waiting);
	jsonw_int(&w, "messages_parked", s->parked);
	jsonw_int(&w, "canaries_drifted", s->drifted);
	ok = heartbeat_json(ctx, &w, err) && show_channels_json(ctx, &w, err);
	jsonw_close(&w);
	if (!ok) {
		buf_free(&out);
		return false;
	}
	return show_buffer(&out, err);
}

static int
status_run(struct cmd_ctx *ctx, struct error *err)
{
	struct sight s;
	bool ok = state_sight(ctx->store, &s, err);

	if (ok && show_json(ctx)) {
		ok = status_json(ctx, &s, err);
	} else if (ok) {
		(void)printf("canaries: %lld live, %lld tripped, %lld retired, %lld inert (cannot fire)\n",
		    (long long)s.canaries[CANARY_LIVE], (long long)s.canaries[CANARY_TRIPPED],
		    (long long)s.canaries[CANARY_RETIRED], (long long)s.canaries[CANARY_INERT]);
		if (s.coverages > 0)
			coverage_table(ctx, &s);
		else
			(void)puts("nothing was read yet; \"keycanary poll\" reads");
		gap_lines(ctx, &s);
		if (s.drifted > 0)
			(void)printf("drift: %lld canar%s differ%s from AWS; \"keycanary doctor decoys\" says how\n",
			    (long long)s.drifted, s.drifted == 1 ? "y" : "ies", s.drifted == 1 ? "s" : "");
		if (s.waiting + s.parked > 0)
			(void)printf("messages: %lld wait, %lld refused for good (\"keycanary outbox\")\n",
			    (long long)s.waiting, (long long)s.parked);
		ok = heartbeat_line(ctx, err) && show_channels(ctx, false, err);
	}
	sight_clear(&s);
	ok = ok && somebody_hears(ctx, err);
	return ok ? EXIT_FINE : -1;
}

const struct cmd cmd_status = {
	.name = "status",
	.group = "watch",
	.about = "say what was read up to when, and what could not be seen",
	.help =
	    "For each account, region and source: up to when everything was read, by which\n"
	    "plan, requests in the last hour, the last error. \"sweep\" reads all events,\n"
	    "\"per-canary\" asks for each name; the cheaper one is chosen, region by region.\n"
	    "Gaps are what could not be read and why; a filled one is gone from the list. One\n"
	    "of cause \"tampered\" says who stopped or narrowed a trail, until it records again.",
	.opts = status_opts,
	.needs = NEEDS_STORE | NEEDS_PAGER,
	.run = status_run,
};
