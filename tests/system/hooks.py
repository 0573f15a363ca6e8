"""A webhook receiver that can refuse, stall and count; and the words tests of messages share."""
import http.server
import json
import threading
import time

from conftest import KEY, USER


class Hook:
    """Keeps each message with the time it came; answers as `answers` says, then 200."""

    def __init__(self, delay=0.0, port=0):
        self.got, self.answers, self.headers, self.times, self.answered = [], [], [], [], []
        self.delay, self.arrived, self.gate, self.closed = delay, threading.Event(), None, False
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.got.append(json.loads(body))
                outer.headers.append(dict(self.headers.items()))
                outer.times.append(time.time())
                outer.arrived.set()
                if outer.gate is not None:
                    outer.gate.wait(60)
                time.sleep(outer.delay)
                status, headers = outer.answers.pop(0) if outer.answers else (200, {})
                try:
                    self.send_response(status)
                    for k, v in headers.items():
                        self.send_header(k, v)
                    self.send_header("Content-Length", "2")
                    self.end_headers()
                    self.wfile.write(b"ok")
                    outer.answered.append(status)
                except OSError:
                    pass    # whoever asked was killed meanwhile

            def do_GET(self):
                outer.got.append(self.path)
                outer.arrived.set()
                status, _ = outer.answers.pop(0) if outer.answers else (200, {})
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *a):
                pass

        class Server(http.server.ThreadingHTTPServer):
            request_queue_size = 64

            def handle_error(self, *a):
                pass    # whoever asked was killed meanwhile

        self.server = Server(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook"

    def kinds(self):
        return [m["kind"] for m in self.got]

    def text(self, n=-1):
        m = self.got[n]
        return "\n".join([m["title"], m["summary"]] + [x for s in m["sections"] for x in [s["heading"]] + s["lines"]])

    def close(self):
        self.closed = True
        self.server.shutdown()
        self.server.server_close()


def channel(name, hook, kind="webhook", **options):
    body = "".join(f" {k} = {json.dumps(v)};" for k, v in {"url": hook.url, **options}.items())
    return f'{{ name = "{name}"; type = "{kind}";{body} }}'


def configure(tmp_path, *channels, more="", alert='cooldown = "0 s";'):
    path = tmp_path / "keycanary.conf"
    path.write_text(f"alert = {{ {alert} }};\n{more}\nchannels = ( " + ",\n".join(channels) + " );\n")
    return path


def register(keycanary, tmp_path, key=KEY, user=USER, **more):
    path = tmp_path / f"{key}.csv"
    names = ["key_id", "user_name", *more]
    path.write_text(",".join(names) + "\n" + ",".join([key, user, *more.values()]) + "\n")
    keycanary("import", path, check=0)


def until(condition, seconds=60):
    """Waits for something that happens in another process; the limit is only for a broken program."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.01)
