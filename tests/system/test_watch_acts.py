"""Acts on canaries and on the watch itself, the safety net, several accounts."""
import json
import signal
import subprocess
import time

import pytest

from conftest import PROGRAM
from test_alerts import Receiver, channel, channels, configure, told
from test_watch import CONF, field, incidents, poll, use  # noqa: F401

SWEEP = 'accounts = ( { name = "default"; plan = "sweep"; } );\n'
NAMED = 'accounts = ( { name = "default"; plan = "per-canary"; } );\n'


def status(keycanary):
    return json.loads(keycanary("status", "--json").stdout)


def lookup(keycanary, region, account=None):
    return next(c for c in status(keycanary)["coverage"] if c["region"] == region and c["source"] == "lookup" and
                account in (None, c["account"]))


@pytest.fixture
def stranger(aws_range):
    """Somebody else with rights in the account."""
    key = aws_range.post("key", user="mallory", policy="admin")
    return lambda service, region="us-east-1": aws_range.client(service, key, region)


# --- acts on canaries --------------------------------------------------------------------

@pytest.mark.parametrize("plan", [SWEEP, NAMED], ids=["sweep", "per-canary"])
def test_acts_of_strangers_on_a_canary_are_sightings(keycanary, aws_range, field, stranger, tmp_path, plan):
    canary, _ = field
    conf = configure(tmp_path, CONF + plan)
    iam, user = stranger("iam"), "svc-report-mailer"
    poll(keycanary, conf)
    iam.update_access_key(UserName=user, AccessKeyId=canary["key"], Status="Inactive")
    iam.create_login_profile(UserName=user, Password="Correct-Horse-1")
    iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument='{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}')
    new = iam.create_access_key(UserName=user)["AccessKey"]
    aws_range.client("sts", {"key": new["AccessKeyId"], "secret": new["SecretAccessKey"]}).get_caller_identity()
    poll(keycanary, conf)
    found = incidents(keycanary)
    assert len(found) == 1
    sightings = json.loads(keycanary("report", found[0]["id"], "--json").stdout)["incidents"][0]["sightings"]
    by_kind = {s["event_name"]: s["match"] for s in sightings}
    assert by_kind["UpdateAccessKey"] == by_kind["CreateLoginProfile"] == by_kind["PutUserPolicy"] == by_kind["CreateAccessKey"] == "target"
    assert by_kind["GetCallerIdentity"] in ("derived", "principal"), "the stranger's new key of the decoy user is followed"
    assert all(s["label"] is None for s in sightings)


def test_a_public_leak_is_told_as_one(keycanary, aws_range, field):
    _, conf = field
    aws_range.post("quarantine", user="svc-report-mailer", version="V4")
    poll(keycanary, conf)
    assert incidents(keycanary)[0]["intent"] == "public-leak"


def test_our_own_acts_do_not_alarm(keycanary, aws_range, field, tmp_path):
    canary, _ = field
    receiver = Receiver()
    conf = configure(tmp_path, CONF + channels(channel("ops", "webhook", url=receiver.url)))
    poll(keycanary, conf)
    ours = aws_range.client("iam")      # signs as the monitor
    ours.update_access_key(UserName="svc-report-mailer", AccessKeyId=canary["key"], Status="Inactive")
    ours.list_access_keys(UserName="svc-report-mailer")
    poll(keycanary, conf)
    found = incidents(keycanary)
    assert [i["sightings_total"] for i in found] == [1], "questions are not kept"
    text = keycanary("report", found[0]["id"]).stdout
    assert "own" in text and receiver.got == []
    assert json.loads(keycanary("incidents", "--status", "open", "--json").stdout)["incidents"] == []
    use(aws_range, canary)
    poll(keycanary, conf)
    assert [m["kind"] for m in told(receiver)] == ["first"], "a stranger's use is told all the same"
    receiver.close()


# --- acts on the watch itself ------------------------------------------------------------

@pytest.mark.parametrize("plan", [SWEEP, NAMED], ids=["sweep", "per-canary"])
def test_a_trail_that_is_stopped_is_a_gap_and_a_message(keycanary, aws_range, field, stranger, tmp_path, plan):
    receiver = Receiver()
    conf = configure(tmp_path, CONF + plan + channels(channel("ops", "webhook", url=receiver.url)))
    poll(keycanary, conf)
    trail = stranger("cloudtrail")
    trail.stop_logging(Name="main")
    keycanary.env["KEYCANARY_CLOCK"] = "+400"
    poll(keycanary, conf)
    poll(keycanary, conf)
    gaps = [g for g in status(keycanary)["gaps"] if g["cause"] == "tampered"]
    assert len(gaps) == 1 and "StopLogging of trail main by arn:aws:iam::592694688519:user/mallory" in gaps[0]["detail"]
    assert "tampered" in keycanary("status").stdout
    notes = [m for m in told(receiver) if "trail" in m["title"]]
    assert [m["kind"] for m in notes] == ["blind"] and "mallory" in json.dumps(notes[0])
    trail.start_logging(Name="main")
    keycanary.env["KEYCANARY_CLOCK"] = "+800"
    poll(keycanary, conf)
    assert [g for g in status(keycanary)["gaps"] if g["cause"] == "tampered"] == []
    assert "sighted" in [m["kind"] for m in told(receiver) if "trail" in m["title"]]
    receiver.close()


@pytest.mark.parametrize("act", ["update", "selectors", "delete"])
def test_a_trail_that_is_narrowed(keycanary, aws_range, field, stranger, act):
    _, conf = field
    trail = stranger("cloudtrail")
    if act == "update":
        trail.update_trail(Name="main", IsMultiRegionTrail=False)
    elif act == "selectors":
        trail.put_event_selectors(TrailName="main", EventSelectors=[{"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True}])
    else:
        trail.delete_trail(Name="main")
    poll(keycanary, conf)
    assert [g["cause"] for g in status(keycanary)["gaps"]] == ["tampered"]


# --- the safety net ------------------------------------------------------------------------

def test_an_unlogged_use_is_a_sighting_within_an_hour_and_is_explained_later(keycanary, aws_range, field):
    canary, conf = field
    poll(keycanary, conf)
    aws_range.post("use", key=canary["key"], service="sqs", region="eu-west-1")
    used = time.time()
    for minutes in (15, 31, 46):    # rounds every 15 minutes, as by a timer
        keycanary.env["KEYCANARY_CLOCK"] = f"+{minutes * 60}"
        poll(keycanary, conf)
        if minutes < 35:
            assert incidents(keycanary) == [], "the event may still come"
    found = incidents(keycanary)
    assert len(found) == 1 and found[0]["intent"] == "unlogged-use" and found[0]["regions"] == ["eu-west-1"]
    report = keycanary("report", found[0]["id"]).stdout
    assert "sqs" in report
    use(aws_range, canary, name="ListQueues", region="eu-west-1", eventSource="sqs.amazonaws.com",
        eventTime=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(used)))
    keycanary.env["KEYCANARY_CLOCK"] = f"+{52 * 60}"
    poll(keycanary, conf)
    found = incidents(keycanary)
    assert len(found) == 1 and found[0]["intent"] != "unlogged-use" and found[0]["sightings_total"] == 1
    assert "the event came later" in json.dumps(json.loads(keycanary("report", found[0]["id"], "--json").stdout))


def test_a_use_with_an_event_is_not_unlogged(keycanary, aws_range, field):
    canary, conf = field
    aws_range.client("sts", canary).get_caller_identity()
    for clock in ("+0", "+1000", "+2500"):
        keycanary.env["KEYCANARY_CLOCK"] = clock
        poll(keycanary, conf)
    assert incidents(keycanary)[0]["sightings_total"] == 1


def test_the_safety_net_asks_every_quarter_of_an_hour(keycanary, aws_range, field):
    _, conf = field

    def asked():
        return sum(n for k, n in aws_range.post("calls").items() if k.startswith("GetAccessKeyLastUsed"))
    poll(keycanary, conf)
    poll(keycanary, conf)
    assert asked() == 1
    keycanary.env["KEYCANARY_CLOCK"] = "+901"
    poll(keycanary, conf)
    assert asked() == 1
    c = next(c for c in status(keycanary)["coverage"] if c["source"] == "last-used")
    assert c["error"] is None and c["complete_until"]


def test_many_keys_are_asked_about_by_the_credential_report(keycanary, aws_range, field, tmp_path):
    _, conf = field
    made = [(aws_range.post("key", user=f"svc-{n}")["key"], f"svc-{n}") for n in range(60)]
    keys = tmp_path / "many.csv"
    keys.write_text("key_id,user_name\n" + "".join(f"{k},{u}\n" for k, u in made))
    keycanary("import", keys, check=0)
    time.sleep(1.1)     # a use in the second of the import counts as before it
    aws_range.post("use", key=made[7][0], service="ses", region="us-west-2")
    poll(keycanary, conf)
    calls = aws_range.post("calls")
    assert calls["GenerateCredentialReport us-east-1"] >= 1 and calls["GetCredentialReport us-east-1"] == 1
    assert calls["GetAccessKeyLastUsed us-east-1"] == 1, "only the one with a use is looked at closer"
    aws_range.post("fault", op="GenerateCredentialReport", kind="denied", times=9)
    keycanary.env["KEYCANARY_CLOCK"] = "+2400"
    poll(keycanary, conf)
    assert aws_range.post("calls")["GetAccessKeyLastUsed us-east-1"] == 61, "without a report each is asked about"
    found = incidents(keycanary)
    assert [(i["canary"]["key_id"], i["intent"], i["regions"]) for i in found] == [(made[7][0], "unlogged-use", ["us-west-2"])]


def test_iam_denies_the_safety_net(keycanary, aws_range, field):
    _, conf = field
    aws_range.post("fault", op="GetAccessKeyLastUsed", kind="denied", times=99)
    poll(keycanary, conf, check=1)
    gap = status(keycanary)["gaps"][0]
    assert gap["cause"] == "denied" and "GetAccessKeyLastUsed" in gap["detail"]


# --- accounts ---------------------------------------------------------------------------------

def profiles(tmp_path, keycanary, text):
    path = tmp_path / "aws-config"
    path.write_text(text)
    path.chmod(0o600)
    keycanary.env.update(AWS_CONFIG_FILE=str(path), AWS_SHARED_CREDENTIALS_FILE=str(tmp_path / "none"))


def several(keycanary, aws_range, tmp_path):
    """Two accounts: one by profile, one by a role that needs an external id; a canary in each."""
    other = aws_range.post("account", number="111122223333", role="watch", external_id="e1")
    theirs = aws_range.post("key", user="ci-release", account="111122223333")
    keys = tmp_path / "theirs.csv"
    keys.write_text(f"key_id,user_name\n{theirs['key']},ci-release\n")
    keycanary("import", keys, check=0)
    m = aws_range.world.monitor
    profiles(tmp_path, keycanary, f"[profile main]\naws_access_key_id = {m['id']}\naws_secret_access_key = {m['secret']}\n")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        keycanary.env.pop(name, None)
    conf = configure(tmp_path, CONF + 'accounts = ( { name = "prod"; profile = "main"; },\n { name = "build"; profile = "main"; '
                     f'role_arn = "{other["role_arn"]}"; external_id = "e1"; }} );\n')
    return theirs, conf


def test_several_accounts_by_profile_and_by_role(keycanary, aws_range, field, tmp_path):
    canary, _ = field
    theirs, conf = several(keycanary, aws_range, tmp_path)
    aws_range.client("sts", canary).get_caller_identity()
    aws_range.client("ses", theirs, "eu-west-1")
    with pytest.raises(Exception, match="AccessDenied"):
        aws_range.client("ses", theirs, "eu-west-1").get_send_quota()
    poll(keycanary, conf)
    assert {i["canary"]["key_id"] for i in incidents(keycanary)} == {canary["key"], theirs["key"]}
    assert {c["account"] for c in status(keycanary)["coverage"]} == {"prod", "build"}


def test_one_account_that_fails_stops_nobody(keycanary, aws_range, field, tmp_path):
    canary, _ = field
    _, conf = several(keycanary, aws_range, tmp_path)
    aws_range.world.accounts["111122223333"].roles["watch"]["external_id"] = "another"
    aws_range.client("sts", canary).get_caller_identity()
    poll(keycanary, conf, check=1)
    assert [i["canary"]["key_id"] for i in incidents(keycanary)] == [canary["key"]]
    assert {g["account"] for g in status(keycanary)["gaps"]} == {"build"}
    assert lookup(keycanary, "us-east-1", "prod")["error"] is None
    assert "AssumeRole" in keycanary("status").stdout or "role" in keycanary("status").stdout


def test_an_account_that_hangs_stops_nobody(keycanary, aws_range, field, tmp_path):
    """Its credentials come from a program that does not answer."""
    canary, _ = field
    receiver = Receiver()
    m = aws_range.world.monitor
    profiles(tmp_path, keycanary, "[profile hangs]\ncredential_process = /bin/sleep 55\n"
             f"[profile main]\naws_access_key_id = {m['id']}\naws_secret_access_key = {m['secret']}\n")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        keycanary.env.pop(name, None)
    conf = configure(tmp_path, CONF + 'accounts = ( { name = "slow"; profile = "hangs"; }, { name = "prod"; profile = "main"; } );\n' +
                     channels(channel("ops", "webhook", url=receiver.url)))
    use(aws_range, canary)
    watch = subprocess.Popen([PROGRAM, "watch", "--config", str(conf)], env=keycanary.env, stderr=subprocess.DEVNULL)
    began = time.monotonic()
    while not receiver.got and time.monotonic() - began < 60:
        time.sleep(0.02)
    watch.send_signal(signal.SIGTERM)
    assert watch.wait() == 0
    ended = time.monotonic() - began
    assert told(receiver)[0]["kind"] == "first" and ended < 50, "told, and ended, before the other account gave up"
    receiver.close()


def test_a_session_that_expires_is_renewed(keycanary, aws_range, field, tmp_path):
    theirs, conf = several(keycanary, aws_range, tmp_path)
    aws_range.post("fault", op="LookupEvents", account="111122223333", kind="expired", times=1)
    aws_range.client("sts", theirs).get_caller_identity()
    r = keycanary("poll", "--config", conf)
    if r.returncode:    # the try that met the expired token may fail; the next cycle has fresh credentials
        poll(keycanary, conf)
    assert [i["canary"]["key_id"] for i in incidents(keycanary)] == [theirs["key"]]
