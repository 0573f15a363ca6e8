/* keycanary mint, adopt: where canaries come from. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/cmd.h"
#include "cli/list.h"
#include "cli/person.h"
#include "cli/show.h"
#include "cli/table.h"
#include "cli/term.h"
#include "core/report/json_report.h"
#include "core/settings/settings.h"
#include "os/file.h"
#include "os/random.h"
#include "work/mint.h"
#include "work/state.h"

static void
show_note(void *arg, const char *text)
{
	const struct cmd_ctx *ctx = arg;
	struct buf out = BUF_INIT(BUF_LINE);

	if (ctx->quiet)
		return;
	term_paint(&out, false, COLOR_NONE, text);
	(void)fprintf(stderr, "%s\n", buf_str(&out));
	buf_free(&out);
}

/* A line as soon as it is there: a batch may take minutes. */
static void
show_made(void *arg, const struct canary *c)
{
	const struct cmd_ctx *ctx = arg;

	if (ctx->quiet || show_json(ctx))
		return;
	(void)printf("%s  %-8s %s%s\n", c->key_id, canary_level_name(c->level), c->user_name,
	    c->state == CANARY_INERT ? "  (inert: cannot fire)" : c->drill ? "  (for drills)" : "");
	(void)fflush(stdout);
}

static bool
keys_json(struct cmd_ctx *ctx, const struct mint_result *r, struct error *err)
{
	struct buf out = BUF_INIT(BUF_REPORT);
	struct jsonw w = JSONW_INIT(&out, 2);

	jsonw_open(&w, NULL, '{');
	jsonw_int(&w, "schema", JSON_SCHEMA);
	jsonw_int(&w, "minted", (int64_t)r->made);
	jsonw_int(&w, "finished", (int64_t)r->finished);
	jsonw_int(&w, "undone", (int64_t)r->undone);
	jsonw_int(&w, "left", (int64_t)r->left);
	if (opt_flag(ctx, "dry-run")) {
		jsonw_strlist(&w, "would_mint", &r->planned);
		jsonw_strlist(&w, "calls_each", &r->calls);
	}
	jsonw_open(&w, "canaries", '[');
	for (size_t i = 0; i < r->keys.len; i++) {
		struct canary c;
		bool found = false;

		if (!state_canary(ctx->store, r->keys.item[i], &c, &found, err)) {
			buf_free(&out);
			return false;
		}
		jsonw_open(&w, NULL, '{');
		jsonw_str(&w, "key_id", c.key_id);
		jsonw_str(&w, "account", c.account);
		jsonw_str(&w, "user_name", c.user_name);
		jsonw_str(&w, "arn", c.arn);
		jsonw_str(&w, "level", canary_level_name(c.level));
		jsonw_str(&w, "batch", c.batch);
		jsonw_bool(&w, "drill", c.drill);
		jsonw_bool(&w, "can_fire", c.state != CANARY_INERT);
		jsonw_close(&w);
		canary_clear(&c);
	}
	jsonw_close(&w);
	jsonw_close(&w);
	return show_buffer(&out, err);
}

/* --- mint -------------------------------------------------------------------------- */

static const struct opt mint_opts[] = {
	{ .name = "count", .kind = OPT_INT, .arg = "N", .initial = "1", .about = "how many" },
	{ .name = "account", .kind = OPT_TEXT, .arg = "NAME",
	  .about = "configured account to mint in; with --inert, the 12 digits the keys shall tell" },
	{ .name = "profile", .kind = OPT_TEXT, .arg = "NAME",
	  .about = "AWS profile that may mint, instead of the account's own" },
	{ .name = "style", .kind = OPT_TEXT, .arg = "STYLE", .about = "house style of the names (see --styles)" },
	{ .name = "styles", .kind = OPT_FLAG, .about = "list the styles and end" },
	{ .name = "app", .kind = OPT_LIST, .arg = "WORD", .about = "a project of yours, to name users after; may be repeated" },
	{ .name = "pattern", .kind = OPT_TEXT, .arg = "TEXT", .about = "names of your own, such as 'svc-{app}-{nn}'" },
	{ .name = "path", .kind = OPT_TEXT, .arg = "PATH", .about = "IAM path of all users" },
	{ .name = "level", .kind = OPT_TEXT, .arg = "LEVEL", .choices = "silent,denied,lure",
	  .about = "what the decoy answers" },
	{ .name = "boundary", .kind = OPT_TEXT, .arg = "ARN", .about = "permissions boundary of the users" },
	{ .name = "owner", .kind = OPT_TEXT, .arg = "NAME", .about = "who is told" },
	{ .name = "tag", .kind = OPT_LIST, .arg = "TAG", .about = "tag in the registry, never in AWS; may be repeated" },
	{ .name = "note", .letter = 'm', .kind = OPT_TEXT, .arg = "TEXT", .about = "note in the registry" },
	{ .name = "drill", .kind = OPT_FLAG, .about = "for drills: the secret is kept, alerts say DRILL" },
	{ .name = "inert", .kind = OPT_FLAG, .about = "only look valid: no AWS call, cannot fire; for training" },
	{ .name = "output", .letter = 'o', .kind = OPT_TEXT, .arg = "FILE",
	  .about = "write the secrets into this new file (0600), and keep none" },
	{ .name = "show-secret", .kind = OPT_FLAG, .about = "show the secrets once on the terminal, and keep none" },
	{ .name = "dry-run", .letter = 'n', .kind = OPT_FLAG, .about = "say which users and calls it would be, change nothing" },
	{ .name = "resume", .kind = OPT_FLAG, .about = "finish what an interrupted run began, and mint no more" },
	{ .name = "undo", .kind = OPT_FLAG, .about = "take back what an interrupted run began" },
	{ .name = "yes", .letter = 'y', .kind = OPT_FLAG, .about = "with --undo: do not ask" },
	{ .name = "json", .kind = OPT_FLAG, .about = "as JSON" },
	{ .name = NULL },
};

static bool
list_styles(const struct cmd_ctx *ctx, struct error *err)
{
	static const char *const columns[] = { "style", "about", NULL };
	struct strlist styles = STRLIST_INIT;
	struct list l;
	bool ok = mint_styles(&styles, err);

	list_begin(&l, ctx, "styles", columns);
	for (size_t i = 0; ok && i < styles.len; i++) {
		char *tab = strchr(styles.item[i], '\t');

		*tab = '\0';
		list_cell(&l, styles.item[i]);
		list_cell(&l, tab + 1);
	}
	strlist_clear(&styles);
	return list_end(&l, ok, err);
}

/* Found out before anything is minted. */
static bool
check_words(const struct cmd_ctx *ctx, struct error *err)
{
	int64_t count = opt_int(ctx, "count", 1);
	const char *file = opt_text(ctx, "output");

	if (count < 1 || count > 5000)
		return error_set(err, ERROR_USAGE, "--count %lld: AWS allows 1 to 5000 users in an account", (long long)count);
	if (opt_flag(ctx, "dry-run") && (opt_flag(ctx, "resume") || opt_flag(ctx, "undo")))
		return error_set(err, ERROR_USAGE, "--dry-run shows new canaries; it has no meaning with --resume or --undo");
	if (opt_flag(ctx, "resume") && opt_flag(ctx, "undo"))
		return error_set(err, ERROR_USAGE, "--resume and --undo are opposites");
	if (file != NULL && opt_flag(ctx, "show-secret"))
		return error_set(err, ERROR_USAGE, "a secret is told once: choose --output or --show-secret");
	if (file != NULL && file_exists(file))
		return error_set(err, ERROR_CONFLICT, "%s is there already; --output writes new files only", file);
	if (opt_flag(ctx, "show-secret") && !ctx->terminal)
		return error_set(err, ERROR_USAGE, "--show-secret shows secrets on a terminal only; use --output FILE");
	return true;
}

static struct mint_order
order_of(const struct cmd_ctx *ctx)
{
	enum canary_level level = CANARY_SILENT;
	bool given = opt_text(ctx, "level") != NULL && canary_level_parse(opt_text(ctx, "level"), &level);
	const struct strlist *apps = opt_list(ctx, "app");

	return (struct mint_order){ .account = opt_text(ctx, "account"), .profile = opt_text(ctx, "profile"),
		.style = opt_text(ctx, "style"), .pattern = opt_text(ctx, "pattern"), .path = opt_text(ctx, "path"),
		.apps = apps->len > 0 ? apps : NULL, .boundary = opt_text(ctx, "boundary"),
		.owner = opt_text(ctx, "owner"), .note = opt_text(ctx, "note"), .tags = opt_list(ctx, "tag"),
		.origin = "mint", .level = given ? (int)level : -1, .count = opt_int(ctx, "count", 1),
		.drill = opt_flag(ctx, "drill"), .dry_run = opt_flag(ctx, "dry-run"), .seed = random_below(UINT64_MAX) };
}

static bool
sure_to_undo(const struct cmd_ctx *ctx, bool *yes, struct error *err)
{
	*yes = !opt_flag(ctx, "undo") || opt_flag(ctx, "yes");
	return *yes || term_confirm("Delete in AWS the users and keys that an interrupted run began?", yes, err);
}

static bool
do_mint(struct cmd_ctx *ctx, struct mint_result *result, struct error *err)
{
	struct mint_order order = order_of(ctx);
	const struct mint_tell tell = { .made = show_made, .note = show_note, .arg = ctx };

	if (opt_flag(ctx, "resume") || opt_flag(ctx, "undo"))
		return mint_resume(ctx->store, ctx->settings, order.profile, opt_flag(ctx, "undo"), person(), &tell,
		    result, err);
	return (opt_flag(ctx, "inert") ? mint_inert : mint)(ctx->store, ctx->settings, &order, person(), &tell,
	    result, err);
}

/* Shown once, on the terminal alone. */
static bool
show_secrets(struct cmd_ctx *ctx, const struct strlist *keys, struct error *err)
{
	for (size_t i = 0; i < keys->len; i++) {
		struct minted m;

		if (!mint_secret(ctx->store, keys->item[i], &m, err))
			return false;
		(void)printf("%s  %s\n", m.canary.key_id, m.secret);
		minted_clear(&m);
		if (!mint_planted(ctx->store, keys->item[i], err))
			return false;
	}
	return true;
}

static bool
hand_out(struct cmd_ctx *ctx, const struct mint_result *r, struct error *err)
{
	const char *file = opt_text(ctx, "output");

	if (file != NULL && r->keys.len > 0)
		return mint_write(ctx->store, &r->keys, file, err);
	return !opt_flag(ctx, "show-secret") || show_secrets(ctx, &r->keys, err);
}

static void
show_planned(const struct mint_result *r)
{
	for (size_t i = 0; i < r->planned.len; i++)
		(void)printf("would make the user %s\n", r->planned.item[i]);
	for (size_t i = 0; i < r->calls.len; i++)
		(void)printf("%s%s\n", i == 0 ? "for each: " : "          ", r->calls.item[i]);
	if (r->left > 0)
		(void)printf("first, %zu begun by an earlier run would be finished or taken back\n", r->left);
	(void)puts("the names are drawn anew each time; nothing was made");
}

static void
summary(const struct cmd_ctx *ctx, const struct mint_result *r)
{
	const char *file = opt_text(ctx, "output");

	if (show_json(ctx))
		return;
	if (opt_flag(ctx, "dry-run"))
		show_planned(r);
	if (ctx->quiet || opt_flag(ctx, "dry-run"))
		return;
	(void)printf("%zu canar%s minted", r->made, r->made == 1 ? "y" : "ies");
	if (r->finished > 0)
		(void)printf(", %zu of them begun by an earlier run", r->finished);
	if (r->undone > 0)
		(void)printf("; %zu begun by an earlier run taken back", r->undone);
	if (r->made == 0)
		(void)puts("");
	else if (file != NULL)
		(void)printf("; the secrets are in %s and nowhere else\n", file);
	else if (opt_flag(ctx, "show-secret"))
		(void)puts("; the secrets are kept nowhere");
	else
		(void)printf("; %s sealed in the state until \"keycanary plant\" writes %s\n",
		    r->made == 1 ? "its secret stays" : "their secrets stay", r->made == 1 ? "it" : "them");
}

static int
mint_cmd(struct cmd_ctx *ctx, struct error *err)
{
	struct mint_result result = { .keys = STRLIST_INIT };
	bool ok, yes = false;

	if (opt_flag(ctx, "styles"))
		return list_styles(ctx, err) ? EXIT_FINE : -1;
	if (!check_words(ctx, err) || !sure_to_undo(ctx, &yes, err))
		return -1;
	if (!yes)
		return EXIT_TROUBLE;
	ok = do_mint(ctx, &result, err);
	if (ok)
		ok = hand_out(ctx, &result, err);
	if (ok && show_json(ctx))
		ok = keys_json(ctx, &result, err);
	else if (ok)
		summary(ctx, &result);
	mint_result_clear(&result);
	return ok ? EXIT_FINE : -1;
}

const struct cmd cmd_mint = {
	.name = "mint",
	.group = "decoys",
	.about = "make decoy IAM users and keys",
	.help =
	    "Makes one IAM user with one access key for each canary, so that the key alone\n"
	    "tells which copy leaked. Names come from a house style (--styles), from your\n"
	    "own --app words, or from a --pattern: {app}, {env} and the like are words of\n"
	    "the style, {n} is a digit and {nn} two. Nothing in name, path or tags says\n"
	    "what it is.\n"
	    "\n"
	    "Which account: one of its own with nothing in it, inside your organisation and\n"
	    "named like the others. The key id tells the account to anybody, so a shared or\n"
	    "well-known decoy account gives all its keys away.\n"
	    "\n"
	    "The levels, and what each costs:\n"
	    "  silent  no policy. Every call is denied in the most ordinary words (\"no\n"
	    "          identity-based policy allows\"). The default, and never useful to\n"
	    "          anybody. Some intruders leave after the first denial.\n"
	    "  denied  an explicit deny of everything. Holds even when somebody attaches a\n"
	    "          policy later; but the error text says \"explicit deny\", which tells\n"
	    "          a careful reader that somebody meant it.\n"
	    "  lure    may read what SES and its quotas look like, and nothing else. The\n"
	    "          intruder walks on and shows what he wants. Only for an account with\n"
	    "          nothing in it: he sees its SES state. It can neither send mail nor\n"
	    "          cost money.\n"
	    "\n"
	    "The order of the calls never leaves a key with more rights than meant, and is\n"
	    "written down before each call: when a run ends anywhere, the next one finishes\n"
	    "or takes back what it began (--resume, --undo).\n"
	    "\n"
	    "AWS allows 5,000 users in an account (quota \"Users per account\"): a batch that\n"
	    "does not fit is refused before its first call, and from nine tenths on you are\n"
	    "told. Each user gets one key, so the limit of 2 keys per user is never met.\n"
	    "\n"
	    "The secret is shown to nobody. It is sealed in the state until \"keycanary\n"
	    "plant\" writes it into a bait, then it is gone from here.",
	.examples = "  keycanary mint --count 40 --style ci --app shop --app billing\n"
	    "  keycanary mint --count 40 --dry-run    # names and calls, nothing is made\n"
	    "  keycanary mint --level lure --style mail --owner platform-team\n"
	    "  keycanary mint --inert --count 3 --account 123456789012   # for training",
	.opts = mint_opts,
	.needs = NEEDS_STORE,
	.run = mint_cmd,
};

/* --- adopt --------------------------------------------------------------------------- */

static const struct opt adopt_opts[] = {
	{ .name = "user", .kind = OPT_LIST, .arg = "NAME", .about = "this user's keys; may be repeated" },
	{ .name = "all", .kind = OPT_FLAG, .about = "all users below --path" },
	{ .name = "path", .kind = OPT_TEXT, .arg = "PATH", .about = "IAM path to look below, with --all" },
	{ .name = "account", .kind = OPT_TEXT, .arg = "NAME", .about = "configured account" },
	{ .name = "profile", .kind = OPT_TEXT, .arg = "NAME", .about = "AWS profile, instead of the account's own" },
	{ .name = "owner", .kind = OPT_TEXT, .arg = "NAME", .about = "who is told" },
	{ .name = "tag", .kind = OPT_LIST, .arg = "TAG", .about = "tag in the registry; may be repeated" },
	{ .name = "note", .letter = 'm', .kind = OPT_TEXT, .arg = "TEXT", .about = "note in the registry" },
	{ .name = "force", .letter = 'f', .kind = OPT_FLAG, .about = "also users that may do things" },
	{ .name = "dry-run", .letter = 'n', .kind = OPT_FLAG, .about = "say what would be adopted, change nothing" },
	{ .name = NULL },
};

static bool
adopt_words(const struct cmd_ctx *ctx, struct error *err)
{
	bool all = opt_flag(ctx, "all"), some = opt_list(ctx, "user")->len > 0;

	if (all == some)
		return error_set(err, ERROR_USAGE, "say which: --user NAME, or --all --path /x/");
	if (all && opt_text(ctx, "path") == NULL)
		return error_set(err, ERROR_USAGE, "--all needs --path: not every user of an account is a decoy");
	return true;
}

static int
adopt_cmd(struct cmd_ctx *ctx, struct error *err)
{
	const struct adopt_order order = { .account = opt_text(ctx, "account"), .profile = opt_text(ctx, "profile"),
		.path = opt_text(ctx, "path"), .users = opt_list(ctx, "user"), .owner = opt_text(ctx, "owner"),
		.note = opt_text(ctx, "note"), .tags = opt_list(ctx, "tag"), .force = opt_flag(ctx, "force"),
		.dry_run = opt_flag(ctx, "dry-run") };
	const struct mint_tell tell = { .made = show_made, .note = show_note, .arg = ctx };
	struct adopt_result r;

	if (!adopt_words(ctx, err) || !adopt(ctx->store, ctx->settings, &order, person(), &tell, &r, err))
		return -1;
	if (!ctx->quiet)
		(void)printf("%zu %sadopted, %zu known already, %zu left out\n", r.adopted,
		    order.dry_run ? "would be " : "", r.known, r.skipped);
	return EXIT_FINE;
}

const struct cmd cmd_adopt = {
	.name = "adopt",
	.group = "decoys",
	.about = "take existing IAM users and their keys into the registry",
	.help =
	    "Asks IAM for the user's keys and what the user may do. A user that may do more\n"
	    "than a decoy should (a policy that allows, a group, a console password) is\n"
	    "left out unless --force says otherwise: a decoy must not be useful to an\n"
	    "intruder. Secrets of existing keys cannot be learned, so these cannot be\n"
	    "planted by keycanary; they are watched wherever they lie.",
	.examples = "  keycanary adopt --user legacy-backup --owner platform-team\n"
	    "  keycanary adopt --all --path /decoys/ --dry-run",
	.opts = adopt_opts,
	.needs = NEEDS_STORE,
	.run = adopt_cmd,
};
