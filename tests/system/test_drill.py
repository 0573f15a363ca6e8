"""Drills: real calls with a drill canary against the range, and published flows without AWS."""
import json
import signal
import subprocess

import pytest

from conftest import PROGRAM
from test_alerts import channel, channels, configure, receiver  # noqa: F401  (a fixture)

WATCH = ('watch = { regions = [ "us-east-1", "eu-west-1" ]; requests_per_minute = 1200;'
         ' hot_every = "1 s"; warm_every = "60 s"; };\n')


@pytest.fixture
def armed(keycanary, aws_range, tmp_path, receiver):  # noqa: F811
    """A monitor with a drill canary minted in the range and one webhook."""
    conf = configure(tmp_path, WATCH + channels(channel("hook", "webhook", url=receiver.url)) +
                     'routes = ( { channels = [ "hook" ]; severity = "high"; } );\n')
    keycanary.env.update(aws_range.env(), KEYCANARY_CONFIG=str(conf))
    keycanary("mint", "--drill", check=0)
    return keycanary


def bodies(receiver):  # noqa: F811
    return [json.loads(body) for _, _, body in receiver.got]


def test_a_drill_is_called_seen_and_told(armed, receiver):  # noqa: F811
    r = armed("drill", "--json", check=0)
    d = json.loads(r.stdout)
    assert d["state"] == "done" and d["scenario"] is None
    assert d["called"] <= d["visible"] and d["called"] <= d["sighted"]
    assert [c["channel"] for c in d["channels"]] == ["hook"] and d["channels"][0]["state"] == "done"
    got = bodies(receiver)
    assert len(got) >= 1 and all(b["drill"] is True and b["title"].startswith("DRILL") for b in got)
    legs = {leg["leg"]: leg for leg in d["figures"]["legs"]}
    assert {"call to visible", "visible to sighting", "call to sighting", "sighting to hook",
            "call to the last channel"} <= set(legs)
    assert all(leg["p50_ms"] <= leg["p95_ms"] for leg in legs.values())
    i = json.loads(armed("report", d["incident"], "--json", check=0).stdout)["incidents"][0]
    assert i["intent"] == "ses-footprint" and i["label"] == "drill" and i["severity"] == "high"
    assert {s["label"] for s in i["sightings"]} == {"drill"}
    assert json.loads(armed("list", "--json").stdout)["canaries"][0]["state"] == "live", "a drill trips nobody"


def test_what_was_sighted_was_visible_even_if_nobody_could_ask(armed, aws_range):
    """The drill's own question fails; the watch's does not: the leg is known all the same."""
    conf = armed.env["KEYCANARY_CONFIG"]
    watch = subprocess.Popen([PROGRAM, "watch"], env=armed.env, stderr=subprocess.PIPE, text=True)
    try:
        for line in watch.stderr:
            if "watching" in line:
                break
        blind = aws_range.post("key", user="nobody", policy="none")
        d = json.loads(armed("drill", "--json", "--config", conf, env={**armed.env, **aws_range.env(blind)}, check=0).stdout)
    finally:
        watch.send_signal(signal.SIGTERM)
        watch.communicate(timeout=30)
    assert d["state"] == "done" and d["visible"] == d["sighted"]


def test_each_drill_is_told_and_a_stranger_is_none(armed, receiver, aws_range):  # noqa: F811
    """A stranger who uses the drill canary, even in its words, is an alarm like any other."""
    first = json.loads(armed("drill", "--json", check=0).stdout)
    second = json.loads(armed("drill", "--json", check=0).stdout)
    assert first["incident"] != second["incident"]
    assert second["channels"][0]["state"] == "done"
    key = aws_range.world.keys[first["key_id"]]
    ses = aws_range.client("ses", {"key": key["id"], "secret": key["secret"]})
    ses.meta.events.register("before-send.ses", lambda request, **kw: request.headers.__setitem__(
        "User-Agent", "keycanary-drill/0123456789abcdef"))
    for call in (ses.get_send_quota, ses.list_identities):
        with pytest.raises(ses.exceptions.ClientError):
            call()
    receiver.got.clear()
    armed("poll", check=0)
    got = bodies(receiver)
    assert got and got[0]["drill"] is False and not got[0]["title"].startswith("DRILL")
    i = json.loads(armed("report", got[0]["incident"], "--json", check=0).stdout)["incidents"][0]
    assert {s["user_agent"] for s in i["sightings"] if s["label"] is None} == {"keycanary-drill/0123456789abcdef"} and i["label"] is None
    states = {c["key_id"]: c["state"] for c in json.loads(armed("list", "--json").stdout)["canaries"]}
    assert states[first["key_id"]] == "tripped"


def test_a_drill_that_is_not_seen_is_an_alert_itself(armed, receiver, aws_range):  # noqa: F811
    aws_range.post("set", delay_s=3600)
    r = armed("drill", "--limit", "1s", "--json")
    assert r.returncode == 1 and json.loads(r.stdout)["state"] == "late"
    assert [b["kind"] for b in bodies(receiver)] == ["drill"]
    assert "not seen" in bodies(receiver)[0]["title"]


def test_a_drill_that_is_done_is_closed_and_its_page_resolved(armed, receiver, tmp_path):  # noqa: F811
    """Nobody has to clean up after a drill; each is counted once in the figures, however many channels."""
    key = tmp_path / "key"
    key.write_text("R0UT1NG")
    key.chmod(0o600)
    armed.env["KEYCANARY_CONFIG"] = str(configure(tmp_path, WATCH + channels(
        channel("hook", "webhook", url=receiver.url), channel("pager", "pagerduty", url=receiver.url, routing_key_file=str(key)))))
    d = json.loads(armed("drill", "--json", check=0).stdout)
    mine = next(x for x in json.loads(armed("incidents", "--json").stdout)["incidents"] if x["id"] == d["incident"])
    assert (mine["state"], mine["classification"]) == ("closed", "drill")
    pages = [b for b in bodies(receiver) if "routing_key" in b]
    assert [p["event_action"] for p in pages][-1] == "resolve" and len({p["dedup_key"] for p in pages}) == 1
    assert all("DRILL" in p["payload"]["summary"] for p in pages)
    told = next(b for b in bodies(receiver) if b.get("kind") in ("first", "escalation"))
    what = next(s["lines"] for s in told["sections"] if s["heading"] == "What to do now")
    assert what[0].startswith("Nothing: this is a drill") and not any("whois" in line for line in what)
    left = json.loads(armed("outbox", "--json").stdout)["messages"]
    assert not any(m["idempotency_key"].startswith(d["incident"]) for m in left), "nothing of it is left waiting"
    trail = json.loads(armed("audit", d["incident"], "--json", check=0).stdout)["entries"]
    assert [e["what"] for e in trail] == ["closed"] and trail[0]["who"] == "keycanary"
    legs = {leg["leg"]: leg["count"] for leg in d["figures"]["legs"]}
    assert legs["call to the last channel"] == 1


def test_a_drill_with_a_parked_channel_is_late_and_stays_open(armed, receiver, tmp_path):  # noqa: F811
    """One channel that refuses is a chain that does not work: the other one says so."""
    armed.env["KEYCANARY_CONFIG"] = str(configure(tmp_path, WATCH + channels(
        channel("hook", "webhook", url=receiver.url), channel("bad", "webhook", url=receiver.url + "/bad"))))
    receiver.answers = []
    real = receiver.got
    receiver.server.RequestHandlerClass.do_POST = refusing(receiver.server.RequestHandlerClass.do_POST)
    r = armed("drill", "--limit", "2s", "--json")
    d = json.loads(r.stdout)
    assert r.returncode == 1 and d["state"] == "late"
    assert {c["channel"]: c["state"] for c in d["channels"]} == {"hook": "done", "bad": "parked"}
    late = [json.loads(b) for path, _, b in real if not path.endswith("/bad") and json.loads(b)["kind"] == "drill"]
    assert len(late) == 1 and late[0]["title"] == "DRILL not delivered within 2 s"
    mine = next(x for x in json.loads(armed("incidents", "--json").stdout)["incidents"] if x["id"] == d["incident"])
    assert mine["state"] == "open"


def refusing(do_post):
    def answer(handler):
        if handler.path.endswith("/bad"):
            handler.rfile.read(int(handler.headers["Content-Length"]))
            handler.send_error(410)
        else:
            do_post(handler)
    return answer


def test_two_drills_at_once_with_one_watch(armed, receiver):  # noqa: F811
    watch = subprocess.Popen([PROGRAM, "watch"], env=armed.env, stderr=subprocess.PIPE, text=True)
    try:
        for line in watch.stderr:
            if "watching" in line:
                break
        both = [subprocess.Popen([PROGRAM, "drill", "--json"], env=armed.env, stdout=subprocess.PIPE, text=True) for _ in range(2)]
        done = [json.loads(p.communicate(timeout=100)[0]) for p in both]
        assert [d["state"] for d in done] == ["done", "done"] and done[0]["incident"] != done[1]["incident"]
    finally:
        watch.send_signal(signal.SIGTERM)
        watch.communicate(timeout=30)
    told = {b["incident"] for b in bodies(receiver) if b["kind"] in ("first", "escalation")}
    assert told == {d["incident"] for d in done}


def test_a_running_watch_sees_the_drill(armed, receiver):  # noqa: F811
    watch = subprocess.Popen([PROGRAM, "watch"], env=armed.env, stderr=subprocess.PIPE, text=True)
    try:
        for line in watch.stderr:
            if "watching" in line:
                break
        d = json.loads(armed("drill", "--json", check=0).stdout)
        assert d["state"] == "done" and d["channels"][0]["state"] == "done"
    finally:
        watch.send_signal(signal.SIGTERM)
        watch.communicate(timeout=30)
    assert watch.returncode == 0


def test_the_watch_drills_by_itself(armed, receiver, tmp_path):  # noqa: F811
    conf = tmp_path / "keycanary.conf"
    conf.write_text(conf.read_text() + 'drill = { every = "1 h"; };\n')
    watch = subprocess.Popen([PROGRAM, "watch"], env=armed.env, stderr=subprocess.PIPE, text=True)
    try:
        for line in watch.stderr:
            if "a drill began" in line:
                break
    finally:
        watch.send_signal(signal.SIGTERM)
        watch.communicate(timeout=30)
    armed("poll")
    assert bodies(receiver) and all(b["drill"] for b in bodies(receiver))


def test_scenarios_need_no_aws(keycanary, tmp_path, receiver):  # noqa: F811
    conf = configure(tmp_path, channels(channel("hook", "webhook", url=receiver.url)))
    keycanary.env["KEYCANARY_CONFIG"] = str(conf)
    listed = keycanary("drill", "--scenarios", check=0).stdout
    assert "permiso-initial" in listed
    d = json.loads(keycanary("drill", "--scenario", "permiso-initial", "--json", check=0).stdout)
    assert d["state"] == "done" and d["visible"] is None
    assert bodies(receiver)[0]["drill"] and bodies(receiver)[0]["intent"] == "ses-footprint"
    report = keycanary("report", d["incident"], check=0).stdout
    assert "DRILL" in report and "permiso" in report.lower()
    inert = json.loads(keycanary("list", "--json").stdout)["canaries"]
    assert [c["state"] for c in inert] == ["inert"]


def test_every_published_flow_can_be_played(keycanary):
    listed = keycanary("drill", "--scenarios", check=0).stdout.splitlines()[1:]
    for line in listed[:40]:
        name = line.split()[0]
        assert json.loads(keycanary("drill", "--scenario", name, "--json", check=0).stdout)["state"] == "done", name
    figures = json.loads(keycanary("drill", "--figures", "--json", check=0).stdout)["figures"]
    assert figures["done"] == len(listed[:40]) and figures["late"] == 0


def test_wrong_words(keycanary):
    r = keycanary("drill", "--scenario", "permiso-inital")
    assert r.returncode == 2 and "permiso-initial" in r.stderr
    r = keycanary("drill")
    assert r.returncode == 1 and "mint --drill" in r.stderr
    assert "no drill" in keycanary("drill", "--figures", check=0).stdout
