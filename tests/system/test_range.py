"""The stand-in AWS, driven by the aws CLI and botocore: it must be right by their measure."""
import datetime
import json
import os
import time
import urllib.request

import pytest

botocore = pytest.importorskip("botocore")
import botocore.auth  # noqa: E402
import botocore.awsrequest  # noqa: E402
import botocore.credentials  # noqa: E402
import botocore.exceptions  # noqa: E402

CLI = pytest.mark.skipif(not os.path.exists("/usr/bin/aws"), reason="needs Debian's awscli")


def monitor(r):
    return {"key": r.world.monitor["id"], "secret": r.world.monitor["secret"]}


@CLI
def test_the_cli_makes_a_user_uses_its_key_and_reads_the_log(aws_range):
    r, m = aws_range, monitor(aws_range)
    assert r.aws(m, "iam", "create-user", "--user-name", "ci-deploy").returncode == 0
    made = json.loads(r.aws(m, "iam", "create-access-key", "--user-name", "ci-deploy").stdout)["AccessKey"]
    key = {"key": made["AccessKeyId"], "secret": made["SecretAccessKey"]}
    who = json.loads(r.aws(key, "sts", "get-caller-identity").stdout)
    assert who["Arn"].endswith(":user/ci-deploy")
    for words in (["ses", "get-send-quota"], ["sesv2", "get-account"], ["iam", "list-users"],
                  ["service-quotas", "list-service-quotas", "--service-code", "ses"]):
        denied = r.aws(key, *words)
        assert denied.returncode != 0 and "AccessDenied" in denied.stderr and "not authorized to perform" in denied.stderr
    found = json.loads(r.aws(m, "cloudtrail", "lookup-events", "--lookup-attributes",
                             f"AttributeKey=AccessKeyId,AttributeValue={key['key']}").stdout)["Events"]
    assert {e["EventName"] for e in found} == {"GetCallerIdentity", "GetSendQuota", "GetAccount", "ListUsers", "ListServiceQuotas"}
    one = json.loads(next(e for e in found if e["EventName"] == "GetAccount")["CloudTrailEvent"])
    assert one["eventSource"] == "ses.amazonaws.com" and one["errorCode"] == "AccessDeniedException"
    used = json.loads(r.aws(m, "iam", "get-access-key-last-used", "--access-key-id", key["key"]).stdout)
    assert used["AccessKeyLastUsed"]["ServiceName"] != "N/A"


def signed(r, body=b'{"MaxResults":5}', region="us-east-1", service="cloudtrail", secret=None):
    c = botocore.credentials.Credentials(r.world.monitor["id"], secret or r.world.monitor["secret"])
    q = botocore.awsrequest.AWSRequest("POST", r.url + "/", data=body, headers={
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents"})
    botocore.auth.SigV4Auth(c, service, region).add_auth(q)
    return q


def send(r, q, **change):
    headers = dict(q.headers.items())
    headers.update(change.get("headers", {}))
    request = urllib.request.Request(r.url + change.get("path", "/"), change.get("body", q.data), headers,
                                     method=change.get("method", "POST"))
    try:
        return urllib.request.urlopen(request, timeout=20).status
    except urllib.error.HTTPError as e:
        return e.status


def test_a_true_signature_is_accepted(aws_range):
    assert send(aws_range, signed(aws_range)) == 200


@pytest.mark.parametrize("change", [
    {"body": b'{"MaxResults":6}'}, {"path": "/other"}, {"path": "/?a=b"}, {"method": "PUT"},
    {"headers": {"X-Amz-Target": "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.StopLogging"}},
    {"headers": {"X-Amz-Date": "20200101T000000Z"}}, {"headers": {"Authorization": "AWS4-HMAC-SHA256 x"}},
    {"headers": {"X-Amz-Security-Token": "x"}}], ids=str)
def test_a_changed_request_is_refused(aws_range, change):
    assert send(aws_range, signed(aws_range), **change) in (400, 403)


def test_a_wrong_secret_is_refused(aws_range):
    assert send(aws_range, signed(aws_range, secret="x" * 40)) in (400, 403)


# --- permissions -------------------------------------------------------------------------

def refusal(function, **p):
    """(code, message) of a call that must be refused."""
    with pytest.raises(botocore.exceptions.ClientError) as e:
        function(**p)
    return e.value.response["Error"]["Code"], e.value.response["Error"]["Message"]


def statement(effect, *actions):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": effect, "Action": list(actions), "Resource": "*"}]})


def test_policies_decide_and_the_text_says_which_kind_denied(aws_range):
    r, iam = aws_range, aws_range.client("iam")
    key = r.post("key", user="ci-mailer")
    ses = r.client("ses", key)
    assert refusal(ses.get_send_quota) == ("AccessDenied", f"User: arn:aws:iam::{r.account}:user/ci-mailer is not authorized "
                                           "to perform: ses:GetSendQuota because no identity-based policy allows the ses:GetSendQuota action")
    iam.put_user_policy(UserName="ci-mailer", PolicyName="p", PolicyDocument=statement("Allow", "ses:Get*"))
    assert ses.get_send_quota()["Max24HourSend"] == 200.0
    boundary = iam.create_policy(PolicyName="edge", PolicyDocument=statement("Allow", "sts:*"))["Policy"]["Arn"]
    iam.put_user_permissions_boundary(UserName="ci-mailer", PermissionsBoundary=boundary)
    assert "because no permissions boundary allows the ses:GetSendQuota action" in refusal(ses.get_send_quota)[1]
    iam.attach_user_policy(UserName="ci-mailer", PolicyArn="arn:aws:iam::aws:policy/AWSDenyAll")
    assert refusal(ses.get_send_quota)[1].endswith("with an explicit deny in an identity-based policy: arn:aws:iam::aws:policy/AWSDenyAll")
    assert r.client("sts", key).get_caller_identity()["Account"] == r.account, "answers even then"
    rows = iam.simulate_principal_policy(PolicySourceArn=f"arn:aws:iam::{r.account}:user/ci-mailer", ActionNames=["ses:GetSendQuota"])
    assert rows["EvaluationResults"][0]["EvalDecision"] == "explicitDeny"


def test_a_list_of_patterns_is_a_policy(aws_range):
    key = aws_range.post("key", user="reader", policy=["iam:List*", "cloudtrail:LookupEvents"])
    iam = aws_range.client("iam", key)
    assert {u["UserName"] for u in iam.list_users()["Users"]} == {"keycanary-monitor", "reader"}
    assert refusal(iam.create_user, UserName="x")[0] == "AccessDenied"


def test_quotas_hold(aws_range):
    iam = aws_range.client("iam")
    aws_range.post("set", users_most=3)
    iam.create_user(UserName="a", Path="/ci/", Tags=[{"Key": "team", "Value": "web"}])
    assert iam.list_users(PathPrefix="/ci/")["Users"][0]["Arn"].endswith(":user/ci/a")
    assert iam.list_user_tags(UserName="a")["Tags"] == [{"Key": "team", "Value": "web"}]
    assert refusal(iam.create_user, UserName="A")[0] == "EntityAlreadyExists"
    for _ in range(2):
        iam.create_access_key(UserName="a")
    assert refusal(iam.create_access_key, UserName="a")[0] == "LimitExceeded"
    iam.create_user(UserName="b")
    assert refusal(iam.create_user, UserName="c")[0] == "LimitExceeded"
    assert refusal(iam.delete_user, UserName="a")[0] == "DeleteConflict"


def test_new_things_take_time_to_come_through(aws_range):
    aws_range.post("set", fresh_key_calls=2, fresh_policy_calls=1, fresh_user_calls=1)
    iam = aws_range.client("iam")
    iam.create_user(UserName="a")
    assert refusal(iam.create_access_key, UserName="a")[0] == "NoSuchEntity"
    iam.put_user_policy(UserName="a", PolicyName="p", PolicyDocument=statement("Allow", "iam:GetUser"))
    made = iam.create_access_key(UserName="a")["AccessKey"]
    key = {"key": made["AccessKeyId"], "secret": made["SecretAccessKey"]}
    for _ in range(2):
        assert refusal(aws_range.client("sts", key).get_caller_identity)[0] == "InvalidClientTokenId"
    assert refusal(aws_range.client("iam", key).get_user)[0] == "AccessDenied"
    assert aws_range.client("iam", key).get_user()["User"]["UserName"] == "a"


def test_the_credential_report_tells_of_uses(aws_range):
    key = aws_range.post("key", user="svc")
    aws_range.post("use", key=key["key"], service="sqs", region="eu-west-1")
    iam = aws_range.client("iam")
    assert refusal(iam.get_credential_report)[0] in ("ReportNotPresent", "CredentialReportNotPresentException", "410")
    assert iam.generate_credential_report()["State"] == "STARTED"
    assert iam.generate_credential_report()["State"] == "COMPLETE"
    row = next(x for x in iam.get_credential_report()["Content"].decode().splitlines() if x.startswith("svc,")).split(",")
    assert row[11:13] == ["eu-west-1", "sqs"]


def test_ses_lures(aws_range):
    aws_range.post("lure", production=True, quota=50000.0, identities=["example.org"])
    assert aws_range.client("sesv2").get_account()["ProductionAccessEnabled"] is True
    assert aws_range.client("ses").list_identities()["Identities"] == ["example.org"]


def test_what_is_published_is_kept(aws_range):
    sns = aws_range.client("sns", region="eu-west-1")
    arn = sns.create_topic(Name="alerts")["TopicArn"]
    sns.publish(TopicArn=arn, Subject="s", Message="m", MessageAttributes={"a": {"DataType": "String", "StringValue": "v"}})
    got = aws_range.post("published")["messages"][0]
    assert (got["TopicArn"], got["Message"], got["Subject"], got["MessageAttributes"]["a"]["StringValue"]) == (arn, "m", "s", "v")
    assert refusal(sns.publish, TopicArn=arn + "x", Message="m")[0] == "NotFound"


def test_another_account_is_entered_by_role(aws_range):
    other = aws_range.post("account", number="111122223333", role="watch", external_id="e1")
    sts = aws_range.client("sts")
    assert refusal(sts.assume_role, RoleArn=other["role_arn"], RoleSessionName="watcher")[0] == "AccessDenied"
    c = sts.assume_role(RoleArn=other["role_arn"], RoleSessionName="watcher", ExternalId="e1")["Credentials"]
    key = {"key": c["AccessKeyId"], "secret": c["SecretAccessKey"], "token": c["SessionToken"]}
    assert aws_range.client("sts", key).get_caller_identity()["Arn"] == "arn:aws:sts::111122223333:assumed-role/watch/watcher"
    found = aws_range.client("cloudtrail", key).lookup_events()["Events"]
    assert [e["EventName"] for e in found] == ["GetCallerIdentity"], "accounts do not see each other"


# --- switches ----------------------------------------------------------------------------

@pytest.fixture
def trail(aws_range):
    """A range with seven events, and LookupEvents."""
    key = aws_range.post("key", user="svc")
    for _ in range(7):
        aws_range.client("sts", key).get_caller_identity()

    def lookup(**p):
        p.setdefault("LookupAttributes", [{"AttributeKey": "AccessKeyId", "AttributeValue": key["key"]}])
        return aws_range.client("cloudtrail").lookup_events(**p)
    return aws_range, lookup


def ids(answer):
    return [e["EventId"] for e in answer["Events"]]


def test_pages_end_and_tokens_belong_to_their_request(trail):
    r, lookup = trail
    r.post("set", page=3)
    one = lookup()
    two = lookup(NextToken=one["NextToken"])
    three = lookup(NextToken=two["NextToken"])
    assert [len(ids(a)) for a in (one, two, three)] == [3, 3, 1] and "NextToken" not in three
    assert len(set(ids(one) + ids(two) + ids(three))) == 7
    assert refusal(lookup, NextToken=one["NextToken"], MaxResults=2)[0] == "InvalidNextTokenException"
    assert refusal(lookup, MaxResults=51)[0] == "InvalidMaxResultsException"
    r.post("set", token_uses=1)
    two = lookup(NextToken=lookup()["NextToken"])
    assert refusal(lookup, NextToken=two["NextToken"])[0] == "InvalidNextTokenException"


def test_delay_duplicates_and_order(trail):
    r, lookup = trail
    straight = ids(lookup())
    r.post("set", duplicate=True, shuffle=True)
    mixed = ids(lookup())
    assert sorted(mixed) == sorted(straight * 2) and mixed != [i for i in straight for _ in (0, 1)]
    r.post("set", duplicate=False, shuffle=False, delay_s=3600)
    r.client("cloudtrail").describe_trails()
    names = [e["EventName"] for e in lookup(LookupAttributes=[])["Events"]]
    assert "DescribeTrails" not in names and "GetCallerIdentity" in names


def test_two_a_second_for_each_region(trail):
    r, lookup = trail
    r.post("set", rate=2)
    codes = []
    for _ in range(4):
        try:
            lookup()
            codes.append("fine")
        except botocore.exceptions.ClientError as e:
            codes.append(e.response["Error"]["Code"])
            assert e.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert codes[:2] == ["fine", "fine"] and "ThrottlingException" in codes
    assert r.client("cloudtrail", region="eu-west-1").lookup_events()["Events"] == [], "another region has its own"


@pytest.mark.parametrize("kind,code", [("throttle", "ThrottlingException"), ("denied", "AccessDeniedException"),
                                       ("expired", "ExpiredTokenException"), ("closed", "UnrecognizedClientException"),
                                       ("token", "InvalidNextTokenException"),
                                       ("clock", "InvalidSignatureException"), ("500", "InternalFailure"),
                                       ("503", "ServiceUnavailableException")])
def test_faults(trail, kind, code):
    r, lookup = trail
    r.post("fault", op="LookupEvents", kind=kind)
    assert refusal(lookup)[0] == code
    assert len(ids(lookup())) == 7, "once only"


def test_iam_is_throttled_in_its_own_words(aws_range):
    aws_range.post("fault", op="*", service="iam", kind="throttle")
    assert refusal(aws_range.client("iam").list_users)[0] == "Throttling"


def test_resets_and_slow_answers(trail):
    r, lookup = trail
    r.post("fault", op="LookupEvents", kind="reset")
    with pytest.raises(botocore.exceptions.ConnectionClosedError):
        lookup()
    r.post("fault", op="LookupEvents", kind="slow", seconds=0.3)
    began = time.monotonic()
    assert len(ids(lookup())) == 7 and time.monotonic() - began >= 0.3


def test_a_skewed_clock_refuses_and_shows_its_time(aws_range):
    aws_range.post("set", skew_s=900)
    with pytest.raises(botocore.exceptions.ClientError) as e:
        aws_range.client("cloudtrail").lookup_events()
    assert e.value.response["Error"]["Code"] == "InvalidSignatureException"
    assert "Signature expired" in e.value.response["Error"]["Message"]
    told = datetime.datetime.strptime(e.value.response["ResponseMetadata"]["HTTPHeaders"]["date"], "%a, %d %b %Y %H:%M:%S GMT")
    assert 890 < (told - datetime.datetime.utcnow()).total_seconds() < 910


def test_a_region_that_is_not_opted_in(aws_range):
    aws_range.post("set", closed=["eu-west-3"])
    assert refusal(aws_range.client("cloudtrail", region="eu-west-3").lookup_events)[0] == "UnrecognizedClientException"
    names = [x["RegionName"] for x in aws_range.client("ec2").describe_regions()["Regions"]]
    assert "eu-west-3" not in names and "eu-west-1" in names


def test_a_wrong_switch_is_refused(aws_range):
    with pytest.raises(urllib.error.HTTPError):
        aws_range.post("set", dely_s=1)
