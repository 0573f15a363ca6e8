"""What the watch sees in time, what it says when it cannot see, and how it behaves as a daemon."""
import json
import os
import resource
import shutil
import signal
import socket
import sqlite3
import subprocess
import time

import pytest

from conftest import ON_POSTGRES, PROGRAM, ROOT
from test_alerts import configure
from test_watch import CONF, REGIONS, field, incidents, poll, use, what_happened  # noqa: F401
from test_watch_acts import NAMED, SWEEP, lookup, status


def at(seconds):
    """An event time `seconds` from now."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))


def later(keycanary, seconds):
    keycanary.env["KEYCANARY_CLOCK"] = f"+{seconds}"


def seen(keycanary):
    return sum(i["sightings_total"] for i in incidents(keycanary))


# --- everything is found, however it comes -----------------------------------------------

@pytest.mark.parametrize("plan", [SWEEP, NAMED], ids=["sweep", "per-canary"])
def test_both_plans_see_the_same(keycanary, aws_range, field, tmp_path, plan):
    canary, _ = field
    conf = configure(tmp_path, CONF + plan)
    sts = aws_range.client("sts", canary)
    sts.get_caller_identity()
    made = sts.get_session_token()["Credentials"]
    session = {"key": made["AccessKeyId"], "secret": made["SecretAccessKey"], "token": made["SessionToken"]}
    with pytest.raises(Exception, match="AccessDenied"):
        aws_range.client("sesv2", session, "eu-west-1").get_account()
    poll(keycanary, conf)
    found = incidents(keycanary)
    assert len(found) == 1 and found[0]["sightings_total"] == 3
    assert lookup(keycanary, "eu-west-1")["plan"] == ("sweep" if plan == SWEEP else "per-canary")


def test_the_plan_is_chosen_again_when_traffic_changes(keycanary, aws_range, field):
    canary, conf = field
    poll(keycanary, conf)
    assert lookup(keycanary, "eu-west-1")["plan"] == "sweep"
    other = use(aws_range, canary, region="eu-west-1")
    other["userIdentity"] = {"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}
    aws_range.post("burst", record=other, count=800, seconds=300)
    poll(keycanary, conf)
    later(keycanary, 10)
    poll(keycanary, conf)
    assert lookup(keycanary, "eu-west-1")["plan"] == "per-canary"
    assert lookup(keycanary, "us-east-1")["plan"] == "sweep", "each region for itself"
    assert seen(keycanary) == 1


@pytest.mark.parametrize("age_s,clock_s", [(-40 * 60, 400), (-20 * 3600, 25 * 3600)], ids=["warm", "deep"])
def test_late_events_are_found_by_the_slower_tiers(keycanary, aws_range, field, age_s, clock_s):
    canary, conf = field
    poll(keycanary, conf)
    use(aws_range, canary, eventTime=at(age_s))
    poll(keycanary, conf)
    assert seen(keycanary) == 0, "too old for the hot window"
    later(keycanary, clock_s)
    poll(keycanary, conf)
    assert seen(keycanary) == 1


def test_what_happened_before_we_came_and_while_we_were_away(keycanary, aws_range, field):
    canary, conf = field
    use(aws_range, canary, eventTime=at(-80 * 86400))
    poll(keycanary, conf)
    assert seen(keycanary) == 1, "the first start reads 90 days"
    use(aws_range, canary, region="eu-west-1", eventTime=at(3600))
    later(keycanary, 5 * 3600)
    poll(keycanary, conf)
    assert seen(keycanary) == 2
    assert status(keycanary)["gaps"] == [], "the hole was filled"


def test_order_and_number_of_deliveries_do_not_matter(keycanary, aws_range, field, tmp_path):
    canary, conf = field
    names = ["GetCallerIdentity", "GetSendQuota", "ListIdentities", "GetAccount", "CreateUser"] * 6
    for n, name in enumerate(names):
        use(aws_range, canary, name=name, region=REGIONS[n % 2], eventTime=at(-n * 7))
    other = dict(keycanary.env, KEYCANARY_STATE=str(tmp_path / "mixed"))
    keycanary("import", tmp_path / "keys.csv", env=other, check=0)
    poll(keycanary, conf)
    aws_range.post("set", duplicate=True, shuffle=True, page=4)
    keycanary("poll", "--config", conf, env=other, check=0)
    assert what_happened(keycanary, keycanary.env) == what_happened(keycanary, other)


def test_a_token_that_expires_half_way(keycanary, aws_range, field):
    canary, conf = field
    aws_range.post("set", page=5, token_uses=3)
    for _ in range(40):
        use(aws_range, canary)
    poll(keycanary, conf)
    assert seen(keycanary) == 40 and status(keycanary)["gaps"] == []


def test_a_region_that_is_not_opted_in_is_said_and_not_asked_forever(keycanary, aws_range, field):
    canary, conf = field
    aws_range.post("set", closed=["eu-west-1"])
    use(aws_range, canary)
    poll(keycanary, conf)
    assert seen(keycanary) == 1
    assert lookup(keycanary, "eu-west-1")["closed"] and "not opted in" in keycanary("status").stdout
    assert status(keycanary)["gaps"] == []
    aws_range.post("calls")
    poll(keycanary, conf)
    assert "LookupEvents eu-west-1" not in aws_range.post("calls")
    aws_range.post("set", closed=[])
    later(keycanary, 90000)
    poll(keycanary, conf)
    assert not lookup(keycanary, "eu-west-1")["closed"] and lookup(keycanary, "eu-west-1")["complete_until"]


def test_our_share_leaves_room_for_others(keycanary, aws_range, field, tmp_path):
    """At the default pace AWS's two a second are never asked for; the bucket holds two."""
    _, _ = field
    conf = configure(tmp_path, 'watch = { regions = ["us-east-1"]; };\n')
    aws_range.post("set", rate=2)
    began = time.monotonic()
    poll(keycanary, conf)
    calls = sum(n for k, n in aws_range.post("calls").items() if k.startswith("LookupEvents"))
    assert calls <= 2 + (time.monotonic() - began) + 0.5
    assert lookup(keycanary, "us-east-1")["error"] is None


# --- when it cannot see ---------------------------------------------------------------------

CAUSES = {"denied": "denied", "expired": "credentials", "throttle": "throttled", "clock": "clock", "500": "remote",
          "reset": "network"}


@pytest.mark.parametrize("kind", CAUSES)
def test_each_blindness_has_its_cause(keycanary, aws_range, field, kind):
    canary, conf = field
    poll(keycanary, conf)
    aws_range.post("fault", op="LookupEvents", region="eu-west-1", kind=kind, times=10000)
    use(aws_range, canary)
    use(aws_range, canary, region="eu-west-1")
    r = poll(keycanary, conf, check=1)
    assert "could not be read" in r.stderr and "keycanary status" in r.stderr
    assert seen(keycanary) == 1, "the other region goes on"
    gap = status(keycanary)["gaps"][0]
    assert (gap["region"], gap["cause"], gap["to"]) == ("eu-west-1", CAUSES[kind], None)
    assert "eu-west-1" in gap["detail"] or "127.0.0.1" in gap["detail"]
    text = keycanary("status").stdout
    assert f"gap: default eu-west-1" in text and CAUSES[kind] in text
    aws_range.post("heal")
    later(keycanary, 3)
    poll(keycanary, conf)
    assert seen(keycanary) == 2 and status(keycanary)["gaps"] == []


def test_throttled_beyond_the_window(keycanary, aws_range, field):
    """Long enough to lose what the hot window would show; it is caught up with."""
    canary, conf = field
    poll(keycanary, conf)
    aws_range.post("fault", op="LookupEvents", region="eu-west-1", kind="throttle", times=10000)
    use(aws_range, canary, region="eu-west-1", eventTime=at(60))
    for clock in (3600, 7200):
        later(keycanary, clock)
        poll(keycanary, conf, check=1)
    gap = next(g for g in status(keycanary)["gaps"] if g["region"] == "eu-west-1")
    assert gap["cause"] == "throttled"
    aws_range.post("heal")
    later(keycanary, 7300)
    poll(keycanary, conf)
    assert seen(keycanary) == 1 and status(keycanary)["gaps"] == []


def test_a_full_disk_is_said_and_nothing_is_lost(keycanary, aws_range, field):
    canary, conf = field
    poll(keycanary, conf)
    for _ in range(200):
        use(aws_range, canary)

    def no_room():
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    size = max(f.stat().st_size for f in (keycanary.home / ".local/state/keycanary").glob("*.db*")) + 8192
    r = keycanary("poll", "--config", conf, preexec_fn=no_room)
    assert r.returncode == 1
    assert "keycanary poll: " in r.stderr and str(keycanary.home) in r.stderr and "the disk is full" in r.stderr
    (gap,) = status(keycanary)["gaps"]
    assert (gap["cause"], gap["to"]) == ("full", None) and "full" in keycanary("status").stdout
    poll(keycanary, conf)
    assert seen(keycanary) == 200 and status(keycanary)["gaps"] == []
    if not ON_POSTGRES:
        with sqlite3.connect(next((keycanary.home / ".local/state/keycanary").glob("*.db"))) as db:
            gaps = db.execute("SELECT cause, filled_ms IS NOT NULL FROM gap").fetchall()
        assert gaps and set(gaps) == {("full", 1)}, "the next run has put it down"


def test_status_says_all_of_it(keycanary, aws_range, field):
    canary, conf = field
    use(aws_range, canary)
    poll(keycanary, conf)
    s = status(keycanary)
    assert s["canaries"]["tripped"] == 1 and s["canaries"]["live"] == 0
    c = lookup(keycanary, "us-east-1")
    assert c["calls"] >= 3 and c["calls_per_hour"] > 2.9 and c["complete_until"] and c["plan"] == "sweep" and c["error"] is None
    text = keycanary("status").stdout
    for word in ("us-east-1", "eu-west-1", "last-used", "sweep", "1 tripped"):
        assert word in text


# --- daemon manners ---------------------------------------------------------------------------

def run_watch(keycanary, conf, **env):
    return subprocess.Popen([PROGRAM, "watch", "--config", str(conf)], env=dict(keycanary.env, **env),
                            stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)


def until(lines, word):
    """Reads lines until one has the word; that line."""
    for line in lines:
        if word in line:
            return line
    raise AssertionError(f"no line says {word!r}")


def test_systemd_is_told(keycanary, aws_range, field, tmp_path):
    _, conf = field
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.bind(path)
        s.settimeout(60)

        def told(word):
            while True:
                message = s.recv(4096).decode()
                if word in message.split("\n") or any(m.startswith(word) for m in message.split("\n")):
                    return message
        watch = run_watch(keycanary, conf, NOTIFY_SOCKET=path)
        told("READY=1")
        assert "STATUS=" in told("WATCHDOG=1")
        watch.send_signal(signal.SIGHUP)
        assert "MONOTONIC_USEC=" in told("RELOADING=1")
        told("READY=1")
        told("WATCHDOG=1")
        watch.send_signal(signal.SIGTERM)
        told("STOPPING=1")
    watch.stderr.read()
    assert watch.wait(60) == 0


def test_log_lines_are_json_when_asked(keycanary, aws_range, field, tmp_path):
    _, _ = field
    conf = configure(tmp_path, 'log = { format = "json"; };\n' + CONF)
    aws_range.post("fault", op="LookupEvents", region="eu-west-1", kind="denied", times=10000)
    watch = run_watch(keycanary, conf)
    line = json.loads(until(watch.stderr, "cannot read"))
    assert line["region"] == "eu-west-1" and line["cause"] == "denied" and line["level"] == "warning"
    watch.send_signal(signal.SIGTERM)
    rest = [json.loads(x) for x in watch.stderr.read().splitlines()]
    assert watch.wait(60) == 0 and rest


def test_a_term_amid_slow_answers_leaves_a_state_that_goes_on(keycanary, aws_range, field):
    canary, conf = field
    for _ in range(30):
        use(aws_range, canary)
    aws_range.post("set", page=5, slow_s=0.1)
    watch = run_watch(keycanary, conf)
    until(watch.stderr, "watching")
    while not any(k.startswith("LookupEvents") for k in aws_range.post("calls")):
        time.sleep(0.01)
    watch.send_signal(signal.SIGTERM)
    watch.stderr.read()
    assert watch.wait(60) == 0
    aws_range.post("set", slow_s=0)
    poll(keycanary, conf)
    assert seen(keycanary) == 30


def test_the_units_are_sound(tmp_path):
    if not shutil.which("systemd-analyze"):
        pytest.skip("needs systemd-analyze")
    units = []
    for unit in (ROOT / "config" / "systemd").iterdir():
        text = unit.read_text().replace("/usr/local/bin/keycanary", "/bin/true")
        units.append(tmp_path / unit.name)
        units[-1].write_text(text)
    r = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True, timeout=60)
    ours = [x for x in r.stderr.splitlines() if "keycanary" in x and "man " not in x]
    assert ours == []


def test_the_units_name_what_the_program_does():
    watch = (ROOT / "config" / "systemd" / "keycanary-watch.service").read_text()
    for line in ("Type=notify", "ExecReload=/bin/kill -HUP $MAINPID", "NoNewPrivileges=yes", "ProtectSystem=strict"):
        assert line in watch
    assert "WatchdogSec=" in watch and os.path.exists(ROOT / "config" / "systemd" / "keycanary-poll.timer")
