"""Users, their tags, login profiles and groups; and keys."""
import time

from ..operation import operation
from ..refused import Refused, no_such
from .. import when


def shape(world, u):
    out = {"Path": u["path"], "UserName": u["name"], "UserId": u["id"], "Arn": world.arn(u), "CreateDate": u["created"],
           "Tags": [{"Key": k, "Value": v} for k, v in u["tags"].items()]}
    if u["boundary"]:
        out["PermissionsBoundary"] = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": u["boundary"]}
    return out


def named(call, name="UserName"):
    """The user a call is about: the one named, or the caller."""
    if name not in call.params:
        return call.user
    u = next((u for n, u in call.account.users.items() if n.lower() == call[name].lower()), None)
    if u is None or not call.world.settled(u):
        raise no_such("user", call[name])
    return u


def page(call, rows, name, most=100):
    """A part of a list, as IAM pages it."""
    start, size = int(call.get("Marker", 0)), int(call.get("MaxItems", most))
    more = start + size < len(rows)
    return {name: rows[start:start + size], "IsTruncated": more, **({"Marker": str(start + size)} if more else {})}


@operation("iam", "CreateUser")
def create_user(call):
    users = call.account.users
    if any(n.lower() == call["UserName"].lower() for n in users):
        raise Refused("EntityAlreadyExists", f"User with name {call['UserName']} already exists.", 409)
    if len(users) >= call.world.options["users_most"]:
        raise Refused("LimitExceeded", f"Cannot exceed quota for UsersPerAccount: {call.world.options['users_most']}", 409)
    boundary = call.get("PermissionsBoundary")
    if boundary and boundary not in call.account.policies:
        raise Refused("NoSuchEntity", f"Policy {boundary} does not exist or is not attachable.", 404)
    u = call.world.make_user(call["UserName"], call.get("Path", "/"), account=call.account.number)
    u["boundary"] = boundary
    u["tags"].update({t["Key"]: t["Value"] for t in call.get("Tags", [])})
    u["fresh"] = call.world.options["fresh_user_calls"]
    call.logged = {"user": {"path": u["path"], "userName": u["name"], "userId": u["id"], "arn": call.world.arn(u)}}
    return {"User": shape(call.world, u)}


@operation("iam", "GetUser")
def get_user(call):
    return {"User": shape(call.world, named(call))}


@operation("iam", "ListUsers")
def list_users(call):
    prefix = call.get("PathPrefix", "/")
    return page(call, [shape(call.world, u) for u in call.account.users.values() if u["path"].startswith(prefix)], "Users")


@operation("iam", "DeleteUser")
def delete_user(call):
    u = named(call)
    for what, there in (("delete access keys", call.world.keys_of(u)), ("delete policies", u["inline"]),
                        ("detach all policies", u["attached"]), ("delete login profile", u["login"]),
                        ("remove users from group", u["groups"])):
        if there:
            raise Refused("DeleteConflict", f"Cannot delete entity, must {what} first.", 409)
    del call.account.users[u["name"]]


@operation("iam", "TagUser")
def tag_user(call):
    named(call)["tags"].update({t["Key"]: t["Value"] for t in call["Tags"]})


@operation("iam", "UntagUser")
def untag_user(call):
    for k in call["TagKeys"]:
        named(call)["tags"].pop(k, None)


@operation("iam", "ListUserTags")
def list_user_tags(call):
    return page(call, [{"Key": k, "Value": v} for k, v in named(call)["tags"].items()], "Tags")


@operation("iam", "CreateLoginProfile")
def create_login_profile(call):
    u = named(call)
    if u["login"]:
        raise Refused("EntityAlreadyExists", f"Login Profile for user {u['name']} already exists.", 409)
    u["login"] = True
    return {"LoginProfile": {"UserName": u["name"], "CreateDate": time.time()}}


@operation("iam", "GetLoginProfile")
def get_login_profile(call):
    u = named(call)
    if not u["login"]:
        raise Refused("NoSuchEntity", f"Login Profile for User {u['name']} cannot be found.", 404)
    return {"LoginProfile": {"UserName": u["name"], "CreateDate": u["created"]}}


@operation("iam", "DeleteLoginProfile")
def delete_login_profile(call):
    if not named(call)["login"]:
        raise Refused("NoSuchEntity", f"Login Profile for User {call['UserName']} cannot be found.", 404)
    named(call)["login"] = False


@operation("iam", "CreateGroup")
def create_group(call):
    call.account.groups[call["GroupName"]] = {"inline": {}, "attached": []}
    return {"Group": {"GroupName": call["GroupName"], "Path": "/", "GroupId": "AGPA", "Arn": "arn", "CreateDate": time.time()}}


@operation("iam", "AddUserToGroup")
def add_user_to_group(call):
    if call["GroupName"] not in call.account.groups:
        raise no_such("group", call["GroupName"])
    named(call)["groups"].append(call["GroupName"])


@operation("iam", "ListGroupsForUser")
def list_groups(call):
    return page(call, [{"GroupName": g, "Path": "/", "GroupId": "AGPA", "Arn": "arn", "CreateDate": 0}
                       for g in named(call)["groups"]], "Groups")


# --- keys ------------------------------------------------------------------------------

@operation("iam", "CreateAccessKey")
def create_access_key(call):
    u, most = named(call), call.world.options["keys_most"]
    if len(call.world.keys_of(u)) >= most:
        raise Refused("LimitExceeded", f"Cannot exceed quota for AccessKeysPerUser: {most}", 409)
    k = call.world.make_key(u["name"], account=u["account"])
    k["fresh"] = call.world.options["fresh_key_calls"]
    call.logged = {"accessKey": {"userName": u["name"], "accessKeyId": k["id"], "status": "Active",
                                 "createDate": time.strftime("%b %-d, %Y, %-I:%M:%S %p", time.gmtime(k["created"]))}}
    return {"AccessKey": {"UserName": u["name"], "AccessKeyId": k["id"], "Status": "Active",
                          "SecretAccessKey": k["secret"], "CreateDate": k["created"]}}


def key_of(call):
    k = call.world.keys.get(call["AccessKeyId"])
    if k is None or k["account"] != call.account.number or k["kind"] != "user":
        raise no_such("Access Key", call["AccessKeyId"])
    return k


@operation("iam", "DeleteAccessKey")
def delete_access_key(call):
    del call.world.keys[key_of(call)["id"]]


@operation("iam", "UpdateAccessKey")
def update_access_key(call):
    key_of(call)["active"] = call["Status"] == "Active"


@operation("iam", "ListAccessKeys")
def list_access_keys(call):
    return page(call, [{"UserName": k["user"], "AccessKeyId": k["id"], "Status": "Active" if k["active"] else "Inactive",
                        "CreateDate": k["created"]} for k in call.world.keys_of(named(call))], "AccessKeyMetadata")


@operation("iam", "GetAccessKeyLastUsed")
def get_access_key_last_used(call):
    k = key_of(call)
    used = {"ServiceName": "N/A", "Region": "N/A"}
    if k["used"]:
        used = {"LastUsedDate": k["used"][0], "ServiceName": k["used"][1], "Region": k["used"][2]}
    return {"UserName": k["user"], "AccessKeyLastUsed": used}


# --- the credential report -------------------------------------------------------------

HEAD = ("user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,"
        "mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,"
        "access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,"
        "access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,"
        "cert_1_last_rotated,cert_2_active,cert_2_last_rotated")


def report_time(t):
    return when.iso(t).replace("Z", "+00:00")


def report_key(k):
    if k is None:
        return ["false"] + ["N/A"] * 4
    at, service, region = k["used"] or (None, "N/A", "N/A")
    return ["true" if k["active"] else "false", report_time(k["created"]), report_time(at) if at else "N/A", region, service]


def report_row(world, u):
    keys = (world.keys_of(u) + [None, None])[:2]
    return ",".join([u["name"], world.arn(u), report_time(u["created"]), "true" if u["login"] else "false", "no_information",
                     "N/A", "N/A", "false", *report_key(keys[0]), *report_key(keys[1]), "false", "N/A", "false", "N/A"])


@operation("iam", "GenerateCredentialReport")
def generate_report(call):
    old = call.account.report
    if old and time.time() - old["at"] < call.world.options["report_age_s"]:
        return {"State": "COMPLETE"}
    by_user = {}
    for k in call.world.keys.values():
        if k["kind"] == "user":
            by_user.setdefault((k["account"], k["user"]), []).append(k)

    class View:
        keys_of = staticmethod(lambda u: by_user.get((u["account"], u["name"]), []))
        arn = call.world.arn
    rows = [report_row(View, u) for u in call.account.users.values()]
    call.account.report = {"at": time.time(), "content": "\n".join([HEAD, *rows])}
    return {"State": "STARTED"}


@operation("iam", "GetCredentialReport")
def get_report(call):
    r = call.account.report
    if r is None:
        raise Refused("ReportNotPresent", "No report is present", 410)
    return {"Content": r["content"].encode(), "ReportFormat": "text/csv", "GeneratedTime": r["at"]}
