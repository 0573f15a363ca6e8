"""How the AWS client speaks: TLS, redirects, time and size limits, proxies, connections, retries."""
import concurrent.futures
import datetime
import http.server
import ipaddress
import json
import select
import socket
import ssl
import threading
import time
import uuid

import pytest

x509 = pytest.importorskip("cryptography.x509")
from cryptography.hazmat.primitives import hashes, serialization  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import ec  # noqa: E402
from cryptography.x509.oid import NameOID  # noqa: E402

WHO = ("<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>"
       "<Arn>arn:aws:iam::592694688519:user/monitor</Arn><UserId>AIDAEXAMPLE</UserId><Account>592694688519</Account>"
       "</GetCallerIdentityResult></GetCallerIdentityResponse>")


# --- certificates ---------------------------------------------------------------------------

def certificate(name, issuer=None, days=(-1, 30), ca=False, hosts=("localhost",)):
    """(certificate, key) as PEM, signed by issuer's pair, or by itself."""
    now = datetime.datetime.utcnow()
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    by = x509.load_pem_x509_certificate(issuer[0]) if issuer else None
    names = [x509.IPAddress(ipaddress.ip_address(h)) if h[0].isdigit() else x509.DNSName(h) for h in hosts]
    made = (x509.CertificateBuilder().subject_name(subject).issuer_name(by.subject if by else subject)
            .public_key(key.public_key()).serial_number(x509.random_serial_number())
            .not_valid_before(now + datetime.timedelta(days=days[0])).not_valid_after(now + datetime.timedelta(days=days[1]))
            .add_extension(x509.BasicConstraints(ca, None), True)
            .add_extension(x509.SubjectAlternativeName(names), False)
            .sign(serialization.load_pem_private_key(issuer[1], None) if issuer else key, hashes.SHA256()))
    return (made.public_bytes(serialization.Encoding.PEM), key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))


@pytest.fixture(scope="module")
def pki(tmp_path_factory):
    """Paths: ca.pem, and for each certificate a file with both halves."""
    folder = tmp_path_factory.mktemp("pki")
    ca, stranger = certificate("test authority", ca=True), certificate("nobody", ca=True)
    for name, pair in {"good": certificate("good", ca), "expired": certificate("expired", ca, (-9, -1)),
                       "elsewhere": certificate("elsewhere", ca, hosts=("sts.example.com",)),
                       "stranger": certificate("stranger", stranger), "self": certificate("self"),
                       "early": certificate("early", ca, (5, 30))}.items():
        (folder / f"{name}.pem").write_bytes(pair[0] + pair[1])
    (folder / "ca.pem").write_bytes(ca[0])
    return folder


# --- a server -------------------------------------------------------------------------------

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        self.server.seen.append((self.path, dict(self.headers.items()), body))
        self.server.answer(self)

    do_GET = do_POST

    def reply(self, status, text="", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, pem=None, answer=lambda h: h.reply(200, WHO)):
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen, self.connections, self.answer, self.tls = [], 0, answer, None
        if pem:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(pem)
        self.port = self.server_address[1]
        self.url = f"http{'s' if pem else ''}://localhost:{self.port}"
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def get_request(self):
        sock, address = super().get_request()
        self.connections += 1
        return sock, address

    def finish_request(self, request, address):
        try:
            if self.tls:
                request = self.tls.wrap_socket(request, server_side=True)
            super().finish_request(request, address)
        except OSError:
            pass

    def __enter__(self):
        return self

    def __exit__(self, *args):
        self.shutdown()
        self.server_close()


def ask(keycanary, url, *checks, conf=None, **env):
    words = ["doctor", *(checks or ["identity"]), "--json"]
    if conf:
        path = keycanary.home / f"{uuid.uuid4()}.conf"
        path.write_text(conf)
        words += ["--config", str(path)]
    r = keycanary(*words, env={**keycanary.env, "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "s" * 40,
                               "AWS_ENDPOINT_URL": url, "AWS_EC2_METADATA_DISABLED": "true", **env})
    return json.loads(r.stdout)["checks"][0]


# --- TLS ------------------------------------------------------------------------------------

def test_a_server_of_the_named_authority_is_trusted(keycanary, pki):
    with Server(pki / "good.pem") as s:
        assert ask(keycanary, s.url, AWS_CA_BUNDLE=str(pki / "ca.pem"))["result"] == "ok"
        row = ask(keycanary, s.url)
        assert row["result"] == "fail" and "certificate" in row["detail"], "the authority is not one of the system's"
        profile = keycanary.home / "config"
        profile.write_text(f"[default]\nca_bundle = {pki / 'ca.pem'}\n")
        assert ask(keycanary, s.url, AWS_CONFIG_FILE=str(profile))["result"] == "ok"


@pytest.mark.parametrize("name", ["expired", "early", "elsewhere", "stranger", "self"])
def test_other_certificates_are_refused_and_not_tried_again(keycanary, pki, name):
    with Server(pki / f"{name}.pem") as s:
        row = ask(keycanary, s.url, AWS_CA_BUNDLE=str(pki / "ca.pem"))
        assert row["result"] == "fail" and row["facts"]["error"] == "network" and "certificate" in row["detail"]
        assert s.connections == 1 and s.seen == []


def test_a_name_is_not_an_address(keycanary, pki):
    with Server(pki / "good.pem") as s:
        assert ask(keycanary, f"https://127.0.0.1:{s.port}", AWS_CA_BUNDLE=str(pki / "ca.pem"))["result"] == "fail"
        assert s.seen == []


# --- answers --------------------------------------------------------------------------------

def test_redirects_are_not_followed(keycanary):
    with Server() as other:
        for status in (301, 302, 307, 308):
            with Server(answer=lambda h: h.reply(status, Location=other.url + "/")) as s:
                row = ask(keycanary, s.url)
                assert row["result"] == "fail" and f"status {status}" in row["detail"] and "redirect" in row["detail"]
                assert len(s.seen) == 1
        assert other.connections == 0


def trickle(h):
    h.send_response(200)
    h.send_header("Content-Length", "100000")
    h.end_headers()
    try:
        while True:
            h.wfile.write(b"<")
            time.sleep(0.1)
    except OSError:
        pass


def endless(h):
    h.send_response(200)
    h.end_headers()
    try:
        while True:
            h.wfile.write(b"x" * 65536)
    except OSError:
        h.close_connection = True


def test_time_and_size_are_limited(keycanary):
    """Silence and drops both end at the limit for the whole exchange; endlessness at the size limit."""
    limit = "watch: { timeout = \"1 s\"; };\n"
    release = threading.Event()

    def silent(h):
        release.wait(20)
        h.close_connection = True
    with Server(answer=silent) as a, Server(answer=trickle) as b, Server(answer=endless) as c, \
            concurrent.futures.ThreadPoolExecutor() as pool:
        rows = [pool.submit(ask, keycanary, s.url, conf=limit if s is not c else None) for s in (a, b, c)]
        silent_row, trickle_row, endless_row = (r.result() for r in rows)
        release.set()
        for row in (silent_row, trickle_row):
            assert row["result"] == "fail" and row["facts"]["error"] == "network" and "timed out" in row["detail"].lower()
        assert len(a.seen) == len(b.seen) == 3, "what may pass is tried three times"
        assert "larger than" in endless_row["detail"] and len(c.seen) == 1, "a size does not change"


@pytest.mark.parametrize("answers, requests, result", [
    ([(503, ""), (200, WHO)], 2, "ok"), ([(500, "<Error><Code>InternalFailure</Code></Error>")] * 9, 3, "fail"),
    ([(400, "<Error><Code>Throttling</Code><Message>Rate exceeded</Message></Error>"), (200, WHO)], 2, "ok"),
    ([(200, "")], 1, "fail"), ([(403, "<Error><Code>AccessDenied</Code></Error>")] * 9, 1, "fail"),
    ([(400, "<Error><Code>ValidationError</Code></Error>")] * 9, 1, "fail"), ([(501, "")] * 9, 1, "fail"),
    ([None, (200, WHO)], 2, "ok")], ids=["503", "500 for ever", "throttled with 400", "an empty answer", "denied", "malformed",
                                          "501", "hung up"])
def test_what_is_tried_again(keycanary, answers, requests, result):
    queue = list(answers)

    def answer(h):
        one = queue.pop(0)
        if one is None:
            h.close_connection = True
            h.connection.shutdown(socket.SHUT_RDWR)
        else:
            h.reply(*one, x_amz_retry_after="1")
    with Server(answer=answer) as s:
        row = ask(keycanary, s.url)
        assert (row["result"], len(s.seen)) == (result, requests), row
        dates = [h["X-Amz-Date"] for _, h, _ in s.seen]
        assert all(h["Authorization"].count("Signature=") == 1 for _, h, _ in s.seen) and dates == sorted(dates)


def test_a_wrong_clock_is_corrected_once(keycanary):
    late = (datetime.datetime.utcnow() + datetime.timedelta(hours=5)).strftime("%a, %d %b %Y %H:%M:%S GMT")

    def answer(h):
        h.date_time_string = lambda timestamp=None: late
        h.reply(403, "<Error><Code>RequestTimeTooSkewed</Code><Message>x</Message></Error>")
    with Server(answer=answer) as s:
        row = ask(keycanary, s.url)
        assert row["facts"]["error"] == "clock" and len(s.seen) == 2
        first, second = (datetime.datetime.strptime(h["X-Amz-Date"], "%Y%m%dT%H%M%SZ") for _, h, _ in s.seen)
        assert datetime.timedelta(hours=4, minutes=59) < second - first < datetime.timedelta(hours=5, minutes=1)


# --- proxies --------------------------------------------------------------------------------

class Proxy(threading.Thread):
    """CONNECT and plain forwarding, one exchange a connection."""

    def __init__(self):
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.lines = []
        self.start()

    def run(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        head = b""
        while b"\r\n\r\n" not in head:
            more = client.recv(65536)
            if not more:
                return
            head += more
        line = head.split(b"\r\n")[0].decode()
        self.lines.append(line)
        method, target, _ = line.split(" ")
        place = target if method == "CONNECT" else target.split("/")[2]
        host, port = place.rsplit(":", 1)
        with client, socket.create_connection((host, int(port))) as server:
            if method == "CONNECT":
                client.sendall(b"HTTP/1.1 200 fine\r\n\r\n")
            else:
                server.sendall(head.replace(target.encode(), b"/" + target.split("/", 3)[3].encode(), 1))
            while True:
                for s in select.select([client, server], [], [])[0]:
                    data = s.recv(65536)
                    if not data:
                        return
                    (server if s is client else client).sendall(data)

    def close(self):
        self.listener.close()


def test_proxies_are_honoured(keycanary, pki):
    proxy = Proxy()
    with Server(pki / "good.pem") as s, Server() as plain:
        ca = {"AWS_CA_BUNDLE": str(pki / "ca.pem")}
        assert ask(keycanary, s.url, https_proxy=proxy.url, **ca)["result"] == "ok"
        assert proxy.lines == [f"CONNECT localhost:{s.port} HTTP/1.1"]
        assert ask(keycanary, s.url, HTTPS_PROXY=proxy.url, NO_PROXY="example.com,localhost", **ca)["result"] == "ok"
        assert len(proxy.lines) == 1, "not for what no_proxy names"
        assert ask(keycanary, plain.url, http_proxy=proxy.url)["result"] == "ok"
        assert proxy.lines[1:] == [f"POST {plain.url}/ HTTP/1.1"]
        assert plain.seen[0][1]["Host"] == f"localhost:{plain.port}" and "SignedHeaders=content-type;host;" in plain.seen[0][1]["Authorization"]
        row = ask(keycanary, s.url, https_proxy="http://127.0.0.1:9", conf="watch: { timeout = \"2 s\"; };\n", **ca)
        assert row["result"] == "fail" and "proxy" in row["remedy"]
    proxy.close()


# --- connections ----------------------------------------------------------------------------

def regions_answer(h):
    h.reply(200, json.dumps({"Regions": [{"RegionName": r, "RegionOptStatus": "ENABLED"} for r in
                                         ("us-east-1", "eu-west-1", "eu-west-2")], "Events": []})
            if "Action=" not in h.server.seen[-1][2] else WHO)


def test_connections_are_used_again(keycanary, pki):
    with Server(pki / "good.pem", answer=regions_answer) as s:
        row = ask(keycanary, s.url, "regions", "rights", AWS_CA_BUNDLE=str(pki / "ca.pem"))
        assert row["check"] == "rights"
        assert len(s.seen) > 20 and s.connections <= 19, "the second batch and single calls open no new ones"


def test_http2_carries_many_exchanges_on_one_connection(keycanary, pki):
    h2 = pytest.importorskip("h2.connection")
    import h2.config
    import h2.events
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pki / "good.pem")
    context.set_alpn_protocols(["h2", "http/1.1"])
    listener = socket.create_server(("127.0.0.1", 0))
    connections, seen = [], []

    def serve(sock):
        sock = context.wrap_socket(sock, server_side=True)
        connections.append(sock.selected_alpn_protocol())
        c = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
        c.initiate_connection()
        sock.sendall(c.data_to_send())
        heads = {}
        while data := sock.recv(65536):
            for e in c.receive_data(data):
                if isinstance(e, h2.events.RequestReceived):
                    heads[e.stream_id] = dict(e.headers)
                elif isinstance(e, h2.events.DataReceived):
                    c.acknowledge_received_data(e.flow_controlled_length, e.stream_id)
                elif isinstance(e, h2.events.StreamEnded):
                    seen.append(heads[e.stream_id])
                    c.send_headers(e.stream_id, [(":status", "200")])
                    c.send_data(e.stream_id, WHO.encode(), end_stream=True)
            sock.sendall(c.data_to_send())

    def accept():
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(sock,), daemon=True).start()
    threading.Thread(target=accept, daemon=True).start()
    row = ask(keycanary, f"https://localhost:{listener.getsockname()[1]}", "rights", AWS_CA_BUNDLE=str(pki / "ca.pem"))
    listener.close()
    assert row["result"] == "ok" and len(seen) == 18, row
    assert set(connections) == {"h2"} and len(connections) == 2, "one for calls that are waited for, one for all others"
    head = {k.decode() if isinstance(k, bytes) else k: v for k, v in seen[-1].items()}
    assert ":authority" in head and "authorization" in head
