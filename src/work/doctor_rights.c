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
#define ABOUT_USER(op) IAM(op) "&UserName=" NOBODY

struct right {
	const char *action;
	const char *purpose;	/* the action … */
	const char *without;	/* what is lost */
	struct aws_call call;
	const char *fine;	/* error codes that prove the right, separated by a space; NULL: none */
	const char *instead;	/* another action that does as well; NULL: none */
	bool vital;		/* without it the watch is blind */
	bool needs_key;		/* the body ends with a key id of the account */
};

static const char no_report_yet[] = "ReportNotPresent ReportExpired ReportInProgress "
    "CredentialReportNotPresentException CredentialReportExpiredException CredentialReportNotReadyException";

static const struct right rights[] = {
	{ .action = "cloudtrail:LookupEvents", .purpose = "reads the event history",
	  .without = "no use of a canary is seen by events",
	  .call = { .service = "cloudtrail", .target = CLOUDTRAIL("LookupEvents"), .body = "{\"MaxResults\":1}" },
	  .vital = true },
	{ .action = "iam:GetAccessKeyLastUsed", .purpose = "is the safety net for uses that leave no event",
	  .without = "sending mail and reading objects are not seen",
	  .call = { .service = "iam", .body = IAM("GetAccessKeyLastUsed") "&AccessKeyId=" },
	  .fine = "NoSuchEntity", .vital = true, .needs_key = true },
	{ .action = "iam:GenerateCredentialReport", .purpose = "is the safety net of many canaries in one call",
	  .without = "each canary is asked about by itself",
	  .call = { .service = "iam", .body = IAM("GenerateCredentialReport") },
	  .fine = "LimitExceeded" },
	{ .action = "iam:GetCredentialReport", .purpose = "is the safety net of many canaries in one call",
	  .without = "each canary is asked about by itself",
	  .call = { .service = "iam", .body = IAM("GetCredentialReport") },
	  .fine = no_report_yet },
	{ .action = "account:ListRegions", .purpose = "finds the regions to read",
	  .without = "all known regions are tried",
	  .call = { .service = "account", .path = "/listRegions", .type = "application/json", .body = "{\"MaxResults\":1}" },
	  .instead = "ec2:DescribeRegions" },
	{ .action = "ec2:DescribeRegions", .purpose = "finds the regions to read",
	  .without = "all known regions are tried",
	  .call = { .service = "ec2", .body = "Action=DescribeRegions&Version=2016-11-15" },
	  .instead = "account:ListRegions" },
	{ .action = "cloudtrail:DescribeTrails", .purpose = "looks at the trails",
	  .without = "nobody notices that a trail is missing",
	  .call = { .service = "cloudtrail", .target = CLOUDTRAIL("DescribeTrails"), .body = "{}" } },
	{ .action = "cloudtrail:GetTrailStatus", .purpose = "looks at the trails",
	  .without = "nobody notices that a trail stands still",
	  .call = { .service = "cloudtrail", .target = CLOUDTRAIL("GetTrailStatus"), .body = "{\"Name\":\"" NOBODY "\"}" },
	  .fine = "TrailNotFoundException" },
	{ .action = "cloudtrail:GetEventSelectors", .purpose = "looks at the trails",
	  .without = "nobody notices that a trail leaves events out",
	  .call = { .service = "cloudtrail", .target = CLOUDTRAIL("GetEventSelectors"), .body = "{\"TrailName\":\"" NOBODY "\"}" },
	  .fine = "TrailNotFoundException" },
	{ .action = "iam:ListUsers", .purpose = "adopts decoys that are there already",
	  .without = "decoys must be named one by one",
	  .call = { .service = "iam", .body = IAM("ListUsers") "&MaxItems=1" } },
	{ .action = "iam:ListAccessKeys", .purpose = "compares the canaries with AWS",
	  .without = "a canary that was deleted or disabled is not noticed",
	  .call = { .service = "iam", .body = ABOUT_USER("ListAccessKeys") },
	  .fine = "NoSuchEntity" },
	{ .action = "iam:GetUser", .purpose = "compares the canaries with AWS",
	  .without = "a decoy user that is gone is not noticed",
	  .call = { .service = "iam", .body = ABOUT_USER("GetUser") },
	  .fine = "NoSuchEntity" },
	{ .action = "iam:ListUserPolicies", .purpose = "compares the canaries with AWS",
	  .without = "a decoy that may do too much is not noticed",
	  .call = { .service = "iam", .body = ABOUT_USER("ListUserPolicies") },
	  .fine = "NoSuchEntity" },
	{ .action = "iam:GetUserPolicy", .purpose = "compares the canaries with AWS",
	  .without = "a decoy that may do too much is not noticed",
	  .call = { .service = "iam", .body = ABOUT_USER("GetUserPolicy") "&PolicyName=" NOBODY },
	  .fine = "NoSuchEntity" },
	{ .action = "iam:ListAttachedUserPolicies", .purpose = "compares the canaries with AWS",
	  .without = "a quarantine by AWS is noticed by its event only",
	  .call = { .service = "iam", .body = ABOUT_USER("ListAttachedUserPolicies") },
	  .fine = "NoSuchEntity" },
	{ .action = "iam:ListGroupsForUser", .purpose = "compares the canaries with AWS",
	  .without = "a decoy that may do too much is not noticed",
	  .call = { .service = "iam", .body = ABOUT_USER("ListGroupsForUser") },
	  .fine = "NoSuchEntity" },
	{ .action = "iam:GetLoginProfile", .purpose = "compares the canaries with AWS",
	  .without = "a password given to a decoy is noticed by its event only",
	  .call = { .service = "iam", .body = ABOUT_USER("GetLoginProfile") },
	  .fine = "NoSuchEntity" },
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
		doctor_say(d, r->vital ? DIAGNOSIS_FAIL : DIAGNOSIS_WARN, r->action, "attach the policy that \"keycanary doctor --policy\" prints",
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
