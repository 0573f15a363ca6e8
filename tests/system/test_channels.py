"""Each channel against a real peer: its form, its provider's answers, its failures."""
import datetime
import email
import email.policy
import hashlib
import hmac
import json
import os
import re
import socket
import ssl
import subprocess
import threading
import urllib.parse

import pytest

from conftest import ACCOUNT, KEY, PROGRAM, USER, calls, write_log
from peers import (Exim, Mail, Peer, SyslogPeer, authority, channel, channels, configure, secret, server_context,
                   tester)  # noqa: F401  a fixture

KINDS = ["smtp", "webhook", "slack", "mattermost", "discord", "teams", "google-chat", "pagerduty", "opsgenie", "sns",
         "syslog", "file", "exec"]


pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH")


@pytest.fixture
def peer():
    p = Peer()
    yield p
    p.close()


def test_the_document_is_the_documented_one(keycanary, tester, peer):
    tester(channel("w", "webhook", url=peer.url), check=0)
    words = re.findall(r"[a-z_]+", keycanary("alert", "types", "--help", check=0).stdout.split("one JSON object:")[1].split("Examples")[0])
    assert set(peer.json()) <= set(words)


def test_channels_are_tried_at_once_or_alone(tester, keycanary, tmp_path, peer):
    both = threading.Barrier(2, timeout=60)
    waiting = Peer()
    for p in (peer, waiting):   # neither answers before both were asked
        p.before = both.wait
    found, _ = tester(channel("a", "webhook", url=peer.url), channel("b", "webhook", url=waiting.url), check=0)
    assert set(found) == {"a", "b"}
    waiting.close()
    peer.before = lambda: None
    conf = configure(tmp_path, channels(channel("a", "webhook", url=peer.url), channel("gone", "webhook", url=waiting.url)))
    keycanary("alert", "test", "a", "--config", conf, check=0)
    assert 'did you mean "gone"' in keycanary("alert", "test", "gonee", "--config", conf, check=1).stderr


def trip(keycanary, tmp_path, conf, words="ses:GetSendQuota", name="1.json"):
    keys = tmp_path / "keys.csv"
    keys.write_text(f"key_id,user_name,owner\n{KEY},{USER},platform team\n")
    keycanary("import", keys)
    keycanary("scan", "--config", conf, write_log(tmp_path / name, calls(words), compress=False))


def send(keycanary, conf):
    return keycanary("alert", "send", "--config", conf, check=0)


# --- what is documented is what is accepted -----------------------------------------

def test_every_type_is_explained(keycanary):
    text = keycanary("alert", "types", check=0).stdout
    for kind in KINDS:
        assert f"\n{kind}: " in "\n" + text and f'type = "{kind}";' in text
        alone = keycanary("alert", "types", kind, check=0).stdout
        assert alone.startswith(f"{kind}: ") and f'name = "{kind}";' in alone
    assert "did you mean slack" in keycanary("alert", "types", "slak", check=1).stderr


@pytest.mark.parametrize("row,words", [
    (channel("a", "slak", url="https://x.example"), ('"slak"', 'did you mean "slack"')),
    (channel("a", "slack", ulr="https://x.example"), ('"ulr"', 'did you mean "url"')),
    (channel("a", "smtp", host="h", to="a@b.example"), ('needs "from"',)),
    (channel("a", "slack", url="http://chat.example/x"), ("https://",)),
    (channel("a", "opsgenie", api_key="inline"), ("api_key_file", "env:NAME")),
])
def test_mistakes_are_told_before_anything_is_sent(keycanary, tmp_path, row, words):
    r = keycanary("config", "check", "--config", configure(tmp_path, "\n" + channels(row)), check=1)
    assert "keycanary.conf:2: channel \"a\": " in r.stderr
    for word in words:
        assert word in r.stderr


def test_mail_through_ses_is_warned_of(keycanary, tmp_path):
    options = dict(host="email-smtp.eu-west-1.amazonaws.com", user=KEY, password_file=secret(tmp_path, "p", "x"), to="a@b.example")
    options["from"] = "a@b.example"
    conf = configure(tmp_path, channels(channel("m", "smtp", **options)))
    r = keycanary("config", "check", "--config", conf, check=0)
    assert "warning" in r.stderr and "Amazon SES of account 592694688519" in r.stderr
    assert "Amazon SES" in keycanary("doctor", "channels", "--config", conf, check=0).stdout
    for key, account, words in ((KEY, ACCOUNT, "of account 592694688519, where canaries live"), ("AKIAIOSFODNNAEXAMPLE", "111122223333", None)):
        (tmp_path / "c.csv").write_text(f"key_id,account,user_name\n{key},{account},svc\n")
        state = ("--state", tmp_path / account, "--config", conf)
        keycanary("import", tmp_path / "c.csv", *state, check=0)
        said = keycanary("doctor", "channels", *state, check=0).stdout
        assert words in said if words else "Amazon SES" not in said, "an account without canaries is no risk"


# --- mail ---------------------------------------------------------------------------

@pytest.fixture
def ca(tmp_path):
    return authority(tmp_path)


def mail_channel(tmp_path, port, to=("a@example.org", "b@example.org"), name="mail", **over):
    options = {"host": "127.0.0.1", "port": port, "to": list(to), "from": "Schlüssel-Wächter <kc@example.org>",
               "ca_file": str(tmp_path / "ca.pem"), **over}
    return channel(name, "smtp", **{k: v for k, v in options.items() if v is not None})


def login(tmp_path, password="pa ss"):
    return {"user": "alerts", "password_file": secret(tmp_path, "password " + password, password)}


@pytest.mark.parametrize("auth", ["plain", "login", None])
@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_mail_logs_in_over_tls(tester, tmp_path, ca, auth, tls):
    context = server_context(tmp_path, "good")
    m = Mail(password="pa ss", **({"tls": context} if tls == "starttls" else {"whole": context}))
    found, _ = tester(mail_channel(tmp_path, m.port, tls=tls, auth=auth, **login(tmp_path)), check=0)
    assert found["mail"] == ("delivered", "SMTP 250 2.0.0 kept as 4711")
    assert m.got[0][3] and m.logins[0][1] and (auth is None or m.logins[0][0] == auth.upper())
    m.close()


def test_a_wrong_password_may_be_mended(tester, tmp_path, ca):
    m = Mail(tls=server_context(tmp_path, "good"), password="pa ss")
    found, r = tester(mail_channel(tmp_path, m.port, **login(tmp_path, "wr0ng-pa55")), check=1)
    assert found["mail"][0] == "not now" and not m.got and "wr0ng" not in r.stdout + r.stderr
    m.close()


def test_without_starttls_no_mail_leaves(tester, tmp_path, ca):
    m = Mail()
    found, _ = tester(mail_channel(tmp_path, m.port), check=1)
    assert found["mail"][0] == "not now" and not m.got
    found, _ = tester(mail_channel(tmp_path, m.port, tls="none"), check=0)
    assert found["mail"][0] == "delivered" and not m.got[0][3]
    m.close()


@pytest.mark.parametrize("certificate", ["wrong-host", "expired", "self-signed"])
@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_mail_servers_are_verified(tester, tmp_path, ca, certificate, tls):
    context = server_context(tmp_path, certificate)
    m = Mail(password="pa ss", **({"tls": context} if tls == "starttls" else {"whole": context}))
    found, _ = tester(mail_channel(tmp_path, m.port, tls=tls, **login(tmp_path)), check=1)
    assert found["mail"][0] == "not now" and not m.got and not m.logins
    m.close()


def test_one_refused_recipient_does_not_stop_the_others(keycanary, tmp_path, ca, peer):
    m = Mail()
    m.refuse = {"b@example.org": "550 5.1.1 no such user"}
    conf = configure(tmp_path, channels(mail_channel(tmp_path, m.port, tls="none"), channel("ops", "webhook", url=peer.url)))
    trip(keycanary, tmp_path, conf)
    send(keycanary, conf)
    assert [g[1] for g in m.got] == [["a@example.org"]]
    done = json.loads(keycanary("outbox", "--all", "--json", check=0).stdout)["messages"]
    answer = next(r["answer"] for r in done if r["channel"] == "mail" and r["kind"] == "first")
    assert "250" in answer and "b@example.org: 550 5.1.1 no such user" in answer
    notice = [json.loads(g[2]) for g in peer.got if json.loads(g[2])["kind"] == "channel"]
    assert len(notice) == 1 and "does not reach all its recipients" in notice[0]["title"]
    m.close()


@pytest.mark.parametrize("answers,result", [(("550 no", "550 no"), "refused"), (("550 no", "450 later"), "not now"),
                                            (("451 grey", "451 grey"), "not now")])
def test_when_every_recipient_is_refused(tester, tmp_path, ca, answers, result):
    m = Mail()
    m.refuse = dict(zip(("a@example.org", "b@example.org"), answers))
    found, _ = tester(mail_channel(tmp_path, m.port, tls="none"), check=1)
    assert found["mail"][0] == result and answers[0] in found["mail"][1] and not m.got
    m.close()


@pytest.mark.parametrize("answer,result", [("554 5.7.1 spam", "refused"), ("452 4.3.1 full", "not now")])
def test_what_the_server_says_of_the_content(tester, tmp_path, ca, answer, result):
    m = Mail()
    m.refuse_data = [answer]
    found, _ = tester(mail_channel(tmp_path, m.port, tls="none"), check=1)
    assert found["mail"][0] == result and answer in found["mail"][1]
    m.close()


def test_headers_and_threads(keycanary, tmp_path, ca):
    m = Mail()
    conf = configure(tmp_path, 'alert = { cooldown = "0 s"; };\n' + channels(
        mail_channel(tmp_path, m.port, tls="none", to=("Zoë Ops <a@example.org>", "b@example.org"))))
    m.refuse_data = ["451 4.3.0 not now"]
    trip(keycanary, tmp_path, conf, "sts:GetCallerIdentity")
    send(keycanary, conf)
    keycanary.env["KEYCANARY_CLOCK"] = "+3600"
    send(keycanary, conf)
    trip(keycanary, tmp_path, conf, "ses:UpdateAccountSendingEnabled", "2.json")
    send(keycanary, conf)
    mails = [email.message_from_bytes(g[2], policy=email.policy.default) for g in m.got]
    assert len(mails) == 3
    assert mails[0]["Message-ID"] == mails[1]["Message-ID"] != mails[2]["Message-ID"], "one id for every attempt"
    assert mails[0]["References"] == mails[2]["References"] == mails[2]["In-Reply-To"], "one thread an incident"
    for mail in mails:
        assert mail["From"].addresses[0].display_name == "Schlüssel-Wächter" and mail["From"].addresses[0].addr_spec == "kc@example.org"
        assert [a.addr_spec for a in mail["To"].addresses] == ["a@example.org", "b@example.org"]
        assert mail["To"].addresses[0].display_name == "Zoë Ops" and not mail["Subject"].defects
        assert mail["Date"].datetime.tzinfo and mail["Auto-Submitted"] == "auto-generated" and "<alerts.example.org>" in mail["List-Id"]
        assert mail["Message-ID"].endswith("@example.org>") and mail["X-Keycanary-Incident"]
        parts = [p.get_content_type() for p in mail.walk() if not p.is_multipart()]
        assert parts == ["text/plain", "text/html"]
        assert KEY in mail.get_body(("plain",)).get_content() and KEY in mail.get_body(("html",)).get_content()
    assert mails[2]["X-Keycanary-Intent"] == "ses-takeover" and mails[2]["Importance"] == "high"
    for _, _, content, _ in m.got:
        assert max(map(len, content.split(b"\r\n"))) <= 998 and all(b < 128 for b in content)
    m.close()


def test_a_real_mail_server_killed_and_started_again(keycanary, tmp_path, ca):
    exim = Exim(tmp_path)
    try:
        conf = configure(tmp_path, channels(mail_channel(tmp_path, exim.port, to=("a@example.org",), **login(tmp_path))))
        keycanary("alert", "test", "--config", conf, check=0)
        exim.kill()
        trip(keycanary, tmp_path, conf)
        send(keycanary, conf)
        waiting = json.loads(keycanary("outbox", "--json").stdout)["messages"]
        assert [(w["kind"], w["attempts"]) for w in waiting] == [("first", 1)]
        exim.start()
        keycanary.env["KEYCANARY_CLOCK"] = "+3600"
        send(keycanary, conf)
        mails = [email.message_from_bytes(b, policy=email.policy.default) for b in exim.mails(2)]
        assert len(mails) == 2 and {m["X-Keycanary-Kind"] for m in mails} == {"test", "first"}
        alert = next(m for m in mails if m["X-Keycanary-Kind"] == "first")
        assert KEY in alert.get_body(("plain",)).get_content() and "ESMTPSA" in alert["Received"].upper()
        keycanary.env.pop("KEYCANARY_CLOCK")
        conf = configure(tmp_path, channels(mail_channel(tmp_path, exim.port, **login(tmp_path, "no")), mail_channel(
            tmp_path, exim.port, name="gone", to=("nobody@example.org",), **login(tmp_path))))
        r = keycanary("alert", "test", "--config", conf, check=1)
        assert "not now" in r.stdout and "nobody@example.org: 550 no such user here" in r.stdout
    finally:
        exim.close()


# --- the webhook ----------------------------------------------------------------------

def verify(headers, body, key, now=None):
    """What a receiver does: the stamp is fresh, the code is that of stamp and body."""
    parts = dict(p.split("=", 1) for p in headers["X-Keycanary-Signature"].split(","))
    want = hmac.new(key, parts["t"].encode() + b"." + body, hashlib.sha256).hexdigest()
    now = now or datetime.datetime.now().timestamp()
    return hmac.compare_digest(want, parts["v1"]) and abs(now - int(parts["t"])) < 300


def test_the_signature_is_fresh_and_covers_the_body(tester, tmp_path, peer):
    tester(channel("w", "webhook", url=peer.url, secret_file=secret(tmp_path, "k", "s3cret")), check=0)
    _, headers, body = peer.got[0]
    assert verify(headers, body, b"s3cret")
    assert not verify(headers, body, b"other") and not verify(headers, body + b" ", b"s3cret")
    assert not verify(headers, body, b"s3cret", now=datetime.datetime.now().timestamp() + 3600)
    assert json.loads(body)["schema"] == 1


def test_a_template_and_secret_headers(tester, tmp_path, peer):
    template = tmp_path / "body.json"
    template.write_text('{"what": "{{title}}", "all": {{json}}, "sev": "{{severity}}"}')
    headers = secret(tmp_path, "h", "Authorization: Bearer t0ken\nX-Other: 1\n")
    tester(channel("w", "webhook", url=peer.url, template_file=str(template), header_file=headers, header="X-Team: blue"), check=0)
    _, got, body = peer.got[0]
    assert got["Authorization"] == "Bearer t0ken" and got["X-Other"] == "1" and got["X-Team"] == "blue"
    assert json.loads(body)["all"]["kind"] == "test" and json.loads(body)["sev"] == "info"
    tester(channel("w", "webhook", url=peer.url, template="t={{title}}&k={{kind}}", content_type="application/x-www-form-urlencoded"), check=0)
    assert urllib.parse.parse_qs(peer.got[1][2].decode())["k"] == ["test"]
    assert peer.got[1][1]["Content-Type"] == "application/x-www-form-urlencoded"
    tester(channel("w", "webhook", url=peer.url, header="Content-Type: application/cloudevents+json"), check=0)
    assert peer.got[2][1]["Content-Type"] == "application/cloudevents+json"


@pytest.mark.parametrize("template,words", [("{{titel}}", "did you mean {{title}}"), ("{ {{kind}} }", "valid JSON")])
def test_a_wrong_template_sends_nothing(tester, peer, template, words):
    found, _ = tester(channel("w", "webhook", url=peer.url, template=template), check=1)
    assert found["w"][0] == "refused" and words in found["w"][1] and not peer.got


@pytest.mark.parametrize("status,result", [(200, "delivered"), (202, "delivered"), (204, "delivered"), (400, "refused"),
                                           (401, "refused"), (404, "refused"), (410, "refused"), (413, "refused"),
                                           (408, "not now"), (425, "not now"), (429, "not now"), (500, "not now"), (503, "not now")])
def test_statuses(tester, peer, status, result):
    peer.answers = [(status, {}, b"" if status == 204 else b"so it is")]
    found, _ = tester(channel("w", "webhook", url=peer.url), check=0 if result == "delivered" else 1)
    assert found["w"][0] == result and f"HTTP {status}" in found["w"][1]


def test_redirects_are_not_followed(tester, peer):
    other = Peer()
    peer.answers = [(302, {"Location": other.url}, b"")]
    found, _ = tester(channel("w", "webhook", url=peer.url), check=1)
    assert found["w"][0] == "refused" and "not followed" in found["w"][1] and not other.got
    other.close()


def test_answers_are_bounded_and_harmless(tester, peer):
    peer.answers = [(200, {}, b"\x1b[2J\x07\xff\r\nEVIL " + b"A" * 100000)]
    found, r = tester(channel("w", "webhook", url=peer.url), check=0)
    assert "\x1b" not in r.stdout and "\x07" not in r.stdout and "\\x1B[2J" in found["w"][1] and len(r.stdout) < 2000


def test_nobody_there_and_a_broken_answer(tester, peer):
    with socket.create_server(("127.0.0.1", 0)) as s:
        port = s.getsockname()[1]
        thread = threading.Thread(target=lambda: s.accept()[0].close())
        thread.start()
        found, _ = tester(channel("w", "webhook", url=f"http://127.0.0.1:{port}/"), check=1)
        thread.join()
        assert found["w"][0] == "not now"
    found, _ = tester(channel("w", "webhook", url=f"http://127.0.0.1:{port}/"), check=1)
    assert found["w"][0] == "not now"


def test_a_client_certificate(tester, tmp_path, ca):
    context = server_context(tmp_path, "good")
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(ca)
    p = Peer(context)
    found, _ = tester(channel("w", "webhook", url=p.url, ca_file=str(ca)), check=1)
    assert found["w"][0] == "not now" and not p.got
    own = str(tmp_path / "good.pem")
    tester(channel("w", "webhook", url=p.url, ca_file=str(ca), certificate=own, certificate_key=own), check=0)
    assert len(p.got) == 1
    p.close()


# --- providers' answers -----------------------------------------------------------------

@pytest.mark.parametrize("kind,status,body,result", [
    ("slack", 200, b"ok", "delivered"),
    ("slack", 200, b"invalid_payload", "refused"),
    ("slack", 200, b'{"ok":false,"error":"ratelimited"}', "not now"),
    ("slack", 404, b"no_service", "refused"),
    ("slack", 410, b"channel_is_archived", "refused"),
    ("teams", 202, b"", "delivered"),
    ("teams", 200, b"1", "delivered"),
    ("teams", 200, b"Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429 with ContextId x", "not now"),
    ("teams", 200, b"Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 403 with ContextId x", "refused"),
    ("discord", 204, b"", "delivered"),
    ("discord", 429, b'{"message": "You are being rate limited.", "retry_after": 0.65, "global": false}', "not now"),
    ("discord", 400, b'{"embeds": ["0"]}', "refused"),
    ("google-chat", 200, b'{"name": "spaces/x/messages/y"}', "delivered"),
    ("google-chat", 200, b'{"error": {"code": 429, "status": "RESOURCE_EXHAUSTED"}}', "not now"),
    ("google-chat", 200, b'{"error": {"code": 400, "status": "INVALID_ARGUMENT"}}', "refused"),
    ("mattermost", 200, b"ok", "delivered"),
    ("mattermost", 400, b'{"id":"web.incoming_webhook.parse.app_error","status_code":400}', "refused"),
    ("pagerduty", 202, b'{"status":"success","message":"Event processed","dedup_key":"x"}', "delivered"),
    ("pagerduty", 200, b'{"status":"invalid event","errors":["x"]}', "refused"),
    ("pagerduty", 400, b'{"status":"invalid event"}', "refused"),
    ("pagerduty", 429, b"", "not now"),
    ("opsgenie", 202, b'{"result":"Request will be processed","took":0.1,"requestId":"x"}', "delivered"),
    ("opsgenie", 422, b'{"message":"Key format is not valid!"}', "refused"),
])
def test_what_providers_answer(tester, tmp_path, peer, kind, status, body, result):
    peer.answers = [(status, {}, body)]
    key = {"pagerduty": "routing_key_file", "opsgenie": "api_key_file"}.get(kind)
    options = {key: secret(tmp_path, "k", "x" * 32)} if key else {}
    found, _ = tester(channel("c", kind, url=peer.url, **options), check=0 if result == "delivered" else 1)
    assert found["c"][0] == result and f"HTTP {status}" in found["c"][1]


def test_chats_in_the_documented_form(keycanary, tmp_path, peer):
    conf = configure(tmp_path, 'alert = { link = "https://wiki.example/i/"; };\n' + channels(*[
        channel(k, k, url=peer.url + "/" + k + ("?key=1" if k == "google-chat" else ""))
        for k in ("slack", "mattermost", "discord", "teams", "google-chat")]))
    trip(keycanary, tmp_path, conf)
    send(keycanary, conf)
    got = {g[0].split("/")[2].split("?")[0]: json.loads(g[2]) for g in peer.got}
    assert len(got) == 5
    slack = got["slack"]
    assert {b["type"] for b in slack["blocks"]} == {"header", "section"} and slack["blocks"][0]["text"]["type"] == "plain_text"
    assert all(b["text"]["verbatim"] for b in slack["blocks"][1:]) and slack["text"]
    embed = got["discord"]["embeds"][0]
    assert got["discord"]["allowed_mentions"] == {"parse": []} and embed["fields"] and isinstance(embed["color"], int)
    card = got["teams"]["attachments"][0]
    assert got["teams"]["type"] == "message" and card["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert card["content"]["type"] == "AdaptiveCard" and {b["type"] for b in card["content"]["body"]} == {"TextBlock"}
    assert got["google-chat"]["thread"]["threadKey"]
    google = next(g[0] for g in peer.got if "google-chat" in g[0])
    assert urllib.parse.parse_qs(urllib.parse.urlsplit(google).query) == {
        "key": ["1"], "messageReplyOption": ["REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD"]}
    for kind, body in got.items():
        assert KEY in json.dumps(body) and "https://wiki.example/i/" in json.dumps(body), kind
    assert embed["url"].startswith("https://wiki.example/i/") and card["content"]["actions"][0]["type"] == "Action.OpenUrl"


def test_pagers_open_update_and_resolve(keycanary, tmp_path, peer):
    key = secret(tmp_path, "k", "x" * 32)
    conf = configure(tmp_path, 'alert = { cooldown = "0 s"; };\n' + channels(
        channel("pd", "pagerduty", url=peer.url + "/pd", routing_key_file=key),
        channel("og", "opsgenie", url=peer.url + "/og", api_key_file=key)))
    trip(keycanary, tmp_path, conf, "sts:GetCallerIdentity")
    send(keycanary, conf)
    trip(keycanary, tmp_path, conf, "ses:UpdateAccountSendingEnabled", "2.json")
    send(keycanary, conf)
    incident = json.loads(keycanary("incidents", "--json", check=0).stdout)["incidents"][0]["id"]
    keycanary("incidents", "close", incident, "--as", "benign", "--config", conf, check=0)
    send(keycanary, conf)
    pd = [json.loads(g[2]) for g in peer.got if "/pd" in g[0]]
    assert [p["event_action"] for p in pd] == ["trigger", "trigger", "resolve"] and {p["dedup_key"] for p in pd} == {incident}
    assert pd[1]["payload"]["severity"] in ("error", "critical") and pd[1]["payload"]["class"] == "ses-takeover"
    og = [(g[0], json.loads(g[2])) for g in peer.got if "/og" in g[0]]
    assert [p for p, _ in og] == ["/hook/og", "/hook/og", f"/hook/og/{incident}/close?identifierType=alias"]
    assert og[0][1]["alias"] == incident and len(og[0][1]["message"]) <= 130
    assert all(g[1]["Authorization"] == "GenieKey " + "x" * 32 for g in peer.got if "/og" in g[0])


# --- Amazon SNS -------------------------------------------------------------------------

def test_sns_publishes_signed(keycanary, tmp_path, aws_range):
    topic = aws_range.client("sns", region="eu-west-1").create_topic(Name="security")["TopicArn"]
    fifo = aws_range.client("sns", region="eu-west-1").create_topic(Name="security.fifo")["TopicArn"]
    publisher = aws_range.post("key", user="publisher", policy=["sns:Publish"])
    keycanary.env.update(aws_range.env(publisher))
    conf = configure(tmp_path, channels(channel("t", "sns", topic_arn=topic), channel("f", "sns", topic_arn=fifo)))
    r = keycanary("alert", "test", "--config", conf, check=0)
    assert r.stdout.count("MessageId") == 2 and publisher["secret"] not in r.stdout + r.stderr
    trip(keycanary, tmp_path, conf)
    send(keycanary, conf)
    plain = [m for m in aws_range.world.published if m["TopicArn"] == topic and "Publish" not in m]
    assert len(plain) == 2 and all(m["region"] == "eu-west-1" and m["key"] == publisher["key"] for m in plain)
    alert = plain[1]
    assert alert["MessageStructure"] == "json" and len(alert["Subject"]) < 100 and alert["Subject"].isascii()
    message = json.loads(alert["Message"])
    assert KEY in message["default"] and len(message["sms"]) <= 140 and json.loads(message["sqs"])["kind"] == "first"
    attributes = {k: v["StringValue"] for k, v in alert["MessageAttributes"].items()}
    assert attributes["severity"] and attributes["kind"] == "first" and len(attributes) <= 10
    queue = [m for m in aws_range.world.published if m["TopicArn"] == fifo][1]
    assert queue["MessageGroupId"] == attributes["incident"] and queue["MessageDeduplicationId"]


@pytest.mark.parametrize("policy,name,fault,result", [("none", "security", None, "refused"), (["sns:Publish"], "gone", None, "refused"),
                                                     (["sns:Publish"], "security", "throttle", "not now")])
def test_what_sns_refuses(keycanary, tmp_path, aws_range, policy, name, fault, result):
    aws_range.client("sns").create_topic(Name="security")
    key = aws_range.post("key", user="publisher", policy=policy)
    if fault:
        aws_range.post("fault", op="Publish", service="sns", kind=fault, times=20)
    keycanary.env.update(aws_range.env(key))
    conf = configure(tmp_path, channels(channel("t", "sns", topic_arn=f"arn:aws:sns:us-east-1:{aws_range.account}:{name}")))
    assert f" {result} " in keycanary("alert", "test", "--config", conf, check=1).stdout


def test_sns_never_signs_with_a_canary(keycanary, tmp_path, aws_range):
    """Whoever put a canary where the channel finds its credentials would trip his own alarm with each message."""
    aws_range.client("sns").create_topic(Name="security")
    key = aws_range.post("key", user="publisher", policy=["sns:Publish"])
    (tmp_path / "k.csv").write_text(f"key_id,user_name\n{key['key']},publisher\n")
    keycanary("import", tmp_path / "k.csv", check=0)
    keycanary.env.update(aws_range.env(key))
    conf = configure(tmp_path, channels(channel("t", "sns", topic_arn=f"arn:aws:sns:us-east-1:{aws_range.account}:security")))
    r = keycanary("alert", "test", "--config", conf, check=1)
    assert " refused " in r.stdout and f"{key['key']} is a canary" in r.stdout
    trip(keycanary, tmp_path, conf)
    keycanary("alert", "send", "--config", conf, check=1)
    left = json.loads(keycanary("outbox", "--json").stdout)["messages"]
    assert left[0]["state"] == "parked" and "is a canary" in left[0]["last_error"] and aws_range.world.published == []


# --- syslog -----------------------------------------------------------------------------

RFC5424 = re.compile(
    r'<(?P<pri>\d{1,3})>1 (?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z) (?P<host>[!-~]{1,255}) (?P<app>[!-~]{1,48}) '
    r'(?P<proc>[!-~]{1,128}) (?P<id>[!-~]{1,32}) (?P<sd>(\[[!-~]{1,32}( [!-~]{1,32}?="(\\["\\\]]|[^"\\\]])*")*\])+) (?P<msg>[^\x00-\x1f\x7f]*)\Z')


def test_syslog_by_tls_is_verified(tester, tmp_path, ca):
    for name, good in (("good", True), ("wrong-host", False), ("expired", False), ("self-signed", False)):
        p = SyslogPeer(server_context(tmp_path, name))
        found, _ = tester(channel("s", "syslog", transport="tls", address=f"127.0.0.1:{p.port}", ca_file=str(ca)), check=0 if good else 1)
        assert found["s"][0] == ("delivered" if good else "not now")
        if good:
            assert RFC5424.match(p.wait())["id"] == "test"
        else:
            assert not p.got
        p.close()


def test_syslog_survives_a_restart_of_its_receiver(keycanary, tmp_path):
    p = SyslogPeer()
    conf = configure(tmp_path, channels(channel("s", "syslog", transport="tcp", address=f"127.0.0.1:{p.port}")))
    keycanary("alert", "test", "--config", conf, check=0)
    p.close()
    trip(keycanary, tmp_path, conf)
    send(keycanary, conf)
    again = SyslogPeer(port=p.port)
    keycanary.env["KEYCANARY_CLOCK"] = "+3600"
    send(keycanary, conf)
    m = RFC5424.match(again.wait())
    assert m["id"] == "first" and f'key_id="{KEY}"' in m["sd"] and 'severity="' in m["sd"] and int(m["pri"]) // 8 == 13
    again.close()


def test_a_receiver_that_breaks_off_is_told_from_one_that_reads(tester):
    with socket.create_server(("127.0.0.1", 0)) as s:
        def slam():
            import struct
            c, _ = s.accept()
            c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            c.close()
        thread = threading.Thread(target=slam)
        thread.start()
        found, _ = tester(channel("s", "syslog", transport="tcp", address=f"127.0.0.1:{s.getsockname()[1]}"), check=1)
        thread.join()
    assert found["s"][0] == "not now"


def test_syslog_by_local_socket_and_udp(tester, tmp_path):
    path = tmp_path / "log.sock"
    local = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    local.bind(str(path))
    udp = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    try:
        udp.bind(("::1", 0))
        address = f"[::1]:{udp.getsockname()[1]}"
    except OSError:
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{udp.getsockname()[1]}"
    found, _ = tester(channel("l", "syslog", address=str(path)), channel("u", "syslog", transport="udp", address=address), check=0)
    for s in (local, udp):
        s.settimeout(60)
        assert RFC5424.match(s.recv(65536).decode())
        s.close()
    assert "does not confirm" in found["u"][1]
    found, _ = tester(channel("l", "syslog", address=str(tmp_path / "nobody")), check=1)
    assert found["l"][0] == "not now"


# --- files and programs -------------------------------------------------------------------

def test_a_file_is_appended_to_and_may_be_rotated(tester, tmp_path):
    path = tmp_path / "out.ndjson"
    rows = [channel(f"f{n}", "file", path=str(path)) for n in range(4)]
    tester(*rows, check=0)
    assert path.stat().st_mode & 0o777 == 0o600
    assert [json.loads(line)["class_uid"] for line in path.read_text().splitlines()] == [2004] * 4
    path.rename(tmp_path / "out.1")
    tester(channel("f", "file", path=str(path)), channel("j", "file", path=str(tmp_path / "own"), format="json"), check=0)
    assert len(path.read_text().splitlines()) == 1 and len((tmp_path / "out.1").read_text().splitlines()) == 4
    assert json.loads((tmp_path / "own").read_text())["schema"] == 1


def test_lines_of_several_writers_stay_whole(keycanary, tmp_path):
    conf = configure(tmp_path, channels(*[channel(f"f{n}", "file", path=str(tmp_path / "out")) for n in range(20)]))
    runs = [subprocess.Popen([PROGRAM, "alert", "test", "--config", str(conf)], env=keycanary.env, stdout=subprocess.DEVNULL) for _ in range(4)]
    assert [r.wait(120) for r in runs] == [0] * 4
    lines = (tmp_path / "out").read_text().splitlines()
    assert len(lines) == 80 and all(json.loads(line)["category_uid"] == 2 for line in lines)


def test_a_full_disk_and_a_missing_directory(tester, tmp_path):
    found, _ = tester(channel("full", "file", path="/dev/full"), channel("gone", "file", path=str(tmp_path / "no" / "x")), check=1)
    assert found["full"] == ("not now", "/dev/full: No space left on device") and found["gone"][0] == "not now"


def program(tmp_path, text, name="hook"):
    p = tmp_path / name
    p.write_text("#!/bin/sh\n" + text)
    p.chmod(0o755)
    return str(p)


def test_a_program_sees_json_and_little_else(keycanary, tester, tmp_path):
    keycanary.env.update(AWS_SECRET_ACCESS_KEY="s3cret-of-ours", SOME_TOKEN="t0ken")
    found, _ = tester(channel("x", "exec", program=program(tmp_path, f'cat > {tmp_path}/in; env > {tmp_path}/env; echo "$# $1 $2"; echo done >&2\n'),
                              argument=["$(id)", "two words"]), check=0)
    assert found["x"][0] == "delivered" and "2 $(id) two words" in found["x"][1]
    assert json.loads((tmp_path / "in").read_text())["kind"] == "test"
    names = {line.split("=")[0] for line in (tmp_path / "env").read_text().splitlines()}
    assert names - {"PWD", "_", "SHLVL", "OLDPWD"} == {"PATH", "HOME", "LANG", "KEYCANARY_KEY"}


@pytest.mark.parametrize("status,result", [(0, "delivered"), (1, "not now"), (75, "not now"), (65, "refused"), (78, "refused"), (126, "refused")])
def test_what_a_program_ends_with(tester, tmp_path, status, result):
    found, _ = tester(channel("x", "exec", program=program(tmp_path, f"printf 'because\\033[1m'; exit {status}\n")), check=0 if status == 0 else 1)
    assert found["x"][0] == result and f"status {status}: because\\x1B[1m" in found["x"][1]


def test_a_program_that_is_not_there_or_never_ends(tester, tmp_path):
    pid = tmp_path / "pid"
    found, _ = tester(channel("gone", "exec", program=str(tmp_path / "nothing")),
                      channel("slow", "exec", program=program(tmp_path, f"sleep 1000 & echo $! > {pid}; wait\n"), limit_s=1), check=1)
    assert found["gone"][0] == "refused" and found["slow"][0] == "not now" and "1 s" in found["slow"][1]
    child = int(pid.read_text())
    assert not os.path.exists(f"/proc/{child}") or "Z" in open(f"/proc/{child}/stat").read().split()[2]
