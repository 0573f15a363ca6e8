"""Minting, adopting and retiring decoys, against the range and checked with botocore."""
import base64
import json
import os
import pathlib
import re
import signal
import sqlite3
import subprocess
import sys

import pytest

from conftest import ON_POSTGRES, PROGRAM

pytest.importorskip("botocore")

TOLD = re.compile(r"canary|honey|decoy|@@|spacecrab|[0-9a-f]{8}-[0-9a-f]{4}-", re.I)


@pytest.fixture
def mint(keycanary, aws_range):
    """The program with the monitor's credentials of a fresh range."""
    keycanary.env.update(aws_range.env())
    keycanary.range = aws_range
    return keycanary


def users(r):
    """Users of the range, but the monitor."""
    return {n: u for n, u in r.world.users.items() if n != "keycanary-monitor"}


def keys(r):
    return {k["id"]: k for k in r.world.keys.values() if k["kind"] == "user" and k["user"] != "keycanary-monitor"}


def registry(mint):
    listed = mint("list", "--json", check=0)
    return {c["key_id"]: c for c in json.loads(listed.stdout)["canaries"]}


def state(mint):
    return mint.home / ".local/state/keycanary"


def ask(mint, sql):
    """Rows of the state, in whichever database it is."""
    if ON_POSTGRES:
        out = subprocess.run(["psql", mint.env["KEYCANARY_STATE"], "-qtAX", "-F", "\t", "-c", sql],
                             capture_output=True, text=True, check=True).stdout
        return [tuple(line.split("\t")) for line in out.splitlines()]
    with sqlite3.connect(state(mint) / "keycanary.db") as db:
        return [tuple(map(str, row)) for row in db.execute(sql)]


def journal(mint):
    return ask(mint, "SELECT user_name, step FROM minting")


def agree(mint):
    """Registry and cloud are the same: no orphan on either side."""
    there, known = keys(mint.range), registry(mint)
    assert set(there) == set(known)
    assert {k["user"] for k in there.values()} == set(users(mint.range)) == {c["user_name"] for c in known.values()}
    assert journal(mint) == []
    return known


# --- minting -------------------------------------------------------------------------------


def test_a_batch_has_believable_names_one_key_each_and_no_rights(mint):
    out = mint("mint", "--count", 12, "--style", "ci", "--app", "webshop", "--owner", "ops", "--tag", "q3", check=0)
    known = agree(mint)
    assert len(known) == 12 and all(k in out.stdout for k in known)
    for c in known.values():
        assert not TOLD.search(c["arn"]) and c["level"] == "silent" and c["owner"] == "ops" and c["tags"] == ["q3"]
        assert c["state"] == "live" and c["account"] == mint.range.account
    assert sum("webshop" in c["user_name"] for c in known.values()) >= 6
    for u in users(mint.range).values():
        assert not u["inline"] and not u["attached"] and not u["tags"] and not u["groups"]


def test_every_style_makes_names_that_botocore_and_iam_take(mint):
    styles = [s["style"] for s in json.loads(mint("mint", "--styles", "--json", check=0).stdout)["styles"]]
    assert len(styles) >= 6
    model = mint.range.client("iam").meta.service_model.operation_model("CreateUser").input_shape.members
    for style in styles:
        made = json.loads(mint("mint", "--inert", "--account", "123456789012", "--count", 200, "--style", style,
                               "--json", check=0).stdout)["canaries"]
        names = [c["user_name"] for c in made]
        assert len({n.lower() for n in names}) == 200
        for c in made:
            assert re.fullmatch(model["UserName"].metadata.get("pattern") or r"[\w+=,.@-]+", c["user_name"])
            assert len(c["user_name"]) <= 64 and not TOLD.search(c["arn"])


@pytest.mark.parametrize("level,effect", [("denied", "deny"), ("lure", "allow")])
def test_a_level_is_one_inline_policy_and_answers_as_told(mint, level, effect):
    mint("mint", "--level", level, "--drill", "--style", "mail", check=0)
    (key_id,) = agree(mint)
    key = keys(mint.range)[key_id]
    (policy,) = users(mint.range)[key["user"]]["inline"].values()
    document = json.loads(policy["document"])
    assert {s["Effect"].lower() for s in document["Statement"]} == {effect}
    use = {"key": key_id, "secret": key["secret"]}
    quota = mint.range.aws(use, "ses", "get-send-quota")
    send = mint.range.aws(use, "ses", "send-email", "--from", "a@example.com", "--to", "b@example.com", "--subject", "x",
                          "--text", "x")
    assert (quota.returncode == 0) == (level == "lure")
    assert send.returncode != 0 and ("explicit deny" in send.stderr) == (level == "denied")


def test_the_boundary_is_set_by_the_call_that_makes_the_user(mint):
    iam = mint.range.client("iam")
    arn = iam.create_policy(PolicyName="edge", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ses:Get*", "Resource": "*"}]}))["Policy"]["Arn"]
    mint("mint", "--boundary", arn, check=0)
    (u,) = users(mint.range).values()
    assert u["boundary"] == arn
    made = [e for e in mint.range.world.records["us-east-1"].rows if e[3]["eventName"] == "CreateUser"]
    assert made[0][3]["requestParameters"]["permissionsBoundary"] == arn


def test_iam_is_given_time(mint):
    """A new user and its policy are not known everywhere at once; calls are throttled."""
    mint.range.post("set", fresh_user_calls=3)
    mint.range.post("fault", op="CreateAccessKey", kind="throttle", times=2)
    mint.range.post("fault", op="CreateUser", kind="throttle", times=1)
    mint("mint", "--level", "denied", check=0)
    agree(mint)


def test_a_dry_run_names_users_and_calls_and_makes_nothing(mint):
    r = mint("mint", "--count", 3, "--dry-run", "--level", "lure", "--app", "webshop", check=0)
    assert r.stdout.count("would make the user /") == 3 and "webshop" in r.stdout
    assert r.stdout.index("iam:CreateUser") < r.stdout.index("iam:PutUserPolicy") < r.stdout.index("iam:CreateAccessKey")
    made = json.loads(mint("mint", "--count", 2, "-n", "--json", check=0).stdout)
    assert len(made["would_mint"]) == 2 and made["canaries"] == [] and "iam:CreateUser" in made["calls_each"]
    assert users(mint.range) == {} and registry(mint) == {} and journal(mint) == []
    mint.range.post("set", users_most=10)
    assert "10 more do not fit" in mint("mint", "--count", 10, "-n", check=1).stderr


def test_the_limit_of_users_is_told_before_anything_is_made(mint):
    mint.range.post("set", users_most=10)
    r = mint("mint", "--count", 10, check=1)
    assert "1 of the 10 IAM users" in r.stderr and "10 more do not fit" in r.stderr
    assert users(mint.range) == {} and journal(mint) == []


def test_names_in_use_are_never_taken_ignoring_case(mint):
    mint.range.world.make_user("SVC-1")
    mint("mint", "--count", 8, "--pattern", "svc-{n}", check=0)
    names = [n.lower() for n in users(mint.range)]
    assert len(names) == len(set(names)) == 9
    r = mint("mint", "--pattern", "svc-{n}", check=1)
    assert "no more names" in r.stderr and "{nn}" in r.stderr


@pytest.mark.parametrize("words,want", [
    (["--style", "nope"], 'no style "nope"; there are'), (["--pattern", "aws-canary-{n}"], "canary"),
    (["--pattern", "a b{n}"], "letters, digits"), (["--pattern", "{who}"], "{who}"), (["--path", "ci"], "begin and end"),
    (["--count", "0"], "1 to 5000"), (["--account", "nope"], 'no account "nope"'), (["--level", "all"], "silent"),
    (["--show-secret"], "terminal"), (["--resume", "--undo"], "opposites"), (["--inert"], "12 digits")], ids=str)
def test_wrong_words_are_named_and_nothing_is_made(mint, words, want):
    r = mint("mint", *words)
    assert r.returncode in (1, 2) and want in r.stderr
    assert users(mint.range) == {}


def test_several_accounts(mint):
    mint.range.post("account", number="111122223333", role="minter", external_id="b7f1")
    config = mint.home / "kc.conf"
    config.write_text('accounts = ( { name = "main"; }, { name = "decoys"; role_arn = '
                      '"arn:aws:iam::111122223333:role/minter"; external_id = "b7f1"; } );\n')
    mint.env["KEYCANARY_CONFIG"] = str(config)
    r = mint("mint")
    assert r.returncode == 2 and "--account NAME" in r.stderr
    mint("mint", "--account", "decoys", check=0)
    mint("mint", "--account", "main", check=0)
    known = registry(mint)
    assert sorted(c["account"] for c in known.values()) == ["111122223333", mint.range.account]
    # Retiring finds the account by itself.
    mint("retire", "--yes", *known, check=0)
    assert {c["state"] for c in registry(mint).values()} == {"retired"} and keys(mint.range) == {}


def test_the_minters_profile_is_kept_apart_from_the_monitors(mint):
    """The monitor's key may not mint; the configuration names a profile that may."""
    minter = mint.range.post("key", user="minter", policy="admin")
    watcher = mint.range.post("key", user="watcher", policy=["cloudtrail:LookupEvents"])
    (mint.home / ".aws").mkdir()
    (mint.home / ".aws/credentials").write_text(
        f"[hands]\naws_access_key_id = {minter['key']}\naws_secret_access_key = {minter['secret']}\n"
        f"[eyes]\naws_access_key_id = {watcher['key']}\naws_secret_access_key = {watcher['secret']}\n")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        del mint.env[name]
    mint.env["KEYCANARY_CONFIG"] = str(mint.home / "kc.conf")
    account = 'accounts = ( { name = "decoys"; profile = "eyes"; } );\n'
    (mint.home / "kc.conf").write_text(account)
    assert "not authorized" in mint("mint", check=1).stderr
    (mint.home / "kc.conf").write_text(account + 'mint = { profile = "hands"; };\n')
    mint("mint", check=0)
    (key_id,) = registry(mint)
    mint("retire", "--yes", key_id, check=0)
    assert set(users(mint.range)) == {"minter", "watcher"}


def test_a_canary_is_never_used_to_mint(mint):
    mint("mint", "--drill", check=0)
    (key_id,) = registry(mint)
    mint.env.update(AWS_ACCESS_KEY_ID=key_id, AWS_SECRET_ACCESS_KEY=keys(mint.range)[key_id]["secret"])
    r = mint("mint", check=1)
    assert "is a canary" in r.stderr


# --- killed, refused, cut off ------------------------------------------------------------------

CALLS = ["GetCallerIdentity", "GetAccountSummary", "ListUsers", "CreateUser", "PutUserPolicy", "GetUserPolicy", "CreateAccessKey"]


def killed_at(mint, op, when, words):
    """Runs the program and kills it with SIGKILL before or after the range has done one operation."""
    from cloud import operation
    running = []
    real = operation.run

    def run(call):
        mine = call.operation == op and call.key["id"] == mint.env["AWS_ACCESS_KEY_ID"] and running and running[0].poll() is None
        if mine and when == "before":
            os.kill(running[0].pid, signal.SIGKILL)
            raise ConnectionResetError
        answer = real(call)
        if mine:
            os.kill(running[0].pid, signal.SIGKILL)
            running[0].wait()
        return answer

    operation.run = run
    try:
        with mint.range.world.lock:     # no answer before the process is known here
            p = subprocess.Popen([PROGRAM, *words], env=mint.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            running.append(p)
        p.communicate(timeout=60)
    finally:
        operation.run = real
    return p.returncode


@pytest.mark.parametrize("op,when,how", [
    (op, when, ("again", "resume", "undo")[(n + m) % 3]) for n, op in enumerate(CALLS)
    for m, when in enumerate(("before", "after"))] + [("CreateAccessKey", "after", how) for how in ("again", "resume", "undo")])
def test_killed_at_any_call_nothing_is_orphaned(mint, op, when, how):
    assert killed_at(mint, op, when, ["mint", "--count", "2", "--level", "denied"]) == -signal.SIGKILL
    begun = [step for _, step in journal(mint) if step != "planned"]
    assert begun or not users(mint.range)
    # A key never has more rights than meant, at any moment.
    for k in keys(mint.range).values():
        assert len(users(mint.range)[k["user"]]["inline"]) == 1
    if how == "again":
        mint("mint", "--level", "denied", check=0)
        assert len(agree(mint)) == (2 if begun else 1)
    elif how == "resume":
        planned = len(journal(mint))
        mint("mint", "--resume", check=0)
        assert len(agree(mint)) == planned
    else:
        mint("mint", "--undo", "--yes", check=0)
        assert agree(mint) == {}
    for c in registry(mint).values():
        assert c["level"] == "denied"


@pytest.mark.parametrize("slow", [0, 2])
@pytest.mark.parametrize("op", ["CreateUser", "PutUserPolicy", "CreateAccessKey"])
def test_a_lost_answer_makes_no_second_user_or_key(mint, op, slow):
    """The work is done, the answer never comes; and what was made cannot be seen at once."""
    from cloud import operation
    mint.range.post("set", fresh_user_calls=slow)
    real, lost = operation.run, []

    def run(call):
        answer = real(call)
        if call.operation == op and not lost:
            lost.append(op)
            raise ConnectionResetError
        return answer

    operation.run = run
    try:
        mint("mint", "--level", "lure", check=0)
    finally:
        operation.run = real
    assert lost and len(agree(mint)) == 1


@pytest.mark.parametrize("op", ["PutUserPolicy", "CreateAccessKey"])
def test_what_aws_refuses_is_taken_back_at_once(mint, op):
    mint.range.post("fault", op=op, kind="denied", times=1)
    r = mint("mint", "--count", 2, "--level", "denied", check=1)
    assert op in r.stderr and "not authorized" in r.stderr and "--resume" in r.stderr
    assert users(mint.range) == {} and keys(mint.range) == {}
    mint("mint", "--undo", "--yes", check=0)
    agree(mint)


def test_what_cannot_be_seen_yet_is_taken_back_too(mint):
    """Killed when the user was just made; IAM shows it a little later."""
    mint.range.post("set", fresh_user_calls=2)
    assert killed_at(mint, "CreateUser", "after", ["mint"]) == -signal.SIGKILL
    mint("mint", "--undo", "--yes", check=0)
    assert agree(mint) == {}


def test_nobody_elses_user_is_touched(mint):
    """Killed before CreateUser; then somebody makes a user of just that name."""
    killed_at(mint, "CreateUser", "before", ["mint"])
    ((name, step),) = journal(mint)
    assert step == "user"
    theirs = mint.range.world.make_user(name, "/other/")
    mint("mint", "--undo", "--yes", check=0)
    assert mint.range.world.users[name] is theirs and journal(mint) == []


# --- secrets -----------------------------------------------------------------------------------------


def everything(mint):
    """All bytes the program left behind."""
    return b"".join(p.read_bytes() for p in mint.home.rglob("*") if p.is_file())


def test_secrets_are_nowhere_in_the_clear(mint):
    out = mint("mint", "--verbose", "--count", 2, check=0)
    mint.range.post("fault", op="DeleteUser", kind="denied", times=1)
    bad = mint("retire", "--verbose", "--yes", *registry(mint), check=1)
    spoken = (out.stdout + out.stderr + bad.stdout + bad.stderr).encode() + everything(mint)
    for k in keys(mint.range).values():
        assert k["secret"].encode() not in spoken
        assert base64.b64encode(k["secret"].encode()) not in spoken
    assert mint.range.world.monitor["secret"].encode() not in spoken
    for p in state(mint).iterdir():
        assert p.stat().st_mode & 0o077 == 0, p


def test_output_is_a_file_of_0600_that_the_aws_cli_reads_and_the_only_copy(mint, tmp_path):
    import configparser
    file = tmp_path / "credentials"
    mint("mint", "--count", 2, "--output", file, check=0)
    assert file.stat().st_mode & 0o777 == 0o600
    read = configparser.ConfigParser()
    read.read(file)
    there = keys(mint.range)
    assert {read[s]["aws_access_key_id"]: read[s]["aws_secret_access_key"] for s in read.sections()} == {
        k: v["secret"] for k, v in there.items()}
    assert ask(mint, "SELECT count(*) FROM canary WHERE sealed_secret IS NOT NULL") == [("0",)]
    assert "is there already" in mint("mint", "--output", file, check=1).stderr
    assert len(keys(mint.range)) == 2
    for key_id in there:
        assert "kept" in mint("show", key_id, check=0).stdout


def test_show_secret_tells_it_once_on_a_terminal(mint):
    pexpect = pytest.importorskip("pexpect")
    child = pexpect.spawn(PROGRAM, ["mint", "--show-secret"], env=mint.env, encoding="utf-8", timeout=30)
    child.expect(pexpect.EOF)
    ((key_id, key),) = keys(mint.range).items()
    assert child.before.count(key["secret"]) == 1
    assert "kept nowhere" in child.before and "not kept" in mint("show", key_id, check=0).stdout


# --- inert ones -----------------------------------------------------------------------------------------


def test_inert_canaries_look_valid_and_say_everywhere_that_they_cannot_fire(keycanary, tmp_path):
    """No credentials, no range: no call is made."""
    file = tmp_path / "c"
    r = keycanary("mint", "--inert", "--count", 3, "--account", "123456789012", "--output", file, check=0)
    known = registry(keycanary)
    assert r.stdout.count("cannot fire") == 3
    for key_id, c in known.items():
        raw = base64.b32decode(key_id[4:])
        assert (int.from_bytes(raw[:6], "big") & 0x7fffffffff80) >> 7 == 123456789012
        assert c["can_fire"] is False and c["state"] == "inert"
        assert "cannot fire" in keycanary("show", key_id, check=0).stdout
    assert keycanary("list", check=0).stdout.count("cannot fire") == 3
    assert "3 inert (cannot fire)" in keycanary("status", check=0).stdout
    assert len(re.findall(r"aws_secret_access_key = [A-Za-z0-9+/]{40}$", file.read_text(), re.M)) == 3
    assert "nothing to retire" in keycanary("retire", "--yes", next(iter(known)), check=1).stderr


def test_a_report_about_an_inert_canary_says_so(keycanary, tmp_path):
    from conftest import record, write_log
    keycanary("mint", "--inert", "--account", "123456789012", check=0)
    (key_id,) = registry(keycanary)
    log = write_log(tmp_path / "l.json", [record(key=key_id, account="123456789012")], compress=False)
    keycanary("scan", log, check=3)
    (incident,) = json.loads(keycanary("incidents", "--json", check=0).stdout)["incidents"]
    (told,) = json.loads(keycanary("report", incident["id"], "--format", "json", check=0).stdout)["incidents"]
    assert told["canary"]["can_fire"] is False
    for form in ("text", "html"):
        assert "cannot fire" in keycanary("report", incident["id"], "--format", form, check=0).stdout


# --- retiring ---------------------------------------------------------------------------------------------


def test_retire_deletes_everything_and_keeps_a_tombstone(mint):
    mint("mint", "--count", 2, "--level", "lure", check=0)
    one, two = registry(mint)
    out = mint("retire", "--yes", one, check=0)
    assert "still watched" in out.stdout
    assert set(keys(mint.range)) == {two} and len(users(mint.range)) == 1
    known = registry(mint)
    assert known[one]["state"] == "retired" and known[one]["retired"] and known[two]["state"] == "live"
    mint("retire", "--yes", one, check=0)       # again is fine
    told = [w for w, in ask(mint, f"SELECT what FROM audit WHERE subject = '{one}' ORDER BY id")]
    assert told[:3] == ["mint", "retiring", "retire"]


@pytest.mark.parametrize("op", ["ListAccessKeys", "DeleteAccessKey", "DeleteUserPolicy", "DeleteUser"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_retire_killed_anywhere_is_finished_by_the_same_words(mint, op, when):
    mint("mint", "--level", "denied", check=0)
    (key_id,) = registry(mint)
    assert killed_at(mint, op, when, ["retire", "--yes", key_id]) == -signal.SIGKILL
    mint("retire", "--yes", key_id, check=0)
    assert users(mint.range) == {} and keys(mint.range) == {} and registry(mint)[key_id]["state"] == "retired"


def test_retire_asks_on_a_terminal_and_refuses_without_one(mint):
    pexpect = pytest.importorskip("pexpect")
    mint("mint", check=0)
    (key_id,) = registry(mint)
    assert "--yes" in mint("retire", key_id, check=2).stderr
    child = pexpect.spawn(PROGRAM, ["retire", key_id], env=mint.env, encoding="utf-8", timeout=30)
    child.expect("Delete .* in AWS")
    child.sendline("n")
    child.expect(pexpect.EOF)
    assert set(keys(mint.range)) == {key_id}


def test_a_key_an_intruder_made_on_our_user_is_told_before_anything_is_deleted(mint):
    mint("mint", check=0)
    ((key_id, key),) = keys(mint.range).items()
    other = mint.range.world.make_key(key["user"])["id"]
    r = mint("retire", "--yes", key_id, check=1)
    assert other in r.stderr and "--all-keys" in r.stderr and set(keys(mint.range)) == {key_id, other}
    mint("retire", "--yes", "--all-keys", key_id, check=0)
    assert keys(mint.range) == {} and users(mint.range) == {}


def test_a_late_event_of_a_tombstone_is_told(mint):
    config = mint.home / "kc.conf"
    config.write_text('watch = { regions = [ "us-east-1" ]; requests_per_minute = 600; };\n'
                      'accounts = ( { name = "decoys"; plan = "per-canary"; } );\n')
    mint.env["KEYCANARY_CONFIG"] = str(config)
    mint("mint", "--drill", check=0)
    ((key_id, key),) = keys(mint.range).items()
    mint.range.aws({"key": key_id, "secret": key["secret"]}, "sts", "get-caller-identity")
    mint("retire", "--yes", key_id, check=0)
    mint("poll", check=0)
    (incident,) = [i for i in json.loads(mint("incidents", "--json", check=0).stdout)["incidents"] if i["label"] != "own"]
    assert incident["canary"]["key_id"] == key_id and registry(mint)[key_id]["state"] == "retired"


# --- adopting -------------------------------------------------------------------------------------------------


def test_the_keys_a_user_may_have_are_told(mint):
    mint.range.world.make_user("full", "/old/")
    made = {mint.range.world.make_key("full")["id"] for _ in range(2)}
    r = mint("adopt", "--user", "full", check=0)
    assert "has the 2 keys that AWS allows it" in r.stderr and set(registry(mint)) == made


def test_adopt_takes_what_can_do_nothing_and_leaves_out_what_can(mint):
    w, iam = mint.range.world, mint.range.client("iam")
    deny = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}})
    allow = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]})
    made = {}
    for name in ("quiet", "denied", "busy", "admin", "clicker", "asleep"):
        w.make_user(name, "/old/")
        made[name] = w.make_key(name)["id"]
    iam.put_user_policy(UserName="denied", PolicyName="p", PolicyDocument=deny)
    iam.put_user_policy(UserName="busy", PolicyName="p", PolicyDocument=allow)
    iam.attach_user_policy(UserName="admin", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    iam.create_login_profile(UserName="clicker", Password="x" * 20)
    iam.update_access_key(UserName="asleep", AccessKeyId=made["asleep"], Status="Inactive")
    dry = mint("adopt", "--all", "--path", "/old/", "--dry-run", check=0)
    assert "2 would be adopted" in dry.stdout and registry(mint) == {}
    r = mint("adopt", "--all", "--path", "/old/", "--owner", "ops", check=0)
    known = registry(mint)
    assert set(known) == {made["quiet"], made["denied"]}
    assert known[made["denied"]]["level"] == "denied" and known[made["quiet"]]["origin"] == "adopt"
    for word in ("policy p allows", "AdministratorAccess", "console", "switched off"):
        assert word in r.stderr
    assert "0 adopted, 2 known" in mint("adopt", "--all", "--path", "/old/", check=0).stdout
    mint("adopt", "--user", "busy", "--force", check=0)
    assert made["busy"] in registry(mint)
    assert "own key" in mint("adopt", "--user", "keycanary-monitor", "--force", check=1).stderr
    assert "--path" in mint("adopt", "--all", check=2).stderr


# --- our own acts ---------------------------------------------------------------------------------------------


def test_minting_and_retiring_raise_no_alarm_but_an_intruders_act_does(mint):
    """The minter signs with another key than the watch."""
    minter = mint.range.post("key", user="minter", policy="admin")
    watch = dict(mint.env)
    mint.env.update(AWS_ACCESS_KEY_ID=minter["key"], AWS_SECRET_ACCESS_KEY=minter["secret"])
    mint("mint", "--count", 2, "--level", "denied", check=0)
    one, two = registry(mint)
    mint("retire", "--yes", one, check=0)
    config = mint.home / "kc.conf"
    config.write_text('watch = { regions = [ "us-east-1" ]; requests_per_minute = 600; hot_every = 1; };\n')
    mint.env["KEYCANARY_CONFIG"] = str(config)
    mint.env.update({k: watch[k] for k in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")})
    mint("poll", check=0)
    seen = json.loads(mint("incidents", "--json", check=0).stdout)["incidents"]
    assert all(i["severity"] in ("info", "none") for i in seen), seen
    user = registry(mint)[two]["user_name"]
    intruder = mint.range.post("key", user="somebody", policy="admin")
    mint.range.aws(intruder, "iam", "attach-user-policy", "--user-name", user, "--policy-arn",
                   "arn:aws:iam::aws:policy/AdministratorAccess")
    for _ in range(30):     # a window is due once a second
        mint("poll", check=0)
        seen = json.loads(mint("incidents", "--json", check=0).stdout)["incidents"]
        if any(i["severity"] not in ("info", "none") for i in seen):
            break
    else:
        pytest.fail(f"the intruder's act was not told: {seen}")


# --- drift ------------------------------------------------------------------------------------------------------


def drifted(mint):
    """(user, kind) of everything the doctor finds."""
    report = json.loads(mint("doctor", "--json", "decoys").stdout)
    known = registry(mint)
    return {(known[c["subject"]]["user_name"], c["facts"]["drift"]) for c in report["checks"] if c["result"] in ("fail", "warn")}


def test_the_doctor_finds_every_way_a_canary_can_drift(mint):
    iam, w = mint.range.client("iam"), mint.range.world
    arn = iam.create_policy(PolicyName="edge", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ses:Get*", "Resource": "*"}]}))["Policy"]["Arn"]
    mint("mint", "--count", 10, "--level", "denied", "--boundary", arn, "--pattern", "svc-{nn}", check=0)
    mint("mint", "--count", 2, "--level", "lure", "--pattern", "app-{nn}", check=0)
    assert drifted(mint) == set()
    by_user = {c["user_name"]: k for k, c in registry(mint).items()}
    u = sorted(n for n in by_user if n.startswith("svc"))
    lure = sorted(n for n in by_user if n.startswith("app"))
    allow = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})
    iam.delete_access_key(UserName=u[0], AccessKeyId=by_user[u[0]])
    iam.update_access_key(UserName=u[1], AccessKeyId=by_user[u[1]], Status="Inactive")
    w.make_key(u[2])
    iam.delete_user_policy(UserName=u[3], PolicyName="restrictions")
    iam.put_user_policy(UserName=u[4], PolicyName="more", PolicyDocument=allow)
    iam.attach_user_policy(UserName=u[5], PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    iam.create_group(GroupName="g")
    iam.add_user_to_group(UserName=u[6], GroupName="g")
    iam.delete_user_permissions_boundary(UserName=u[7])
    iam.create_login_profile(UserName=u[8], Password="x" * 20)
    mint.range.post("quarantine", user=u[9])
    iam.put_user_policy(UserName=lure[0], PolicyName="mail-readonly", PolicyDocument=allow)
    w.users.pop(lure[1])
    for k in [k for k, v in w.keys.items() if v["user"] == lure[1]]:
        del w.keys[k]
    assert drifted(mint) == {
        (u[0], "key-gone"), (u[1], "key-off"), (u[2], "key-added"), (u[3], "policy-gone"), (u[4], "policy-added"),
        (u[5], "policy-added"), (u[6], "group-added"), (u[7], "boundary-gone"), (u[8], "console-password"),
        (u[9], "quarantined"), (lure[0], "policy-added"), (lure[0], "policy-gone"), (lure[1], "user-gone")}
    w.make_user(lure[1])
    w.make_key(lure[1])
    assert {k for n, k in drifted(mint) if n == lure[1]} == {"user-replaced", "key-gone", "key-added", "policy-gone"}


def test_the_watch_tells_new_drift_once(mint):
    out = mint.home / "told.jsonl"
    (mint.home / "kc.conf").write_text(
        'watch = { regions = [ "us-east-1" ]; requests_per_minute = 600; };\n'
        f'channels = ( {{ name = "file"; type = "file"; path = "{out}"; }} );\n')
    mint.env["KEYCANARY_CONFIG"] = str(mint.home / "kc.conf")
    mint("mint", "--count", 3, check=0)
    one, two, _ = registry(mint)
    mint.range.client("iam").update_access_key(
        UserName=registry(mint)[one]["user_name"], AccessKeyId=one, Status="Inactive")

    def told():
        ask(mint, "DELETE FROM meta WHERE name LIKE 'drift.%'")     # an hour later
        mint("poll", check=0)
        return [line for line in out.read_text().splitlines() if "from AWS" in line] if out.exists() else []

    first = told()
    assert len(first) == 1 and one in first[0] and two not in first[0]
    assert "1 canary differs from AWS" in mint("status", check=0).stdout
    assert len(told()) == 1
    mint.range.client("iam").update_access_key(
        UserName=registry(mint)[one]["user_name"], AccessKeyId=one, Status="Active")
    assert len(told()) == 1
    mint.range.client("iam").update_access_key(
        UserName=registry(mint)[one]["user_name"], AccessKeyId=one, Status="Inactive")
    assert len(told()) == 2
    mint("retire", "--yes", one, check=0)
    assert json.loads(mint("status", "--json", check=0).stdout)["canaries_drifted"] == 0
