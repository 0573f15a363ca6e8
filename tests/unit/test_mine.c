#include "unit.h"

#include "base/mem.h"
#include "base/str.h"
#include "core/intent/mine.h"

#define WHO "User: arn:aws:iam::123456789012:user/svc-mailer is not authorized to perform: "

static void
messages_give_away(void **state)
{
	static const struct {
		const char *message, *service, *action, *resource, *policy, *why;
		bool explicit_deny;
	} row[] = {
		{ WHO "ses:GetAccount because no identity-based policy allows the ses:GetAccount action",
		    "ses", "GetAccount", NULL, NULL, "no identity-based policy", false },
		{ WHO "ses:CreateEmailIdentity on resource: arn:aws:ses:us-east-1:123456789012:identity/phish.example "
		    "because no identity-based policy allows the ses:CreateEmailIdentity action", "ses", "CreateEmailIdentity",
		    "arn:aws:ses:us-east-1:123456789012:identity/phish.example", NULL, "no identity-based policy", false },
		{ WHO "ses:GetSendQuota with an explicit deny in an identity-based policy: "
		    "arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3", "ses", "GetSendQuota", NULL,
		    "arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3", "an identity-based policy", true },
		{ WHO "ses:ListIdentities on resource: * with an explicit deny in a service control policy", "ses",
		    "ListIdentities", NULL, NULL, "a service control policy", true },
		{ WHO "iam:ListUsers on resource: arn:aws:iam::123456789012:user/ with an explicit deny in a permissions boundary: "
		    "arn:aws:iam::123456789012:policy/fence", "iam", "ListUsers", "arn:aws:iam::123456789012:user/",
		    "arn:aws:iam::123456789012:policy/fence", "a permissions boundary", true },
		{ WHO "iam:CreateUser on resource: user ses_legion because no identity-based policy allows the iam:CreateUser action",
		    "iam", "CreateUser", "ses_legion", NULL, "no identity-based policy", false },
		{ WHO "s3:ListAllMyBuckets because no session policy allows the s3:ListAllMyBuckets action", "s3",
		    "ListAllMyBuckets", NULL, NULL, "no session policy", false },
		{ WHO "sts:AssumeRole on resource: arn:aws:iam::999999999999:role/admin", "sts", "AssumeRole",
		    "arn:aws:iam::999999999999:role/admin", NULL, NULL, false },
		{ WHO "organizations:DescribeOrganization.", "organizations", "DescribeOrganization", NULL, NULL, NULL, false },
		{ WHO "(ses:SendEmail)", "ses", "SendEmail", NULL, NULL, NULL, false },
		{ WHO "\"ses:SendEmail\".", "ses", "SendEmail", NULL, NULL, NULL, false },
		{ "{\"Message\":\"" WHO "lambda:ListFunctions on resource: * because no identity-based policy allows "
		    "the lambda:ListFunctions action\"}", "lambda", "ListFunctions", NULL, NULL, "no identity-based policy", false },
		{ "You are not authorized to perform this operation. " WHO "ec2:RunInstances on resource: "
		    "arn:aws:ec2:us-east-1:123456789012:instance/* with an explicit deny in an identity-based policy. "
		    "Encoded authorization failure message: 4GIOHlTkIaWHQD0Q0m6XSnuUMCm", "ec2", "RunInstances",
		    "arn:aws:ec2:us-east-1:123456789012:instance/*", NULL, "an identity-based policy", true },
		{ "You are not authorized to perform this operation.", NULL, NULL, NULL, NULL, NULL, false },
		{ "Email address is not verified. The following identities failed the check in region US-EAST-1: ceo@victim.example",
		    NULL, NULL, "ceo@victim.example", NULL, NULL, false },
		{ "ses:GetSendQuota is explicitly denied by AWSCompromisedKeyQuarantineV2", NULL, NULL, NULL,
		    "AWSCompromisedKeyQuarantineV2", NULL, true },
		{ "Rate exceeded", NULL, NULL, NULL, NULL, NULL, false },
		{ "not authorized to perform: ", NULL, NULL, NULL, NULL, NULL, false },
		{ "not authorized to perform: arn:aws:iam", NULL, NULL, NULL, NULL, NULL, false },
		{ "", NULL, NULL, NULL, NULL, NULL, false },
		{ NULL, NULL, NULL, NULL, NULL, NULL, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		const char *name = row[i].message != NULL ? row[i].message : "(null)";
		struct refusal r;

		refusal_mine(row[i].message, &r);
		CHECK_STR(name, r.service, row[i].service);
		CHECK_STR(name, r.action, row[i].action);
		CHECK_STR(name, r.resource, row[i].resource);
		CHECK_STR(name, r.policy, row[i].policy);
		CHECK_STR(name, r.why, row[i].why);
		CHECK(name, r.explicit_deny == row[i].explicit_deny);
		CHECK(name, refusal_by_quarantine(&r) ==
		    (row[i].policy != NULL && strstr(row[i].policy, "Quarantine") != NULL));
		refusal_clear(&r);
	}
}

static void
a_long_word_is_cut(void **state)
{
	char message[5000] = "not authorized to perform: ses:";
	struct refusal r;

	(void)state;
	memset(message + strlen(message), 'x', 4000);
	refusal_mine(message, &r);
	CHECK("bounded", r.action != NULL && strlen(r.action) < 600);
	refusal_clear(&r);
}

static void
arns_for_people(void **state)
{
	(void)state;
	CHECK_STR("identity", arn_short("arn:aws:ses:eu-west-1:123456789012:identity/a@b.example"), "a@b.example");
	CHECK_STR("user", arn_short("arn:aws:iam::123456789012:user/team/mailer"), "mailer");
	CHECK_STR("policy", arn_short("arn:aws:iam::aws:policy/AdministratorAccess"), "AdministratorAccess");
	CHECK_STR("other", arn_short("arn:aws:s3:::bucket/key"), "arn:aws:s3:::bucket/key");
	CHECK_STR("none", arn_short("phish.example"), "phish.example");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_give_away),
		cmocka_unit_test(a_long_word_is_cut),
		cmocka_unit_test(arns_for_people),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
