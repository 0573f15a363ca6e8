"""What tests switch, by POST /_range/NAME with JSON. Each function is one path."""
import time
import uuid

from . import when
from .state import ACCOUNT, OPTIONS

CONTROLS = {}


def control(function):
    CONTROLS[function.__name__] = function
    return function


@control
def key(world, p):
    """A user (made or taken) and a key of it; `policy`: none, admin, or a list of action patterns."""
    account = p.get("account", ACCOUNT)
    users = world.account(account).users
    if p["user"] not in users:
        world.make_user(p["user"], path=p.get("path", "/"), policy=p.get("policy", "none"), account=account)
    elif "policy" in p:
        users[p["user"]]["policy"] = p["policy"]
    k = world.make_key(p["user"], account=account)
    return {"key": k["id"], "secret": k["secret"], "user_id": users[p["user"]]["id"]}


@control
def account(world, p):
    """A further account with an admin and a role that may be assumed: {"number", "role", "external_id"}."""
    a = world.account(p["number"])
    admin = world.make_key("keycanary-monitor", "admin", account=p["number"])
    if "role" in p:
        a.roles[p["role"]] = {"name": p["role"], "id": "AROA" + uuid.uuid4().hex[:17].upper(), "policy": "admin",
                              "external_id": p.get("external_id"), "created": time.time(), "path": "/", "inline": {},
                              "attached": []}
    return {"key": admin["id"], "secret": admin["secret"], "role_arn": f"arn:aws:iam::{p['number']}:role/{p.get('role')}"}


@control
def inject(world, p):
    """Records verbatim, into the account they name when it exists, else the first."""
    for r in p["records"]:
        number = r.get("recipientAccountId")
        world.add(r["awsRegion"], r, number if number in world.accounts else ACCOUNT, p.get("delay_s"))


@control
def burst(world, p):
    """`count` copies of one record, each an event of its own, spread over `seconds` up to now."""
    now = time.time()
    for n in range(p["count"]):
        at = now - p.get("seconds", 60) * (p["count"] - 1 - n) / p["count"]
        r = dict(p["record"], eventID=str(uuid.uuid4()), eventTime=when.iso(at))
        world.add(r["awsRegion"], r, p.get("account", ACCOUNT))


@control
def fault(world, p):
    world.faults.append({"times": 1, **p})


@control
def heal(world, p):
    world.faults.clear()


@control
def set(world, p):
    wrong = p.keys() - OPTIONS.keys()
    if wrong:
        raise KeyError(f"no such switch: {wrong}")
    world.options.update(p)


@control
def lure(world, p):
    """What SES says of the account: production, sending, quota, rate, sent, identities."""
    world.account(p.pop("account", ACCOUNT)).ses.update(p)


@control
def calls(world, p):
    """How often each operation was called since the last question, by region."""
    answer = dict(world.calls)
    world.calls.clear()
    return answer


@control
def published(world, p):
    """What was published to SNS."""
    return {"messages": world.published}


@control
def use(world, p):
    """A use of a key that leaves no event: only the last-used date tells."""
    world.keys[p["key"]]["used"] = (time.time() - p.get("ago_s", 0), p["service"], p["region"])


@control
def user(world, p):
    """A user as it stands, for looking into."""
    u = world.account(p.get("account", ACCOUNT)).users[p["user"]]
    return {**u, "keys": [{"id": k["id"], "active": k["active"]} for k in world.keys_of(u)]}


@control
def quarantine(world, p):
    """AWS attaches its quarantine policy, in the name of the user."""
    u = world.users[p["user"]]
    policy = "arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantine" + p.get("version", "V3")
    u["attached"].append({"arn": policy, "fresh": 0})
    k = world.keys_of(u)[0]
    world.add("us-east-1", {
        "eventVersion": "1.11", "userIdentity": {
            "type": "IAMUser", "principalId": u["id"], "arn": world.arn(u), "accountId": u["account"],
            "accessKeyId": k["id"], "userName": u["name"]},
        "eventTime": when.iso(time.time()), "eventSource": "iam.amazonaws.com", "eventName": "AttachUserPolicy",
        "awsRegion": "us-east-1", "sourceIPAddress": "AWS Internal", "userAgent": "AWS Internal",
        "requestParameters": {"userName": u["name"], "policyArn": policy}, "responseElements": None,
        "requestID": str(uuid.uuid4()), "eventID": str(uuid.uuid4()), "readOnly": False, "eventType": "AwsApiCall",
        "managementEvent": True, "recipientAccountId": u["account"], "eventCategory": "Management"}, u["account"])
