"""keycanary scan on logs of every shape, good and bad."""
import gzip
import json
import random

import pytest

from conftest import ACCOUNT, KEY, USER, USER_ID, calls, record, write_log

FOOTPRINT = "ses:GetSendQuota ses:ListIdentities"


def ids(doc):
    return sorted(s["event_id"] for i in doc["incidents"] for s in i["sightings"])


def shapes(records):
    text = json.dumps({"Records": records}, separators=(",", ":"))
    lookup = {"Events": [{"EventId": r["eventID"], "CloudTrailEvent": json.dumps(r)} for r in records],
              "NextToken": "abc"}
    return {
        "plain.json": text.encode(),
        "pretty.json": json.dumps({"Records": records}, indent=2).encode(),
        "packed.json.gz": gzip.compress(text.encode()),
        "two-members.gz": gzip.compress(text[:700].encode()) + gzip.compress(text[700:].encode()),
        "lookup.json": json.dumps(lookup).encode(),
        "array.json": json.dumps(records).encode(),
        "lines.ndjson": "\n".join(json.dumps(r) for r in records).encode(),
        "crlf.ndjson": "\r\n".join(json.dumps(r) for r in records).encode() + b"\r\n",
        "pages.ndjson": b"\n".join(json.dumps({"Records": [r]}).encode() for r in records),
        "bom.json": b"\xef\xbb\xbf" + text.encode(),
        # What a query of the aws CLI, EventBridge, CloudWatch Logs, CloudTrail Lake, Splunk and Elastic make of it.
        "query.json": json.dumps([json.dumps(r) for r in records], indent=4).encode(),
        "query.txt": "\t".join(json.dumps(r) for r in records).encode() + b"\n",
        "eventbridge.json": wrapped(records, lambda r: {"version": "0", "detail-type": "AWS API Call via CloudTrail", "detail": r}),
        "logs-subscription.json": json.dumps({"messageType": "DATA_MESSAGE", "logGroup": "trail", "logEvents": [
            {"id": "1", "timestamp": 1, "message": json.dumps(r)} for r in records]}).encode(),
        "logs-filter.json": json.dumps({"events": [{"message": json.dumps(r)} for r in records]}, indent=4).encode(),
        "lake.json": wrapped(records, lambda r: {"eventData": r}),
        "splunk.json": wrapped(records, lambda r: {"preview": False, "result": {"_raw": json.dumps(r)}}),
        "elastic.json": wrapped(records, lambda r: {"event": {"original": json.dumps(r)}, "message": "not one"}),
    }


def wrapped(records, wrap):
    return "\n".join(json.dumps(wrap(r)) for r in records).encode()


@pytest.mark.parametrize("name", sorted(shapes(calls(FOOTPRINT))))
def test_inputs_are_told_by_their_shape(keycanary, tmp_path, name):
    records = calls(FOOTPRINT)
    file = tmp_path / name
    file.write_bytes(shapes(records)[name])
    doc, r = keycanary.scan("--key", KEY, file, check=3)
    assert ids(doc) == sorted(x["eventID"] for x in records)
    assert doc["incidents"][0]["intent"] == "ses-footprint"
    assert doc["input"]["records"] == 2 and doc["input"]["files"] == 1
    assert doc["input"]["skipped"] == []
    by_pipe = json.loads(keycanary("scan", "--json", "--key", KEY, input=file.read_bytes(), check=3).stdout)
    assert ids(by_pipe) == ids(doc)


def test_one_record_alone(keycanary, tmp_path):
    file = tmp_path / "one.json"
    file.write_text(json.dumps(record()))
    doc, _ = keycanary.scan("--key", KEY, file, check=3)
    assert doc["incidents"][0]["intent"] == "ses-probe"


def test_digests_and_insights_are_left_out_and_counted(keycanary, tmp_path):
    tree = tmp_path / "AWSLogs" / ACCOUNT
    write_log(tree / "CloudTrail" / "us-east-1" / "a.json.gz", calls(FOOTPRINT))
    write_log(tree / "CloudTrail-Digest" / "us-east-1" / "d.json.gz", [])
    write_log(tree / "CloudTrail-Insight" / "us-east-1" / "i.json.gz", [])
    (tree / "odd.json").write_text(json.dumps(
        {"awsAccountId": ACCOUNT, "digestStartTime": "2025-03-04T05:00:00Z", "digestS3Object": "x"}))
    doc, _ = keycanary.scan("--key", KEY, tmp_path, check=3)
    assert doc["input"]["digests"] == 2
    assert doc["input"]["insights"] == 1
    assert {s["lost"] for s in doc["input"]["skipped"]} == {False}
    assert len(ids(doc)) == 2


def test_nothing_found_is_zero(keycanary, tmp_path):
    file = write_log(tmp_path / "a.json.gz", [record(key="AKIAYT723HMDSAE2OSWA", identity=...)])
    doc, _ = keycanary.scan("--key", KEY, file, check=0)
    assert doc["incidents"] == [] and doc["input"]["records"] == 1


def session(key, name="GetSessionToken"):
    return record(name, "sts.amazonaws.com", errorCode=..., errorMessage=...,
                  responseElements={"credentials": {"accessKeyId": key, "expiration": "Mar 4, 2025, 5:00:00 PM"}})


@pytest.mark.parametrize("order", [0, 1, 2, 3, 4, 5])
def test_sessions_are_followed_across_files_in_any_order(keycanary, tmp_path, order):
    """canary -> federation session -> role session, each in a file of its own."""
    role = {"type": "AssumedRole", "principalId": "AROAX:s", "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/r/s",
            "accountId": ACCOUNT, "accessKeyId": "ASIAQNZGKIQY56JQ7WMB"}
    federated = {"type": "FederatedUser", "principalId": f"{ACCOUNT}:admin", "accountId": ACCOUNT,
                 "accessKeyId": "ASIAQNZGKIQY56JQ7WMA"}
    steps = [
        session("ASIAQNZGKIQY56JQ7WMA", "GetFederationToken"),
        dict(session("ASIAQNZGKIQY56JQ7WMB", "AssumeRole"), userIdentity=federated),
        record("GetAccount", identity=role),
    ]
    names = random.Random(order).sample(["a", "b", "c"], 3)
    for name, step in zip(names, steps):
        write_log(tmp_path / "logs" / f"{name}.json.gz", [step])
    doc, _ = keycanary.scan("--key", KEY, tmp_path / "logs", check=3)
    got = {s["event_id"]: s["match"] for i in doc["incidents"] for s in i["sightings"]}
    assert got == {steps[0]["eventID"]: "key", steps[1]["eventID"]: "derived", steps[2]["eventID"]: "derived"}


def test_each_sighting_says_how_it_concerns_the_canary(keycanary, tmp_path):
    stranger = {"type": "IAMUser", "principalId": "AIDAOTHER", "arn": f"arn:aws:iam::{ACCOUNT}:user/eve",
                "accountId": ACCOUNT, "accessKeyId": "AKIAYT723HMDSAE2OSWA", "userName": "eve"}
    other_key = dict(stranger, principalId=USER_ID, userName=USER, arn=f"arn:aws:iam::{ACCOUNT}:user/{USER}")
    masked = {"type": "AssumedRole", "principalId": "AROAX:s", "accessKeyId": KEY, "accountId": ACCOUNT}
    namesake = dict(other_key, accountId="111122223333", principalId="AIDAELSE",
                    arn=f"arn:aws:iam::111122223333:user/{USER}")
    rows = {
        "key": record(),
        "principal": record(identity=other_key),
        "target": record("CreateLoginProfile", "iam.amazonaws.com", identity=stranger,
                         requestParameters={"userName": USER}),
        "target key": record("UpdateAccessKey", "iam.amazonaws.com", identity=stranger,
                             requestParameters={"accessKeyId": KEY, "status": "Inactive"}),
        "masked role": record(identity=masked),
        "namesake": record(identity=namesake, recipientAccountId="111122223333"),
        "mentioned only": record(identity=stranger, requestParameters={"note": KEY}),
    }
    write_log(tmp_path / "a.json", list(rows.values()), compress=False)
    (tmp_path / "keys.txt").write_text(f"{KEY},{USER}\n")
    doc, _ = keycanary.scan("--keys", tmp_path / "keys.txt", tmp_path / "a.json", check=3)
    got = {s["event_id"]: s["match"] for i in doc["incidents"] for s in i["sightings"]}
    assert got == {rows["key"]["eventID"]: "key", rows["principal"]["eventID"]: "principal",
                   rows["target"]["eventID"]: "target", rows["target key"]["eventID"]: "target"}


def test_the_user_id_finds_other_keys_of_the_user(keycanary, tmp_path):
    other = {"type": "IAMUser", "principalId": USER_ID, "accessKeyId": "AKIAYT723HMDSAE2OSWA"}
    write_log(tmp_path / "a.json", [record(identity=other)], compress=False)
    keys = tmp_path / "k.json"
    keys.write_text(json.dumps({"AccessKey": {"AccessKeyId": KEY, "UserName": USER}}))
    keycanary("import", keys, check=0)
    doc, _ = keycanary.scan(tmp_path / "a.json", check=0)
    assert doc["incidents"] == []


def big_log(tmp_path, wanted, name="big.json.gz", n=3000, seed=7):
    """Megabytes of other people's records with ours at odd places."""
    rng = random.Random(seed)
    others = [record("DescribeInstances", "ec2.amazonaws.com", identity={
        "type": "AssumedRole", "accessKeyId": "ASIA" + "".join(rng.choices("ABCDEFGH234567", k=16)),
        "principalId": "AROAX:i", "accountId": ACCOUNT,
        "sessionContext": {"sessionIssuer": {"type": "Role", "userName": "web"}}},
        requestParameters={"filter": "x" * 300}) for _ in range(n)]
    for at, r in wanted:
        others.insert(at, r)
    return write_log(tmp_path / name, others)


def odd_places():
    near = {"type": "IAMUser", "accessKeyId": "AKIAYT723HMDSAE2OSWA", "userName": "x", "principalId": "AIDAZ"}
    nested = json.dumps({"eventVersion": "1", "userIdentity": {"accessKeyId": KEY}})
    return [
        (0, record(eventID="first")),
        (5, record(eventID="nested", identity=near, requestParameters={"body": nested})),
        (6, record(eventID="mimic", identity=near, requestParameters={
            "eventVersion": "1", "items": [{"eventVersion": "1.08", "userIdentity": {"type": "IAMUser", "accessKeyId": KEY}}]})),
        (7, record(eventID="after-mimic", identity={
            "sessionContext": {"x": [{"eventVersion": "1"}]}, "type": "IAMUser", "accessKeyId": KEY})),
        (1500, record(eventID="braces", userAgent='}{"}],[{\\"eventVersion\\"')),
        (2900, record(eventID="quoted", userAgent='say "AKIA" \\" and \\\\')),
        (3006, record(eventID="last")),
    ]


def test_the_fast_way_finds_what_the_plain_way_finds(keycanary, tmp_path):
    big_log(tmp_path, odd_places())
    big_log(tmp_path, odd_places()[1:3], name="near-misses.json.gz", seed=8)
    big_log(tmp_path, [], name="nothing.json.gz", seed=9)
    fast, _ = keycanary.scan("--key", KEY, tmp_path, check=3)
    plain, _ = keycanary.scan("--plain", "--key", KEY, tmp_path, check=3)
    assert fast["incidents"] == plain["incidents"]
    assert fast["input"] == plain["input"]
    assert ids(fast) == ["after-mimic", "braces", "first", "last", "quoted"]
    assert fast["input"]["records"] == 9000 + 7 + 2


def test_escapes_hide_nothing(keycanary, tmp_path):
    text = json.dumps({"Records": [record(eventID="e1")]}).replace(KEY, "\\u0041KIA" + KEY[4:])
    filler = json.dumps(record(identity={"type": "AWSService"}, requestParameters={"x": "y" * 400}))
    text = text.replace("[{", "[" + ",".join([filler] * 200) + ",{", 1).replace(": ", ":").replace(", ", ",")
    (tmp_path / "a.json").write_text(text)
    doc, _ = keycanary.scan("--key", KEY, tmp_path, check=3)
    assert ids(doc) == ["e1"]


def test_threads_do_not_change_the_answer(keycanary, tmp_path):
    for n in range(12):
        big_log(tmp_path, [(n * 20, record(eventID=f"e{n}", time=f"2025-03-04T05:{n:02d}:00Z"))],
                name=f"{n}.json.gz", n=300, seed=n)
    one, _ = keycanary.scan("-j1", "--key", KEY, tmp_path, check=3)
    many, _ = keycanary.scan("-j8", "--key", KEY, tmp_path, check=3)
    assert one == many and len(ids(one)) == 12


# --- bad input ----------------------------------------------------------------

GOOD = [record(eventID="good-1"), record(eventID="good-2", name="ListIdentities")]


def joined(*parts):
    return b'{"Records":[' + b",".join(p if isinstance(p, bytes) else json.dumps(p).encode() for p in parts) + b"]}"


HURT = {
    "truncated-gzip": gzip.compress(joined(GOOD[0], GOOD[1], *[record(key="AKIAYT723HMDSAE2OSWA") for _ in range(40)]))[:-700],
    "corrupt-record": joined(GOOD[0], b'{"eventVersion":"1","broken":}', GOOD[1]),
    "open-quote": joined(GOOD[0], b'{"eventVersion":"1","broken":"', GOOD[1]),
    "nested-10000": joined(GOOD[0], b'{"eventVersion":"1","a":' + b'{"a":' * 10000 + b"1" + b"}" * 10001, GOOD[1]),
    "cut-off": joined(GOOD[0], GOOD[1], record(eventID="cut"))[:-200],
    "garbage-between": joined(GOOD[0], b"@#!", GOOD[1]),
    "bad-line": b"\n".join([json.dumps(GOOD[0]).encode(), b'{"eventID": nonsense', json.dumps(GOOD[1]).encode()]),
}


@pytest.mark.parametrize("name", sorted(HURT))
def test_damage_costs_only_what_is_damaged(keycanary, tmp_path, name):
    (tmp_path / "hurt.json").write_bytes(HURT[name])
    write_log(tmp_path / "neighbour.json.gz", [record(eventID="neighbour")])
    doc, r = keycanary.scan("--key", KEY, tmp_path, check=1)
    assert {"good-1", "good-2", "neighbour"} <= set(ids(doc)), name
    assert doc["input"]["damaged"] >= 1
    skipped = [s for s in doc["input"]["skipped"] if s["lost"]]
    assert [s["file"].endswith("hurt.json") for s in skipped] == [True]
    assert skipped[0]["reason"]


@pytest.mark.parametrize("content", [b"hello", b"\x1f\x8bnot really gzip", b"{}", b"[1,2,3]", b'{"a":1}'])
def test_what_is_no_log_is_said_so(keycanary, tmp_path, content):
    (tmp_path / "a.json").write_bytes(content)
    doc, _ = keycanary.scan("--key", KEY, tmp_path, check=1)
    assert doc["incidents"] == [] and doc["input"]["skipped"][0]["lost"]


@pytest.mark.parametrize("content, word", [
    (json.dumps({"Records": GOOD}).encode("utf-16"), "UTF-16"), (b"PK\x03\x04\x14\0\0\0", "zip"),
    (b"\x28\xb5\x2f\xfd\x04\0", "zstd"), (b"BZh91AY&SY", "bzip2"), (b"\xfd7zXZ\0\0", "xz"), (b"PAR1\x15\0", "Parquet")])
def test_other_formats_are_named(keycanary, tmp_path, content, word):
    (tmp_path / "a.json").write_bytes(content)
    doc, _ = keycanary.scan("--key", KEY, tmp_path, check=1)
    assert word in doc["input"]["skipped"][0]["reason"]


def test_a_canary_in_what_is_no_record_is_no_all_clear(keycanary, tmp_path):
    (tmp_path / "a.json").write_text(json.dumps([{"useridentity": {"accesskeyid": KEY}}, GOOD[0]]))
    doc, _ = keycanary.scan("--key", KEY, tmp_path, check=1)
    assert ids(doc) == ["good-1"]
    assert "no CloudTrail record" in doc["input"]["skipped"][0]["reason"]


def test_a_bomb_is_stopped(keycanary, tmp_path):
    (tmp_path / "bomb.gz").write_bytes(gzip.compress(b" " * 60_000_000))
    doc, _ = keycanary.scan("--max-inflate", "20M", "--key", KEY, tmp_path, check=1)
    assert str(20 << 20) in doc["input"]["skipped"][0]["reason"]
    assert doc["input"]["bytes"] < 30_000_000


def test_bytes_that_are_no_text_do_no_harm(keycanary, tmp_path):
    r = json.dumps(record(eventID="odd", userAgent="UA"))
    (tmp_path / "a.json").write_bytes(r.encode().replace(b"UA", b"\xff\xfe\xc0\x80 \x01"))
    doc, _ = keycanary.scan("--key", KEY, tmp_path)
    assert ids(doc) == ["odd"]


def test_a_record_of_256_kb(keycanary, tmp_path):
    write_log(tmp_path / "a.json.gz", [record(eventID="large", requestParameters={"x": "y" * 256_000}), record(eventID="next")])
    doc, _ = keycanary.scan("--key", KEY, tmp_path, check=3)
    assert ids(doc) == ["large", "next"]


def test_duplicates_count_once(keycanary, tmp_path):
    r = record(eventID="twice")
    write_log(tmp_path / "a.json.gz", [r, r])
    write_log(tmp_path / "b.json.gz", [r])
    doc, _ = keycanary.scan("--key", KEY, tmp_path, check=3)
    assert ids(doc) == ["twice"] and doc["input"]["duplicates"] == 2


TIMES = ["2025-03-04T05:06:07Z", "2025-03-04 05:06:07", "2025-03-04T05:06:07.1234567Z",
         "20250304T050607Z", "2025-03-04T06:06:07+01:00", 1741064767, "1741064767"]


@pytest.mark.parametrize("time", TIMES, ids=str)
def test_times_in_every_shape(keycanary, tmp_path, time):
    write_log(tmp_path / "a.json", [record(time=time)], compress=False)
    doc, _ = keycanary.scan("--key", KEY, tmp_path, check=3)
    assert doc["incidents"][0]["first_seen"].startswith("2025-03-04T05:06:07")


WRONG = [("eventTime", None), ("eventTime", ...), ("eventTime", {"a": 1}), ("eventSource", 5), ("eventName", None),
         ("requestParameters", "text"), ("requestParameters", [1]), ("responseElements", 7), ("userAgent", {}),
         ("sourceIPAddress", []), ("errorCode", 403), ("errorMessage", None), ("awsRegion", ...), ("eventID", 1),
         ("readOnly", "true"), ("recipientAccountId", 1)]


@pytest.mark.parametrize("member,value", WRONG, ids=str)
def test_missing_and_wrongly_typed_members(keycanary, tmp_path, member, value):
    write_log(tmp_path / "a.json", [record(**{member: value}), record(eventID="next")], compress=False)
    doc, _ = keycanary.scan("--key", KEY, tmp_path, check=3)
    assert "next" in [s["event_id"] for i in doc["incidents"] for s in i["sightings"]]
    assert sum(len(i["sightings"]) for i in doc["incidents"]) == 2


def test_a_record_without_identity_is_nobodys(keycanary, tmp_path):
    write_log(tmp_path / "a.json", [record(identity=...), record(identity="text"), record()], compress=False)
    doc, _ = keycanary.scan("--key", KEY, tmp_path, check=3)
    assert len(ids(doc)) == 1


def test_hostile_text_reaches_the_terminal_visible(keycanary, tmp_path):
    write_log(tmp_path / "a.json", [record(userAgent="\x1b]0;owned\x07\u202egnp.exe", errorCode="\x1b[2J")], compress=False)
    out = keycanary("scan", "--key", KEY, tmp_path, check=3).stdout
    assert "\x1b" not in out and "\x07" not in out and "\u202e" not in out
    assert "\\x1B]0;owned" in out and "\\u{202E}" in out


def test_colour_only_when_asked(keycanary, tmp_path):
    write_log(tmp_path / "a.json", [record()], compress=False)
    assert "\x1b" not in keycanary("scan", "--key", KEY, tmp_path).stdout
    assert "\x1b[" in keycanary("scan", "--color", "always", "--key", KEY, tmp_path).stdout


@pytest.mark.parametrize("args,word", [
    (["--key", "AKIAYT723HMDSAE2OS-V", "x"], "'-'"), (["--key", "ASIAQNZGKIQY56JQ7WML", "x"], "temporary"),
    (["--format", "yaml", "x"], "yaml"), (["--kee", KEY, "x"], "--key")])
def test_misuse_is_explained(keycanary, args, word):
    r = keycanary("scan", *args)
    assert r.returncode in (1, 2) and word in r.stderr


def test_a_file_that_is_not_there(keycanary, tmp_path):
    doc, r = keycanary.scan("--key", KEY, tmp_path / "gone", check=1)
    assert doc["input"]["skipped"][0]["file"] == str(tmp_path / "gone")


def test_a_wrong_line_of_keys_is_named(keycanary, tmp_path):
    (tmp_path / "k").write_text(f"{KEY}\nAKIAnope\n")
    r = keycanary("scan", "--keys", tmp_path / "k", tmp_path)
    assert r.returncode == 1 and ":2:" in r.stderr


@pytest.mark.parametrize("words,what", [
    (["--key", "AKIA123"], "--key"), (["--key", "ASIAQNZGKIQY56JQ7WMA"], "--key"), (["--threads", "-3"], "--threads"),
    (["--max-inflate", "1.5G"], "--max-inflate"), (["--max-inflate", "0"], "--max-inflate"), ([""], "empty name")])
def test_wrong_words_are_told_as_such(keycanary, tmp_path, words, what):
    r = keycanary("scan", "--key", KEY, *words, check=2)
    assert what in r.stderr and r.stdout == ""
