import time

from ..operation import operation
from ..refused import Refused
from ..state import new_id
from .. import when


def credentials(call, session):
    expires = time.strftime("%b %-d, %Y, %-I:%M:%S %p", time.gmtime(session["expires"]))
    call.logged = {"credentials": {"accessKeyId": session["id"], "expiration": expires,
                                   "sessionToken": session["token"]}}
    return {"Credentials": {"AccessKeyId": session["id"], "SecretAccessKey": session["secret"],
                            "SessionToken": session["token"], "Expiration": when.iso(session["expires"])}}


@operation("sts", "GetCallerIdentity")
def get_caller_identity(call):
    kind, k = call.key["kind"], call.key
    user_id = {"role": lambda: f"{call.account.roles[k['role']]['id']}:{k['session']}",
               "federated": lambda: f"{k['account']}:{k['name']}"}.get(kind, lambda: call.user["id"])()
    return {"UserId": user_id, "Account": k["account"], "Arn": call.world.arn(k)}


@operation("sts", "GetSessionToken")
def get_session_token(call):
    if call.key["kind"] != "user":
        raise Refused("AccessDenied", "Cannot call GetSessionToken with session credentials", 403)
    return credentials(call, call.world.make_session(call.key, "session", call.get("DurationSeconds", 43200)))


@operation("sts", "GetFederationToken")
def get_federation_token(call):
    s = call.world.make_session(call.key, "federated", call.get("DurationSeconds", 43200), name=call["Name"])
    who = {"FederatedUserId": f"{s['account']}:{s['name']}", "Arn": call.world.arn(s)}
    answer = credentials(call, s)
    call.logged["federatedUser"] = {"federatedUserId": who["FederatedUserId"], "arn": who["Arn"]}
    return {**answer, "FederatedUser": who, "PackedPolicySize": 0}


@operation("sts", "AssumeRole")
def assume_role(call):
    number, name = call["RoleArn"].split(":")[4], call["RoleArn"].split("/")[-1]
    role = call.world.accounts[number].roles.get(name) if number in call.world.accounts else None
    if role is None or role["external_id"] not in (None, call.get("ExternalId")):
        raise Refused("AccessDenied", f"User: {call.world.arn(call.key)} is not authorized to perform: sts:AssumeRole "
                      f"on resource: {call['RoleArn']}", 403)
    s = call.world.make_session(call.key, "role", call.get("DurationSeconds", 3600), account=number, role=name,
                                session=call["RoleSessionName"], user=None)
    answer = credentials(call, s)
    who = {"AssumedRoleId": f"{role['id']}:{s['session']}", "Arn": call.world.arn(s)}
    call.logged["assumedRoleUser"] = {"assumedRoleId": who["AssumedRoleId"], "arn": who["Arn"]}
    return {**answer, "AssumedRoleUser": who}


@operation("sts", "GetAccessKeyInfo")
def get_access_key_info(call):
    key = call.world.keys.get(call["AccessKeyId"])
    return {"Account": key["account"] if key else new_id("")[:12]}
