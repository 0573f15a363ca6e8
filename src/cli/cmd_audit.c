/* keycanary audit: who did what, when. */
#include <stdlib.h>

#include "base/mem.h"
#include "base/when.h"
#include "cli/cmd.h"
#include "cli/listing.h"
#include "cli/show.h"
#include "cli/table.h"
#include "work/state.h"

static const struct opt audit_opts[] = {
	{ .name = "since", .kind = OPT_SPAN, .arg = "TIME", .about = "only the last TIME, as in 7d" },
	{ .name = "json", .kind = OPT_FLAG, .about = "as JSON" },
	{ .name = NULL },
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
	struct listing l;
	int64_t span = opt_int(ctx, "since", -1);
	bool ok;

	listing_begin(&l, ctx, "entries", headings);
	ok = state_audit(ctx->store, ctx->argc > 0 ? ctx->argv[0] : NULL,
	    span < 0 ? WHEN_NONE : ctx->now_ms - span * 1000, show_entry, &l, err);
	return listing_end(&l, ok, "nothing is recorded", err) ? EXIT_FINE : -1;
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
