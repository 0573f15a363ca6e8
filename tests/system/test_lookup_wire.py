"""LookupEvents on the wire, against a stand-in of few words that knows no other operation, checks each request to the
letter with a signer of its own, and answers in every manner a service, a proxy or a bad line may."""
import datetime
import hashlib
import hmac
import http.server
import json
import socket
import struct
import threading
import time
import uuid

import pytest

from conftest import record

KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
CANARY = "AKIAYT723HMDSAE2OSWV"
TARGET = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents"
NUMBER = (int, float)


def digest(data):
    return hashlib.sha256(data).hexdigest()


def signature(headers, body, names, scope, date):
    canonical = "\n".join(["POST", "/", "", *(f"{n}:{' '.join(headers[n].split())}" for n in names), "", ";".join(names), digest(body)])
    key = b"AWS4" + SECRET.encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    text = f"AWS4-HMAC-SHA256\n{date}\n{scope}\n{digest(canonical.encode())}"
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def check(headers, body):
    """What is wrong with a request; "" when nothing is."""
    h = {k.lower(): v for k, v in headers.items()}
    if h.get("x-amz-target") != TARGET or h.get("content-type") != "application/x-amz-json-1.1":
        return f"target {h.get('x-amz-target')} or type {h.get('content-type')}"
    auth = dict(p.strip().split("=", 1) for p in h["authorization"].removeprefix("AWS4-HMAC-SHA256 ").split(","))
    names = auth["SignedHeaders"].split(";")
    key, scope = auth["Credential"].split("/", 1)
    if names != sorted(names) or not {"host", "content-type", "x-amz-date", "x-amz-target"} <= set(names) or key != KEY:
        return f"signed headers {names}, key {key}"
    if auth["Signature"] != signature(h, body, names, scope, h["x-amz-date"]):
        return "the signature does not match"
    p = json.loads(body)
    if p.keys() - {"StartTime", "EndTime", "MaxResults", "LookupAttributes", "NextToken"}:
        return f"unknown members: {p.keys()}"
    for name in ("StartTime", "EndTime"):
        if isinstance(p[name], bool) or not isinstance(p[name], NUMBER) or not 1e9 < p[name] < 1e10:
            return f"{name} is {p[name]!r}, not seconds since 1970"
    if not p["StartTime"] <= p["EndTime"] or type(p["MaxResults"]) is not int or not 1 <= p["MaxResults"] <= 50:
        return "times or MaxResults out of range"
    for a in p.get("LookupAttributes", []):
        if a.keys() != {"AttributeKey", "AttributeValue"} or len(p["LookupAttributes"]) != 1:
            return "attributes"
    return ""


class Stub(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *a):
        pass

    def answer(self, status, body, headers=(), manner="plain"):
        if status is None:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        if manner == "http10":
            self.protocol_version = "HTTP/1.0"
            self.close_connection = True
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        for name, value in headers:
            self.send_header(name, value)
        if manner == "plain":
            self.send_header("Content-Length", str(len(data)))
        elif manner == "chunked":
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        if manner == "chunked":
            for i in range(0, len(data), 7):
                part = data[i:i + 7]
                self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
            data = b"0\r\n\r\n"
        self.wfile.write(data)

    def do_POST(self):
        server, body = self.server, self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.headers.get("X-Amz-Target") != TARGET:
            self.answer(400, {"__type": "UnknownOperationException"})
            return
        wrong = check(self.headers, body)
        params = json.loads(body)
        with server.lock:
            token = params.pop("NextToken", None)
            if token is not None and server.tokens.get(token) != params:
                wrong = wrong or "a token with other parameters"
            if wrong:
                server.wrong.append(wrong)
            step = server.script.pop(0) if server.script else {"body": {"Events": []}}
            answer = step.get("body", {})
            if step.get("more"):
                answer = dict(answer, NextToken=uuid.uuid4().hex + "==/+")
                server.tokens[answer["NextToken"]] = params
            server.asked += 1
        headers = step.get("headers", ())
        self.answer(step.get("status", 200), answer, headers() if callable(headers) else headers, step.get("manner", "plain"))

    do_GET = do_PUT = lambda self: self.answer(404, b"")


@pytest.fixture
def stub():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Stub)
    server.lock, server.tokens, server.wrong, server.script, server.asked = threading.Lock(), {}, [], [], 0
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def poll(keycanary, stub, tmp_path):
    keys = tmp_path / "keys.csv"
    keys.write_text(f"key_id,user_name\n{CANARY},svc-report-mailer\n")
    keycanary("import", keys, check=0)
    conf = tmp_path / "keycanary.conf"
    conf.write_text('watch = { regions = [ "us-east-1" ]; requests_per_minute = 6000; };\nsafety_net = { enabled = false; };\n'
                    f'channels = ( {{ name = "file"; type = "file"; path = "{tmp_path}/out"; }} );\n')
    keycanary.env.update(AWS_ACCESS_KEY_ID=KEY, AWS_SECRET_ACCESS_KEY=SECRET, AWS_REGION="us-east-1",
                         AWS_ENDPOINT_URL_CLOUDTRAIL=f"http://127.0.0.1:{stub.server_port}",
                         AWS_ENDPOINT_URL=f"http://127.0.0.1:{stub.server_port}", AWS_EC2_METADATA_DISABLED="true")
    return lambda **kw: keycanary("poll", "--config", conf, **kw)


def event(ago_s=30, **over):
    r = record(key=CANARY, time=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - ago_s)))
    return {"EventId": r["eventID"], "EventName": r["eventName"], "EventTime": round(time.time() - ago_s, 1), "EventSource": r["eventSource"],
            "ReadOnly": "true", "Username": "svc-report-mailer", "AccessKeyId": CANARY, "Resources": [],
            "CloudTrailEvent": json.dumps(r), **over}


def sightings(keycanary):
    return sum(i["sightings_total"] for i in json.loads(keycanary("incidents", "--json", check=0).stdout)["incidents"])


def page(*events, **step):
    return {"body": {"Events": list(events)}, **step}


def fails(status, code, message="Rate exceeded", **more):
    return {"status": status, "body": {"__type": code, "message": message}, **more}


def late_date():
    """A clock an hour ahead of ours."""
    ahead = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)
    return [("Date", ahead.strftime("%a, %d %b %Y %H:%M:%S GMT"))]


MANNERS = {
    "a page at a time": lambda: ([page(event(), more=True), page(event(), event())], 3),
    "an empty page with a token": lambda: ([page(more=True), page(more=True), page(event())], 1),
    "HTTP/1.0": lambda: ([page(event(), more=True, manner="http10"), page(event(), manner="http10")], 2),
    "chunked": lambda: ([page(event(), more=True, manner="chunked"), page(event(), manner="chunked")], 2),
    "no record inside": lambda: ([page(event(CloudTrailEvent=None), {k: v for k, v in event().items() if k != "CloudTrailEvent"})], 2),
    "a record that is cut off": lambda: ([page(event(CloudTrailEvent='{"eventID": "'))], 1),
    "the same event twice": lambda: ([page(*[event()] * 2)], 1),
    "an event without any name": lambda: ([page({}, event(), {"EventId": None})], 1),
    "no list": lambda: ([{"body": {}, "more": True}, page(event())], 1),
    "throttled, 400": lambda: ([fails(400, "ThrottlingException"), page(event())], 1),
    "throttled, 400, name space": lambda: ([fails(400, "com.amazonaws.cloudtrail.v20131101#ThrottlingException"), page(event())], 1),
    "throttled, 429, nothing said": lambda: ([{"status": 429, "body": b"slow down"}, page(event())], 1),
    "throttled, 429": lambda: ([fails(429, "TooManyRequestsException"), page(event())], 1),
    "throttled, 503": lambda: ([fails(503, "ThrottlingException", headers=[("Retry-After", "0")]), page(event())], 1),
    "throttled, Message": lambda: ([{"status": 400, "body": {"Message": "Rate exceeded"}}, page(event())], 1),
    "throttled, by header": lambda: ([{"status": 400, "body": {}, "headers": [("x-amzn-ErrorType", "ThrottlingException:http://x/")]}, page(event())], 1),
    "failed, 500": lambda: ([{"status": 500, "body": b"<html>oops"}, page(event())], 1),
    "bad gateway": lambda: ([{"status": 502, "body": b""}, page(event())], 1),
    "reset": lambda: ([{"status": None}, page(event())], 1),
    "reset amid pages": lambda: ([page(event(), more=True), {"status": None}, page(event())], 2),
    "token gone": lambda: ([page(event(), more=True), fails(400, "InvalidNextTokenException", "x"), page(event()), page(event())], None),
    "clock": lambda: ([fails(403, "InvalidSignatureException", "Signature expired: 1 is now earlier than 2", headers=late_date),
                       page(event(ago_s=-3500))], None),
}


@pytest.mark.parametrize("manner", MANNERS)
def test_every_manner_of_answer(keycanary, stub, poll, manner):
    script, expected = MANNERS[manner]()
    for step in script:
        step.setdefault("headers", ())
    stub.script = script
    r = poll()
    assert stub.wrong == [] and r.returncode == 0, (stub.wrong, r.stderr)
    assert script == [] and stub.asked >= 2
    if expected is not None:
        assert sightings(keycanary) == expected
    else:
        assert sightings(keycanary) >= 1


REFUSED = {
    "denied": (fails(400, "AccessDeniedException", "User: x is not authorized to perform: cloudtrail:LookupEvents"), "denied"),
    "expired": (fails(400, "ExpiredTokenException", "The security token included in the request is expired"), "credentials"),
    "unknown": (fails(400, "com.amazonaws.x#UnrecognizedClientException", "The security token included in the request is invalid."), "credentials"),
    "invalid": (fails(400, "InvalidTimeRangeException", "x"), "remote"),
    "redirect": ({"status": 302, "body": b"", "headers": [("Location", "http://127.0.0.1:9/")]}, None),
    "no JSON": ({"body": b"<html>log in"}, None),
    "other JSON": ({"body": {"message": "welcome"}}, None),
    "list": ({"body": []}, None),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_cannot_succeed_is_asked_once_and_told(keycanary, stub, poll, kind):
    step, cause = REFUSED[kind]
    # Credentials that have expired are looked for once more.
    stub.script = [step] * (2 if kind == "expired" else 1)
    r = poll(check=1)
    assert stub.script == [] and "could not be read" in r.stderr and stub.wrong == []
    gaps = json.loads(keycanary("status", "--json").stdout)["gaps"]
    assert len(gaps) == 1 and cause in (None, gaps[0]["cause"]), gaps
