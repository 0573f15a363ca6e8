#include "world/aws/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/when.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/halt.h"
#include "os/log.h"
#include "os/random.h"
#include "world/aws/credentials.h"
#include "world/aws/endpoint.h"
#include "world/aws/partition.h"
#include "world/aws/retry.h"
#include "world/aws/sigv4.h"

enum {
	RENEW_MS = 900000,	/* before the end, or a third of a shorter life */
	RENEW_AGAIN_MS = 60000,	/* between two attempts while there are credentials */
	WAIT_MS = 250,		/* between two looks at whether to go on waiting */
	LOOK_AGAIN_MS = 60000,	/* long-term keys that were refused are looked up again after this */
};

struct aws_client {
	struct http *http;
	struct http *own;		/* for calls that are waited for; NULL: none yet */
	struct aws_client_options o;
	struct shared files;
	char *home;
	char *ca_file;			/* AWS_CA_BUNDLE or the profile's ca_bundle; NULL: the system's */
	struct aws_credentials credentials;
	int64_t got_ms;			/* when, by their clock */
	int64_t tried_ms;		/* last attempt, by their clock; 0: never */
	struct sigv4_keys keys;
	int64_t skew_ms;		/* what signatures are corrected by */
	int64_t seen_skew_ms;		/* as the last answer's Date says */
	int64_t requests;
	struct retry_quota quota;
	bool assuming;			/* the credentials there are, are good enough for AssumeRole */
	bool doubtful;			/* refused by AWS: look again */
	struct sent *under_way;		/* calls without an answer yet */
};

/* One call on its way. It owns its texts. */
struct sent {
	struct sent *next, **link;	/* in the client's list */
	struct aws_client *client;
	struct aws_call call;
	char *service, *region, *method, *target, *path, *type, *body, *host;
	struct endpoint endpoint;
	aws_done *done;
	void *arg;
	int tries, cost;
	int64_t signed_ms;
	bool corrected;		/* the clock, once */
	bool renewed;		/* the credentials, once */
	struct error early;	/* no request could be made */
};

/* --- opening ---------------------------------------------------------------------- */

/* Only a region of the partition can be home; what is set for another one is meant for others. */
static char *
home_of(const struct aws_client *c)
{
	const struct partition *p = partition_named(str_or(c->o.partition, "aws"));
	const char *profile = shared_profile(c->o.profile);
	char *set = shared_setting(&c->files, profile, str_empty(getenv("AWS_REGION")) ? "AWS_DEFAULT_REGION" :
	    "AWS_REGION", "region");

	if (!str_empty(c->o.home)) {
		free(set);
		return mem_strdup(c->o.home);
	}
	if (!str_empty(set) && !region_is_global(set) && partition_of(set) == p)
		return set;
	free(set);
	return mem_strdup(p != NULL ? p->global : "us-east-1");
}

static char *
ca_file_of(const struct aws_client *c)
{
	char *set = shared_setting(&c->files, shared_profile(c->o.profile), "AWS_CA_BUNDLE", "ca_bundle");
	char *path = !str_empty(set) ? file_expand(set) : NULL;

	free(set);
	return path;
}

struct aws_client *
aws_client_new(struct http *http, const struct aws_client_options *o)
{
	struct aws_client *c = mem_zalloc(1, sizeof(*c));

	c->http = http;
	c->o = *o;
	c->credentials.expires_ms = WHEN_NONE;
	c->quota.left = RETRY_QUOTA;
	shared_read(&c->files);
	c->home = home_of(c);
	c->ca_file = ca_file_of(c);
	return c;
}

const char *
aws_client_key_id(const struct aws_client *c)
{
	return c->credentials.key_id;
}

const char *
aws_client_origin(const struct aws_client *c)
{
	return str_or(c->credentials.origin, "nowhere");
}

const char *
aws_client_home(const struct aws_client *c)
{
	return c->home;
}

int64_t
aws_client_skew_ms(const struct aws_client *c)
{
	return c->seen_skew_ms;
}

int64_t
aws_client_requests(const struct aws_client *c)
{
	return c->requests;
}

/* --- one call --------------------------------------------------------------------- */

static void send_now(void *arg);

static void
sent_free(struct sent *s)
{
	*s->link = s->next;
	if (s->next != NULL)
		s->next->link = s->link;
	free(s->service);
	free(s->region);
	free(s->method);
	free(s->target);
	free(s->path);
	free(s->type);
	mem_free_secret(s->body);
	free(s->host);
	endpoint_clear(&s->endpoint);
	free(s);
}

/* The loop was closed before, and with it what was under way. */
void
aws_client_free(struct aws_client *c)
{
	if (c == NULL)
		return;
	http_close(c->own);
	for (struct sent *s = c->under_way, *next; s != NULL; s = next) {
		next = s->next;
		sent_free(s);
	}
	aws_credentials_clear(&c->credentials);
	sigv4_keys_wipe(&c->keys);
	shared_free(&c->files);
	free(c->home);
	free(c->ca_file);
	free(c);
}

static void
end(struct sent *s, struct aws_answer *a)
{
	a->tries = s->tries;
	s->done(s->arg, a);
	sent_free(s);
}

static void
read_error(const struct http_answer *h, struct aws_answer *a, struct failure *f, struct aws_error *e,
    const struct sent *s)
{
	aws_error_read(e, h->body, h->body_len, h->error_type);
	memcpy(a->code, e->code, sizeof(a->code));
	f->code = e->code;
	f->message = e->message;
	if (e->code[0] != '\0')
		error_set(&a->err, failure_kind(h->status, e->code, e->message), "%s in %s: %s%s%.500s", s->service,
		    s->region, e->code, e->message[0] != '\0' ? ": " : "", e->message);
	else
		error_set(&a->err, failure_kind(h->status, "", e->message), "%s in %s answered with status %ld%s%.200s%s",
		    s->service, s->region, h->status, e->message[0] != '\0' ? ": " : "", e->message, h->status >= 300 && h->status < 400 ? "; a redirect of a signed request is "
		    "not followed" : "");
}

/* The service's clock differs: take its time, and sign once more. */
static bool
correct_clock(struct sent *s, const struct http_answer *h, const struct failure *f)
{
	if (!clock_is_wrong(f, h->date_ms, s->signed_ms))
		return false;
	s->client->skew_ms = h->date_ms - clock_now_ms();
	if (s->corrected)
		return false;
	s->corrected = true;
	log_line(LOG_LEVEL_WARNING, "our clock differs from that of AWS, which counts", "service", s->service,
	    "region", s->region, NULL);
	return true;
}

/* Expired sooner than we knew: fresh ones, once. Long-term keys may have been changed in their file. */
static bool
renew_refused(struct sent *s, const struct aws_answer *a)
{
	struct aws_client *c = s->client;

	if (a->err.kind != ERROR_CREDENTIALS || s->call.anonymous || c->assuming)
		return false;
	if (!str_starts(a->code, "ExpiredToken")) {
		c->doubtful = true;
		return false;
	}
	aws_credentials_clear(&c->credentials);
	if (s->renewed)
		return false;
	s->renewed = true;
	return true;
}

static bool
try_again(struct sent *s, const struct http_answer *h, const struct aws_answer *a, struct failure *f)
{
	struct aws_client *c = s->client;
	int64_t delay = 0;

	if (f->answered && (correct_clock(s, h, f) || renew_refused(s, a))) {
		http_after(c->http, 0, send_now, s);
		return true;
	}
	f->after_ms = h->retry_after_ms >= 0 ? h->retry_after_ms : h->retry_after_s >= 0 ? h->retry_after_s * 1000 : -1;
	f->chance = random_unit();
	if (s->call.once || !retry_wanted(&c->quota, f, &delay, &s->cost))
		return false;
	http_after(c->http, delay, send_now, s);
	return true;
}

static void
on_answer(void *arg, const struct http_answer *h)
{
	struct sent *s = arg;
	struct aws_answer a = { .ok = h->ok && h->status >= 200 && h->status < 300, .err = ERROR_INIT,
		.body = h->body, .body_len = h->body_len, .status = h->ok ? h->status : 0 };
	struct failure f = { .answered = h->ok, .lasting = h->lasting, .timed_out = h->timed_out,
		.status = h->status, .code = "", .message = "", .tries = s->tries };
	struct aws_error e = { .message = NULL };

	if (h->ok && h->date_ms != WHEN_NONE)
		s->client->seen_skew_ms = h->date_ms - clock_now_ms();
	if (!h->ok)
		a.err = h->err;
	else if (!a.ok)
		read_error(h, &a, &f, &e, s);
	if (a.ok)
		retry_refund(&s->client->quota, s->cost);
	if (a.ok || !try_again(s, h, &a, &f))
		end(s, &a);
	aws_error_clear(&e);
}

/* Host and port of an address, without a port that goes without saying. The caller frees. */
static char *
host_of(const char *url)
{
	const char *from = strstr(url, "://") + 3;
	const char *usual = str_starts(url, "https://") ? ":443" : ":80";
	char *host = mem_strndup(from, strcspn(from, "/?#"));

	if (str_ends(host, usual))
		host[strlen(host) - strlen(usual)] = '\0';
	return host;
}

/* What stands in the endpoint behind the host ("/base"), in front of every path; NULL: nothing. */
static const char *
base_path(const char *url)
{
	return strchr(strstr(url, "://") + 3, '/');
}

static void
sign(struct sent *s, struct strlist *headers)
{
	struct aws_client *c = s->client;
	struct sigv4 sig = { .key_id = c->credentials.key_id, .secret = c->credentials.secret,
		.token = c->credentials.token, .service = str_eq(s->service, "sesv2") ? "ses" : s->service,
		.region = s->endpoint.signing_region, .s3 = str_eq(s->service, "s3"),
		.time_ms = clock_now_ms() + c->skew_ms, .keys = &c->keys };
	struct sigv4_request r = { .method = s->method, .target = s->path, .headers = headers,
		.body = s->body, .body_len = strlen(s->body) };

	s->signed_ms = sig.time_ms;
	sigv4_sign(&sig, &r, headers, NULL);
}

static void
fail_early(void *arg)
{
	struct sent *s = arg;
	struct aws_answer a = { .ok = false, .err = s->early, .body = "" };

	end(s, &a);
}

static void
send_now(void *arg)
{
	struct sent *s = arg;
	struct aws_client *c = s->client;
	struct strlist headers = STRLIST_INIT;
	bool body = !str_eq(s->method, "GET") && !str_eq(s->method, "HEAD");
	char *url;

	if (s->early.kind != ERROR_NONE || (!s->call.anonymous && !aws_client_ready(c, &s->early))) {
		http_after(c->http, 0, fail_early, s);
		return;
	}
	strlist_take(&headers, mem_printf("Host: %s", s->host));
	if (body)
		strlist_take(&headers, mem_printf("Content-Type: %s", s->type));
	if (s->target != NULL)
		strlist_take(&headers, mem_printf("X-Amz-Target: %s", s->target));
	if (!s->call.anonymous)
		sign(s, &headers);
	strlist_take(&headers, mem_printf("User-Agent: keycanary/%s%s%s", KEYCANARY_VERSION, c->o.agent != NULL ? " " : "",
	    str_or(c->o.agent, "")));
	s->tries++;
	c->requests++;
	url = mem_printf("%.*s%s", (int)(base_path(s->endpoint.url) != NULL ? base_path(s->endpoint.url) -
	    s->endpoint.url : (ptrdiff_t)strlen(s->endpoint.url)), s->endpoint.url, s->path);
	http_send(c->http, &(struct http_request){ .method = s->method, .url = url, .headers = &headers,
		.body = body ? s->body : NULL, .body_len = strlen(s->body), .answer_max = s->call.answer_max,
		.timeout_ms = c->o.timeout_ms, .fresh = s->call.once, .ca_file = c->ca_file }, on_answer, s);
	free(url);
	strlist_clear(&headers);
}

/* A bucket goes into the host's name where a certificate covers that. */
static void
place_bucket(struct sent *s, const char *bucket)
{
	char *path, *url;

	if (s->endpoint.custom || strchr(bucket, '.') != NULL) {
		path = mem_printf("/%s%s", bucket, s->path);
		free(s->path);
		s->path = path;
		return;
	}
	url = mem_printf("https://%s.%s", bucket, s->endpoint.url + strlen("https://"));
	free(s->endpoint.url);
	s->endpoint.url = url;
}

static bool
find_endpoint(struct sent *s, const struct aws_call *call)
{
	const struct aws_client *c = s->client;
	struct endpoint_want want = { .service = s->service, .region = s->region };
	const char *base;
	char *path;
	bool ok;

	endpoint_want(&want, &c->files, shared_profile(c->o.profile));
	ok = endpoint_resolve(&want, &s->endpoint, &s->early);
	endpoint_want_clear(&want);
	if (!ok)
		return false;
	if (call->bucket != NULL)
		place_bucket(s, call->bucket);
	s->host = host_of(s->endpoint.url);
	base = base_path(s->endpoint.url);
	path = mem_printf("%s%s%s%s", str_or(base, ""), s->path, call->query != NULL ? "?" : "",
	    str_or(call->query, ""));
	free(s->path);
	s->path = path;
	return true;
}

void
aws_send(struct aws_client *c, const struct aws_call *call, aws_done *done, void *arg)
{
	struct sent *s = mem_zalloc(1, sizeof(*s));

	s->next = c->under_way;
	s->link = &c->under_way;
	if (s->next != NULL)
		s->next->link = &s->next;
	c->under_way = s;
	s->client = c;
	s->call = *call;
	s->done = done;
	s->arg = arg;
	s->service = mem_strdup(call->service);
	s->region = mem_strdup(str_or(call->region, c->home));
	s->method = mem_strdup(str_or(call->method, "POST"));
	s->target = mem_strdup(call->target);
	s->path = mem_strdup(str_or(call->path, "/"));
	s->type = mem_strdup(str_or(call->type, call->target != NULL ? "application/x-amz-json-1.1" :
	    "application/x-www-form-urlencoded; charset=utf-8"));
	s->body = mem_strdup(str_or(call->body, ""));
	(void)find_endpoint(s, call);
	send_now(s);
}

struct waited {
	struct buf *out;
	struct error *err;
	bool ok, done;
};

static void
on_waited(void *arg, const struct aws_answer *a)
{
	struct waited *w = arg;

	w->done = true;
	w->ok = a->ok;
	if (a->ok)
		buf_add(w->out, a->body, a->body_len);
	else if (w->err != NULL)
		*w->err = a->err;
}

/* Waits on a loop of its own: this may be called from inside a step of the shared one. */
bool
aws_call(struct aws_client *c, const struct aws_call *call, struct buf *out, struct error *err)
{
	struct waited w = { .out = out, .err = err };
	struct aws_call bounded = *call;
	struct http *shared = c->http;

	if (c->own == NULL && !http_open(&c->own, err))
		return false;
	if (bounded.answer_max == 0)
		bounded.answer_max = out->max;
	c->http = c->own;
	aws_send(c, &bounded, on_waited, &w);
	while (!w.done && !halt_wanted() && http_step(c->http, WAIT_MS))
		;
	c->http = shared;
	if (!w.done)
		return error_set(err, ERROR_STOPPED, "%s: not waited for, the program ends", call->service);
	if (w.ok && out->failed)
		return error_set(err, ERROR_FULL, "%s: the answer is larger than %zu bytes", call->service, out->max);
	return w.ok;
}

/* --- credentials ------------------------------------------------------------------ */

static int64_t
their_now(const struct aws_client *c)
{
	return clock_now_ms() + c->skew_ms;
}

static bool
usable(const struct aws_client *c, int64_t margin_ms)
{
	return c->credentials.key_id != NULL && (c->credentials.expires_ms == WHEN_NONE ||
	    c->credentials.expires_ms - margin_ms > their_now(c));
}

/* How long before their end credentials are renewed: early, but not all the time when their life is short. */
static int64_t
renew_before_ms(const struct aws_client *c)
{
	int64_t third = c->credentials.expires_ms == WHEN_NONE ? RENEW_MS :
	    (c->credentials.expires_ms - c->got_ms) / 3;

	return third < RENEW_MS ? third : RENEW_MS;
}

bool
aws_client_fresh(const struct aws_client *c)
{
	int64_t since = llabs(their_now(c) - c->tried_ms);

	if (c->doubtful && c->credentials.key_id != NULL && c->credentials.expires_ms == WHEN_NONE)
		return since < LOOK_AGAIN_MS;
	return usable(c, renew_before_ms(c)) || (usable(c, 0) && since < RENEW_AGAIN_MS);
}

static bool
take_answer(struct aws_credentials *to, const char *xml, const struct aws_role *role,
    struct error *err)
{
	size_t at = 0, exp = 0;
	char *when;

	aws_credentials_clear(to);
	to->key_id = xml_value(xml, "AccessKeyId", &at);
	at = 0;
	to->secret = xml_value(xml, "SecretAccessKey", &at);
	at = 0;
	to->token = xml_value(xml, "SessionToken", &at);
	when = xml_value(xml, "Expiration", &exp);
	if (when == NULL || !when_parse(when, &to->expires_ms))
		to->expires_ms = WHEN_NONE;
	free(when);
	return (to->key_id != NULL && to->secret != NULL && to->token != NULL) ||
	    error_set(err, ERROR_CREDENTIALS, "%s: the answer has no credentials", role->arn);
}

static bool
role_form(struct buf *form, const struct aws_role *role, struct error *err)
{
	char seconds[24];
	struct buf token = BUF_INIT(BUF_LINE);

	(void)snprintf(seconds, sizeof(seconds), "%lld", (long long)role->duration_s);
	form_add(form, "Action", role->token_file != NULL ? "AssumeRoleWithWebIdentity" : "AssumeRole");
	form_add(form, "Version", "2011-06-15");
	form_add(form, "RoleArn", role->arn);
	form_add(form, "RoleSessionName", str_or(role->session_name, "keycanary"));
	if (role->external_id != NULL)
		form_add(form, "ExternalId", role->external_id);
	if (role->duration_s > 0)
		form_add(form, "DurationSeconds", seconds);
	if (role->token_file != NULL) {
		if (!file_read(role->token_file, &token, err)) {
			buf_free_secret(&token);
			return error_in(err, "web identity token");
		}
		form_add(form, "WebIdentityToken", token.ptr != NULL ? str_trim(token.ptr) : "");
		buf_free_secret(&token);
	}
	return true;
}

/* With the credentials there are, becomes the role. */
static bool
assume(struct aws_client *c, const struct aws_role *role, struct error *err)
{
	struct buf form = BUF_INIT(BUF_LINE), out = BUF_INIT(BUF_RECORD);
	char *origin = mem_printf("role %s (from %s)", role->arn, aws_client_origin(c));
	bool ok;

	ok = role_form(&form, role, err) &&
	    aws_call(c, &(struct aws_call){ .service = "sts", .body = buf_str(&form),
		.anonymous = role->token_file != NULL }, &out, err) &&
	    take_answer(&c->credentials, buf_str(&out), role, err);
	sigv4_keys_wipe(&c->keys);
	if (ok)
		c->credentials.origin = mem_strdup(origin);
	else
		error_in(err, "role %s", role->arn);
	free(origin);
	buf_free_secret(&form);
	buf_free_secret(&out);
	return ok;
}

static bool
refused(const struct aws_client *c, struct error *err)
{
	const char *id = c->credentials.key_id;

	if (id == NULL || c->o.refuse == NULL || !c->o.refuse(c->o.refuse_arg, id))
		return false;
	error_set(err, ERROR_REFUSED, "%s is a canary: the monitor must not use it, it would trip its own "
	    "alarm (credentials from %s)", id, aws_client_origin(c));
	return true;
}

/* Base credentials and all roles behind them, into c->credentials. */
static bool
find(struct aws_client *c, struct error *err)
{
	struct aws_role roles[AWS_ROLES_MAX + 1] = { { .arn = NULL } };
	int n = 0;
	bool ok;

	if (c->o.key_id != NULL) {
		c->credentials = (struct aws_credentials){ .key_id = mem_strdup(c->o.key_id),
			.secret = mem_strdup(c->o.secret), .expires_ms = WHEN_NONE, .origin = mem_strdup("the caller") };
		return true;
	}
	shared_free(&c->files);
	shared_read(&c->files);
	ok = aws_credentials_find(&c->files, c->o.profile, &c->credentials, roles, &n, err);
	if (ok && c->o.role_arn != NULL)
		roles[n++] = (struct aws_role){ .arn = mem_strdup(c->o.role_arn),
			.external_id = mem_strdup(c->o.external_id) };
	ok = ok && !refused(c, err);
	if (ok && c->credentials.key_id != NULL && !usable(c, 0))
		ok = error_set(err, ERROR_CREDENTIALS, "the credentials from %s have expired", aws_client_origin(c));
	c->assuming = true;
	for (int i = 0; ok && i < n; i++)
		ok = assume(c, &roles[i], err) && !refused(c, err);
	c->assuming = false;
	for (int i = 0; i < n; i++)
		aws_role_clear(&roles[i]);
	return ok;
}

bool
aws_client_ready(struct aws_client *c, struct error *err)
{
	struct aws_credentials before;
	struct error why = ERROR_INIT;

	if (c->assuming || aws_client_fresh(c))
		return true;
	before = c->credentials;
	c->credentials = (struct aws_credentials){ .expires_ms = WHEN_NONE };
	sigv4_keys_wipe(&c->keys);
	c->tried_ms = their_now(c);
	c->doubtful = false;
	if (find(c, &why)) {
		c->got_ms = their_now(c);
		aws_credentials_clear(&before);
		return true;
	}
	aws_credentials_clear(&c->credentials);
	sigv4_keys_wipe(&c->keys);
	c->credentials = before;
	if (why.kind != ERROR_REFUSED && before.expires_ms != WHEN_NONE && usable(c, 0)) {
		log_line(LOG_LEVEL_WARNING, "credentials cannot be renewed, the old ones serve until they end", "error",
		    why.text, NULL);
		return true;
	}
	aws_credentials_clear(&c->credentials);
	if (err != NULL)
		*err = why;
	return false;
}
