"""The CloudTrail record of a call."""
import time
import uuid

from . import when

# Calls that never reach the event history: data events.
DATA_EVENTS = {("sns", "Publish"), ("sqs", "ListQueues"), ("sqs", "ReceiveMessage"), ("sqs", "SendMessage"),
               ("sqs", "DeleteMessage"), ("sqs", "DeleteMessageBatch"), ("s3", "GetObject"), ("s3", "PutObject"),
               ("s3", "HeadObject"), ("s3", "ListObjects"), ("s3", "ListObjectsV2"), ("s3", "DeleteObject"),
               ("ses", "SendEmail"), ("ses", "SendRawEmail"), ("sesv2", "SendEmail")}
READ = ("Get", "List", "Describe", "Lookup", "Head", "Batch", "Simulate", "Generate")
SOURCES = {"sesv2": "ses", "service-quotas": "servicequotas"}
SECRETS = ("SecretAccessKey", "Password", "NextToken")


def lower(value):
    """Parameters as the log spells them."""
    if isinstance(value, dict):
        return {k[:1].lower() + k[1:]: lower(v) for k, v in value.items() if k not in SECRETS}
    if isinstance(value, list):
        return [lower(v) for v in value]
    return value.decode(errors="replace") if isinstance(value, bytes) else value


def identity(world, key):
    user = world.user_of(key)
    of_user = {"type": "IAMUser", "principalId": user["id"], "arn": world.arn(user), "accountId": user["account"],
               "userName": user["name"]} if user else {}
    session = {"attributes": {"creationDate": when.iso(key["created"]), "mfaAuthenticated": "false"}}
    if key["kind"] == "federated":
        return {"type": "FederatedUser", "principalId": f"{key['account']}:{key['name']}", "arn": world.arn(key),
                "accountId": key["account"], "accessKeyId": key["id"],
                "sessionContext": {"sessionIssuer": of_user, **session}}
    if key["kind"] == "role":
        role = world.accounts[key["account"]].roles[key["role"]]
        issuer = {"type": "Role", "principalId": role["id"], "userName": role["name"], "accountId": key["account"],
                  "arn": f"arn:aws:iam::{key['account']}:role/{role['name']}"}
        return {"type": "AssumedRole", "principalId": f"{role['id']}:{key['session']}", "arn": world.arn(key),
                "accountId": key["account"], "accessKeyId": key["id"], "sessionContext": {"sessionIssuer": issuer, **session}}
    out = dict(of_user, accessKeyId=key["id"])
    return dict(out, sessionContext=session) if key["kind"] == "session" else out


def note_use(world, key, service, region):
    """A session counts as a use of its user's long-term key."""
    key["used"] = (time.time(), SOURCES.get(service, service), region)
    for k in world.keys.values():
        if k["kind"] == "user" and key["kind"] != "role" and (k["account"], k["user"]) == (key["account"], key["user"]) \
                and key["kind"] != "user":
            k["used"] = key["used"]


def log(call, error):
    world, key = call.world, call.key
    note_use(world, key, call.service, call.region)
    if (call.service, call.operation) in DATA_EVENTS or \
            call.operation == "LookupEvents" and not world.options["log_lookups"]:
        return
    source = SOURCES.get(call.service, call.service)
    record = {
        "eventVersion": "1.11", "userIdentity": identity(world, key), "eventTime": when.iso(time.time()),
        "eventSource": f"{source}.amazonaws.com", "eventName": call.operation, "awsRegion": call.region,
        "sourceIPAddress": call.request.address, "userAgent": call.request.headers.get("User-Agent", ""),
        "requestParameters": None if error else lower(call.params) or None, "responseElements": call.logged,
        "requestID": str(uuid.uuid4()), "eventID": str(uuid.uuid4()), "readOnly": call.operation.startswith(READ),
        "eventType": "AwsApiCall", "managementEvent": True, "recipientAccountId": key["account"],
        "eventCategory": "Management"}
    if error:
        code = "Client." + error.code if call.service == "ec2" else error.code
        record.update(errorCode=code, errorMessage=error.message)
    record.update(call.request.overwrite)
    if call.service == "iam":
        record["awsRegion"] = "us-east-1"
    world.add(record["awsRegion"], record, key["account"])
