/* keycanary init: from nothing to a watch that was seen working. */
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/init_int.h"
#include "cli/interview.h"
#include "cli/show.h"
#include "os/file.h"
#include "work/settings.h"

static const struct opt init_opts[] = {
	{ .name = "profile", .kind = OPT_TEXT, .arg = "NAME", .about = "AWS profile of the monitor; it only reads" },
	{ .name = "mint-profile", .kind = OPT_TEXT, .arg = "NAME",
	  .about = "AWS profile that may mint, used by hand (default: --profile)" },
	{ .name = "account", .kind = OPT_TEXT, .arg = "NAME",
	  .about = "what you call the account the decoys live in (default: decoys)" },
	{ .name = "regions", .kind = OPT_LIST, .arg = "A,B", .about = "regions to watch, or \"all\" (default: all)" },
	{ .name = "mail-to", .kind = OPT_LIST, .arg = "ADDRESS", .about = "alerts by mail to; may be repeated; needs --smtp-url" },
	{ .name = "mail-from", .kind = OPT_TEXT, .arg = "ADDRESS",
	  .about = "their sender (default: keycanary at the first one's domain)" },
	{ .name = "smtp-url", .kind = OPT_TEXT, .arg = "URL", .about = "the mail server: smtp://[USER@]HOST[:PORT], or smtps://" },
	{ .name = "smtp-password-file", .kind = OPT_TEXT, .arg = "FILE", .about = "the file (0600) with USER's password" },
	{ .name = "webhook", .kind = OPT_LIST, .arg = "URL", .about = "alerts as JSON to an address of yours; may be repeated" },
	{ .name = "channel", .kind = OPT_LIST, .arg = "TYPE,KEY=VALUE,…",
	  .about = "alerts by any channel of \"keycanary alert types\", or \"none\"; may be repeated" },
	{ .name = "policies", .kind = OPT_TEXT, .arg = "DIR",
	  .about = "write the IAM policies and templates there; -: print them" },
	{ .name = "mint", .kind = OPT_INT, .arg = "N", .about = "mint so many decoys then" },
	{ .name = "drill", .kind = OPT_FLAG, .about = "mint a canary for drills and hold one then" },
	{ .name = "no-doctor", .kind = OPT_FLAG, .about = "do not look whether all is in order" },
	{ .name = "user", .kind = OPT_TEXT, .arg = "NAME",
	  .about = "set up for the user a service runs as: owns the files, takes the steps; for root" },
	{ .name = "yes", .letter = 'y', .kind = OPT_FLAG,
	  .about = "ask nothing; replace a configuration, which is kept as .bak" },
	{ .name = NULL },
};

static bool
may_write(struct init_run *run, struct error *err)
{
	char *question;
	bool yes = true, ok = true;

	if (!file_exists(run->draft.path) || opt_flag(run->ctx, "yes"))
		return true;
	if (!run->asks)
		return error_set(err, ERROR_CONFLICT, "%s is there already; --yes replaces it and keeps the old one as .bak, "
		    "--config FILE writes another", run->draft.path);
	question = mem_printf("%s is there already. Replace it? The old one is kept as .bak.", run->draft.path);
	ok = interview_yes(question, NULL, false, &yes, err);
	free(question);
	return ok && (yes || error_set(err, ERROR_STOPPED, "the configuration stays as it is"));
}

/* Credentials, state and configuration are looked for where that user has them. */
static bool
choose_user(struct init_run *run, struct error *err)
{
	const char *name = opt_text(run->ctx, "user");

	if (name == NULL)
		return true;
	if (geteuid() != 0)
		return error_set(err, ERROR_USAGE, "--user is for root; others set up their own");
	return user_find(name, &run->user, err) && user_dwell(&run->user, err);
}

static bool
write_down(struct init_run *run, struct error *err)
{
	char *backup, *found, *line;

	if (!init_write(&run->draft, &backup, err))
		return false;
	found = settings_path(NULL);
	run->config = str_eq(found, run->draft.path) ? NULL : mem_strdup(run->draft.path);
	line = mem_printf("Written: %s%s%s", run->draft.path, backup != NULL ? "; the old one is " : "", str_or(backup, ""));
	init_say(run, COLOR_GREEN, line);
	show_channel_warnings(&run->draft.settings);
	free(found);
	free(line);
	free(backup);
	return true;
}

static bool
set_up(struct init_run *run, struct error *err)
{
	int64_t count = opt_int(run->ctx, "mint", 0);

	if (count < 0 || count > INIT_MINT_MAX)
		return error_set(err, ERROR_USAGE, "--mint %lld: AWS allows 1 to %d users in an account", (long long)count, INIT_MINT_MAX);
	if (!may_write(run, err))
		return false;
	if (!init_answer(run, err) || !write_down(run, err))
		return err->kind == ERROR_STOPPED ? error_set(err, ERROR_STOPPED, "stopped; nothing was written") : false;
	if ((run->user.name == NULL || user_become(&run->user, err)) && init_lead_on(run, err))
		return true;
	return err->kind == ERROR_STOPPED ? error_set(err, ERROR_STOPPED, "stopped; %s is written", run->draft.path) : false;
}

static int
init_run_command(struct cmd_ctx *ctx, struct error *err)
{
	struct init_run run = { .ctx = ctx, .asks = !opt_flag(ctx, "yes") && term_can_ask() };
	bool ok = choose_user(&run, err);
	const char *system = run.user.name != NULL ? "/etc/keycanary/keycanary.conf" : NULL;

	ok = ok && init_begin(&run.draft, str_or(opt_text(ctx, "config"), system), err);
	run.draft.owner = run.user.name != NULL ? &run.user : NULL;
	ok = ok && set_up(&run, err);
	init_clear(&run.draft);
	user_clear(&run.user);
	free(run.mint_profile);
	free(run.config);
	return ok ? EXIT_FINE : -1;
}

const struct cmd cmd_init = {
	.name = "init",
	.group = "set up",
	.about = "set up decoys and the watch, step by step",
	.help =
	    "Asks what matters, writes the configuration (0600, every setting explained) and\n"
	    "offers the policies for AWS, the doctor, the first decoys and a drill; each of\n"
	    "these is a command that is shown and can be given again. What the options say\n"
	    "is not asked; without a terminal, or with --yes, nothing is.\n"
	    "\n"
	    "The file is the one of --config, of KEYCANARY_CONFIG, or\n"
	    "~/.config/keycanary/keycanary.conf. One that is there is replaced only after a\n"
	    "question or with --yes, and kept as .bak. Nothing is written before the last\n"
	    "question about it is answered; Ctrl-C before that leaves nothing.\n"
	    "\n"
	    "Secrets are asked for without showing them and get files of their own (0600)\n"
	    "beside the configuration. They are never taken from the command line, which\n"
	    "everybody on the machine can read: --channel slack,url_file=FILE.\n"
	    "\n"
	    "--user sets up a service: the files are that user's, the state is in its home\n"
	    "(/var/lib/keycanary for the package's user), the file is\n"
	    "/etc/keycanary/keycanary.conf, and the steps are taken as that user.\n"
	    "\n"
	    "The account, its policies and roles are yours to make: init prints the exact\n"
	    "commands for them and applies nothing, because it has no rights for that.\n"
	    "\n"
	    "Exit status: 0 all is in order, 1 something failed (what is written stays),\n"
	    "2 wrong words.",
	.examples =
	    "keycanary init                                          # asks\n"
	    "keycanary init --yes --profile monitor --regions eu-west-1,us-east-1 \\\n"
	    "    --mail-to security@example.org --smtp-url smtp://mail.example.org\n"
	    "sudo keycanary init --user keycanary                    # for the package's service\n"
	    "keycanary init --yes --mint-profile minter --webhook https://hooks.example.org/x \\\n"
	    "    --channel slack,url_file=/etc/keycanary/slack-url --mint 20 --drill",
	.opts = init_opts,
	.run = init_run_command,
};
