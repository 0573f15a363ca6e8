"""When we cannot see, somebody hears of it: blindness, its end, absence, and the heartbeat."""
import json
import signal
import subprocess

import pytest

import conftest
from hooks import Hook, channel, register, until

WATCH = 'watch = { regions = [ "us-east-1", "eu-west-1" ]; requests_per_minute = 6000; hot_every = "1 s"; %s };\n'


@pytest.fixture
def post(keycanary, aws_range, tmp_path):
    """A watched account, a channel, a heartbeat, and a configuration."""
    class Post:
        hook, beat = Hook(), Hook()
        key = aws_range.post("key", user="svc-report-mailer")

        def configure(self, alert='blind_after = "15 min";', watch="", more=""):
            secret = tmp_path / "beat"
            secret.write_text(self.beat.url.replace("/hook", "/ping/0000-secret"))
            secret.chmod(0o600)
            self.conf = tmp_path / "keycanary.conf"
            self.conf.write_text(WATCH % watch + f'alert = {{ {alert} }};\nheartbeat = {{ url_file = "{secret}"; every = "10 s"; }};\n'
                                 + more + "channels = ( " + channel("ops", self.hook) + " );\n")
            return self.conf

        def poll(self, minutes=0, check=0):
            keycanary.env["KEYCANARY_CLOCK"] = f"+{minutes * 60}"
            return keycanary("poll", "--config", self.conf, check=check)

        def beats(self):
            return len(self.beat.got)

    p = Post()
    p.configure()
    register(keycanary, tmp_path, p.key["key"], "svc-report-mailer")
    keycanary.env.update(aws_range.env())
    yield p
    p.hook.close()
    p.beat.close()


def test_the_heartbeat_goes_out_only_after_a_complete_cycle(post, aws_range):
    post.poll()
    assert post.beats() == 1 and post.beat.got[0] == "/ping/0000-secret"
    aws_range.post("fault", op="LookupEvents", region="eu-west-1", kind="denied", times=1000)
    post.poll(1, check=1)
    assert post.beats() == 1, "one region is blind: no beat"
    aws_range.post("heal")
    post.poll(7)
    assert post.beats() == 2
    aws_range.post("fault", op="GetAccessKeyLastUsed", kind="denied", times=1000)
    post.poll(30, check=1)
    assert post.beats() == 2, "the safety net is blind: no beat"


def test_a_heartbeat_that_is_not_taken_fails_the_poll_and_keeps_its_address(post):
    post.beat.answers = [(500, {})]
    r = post.poll(check=1)
    assert "heartbeat was not taken: HTTP 500" in r.stderr and "0000-secret" not in r.stderr + r.stdout


def test_status_says_when_the_last_beat_was_taken_and_why_the_next_was_not(post, keycanary):
    def status():
        text = keycanary("status", "--config", post.conf).stdout
        return text, json.loads(keycanary("status", "--json", "--config", post.conf).stdout)["heartbeat"]

    text, h = status()
    assert "heartbeat: never taken" in text and h == {"configured": True, "last_taken": None, "failed": None, "error": None}
    post.poll()
    text, h = status()
    assert "heartbeat: last taken 20" in text and h["last_taken"] and h["failed"] is None
    post.beat.answers = [(500, {})]
    post.poll(2, check=1)
    text, later = status()
    assert later["last_taken"] == h["last_taken"] and later["failed"] > h["last_taken"] and "HTTP 500" in later["error"]
    assert "2 min ago; refused 20" in text and "HTTP 500" in text and "0000-secret" not in text
    post.poll(3)
    assert status()[1]["failed"] is None


def test_the_watch_keeps_its_beats_too(post, keycanary):
    watch = subprocess.Popen([conftest.PROGRAM, "watch", "--config", post.conf], env=keycanary.env, stderr=subprocess.DEVNULL)
    try:
        until(lambda: json.loads(keycanary("status", "--json", "--config", post.conf).stdout)["heartbeat"]["last_taken"])
    finally:
        watch.send_signal(signal.SIGTERM)
        watch.wait(60)
    assert post.beats() >= 1


def test_no_beat_when_nobody_can_be_told(post, aws_range):
    use(aws_range, post)
    post.hook.answers = [(404, {})]
    r = post.poll(check=1)
    assert "nobody can be told" in r.stderr and post.beats() == 0


def use(aws_range, post, name="GetSendQuota"):
    import time
    r = conftest.record(name, key=post.key["key"], eventTime=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
    r["userIdentity"]["accountId"] = r["recipientAccountId"] = aws_range.account
    aws_range.post("inject", records=[r])


def test_blindness_and_its_end_are_told_once_each_by_a_timer(post, aws_range):
    post.poll()
    aws_range.post("fault", op="LookupEvents", region="eu-west-1", kind="denied", times=1000)
    post.poll(5, check=1)
    post.poll(10, check=1)
    assert post.hook.got == [], "not for long enough"
    for minutes in (17, 22, 27):
        post.poll(minutes, check=1)
    assert post.hook.kinds() == ["blind"], "once"
    text = post.hook.text()
    assert "cannot be watched (denied)" in text and "eu-west-1" in text and "us-east-1" not in text
    assert "keycanary doctor" in text
    aws_range.post("heal")
    post.poll(32)
    post.poll(37)
    assert post.hook.kinds() == ["blind", "sighted"] and "sight is back" in post.hook.text()


def test_credentials_that_fail_are_told_at_once(post, aws_range):
    post.poll()
    aws_range.post("fault", op="*", kind="expired", times=10000)
    post.poll(1, check=1)
    assert post.hook.kinds() == ["blind"] and "(credentials)" in post.hook.text() and "Renew" in post.hook.text()
    aws_range.post("heal")
    post.poll(7)
    assert post.hook.kinds() == ["blind", "sighted"]


def test_a_failing_safety_net_is_told(post, aws_range):
    post.poll()
    aws_range.post("fault", op="GetAccessKeyLastUsed", kind="denied", times=10000)
    aws_range.post("fault", op="GenerateCredentialReport", kind="denied", times=10000)
    for minutes in (16, 32, 48, 64):
        post.poll(minutes, check=1)
    assert post.hook.kinds() == ["blind"] and "safety net" in post.hook.text()
    aws_range.post("heal")
    post.poll(90)
    assert post.hook.kinds() == ["blind", "sighted"]


def test_blindness_goes_where_routes_send_it_and_to_all_when_none_does(post, aws_range):
    post.configure(alert='blind_after = "1 min";', more='routes = ( { channels = ["ops"]; severity = "critical"; } );\n')
    post.poll()
    aws_range.post("fault", op="LookupEvents", kind="denied", times=1000)
    post.poll(5, check=1)
    assert post.hook.kinds() == ["blind"]


def test_an_absence_is_told_but_an_hourly_timer_is_none(post):
    for minutes in (0, 60, 120, 180):
        post.poll(minutes)
    assert post.hook.got == []
    post.poll(180 + 8 * 60)
    assert post.hook.kinds() == ["sighted"] and "nobody watched for 8 h" in post.hook.text()
    post.poll(180 + 9 * 60)
    assert len(post.hook.got) == 1


def test_the_watch_beats_and_tells_blindness(post, aws_range, keycanary, tmp_path):
    clock = tmp_path / "clock"
    clock.write_text("0")
    post.configure(watch='hot_window = "20 min";')
    run = subprocess.Popen([conftest.PROGRAM, "watch", "--config", post.conf], env={**keycanary.env, "KEYCANARY_CLOCK": f"@{clock}"},
                           stderr=subprocess.DEVNULL)
    try:
        until(lambda: post.beats() >= 1)
        aws_range.post("fault", op="*", kind="expired", times=100000)
        until(lambda: "blind" in post.hook.kinds())
        aws_range.post("heal")
        clock.write_text("600")
        until(lambda: "sighted" in post.hook.kinds())
        assert post.hook.kinds() == ["blind", "sighted"]
    finally:
        run.send_signal(signal.SIGTERM)
        assert run.wait(60) == 0


def test_a_route_may_name_the_account_as_the_configuration_does(post, aws_range, tmp_path, keycanary):
    other = Hook()
    post.configure(more='accounts = ( { name = "decoys"; } );\nroutes = ( { channels = ["ops"]; account = "prod"; },'
                        ' { channels = ["theirs"]; account = "dec*"; } );\n')
    post.conf.write_text(post.conf.read_text().replace("channels = ( {", f"channels = ( {channel('theirs', other)}, {{"))
    register(keycanary, tmp_path, post.key["key"], "svc-report-mailer", account=aws_range.account)
    use(aws_range, post)
    post.poll()
    assert other.kinds() == ["first"] and post.hook.got == []
    other.close()


def test_a_flood_in_the_watch_never_delays_another_canary(post, aws_range, keycanary, tmp_path):
    """Thousands of events of one canary come page by page; another one's first alert does not wait for their end."""
    other = aws_range.post("key", user="svc-other")
    register(keycanary, tmp_path, other["key"], "svc-other")
    post.configure(watch="hot_window = \"5 min\";")
    flood = conftest.record(key=post.key["key"], userName="svc-report-mailer")
    flood["userIdentity"]["accountId"] = flood["recipientAccountId"] = aws_range.account
    aws_range.post("burst", count=5000, record=flood, seconds=250)
    run = subprocess.Popen([conftest.PROGRAM, "watch", "--config", post.conf], env=keycanary.env, stderr=subprocess.DEVNULL)
    try:
        until(lambda: "first" in post.hook.kinds())
        import time
        r = conftest.record(key=other["key"], eventTime=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
        r["userIdentity"].update(accountId=aws_range.account, userName="svc-other")
        r["recipientAccountId"] = aws_range.account
        aws_range.post("inject", records=[r])
        until(lambda: post.hook.kinds().count("first") == 2)
    finally:
        run.send_signal(signal.SIGTERM)
        assert run.wait(60) == 0
    assert post.hook.kinds() == ["first", "first"], "and nothing else"
    assert {m["key_id"] for m in post.hook.got} == {post.key["key"], other["key"]}
