#include "unit.h"

#include "base/mem.h"
#include "core/intent/match.h"

#define KEY "AKIAYT723HMDSAE2OSWV"
#define ACCOUNT "592694688519"
#define ARN "arn:aws:iam::" ACCOUNT ":user/team/svc-mailer"
#define USER "\"type\":\"IAMUser\",\"principalId\":\"AIDAQ3EXAMPLESVCREPRT\",\"arn\":\"" ARN "\"," \
	"\"accountId\":\"" ACCOUNT "\",\"userName\":\"svc-mailer\""
#define EVENT(source, name, identity, rest) \
	"{\"eventID\":\"1\",\"eventSource\":\"" source ".amazonaws.com\",\"eventName\":\"" name "\"," \
	"\"recipientAccountId\":\"" ACCOUNT "\",\"userIdentity\":{" identity "}" rest "}"
#define SES(identity) EVENT("ses", "GetSendQuota", identity, "")
#define IAM(name, rest) EVENT("iam", name, \
	"\"type\":\"AssumedRole\",\"arn\":\"arn:aws:sts::" ACCOUNT ":assumed-role/admin/eve\",\"accessKeyId\":\"ASIAEVEEVEEVEEVEEVE2\"", rest)

/* What the owner knows: everything, the key alone, or the key and a name of unknown account. */
enum known { ALL, KEY_ONLY, NAME_ONLY };

static void
fill_set(struct canary_set *set, enum known known)
{
	struct canary c;

	*set = (struct canary_set)CANARY_SET_INIT;
	canary_init(&c);
	c.key_id = mem_strdup(KEY);
	if (known != KEY_ONLY)
		c.user_name = mem_strdup("svc-mailer");
	if (known == ALL) {
		c.account = mem_strdup(ACCOUNT);
		c.user_id = mem_strdup("AIDAQ3EXAMPLESVCREPRT");
	}
	canary_set_add(set, &c);
	canary_clear(&c);
	canary_set_index(set);
}

/* "key", "derived" …, or NULL for no sighting. */
static const char *
how(enum known known, struct derived_set *derived, const char *json)
{
	struct canary_set set;
	struct event e;
	struct sighting s;
	const char *kind = NULL;

	fill_set(&set, known);
	assert_true(event_parse(&e, json, strlen(json), NULL));
	if (match_event(&set, derived, &e, &s)) {
		kind = sighting_kind_name(s.kind);
		assert_string_equal(s.key_id, KEY);
		(void)match_learn(derived, &e, &s);
		(void)match_learn_user(derived, &e, &s);
		sighting_clear(&s);
	}
	event_clear(&e);
	canary_set_clear(&set);
	return kind;
}

static void
each_event_alone(void **state)
{
	static const struct {
		const char *name;
		enum known known;
		const char *json, *want;
	} row[] = {
		{ "the key", KEY_ONLY, SES(USER ",\"accessKeyId\":\"" KEY "\""), "key" },
		{ "the key, type missing", KEY_ONLY, SES("\"accessKeyId\":\"" KEY "\""), "key" },
		{ "the key of root", KEY_ONLY, SES("\"type\":\"Root\",\"accessKeyId\":\"" KEY "\""), "key" },
		{ "another key", KEY_ONLY, SES(USER ",\"accessKeyId\":\"AKIAYT723HMDSAE2OSWW\""), NULL },
		{ "a key that only begins alike", KEY_ONLY, SES("\"type\":\"IAMUser\",\"accessKeyId\":\"AKIAYT723HMDSAE2OSWVX\""), NULL },
		{ "a role's masked key", ALL, SES("\"type\":\"AssumedRole\",\"accessKeyId\":\"" KEY "\""), NULL },
		{ "a role's masked key, type missing", ALL,
		    SES("\"arn\":\"arn:aws:sts::1:assumed-role/r/s\",\"accessKeyId\":\"" KEY "\""), NULL },
		{ "another key of the user", ALL, SES(USER ",\"accessKeyId\":\"AKIAYT723HMDSAE2OSWW\""), "principal" },
		{ "no key at all", ALL, SES(USER), "principal" },
		{ "an empty key", ALL, SES(USER ",\"accessKeyId\":\"\""), "principal" },
		{ "a session of the user", ALL, SES(USER ",\"accessKeyId\":\"ASIAYT723HMDSAE2OSWW\",\"sessionContext\":{}"), "principal" },
		{ "its id alone", ALL, SES("\"type\":\"IAMUser\",\"principalId\":\"AIDAQ3EXAMPLESVCREPRT\""), "principal" },
		{ "its name and account alone", ALL,
		    SES("\"type\":\"IAMUser\",\"accountId\":\"" ACCOUNT "\",\"userName\":\"svc-mailer\""), "principal" },
		{ "its ARN alone", ALL, SES("\"type\":\"IAMUser\",\"arn\":\"" ARN "\""), "principal" },
		{ "a namesake in another account", ALL,
		    SES("\"type\":\"IAMUser\",\"accountId\":\"111122223333\",\"userName\":\"svc-mailer\""), NULL },
		{ "a namesake whose account only the ARN tells", ALL,
		    SES("\"type\":\"IAMUser\",\"arn\":\"arn:aws:iam::111122223333:user/svc-mailer\",\"userName\":\"svc-mailer\""), NULL },
		{ "a name, the canary's account unknown", NAME_ONLY,
		    SES("\"type\":\"IAMUser\",\"accountId\":\"111122223333\",\"userName\":\"svc-mailer\""), "principal" },
		{ "a federated user of the canary", ALL,
		    SES("\"type\":\"FederatedUser\",\"principalId\":\"" ACCOUNT ":admin\",\"accessKeyId\":\"ASIAYT723HMDSAE2OSWW\","
			"\"sessionContext\":{\"sessionIssuer\":{\"type\":\"IAMUser\",\"principalId\":\"AIDAQ3EXAMPLESVCREPRT\"}}"), "principal" },
		{ "a federated user who took the canary's name", ALL,
		    SES("\"type\":\"FederatedUser\",\"accountId\":\"" ACCOUNT "\",\"userName\":\"svc-mailer\","
			"\"sessionContext\":{\"sessionIssuer\":{\"type\":\"IAMUser\",\"principalId\":\"AIDAOTHEROTHEROTHERAB\"}}"), NULL },
		{ "a role of the canary's name", ALL,
		    SES("\"type\":\"AssumedRole\",\"sessionContext\":{\"sessionIssuer\":{\"type\":\"Role\",\"userName\":\"svc-mailer\","
			"\"accountId\":\"" ACCOUNT "\"}}"), NULL },
		{ "a role session called like the canary", ALL,
		    SES("\"type\":\"AssumedRole\",\"principalId\":\"AROAEVEEVEEVEEVEEVEEV:svc-mailer\""), NULL },
		{ "the copy in another account", ALL,
		    EVENT("sts", "AssumeRole", "\"type\":\"AWSAccount\",\"principalId\":\"AIDAQ3EXAMPLESVCREPRT\",\"accountId\":\"" ACCOUNT "\"",
			",\"sharedEventID\":\"s\""), "principal" },
		{ "acts on its key", KEY_ONLY, IAM("UpdateAccessKey", ",\"requestParameters\":{\"accessKeyId\":\"" KEY "\",\"status\":\"Inactive\"}"), "target" },
		{ "acts on its user", ALL, IAM("CreateLoginProfile", ",\"requestParameters\":{\"userName\":\"svc-mailer\"}"), "target" },
		{ "acts on its namesake elsewhere", ALL,
		    "{\"eventSource\":\"iam.amazonaws.com\",\"eventName\":\"DeleteUser\",\"recipientAccountId\":\"111122223333\","
		    "\"userIdentity\":{\"type\":\"Root\"},\"requestParameters\":{\"userName\":\"svc-mailer\"}}", NULL },
		{ "a user of that name in another service", ALL,
		    EVENT("workmail", "CreateUser", "\"type\":\"Root\"", ",\"requestParameters\":{\"userName\":\"svc-mailer\"}"), NULL },
		{ "simulates its policy", ALL, IAM("SimulatePrincipalPolicy", ",\"requestParameters\":{\"policySourceArn\":\"" ARN "\"}"), "target" },
		{ "lists it as a resource", ALL, IAM("TagUser", ",\"resources\":[{\"ARN\":\"arn:aws:s3:::x\"},{\"ARN\":\"" ARN "\"}]"), "target" },
		{ "was denied to act on it", ALL, IAM("DeleteUser", ",\"errorCode\":\"AccessDenied\",\"requestParameters\":null,"
		    "\"errorMessage\":\"User: x is not authorized to perform: iam:DeleteUser on resource: user svc-mailer because no\""), "target" },
		{ "was denied to act on its ARN", ALL, IAM("DeleteUser", ",\"errorCode\":\"AccessDenied\","
		    "\"errorMessage\":\"User: x is not authorized to perform: iam:DeleteUser on resource: " ARN "\""), "target" },
		{ "acts on another", ALL, IAM("DeleteUser", ",\"requestParameters\":{\"userName\":\"svc-mailer2\"}"), NULL },
		{ "a service event without an identity", ALL, "{\"eventSource\":\"ses.amazonaws.com\",\"eventName\":\"x\"}", NULL },
		{ "everything of the wrong type", ALL,
		    "{\"userIdentity\":[],\"requestParameters\":7,\"resources\":{\"ARN\":1},\"responseElements\":\"x\",\"errorMessage\":[]}", NULL },
		{ "resources that are no objects", ALL, "{\"resources\":[null,1,\"" ARN "\"],\"userIdentity\":{\"type\":null}}", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		struct derived_set none = DERIVED_SET_INIT;

		CHECK_STR(row[i].name, how(row[i].known, &none, row[i].json), row[i].want);
		derived_set_clear(&none);
	}
}

/* Each event after the one before: what was minted is followed, as deep as it goes. */
static void
a_chain_is_followed(void **state)
{
	static const struct {
		const char *name, *json, *want;
	} row[] = {
		{ "not yet", SES("\"type\":\"AssumedRole\",\"accessKeyId\":\"ASIASESSIONSESSION22\""), NULL },
		{ "mint", EVENT("sts", "GetSessionToken", USER ",\"accessKeyId\":\"" KEY "\"",
		    ",\"responseElements\":{\"credentials\":{\"accessKeyId\":\"ASIASESSIONSESSION22\",\"expiration\":\"Nov 30, 2024, 8:43:17 PM\"}}"), "key" },
		{ "session assumes a role", EVENT("sts", "AssumeRole", USER ",\"accessKeyId\":\"ASIASESSIONSESSION22\"",
		    ",\"responseElements\":{\"credentials\":{\"accessKeyId\":\"ASIAROLEROLEROLERO22\"}}"), "derived" },
		{ "the role, in another account", "{\"recipientAccountId\":\"111122223333\",\"eventSource\":\"ses.amazonaws.com\","
		    "\"eventName\":\"GetAccount\",\"userIdentity\":{\"type\":\"AssumedRole\",\"accessKeyId\":\"ASIAROLEROLEROLERO22\"}}", "derived" },
		{ "a second key of the user, by its learned id", SES("\"type\":\"IAMUser\",\"principalId\":\"AIDAQ3EXAMPLESVCREPRT\","
		    "\"accessKeyId\":\"AKIASECONDSECONDSEC2\""), "principal" },
		{ "a federated user, by its learned issuer", SES("\"type\":\"FederatedUser\",\"accessKeyId\":\"ASIAFEDERATEDFEDERA2\","
		    "\"sessionContext\":{\"sessionIssuer\":{\"type\":\"IAMUser\",\"principalId\":\"AIDAQ3EXAMPLESVCREPRT\"}}"), "principal" },
		{ "a stranger makes a key for the user", IAM("CreateAccessKey", ",\"requestParameters\":{\"userName\":\"svc-mailer\"},"
		    "\"responseElements\":{\"accessKey\":{\"accessKeyId\":\"AKIATHIRDTHIRDTHIRD2\"}}"), "target" },
		{ "and it is used", SES("\"type\":\"IAMUser\",\"accessKeyId\":\"AKIATHIRDTHIRDTHIRD2\""), "derived" },
		{ "a role of the same name stays out", SES("\"type\":\"AssumedRole\",\"arn\":\"arn:aws:sts::" ACCOUNT ":assumed-role/svc-mailer/x\""), NULL },
	};
	struct derived_set derived = DERIVED_SET_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++)
		CHECK_STR(row[i].name, how(KEY_ONLY, &derived, row[i].json), row[i].want);
	assert_int_equal(derived.len, 3);
	derived_set_clear(&derived);
}

static void
its_own_birth_is_the_owners(void **state)
{
	static const char json[] = IAM("CreateAccessKey", ",\"requestParameters\":{\"userName\":\"svc-mailer\"},"
	    "\"responseElements\":{\"accessKey\":{\"accessKeyId\":\"" KEY "\"}}");
	struct derived_set none = DERIVED_SET_INIT;
	struct canary_set set;
	struct event e;
	struct sighting s;

	(void)state;
	fill_set(&set, ALL);
	assert_true(event_parse(&e, json, strlen(json), NULL));
	assert_true(match_event(&set, &none, &e, &s));
	CHECK_STR("label", s.label, "own");
	assert_false(match_learn(&none, &e, &s));
	sighting_clear(&s);
	event_clear(&e);
	canary_set_clear(&set);
}

static void
names_of_unknown_account_stand_first(void **state)
{
	struct canary_set set = CANARY_SET_INIT;
	struct canary c;

	(void)state;
	for (int i = 0; i < 2; i++) {
		canary_init(&c);
		c.key_id = mem_strdup(i == 0 ? KEY : "AKIAYT723HMDSAE2OSWW");
		c.user_name = mem_strdup("svc-mailer");
		c.account = i == 0 ? mem_strdup(ACCOUNT) : NULL;
		canary_set_add(&set, &c);
		canary_clear(&c);
	}
	canary_set_index(&set);
	CHECK_STR("its account", canary_by_user(&set, ACCOUNT, "svc-mailer")->key_id, KEY);
	CHECK_STR("another account", canary_by_user(&set, "111122223333", "svc-mailer")->key_id, "AKIAYT723HMDSAE2OSWW");
	canary_set_clear(&set);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_event_alone),
		cmocka_unit_test(a_chain_is_followed),
		cmocka_unit_test(its_own_birth_is_the_owners),
		cmocka_unit_test(names_of_unknown_account_stand_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
