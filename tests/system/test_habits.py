"""What a person expects of a program on a terminal, and a script of one in a pipe."""
import json
import os
import re
import signal
import subprocess

import pytest

from conftest import KEY, PROGRAM, USER, calls
from hooks import configure
from test_watch import field  # noqa: F401

pexpect = pytest.importorskip("pexpect")
ESC = "\x1b"


@pytest.fixture
def known(keycanary, tmp_path):
    """A canary, an incident of it, and a message that waits."""
    conf = configure(tmp_path, f'{{ name = "findings"; type = "file"; path = "{tmp_path}/findings" }}')
    keycanary.env["KEYCANARY_CONFIG"] = str(conf)
    keycanary("import", "-", input=f"key_id,user_name\n{KEY},{USER}\n", check=0)
    log = tmp_path / "log.json"
    log.write_text(json.dumps({"Records": calls("ses:GetSendQuota ses:ListIdentities")}))
    keycanary("scan", log, check=3)
    incident = json.loads(keycanary("incidents", "--json").stdout)["incidents"][0]["id"]
    keycanary("incidents", "ack", incident, check=0)
    return keycanary


def terminal(keycanary, *words, width=200, **env):
    """The program on a terminal of its own: what it showed, and its exit status."""
    child = spawn(keycanary, *words, width=width, **env)
    child.expect(pexpect.EOF)
    child.close()
    return child.before, child.exitstatus


def spawn(keycanary, *words, width=200, **env):
    whole = {**keycanary.env, "TERM": "xterm", "PAGER": "cat", **env}
    return pexpect.spawn(PROGRAM, [str(w) for w in words], env={k: v for k, v in whole.items() if v is not None},
                         dimensions=(50, width), timeout=60, encoding="utf-8")


# --- words ------------------------------------------------------------------------------

@pytest.mark.parametrize("words, answer", [
    ("alert tset", 'did you mean "alert test"?'), ("incidents cloze X", 'did you mean "incidents close"?'),
    ("outbox dorp", 'did you mean "outbox drop"?'), ("config chek", 'did you mean "config check"?'),
    ("incident", 'did you mean "incidents"?'), ("incidnets close", 'did you mean "incidents close"?'),
    ("reprot", 'did you mean "report"?'), ("alert", '"alert" wants one more word: send, test, types'),
    ("alert qqqq", 'behind "alert" come: send, test, types'), ("help alert tset", 'did you mean "alert test"?'),
    ("--json list", "options stand behind the command"), ("xyzzy", '"keycanary help" lists them'),
    ("scan --formt json", "did you mean --format?"), ("scan --format jsno", "did you mean json?"),
    ("incidents --status opne", "did you mean open?"), ("manual keycanary.cnf", "did you mean keycanary.conf?"),
    ("alert types smpt", "did you mean smtp?"), ("drill --scenario permiso-intial", '"permiso-initial"'),
    ("doctor chanels", '"channels"'), ("policy moniter", "monitor")])
def test_wrong_words_are_answered_with_the_right_ones(keycanary, words, answer):
    r = keycanary(*words.split())
    assert r.returncode in (1, 2) and answer in r.stderr and r.stdout == ""
    if not words.startswith(("alert types", "policy")):
        assert r.returncode == 2


def test_every_help_says_the_exit_statuses(keycanary):
    for name in re.findall(r"^  ([a-z]+(?: [a-z]+)?) {2,}\S", keycanary("help", check=0).stdout, re.M):
        assert re.search(r"[Ee]xit status", keycanary(*name.split(), "--help", check=0).stdout), name


def test_where_to_begin_names_what_there_is(keycanary):
    listed = keycanary("help", check=0).stdout
    for command in re.findall(r"^  keycanary ([a-z]+)", keycanary(check=0).stdout, re.M):
        assert re.search(rf"^  {command} ", listed, re.M), command


# --- lists ------------------------------------------------------------------------------

LISTS = ["list", f"show {KEY}", "incidents", "report --all", "status", "outbox", "outbox --all", "audit", "placements",
         "verify", "lint", "doctor configuration state", "drill --figures", "drill --scenarios", "mint --styles",
         "plant --list-baits", "alert types", "alert types smtp", "policy", "config show"]


@pytest.mark.parametrize("words", LISTS)
def test_lists_take_json(known, words):
    doc = json.loads(known(*words.split(), "--json").stdout)
    assert doc["schema"] == 1
    members = [v for k, v in doc.items() if k != "schema"]
    assert any(members) or words in ("placements", "verify", "lint", "drill --figures"), "something is listed"


@pytest.mark.parametrize("words", LISTS + ["help", "config example", "manual", "completion bash", "version"])
def test_a_full_disk_is_a_failure(known, words):
    with open("/dev/full", "w") as full:
        r = subprocess.run([PROGRAM, *words.split(), "--no-pager"], stdout=full, stderr=subprocess.PIPE, text=True,
                           env=known.env, timeout=60)
    if known(*words.split()).stdout != "":
        assert r.returncode == 1 and "standard output cannot be written: No space left" in r.stderr


# --- times, colours, width ----------------------------------------------------------------

def test_times_are_local_on_a_terminal_and_utc_elsewhere(known):
    known.env["TZ"] = "Asia/Tokyo"
    for words in (["incidents"], ["show", KEY], ["report", "--all"]):
        shown, _ = terminal(known, *words)
        piped = known(*words, check=0).stdout
        assert "14:00:" in shown and "05:00:" not in shown, shown
        assert "05:00:" in piped and "14:00:" not in piped, piped
    assert "2025-03-04T05:00:10Z" in known("incidents", check=0).stdout
    assert "2025-03-04T05:00:10Z" in terminal(known, "incidents", "--json")[0]


@pytest.mark.parametrize("words, env, coloured", [
    ([], {}, True), ([], {"NO_COLOR": "1"}, False), ([], {"NO_COLOR": ""}, True), ([], {"TERM": "dumb"}, False),
    (["--color", "never"], {}, False), (["--color", "always"], {"NO_COLOR": "1"}, True)])
def test_colours_as_git_has_them(known, words, env, coloured):
    shown, status = terminal(known, "incidents", *words, **env)
    assert status == 0 and (ESC in shown) == coloured
    piped = known("incidents", *words, env={**known.env, **env}, check=0).stdout
    assert (ESC in piped) == ("always" in words)


def test_tables_fit_the_terminal(keycanary):
    for width in (60, 100):
        shown, _ = terminal(keycanary, "policy", width=width, TERM="dumb")
        assert max(map(len, shown.splitlines())) <= width and "…" in shown
    assert max(map(len, keycanary("policy", check=0).stdout.splitlines())) > 80, "a pipe gets everything"


# --- pager --------------------------------------------------------------------------------

def test_the_pager_is_for_terminals_and_chosen_as_git_does(known):
    paged = "sed s/^/PAGED:/"
    assert "PAGED:INCIDENT" in terminal(known, "incidents", "--color=never", PAGER=paged)[0]
    assert "MINE:INCIDENT" in terminal(known, "incidents", "--color=never", PAGER=paged, KEYCANARY_PAGER="sed s/^/MINE:/")[0]
    for words, env in ((["--no-pager"], {"PAGER": paged}), ([], {"PAGER": paged, "KEYCANARY_PAGER": ""}),
                       ([], {"PAGER": paged, "KEYCANARY_PAGER": "cat"})):
        shown, status = terminal(known, "incidents", *words, **env)
        assert "PAGED" not in shown and "INTENT" in shown and status == 0
    assert "PAGED" not in known("incidents", env={**known.env, "PAGER": paged}, check=0).stdout
    assert "FRX" in terminal(known, "incidents", PAGER='printf %s "$LESS"; cat >/dev/null')[0]
    assert "-i" in terminal(known, "incidents", PAGER='printf %s "$LESS"; cat >/dev/null', LESS="-i")[0]


def test_a_pager_that_is_left_or_missing(known):
    shown, status = terminal(known, "config", "example", PAGER="head -n 1")
    assert status == 0 and len(shown.splitlines()) == 1
    shown, status = terminal(known, "incidents", PAGER="/nonexistent/pager")
    assert status == 1 and "the pager cannot be run" in shown
    shown, status = terminal(known, "incidents", PAGER=None, PATH="/nonexistent")
    assert status == 0 and "INTENT" in shown, "without less it does without"


def test_an_interrupt_is_the_pager_s(known):
    """Who presses it in the pager does not get a shell beside it."""
    child = spawn(known, "incidents", PAGER="trap 'echo caught' INT; cat; echo open; until read -r line < /dev/tty; do :; done; echo bye $line")
    child.expect("open")
    child.sendintr()
    child.expect("caught")
    assert child.isalive()
    child.sendline("now")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0 and child.signalstatus is None


@pytest.mark.parametrize("ignored", [False, True])
def test_nobody_reads_on(known, ignored):
    """`keycanary … | head`: no message, whether the pipe's signal comes or is ignored."""
    read, write = os.pipe()
    os.close(read)
    r = subprocess.run([PROGRAM, "config", "example"], stdout=write, stderr=subprocess.PIPE, text=True, env=known.env,
                       restore_signals=not ignored, timeout=60)
    os.close(write)
    assert r.stderr == "" and r.returncode in (0, -signal.SIGPIPE)


# --- asking -------------------------------------------------------------------------------

DESTRUCTIVE = [["retire", KEY], ["rotate", KEY], ["outbox", "drop", "1"], ["mint", "--undo"]]


@pytest.mark.parametrize("words", DESTRUCTIVE, ids=" ".join)
def test_what_destroys_needs_a_yes(known, words):
    r = known(*words, stdin=subprocess.DEVNULL)
    assert r.returncode == 2 and "--yes" in r.stderr
    for answer in ("n", "", "maybe"):
        child = spawn(known, *words)
        child.expect(r"\[y/N\] ")
        child.sendline(answer)
        child.expect(pexpect.EOF)
        child.close()
        assert child.exitstatus == 1
    assert json.loads(known("list", "--json").stdout)["canaries"][0]["state"] in ("live", "tripped")
    assert len(json.loads(known("outbox", "--json").stdout)["messages"]) == 1


def test_a_yes_is_a_yes(known):
    number = json.loads(known("outbox", "--json").stdout)["messages"][0]["id"]
    child = spawn(known, "outbox", "drop", number)
    child.expect(r"\[y/N\] ")
    child.sendline("yes")
    child.expect("1 message dropped")
    child.expect(pexpect.EOF)
    assert json.loads(known("outbox", "--json").stdout)["messages"] == []


# --- time and interruption ------------------------------------------------------------------

def test_what_lasts_shows_progress_on_a_terminal_only(keycanary, aws_range, field):     # noqa: F811
    _, conf = field
    slow = dict(op="LookupEvents", region="us-east-1", kind="slow", seconds=1.6, times=1)
    aws_range.post("fault", **slow)
    shown, status = terminal(keycanary, "poll", "--config", conf)
    assert status == 0 and re.search(r"\r1 of 2 regions read, \d+ events, 0 sightings\x1b\[K", shown), shown
    assert "\r\x1b[K" in shown and "0 sightings, 0 new incidents" in shown
    aws_range.post("fault", **slow)
    r = keycanary("poll", "--config", conf, check=0)
    assert "regions read," not in r.stderr and "\r" not in r.stdout + r.stderr
    aws_range.post("fault", **slow)
    assert "of 2 regions" not in terminal(keycanary, "poll", "--quiet", "--config", conf)[0]


def test_the_doctor_says_what_it_looks_at(known):
    shown, _ = terminal(known, "doctor", "configuration", "state")
    steps = re.findall(r"\r([^\r\x1b]+)\x1b\[K", shown)
    assert len(steps) > 1 and "\r\x1b[K" in shown
    assert "\x1b[K" not in known("doctor", "configuration", "state").stderr


def test_an_interrupt_leaves_nothing_half_done(keycanary):
    """130, as shells say it; what was read by then is not kept in part."""
    keycanary("import", "-", input=f"key_id,user_name\n{KEY},{USER}\n", check=0)
    scan = subprocess.Popen([PROGRAM, "scan"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            env=keycanary.env)
    lines = "".join(json.dumps(c) + "\n" for c in calls("ses:GetSendQuota " * 400)).encode()
    assert len(lines) > 1 << 18
    scan.stdin.write(lines)     # more than a pipe holds: it reads
    scan.stdin.flush()
    scan.send_signal(signal.SIGINT)
    out, err = scan.communicate(timeout=60)
    assert scan.returncode == -signal.SIGINT and out == b"" and err == b""
    assert json.loads(keycanary("incidents", "--json", check=0).stdout)["incidents"] == []
    assert f"{KEY}" in keycanary("scan", input=lines.decode(), check=3).stdout
