"""Country, network and Tor exit of an address, from databases on this machine."""
import json

import pytest

import mmdb
from conftest import KEY, USER, record, write_log
from peers import Peer, channel, channels, configure

FROM = ["198.51.100.23", "2001:db8::7", "203.0.113.9", "192.0.2.1", "cloudformation.amazonaws.com"]


@pytest.fixture
def databases(tmp_path):
    mmdb.write(tmp_path / "country.mmdb", "GeoLite2-Country", {
        "198.51.100.0/24": {"country": {"iso_code": "NL"}}, "2001:db8::/32": {"registered_country": {"iso_code": "SE"}}})
    mmdb.write(tmp_path / "asn.mmdb", "GeoLite2-ASN", {
        "198.51.100.0/24": {"autonomous_system_number": mmdb.u32(64500), "autonomous_system_organization": "Example <b>Hosting</b>"},
        "203.0.113.0/25": {"autonomous_system_number": mmdb.u32(64501)}})
    (tmp_path / "tor").write_text("# exits\n192.0.2.1\nExitAddress 198.51.100.23 2025-03-04 05:06:07\n2001:DB8:0:0::0008\nnonsense\n")
    return f'geo_country = "{tmp_path}/country.mmdb"; geo_network = "{tmp_path}/asn.mmdb"; geo_tor = "{tmp_path}/tor";'


def test_an_alert_and_every_report_say_where_an_address_is(keycanary, tmp_path, databases):
    hook = Peer()
    conf = configure(tmp_path, f"alert = {{ {databases} }};\n" + channels(channel("w", "webhook", url=hook.url)))
    keycanary("config", "check", "--config", conf, check=0)
    keys = tmp_path / "keys.csv"
    keys.write_text(f"key_id,user_name\n{KEY},{USER}\n")
    keycanary("import", keys, check=0)
    log = write_log(tmp_path / "1.json", [record(sourceIPAddress=a) for a in FROM], compress=False)
    scanned = json.loads(keycanary("scan", "--json", "--config", conf, log).stdout)
    known = {a["address"]: (a["country"], a["network"], a["tor_exit"]) for a in scanned["incidents"][0]["addresses"]}
    assert known == {"198.51.100.23": ("NL", "AS64500 Example <b>Hosting</b>", True), "2001:db8::7": ("SE", None, False),
                     "203.0.113.9": (None, "AS64501", False), "192.0.2.1": (None, None, True)}
    keycanary("alert", "send", "--config", conf, check=0)
    said = "\n".join(line for s in hook.json()["sections"] for line in s["lines"])
    line = next(x for x in said.splitlines() if "198.51.100.23" in x and "NL" in x)
    assert "AS64500" in line and "Tor exit" in line
    incident = scanned["incidents"][0]["id"]
    for form in ("text", "json", "html"):
        out = keycanary("report", incident, "--format", form, "--config", conf, check=0).stdout
        assert "AS64501" in out and "SE" in out and (form != "html" or "<b>Hosting" not in out), form
    hook.close()


@pytest.mark.parametrize("damage", [b"", b"not a database", None])
def test_a_broken_database_never_holds_an_alert_up(keycanary, tmp_path, databases, damage):
    path = tmp_path / "country.mmdb"
    if damage is None:
        path.unlink()
    else:
        path.write_bytes(damage)
    hook = Peer()
    conf = configure(tmp_path, f"alert = {{ {databases} }};\n" + channels(channel("w", "webhook", url=hook.url)))
    r = keycanary("config", "check", "--config", conf, check=1)
    assert "country.mmdb" in r.stderr
    keys = tmp_path / "keys.csv"
    keys.write_text(f"key_id,user_name\n{KEY},{USER}\n")
    keycanary("import", keys, check=0)
    r = keycanary("scan", "--config", conf, write_log(tmp_path / "1.json", [record()], compress=False))
    assert "country.mmdb" in r.stderr
    keycanary("alert", "send", "--config", conf, check=0)
    assert hook.json()["kind"] == "first" and "AS64500" in json.dumps(hook.json()), "the other databases still speak"
    hook.close()
