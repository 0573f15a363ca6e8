/* keycanary init: what is done once the configuration is written. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/dispatch.h"
#include "cli/init_int.h"
#include "cli/interview.h"
#include "os/random.h"

/* --- what is shown ------------------------------------------------------------------- */

void
init_say(const struct init_run *run, enum color color, const char *text)
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

/* A command with who must give it and where the configuration is; `words` have a space between them. The caller clears. */
static struct strlist
command(const struct init_run *run, const char *words, const char *profile)
{
	struct strlist all = STRLIST_INIT;

	strlist_split(&all, run->user.name != NULL ? "sudo -u" : "", " ");
	if (run->user.name != NULL)
		strlist_add(&all, run->user.name);
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
	size_t from = run->user.name != NULL ? 3 : 0;	/* we are that user already */
	int status;

	strlist_add(&all, "--color");
	strlist_add(&all, opt_text(run->ctx, "color"));
	if (run->ctx->quiet)
		strlist_add(&all, "--quiet");
	else
		(void)puts("");
	init_say(run, COLOR_BOLD, shown);
	status = dispatch((int)(all.len - from), all.item + from);
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
	init_say(run, COLOR_NONE, buf_str(&line));
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
	init_say(run, COLOR_NONE, line);
	free(line);
	init_say(run, COLOR_NONE, "Attach monitor.json and minter.json to those two identities. Or let an administrator of the account");
	init_say(run, COLOR_NONE, "deploy roles for them (Terraform reads monitor/ and decoy-account/), then set role_arn and external_id");
	init_say(run, COLOR_NONE, "in the configuration. Init has no rights for that and applies nothing:");
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
		init_say(run, COLOR_NONE, "\"keycanary policy\" prints the IAM policies that the monitor and the minter need.");
	free(dir);
	return ok;
}

/* --- the steps ----------------------------------------------------------------------- */

static bool
count_fine(void *arg, const char *answer, struct error *err)
{
	return str_to_int(answer, 0, INIT_MINT_MAX, arg) ||
	    error_set(err, ERROR_USAGE, "\"%.20s\" is not a number from 0 to %d", answer, INIT_MINT_MAX);
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
	const char *watch = run->user.name != NULL ? "systemctl enable --now keycanary-watch" : NULL;
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
	init_say(run, COLOR_BOLD, "From here on:");
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		char *words = watch != NULL && str_eq(row[i].words, "watch") ? mem_strdup(watch) :
		    command_line(run, row[i].words, NULL);
		char *line = mem_printf("  %-28s # %s", words, row[i].about);

		init_say(run, COLOR_NONE, line);
		free(words);
		free(line);
	}
}

/* Minting before the watch can see is what nobody wants: without a terminal a bad health ends here. */
bool
init_lead_on(struct init_run *run, struct error *err)
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
