/*
 * Each right the monitor needs is tried with a call that changes nothing. A
 * name that is not there is asked for where the call needs one: a right that
 * is there then shows as "not found".
 */
#include <string.h>

#include "base/mem.h"
#include "work/doctor_int.h"

#define CLOUDTRAIL(op) "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101." op
#define IAM(op) "Action=" op "&Version=2010-05-08"
#define NOBODY "keycanary-doctor-asks"

struct right {
	const char *action;
	const char *purpose;
	const char *without;	/* what is lost */
	enum diagnosis_result missing;
	struct aws_call call;
	const char *fine;	/* error codes that prove the right, separated by a space; NULL: none */
	bool needs_key;		/* the body ends with a key id of the account */
	const char *instead;	/* another action that does as well; NULL: none */
};

static const struct right rights[] = {
	{ "cloudtrail:LookupEvents", "reads the event history", "no use of a canary is seen by events", DIAGNOSIS_FAIL,
	    { .service = "cloudtrail", .target = CLOUDTRAIL("LookupEvents"), .body = "{\"MaxResults\":1}" }, NULL, false, NULL },
	{ "iam:GetAccessKeyLastUsed", "the safety net: uses that leave no event", "uses that are no management events "
	    "(sending mail, reading objects) are not seen", DIAGNOSIS_FAIL,
	    { .service = "iam", .body = IAM("GetAccessKeyLastUsed") "&AccessKeyId=" }, "NoSuchEntity", true, NULL },
	{ "iam:GenerateCredentialReport", "the safety net of many canaries in one call", "each canary is asked about by "
	    "itself", DIAGNOSIS_WARN, { .service = "iam", .body = IAM("GenerateCredentialReport") }, "LimitExceeded", false, NULL },
	{ "iam:GetCredentialReport", "the safety net of many canaries in one call", "each canary is asked about by itself",
	    DIAGNOSIS_WARN, { .service = "iam", .body = IAM("GetCredentialReport") }, "ReportNotPresent ReportExpired "
	    "ReportInProgress CredentialReportNotPresentException CredentialReportExpiredException "
	    "CredentialReportNotReadyException", false, NULL },
	{ "account:ListRegions", "finds the regions to read", "all known regions are tried", DIAGNOSIS_WARN,
	    { .service = "account", .path = "/listRegions", .type = "application/json", .body = "{\"MaxResults\":1}" }, NULL, false,
	    "ec2:DescribeRegions" },
	{ "ec2:DescribeRegions", "finds the regions to read", "all known regions are tried", DIAGNOSIS_WARN,
	    { .service = "ec2", .body = "Action=DescribeRegions&Version=2016-11-15" }, NULL, false, "account:ListRegions" },
	{ "cloudtrail:DescribeTrails", "this check of trails", "nobody notices that a trail is missing", DIAGNOSIS_WARN,
	    { .service = "cloudtrail", .target = CLOUDTRAIL("DescribeTrails"), .body = "{}" }, NULL, false, NULL },
	{ "cloudtrail:GetTrailStatus", "this check of trails", "nobody notices that a trail stands still", DIAGNOSIS_WARN,
	    { .service = "cloudtrail", .target = CLOUDTRAIL("GetTrailStatus"), .body = "{\"Name\":\"" NOBODY "\"}" },
	    "TrailNotFoundException", false, NULL },
	{ "cloudtrail:GetEventSelectors", "this check of trails", "nobody notices that a trail leaves events out",
	    DIAGNOSIS_WARN, { .service = "cloudtrail", .target = CLOUDTRAIL("GetEventSelectors"),
	    .body = "{\"TrailName\":\"" NOBODY "\"}" }, "TrailNotFoundException", false, NULL },
	{ "iam:ListUsers", "adopts decoys that are there already", "decoys must be named one by one", DIAGNOSIS_WARN,
	    { .service = "iam", .body = IAM("ListUsers") "&MaxItems=1" }, NULL, false, NULL },
	{ "iam:ListAccessKeys", "compares the canaries with AWS", "a canary that was deleted or disabled is not noticed",
	    DIAGNOSIS_WARN, { .service = "iam", .body = IAM("ListAccessKeys") "&UserName=" NOBODY }, "NoSuchEntity", false, NULL },
	{ "iam:GetUser", "compares the canaries with AWS", "a decoy user that was renamed is not noticed", DIAGNOSIS_WARN,
	    { .service = "iam", .body = IAM("GetUser") "&UserName=" NOBODY }, "NoSuchEntity", false, NULL },
	{ "iam:ListUserPolicies", "compares the canaries with AWS", "a decoy that may do too much is not noticed", DIAGNOSIS_WARN,
	    { .service = "iam", .body = IAM("ListUserPolicies") "&UserName=" NOBODY }, "NoSuchEntity", false, NULL },
	{ "iam:GetUserPolicy", "compares the canaries with AWS", "a decoy that may do too much is not noticed", DIAGNOSIS_WARN,
	    { .service = "iam", .body = IAM("GetUserPolicy") "&UserName=" NOBODY "&PolicyName=" NOBODY }, "NoSuchEntity", false, NULL },
	{ "iam:ListAttachedUserPolicies", "compares the canaries with AWS", "a quarantine by AWS is noticed by its event "
	    "only", DIAGNOSIS_WARN, { .service = "iam", .body = IAM("ListAttachedUserPolicies") "&UserName=" NOBODY },
	    "NoSuchEntity", false, NULL },
	{ "iam:ListGroupsForUser", "compares the canaries with AWS", "a decoy that may do too much is not noticed", DIAGNOSIS_WARN,
	    { .service = "iam", .body = IAM("ListGroupsForUser") "&UserName=" NOBODY }, "NoSuchEntity", false, NULL },
	{ "iam:GetLoginProfile", "compares the canaries with AWS", "a password given to a decoy is noticed by its event only",
	    DIAGNOSIS_WARN, { .service = "iam", .body = IAM("GetLoginProfile") "&UserName=" NOBODY }, "NoSuchEntity", false, NULL },
};

enum { RIGHTS = ARRAY_LEN(rights) };

const char *
doctor_right(size_t i)
{
	return i < RIGHTS ? rights[i].action : NULL;
}

static bool
has_word(const char *words, const char *word)
{
	struct strlist list = STRLIST_INIT;
	bool there;

	strlist_split(&list, str_or(words, ""), " ");
	there = word[0] != '\0' && strlist_has(&list, word);
	strlist_clear(&list);
	return there;
}

/* IAM answers about keys of the account alone: a canary, or the monitor's own long-term key. */
static const char *
some_key(const struct doctor *d, const struct patient *p)
{
	for (size_t i = 0; i < d->canaries.len; i++)
		if (d->canaries.item[i].state == CANARY_LIVE && str_eq(d->canaries.item[i].account, p->number))
			return d->canaries.item[i].key_id;
	return str_starts(aws_client_key_id(p->client), "AKIA") ? aws_client_key_id(p->client) : NULL;
}

static bool
granted(const struct right *r, const struct question *q)
{
	return q->ok || has_word(r->fine, q->code);
}

static bool
granted_instead(const struct right *r, const struct question *q)
{
	for (size_t i = 0; r->instead != NULL && i < RIGHTS; i++)
		if (str_eq(rights[i].action, r->instead))
			return granted(&rights[i], &q[i]);
	return false;
}

/* True when there is nothing to say of it. */
static bool
judge(struct doctor *d, const struct right *r, const struct question *q, const struct question *all)
{
	if (granted(r, q) || granted_instead(r, all))
		return true;
	if (q->err.kind == ERROR_DENIED)
		doctor_say(d, r->missing, r->action, "attach the policy that \"keycanary doctor --policy\" prints",
		    "missing; it %s. Without it %s", r->purpose, r->without);
	else
		doctor_say(d, DIAGNOSIS_WARN, r->action, NULL, "could not be tried: %s", q->err.text);
	doctor_fact(d, "purpose", r->purpose);
	doctor_fact(d, "error", error_kind_name(q->err.kind));
	return false;
}

void
check_rights(struct doctor *d, struct patient *p)
{
	struct question q[RIGHTS] = { { .ok = false } };
	const char *key = some_key(d, p);
	char *body[RIGHTS] = { NULL };
	size_t good = 0, tried = 0;

	for (size_t i = 0; i < RIGHTS; i++) {
		q[i].call = rights[i].call;
		q[i].call.answer_max = BUF_ANSWER;
		if (rights[i].needs_key)
			q[i].call.body = body[i] = mem_printf("%s%s", rights[i].call.body, str_or(key, "AKIAIOSFODNN7EXAMPLE"));
	}
	doctor_ask(d, p, q, RIGHTS);
	for (size_t i = 0; i < RIGHTS; i++) {
		if (rights[i].needs_key && key == NULL && !granted(&rights[i], &q[i])) {
			doctor_say(d, DIAGNOSIS_SKIP, rights[i].action, NULL, "could not be tried: there is no canary in this account "
			    "to ask about yet");
		} else {
			tried++;
			good += judge(d, &rights[i], &q[i], q);
		}
		question_clear(&q[i]);
		mem_free_secret(body[i]);
	}
	if (good == tried)
		doctor_say(d, DIAGNOSIS_OK, NULL, NULL, "all %zu that were tried are there", tried);
}
