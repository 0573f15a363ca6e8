"""The state in PostgreSQL: the same as in SQLite, and shared by several monitors."""
import datetime
import json
import socket
import subprocess
import urllib.parse

import pytest

from conftest import KEY, PROGRAM, Keycanary, calls, record, write_log

WATCH = ('watch = { regions = [ "us-east-1", "eu-west-1", "ap-south-1", "sa-east-1" ]; requests_per_minute = 1200;'
         ' hot_every = "1 s"; };\n')


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def machine(tmp_path, name, address):
    """A machine of its own, with a state that is elsewhere."""
    home = tmp_path / name
    home.mkdir()
    k = Keycanary(home)
    k.env["KEYCANARY_STATE"] = address
    return k


def odd_records():
    """What PostgreSQL would not take as it is."""
    texts = ["caf\udce9 \udcff\udc80", "\uf7e9 private", "\u0000 nul", "'; DROP TABLE incident; --", "$1 %s \\ \"q\"", "\U0001f4a9"]
    return [record("GetSendQuota", time=f"2025-03-04T05:06:{n:02d}Z", userAgent=t, eventID=f"odd-{n}")
            for n, t in enumerate(texts)]


def test_the_same_as_in_sqlite(tmp_path, postgres):
    _, address = postgres.schema()
    shared, own = machine(tmp_path, "a", address), Keycanary(tmp_path / "b")
    (tmp_path / "b").mkdir()
    write_log(tmp_path / "x.json.gz", [dict(r, eventID=f"e{n}") for n, r in enumerate(
        calls("sts:GetCallerIdentity ses:GetSendQuota ses:ListIdentities ses:GetAccountSendingEnabled"))])
    raw = json.dumps({"Records": odd_records()}, ensure_ascii=False).encode("utf-8", "surrogateescape")
    (tmp_path / "odd.json").write_bytes(raw)
    (tmp_path / "keys.csv").write_text(f"key_id,user_name\n{KEY},svc-report-mailer\n")
    seen = []
    for k in (shared, own):
        k("import", tmp_path / "keys.csv", check=0)
        k("scan", tmp_path / "x.json.gz", tmp_path / "odd.json", check=3)
        k("scan", tmp_path / "x.json.gz", check=3)
        report = json.loads(k("report", "--all", "--json", check=0).stdout)
        listed = json.loads(k("list", "--json", check=0).stdout)
        for c in listed["canaries"]:
            c.pop("created", None)
        status = json.loads(k("status", "--json", check=0).stdout)
        i = report["incidents"][0]["id"]
        k("incidents", "ack", i, "--note", "caf\u00e9", check=0)
        again = json.loads(k("incidents", "--json", check=0).stdout)["incidents"][0]
        seen.append((report, listed, status["canaries"], again["state"], again["note"]))
    assert seen[0] == seen[1]
    assert len(seen[0][0]["incidents"][0]["sightings"]) == 10


def test_the_schema_moves_forward_and_a_newer_one_is_refused(tmp_path, postgres):
    schema, address = postgres.schema()
    k = machine(tmp_path, "a", address)
    k("list", check=0)
    versions = int(postgres.sql("SELECT max(version) FROM keycanary_schema", schema))
    assert versions >= 8
    k("list", check=0)
    postgres.sql(f"INSERT INTO keycanary_schema VALUES ({versions + 1})", schema)
    r = k("list")
    assert r.returncode == 1 and "update keycanary" in r.stderr


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@pytest.fixture
def strict():
    """A server that wants a password, over TCP."""
    import postgres as module
    if not module.installed():
        pytest.skip("PostgreSQL is not installed (package postgresql)")
    server = module.Postgres(port=free_port())
    server.sql("CREATE ROLE monitor LOGIN PASSWORD 'Geh3im/p@ss:wort'; CREATE DATABASE fleet OWNER monitor")
    (server.dir / "data" / "pg_hba.conf").write_text("local all postgres trust\nhost all all 127.0.0.1/32 scram-sha-256\n")
    server.sql("SELECT pg_reload_conf()")
    yield server
    server.close()


def test_the_password_is_a_secret(tmp_path, strict):
    secret = tmp_path / "password"
    secret.write_text("Geh3im/p@ss:wort\n")
    secret.chmod(0o600)
    conf = tmp_path / "k.conf"
    place = f"postgresql://monitor@127.0.0.1:{strict.port}/fleet"
    conf.write_text(f'state = {{ place = "{place}"; password_file = "{secret}"; }};\n')
    (tmp_path / "home").mkdir()
    k = Keycanary(tmp_path / "home")
    assert k("status", "--config", conf, "--verbose", check=0).returncode == 0
    secret.write_text("wrong-one\n")
    r = k("status", "--config", conf)
    assert r.returncode == 1 and "password" in r.stderr and "wrong-one" not in r.stdout + r.stderr
    bad = place.replace("monitor@", "monitor:" + urllib.parse.quote("sEcr3t", safe="") + "@")
    r = k("status", "--state", bad)
    assert r.returncode == 1 and "sEcr3t" not in r.stdout + r.stderr and "monitor@127.0.0.1" in r.stderr
    secret.chmod(0o644)
    r = k("status", "--config", conf)
    assert r.returncode == 1 and "state.password" in r.stderr


def test_a_server_that_is_away_and_comes_back(tmp_path, strict):
    strict.sql("ALTER ROLE monitor PASSWORD 'x'")
    k = machine(tmp_path, "a", f"postgresql://monitor:x@127.0.0.1:{strict.port}/fleet")
    k("list", check=0)
    strict.stop()
    r = k("list")
    assert r.returncode == 1 and "127.0.0.1" in r.stderr
    strict.start()
    k("list", check=0)


def test_wrong_addresses(keycanary):
    r = keycanary("list", "--state", "mysql://x/y")
    assert r.returncode == 2 and "postgresql://" in r.stderr
    r = keycanary("list", "--state", "postgresql:///x?host=/nonexistent")
    assert r.returncode == 1 and "nonexistent" in r.stderr


# --- several monitors ---------------------------------------------------------------------------

def start_watch(k):
    w = subprocess.Popen([PROGRAM, "watch"], env=k.env, stderr=subprocess.PIPE, text=True)
    for line in w.stderr:
        if "watching" in line:
            return w
    raise AssertionError("the watch ended")


def leases(postgres, schema):
    """Region to holder."""
    rows = postgres.sql("SELECT name, holder FROM lease WHERE name NOT LIKE 'monitor/%'", schema).splitlines()
    return dict(row.split("|") for row in rows)


def wait_for(what):
    """Polls for a state of the world; the test's own time limit ends it."""
    import time
    end = time.monotonic() + 60
    while not what():
        assert time.monotonic() < end, "never came true"
        time.sleep(0.1)


def test_two_monitors_share_the_regions_and_one_takes_over(tmp_path, postgres, aws_range):
    schema, address = postgres.schema()
    clock = tmp_path / "clock"
    clock.write_text("0")
    conf = tmp_path / "k.conf"
    conf.write_text(WATCH)
    a, b = machine(tmp_path, "a", address), machine(tmp_path, "b", address)
    for k in (a, b):
        k.env.update(aws_range.env(), KEYCANARY_CONFIG=str(conf), KEYCANARY_CLOCK=f"@{clock}")
    key = aws_range.post("key", user="svc-report-mailer")
    (tmp_path / "keys.csv").write_text(f"key_id,user_name\n{key['key']},svc-report-mailer\n")
    a("import", tmp_path / "keys.csv", check=0)
    first, second = start_watch(a), start_watch(b)
    try:
        wait_for(lambda: sorted(list(leases(postgres, schema).values()).count(h) for h in set(
            leases(postgres, schema).values())) == [2, 3])
        for region in ("us-east-1", "eu-west-1", "ap-south-1", "sa-east-1"):
            aws_range.aws(key, "ses", "get-send-quota", region=region)
        wait_for(lambda: postgres.sql("SELECT count(*) FROM sighting WHERE name = 'GetSendQuota'", schema) == "4")
        assert postgres.sql("SELECT count(*) FROM incident", schema) == "1"
        first.kill()
        first.wait()
        clock.write_text("60")
        wait_for(lambda: len(set(leases(postgres, schema).values())) == 1 and len(leases(postgres, schema)) == 5)
        aws_range.aws(key, "ses", "list-identities", region="eu-west-1")
        aws_range.aws(key, "ses", "list-identities", region="sa-east-1")
        wait_for(lambda: postgres.sql("SELECT count(*) FROM sighting WHERE name = 'ListIdentities'", schema) == "2")
    finally:
        for w in (first, second):
            w.kill()
            w.wait()
            w.stderr.close()
    i = json.loads(b("report", "--all", "--json").stdout)["incidents"][0]
    assert i["intent"] == "ses-footprint" and len(i["regions"]) == 4


def test_machines_that_share_a_state_mint_one_after_the_other(tmp_path, postgres, aws_range):
    """One that is killed is followed at once on its own machine, and elsewhere when its lease ends."""
    _, address = postgres.schema()
    a, b = machine(tmp_path, "a", address), machine(tmp_path, "b", address)
    for k in (a, b):
        k.env.update(aws_range.env())
    run = subprocess.Popen([PROGRAM, "mint", "--count", "50"], env=a.env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert run.stdout.readline()
    r = b("mint", check=1)
    assert "another machine" in r.stderr
    run.kill()
    run.wait(60)
    assert "another machine" in b("mint", "--resume", check=1).stderr
    a("mint", "--undo", "--yes", check=0)
    b("mint", check=0)
    assert len(json.loads(b("list", "--json", check=0).stdout)["canaries"]) >= 1


def test_two_polls_at_once_count_nothing_twice(tmp_path, postgres, aws_range):
    _, address = postgres.schema()
    conf = tmp_path / "k.conf"
    conf.write_text(WATCH)
    machines = [machine(tmp_path, n, address) for n in "ab"]
    key = aws_range.post("key", user="svc-report-mailer")
    (tmp_path / "keys.csv").write_text(f"key_id,user_name\n{key['key']},svc-report-mailer\n")
    for k in machines:
        k.env.update(aws_range.env(), KEYCANARY_CONFIG=str(conf))
    machines[0]("import", tmp_path / "keys.csv", check=0)
    aws_range.post("inject", records=[record("GetSendQuota", key=key["key"], eventID=f"e{n}", awsRegion=r,
                                             time=now()) for n, r in enumerate(["us-east-1", "eu-west-1"] * 20)])
    running = [subprocess.Popen([PROGRAM, "poll"], env=k.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
               for k in machines]
    results = [p.communicate(timeout=60) for p in running]
    assert [p.returncode for p in running] == [0, 0], results
    machines[0]("poll", check=0)
    i = json.loads(machines[1]("report", "--all", "--json").stdout)["incidents"]
    assert len(i) == 1 and i[0]["sightings_total"] == 40 == len({s["event_id"] for s in i[0]["sightings"]})
