/* keycanary retire: the end of a canary. */
#include <stdlib.h>

#include "base/mem.h"
#include "base/when.h"
#include "cli/cmd.h"
#include "cli/person.h"
#include "cli/show.h"
#include "cli/term.h"
#include "core/settings/settings.h"
#include "work/mint.h"
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
	    "audit trail.",
	.examples = "  keycanary retire AKIAYT723HMDSAE2OSWV\n"
	    "  keycanary retire --yes $(keycanary list --status tripped --json | jq -r '.canaries[].key_id')",
	.opts = retire_opts,
	.needs = NEEDS_STORE,
	.min_args = 1,
	.max_args = -1,
	.run = retire_cmd,
};
