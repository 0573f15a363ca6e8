"""keycanary scan finds exactly what a plain parse of every record finds.

The plain parse is Python's own: gzip, json, and the few rules of what a use of
a key is. The corpora are drawn at random (the same each time) from records
with the key in odd places, written in every shape and every style of JSON.
"""
import gzip
import json
import os
import random
import uuid

import pytest

from conftest import ACCOUNT, KEY, record

OTHER = "AKIAYT723HMDSAE2OSWA"
STRANGER = {"type": "IAMUser", "principalId": "AIDAOTHER", "accountId": ACCOUNT, "accessKeyId": OTHER, "userName": "eve",
            "arn": f"arn:aws:iam::{ACCOUNT}:user/eve"}
SERVICE = {"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}
MASKED = {"type": "AssumedRole", "principalId": "AROAX:s", "accountId": ACCOUNT, "accessKeyId": KEY}


def is_use(r):
    who = r.get("userIdentity")
    return isinstance(who, dict) and who.get("accessKeyId") == KEY and who.get("type") != "AssumedRole"


def plain_parse(files):
    """eventIDs of the uses, by a reader that knows nothing of the program."""
    found = set()
    for file in files:
        data = file.read_bytes()
        text = (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode("utf-8-sig")
        at, decoder = 0, json.JSONDecoder()
        while at < len(text):
            if text[at] in " \t\r\n":
                at += 1
                continue
            item, at = decoder.raw_decode(text, at)
            records = item if isinstance(item, list) else item.get("Records") or item.get("Events") or [item]
            for r in records:
                if isinstance(r.get("CloudTrailEvent"), str):
                    r = json.loads(r["CloudTrailEvent"])
                if is_use(r):
                    found.add(r["eventID"])
    return found


def odd_record(rng):
    """A record; every other one speaks of the key, and some are uses of it."""
    nested = json.dumps({"Records": [record()]})
    kinds = [
        lambda: record(),
        lambda: record(userAgent="ü 世界 \u2028 \U0001f600 \\ \" }{][ \x00"),
        lambda: record(errorMessage='{"eventVersion":"1.09","userIdentity":{"accessKeyId":"' + KEY + '"}}'),
        lambda: record(requestParameters={"a": [[{"eventVersion": "1.08"}]], "x": "}" * 50 + '"' * 7}),
        lambda: record(identity=dict(record()["userIdentity"], sessionContext={"list": [{"eventVersion": "1"}]})),
        lambda: record(requestParameters={"big": "z" * rng.choice([1000, 70_000, 250_000])}),
        lambda: record(identity=STRANGER),
        lambda: record(identity=STRANGER, requestParameters={"body": nested, "twice": json.dumps(nested)}),
        lambda: record(identity=STRANGER, requestParameters={"items": [{"eventVersion": "1", "userIdentity": {"type": "IAMUser", "accessKeyId": KEY}}]}),
        lambda: record(identity=STRANGER, userAgent=KEY, errorMessage=f"{KEY}\\"),
        lambda: record(identity=MASKED),
        lambda: record(identity=SERVICE, requestParameters={"x": "\\u0041KIA" + KEY[4:], "AKIA": "AKIAAKIA"}),
        lambda: record(identity=SERVICE, responseElements={"keys": ["AKIA", KEY[:-1], KEY[1:], "A" + KEY[:19]]}),
        lambda: record(identity=None, userIdentity=None),
        lambda: record(identity=SERVICE, requestParameters={"eventID": "not one", "deep": [[[[[{"eventID": [1, 2]}]]]]]}),
    ]
    r = rng.choice(kinds)()
    r["eventID"] = str(uuid.UUID(int=rng.getrandbits(128)))
    if rng.random() < 0.2:      # members in another order
        r = dict(sorted(r.items(), key=lambda _: rng.random()))
    return r


def escaped(text, rng):
    """Some letters of some keys written as \\u escapes: the same text to any reader of JSON."""
    for _ in range(rng.randrange(3)):
        n = rng.randrange(20)
        text = text.replace(KEY, KEY[:n] + f"\\u{ord(KEY[n]):04{rng.choice('xX')}}" + KEY[n + 1:], 1)
    return text


def write_odd(path, records, rng):
    style = rng.choice([{"separators": (",", ":")}] * 3 + [{}, {"indent": 2}, {"separators": (",", ":"), "ensure_ascii": False}])
    shape = rng.choice(["records", "records", "records", "array", "lines", "lookup", "pages"])
    if shape == "lookup":
        text = json.dumps({"Events": [{"EventId": r["eventID"], "CloudTrailEvent": json.dumps(r)} for r in records]}, **style)
    elif shape == "lines":
        text = "\n".join(json.dumps(r, separators=(",", ":")) for r in records) + "\n"
    elif shape == "pages":
        text = "".join(json.dumps({"Records": records[i::3]}, **style) for i in range(3) if records[i::3])
    else:
        text = json.dumps({"Records": records} if shape == "records" else records, **style)
    if shape in ("records", "array", "lines"):
        text = escaped(text, rng)
    data = text.encode()
    if rng.random() < 0.6:
        cut = rng.randrange(len(data))
        data = gzip.compress(data, 1) if rng.random() < 0.7 else gzip.compress(data[:cut], 1) + gzip.compress(data[cut:], 1)
    path.write_bytes(data)
    return path


def sightings(doc):
    return {s["event_id"] for i in doc["incidents"] for s in i["sightings"]}


@pytest.mark.parametrize("seed", range(3))
def test_random_corpora_in_every_shape(keycanary, tmp_path, seed):
    rng = random.Random(seed)
    logs = tmp_path / "logs"
    logs.mkdir()
    files = [write_odd(logs / f"{n:02d}.json", [odd_record(rng) for _ in range(rng.choice([1, 3, 20, 60]))], rng)
             for n in range(16)]
    want = plain_parse(files)
    assert len(want) > 20
    fast, _ = keycanary.scan("--key", KEY, logs, check=3)
    plain, _ = keycanary.scan("--plain", "--key", KEY, logs, check=3)
    assert sightings(fast) == want
    assert sightings(plain) == want
    assert fast["incidents"] == plain["incidents"]
    assert fast["input"]["skipped"] == []


def large(rng, wanted, size):
    """Some megabytes of records, those wanted among them: first, last and between."""
    filler = [json.dumps(dict(record(identity=STRANGER, requestParameters={"x": hex(rng.getrandbits(1600))}), eventID=f"f{n}"),
                         separators=(",", ":")) for n in range(50)]
    rows = [json.dumps(wanted[0], separators=(",", ":"))]
    total, every = 0, size // (len(wanted) - 1)
    for w in wanted[1:]:
        below = total + every
        while total < below:
            rows.append(rng.choice(filler))
            total += len(rows[-1])
        rows.append(json.dumps(w, separators=(",", ":")))
    return rows


@pytest.mark.parametrize("name", ["records.json", "records.json.gz", "lines.ndjson", "lines.gz", "pretty.json"])
def test_files_too_large_to_be_held_whole(keycanary, tmp_path, name):
    """Beyond the limits for whole files a file is read in windows; uses lie across their borders."""
    rng = random.Random(name)
    wanted = [record(eventID=f"w{n:03d}", requestParameters={"pad": "p" * (n * 997 % 5000)}) for n in range(120)]
    rows = large(rng, wanted, 14_000_000)
    if name.startswith("lines"):
        data = "\n".join(rows).encode()
    elif name.startswith("pretty"):
        data = ('{\n  "Records": [\n' + ",\n".join(rows) + "\n  ]\n}\n").encode()
    else:
        data = ('{"Records":[' + ",".join(rows) + "]}").encode()
    (tmp_path / name).write_bytes(gzip.compress(data, 1) if name.endswith("gz") else data)
    doc, _ = keycanary.scan("--key", KEY, tmp_path / name, check=3)
    assert sightings(doc) == {w["eventID"] for w in wanted}
    assert doc["input"]["records"] == len(rows) and doc["input"]["skipped"] == []
    if name == "lines.ndjson":
        by_pipe = keycanary("scan", "--json", "--key", KEY, input=data, check=3)
        assert sightings(json.loads(by_pipe.stdout)) == sightings(doc)


def test_ten_thousand_keys_with_few_uses(keycanary, tmp_path):
    rng = random.Random(5)
    keys = ["AKIAYT72" + "".join(rng.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", k=12)) for _ in range(10_000)]
    (tmp_path / "keys").write_text("".join(f"{k},user-{n}\n" for n, k in enumerate(keys)))
    uses = rng.sample(keys, 12)
    rows = [record(eventID=k, key=k) for k in uses] + [record(eventID=f"o{n}", identity=STRANGER, userAgent=rng.choice(keys)) for n in range(400)]
    for r in rows[:12]:
        r["userIdentity"].update(userName="x", principalId="AIDAX", arn=f"arn:aws:iam::{ACCOUNT}:user/x")
    rng.shuffle(rows)
    (tmp_path / "a.json.gz").write_bytes(gzip.compress(json.dumps({"Records": rows}, separators=(",", ":")).encode()))
    doc, _ = keycanary.scan("--keys", tmp_path / "keys", tmp_path / "a.json.gz", check=3)
    assert sightings(doc) == set(uses)
    assert {i["canary"]["key_id"] for i in doc["incidents"]} == set(uses)


def of_named_users(rng, n):
    """Records about users by name alone: some of them ours, in every place and way of writing a name has."""
    user = rng.choice(["svc", "svc-report-mailer", "svc-report", "svc-report-mailer2", "asvc", "admin"])
    other = dict(STRANGER, userName="eve")
    arn = f"arn:aws:iam::{rng.choice([ACCOUNT, ACCOUNT, '111122223333'])}:user/{rng.choice(['', 'team/a/', 'svc/'])}{user}"
    return dict(rng.choice([
        lambda: record(identity=dict(STRANGER, userName=user, arn=arn)),
        lambda: record(identity=dict(STRANGER, userName=user, arn=...)),
        lambda: record(identity=dict(STRANGER, userName="x", arn=arn)),
        lambda: record("GetUser", "iam.amazonaws.com", identity=other, errorMessage=..., requestParameters={"userName": user}),
        lambda: record("GetUser", "iam.amazonaws.com", identity=other, errorMessage=f"User: arn:aws:iam::{ACCOUNT}:user/eve is not authorized to perform: iam:GetUser on resource: user {user} because no identity-based policy allows it"),
        lambda: record("GetUser", "iam.amazonaws.com", identity=other, errorMessage=f"User: {STRANGER['arn']} is not authorized to perform: iam:GetUser on resource: {arn}"),
        lambda: record("GetObject", "s3.amazonaws.com", identity=other, resources=[{"ARN": "arn:aws:s3:::b"}, {"ARN": arn}]),
        lambda: record("SimulatePrincipalPolicy", "iam.amazonaws.com", identity=other, requestParameters={"policySourceArn": arn}),
        lambda: record(identity=SERVICE, userAgent=f"{user} user {user} user/{user}", requestParameters={"clusterName": user}),
    ])(), eventID=f"n{n}")


def test_users_by_name_wherever_it_stands(keycanary, tmp_path):
    rng = random.Random(17)
    rows = [of_named_users(rng, n) for n in range(600)]
    for r in rows:
        r["userIdentity"] = {k: v for k, v in r["userIdentity"].items() if v is not ...}
    texts = [json.dumps(r, separators=(",", ":")) for r in rows]
    for n in range(0, len(texts), 3):       # the same to any reader of JSON
        texts[n] = rng.choice([lambda t: t.replace("/", "\\/"), lambda t: t.replace("svc", "s\\u0076c"), lambda t: t.replace(":user", "\\u003auser"),
                               lambda t: t.replace('"userName":', '"userName" :\t'), lambda t: t.replace(" user ", "\\u0020user ")])(texts[n])
    (tmp_path / "a.json").write_text('{"Records":[' + ",".join(texts) + "]}")
    (tmp_path / "keys").write_text(f"{KEY},svc\nAKIAYT723HMDSAE2OSWB,svc-report-mailer\n")
    fast, _ = keycanary.scan("--keys", tmp_path / "keys", tmp_path / "a.json", check=3)
    plain, _ = keycanary.scan("--plain", "--keys", tmp_path / "keys", tmp_path / "a.json", check=3)
    assert fast == plain and fast["input"]["records"] == 600
    assert 100 < len(sightings(fast)) < 400


# --- what lies in a tree ---------------------------------------------------------------

def one(path, event_id):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"Records": [record(eventID=event_id)]}))
    return path


def test_a_tree_with_loops_pipes_and_empty_files(keycanary, tmp_path):
    logs = tmp_path / "logs"
    one(logs / "a" / "one.json", "one")
    (logs / "a" / "loop").symlink_to(logs, target_is_directory=True)
    (logs / "self").symlink_to(logs / "self")
    (logs / "gone.json").symlink_to("/nonexistent")
    (logs / "twice.json").symlink_to(logs / "a" / "one.json")
    os.mkfifo(logs / "pipe")
    (logs / "empty.json").write_bytes(b"")
    (logs / "empty.json.gz").write_bytes(gzip.compress(b""))
    one(logs / "odd \x1b[31m\n名.json", "two")
    doc, _ = keycanary.scan("--key", KEY, logs, check=3)
    assert sightings(doc) == {"one", "two"} and doc["input"]["files"] == 4
    assert doc["input"]["skipped"] == []


def test_a_tree_named_by_a_link(keycanary, tmp_path):
    one(tmp_path / "real" / "a.json", "one")
    (tmp_path / "link").symlink_to(tmp_path / "real", target_is_directory=True)
    doc, _ = keycanary.scan("--key", KEY, tmp_path / "link", check=3)
    assert sightings(doc) == {"one"}


def test_many_paths_and_standard_input_together(keycanary, tmp_path):
    a, b = one(tmp_path / "a.json", "a"), one(tmp_path / "d" / "b.json", "b")
    r = keycanary("scan", "--json", "--key", KEY, a, tmp_path / "d", "-",
                  input=json.dumps(record(eventID="c")), check=3)
    assert sightings(json.loads(r.stdout)) == {"a", "b", "c"}
    r = keycanary("scan", "--json", "--key", KEY, tmp_path / "none", a, check=1)
    assert sightings(json.loads(r.stdout)) == {"a"}
    assert json.loads(r.stdout)["input"]["skipped"][0]["file"] == str(tmp_path / "none")


def test_a_file_that_may_not_be_read(keycanary, tmp_path):
    one(tmp_path / "logs" / "a.json", "a")
    locked = one(tmp_path / "logs" / "locked.json", "b")
    locked.chmod(0)
    if os.access(locked, os.R_OK):
        pytest.skip("this user may read everything")
    doc, _ = keycanary.scan("--key", KEY, tmp_path / "logs", check=1)
    assert sightings(doc) == {"a"}
    assert doc["input"]["skipped"][0]["file"] == str(locked) and "ermission" in doc["input"]["skipped"][0]["reason"]


# --- damaged gzip ------------------------------------------------------------------------

PACKED = gzip.compress(json.dumps({"Records": [record(eventID="a"), record(eventID="b")]}).encode())


DAMAGED = {
    "crc": (PACKED[:-8] + b"\0\0\0\0" + PACKED[-4:], "damaged"),
    "length": (PACKED[:-1] + b"\x7f", "damaged"),
    "garbage behind": (PACKED + b"garbage", "behind"),
    "half a member behind": (PACKED + PACKED[:30], "ends too early"),
    "not yet whole": (PACKED[:-3], "ends too early"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_gzip_that_is_damaged_at_its_end(keycanary, tmp_path, name):
    data, reason = DAMAGED[name]
    (tmp_path / "a.json.gz").write_bytes(data)
    doc, _ = keycanary.scan("--key", KEY, tmp_path, check=1)
    assert sightings(doc) == {"a", "b"}
    assert reason in doc["input"]["skipped"][0]["reason"]


@pytest.mark.parametrize("piece", ['{"a":\n', '{"eventVersion"', '{"eventVersion":[', "[", "{", '"', "\n{", '{"Records":[', "]}"])
def test_what_never_closes_does_not_take_for_ever(keycanary, tmp_path, piece):
    """Megabytes of openings: told as loss, in a time that grows with the size and not with its square."""
    (tmp_path / "a.json").write_text(piece * (3_000_000 // len(piece)))
    one(tmp_path / "b.json", "neighbour")
    doc, _ = keycanary.scan("--key", KEY, tmp_path)
    assert sightings(doc) == {"neighbour"}


def test_zeros_behind_gzip_are_padding(keycanary, tmp_path):
    (tmp_path / "a.json.gz").write_bytes(PACKED + bytes(512))
    doc, _ = keycanary.scan("--key", KEY, tmp_path, check=3)
    assert sightings(doc) == {"a", "b"} and doc["input"]["damaged"] == 0


def test_a_byte_changed_in_the_middle(keycanary, tmp_path):
    """Whatever the byte: no crash, the neighbour is read, and a loss is told."""
    rng = random.Random(3)
    one(tmp_path / "logs" / "neighbour.json", "neighbour")
    for n in range(25):
        data = bytearray(PACKED)
        data[rng.randrange(10, len(data) - 8)] ^= 1 << rng.randrange(8)
        (tmp_path / "logs" / f"{n}.gz").write_bytes(bytes(data))
    doc, _ = keycanary.scan("--key", KEY, tmp_path / "logs", check=1)
    assert "neighbour" in sightings(doc)
    assert len([s for s in doc["input"]["skipped"] if s["lost"]]) == 25


def mutated(data, rng):
    data = bytearray(data)
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        n = rng.randrange(len(data) or 1)
        kind = rng.randrange(7)
        if kind == 0:
            data[n:n + 1] = bytes([rng.randrange(256)])
        elif kind == 1:
            del data[n:n + rng.randint(1, 40)]
        elif kind == 2:
            data[n:n] = bytes(rng.choice(b'{}[]",:\\\0\xff\n') for _ in range(rng.randint(1, 4)))
        elif kind == 3:
            del data[n:]
        elif kind == 4:
            data[n:n] = b"[" * rng.randint(1, 2000)
        else:
            at = data.find(b'"' if kind == 5 else b"}", n)
            del data[max(at, 0):at + 1]
    return bytes(data)


def entry(r):
    return {"EventId": r["eventID"], "EventName": r["eventName"], "Resources": [], "CloudTrailEvent": json.dumps(r)}


# name: before, between and behind the items, and how one is written
WRITTEN = {
    "s3": ('{"Records":[', ",", "]}", lambda r: json.dumps(r, separators=(",", ":"))),
    "pretty": ('{\n    "Records": [\n', ",\n", "\n    ]\n}\n", lambda r: json.dumps(r, indent=4)),
    "sorted": ("[", ", ", "]", lambda r: json.dumps(r, sort_keys=True)),
    "lines": ("", "\n", "\n", json.dumps),
    "one after the other": ("", "", "", json.dumps),
    "lookup": ('{"Events":[', ",", "]}", lambda r: json.dumps(entry(r))),
    "lookup, pretty": ('{\n    "Events": [\n', ",\n", '\n    ],\n    "NextToken": "x"\n}\n', lambda r: json.dumps(entry(r), indent=4)),
}


@pytest.mark.parametrize("name", sorted(WRITTEN))
def test_a_broken_record_takes_no_neighbour_along(keycanary, tmp_path, name):
    rng = random.Random(name)
    before, between, behind, write = WRITTEN[name]
    (tmp_path / "logs").mkdir()
    wanted = set()
    for n in range(120):
        rows = [record(eventID=f"{n}-{k}", requestParameters={"a": {"b": ["x", "}", "{", '"', "\\"]}}) for k in range(5)]
        parts = [write(r).encode() for r in rows]
        bad = rng.randrange(5)
        parts[bad] = mutated(parts[bad], rng)
        wanted |= {r["eventID"] for k, r in enumerate(rows) if k != bad}
        (tmp_path / "logs" / f"{n}.json").write_bytes(before.encode() + between.encode().join(parts) + behind.encode())
    doc, _ = keycanary.scan("--key", KEY, tmp_path / "logs", check=1)
    assert wanted <= sightings(doc), sorted(wanted - sightings(doc))[:5]


# --- wrong types everywhere -----------------------------------------------------------------

VALUES = [None, True, 0, -1.5e300, "", "text", "\ud800", [], [None], {}, {"a": {"b": [1]}}]


def spoiled(r, rng):
    """A record of the canary with one member, at any depth, of a wrong type."""
    r = json.loads(json.dumps(r))
    places, todo = [], [r]
    while todo:
        o = todo.pop()
        for k, v in o.items():
            if k != "accessKeyId" and k != "eventID":
                places.append((o, k))
            if isinstance(v, dict):
                todo.append(v)
    o, k = rng.choice([(o, k) for o, k in places if k != "userIdentity" and k != "type"])
    o[k] = rng.choice(VALUES)
    return r


def test_wrong_types_at_any_depth(keycanary, tmp_path):
    rng = random.Random(11)
    base = [record(requestParameters={"serviceCode": "ses", "filters": [{"n": 1}]}, responseElements={"credentials": {"accessKeyId": "x"}}),
            record("AssumeRole", "sts.amazonaws.com", errorCode=..., responseElements={"credentials": {"accessKeyId": "ASIAQNZGKIQY56JQ7WMA"}}),
            record("CreateAccessKey", "iam.amazonaws.com", responseElements={"accessKey": {"accessKeyId": "AKIAYT723HMDSAE2OSWB", "userName": "x"}}),
            record("PutAccountSuppressionAttributes", "ses.amazonaws.com", identity=dict(record()["userIdentity"], sessionContext={
                "sessionIssuer": {"type": "Role"}, "attributes": {"mfaAuthenticated": "false"}}))]
    rows = [dict(spoiled(rng.choice(base), rng), eventID=f"s{n}") for n in range(500)]
    (tmp_path / "a.json").write_text(json.dumps({"Records": rows}))
    doc, _ = keycanary.scan("--key", KEY, tmp_path / "a.json", check=3)
    assert sightings(doc) == {r["eventID"] for r in rows}
    keycanary("scan", "--key", KEY, tmp_path / "a.json", check=3)


# --- a terminal ------------------------------------------------------------------------------

def test_colour_on_a_terminal_only(keycanary, tmp_path):
    pexpect = pytest.importorskip("pexpect")
    from conftest import PROGRAM
    one(tmp_path / "a.json", "a")

    def on_terminal(**env):
        out, status = pexpect.run(f"{PROGRAM} scan --key {KEY} {tmp_path / 'a.json'}", withexitstatus=True, timeout=60,
                                  env=dict(keycanary.env, TERM="xterm", PAGER="cat", **env))
        assert status == 3
        return out.decode()

    shown = on_terminal()
    assert "\x1b[3" in shown and "of 1 files" not in shown, "what is done at once needs no progress"
    assert "\x1b[1" not in on_terminal(NO_COLOR="1") and "\x1b[3" not in on_terminal(NO_COLOR="1")
    r = keycanary("scan", "--key", KEY, tmp_path / "a.json", check=3)
    assert "\x1b" not in r.stdout


def test_progress_on_a_terminal_when_it_takes_a_while(keycanary, tmp_path):
    """Gigabytes of nothing: over a second on any processor."""
    pexpect = pytest.importorskip("pexpect")
    from conftest import PROGRAM
    one(tmp_path / "logs" / "a.json", "a")
    empty = tmp_path / "empty.json.gz"
    empty.write_bytes(gzip.compress(b" " * 8_000_000))
    for n in range(300):
        os.link(empty, tmp_path / "logs" / f"{n}.json.gz")
    words = ["scan", "--threads", "1", "--key", KEY, tmp_path / "logs"]
    out, status = pexpect.run(f"{PROGRAM} {' '.join(map(str, words))}", withexitstatus=True, timeout=300,
                              env=dict(keycanary.env, TERM="xterm", PAGER="cat"))
    assert status == 3 and b"of 301 files" in out and b"MB/s" in out
