/* Real calls in the name of a drill canary, and asking whether they are visible. */
#include <stdlib.h>

#include "base/mem.h"
#include "os/clock.h"
#include "os/log.h"
#include "store/drills.h"
#include "work/drill_int.h"
#include "work/mint.h"
#include "world/aws/client.h"
#include "world/aws/cloudtrail.h"

enum { CALL_LIMIT_MS = 15000, PROBE_EVERY_MS = 5000, PROBE_BACK_MS = 120000 };

/* GetCallerIdentity, then the read-only questions of the SES footprint. */
static const struct {
	const char *name;
	struct aws_call call;
} calls[] = {
	{ "sts:GetCallerIdentity", { .service = "sts", .body = "Action=GetCallerIdentity&Version=2011-06-15" } },
	{ "ses:GetSendQuota", { .service = "ses", .body = "Action=GetSendQuota&Version=2010-12-01" } },
	{ "ses:GetAccount", { .service = "sesv2", .method = "GET", .path = "/v2/email/account" } },
	{ "ses:ListIdentities", { .service = "ses", .body = "Action=ListIdentities&Version=2010-12-01" } },
	{ "ses:GetAccountSendingEnabled", { .service = "ses", .body = "Action=GetAccountSendingEnabled&Version=2010-12-01" } },
};

static const struct account_settings *
account_of(const struct settings *settings, const struct drill_ask *ask)
{
	return ask->account != NULL ? settings_account(settings, ask->account) :
	    settings->accounts > 0 ? &settings->account[0] : NULL;
}

static void
tell(const struct drill_ask *ask, const char *call, const char *result)
{
	if (ask->tell != NULL)
		ask->tell(ask->tell_arg, call, result);
}

/* AWS knew the key when it answered or refused by its rights; both are logged. */
static bool
logged(enum error_kind kind)
{
	return kind == ERROR_NONE || kind == ERROR_DENIED;
}

static bool
make_calls(struct aws_client *client, const struct drill_ask *ask, struct drill *d, struct error *err)
{
	struct error last = ERROR_INIT;

	for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
		struct aws_call call = calls[i].call;
		struct buf answer = BUF_INIT(BUF_ANSWER);
		struct error why = ERROR_INIT;
		bool ok;

		call.region = d->region;
		ok = aws_call(client, &call, &answer, &why);
		buf_free(&answer);
		tell(ask, calls[i].name, ok ? "answered" : why.text);
		if (!logged(why.kind))
			last = why;
		else if (d->calls++ == 0)
			d->called_ms = clock_now_ms();
	}
	if (d->calls > 0)
		return true;
	*err = last;
	return error_in(err, "the drill made no call that AWS would log");
}

/* The drill canary, or the one that was asked for, with its secret. */
static bool
choose(struct store *s, const struct drill_ask *ask, struct minted *out, struct error *err)
{
	bool found = false;

	if (ask->key_id != NULL)
		return mint_secret(s, ask->key_id, out, err);
	if (!mint_drill(s, NULL, out, &found, err))
		return false;
	return found || error_set(err, ERROR_NOT_FOUND,
	    "there is no drill canary; \"keycanary mint --drill\" makes one, \"keycanary drill --scenario\" needs none");
}

bool
drill_call(struct store *s, const struct settings *settings, const struct drill_ask *ask, struct drill *d,
    struct error *err)
{
	const struct account_settings *account = account_of(settings, ask);
	struct minted canary = { .secret = NULL };
	struct aws_client *client = NULL;
	struct http *http = NULL;
	char agent[DRILL_AGENT_MAX];
	bool ok = choose(s, ask, &canary, err) && http_open(&http, err);

	if (ok) {
		drill_start(d, settings, ask, canary.canary.key_id, clock_now_ms());
		client = aws_client_new(http, &(struct aws_client_options){ .key_id = canary.canary.key_id,
			.secret = canary.secret, .agent = drill_agent(d->run, agent), .partition = settings->partition,
			.home = account != NULL ? account->home : NULL, .timeout_ms = CALL_LIMIT_MS });
		d->region = mem_strdup(ask->region != NULL ? ask->region : aws_client_home(client));
		ok = drill_save(s, d, err) && make_calls(client, ask, d, err) && drill_save(s, d, err);
	}
	aws_client_free(client);
	http_close(http);
	minted_clear(&canary);
	return ok;
}

/* --- is it visible? ------------------------------------------------------------------------- */

struct drill_probe {
	struct http *http;
	struct aws_client *client;	/* the monitor's */
	int64_t next_ms;
};

struct drill_probe *
drill_probe_open(const struct settings *settings, const struct drill_ask *ask, struct error *err)
{
	const struct account_settings *a = account_of(settings, ask);
	struct drill_probe *p = mem_zalloc(1, sizeof(*p));
	struct aws_client_options o = { .partition = settings->partition, .timeout_ms = CALL_LIMIT_MS };

	if (ask->account != NULL && a == NULL) {
		error_set(err, ERROR_USAGE, "there is no account \"%.60s\" in the configuration", ask->account);
		free(p);
		return NULL;
	}
	if (a != NULL) {
		o.profile = a->profile;
		o.role_arn = a->role_arn;
		o.external_id = a->external_id;
		o.home = a->home;
	}
	if (!http_open(&p->http, err)) {
		free(p);
		return NULL;
	}
	p->client = aws_client_new(p->http, &o);
	return p;
}

static bool
names_run(const struct lookup_page *page, const char *run)
{
	char found[DRILL_RUN_LEN + 1];

	for (size_t i = 0; i < page->events; i++)
		if (drill_run_of(page->event[i].user_agent, found) && str_eq(found, run))
			return true;
	return false;
}

bool
drill_probe_visible(struct drill_probe *p, const struct drill *d, int64_t now_ms)
{
	struct lookup l = { .attribute = "AccessKeyId", .value = d->key_id, .from_ms = d->began_ms - PROBE_BACK_MS,
		.to_ms = now_ms + PROBE_BACK_MS };
	struct buf body = BUF_INIT(BUF_LINE), answer = BUF_INIT(BUF_ANSWER);
	struct aws_call call = { .service = "cloudtrail", .region = d->region, .target = LOOKUP_TARGET };
	struct error err = ERROR_INIT;
	struct lookup_page page;
	bool visible = false;

	if (now_ms < p->next_ms)
		return false;
	p->next_ms = now_ms + PROBE_EVERY_MS;
	lookup_write(&l, &body);
	call.body = buf_str(&body);
	if (!aws_call(p->client, &call, &answer, &err)) {
		log_line(LOG_LEVEL_WARNING, "cannot ask whether the drill is visible", "error", err.text, NULL);
	} else if (lookup_read(&page, buf_str(&answer), answer.len, &err)) {
		visible = names_run(&page, d->run);
		lookup_page_clear(&page);
	}
	buf_free(&body);
	buf_free(&answer);
	return visible;
}

void
drill_probe_close(struct drill_probe *p)
{
	if (p == NULL)
		return;
	aws_client_free(p->client);
	http_close(p->http);
	free(p);
}
