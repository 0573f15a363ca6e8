"""The outbox: nothing lost, nothing told twice without the same key, nobody delayed by another's trouble."""
import json
import os
import signal
import sqlite3
import subprocess

import pytest

import conftest
from conftest import KEY, calls, record, sqlite_only, write_log
from hooks import Hook, channel, configure, register, until


@pytest.fixture
def hooks():
    made = []

    def make(**kw):
        made.append(Hook(**kw))
        return made[-1]
    yield make
    for h in made:
        if not h.closed:
            h.close()


def scan(keycanary, conf, tmp_path, records, name="log"):
    return keycanary("scan", "--config", conf, write_log(tmp_path / f"{name}.json.gz", records))


def send(keycanary, conf, **kw):
    kw.setdefault("check", 0)
    return keycanary("alert", "send", "--config", conf, **kw)


def rows(keycanary, *words):
    return json.loads(keycanary("outbox", "--json", *words, check=0).stdout)["messages"]


def database(keycanary):
    found = list(keycanary.home.rglob("keycanary.db"))
    assert len(found) == 1
    return sqlite3.connect(found[0], timeout=30)


def later(keycanary, hours):
    keycanary.env["KEYCANARY_CLOCK"] = f"+{int(hours * 3600)}"


# --- order, waiting, refusals ------------------------------------------------------------

def test_down_for_a_day_nothing_is_lost_and_all_comes_in_order(keycanary, tmp_path, hooks):
    hook = hooks()
    conf = configure(tmp_path, channel("ops", hook))
    register(keycanary, tmp_path)
    register(keycanary, tmp_path, "AKIAYT723HMDOTHER222", "svc-other")
    hook.answers = [(503, {})] * 2000
    for hour, log in enumerate([calls("sts:GetCallerIdentity"), calls("ses:GetSendQuota ses:ListIdentities", 3600),
                                calls("ses:UpdateAccountSendingEnabled", 7200),
                                [record(key="AKIAYT723HMDOTHER222", userName="svc-other")]]):
        later(keycanary, hour)
        scan(keycanary, conf, tmp_path, log, f"log{hour}")
        send(keycanary, conf, check=None)
    for hour in range(4, 24):
        later(keycanary, hour)
        send(keycanary, conf, check=1)    # nobody can be told
    # One try tells as much as a hundred: a channel that is down is asked once a pause, whatever waits for it.
    assert 20 <= len(hook.got) <= 40
    hook.answers, hook.got = [], []
    later(keycanary, 24.5)
    send(keycanary, conf)
    assert rows(keycanary) == []
    assert sorted(hook.kinds()) == ["escalation", "first", "first"]
    mine = [m for m in hook.got if m["key_id"] == KEY]
    assert [m["kind"] for m in mine] == ["first", "escalation"] and mine[0]["revision"] < mine[1]["revision"]
    new = mine[1]["sections"][0]
    assert new["heading"] == "What is new" and {"new intent ses-footprint", "new intent ses-takeover"} <= set(new["lines"])


def test_an_outage_is_told_on_the_other_channels_once_and_its_end_too(keycanary, tmp_path, hooks):
    down, well = hooks(), hooks()
    conf = configure(tmp_path, channel("down", down), channel("well", well), alert='blind_after = "15 min";')
    register(keycanary, tmp_path)
    down.answers = [(500, {})] * 100
    scan(keycanary, conf, tmp_path, calls("ses:GetSendQuota"))
    for hours in (0, 0.2, 0.5, 1, 2):
        later(keycanary, hours)
        send(keycanary, conf)
    assert well.kinds() == ["first", "channel"] and '"down" does not deliver' in well.text()
    status = keycanary("status", "--config", conf, check=0)
    assert "down" in status.stdout and "500" in status.stdout
    down.answers = []
    later(keycanary, 3)
    send(keycanary, conf)
    assert well.kinds() == ["first", "channel", "channel"] and '"down" delivers again' in well.text()
    assert rows(keycanary) == []


def test_when_nobody_can_be_told_status_and_exit_codes_say_so(keycanary, tmp_path, hooks):
    only = hooks()
    conf = configure(tmp_path, channel("only", only))
    register(keycanary, tmp_path)
    only.answers = [(404, {})]
    scan(keycanary, conf, tmp_path, calls("ses:GetSendQuota"))
    r = send(keycanary, conf, check=1)
    assert "nobody can be told" in r.stderr
    r = keycanary("status", "--config", conf, check=1)
    assert "nobody can be told" in r.stdout + r.stderr and "404" in r.stdout
    state = json.loads(keycanary("status", "--json", "--config", conf, check=1).stdout)
    assert state["messages_parked"] == 1 and state["channels"][0]["parked"] == 1 and state["mute"] is True
    parked = rows(keycanary)[0]
    keycanary("outbox", "retry", parked["id"], check=0)
    send(keycanary, conf)
    keycanary("status", "--config", conf, check=0)
    assert len({h["Idempotency-Key"] for h in only.headers}) == 1 and len(only.got) == 2


def test_retry_and_drop_have_manners(keycanary, tmp_path, hooks):
    hook = hooks()
    conf = configure(tmp_path, channel("ops", hook))
    register(keycanary, tmp_path)
    assert "0 messages" in keycanary("outbox", "retry", check=0).stdout
    r = keycanary("outbox", "drop", "--yes", "7", check=1)
    assert "there is no message 7" in r.stderr
    keycanary("outbox", "drop", check=2)
    keycanary("outbox", "drop", "--yes", "seven", check=2)
    hook.answers = [(400, {})]
    scan(keycanary, conf, tmp_path, calls("ses:GetSendQuota"))
    send(keycanary, conf, check=1)
    n = rows(keycanary)[0]["id"]
    keycanary("outbox", "drop", "--yes", n, check=0)
    assert "dropped already" in keycanary("outbox", "retry", n, check=1).stderr
    assert rows(keycanary) == [] and rows(keycanary, "--all")[0]["state"] == "dropped"
    trail = json.loads(keycanary("audit", f"message {n}", "--json", check=0).stdout)["entries"]
    assert [(e["what"], e["detail"]) for e in trail] == [("dropped", "first for ops")] and trail[0]["who"]


def test_messages_of_a_channel_that_is_gone_are_parked_and_told(keycanary, tmp_path, hooks):
    old, new = hooks(), hooks()
    conf = configure(tmp_path, channel("old", old))
    register(keycanary, tmp_path)
    old.answers = [(503, {})]
    scan(keycanary, conf, tmp_path, calls("ses:GetSendQuota"))
    keycanary("alert", "send", "--config", conf)
    conf = configure(tmp_path, channel("new", new))
    send(keycanary, conf)
    assert new.kinds() == ["channel"] and '"old" is not configured any more' in new.text()
    assert [(r["channel"], r["state"]) for r in rows(keycanary)] == [("old", "parked")]


def test_a_slow_channel_delays_no_other(keycanary, tmp_path, hooks):
    import threading
    slow, quick = hooks(), hooks()
    slow.gate = threading.Event()
    conf = configure(tmp_path, channel("slow", slow), channel("quick", quick))
    register(keycanary, tmp_path)
    scan(keycanary, conf, tmp_path, calls("ses:GetSendQuota"))
    run = subprocess.Popen([conftest.PROGRAM, "alert", "send", "--config", conf], env=keycanary.env)
    assert slow.arrived.wait(60) and quick.arrived.wait(60)    # the slow one has not answered yet
    slow.gate.set()
    assert run.wait(60) == 0


# --- killed, and two at once -----------------------------------------------------------------

STEPS = ["before it is leased", "while it connects", "while the request is read", "before it is answered", "before it is recorded"]


@sqlite_only
@pytest.mark.parametrize("step", STEPS)
def test_killed_at_each_step_of_a_delivery(keycanary, tmp_path, hooks, step):
    """SIGKILL, then another run: it arrives; at worst twice, then with the same key and the same words."""
    import socket
    import threading
    hook = hooks()
    conf = configure(tmp_path, channel("ops", hook))
    register(keycanary, tmp_path)
    scan(keycanary, conf, tmp_path, calls("ses:GetSendQuota"))
    stuck = None
    lock = database(keycanary)
    lock.isolation_level = None
    if step == "before it is leased":
        lock.execute("BEGIN IMMEDIATE")
    elif step in ("while it connects", "while the request is read"):
        port = hook.server.server_address[1]
        hook.close()
        stuck = socket.create_server(("127.0.0.1", port), backlog=1)
    else:
        hook.gate = threading.Event()
    run = subprocess.Popen([conftest.PROGRAM, "alert", "send", "--config", conf], env=keycanary.env, stderr=subprocess.DEVNULL)
    if step == "before it is leased":
        until(lambda: len(os.listdir(f"/proc/{run.pid}/task")) > 1)
    elif step == "while it connects":
        until(lambda: database(keycanary).execute("SELECT COUNT(*) FROM outbox WHERE lease_by IS NOT NULL").fetchone()[0])
    elif step == "while the request is read":
        peer = stuck.accept()[0]
        assert peer.recv(16)
    else:
        assert hook.arrived.wait(60)
        if step == "before it is recorded":
            lock.execute("BEGIN IMMEDIATE")
            hook.gate.set()
            until(lambda: len(hook.answered) == 1)
    run.send_signal(signal.SIGKILL)
    run.wait(60)
    lock.close()
    if stuck is not None:
        if step == "while the request is read":
            peer.close()
        stuck.close()
        hook = hooks(port=port)
        hook.gate = None
    elif hook.gate is not None:
        hook.gate.set()
    send(keycanary, conf)    # at once: a dead one's lease does not have to run out
    twice = step in ("before it is answered", "before it is recorded")
    assert len(hook.got) == (2 if twice else 1) and len({h["Idempotency-Key"] for h in hook.headers}) == 1
    assert hook.got[0] == hook.got[-1]
    assert [r["state"] for r in rows(keycanary, "--all")] == ["done"]
    send(keycanary, conf)
    assert len(hook.got) == (2 if twice else 1)


SMTP_STEPS = ["while it connects", "before the envelope", "before the mail", "before it is answered", "before it is recorded"]


class SlowMail:
    """Speaks SMTP up to one step and waits there; what it took is in `got`."""

    def __init__(self, stop_at):
        import socket
        import threading
        self.got, self.stop_at, self.reached, self.go = [], stop_at, threading.Event(), threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def at(self, step):
        if step == self.stop_at and not self.go.is_set():
            self.reached.set()
            assert self.go.wait(60)

    def serve(self):
        import threading
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.talk, args=(peer,), daemon=True).start()

    def talk(self, peer):
        f = peer.makefile("rwb")

        def say(line):
            f.write(line + b"\r\n")
            f.flush()
        try:
            self.at("while it connects")
            say(b"220 here")
            for line in f:
                word = line[:4].upper()
                if word == b"MAIL":
                    self.at("before the envelope")
                if word == b"DATA":
                    self.at("before the mail")
                    say(b"354 go on")
                    self.got.append(b"".join(iter(f.readline, b".\r\n")))
                    self.at("before it is answered")
                    say(b"250 2.0.0 kept")
                    self.at("before it is recorded")
                elif word == b"QUIT":
                    say(b"221 bye")
                    return
                else:
                    say(b"250 fine")
        except OSError:
            pass    # whoever spoke was killed
        finally:
            peer.close()

    def close(self):
        self.go.set()
        self.listener.close()


@sqlite_only
@pytest.mark.parametrize("step", SMTP_STEPS)
def test_killed_at_each_step_of_a_mail(keycanary, tmp_path, step):
    import email
    mail = SlowMail(step)
    conf = tmp_path / "keycanary.conf"
    conf.write_text('channels = ( { name = "mail"; type = "smtp"; host = "127.0.0.1"; tls = "none"; from = "k@example.org";'
                    f' to = [ "a@example.org" ]; port = {mail.port}; }} );\n')
    register(keycanary, tmp_path)
    scan(keycanary, conf, tmp_path, calls("ses:GetSendQuota"))
    lock = database(keycanary)
    lock.isolation_level = None
    run = subprocess.Popen([conftest.PROGRAM, "alert", "send", "--config", conf], env=keycanary.env, stderr=subprocess.DEVNULL)
    assert mail.reached.wait(60)
    run.send_signal(signal.SIGKILL)
    run.wait(60)
    mail.go.set()
    send(keycanary, conf)
    twice = step in ("before it is answered", "before it is recorded")
    until(lambda: len(mail.got) >= (2 if twice else 1))
    assert len(mail.got) == (2 if twice else 1)
    sent = [email.message_from_bytes(m) for m in mail.got]
    assert len({m["Message-ID"] for m in sent}) == len({m["X-Keycanary-Key"] for m in sent}) == 1
    assert [r["state"] for r in rows(keycanary, "--all")] == ["done"]
    send(keycanary, conf)
    assert len(mail.got) == (2 if twice else 1)
    lock.close()
    mail.close()


@sqlite_only
def test_killed_at_every_moment(keycanary, tmp_path, hooks):
    """SIGKILL at thirty moments of a delivery: every message arrives, none more than once too often a kill."""
    hook = hooks(delay=0.004)
    conf = configure(tmp_path, channel("ops", hook))
    keys = [f"AKIAYT723HMDKEY{n:05d}"[:20].replace("0", "A").replace("1", "B").replace("8", "C").replace("9", "D")
            for n in range(2, 8)]
    for k in keys:
        register(keycanary, tmp_path, k, f"svc-{k[-3:].lower()}")
    scan(keycanary, conf, tmp_path, [record(key=k, userName=f"svc-{k[-3:].lower()}") for k in keys])
    want = len(rows(keycanary))
    assert want == len(keys)
    kills = 0
    for n in range(30):
        run = subprocess.Popen([conftest.PROGRAM, "alert", "send", "--config", conf], env=keycanary.env)
        try:
            run.wait(0.002 * (n + 1) * (5 if "asan" in conftest.PROGRAM else 1))
        except subprocess.TimeoutExpired:
            run.send_signal(signal.SIGKILL)
            run.wait(60)
            kills += 1
    send(keycanary, conf)
    seen = [h["Idempotency-Key"] for h in hook.headers]
    assert kills > 0 and len(set(seen)) == want and len(seen) <= want + kills
    assert {r["state"] for r in rows(keycanary, "--all")} == {"done"}
    database(keycanary).execute("PRAGMA integrity_check")


@sqlite_only
def test_two_senders_never_send_the_same(keycanary, tmp_path, hooks):
    hook = hooks(delay=0.01)
    conf = configure(tmp_path, channel("ops", hook))
    register(keycanary, tmp_path)
    scan(keycanary, conf, tmp_path, calls("ses:GetSendQuota"))
    d = database(keycanary)
    with d:
        for n in range(40):
            d.execute("INSERT INTO outbox (incident, channel, kind, idempotency_key, payload, state, attempts, next_ms,"
                      " created_ms) SELECT 1000 + ?, channel, kind, idempotency_key || ?, payload, 'waiting', 0, 0, created_ms"
                      " FROM outbox WHERE id = 1", (n, f"-{n}"))
    d.close()
    runs = [subprocess.Popen([conftest.PROGRAM, "alert", "send", "--config", conf], env=keycanary.env) for _ in range(4)]
    assert [r.wait(100) for r in runs] == [0] * 4
    assert len(hook.got) == 41 and all(r["attempts"] == 1 for r in rows(keycanary, "--all"))


# --- what is sent ---------------------------------------------------------------------------

def test_the_cooldown_starts_with_a_success_and_a_rise_does_not_wait(keycanary, tmp_path, hooks):
    hook = hooks()
    conf = configure(tmp_path, channel("ops", hook), alert='cooldown = "10 min";')
    register(keycanary, tmp_path)
    hook.answers = [(503, {})]
    scan(keycanary, conf, tmp_path, calls("ses:GetSendQuota"), "a")
    send(keycanary, conf)                                           # not taken: nothing is spent
    later(keycanary, 0.5)
    send(keycanary, conf)
    assert hook.kinds() == ["first", "first"]
    scan(keycanary, conf, tmp_path, [record(sourceIPAddress="203.0.113.5")], "b")
    scan(keycanary, conf, tmp_path, [record(sourceIPAddress="203.0.113.6")], "c")
    send(keycanary, conf)
    assert len(hook.got) == 2, "a new address waits for the cooldown"
    later(keycanary, 0.7)
    send(keycanary, conf)
    assert hook.kinds()[2:] == ["escalation"]
    assert hook.got[2]["sections"][0]["lines"] == ["new address 203.0.113.5", "new address 203.0.113.6"]
    scan(keycanary, conf, tmp_path, calls("ses:UpdateAccountSendingEnabled", 60), "d")
    send(keycanary, conf)
    assert hook.kinds()[3:] == ["escalation"] and hook.got[3]["urgent"], "worse than before: told at once"


def test_a_flood_is_one_alert_its_escalations_and_one_digest(keycanary, tmp_path, hooks):
    hook = hooks()
    conf = configure(tmp_path, channel("ops", hook), alert='cooldown = "5 min"; digest_every = "1 h";')
    register(keycanary, tmp_path)
    register(keycanary, tmp_path, "AKIAYT723HMDOTHER222", "svc-other")
    flood = [record(sourceIPAddress=f"203.0.{n // 250}.{n % 250}", userAgent=f"tool/{n}") for n in range(5000)]
    for part in range(5):
        scan(keycanary, conf, tmp_path, flood[part * 1000:part * 1000 + 1000], f"flood{part}")
        if part == 2:
            scan(keycanary, conf, tmp_path, [record(key="AKIAYT723HMDOTHER222", userName="svc-other")], "other")
        send(keycanary, conf)
    other = [m for m in hook.got if m["key_id"] != KEY]
    assert [m["kind"] for m in other] == ["first"], "another canary's first alert comes through the flood"
    assert hook.got.index(other[0]) <= 2
    for hours in (0.2, 0.5, 1.1, 1.2, 1.5):
        later(keycanary, hours)
        send(keycanary, conf)
    mine = [m["kind"] for m in hook.got if m["key_id"] == KEY]
    assert mine[0] == "first" and mine[-1] == "digest" and mine.count("first") == mine.count("digest") == 1
    assert mine.count("escalation") <= 2
    assert "5000 calls" in [m for m in hook.got if m["kind"] == "digest"][0]["summary"]


def test_what_is_expected_is_counted_and_in_the_digest_but_pages_nobody(keycanary, tmp_path, hooks):
    hook = hooks()
    noise = """noise = (
      { reason = "our scanner"; until = "2035-01-01"; address = "192.0.2.0/24"; },
      { reason = "our agent"; until = "2035-01-01"; user_agent = "*trufflehog*"; },
      { reason = "our check"; until = "2035-01-01"; event = "sts:GetCallerIdentity"; },
      { reason = "nightly"; until = "2035-01-01"; from = 2; to = 4; },
      { reason = "the move of March"; since = "2025-03-10"; until = "2025-03-11"; },
      { reason = "over long ago"; until = "2025-01-01"; address = "198.51.100.0/24"; } );"""
    pager, secret = hooks(), tmp_path / "key"
    secret.write_text("R0UT1NG")
    secret.chmod(0o600)
    conf = configure(tmp_path, channel("ops", hook), channel("pager", pager, "pagerduty", routing_key_file=str(secret)),
                     more=noise, alert='digest_every = "1 h";')
    register(keycanary, tmp_path)
    expected = [record(sourceIPAddress="192.0.2.77"), record(userAgent="TruffleHog 3"), record("GetCallerIdentity", "sts.amazonaws.com"),
                record(time="2025-03-04T03:00:00Z"), record(time="2025-03-10T12:00:00Z")]
    scan(keycanary, conf, tmp_path, expected, "expected")
    send(keycanary, conf)
    assert hook.got == []
    incidents = json.loads(keycanary("incidents", "--json", check=0).stdout)["incidents"]

    later(keycanary, 1.1)
    send(keycanary, conf)
    assert set(hook.kinds()) == {"digest"} and "expected" in json.dumps(hook.got) and pager.got == []
    assert {m["severity"] for m in hook.got} == {"info"}
    news = [line for m in hook.got for line in m["sections"][0]["lines"]]
    assert any("nothing was told before" in line for line in news) and any("192.0.2.77 1 (new)" in line for line in news)
    assert any(line.startswith("not a stranger's: expected: ") and "our scanner 1 (new)" in line for line in news), news
    hook.got.clear()
    scan(keycanary, conf, tmp_path, [record(time="2025-03-04T06:30:00Z")], "stranger")    # only the ended rule fits
    send(keycanary, conf)
    assert hook.kinds() == ["first"]


# --- the life of an incident -------------------------------------------------------------------

def test_an_incident_has_a_life(keycanary, tmp_path, hooks):
    hook = hooks()
    conf = configure(tmp_path, channel("ops", hook))
    register(keycanary, tmp_path)
    scan(keycanary, conf, tmp_path, calls("ses:GetSendQuota"), "a")
    send(keycanary, conf)
    name = json.loads(keycanary("incidents", "--json", check=0).stdout)["incidents"][0]["id"]
    short = name[:-2]
    assert "open already" in keycanary("incidents", "reopen", name, "--config", conf, check=1).stderr
    keycanary("incidents", "ack", short, "-m", "mine", "--config", conf, check=0)
    assert json.loads(keycanary("incidents", "--json").stdout)["incidents"][0]["state"] == "acknowledged"
    assert keycanary("incidents", "close", name, "--config", conf).returncode == 2, "what was it?"
    keycanary("incidents", "close", name, "--as", "benign", "-m", "a colleague's test", "--config", conf, check=0)
    i = json.loads(keycanary("incidents", "--json").stdout)["incidents"][0]
    assert (i["state"], i["classification"], i["note"]) == ("closed", "benign", "a colleague's test")
    assert "closed (benign)" in keycanary("incidents").stdout
    assert "reopen it first" in keycanary("incidents", "ack", name, "--config", conf, check=1).stderr
    send(keycanary, conf)
    assert hook.kinds() == ["first", "closed"] and "a colleague's test" in hook.got[1]["summary"]
    scan(keycanary, conf, tmp_path, [record(time="2025-03-04T05:40:00Z")], "b")
    send(keycanary, conf)
    assert hook.kinds() == ["first", "closed", "escalation"]
    assert "reopened: used again after it was closed" in hook.text()
    i = json.loads(keycanary("incidents", "--json").stdout)["incidents"][0]
    assert (i["state"], i["classification"]) == ("open", "none")
    trail = json.loads(keycanary("audit", name, "--json", check=0).stdout)["entries"]
    assert [e["what"] for e in trail] == ["acknowledged", "closed", "reopened"]
    assert trail[1]["detail"] == "as benign: a colleague's test" and trail[2]["who"] == "keycanary"
    assert trail[0]["who"] not in ("", "keycanary") and all(e["at"] for e in trail)


def test_closing_resolves_the_page(keycanary, tmp_path, hooks):
    pager = hooks()
    secret = tmp_path / "key"
    secret.write_text("R0UT1NG")
    secret.chmod(0o600)
    conf = configure(tmp_path, channel("pager", pager, "pagerduty", routing_key_file=str(secret)))
    register(keycanary, tmp_path)
    scan(keycanary, conf, tmp_path, calls("ses:GetSendQuota"))
    send(keycanary, conf)
    name = json.loads(keycanary("incidents", "--json", check=0).stdout)["incidents"][0]["id"]
    keycanary("incidents", "close", name, "--as", "true", "--config", conf, check=0)
    send(keycanary, conf)
    assert [m["event_action"] for m in pager.got] == ["trigger", "resolve"]
    assert len({m["dedup_key"] for m in pager.got}) == 1


# --- what it says, and to whom -------------------------------------------------------------------

def test_read_at_three_in_the_morning(keycanary, tmp_path, hooks):
    hook = hooks()
    conf = configure(tmp_path, channel("ops", hook), alert='link = "https://wiki.example/i/"; name = "canaries of acme";')
    register(keycanary, tmp_path, owner="platform team")
    scan(keycanary, conf, tmp_path, calls("ses:GetAccount servicequotas:ListServiceQuotas ses:ListIdentities"))
    send(keycanary, conf)
    m = hook.got[0]
    assert m["title"].startswith("ses-footprint (high confidence): canary " + KEY)
    heads = [s["heading"] for s in m["sections"]]
    assert heads[:2] == ["Canary", "What to do now"] and heads.index("What to do now") < heads.index("Why we think so")
    text = hook.text()
    for word in ("platform team", "ses:GetAccount", "198.51.100.23", "Boto3", "us-east-1", "pace:", "first call 2025-03-04T05:00:00Z",
                 "after the first call", "rotate every real secret", "whois 198.51.100.23", "SES in every region",
                 f"https://wiki.example/i/{m['incident']}", f"keycanary report {m['incident']}", "canaries of acme"):
        assert word in text, word
    stages = next(s["lines"] for s in m["sections"] if s["heading"] == "Stages and calls")
    at = next(n for n, line in enumerate(stages) if line.startswith("S1"))
    assert any("ses:GetAccount" in line for line in stages[at + 1:at + 3])
    assert m["sections"][heads.index("What such intruders do next")]["lines"]


@conftest.sqlite_only
def test_it_names_the_copy_that_leaked_and_whose_it_is(keycanary, tmp_path, hooks):
    hook = hooks()
    conf = configure(tmp_path, channel("ops", hook))
    register(keycanary, tmp_path)
    d = database(keycanary)
    with d:
        d.execute("INSERT INTO placement (key_id, bait, repo, remote, path, line_from, line_to, branch, commit_id, owner, state, planted_ms)"
                  " VALUES (?, 'dotenv', '/src/shop', 'https://git.example/acme/shop', 'deploy/.env', 12, 14, 'main', 'c0ffee', "
                  "'Ada <ada@example.org>', 'planted', 1)", (KEY,))
    d.close()
    scan(keycanary, conf, tmp_path, calls("ses:GetSendQuota"))
    send(keycanary, conf)
    text = hook.text()
    assert "planted in https://git.example/acme/shop, file deploy/.env, line 12" in text
    assert "owner of that place: Ada <ada@example.org>" in text and "branch main, commit c0ffee" in text
    first_step = next(s for s in hook.got[0]["sections"] if s["heading"] == "What to do now")["lines"][0]
    assert first_step.startswith("The copy that leaked is in https://git.example/acme/shop, file deploy/.env") and "Ada" in first_step


def test_routes_by_tag_account_severity_and_intent(keycanary, tmp_path, hooks):
    by = {n: hooks() for n in ("tag", "account", "severity", "intent", "never")}
    routes = """routes = ( { channels = ["tag"]; tag = "prod*"; }, { channels = ["account"]; account = "5926*"; },
      { channels = ["severity"]; severity = "critical"; }, { channels = ["intent"]; intent = "ses-*"; },
      { channels = ["never"]; intent = "ses-*"; account = "111122223333"; } );"""
    conf = configure(tmp_path, *(channel(n, h) for n, h in by.items()), more=routes)
    register(keycanary, tmp_path, account=conftest.ACCOUNT, tags="production")
    scan(keycanary, conf, tmp_path, calls("ses:GetSendQuota"), "a")
    send(keycanary, conf)
    assert {n: len(h.got) for n, h in by.items()} == {"tag": 1, "account": 1, "severity": 0, "intent": 1, "never": 0}
    scan(keycanary, conf, tmp_path, calls("ses:UpdateAccountSendingEnabled", 60), "b")
    send(keycanary, conf)
    assert {n: len(h.got) for n, h in by.items()} == {"tag": 2, "account": 2, "severity": 1, "intent": 2, "never": 0}


@sqlite_only
def test_the_outbox_holds_no_secret(keycanary, tmp_path, hooks):
    hook = hooks()
    secret = tmp_path / "hook.key"
    secret.write_text("s3cret-of-the-hook\n")
    secret.chmod(0o600)
    conf = configure(tmp_path, channel("ops", hook, secret_file=str(secret)))
    register(keycanary, tmp_path)
    answer = record("GetSessionToken", "sts.amazonaws.com", errorCode=..., errorMessage=..., responseElements={
        "credentials": {"accessKeyId": "ASIAYT723HMDAAAAAAAA", "sessionToken": "T0KEN-OF-A-SESSION", "expiration": "x"}})
    hook.answers = [(503, {})]
    scan(keycanary, conf, tmp_path, [answer])
    r = keycanary("alert", "send", "--config", conf)
    payload = " ".join(p for (p,) in database(keycanary).execute("SELECT payload FROM outbox"))
    for text in (payload, r.stderr, r.stdout, keycanary("outbox", "--json").stdout):
        assert "s3cret-of-the-hook" not in text and "T0KEN-OF-A-SESSION" not in text
    assert all(not f.stat().st_mode & 0o077 for f in keycanary.home.rglob("keycanary.db*"))


# --- digests, old messages, others of the same visitor -------------------------------------------

def test_a_digest_says_what_is_new_since_the_last_message_and_is_left_out_when_nothing_is(keycanary, tmp_path, hooks):
    hook, other = hooks(), hooks()
    conf = configure(tmp_path, channel("ops", hook), channel("chat", other), alert='digest_every = "1 h"; cooldown = "0 s";')
    register(keycanary, tmp_path)
    scan(keycanary, conf, tmp_path, calls("ses:GetSendQuota ses:GetSendQuota"), "a")
    send(keycanary, conf)
    scan(keycanary, conf, tmp_path, calls("ses:GetSendQuota ses:GetSendQuota ses:GetSendQuota", 60), "b")
    send(keycanary, conf)
    told = len(hook.got)
    later(keycanary, 1.2)
    send(keycanary, conf)
    digest = hook.got[told]
    assert digest["kind"] == "digest" and digest["sightings"] == 5
    assert digest["summary"].startswith("3 calls since the last message, of 20")
    assert "In all: " in digest["summary"] and "5 calls" in digest["summary"]
    news = digest["sections"][0]
    assert news["heading"] == "What is new" and "3 denied" in news["lines"][0]
    assert news["lines"][1:3] == ["calls: ses:GetSendQuota 3", "addresses: 198.51.100.23 3"]
    assert digest["sections"][1]["heading"] == "Canary"
    # A message that told everything leaves nothing for the digest that was planned before it.
    scan(keycanary, conf, tmp_path, calls("ses:GetSendQuota", 120), "c")
    later(keycanary, 1.5)
    scan(keycanary, conf, tmp_path, calls("ses:UpdateAccountSendingEnabled", 180), "d")
    send(keycanary, conf)
    assert hook.kinds()[-1] == "escalation"
    n = len(hook.got)
    later(keycanary, 3)
    send(keycanary, conf)
    assert len(hook.got) == n and len(other.got) == n and rows(keycanary) == []
    assert any(r["kind"] == "digest" and r["answer"].startswith("told with message") for r in rows(keycanary, "--all"))


def test_old_messages_are_forgotten_but_not_those_still_needed(keycanary, tmp_path, hooks):
    hook = hooks()
    conf = configure(tmp_path, channel("ops", hook), alert='keep = "10 days"; digest_every = "1 h";',
                     more='watch = { regions = [ "us-east-1" ]; };')
    keycanary.env.update(AWS_ENDPOINT_URL="http://127.0.0.1:9", AWS_ACCESS_KEY_ID="AKIAQQQQQQQQQQQQQQQQ", AWS_SECRET_ACCESS_KEY="x",
                         AWS_EC2_METADATA_DISABLED="true", KEYCANARY_CONFIG=str(conf))
    register(keycanary, tmp_path)
    register(keycanary, tmp_path, "AKIAYT723HMDOTHER222", "svc-other")
    scan(keycanary, conf, tmp_path, calls("ses:GetSendQuota"), "a")
    scan(keycanary, conf, tmp_path, [record(key="AKIAYT723HMDOTHER222", userName="svc-other")], "b")
    drill = json.loads(keycanary("drill", "--scenario", "permiso-initial", "--json", check=0).stdout)
    send(keycanary, conf)
    closed = [i["id"] for i in json.loads(keycanary("incidents", "--json").stdout)["incidents"] if i["canary"]["key_id"] == KEY][0]
    keycanary("incidents", "close", closed, "--as", "true", "--config", conf, check=0)
    send(keycanary, conf)
    before = {r["idempotency_key"] for r in rows(keycanary, "--all")}
    assert len(before) >= 5
    later(keycanary, 9 * 24)
    keycanary("poll")    # blind here; it forgets nevertheless
    assert before <= {r["idempotency_key"] for r in rows(keycanary, "--all")}
    later(keycanary, 11 * 24)
    keycanary("poll")
    left = {r["idempotency_key"] for r in rows(keycanary, "--all")} & before
    assert left and not any(k.startswith(closed) for k in left), "a closed incident's are gone"
    assert any(k.startswith(drill["incident"]) and "-first-" in k for k in left), "a drill's figures stay"
    assert sum("-first-" in k and not k.startswith("drill-") for k in left) == 1, "an open incident's are needed for its end"
    figures = json.loads(keycanary("drill", "--figures", "--json", check=0).stdout)["figures"]
    assert figures["done"] == 1 and [leg["leg"] for leg in figures["legs"]] == ["sighting to ops"]


def test_an_alert_names_the_other_canaries_of_the_same_visitor(keycanary, tmp_path, hooks):
    hook = hooks()
    conf = configure(tmp_path, channel("ops", hook))
    register(keycanary, tmp_path)
    register(keycanary, tmp_path, "AKIAYT723HMDOTHER222", "svc-other")
    register(keycanary, tmp_path, "AKIAYT723HMDTHIRD333", "svc-third")
    scan(keycanary, conf, tmp_path, calls("ses:GetSendQuota"), "a")
    scan(keycanary, conf, tmp_path, [record(key="AKIAYT723HMDOTHER222", userName="svc-other")], "b")
    scan(keycanary, conf, tmp_path, [record(key="AKIAYT723HMDTHIRD333", userName="svc-third", sourceIPAddress="203.0.113.77")], "c")
    send(keycanary, conf)
    first, second, third = hook.got
    head = "Other canaries, probably the same visitor"
    assert head not in [s["heading"] for s in first["sections"]]
    assert next(s for s in second["sections"] if s["heading"] == head)["lines"] == [
        f"{KEY}, ses-probe (same address): keycanary report {first['incident']}"]
    assert head not in [s["heading"] for s in third["sections"]], "the same tool alone is no reason"
