/* keycanary lint: would an intruder's tool recognise a canary? */
#include <stdio.h>

#include "base/json.h"
#include "cli/cmd.h"
#include "cli/show.h"
#include "cli/term.h"
#include "core/report/json_report.h"
#include "work/lint.h"

static const struct opt lint_opts[] = {
	{ .name = "user-name", .kind = OPT_TEXT, .arg = "NAME", .about = "a name you think of giving, before minting" },
	{ .name = "user-path", .kind = OPT_TEXT, .arg = "/PATH/", .about = "a path you think of" },
	{ .name = "strict", .kind = OPT_FLAG, .about = "possible findings count for the exit status too" },
	{ .name = "json", .kind = OPT_FLAG, .about = "as JSON" },
	{ .name = NULL },
};

static void
show_finding(const struct cmd_ctx *ctx, const struct lint_finding *f)
{
	static const enum color colors[] = { [LINT_POSSIBLE] = COLOR_DIM, [LINT_LIKELY] = COLOR_YELLOW,
		[LINT_CERTAIN] = COLOR_RED };
	struct buf b = BUF_INIT(BUF_LINE);

	term_paint(&b, ctx->color, colors[f->rule->certainty], certainty_name(f->rule->certainty));
	buf_printf(&b, "  %s%s  %s (", str_or(f->key_id, "the batch"), f->inert ? " (inert: cannot fire)" : "",
	    f->rule->finding);
	term_paint(&b, false, COLOR_NONE, f->what);
	buf_printf(&b, ")\n    noticed by: %s [%s]\n    remedy: %s\n", f->rule->tool, f->rule->source, f->rule->remedy);
	(void)fputs(buf_str(&b), stdout);
	buf_free(&b);
}

static bool
show_as_json(const struct linted *l, struct error *err)
{
	struct buf out = BUF_INIT(BUF_REPORT);
	struct jsonw w = JSONW_INIT(&out, 2);

	jsonw_open(&w, NULL, '{');
	jsonw_int(&w, "schema", JSON_SCHEMA);
	jsonw_int(&w, "canaries", (int64_t)l->canaries);
	jsonw_open(&w, "findings", '[');
	for (size_t i = 0; i < l->findings.len; i++) {
		const struct lint_finding *f = &l->findings.item[i];

		jsonw_open(&w, NULL, '{');
		jsonw_str(&w, "key_id", f->key_id);
		if (f->key_id != NULL)
			jsonw_bool(&w, "can_fire", !f->inert);
		jsonw_str(&w, "name", f->rule->name);
		jsonw_str(&w, "certainty", certainty_name(f->rule->certainty));
		jsonw_str(&w, "tool", f->rule->tool);
		jsonw_str(&w, "finding", f->rule->finding);
		jsonw_str(&w, "what", f->what);
		jsonw_str(&w, "remedy", f->rule->remedy);
		jsonw_str(&w, "source", f->rule->source);
		jsonw_close(&w);
	}
	jsonw_close(&w);
	jsonw_close(&w);
	return show_buffer(&out, err);
}

static int
lint_run(struct cmd_ctx *ctx, struct error *err)
{
	const char *name = opt_text(ctx, "user-name"), *path = opt_text(ctx, "user-path");
	struct strlist keys = STRLIST_INIT;
	enum certainty worst = LINT_POSSIBLE, limit = opt_flag(ctx, "strict") ? LINT_POSSIBLE : LINT_LIKELY;
	struct linted l = { .canaries = 0 };
	bool ok;
	int status = EXIT_FINE;

	for (int i = 0; i < ctx->argc; i++)
		strlist_add(&keys, ctx->argv[i]);
	ok = name != NULL || path != NULL ? lint_name(name, path, &l, err) :
	    lint_canaries(ctx->store, &keys, &l, err);
	for (size_t i = 0; ok && i < l.findings.len; i++)
		if (!show_json(ctx))
			show_finding(ctx, &l.findings.item[i]);
	if (ok && show_json(ctx))
		ok = show_as_json(&l, err);
	else if (ok && l.findings.len == 0 && !ctx->quiet)
		(void)printf("nothing that a known tool would notice%s\n",
		    l.canaries > 0 && l.inert == l.canaries ? "; inert: cannot fire" : "");
	if (ok && l.findings.len > 0) {
		worst = lint_worst(&l.findings)->rule->certainty;
		status = worst >= limit ? EXIT_TROUBLE : EXIT_FINE;
	}
	linted_clear(&l);
	strlist_clear(&keys);
	return ok ? status : -1;
}

const struct cmd cmd_lint = {
	.name = "lint",
	.group = "decoys",
	.args = "[AKIA…]",
	.about = "tell which intruder's tool would recognise a canary, and why",
	.help =
	    "Works without a network. The account is read out of the key id as TruffleHog\n"
	    "does; name, path, level and place are held against the patterns of the known\n"
	    "detectors (canary/fingerprint/); several canaries are compared with each other,\n"
	    "for baits that are alike give each other away. Without a key all canaries are\n"
	    "looked at. Each finding names the tool, how certain it is, and the remedy:\n"
	    "\n"
	    "  certain    a published tool tells it apart, or passes over it\n"
	    "  likely     a person, or a script of the kind seen, would\n"
	    "  possible   only somebody who compares\n"
	    "\n"
	    "The exit status is 1 when there is a certain or likely finding.",
	.examples = "  keycanary lint\n  keycanary lint AKIAYT723HMDSAE2OSWV\n"
	    "  keycanary lint --user-name svc-billing-export --user-path /ci/",
	.opts = lint_opts,
	.needs = NEEDS_STORE,
	.max_args = -1,
	.run = lint_run,
};
