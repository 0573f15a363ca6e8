"""Reports: every format, the page in a real browser, intruders' text in each."""
import html.parser
import json
import re
import shutil
import subprocess
import uuid

import pytest

from conftest import KEY, record, calls, write_log

CHROMIUM = shutil.which("chromium")
HOSTILE = [
    "<script>document.title='owned'</script>", "\"><img src=x onerror=alert(1)>", "</style><script>alert(1)</script>",
    "</title></pre></details><iframe src=http://127.0.0.1:1>", "javascript:alert(1)", "a\u202egnp.exe", "\x1b[31mred\x07",
    "[link](http://127.0.0.1) ![i](http://127.0.0.1/x.png)", "@everyone <!channel>", "|cell|", "# heading", "`code`",
    "'] OR [ipv4-addr:value = '1.1.1.1", "\u2028line",
]


def hostile_records():
    out = calls("sts:GetCallerIdentity ses:GetSendQuota ses:ListIdentities")
    for n, text in enumerate(HOSTILE):
        out.append(record(["GetAccount", "GetAccountSendingEnabled"][n % 2], time=f"2025-03-04T05:10:{n:02d}Z",
                          userAgent=text, sourceIPAddress=text, errorMessage=text, errorCode=text, awsRegion=text))
    out.append(record("GetSendStatistics", sourceIPAddress="2001:db8::7", awsRegion="eu-west-1"))
    return out


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    """A state with one incident of an honest intruder and one of a hostile one; (program, ids)."""
    from conftest import Keycanary
    home = tmp_path_factory.mktemp("report")
    k = Keycanary(home)
    (home / "keys.csv").write_text(f"key_id,user_name\n{KEY},svc-report-mailer\nAKIAYT723HMDSLN7M5JA,ci\n")
    k("import", home / "keys.csv", check=0)
    second = [dict(r, eventID=str(uuid.uuid4()), userIdentity=dict(r["userIdentity"], accessKeyId="AKIAYT723HMDSLN7M5JA",
                                                                   userName="ci", principalId="AIDAX", arn="x"))
              for r in hostile_records()]
    write_log(home / "a.json.gz", calls("sts:GetCallerIdentity ses:GetSendQuota ses:ListIdentities ses:GetAccount"))
    write_log(home / "b.json.gz", second)
    k("scan", home / "a.json.gz", home / "b.json.gz", check=3)
    ids = {i["canary"]["key_id"]: i["id"] for i in json.loads(k("incidents", "--json").stdout)["incidents"]}
    return k, ids[KEY], ids["AKIAYT723HMDSLN7M5JA"]


class Page(html.parser.HTMLParser):
    """What a page holds: tags, attributes, text, ids."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.headings, self.ids, self.text = [], [], [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        self.ids += [v for a, v in attrs if a == "id"]
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))

    def handle_data(self, data):
        self.text += data


def page_of(k, incident):
    return Page(k("report", incident, "--format", "html", check=0).stdout)


def test_the_page_tells_what_is_asked_of_it(known):
    k, honest, _ = known
    page = page_of(k, honest)
    for id in ("verdict", "why", "now", "footprint", "flow", "time", "who", "where", "next", "blind", "events"):
        assert id in page.ids, id
    assert len(page.ids) == len(set(page.ids))
    assert page.headings[0] == 1 and page.headings.count(1) == 1
    assert all(b - a <= 1 for a, b in zip(page.headings, page.headings[1:])), "no level of heading is skipped"
    assert "confidence" in page.text and "ses:GetSendQuota" in page.text and "their step" in page.text
    assert sum("box lit" == v for a, v in page.attributes if a == "class") == 3, "three questions, all asked"
    assert ("lang", "en") in page.attributes and ("name", "viewport") in page.attributes


def test_it_loads_and_runs_nothing(known):
    k, honest, hostile = known
    for incident in (honest, hostile):
        page = page_of(k, incident)
        assert not {"script", "iframe", "img", "object", "link", "form"} & set(page.tags)
        assert not [a for a, v in page.attributes if a.startswith("on") or a in ("style", "src")]
        assert all(v.startswith("#") for a, v in page.attributes if a == "href")
        policy = next(v for a, v in page.attributes if a == "content" and "default-src" in v)
        assert policy.startswith("default-src 'none'; style-src 'sha256-") and "unsafe" not in policy


def test_hostile_text_stays_text(known):
    k, _, hostile = known
    page = page_of(k, hostile)
    assert "<script>document.title='owned'</script>" in page.text
    assert "\u202e" not in page.text and "\x1b" not in page.text and "\\u{202E}" in page.text


def luminance(color):
    parts = [int(color[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def test_contrast_is_enough_in_light_and_dark(known):
    """WCAG 2.1 section 1.4.3: 4.5 to 1 for text."""
    k, honest, _ = known
    text = k("report", honest, "--format", "html").stdout
    schemes = re.findall(r":root\{(?:color-scheme:light dark;)?(--bg[^}]*)\}", text)
    assert len(schemes) == 3
    for scheme in schemes[:2]:
        v = {n: c if len(c) == 7 else "#" + "".join(2 * x for x in c[1:])
             for n, c in re.findall(r"--(\w+):(#\w+)", scheme)}
        for front, back in [("fg", "bg"), ("dim", "bg"), ("fg", "card"), ("dim", "card"), ("bad", "bg"),
                            ("warn", "bg"), ("good", "bg"), ("litfg", "lit")]:
            a, b = sorted((luminance(v[front]), luminance(v[back])), reverse=True)
            assert (a + 0.05) / (b + 0.05) >= 4.5, (front, back)


def chromium(*words, profile):
    r = subprocess.run([CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                        "--disable-background-networking", "--disable-component-update", "--disable-sync",
                        "--enable-logging=stderr", f"--user-data-dir={profile}", *map(str, words)],
                       capture_output=True, text=True, timeout=120)
    assert "CONSOLE" not in r.stderr, r.stderr
    return r.stdout


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed (package chromium)")
def test_a_real_browser_shows_it(known, tmp_path):
    k, _, hostile = known
    file = tmp_path / "r.html"
    k("report", hostile, "-f", "html", "-o", file, check=0)
    assert file.stat().st_mode & 0o777 == 0o600
    dom = chromium("--dump-dom", file.as_uri(), profile=tmp_path / "p")
    assert "<title>owned" not in dom and "<script" not in dom and "<iframe" not in dom
    for width in (390, 820, 1400):
        picture = tmp_path / f"{width}.png"
        chromium(f"--window-size={width},900", f"--screenshot={picture}", file.as_uri(), profile=tmp_path / "p")
        assert picture.stat().st_size > 10000
    pdf = tmp_path / "r.pdf"
    chromium(f"--print-to-pdf={pdf}", file.as_uri(), profile=tmp_path / "p")
    text = subprocess.run(["pdftotext", pdf, "-"], capture_output=True, text=True).stdout
    assert "What to do now" in text and "The SES footprint" in text


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed (package chromium)")
def test_a_phone_needs_no_sideways_scrolling(known, tmp_path):
    """The page is put into a frame as wide as a phone; a script outside of it measures."""
    k, _, hostile = known
    k("report", "--all", "-f", "html", "-o", tmp_path / "pages", check=0)
    for name in (f"{hostile}.html", "index.html"):
        text = (tmp_path / "pages" / name).read_text()
        frame = tmp_path / f"frame-{name}"
        frame.write_text(f"<!doctype html><iframe id=f width=360 height=800 srcdoc=\"{text.replace('&', '&amp;').replace(chr(34), '&quot;')}\"></iframe>"
                         "<script>f.onload=()=>{let d=f.contentDocument.documentElement;"
                         "document.title='wide '+(d.scrollWidth-d.clientWidth)}</script>")
        dom = chromium("--dump-dom", frame.as_uri(), profile=tmp_path / "p")
        assert "<title>wide 0</title>" in dom, dom[:300]


# --- other formats ---------------------------------------------------------------------------

OCSF_REQUIRED = {"activity_id": int, "category_uid": int, "class_uid": int, "type_uid": int, "severity_id": int,
                 "time": int, "metadata": dict, "finding_info": dict}


def test_ocsf_has_what_the_schema_requires(known):
    k, honest, hostile = known
    lines = k("report", "--all", "-f", "ocsf", check=0).stdout.splitlines()
    assert len(lines) == 2
    for line in lines:
        f = json.loads(line)
        for name, kind in OCSF_REQUIRED.items():
            assert type(f[name]) is kind, name
        assert f["class_uid"] == 2004 and f["category_uid"] == 2 and f["type_uid"] == 200400 + f["activity_id"]
        assert f["severity_id"] in range(7) and f["confidence_id"] in range(4) and f["status_id"] in (1, 2, 3, 4)
        assert isinstance(f["metadata"]["version"], str) and isinstance(f["metadata"]["product"]["vendor_name"], str)
        assert f["finding_info"]["uid"] in (honest, hostile) and f["finding_info"]["title"]
        assert all(re.fullmatch(r"T\d{4}(\.\d{3})?", a["technique"]["uid"]) for a in f["finding_info"]["attacks"])
        assert f["evidences"] and all(e["api"]["operation"] for e in f["evidences"])
        assert f["cloud"]["provider"] == "AWS" and f["time"] > 1_700_000_000_000


STIX_REQUIRED = {
    "identity": {"name"}, "indicator": {"pattern", "pattern_type", "valid_from"}, "attack-pattern": {"name"},
    "incident": {"name"}, "relationship": {"relationship_type", "source_ref", "target_ref"},
    "observed-data": {"first_observed", "last_observed", "number_observed", "object_refs"},
    "report": {"name", "published", "object_refs"}, "ipv4-addr": {"value"}, "ipv6-addr": {"value"}, "user-account": set(),
}
OBSERVABLES = {"ipv4-addr", "ipv6-addr", "user-account"}


def test_stix_has_what_the_specification_requires(known):
    k, honest, _ = known
    bundle = json.loads(k("report", "--all", "-f", "stix", check=0).stdout)
    assert bundle["type"] == "bundle" and re.fullmatch(r"bundle--[0-9a-f-]{36}", bundle["id"])
    objects = {o["id"]: o for o in bundle["objects"]}
    assert len(objects) == len(bundle["objects"]), "each id once"
    assert {"incident", "indicator", "ipv4-addr", "ipv6-addr", "observed-data", "report"} <= {o["type"] for o in objects.values()}
    for o in objects.values():
        kind = o["type"]
        assert o["spec_version"] == "2.1" and o["id"].startswith(kind + "--")
        assert uuid.UUID(o["id"].split("--")[1]).version == 5
        assert STIX_REQUIRED[kind] <= set(o), (kind, set(o))
        if kind not in OBSERVABLES:
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", o["created"]) and o["modified"] >= o["created"]
        for ref in o.get("object_refs", []) + [o[r] for r in ("source_ref", "target_ref", "created_by_ref") if r in o]:
            assert ref in objects, ref
    for o in objects.values():
        if o["type"] in ("ipv4-addr", "ipv6-addr"):
            # Section 2.9: UUIDv5 over the canonical JSON of the contributing properties.
            name = json.dumps({"value": o["value"]}, separators=(",", ":"))
            assert o["id"].split("--")[1] == str(uuid.uuid5(uuid.UUID("00abedb4-aa42-466c-9c01-fed23315a9b7"), name))
        if o["type"] == "indicator":
            assert re.fullmatch(r"\[ipv[46]-addr:value = '[0-9a-f.:]+'\]", o["pattern"])
    assert {o["value"] for o in objects.values() if o["type"].startswith("ipv")} == {"198.51.100.23", "2001:db8::7"}
    again = json.loads(k("report", honest, "-f", "stix").stdout)
    ids = {o["id"] for o in again["objects"]}
    assert ids <= set(objects), "the same incident has the same names"


def test_markdown_holds_no_markup_of_an_intruder(known):
    k, _, hostile = known
    text = k("report", hostile, "--format", "markdown", check=0).stdout
    for bad in ("<script", "<img", "](http", "@everyone", "`code`", "\u202e", "\x1b"):
        assert bad not in text, bad
    assert "### What to do now" in text and "| Time | Stage |" in text
    rows = [line for line in text.splitlines() if line.startswith("| 2025")]
    assert len(rows) >= 10 and all(line.count("|") == 7 for line in rows)


def test_text_and_json_of_all(known):
    k, honest, hostile = known
    assert k("report", "--all", check=0).stdout.count("Do now") == 2
    both = json.loads(k("report", "--all", "--json", check=0).stdout)
    assert both["schema"] == 1 and {i["id"] for i in both["incidents"]} == {honest, hostile}
    assert len(json.loads(k("report", "--all", "--since", "1h", "--json", check=0).stdout)["incidents"]) == 0


def test_the_index_lists_incidents_and_canaries(known, tmp_path):
    k, honest, hostile = known
    k("report", "--all", "-f", "html", "-o", tmp_path / "pages", check=0)
    page = Page((tmp_path / "pages" / "index.html").read_text())
    links = [v for a, v in page.attributes if a == "href" and not v.startswith("#")]
    assert sorted(links) == sorted([f"{honest}.html", f"{hostile}.html"])
    assert all((tmp_path / "pages" / link).is_file() for link in links)
    assert page.text.count(KEY) == 2 and "Incidents a week" in page.text


@pytest.mark.parametrize("words, says", [
    (["report"], "which incident"), (["report", "x", "--all"], "exclude"), (["report", "x", "--since", "1d"], "--all"),
    (["report", "--all", "-f", "html"], "--output"), (["report", "--format", "htlm", "x"], "html")])
def test_wrong_words(keycanary, words, says):
    r = keycanary(*words)
    assert r.returncode == 2 and says in r.stderr, r.stderr


def test_a_report_that_cannot_be_written_says_so(known, tmp_path):
    k, honest, _ = known
    r = k("report", honest, "-o", tmp_path / "no" / "such" / "dir" / "r.txt")
    assert r.returncode == 1 and "no/such/dir" in r.stderr
    r = k("report", "nothing")
    assert r.returncode == 1 and "keycanary incidents" in r.stderr
