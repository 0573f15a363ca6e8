/* keycanary init: from nothing to a watch that was seen working. */
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/mem.h"
#include "cli/cmd.h"
#include "cli/dispatch.h"
#include "cli/interview.h"
#include "cli/show.h"
#include "cli/term.h"
#include "core/settings/channels.h"
#include "os/file.h"
#include "os/random.h"
#include "work/settings.h"

enum { MINT_MAX = 5000 };

static const struct opt init_opts[] = {
	{ .name = "profile", .kind = OPT_TEXT, .arg = "NAME", .about = "AWS profile of the monitor; it only reads" },
	{ .name = "mint-profile", .kind = OPT_TEXT, .arg = "NAME", .about = "AWS profile that may mint, used by hand (default: --profile)" },
	{ .name = "account", .kind = OPT_TEXT, .arg = "NAME", .about = "what you call the account the decoys live in (default: decoys)" },
	{ .name = "regions", .kind = OPT_LIST, .arg = "A,B", .about = "regions to watch, or \"all\" (default: all)" },
	{ .name = "mail-to", .kind = OPT_LIST, .arg = "ADDRESS", .about = "alerts by mail to; may be repeated; needs --smtp-url" },
	{ .name = "mail-from", .kind = OPT_TEXT, .arg = "ADDRESS", .about = "their sender (default: keycanary at the first one's domain)" },
	{ .name = "smtp-url", .kind = OPT_TEXT, .arg = "URL", .about = "the mail server: smtp://[USER@]HOST[:PORT], or smtps://" },
	{ .name = "smtp-password-file", .kind = OPT_TEXT, .arg = "FILE", .about = "the file (0600) with USER's password" },
	{ .name = "webhook", .kind = OPT_LIST, .arg = "URL", .about = "alerts as JSON to an address of yours; may be repeated" },
	{ .name = "channel", .kind = OPT_LIST, .arg = "TYPE,KEY=VALUE,…",
	  .about = "alerts by any channel of \"keycanary alert types\", or \"none\"; may be repeated" },
	{ .name = "policies", .kind = OPT_TEXT, .arg = "DIR", .about = "write the IAM policies and templates there; -: print them" },
	{ .name = "mint", .kind = OPT_INT, .arg = "N", .about = "mint so many decoys then" },
	{ .name = "drill", .kind = OPT_FLAG, .about = "mint a canary for drills and hold one then" },
	{ .name = "no-doctor", .kind = OPT_FLAG, .about = "do not look whether all is in order" },
	{ .name = "yes", .letter = 'y', .kind = OPT_FLAG, .about = "ask nothing; replace a configuration, which is kept as .bak" },
	{ .name = NULL },
};

struct init_run {
	struct cmd_ctx *ctx;
	struct init_draft draft;
	bool asks;		/* what the words do not say */
	char *mint_profile;	/* NULL: the monitor's */
	char *config;		/* the configuration as a command must name it; NULL: it finds it */
};

/* --- answers ------------------------------------------------------------------------- */

static void
set_text(char **to, const char *text)
{
	free(*to);
	*to = text[0] != '\0' ? mem_strdup(text) : NULL;
}

static bool
take_profile(void *arg, const char *answer, struct error *err)
{
	struct init_run *run = arg;

	if (answer[0] != '\0' && !init_profile_fine(answer, err))
		return false;
	set_text(&run->draft.settings.account[0].profile, answer);
	return true;
}

static bool
take_mint_profile(void *arg, const char *answer, struct error *err)
{
	struct init_run *run = arg;

	if (answer[0] != '\0' && !init_profile_fine(answer, err))
		return false;
	set_text(&run->mint_profile, answer);
	return true;
}

static bool
take_account(void *arg, const char *answer, struct error *err)
{
	struct init_run *run = arg;

	for (const char *c = answer; *c != '\0'; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return error_set(err, ERROR_USAGE, "the name holds a control character");
	if (answer[0] == '\0')
		return error_set(err, ERROR_USAGE, "the name is empty");
	set_text(&run->draft.settings.account[0].name, answer);
	return true;
}

static bool
take_regions(void *arg, const char *answer, struct error *err)
{
	struct init_run *run = arg;
	struct strlist *to = &run->draft.settings.account[0].regions;

	strlist_clear(to);
	return init_regions(answer, to, err);
}

static const struct {
	const char *name;	/* of the option */
	const char *ask, *why;
	const char *initial;
	bool (*take)(void *arg, const char *answer, struct error *err);
} answers[] = {
	{ "profile", "AWS profile of the monitor (empty: as the AWS CLI would choose):",
	  "The monitor reads CloudTrail day and night. It changes nothing, so it needs to read only.", NULL, take_profile },
	{ "mint-profile", "AWS profile that may mint (empty: the same):",
	  "Whoever mints may make users. Keep that apart from the monitor: it is used by hand, and not written down.", NULL,
	  take_mint_profile },
	{ "account", "What do you call the account the decoys live in?",
	  "Its name stands in alerts. Best is an account of its own with nothing in it.", "decoys", take_account },
	{ "regions", "Regions to watch, with commas between them, or all:",
	  "An intruder goes where he likes: a region that is not watched is one he is not seen in.", "all", take_regions },
};

static bool
answer(struct init_run *run, size_t i, struct error *err)
{
	const struct strlist *list = str_eq(answers[i].name, "regions") ? opt_list(run->ctx, "regions") : NULL;
	char *given = list == NULL ? mem_strdup(opt_text(run->ctx, answers[i].name)) :
	    list->len > 0 ? strlist_join(list, ",") : NULL;
	bool ok;

	if (given != NULL) {
		ok = answers[i].take(run, given, err) || error_in(err, "--%s", answers[i].name);
	} else if (run->asks) {
		given = interview_ask(&(struct question){ .ask = answers[i].ask, .why = answers[i].why,
			.initial = answers[i].initial, .fine = answers[i].take, .arg = run }, err);
		ok = given != NULL;
	} else {
		ok = answers[i].take(run, str_or(answers[i].initial, ""), err);
	}
	free(given);
	return ok;
}

/* --- channels ------------------------------------------------------------------------ */

static bool
add_mail(struct init_run *run, struct error *err)
{
	const struct strlist *to = opt_list(run->ctx, "mail-to");
	const char *from = opt_text(run->ctx, "mail-from"), *url = opt_text(run->ctx, "smtp-url"),
	    *file = opt_text(run->ctx, "smtp-password-file");
	struct channel_settings *c;
	char *sender;

	if (to->len == 0)
		return (from == NULL && url == NULL && file == NULL) || error_set(err, ERROR_USAGE, "mail to whom? --mail-to ADDRESS");
	if (url == NULL)
		return error_set(err, ERROR_USAGE, "mail by which server? --smtp-url smtp://[USER@]HOST[:PORT]");
	c = settings_add_channel(&run->draft.settings, "smtp");
	if (!channel_add_smtp(c, url, err))
		return error_in(err, "--smtp-url");
	sender = mem_printf("keycanary%s", str_or(strrchr(to->item[0], '@'), ""));
	sender[strcspn(sender, ">")] = '\0';
	channel_add(c, "from", str_or(from, sender));
	free(sender);
	for (size_t i = 0; i < to->len; i++)
		channel_add(c, "to", to->item[i]);
	if (file != NULL)
		channel_add(c, "password_file", file);
	return true;
}

/* A relative path would mean another file wherever the watch is started. */
static void
make_absolute(struct channel_settings *c)
{
	for (size_t i = 0; i < c->options; i++) {
		struct channel_option *o = &c->option[i];
		bool by_file;
		char *path;

		if (channel_row(channel_kind(c->type), o->name, &by_file) == NULL || !by_file)
			continue;
		path = init_absolute(o->value);
		free(o->value);
		o->value = path;
	}
}

static bool
given_channels(struct init_run *run, struct error *err)
{
	const struct strlist *hooks = opt_list(run->ctx, "webhook"), *words = opt_list(run->ctx, "channel");
	struct settings *s = &run->draft.settings;

	if (!add_mail(run, err))
		return false;
	for (size_t i = 0; i < hooks->len; i++)
		channel_add(settings_add_channel(s, "webhook"), "url", hooks->item[i]);
	for (size_t i = 0; i < words->len; i++)
		if (!str_eq(words->item[i], "none") && !channel_add_words(s, words->item[i], err))
			return error_in(err, "--channel");
	for (size_t i = 0; i < s->channels; i++) {
		if (!channel_check(&s->channel[i], NULL, err)) {
			err->kind = ERROR_USAGE;
			return false;
		}
		make_absolute(&s->channel[i]);
	}
	return true;
}

static bool
choose_channels(struct init_run *run, struct error *err)
{
	if (!given_channels(run, err))
		return false;
	if (run->draft.settings.channels > 0 || opt_list(run->ctx, "channel")->len > 0)
		return true;
	if (run->asks)
		return interview_channels(&run->draft, err);
	return error_set(err, ERROR_USAGE, "where shall alerts go? --mail-to and --smtp-url, --webhook, --channel, or --channel none");
}

/* --- what is shown ------------------------------------------------------------------- */

static void
say(const struct init_run *run, enum color color, const char *text)
{
	struct buf line = BUF_INIT(BUF_LINE);

	if (run->ctx->quiet)
		return;
	term_paint(&line, run->ctx->color, color, text);
	(void)printf("%s\n", buf_str(&line));
	(void)fflush(stdout);
	buf_free(&line);
}

/* As a shell reads it back. */
static void
add_word(struct buf *line, const char *word)
{
	bool plain = word[0] != '\0' && word[strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	    "_-./:@=,+%")] == '\0';

	buf_puts(line, line->len > 0 ? " " : "");
	buf_puts(line, plain ? "" : "'");
	for (const char *c = word; *c != '\0'; c++)
		if (*c == '\'')
			buf_puts(line, "'\\''");
		else
			buf_putc(line, *c);
	buf_puts(line, plain ? "" : "'");
}

/* A command with what it needs to find the configuration; words are separated by a space. The caller clears. */
static struct strlist
command(const struct init_run *run, const char *words, const char *profile)
{
	struct strlist all = STRLIST_INIT;

	strlist_add(&all, "keycanary");
	strlist_split(&all, words, " ");
	if (profile != NULL) {
		strlist_add(&all, "--profile");
		strlist_add(&all, profile);
	}
	if (run->config != NULL) {
		strlist_add(&all, "--config");
		strlist_add(&all, run->config);
	}
	return all;
}

static char *
command_line(const struct init_run *run, const char *words, const char *profile)
{
	struct strlist all = command(run, words, profile);
	struct buf line = BUF_INIT(BUF_LINE);

	for (size_t i = 0; i < all.len; i++)
		add_word(&line, all.item[i]);
	strlist_clear(&all);
	return buf_take(&line);
}

/* A step of the set-up is a command like any other; false: it failed, and has said why. */
static bool
perform(const struct init_run *run, const char *words, const char *profile)
{
	struct strlist all = command(run, words, profile);
	char *line = command_line(run, words, profile), *shown = mem_printf("$ %s", line);
	int status;

	if (run->ctx->quiet)
		strlist_add(&all, "--quiet");
	else
		(void)puts("");
	say(run, COLOR_BOLD, shown);
	status = dispatch((int)all.len, all.item);
	free(line);
	free(shown);
	strlist_clear(&all);
	return status == EXIT_FINE;
}

/* --- the policies -------------------------------------------------------------------- */

/* What an administrator deploys: the templates of "keycanary policy", by whom they let in. */
enum { WATCHES, MINTS };
static const struct {
	const char *template, *stack;
	const char *parameter;
	int who;
} stacks[] = {
	{ "monitor.yaml", "monitoring", "MonitorArn", WATCHES },
	{ "decoy-account.yaml", "user-provisioning", "OperatorArn", MINTS },
};

/* `arn` NULL: it is not known here. */
static void
show_deploy(const struct init_run *run, const char *dir, size_t i, const char *arn)
{
	struct buf line = BUF_INIT(BUF_LINE);
	char *path = mem_printf("%s/%s", dir, stacks[i].template);
	char *parameter = mem_printf("%s=%s", stacks[i].parameter, str_or(arn, "ARN"));

	buf_printf(&line, "  aws cloudformation deploy --capabilities CAPABILITY_NAMED_IAM --stack-name %s --template-file",
	    stacks[i].stack);
	add_word(&line, path);
	buf_puts(&line, " --parameter-overrides");
	add_word(&line, parameter);
	buf_printf(&line, " ExternalId=%016llx", (unsigned long long)random_below(UINT64_MAX));
	say(run, COLOR_NONE, buf_str(&line));
	free(path);
	free(parameter);
	buf_free(&line);
}

static bool
write_policies(struct init_run *run, const char *dir, struct error *err)
{
	const char *monitor = run->draft.settings.account[0].profile;
	const char *const profile[] = { [WATCHES] = monitor, [MINTS] = str_or(run->mint_profile, monitor) };
	char *line;

	if (!init_policies(dir, err))
		return error_in(err, "policies");
	if (run->ctx->quiet)
		return true;
	line = mem_printf("The policies and templates are in %s.", dir);
	(void)puts("");
	say(run, COLOR_NONE, line);
	free(line);
	say(run, COLOR_NONE, "Attach monitor.json and minter.json to those two identities. Or let an administrator of the account");
	say(run, COLOR_NONE, "deploy roles for them (Terraform reads monitor/ and decoy-account/), then set role_arn and external_id");
	say(run, COLOR_NONE, "in the configuration. Init has no rights for that and applies nothing:");
	for (size_t i = 0; i < ARRAY_LEN(stacks); i++) {
		char *arn = opt_flag(run->ctx, "no-doctor") ? NULL : init_principal(&run->draft.settings, profile[stacks[i].who]);

		show_deploy(run, dir, i, arn);
		free(arn);
	}
	return true;
}

static bool
policies(struct init_run *run, struct error *err)
{
	const char *given = opt_text(run->ctx, "policies");
	char *dir = given != NULL || !run->asks ? mem_strdup(str_or(given, "")) :
	    interview_ask(&(struct question){ .ask = "Directory to write the IAM policies and templates to (-: show the policies):",
		.why = "The monitor and the minter each need a policy in AWS; it says exactly what each may do.",
		.initial = "-" }, err);
	bool ok = dir != NULL;

	if (ok && str_eq(dir, "-"))
		ok = perform(run, "policy monitor", NULL) && perform(run, "policy minter", NULL);
	else if (ok && dir[0] != '\0')
		ok = write_policies(run, dir, err);
	else if (ok)
		say(run, COLOR_NONE, "\"keycanary policy\" prints the IAM policies that the monitor and the minter need.");
	free(dir);
	return ok;
}

/* --- the steps ----------------------------------------------------------------------- */

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

static bool
ask_all(struct init_run *run, struct error *err)
{
	const char *place = opt_text(run->ctx, "state");

	(void)settings_add_account(&run->draft.settings, "decoys");
	for (size_t i = 0; i < ARRAY_LEN(answers); i++)
		if (!answer(run, i, err))
			return false;
	init_partition(&run->draft);
	return (place == NULL || init_place(&run->draft, place, err) || error_in(err, "--state")) && choose_channels(run, err);
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
	say(run, COLOR_GREEN, line);
	show_channel_warnings(&run->draft.settings);
	free(found);
	free(line);
	free(backup);
	return true;
}

static bool
count_fine(void *arg, const char *answer, struct error *err)
{
	return str_to_int(answer, 0, MINT_MAX, arg) ||
	    error_set(err, ERROR_USAGE, "\"%.20s\" is not a number from 0 to %d", answer, MINT_MAX);
}

static bool
first_mint(struct init_run *run, bool healthy, struct error *err)
{
	int64_t count = opt_int(run->ctx, "mint", 0);
	char *words;
	bool ok;

	if (opt_int(run->ctx, "mint", -1) < 0 && run->asks) {
		words = interview_ask(&(struct question){ .ask = "How many decoys shall be minted now?",
			.why = "A decoy is an IAM user without rights; each key goes into one place only, so that it tells which one leaked.",
			.initial = healthy ? "10" : "0", .fine = count_fine, .arg = &count }, err);
		if (words == NULL)
			return false;
		free(words);
	}
	if (count == 0)
		return true;
	words = mem_printf("mint --count %lld", (long long)count);
	ok = perform(run, words, run->mint_profile) || error_set(err, ERROR_REMOTE, "minting failed; the configuration is written");
	free(words);
	return ok;
}

static bool
first_drill(struct init_run *run, bool healthy, struct error *err)
{
	bool yes = opt_flag(run->ctx, "drill"), there = false;

	if (!yes && run->asks && !interview_yes("Hold a drill now? It mints one more canary, kept for drills.",
	    "A drill trips a canary on purpose and follows it to each channel; CloudTrail may take minutes.", healthy, &yes, err))
		return false;
	if (!yes)
		return true;
	if (!init_drill_there(run->draft.path, &there, err))
		return false;
	return ((there || perform(run, "mint --drill", run->mint_profile)) && perform(run, "drill", NULL)) ||
	    error_set(err, ERROR_REMOTE, "the drill failed; the configuration is written");
}

static void
farewell(const struct init_run *run)
{
	static const struct {
		const char *words, *about;
	} row[] = {
		{ "plant --repo .", "put a decoy into the repository you are in" },
		{ "watch", "watch from now on; as a service for real use" },
		{ "status", "what is watched, and what cannot be seen" },
	};

	if (run->ctx->quiet)
		return;
	(void)puts("");
	say(run, COLOR_BOLD, "From here on:");
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		char *words = command_line(run, row[i].words, NULL), *line = mem_printf("  %-28s # %s", words, row[i].about);

		say(run, COLOR_NONE, line);
		free(words);
		free(line);
	}
}

/* Minting before the watch can see is what nobody wants: without a terminal a bad health ends here. */
static bool
after_writing(struct init_run *run, struct error *err)
{
	bool healthy;

	if (!policies(run, err))
		return false;
	healthy = opt_flag(run->ctx, "no-doctor") || perform(run, "doctor", NULL);
	if (!healthy && !run->asks && (opt_int(run->ctx, "mint", 0) > 0 || opt_flag(run->ctx, "drill")))
		return error_set(err, ERROR_REMOTE, "nothing was minted, because not all is in order; the configuration is written");
	if (!first_mint(run, healthy, err) || !first_drill(run, healthy, err))
		return false;
	farewell(run);
	return healthy || error_set(err, ERROR_REMOTE, "the configuration is written, but not all is in order yet");
}

static bool
set_up(struct init_run *run, struct error *err)
{
	int64_t count = opt_int(run->ctx, "mint", 0);

	if (count < 0 || count > MINT_MAX)
		return error_set(err, ERROR_USAGE, "--mint %lld: AWS allows 1 to %d users in an account", (long long)count, MINT_MAX);
	if (!may_write(run, err))
		return false;
	if (!ask_all(run, err) || !write_down(run, err))
		return err->kind == ERROR_STOPPED ? error_set(err, ERROR_STOPPED, "stopped; nothing was written") : false;
	if (after_writing(run, err))
		return true;
	return err->kind == ERROR_STOPPED ? error_set(err, ERROR_STOPPED, "stopped; %s is written", run->draft.path) : false;
}

static int
init_run_command(struct cmd_ctx *ctx, struct error *err)
{
	struct init_run run = { .ctx = ctx, .asks = !opt_flag(ctx, "yes") && term_can_ask() };
	bool ok = init_begin(&run.draft, opt_text(ctx, "config"), err) && set_up(&run, err);

	init_clear(&run.draft);
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
	    "The account, its policies and roles are yours to make: init prints the exact\n"
	    "commands for them and applies nothing, because it has no rights for that.\n"
	    "\n"
	    "Exit status: 0 all is in order, 1 something failed (what is written stays),\n"
	    "2 wrong words.",
	.examples =
	    "keycanary init                                          # asks\n"
	    "keycanary init --yes --profile monitor --regions eu-west-1,us-east-1 \\\n"
	    "    --mail-to security@example.org --smtp-url smtp://mail.example.org\n"
	    "keycanary init --yes --mint-profile minter --webhook https://hooks.example.org/x \\\n"
	    "    --channel slack,url_file=/etc/keycanary/slack-url --mint 20 --drill",
	.opts = init_opts,
	.run = init_run_command,
};
