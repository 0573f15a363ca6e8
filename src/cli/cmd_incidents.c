/* keycanary incidents, incidents ack|close|reopen. */
#include <stdlib.h>

#include "base/mem.h"
#include "base/when.h"
#include "cli/cmd.h"
#include "cli/person.h"
#include "cli/show.h"
#include "cli/table.h"
#include "core/report/json_report.h"
#include "work/state.h"

/* --- incidents ------------------------------------------------------------------ */

static const struct opt incidents_opts[] = {
	{ .name = "status", .kind = OPT_TEXT, .arg = "STATUS", .choices = "open,acknowledged,closed",
	  .about = "only those" },
	{ .name = "since", .kind = OPT_SPAN, .arg = "TIME", .about = "only those active in the last TIME, as in 7d" },
	{ .name = "json", .kind = OPT_FLAG, .about = "as JSON" },
	{ .name = NULL },
};

static enum color
color_of(enum severity s)
{
	return s >= SEVERITY_HIGH ? COLOR_RED : s == SEVERITY_MEDIUM ? COLOR_YELLOW : COLOR_BLUE;
}

static bool
is_inert(struct cmd_ctx *ctx, const struct incident *n)
{
	struct canary c;
	bool found = false, inert = state_canary(ctx->store, n->key_id, &c, &found, NULL) && found &&
	    c.state == CANARY_INERT;

	canary_clear(&c);
	return inert;
}

static void
print_table(struct cmd_ctx *ctx, const struct incident_list *list)
{
	static const char *const headings[] = { "INCIDENT", "STATE", "SEVERITY", "INTENT", "LAST SEEN", "CALLS",
		"CANARY", NULL };
	struct table t;

	table_begin(&t, headings);
	for (size_t i = 0; i < list->len; i++) {
		const struct incident *n = &list->item[i];
		char at[WHEN_TEXT_MAX];

		table_cell(&t, n->id);
		if (n->state == INCIDENT_CLOSED)
			table_cell_printf(&t, "closed (%s)", incident_class_name(n->classification));
		else
			table_cell(&t, incident_state_name(n->state));
		table_cell_color(&t, color_of(n->verdict.severity), severity_name(n->verdict.severity));
		table_cell_color(&t, COLOR_BOLD, n->verdict.intent);
		table_cell(&t, show_time(ctx, n->tally.last_ms, at));
		table_cell_printf(&t, "%lld", (long long)n->tally.sightings);
		table_cell_printf(&t, "%s%s", n->key_id, is_inert(ctx, n) ? " (inert: cannot fire)" : "");
	}
	table_end(&t, stdout, ctx->color, ctx->width);
}

static bool
print_json(struct cmd_ctx *ctx, const struct incident_list *list, struct error *err)
{
	struct buf out = BUF_INIT(BUF_REPORT);
	struct jsonw w = JSONW_INIT(&out, 2);

	jsonw_open(&w, NULL, '{');
	jsonw_int(&w, "schema", JSON_SCHEMA);
	jsonw_open(&w, "incidents", '[');
	for (size_t i = 0; i < list->len; i++) {
		struct canary c;
		bool found = false, ok = state_canary(ctx->store, list->item[i].key_id, &c, &found, err);
		struct dossier d = { .incident = &list->item[i], .canary = found ? &c : NULL, .now_ms = ctx->now_ms };

		if (ok)
			json_incident(&w, &d, NULL);
		canary_clear(&c);
		if (!ok) {
			buf_free(&out);
			return false;
		}
	}
	jsonw_close(&w);
	jsonw_close(&w);
	return show_buffer(&out, err);
}

static int64_t
since(const struct cmd_ctx *ctx)
{
	int64_t span = opt_int(ctx, "since", -1);

	return span < 0 ? WHEN_NONE : ctx->now_ms - span * 1000;
}

static int
incidents_run(struct cmd_ctx *ctx, struct error *err)
{
	struct incident_list list = INCIDENT_LIST_INIT;
	bool ok = state_incidents(ctx->store, NULL, opt_text(ctx, "status"), since(ctx), &list, err);

	if (ok && show_json(ctx))
		ok = print_json(ctx, &list, err);
	else if (ok && list.len > 0)
		print_table(ctx, &list);
	else if (ok)
		(void)fputs("no incidents\n", stderr);
	incident_list_clear(&list);
	return ok ? EXIT_FINE : -1;
}

const struct cmd cmd_incidents = {
	.name = "incidents",
	.group = "look",
	.about = "list the incidents, newest first",
	.opts = incidents_opts,
	.needs = NEEDS_STORE | NEEDS_PAGER,
	.run = incidents_run,
};

/* --- their life ------------------------------------------------------------------- */

static int
change(struct cmd_ctx *ctx, enum incident_state to, enum incident_class class, struct error *err)
{
	if (!state_incident_set(ctx->store, ctx->settings, ctx->argv[0], to, class, opt_text(ctx, "note"), person(),
	    ctx->now_ms, err))
		return -1;
	if (!ctx->quiet)
		(void)printf("%s is %s\n", ctx->argv[0], incident_state_name(to));
	return EXIT_FINE;
}

static int
ack_run(struct cmd_ctx *ctx, struct error *err)
{
	return change(ctx, INCIDENT_ACKNOWLEDGED, CLASS_NONE, err);
}

static int
reopen_run(struct cmd_ctx *ctx, struct error *err)
{
	return change(ctx, INCIDENT_OPEN, CLASS_NONE, err);
}

static int
close_run(struct cmd_ctx *ctx, struct error *err)
{
	enum incident_class class = CLASS_NONE;

	if (!incident_class_parse(opt_text(ctx, "as"), &class)) {
		error_set(err, ERROR_USAGE, "say what it was: --as true, benign, drill or owner");
		return -1;
	}
	return change(ctx, INCIDENT_CLOSED, class, err);
}

static const struct opt note_opts[] = {
	{ .name = "note", .letter = 'm', .kind = OPT_TEXT, .arg = "TEXT", .about = "why, for those who come later" },
	{ .name = NULL },
};

static const struct opt close_opts[] = {
	{ .name = "as", .kind = OPT_TEXT, .arg = "CLASS", .choices = "true,benign,drill,owner",
	  .about = "what it turned out to be" },
	{ .name = "note", .letter = 'm', .kind = OPT_TEXT, .arg = "TEXT", .about = "why, for those who come later" },
	{ .name = NULL },
};

#define LIFE(symbol, words, text, options) \
	const struct cmd cmd_incidents_##symbol = { \
		.name = "incidents " words, .group = "alerts", .args = "INCIDENT", .about = text, \
		.opts = options, .needs = NEEDS_STORE, .min_args = 1, .max_args = 1, .run = symbol##_run, \
	}

LIFE(ack, "ack", "say that somebody works on an incident", note_opts);
LIFE(close, "close", "close an incident and say what it was", close_opts);
LIFE(reopen, "reopen", "open a closed incident again", note_opts);
