/* keycanary plant: baits into repositories. */
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/cmd.h"
#include "cli/list.h"
#include "cli/person.h"
#include "cli/show.h"
#include "cli/term.h"
#include "core/report/json_report.h"
#include "os/file.h"
#include "work/bait.h"
#include "work/plant.h"

static const struct opt plant_opts[] = {
	{ .name = "repo", .kind = OPT_LIST, .arg = "DIR", .about = "plant in this repository; may be repeated" },
	{ .name = "repos", .kind = OPT_TEXT, .arg = "FILE", .about = "plant in all repositories of a list, a line each" },
	{ .name = "bait", .kind = OPT_LIST, .arg = "NAME,…", .about = "these baits, by name or its beginning; not given: the one that suits best" },
	{ .name = "list-baits", .kind = OPT_FLAG, .about = "show which baits there are" },
	{ .name = "path", .kind = OPT_TEXT, .arg = "PATH", .about = "into this file of the repository" },
	{ .name = "commit", .kind = OPT_FLAG, .about = "commit that file and nothing else" },
	{ .name = "branch", .kind = OPT_TEXT, .arg = "NAME", .about = "commit on a new branch, then go back" },
	{ .name = "message", .letter = 'm', .kind = OPT_TEXT, .arg = "TEXT",
	  .about = "commit message; not given: in the style of the repository's others" },
	{ .name = "dry-run", .letter = 'n', .kind = OPT_FLAG, .about = "show the change, but change nothing" },
	{ .name = "diff", .kind = OPT_FLAG, .about = "show the change while making it" },
	{ .name = "key", .kind = OPT_LIST, .arg = "AKIA…", .about = "this canary; not given: the oldest unplanted one" },
	{ .name = "secret-file", .kind = OPT_TEXT, .arg = "FILE",
	  .about = "secrets of imported canaries, \"KEY SECRET\" a line, mode 0600" },
	{ .name = "inert", .kind = OPT_FLAG, .about = "use canaries that cannot fire, for training" },
	{ .name = "mint", .kind = OPT_FLAG, .about = "mint what lacks, one canary for each bait" },
	{ .name = "style", .kind = OPT_TEXT, .arg = "STYLE", .about = "with --mint: house style of the names" },
	{ .name = "level", .kind = OPT_TEXT, .arg = "LEVEL", .choices = "silent,denied,lure",
	  .about = "with --mint: what the decoys answer (\"keycanary mint --help\")" },
	{ .name = "batch", .kind = OPT_TEXT, .arg = "NAME", .about = "only canaries minted in this batch" },
	{ .name = "account", .kind = OPT_TEXT, .arg = "ID", .about = "only canaries of this account" },
	{ .name = "region", .kind = OPT_TEXT, .arg = "REGION", .about = "not given: one that the repository uses" },
	{ .name = "owner", .kind = OPT_TEXT, .arg = "NAME",
	  .about = "who is asked when it trips; not given: CODEOWNERS, else who last wrote the file" },
	{ .name = "marker", .kind = OPT_TEXT, .arg = "TOOL", .choices = "gitleaks,trufflehog,detect-secrets",
	  .about = "put the tool's ignore comment beside the key" },
	{ .name = "allow-list", .kind = OPT_TEXT, .arg = "TOOL", .choices = "gitleaks,trufflehog",
	  .about = "print entries that keep your own scanner quiet, for all that is planted" },
	{ .name = "force", .letter = 'f', .kind = OPT_FLAG,
	  .about = "despite a certain lint finding, an ignore rule, or an earlier placement" },
	{ .name = "json", .kind = OPT_FLAG, .about = "as JSON" },
	{ .name = NULL },
};

struct telling {
	struct cmd_ctx *ctx;
	struct jsonw *json;	/* NULL: for people */
	bool diff;
};

static void
say(FILE *out, const char *text)
{
	struct buf b = BUF_INIT(BUF_LINE * 4);

	escape_terminal(&b, text);
	(void)fputs(buf_str(&b), out);
	buf_free(&b);
}

/* Lines of a diff, coloured as git does. */
static void
say_diff(const struct cmd_ctx *ctx, const char *diff)
{
	struct strlist lines = STRLIST_INIT;

	for (const char *at = diff; *at != '\0'; at += strcspn(at, "\n") + (at[strcspn(at, "\n")] == '\n'))
		strlist_take(&lines, mem_strndup(at, strcspn(at, "\n")));
	for (size_t i = 0; i < lines.len; i++) {
		char *l = lines.item[i];
		size_t n = strlen(l);
		struct buf b = BUF_INIT(BUF_REPORT);

		if (n > 0 && l[n - 1] == '\r')
			l[n - 1] = '\0';
		term_paint(&b, ctx->color, str_starts(l, "+++") || str_starts(l, "---") ? COLOR_BOLD :
		    l[0] == '+' ? COLOR_GREEN : l[0] == '-' ? COLOR_RED : l[0] == '@' ? COLOR_BLUE : COLOR_NONE, l);
		(void)printf("%s\n", buf_str(&b));
		buf_free(&b);
	}
	strlist_clear(&lines);
}

static void
say_result(const struct plant_step *s)
{
	const struct placement *p = s->placement;

	(void)printf("%s: ", s->dry_run ? "would plant" : "planted");
	say(stdout, s->repo);
	(void)printf(" ");
	say(stdout, p->path);
	(void)printf(" lines %lld-%lld, %s, %s", (long long)p->line_from, (long long)p->line_to, s->bait, p->key_id);
	if (p->commit != NULL)
		(void)printf(", commit %.12s", p->commit);
	(void)printf("\n");
}

static void
tell_people(const struct telling *t, const struct plant_step *s)
{
	if (s->skipped && !t->ctx->quiet) {
		(void)printf("skipped: ");
		say(stdout, s->repo);
		(void)printf(", %s is planted there already\n", s->bait);
	}
	if (s->trouble == NULL && !s->skipped && (!t->ctx->quiet || s->dry_run))
		say_result(s);
	if (s->diff != NULL && s->trouble == NULL && t->diff)
		say_diff(t->ctx, s->diff);
	for (size_t i = 0; s->trouble == NULL && i < s->findings->len; i++) {
		const struct lint_finding *f = &s->findings->item[i];

		(void)fprintf(stderr, "  %s: %s would notice: %s\n", certainty_name(f->rule->certainty), f->rule->tool,
		    f->rule->finding);
	}
	for (size_t i = 0; s->trouble == NULL && i < s->notes->len; i++) {
		(void)fputs("  note: ", stderr);
		say(stderr, s->notes->item[i]);
		(void)fputc('\n', stderr);
	}
	if (s->trouble != NULL) {
		(void)fputs("failed: ", stderr);
		say(stderr, s->repo);
		(void)fprintf(stderr, "%s%s: ", s->bait != NULL ? ", " : "", str_or(s->bait, ""));
		say(stderr, s->trouble);
		(void)fputc('\n', stderr);
	}
}

static void
tell_json(struct jsonw *w, const struct plant_step *s)
{
	const struct placement *p = s->placement;

	jsonw_open(w, NULL, '{');
	jsonw_str(w, "repo", s->repo);
	jsonw_str(w, "bait", s->bait);
	jsonw_str(w, "outcome", s->skipped ? "skipped" : s->trouble != NULL ? "failed" :
	    s->dry_run ? "would plant" : "planted");
	if (s->trouble != NULL)
		jsonw_str(w, "error", s->trouble);
	if (p != NULL && s->trouble == NULL) {
		jsonw_str(w, "key_id", p->key_id);
		jsonw_bool(w, "can_fire", !p->inert);
		jsonw_str(w, "path", p->path);
		jsonw_int(w, "line_from", p->line_from);
		jsonw_int(w, "line_to", p->line_to);
		jsonw_str(w, "branch", p->branch);
		jsonw_str(w, "commit", p->commit);
		jsonw_str(w, "owner", p->owner);
		jsonw_str(w, "sha256", p->sha256);
		jsonw_str(w, "diff", s->diff);
	}
	jsonw_strlist(w, "notes", s->notes);
	jsonw_close(w);
}

static void
tell(void *arg, const struct plant_step *s)
{
	struct telling *t = arg;

	if (t->json != NULL)
		tell_json(t->json, s);
	else
		tell_people(t, s);
	(void)fflush(stdout);
}

/* --repo, and the lines of --repos. */
static bool
repos_wanted(struct cmd_ctx *ctx, struct strlist *out, struct error *err)
{
	const char *file = opt_text(ctx, "repos");
	struct buf text = BUF_INIT(64 << 20);
	struct strlist lines = STRLIST_INIT;
	bool ok = true;

	strlist_copy(out, opt_list(ctx, "repo"));
	if (file != NULL)
		ok = file_read(file, &text, err);
	if (ok)
		strlist_split(&lines, buf_str(&text), "\r\n");
	for (size_t i = 0; i < lines.len; i++)
		if (lines.item[i][0] != '#')
			(void)strlist_add_new(out, lines.item[i]);
	strlist_clear(&lines);
	buf_free(&text);
	if (ok && out->len == 0)
		return error_set(err, ERROR_USAGE, "say where: --repo DIR or --repos FILE");
	return ok;
}

static int
list_baits(const struct cmd_ctx *ctx, struct error *err)
{
	static const char *const columns[] = { "bait", "about", "also", NULL };
	struct catalogue c;
	struct list l;
	bool ok = catalogue_load(&c, err);

	list_begin(&l, ctx, "baits", columns);
	for (size_t i = 0; ok && i < c.len; i++) {
		char *also;

		list_cell(&l, c.item[i].name);
		list_cell(&l, c.item[i].about);
		also = strlist_join(&c.item[i].also, ", ");
		list_cell(&l, also);
		free(also);
	}
	catalogue_clear(&c);
	return list_end(&l, ok, err) ? EXIT_FINE : -1;
}

static bool
print_allow_list(struct cmd_ctx *ctx, struct error *err)
{
	struct placement_list all = PLACEMENT_LIST_INIT;
	struct buf out = BUF_INIT(BUF_REPORT);
	bool ok = plant_list(ctx->store, NULL, NULL, &all, err);

	if (ok)
		plant_allow_list(opt_text(ctx, "allow-list"), &all, &out);
	ok = ok && show_buffer(&out, err);
	buf_free(&out);
	placement_list_clear(&all);
	return ok;
}

static const char *
marker_of(const char *tool)
{
	if (tool == NULL)
		return NULL;
	return str_eq(tool, "gitleaks") ? "gitleaks:allow" : str_eq(tool, "trufflehog") ? "trufflehog:ignore" :
	    "pragma: allowlist secret";
}

static void
summary(struct cmd_ctx *ctx, const struct plant_count *n)
{
	if (n->lacking > 0 && !opt_flag(ctx, "mint"))
		(void)fprintf(stderr, "%lld canar%s missing: \"keycanary mint --count %lld\" makes them, then run this again\n",
		    (long long)n->lacking, n->lacking == 1 ? "y is" : "ies are", (long long)n->lacking);
	if (!ctx->quiet)
		(void)fprintf(stderr, "%lld %s, %lld skipped, %lld failed\n", (long long)n->planted,
		    opt_flag(ctx, "dry-run") ? "would be planted" : "planted", (long long)n->skipped, (long long)n->failed);
}

static void
mint_note(void *arg, const char *text)
{
	const struct cmd_ctx *ctx = arg;

	if (ctx->quiet)
		return;
	say(stderr, text);
	(void)fputc('\n', stderr);
}

static struct mint_order
order_of(const struct cmd_ctx *ctx)
{
	enum canary_level level = CANARY_SILENT;
	bool given = opt_text(ctx, "level") != NULL && canary_level_parse(opt_text(ctx, "level"), &level);

	return (struct mint_order){ .style = opt_text(ctx, "style"), .owner = opt_text(ctx, "owner"), .origin = "mint",
		.level = given ? (int)level : -1 };
}

static bool
plant(struct cmd_ctx *ctx, const struct strlist *repos, const struct strlist *baits, struct plant_count *count,
    struct error *err)
{
	const struct mint_order order = order_of(ctx);
	const struct mint_tell minting = { .note = mint_note, .arg = ctx };
	struct plant_request q = { .mint = opt_flag(ctx, "mint") ? &order : NULL, .settings = ctx->settings,
		.mint_tell = &minting, .baits = baits, .keys = opt_list(ctx, "key"),
		.secret_file = opt_text(ctx, "secret-file"), .batch = opt_text(ctx, "batch"),
		.account = opt_text(ctx, "account"), .path = opt_text(ctx, "path"), .branch = opt_text(ctx, "branch"),
		.message = opt_text(ctx, "message"), .region = opt_text(ctx, "region"), .owner = opt_text(ctx, "owner"),
		.marker = marker_of(opt_text(ctx, "marker")), .planted_by = person(),
		.inert = opt_flag(ctx, "inert"), .commit = opt_flag(ctx, "commit"),
		.dry_run = opt_flag(ctx, "dry-run"), .force = opt_flag(ctx, "force"), .now_ms = ctx->now_ms };
	struct buf out = BUF_INIT(BUF_REPORT);
	struct jsonw w = JSONW_INIT(&out, 2);
	struct telling t = { ctx, show_json(ctx) ? &w : NULL, q.dry_run || opt_flag(ctx, "diff") };
	bool ok;

	if (t.json != NULL) {
		jsonw_open(&w, NULL, '{');
		jsonw_int(&w, "schema", JSON_SCHEMA);
		jsonw_open(&w, "plantings", '[');
	}
	ok = plant_repos(ctx->store, &q, repos, tell, &t, count, err);
	if (ok && t.json != NULL) {
		jsonw_close(&w);
		jsonw_close(&w);
		ok = show_buffer(&out, err);
	}
	buf_free(&out);
	if (ok)
		summary(ctx, count);
	return ok;
}

static int
plant_run(struct cmd_ctx *ctx, struct error *err)
{
	bool where = opt_list(ctx, "repo")->len > 0 || opt_text(ctx, "repos") != NULL;
	struct strlist repos = STRLIST_INIT, baits = STRLIST_INIT;
	struct plant_count count = { .planted = 0 };
	bool ok = true;

	if (opt_flag(ctx, "list-baits"))
		return list_baits(ctx, err);
	for (size_t i = 0; i < opt_list(ctx, "bait")->len; i++)
		strlist_split(&baits, opt_list(ctx, "bait")->item[i], ", ");
	if (where || opt_text(ctx, "allow-list") == NULL)
		ok = repos_wanted(ctx, &repos, err) && plant(ctx, &repos, &baits, &count, err);
	if (ok && opt_text(ctx, "allow-list") != NULL)
		ok = print_allow_list(ctx, err);
	strlist_clear(&repos);
	strlist_clear(&baits);
	return !ok ? -1 : count.failed > 0 ? EXIT_TROUBLE : EXIT_FINE;
}

const struct cmd cmd_plant = {
	.name = "plant",
	.group = "decoys",
	.about = "put baits into repositories, one canary each",
	.help =
	    "A bait is a believable file or a few lines of one that carry a canary's key.\n"
	    "It goes into a file that is there (in a plausible place, keeping the file's\n"
	    "indentation and line endings) or becomes a new one; names, regions, people\n"
	    "and neighbours are taken from the repository or drawn for this canary, so no\n"
	    "two baits are alike. Each placement takes one canary, so the key id alone\n"
	    "tells later which copy leaked.\n"
	    "\n"
	    "By default only the working tree changes. --commit commits that file and\n"
	    "nothing else, with your git configuration and hooks and a message in the\n"
	    "style of the others; --branch does so on a new branch and goes back. A file\n"
	    "with uncommitted work is never touched, a link never followed, a repository in\n"
	    "the middle of a merge or rebase left alone. If a commit is refused (by a hook,\n"
	    "say) the file is put back as it was. A file that git rewrites on the way (LFS,\n"
	    "git-crypt) is passed over, since a clone would not show the bait.\n"
	    "\n"
	    "git runs as you would run it there: with your configuration and the\n"
	    "repository's, whose hooks and filters are programs. It minds safe.directory.\n"
	    "\n"
	    "Before anything is written the bait is held against what intruders' tools\n"
	    "know (\"keycanary lint\"); a certain finding stops it unless --force.\n"
	    "\n"
	    "Several repositories: what the ledger has already is skipped, so a run that\n"
	    "was stopped is simply started again. One failing repository does not stop the\n"
	    "rest; the exit status is then 1.\n"
	    "\n"
	    "A dry run needs no canaries: where none is left it shows an invented key. With\n"
	    "--mint each bait that lacks a canary gets a new one, minted as the settings\n"
	    "say; what was minted for a bait that then fails is there for the next.\n"
	    "\n"
	    "Your own scanners will find the bait too: it is made to be found. --marker\n"
	    "puts their ignore comment beside the key, but an intruder's scanner honours\n"
	    "it as well and passes over the bait; --allow-list prints entries for a file\n"
	    "that you keep elsewhere, which is the better way.",
	.examples = "  keycanary plant --repo ~/src/shop --bait dotenv,aws-credentials,terraform\n"
	    "  keycanary plant --repo ~/src/shop --bait ses-smtp --mint --style mail\n"
	    "  keycanary plant --repos repos.txt --dry-run\n"
	    "  keycanary plant --repo . --bait ses-smtp --branch mail-settings\n"
	    "  keycanary plant --allow-list gitleaks",
	.opts = plant_opts,
	.needs = NEEDS_STORE,
	.max_args = 0,
	.run = plant_run,
};
