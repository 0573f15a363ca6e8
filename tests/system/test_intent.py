"""What the verdict says, on cases anybody can add and on published sequences."""
import csv
import json
import pathlib
import re

import pytest

from conftest import ACCOUNT, KEY, USER, record, write_log

CASES = pathlib.Path(__file__).resolve().parents[1] / "cases" / "intent.cases"


def read_cases():
    lines = [l for l in CASES.read_text().splitlines() if l and not l.startswith("#")]
    assert len(lines) % 3 == 0
    return [tuple(lines[i:i + 3]) for i in range(0, len(lines), 3)]


WORD = re.compile(r"(?P<service>[^:]+):(?P<name>\w+)(?P<granted>\+)?(?:@(?P<region>\*|[\w-]+))?(?:=(?P<code>[\w-]+))?"
                  r"(?:!(?P<error>[\w.]+))?(?:\*(?P<times>\d+))?(?:~(?P<gap>\d+))?$")
REGIONS = [f"{a}-{b}-{n}" for a in ("us", "eu", "ap") for b in ("east", "west", "south") for n in (1, 2)][:17]


def at(seconds):
    return f"2025-03-{4 + seconds // 86400:02d}T{seconds // 3600 % 24:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}Z"


def case_records(calls):
    """The calls of a case, see the head of intent.cases."""
    out, now = [], 5 * 3600 - 10
    for word in calls.split():
        w = WORD.match(word)
        assert w, word
        over = {"requestParameters": {"serviceCode": w["code"]}} if w["code"] else {}
        if w["granted"]:
            over.update(errorCode=..., errorMessage=...)
        if w["error"]:
            over.update(errorCode=w["error"], errorMessage=None)
        regions = REGIONS if w["region"] == "*" else [w["region"] or "us-east-1"]
        now += int(w["gap"] or 10)
        for n, region in enumerate(regions * int(w["times"] or 1)):
            now += n > 0
            out.append(record(w["name"], f"{w['service']}.amazonaws.com", time=at(now), awsRegion=region, **over))
    return out


def one_call(word, n, minutes=0):
    r = case_records(word)[0]
    r["eventTime"] = at(5 * 3600 + n * 10 + minutes * 60)
    return r


def verdict(keycanary, tmp_path, records, *args):
    write_log(tmp_path / "log.json", records, compress=False)
    doc, _ = keycanary.scan("--key", KEY, *args, tmp_path / "log.json", check=3)
    assert len(doc["incidents"]) == 1
    return doc["incidents"][0]


@pytest.mark.parametrize("case", read_cases(), ids=lambda c: c[0])
def test_case(keycanary, tmp_path, case):
    calls, primary, marks = case
    v = verdict(keycanary, tmp_path, case_records(calls))
    assert v["intent"] == primary
    have = set(v["intents"]) | set(v["stages"]) | set(v["findings"]) | {f"severity:{v['severity']}", f"confidence:{v['confidence']}"}
    have |= {f"flow:{v['flow']['nearest']}", f"pace:{v['pace']}".replace(" ", "-")}
    for mark in marks.split():
        if mark.startswith("-"):
            assert mark[1:] not in have, (mark, have)
        else:
            assert mark in have, (mark, have)
    assert v["intents"][0] == primary
    assert v["summary"] and v["confidence"] in ("low", "medium", "high") and v["confidence_reasons"]


FINDINGS = {
    "ses:GetAccount": {"ses.get-account"},
    "ses:GetSendQuota": {"ses.quota-check"},
    "servicequotas:ListServiceQuotas=ses": {"ses.quota-check"},
    "ses:ListIdentities": {"ses.list-identities"},
    "ses:ListIdentities ses:GetIdentityVerificationAttributes": {"ses.list-identities", "ses.list-identities-verified"},
    "ses:GetAccountSendingEnabled": {"ses.get-sending-enabled"},
    "ses:UpdateAccountSendingEnabled": {"ses.update-sending-enabled"},
    "ses:GetSendQuota ses:ListIdentities": {"ses.quota-check", "ses.list-identities", "ses.footprint"},
}


@pytest.mark.parametrize("calls", FINDINGS)
def test_the_six_alerts_and_the_combination(keycanary, tmp_path, calls):
    v = verdict(keycanary, tmp_path, [one_call(w, n) for n, w in enumerate(calls.split())])
    assert {f for f in v["findings"] if f.startswith("ses.")} == FINDINGS[calls]
    for f in v["finding_details"]:
        assert f["evidence"]


def test_a_footprint_needs_nearness_in_time(keycanary, tmp_path):
    write_log(tmp_path / "log.json", [one_call("ses:GetSendQuota", 0),
                                      record("ListIdentities", time="2025-03-09T05:00:00Z")], compress=False)
    doc, _ = keycanary.scan("--key", KEY, tmp_path, check=3)
    assert [i["intent"] for i in doc["incidents"]] == ["ses-probe", "ses-probe"]


def test_a_quota_call_far_from_ses_stays_ambiguous(keycanary, tmp_path):
    v = verdict(keycanary, tmp_path, [one_call("servicequotas:ListServiceQuotas", 0),
                                      one_call("ses:ListIdentities", 0, minutes=180)])
    assert "S1?" in v["stages"] and v["intent"] == "ses-probe"


def test_a_promoted_call_shows_its_stage(keycanary, tmp_path):
    v = verdict(keycanary, tmp_path, [one_call("servicequotas:ListServiceQuotas", 0), one_call("ses:ListIdentities", 1)])
    assert [s["stage"] for s in v["sightings"]] == ["S1", "S2"]


def quarantine(**over):
    return record("AttachUserPolicy", "iam.amazonaws.com", errorCode=..., errorMessage=...,
                  sourceIPAddress="AWS Internal", userAgent="AWS Internal",
                  requestParameters={"userName": USER, "policyArn": "arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV4"}, **over)


def test_aws_quarantine_is_no_intruder(keycanary, tmp_path):
    v = verdict(keycanary, tmp_path, [quarantine()])
    assert v["intent"] == "public-leak" and v["label"] == "aws" and v["intents"] == ["public-leak"]
    assert v["sightings"][0]["label"] == "aws" and v["sightings"][0]["stage"] == "Q1"
    assert "no intruder" in v["summary"]


def test_a_stranger_after_the_quarantine_is_one(keycanary, tmp_path):
    v = verdict(keycanary, tmp_path, [quarantine(), one_call("sts:GetCallerIdentity+", 400)])
    assert v["intent"] == "key-check" and "public-leak" in v["intents"] and v["label"] is None
    assert v["stages"][0] in ("Q1", "V1") and set(v["stages"]) == {"Q1", "V1"}


def test_a_person_attaching_the_quarantine_is_not_aws(keycanary, tmp_path):
    r = quarantine()
    r["sourceIPAddress"] = "198.51.100.1"
    r["userAgent"] = "aws-cli/2"
    v = verdict(keycanary, tmp_path, [r])
    assert v["label"] is None and v["intents"] == ["manual-quarantine"]
    assert v["stages"] == ["Q1m"] and "aws.quarantine-by-hand" in v["findings"]


def test_a_denial_naming_the_quarantine_tells_of_a_public_leak(keycanary, tmp_path):
    r = one_call("ses:GetSendQuota", 0)
    r["errorMessage"] += " with an explicit deny in an identity-based policy: arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3"
    v = verdict(keycanary, tmp_path, [r])
    assert v["intent"] == "ses-probe" and "public-leak" in v["intents"] and v["label"] is None


def test_trusted_advisor_is_aws(keycanary, tmp_path):
    r = one_call("ses:GetSendQuota", 0)
    r["userIdentity"]["invokedBy"] = "trustedadvisor.amazonaws.com"
    r["sourceIPAddress"] = r["userAgent"] = "trustedadvisor.amazonaws.com"
    v = verdict(keycanary, tmp_path, [r])
    assert v["label"] == "aws" and v["severity"] == "info"


@pytest.mark.parametrize("agent", ["trustedadvisor.amazonaws.com", "AWS Internal", "aws-internal/3"])
def test_a_user_agent_clears_nobody(keycanary, tmp_path, agent):
    r = one_call("ses:GetSendQuota", 0)
    r["userAgent"] = agent
    assert verdict(keycanary, tmp_path, [r])["label"] is None


def test_working_through_a_service_clears_nobody(keycanary, tmp_path):
    r = one_call("ec2:RunInstances", 0)
    r["userIdentity"]["invokedBy"] = r["sourceIPAddress"] = "cloudformation.amazonaws.com"
    assert verdict(keycanary, tmp_path, [r])["label"] is None


def test_a_scanner_is_named_not_cleared(keycanary, tmp_path):
    r = one_call("sts:GetCallerIdentity+", 0)
    r["userAgent"] = "TruffleHog"
    v = verdict(keycanary, tmp_path, [r])
    assert v["intent"] == "known-scanner" and v["tools"] == ["TruffleHog"] and v["label"] is None
    assert "key-check" in v["intents"]


def test_the_thing_tried_is_mined_from_the_error(keycanary, tmp_path):
    r = record("CreateEmailIdentity", errorMessage=f"User: arn:aws:iam::{ACCOUNT}:user/x is not authorized to perform: "
               f"ses:CreateEmailIdentity on resource: arn:aws:ses:us-east-1:{ACCOUNT}:identity/phish.example because")
    v = verdict(keycanary, tmp_path, [r])
    assert v["sightings"][0]["resource"] == "phish.example"
    q = record("RequestServiceQuotaIncrease", "servicequotas.amazonaws.com",
               errorMessage=f"not authorized to perform: servicequotas:RequestServiceQuotaIncrease on resource: arn:aws:servicequotas:us-east-1:{ACCOUNT}:ses/L-804C8AE8")
    assert verdict(keycanary, tmp_path, [q])["stages"] == ["S4"]


def test_pace_and_regions_are_part_of_the_verdict(keycanary, tmp_path):
    rs = [record("GetSendQuota", time=f"2025-03-04T05:06:0{n}Z", awsRegion=f"eu-west-{n}") for n in range(1, 4)]
    v = verdict(keycanary, tmp_path, rs)
    assert v["pace"] == "scripted" and len(v["regions"]) == 3
    assert any("3 regions" in r for r in v["confidence_reasons"])


def test_the_nearest_published_flow_is_named_with_its_source(keycanary, tmp_path):
    calls = "ses:GetSendQuota ses:ListIdentities iam:ListUsers iam:CreateUser iam:AttachUserPolicy"
    f = verdict(keycanary, tmp_path, [one_call(w, n) for n, w in enumerate(calls.split())])["flow"]
    assert f["nearest"] == "datadog-ecs-2024-01" and "Datadog" in f["source"]
    assert (f["seen"], f["total"], f["in_order"]) == (5, 6, True)
    assert f["missing"] == ["iam:CreateLoginProfile"] and f["next"]
    assert f["observed"] == calls.split()


# --- against the folder of published facts, where it is present ---------------------

def table(path):
    return list(csv.DictReader(open(path), delimiter="\t", quoting=csv.QUOTE_NONE))


def stages_of(keycanary, tmp_path, rows):
    """Each row as a call of a day of its own; event id -> stage."""
    records = []
    for n, (source, name, params) in enumerate(rows):
        records.append(record(name, source, eventID=f"row-{n}", requestParameters=params,
                              time=f"{2000 + n // 300}-{n % 300 // 27 + 1:02d}-{n % 27 + 1:02d}T05:00:00Z"))
    write_log(tmp_path / "log.json", records, compress=False)
    doc, _ = keycanary.scan("--key", KEY, tmp_path / "log.json", check=3)
    return {s["event_id"]: s["stage"] for i in doc["incidents"] for s in i["sightings"]}


def test_a_sample_of_every_stage(keycanary, tmp_path):
    lines = [l.split() for l in (CASES.parent / "stages.cases").read_text().splitlines() if l and not l.startswith("#")]
    rows = []
    for word, _ in lines:
        r = case_records(word)[0]
        rows.append((r["eventSource"], r["eventName"], r["requestParameters"]))
    got = stages_of(keycanary, tmp_path, rows)
    wrong = [(w, stage, got[f"row-{n}"]) for n, (w, stage) in enumerate(lines) if (got[f"row-{n}"] or "-") != stage]
    assert not wrong


def test_all_ses_operations_have_their_stage(keycanary, tmp_path, shared):
    rows = table(shared / "taxonomy" / "ses_operations.tsv")
    got = stages_of(keycanary, tmp_path, [(r["eventSource"], r["eventName"], None) for r in rows])
    wrong = [(r["eventName"], r["stage"], got[f"row-{n}"]) for n, r in enumerate(rows) if got[f"row-{n}"] != r["stage"]]
    assert len(rows) == 233 and not wrong


# What the table's disambiguation column decides, by what the call tells of its service.
QUOTAS = {"S1|X1": {"ses": "S1", "ec2": "X1", None: "S1?"}, "S4|X4": {"ses": "S4", "ec2": "X4", None: "X4"}}


@pytest.mark.parametrize("service", ["ses", "ec2", None])
def test_all_related_operations_have_their_stage(keycanary, tmp_path, shared, service):
    rows = table(shared / "taxonomy" / "related_services.tsv")
    assert len(rows) == 280
    rows = [r for r in rows if r["stage"] != "Q1"]
    params = {"serviceCode": service} if service else None
    got = stages_of(keycanary, tmp_path, [(r["eventSource"], r["eventName"], params) for r in rows])
    wrong = []
    for n, r in enumerate(rows):
        want = [QUOTAS[r["stage"]][service]] if r["stage"] in QUOTAS else r["stage"].split("|")
        if got[f"row-{n}"] not in want:
            wrong.append((r["eventName"], want, got[f"row-{n}"]))
    assert not wrong


def test_published_flows_get_their_stages(keycanary, tmp_path, shared):
    for line in (shared / "flows" / "flows.jsonl").read_text().splitlines():
        flow = json.loads(line)
        rs = []
        for n, step in enumerate(flow["steps"]):
            over = {k: step[k] for k in ("requestParameters", "sourceIPAddress") if k in step}
            if flow["id"].startswith("prowler"):    # known by its name only: two calls are anybody's
                over["userAgent"] = "Boto3/1.35.70 APN/1.0 APN_1826889"
            rs.append(record(step["eventName"], step["eventSource"], eventID=f"{flow['id']}-{n}",
                             time=f"2025-03-04T05:{n:02d}:00Z", **over))
        v = verdict(keycanary, tmp_path, rs)
        assert [s["stage"] for s in v["sightings"]] == flow["expected"], flow["id"]
        f, names = v["flow"], {f"{s['eventSource'].split('.')[0]}:{s['eventName']}" for s in flow["steps"]}
        if flow["id"].startswith("quarantine"):
            continue
        assert set(f["observed"]) == names
        assert f["seen"] == f["total"] == len(names) and f["in_order"], (flow["id"], f)
        assert f["next"] and f["source"]


def alternatives(label):
    """The table gives compute calls two stages; a label may hold the first alone."""
    return {"X4": ["X4", "E1", "E2"], "S1?": ["S1?", "S1"]}.get(label, label.split("|"))


def test_real_records_get_their_labels(keycanary, tmp_path, shared):
    """Each labelled record, signed by our canary instead of its own key."""
    rows = table(shared / "events" / "labels.tsv")
    files = {}
    for p in (shared / "events").rglob("*.json"):
        files.setdefault(p.name, []).append(p)
    records, want = [], {}
    for n, row in enumerate(rows):
        for path in files.get(pathlib.Path(row["file"]).name, []):
            if row["src"] not in str(path) or not str(path).endswith(row["file"]):
                continue
            doc = json.loads(path.read_text())
            items = doc if isinstance(doc, list) else doc.get("Records", [doc])
            r = dict(items[int(row["i"])])
            r = r.get("CloudTrailEvent", r)
            r["userIdentity"] = record()["userIdentity"]
            r["eventID"] = f"row-{n}"
            r["eventTime"] = f"{1990 + n // 300}-{n % 300 // 27 + 1:02d}-{n % 27 + 1:02d}T05:00:00Z"
            records.append(r)
            want[f"row-{n}"] = row
            break
    assert len(records) > 100
    write_log(tmp_path / "log.json", records, compress=False)
    doc, _ = keycanary.scan("--key", KEY, tmp_path / "log.json", check=3)
    got = {s["event_id"]: s["stage"] for i in doc["incidents"] for s in i["sightings"]}
    wrong = [(want[e]["eventName"], want[e]["label"], got.get(e)) for e in want
             if got.get(e) not in alternatives(want[e]["label"])]
    assert not wrong, wrong


def test_a_known_domain_is_seen_in_an_address(keycanary, tmp_path):
    v = verdict(keycanary, tmp_path, [record("VerifyEmailIdentity", requestParameters={"emailAddress": "admin@managed7.com"})])
    assert v["intent"] == "ses-takeover" and "ioc.known-name" in v["findings"]
