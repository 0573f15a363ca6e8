"""The stand-in AWS, driven by the aws CLI and botocore: it must be right by their measure."""
import datetime
import json
import os
import urllib.request

import pytest

botocore = pytest.importorskip("botocore")
import botocore.auth  # noqa: E402
import botocore.awsrequest  # noqa: E402
import botocore.credentials  # noqa: E402

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
