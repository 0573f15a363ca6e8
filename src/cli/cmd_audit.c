/* keycanary audit: who did what, when. */
#include <stdlib.h>

#include "base/mem.h"
#include "base/when.h"
#include "cli/cmd.h"
#include "cli/show.h"
#include "cli/table.h"
#include "core/report/json_report.h"
#include "work/state.h"

static const struct opt audit_opts[] = {
	{ .name = "since", .kind = OPT_SPAN, .arg = "TIME", .about = "only the last TIME, as in 7d" },
	{ .name = "json", .kind = OPT_FLAG, .about = "as JSON" },
	{ .name = NULL },
};

struct listing {
	const struct cmd_ctx *ctx;
	struct table table;
	struct jsonw *json;
	size_t rows;
};

static void
show_entry(void *arg, const struct audit_entry *e)
{
	struct listing *l = arg;
	char at[WHEN_TEXT_MAX];

	l->rows++;
	if (l->json != NULL) {
		jsonw_open(l->json, NULL, '{');
		jsonw_when(l->json, "at", e->at_ms);
		jsonw_str(l->json, "who", e->who);
		jsonw_str(l->json, "what", e->what);
		jsonw_str(l->json, "subject", e->subject);
		jsonw_str(l->json, "detail", e->detail);
		jsonw_close(l->json);
		return;
	}
	table_cell(&l->table, show_time(l->ctx, e->at_ms, at));
	table_cell(&l->table, e->who);
	table_cell(&l->table, e->what);
	table_cell(&l->table, e->subject);
	table_cell(&l->table, e->detail);
}

static int
audit_run(struct cmd_ctx *ctx, struct error *err)
{
	static const char *const headings[] = { "WHEN", "WHO", "WHAT", "SUBJECT", "DETAIL", NULL };
	struct buf out = BUF_INIT(BUF_REPORT);
	struct jsonw w = JSONW_INIT(&out, 2);
	struct listing l = { .ctx = ctx, .json = show_json(ctx) ? &w : NULL };
	int64_t span = opt_int(ctx, "since", -1);
	bool ok;

	table_begin(&l.table, headings);
	jsonw_open(&w, NULL, '{');
	jsonw_int(&w, "schema", JSON_SCHEMA);
	jsonw_open(&w, "entries", '[');
	ok = state_audit(ctx->store, ctx->argc > 0 ? ctx->argv[0] : NULL,
	    span < 0 ? WHEN_NONE : ctx->now_ms - span * 1000, show_entry, &l, err);
	jsonw_close(&w);
	jsonw_close(&w);
	if (ok && l.json != NULL)
		ok = show_buffer(&out, err);
	else if (ok && l.rows == 0)
		(void)fputs("nothing is recorded\n", stderr);
	table_end(&l.table, l.json == NULL && l.rows > 0 && ok ? stdout : NULL, ctx->color, ctx->width);
	buf_free(&out);
	return ok ? EXIT_FINE : -1;
}

const struct cmd cmd_audit = {
	.name = "audit",
	.group = "look",
	.args = "[SUBJECT]",
	.about = "list who did what and when: incidents, messages, canaries",
	.help = "SUBJECT is an incident, a key id or a message, or the beginning of one; without it,\n"
	    "everything is listed, oldest first. \"keycanary\" in WHO is the program itself.",
	.examples = "  keycanary audit 20240730-e2oswv   # the life of one incident\n"
	    "  keycanary audit --since 7d --json",
	.opts = audit_opts,
	.needs = NEEDS_STORE | NEEDS_PAGER,
	.max_args = 1,
	.run = audit_run,
};
