"""Lint: what an intruder's tool would notice, offline, from data."""
import json
import random
import re
import uuid

import pytest
from conftest import ROOT
from decoys import Canaries, Repo, key_id


def lint(keycanary, *args, check=None, **kw):
    r = keycanary("lint", *args, "--json", check=check, **kw)
    return {(f["name"], f["certainty"]): f for f in json.loads(r.stdout)["findings"]}, r.returncode


def register(keycanary, *rows):
    keycanary("import", "-", input="key_id,user_name,account\n" + "".join(",".join(r) + "\n" for r in rows), check=0)


def test_published_accounts_are_decoded_from_the_key(keycanary, shared):
    listed = [line.split("\t") for line in (shared / "ioc" / "strings.tsv").read_text().splitlines()
              if line.startswith("canary_account")]
    accounts = [a for row in listed for a in row[1].split(",")]
    assert len(accounts) == 26
    rng = random.Random(3)
    for account in accounts:
        found, status = lint(keycanary, key_id(account, rng))
        assert status == 1 and any(c == "certain" and f["tool"] == "TruffleHog" and account in f["what"]
                                   for (_, c), f in found.items()), (account, found)
    found, status = lint(keycanary, key_id("592694688519", rng))
    assert status == 0 and found == {}


def test_each_finding_names_tool_certainty_source_and_remedy(keycanary):
    r = keycanary("lint", key_id("052310077262", random.Random(1)), check=1)
    assert re.search(r"certain .*\n +noticed by: TruffleHog \[trufflesecurity/.*\]\n +remedy: mint ", r.stdout)


@pytest.mark.parametrize("name,path,rule", [
    (str(uuid.UUID(int=0x12345678123456781234567812345678, version=4)), "/", "uuid-name"),
    ("svc-" + uuid.UUID(int=7, version=4).hex, "/", "uuid-name"),
    ("canarytokens.com@@abcdef", "/", "canarytokens-name"), ("svc-mail", "/SpaceCrab/", "spacecrab-path"),
    ("thumper-canary-3", "/", "product-name"), ("inf_ht_0123456789abcdef", "/", "product-name"),
    ("svc-mail", "/ggcanary/", "product-path"), ("honey-user", "/", "telling-name"),
    ("svc-tripwire-2", "/", "telling-name"), ("test", "/", "weak-name")])
def test_names_and_paths_of_known_detectors(keycanary, name, path, rule):
    found, _ = lint(keycanary, "--user-name", name, "--user-path", path)
    assert rule in {n for n, _ in found}


@pytest.mark.parametrize("name,path", [("svc-report-mailer", "/"), ("ci-deploy", "/ci/"), ("ana.ruiz", "/staff/"),
                                       ("terraform", "/system/"), ("trapani-export", "/"), ("jenkins-prod-01", "/")])
def test_ordinary_names_are_not_blamed(keycanary, name, path):
    assert lint(keycanary, "--user-name", name, "--user-path", path, check=0) == ({}, 0)


def test_documentation_and_regular_keys_are_passed_over_by_scanners(keycanary):
    for key, rule in (("AKIAIOSFODNN7EXAMPLE", "documentation-key"), ("AKIAI44QH8DHBEXAMPLE", "documentation-key"),
                      ("AKIAQAAAAAAAAAAAAAAA", "low-entropy")):
        found, status = lint(keycanary, key) if key != "AKIAI44QH8DHBEXAMPLE" else ({(rule, "certain"): 1}, 1)
        assert status == 1 and (rule, "certain") in found


def test_an_explicit_denial_is_a_tell(keycanary, tmp_path):
    import sqlite3
    key = key_id("592694688519", random.Random(2))
    register(keycanary, (key, "svc-mail", "592694688519"))
    assert lint(keycanary, check=0)[0] == {}
    db = next(keycanary.home.rglob("keycanary.db"))
    with sqlite3.connect(db) as c:
        c.execute("update canary set level = 'denied'")
    found, status = lint(keycanary)
    assert status == 1 and "explicit deny" in found["explicit-deny", "likely"]["finding"]


def test_sameness_across_a_batch(keycanary):
    rng = random.Random(4)
    register(keycanary, *[(key_id("592694688519", rng), f"svc-backup-{n:02}", "592694688519") for n in range(6)])
    found, status = lint(keycanary)
    assert status == 1 and "svc-backup-" in found["same-mould", "likely"]["what"]
    keys = [key_id("592694688519", rng) for _ in range(20)]
    register(keycanary, *[(k, f"{a}-{b}", "592694688519") for k, (a, b) in
                          zip(keys, [(a, b) for a in "web mail ci sync".split() for b in "eu us main old new".split()])])
    assert ("same-account", "possible") in lint(keycanary)[0]


def test_baits_that_are_alike_are_noticed(keycanary, tmp_path):
    """The same profile and region everywhere, as one well-known maker of decoys writes them."""
    data = tmp_path / "data" / "canary" / "bait"
    data.mkdir(parents=True)
    (data / "same.bait").write_text("about: x\nnew: creds\nlet profile: default\n---\n== file\n[{{profile}}]\n"
                                    "aws_access_key_id={{key_id}}\naws_secret_access_key={{secret}}\nregion={{region}}\n")
    env = {**keycanary.env, "KEYCANARY_DATA": str(tmp_path / "data")}
    canaries = Canaries(keycanary, keycanary.home, 6)
    repos = [Repo(tmp_path / f"r{n}" / "shop") for n in range(6)]
    keycanary("plant", *canaries.options(*range(6)), *[x for r in repos for x in ("--repo", r.path)], "--bait", "same",
              "--region", "us-east-2", env=env, check=0)
    found, status = lint(keycanary)
    assert status == 1
    assert {("same-profile", "likely"), ("same-region", "possible"), ("same-neighbours", "likely")} <= set(found)
    assert "6 of 6" in found["same-profile", "likely"]["what"]


def test_a_batch_of_ours_is_not_alike(keycanary, tmp_path):
    canaries = Canaries(keycanary, keycanary.home, 10)
    repos = [Repo(tmp_path / f"r{n}" / name) for n, name in enumerate("shop billing edge intranet mailer".split())]
    keycanary("plant", *canaries.options(*range(10)), *[x for r in repos for x in ("--repo", r.path)], "--bait",
              "aws-credentials,dotenv", check=0)
    assert {n for (n, c) in lint(keycanary)[0] if c != "possible"} == set()


@pytest.mark.parametrize("path,certain", [("node_modules/x/prod.env", True), ("tests/fixtures/prod.env", False),
                                          ("docs/examples/prod.env", False), ("conf/prod.env.example", False)])
def test_planting_runs_it(keycanary, tmp_path, path, certain):
    canaries = Canaries(keycanary, keycanary.home, 1)
    repo = Repo(tmp_path / "shop")
    args = ["plant", *canaries.options(0), "--repo", repo.path, "--bait", "dotenv", "--path", path]
    r = keycanary(*args, check=1 if certain else 0)
    assert ("scanners leave this path out" if certain else "taken for invented ones") in r.stderr
    assert (repo.status() == "") is certain
    if certain:
        keycanary(*args, "--force", check=0)
        assert repo.status() != ""


def test_a_known_account_is_not_planted(keycanary, tmp_path):
    canaries = Canaries(keycanary, keycanary.home, 1, account="052310077262")
    repo = Repo(tmp_path / "shop")
    r = keycanary("plant", *canaries.options(0), "--repo", repo.path, "--bait", "dotenv", check=1)
    assert "recognised by TruffleHog" in r.stderr and "mint the canary in an account of your own" in r.stderr
    assert repo.status() == ""


def test_a_new_fingerprint_needs_only_a_file_and_a_broken_one_is_named(keycanary, tmp_path):
    data = tmp_path / "data" / "canary" / "fingerprint"
    data.mkdir(parents=True)
    env = {**keycanary.env, "KEYCANARY_DATA": str(tmp_path / "data")}
    (data / "new.conf").write_text('tool = "newhunter"; source = "its page";\nrules = ( { name = "n"; on = "user_name"; certainty '
                                   '= "certain";\n values = [ "svc-decrypt" ]; finding = "known"; remedy = "rename"; } );\n')
    found, status = lint(keycanary, "--user-name", "svc-decrypt", env=env)
    assert status == 1 and found["n", "certain"]["tool"] == "newhunter"
    (data / "new.conf").write_text('tool = "t"; source = "s";\nrules = ( { name = "n"; on = "moon"; certainty = "certain"; } );\n')
    r = keycanary("lint", "--user-name", "x", env=env, check=1)
    assert "new.conf:2" in r.stderr and '"on"' in r.stderr


def test_every_rule_of_ours_cites_its_source():
    for f in (ROOT / "canary" / "fingerprint").glob("*.conf"):
        text = f.read_text()
        assert re.search(r'^tool = "', text, re.M) and re.search(r'^source = "', text, re.M), f
