/*
 * The canaries of an account, compared with AWS: a key that was deleted or
 * disabled cannot fire, and nobody would know.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "work/doctor_int.h"

enum { AT_ONCE = 16 };	/* IAM allows about twenty calls a second */

/* A canary and the question about its user's keys. */
struct pair {
	const struct canary *canary;
	struct question q;
	char *body;
};

static bool
belongs(const struct canary *c, const struct patient *p)
{
	return (c->state == CANARY_LIVE || c->state == CANARY_TRIPPED) && c->user_name != NULL &&
	    str_eq(c->account, p->number);
}

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
judge(struct doctor *d, const struct pair *x)
{
	const struct canary *c = x->canary;
	char *status = x->q.ok ? status_of_key(buf_str(&x->q.body), c->key_id) : NULL;
	bool fine = str_eq(status, "Active");

	if (!x->q.ok && x->q.err.kind != ERROR_NOT_FOUND)
		doctor_say(d, DIAGNOSIS_WARN, c->key_id, NULL, "could not be compared: %s", x->q.err.text);
	else if (!x->q.ok)
		doctor_say(d, DIAGNOSIS_FAIL, c->key_id, "retire it, and mint and plant another one", "its user %s is not there any "
		    "more: it cannot fire", c->user_name);
	else if (status == NULL)
		doctor_say(d, DIAGNOSIS_FAIL, c->key_id, "rotate it", "the key of %s is not there any more: it cannot fire",
		    c->user_name);
	else if (!fine)
		doctor_say(d, DIAGNOSIS_FAIL, c->key_id, "activate it in IAM, or rotate it", "the key of %s is disabled: it cannot "
		    "fire", c->user_name);
	free(status);
	return fine;
}

static size_t
compare(struct doctor *d, struct patient *p, struct pair *x, size_t n)
{
	struct question q[AT_ONCE];
	size_t good = 0;

	for (size_t i = 0; i < n; i++)
		q[i] = x[i].q;
	doctor_ask(d, p, q, n);
	for (size_t i = 0; i < n; i++) {
		x[i].q = q[i];
		good += judge(d, &x[i]);
		question_clear(&x[i].q);
		free(x[i].body);
	}
	return good;
}

void
check_decoys(struct doctor *d, struct patient *p)
{
	struct pair x[AT_ONCE];
	size_t n = 0, all = 0, good = 0;

	for (size_t i = 0; i < d->canaries.len; i++) {
		const struct canary *c = &d->canaries.item[i];
		struct buf form = BUF_INIT(BUF_LINE);

		if (belongs(c, p)) {
			form_add(&form, "Action", "ListAccessKeys");
			form_add(&form, "Version", "2010-05-08");
			form_add(&form, "UserName", c->user_name);
			x[n] = (struct pair){ .canary = c, .body = buf_take(&form) };
			x[n].q.call = (struct aws_call){ .service = "iam", .body = x[n].body };
			n++;
			all++;
		}
		if (n == AT_ONCE || (n > 0 && i + 1 == d->canaries.len)) {
			good += compare(d, p, x, n);
			n = 0;
		}
	}
	if (all == 0)
		doctor_say(d, DIAGNOSIS_SKIP, NULL, NULL, "there is no canary in account %s", p->number);
	else if (good == all)
		doctor_say(d, DIAGNOSIS_OK, NULL, NULL, "%zu of %zu keys are there and active", good, all);
}
