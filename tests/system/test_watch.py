"""poll, watch and status against the stand-in AWS; the aws CLI is the intruder."""
import concurrent.futures
import json
import os
import random
import signal
import subprocess
import time

import pytest

from conftest import PROGRAM, record
from test_alerts import Receiver, channel, channels, configure, told

REGIONS = ["us-east-1", "eu-west-1"]
CONF = 'watch = { regions = [ "us-east-1", "eu-west-1" ]; requests_per_minute = 6000; };\n'


@pytest.fixture
def field(keycanary, aws_range, tmp_path):
    """A canary that exists in the range and in the registry, and a configuration."""
    canary = aws_range.post("key", user="svc-report-mailer")
    keys = tmp_path / "keys.csv"
    keys.write_text(f"key_id,user_name\n{canary['key']},svc-report-mailer\n")
    keycanary("import", keys, check=0)
    keycanary.env.update(aws_range.env())
    return canary, configure(tmp_path, CONF)


def incidents(keycanary):
    return json.loads(keycanary("incidents", "--json", check=0).stdout)["incidents"]


def use(aws_range, canary, name="GetSendQuota", region="us-east-1", **over):
    """A use of the canary as CloudTrail would have it, now."""
    r = record(name, key=canary["key"], awsRegion=region, **over)
    r["userIdentity"]["principalId"] = canary["user_id"]
    r["eventTime"] = over.get("eventTime", time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
    r["userIdentity"]["accountId"] = r["recipientAccountId"] = aws_range.account
    aws_range.post("inject", records=[r])
    return r


def poll(keycanary, conf, check=0):
    return keycanary("poll", "--config", conf, check=check)


@pytest.mark.skipif(not os.path.exists("/usr/bin/aws"), reason="needs Debian's awscli")
def test_what_the_intruder_does_comes_out_as_a_verdict(keycanary, aws_range, field):
    canary, conf = field
    poll(keycanary, conf)
    assert incidents(keycanary) == []
    aws_range.aws(canary, "sts", "get-caller-identity")
    aws_range.aws(canary, "ses", "get-send-quota")
    aws_range.aws(canary, "ses", "list-identities", region="eu-west-1")
    poll(keycanary, conf)
    found = incidents(keycanary)
    assert len(found) == 1
    assert found[0]["intent"] == "ses-footprint" and found[0]["sightings_total"] == 3
    assert set(found[0]["regions"]) == set(REGIONS)
    poll(keycanary, conf)
    assert incidents(keycanary)[0]["sightings_total"] == 3, "read again, counted once"
    assert json.loads(keycanary("show", canary["key"], "--json").stdout)["state"] == "tripped"


@pytest.mark.skipif(not os.path.exists("/usr/bin/aws"), reason="needs Debian's awscli")
def test_a_session_is_followed(keycanary, aws_range, field):
    canary, conf = field
    made = json.loads(aws_range.aws(canary, "sts", "get-session-token").stdout)["Credentials"]
    session = {"key": made["AccessKeyId"], "secret": made["SecretAccessKey"], "token": made["SessionToken"]}
    aws_range.aws(session, "sesv2", "get-account")
    poll(keycanary, conf)
    i = incidents(keycanary)[0]
    assert "session-minting" in i["intents"] and made["AccessKeyId"] in i["sessions"]


def test_pages_are_read_to_the_end(keycanary, aws_range, field):
    canary, conf = field
    aws_range.post("set", page=7)
    for _ in range(60):
        use(aws_range, canary)
    poll(keycanary, conf)
    assert incidents(keycanary)[0]["sightings_total"] == 60


def test_duplicates_count_once(keycanary, aws_range, field):
    canary, conf = field
    aws_range.post("set", duplicate=True)
    for _ in range(5):
        use(aws_range, canary)
    poll(keycanary, conf)
    assert incidents(keycanary)[0]["sightings_total"] == 5


@pytest.mark.parametrize("kind,times", [("throttle", 2), ("500", 2), ("reset", 1), ("token", 1)])
def test_what_passes_is_tried_again(keycanary, aws_range, field, kind, times):
    canary, conf = field
    use(aws_range, canary)
    aws_range.post("fault", op="LookupEvents", kind=kind, times=times)
    poll(keycanary, conf)
    assert incidents(keycanary)[0]["sightings_total"] == 1


def test_blindness_is_said_and_filled_later(keycanary, aws_range, field):
    canary, conf = field
    poll(keycanary, conf)
    aws_range.post("fault", op="LookupEvents", kind="denied", times=1000, region="eu-west-1")
    use(aws_range, canary, region="eu-west-1")
    use(aws_range, canary)
    r = poll(keycanary, conf, check=1)
    assert "blind" in r.stdout
    status = json.loads(keycanary("status", "--json", check=0).stdout)
    blind = [c for c in status["coverage"] if c["region"] == "eu-west-1" and c["source"] == "lookup"][0]
    assert blind["error"] == "denied"
    assert [g["cause"] for g in status["gaps"]] == ["denied"]
    assert incidents(keycanary)[0]["sightings_total"] == 1, "the other region goes on"
    aws_range.world.faults.clear()
    keycanary.env["KEYCANARY_CLOCK"] = "+3"
    poll(keycanary, conf)
    assert incidents(keycanary)[0]["sightings_total"] == 2


def test_a_wrong_clock_is_corrected(keycanary, aws_range, field):
    canary, conf = field
    aws_range.post("set", skew_s=900)
    use(aws_range, canary)
    poll(keycanary, conf)
    assert incidents(keycanary)[0]["sightings_total"] == 1


def test_a_canary_never_serves_as_the_monitor(keycanary, aws_range, field):
    canary, conf = field
    keycanary.env.update(aws_range.env(canary))
    r = poll(keycanary, conf, check=1)
    status = keycanary("status").stdout
    assert canary["key"] in r.stderr + r.stdout + status
    assert aws_range.post("calls") == {}


def test_regions_are_discovered(keycanary, aws_range, field, tmp_path):
    canary, _ = field
    conf = configure(tmp_path, "watch = { requests_per_minute = 6000; };\n")
    use(aws_range, canary, region="sa-east-1")
    poll(keycanary, conf)
    assert incidents(keycanary)[0]["regions"] == ["sa-east-1"]
    status = json.loads(keycanary("status", "--json").stdout)
    assert {c["region"] for c in status["coverage"] if c["source"] == "lookup"} >= set(aws_range.regions)


def test_no_credentials_is_a_gap_not_a_crash(keycanary, aws_range, field):
    _, conf = field
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        keycanary.env.pop(name)
    r = poll(keycanary, conf, check=1)
    assert "credentials" in (keycanary("status").stdout + r.stderr)


def test_two_watches_on_one_state_are_refused(keycanary, aws_range, field, tmp_path):
    _, conf = field
    watch = subprocess.Popen([PROGRAM, "watch", "--config", str(conf)], env=keycanary.env, stderr=subprocess.PIPE, text=True)
    for line in watch.stderr:
        if "watching" in line:
            break
    r = keycanary("poll", "--config", conf)
    assert r.returncode == 1 and "another keycanary" in r.stderr
    watch.send_signal(signal.SIGTERM)
    watch.stderr.read()
    assert watch.wait(30) == 0


def test_the_watch_alerts_and_reloads(keycanary, aws_range, field, tmp_path):
    canary, _ = field
    receiver = Receiver()
    conf = configure(tmp_path, CONF.replace("watch = {", 'watch = { hot_every = "1 s";') +
                     channels(channel("ops", "webhook", url=receiver.url)))
    watch = subprocess.Popen([PROGRAM, "watch", "--config", str(conf)], env=keycanary.env, stderr=subprocess.PIPE, text=True)
    lines = iter(watch.stderr.readline, "")
    assert any("watching" in l for l in lines)
    use(aws_range, canary)
    deadline = time.monotonic() + 60
    while not receiver.got and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [m["kind"] for m in told(receiver)] == ["first"]
    good = conf.read_text()
    conf.write_text("nonsense = 1;")
    watch.send_signal(signal.SIGHUP)
    assert any("refused" in l for l in lines)
    conf.write_text(good)
    watch.send_signal(signal.SIGHUP)
    assert any("read again" in l for l in lines)
    watch.send_signal(signal.SIGTERM)
    watch.stderr.read()
    assert watch.wait(30) == 0
    receiver.close()


# --- killed at any moment ---------------------------------------------------------------

WATCHING = {"opened", "changed", "noticed", "seen", "revision", "generated", "id", "made", "closed"}


def what_happened(keycanary, env):
    """The incidents without what depends on when we looked."""
    def strip(v):
        if isinstance(v, dict):
            return {k: strip(x) for k, x in v.items() if k not in WATCHING}
        return [strip(x) for x in v] if isinstance(v, list) else v
    found = json.loads(keycanary("incidents", "--json", env=env, check=0).stdout)["incidents"]
    assert len(found) == 1
    return strip(json.loads(keycanary("report", found[0]["id"], "--json", env=env, check=0).stdout)["incidents"][0])


def killed_again_and_again(keycanary, conf, aws_range, canary, whole, place, kills, seed):
    """One state whose polls are killed at random points, each with something new to take; returns its environment."""
    chance = random.Random(seed)
    env = dict(keycanary.env, KEYCANARY_STATE=str(place))
    done = 0
    while done < kills:
        for name in chance.sample(("GetSendQuota", "ListIdentities", "GetAccount", "CreateAccessKey"), 2):
            use(aws_range, canary, name=name, region=chance.choice(REGIONS))
        p = subprocess.Popen([PROGRAM, "poll", "--config", str(conf)], env=env, stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
        try:
            p.wait(chance.uniform(0, whole))
        except subprocess.TimeoutExpired:
            p.kill()
        done += p.wait() == -signal.SIGKILL
    return env


def test_killed_at_any_moment_nothing_is_lost_or_counted_twice(keycanary, aws_range, field, tmp_path):
    """Several states at once; each must end as one that was never disturbed."""
    canary, conf = field
    kills, workers = int(os.environ.get("KEYCANARY_KILLS", "200")), 4
    aws_range.post("set", page=5, log_lookups=False)
    envs = [dict(keycanary.env, KEYCANARY_STATE=str(tmp_path / f"state{n}")) for n in range(workers + 2)]
    for env in envs:
        keycanary("import", tmp_path / "keys.csv", env=env, check=0)
    began = time.monotonic()
    keycanary("poll", "--config", conf, env=envs[workers + 1], check=0)
    whole = max(0.05, (time.monotonic() - began) * 1.2)
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        list(pool.map(lambda n: killed_again_and_again(keycanary, conf, aws_range, canary, whole,
                                                       tmp_path / f"state{n}", -(-kills // workers), n), range(workers)))
    for env in envs[:workers + 1]:
        keycanary("poll", "--config", conf, env=env, check=0)
    ends = [what_happened(keycanary, env) for env in envs[:workers + 1]]
    everything = {r[3]["eventID"] for log in aws_range.world.records.values() for r in log.rows
                  if r[3]["userIdentity"]["accessKeyId"] == canary["key"]}
    for end in ends:
        assert sorted(s["event_id"] for s in end["sightings"]) == sorted(everything)
        assert end == ends[-1]
