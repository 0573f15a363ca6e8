"""May a user do it? Actions of Allow and Deny statements, with boundary; resources and conditions are not looked at."""
import fnmatch
import json

from .refused import Refused

# Only the managed policies that tests meet; more may be made with iam:CreatePolicy.
MANAGED = {
    "arn:aws:iam::aws:policy/AdministratorAccess": {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]},
    "arn:aws:iam::aws:policy/ReadOnlyAccess": {"Statement": [{"Effect": "Allow", "Action": [
        "*:Get*", "*:List*", "*:Describe*", "*:Lookup*"], "Resource": "*"}]},
    "arn:aws:iam::aws:policy/AWSDenyAll": {"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]},
    "arn:aws:iam::aws:policy/AmazonSESFullAccess": {"Statement": [{"Effect": "Allow", "Action": "ses:*", "Resource": "*"}]},
}
QUARANTINE = {"Statement": [{"Effect": "Deny", "Resource": "*", "Action": [
    "cloudtrail:LookupEvents", "ec2:RunInstances", "ec2:StartInstances", "iam:AddUserToGroup", "iam:Attach*Policy",
    "iam:Create*", "iam:DetachUserPolicy", "iam:Put*Policy", "lambda:CreateFunction", "organizations:*",
    "sagemaker:CreateEndpointConfig", "ses:Send*", "bedrock:*"]}]}
for version in ("", "V2", "V3", "V4"):
    MANAGED["arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantine" + version] = QUARANTINE

# sts:GetCallerIdentity answers even under an explicit deny; GetSessionToken needs no permission.
ALWAYS = {"sts:GetCallerIdentity", "sts:GetSessionToken"}
# Where the action is not called like the operation.
ACTIONS = {"s3:ListObjectsV2": "s3:ListBucket", "s3:ListObjects": "s3:ListBucket", "s3:HeadObject": "s3:GetObject",
           "s3:HeadBucket": "s3:ListBucket", "s3:ListBuckets": "s3:ListAllMyBuckets"}
SERVICES = {"sesv2": "ses", "service-quotas": "servicequotas"}


def action_of(service, operation):
    name = f"{SERVICES.get(service, service)}:{operation}"
    return ACTIONS.get(name, name)


def listed(value):
    return value if isinstance(value, list) else [value]


def matches(patterns, action):
    return any(fnmatch.fnmatchcase(action.lower(), p.lower()) for p in listed(patterns))


def effect(document, action):
    """deny, allow or None."""
    found = None
    if isinstance(document, str):
        document = json.loads(document)
    for s in listed(document.get("Statement", [])):
        hit = matches(s["Action"], action) if "Action" in s else not matches(s.get("NotAction", "*"), action)
        if hit and s["Effect"] == "Deny":
            return "deny"
        if hit:
            found = "allow"
    return found


def documents(world, user):
    """(name or None, document) of everything that gives or takes permissions."""
    account = world.accounts[user["account"]]
    if user["policy"] == "admin":
        yield None, {"Statement": {"Effect": "Allow", "Action": "*"}}
    elif user["policy"] != "none":
        yield None, {"Statement": {"Effect": "Allow", "Action": user["policy"]}}
    for holder in [user] + [account.groups[g] for g in user["groups"]]:
        for p in holder["inline"].values():
            if world.settled(p):
                yield None, p["document"]
        for p in holder["attached"]:
            if world.settled(p):
                yield p["arn"], account.policies.get(p["arn"], {})


def authorize(world, key, service, operation, query):
    """Refused, in AWS's words, when the identity may not."""
    action = action_of(service, operation)
    why = reason(world, key, action)
    if why is None:
        return
    code = "AccessDenied" if query else "AccessDeniedException"
    if service == "ec2":
        raise Refused("UnauthorizedOperation", "You are not authorized to perform this operation.", 403)
    raise Refused(code, f"User: {world.arn(key)} is not authorized to perform: {action} {why}", 403 if query else 400)


def reason(world, key, action):
    """None: allowed. Otherwise the end of the error text."""
    if action in ALWAYS:
        return None
    if key["kind"] == "role":
        role = world.accounts[key["account"]].roles[key["role"]]
        allowed = role["policy"] == "admin" or (role["policy"] != "none" and matches(role["policy"], action))
        return None if allowed else f"because no identity-based policy allows the {action} action"
    user = world.user_of(key)
    found = {None: [], "allow": [], "deny": []}
    for name, document in documents(world, user):
        found[effect(document, action)].append(name)
    if found["deny"]:
        named = next((": " + n for n in found["deny"] if n), "")
        return "with an explicit deny in an identity-based policy" + named
    if user["boundary"] is not None:
        bound = effect(world.accounts[user["account"]].policies.get(user["boundary"], {}), action)
        if bound == "deny":
            return "with an explicit deny in a permissions boundary"
        if bound is None:
            return f"because no permissions boundary allows the {action} action"
    return None if found["allow"] else f"because no identity-based policy allows the {action} action"
