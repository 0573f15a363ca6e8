/* An open connection to IAM of the account that decoys live in. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/when.h"
#include "core/model/keyid.h"
#include "os/clock.h"
#include "os/embedded.h"
#include "store/canaries.h"
#include "store/own.h"
#include "work/mint_int.h"
#include "world/aws/identity.h"

static const struct {
	enum canary_level level;
	const char *policy;	/* its name in IAM; an intruder who may list policies reads it */
	const char *file;
} levels[] = {
	{ CANARY_SILENT, NULL, NULL },
	{ CANARY_DENIED, "restrictions", "canary/policy/decoy-denied.json" },
	{ CANARY_LURE, "mail-readonly", "canary/policy/decoy-lure.json" },
};

bool
level_policy(enum canary_level level, const char **name, char **document, struct error *err)
{
	struct buf text = BUF_INIT(BUF_LINE);

	*name = levels[level].policy;
	*document = NULL;
	if (levels[level].file == NULL)
		return true;
	if (!embedded_read(levels[level].file, &text, err))
		return false;
	*document = buf_take(&text);
	return true;
}

static bool
is_canary(void *arg, const char *key_id)
{
	bool known = false;

	return key_known(arg, key_id, &known, NULL) && known;
}

bool
key_known(struct store *s, const char *key_id, bool *known, struct error *err)
{
	struct canary c;
	bool ok = canary_load(s, key_id, &c, known, err);

	canary_clear(&c);
	return ok;
}

static bool
choose_account(const struct settings *s, const char *name, const char *profile,
    const struct account_settings **out, struct error *err)
{
	*out = NULL;
	name = str_or(name, profile == NULL ? s->mint_account : NULL);
	if (name != NULL) {
		*out = settings_account(s, name);
		return *out != NULL || error_set(err, ERROR_USAGE, "there is no account \"%.60s\" in the configuration",
		    name);
	}
	if (profile != NULL)
		return true;
	if (s->accounts > 1)
		return error_set(err, ERROR_USAGE, "%zu accounts are configured: say which with --account NAME, or set "
		    "mint.account", s->accounts);
	*out = s->accounts == 1 ? &s->account[0] : NULL;
	return true;
}

/* "arn:aws-cn:…" */
static char *
partition_of(const char *arn)
{
	const char *from = str_starts(arn, "arn:") ? arn + 4 : "aws";

	return mem_strndup(from, strcspn(from, ":"));
}

static bool
find_out_who(struct minter *m, struct error *err)
{
	char *arn = NULL;
	bool ok = aws_identity(m->iam.client, &m->account, &arn, err);

	if (ok && !account_valid(str_or(m->account, "")))
		ok = error_set(err, ERROR_REMOTE, "GetCallerIdentity answered without an account");
	if (ok) {
		m->partition = partition_of(arn);
		m->signer = mem_strdup(aws_client_key_id(m->iam.client));
		/* Our own acts on canaries must not raise alarms: the watch asks who signed what when. */
		ok = own_save(m->store, m->signer, m->since_ms, WHEN_NONE, err);
	}
	free(arn);
	return ok;
}

bool
minter_open(struct minter *m, struct store *s, const struct settings *settings, const char *account,
    const char *profile, const char *who, const struct mint_tell *tell, struct error *err)
{
	struct aws_client_options o = { .partition = settings->partition,
		.timeout_ms = settings->timeout_s * 1000, .refuse = is_canary, .refuse_arg = s };

	*m = (struct minter){ .store = s, .settings = settings, .who = who, .tell = tell,
		.since_ms = clock_now_ms() };
	if (!choose_account(settings, account, profile, &m->chosen, err))
		return false;
	if (profile == NULL && (settings->accounts <= 1 || account == NULL || str_eq(account, settings->mint_account)))
		profile = settings->mint_profile;
	o.profile = profile;
	if (m->chosen != NULL && profile == NULL) {
		o.profile = m->chosen->profile;
		o.role_arn = m->chosen->role_arn;
		o.external_id = m->chosen->external_id;
	}
	if (m->chosen != NULL)
		o.home = m->chosen->home;
	if (iam_open(&m->iam, &o, err) && find_out_who(m, err))
		return true;
	minter_close(m);
	return m->chosen != NULL ? error_in(err, "account %s", m->chosen->name) : false;
}

/* Which of the configured accounts has that number is only known by asking each. */
static bool
try_each(struct minter *m, struct store *s, const struct settings *settings, const char *number,
    const char *who, const struct mint_tell *tell, struct error *err)
{
	struct error first = ERROR_INIT;

	for (size_t i = 0; i < settings->accounts; i++) {
		struct error why = ERROR_INIT;

		if (minter_open(m, s, settings, settings->account[i].name, NULL, who, tell, &why)) {
			if (str_eq(m->account, number))
				return true;
			minter_close(m);
		} else if (first.kind == ERROR_NONE) {
			first = why;
		}
	}
	if (first.kind != ERROR_NONE && err != NULL)
		*err = first;
	return first.kind != ERROR_NONE ? false : error_set(err, ERROR_NOT_FOUND,
	    "none of the configured accounts is %s; give credentials of it with --profile", number);
}

bool
minter_open_number(struct minter *m, struct store *s, const struct settings *settings, const char *number,
    const char *profile, const char *who, const struct mint_tell *tell, struct error *err)
{
	if (number != NULL && profile == NULL && settings->accounts > 1)
		return try_each(m, s, settings, number, who, tell, err);
	if (!minter_open(m, s, settings, settings->accounts == 1 ? settings->account[0].name : NULL, profile, who,
	    tell, err))
		return false;
	if (number == NULL || str_eq(number, m->account))
		return true;
	error_set(err, ERROR_CONFLICT, "these credentials are of account %s, not of %s; choose others with --profile",
	    m->account, number);
	minter_close(m);
	return false;
}

void
minter_close(struct minter *m)
{
	const char *now = m->iam.client != NULL ? aws_client_key_id(m->iam.client) : NULL;

	if (m->signer != NULL)
		(void)own_save(m->store, m->signer, m->since_ms, clock_now_ms(), NULL);
	/* Credentials may have been renewed on the way. */
	if (now != NULL && m->signer != NULL && !str_eq(now, m->signer))
		(void)own_save(m->store, now, m->since_ms, clock_now_ms(), NULL);
	iam_close(&m->iam);
	free(m->account);
	free(m->partition);
	free(m->signer);
	m->account = m->partition = m->signer = NULL;
}

void
minter_note(const struct minter *m, const char *fmt, ...)
{
	struct buf text = BUF_INIT(BUF_LINE);
	va_list ap;

	if (m->tell == NULL || m->tell->note == NULL)
		return;
	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	m->tell->note(m->tell->arg, buf_str(&text));
	buf_free(&text);
}

bool
minter_lock(struct store *s, struct turn *turn, struct error *err)
{
	return turn_take(turn, s, "mint", err);
}
