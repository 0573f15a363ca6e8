"""Which records are a sighting of a canary, and how: on the whole program, with logs in any order."""
import json

import pytest

from conftest import ACCOUNT, KEY, USER, USER_ID, record, write_log

ARN = f"arn:aws:iam::{ACCOUNT}:user/{USER}"
ASIA = "ASIAYT723HMDSAE2OSWV"


def user(key=KEY, **over):
    return {"type": "IAMUser", "principalId": USER_ID, "arn": ARN, "accountId": ACCOUNT, "accessKeyId": key,
            "userName": USER, **over}


def role(key="ASIAEVEEVEEVEEVEEVE2", **over):
    return {"type": "AssumedRole", "principalId": "AROAEVEEVEEVEEVEEVEEV:eve", "accountId": ACCOUNT, "accessKeyId": key,
            "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/admin/eve",
            "sessionContext": {"sessionIssuer": {"type": "Role", "userName": "admin", "principalId": "AROAEVEEVEEVEEVEEVEEV"}}, **over}


def federated(key="ASIAFEDERATEDFEDERA2"):
    return {"type": "FederatedUser", "principalId": f"{ACCOUNT}:admin", "accountId": ACCOUNT, "accessKeyId": key,
            "arn": f"arn:aws:sts::{ACCOUNT}:federated-user/admin",
            "sessionContext": {"sessionIssuer": {"type": "IAMUser", "principalId": USER_ID, "arn": ARN, "accountId": ACCOUNT,
                                                 "userName": USER}}}


def minted(key, name="GetSessionToken", **over):
    return record(name, "sts.amazonaws.com", errorCode=..., errorMessage=...,
                  responseElements={"credentials": {"accessKeyId": key, "expiration": "Nov 30, 2025, 8:43:17 PM"}}, **over)


@pytest.fixture
def found(keycanary, tmp_path):
    """Scans records, each in a file of its own, last first; the kinds of match by event id."""
    def scan(*records, args=("--key", KEY), check=3):
        logs = tmp_path / "logs"
        for n, r in enumerate(records):
            r["eventID"] = f"e{n}"
            write_log(logs / f"{len(records) - n:03d}.json.gz", [r])
        doc, _ = keycanary.scan(*args, logs, check=check)
        plain, _ = keycanary.scan("--plain", *args, logs, check=check)
        assert doc["incidents"] == plain["incidents"]
        scan.doc = doc
        return {s["event_id"]: s["match"] for i in doc["incidents"] for s in i["sightings"]}
    return scan


def test_a_chain_of_sessions_in_files_in_the_wrong_order(found):
    other = "111122223333"
    got = found(minted(ASIA), minted("ASIAROLEROLEROLERO22", "AssumeRole", identity=user(ASIA)),
                minted("ASIADEEPERDEEPERDE22", "AssumeRole", identity=role("ASIAROLEROLEROLERO22")),
                record("GetSendQuota", identity=role("ASIADEEPERDEEPERDE22", accountId=other), recipientAccountId=other))
    assert got == {"e0": "key", "e1": "derived", "e2": "derived", "e3": "derived"}
    assert found.doc["incidents"][0]["intent"] == "session-minting"


def test_a_key_makes_a_key(found):
    second = "AKIASECONDSECONDSEC2"
    got = found(record("CreateAccessKey", "iam.amazonaws.com", errorCode=..., errorMessage=...,
                       responseElements={"accessKey": {"accessKeyId": second, "userName": "ses_legion"}}),
                record("ListIdentities", identity={"type": "IAMUser", "accessKeyId": second, "userName": "ses_legion",
                                                   "principalId": "AIDAOTHEROTHEROTHERAB", "accountId": ACCOUNT}))
    assert got == {"e0": "key", "e1": "derived"}
    assert "persistence" in found.doc["incidents"][0]["intents"]


def test_a_federation_token_opens_the_console(found):
    console = {"eventType": "AwsConsoleSignIn", "errorCode": ..., "errorMessage": ...}
    got = found(minted("ASIAFEDERATEDFEDERA2", "GetFederationToken", requestParameters={"name": "admin"}),
                record("GetSigninToken", "signin.amazonaws.com", identity=federated(), userAgent="Python-urllib/3.12", **console),
                record("ConsoleLogin", "signin.amazonaws.com", identity=federated(key=""), **console),
                record("GetAccount", identity=federated("ASIACONSOLECONSOLEC2")))
    assert got == {"e0": "key", "e1": "derived", "e2": "principal", "e3": "principal"}
    i = found.doc["incidents"][0]
    assert i["intent"] == "session-minting" and {"console.use", "sts.session"} <= set(i["findings"])
    assert i["sightings"][0]["resource"] == "admin"


def test_one_key_is_enough_to_find_its_user(found):
    """What the owner did not tell, the key's own events do."""
    got = found(record(), record(identity=user("AKIASECONDSECONDSEC2")), record(identity=federated()),
                record("DeleteUser", "iam.amazonaws.com", identity=role(), requestParameters={"userName": USER}),
                record("DeleteUser", "iam.amazonaws.com", identity=role(),
                       errorMessage=f"User: x is not authorized to perform: iam:DeleteUser on resource: user {USER} because no"),
                record(identity=user("AKIATHIRDTHIRDTHIRD2", principalId="AIDAOTHEROTHEROTHERAB", userName="other",
                                     arn=f"arn:aws:iam::{ACCOUNT}:user/other")))
    assert got == {"e0": "key", "e1": "principal", "e2": "principal", "e3": "target", "e4": "target"}


def test_a_list_of_keys_is_taken_at_its_word(found, tmp_path):
    (tmp_path / "keys.txt").write_text(f"{KEY}\n")
    got = found(record(), record(identity=user("AKIASECONDSECONDSEC2")), args=("--keys", tmp_path / "keys.txt"))
    assert got == {"e0": "key"}
    (tmp_path / "keys.txt").write_text(f"{KEY},{USER}\n")
    got = found(record(), record(identity=user("AKIASECONDSECONDSEC2")), args=("--keys", tmp_path / "keys.txt"))
    assert got == {"e0": "key", "e1": "principal"}


def test_the_copy_in_the_account_of_the_role(found):
    other = "111122223333"
    got = found(record(), record("AssumeRole", "sts.amazonaws.com", errorCode=..., errorMessage=..., sharedEventID="s",
                                 recipientAccountId=other, identity={"type": "AWSAccount", "principalId": USER_ID, "accountId": ACCOUNT},
                                 responseElements={"credentials": {"accessKeyId": "ASIAROLEROLEROLERO22"}}),
                record("ListIdentities", recipientAccountId=other, identity=role("ASIAROLEROLEROLERO22", accountId=other)))
    assert got == {"e0": "key", "e1": "principal", "e2": "derived"}


@pytest.mark.parametrize("identity", [
    role(KEY), {"type": "AssumedRole", "accessKeyId": KEY}, {"arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/a/b", "accessKeyId": KEY},
    user("AKIASECONDSECONDSEC2", accountId="111122223333", arn=f"arn:aws:iam::111122223333:user/{USER}",
         principalId="AIDAOTHEROTHEROTHERAB")])
def test_what_only_looks_like_the_canary(found, identity, tmp_path):
    (tmp_path / "keys.txt").write_text(f"{KEY},{USER}\n")
    assert found(record(identity=identity), args=("--keys", tmp_path / "keys.txt"), check=0) == {}


def quarantine(**over):
    return record("AttachUserPolicy", "iam.amazonaws.com", **{
        "errorCode": ..., "errorMessage": ..., "sourceIPAddress": "AWS Internal", "userAgent": "AWS Internal",
        "requestParameters": {"userName": USER, "policyArn": "arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3"}, **over})


AWS = [
    quarantine(),
    quarantine(errorCode="AccessDenied", requestParameters=None),
    quarantine(sourceIPAddress="72.21.217.97", userAgent="aws-internal/3 aws-sdk-java/1.11", eventName="PutUserPolicy",
               requestParameters={"userName": USER, "policyName": "AWSExposedCredentialPolicy_DO_NOT_REMOVE"}),
]


@pytest.mark.parametrize("r", AWS, ids=["attached", "denied", "older form"])
def test_aws_itself_is_no_intruder(found, r):
    found(dict(r))
    i = found.doc["incidents"][0]
    assert (i["intents"], i["label"], i["severity"]) == (["public-leak"], "aws", "high")
    assert not any("rotate" in s for s in i["next_steps"]) and "no intruder" in i["summary"]


@pytest.mark.parametrize("over", [
    {"sourceIPAddress": "198.51.100.9"}, {"sourceIPAddress": "198.51.100.9", "userAgent": "aws-internal/3"},
    {"sourceIPAddress": "2001:db8::9", "identity": role()}])
def test_a_person_with_the_same_policy_is_none_of_aws(found, over, tmp_path):
    (tmp_path / "keys.txt").write_text(f"{KEY},{USER}\n")
    found(quarantine(**over), args=("--keys", tmp_path / "keys.txt"))
    i = found.doc["incidents"][0]
    assert i["intents"] == ["manual-quarantine"] and i["label"] is None and i["severity"] == "medium"


@pytest.mark.parametrize("order", [0, 1])
def test_quarantine_before_or_after_the_visit(found, order):
    times = ["2025-03-04T05:00:00Z", "2025-03-04T05:01:00Z"]
    found(quarantine(eventTime=times[order]), record("GetAccount", time=times[1 - order]),
          record("ListIdentities", time=times[1 - order]))
    i = found.doc["incidents"][0]
    assert i["intent"] == "ses-footprint" and "public-leak" in i["intents"] and i["label"] is None
    assert i["sources"] == ["198.51.100.23"] and {"Q1", "S1", "S2", "S3r"} == set(i["stages"])


def test_a_stranger_takes_the_quarantine_off(found):
    found(record("DetachUserPolicy", "iam.amazonaws.com",
                 requestParameters={"userName": USER, "policyArn": "arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3"}))
    i = found.doc["incidents"][0]
    assert i["intent"] == "defense-evasion" and "public-leak" in i["intents"] and "iam.quarantine-removal" in i["findings"]


def test_somebody_elses_act_is_told_apart_from_a_use(found):
    found(record("ListAccessKeys", "iam.amazonaws.com", identity=role(), requestParameters={"userName": USER}), check=0)
    found(record(), record("UpdateAccessKey", "iam.amazonaws.com", identity=role(), time="2025-03-20T05:00:00Z",
                           requestParameters={"userName": USER, "accessKeyId": KEY, "status": "Inactive"}))
    i = [i for i in found.doc["incidents"] if i["sightings"][0]["match"] == "target"][0]
    assert "from outside" in i["summary"] and i["severity"] == "high" and i["confidence"] == "medium"
    assert not any("Do not deactivate" in s for s in i["next_steps"])
    assert i["sightings"][0]["actor"].endswith("assumed-role/admin/eve")


def test_known_names_are_named(found):
    found(record("CreateUser", "iam.amazonaws.com", requestParameters={"userName": "ses_xcatze"}),
          record("AttachUserPolicy", "iam.amazonaws.com",
                 requestParameters={"userName": "x", "policyArn": f"arn:aws:iam::{ACCOUNT}:policy/ses-support-policy"}))
    titles = [f["title"] for f in found.doc["incidents"][0]["finding_details"] if f["name"] == "ioc.known-name"]
    assert len(titles) == 2 and any("ses_xcatze" in t for t in titles)


@pytest.mark.parametrize("over", [
    {"sourceIPAddress": "2001:db8::1", "vpcEndpointId": "vpce-1", "vpcEndpointAccountId": ACCOUNT},
    {"requestParameters": {"omitted": True, "originalSize": 300000, "reason": "too large"}}, {"responseElements": "None"},
    {"sessionCredentialFromConsole": "true", "userAgent": "AWS-CloudShell/1"}, {"addendum": {"reason": "DELIVERY_DELAY"}}])
def test_unusual_members_change_nothing(found, over):
    assert found(record(**over), record("ListIdentities", **over)) == {"e0": "key", "e1": "key"}
    assert found.doc["incidents"][0]["intent"] == "ses-footprint"


def test_two_uses_five_days_apart_are_two_incidents(found):
    found(record(), record("ListIdentities", time="2025-03-09T05:06:07Z"))
    assert [i["intent"] for i in found.doc["incidents"]] == ["ses-probe", "ses-probe"]
    assert len({i["id"] for i in found.doc["incidents"]}) == 2


@pytest.mark.parametrize("member", ["userAgent", "sourceIPAddress", "errorMessage", "awsRegion", "eventName", "eventSource", "errorCode"])
def test_hostile_text_is_visible(keycanary, tmp_path, member):
    evil = "a\x1b]0;pwned\x07\r\n\u202eb\u009b31m"
    write_log(tmp_path / "l.json", [record(**{member: evil}), record("CreateEmailIdentity", requestParameters={"emailIdentity": evil})],
              compress=False)
    out = keycanary("scan", "--key", KEY, tmp_path / "l.json").stdout
    assert not any(c in out for c in "\x1b\x07\r\u009b\u202e")
    doc, _ = keycanary.scan("--key", KEY, tmp_path / "l.json")
    assert json.dumps(doc)


def test_a_sweep_is_one_line(keycanary, tmp_path):
    rs = [record("GetAccount", time=f"2025-03-04T05:00:{n:02d}Z", awsRegion=f"eu-west-{n % 4}") for n in range(30)]
    rs.append(record("ListIdentities", time="2025-03-04T05:01:00Z", sourceIPAddress="192.0.2.1"))
    write_log(tmp_path / "l.json", rs, compress=False)
    lines = [l for l in keycanary("scan", "--key", KEY, tmp_path / "l.json").stdout.splitlines() if "denied  ses:" in l]
    assert len(lines) == 2
    assert "4 regions" in lines[0] and "GetAccount 30 times" in lines[0] and "from 198.51.100.23" in lines[0]
    assert "eu-west" not in lines[1] and "from 192.0.2.1" in lines[1]


def test_keys_of_documentation_are_looked_for(keycanary, tmp_path):
    """AWS's own examples hold digits that real key ids never do."""
    example = "AKIAI44QH8DHBEXAMPLE"
    write_log(tmp_path / "l.json", [record(key=example)], compress=False)
    doc, r = keycanary.scan("--key", example, tmp_path / "l.json", check=3)
    assert len(doc["incidents"]) == 1 and "no key id that AWS gives out" in r.stderr
    assert "cannot be in a key id" in keycanary("scan", "--key", "AKIAI44QH8DHBEXAMPL-", tmp_path / "l.json", check=2).stderr
