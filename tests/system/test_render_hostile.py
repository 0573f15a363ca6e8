"""Every hostile text of tests/corpus/hostile.txt through the whole program, out of every channel and report."""
import email
import email.policy
import html.parser
import itertools
import json
import re
import sys
import unicodedata
import urllib.parse
import xml.etree.ElementTree

import pytest

from conftest import ROOT, USER, Keycanary, RangeHandle, record
from peers import Mail, Peer, SyslogPeer, channel, channels, configure, secret
from test_channels import RFC5424

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def corpus():
    out = {}
    for line in (ROOT / "tests/corpus/hostile.txt").read_text().splitlines():
        if line.startswith("#"):
            continue
        name, text, times = (line.split("\t") + ["", ""])[:3]
        raw = re.sub(rb"\\x([0-9A-F]{2})|\\\\", lambda m: bytes.fromhex(m[1].decode()) if m[1] else b"\\", text.encode())
        out[name] = (raw * int(times or 1)).decode("utf-8", "surrogateescape")
    out["nul"] = "a\0b"
    return out


HOSTILE = corpus()
KEYS = dict(zip((f"AKIAYT723HMDSAE2{a}{b}{c}V" for a, b, c in itertools.product(ALPHABET[:5], ALPHABET[:4], ALPHABET[:4])), HOSTILE))
CHATS = ["slack", "mattermost", "discord", "teams", "google-chat"]
TEMPLATES = {"application/json": '{"t": "{{title}}", "x": "{{text}}", "ip": "{{source_ip}}", "tool": "{{tool}}"}',
             "application/xml": '<a t="{{title}}"><x>{{text}}</x><ip>{{source_ip}}</ip></a>',
             "application/x-www-form-urlencoded": "t={{title}}&x={{text}}&ip={{source_ip}}"}


class Outcome:
    """All that came out, by channel: a list of (key id, what)."""


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    pytest.importorskip("botocore")
    tmp = tmp_path_factory.mktemp("hostile")
    (tmp / "home").mkdir()
    keycanary = Keycanary(tmp / "home")
    sys.path.insert(0, str(ROOT / "tests" / "range"))
    aws = RangeHandle(__import__("range"))
    topic = aws.client("sns").create_topic(Name="security")["TopicArn"]
    keycanary.env.update(aws.env(aws.post("key", user="publisher", policy=["sns:Publish"])))
    hook, mail, log = Peer(), Mail(), SyslogPeer()
    key = secret(tmp, "k", "x" * 32)
    program = tmp / "own"
    program.write_text(f'#!/bin/sh\ncat > "{tmp}/said-$KEYCANARY_KEY"\n')
    program.chmod(0o755)
    rows = [channel(k, k, url=f"{hook.url}/{k}/") for k in CHATS + ["webhook"]]
    rows += [channel(t.split("/")[1], "webhook", url=f"{hook.url}/{t}/", template=TEMPLATES[t], content_type=t) for t in TEMPLATES]
    rows += [channel("pagerduty", "pagerduty", url=f"{hook.url}/pagerduty/", routing_key_file=key),
             channel("opsgenie", "opsgenie", url=f"{hook.url}/opsgenie/", api_key_file=key),
             channel("sns", "sns", topic_arn=topic), channel("exec", "exec", program=str(program)),
             channel("file", "file", path=str(tmp / "out.ndjson")),
             channel("syslog", "syslog", transport="tcp", address=f"127.0.0.1:{log.port}"),
             channel("mail", "smtp", **{"host": "127.0.0.1", "port": mail.port, "tls": "none", "from": "kc@example.org", "to": "a@example.org"})]
    conf = configure(tmp, channels(*rows))
    (tmp / "keys.csv").write_text("key_id,user_name\n" + "".join(f"{k},{USER}-{n}\n" for n, k in enumerate(KEYS)))
    keycanary("import", tmp / "keys.csv", check=0)
    events = [record(key=k, userAgent=HOSTILE[n], sourceIPAddress=HOSTILE[n], errorMessage=HOSTILE[n],
                     requestParameters={"emailIdentity": HOSTILE[n]}) for k, n in KEYS.items()]
    (tmp / "log.json").write_bytes(json.dumps({"Records": events}, ensure_ascii=False).encode("utf-8", "surrogateescape"))
    keycanary("scan", "--config", conf, tmp / "log.json")
    keycanary("alert", "send", "--config", conf, check=0)
    o = Outcome()
    o.keycanary, o.conf, o.tmp, o.rows = keycanary, conf, tmp, len(rows)
    o.posts = {}
    for path, headers, body in hook.got:
        o.posts.setdefault(path.split("?")[0].removeprefix("/hook/").rstrip("/"), []).append(body)
    o.mails, o.lines, o.published = [g[2] for g in mail.got], list(log.got), list(aws.world.published)
    for p in (hook, mail, log):
        p.close()
    aws.server.shutdown()
    aws.server.server_close()
    return o


def hidden(text, keep="\n"):
    """Characters that cannot be seen, or that move what is around them."""
    return {hex(ord(c)) for c in text if c not in keep and (unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp", "Co", "Cs") or
                                                           0xFE00 <= ord(c) <= 0xFE0F)}


def strings(value, name=""):
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, dict):
        for k, v in value.items():
            yield from strings(v, k)
    elif isinstance(value, list):
        for v in value:
            yield from strings(v, name)


def test_everything_was_delivered_once(outcome):
    waiting = json.loads(outcome.keycanary("outbox", "--json", check=0).stdout)["messages"]
    assert [(w["channel"], w["last_error"]) for w in waiting if w["kind"] != "digest"] == []
    assert len(KEYS) == len(HOSTILE) > 55
    for name, bodies in outcome.posts.items():
        assert len(bodies) == len(KEYS), name
    assert len(outcome.mails) == len(outcome.lines) == len(outcome.published) == len(KEYS) and len(outcome.posts) == 11


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.attributes, self.text = set(), set(), []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {(tag, name) for name, _ in attrs}

    def handle_data(self, data):
        self.text.append(data)


def test_mail(outcome):
    names = set()
    for raw in outcome.mails:
        mail = email.message_from_bytes(raw, policy=email.policy.default)
        names.add(tuple(sorted(mail.keys())))
        assert not mail.defects and mail["To"] == "a@example.org" and not hidden(mail["Subject"], "")
        assert max(map(len, raw.split(b"\r\n"))) <= 998
        text, page = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
        assert not hidden(text) and not hidden(page)
        p = Page()
        p.feed(page)
        assert p.tags <= {"html", "head", "meta", "title", "body", "h2", "h3", "p", "ul", "li"}
        assert {a for _, a in p.attributes} <= {"style", "charset"}
    assert len(names) <= 2, "the same headers whatever the text is"   # Importance comes with severity
    assert not any("bcc" in n.lower() for n in sum(names, ()))


@pytest.mark.parametrize("kind", CHATS)
def test_chats(outcome, kind):
    for raw in outcome.posts[kind]:
        body = json.loads(raw)
        assert len(raw) <= {"teams": 28 * 1024, "discord": 30000}.get(kind, 150000)
        for name, text in strings(body):
            if name in ("$schema", "contentType"):
                continue
            assert not hidden(text) and not re.search(r"[@<>\[\]`~|#!]|://|\bwww\.", text, re.I), (name, text)
            assert kind == "slack" and not re.search(r"&(?!(amp|lt|gt);)", text) or "&" not in text
            assert kind != "google-chat" or "evil.example" not in text


def test_pagers(outcome):
    for raw in outcome.posts["pagerduty"]:
        body = json.loads(raw)
        assert body["event_action"] == "trigger" and 1 <= len(body["payload"]["summary"]) <= 1024 and len(raw) < 512 * 1024
        assert set(body) == {"routing_key", "event_action", "dedup_key", "client", "payload"}
        assert not any(hidden(t) for _, t in strings(body))
    for raw in outcome.posts["opsgenie"]:
        body = json.loads(raw)
        assert 1 <= len(body["message"]) <= 130 and len(body["description"]) <= 15000 and len(body["alias"]) <= 512
        assert not any(hidden(t) for _, t in strings(body))


def test_machines(outcome):
    shape = None
    for raw in outcome.posts["webhook"]:
        body = json.loads(raw)
        assert shape in (None, set(body)) and body["key_id"] in KEYS
        shape = set(body)
    lines = (outcome.tmp / "out.ndjson").read_bytes().splitlines()
    assert len(lines) == len(KEYS)
    for line in lines:
        finding = json.loads(line)
        assert finding["class_uid"] == 2004 and finding["type_uid"] == 200401 and finding["resources"][0]["uid"] in KEYS
    said = list(outcome.tmp.glob("said-*"))
    assert len(said) == len(KEYS) and {json.loads(p.read_bytes())["key_id"] for p in said} == set(KEYS)
    for message in outcome.published:
        assert message["Subject"].isascii() and len(message["Subject"]) < 100 and not hidden(message["Subject"], "")
        assert len(message["Message"].encode()) <= 262144
        inner = json.loads(message["Message"])
        assert not hidden(inner["default"]) and len(inner["sms"]) <= 140


def test_syslog(outcome):
    for line in outcome.lines:
        m = RFC5424.match(line.decode())
        assert m and len(line) <= 8192 and not hidden(m["msg"], "") and m["sd"].count("[keycanary@32473") == 1
        names = re.findall(r' ([a-z_]+)="(?:\\["\\\]]|[^"\\\]])*"', m["sd"])
        assert len(names) == len(set(names)) and set(names) <= {"severity", "intent", "confidence", "incident", "key_id", "account",
                                                              "drill", "key", "source_ip", "tool"}


def test_templates(outcome):
    for raw in outcome.posts["application/json"]:
        assert set(json.loads(raw)) == {"t", "x", "ip", "tool"}
    for raw in outcome.posts["application/xml"]:
        root = xml.etree.ElementTree.fromstring(raw)
        assert [e.tag for e in root.iter()] == ["a", "x", "ip"] and set(root.attrib) == {"t"}
    for raw in outcome.posts["application/x-www-form-urlencoded"]:
        assert set(urllib.parse.parse_qs(raw.decode(), keep_blank_values=True)) == {"t", "x", "ip"}


def test_the_terminal(outcome):
    for words in (("incidents",), ("report", "--all"), ("report", "--all", "-f", "markdown"), ("outbox", "--all"), ("list",)):
        out = outcome.keycanary(*words, "--no-pager", check=0, text=False).stdout.decode()
        assert not hidden(out, "\n"), words
    r = outcome.keycanary("scan", outcome.tmp / "log.json", text=False)
    assert not hidden(r.stdout.decode(), "\n") and not hidden(r.stderr.decode(), "\n")


def test_reports(outcome):
    directory = outcome.tmp / "reports"
    outcome.keycanary("report", "--all", "-f", "html", "-o", directory, check=0)
    pages = [p for p in directory.rglob("*") if p.suffix == ".html"]
    assert len(pages) >= len(KEYS)
    tags, attributes = set(), set()
    for path in pages:
        p = Page()
        p.feed(path.read_text())
        tags |= p.tags
        attributes |= p.attributes
        assert not hidden("".join(p.text), "\n\t"), path
    assert not tags & {"script", "img", "iframe", "object", "embed", "link", "base", "form", "x", "b"}, tags
    assert not any(name.startswith("on") for _, name in attributes)
    for form in ("json", "ocsf", "stix"):
        text = outcome.keycanary("report", "--all", "-f", form, check=0).stdout
        assert not hidden(text), form
        assert all(json.loads(part) for part in (text.splitlines() if form == "ocsf" else [text]))


def test_nothing_was_run(outcome):
    """A shell in between would have made files, a template in a value would have been filled in."""
    assert {p.name.split("-")[0] for p in outcome.tmp.iterdir()} <= {"home", "k", "own", "keycanary.conf", "keys.csv", "log.json",
                                                                   "out.ndjson", "said", "reports"}
    body = next(json.loads(b) for b in outcome.posts["application/json"] if "{{json}}" in b.decode())
    assert "{{json}} {{title}} {{nothing}} }}" in body["tool"] + body["ip"]
