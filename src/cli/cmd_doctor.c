/* keycanary doctor: is everything there that the watch needs? */
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/json.h"
#include "cli/cmd.h"
#include "cli/prepare.h"
#include "cli/progress.h"
#include "cli/show.h"
#include "cli/term.h"
#include "core/report/json_report.h"
#include "work/doctor.h"
#include "work/settings.h"

static const struct opt doctor_opts[] = {
	{ .name = "json", .kind = OPT_FLAG, .about = "as JSON" },
	{ .name = "policy", .kind = OPT_FLAG, .about = "print the IAM policy to attach to the monitor, and end" },
	{ .name = NULL },
};

static enum color
color_of(enum diagnosis_result result)
{
	static const enum color colors[] = { [DIAGNOSIS_OK] = COLOR_GREEN, [DIAGNOSIS_WARN] = COLOR_YELLOW,
		[DIAGNOSIS_FAIL] = COLOR_RED, [DIAGNOSIS_SKIP] = COLOR_DIM };

	return colors[result];
}

static void
print_diagnosis(const struct cmd_ctx *ctx, const struct diagnosis *f, bool many)
{
	struct buf line = BUF_INIT(BUF_LINE);

	term_paint(&line, ctx->color, color_of(f->result), diagnosis_name(f->result));
	buf_printf(&line, "%*s", (int)(6 - strlen(diagnosis_name(f->result))), "");
	buf_printf(&line, "%-14s", f->check);
	if (many && f->account != NULL) {
		escape_terminal(&line, f->account);
		buf_puts(&line, ": ");
	}
	if (f->subject != NULL) {
		escape_terminal(&line, f->subject);
		buf_puts(&line, ": ");
	}
	escape_terminal(&line, f->detail);
	(void)puts(buf_str(&line));
	buf_reset(&line);
	if (f->remedy != NULL) {
		escape_terminal(&line, f->remedy);
		(void)printf("%20s-> %s\n", "", buf_str(&line));
	}
	buf_free(&line);
}

static void
print_report(const struct cmd_ctx *ctx, const struct doctor_report *r)
{
	const char *account = NULL;
	bool many = false;

	for (size_t i = 0; i < r->len; i++) {
		many |= account != NULL && r->item[i].account != NULL && !str_eq(account, r->item[i].account);
		account = r->item[i].account != NULL ? r->item[i].account : account;
	}
	for (size_t i = 0; i < r->len; i++)
		if (!ctx->quiet || r->item[i].result == DIAGNOSIS_FAIL || r->item[i].result == DIAGNOSIS_WARN)
			print_diagnosis(ctx, &r->item[i], many);
	if (!ctx->quiet)
		(void)printf("%zu ok, %zu warnings, %zu failures, %zu not looked at\n", r->count[DIAGNOSIS_OK],
		    r->count[DIAGNOSIS_WARN], r->count[DIAGNOSIS_FAIL], r->count[DIAGNOSIS_SKIP]);
}

static bool
print_policy(struct error *err)
{
	struct buf out = BUF_INIT(BUF_RECORD);

	return doctor_policy(&out, err) && show_buffer(&out, err);
}

/* A right is missing: here is what to attach. */
static bool
print_policy_if_needed(const struct doctor_report *r, struct error *err)
{
	for (size_t i = 0; i < r->len; i++)
		if (str_eq(r->item[i].check, "rights") && str_eq(r->item[i].facts.len > 0 ? r->item[i].facts.item[0] : NULL,
		    "purpose")) {
			(void)printf("\nThe policy to attach to the monitor's user or role:\n");
			return print_policy(err);
		}
	return true;
}

static bool
print_json(const struct doctor_report *r, struct error *err)
{
	struct buf out = BUF_INIT(BUF_REPORT), policy = BUF_INIT(BUF_RECORD);
	struct jsonw w = JSONW_INIT(&out, 2);

	if (!doctor_policy(&policy, err))
		return false;

	jsonw_open(&w, NULL, '{');
	jsonw_int(&w, "schema", JSON_SCHEMA);
	jsonw_open(&w, "checks", '[');
	for (size_t i = 0; i < r->len; i++) {
		const struct diagnosis *f = &r->item[i];

		jsonw_open(&w, NULL, '{');
		jsonw_str(&w, "check", f->check);
		jsonw_str(&w, "purpose", f->purpose);
		jsonw_str(&w, "account", f->account);
		jsonw_str(&w, "subject", f->subject);
		jsonw_str(&w, "result", diagnosis_name(f->result));
		jsonw_str(&w, "detail", f->detail);
		jsonw_str(&w, "remedy", f->remedy);
		jsonw_open(&w, "facts", '{');
		for (size_t k = 0; k + 1 < f->facts.len; k += 2)
			jsonw_str(&w, f->facts.item[k], f->facts.item[k + 1]);
		jsonw_close(&w);
		jsonw_close(&w);
	}
	jsonw_close(&w);
	jsonw_open(&w, "count", '{');
	for (int i = 0; i < 4; i++)
		jsonw_int(&w, diagnosis_name((enum diagnosis_result)i), (int64_t)r->count[i]);
	jsonw_close(&w);
	jsonw_raw(&w, "policy", buf_str(&policy));
	jsonw_close(&w);
	buf_free(&policy);
	return show_buffer(&out, err);
}

static void
begins(void *arg, const char *purpose)
{
	progress_say(arg, "%s", purpose);
}

static int
doctor_run_command(struct cmd_ctx *ctx, struct error *err)
{
	struct error store_error = ERROR_INIT;
	struct strlist only = STRLIST_INIT;
	struct doctor_report r = { .item = NULL };
	char *place = settings_state_dir(ctx->settings);
	struct progress meter;
	bool ok;

	if (opt_flag(ctx, "policy")) {
		free(place);
		return print_policy(err) ? EXIT_FINE : -1;
	}
	for (int i = 0; i < ctx->argc; i++)
		strlist_add(&only, ctx->argv[i]);
	(void)prepare_open_store(ctx, &store_error);
	progress_begin(&meter, ctx);
	ok = doctor_run(&(struct doctor_options){ .settings = ctx->settings, .store = ctx->store,
		.store_error = &store_error, .place = place, .only = &only,
		.begins = begins, .arg = &meter }, &r, err);
	progress_end(&meter);
	if (ok && show_json(ctx))
		ok = print_json(&r, err);
	else if (ok)
		print_report(ctx, &r);
	if (ok && !show_json(ctx) && !ctx->quiet)
		ok = print_policy_if_needed(&r, err);
	if (ok && r.count[DIAGNOSIS_FAIL] > 0)
		ok = error_set(err, ERROR_REMOTE, "%zu check%s failed", r.count[DIAGNOSIS_FAIL],
		    r.count[DIAGNOSIS_FAIL] == 1 ? "" : "s");
	doctor_report_clear(&r);
	strlist_clear(&only);
	free(place);
	return ok ? EXIT_FINE : -1;
}

const struct cmd cmd_doctor = {
	.name = "doctor",
	.group = "set up",
	.args = "[CHECK…]",
	.about = "say whether everything is there that the watch needs",
	.help =
	    "Looks, and changes nothing: the configuration and its secrets, the state, the\n"
	    "channels, and for each account where its credentials come from, whose they are,\n"
	    "the clock, each right that is needed and what for, every region, the trails,\n"
	    "and whether the canaries are in AWS as the registry says. Without CHECK all are\n"
	    "looked at: configuration, state, channels, credentials, identity, clock, rights,\n"
	    "regions, trails, decoys, coverage.\n"
	    "\n"
	    "Credentials are found as the AWS CLI finds them: environment (unless the\n"
	    "account names a profile), AWS_PROFILE and the shared files, roles with their\n"
	    "sources, web identity, credential_process, container, instance metadata\n"
	    "(version 2). Profiles that need a person (SSO, MFA) are refused with an advice,\n"
	    "and so is a canary.\n"
	    "\n"
	    "Each right is tried with a call that only reads. They are ordinary API calls:\n"
	    "CloudTrail records them as the monitor's.\n"
	    "\n"
	    "Exit status: 0 nothing failed (warnings there may be), 1 something failed,\n"
	    "2 wrong words.",
	.examples =
	    "keycanary doctor                              # everything\n"
	    "keycanary doctor credentials rights           # these two\n"
	    "keycanary doctor --policy > monitor.json      # what to attach to the monitor's user or role",
	.opts = doctor_opts,
	.needs = NEEDS_SETTINGS,
	.max_args = -1,
	.run = doctor_run_command,
};
