#!/usr/bin/python3
"""How soon people hear: from a committed sighting to "accepted" by mail and webhook, and through a jam.

1. keycanary watch runs against the stand-in AWS of tests/range; canaries fire
   one after the other. The delay is from the outbox row's own time, written in
   the transaction of the sighting, to the moment the receiver took the message.
2. 1,000 alerts are queued to a channel that takes its time for each, and to
   one that does not: the quick one must be done as if it were alone.
3. A flood of 100,000 events of one canary, another canary in the middle of it.
BENCH_TRIPS, BENCH_QUEUE, BENCH_ROUNDS and BENCH_FLOOD change the sizes.
"""
import gzip
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import time
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "system"), str(ROOT / "tests" / "range")]
PROGRAM = os.environ.get("KEYCANARY", str(ROOT / "build" / "keycanary"))
os.environ["KEYCANARY"] = PROGRAM
HOME = pathlib.Path(os.environ.get("BENCH_DIR", ROOT / "build" / "bench" / "alerts"))
TRIPS = int(os.environ.get("BENCH_TRIPS", 60))
QUEUE = int(os.environ.get("BENCH_QUEUE", 1000))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", 5))
FLOOD = int(os.environ.get("BENCH_FLOOD", 100000))

import conftest     # noqa: E402
import hooks        # noqa: E402


class Mailbox:
    """A real SMTP server (aiosmtpd) that notes when it took what."""

    def __init__(self):
        import aiosmtpd.controller
        import socket
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        self.times = {}
        outer = self

        class Handler:
            async def handle_DATA(self, server, session, envelope):
                import email
                key = email.message_from_bytes(envelope.content)["X-Keycanary-Key"].strip("<>").removesuffix("@keycanary")
                outer.times[key] = time.time()
                return "250 kept"

        self.controller = aiosmtpd.controller.Controller(Handler(), hostname="127.0.0.1", port=port)
        self.controller.start()
        self.port = port


def home(name):
    shutil.rmtree(HOME / name, ignore_errors=True)
    (HOME / name).mkdir(parents=True)
    return conftest.Keycanary(HOME / name)


def database(keycanary):
    return sqlite3.connect(next(keycanary.home.rglob("keycanary.db")), timeout=60)


def p(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * share))]


def soon():
    """The delay of each alert, in seconds, by channel."""
    import range as stand_in
    world = conftest.RangeHandle(stand_in)
    keycanary, hook, mail = home("soon"), hooks.Hook(), Mailbox()
    keycanary.env.update(world.env())
    conf = hooks.configure(keycanary.home, hooks.channel("hook", hook),
                           f'{{ name = "mail"; type = "smtp"; host = "127.0.0.1"; port = {mail.port}; tls = "none"; '
                           'from = "kc@example.org"; to = "a@example.org"; }',
                           more='watch = { regions = ["us-east-1"]; requests_per_minute = 6000; hot_every = "1 s"; };')
    canaries = [world.post("key", user=f"svc-{n}") for n in range(TRIPS)]
    (keycanary.home / "keys.csv").write_text("key_id,user_name\n" + "".join(f"{c['key']},svc-{n}\n" for n, c in enumerate(canaries)))
    keycanary("import", keycanary.home / "keys.csv", check=0)
    run = subprocess.Popen([PROGRAM, "watch", "--config", conf], env=keycanary.env, stderr=subprocess.DEVNULL)
    try:
        for n, c in enumerate(canaries):
            r = conftest.record(key=c["key"], eventTime=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
            r["userIdentity"].update(userName=f"svc-{n}", accountId=world.account, principalId=c["user_id"])
            r["recipientAccountId"] = world.account
            world.post("inject", records=[r])
            hooks.until(lambda: len(hook.got) > n and len(mail.times) > n, 120)
    finally:
        run.send_signal(signal.SIGTERM)
        run.wait(60)
    by_hook = {m["key"]: t for m, t in zip(hook.got, hook.times)}
    delays = {"hook": [], "mail": []}
    for key, channel, created in database(keycanary).execute("SELECT idempotency_key, channel, created_ms FROM outbox WHERE kind = 'first'"):
        delays[channel].append({"hook": by_hook, "mail": mail.times}[channel][key] - created / 1000)
    mail.controller.stop()
    return delays


def fill(keycanary, conf, channels):
    """One real alert, copied to a queue of QUEUE messages of as many incidents for each channel."""
    hooks.register(keycanary, keycanary.home)
    keycanary("scan", "--config", conf, conftest.write_log(keycanary.home / "log.json.gz", conftest.calls("ses:GetSendQuota")))
    d = database(keycanary)
    with d:
        for channel in channels:
            row, = d.execute("SELECT id FROM outbox WHERE channel = ?", (channel,)).fetchone()
            for n in range(QUEUE - 1):
                d.execute("INSERT INTO outbox (incident, channel, kind, idempotency_key, payload, state, attempts, next_ms, created_ms)"
                          " SELECT 1000 + ?, channel, kind, idempotency_key || ?, payload, 'waiting', 0, 0, created_ms FROM outbox"
                          " WHERE id = ?", (n, f"-{n}", row))
    d.close()


def one_jam(others):
    """Seconds the quick channel needs for its queue, and what the slow one had by then."""
    keycanary, quick, slow = home("jam"), hooks.Hook(), hooks.Hook(delay=0.2)
    conf = hooks.configure(keycanary.home, *[hooks.channel(name, slow) for name in others], hooks.channel("quick", quick))
    fill(keycanary, conf, ["quick", *others])
    run = subprocess.Popen([PROGRAM, "alert", "send", "--config", conf], env=keycanary.env, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
    begin = time.monotonic()
    hooks.until(lambda: len(quick.got) >= QUEUE, 600)
    took = time.monotonic() - begin
    run.send_signal(signal.SIGKILL)
    run.wait(60)
    quick.close()
    slow.close()
    return took, len(slow.got)


def jam():
    """Alone and beside a slow one, in turns, so that a drift of the machine does not count."""
    rounds = [(one_jam([])[0], *one_jam(["slow"])) for _ in range(ROUNDS)]
    alone, beside, had = (statistics.median(r[n] for r in rounds) for n in range(3))
    return {"alone": alone, "beside": beside, "slow so far": had, "ratio": statistics.median(r[1] / r[0] for r in rounds)}


def flood():
    """Messages for FLOOD events of one canary, in ten parts; when another canary's first alert came."""
    keycanary, hook = home("flood"), hooks.Hook()
    conf = hooks.configure(keycanary.home, hooks.channel("ops", hook), alert='digest_every = "1 h";')
    hooks.register(keycanary, keycanary.home)
    hooks.register(keycanary, keycanary.home, "AKIAYT723HMDOTHER222", "svc-other")
    base, took = conftest.record(), 0.0
    for part in range(10):
        path = keycanary.home / "flood.json.gz"
        with gzip.open(path, "wt", 1) as f:
            f.write('{"Records":[' + ",".join(json.dumps(dict(
                base, eventID=str(uuid.uuid4()), sourceIPAddress=f"203.0.{n % 256}.{part}", userAgent=f"tool/{n % 977}"))
                for n in range(FLOOD // 10)) + "]}")
        begin = time.monotonic()
        keycanary("scan", "--quiet", "--format", "json", "--config", conf, path)
        took += time.monotonic() - begin
        if part == 5:
            other = dict(conftest.record(key="AKIAYT723HMDOTHER222", userName="svc-other"), eventID=str(uuid.uuid4()))
            keycanary("scan", "--config", conf, conftest.write_log(keycanary.home / "other.json.gz", [other]))
            begin = time.monotonic()
        keycanary("alert", "send", "--config", conf)
        if part == 5:
            delay = time.monotonic() - begin
            came = any(m["key_id"] == "AKIAYT723HMDOTHER222" for m in hook.got)
    for hours in (0.5, 1.5):
        keycanary.env["KEYCANARY_CLOCK"] = f"+{int(hours * 3600)}"
        keycanary("alert", "send", "--config", conf)
    kinds = [m["kind"] for m in hook.got if m["key_id"] == conftest.KEY]
    total = json.loads(keycanary("incidents", "--json").stdout)["incidents"]
    counted = max(i["sightings_total"] for i in total)
    return kinds, counted, took, came, delay


def main():
    delays = soon()
    good = True
    print(f"from a committed sighting to accepted, with watch, {TRIPS} canaries one after the other:")
    for name, label in (("mail", "SMTP"), ("hook", "webhook")):
        v = delays[name]
        good = good and len(v) == TRIPS
        print(f"  {label:8} p50 {statistics.median(v) * 1000:6.0f} ms   p95 {p(v, .95) * 1000:6.0f} ms   most {max(v) * 1000:6.0f} ms"
              f"   (target: p95 under 1000 ms)")
    s = jam()
    print(f"{QUEUE} alerts queued to each of two channels, one takes 200 ms for each:")
    print(f"  the quick one: {QUEUE / s['beside']:.0f} messages/s beside it, {QUEUE / s['alone']:.0f} alone: "
          f"{s['ratio']:.2f} x the time (median of {ROUNDS} rounds); the slow one had {s['slow so far']:.0f} by then")
    kinds, counted, took, came, delay = flood()
    good = good and counted == FLOOD and came
    print(f"a flood of {FLOOD} events ({FLOOD / took:.0f}/s stored and judged): {kinds.count('first')} alert, {kinds.count('escalation')} "
          f"escalations, {kinds.count('digest')} digest; another canary's first alert in the middle of it left in {delay:.2f} s")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
