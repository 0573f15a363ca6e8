#include "world/aws/iam.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/mem.h"
#include "base/when.h"
#include "os/clock.h"
#include "world/aws/xml.h"

enum { PATIENCE_MS = 120000, FIRST_WAIT_MS = 500, LONGEST_WAIT_MS = 15000, PAGES_MAX = 10000 };

bool
iam_open(struct iam *iam, const struct aws_client_options *o, struct error *err)
{
	*iam = (struct iam){ .http = NULL };
	if (!http_open(&iam->http, err))
		return false;
	iam->client = aws_client_new(iam->http, o);
	return true;
}

void
iam_close(struct iam *iam)
{
	if (iam->http != NULL)
		http_close(iam->http);
	aws_client_free(iam->client);
	*iam = (struct iam){ .http = NULL };
}

/* --- one call ----------------------------------------------------------------------- */

struct waiting {
	struct buf body;
	struct error err;
	bool done, ok;
};

static void
on_answer(void *arg, const struct aws_answer *a)
{
	struct waiting *w = arg;

	w->done = true;
	w->ok = a->ok;
	if (a->ok)
		buf_add(&w->body, a->body, a->body_len);
	else
		w->err = a->err;
}

static void
wait_for(struct iam *iam, const struct aws_call *call, struct waiting *w)
{
	*w = (struct waiting){ .body = BUF_INIT(BUF_ANSWER), .err = ERROR_INIT };
	aws_send(iam->client, call, on_answer, w);
	while (!w->done && http_step(iam->http, 1000))
		;
	if (!w->done)
		error_set(&w->err, ERROR_NETWORK, "iam: no answer");
}

/* Throttled calls did nothing: they are sent again until patience ends. */
static bool
send_form(struct iam *iam, const char *form, bool once, struct buf *out, struct error *err)
{
	int64_t until = clock_steady_ms() + PATIENCE_MS, pause = FIRST_WAIT_MS;
	struct waiting w;

	for (;;) {
		wait_for(iam, &(struct aws_call){ .service = "iam", .body = form, .once = once }, &w);
		if (w.ok || w.err.kind != ERROR_THROTTLED || clock_steady_ms() + pause > until)
			break;
		buf_free(&w.body);
		clock_sleep_ms(pause);
		pause = pause * 2 < LONGEST_WAIT_MS ? pause * 2 : LONGEST_WAIT_MS;
	}
	if (w.ok)
		buf_add(out, w.body.ptr, w.body.len);
	else if (err != NULL)
		*err = w.err;
	buf_free_secret(&w.body);
	return w.ok;
}

/* "CreateUser" and its parameters as name, value, …, NULL; those without a value are left out. */
static void
write_form(struct buf *form, const char *action, va_list ap)
{
	const char *name, *value;

	form_add(form, "Action", action);
	form_add(form, "Version", "2010-05-08");
	while ((name = va_arg(ap, const char *)) != NULL) {
		value = va_arg(ap, const char *);
		if (value != NULL)
			form_add(form, name, value);
	}
}

/* The element <ActionResult> of the answer, inside *doc; NULL when it has none. */
static const struct xml *
result_of(const struct xml *doc, const char *action)
{
	char *name = mem_printf("%sResult", action);
	const struct xml *x = xml_at(doc, name);

	free(name);
	return x;
}

__attribute__((sentinel))
static bool
call(struct iam *iam, bool once, struct xml **doc, struct error *err, const char *action, ...)
{
	struct buf form = BUF_INIT(BUF_LINE), body = BUF_INIT(BUF_ANSWER);
	va_list ap;
	bool ok;

	va_start(ap, action);
	write_form(&form, action, ap);
	va_end(ap);
	ok = send_form(iam, buf_str(&form), once, &body, err);
	if (ok && doc != NULL) {
		*doc = xml_parse(buf_str(&body), body.len, action, err);
		ok = *doc != NULL;
	}
	if (!ok)
		error_in(err, "%s", action);
	buf_free(&form);
	buf_free_secret(&body);
	return ok;
}

/* As call(); what is not there any more is fine. */
static bool
gone(bool ok, struct error *err)
{
	if (ok || err == NULL || err->kind != ERROR_NOT_FOUND)
		return ok;
	error_clear(err);
	return true;
}

static int64_t
time_of(const struct xml *x, const char *name)
{
	const char *text = xml_text(x, name);
	int64_t at;

	return text != NULL && when_parse(text, &at) ? at : WHEN_NONE;
}

/* --- pages ----------------------------------------------------------------------------- */

typedef void take_member(void *out, const struct xml *member);

/* Every <list><member> of every page of a list operation. */
static bool
list(struct iam *iam, const char *action, const char *list_name, const char *parameter, const char *value,
    take_member *take, void *out, struct error *err)
{
	char *marker = NULL;
	bool more = true, ok = true;

	for (int page = 0; ok && more && page < PAGES_MAX; page++) {
		struct xml *doc = NULL;
		const struct xml *result, *members;

		ok = call(iam, false, &doc, err, action, "MaxItems", "1000", parameter, value, "Marker", marker,
		    NULL);
		result = result_of(doc, action);
		members = xml_at(result, list_name);
		for (const struct xml *m = members != NULL ? members->child : NULL; m != NULL; m = m->next)
			take(out, m);
		free(marker);
		marker = ok ? mem_strdup(xml_text(result, "Marker")) : NULL;
		more = marker != NULL && str_eq(xml_text(result, "IsTruncated"), "true");
		xml_free(doc);
	}
	free(marker);
	return ok;
}

/* --- users -------------------------------------------------------------------------------- */

void
iam_user_clear(struct iam_user *u)
{
	free(u->name);
	free(u->path);
	free(u->id);
	free(u->arn);
	free(u->boundary);
	*u = (struct iam_user){ .created_ms = WHEN_NONE };
}

void
iam_user_list_clear(struct iam_user_list *l)
{
	for (size_t i = 0; i < l->len; i++)
		iam_user_clear(&l->item[i]);
	free(l->item);
	*l = (struct iam_user_list){ .item = NULL };
}

static void
read_user(struct iam_user *u, const struct xml *x)
{
	*u = (struct iam_user){ .name = mem_strdup(xml_text(x, "UserName")), .path = mem_strdup(xml_text(x, "Path")),
		.id = mem_strdup(xml_text(x, "UserId")), .arn = mem_strdup(xml_text(x, "Arn")),
		.boundary = mem_strdup(xml_text(x, "PermissionsBoundary/PermissionsBoundaryArn")),
		.created_ms = time_of(x, "CreateDate") };
}

static bool
take_user(struct xml *doc, const char *action, struct iam_user *out, struct error *err)
{
	bool ok;

	read_user(out, xml_at(result_of(doc, action), "User"));
	xml_free(doc);
	ok = out->name != NULL && out->arn != NULL;
	if (!ok) {
		iam_user_clear(out);
		error_set(err, ERROR_REMOTE, "%s: the answer names no user", action);
	}
	return ok;
}

bool
iam_create_user(struct iam *iam, const char *name, const char *path, const char *boundary,
    struct iam_user *out, struct error *err)
{
	struct xml *doc = NULL;

	*out = (struct iam_user){ .created_ms = WHEN_NONE };
	return call(iam, true, &doc, err, "CreateUser", "UserName", name, "Path", path, "PermissionsBoundary",
	    boundary, NULL) && take_user(doc, "CreateUser", out, err);
}

bool
iam_get_user(struct iam *iam, const char *name, struct iam_user *out, struct error *err)
{
	struct xml *doc = NULL;

	*out = (struct iam_user){ .created_ms = WHEN_NONE };
	return call(iam, false, &doc, err, "GetUser", "UserName", name, NULL) && take_user(doc, "GetUser", out, err);
}

static void
add_user(void *out, const struct xml *x)
{
	struct iam_user_list *l = out;
	struct iam_user u;

	read_user(&u, x);
	if (u.name == NULL) {
		iam_user_clear(&u);
		return;
	}
	MEM_GROW(l->item, l->len, l->cap);
	l->item[l->len++] = u;
}

bool
iam_list_users(struct iam *iam, const char *prefix, struct iam_user_list *out, struct error *err)
{
	return list(iam, "ListUsers", "Users", "PathPrefix", prefix, add_user, out, err);
}

bool
iam_delete_user(struct iam *iam, const char *user, struct error *err)
{
	return gone(call(iam, false, NULL, err, "DeleteUser", "UserName", user, NULL), err);
}

bool
iam_quota(struct iam *iam, int64_t *users, int64_t *max, struct error *err)
{
	struct xml *doc = NULL;
	const struct xml *map;

	*users = 0;
	*max = IAM_USERS_MAX;
	if (!call(iam, false, &doc, err, "GetAccountSummary", NULL))
		return false;
	map = xml_at(doc, "GetAccountSummaryResult/SummaryMap");
	for (const struct xml *e = map != NULL ? map->child : NULL; e != NULL; e = e->next) {
		int64_t n;

		if (!str_to_int(xml_text(e, "value"), 0, INT64_MAX, &n))
			continue;
		if (str_eq(xml_text(e, "key"), "Users"))
			*users = n;
		else if (str_eq(xml_text(e, "key"), "UsersQuota"))
			*max = n;
	}
	xml_free(doc);
	return true;
}

/* --- keys ------------------------------------------------------------------------------------ */

void
iam_key_list_clear(struct iam_key_list *l)
{
	for (size_t i = 0; i < l->len; i++)
		free(l->item[i].id);
	free(l->item);
	*l = (struct iam_key_list){ .item = NULL };
}

static void
add_key(void *out, const struct xml *x)
{
	struct iam_key_list *l = out;

	if (xml_text(x, "AccessKeyId") == NULL)
		return;
	MEM_GROW(l->item, l->len, l->cap);
	l->item[l->len++] = (struct iam_key){ .id = mem_strdup(xml_text(x, "AccessKeyId")),
		.active = str_eq(xml_text(x, "Status"), "Active"), .created_ms = time_of(x, "CreateDate") };
}

bool
iam_list_keys(struct iam *iam, const char *user, struct iam_key_list *out, struct error *err)
{
	return list(iam, "ListAccessKeys", "AccessKeyMetadata", "UserName", user, add_key, out, err);
}

bool
iam_create_key(struct iam *iam, const char *user, char **key_id, char **secret, struct error *err)
{
	struct xml *doc = NULL;
	const struct xml *key;

	*key_id = *secret = NULL;
	if (!call(iam, true, &doc, err, "CreateAccessKey", "UserName", user, NULL))
		return false;
	key = xml_at(doc, "CreateAccessKeyResult/AccessKey");
	*key_id = mem_strdup(xml_text(key, "AccessKeyId"));
	*secret = mem_strdup(xml_text(key, "SecretAccessKey"));
	xml_free(doc);
	if (*key_id != NULL && *secret != NULL)
		return true;
	free(*key_id);
	mem_free_secret(*secret);
	*key_id = *secret = NULL;
	return error_set(err, ERROR_REMOTE, "CreateAccessKey: the answer has no key");
}

bool
iam_delete_key(struct iam *iam, const char *user, const char *key_id, struct error *err)
{
	return gone(call(iam, false, NULL, err, "DeleteAccessKey", "UserName", user, "AccessKeyId", key_id, NULL),
	    err);
}

/* --- policies, groups, console ------------------------------------------------------------------ */

static void
add_name(void *out, const struct xml *x)
{
	strlist_add(out, x->text);
}

static void
add_arn(void *out, const struct xml *x)
{
	if (xml_text(x, "PolicyArn") != NULL)
		strlist_add(out, xml_text(x, "PolicyArn"));
}

static void
add_group(void *out, const struct xml *x)
{
	if (xml_text(x, "GroupName") != NULL)
		strlist_add(out, xml_text(x, "GroupName"));
}

bool
iam_list_policies(struct iam *iam, const char *user, struct strlist *out, struct error *err)
{
	return list(iam, "ListUserPolicies", "PolicyNames", "UserName", user, add_name, out, err);
}

bool
iam_list_attached(struct iam *iam, const char *user, struct strlist *out, struct error *err)
{
	return list(iam, "ListAttachedUserPolicies", "AttachedPolicies", "UserName", user, add_arn, out, err);
}

bool
iam_list_groups(struct iam *iam, const char *user, struct strlist *out, struct error *err)
{
	return list(iam, "ListGroupsForUser", "Groups", "UserName", user, add_group, out, err);
}

bool
iam_get_policy(struct iam *iam, const char *user, const char *policy, char **document, struct error *err)
{
	struct buf text = BUF_INIT(BUF_LINE);
	struct xml *doc = NULL;
	const char *encoded;

	*document = NULL;
	if (!call(iam, false, &doc, err, "GetUserPolicy", "UserName", user, "PolicyName", policy, NULL))
		return false;
	/* Percent-encoded by RFC 3986 (IAM API Reference, "GetUserPolicy"). */
	encoded = str_or(xml_text(doc, "GetUserPolicyResult/PolicyDocument"), "");
	if (!decode_percent(&text, encoded, strlen(encoded), false))
		buf_reset(&text);
	xml_free(doc);
	*document = buf_take(&text);
	return *document != NULL || error_set(err, ERROR_REMOTE, "GetUserPolicy: the answer has no document");
}

bool
iam_has_login(struct iam *iam, const char *user, bool *yes, struct error *err)
{
	*yes = call(iam, false, NULL, err, "GetLoginProfile", "UserName", user, NULL);
	return gone(*yes, err);
}

bool
iam_put_policy(struct iam *iam, const char *user, const char *policy, const char *document, struct error *err)
{
	return call(iam, false, NULL, err, "PutUserPolicy", "UserName", user, "PolicyName", policy,
	    "PolicyDocument", document, NULL);
}

bool
iam_delete_policy(struct iam *iam, const char *user, const char *policy, struct error *err)
{
	return gone(call(iam, false, NULL, err, "DeleteUserPolicy", "UserName", user, "PolicyName", policy, NULL),
	    err);
}

bool
iam_detach_policy(struct iam *iam, const char *user, const char *arn, struct error *err)
{
	return gone(call(iam, false, NULL, err, "DetachUserPolicy", "UserName", user, "PolicyArn", arn, NULL), err);
}

bool
iam_leave_group(struct iam *iam, const char *user, const char *group, struct error *err)
{
	return gone(call(iam, false, NULL, err, "RemoveUserFromGroup", "UserName", user, "GroupName", group, NULL),
	    err);
}

bool
iam_delete_login(struct iam *iam, const char *user, struct error *err)
{
	return gone(call(iam, false, NULL, err, "DeleteLoginProfile", "UserName", user, NULL), err);
}
