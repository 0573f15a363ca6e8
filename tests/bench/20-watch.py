#!/usr/bin/python3
"""
What watching costs and how quick it is, against the range (tests/range) on the loopback:
- 17 regions and 10,000 canaries, idle, in sweep mode: calls per hot poll, CPU and memory;
- slow answers: a cycle takes as long as the slowest region, not the sum;
- a burst of 100,000 events of one canary: memory, and when the first sighting is committed;
- from "visible in LookupEvents" to "committed", by a watch at its default settings.
"""
import json
import os
import pathlib
import random
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import time
import urllib.request
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("KEYCANARY", str(ROOT / "build" / "keycanary"))
PLACE = pathlib.Path(os.environ.get("BENCH_DIR", ROOT / "build" / "bench" / "watch"))
CANARIES, BURST, SAMPLES = 10000, 100000, 60
sys.path.insert(0, str(ROOT / "tests" / "range"))
FAST = "watch = { requests_per_minute = 6000; };\nsafety_net = { enabled = false; };\n"


class Range:
    """The range, in a process of its own."""

    def __init__(self):
        self.process = subprocess.Popen([sys.executable, str(ROOT / "tests" / "range" / "range.py")], stdout=subprocess.PIPE, text=True)
        self.told = json.loads(self.process.stdout.readline())

    def post(self, what, **p):
        request = urllib.request.Request(f"{self.told['url']}/_range/{what}", json.dumps(p).encode(), method="POST")
        return json.loads(urllib.request.urlopen(request, timeout=300).read())

    def lookups(self):
        return {k.split()[1]: n for k, n in self.post("calls").items() if k.startswith("LookupEvents")}


class World:
    """A state and a configuration of its own."""

    def __init__(self, cloud, name, keys, conf):
        self.cloud, self.state = cloud, PLACE / name
        shutil.rmtree(self.state, ignore_errors=True)
        self.state.mkdir(parents=True)
        self.conf = self.state / "keycanary.conf"
        self.conf.write_text(conf)
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "XDG_"))}
        self.env.update(HOME=str(self.state), KEYCANARY_STATE=str(self.state), AWS_ENDPOINT_URL=cloud.told["url"],
                        AWS_ACCESS_KEY_ID=cloud.told["key"], AWS_SECRET_ACCESS_KEY=cloud.told["secret"],
                        AWS_EC2_METADATA_DISABLED="true")
        listed = self.state / "keys.csv"
        listed.write_text("key_id,user_name\n" + "".join(f"{k},{u}\n" for k, u in keys))
        subprocess.run([PROGRAM, "import", str(listed)], env=self.env, check=True, stdout=subprocess.DEVNULL)

    def start(self, command):
        return subprocess.Popen([PROGRAM, command, "--config", str(self.conf)], env=self.env,
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def poll(self):
        """(seconds, CPU seconds, peak MiB) of one poll."""
        began = time.monotonic()
        p = self.start("poll")
        _, status, usage = os.wait4(p.pid, 0)
        p.returncode = os.waitstatus_to_exitcode(status)
        if p.returncode != 0:
            sys.exit(f"a poll ended with {p.returncode}")
        return time.monotonic() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024

    def ask(self, sql, *values):
        with sqlite3.connect(f"file:{next(self.state.glob('*.db'))}?mode=ro", uri=True, timeout=30) as db:
            return db.execute(sql, values).fetchall()


def record(key, region="us-east-1"):
    return {"eventVersion": "1.11", "userIdentity": {"type": "IAMUser", "principalId": "AIDAQ3EXAMPLESVCREPRT",
            "arn": "arn:aws:iam::592694688519:user/svc-report-mailer", "accountId": "592694688519", "accessKeyId": key,
            "userName": "svc-report-mailer"}, "eventTime": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "eventSource": "ses.amazonaws.com", "eventName": "GetSendQuota", "awsRegion": region,
            "sourceIPAddress": "198.51.100.23", "userAgent": "Boto3/1.35.70", "errorCode": "AccessDenied",
            "errorMessage": "not authorized to perform: ses:GetSendQuota", "requestParameters": None,
            "responseElements": None, "requestID": str(uuid.uuid4()), "eventID": str(uuid.uuid4()), "readOnly": True,
            "eventType": "AwsApiCall", "managementEvent": True, "recipientAccountId": "592694688519",
            "eventCategory": "Management"}


def many(n):
    from cloud.state import ACCOUNT, new_key_id
    return [(new_key_id("AKIA", ACCOUNT), f"svc-{i}") for i in range(n)]


def idle(cloud):
    keys = many(CANARIES)
    big, small = World(cloud, "many", keys, FAST), World(cloud, "one", keys[:1], FAST)
    first = big.poll()
    small.poll()
    cloud.lookups()
    hot = [big.poll() for _ in range(3)]
    asked = cloud.lookups()
    one = [small.poll() for _ in range(3)]
    seconds, cpu, memory = (statistics.median(x) for x in zip(*hot))
    _, cpu_one, memory_one = (statistics.median(x) for x in zip(*one))
    print(f"idle, {len(asked)} regions, {CANARIES} canaries: {sum(asked.values()) / 3 / len(asked):.2f} LookupEvents a region and hot poll "
          f"(first poll: {first[0]:.2f} s)")
    print(f"  a hot poll: {seconds * 1000:.0f} ms, {cpu * 1000:.0f} ms CPU, {memory:.0f} MiB; "
          f"with one canary {cpu_one * 1000:.0f} ms CPU, {memory_one:.0f} MiB")
    if set(asked.values()) != {3}:
        sys.exit(f"not one call a region and poll: {asked}")
    daemon(cloud, big)
    small.poll()
    quick = small.poll()[0]
    for kind, regions in (("one region answers", list(asked)[:1]), ("each region answers", list(asked))):
        for region in regions:
            cloud.post("fault", op="LookupEvents", region=region, kind="slow", seconds=1, times=1)
        took = small.poll()[0]
        cloud.post("heal")
        print(f"{kind} 1 s late: the cycle takes {took - quick:.2f} s longer, of {len(regions)} s in all")


def daemon(cloud, world):
    """CPU of an idle watch, by cycles of the newest minutes at the default pace."""
    world.conf.write_text("")
    watch = world.start("watch")
    before = time.monotonic()
    cloud.lookups()
    time.sleep(32)
    watch.send_signal(signal.SIGTERM)
    _, _, usage = os.wait4(watch.pid, 0)
    took, cpu = time.monotonic() - before, usage.ru_utime + usage.ru_stime
    asked = cloud.lookups()
    iam = asked.pop("us-east-1")
    cycles = sum(asked.values()) / len(asked)
    print(f"  a watch at default settings, IAM asked, too: {1000 * cpu / cycles:.0f} ms CPU a cycle of all regions, {100 * cpu / took:.1f} % of a core, "
          f"{usage.ru_maxrss / 1024:.0f} MiB, {60 * cycles / took:.1f} requests a minute and region, "
          f"{60 * iam / took:.1f} in us-east-1, where our questions to IAM are events")


def burst(cloud):
    key = cloud.post("key", user="svc-report-mailer")["key"]
    world = World(cloud, "burst", [(key, "svc-report-mailer")], 'watch = { regions = [ "us-east-1" ]; requests_per_minute = 6000; };\n')
    calm = world.poll()
    cloud.post("burst", record=record(key), count=BURST, seconds=60)
    began = time.monotonic()
    p = world.start("poll")
    first = None
    while first is None and p.poll() is None:
        if world.ask("SELECT count(*) FROM sighting")[0][0] > 0:
            first = time.monotonic() - began
        time.sleep(0.02)
    _, status, usage = os.wait4(p.pid, 0)
    took, got = time.monotonic() - began, world.ask("SELECT count(*) FROM sighting")[0][0]
    print(f"burst of {BURST} events: {took:.1f} s at 100 requests a second allowed ({got / took:.0f} events/s, {usage.ru_utime + usage.ru_stime:.1f} s CPU), "
          f"peak {usage.ru_maxrss / 1024:.0f} MiB against {calm[2]:.0f} idle")
    print(f"  first sighting committed after {first:.2f} s, {100 * first / took:.1f} % of the cycle; {got} sightings, "
          f"{world.ask('SELECT count(*) FROM incident')[0][0]} incident")
    if got != BURST or status != 0:
        sys.exit(f"{got} sightings of {BURST}, status {status}")


def latency(cloud):
    key = cloud.post("key", user="svc-report-mailer-2")["key"]
    world = World(cloud, "latency", [(key, "svc-report-mailer")], "")
    watch = world.start("watch")
    while len(world.ask("SELECT 1 FROM coverage WHERE source = 'lookup' AND good_ms IS NOT NULL")) < 17:
        time.sleep(0.1)
    regions = [r for r, in world.ask("SELECT region FROM coverage WHERE source = 'lookup'")]
    chance, waiting, took = random.Random(1), {}, []
    next_at, sent = time.monotonic(), 0
    while len(took) < SAMPLES:
        now = time.monotonic()
        if sent < SAMPLES and now >= next_at:
            r = record(key, chance.choice(regions))
            cloud.post("inject", records=[r])
            waiting[r["eventID"]] = time.monotonic()
            sent, next_at = sent + 1, now + chance.uniform(0.2, 1.2)
        for e in [e for e in waiting if world.ask("SELECT 1 FROM sighting WHERE event_id = ?", e)]:
            took.append(time.monotonic() - waiting.pop(e))
        time.sleep(0.02)
    watch.send_signal(signal.SIGTERM)
    _, _, usage = os.wait4(watch.pid, 0)
    took.sort()
    print(f"from visible to committed, default settings, 17 regions, {SAMPLES} events: median {statistics.median(took):.1f} s, "
          f"p95 {took[int(0.95 * len(took))]:.1f} s, most {took[-1]:.1f} s; peak {usage.ru_maxrss / 1024:.0f} MiB")


def main():
    cloud = Range()
    try:
        for part in (idle, burst, latency):
            if not sys.argv[1:] or part.__name__ in sys.argv[1:]:
                part(cloud)
    finally:
        cloud.process.kill()


if __name__ == "__main__":
    main()
