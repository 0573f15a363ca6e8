#include "core/intent/match.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "core/intent/classify.h"
#include "core/intent/mine.h"

/* Where a canary may be found: given by the owner, or learned from its own events. */
struct places {
	const struct canary_set *canaries;
	const struct derived_set *learned;
};

/*
 * Identity types that no long-term key of a user signs. Public data sets hold
 * AssumedRole events whose masked key merely looks like AKIA: those are no
 * user's. A type that is missing is told by the ARN.
 */
static bool
role_identity(const struct event *e)
{
	static const char *const types[] = { "AssumedRole", "Role", "SAMLUser", "WebIdentityUser", "AWSService",
		"IdentityCenterUser", "Directory" };

	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (str_eq(e->identity_type, types[i]))
			return true;
	return e->identity_type == NULL && ((e->arn != NULL && strstr(e->arn, ":assumed-role/") != NULL) ||
	    str_starts(str_or(e->principal_id, ""), "AROA"));
}

/* A federated user's own name is the intruder's choice, not the name of an IAM user. */
static bool
user_identity(const struct event *e)
{
	return !role_identity(e) && !str_eq(e->identity_type, "FederatedUser");
}

static const struct canary *
by_key(const struct places *p, const struct event *e)
{
	return role_identity(e) ? NULL : canary_by_key(p->canaries, e->access_key_id);
}

static const struct canary *
by_user_id(const struct places *p, const char *id)
{
	const struct canary *c = canary_by_user_id(p->canaries, id);

	return c != NULL ? c : canary_by_key(p->canaries, derived_identity(p->learned, IDENTITY_USER_ID, id));
}

/* The account is part of a user name's identity. */
static const struct canary *
by_user(const struct places *p, const char *account, const char *name)
{
	const struct canary *c = canary_by_user(p->canaries, account, name);
	char *full;

	if (c != NULL || str_empty(account) || str_empty(name))
		return c;
	full = mem_printf("%s/%s", account, name);
	c = canary_by_key(p->canaries, derived_identity(p->learned, IDENTITY_USER, full));
	free(full);
	return c;
}

/* The whole ARN, or the account and the name it is made of: "arn:aws:iam::ACCOUNT:user/PATH/NAME". */
static const struct canary *
by_arn(const struct places *p, const char *arn)
{
	const struct canary *c = canary_by_arn(p->canaries, arn);
	const char *account, *user;
	char number[13];

	if (c == NULL)
		c = canary_by_key(p->canaries, derived_identity(p->learned, IDENTITY_ARN, arn));
	if (c != NULL || arn == NULL || !str_starts(arn, "arn:"))
		return c;
	account = strstr(arn, ":iam::");
	user = account == NULL ? NULL : strstr(account, ":user/");
	if (user == NULL || user - account != 18)
		return NULL;
	memcpy(number, account + 6, 12);
	number[12] = '\0';
	return by_user(p, number, strrchr(user, '/') + 1);
}

/* accountId, or the account in the ARN: "arn:aws:iam::ACCOUNT:…"; NULL when neither tells. */
static const char *
account_of(const char *account, const char *arn, char out[static 13])
{
	const char *s = arn;

	if (!str_empty(account) || arn == NULL)
		return account;
	for (int i = 0; i < 4 && s != NULL; i++) {
		s = strchr(s, ':');
		s = s == NULL ? NULL : s + 1;
	}
	if (s == NULL || strspn(s, "0123456789") != 12 || s[12] != ':')
		return NULL;
	memcpy(out, s, 12);
	out[12] = '\0';
	return out;
}

static const struct canary *
same_user(const struct places *p, const struct event *e)
{
	const struct canary *c;
	char text[13];

	if (user_identity(e)) {
		if ((c = by_user_id(p, e->principal_id)) != NULL || (c = by_arn(p, e->arn)) != NULL ||
		    (c = by_user(p, account_of(e->identity_account, e->arn, text), e->user_name)) != NULL)
			return c;
	}
	if (!str_eq(e->issuer_type, "IAMUser"))
		return NULL;
	if ((c = by_user_id(p, e->issuer_id)) != NULL || (c = by_arn(p, e->issuer_arn)) != NULL)
		return c;
	return by_user(p, account_of(e->identity_account, e->issuer_arn, text), e->issuer_user_name);
}

/* resources[] of the record, where services list what a call touched. */
static const struct canary *
in_resources(const struct places *p, const struct event *e)
{
	const cJSON *item;
	const struct canary *c = NULL;

	cJSON_ArrayForEach(item, json_get(e->doc, "resources")) {
		const char *arn = json_string(item, "ARN");

		c = by_arn(p, arn != NULL ? arn : json_string(item, "arn"));
		if (c != NULL)
			break;
	}
	return c;
}

/* A denied call has no parameters; its message still names the user it aimed at. */
static const struct canary *
in_message(const struct places *p, const struct event *e)
{
	const struct canary *c;
	struct refusal refusal;

	if (e->error_message == NULL || !str_eq(e->source, "iam.amazonaws.com"))
		return NULL;
	refusal_mine(e->error_message, &refusal);
	c = by_arn(p, refusal.resource);
	if (c == NULL && strstr(e->error_message, "on resource: user ") != NULL)
		c = by_user(p, e->account, refusal.resource);
	refusal_clear(&refusal);
	return c;
}

static const struct canary *
aimed_at(const struct places *p, const struct event *e)
{
	static const char *const arn_members[] = { "userArn", "policySourceArn", "principalArn", "arn", "resourceArn" };
	const struct canary *c;

	c = canary_by_key(p->canaries, json_string(e->request, "accessKeyId"));
	if (c == NULL && str_eq(e->source, "iam.amazonaws.com"))
		c = by_user(p, e->account, json_string(e->request, "userName"));
	if (c == NULL)
		c = canary_by_key(p->canaries, json_string(e->response, "accessKey.accessKeyId"));
	for (size_t i = 0; c == NULL && i < ARRAY_LEN(arn_members); i++)
		c = by_arn(p, json_string(e->request, arn_members[i]));
	if (c == NULL)
		c = in_resources(p, e);
	return c != NULL ? c : in_message(p, e);
}

/* The call that made the canary is the owner's, whoever reads the log. */
static bool
its_own_birth(const struct event *e, const struct canary *c)
{
	return str_eq(e->name, "CreateAccessKey") &&
	    str_eq(json_string(e->response, "accessKey.accessKeyId"), c->key_id);
}

static const struct canary *
find_canary(const struct places *p, const struct event *e, struct sighting *s)
{
	const struct derived *d = derived_find(p->learned, e->access_key_id);
	const struct canary *c = by_key(p, e);

	s->kind = SIGHTING_KEY;
	if (c != NULL)
		return c;
	s->kind = SIGHTING_DERIVED;
	if (d != NULL && (c = canary_by_key(p->canaries, d->key_id)) != NULL) {
		s->via = mem_strdup(e->access_key_id);
		return c;
	}
	s->kind = SIGHTING_PRINCIPAL;
	if ((c = same_user(p, e)) != NULL) {
		s->via = mem_strdup(e->access_key_id);
		return c;
	}
	s->kind = SIGHTING_TARGET;
	return aimed_at(p, e);
}

bool
match_event(const struct canary_set *canaries, const struct derived_set *derived,
    const struct event *event, struct sighting *s)
{
	const struct places places = { canaries, derived };
	const struct canary *c;

	sighting_init(s);
	c = find_canary(&places, event, s);
	if (c == NULL) {
		sighting_clear(s);
		return false;
	}
	s->key_id = mem_strdup(c->key_id);
	sighting_fill(s, event);
	if (its_own_birth(event, c)) {
		s->label = mem_strdup("own");
		s->label_reason = mem_strdup("the call that made this canary");
	}
	return true;
}

static const char *
minted_key(const struct event *e)
{
	const char *key = json_string(e->response, "credentials.accessKeyId");

	return key != NULL ? key : json_string(e->response, "accessKey.accessKeyId");
}

bool
match_learn(struct derived_set *derived, const struct event *event, const struct sighting *s)
{
	const char *key = minted_key(event);
	struct derived d = { .made_ms = event->time_ms, .expires_ms = WHEN_NONE };

	if (key == NULL || strlen(key) != 20 || str_eq(key, s->key_id))
		return false;
	/* Dates in responseElements are written in many ways; unknown is fine. */
	(void)when_parse(json_string(event->response, "credentials.expiration"), &d.expires_ms);
	d.derived_key = (char *)(uintptr_t)key;
	d.key_id = s->key_id;
	d.parent = (char *)(uintptr_t)event->access_key_id;
	d.event_id = s->event_id;
	return derived_add(derived, &d);
}

bool
match_learn_user(struct derived_set *derived, const struct event *event, const struct sighting *s)
{
	const char *account = event->identity_account;
	bool new;

	if (s->kind != SIGHTING_KEY || !str_starts(str_or(event->principal_id, ""), "AIDA"))
		return false;
	new = derived_add_identity(derived, IDENTITY_USER_ID, event->principal_id, s->key_id);
	new |= derived_add_identity(derived, IDENTITY_ARN, event->arn, s->key_id);
	if (!str_empty(account) && !str_empty(event->user_name)) {
		char *full = mem_printf("%s/%s", account, event->user_name);

		new |= derived_add_identity(derived, IDENTITY_USER, full, s->key_id);
		free(full);
	}
	return new;
}
