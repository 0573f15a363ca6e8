"""Real peers on the loopback: HTTP(S) with any answer, two mail servers, syslog receivers, a certificate authority."""
import http.server
import json
import os
import pathlib
import pwd
import shutil
import socket
import socketserver
import ssl
import subprocess
import tempfile
import threading

import pytest

from test_alerts import authority, channels, configure, free_port, secret, server_context

__all__ = ["Exim", "Mail", "Peer", "SyslogPeer", "authority", "channel", "channels", "configure", "free_port", "secret",
           "server_context", "tester"]


def channel(name, kind, **options):
    body = "".join(f" {k} = {json.dumps(v, ensure_ascii=False)};" for k, v in options.items())
    return f'{{ name = "{name}"; type = "{kind}";{body} }}'


class Peer:
    """Keeps each request; answers with `answers` in turn, (status, headers, body), then 200 ok."""

    def __init__(self, context=None):
        self.got, self.answers, self.before = [], [], lambda: None
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.got.append((self.path, dict(self.headers.items()), body))
                outer.before()
                status, headers, answer = outer.answers.pop(0) if outer.answers else (200, {}, b"ok")
                self.send_response(status)
                for k, v in headers.items():
                    self.send_header(k, v)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *a):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        if context:
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http{'s' if context else ''}://127.0.0.1:{self.server.server_address[1]}/hook"

    def json(self, n=-1):
        return json.loads(self.got[n][2])

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Mail:
    """aiosmtpd, an independent server; refuses the recipients and contents it is told to."""

    def __init__(self, tls=None, whole=None, password=None, starttls=True, port=None):
        controller = pytest.importorskip("aiosmtpd.controller")
        from aiosmtpd.smtp import AuthResult
        self.got, self.refuse, self.refuse_data, self.logins = [], {}, [], []
        outer = self

        class Handler:
            async def handle_RCPT(self, server, session, envelope, address, options):
                if address in outer.refuse:
                    return outer.refuse[address]
                envelope.rcpt_tos.append(address)
                return "250 2.1.5 fine"

            async def handle_DATA(self, server, session, envelope):
                outer.got.append((envelope.mail_from, envelope.rcpt_tos, envelope.content, session.ssl is not None or whole is not None))
                return outer.refuse_data.pop(0) if outer.refuse_data else "250 2.0.0 kept as 4711"

        def check(server, session, envelope, mechanism, auth):
            good = auth.password == password.encode()
            outer.logins.append((mechanism, good))
            return AuthResult(success=good, handled=False)

        options = dict(require_starttls=starttls, tls_context=tls) if tls else {}
        if password:
            options.update(auth_required=True, authenticator=check, auth_require_tls=whole is None)
        if whole:
            options["ssl_context"] = whole
        self.controller = controller.Controller(Handler(), hostname="127.0.0.1", port=port or free_port(), **options)
        self.controller.start()
        self.port = self.controller.port

    def close(self):
        self.controller.stop()


EXIM = """
primary_hostname = mx.example.org
spool_directory = {home}/spool
log_file_path = {home}/%slog
pid_file_path = {home}/pid
exim_user = {user}
exim_group = {group}
never_users = root
keep_environment =
add_environment = PATH=/usr/bin:/bin
tls_advertise_hosts = *
tls_certificate = {home}/good.pem
tls_privatekey = {home}/good.pem
acl_smtp_rcpt = recipients
acl_smtp_data = accept
begin acl
recipients:
  deny message = log in first
       !authenticated = *
  deny message = no such user here
       local_parts = nobody
  accept
begin routers
all:
  driver = accept
  transport = box
begin transports
box:
  driver = appendfile
  directory = {home}/box
  maildir_format
  user = {user}
  group = {group}
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_advertise_condition = ${{if def:tls_in_cipher}}
  server_condition = ${{if and{{{{eq{{$auth2}}{{alerts}}}}{{eq{{$auth3}}{{pa ss}}}}}}}}
  server_set_id = $auth2
"""


class Exim:
    """A real mail server as a private daemon: STARTTLS, AUTH PLAIN, delivery into a maildir."""

    def __init__(self, certificates):
        self.program = shutil.which("exim4", path="/usr/sbin:/usr/bin")
        if self.program is None or os.getuid() != 0:
            pytest.skip("exim4 is not here, or needs root")
        try:
            user = pwd.getpwnam("Debian-exim")
        except KeyError:
            pytest.skip("no user Debian-exim")
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="keycanary-exim-"))
        self.home.chmod(0o755)
        shutil.copy(certificates / "good.pem", self.home / "good.pem")
        (self.home / "conf").write_text(EXIM.format(home=self.home, user=user.pw_uid, group=user.pw_gid))
        for name in (".", "good.pem", "box", "spool"):
            if name in ("box", "spool"):
                (self.home / name).mkdir()
            os.chown(self.home / name, user.pw_uid, user.pw_gid)
        self.port, self.process = free_port(), None
        self.start()

    def start(self):
        self.process = subprocess.Popen([self.program, "-C", str(self.home / "conf"), "-bdf", "-q15m", "-oX", f"127.0.0.1.{self.port}"],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        for _ in range(20000):
            if self.process.poll() is not None:
                pytest.fail(self.process.stderr.read().decode())
            try:
                with socket.create_connection(("127.0.0.1", self.port), 20) as s:
                    if s.recv(4).startswith(b"220"):
                        return
            except OSError:
                pass
        pytest.fail("exim4 does not answer")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def mails(self, at_least):
        """Delivery is a process of its own: looked for until it is there."""
        import time
        end = time.monotonic() + 60
        while time.monotonic() < end:
            found = sorted((self.home / "box" / "new").glob("*")) if (self.home / "box" / "new").is_dir() else []
            if len(found) >= at_least:
                return [p.read_bytes() for p in found]
            time.sleep(0.02)
        raise AssertionError((self.home / "mainlog").read_text())

    def close(self):
        self.kill()
        shutil.rmtree(self.home, ignore_errors=True)


class SyslogPeer:
    """Octet-counted frames over TCP or TLS, read as RFC 6587 says."""

    def __init__(self, context=None, port=0):
        self.got, self.arrived = [], threading.Event()
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                while True:
                    size = b""
                    while not size.endswith(b" "):
                        byte = self.rfile.read(1)
                        if not byte:
                            return
                        size += byte
                    outer.got.append(self.rfile.read(int(size)))
                    outer.arrived.set()

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True

            def get_request(self):
                s, where = super().get_request()
                return (context.wrap_socket(s, server_side=True) if context else s), where

            def handle_error(self, request, client_address):
                pass

        self.server = Server(("127.0.0.1", port), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def wait(self):
        assert self.arrived.wait(60)
        self.arrived.clear()
        return self.got[-1].decode()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def tester(keycanary, tmp_path):
    """Runs `alert test` with channels; gives each channel's row: name → (result, answer), and what was printed."""

    def run(*rows, check=None, extra=""):
        conf = configure(tmp_path, extra + channels(*rows))
        r = keycanary("alert", "test", "--config", conf, check=check)
        found = {}
        for line in r.stdout.splitlines()[1:]:
            for result in ("delivered", "not now", "refused"):
                words = line.split(f" {result} ", 1)
                if len(words) == 2:
                    found[words[0].split()[0]] = (result, words[1].strip())
                    break
        return found, r
    return run
