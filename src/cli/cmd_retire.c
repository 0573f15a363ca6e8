/* keycanary retire, rotate: the end of a canary. */
#include <stdlib.h>

#include "base/mem.h"
#include "base/when.h"
#include "cli/cmd.h"
#include "cli/person.h"
#include "cli/show.h"
#include "cli/term.h"
#include "core/settings/settings.h"
#include "os/file.h"
#include "os/random.h"
#include "work/mint.h"
#include "work/plant.h"
#include "work/rotate.h"
#include "work/state.h"

static const struct opt retire_opts[] = {
	{ .name = "yes", .letter = 'y', .kind = OPT_FLAG, .about = "do not ask" },
	{ .name = "profile", .kind = OPT_TEXT, .arg = "NAME", .about = "AWS profile, instead of the account's own" },
	{ .name = "keep-user", .kind = OPT_FLAG, .about = "delete the key, leave the user" },
	{ .name = "all-keys", .kind = OPT_FLAG, .about = "also delete keys of the user that the registry does not know" },
	{ .name = "registry-only", .kind = OPT_FLAG, .about = "make no call: the key is gone in AWS already, or somebody else's" },
	{ .name = NULL },
};

static void
show_note(void *arg, const char *text)
{
	const struct cmd_ctx *ctx = arg;

	if (!ctx->quiet)
		(void)fprintf(stderr, "%s\n", text);
}

static bool
confirmed(struct cmd_ctx *ctx, bool *yes, struct error *err)
{
	char *question;
	bool ok;

	*yes = opt_flag(ctx, "yes") || opt_flag(ctx, "registry-only");
	if (*yes)
		return true;
	question = ctx->argc == 1 ? mem_printf("Delete %s and its user in AWS?", ctx->argv[0]) :
	    mem_printf("Delete these %d keys and their users in AWS?", ctx->argc);
	ok = term_confirm(question, yes, err);
	free(question);
	return ok;
}

static void
show_path(const char *lead, const char *text)
{
	struct buf out = BUF_INIT(BUF_LINE);

	term_paint(&out, false, COLOR_NONE, text);
	(void)printf("%s%s\n", lead, buf_str(&out));
	buf_free(&out);
}

/* Retiring takes nothing out of a repository. */
static bool
show_remains(struct cmd_ctx *ctx, const char *key_id, struct error *err)
{
	struct placement_list all = PLACEMENT_LIST_INIT;
	bool ok = plant_list(ctx->store, key_id, NULL, &all, err);

	for (size_t i = 0; i < all.len && !ctx->quiet; i++) {
		const struct placement *p = &all.item[i];
		char *place = mem_printf("%s %s", p->repo, p->path);

		if (p->state != PLACEMENT_REMOVED && p->state != PLACEMENT_GONE)
			show_path("  its bait still stands in ", place);
		free(place);
	}
	placement_list_clear(&all);
	return ok;
}

static int
retire_cmd(struct cmd_ctx *ctx, struct error *err)
{
	const struct retire_order order = { .profile = opt_text(ctx, "profile"),
		.registry_only = opt_flag(ctx, "registry-only"), .keep_user = opt_flag(ctx, "keep-user"),
		.all_keys = opt_flag(ctx, "all-keys") };
	const struct mint_tell tell = { .note = show_note, .arg = ctx };
	char span[WHEN_TEXT_MAX];
	bool yes = false;

	if (!confirmed(ctx, &yes, err))
		return -1;
	if (!yes)
		return EXIT_TROUBLE;
	for (int i = 0; i < ctx->argc; i++) {
		if (!retire(ctx->store, ctx->settings, ctx->argv[i], &order, person(), &tell, err))
			return -1;
		if (!ctx->quiet)
			(void)printf("%s retired; still watched for %s\n", ctx->argv[i],
			    span_text(ctx->settings->retired_watch_s, span));
		if (!show_remains(ctx, ctx->argv[i], err))
			return -1;
	}
	return EXIT_FINE;
}

const struct cmd cmd_retire = {
	.name = "retire",
	.group = "decoys",
	.args = "AKIA…",
	.about = "delete a canary in AWS and keep watching its tombstone",
	.help =
	    "Deletes the key, the user's policies and the user. The canary stays in the\n"
	    "registry as retired and is watched on (mint.watch_retired, at least 90 days):\n"
	    "events arrive late, and whoever tries the dead key is worth knowing. May be\n"
	    "repeated; what is gone already is no failure. Everything is written to the\n"
	    "audit trail. Baits stay where they are, and where is told: \"keycanary rotate\"\n"
	    "puts a live key into one instead.",
	.examples = "  keycanary retire AKIAYT723HMDSAE2OSWV\n"
	    "  keycanary retire --yes $(keycanary list --status tripped --json | jq -r '.canaries[].key_id')",
	.opts = retire_opts,
	.needs = NEEDS_STORE,
	.min_args = 1,
	.max_args = -1,
	.run = retire_cmd,
};

/* --- rotate -------------------------------------------------------------------------- */

static const struct opt rotate_opts[] = {
	{ .name = "yes", .letter = 'y', .kind = OPT_FLAG, .about = "do not ask" },
	{ .name = "dry-run", .letter = 'n', .kind = OPT_FLAG, .about = "show the change and the calls, change nothing" },
	{ .name = "path", .kind = OPT_TEXT, .arg = "FILE", .about = "which placement, when the key has several" },
	{ .name = "style", .kind = OPT_TEXT, .arg = "STYLE", .about = "house style of the new user's name" },
	{ .name = "profile", .kind = OPT_TEXT, .arg = "NAME", .about = "AWS profile, instead of the account's own" },
	{ .name = "old-secret-file", .kind = OPT_TEXT, .arg = "FILE",
	  .about = "file (0600) with the old secret, for a bait that was edited" },
	{ .name = "message", .letter = 'm', .kind = OPT_TEXT, .arg = "TEXT", .about = "of the commit" },
	{ .name = "no-commit", .kind = OPT_FLAG, .about = "change the file, leave the commit to you" },
	{ .name = "keep-old", .kind = OPT_FLAG, .about = "do not retire the old key" },
	{ .name = NULL },
};

static bool
may_rotate(struct cmd_ctx *ctx, bool *yes, struct error *err)
{
	char *question;
	bool ok;

	*yes = opt_flag(ctx, "yes") || opt_flag(ctx, "dry-run");
	if (*yes)
		return true;
	question = mem_printf("Put a new key in the place of %s%s?", ctx->argv[0],
	    opt_flag(ctx, "keep-old") ? "" : " and delete the old one in AWS");
	ok = term_confirm(question, yes, err);
	free(question);
	return ok;
}

static void
rotated(const struct cmd_ctx *ctx, const struct rotate_result *r)
{
	if (ctx->quiet)
		return;
	if (r->diff != NULL)
		(void)fputs(r->diff, stdout);
	if (r->replaced) {
		(void)printf("%s stands in the place of %s\n", r->placement.key_id, ctx->argv[0]);
		show_path("  ", r->placement.path);
	}
	if (r->placement.commit != NULL)
		(void)printf("  commit %.12s\n", r->placement.commit);
	if (r->retired)
		(void)printf("%s retired; still watched\n", ctx->argv[0]);
	for (size_t i = 0; i < r->planned.len; i++)
		(void)printf("would make a user such as %s\n", r->planned.item[i]);
	for (size_t i = 0; i < r->calls.len; i++)
		(void)printf("  %s\n", r->calls.item[i]);
	if (r->planned.len > 0)
		(void)printf("%snothing was changed; the new key id shown is made up\n",
		    opt_flag(ctx, "keep-old") ? "" : "then retire the old one; ");
	for (size_t i = 0; i < r->others.len; i++)
		show_path("the old key also stands in ", r->others.item[i]);
}

static int
rotate_cmd(struct cmd_ctx *ctx, struct error *err)
{
	struct buf secret = BUF_INIT(256);
	const char *file = opt_text(ctx, "old-secret-file");
	const struct mint_tell tell = { .note = show_note, .arg = ctx };
	struct rotate_result r = { .diff = NULL };
	bool yes = false, ok = may_rotate(ctx, &yes, err);

	if (ok && !yes)
		return EXIT_TROUBLE;
	ok = ok && (file == NULL || file_read_secret(file, &secret, err));
	if (ok) {
		const struct rotate_order order = { .profile = opt_text(ctx, "profile"), .style = opt_text(ctx, "style"),
			.path = opt_text(ctx, "path"), .secret = file != NULL ? buf_str(&secret) : NULL,
			.message = opt_text(ctx, "message"), .no_commit = opt_flag(ctx, "no-commit"),
			.dry_run = opt_flag(ctx, "dry-run"),
			.keep_old = opt_flag(ctx, "keep-old"), .seed = random_below(UINT64_MAX), .now_ms = ctx->now_ms };

		ok = rotate(ctx->store, ctx->settings, ctx->argv[0], &order, person(), &tell, &r, err);
		rotated(ctx, &r);
	}
	rotate_result_clear(&r);
	buf_free_secret(&secret);
	return ok ? EXIT_FINE : -1;
}

const struct cmd cmd_rotate = {
	.name = "rotate",
	.group = "decoys",
	.args = "AKIA…",
	.about = "put a new key exactly where an old one stands, and retire the old one",
	.help =
	    "For a key that was used, or that is too old to be believed. A new canary of\n"
	    "the same account, level, owner and tags is minted, replaces key id and secret\n"
	    "in the file and keeps every other byte, and is committed if the old bait was.\n"
	    "Only then is the old key deleted in AWS; its tombstone stays watched. Other\n"
	    "places the old key stands in are listed: copies you may want to look after.\n"
	    "Whether that can be done is tried on paper before anything is minted.\n"
	    "After an interruption the same words go on where it stood.",
	.examples = "  keycanary rotate --dry-run AKIAYT723HMDSAE2OSWV\n"
	    "  keycanary rotate AKIAYT723HMDSAE2OSWV",
	.opts = rotate_opts,
	.needs = NEEDS_STORE,
	.min_args = 1,
	.max_args = 1,
	.run = rotate_cmd,
};
