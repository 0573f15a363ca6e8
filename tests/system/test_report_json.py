"""The JSON that machines read: every member where the schema puts it, of the type it says."""
import json

import pytest

from conftest import ACCOUNT, KEY, ROOT, USER, calls, record, write_log

OTHER = "AKIAYT723HMDSAE2OSWW"
STRING, INT, NUMBER, BOOL, TIME = "string", "int", "number", "bool", "time"

# "?" behind a type: may be null. A list: of that. A set: one of these words.
FLOW = {"observed": [STRING], "nearest": "string?", "title": "string?", "source": "string?", "seen": INT, "total": INT,
        "in_order": BOOL, "steps": [STRING], "missing": [STRING], "next": [STRING]}
SIGHTING = {"event_id": "string?", "time": "time?", "event_source": "string?", "event_name": "string?", "stage": "string?",
            "match": {"key", "derived", "principal", "target", "unlogged"}, "region": "string?", "source_ip": "string?",
            "user_agent": "string?", "error_code": "string?", "also_stage": "string?", "error_message": "string?",
            "resource": "string?", "via": "string?", "actor": "string?", "denied": BOOL, "label": "string?",
            "label_reason": "string?", "refused_by": "string?", "explicit_deny": BOOL}
RELATED = {"id": STRING, "key_id": STRING, "intent": STRING, "first_seen": "time?", "address": "string?",
           "session": "string?", "user_agent": "string?"}
INCIDENT = {
    "id": STRING, "state": {"open", "acknowledged", "closed"}, "classification": STRING, "note": "string?",
    "canary": {"key_id": STRING, "user_name": "string?", "account": "string?", "state": STRING, "owner": "string?",
               "can_fire": BOOL},
    "intent": STRING, "intents": [STRING], "severity": {"info", "low", "medium", "high", "critical"}, "summary": STRING,
    "stages": [STRING], "categories": [{"sandbox", "senders", "enablement"}], "findings": [STRING],
    "finding_details": [{"name": STRING, "title": STRING, "attack": "string?", "evidence": [STRING]}],
    "attack": [STRING],
    "confidence": {"low", "medium", "high"}, "confidence_reasons": [STRING], "flow": FLOW,
    "pace": "string?", "calls_per_minute": NUMBER, "tools": [STRING], "label": "string?",
    "first_seen": "time?", "last_seen": "time?", "sources": [STRING], "user_agents": [STRING], "regions": [STRING],
    "sessions": [STRING], "resources": [STRING], "refusing_policies": [STRING], "sightings_total": INT, "denied": INT,
    "succeeded": INT, "placements": [dict], "related": [RELATED], "likely_next": [STRING], "next_steps": [STRING],
    "sightings": [SIGHTING]}
DOCUMENT = {"schema": INT, "incidents": [INCIDENT],
            "input": {"files": INT, "records": INT, "bytes": INT, "damaged": INT, "duplicates": INT, "digests": INT,
                      "insights": INT, "skipped": [{"file": STRING, "reason": STRING, "lost": BOOL}]}}


def valid(value, schema, path="$"):
    """A list of what is wrong."""
    if isinstance(schema, dict):
        if not isinstance(value, dict):
            return [f"{path} is no object"]
        wrong = [f"{path}.{k} is missing" for k in schema if k not in value]
        return wrong + [w for k in schema if k in value for w in valid(value[k], schema[k], f"{path}.{k}")]
    if isinstance(schema, list):
        if not isinstance(value, list):
            return [f"{path} is no array"]
        return [w for n, v in enumerate(value) for w in valid(v, schema[0], f"{path}[{n}]")]
    if isinstance(schema, (set, frozenset)):
        return [] if value in schema else [f"{path} is {value!r}"]
    if schema is dict:
        return [] if isinstance(value, dict) else [f"{path} is no object"]
    if schema.endswith("?"):
        return [] if value is None else valid(value, schema[:-1], path)
    ok = {STRING: lambda v: isinstance(v, str), BOOL: lambda v: isinstance(v, bool),
          INT: lambda v: isinstance(v, int) and not isinstance(v, bool),
          NUMBER: lambda v: isinstance(v, (int, float)) and not isinstance(v, bool),
          TIME: lambda v: isinstance(v, str) and len(v) >= 20 and v[10] == "T" and v.endswith("Z")}[schema]
    return [] if ok(value) else [f"{path} is no {schema}: {value!r}"]


def known(schema, out):
    for k, v in schema.items():
        out.add(k)
        inner = v[0] if isinstance(v, list) else v
        if isinstance(inner, dict):
            known(inner, out)
    return out


@pytest.fixture
def logs(tmp_path):
    d = tmp_path / "logs"
    write_log(d / "a.json.gz", calls("sts:GetCallerIdentity ses:GetSendQuota ses:ListIdentities"))
    write_log(d / "b.json", [record("GetAccount", key=OTHER, identity=None, time="2025-03-04T06:00:00Z")], compress=False)
    write_log(d / "111122223333_CloudTrail-Digest_x.json", [], compress=False)
    (d / "c.json").write_text("no log at all")
    return d


def test_the_whole_document(keycanary, logs):
    doc, r = keycanary.scan("--key", KEY, "--key", OTHER, logs)
    assert valid(doc, DOCUMENT) == []
    assert doc["schema"] == 1 and r.returncode == 1          # c.json was not read
    assert len(doc["incidents"]) == 2
    i = doc["incidents"][0]
    assert i["canary"]["key_id"] == KEY and i["canary"]["user_name"] == USER and i["canary"]["account"] == ACCOUNT
    assert (i["denied"], i["succeeded"], i["sightings_total"]) == (3, 0, 3)
    assert {"T1078.004", "T1526"} <= set(i["attack"])
    assert i["sources"] == ["198.51.100.23"] and i["regions"] == ["us-east-1"]
    assert [s["stage"] for s in i["sightings"]] == ["V1", "S1", "S2"]
    assert {s["file"].rsplit("/", 1)[1] for s in doc["input"]["skipped"]} >= {"c.json"}
    ids = {s["event_id"] for i in doc["incidents"] for s in i["sightings"]}
    assert all(set(f["evidence"]) <= ids for i in doc["incidents"] for f in i["finding_details"])


def test_a_record_with_nothing_in_it(keycanary, tmp_path):
    write_log(tmp_path / "l.json", [{"userIdentity": {"accessKeyId": KEY}}], compress=False)
    doc, _ = keycanary.scan("--key", KEY, tmp_path / "l.json", check=3)
    assert valid(doc, DOCUMENT) == []


def test_nothing_found_is_a_document_too(keycanary, tmp_path):
    write_log(tmp_path / "l.json", [record(key=OTHER)], compress=False)
    doc, _ = keycanary.scan("--key", KEY, tmp_path / "l.json", check=0)
    assert valid(doc, DOCUMENT) == [] and doc["incidents"] == []


def test_the_registry_writes_the_same_shape(keycanary, tmp_path):
    (tmp_path / "keys.csv").write_text(f"key_id,user_name\n{KEY},{USER}\n")
    keycanary("import", tmp_path / "keys.csv", check=0)
    write_log(tmp_path / "l.json", calls("ses:GetSendQuota ses:ListIdentities"), compress=False)
    doc, _ = keycanary.scan(tmp_path / "l.json", check=3)
    assert valid(doc, DOCUMENT) == []
    assert doc["incidents"][0]["canary"]["user_name"] == USER
    report = json.loads(keycanary("report", doc["incidents"][0]["id"], "--json", check=0).stdout)
    assert valid(report["incidents"], [INCIDENT]) == []
    assert report["incidents"][0]["sightings"] == doc["incidents"][0]["sightings"]


def test_every_member_is_documented():
    text = (ROOT / "src" / "man" / "json.md").read_text()
    missing = [k for k in known(DOCUMENT, set()) if f"`{k}`" not in text]
    assert not missing


def test_the_validator_sees_faults(keycanary, logs):
    doc, _ = keycanary.scan("--key", KEY, "--key", OTHER, logs)
    doc["incidents"][0]["denied"] = "3"
    del doc["incidents"][0]["flow"]["seen"]
    doc["incidents"][0]["confidence"] = 0.9
    doc["incidents"][0]["sightings"][0]["match"] = "guess"
    assert len(valid(doc, DOCUMENT)) == 4


def test_one_visitor_with_two_canaries_is_related(keycanary, logs):
    doc, _ = keycanary.scan("--key", KEY, "--key", OTHER, logs)
    a, b = doc["incidents"]
    assert [r["id"] for r in a["related"]] == [b["id"]] and [r["id"] for r in b["related"]] == [a["id"]]
    assert a["related"][0]["address"] == "198.51.100.23" and a["related"][0]["key_id"] == OTHER
    text = keycanary("scan", "--key", KEY, "--key", OTHER, logs).stdout
    assert f"Related     {b['id']}" in text and "same address: 198.51.100.23" in text


def test_days_apart_is_not_related(keycanary, tmp_path):
    write_log(tmp_path / "l.json", [record(time="2025-03-04T05:00:00Z"), record(key=OTHER, time="2025-03-09T05:00:00Z"),
                                    record(time="2025-03-09T05:00:00Z", sourceIPAddress="192.0.2.1", userAgent="x")], compress=False)
    doc, _ = keycanary.scan("--key", KEY, "--key", OTHER, tmp_path / "l.json", check=3)
    assert len(doc["incidents"]) == 3 and not any(i["related"] for i in doc["incidents"])


def test_the_window_of_incidents_can_be_set(keycanary, tmp_path):
    write_log(tmp_path / "l.json", [record(time="2025-03-04T05:00:00Z"), record("ListIdentities", time="2025-03-04T07:00:00Z")],
              compress=False)
    for args, want in (((), ["ses-footprint"]), (("--window", "1h"), ["ses-probe", "ses-probe"])):
        doc, _ = keycanary.scan("--key", KEY, *args, tmp_path / "l.json", check=3)
        assert [i["intent"] for i in doc["incidents"]] == want
    conf = tmp_path / "k.conf"
    conf.write_text('incident = { window = "1 h"; };\n')
    conf.chmod(0o600)
    (tmp_path / "keys.csv").write_text(f"{KEY}\n")
    keycanary("import", tmp_path / "keys.csv", check=0)
    doc, _ = keycanary.scan("--config", conf, tmp_path / "l.json", check=3)
    assert [i["intent"] for i in doc["incidents"]] == ["ses-probe", "ses-probe"]
