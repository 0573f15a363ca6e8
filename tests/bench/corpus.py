#!/usr/bin/python3
"""Makes the corpus of the benchmarks: corpus.py DIRECTORY MEGABYTES

Log files as CloudTrail delivers them (one line each, gzip, 20 to 400 records)
of a made-up organisation, in a tree under DIRECTORY/logs. 10,000 decoy keys
stand in DIRECTORY/keys.txt (the first 100 also in keys-100.txt); a few events
use one, and some strangers' events mention one and are no use of it.
DIRECTORY/truth.json lists the events a scan has to find, and the sizes.
The same arguments give the same bytes, on any machine.
"""
import functools
import json
import multiprocessing
import os
import pathlib
import random
import sys
import zlib

KEYS = 10_000
USE_EVERY = 12_000          # records per use of a canary
MENTION_EVERY = 10_000      # records per mention that is no use
DENIED = ("User is not authorized to perform: {eventSource}:{eventName} because no identity-based policy "
          "allows the {eventName} action")
BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
REGIONS = ["us-east-1"] * 8 + ["eu-west-1"] * 4 + ["us-west-2"] * 2 + ["eu-central-1", "ap-southeast-1", "ca-central-1"]
AGENTS = [
    "Boto3/1.34.131 md/Botocore#1.34.131 ua/2.0 os/linux#5.10.219-208.866.amzn2.x86_64 md/arch#x86_64 lang/python#3.11.9 md/pyimpl#CPython cfg/retry-mode#legacy",
    "aws-sdk-go-v2/1.30.3 os/linux lang/go#1.22.5 md/GOOS#linux md/GOARCH#arm64 api/ec2#1.173.0",
    "APN/1.0 HashiCorp/1.0 Terraform/1.9.2 (+https://www.terraform.io) terraform-provider-aws/5.58.0 (+https://registry.terraform.io/providers/hashicorp/aws)",
    "aws-cli/2.17.13 md/awscrt#0.20.11 ua/2.0 os/macos#23.5.0 md/arch#arm64 lang/python#3.11.9 md/prompt#off md/command#s3.cp",
    "AWS Internal", "console.amazonaws.com",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
]


def hexes(rng, n):
    return f"{rng.getrandbits(4 * n):0{n}x}"


def uuid(rng):
    h = hexes(rng, 32)
    return f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}"


def key_id(rng, prefix):
    return prefix + "".join(rng.choices(BASE32, k=16))


class Company:
    """Accounts, roles, users and things with names; everything the records speak of."""

    def __init__(self, rng):
        self.accounts = [f"{rng.randrange(10**11, 10**12)}" for _ in range(12)]
        self.roles = [(rng.choice(self.accounts), "AROA" + "".join(rng.choices(BASE32, k=17)), name)
                      for name in ("ci-deployer eks-node-group data-pipeline lambda-image-resizer web-frontend "
                                   "AWSServiceRoleForAutoScaling OrganizationAccountAccessRole payments-api "
                                   "AWSReservedSSO_PowerUserAccess_4be21aa0c7d05e3f backup-operator").split()
                      for _ in range(3)]
        self.users = [(rng.choice(self.accounts), "AIDA" + "".join(rng.choices(BASE32, k=17)), name, key_id(rng, "AKIA"))
                      for name in "svc-jenkins svc-grafana terraform m.keller j.okafor svc-backup svc-mailer legacy-app".split()]
        self.addresses = [f"{rng.choice([10, 52, 54, 3])}.{rng.randrange(256)}.{rng.randrange(256)}.{rng.randrange(1, 255)}"
                          for _ in range(60)]
        self.sessions = [(*rng.choice(self.roles), f"i-0{hexes(rng, 16)}" if n % 2 else "m.keller@acme.example", key_id(rng, "ASIA"))
                         for n in range(600)]
        self.instances = ["i-0" + hexes(rng, 16) for _ in range(400)]
        self.streams = [f"2026/07/14/[$LATEST]{hexes(rng, 32)}" for _ in range(200)]
        self.kms = [f"arn:aws:kms:eu-west-1:{rng.choice(self.accounts)}:key/{uuid(rng)}" for _ in range(30)]
        self.buckets = [f"acme-{w}-{rng.choice(['prod', 'stage'])}-{hexes(rng, 6)}" for w in
                        "assets logs artifacts invoices exports terraform-state images backups".split()]


def of_ec2(rng, c):
    ids = [{"instanceId": rng.choice(c.instances)} for _ in range(rng.randrange(1, 5))]
    return {"instancesSet": {"items": ids}, "filterSet": {"items": [
        {"name": "tag:kubernetes.io/cluster/prod-eu", "valueSet": {"items": [{"value": "owned"}]}},
        {"name": "instance-state-name", "valueSet": {"items": [{"value": "running"}, {"value": "pending"}]}}]}}, None


def of_s3(rng, c):
    bucket = rng.choice(c.buckets)
    return {"bucketName": bucket, "Host": f"{bucket}.s3.amazonaws.com",
            "key": f"2026/{rng.randrange(1, 13):02d}/{rng.randrange(1, 29):02d}/part-{rng.randrange(10**5):05d}.parquet"}, None


def of_sts(rng, c):
    role = rng.choice(c.roles)
    name = f"session-{rng.randrange(10**9)}"
    return ({"roleArn": f"arn:aws:iam::{role[0]}:role/{role[2]}", "roleSessionName": name, "durationSeconds": 3600},
            {"credentials": {"accessKeyId": key_id(rng, "ASIA"), "sessionToken": None, "expiration": "Jul 14, 2026, 10:32:47 AM"},
             "assumedRoleUser": {"assumedRoleId": f"{role[1]}:{name}", "arn": f"arn:aws:sts::{role[0]}:assumed-role/{role[2]}/{name}"}})


def of_kms(rng, c):
    return {"encryptionContext": {"aws:s3:arn": f"arn:aws:s3:::{rng.choice(c.buckets)}"},
            "keyId": rng.choice(c.kms), "encryptionAlgorithm": "SYMMETRIC_DEFAULT"}, None


def of_logs(rng, c):
    return ({"logGroupName": f"/aws/lambda/order-worker-{rng.randrange(40)}",
             "logStreamName": rng.choice(c.streams)}, None)


def of_iam(rng, c):
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"],
                "Resource": [f"arn:aws:s3:::{rng.choice(c.buckets)}/*"], "Condition": {"Bool": {"aws:SecureTransport": "true"}}}]}
    role = rng.choice(c.roles)[2]
    return {"roleName": role, "policyName": "inline-" + hexes(rng, 6), "policyDocument": json.dumps(document, indent=2)}, None


def of_none(rng, c):
    return None, None


def of_ecs(rng, c):
    a = rng.choice(c.accounts)
    return ({"cluster": "prod", "services": [f"arn:aws:ecs:eu-west-1:{a}:service/prod/{w}" for w in ("web", "worker", "cron")],
             "include": ["TAGS"]}, {"failures": [], "taskDefinition": f"arn:aws:ecs:eu-west-1:{a}:task-definition/web:{rng.randrange(900)}"})


# weight, source, name, read only, parameters
CALLS = [
    (18, "ec2.amazonaws.com", "DescribeInstances", True, of_ec2), (6, "ec2.amazonaws.com", "DescribeVolumes", True, of_ec2),
    (5, "ec2.amazonaws.com", "DescribeNetworkInterfaces", True, of_ec2), (2, "ec2.amazonaws.com", "RunInstances", False, of_ec2),
    (14, "s3.amazonaws.com", "GetObject", True, of_s3), (7, "s3.amazonaws.com", "PutObject", False, of_s3),
    (3, "s3.amazonaws.com", "ListObjects", True, of_s3), (2, "s3.amazonaws.com", "GetBucketAcl", True, of_s3),
    (16, "sts.amazonaws.com", "AssumeRole", True, of_sts), (4, "sts.amazonaws.com", "GetCallerIdentity", True, of_none),
    (9, "kms.amazonaws.com", "Decrypt", True, of_kms), (4, "kms.amazonaws.com", "GenerateDataKey", True, of_kms),
    (6, "logs.amazonaws.com", "CreateLogStream", False, of_logs), (4, "logs.amazonaws.com", "DescribeLogStreams", True, of_logs),
    (2, "iam.amazonaws.com", "PutRolePolicy", False, of_iam), (2, "iam.amazonaws.com", "ListRoles", True, of_none),
    (5, "ecs.amazonaws.com", "DescribeServices", True, of_ecs), (3, "monitoring.amazonaws.com", "DescribeAlarms", True, of_none),
    (2, "ses.amazonaws.com", "GetSendQuota", True, of_none), (3, "lambda.amazonaws.com", "ListFunctions20150331", True, of_none),
]
WEIGHTS = [w for w, *_ in CALLS]


def identity(rng, c):
    dice = rng.random()
    if dice < 0.65:
        account, principal, role, name, key = rng.choice(c.sessions)
        return {"type": "AssumedRole", "principalId": f"{principal}:{name}",
                "arn": f"arn:aws:sts::{account}:assumed-role/{role}/{name}", "accountId": account,
                "accessKeyId": key,
                "sessionContext": {"sessionIssuer": {"type": "Role", "principalId": principal,
                                   "arn": f"arn:aws:iam::{account}:role/{role}", "accountId": account, "userName": role},
                                   "webIdFederationData": {},
                                   "attributes": {"creationDate": "2026-07-14T09:3%d:00Z" % rng.randrange(10), "mfaAuthenticated": "false"},
                                   "ec2RoleDelivery": "2.0"}}
    if dice < 0.80:
        account, principal, name, key = rng.choice(c.users)
        return {"type": "IAMUser", "principalId": principal, "arn": f"arn:aws:iam::{account}:user/{name}",
                "accountId": account, "accessKeyId": key, "userName": name}
    service = rng.choice(["ec2", "lambda", "autoscaling", "ecs-tasks", "config"])
    return {"type": "AWSService", "invokedBy": f"{service}.amazonaws.com"}


def event(rng, c):
    _, source, name, read_only, fill = rng.choices(CALLS, WEIGHTS)[0]
    parameters, answer = fill(rng, c)
    who = identity(rng, c)
    account = who.get("accountId") or rng.choice(c.accounts)
    e = {"eventVersion": "1.09", "userIdentity": who,
         "eventTime": "2026-07-14T%02d:%02d:%02dZ" % (rng.randrange(24), rng.randrange(60), rng.randrange(60)),
         "eventSource": source, "eventName": name, "awsRegion": rng.choice(REGIONS),
         "sourceIPAddress": who.get("invokedBy") or rng.choice(c.addresses), "userAgent": rng.choice(AGENTS)}
    if rng.random() < 0.04:
        e["errorCode"] = "AccessDenied"
        e["errorMessage"] = DENIED.format(**e)
    e.update(requestParameters=parameters, responseElements=answer)
    if source == "s3.amazonaws.com":
        e["additionalEventData"] = {"SignatureVersion": "SigV4", "CipherSuite": "TLS_AES_128_GCM_SHA256",
                                    "bytesTransferredIn": 0, "SSEApplied": "Default_SSE_S3", "AuthenticationMethod": "AuthHeader",
                                    "x-amz-id-2": hexes(rng, 24), "bytesTransferredOut": rng.randrange(10**6)}
    e.update(requestID=uuid(rng), eventID=uuid(rng), readOnly=read_only)
    if source in ("s3.amazonaws.com", "kms.amazonaws.com"):
        e["resources"] = [{"accountId": account, "type": "AWS::S3::Object" if source[0] == "s" else "AWS::KMS::Key",
                           "ARN": f"arn:aws:s3:::{rng.choice(c.buckets)}"}]
    e.update(eventType="AwsApiCall", managementEvent=True, recipientAccountId=account, eventCategory="Management",
             tlsDetails={"tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_128_GCM_SHA256",
                         "clientProvidedHostHeader": f"{source.split('.')[0]}.{e['awsRegion']}.amazonaws.com"})
    return e


def plant(rng, keys, e):
    """Makes few events a use of a canary, or speak of one without being a use; true for a use."""
    key, user = rng.choice(keys)
    dice = rng.random()
    if dice < 1 / USE_EVERY:
        e["userIdentity"] = {"type": "IAMUser", "principalId": "AIDA" + "".join(rng.choices(BASE32, k=17)),
                             "arn": f"arn:aws:iam::{e['recipientAccountId']}:user/{user}",
                             "accountId": e["recipientAccountId"], "accessKeyId": key, "userName": user}
        e.update(errorCode="AccessDenied", errorMessage=DENIED.format(**e), responseElements=None)
        return True
    if dice > 1 - 1 / MENTION_EVERY:
        e["requestParameters"] = {"bucketName": "acme-exports", "key": f"leaks/2026/{key}.txt", "note": json.dumps({"found": key})}
    return False


@functools.cache
def company():
    return Company(random.Random("company"))


@functools.cache
def decoys():
    rng = random.Random("decoys")
    return [("AKIAYT72" + "".join(rng.choices(BASE32, k=12)), f"svc-{w}-{n}")
            for n in range(KEYS // 4) for w in ("report", "deploy", "mailer", "backup")]


def write_file(job):
    """One log file of a number of records; what it holds is told."""
    directory, number = job
    rng = random.Random(f"file {number}")
    c, keys = company(), decoys()
    count = min(400, max(20, int(rng.expovariate(1 / 160)) + 20)) if number % 3 else 400
    account, region = rng.choice(c.accounts), rng.choice(REGIONS)
    records, uses = [], []
    for _ in range(count):
        e = event(rng, c)
        if plant(rng, keys, e):
            uses.append([e["eventID"], e["userIdentity"]["accessKeyId"]])
        records.append(json.dumps(e, separators=(",", ":")))
    text = ('{"Records":[' + ",".join(records) + "]}").encode()
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    packed = packer.compress(text) + packer.flush()
    folder = pathlib.Path(directory, "logs", "AWSLogs", account, "CloudTrail", region, "2026", "07", "14")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{account}_CloudTrail_{region}_20260714T{number % 24:02d}00Z_{number:08x}.json.gz").write_bytes(packed)
    return count, len(text), len(packed), uses


def main(directory, megabytes):
    pathlib.Path(directory).mkdir(parents=True, exist_ok=True)
    keys = decoys()
    for name, some in (("keys.txt", keys), ("keys-100.txt", keys[:100])):
        pathlib.Path(directory, name).write_text("".join(f"{k}\n" for k, _ in some))
    pathlib.Path(directory, "keys-named.txt").write_text("".join(f"{k},{u}\n" for k, u in keys))
    total = {"files": 0, "records": 0, "bytes": 0, "packed": 0, "uses": []}
    with multiprocessing.Pool(os.cpu_count()) as pool:
        while total["bytes"] < megabytes * 1_000_000:
            batch = [(directory, total["files"] + n) for n in range(64)]
            for count, size, packed, uses in pool.map(write_file, batch, chunksize=8):
                for name, value in (("files", 1), ("records", count), ("bytes", size), ("packed", packed), ("uses", uses)):
                    total[name] += value
    pathlib.Path(directory, "truth.json").write_text(json.dumps(total))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
