/* keycanary report: one incident or all, in any format. */
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/mem.h"
#include "base/when.h"
#include "cli/cmd.h"
#include "cli/show.h"
#include "core/report/format.h"
#include "core/report/html.h"
#include "os/digest.h"
#include "os/file.h"
#include "work/gather.h"
#include "work/rules.h"
#include "work/state.h"

static const struct opt report_opts[] = {
	{ .name = "format", .letter = 'f', .kind = OPT_TEXT, .arg = "FORMAT", .initial = "text",
	  .choices = "text,json,html,markdown,ocsf,stix",
	  .about = "text, json, html, markdown, ocsf (a SIEM's lines) or stix (a bundle to share)" },
	{ .name = "json", .kind = OPT_FLAG, .about = "the same as --format json" },
	{ .name = "all", .letter = 'a', .kind = OPT_FLAG, .about = "all incidents" },
	{ .name = "since", .kind = OPT_SPAN, .arg = "TIME", .about = "with --all: only those active in the last TIME, as in 30d" },
	{ .name = "output", .letter = 'o', .kind = OPT_TEXT, .arg = "FILE",
	  .about = "write to FILE, not to standard output; a directory for --all --format html" },
	{ .name = NULL },
};

/* What all the writing here shares. */
struct writing {
	struct cmd_ctx *ctx;
	const struct report_format *format;
	struct text_style style;
	struct rules *rules;
	struct buf out;
	struct buf hash;	/* of the style sheet */
	struct report report;
};

static void
start(struct writing *w)
{
	w->report = (struct report){ .out = &w->out, .rules = w->rules, .style = &w->style,
		.style_hash = buf_str(&w->hash), .sha1 = digest_sha1, .now_ms = w->ctx->now_ms,
		.json = JSONW_INIT(&w->out, 2) };
	report_begin(w->format, &w->report);
}

static bool
one(struct writing *w, const char *incident, struct error *err)
{
	struct gathered g;
	bool ok = gather(w->ctx->store, incident, 0, w->ctx->now_ms, w->ctx->zone_s, &g, err);

	if (ok) {
		gathered_locate(&g, w->ctx->settings);
		report_one(w->format, &w->report, &g.dossier);
	}
	gathered_clear(&g);
	return ok;
}

/* Ends the report and puts it where it belongs: `file`, or standard output when NULL. */
static bool
finish(struct writing *w, const char *file, struct error *err)
{
	bool ok;

	report_end(w->format, &w->report);
	if (file == NULL)
		return show_buffer(&w->out, err);
	ok = w->out.failed ? error_set(err, ERROR_FULL, "%s: the report is larger than %zu bytes", file, w->out.max) :
	    file_write(file, buf_str(&w->out), w->out.len, 0600, err);
	buf_reset(&w->out);
	return ok;
}

/* A page for each incident and an index, in a directory. */
static bool
write_pages(struct writing *w, const struct incident_list *list, const char *dir, struct error *err)
{
	struct overviewed o;
	char *file;
	bool ok = file_mkdirs(dir, 0700, err);

	for (size_t i = 0; ok && i < list->len; i++) {
		file = mem_printf("%s/%s.html", dir, list->item[i].id);
		start(w);
		ok = one(w, list->item[i].id, err) && finish(w, file, err);
		free(file);
	}
	if (!ok || !gather_overview(w->ctx->store, list, w->ctx->now_ms, &o, err))
		return false;
	start(w);
	html_index(&w->out, &o.overview, buf_str(&w->hash));
	overviewed_clear(&o);
	file = mem_printf("%s/index.html", dir);
	ok = finish(w, file, err);
	if (ok && !w->ctx->quiet)
		(void)fprintf(stderr, "%zu page%s and %s\n", list->len, list->len == 1 ? "" : "s", file);
	free(file);
	return ok;
}

static bool
write_all(struct writing *w, const char *output, struct error *err)
{
	struct incident_list list = INCIDENT_LIST_INIT;
	int64_t span = opt_int(w->ctx, "since", -1);
	bool ok = state_incidents(w->ctx->store, NULL, NULL, span < 0 ? WHEN_NONE : w->ctx->now_ms - span * 1000,
	    &list, err);

	if (ok && w->format->single) {
		ok = write_pages(w, &list, output, err);
	} else if (ok) {
		start(w);
		for (size_t i = 0; ok && i < list.len; i++)
			ok = one(w, list.item[i].id, err);
		ok = ok && finish(w, output, err);
	}
	incident_list_clear(&list);
	return ok;
}

static bool
check_words(const struct cmd_ctx *ctx, const struct report_format *format, const char *output, struct error *err)
{
	bool all = opt_flag(ctx, "all");

	if (all == (ctx->argc > 0))
		return error_set(err, ERROR_USAGE, all ? "an incident and --all exclude each other" :
		    "which incident? \"keycanary incidents\" lists them; --all takes every one");
	if (!all && opt_int(ctx, "since", -1) >= 0)
		return error_set(err, ERROR_USAGE, "--since goes with --all");
	if (all && format->single && output == NULL)
		return error_set(err, ERROR_USAGE, "%s makes a page for each incident: name a directory with --output",
		    format->name);
	return true;
}

static int
report_run(struct cmd_ctx *ctx, struct error *err)
{
	const char *output = opt_text(ctx, "output");
	struct writing w = { .ctx = ctx, .out = BUF_INIT(BUF_REPORT), .hash = BUF_INIT(128),
		.format = report_format_find(opt_flag(ctx, "json") ? "json" : opt_text(ctx, "format")) };
	uint8_t sum[SHA256_LEN];
	bool ok;

	if (!check_words(ctx, w.format, output, err))
		return -1;
	w.style = (struct text_style){ .color = ctx->color && output == NULL, .local = ctx->terminal && output == NULL };
	digest_sha256(html_style, strlen(html_style), sum);
	encode_base64(&w.hash, sum, sizeof(sum));
	ok = rules_builtin(&w.rules, err);
	if (ok && opt_flag(ctx, "all")) {
		ok = write_all(&w, output, err);
	} else if (ok) {
		start(&w);
		ok = one(&w, ctx->argv[0], err) && finish(&w, output, err);
	}
	strlist_clear(&w.report.known);
	rules_free(w.rules);
	buf_free(&w.out);
	buf_free(&w.hash);
	return ok ? EXIT_FINE : -1;
}

const struct cmd cmd_report = {
	.name = "report",
	.group = "look",
	.args = "[INCIDENT]",
	.about = "tell all about one incident, or about all",
	.help =
	    "INCIDENT is an id from \"keycanary incidents\", or an unambiguous beginning of one.\n"
	    "\n"
	    "An HTML report is one file that loads and runs nothing; with --all it is a directory\n"
	    "of them with an index page. Files are made readable for you alone: they hold what an\n"
	    "intruder wrote and where your decoys are.",
	.examples =
	    "  keycanary report 20240730-e2oswv\n"
	    "  keycanary report 20240730 --format html -o report.html\n"
	    "  keycanary report --all --since 90d --format html -o reports/\n"
	    "  keycanary report --all --format ocsf >> findings.ndjson",
	.opts = report_opts,
	.needs = NEEDS_STORE | NEEDS_PAGER,
	.min_args = 0,
	.max_args = 1,
	.run = report_run,
};
