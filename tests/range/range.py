#!/usr/bin/python3
"""A stand-in for AWS on the loopback. See README.md beside this file."""
import argparse
import base64
import collections
import datetime
import hashlib
import json
import random
import re
import socket
import struct
import threading
import time
import urllib.parse
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.sax.saxutils import escape

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import botocore.session

ACCOUNT = "592694688519"
REGIONS = ["us-east-1", "us-east-2", "us-west-1", "us-west-2", "eu-west-1", "eu-west-2", "eu-west-3",
           "eu-central-1", "eu-north-1", "ap-south-1", "ap-southeast-1", "ap-southeast-2",
           "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ca-central-1", "sa-east-1"]
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
DATA_EVENTS = {"SendEmail", "SendRawEmail", "Publish", "ListQueues", "GetObject", "PutObject", "ListObjectsV2"}
READ = ("Get", "List", "Describe", "Lookup", "Head", "Batch")


def iso(t):
    return datetime.datetime.fromtimestamp(int(t), datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def new_key(kind):
    z = 0x800000000000 | int(ACCOUNT) << 7 | random.getrandbits(7)
    raw = z.to_bytes(6, "big") + random.randbytes(4)
    return kind + base64.b32encode(raw).decode()


class Refused(Exception):
    """An error as AWS answers it."""

    def __init__(self, code, message, status=400):
        super().__init__(code)
        self.code, self.message, self.status = code, message, status


class ReplaySigner(botocore.auth.SigV4Auth):
    """Signs exactly the headers the client listed, at the client's time."""

    def __init__(self, credentials, service, region, signed, date, s3):
        super().__init__(credentials, service, region)
        self.signed, self.date, self.s3 = signed, date, s3

    def headers_to_sign(self, request):
        headers = botocore.auth.HTTPHeaders()
        for name in self.signed:
            headers[name] = request.headers.get(name, "")
        return headers

    def _normalize_url_path(self, path):
        return path if self.s3 else super()._normalize_url_path(path)

    def compute(self, request):
        request.context["timestamp"] = self.date
        return self.signature(self.string_to_sign(request, self.canonical_request(request)), request)


class Range:
    """The state of the pretended cloud; one lock for all of it."""

    def __init__(self):
        self.lock = threading.RLock()
        self.session = botocore.session.Session()
        self.models = {}
        self.users = {}
        self.keys = {}
        self.records = collections.defaultdict(list)	# region -> [(visible_at, record)]
        self.faults = []
        self.calls = collections.Counter()
        self.tokens = {}
        self.options = {"delay_s": 0, "page": 50, "skew_s": 0, "duplicate": False}
        self.monitor = self.make_key("keycanary-monitor", "admin")

    # --- identities ---------------------------------------------------------
    def make_user(self, name, path="/", policy="none"):
        self.users[name] = {"name": name, "path": path, "id": "AIDA" + "".join(random.choices(ALPHABET, k=17)),
                            "policy": policy, "attached": [], "created": time.time()}
        return self.users[name]

    def make_key(self, user, policy="none"):
        if user not in self.users:
            self.make_user(user, policy=policy)
        secret = base64.b64encode(random.randbytes(30)).decode()
        key = {"id": new_key("AKIA"), "secret": secret, "user": user, "active": True, "token": None,
               "expires": None, "used": None, "created": time.time()}
        self.keys[key["id"]] = key
        return key

    def make_session(self, parent, name=None):
        key = dict(parent, id=new_key("ASIA"), secret=base64.b64encode(random.randbytes(30)).decode(),
                   token=base64.b64encode(random.randbytes(60)).decode(), expires=time.time() + 3600,
                   federated=name)
        self.keys[key["id"]] = key
        return key

    def arn(self, user):
        return f"arn:aws:iam::{ACCOUNT}:user{self.users[user]['path']}{user}"

    # --- models ---------------------------------------------------------------
    def model(self, service):
        name = {"email": "ses", "servicequotas": "service-quotas", "monitoring": "cloudwatch"}.get(service, service)
        if name not in self.models:
            try:
                self.models[name] = self.session.get_service_model(name)
            except Exception:
                self.models[name] = None
        return self.models[name]

    def operation(self, service, handler, form, body):
        """The operation of a request: by Action, X-Amz-Target or REST path."""
        if "Action" in form:
            return service, form["Action"], form
        target = handler.headers.get("X-Amz-Target")
        if target:
            return service, target.split(".")[-1], json.loads(body or b"{}")
        if service == "ses":
            service = "sesv2"
        model = self.model(service)
        path = urllib.parse.urlsplit(handler.path).path
        for name in model.operation_names if model else []:
            http = model.operation_model(name).http
            pattern = re.sub(r"\{[^}]+\}", "[^/]+", http["requestUri"].split("?")[0])
            if http["method"] == handler.command and re.fullmatch(pattern, path):
                return service, name, json.loads(body) if body[:1] == b"{" else {}
        return service, "Unknown", {}

    # --- the log ----------------------------------------------------------------
    def log(self, key, service, op, region, handler, params, error, response):
        user = self.users[key["user"]]
        key["used"] = (time.time(), service, region)
        for k in self.keys.values():	# a session counts as a use of the user's long-term key
            if k["user"] == key["user"] and k["token"] is None:
                k["used"] = key["used"]
        if op in DATA_EVENTS:
            return
        source = {"sesv2": "ses", "email": "ses"}.get(service, service)
        identity = {"type": "IAMUser", "principalId": user["id"], "arn": self.arn(user["name"]),
                    "accountId": ACCOUNT, "accessKeyId": key["id"], "userName": user["name"]}
        if key["token"]:
            identity["sessionContext"] = {"attributes": {"creationDate": iso(time.time()), "mfaAuthenticated": "false"}}
        if key.get("federated"):
            identity = {"type": "FederatedUser", "principalId": f"{ACCOUNT}:{key['federated']}",
                        "arn": f"arn:aws:sts::{ACCOUNT}:federated-user/{key['federated']}", "accountId": ACCOUNT,
                        "accessKeyId": key["id"], "sessionContext": {"sessionIssuer": {
                            "type": "IAMUser", "principalId": user["id"], "arn": self.arn(user["name"]),
                            "accountId": ACCOUNT, "userName": user["name"]}}}
        record = {
            "eventVersion": "1.11", "userIdentity": identity, "eventTime": iso(time.time()),
            "eventSource": f"{source}.amazonaws.com", "eventName": op, "awsRegion": region,
            "sourceIPAddress": handler.client_address[0], "userAgent": handler.headers.get("User-Agent"),
            "requestParameters": None if error else params or None, "responseElements": response,
            "requestID": str(uuid.uuid4()), "eventID": str(uuid.uuid4()), "readOnly": op.startswith(READ),
            "eventType": "AwsApiCall", "managementEvent": True, "recipientAccountId": ACCOUNT,
            "eventCategory": "Management"}
        if error:
            record.update(errorCode=error.code, errorMessage=error.message)
        self.add("us-east-1" if source == "iam" else region, record)

    def add(self, region, record):
        self.records[region].append((time.time() + self.options["delay_s"], record))

    # --- faults ---------------------------------------------------------------------
    def fault(self, op, region):
        for f in self.faults:
            if f["op"] == op and f.get("region") in (None, region) and f["times"] > 0:
                f["times"] -= 1
                return f["kind"]
        return None


def raise_fault(kind):
    if kind == "throttle":
        raise Refused("ThrottlingException", "Rate exceeded", 400)
    if kind == "denied":
        raise Refused("AccessDeniedException", "User is not authorized to perform: cloudtrail:LookupEvents", 400)
    if kind == "expired":
        raise Refused("ExpiredTokenException", "The security token included in the request is expired", 400)
    if kind == "closed":
        raise Refused("UnrecognizedClientException", "The security token included in the request is invalid.", 400)
    if kind == "token":
        raise Refused("InvalidNextTokenException", "Invalid token", 400)
    if kind == "500":
        raise Refused("InternalFailure", "try again", 500)


# --- signatures -------------------------------------------------------------------------

SCOPE = re.compile(r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/([^/]+)/aws4_request, ?"
                   r"SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$")


def authenticate(world, handler, body):
    """The key that signed the request, its region and service; Refused otherwise."""
    m = SCOPE.match(handler.headers.get("Authorization", ""))
    if not m:
        raise Refused("MissingAuthenticationToken", "Request is missing Authentication Token", 403)
    key_id, day, region, service, signed, signature = m.groups()
    key = world.keys.get(key_id)
    if key is None or not key["active"]:
        raise Refused("InvalidClientTokenId", "The security token included in the request is invalid.", 403)
    date = handler.headers.get("X-Amz-Date", "")
    try:
        at = datetime.datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc).timestamp()
    except ValueError:
        raise Refused("IncompleteSignature", "Date in wrong form", 403) from None
    now = time.time() + world.options["skew_s"]
    if abs(now - at) > 300 or not date.startswith(day):
        raise Refused("SignatureDoesNotMatch", f"Signature expired: {date} is now earlier than {iso(now - 300)}", 403)
    if key["token"] != handler.headers.get("X-Amz-Security-Token"):
        raise Refused("InvalidClientTokenId", "The security token included in the request is invalid.", 403)
    if key["expires"] and now > key["expires"]:
        raise Refused("ExpiredToken", "The security token included in the request is expired", 403)
    if not {"host", "x-amz-date"} <= set(signed.split(";")):
        raise Refused("IncompleteSignature", "host and date must be signed", 403)
    claimed = handler.headers.get("X-Amz-Content-SHA256")
    if claimed not in (None, "UNSIGNED-PAYLOAD", hashlib.sha256(body).hexdigest()):
        raise Refused("XAmzContentSHA256Mismatch", "the body is not the one that was signed", 400)
    url = urllib.parse.urlsplit(handler.path)
    request = botocore.awsrequest.AWSRequest(
        method=handler.command, url=f"http://{handler.headers['Host']}{url.path}",
        headers=dict(handler.headers.items()), data=body,
        params=urllib.parse.parse_qsl(url.query, keep_blank_values=True))
    request.params = dict(request.params)
    signer = ReplaySigner(botocore.credentials.Credentials(key_id, key["secret"], key["token"]),
                          service, region, signed.split(";"), date, service == "s3")
    if signer.compute(request) != signature:
        raise Refused("SignatureDoesNotMatch", "The request signature we calculated does not match", 403)
    return key, region, service


# --- operations: each returns a dict; XML and JSON are made from it ---------------------------

def credentials_of(key):
    return {"AccessKeyId": key["id"], "SecretAccessKey": key["secret"], "SessionToken": key["token"],
            "Expiration": iso(key["expires"])}


def user_of(world, u):
    return {"Path": u["path"], "UserName": u["name"], "UserId": u["id"], "Arn": world.arn(u["name"]),
            "CreateDate": iso(u["created"])}


def need_user(world, p):
    u = world.users.get(p.get("UserName"))
    if u is None:
        raise Refused("NoSuchEntity", f"The user with name {p.get('UserName')} cannot be found.", 404)
    return u


def op_get_caller_identity(world, key, p, region):
    return {"UserId": world.users[key["user"]]["id"], "Account": ACCOUNT, "Arn": world.arn(key["user"])}


def op_get_session_token(world, key, p, region):
    return {"Credentials": credentials_of(world.make_session(key))}


def op_get_federation_token(world, key, p, region):
    return {"Credentials": credentials_of(world.make_session(key, p.get("Name", "x")))}


def op_assume_role(world, key, p, region):
    return {"Credentials": credentials_of(world.make_session(key)),
            "AssumedRoleUser": {"Arn": p["RoleArn"] + "/" + p["RoleSessionName"], "AssumedRoleId": "AROAX:s"}}


def op_create_user(world, key, p, region):
    if p["UserName"] in world.users:
        raise Refused("EntityAlreadyExists", f"User with name {p['UserName']} already exists.", 409)
    return {"User": user_of(world, world.make_user(p["UserName"], p.get("Path", "/")))}


def op_get_user(world, key, p, region):
    return {"User": user_of(world, need_user(world, p) if "UserName" in p else world.users[key["user"]])}


def op_delete_user(world, key, p, region):
    u = need_user(world, p)
    if any(k["user"] == u["name"] and not k["token"] for k in world.keys.values()):
        raise Refused("DeleteConflict", "Cannot delete entity, must delete access keys first.", 409)
    del world.users[u["name"]]
    return {}


def op_list_users(world, key, p, region):
    return {"Users": {"member": [user_of(world, u) for u in world.users.values()]}, "IsTruncated": "false"}


def op_create_access_key(world, key, p, region):
    u = need_user(world, p) if "UserName" in p else world.users[key["user"]]
    if sum(k["user"] == u["name"] and not k["token"] for k in world.keys.values()) >= 2:
        raise Refused("LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2", 409)
    k = world.make_key(u["name"])
    return {"AccessKey": {"UserName": u["name"], "AccessKeyId": k["id"], "Status": "Active",
                          "SecretAccessKey": k["secret"], "CreateDate": iso(k["created"])}}


def op_delete_access_key(world, key, p, region):
    if world.keys.pop(p["AccessKeyId"], None) is None:
        raise Refused("NoSuchEntity", f"The Access Key with id {p['AccessKeyId']} cannot be found.", 404)
    return {}


def op_update_access_key(world, key, p, region):
    world.keys[p["AccessKeyId"]]["active"] = p["Status"] == "Active"
    return {}


def op_list_access_keys(world, key, p, region):
    u = need_user(world, p)
    return {"AccessKeyMetadata": {"member": [
        {"UserName": u["name"], "AccessKeyId": k["id"], "Status": "Active" if k["active"] else "Inactive",
         "CreateDate": iso(k["created"])} for k in world.keys.values()
        if k["user"] == u["name"] and not k["token"]]}, "IsTruncated": "false"}


def op_get_access_key_last_used(world, key, p, region):
    k = world.keys.get(p["AccessKeyId"])
    if k is None:
        raise Refused("NoSuchEntity", f"The Access Key with id {p['AccessKeyId']} cannot be found.", 404)
    used = {"ServiceName": "N/A", "Region": "N/A"}
    if k["used"]:
        at, service, where = k["used"]
        used = {"LastUsedDate": iso(at), "ServiceName": service, "Region": where}
    return {"UserName": k["user"], "AccessKeyLastUsed": used}


def op_put_user_policy(world, key, p, region):
    need_user(world, p)
    return {}


def op_list_attached_user_policies(world, key, p, region):
    u = need_user(world, p)
    return {"AttachedPolicies": {"member": [{"PolicyArn": a, "PolicyName": a.split("/")[-1]} for a in u["attached"]]},
            "IsTruncated": "false"}


def op_describe_regions(world, key, p, region):
    return {"regionInfo": {"item": [{"regionName": r, "regionEndpoint": f"ec2.{r}.amazonaws.com",
                                     "optInStatus": "opt-in-not-required"} for r in REGIONS]}}


def op_list_regions(world, key, p, region):
    return {"Regions": [{"RegionName": r, "RegionOptStatus": "ENABLED_BY_DEFAULT"} for r in REGIONS]}


def op_describe_trails(world, key, p, region):
    return {"trailList": [{"Name": "main", "IsMultiRegionTrail": True, "HomeRegion": "us-east-1",
                           "TrailARN": f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/main"}]}


def op_get_trail_status(world, key, p, region):
    return {"IsLogging": True}


def op_get_send_quota(world, key, p, region):
    return {"Max24HourSend": "200.0", "MaxSendRate": "1.0", "SentLast24Hours": "0.0"}


def op_get_account(world, key, p, region):
    return {"ProductionAccessEnabled": False, "SendingEnabled": True, "SendQuota": {"Max24HourSend": 200.0}}


def field_of(record, attribute):
    identity = record.get("userIdentity") or {}
    return {"AccessKeyId": identity.get("accessKeyId"), "EventId": record.get("eventID"),
            "Username": identity.get("userName") or ((identity.get("sessionContext") or {}).get("sessionIssuer") or {}).get("userName"),
            "EventName": record.get("eventName"), "EventSource": record.get("eventSource")}.get(attribute)


def wanted(record, p):
    for a in p.get("LookupAttributes", []):
        if a["AttributeKey"] == "ResourceName":
            values = (record.get("requestParameters") or {}).values()
            if a["AttributeValue"] not in values:
                return False
        elif field_of(record, a["AttributeKey"]) != a["AttributeValue"]:
            return False
    return True


def at_of(record):
    return datetime.datetime.strptime(record["eventTime"][:19], "%Y-%m-%dT%H:%M:%S").replace(
        tzinfo=datetime.timezone.utc).timestamp()


def op_lookup_events(world, key, p, region):
    token = p.pop("NextToken", None)
    same = json.dumps(p, sort_keys=True)
    start = 0
    if token is not None:
        if world.tokens.get(token, (None,))[0] != same:
            raise Refused("InvalidNextTokenException", "The token is not valid", 400)
        rows, start = world.tokens[token][1:]
    else:
        now = time.time()
        rows = [r for visible, r in world.records[region] if visible <= now and wanted(r, p) and
                p.get("StartTime", 0) <= at_of(r) <= p.get("EndTime", now + 1e9)]
        rows = sorted(rows, key=at_of, reverse=True)
        if world.options["duplicate"]:
            rows = [r for r in rows for _ in (0, 1)]
    size = min(int(p.get("MaxResults", 50)), world.options["page"])
    page = rows[start:start + size]
    answer = {"Events": [{
        "EventId": r["eventID"], "EventName": r["eventName"], "EventTime": at_of(r),
        "EventSource": r["eventSource"], "Username": field_of(r, "Username") or "",
        "AccessKeyId": field_of(r, "AccessKeyId") or "", "ReadOnly": str(bool(r.get("readOnly"))).lower(),
        "Resources": [], "CloudTrailEvent": json.dumps(r)} for r in page]}
    if start + size < len(rows):
        answer["NextToken"] = uuid.uuid4().hex
        world.tokens[answer["NextToken"]] = (same, rows, start + size)
    return answer


def snake(name):
    return "op_" + re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


ALWAYS = {"GetCallerIdentity", "GetSessionToken"}


def answer_to(world, handler, key, service, op, region, p):
    """Runs an operation in the name of a key: (answer, response elements of the log)."""
    policy = world.users[key["user"]]["policy"]
    short = {"sesv2": "ses", "service-quotas": "servicequotas"}.get(service, service)
    if op not in ALWAYS and policy != "admin":
        code = "AccessDenied" if "Action" in getattr(handler, "form", {}) else "AccessDeniedException"
        raise Refused(code, f"User: {world.arn(key['user'])} is not authorized to perform: {short}:{op} "
                      f"because no identity-based policy allows the {short}:{op} action", 403 if code == "AccessDenied" else 400)
    function = globals().get(snake(op))
    result = function(world, key, p, region) if function else {}
    logged = None
    if "Credentials" in result:
        logged = {"credentials": {"accessKeyId": result["Credentials"]["AccessKeyId"],
                                  "expiration": "Mar 4, 2030, 5:00:00 PM"}}
    if "AccessKey" in result:
        logged = {"accessKey": {"accessKeyId": result["AccessKey"]["AccessKeyId"], "userName": result["AccessKey"]["UserName"]}}
    return result, logged


def xml(value):
    if isinstance(value, dict):
        return "".join(f"<{k}>{xml(v)}</{k}>" if not isinstance(v, list) else
                       "".join(f"<{k}>{xml(i)}</{k}>" for i in v) for k, v in value.items())
    return escape(str(value))


def lower_first(p):
    return {k[:1].lower() + k[1:]: v for k, v in p.items() if k not in ("Action", "Version")}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65536
    disable_nagle_algorithm = True
    world = None

    def log_message(self, *args):
        pass

    def date_time_string(self, timestamp=None):
        return super().date_time_string((timestamp or time.time()) + self.world.options["skew_s"])

    def reply(self, status, body, kind, headers=()):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("x-amzn-RequestId", str(uuid.uuid4()))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def refuse(self, e, query):
        if query:
            body = f"<ErrorResponse><Error><Type>Sender</Type><Code>{e.code}</Code><Message>{escape(e.message)}</Message></Error></ErrorResponse>"
            self.reply(e.status, body.encode(), "text/xml")
        else:
            names = {"InvalidClientTokenId": "UnrecognizedClientException", "SignatureDoesNotMatch": "InvalidSignatureException"}
            code = names.get(e.code, e.code)
            body = json.dumps({"__type": code, "message": e.message}).encode()
            self.reply(e.status if e.status >= 500 else 400, body, "application/x-amz-json-1.1", [("x-amzn-ErrorType", code)])

    def serve(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path.startswith("/_range/"):
            return self.control(self.path[8:], json.loads(body or b"{}"))
        self.form = {}
        if "form-urlencoded" in self.headers.get("Content-Type", ""):
            self.form = dict(urllib.parse.parse_qsl(body.decode(), keep_blank_values=True))
        query = "Action" in self.form
        try:
            with self.world.lock:
                result = self.call(body)
        except Refused as e:
            return self.refuse(e, query)
        except ConnectionResetError:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            return self.connection.close()
        if not query:
            return self.reply(200, json.dumps(result).encode(), "application/json")
        op = self.form["Action"]
        inner = xml(result) if op == "DescribeRegions" else f"<{op}Result>{xml(result)}</{op}Result>"
        return self.reply(200, f"<{op}Response>{inner}</{op}Response>".encode(), "text/xml")

    def call(self, body):
        world = self.world
        key, region, service = authenticate(world, self, body)
        service, op, p = world.operation(service, self, self.form, body)
        world.calls[f"{op} {region}"] += 1
        kind = world.fault(op, region)
        if kind == "reset":
            raise ConnectionResetError
        raise_fault(kind)
        logged = lower_first(p)
        try:
            result, response = answer_to(world, self, key, service, op, region, dict(p))
        except Refused as e:
            world.log(key, service, op, region, self, logged, e, None)
            raise
        world.log(key, service, op, region, self, logged, None, response)
        return result

    def control(self, what, p):
        w = self.world
        answer = {}
        with w.lock:
            if what == "key":
                if p.get("user") in w.users:
                    w.users[p["user"]]["policy"] = p.get("policy", "none")
                k = w.make_key(p["user"], p.get("policy", "none"))
                answer = {"key": k["id"], "secret": k["secret"], "user_id": w.users[p["user"]]["id"]}
            elif what == "inject":
                for r in p["records"]:
                    w.add(r["awsRegion"], r)
            elif what == "fault":
                w.faults.append({"times": 1, **p})
            elif what == "set":
                w.options.update(p)
            elif what == "calls":
                answer = dict(w.calls)
                w.calls.clear()
            elif what == "use":
                w.keys[p["key"]]["used"] = (time.time() - p.get("ago_s", 0), p["service"], p["region"])
            elif what == "quarantine":
                u = w.users[p["user"]]
                policy = "arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3"
                u["attached"].append(policy)
                k = next(k for k in w.keys.values() if k["user"] == p["user"])
                w.log(dict(k), "iam", "AttachUserPolicy", "us-east-1", self, {"userName": p["user"], "policyArn": policy}, None, None)
                w.records["us-east-1"][-1][1].update(sourceIPAddress="AWS Internal", userAgent="AWS Internal")
        self.reply(200, json.dumps(answer).encode(), "application/json")

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = serve


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256


def start(port=0):
    """A running range: (server, url)."""
    world = Range()
    handler = type("BoundHandler", (Handler,), {"world": world})
    server = Server(("127.0.0.1", port), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, f"http://127.0.0.1:{server.server_address[1]}", world


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--port", type=int, default=0)
    _, url, world = start(arguments.parse_args().port)
    print(json.dumps({"url": url, "account": ACCOUNT, "key": world.monitor["id"], "secret": world.monitor["secret"]}), flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
