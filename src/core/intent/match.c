#include "core/intent/match.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "core/intent/classify.h"

/* Identity types under which a long-term key of a user can sign. Public data sets hold
 * AssumedRole events whose masked key merely looks like AKIA: those are no user's. */
static bool
user_identity(const struct event *e)
{
	return e->identity_type == NULL || str_eq(e->identity_type, "IAMUser") ||
	    str_eq(e->identity_type, "Root") || str_eq(e->identity_type, "Unknown");
}

static const struct canary *
by_key(const struct canary_set *canaries, const struct event *e)
{
	return user_identity(e) ? canary_by_key(canaries, e->access_key_id) : NULL;
}

/* The account is part of a user name's identity. */
static const struct canary *
same_user(const struct canary_set *canaries, const struct event *e)
{
	const struct canary *c;

	if (user_identity(e) || str_eq(e->identity_type, "AWSAccount")) {
		if ((c = canary_by_user_id(canaries, e->principal_id)) != NULL ||
		    (c = canary_by_arn(canaries, e->arn)) != NULL)
			return c;
	}
	if (user_identity(e) &&
	    (c = canary_by_user(canaries, e->identity_account, e->user_name)) != NULL)
		return c;
	if (!str_eq(e->issuer_type, "IAMUser"))
		return NULL;
	if ((c = canary_by_user_id(canaries, e->issuer_id)) != NULL ||
	    (c = canary_by_arn(canaries, e->issuer_arn)) != NULL)
		return c;
	return canary_by_user(canaries, e->identity_account, e->issuer_user_name);
}

static const struct canary *
aimed_at(const struct canary_set *canaries, const struct event *e)
{
	static const char *const arn_members[] = { "userArn", "policySourceArn", "arn" };
	const struct canary *c;

	c = canary_by_key(canaries, json_string(e->request, "accessKeyId"));
	if (c == NULL && str_eq(e->source, "iam.amazonaws.com"))
		c = canary_by_user(canaries, e->account, json_string(e->request, "userName"));
	if (c == NULL)
		c = canary_by_key(canaries, json_string(e->response, "accessKey.accessKeyId"));
	for (size_t i = 0; c == NULL && i < ARRAY_LEN(arn_members); i++)
		c = canary_by_arn(canaries, json_string(e->request, arn_members[i]));
	return c;
}

/* The call that made the canary is the owner's, whoever reads the log. */
static bool
its_own_birth(const struct event *e, const struct canary *c)
{
	return str_eq(e->name, "CreateAccessKey") &&
	    str_eq(json_string(e->response, "accessKey.accessKeyId"), c->key_id);
}

static const struct canary *
find_canary(const struct canary_set *canaries, const struct derived_set *derived,
    const struct event *e, struct sighting *s)
{
	const struct derived *d = derived_find(derived, e->access_key_id);
	const struct canary *c = by_key(canaries, e);

	s->kind = SIGHTING_KEY;
	if (c != NULL)
		return c;
	s->kind = SIGHTING_DERIVED;
	if (d != NULL && (c = canary_by_key(canaries, d->key_id)) != NULL) {
		s->via = mem_strdup(e->access_key_id);
		return c;
	}
	s->kind = SIGHTING_PRINCIPAL;
	if ((c = same_user(canaries, e)) != NULL) {
		s->via = mem_strdup(e->access_key_id);
		return c;
	}
	s->kind = SIGHTING_TARGET;
	return aimed_at(canaries, e);
}

bool
match_event(const struct canary_set *canaries, const struct derived_set *derived,
    const struct event *event, struct sighting *s)
{
	const struct canary *c;

	sighting_init(s);
	c = find_canary(canaries, derived, event, s);
	if (c == NULL) {
		sighting_clear(s);
		return false;
	}
	s->key_id = mem_strdup(c->key_id);
	sighting_fill(s, event);
	if (its_own_birth(event, c)) {
		s->label = mem_strdup("expected");
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
