#include "world/aws/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/when.h"
#include "os/clock.h"
#include "os/random.h"
#include "world/aws/credentials.h"
#include "world/aws/sigv4.h"

enum {
	TRIES = 3,
	BUDGET = 500,		/* tokens; a retry costs 5, a success without one gives 1 back */
	RETRY_COST = 5,
	RENEW_MS = 600000,	/* before the end */
	SKEW_MS = 240000,	/* more than this between the clocks is worth correcting */
};

struct aws_client {
	struct http *http;
	struct aws_client_options o;
	struct aws_credentials credentials;
	int64_t skew_ms;
	int64_t requests;
	int64_t budget;
	bool assuming;		/* the credentials there are, are good enough for AssumeRole */
};

/* One call on its way. It owns its texts. */
struct sent {
	struct aws_client *client;
	struct aws_call call;
	char *service, *region, *target, *path, *type, *body;
	char *url;
	aws_done *done;
	void *arg;
	int tries;
	bool corrected;		/* the clock, once */
	struct error early;	/* no request could be made */
};

struct aws_client *
aws_client_new(struct http *http, const struct aws_client_options *o)
{
	struct aws_client *c = mem_zalloc(1, sizeof(*c));

	c->http = http;
	c->o = *o;
	c->credentials.expires_ms = WHEN_NONE;
	c->budget = BUDGET;
	return c;
}

void
aws_client_free(struct aws_client *c)
{
	if (c == NULL)
		return;
	aws_credentials_clear(&c->credentials);
	free(c);
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

int64_t
aws_client_skew_ms(const struct aws_client *c)
{
	return c->skew_ms;
}

int64_t
aws_client_requests(const struct aws_client *c)
{
	return c->requests;
}

/* IAM has one endpoint a partition, signed for this region. */
static const char *
global_region(const struct aws_client *c)
{
	return str_eq(c->o.partition, "aws-cn") ? "cn-north-1" :
	    str_eq(c->o.partition, "aws-us-gov") ? "us-gov-west-1" : "us-east-1";
}

const char *
aws_client_home(const struct aws_client *c)
{
	return str_or(c->o.home, global_region(c));
}

/* --- what an error means ------------------------------------------------------- */

static const struct {
	const char *code;	/* a pattern */
	enum error_kind kind;
} meanings[] = {
	{ "Throttl*", ERROR_THROTTLED }, { "RequestThrottled*", ERROR_THROTTLED },
	{ "TooManyRequestsException", ERROR_THROTTLED }, { "RequestLimitExceeded", ERROR_THROTTLED },
	{ "SlowDown", ERROR_THROTTLED }, { "BandwidthLimitExceeded", ERROR_THROTTLED },
	{ "PriorRequestNotComplete", ERROR_THROTTLED }, { "EC2ThrottledException", ERROR_THROTTLED },
	{ "ProvisionedThroughputExceededException", ERROR_THROTTLED },
	{ "AccessDenied*", ERROR_DENIED }, { "UnauthorizedOperation", ERROR_DENIED },
	{ "NotAuthorized*", ERROR_DENIED }, { "OperationNotPermitted*", ERROR_DENIED },
	{ "RequestTimeTooSkewed", ERROR_CLOCK }, { "RequestExpired", ERROR_CLOCK },
	{ "ExpiredToken*", ERROR_CREDENTIALS }, { "InvalidClientTokenId", ERROR_CREDENTIALS },
	{ "UnrecognizedClientException", ERROR_CREDENTIALS }, { "AuthFailure", ERROR_CREDENTIALS },
	{ "SignatureDoesNotMatch", ERROR_CREDENTIALS }, { "InvalidSignature*", ERROR_CREDENTIALS },
	{ "MissingAuthenticationToken*", ERROR_CREDENTIALS }, { "InvalidAccessKeyId", ERROR_CREDENTIALS },
	{ "OptInRequired", ERROR_CREDENTIALS }, { "NoSuchEntity", ERROR_NOT_FOUND },
};

static enum error_kind
kind_of(const char *code, const char *message)
{
	if (strstr(message, "Signature expired") != NULL || strstr(message, "not yet current") != NULL)
		return ERROR_CLOCK;
	for (size_t i = 0; i < ARRAY_LEN(meanings); i++)
		if (str_match(meanings[i].code, code))
			return meanings[i].kind;
	return ERROR_REMOTE;
}

/* "com.amazonaws.x#Code:http://…" and "Code" both say Code. */
static void
put_code(char *to, size_t room, const char *code)
{
	const char *hash = strrchr(code, '#');

	if (hash != NULL)
		code = hash + 1;
	(void)snprintf(to, room, "%.*s", (int)strcspn(code, ":"), code);
}

static void
read_error(const struct http_answer *h, struct aws_answer *a, const struct sent *s)
{
	char *message = NULL;
	size_t at = 0;

	if (h->body[strspn(h->body, " \r\n\t")] == '{') {
		cJSON *doc = json_parse(h->body, h->body_len, "error", NULL);
		const char *type = str_or(json_string(doc, "__type"), str_or(json_string(doc, "code"), ""));

		put_code(a->code, sizeof(a->code), str_or(type, str_or(h->error_type, "")));
		message = mem_strdup(str_or(json_string(doc, "message"), json_string(doc, "Message")));
		cJSON_Delete(doc);
	} else {
		char *code = xml_value(h->body, "Code", &at);

		put_code(a->code, sizeof(a->code), str_or(code, str_or(h->error_type, "")));
		at = 0;
		message = xml_value(h->body, "Message", &at);
		free(code);
	}
	error_set(&a->err, kind_of(a->code, str_or(message, "")), "%s in %s: %s%s%.500s", s->service,
	    s->region, a->code[0] != '\0' ? a->code : "an error", message != NULL ? ": " : "",
	    str_or(message, ""));
	if (a->code[0] == '\0')
		error_set(&a->err, h->status >= 500 ? ERROR_REMOTE : ERROR_NETWORK,
		    "%s in %s answered with status %ld", s->service, s->region, h->status);
	free(message);
}

/* --- one call --------------------------------------------------------------------- */

static void send_now(void *arg);

static void
sent_free(struct sent *s)
{
	free(s->service);
	free(s->region);
	free(s->target);
	free(s->path);
	free(s->type);
	mem_free_secret(s->body);
	free(s->url);
	free(s);
}

static void
end(struct sent *s, struct aws_answer *a)
{
	a->tries = s->tries;
	s->done(s->arg, a);
	sent_free(s);
}

static bool
correct_clock(struct sent *s, const struct http_answer *h, const struct aws_answer *a)
{
	int64_t skew;

	if (h->date_ms == WHEN_NONE)
		return false;
	skew = h->date_ms - clock_now_ms();
	if (llabs(skew - s->client->skew_ms) < SKEW_MS)
		return false;
	if (a->err.kind != ERROR_CLOCK && a->err.kind != ERROR_CREDENTIALS)
		return false;
	s->client->skew_ms = skew;
	if (s->corrected)
		return false;
	s->corrected = true;
	return true;
}

static bool
may_succeed_later(const struct http_answer *h, const struct aws_answer *a)
{
	return !h->ok || h->status >= 500 || h->status == 429 || a->err.kind == ERROR_THROTTLED ||
	    str_eq(a->code, "RequestTimeout") || str_eq(a->code, "InternalError");
}

static bool
try_again(struct sent *s, const struct http_answer *h, const struct aws_answer *a)
{
	struct aws_client *c = s->client;
	int64_t delay;

	if (correct_clock(s, h, a)) {
		http_after(c->http, 0, send_now, s);
		return true;
	}
	if (s->call.once || s->tries >= TRIES || c->budget < RETRY_COST || !may_succeed_later(h, a))
		return false;
	c->budget -= RETRY_COST;
	delay = (int64_t)(random_unit() * 1000.0 * (double)(1 << (s->tries - 1)));
	if (h->retry_after_s > 0 && h->retry_after_s <= 20)
		delay = h->retry_after_s * 1000;
	http_after(c->http, delay, send_now, s);
	return true;
}

static void
on_answer(void *arg, const struct http_answer *h)
{
	struct sent *s = arg;
	struct aws_answer a = { .ok = h->ok && h->status < 300, .err = ERROR_INIT, .body = h->body,
		.body_len = h->body_len };

	if (!h->ok)
		a.err = h->err;
	else if (!a.ok)
		read_error(h, &a, s);
	if (!a.ok && try_again(s, h, &a))
		return;
	if (a.ok && s->tries == 1 && s->client->budget < BUDGET)
		s->client->budget++;
	/* Expired sooner than we knew: the next call looks for fresh ones. */
	if (str_starts(a.code, "ExpiredToken"))
		aws_credentials_clear(&s->client->credentials);
	end(s, &a);
}

static char *
host_of(const char *url)
{
	const char *from = strstr(url, "://");

	from = from != NULL ? from + 3 : url;
	return mem_strndup(from, strcspn(from, "/"));
}

static void
sign(const struct sent *s, struct strlist *headers)
{
	const struct aws_client *c = s->client;
	char *host = host_of(s->url);
	struct sigv4 sig = { .key_id = c->credentials.key_id, .secret = c->credentials.secret,
		.token = c->credentials.token, .service = s->service,
		.region = str_eq(s->service, "iam") ? global_region(c) : s->region,
		.s3 = str_eq(s->service, "s3"), .time_ms = clock_now_ms() + c->skew_ms };
	struct sigv4_request r = { .method = "POST", .target = s->path, .headers = headers,
		.body = s->body, .body_len = strlen(s->body) };

	strlist_take(headers, mem_printf("Host: %s", host));
	strlist_take(headers, mem_printf("Content-Type: %s", s->type));
	if (s->target != NULL)
		strlist_take(headers, mem_printf("X-Amz-Target: %s", s->target));
	sigv4_sign(&sig, &r, headers, NULL);
	strlist_add(headers, "User-Agent: keycanary/" KEYCANARY_VERSION);
	free(host);
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
	struct strlist headers = STRLIST_INIT;
	char *url;

	if (!aws_client_ready(s->client, &s->early)) {
		http_after(s->client->http, 0, fail_early, s);
		return;
	}
	sign(s, &headers);
	s->tries++;
	s->client->requests++;
	url = mem_printf("%s%s", s->url, s->path);
	http_send(s->client->http, &(struct http_request){ .method = "POST", .url = url,
		.headers = &headers, .body = s->body, .body_len = strlen(s->body),
		.timeout_ms = s->client->o.timeout_ms }, on_answer, s);
	free(url);
	strlist_clear(&headers);
}

void
aws_send(struct aws_client *c, const struct aws_call *call, aws_done *done, void *arg)
{
	struct sent *s = mem_zalloc(1, sizeof(*s));

	s->client = c;
	s->call = *call;
	s->done = done;
	s->arg = arg;
	s->service = mem_strdup(call->service);
	s->region = mem_strdup(str_or(call->region, aws_client_home(c)));
	s->target = mem_strdup(call->target);
	s->path = mem_strdup(str_or(call->path, "/"));
	s->type = mem_strdup(str_or(call->type, call->target != NULL ? "application/x-amz-json-1.1" :
	    "application/x-www-form-urlencoded; charset=utf-8"));
	s->body = mem_strdup(str_or(call->body, ""));
	s->url = aws_endpoint(s->service, s->region, str_or(c->o.partition, "aws"), c->o.profile);
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

bool
aws_call(struct aws_client *c, const struct aws_call *call, struct buf *out, struct error *err)
{
	struct waited w = { .out = out, .err = err };
	struct http *shared = c->http;

	/* A loop of its own: this may be called from inside a step of the shared one. */
	if (!http_open(&c->http, err)) {
		c->http = shared;
		return false;
	}
	aws_send(c, call, on_waited, &w);
	while (!w.done && http_step(c->http, 1000))
		;
	http_close(c->http);
	c->http = shared;
	return w.ok;
}

/* --- credentials --------------------------------------------------------------------- */

static bool
fresh(const struct aws_client *c)
{
	return c->credentials.key_id != NULL && (c->credentials.expires_ms == WHEN_NONE ||
	    c->credentials.expires_ms - RENEW_MS > clock_now_ms() + c->skew_ms);
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
	to->origin = mem_printf("role %s", role->arn);
	return (to->key_id != NULL && to->secret != NULL && to->token != NULL) ||
	    error_set(err, ERROR_CREDENTIALS, "%s: AssumeRole answered without credentials", role->arn);
}

/* With the credentials there are, becomes the role. */
static bool
assume(struct aws_client *c, const struct aws_role *role, struct error *err)
{
	struct buf form = BUF_INIT(BUF_LINE), out = BUF_INIT(BUF_RECORD);
	bool ok;

	form_add(&form, "Action", "AssumeRole");
	form_add(&form, "Version", "2011-06-15");
	form_add(&form, "RoleArn", role->arn);
	form_add(&form, "RoleSessionName", str_or(role->session_name, "keycanary"));
	if (role->external_id != NULL)
		form_add(&form, "ExternalId", role->external_id);
	ok = aws_call(c, &(struct aws_call){ .service = "sts", .body = buf_str(&form) }, &out, err) &&
	    take_answer(&c->credentials, buf_str(&out), role, err);
	if (!ok)
		error_in(err, "role %s", role->arn);
	buf_free(&form);
	buf_free_secret(&out);
	return ok;
}

static bool
refused(const struct aws_client *c, struct error *err)
{
	const char *id = c->credentials.key_id;

	if (c->o.refuse == NULL || !c->o.refuse(c->o.refuse_arg, id))
		return false;
	error_set(err, ERROR_REFUSED, "%s is a canary: the monitor must not use it, it would trip its own "
	    "alarm (credentials from %s)", id, aws_client_origin(c));
	return true;
}

bool
aws_client_ready(struct aws_client *c, struct error *err)
{
	struct aws_credentials base;
	struct aws_role roles[AWS_ROLES_MAX + 1] = { { .arn = NULL } };
	int n = 0;
	bool ok;

	if (fresh(c) || c->assuming)
		return true;
	ok = aws_credentials_find(c->o.profile, &base, roles, &n, err);
	if (ok && c->o.role_arn != NULL)
		roles[n++] = (struct aws_role){ .arn = mem_strdup(c->o.role_arn),
			.external_id = mem_strdup(c->o.external_id) };
	aws_credentials_clear(&c->credentials);
	if (ok) {
		c->credentials = base;
		ok = !refused(c, err);
	}
	c->assuming = true;
	for (int i = 0; ok && i < n; i++)
		ok = assume(c, &roles[i], err) && !refused(c, err);
	c->assuming = false;
	for (int i = 0; i < n; i++)
		aws_role_clear(&roles[i]);
	if (!ok)
		aws_credentials_clear(&c->credentials);
	return ok;
}
