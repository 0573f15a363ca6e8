"""One URL for every service and region; which is meant stands in the scope of the signature."""
import json
import socket
import struct
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from . import control, faults, operation, policy, record, services, signature, wire
from .refused import Refused
from .state import World

operation.load(services)


class Request:
    """What came in."""

    def __init__(self, handler):
        self.method, self.path, self.headers = handler.command, handler.path, handler.headers
        self.body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        self.address = handler.client_address[0]
        self.overwrite = {}     # fields of the record that are told otherwise


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
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def serve(self):
        request = Request(self)
        if request.path.startswith("/_range/"):
            return self.control(request.path[8:], json.loads(request.body or b"{}"))
        rid = str(uuid.uuid4())
        protocol = wire_protocol(request)
        wait = [self.world.options["slow_s"]]
        try:
            with self.world.lock:
                service, name, protocol, answer = self.call(request, wait)
            status, (body, kind, headers) = 200, wire.write(service, name, protocol, answer, rid)
        except Refused as e:
            status, body, kind, headers = wire.write_error(e, protocol, rid)
        except ConnectionResetError:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            return self.connection.close()
        if wait[0]:
            time.sleep(wait[0])
        return self.reply(status, body, kind, [("x-amzn-RequestId", rid), *headers])

    def call(self, request, wait):
        """(service, operation, protocol, answer); every authenticated call is logged, also one that is refused."""
        world = self.world
        key, region, service = signature.authenticate(world, request)
        service, name, params, protocol = wire.parse(service, request)
        query = protocol in ("query", "ec2", "rest-xml")
        world.calls[f"{name} {region}"] += 1
        call = operation.Call(world, key, service, name, region, params, request)
        fault = faults.take(world, service, name, region, key)
        wait[0] += faults.wait_s(fault)
        faults.happen(fault, world.arn(key), policy.action_of(service, name), query)
        if key["kind"] == "session" and service == "iam":
            raise Refused("InvalidClientTokenId", signature.INVALID, 403)
        if name == "LookupEvents":
            faults.limit(world, key["account"], region)
        try:
            policy.authorize(world, key, service, name, query)
            answer = operation.run(call)
        except Refused as e:
            record.log(call, e)
            raise
        record.log(call, None)
        return service, name, protocol, answer

    def control(self, what, p):
        try:
            with self.world.lock:
                status, answer = 200, control.CONTROLS[what](self.world, p) or {}
        except (KeyError, TypeError, ValueError) as e:
            status, answer = 400, {"error": repr(e)}
        self.reply(status, json.dumps(answer).encode(), "application/json")

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = serve


def wire_protocol(request):
    """How an error is told before the operation is known."""
    if "/ec2/" in request.headers.get("Authorization", ""):
        return "ec2"
    if "/s3/" in request.headers.get("Authorization", ""):
        return "rest-xml"
    return "query" if "form-urlencoded" in request.headers.get("Content-Type", "") else "json"


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256


def start(port=0):
    """A running range: (server, url, world)."""
    world = World()
    server = Server(("127.0.0.1", port), type("BoundHandler", (Handler,), {"world": world}))
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    return server, f"http://127.0.0.1:{server.server_address[1]}", world
