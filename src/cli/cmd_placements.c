/* keycanary placements, verify: the ledger, and whether it is still true. */
#include <stdlib.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/when.h"
#include "cli/cmd.h"
#include "cli/person.h"
#include "cli/show.h"
#include "cli/table.h"
#include "core/report/json_report.h"
#include "os/file.h"
#include "work/plant.h"
#include "work/verify.h"

static const char *
where_of(const struct placement *p)
{
	return p->remote != NULL ? p->remote : p->repo;
}

static void
write_placement(struct jsonw *w, const struct placement *p)
{
	struct strlist copies = STRLIST_INIT;

	strlist_split(&copies, p->copies, "\n");
	jsonw_str(w, "key_id", p->key_id);
	jsonw_bool(w, "can_fire", !p->inert);
	jsonw_bool(w, "retired", p->retired);
	jsonw_str(w, "bait", p->bait);
	jsonw_str(w, "repo", p->repo);
	jsonw_str(w, "remote", p->remote);
	jsonw_str(w, "path", p->path);
	jsonw_int(w, "line_from", p->line_from);
	jsonw_int(w, "line_to", p->line_to);
	jsonw_str(w, "branch", p->branch);
	jsonw_str(w, "commit", p->commit);
	jsonw_str(w, "owner", p->owner);
	jsonw_str(w, "planted_by", p->planted_by);
	jsonw_str(w, "sha256", p->sha256);
	jsonw_str(w, "state", placement_state_name(p->state));
	jsonw_strlist(w, "copies", &copies);
	jsonw_when(w, "planted", p->planted_ms);
	jsonw_when(w, "verified", p->verified_ms);
	strlist_clear(&copies);
}

static enum color
color_of(enum placement_state s)
{
	return s == PLACEMENT_PLANTED ? COLOR_GREEN : s == PLACEMENT_REMOVED ? COLOR_DIM : COLOR_RED;
}

/* --- placements ---------------------------------------------------------------- */

static const struct opt placements_opts[] = {
	{ .name = "key", .kind = OPT_TEXT, .arg = "AKIA…", .about = "only this canary's" },
	{ .name = "repo", .kind = OPT_TEXT, .arg = "DIR", .about = "only in this repository" },
	{ .name = "all", .letter = 'a', .kind = OPT_FLAG, .about = "also what was removed" },
	{ .name = "json", .kind = OPT_FLAG, .about = "as JSON" },
	{ .name = NULL },
};

static bool
placements_json(const struct placement_list *l, bool all, struct error *err)
{
	struct buf out = BUF_INIT(BUF_REPORT);
	struct jsonw w = JSONW_INIT(&out, 2);

	jsonw_open(&w, NULL, '{');
	jsonw_int(&w, "schema", JSON_SCHEMA);
	jsonw_open(&w, "placements", '[');
	for (size_t i = 0; i < l->len; i++) {
		if (l->item[i].state == PLACEMENT_REMOVED && !all)
			continue;
		jsonw_open(&w, NULL, '{');
		write_placement(&w, &l->item[i]);
		jsonw_close(&w);
	}
	jsonw_close(&w);
	jsonw_close(&w);
	return show_buffer(&out, err);
}

static void
placements_table(const struct cmd_ctx *ctx, const struct placement_list *l, bool all)
{
	static const char *const headings[] = { "KEY", "STATE", "BAIT", "COMMIT", "OWNER", "WHERE", NULL };
	struct table t;

	table_begin(&t, headings);
	for (size_t i = 0; i < l->len; i++) {
		const struct placement *p = &l->item[i];

		if (p->state == PLACEMENT_REMOVED && !all)
			continue;
		table_cell(&t, p->key_id);
		if (p->inert || p->retired)
			table_cell_printf(&t, "%s, %s", placement_state_name(p->state),
			    p->inert ? "inert (cannot fire)" : "key retired");
		else
			table_cell_color(&t, color_of(p->state), placement_state_name(p->state));
		table_cell(&t, p->bait);
		if (p->commit != NULL)
			table_cell_printf(&t, "%.10s", p->commit);
		else
			table_cell(&t, NULL);
		table_cell(&t, p->owner);
		table_cell_printf(&t, "%s %s:%lld-%lld", where_of(p), p->path, (long long)p->line_from,
		    (long long)p->line_to);
	}
	table_end(&t, stdout, ctx->color, ctx->width);
}

/* The directory as the ledger has it: absolute, links resolved. NULL: not given. The caller frees. */
static char *
repo_given(struct cmd_ctx *ctx)
{
	const char *given = opt_text(ctx, "repo");
	char *full = given != NULL ? file_expand(given) : NULL, *real = full != NULL ? realpath(full, NULL) : NULL;

	if (real == NULL)
		return full;
	free(full);
	return real;
}

static int
placements_run(struct cmd_ctx *ctx, struct error *err)
{
	struct placement_list l = PLACEMENT_LIST_INIT;
	bool all = opt_flag(ctx, "all");
	char *repo = repo_given(ctx);
	bool ok = plant_list(ctx->store, opt_text(ctx, "key"), repo, &l, err);

	if (ok && show_json(ctx))
		ok = placements_json(&l, all, err);
	else if (ok && l.len > 0)
		placements_table(ctx, &l, all);
	else if (ok)
		(void)fputs("nothing is planted; \"keycanary plant\" does it\n", stderr);
	placement_list_clear(&l);
	free(repo);
	return ok ? EXIT_FINE : -1;
}

const struct cmd cmd_placements = {
	.name = "placements",
	.group = "decoys",
	.about = "list which bait stands where",
	.help =
	    "The ledger: which canary stands in which bait, repository, file and lines, in\n"
	    "which commit, and who owns it. The state is the one the last \"keycanary verify\"\n"
	    "found: planted, edited, moved, gone; removed ones are shown with --all.",
	.opts = placements_opts,
	.needs = NEEDS_STORE | NEEDS_PAGER,
	.max_args = 0,
	.run = placements_run,
};

/* --- verify ---------------------------------------------------------------------- */

static const struct opt verify_opts[] = {
	{ .name = "key", .kind = OPT_TEXT, .arg = "AKIA…", .about = "only this canary's" },
	{ .name = "repo", .kind = OPT_TEXT, .arg = "DIR", .about = "only in this repository" },
	{ .name = "moved-from", .kind = OPT_TEXT, .arg = "DIR",
	  .about = "with --repo: the repository stood in DIR before, and the ledger takes that over" },
	{ .name = "no-history", .kind = OPT_FLAG, .about = "only what is checked out: quicker" },
	{ .name = "accept", .kind = OPT_FLAG, .about = "what is found now is right: the ledger takes it over" },
	{ .name = "json", .kind = OPT_FLAG, .about = "as JSON" },
	{ .name = NULL },
};

struct verifying {
	struct cmd_ctx *ctx;
	struct jsonw *json;
};

static void
tell_line(const struct cmd_ctx *ctx, const struct verify_result *r)
{
	const struct placement *p = r->placement;
	struct buf b = BUF_INIT(BUF_LINE);

	if (ctx->quiet && !r->drift)
		return;
	term_paint(&b, ctx->color, r->drift ? COLOR_RED : COLOR_GREEN, r->drift && p->state == PLACEMENT_PLANTED ?
	    "drift" : placement_state_name(p->state));
	buf_printf(&b, "  %s  ", p->key_id);
	term_paint(&b, false, COLOR_NONE, where_of(p));
	buf_puts(&b, " ");
	term_paint(&b, false, COLOR_NONE, p->path);
	buf_printf(&b, ":%lld-%lld", (long long)p->line_from, (long long)p->line_to);
	buf_printf(&b, p->commit != NULL ? ", commit %.12s" : ", not committed%s", p->commit != NULL ? p->commit : "");
	if (p->inert || p->retired)
		buf_puts(&b, p->inert ? ", inert: cannot fire" : ", key retired");
	if (r->note != NULL) {
		buf_puts(&b, "\n    ");
		term_paint(&b, false, COLOR_NONE, r->note);
	}
	(void)printf("%s\n", buf_str(&b));
	buf_free(&b);
}

static void
tell(void *arg, const struct verify_result *r)
{
	struct verifying *v = arg;

	if (v->json == NULL) {
		tell_line(v->ctx, r);
		return;
	}
	jsonw_open(v->json, NULL, '{');
	write_placement(v->json, r->placement);
	jsonw_bool(v->json, "drift", r->drift);
	jsonw_str(v->json, "finding", r->note);
	jsonw_close(v->json);
}

static int
verify_run(struct cmd_ctx *ctx, struct error *err)
{
	char *repo = repo_given(ctx);
	struct verify_request q = { .key_id = opt_text(ctx, "key"), .repo = repo, .moved_from = opt_text(ctx, "moved-from"),
		.who = person(),
		.history = !opt_flag(ctx, "no-history"), .accept = opt_flag(ctx, "accept"), .now_ms = ctx->now_ms };
	struct buf out = BUF_INIT(BUF_REPORT);
	struct jsonw w = JSONW_INIT(&out, 2);
	struct verifying v = { ctx, show_json(ctx) ? &w : NULL };
	int64_t checked = 0, drifted = 0;
	bool ok = q.moved_from == NULL || repo != NULL || error_set(err, ERROR_USAGE, "--moved-from needs --repo: where is it now?");

	jsonw_open(&w, NULL, '{');
	jsonw_int(&w, "schema", JSON_SCHEMA);
	jsonw_open(&w, "placements", '[');
	ok = ok && verify_all(ctx->store, &q, tell, &v, &checked, &drifted, err);
	jsonw_close(&w);
	jsonw_int(&w, "checked", checked);
	jsonw_int(&w, "drifted", drifted);
	jsonw_close(&w);
	if (ok && v.json != NULL)
		ok = show_buffer(&out, err);
	else if (ok && !ctx->quiet)
		(void)fprintf(stderr, "%lld checked, %lld drifted\n", (long long)checked, (long long)drifted);
	if (ok && checked == 0 && !ctx->quiet && v.json == NULL)
		(void)fputs("nothing is planted there; \"keycanary placements\" lists where something is\n", stderr);
	buf_free(&out);
	free(repo);
	return !ok ? -1 : drifted > 0 ? EXIT_TROUBLE : EXIT_FINE;
}

const struct cmd cmd_verify = {
	.name = "verify",
	.group = "decoys",
	.about = "check that each bait is still there, byte for byte",
	.help =
	    "Reads each file of the ledger and compares the planted lines by their hash\n"
	    "(line endings apart, which git itself changes). Lines that moved within the\n"
	    "file are followed. Drift is told and makes the exit status 1:\n"
	    "\n"
	    "  edited   the key is there, the lines around it are not as planted\n"
	    "  moved    it is in another file of the working tree\n"
	    "  gone     it is nowhere in the working tree\n"
	    "  copied   it is in further files, on further branches, or in the history of\n"
	    "           further files (\"git log -S\"): each may be what leaks\n"
	    "\n"
	    "A bait on a branch that is not checked out is read there. A bait that was\n"
	    "committed after planting gets its commit entered. --accept takes what is found\n"
	    "over into the ledger, so that it is no drift any more. Plantings that were\n"
	    "killed are ended first: as planted when the bait is there, else undone.\n"
	    "\n"
	    "A repository whose directory was renamed is told so once with --repo and\n"
	    "--moved-from. The mode of a file is no part of the bait.",
	.examples = "  keycanary verify\n  keycanary verify --repo ~/src/shop --json\n"
	    "  keycanary verify --repo ~/src/store --moved-from ~/src/shop",
	.opts = verify_opts,
	.needs = NEEDS_STORE,
	.max_args = 0,
	.run = verify_run,
};
