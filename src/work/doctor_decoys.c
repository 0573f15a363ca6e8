/*
 * The canaries of an account, compared with AWS: a key that was deleted or
 * disabled cannot fire, and nobody would know; a user that was given more than
 * it was minted with is a danger.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "work/doctor_int.h"
#include "work/mint_int.h"

#define IAM_VERSION "2010-05-08"

/* What is asked about each user; the answers are judged in this order. */
enum { ASK_KEYS, ASK_INLINE, ASK_ATTACHED, ASK_GROUPS, ASK_LOGIN, ASKS };
enum { AT_ONCE = 4 };	/* users; IAM allows about twenty calls a second */

static const char *const actions[ASKS] = {
	[ASK_KEYS] = "ListAccessKeys", [ASK_INLINE] = "ListUserPolicies", [ASK_ATTACHED] = "ListAttachedUserPolicies",
	[ASK_GROUPS] = "ListGroupsForUser", [ASK_LOGIN] = "GetLoginProfile",
};

static bool
belongs(const struct canary *c, const struct patient *p)
{
	return (c->state == CANARY_LIVE || c->state == CANARY_TRIPPED) && c->user_name != NULL &&
	    str_eq(c->account, p->number);
}

/* --- the key ---------------------------------------------------------------------- */

/* "Active", "Inactive"; NULL: the user has no such key. The caller frees. */
static char *
status_of_key(const char *xml, const char *key_id)
{
	char *member, *id, *status = NULL;
	size_t at = 0;

	while (status == NULL && (member = xml_part(xml, "member", &at)) != NULL) {
		size_t a = 0, b = 0;

		id = xml_value(member, "AccessKeyId", &a);
		if (str_eq(id, key_id))
			status = xml_value(member, "Status", &b);
		free(id);
		free(member);
	}
	return status;
}

/* True when the key is there and active. */
static bool
judge_key(struct doctor *d, const struct canary *c, const struct question *q)
{
	char *status = q->ok ? status_of_key(buf_str(&q->body), c->key_id) : NULL;
	bool fine = str_eq(status, "Active");

	if (!q->ok && q->err.kind != ERROR_NOT_FOUND)
		doctor_say(d, DIAGNOSIS_WARN, c->key_id, NULL, "could not be compared: %s", q->err.text);
	else if (!q->ok)
		doctor_say(d, DIAGNOSIS_FAIL, c->key_id, "retire it, and mint and plant another one", "its user %s is not there "
		    "any more: it cannot fire", c->user_name);
	else if (status == NULL)
		doctor_say(d, DIAGNOSIS_FAIL, c->key_id, "rotate it", "the key of %s is not there any more: it cannot fire",
		    c->user_name);
	else if (!fine)
		doctor_say(d, DIAGNOSIS_FAIL, c->key_id, "activate it in IAM, or rotate it", "the key of %s is disabled: it "
		    "cannot fire", c->user_name);
	free(status);
	return fine;
}

/* --- what the user may do ------------------------------------------------------------ */

/* Texts of all elements of that name, but `expected`. */
static void
strangers(const struct question *q, const char *tag, const char *expected, struct strlist *out)
{
	size_t at = 0;
	char *name;

	while (q->ok && (name = xml_value(buf_str(&q->body), tag, &at)) != NULL) {
		if (str_eq(name, expected))
			free(name);
		else
			strlist_take(out, name);
	}
}

/* The decoy's own policy must still be there. */
static bool
own_policy_gone(const struct canary *c, const struct question *q, const char *expected)
{
	struct strlist names = STRLIST_INIT;
	bool gone;

	strangers(q, "member", NULL, &names);
	gone = q->ok && expected != NULL && str_eq(c->origin, "mint") && !strlist_has(&names, expected);
	strlist_clear(&names);
	return gone;
}

static bool
judge_policies(struct doctor *d, const struct canary *c, const struct question *q)
{
	struct strlist extra = STRLIST_INIT;
	const char *expected = NULL;
	char *document = NULL, *list;
	bool minted = str_eq(c->origin, "mint"), fine = true;

	(void)level_policy(c->level, &expected, &document, NULL);
	if (document == NULL)
		expected = NULL;
	free(document);
	strangers(&q[ASK_ATTACHED], "PolicyArn", NULL, &extra);
	for (size_t i = 0; i < extra.len; i++)
		if (strstr(extra.item[i], ":policy/AWSCompromisedKeyQuarantine") != NULL) {
			doctor_say(d, DIAGNOSIS_WARN, c->key_id, "it is spent: rotate it", "AWS has put %s into quarantine: the key is "
			    "public", c->user_name);
			fine = false;
			free(extra.item[i]);
			extra.item[i--] = extra.item[--extra.len];
		}
	strangers(&q[ASK_INLINE], "member", expected, &extra);
	strangers(&q[ASK_GROUPS], "GroupName", NULL, &extra);
	list = strlist_join(&extra, ", ");
	if (minted && extra.len > 0) {
		doctor_say(d, DIAGNOSIS_FAIL, c->key_id, "find out who did it (\"keycanary incidents\"), and take it away",
		    "%s was given what it was not minted with: %s", c->user_name, list);
		fine = false;
	}
	if (own_policy_gone(c, &q[ASK_INLINE], expected)) {
		doctor_say(d, DIAGNOSIS_WARN, c->key_id, "rotate it", "%s has lost its policy %s", c->user_name, expected);
		fine = false;
	}
	free(list);
	strlist_clear(&extra);
	return fine;
}

static bool
judge_login(struct doctor *d, const struct canary *c, const struct question *q)
{
	if (q->ok)
		doctor_say(d, DIAGNOSIS_FAIL, c->key_id, "find out who did it (\"keycanary incidents\"), and delete the login "
		    "profile", "%s can sign in to the console: somebody gave it a password", c->user_name);
	return !q->ok;
}

/* --- all of them --------------------------------------------------------------------- */

static char *
form_for(const struct canary *c, int what)
{
	struct buf form = BUF_INIT(BUF_LINE);

	form_add(&form, "Action", actions[what]);
	form_add(&form, "Version", IAM_VERSION);
	form_add(&form, "UserName", c->user_name);
	return buf_take(&form);
}

/* How many of them are as they should be. */
static size_t
compare(struct doctor *d, struct patient *p, const struct canary **c, size_t n)
{
	struct question q[AT_ONCE * ASKS] = { { .ok = false } };
	char *body[AT_ONCE * ASKS];
	size_t good = 0;

	for (size_t i = 0; i < n * ASKS; i++) {
		body[i] = form_for(c[i / ASKS], (int)(i % ASKS));
		q[i].call = (struct aws_call){ .service = "iam", .body = body[i] };
	}
	doctor_ask(d, p, q, n * ASKS);
	for (size_t i = 0; i < n; i++) {
		bool fine = judge_key(d, c[i], &q[i * ASKS + ASK_KEYS]);

		fine &= judge_policies(d, c[i], &q[i * ASKS]);
		fine &= judge_login(d, c[i], &q[i * ASKS + ASK_LOGIN]);
		good += fine;
	}
	for (size_t i = 0; i < n * ASKS; i++) {
		question_clear(&q[i]);
		free(body[i]);
	}
	return good;
}

void
check_decoys(struct doctor *d, struct patient *p)
{
	const struct canary *batch[AT_ONCE];
	size_t n = 0, all = 0, good = 0;

	for (size_t i = 0; i < d->canaries.len; i++) {
		if (belongs(&d->canaries.item[i], p)) {
			batch[n++] = &d->canaries.item[i];
			all++;
		}
		if (n == AT_ONCE || (n > 0 && i + 1 == d->canaries.len)) {
			good += compare(d, p, batch, n);
			n = 0;
		}
	}
	if (all == 0)
		doctor_say(d, DIAGNOSIS_SKIP, NULL, NULL, "there is no canary in account %s", p->number);
	else
		doctor_say(d, DIAGNOSIS_OK, NULL, NULL, "%zu of %zu are there, active, and as they should be", good, all);
}
