/* keycanary drill: trip a canary on purpose and follow it to each channel. */
#include <stdlib.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/when.h"
#include "cli/cmd.h"
#include "cli/list.h"
#include "cli/show.h"
#include "cli/table.h"
#include "core/intent/fold.h"
#include "core/report/json_report.h"
#include "work/drill.h"

enum { FIGURES_MAX = 1000 };

static const struct opt drill_opts[] = {
	{ .name = "key", .letter = 'k', .kind = OPT_TEXT, .arg = "AKIA…", .about = "this canary (default: the one kept for drills)" },
	{ .name = "account", .kind = OPT_TEXT, .arg = "NAME", .about = "the configured account it belongs to" },
	{ .name = "region", .kind = OPT_TEXT, .arg = "REGION", .about = "where the calls go" },
	{ .name = "limit", .kind = OPT_SPAN, .arg = "TIME", .about = "seen and told within this, or an alert (default: drill.limit)" },
	{ .name = "scenario", .letter = 's', .kind = OPT_TEXT, .arg = "ID", .about = "play a published attack, without AWS" },
	{ .name = "scenarios", .kind = OPT_FLAG, .about = "list what can be played" },
	{ .name = "figures", .kind = OPT_FLAG, .about = "how long the legs of past drills took" },
	{ .name = "json", .kind = OPT_FLAG, .about = "as JSON" },
	{ .name = NULL },
};

/* --- lists --------------------------------------------------------------------------------- */

static void
scenario_row(void *arg, const char *id, const char *title, const char *source)
{
	list_cell(arg, id);
	list_cell(arg, title);
	list_cell(arg, source);
}

static bool
list_scenarios(const struct cmd_ctx *ctx, struct error *err)
{
	static const char *const columns[] = { "scenario", "what", "source", NULL };
	struct list l;

	list_begin(&l, ctx, "scenarios", columns);
	return list_end(&l, drill_scenarios(scenario_row, &l, err), err);
}

static const char *
ms_text(int64_t ms, char out[static WHEN_TEXT_MAX])
{
	if (ms == WHEN_NONE)
		return "not known";
	if (ms >= 120000)
		return span_text(ms / 1000, out);
	(void)snprintf(out, WHEN_TEXT_MAX, "%.1f s", (double)ms / 1000);
	return out;
}

static void
figures_json(struct jsonw *w, const struct drill_figures *f)
{
	jsonw_open(w, "figures", '{');
	jsonw_int(w, "done", f->done);
	jsonw_int(w, "late", f->late);
	jsonw_open(w, "legs", '[');
	for (size_t i = 0; i < f->len; i++) {
		jsonw_open(w, NULL, '{');
		jsonw_str(w, "leg", f->item[i].leg);
		jsonw_int(w, "count", (int64_t)f->item[i].count);
		jsonw_int(w, "p50_ms", f->item[i].p50);
		jsonw_int(w, "p95_ms", f->item[i].p95);
		jsonw_close(w);
	}
	jsonw_close(w);
	jsonw_close(w);
}

static void
figures_table(const struct cmd_ctx *ctx, const struct drill_figures *f)
{
	static const char *const headings[] = { "LEG", "DRILLS", "P50", "P95", NULL };
	struct table t;
	char a[WHEN_TEXT_MAX];

	table_begin(&t, headings);
	for (size_t i = 0; i < f->len; i++) {
		table_cell(&t, f->item[i].leg);
		table_cell_printf(&t, "%zu", f->item[i].count);
		table_cell(&t, ms_text(f->item[i].p50, a));
		table_cell(&t, ms_text(f->item[i].p95, a));
	}
	table_end(&t, stdout, ctx->color, ctx->width);
	(void)printf("%lld drills done, %lld late\n", (long long)f->done, (long long)f->late);
}

static bool
show_figures(struct cmd_ctx *ctx, struct error *err)
{
	struct drill_figures f;
	struct buf out = BUF_INIT(BUF_REPORT);
	struct jsonw w = JSONW_INIT(&out, 2);
	bool ok = drill_figures(ctx->store, FIGURES_MAX, &f, err);

	if (ok && show_json(ctx)) {
		jsonw_open(&w, NULL, '{');
		jsonw_int(&w, "schema", JSON_SCHEMA);
		figures_json(&w, &f);
		jsonw_close(&w);
		ok = show_buffer(&out, err);
	} else if (ok && f.done + f.late > 0) {
		figures_table(ctx, &f);
	} else if (ok) {
		(void)puts("no drill has ended yet");
	}
	drill_figures_clear(&f);
	return ok;
}

/* --- one drill ------------------------------------------------------------------------------ */

static void
tell_call(void *arg, const char *call, const char *result)
{
	const struct cmd_ctx *ctx = arg;
	struct buf text = BUF_INIT(BUF_LINE);

	if (ctx->quiet || show_json(ctx))
		return;
	term_paint(&text, false, COLOR_NONE, result);
	(void)printf("  %-30s %.120s\n", call, buf_str(&text));
	(void)fflush(stdout);
	buf_free(&text);
}

static void
leg_line(const char *name, int64_t from_ms, int64_t to_ms, const char *words)
{
	int64_t ms = from_ms == WHEN_NONE || to_ms == WHEN_NONE ? WHEN_NONE : to_ms > from_ms ? to_ms - from_ms : 0;
	char a[WHEN_TEXT_MAX];
	struct buf text = BUF_INIT(BUF_LINE);

	term_paint(&text, false, COLOR_NONE, str_or(words, ""));
	(void)printf("  %-30s %-14s %s\n", name, ms_text(ms, a), buf_str(&text));
	buf_free(&text);
}

static void
show_text(const struct cmd_ctx *ctx, const struct drill_view *v)
{
	const struct drill *d = &v->drill;

	if (d->scenario == NULL) {
		leg_line("call to visible", d->called_ms, d->visible_ms, NULL);
		leg_line("visible to sighting", d->visible_ms, d->sighted_ms, NULL);
	}
	leg_line("call to sighting", d->called_ms, d->sighted_ms, NULL);
	for (size_t i = 0; i < v->legs; i++) {
		char *name = mem_printf("sighting to %s", v->leg[i].channel);
		char *words = mem_printf("%s: %s", v->leg[i].state, str_or(v->leg[i].words, ""));

		leg_line(name, d->sighted_ms, v->leg[i].done_ms, words);
		free(name);
		free(words);
	}
	if (v->legs == 0 && d->state == DRILL_DONE)
		(void)puts("  no channel is configured (or a route leaves it out): nobody was told");
	if (!ctx->quiet)
		(void)printf("%s\n", d->state == DRILL_DONE ? "The whole chain works. \"keycanary drill --figures\" sums up all drills." :
		    "The drill was not seen and told within its limit.");
}

static bool
show_drill_json(struct store *s, const struct drill_view *v, struct error *err)
{
	const struct drill *d = &v->drill;
	struct buf out = BUF_INIT(BUF_REPORT);
	struct jsonw w = JSONW_INIT(&out, 2);
	struct drill_figures f;
	char *incident;

	if (!drill_figures(s, FIGURES_MAX, &f, err))
		return false;
	incident = incident_drill_id(d->run);
	jsonw_open(&w, NULL, '{');
	jsonw_int(&w, "schema", JSON_SCHEMA);
	jsonw_str(&w, "run", d->run);
	jsonw_str(&w, "incident", incident);
	jsonw_str(&w, "key_id", d->key_id);
	jsonw_str(&w, "scenario", d->scenario);
	jsonw_str(&w, "region", d->region);
	jsonw_str(&w, "state", drill_state_name(d->state));
	jsonw_when(&w, "called", d->called_ms);
	jsonw_when(&w, "visible", d->visible_ms);
	jsonw_when(&w, "sighted", d->sighted_ms);
	jsonw_open(&w, "channels", '[');
	for (size_t i = 0; i < v->legs; i++) {
		jsonw_open(&w, NULL, '{');
		jsonw_str(&w, "channel", v->leg[i].channel);
		jsonw_str(&w, "state", v->leg[i].state);
		jsonw_when(&w, "accepted", v->leg[i].done_ms);
		jsonw_str(&w, "answer", v->leg[i].words);
		jsonw_close(&w);
	}
	jsonw_close(&w);
	figures_json(&w, &f);
	jsonw_close(&w);
	drill_figures_clear(&f);
	free(incident);
	return show_buffer(&out, err);
}

static int
drill_once(struct cmd_ctx *ctx, struct error *err)
{
	struct drill_ask ask = { .key_id = opt_text(ctx, "key"), .account = opt_text(ctx, "account"),
		.region = opt_text(ctx, "region"), .scenario = opt_text(ctx, "scenario"),
		.limit_s = opt_int(ctx, "limit", 0), .tell = tell_call, .tell_arg = ctx };
	struct drill_view v;
	bool ok = drill_begin(ctx->store, ctx->settings, &ask, &v, err);

	if (ok && !ctx->quiet && !show_json(ctx)) {
		(void)printf("DRILL %s with %s in %s; waiting for it to be seen and told\n", v.drill.run, v.drill.key_id,
		    v.drill.region);
		(void)fflush(stdout);
	}
	ok = ok && drill_wait(ctx->store, ctx->settings, &ask, &v, err);
	if (ok && show_json(ctx))
		ok = show_drill_json(ctx->store, &v, err);
	else if (ok)
		show_text(ctx, &v);
	if (ok && v.drill.state == DRILL_LATE)
		ok = error_set(err, ERROR_REMOTE, "the drill was not seen and told within its limit");
	drill_view_clear(&v);
	return ok ? EXIT_FINE : -1;
}

static int
drill_run(struct cmd_ctx *ctx, struct error *err)
{
	if (opt_flag(ctx, "scenarios"))
		return list_scenarios(ctx, err) ? EXIT_FINE : -1;
	if (opt_flag(ctx, "figures"))
		return show_figures(ctx, err) ? EXIT_FINE : -1;
	return drill_once(ctx, err);
}

const struct cmd cmd_drill = {
	.name = "drill",
	.group = "alerts",
	.about = "trip a canary on purpose and time the way to each channel",
	.help =
	    "Uses the canary kept for drills with its own key: GetCallerIdentity, then the\n"
	    "read-only questions of the SES footprint. Times each leg: call, visible in\n"
	    "LookupEvents, sighting, accepted by each channel. Everything it sends says DRILL.\n"
	    "A drill that is not seen and told within its limit is an alert itself. Where a\n"
	    "\"keycanary watch\" is running, that one does the watching; otherwise the drill\n"
	    "watches and delivers by itself until it is done.\n"
	    "\n"
	    "--scenario plays the calls of a published attack without AWS: from the record on\n"
	    "they go the same way. drill.every in the configuration lets the watch drill by itself.\n"
	    "\n"
	    "Exit status: 0 seen and accepted by each channel, 1 late or failed, 2 wrong words.",
	.examples =
	    "  keycanary drill\n"
	    "  keycanary drill --scenario permiso-initial\n"
	    "  keycanary drill --figures",
	.opts = drill_opts,
	.needs = NEEDS_STORE,
	.run = drill_run,
};
