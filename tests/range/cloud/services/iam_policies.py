"""Policies: inline, attached, boundary, customer managed; simulation."""
import json
import time
import urllib.parse

from ..operation import operation
from ..policy import effect, reason
from ..refused import Refused, no_such
from .iam_users import named, page


def document(text):
    try:
        d = json.loads(text)
        effect(d, "sts:GetCallerIdentity")
    except (ValueError, KeyError, TypeError):
        raise Refused("MalformedPolicyDocument", "Syntax errors in policy.", 400) from None
    return d


@operation("iam", "PutUserPolicy")
def put_user_policy(call):
    u = named(call)
    document(call["PolicyDocument"])
    if sum(len(p["document"]) for p in u["inline"].values()) + len(call["PolicyDocument"]) > 2048:
        raise Refused("LimitExceeded", f"Maximum policy size of 2048 bytes exceeded for user {u['name']}", 409)
    u["inline"][call["PolicyName"]] = {"document": call["PolicyDocument"], "fresh": call.world.options["fresh_policy_calls"]}


@operation("iam", "GetUserPolicy")
def get_user_policy(call):
    p = named(call)["inline"].get(call["PolicyName"])
    if p is None:
        raise Refused("NoSuchEntity", f"The user policy with name {call['PolicyName']} cannot be found.", 404)
    return {"UserName": call["UserName"], "PolicyName": call["PolicyName"], "PolicyDocument": urllib.parse.quote(p["document"])}


@operation("iam", "DeleteUserPolicy")
def delete_user_policy(call):
    if named(call)["inline"].pop(call["PolicyName"], None) is None:
        raise Refused("NoSuchEntity", f"The user policy with name {call['PolicyName']} cannot be found.", 404)


@operation("iam", "ListUserPolicies")
def list_user_policies(call):
    return page(call, list(named(call)["inline"]), "PolicyNames")


@operation("iam", "AttachUserPolicy")
def attach_user_policy(call):
    if call["PolicyArn"] not in call.account.policies:
        raise Refused("NoSuchEntity", f"Policy {call['PolicyArn']} does not exist or is not attachable.", 404)
    attached = named(call)["attached"]
    if call["PolicyArn"] not in [a["arn"] for a in attached]:
        attached.append({"arn": call["PolicyArn"], "fresh": call.world.options["fresh_policy_calls"]})


@operation("iam", "DetachUserPolicy")
def detach_user_policy(call):
    u = named(call)
    left = [a for a in u["attached"] if a["arn"] != call["PolicyArn"]]
    if len(left) == len(u["attached"]):
        raise Refused("NoSuchEntity", f"Policy {call['PolicyArn']} was not found.", 404)
    u["attached"] = left


@operation("iam", "ListAttachedUserPolicies")
def list_attached(call):
    return page(call, [{"PolicyArn": a["arn"], "PolicyName": a["arn"].split("/")[-1]} for a in named(call)["attached"]],
                "AttachedPolicies")


@operation("iam", "PutUserPermissionsBoundary")
def put_boundary(call):
    if call["PermissionsBoundary"] not in call.account.policies:
        raise Refused("NoSuchEntity", f"Policy {call['PermissionsBoundary']} does not exist or is not attachable.", 404)
    named(call)["boundary"] = call["PermissionsBoundary"]


@operation("iam", "DeleteUserPermissionsBoundary")
def delete_boundary(call):
    named(call)["boundary"] = None


@operation("iam", "CreatePolicy")
def create_policy(call):
    arn = f"arn:aws:iam::{call.account.number}:policy{call.get('Path', '/')}{call['PolicyName']}"
    if arn in call.account.policies:
        raise Refused("EntityAlreadyExists", f"A policy called {call['PolicyName']} already exists.", 409)
    call.account.policies[arn] = document(call["PolicyDocument"])
    return {"Policy": {"PolicyName": call["PolicyName"], "Arn": arn, "PolicyId": "ANPA", "DefaultVersionId": "v1",
                       "Path": call.get("Path", "/"), "CreateDate": time.time(), "IsAttachable": True}}


@operation("iam", "GetPolicy")
def get_policy(call):
    if call["PolicyArn"] not in call.account.policies:
        raise no_such("policy", call["PolicyArn"])
    return {"Policy": {"PolicyName": call["PolicyArn"].split("/")[-1], "Arn": call["PolicyArn"], "DefaultVersionId": "v1"}}


@operation("iam", "GetPolicyVersion")
def get_policy_version(call):
    if call["PolicyArn"] not in call.account.policies:
        raise no_such("policy", call["PolicyArn"])
    return {"PolicyVersion": {"Document": urllib.parse.quote(json.dumps(call.account.policies[call["PolicyArn"]])),
                              "VersionId": "v1", "IsDefaultVersion": True}}


@operation("iam", "DeletePolicy")
def delete_policy(call):
    if call.account.policies.pop(call["PolicyArn"], None) is None:
        raise no_such("policy", call["PolicyArn"])


@operation("iam", "ListPolicies")
def list_policies(call):
    return page(call, [{"PolicyName": a.split("/")[-1], "Arn": a} for a in call.account.policies
                       if call.get("Scope") != "Local" or "::aws:" not in a], "Policies")


@operation("iam", "SimulatePrincipalPolicy")
def simulate(call):
    name = call["PolicySourceArn"].split("/")[-1]
    if name in call.account.roles and ":role/" in call["PolicySourceArn"]:
        who = {"kind": "role", "account": call.account.number, "role": name, "session": "x"}
    elif name in call.account.users:
        who = {"kind": "user", "account": call.account.number, "user": name}
    else:
        raise no_such("user", name)
    rows = []
    for action in call["ActionNames"]:
        why = reason(call.world, who, action)
        rows.append({"EvalActionName": action, "EvalResourceName": "*",
                     "EvalDecision": "allowed" if why is None else "explicitDeny" if "explicit" in why else "implicitDeny"})
    return page(call, rows, "EvaluationResults")


@operation("iam", "GetAccountSummary")
def get_account_summary(call):
    return {"SummaryMap": {"Users": len(call.account.users), "UsersQuota": call.world.options["users_most"],
                           "AccessKeysPerUserQuota": call.world.options["keys_most"]}}


@operation("iam", "ListAccountAliases")
def list_account_aliases(call):
    return {"AccountAliases": [], "IsTruncated": False}
