"""Hours of a bad life at random, against a model of few words: at the end each event that concerns the canary is one
sighting, nothing else is, and no gap is left. Events come late, twice and in no order; answers are cut into pages of any
size, tokens end, services fail in every way, and the program sleeps for a while now and then. The clock is pretended.
KEYCANARY_SEED repeats a run, KEYCANARY_STEPS makes a longer one."""
import os
import random
import time

import pytest

from conftest import record
from test_alerts import configure
from test_watch import field, what_happened  # noqa: F401 (a fixture)
from test_watch_sight import status

REGIONS = ["us-east-1", "eu-west-1"]
PLANS = {"sweep": "sweep", "per-canary": "per-canary", "auto": "auto"}
KINDS = ["throttle", "denied", "expired", "clock", "token", "500", "503", "reset"]
HOUR = 3600


class Model:
    """What happened, when it can be seen, and what must come out."""

    def __init__(self, rng, cloud, canary):
        self.rng, self.cloud, self.canary = rng, cloud, canary
        self.began, self.now, self.waiting, self.expected, self.sessions = time.time(), 0, [], set(), []

    def happen(self, key, name, at, mine=True, **over):
        """An event at a time of the model, that shows after a while."""
        r = record(name, key=key, time=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.began + at)),
                   awsRegion=self.rng.choice(REGIONS), **over)
        r["userIdentity"]["principalId"] = self.canary["user_id"] if mine else "AIDAQSOMEBODYELSE"
        r["userIdentity"]["accountId"] = r["recipientAccountId"] = self.cloud.account
        if mine:
            self.expected.add(r["eventID"])
        else:
            r["userIdentity"].update(userName="somebody", arn=f"arn:aws:iam::{self.cloud.account}:user/somebody")
        late = self.rng.choice([0, 0, 0, 60, 600, 50 * 60, 5 * HOUR, 30 * HOUR])
        self.waiting.append((at + self.rng.uniform(0, late), r))

    def act(self):
        for _ in range(self.rng.choice([0, 1, 1, 2, 5, 30])):
            at, dice = self.now - self.rng.uniform(0, 30), self.rng.random()
            if dice < 0.1:
                session = "ASIA" + "".join(self.rng.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", k=16))
                self.happen(self.canary["key"], "GetSessionToken", at, source="sts.amazonaws.com", errorCode=..., errorMessage=...,
                            responseElements={"credentials": {"accessKeyId": session, "expiration": "Nov 30, 2099, 8:43:17 PM"}})
                self.sessions.append(session)
            elif dice < 0.3 and self.sessions:
                self.happen(self.rng.choice(self.sessions), "ListIdentities", at)
            elif dice < 0.5:
                self.happen("AKIAYT723HMDZZZZZZZZ", "DescribeInstances", at, mine=False)
            else:
                self.happen(self.canary["key"], "GetSendQuota", at)

    def show(self, until):
        visible = [r for at, r in self.waiting if at <= until]
        self.waiting = [w for w in self.waiting if w[0] > until]
        self.rng.shuffle(visible)
        if visible:
            self.cloud.post("inject", records=visible)

    def disturb(self):
        self.cloud.post("heal")
        self.cloud.post("set", page=self.rng.choice([1, 7, 50, 50]) if len(self.expected) < 60 else 50, duplicate=self.rng.random() < 0.3,
                        shuffle=self.rng.random() < 0.3, token_uses=self.rng.choice([None, None, 1, 3]))
        if self.rng.random() < 0.4:
            self.cloud.post("fault", op="LookupEvents", kind=self.rng.choice(KINDS), region=self.rng.choice(REGIONS),
                            times=self.rng.choice([1, 2, 4, 1000]))


@pytest.mark.parametrize("plan", PLANS)
def test_after_any_life_all_is_seen_once(keycanary, aws_range, field, tmp_path, plan):  # noqa: F811
    seed = int(os.environ.get("KEYCANARY_SEED", {"sweep": 1, "per-canary": 2, "auto": 3}[plan]))
    canary, _ = field
    conf = configure(tmp_path, 'watch = { requests_per_minute = 6000; };\nsafety_net = { enabled = false; };\n'
                     'accounts = ( { name = "default"; plan = "%s"; regions = [ "us-east-1", "eu-west-1" ]; } );\n' % plan)
    model = Model(random.Random(seed), aws_range, canary)

    def poll():
        keycanary.env["KEYCANARY_CLOCK"] = f"+{int(model.began + model.now - time.time())}"
        return keycanary("poll", "--config", conf)

    blind = 0
    for _ in range(int(os.environ.get("KEYCANARY_STEPS", "20"))):
        model.now += model.rng.choice([8, 60, 300, 1300, HOUR, 4 * HOUR])
        model.act()
        model.show(model.now)
        model.disturb()
        blind += poll().returncode != 0
    assert blind > 0
    aws_range.post("heal")
    aws_range.post("set", token_uses=None)
    model.now += 31 * HOUR
    model.show(model.now)
    for _ in range(2):
        model.now += 60
        end = poll()
    assert end.returncode == 0, end.stderr
    assert model.waiting == []
    seen = sorted(s["event_id"] for s in what_happened(keycanary, keycanary.env)["sightings"])
    assert seen == sorted(model.expected), (seed, set(seen) ^ model.expected)
    assert status(keycanary)["gaps"] == []
