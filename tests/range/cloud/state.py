"""The state of the pretended cloud: accounts, users, keys, what was logged; one lock for all of it."""
import base64
import bisect
import collections
import itertools
import json
import random
import threading
import time

from . import when
from .policy import MANAGED

ACCOUNT = "592694688519"
REGIONS = ["us-east-1", "us-east-2", "us-west-1", "us-west-2", "eu-west-1", "eu-west-2", "eu-west-3",
           "eu-central-1", "eu-north-1", "ap-south-1", "ap-southeast-1", "ap-southeast-2",
           "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ca-central-1", "sa-east-1"]
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

# Every switch a test may turn with /_range/set, and what it is without.
OPTIONS = {
    "delay_s": 0,           # before an event is visible in LookupEvents
    "page": 50,             # events in a page, at most
    "rate": None,           # LookupEvents a second for each account and region; AWS: 2
    "duplicate": False,     # each event twice in the answer
    "shuffle": False,       # events in no order
    "token_uses": None,     # answers after which all NextTokens have expired
    "slow_s": 0,            # every answer takes as long
    "skew_s": 0,            # the cloud's clock is ahead by
    "closed": [],           # regions that are not opted in
    "fresh_key_calls": 0,   # a new key is unknown to as many calls
    "fresh_policy_calls": 0,    # a policy has no effect for as many calls
    "fresh_user_calls": 0,  # a new user cannot be found for as many calls
    "users_most": 5000, "keys_most": 2,
    "report_age_s": 4 * 3600,   # a credential report is used again so long
    "log_lookups": True,    # LookupEvents is an event itself
    "session_s": None,      # life of sessions; None: as asked for
}


def new_id(prefix):
    return prefix + "".join(random.choices(ALPHABET, k=17))


def new_key_id(prefix, account):
    z = 0x800000000000 | int(account) << 7 | random.getrandbits(7)
    return prefix + base64.b32encode(z.to_bytes(6, "big") + random.randbytes(4)).decode()


def secret(size=30):
    return base64.b64encode(random.randbytes(size)).decode()


class Log:
    """The event history of one account and region, by time."""

    def __init__(self):
        self.rows = []      # (event time, number, visible from, record), sorted
        self.count = itertools.count()

    def add(self, record, visible_at):
        row = (when.seconds(record["eventTime"]), next(self.count), visible_at, record)
        if not self.rows or row > self.rows[-1]:
            self.rows.append(row)
        else:
            bisect.insort(self.rows, row)

    def between(self, start, end):
        low = bisect.bisect_left(self.rows, (start,))
        return self.rows[low:bisect.bisect_right(self.rows, (end, float("inf")), low)]


class Account:
    def __init__(self, number):
        self.number = number
        self.users, self.roles, self.policies, self.groups = {}, {}, dict(MANAGED), {}
        self.logs = collections.defaultdict(Log)
        self.records = self.logs        # region -> Log
        self.trails = {"main": {"Name": "main", "HomeRegion": "us-east-1", "IsMultiRegionTrail": True,
                                "IncludeGlobalServiceEvents": True, "LogFileValidationEnabled": True,
                                "IsOrganizationTrail": False, "S3BucketName": f"trail-{number}", "logging": True,
                                "selectors": [{"ReadWriteType": "All", "IncludeManagementEvents": True,
                                               "DataResources": []}]}}
        self.report = None
        self.topics = {}
        self.ses = {"production": False, "sending": True, "quota": 200.0, "rate": 1.0, "sent": 0.0,
                    "identities": []}
        self.state = collections.defaultdict(dict)      # for services that need more


class World:
    def __init__(self):
        self.lock = threading.RLock()
        self.accounts, self.keys = {}, {}
        self.faults, self.tokens, self.published = [], {}, []
        self.calls = collections.Counter()
        self.options = {k: list(v) if isinstance(v, list) else v for k, v in OPTIONS.items()}
        self.buckets = {}
        self.accounts[ACCOUNT] = Account(ACCOUNT)
        self.monitor = self.make_key("keycanary-monitor", "admin")

    # The first account, which most tests need alone.
    users = property(lambda self: self.accounts[ACCOUNT].users)
    records = property(lambda self: self.accounts[ACCOUNT].logs)

    def account(self, number):
        if number not in self.accounts:
            self.accounts[number] = Account(number)
        return self.accounts[number]

    def make_user(self, name, path="/", policy="none", account=ACCOUNT):
        """`policy`: none, admin, or a list of allowed action patterns."""
        user = {"name": name, "path": path, "id": new_id("AIDA"), "account": account, "policy": policy,
                "inline": {}, "attached": [], "groups": [], "boundary": None, "tags": {}, "login": False,
                "created": time.time(), "fresh": 0}
        self.account(account).users[name] = user
        return user

    def make_key(self, user, policy="none", account=ACCOUNT):
        users = self.account(account).users
        if user not in users:
            self.make_user(user, policy=policy, account=account)
        key = {"id": new_key_id("AKIA", account), "secret": secret(), "user": user, "account": account,
               "active": True, "token": None, "expires": None, "used": None, "created": time.time(), "fresh": 0,
               "kind": "user"}
        self.keys[key["id"]] = key
        return key

    def make_session(self, parent, kind, life_s=43200, **more):
        """`kind`: session (GetSessionToken), federated, role."""
        life_s = life_s if self.options["session_s"] is None else self.options["session_s"]
        key = dict(parent, id=new_key_id("ASIA", more.get("account", parent["account"])), secret=secret(),
                   token=secret(60), created=time.time(), expires=time.time() + int(life_s), kind=kind, fresh=0, **more)
        self.keys[key["id"]] = key
        return key

    def user_of(self, key):
        return self.accounts[key["account"]].users.get(key["user"])

    def keys_of(self, user):
        return [k for k in self.keys.values() if k["kind"] == "user" and
                (k["account"], k["user"]) == (user["account"], user["name"])]

    def settled(self, thing):
        """False while a fresh thing has not come through everywhere; each question is one call."""
        if thing["fresh"] > 0:
            thing["fresh"] -= 1
            return False
        return True

    def arn(self, key):
        """Of the identity behind a key (or a user)."""
        if key.get("kind") == "role":
            return f"arn:aws:sts::{key['account']}:assumed-role/{key['role']}/{key['session']}"
        if key.get("kind") == "federated":
            return f"arn:aws:sts::{key['account']}:federated-user/{key['name']}"
        user = self.user_of(key) if "user" in key else key
        return f"arn:aws:iam::{user['account']}:user{user['path']}{user['name']}"

    def add(self, region, record, account=ACCOUNT, delay_s=None):
        delay_s = self.options["delay_s"] if delay_s is None else delay_s
        self.account(account).logs[region].add(record, time.time() + delay_s)


def text_of(record):
    """A record as LookupEvents carries it; made once."""
    if "\0text" not in record:
        record["\0text"] = json.dumps({k: v for k, v in record.items() if k != "\0text"}, separators=(",", ":"))
    return record["\0text"]
