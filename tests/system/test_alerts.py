"""Alerts against real receivers: an HTTP server, an SMTP server with STARTTLS and AUTH, programs, files."""
import datetime
import email
import hashlib
import hmac
import http.server
import ipaddress
import json
import os
import socket
import ssl
import threading

import pytest

from conftest import KEY, USER, calls, record, write_log


class Receiver:
    """An HTTP(S) server that keeps what it gets and answers as told."""

    def __init__(self, context=None):
        outer = self
        self.got, self.answers = [], []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.got.append((self.path, dict(self.headers.items()), body))
                status, headers = outer.answers.pop(0) if outer.answers else (200, {})
                self.send_response(status)
                for k, v in headers.items():
                    self.send_header(k, v)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *a):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if context:
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http{'s' if context else ''}://127.0.0.1:{self.server.server_address[1]}/hook"

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def receiver():
    r = Receiver()
    yield r
    r.close()


def configure(tmp_path, text):
    path = tmp_path / "keycanary.conf"
    path.write_text(f'state = {{ place = "{tmp_path}/state"; }};\n' if False else text)
    return path


def channel(name, kind, **options):
    body = "".join(f' {k} = {json.dumps(v)};' for k, v in options.items())
    return f'{{ name = "{name}"; type = "{kind}";{body} }}'


def channels(*rows):
    return "channels = ( " + ",\n".join(rows) + " );\n"


def secret(tmp_path, name, text):
    p = tmp_path / name
    p.write_text(text)
    p.chmod(0o600)
    return str(p)


def test_the_webhook_is_signed(keycanary, tmp_path, receiver):
    key = secret(tmp_path, "hook.key", "s3cret-of-the-hook\n")
    conf = configure(tmp_path, channels(channel("ops", "webhook", url=receiver.url, secret_file=key, header="X-Team: blue")))
    r = keycanary("alert", "test", "--config", conf, check=0)
    assert "delivered" in r.stdout and "HTTP 200" in r.stdout
    path, headers, body = receiver.got[0]
    stamp, mac = dict(p.split("=", 1) for p in headers["X-Keycanary-Signature"].split(",")).values()
    assert mac == hmac.new(b"s3cret-of-the-hook", stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    assert headers["Idempotency-Key"] and headers["X-Team"] == "blue"
    assert json.loads(body)["kind"] == "test"


@pytest.mark.parametrize("kind,member", [("slack", "text"), ("mattermost", "text"), ("discord", "content"),
                                         ("google-chat", "text"), ("teams", "attachments")])
def test_chats_get_their_form(keycanary, tmp_path, receiver, kind, member):
    conf = configure(tmp_path, channels(channel("chat", kind, url=receiver.url)))
    keycanary("alert", "test", "--config", conf, check=0)
    assert member in json.loads(receiver.got[0][2])


def test_pagers_get_their_form(keycanary, tmp_path, receiver):
    key = secret(tmp_path, "k", "R0UT1NG")
    conf = configure(tmp_path, channels(
        channel("pd", "pagerduty", url=receiver.url, routing_key_file=key),
        channel("og", "opsgenie", url=receiver.url, api_key_file=key)))
    keycanary("alert", "test", "--config", conf, check=0)
    og, pd = sorted((json.loads(g[2]) for g in receiver.got), key=lambda body: "routing_key" in body)
    assert pd["routing_key"] == "R0UT1NG" and pd["event_action"] == "trigger" and pd["dedup_key"]
    assert set(pd["payload"]) >= {"summary", "source", "severity"}
    assert "GenieKey R0UT1NG" in [g[1].get("Authorization") for g in receiver.got] and og["priority"] == "P5"


def test_a_secret_in_the_file_is_refused(keycanary, tmp_path, receiver):
    conf = configure(tmp_path, channels(channel("pd", "pagerduty", url=receiver.url, routing_key="inline")))
    r = keycanary("alert", "test", "--config", conf, check=1)
    assert "routing_key_file" in r.stderr and not receiver.got


def test_a_file_and_a_program(keycanary, tmp_path):
    program = tmp_path / "hook.sh"
    program.write_text(f"#!/bin/sh\ncat > {tmp_path}/said.json\necho $1 > {tmp_path}/arg\n")
    program.chmod(0o755)
    conf = configure(tmp_path, channels(channel("siem", "file", path=str(tmp_path / "out.ndjson")),
                                        channel("own", "exec", program=str(program), argument="$(id)")))
    keycanary("alert", "test", "--config", conf, check=0)
    finding = json.loads((tmp_path / "out.ndjson").read_text())
    assert finding["class_uid"] == 2004 and finding["category_uid"] == 2 and finding["type_uid"] == 200401
    assert {"activity_id", "severity_id", "time", "metadata", "finding_info"} <= set(finding)
    assert {"uid", "title"} <= set(finding["finding_info"]) and finding["metadata"]["version"]
    assert json.loads((tmp_path / "said.json").read_text())["kind"] == "test"
    assert (tmp_path / "arg").read_text() == "$(id)\n"


def test_syslog_by_udp_and_tcp(keycanary, tmp_path):
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("127.0.0.1", 0))
    udp.settimeout(20)
    tcp = socket.create_server(("127.0.0.1", 0))
    tcp.settimeout(20)
    got = []
    thread = threading.Thread(target=lambda: got.append(tcp.accept()[0].recv(65536)))
    thread.start()
    conf = configure(tmp_path, channels(
        channel("u", "syslog", transport="udp", address=f"127.0.0.1:{udp.getsockname()[1]}"),
        channel("t", "syslog", transport="tcp", address=f"127.0.0.1:{tcp.getsockname()[1]}")))
    keycanary("alert", "test", "--config", conf, check=0)
    thread.join(20)
    assert udp.recv(65536).decode().startswith("<110>1 ") and b"\n" not in got[0]
    size, _, rest = got[0].partition(b" ")
    assert int(size) == len(rest)
    tcp.close()
    udp.close()


def authority(tmp_path):
    """A test CA and certificates: good, for another host, expired."""
    pytest.importorskip("cryptography")
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    now = datetime.datetime.utcnow()
    ca_key = ec.generate_private_key(ec.SECP256R1())
    ca_name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test CA")])

    def make(name, key, issuer_key, ends, hosts, ca=False, issuer=ca_name):
        subject = ca_name if ca else x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        b = (x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
             .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=9))
             .not_valid_after(ends).add_extension(x509.BasicConstraints(ca, None), True))
        if hosts:
            b = b.add_extension(x509.SubjectAlternativeName(hosts), False)
        cert = b.sign(issuer_key, hashes.SHA256())
        (tmp_path / f"{name}.pem").write_bytes(
            cert.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))

    later, past = now + datetime.timedelta(days=9), now - datetime.timedelta(days=1)
    here = [x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    make("ca", ca_key, ca_key, later, None, ca=True)
    for name, ends, hosts in (("good", later, here), ("wrong-host", later, [x509.DNSName("other.example")]),
                              ("expired", past, here)):
        make(name, ec.generate_private_key(ec.SECP256R1()), ca_key, ends, hosts)
    own = ec.generate_private_key(ec.SECP256R1())
    make("self-signed", own, own, later, here, issuer=x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "self-signed")]))
    return tmp_path / "ca.pem"


def server_context(tmp_path, name):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / f"{name}.pem")
    return context


@pytest.mark.parametrize("name,good", [("good", True), ("wrong-host", False), ("expired", False), ("self-signed", False)])
def test_https_is_verified(keycanary, tmp_path, name, good):
    ca = authority(tmp_path)
    r = Receiver(server_context(tmp_path, name))
    conf = configure(tmp_path, channels(channel("ops", "webhook", url=r.url, ca_file=str(ca))))
    keycanary("alert", "test", "--config", conf, check=0 if good else 1)
    assert bool(r.got) == good
    r.close()


class Mailbox:
    def __init__(self, tls, password):
        aiosmtpd = pytest.importorskip("aiosmtpd.controller")
        from aiosmtpd.smtp import AuthResult
        self.got, self.password, self.refuse = [], password, None
        outer = self

        class Handler:
            async def handle_DATA(self, server, session, envelope):
                if outer.refuse:
                    return outer.refuse
                outer.got.append((envelope.mail_from, envelope.rcpt_tos, envelope.content, session.ssl is not None))
                return "250 kept"

        def check(server, session, envelope, mechanism, auth):
            return AuthResult(success=auth.password == outer.password.encode(), handled=False)

        self.controller = aiosmtpd.Controller(Handler(), hostname="127.0.0.1", port=free_port(), tls_context=tls,
                                              require_starttls=True, auth_required=True, authenticator=check)
        self.controller.start()
        self.port = self.controller.port


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@pytest.fixture
def mailbox(tmp_path):
    authority(tmp_path)
    m = Mailbox(server_context(tmp_path, "good"), "pa ss")
    yield m
    m.controller.stop()


def mail_channel(tmp_path, mailbox, password="pa ss", **over):
    options = dict(host="127.0.0.1", port=mailbox.port, user="alerts", password_file=secret(tmp_path, "pw", password),
                   ca_file=str(tmp_path / "ca.pem"), to=["a@example.org", "B <b@example.org>"])
    options["from"] = "keycanary <kc@example.org>"
    options.update(over)
    return channel("mail", "smtp", **options)


def test_mail_by_starttls_and_auth(keycanary, tmp_path, mailbox):
    conf = configure(tmp_path, channels(mail_channel(tmp_path, mailbox)))
    keycanary("alert", "test", "--config", conf, check=0)
    sender, to, content, over_tls = mailbox.got[0]
    assert over_tls and sender == "kc@example.org" and to == ["a@example.org", "b@example.org"]
    m = email.message_from_bytes(content)
    assert m["Auto-Submitted"] == "auto-generated" and m["Message-ID"] and m["Date"]
    kinds = [p.get_content_type() for p in m.walk()]
    assert "text/plain" in kinds and "text/html" in kinds


@pytest.mark.parametrize("over,word", [({"password": "wrong"}, "later"), ({"ca_file": "/etc/ssl/certs/ca-certificates.crt"}, "")])
def test_mail_is_refused_when_it_should_be(keycanary, tmp_path, mailbox, over, word):
    conf = configure(tmp_path, channels(mail_channel(tmp_path, mailbox, **over)))
    keycanary("alert", "test", "--config", conf, check=1)
    assert not mailbox.got


def prepare(keycanary, tmp_path):
    keys = tmp_path / "keys.csv"
    keys.write_text(f"key_id,user_name,owner\n{KEY},{USER},platform team\n")
    keycanary("import", keys, check=0)


def told(receiver):
    return [json.loads(g[2]) for g in receiver.got]


def scan_and_send(keycanary, conf, path):
    keycanary("scan", "--config", conf, path)
    keycanary("alert", "send", "--config", conf, check=0)


def test_the_first_sighting_then_what_is_new(keycanary, tmp_path, receiver):
    conf = configure(tmp_path, "alert = { cooldown = \"0 s\"; };\n" + channels(channel("ops", "webhook", url=receiver.url)))
    prepare(keycanary, tmp_path)
    scan_and_send(keycanary, conf, write_log(tmp_path / "1.json", calls("sts:GetCallerIdentity"), compress=False))
    first = told(receiver)
    assert [m["kind"] for m in first] == ["first"]
    assert first[0]["title"].startswith("key-check (") and "confidence" in first[0]["title"]
    text = json.dumps(first[0])
    assert KEY in text and "platform team" in text and "198.51.100.23" in text and "keycanary report" in text
    scan_and_send(keycanary, conf, write_log(tmp_path / "2.json", calls("sts:GetCallerIdentity"), compress=False))
    assert len(told(receiver)) == 1, "nothing new is told again"
    scan_and_send(keycanary, conf, write_log(tmp_path / "3.json", calls("ses:UpdateAccountSendingEnabled"), compress=False))
    assert [m["kind"] for m in told(receiver)] == ["first", "escalation"]
    assert told(receiver)[1]["intent"] == "ses-takeover"
    assert len({m["key"] for m in told(receiver)}) == 2


def test_a_flood_is_one_alert(keycanary, tmp_path, receiver):
    conf = configure(tmp_path, channels(channel("ops", "webhook", url=receiver.url)))
    prepare(keycanary, tmp_path)
    scan_and_send(keycanary, conf, write_log(tmp_path / "a.json.gz", [record() for _ in range(3000)]))
    assert [m["kind"] for m in told(receiver)] == ["first"]


def test_a_channel_that_is_down_for_a_day_loses_nothing(keycanary, tmp_path, receiver):
    conf = configure(tmp_path, channels(channel("ops", "webhook", url=receiver.url)))
    prepare(keycanary, tmp_path)
    receiver.answers = [(503, {})] * 400
    keycanary("scan", "--config", conf, write_log(tmp_path / "1.json", calls("ses:GetSendQuota"), compress=False))
    for hour in range(0, 25):
        keycanary.env["KEYCANARY_CLOCK"] = f"+{hour * 3600}"
        keycanary("alert", "send", "--config", conf, check=1 if hour > 0 else 0)    # nobody can be told
    assert len(receiver.got) >= 20
    receiver.answers = []
    keycanary.env["KEYCANARY_CLOCK"] = f"+{26 * 3600}"
    keycanary("alert", "send", "--config", conf, check=0)
    assert len({g[1]["Idempotency-Key"] for g in receiver.got}) == 1
    keycanary("outbox", check=0)
    assert json.loads(keycanary("outbox", "--json").stdout)["messages"] == []


def test_retry_after_is_honoured(keycanary, tmp_path, receiver):
    conf = configure(tmp_path, channels(channel("ops", "webhook", url=receiver.url)))
    prepare(keycanary, tmp_path)
    receiver.answers = [(429, {"Retry-After": "7200"})]
    scan_and_send(keycanary, conf, write_log(tmp_path / "1.json", calls("ses:GetSendQuota"), compress=False))
    keycanary.env["KEYCANARY_CLOCK"] = "+3600"
    keycanary("alert", "send", "--config", conf, check=1)
    assert len(receiver.got) == 1
    keycanary.env["KEYCANARY_CLOCK"] = "+7300"
    keycanary("alert", "send", "--config", conf, check=0)
    assert len(receiver.got) == 2


def test_a_refusal_is_parked_and_told_elsewhere(keycanary, tmp_path, receiver):
    other = Receiver()
    conf = configure(tmp_path, channels(channel("broken", "webhook", url=receiver.url), channel("ops", "webhook", url=other.url)))
    prepare(keycanary, tmp_path)
    receiver.answers = [(404, {})] * 5
    scan_and_send(keycanary, conf, write_log(tmp_path / "1.json", calls("ses:GetSendQuota"), compress=False))
    keycanary("alert", "send", "--config", conf, check=0)
    rows = json.loads(keycanary("outbox", "--json", check=0).stdout)["messages"]
    assert [(r["channel"], r["state"]) for r in rows] == [("broken", "parked")]
    assert {m["kind"] for m in told(other)} == {"first", "channel"}
    keycanary("outbox", "retry", rows[0]["id"], check=0)
    receiver.answers = []
    keycanary("alert", "send", "--config", conf, check=0)
    assert json.loads(keycanary("outbox", "--json").stdout)["messages"] == []
    other.close()


def test_routes_choose_by_severity_and_intent(keycanary, tmp_path, receiver):
    other = Receiver()
    routes = 'routes = ( { channels = ["pager"]; severity = "critical"; }, { channels = ["chat"]; intent = "ses-*"; } );\n'
    conf = configure(tmp_path, channels(channel("pager", "webhook", url=receiver.url), channel("chat", "webhook", url=other.url)) + routes)
    prepare(keycanary, tmp_path)
    scan_and_send(keycanary, conf, write_log(tmp_path / "1.json", calls("ses:GetSendQuota"), compress=False))
    assert not receiver.got and len(other.got) == 1
    other.close()


HOSTILE = ["\r\nBcc: x@evil.example", "<script>alert(1)</script>", "@everyone <!channel> <@U1>", "[x](https://evil.example)",
           "\x1b[2J\x07", "\u202etxt.exe", "=cmd|'/c calc'!A1", "A" * 20000, "*bold* `code` ~x~", "\x00\x01"]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda t: ascii(t)[:20])
def test_hostile_text_can_do_nothing(keycanary, tmp_path, mailbox, receiver, text):
    rows = [mail_channel(tmp_path, mailbox), channel("slack", "slack", url=receiver.url),
            channel("discord", "discord", url=receiver.url), channel("teams", "teams", url=receiver.url),
            channel("siem", "file", path=str(tmp_path / "out.ndjson"))]
    conf = configure(tmp_path, channels(*rows))
    prepare(keycanary, tmp_path)
    hostile = [record(userAgent=text, sourceIPAddress=text, errorMessage=text, requestParameters={"emailIdentity": text})]
    scan_and_send(keycanary, conf, write_log(tmp_path / "1.json", hostile, compress=False))
    m = email.message_from_bytes(mailbox.got[0][2])
    assert m["Bcc"] is None and mailbox.got[0][1] == ["a@example.org", "b@example.org"]
    html = next(p for p in m.walk() if p.get_content_type() == "text/html").get_payload(decode=True).decode()
    assert "<script" not in html and "\x1b" not in html and "\u202e" not in html
    for _, _, body in receiver.got:
        said = json.dumps(json.loads(body), ensure_ascii=False)
        for bad in ("@everyone", "<!channel>", "<@U1>", "](https", "://evil", "\x1b", "\u202e", "`code`"):
            assert bad not in said, bad
        assert len(said) < 40000
    lines = (tmp_path / "out.ndjson").read_text().splitlines()
    assert len(lines) == 1 and json.loads(lines[0])
