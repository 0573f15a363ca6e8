"""Planting: into what is there, through git, and nothing half done."""
import base64
import hashlib
import hmac
import json
import os
import resource
import signal
import stat
import subprocess

import pytest
from conftest import PROGRAM, calls, record, write_log
from decoys import Canaries, Repo

ENV = "PORT=3000\nREDIS_URL=redis://cache:6379/0\n"


@pytest.fixture
def planting(keycanary, tmp_path):
    (keycanary.home / ".gitconfig").write_text("[user]\n\tname = Ana Ruiz\n\temail = ana@shopwerk.io\n")
    canaries = Canaries(keycanary, keycanary.home)

    def plant(*args, keys=(0,), check=0, **kw):
        r = keycanary("plant", *canaries.options(*keys), *args, "--json", **kw)
        assert check is None or r.returncode == check, (r.returncode, r.stdout, r.stderr)
        return (json.loads(r.stdout)["plantings"] if r.stdout.strip() else []), r

    plant.canaries = canaries
    plant.keycanary = keycanary
    plant.ledger = lambda: json.loads(keycanary("placements", "--json", check=0).stdout)["placements"]
    plant.verify = lambda *a: (lambda r: (json.loads(r.stdout), r))(keycanary("verify", "--json", *a))
    return plant


def test_a_bait_goes_into_a_file_that_exists_and_the_ledger_knows(planting, tmp_path):
    repo = Repo(tmp_path / "shop", {".env.production": ENV, "docs/CODEOWNERS": "*.env* @shop/platform\n"})
    key, secret = planting.canaries.keys[0], planting.canaries.secrets[planting.canaries.keys[0]]
    (p,), r = planting("--repo", repo.path, "--bait", "dotenv")
    text = repo.read(".env.production")
    assert text.startswith(ENV) and key in text and secret in text
    (row,) = planting.ledger()
    assert (row["key_id"], row["repo"], row["path"], row["bait"], row["owner"], row["state"]) == (
        key, str(repo.path), ".env.production", "dotenv", "@shop/platform", "planted")
    lines = text.split("\n")[row["line_from"] - 1:row["line_to"]]
    assert hashlib.sha256("\n".join(lines).encode()).hexdigest() == row["sha256"] == p["sha256"]
    assert key in "\n".join(lines) and row["commit"] is None
    assert secret not in r.stdout + r.stderr and secret not in json.dumps(planting.ledger())
    database = b"".join(f.read_bytes() for f in planting.keycanary.home.rglob("keycanary.db*"))
    assert secret.encode() not in database


def test_dry_run_shows_the_change_and_changes_nothing(planting, tmp_path):
    repo = Repo(tmp_path / "shop", {".env.production": ENV})
    r = planting.keycanary("plant", *planting.canaries.options(0), "--repo", repo.path, "--bait", "dotenv", "-n", check=0)
    key = planting.canaries.keys[0]
    secret = planting.canaries.secrets[key]
    assert "+++ b/.env.production" in r.stdout and f"={key}" in r.stdout
    assert secret not in r.stdout and secret[:4] + "*" * 36 in r.stdout
    assert repo.read(".env.production") == ENV and repo.status() == "" and planting.ledger() == []
    # The diff is a real one: with the secret put back git applies it and gets what planting writes.
    r = planting.keycanary("plant", *planting.canaries.options(0), "--repo", repo.path, "--bait", "dotenv", "-n",
                           "--json", check=0)
    patch = json.loads(r.stdout)["plantings"][0]["diff"].replace(secret[:4] + "*" * 36, secret)
    repo.git("apply", "-", input=patch)
    applied = repo.read(".env.production")
    repo.git("checkout", "-q", ".")
    planting("--repo", repo.path, "--bait", "dotenv")
    assert repo.read(".env.production") == applied


def test_the_smtp_password_is_the_one_aws_derives(planting, tmp_path):
    repo = Repo(tmp_path / "shop", {"main.tf": 'region = "eu-west-2"\n'})
    planting("--repo", repo.path, "--bait", "ses-smtp", "--region", "eu-west-1")
    key = planting.canaries.keys[0]
    # Amazon SES Developer Guide, "Obtaining Amazon SES SMTP credentials by converting existing AWS credentials"
    k = ("AWS4" + planting.canaries.secrets[key]).encode()
    for message in ("11111111", "eu-west-1", "ses", "aws4_request", "SendRawEmail"):
        k = hmac.new(k, message.encode(), hashlib.sha256).digest()
    text = "".join(p.read_text() for p in repo.path.rglob("*") if p.is_file() and ".git/" not in str(p))
    assert base64.b64encode(b"\x04" + k).decode() in text
    assert "email-smtp.eu-west-1.amazonaws.com" in text and key in text
    assert planting.canaries.secrets[key] not in text


@pytest.mark.parametrize("subjects,want", [
    (("feat: start", "fix(api): y", "chore: z"), r"^chore: [a-z]"),
    (("Start", "Add a thing", "Fix it"), r"^[A-Z][^.]*$"),
    (("start", "add a thing", "fix it"), r"^[a-z][^.:]*$"),
    (("Start.", "Add a thing.", "Fix it."), r"^[A-Z].*\.$")])
def test_a_commit_is_in_the_style_of_the_repository_and_has_one_file(planting, tmp_path, subjects, want):
    import re
    repo = Repo(tmp_path / "shop", {".env.production": ENV, "a.txt": "a\n", "b.txt": "b\n"}, subjects=subjects)
    repo.write("a.txt", "work in progress\n")
    repo.write("b.txt", "staged\n")
    repo.git("add", "b.txt")
    (p,), _ = planting("--repo", repo.path, "--bait", "dotenv", "--commit")
    assert repo.git("show", "--name-only", "--format=", "HEAD") == ".env.production"
    assert repo.git("rev-parse", "HEAD") == p["commit"] == planting.ledger()[0]["commit"]
    assert re.search(want, repo.git("log", "-1", "--format=%s"))
    assert repo.git("log", "-1", "--format=%an <%ae>") == "Ana Ruiz <ana@shopwerk.io>"
    assert repo.status().splitlines() == ["M a.txt", "M  b.txt"]


def test_a_branch_is_made_committed_on_and_left_again(planting, tmp_path):
    repo = Repo(tmp_path / "shop", {".env.production": ENV})
    before = repo.git("rev-parse", "HEAD")
    planting("--repo", repo.path, "--bait", "dotenv,terraform-tfvars", "--branch", "settings", keys=(0, 1))
    assert repo.git("branch", "--show-current") == "main" and repo.git("rev-parse", "HEAD") == before
    assert repo.status() == "" and repo.read(".env.production") == ENV
    assert repo.git("rev-list", "--count", "main..settings") == "2"
    result, r = planting.verify()
    assert r.returncode == 0 and result["checked"] == 2, result
    _, r = planting("--repo", repo.path, "--bait", "readme", "--branch", "settings", keys=(2,), check=1)
    assert "already" in r.stderr + r.stdout


def test_line_ends_indentation_mode_and_the_missing_newline_are_kept(planting, tmp_path):
    compose = ("services:\r\n    web:\r\n        image: shop:1\r\n\r\n    db:\r\n        image: postgres:15\r\n\r\n"
               "volumes:\r\n    data:\r\n")
    repo = Repo(tmp_path / "shop", {"docker-compose.yml": compose, ".env.production": "A=1\nB=2"})
    (repo.path / ".env.production").chmod(0o640)
    planting("--repo", repo.path, "--bait", "docker-compose,dotenv", keys=(0, 1))
    text = (repo.path / "docker-compose.yml").read_bytes().decode()
    assert text.replace("\r\n", "").count("\n") == 0
    added = [line for line in text.split("\r\n") if line not in compose.split("\r\n")]
    assert added and all((len(line) - len(line.lstrip())) % 4 == 0 for line in added)
    import yaml
    services = yaml.safe_load(text)["services"]
    assert set(services) > {"web", "db"} and yaml.safe_load(text)["volumes"] == {"data": None}
    env = (repo.path / ".env.production").read_text()
    assert env.startswith("A=1\nB=2\n\n") and not env.endswith("\n")
    assert stat.S_IMODE((repo.path / ".env.production").stat().st_mode) == 0o640


def unmerged(repo):
    repo.git("switch", "-q", "-c", "other")
    repo.write(".env.production", "A=other\n")
    repo.commit()
    repo.git("switch", "-q", "main")
    repo.write(".env.production", "A=main\n")
    repo.commit()


def mid_merge(repo):
    unmerged(repo)
    repo.git("merge", "other", check=False)
    return "merge"


def mid_rebase(repo):
    unmerged(repo)
    repo.git("rebase", "other", check=False)
    return "rebase"


def mid_pick(repo):
    unmerged(repo)
    repo.git("cherry-pick", "other", check=False)
    return "cherry-pick"


def mid_bisect(repo):
    repo.git("bisect", "start")
    return "bisect"


@pytest.mark.parametrize("middle", [mid_merge, mid_rebase, mid_pick, mid_bisect])
def test_a_repository_in_the_middle_of_something_is_refused(planting, tmp_path, middle):
    repo = Repo(tmp_path / "shop", {".env.production": ENV})
    name, before = middle(repo), None
    before = repo.status()
    (p,), _ = planting("--repo", repo.path, "--bait", "dotenv", check=1)
    assert f"in the middle of a {name}" in p["error"] and repo.status() == before and planting.ledger() == []


def test_uncommitted_work_is_never_touched(planting, tmp_path):
    repo = Repo(tmp_path / "shop", {".env.production": ENV})
    repo.write(".env.production", ENV + "MINE=1\n")
    (p,), _ = planting("--repo", repo.path, "--bait", "dotenv", "--path", ".env.production", check=1)
    assert "uncommitted work" in p["error"] and repo.read(".env.production") == ENV + "MINE=1\n"
    # Without a path another file is taken.
    (p,), _ = planting("--repo", repo.path, "--bait", "dotenv")
    assert p["path"] != ".env.production" and repo.read(".env.production") == ENV + "MINE=1\n"


def test_an_untracked_file_is_left_alone_unless_forced(planting, tmp_path):
    repo = Repo(tmp_path / "shop")
    repo.write(".env", "MINE=1\n")
    (p,), _ = planting("--repo", repo.path, "--bait", "dotenv", "--path", ".env", check=1)
    assert "not in git" in p["error"] and repo.read(".env") == "MINE=1\n"
    planting("--repo", repo.path, "--bait", "dotenv", "--path", ".env", "--force")
    assert repo.read(".env").startswith("MINE=1\n") and planting.canaries.keys[0] in repo.read(".env")


def test_the_ignore_rule_that_hides_a_file_is_named(planting, tmp_path):
    repo = Repo(tmp_path / "shop", {".gitignore": "# local\n*.prod\n", "README.md": "x\n"})
    (p,), _ = planting("--repo", repo.path, "--bait", "dotenv", "--path", "deploy/.env.prod")
    assert any(".gitignore:2: *.prod" in n for n in p["notes"])
    (p,), _ = planting("--repo", repo.path, "--bait", "dotenv", "--path", "api/.env.prod", "--commit", keys=(1,), check=1)
    assert ".gitignore:2: *.prod" in p["error"] and not (repo.path / "api").exists()


@pytest.mark.parametrize("make", ["file", "directory", "dangling"])
def test_a_link_is_never_followed_out_of_the_repository(planting, tmp_path, make):
    repo = Repo(tmp_path / "shop")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "settings").write_text("theirs\n")
    if make == "file":
        (repo.path / "settings.env").symlink_to(outside / "settings")
        path = "settings.env"
    elif make == "dangling":
        (repo.path / "new.env").symlink_to(outside / "new")
        path = "new.env"
    else:
        (repo.path / "conf").symlink_to(outside, target_is_directory=True)
        path = "conf/x.env"
    repo.commit()
    (p,), _ = planting("--repo", repo.path, "--bait", "dotenv", "--path", path, check=1)
    assert "link" in p["error"] or "symbolic" in p["error"], p
    assert sorted(f.name for f in outside.iterdir()) == ["settings"]
    assert (outside / "settings").read_text() == "theirs\n"


@pytest.mark.parametrize("path", ["../x.env", "/etc/x.env", "a/../../x.env", ".git/config", "a/.GIT/x", "", "a//b"])
def test_a_path_outside_is_no_path(planting, tmp_path, path):
    repo = Repo(tmp_path / "shop")
    _, r = planting("--repo", repo.path, "--bait", "dotenv", "--path", path, check=2)
    assert "not a path inside the repository" in r.stderr
    assert repo.status() == ""


def test_a_submodule_is_another_repository(planting, tmp_path):
    Repo(tmp_path / "lib")
    repo = Repo(tmp_path / "shop")
    repo.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(tmp_path / "lib"), "lib")
    repo.commit()
    (p,), _ = planting("--repo", repo.path, "--bait", "dotenv", "--path", "lib/prod.env", check=1)
    assert "submodule" in p["error"] or "another repository" in p["error"]
    assert not (repo.path / "lib" / "prod.env").exists()


LOUD = ("color.ui=always", "color.grep=always", "grep.lineNumber=true", "grep.column=true", "grep.patternType=perl",
        "log.showSignature=true", "log.showRoot=false", "submodule.recurse=true", "status.branch=true",
        "diff.external=/bin/false", "format.pretty=fuller", "core.quotePath=true")


def test_what_a_user_has_set_for_git_changes_nothing(planting, tmp_path):
    repo = Repo(tmp_path / "shop", {".env.production": ENV + "REGION=eu-west-3\n"})
    for setting in LOUD:
        repo.git("config", *setting.split("=", 1))
    (p,), _ = planting("--repo", repo.path, "--bait", "ses-smtp", "--commit")
    assert "email-smtp.eu-west-3.amazonaws.com" in repo.read(p["path"])
    found, r = planting.verify()
    assert r.returncode == 0 and found["drifted"] == 0, r.stdout


def test_a_file_that_a_clone_would_not_show_is_passed_over(planting, tmp_path):
    repo = Repo(tmp_path / "shop", {".env.production": ENV, ".gitattributes": ".env* filter=git-crypt\n*.sql filter=lfs\n"})
    (p,), _ = planting("--repo", repo.path, "--bait", "dotenv")
    assert not p["path"].startswith(".env")
    (p,), _ = planting("--repo", repo.path, "--bait", "database-dump", keys=(1,), check=1)
    assert 'filter "lfs"' in p["error"] and "--force" in p["error"]
    planting("--repo", repo.path, "--bait", "database-dump", "--force", keys=(1,))


def test_a_read_only_file_and_a_linked_directory_are_passed_over(planting, tmp_path):
    repo = Repo(tmp_path / "shop", {".env.production": ENV})
    (repo.path / ".env.production").chmod(0o444)
    (repo.path / "k8s").symlink_to(tmp_path)
    repo.commit()
    (p,), _ = planting("--repo", repo.path, "--bait", "dotenv", "--path", ".env.production", check=1)
    assert "read-only" in p["error"] and repo.read(".env.production") == ENV
    (p,), _ = planting("--repo", repo.path, "--bait", "kubernetes-secret")
    assert not p["path"].startswith("k8s/")


def test_a_bait_has_the_names_that_people_give_it(planting, tmp_path):
    repo = Repo(tmp_path / "shop")
    planted, _ = planting("--repo", repo.path, "--bait", "dotenv,aws-credentials,terraform,jup", keys=(0, 1, 2, 3))
    assert [p["bait"] for p in planted] == ["dotenv", "aws-credentials", "terraform-tfvars", "jupyter"]
    _, r = planting("--repo", repo.path, "--bait", "git", check=2)
    assert "github-actions" in r.stderr and "gitlab-ci" in r.stderr


def test_an_inert_canary_is_marked_wherever_it_appears(keycanary, tmp_path):
    repo = Repo(tmp_path / "shop")
    key = json.loads(keycanary("mint", "--inert", "--account", "592694688519", "--json", check=0).stdout)["canaries"][0]["key_id"]
    planted = json.loads(keycanary("plant", "--inert", "--repo", repo.path, "--bait", "readme", "--json", check=0).stdout)
    assert planted["plantings"][0]["can_fire"] is False
    for words in (["placements"], ["verify"], ["lint", key], ["list"], ["show", key]):
        assert "cannot fire" in keycanary(*words, check=0).stdout, words
    for words in (["placements"], ["verify"], ["list"]):
        (row,) = list(json.loads(keycanary(*words, "--json", check=0).stdout).values())[1]
        assert row["can_fire"] is False, words
    write_log(tmp_path / "log.json", [record(key=key)])
    conf = tmp_path / "keycanary.conf"
    conf.write_text('channels = ( { name = "out"; type = "exec"; program = "%s"; } );\n' % (tmp_path / "hook"))
    (tmp_path / "hook").write_text(f"#!/bin/sh\ncat >> {tmp_path}/said\n")
    (tmp_path / "hook").chmod(0o755)
    keycanary("scan", "--config", conf, tmp_path / "log.json", check=3)
    keycanary("alert", "send", "--config", conf, check=0)
    said = (tmp_path / "said").read_text()
    assert "INERT " in said and "cannot fire" in said
    assert "cannot fire" in keycanary("incidents", check=0).stdout
    (i,) = json.loads(keycanary("incidents", "--json", check=0).stdout)["incidents"]
    assert i["canary"]["can_fire"] is False
    for form, mark in (("text", "cannot fire"), ("json", '"can_fire": false'), ("html", "cannot fire"), ("stix", '"inert"'),
                       ("markdown", "cannot fire"), ("ocsf", '"can_fire":false')):
        assert mark in keycanary("report", i["id"], "--format", form, check=0).stdout, form


def test_bad_input_is_named(planting, tmp_path):
    repo = Repo(tmp_path / "shop")
    _, r = planting("--repo", repo.path, "--bait", "dotenvv", check=2)
    assert 'no bait "dotenvv"' in r.stderr and 'did you mean "dotenv"' in r.stderr
    (tmp_path / "plain").mkdir()
    (p,), _ = planting("--repo", tmp_path / "plain", "--bait", "dotenv", check=1)
    assert "no git repository" in p["error"]
    (p,), _ = planting("--repo", tmp_path / "nowhere", "--bait", "dotenv", check=1)
    assert "no such directory" in p["error"]
    subprocess.run(["git", "init", "-q", "--bare", str(tmp_path / "bare")], check=True)
    (p,), _ = planting("--repo", tmp_path / "bare", "--bait", "dotenv", check=1)
    assert "bare" in p["error"]
    assert repo.status() == "" and planting.ledger() == []


@pytest.mark.parametrize("text,want", [
    ("about: x\nnew: x.txt\n---\n== file\none\nkey={{kee_id}}\n", r'odd.bait:6: unknown field "kee_id"; did you mean "key_id"'),
    ("about: x\nnew: x.txt\n---\n== file\n{{key_id|rot13}}\n", 'odd.bait:5: unknown filter "rot13"'),
    ("about: x\nnewt: x.txt\n---\n== file\n", 'odd.bait:2: no such word in a bait\'s header: "newt"'),
    ("about: x\nnew: x.txt\ninsert: sideways block\n---\n== file\n", 'odd.bait:3: no such rule'),
    ("about: x\nnew: x.txt\ninsert: append block\n---\n== file\n", 'there is no section "block"'),
    ("about: x\nnew: x.txt\nunless: [[[\n---\n== file\n", 'odd.bait:3: no regular expression: "[[["'),
    ("about: x\nnew: x.txt\ninsert: after /(/ file\n---\n== file\n", 'odd.bait:3: no regular expression: "("'),
    ("about: x\nnew: x.txt\n== file\n", 'odd.bait')])
def test_a_broken_template_is_named_with_its_line(planting, tmp_path, text, want):
    data = tmp_path / "data" / "canary" / "bait"
    data.mkdir(parents=True)
    (data / "odd.bait").write_text(text)
    repo = Repo(tmp_path / "shop")
    env = {**planting.keycanary.env, "KEYCANARY_DATA": str(tmp_path / "data")}
    plantings, r = planting("--repo", repo.path, "--bait", "odd", check=None, env=env)
    assert r.returncode == 1 and want in r.stderr + "".join(p["error"] for p in plantings).replace("\\", "")
    assert repo.status() == "" and planting.ledger() == []


def test_a_new_bait_needs_only_a_file(planting, tmp_path):
    data = tmp_path / "data" / "canary" / "bait"
    data.mkdir(parents=True)
    (data / "ini.bait").write_text("about: an ini\ninto: app.ini\nnew: app.ini\ninsert: after /^\\[s3\\]/ keys\n"
                                   "---\n== keys\nkey = {{key_id}}\nsecret = {{secret}}\n== file\n[s3]\nkey = {{key_id}}\n")
    repo = Repo(tmp_path / "shop", {"app.ini": "[s3]\nbucket = b\n[other]\na = 1\n"})
    planting("--repo", repo.path, "--bait", "ini", env={**planting.keycanary.env, "KEYCANARY_DATA": str(tmp_path / "data")})
    import configparser
    c = configparser.ConfigParser()
    c.read_string(repo.read("app.ini"))
    assert dict(c["s3"]) == {"bucket": "b", "key": planting.canaries.keys[0].upper(),
                             "secret": planting.canaries.secrets[planting.canaries.keys[0]]}


def limited(size):
    def set_limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    return set_limit


def test_a_full_disk_leaves_the_file_as_it_was(planting, tmp_path):
    big = ENV + "# x\n" * 600000
    repo = Repo(tmp_path / "shop", {".env.production": big})
    (p,), _ = planting("--repo", repo.path, "--bait", "dotenv", "--path", ".env.production", check=1,
                       preexec_fn=limited(2_000_000), restore_signals=False)
    assert ".env.production: cannot be written" in p["error"] and "large" in p["error"]
    assert repo.read(".env.production") == big and repo.status() == "" and planting.ledger() == []
    # The canary is free again.
    planting("--repo", repo.path, "--bait", "dotenv", "--path", ".env.production")


def test_a_read_only_tree_is_told(planting, tmp_path):
    repo = Repo(tmp_path / "shop", {"deploy/.env": ENV})
    # For root too: a directory nothing can be made in.
    immutable = subprocess.run(["chattr", "+i", repo.path / "deploy"], capture_output=True).returncode == 0
    if not immutable:
        (repo.path / "deploy").chmod(0o555)
        if os.access(repo.path / "deploy", os.W_OK):
            pytest.skip("this user may write anywhere here and cannot make a directory immutable")
    try:
        (p,), _ = planting("--repo", repo.path, "--bait", "dotenv", "--path", "deploy/.env", check=1)
        assert "deploy/.env: cannot be written" in p["error"]
        assert repo.read("deploy/.env") == ENV and planting.ledger() == []
    finally:
        subprocess.run(["chattr", "-i", repo.path / "deploy"], capture_output=True)
        (repo.path / "deploy").chmod(0o755)


def test_a_refused_commit_puts_everything_back(planting, tmp_path):
    repo = Repo(tmp_path / "shop", {".env.production": ENV})
    hook = repo.path / ".git" / "hooks" / "pre-commit"
    hook.write_text("#!/bin/sh\necho 'secrets are not welcome' >&2\nexit 1\n")
    hook.chmod(0o755)
    (p, q), _ = planting("--repo", repo.path, "--bait", "dotenv,terraform-tfvars", "--commit", keys=(0, 1), check=1)
    assert "secrets are not welcome" in p["error"] and "as it was before" in p["error"]
    assert repo.status() == "" and repo.read(".env.production") == ENV and planting.ledger() == []
    assert not list(repo.path.rglob("*.tfvars"))


def test_bulk_goes_on_where_it_stopped_and_one_bad_repository_does_not_stop_it(planting, tmp_path):
    repos = [Repo(tmp_path / name, {".env.production": ENV}) for name in ("one", "two", "three")]
    listing = tmp_path / "repos.txt"
    listing.write_text(f"# ours\n{repos[0].path}\n{tmp_path / 'missing'}\n{repos[1].path}\n\n{repos[2].path}\n")
    plantings, r = planting("--repos", listing, "--bait", "dotenv", keys=(0, 1), check=1)
    assert [p["outcome"] for p in plantings] == ["planted", "failed", "planted", "failed"]
    assert "2 planted, 0 skipped, 2 failed" in r.stderr
    texts = [x.read(".env.production") for x in repos]
    plantings, r = planting("--repos", listing, "--bait", "dotenv", keys=(2,), check=1)
    assert [p["outcome"] for p in plantings] == ["skipped", "failed", "skipped", "planted"]
    assert [x.read(".env.production") for x in repos[:2]] == texts[:2]
    assert len({p["key_id"] for p in planting.ledger()}) == 3


def test_a_kept_secret_is_written_once_and_then_gone(keycanary, tmp_path):
    import sqlite3
    repo = Repo(tmp_path / "shop", {".env.production": ENV})
    keycanary("mint", "--inert", "--account", "592694688519", "--count", 2, check=0)

    def kept():
        with sqlite3.connect(next(keycanary.home.rglob("keycanary.db"))) as c:
            return dict(c.execute("select key_id, sealed_secret is not null from canary"))

    args = ["plant", "--inert", "--repo", repo.path, "--bait", "dotenv", "--json"]
    for _ in range(3):      # trying it out uses none up
        tried = json.loads(keycanary(*args, "--dry-run", check=0).stdout)["plantings"][0]
        assert tried["outcome"] == "would plant" and set(kept().values()) == {1}
    (p,) = json.loads(keycanary(*args, check=0).stdout)["plantings"]
    assert p["key_id"] == tried["key_id"] and p["path"] == tried["path"]
    assert kept() == {k: int(k != p["key_id"]) for k in kept()}
    assert any("cannot fire" in n for n in p["notes"])
    # A key whose secret is gone cannot be planted again, and the message says what can.
    r = keycanary("plant", "--key", p["key_id"], "--repo", Repo(tmp_path / "b").path, "--bait", "dotenv", check=1)
    assert "planted already" in r.stderr


def test_a_lack_of_canaries_is_counted(planting, tmp_path):
    repos = [Repo(tmp_path / name) for name in ("one", "two")]
    r = planting.keycanary("plant", "--repo", repos[0].path, "--repo", repos[1].path, "--bait", "dotenv", check=1)
    assert "2 canaries are missing" in r.stderr and "mint --count 2" in r.stderr


def test_a_dry_run_needs_no_canary(keycanary, tmp_path):
    repo = Repo(tmp_path / "shop")
    r = keycanary("plant", "--repo", repo.path, "--bait", "dotenv,readme", "--dry-run", check=0)
    assert "+++ b/" in r.stdout and r.stderr.count("made up") == 2 and "mint --count 2" in r.stderr
    assert repo.status() == "" and json.loads(keycanary("list", "--json", check=0).stdout)["canaries"] == []


def test_what_lacks_is_minted_on_the_way(keycanary, aws_range, tmp_path):
    keycanary.env.update(aws_range.env())
    repo = Repo(tmp_path / "shop")
    r = keycanary("plant", "--repo", repo.path, "--bait", "dotenv,readme", "--mint", "--style", "ci", "--owner", "ops", check=0)
    made = json.loads(keycanary("list", "--json", check=0).stdout)["canaries"]
    rows = json.loads(keycanary("placements", "--json", check=0).stdout)["placements"]
    assert len(made) == 2 and {c["key_id"] for c in made} == {p["key_id"] for p in rows}
    assert all(not c["secret_kept"] for c in made) and "missing" not in r.stderr
    keycanary("plant", "--repo", repo.path, "--bait", "dotenv,readme", "--mint", check=0)
    assert len(json.loads(keycanary("list", "--json", check=0).stdout)["canaries"]) == 2


def test_one_canary_is_planted_once(planting, tmp_path):
    a, b = Repo(tmp_path / "a"), Repo(tmp_path / "b")
    planting("--repo", a.path, "--bait", "dotenv")
    (p,), _ = planting("--repo", b.path, "--bait", "dotenv", check=1)
    assert "planted already" in p["error"]


def test_a_kill_in_the_commit_leaves_nothing_the_ledger_does_not_know(planting, tmp_path):
    repo = Repo(tmp_path / "shop", {".env.production": ENV})
    hook = repo.path / ".git" / "hooks" / "pre-commit"
    hook.write_text("#!/bin/sh\nexec 2>/dev/null\nkill -9 $(ps -o ppid= -p $(ps -o ppid= -p $$))\nexit 1\n")
    hook.chmod(0o755)
    r = subprocess.run([PROGRAM, "plant", *map(str, planting.canaries.options(0)), "--repo", str(repo.path), "--bait",
                        "dotenv", "--commit"], env=planting.keycanary.env, capture_output=True, timeout=60)
    assert r.returncode == -9
    hook.unlink()
    assert planting.canaries.keys[0] in repo.read(".env.production")
    assert [p["state"] for p in planting.ledger()] == ["planting"]
    result, _ = planting.verify()
    assert [p["state"] for p in result["placements"]] == ["planted"] and result["drifted"] == 0
    # It counts as done: the next run does not plant a second one.
    plantings, _ = planting("--repo", repo.path, "--bait", "dotenv", keys=(1,))
    assert plantings[0]["outcome"] == "skipped"


KILLER = r"""
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>
static void here(const char *name) { if (!strcmp(getenv("KILL_IN"), name)) kill(getpid(), SIGKILL); }
int fchmod(int a, mode_t b) { (void)a, (void)b; here("fchmod"); return 0; }
int renameat(int a, const char *b, int c, const char *d) { (void)a, (void)b, (void)c, (void)d; here("renameat"); return -1; }
#include <dlfcn.h>
int linkat(int a, const char *b, int c, const char *d, int e) {
	here("linkat");
	return ((int (*)(int, const char *, int, const char *, int))dlsym((void *)-1l, "linkat"))(a, b, c, d, e);
}
int unlinkat(int a, const char *b, int c) { (void)a, (void)b, (void)c; here("unlinkat"); return -1; }
"""


@pytest.fixture(scope="session")
def killer(tmp_path_factory):
    """A library that ends the program at one of its calls, as a power cut would."""
    d = tmp_path_factory.mktemp("killer")
    (d / "killer.c").write_text(KILLER)
    subprocess.run(["cc", "-shared", "-fPIC", "-w", "-o", d / "killer.so", d / "killer.c", "-ldl"], check=True)
    return d / "killer.so"


@pytest.mark.parametrize("path,call,there", [(".env.production", "fchmod", False), (".env.production", "renameat", False),
                                             ("deploy/new.env", "linkat", False), ("deploy/new.env", "unlinkat", True)])
def test_a_kill_at_any_step_of_writing_is_ended(planting, tmp_path, killer, path, call, there):
    repo = Repo(tmp_path / "shop", {".env.production": ENV, "README.md": "x\n"})
    args = [*map(str, planting.canaries.options(0)), "--repo", str(repo.path), "--bait", "dotenv", "--path", path]
    r = subprocess.run([PROGRAM, "plant", *args], capture_output=True, timeout=60,
                       env={**planting.keycanary.env, "LD_PRELOAD": str(killer), "KILL_IN": call,
                            "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0"})
    assert r.returncode == -9, r.stderr
    assert [p["state"] for p in planting.ledger()] == ["planting"]
    result, _ = planting.verify()
    assert [p["state"] for p in planting.ledger()] == (["planted"] if there else [])
    assert result["drifted"] == 0 and repo.read(".env.production") == ENV
    assert repo.status() == ("?? deploy/new.env" if there else ""), "nothing is left beside the file"
    if not there:
        planting("--repo", repo.path, "--bait", "dotenv", "--path", path)


def test_markers_and_allow_lists_keep_the_owners_scanner_quiet(planting, tmp_path):
    repo = Repo(tmp_path / "shop", {".env.production": ENV})
    planting("--repo", repo.path, "--bait", "dotenv", "--marker", "gitleaks", "--commit")
    key = planting.canaries.keys[0]
    lines = [x for x in repo.read(".env.production").splitlines() if key in x or planting.canaries.secrets[key] in x]
    assert len(lines) == 2 and all(x.endswith("# gitleaks:allow") for x in lines)
    (p,), _ = planting("--repo", repo.path, "--bait", "aws-credentials", "--marker", "trufflehog", keys=(1,), check=1)
    assert "cannot carry a marker" in p["error"]
    import tomllib
    r = planting.keycanary("plant", "--allow-list", "gitleaks", check=0)
    toml, ignore = r.stdout.split("# Or by fingerprint")
    import re
    (entry,) = tomllib.loads(toml)["allowlists"]
    assert any(re.search(x, f"KEY={key}") for x in entry["regexes"])
    row = planting.ledger()[0]
    assert f"{row['commit']}:.env.production:aws-access-token:{row['line_from']}" in ignore
    r = planting.keycanary("plant", "--allow-list", "trufflehog", check=0)
    assert any(re.search(x, "deploy/.env.production") for x in r.stdout.splitlines() if not x.startswith("#"))
    assert not any(re.search(x, "Xenv.production") for x in r.stdout.splitlines() if not x.startswith("#"))


def test_a_repository_without_a_commit_and_a_detached_head(planting, tmp_path):
    fresh = Repo(tmp_path / "fresh", bare_history=True)
    (p,), _ = planting("--repo", fresh.path, "--bait", "dotenv", "--commit")
    assert fresh.git("show", "--name-only", "--format=", "HEAD") == p["path"] and "?? README.md" in fresh.status()
    (p,), _ = planting("--repo", Repo(tmp_path / "b", bare_history=True).path, "--bait", "dotenv", "--branch", "x",
                       keys=(1,), check=1)
    assert "no commit yet" in p["error"]
    repo = Repo(tmp_path / "shop", {".env.production": ENV})
    repo.git("switch", "-q", "--detach")
    head = repo.git("rev-parse", "HEAD")
    planting("--repo", repo.path, "--bait", "dotenv", "--branch", "settings", keys=(2,))
    assert repo.git("rev-parse", "HEAD") == head and repo.git("branch", "--show-current") == ""
    result, r = planting.verify()
    assert result["drifted"] == 0, result


def test_two_plantings_do_not_run_at_once_but_verify_does(planting, tmp_path):
    repo, other = Repo(tmp_path / "shop", {".env.production": ENV}), Repo(tmp_path / "other")
    hook = repo.path / ".git" / "hooks" / "pre-commit"
    go = tmp_path / "go"
    os.mkfifo(go)
    hook.write_text(f"#!/bin/sh\necho there > {tmp_path}/there\ncat {go}\n")
    hook.chmod(0o755)
    os.mkfifo(tmp_path / "there")
    first = subprocess.Popen([PROGRAM, "plant", *map(str, planting.canaries.options(0)), "--repo", str(repo.path),
                              "--bait", "dotenv", "--commit"], env=planting.keycanary.env, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE)
    (tmp_path / "there").read_text()
    try:
        _, r = planting("--repo", other.path, "--bait", "dotenv", keys=(1,), check=1)
        assert "another planting is under way" in r.stderr
        result, r = planting.verify()
        assert r.returncode == 0 and result["checked"] == 0
    finally:
        go.write_text("go\n")
        first.communicate(timeout=60)
    assert first.returncode == 0 and [p["state"] for p in planting.ledger()] == ["planted"]


# --- verify -------------------------------------------------------------------------

@pytest.fixture
def planted(planting, tmp_path):
    planting.repo = Repo(tmp_path / "shop", {".env.production": ENV, "README.md": "# shop\n"})
    planting("--repo", planting.repo.path, "--bait", "dotenv", "--path", ".env.production", "--commit")
    planting.row = planting.ledger()[0]
    return planting


def finding(planted, *args, drift=True):
    result, r = planted.verify(*args)
    (p,) = result["placements"]
    assert r.returncode == (1 if drift else 0) and p["drift"] is drift, (p, r.stderr)
    return p


def test_verify_follows_lines_pushed_down(planted):
    planted.repo.write(".env.production", "# top\n# more\n" + planted.repo.read(".env.production"))
    p = finding(planted, drift=False)
    assert (p["state"], p["line_from"]) == ("planted", planted.row["line_from"] + 2)


def test_verify_finds_an_edited_bait_and_accepts_it(planted):
    text = planted.repo.read(".env.production")
    planted.repo.write(".env.production", text.replace("_S3_BUCKET=", "_BUCKET="))
    p = finding(planted)
    assert p["state"] == "edited" and p["commit"] == planted.row["commit"]
    finding(planted, "--accept", drift=False)
    finding(planted, drift=False)
    planted.repo.write(".env.production", text)
    assert finding(planted)["state"] == "edited"


def test_verify_finds_a_moved_bait(planted):
    planted.repo.git("mv", ".env.production", "production.env")
    planted.repo.commit("Rename")
    p = finding(planted)
    assert p["state"] == "moved" and "moved to production.env" in p["finding"]
    finding(planted, "--accept", drift=False)
    assert planted.ledger()[0]["path"] == "production.env"
    finding(planted, drift=False)


def test_verify_finds_a_deleted_bait_and_the_commit_that_took_it(planted):
    planted.repo.write(".env.production", ENV)
    sha = planted.repo.commit("Clean up")
    p = finding(planted)
    assert p["state"] == "gone" and sha[:12] in p["finding"] and "history" in p["finding"]


def test_verify_finds_copies_in_tree_branches_and_history(planted):
    repo, block = planted.repo, planted.repo.read(".env.production")
    repo.git("switch", "-q", "-c", "feature")
    repo.write("old/copy.env", block)
    repo.commit("Copy")
    repo.git("switch", "-q", "main")
    p = finding(planted)
    assert p["copies"] == ["old/copy.env on feature"] and p["state"] == "planted"
    repo.git("merge", "-q", "feature")
    repo.git("branch", "-q", "-D", "feature")
    repo.git("rm", "-q", "old/copy.env")
    repo.git("commit", "-q", "-m", "Remove the copy")
    p = finding(planted)
    assert len(p["copies"]) == 1 and p["copies"][0].startswith("old/copy.env in commit ")
    repo.write("ignored/now.env", block)
    assert "ignored/now.env" in finding(planted)["copies"]
    finding(planted, "--accept", drift=False)
    finding(planted, drift=False)
    assert finding(planted, "--no-history", drift=False)["state"] == "planted"


def test_verify_enters_the_commit_of_a_bait_that_was_committed_later(planting, tmp_path):
    repo = Repo(tmp_path / "shop", {".env.production": ENV})
    planting("--repo", repo.path, "--bait", "kubernetes-secret")
    assert finding(planting, drift=False)["commit"] is None
    sha = repo.commit("Add what was there")
    repo.write("more.txt", "x\n")
    repo.commit("More")
    assert finding(planting, drift=False)["commit"] == sha


def test_verify_tells_of_a_repository_that_is_gone_and_checks_the_others(planting, tmp_path):
    a, b = Repo(tmp_path / "a", {".env.production": ENV}), Repo(tmp_path / "b", {".env.production": ENV})
    planting("--repo", a.path, "--repo", b.path, "--bait", "dotenv", keys=(0, 1))
    a.path.rename(tmp_path / "elsewhere")
    result, r = planting.verify()
    assert r.returncode == 1 and [p["drift"] for p in result["placements"]] == [True, False]
    assert "no such directory" in result["placements"][0]["finding"]


def test_verify_is_told_of_a_repository_that_was_renamed(planted, tmp_path):
    was, now = planted.repo.path, tmp_path / "renamed"
    was.rename(now)
    assert f"--moved-from {was}" in finding(planted)["finding"]
    assert "--repo" in planted.keycanary("verify", "--moved-from", was, check=2).stderr
    (now / "docs").mkdir()
    assert finding(planted, "--repo", now / "docs", "--moved-from", was, drift=False)["repo"] == str(now)
    finding(planted, "--repo", now / "docs", drift=False)       # any directory in it
    was.mkdir()
    assert "still there" in planted.keycanary("verify", "--repo", now, "--moved-from", was, check=1).stderr


def test_verify_follows_a_history_that_was_rewritten(planted):
    old = planted.row["commit"]
    planted.repo.git("commit", "-q", "--amend", "-m", "Other words")
    new = planted.repo.git("rev-parse", "HEAD")
    p = finding(planted, drift=False)
    assert p["commit"] == new and old[:12] in p["finding"] and new[:12] in p["finding"]
    assert finding(planted, drift=False)["finding"] is None
    planted.repo.git("branch", "kept")
    planted.repo.git("reset", "-q", "--hard", "HEAD~1")
    p = finding(planted)
    assert p["state"] == "gone" and f"commit {new[:12]} has it" in p["finding"]


def test_an_alert_and_a_report_name_the_placement(planted, tmp_path):
    key = planted.row["key_id"]
    conf = tmp_path / "keycanary.conf"
    conf.write_text('channels = ( { name = "out"; type = "exec"; program = "%s"; } );\n' % (tmp_path / "hook"))
    (tmp_path / "hook").write_text(f"#!/bin/sh\ncat >> {tmp_path}/said\n")
    (tmp_path / "hook").chmod(0o755)
    log = write_log(tmp_path / "trail.json.gz", [record("GetSendQuota", key=key), record("ListIdentities", key=key)])
    text = planted.keycanary("scan", "--config", conf, log).stdout
    where = f".env.production:{planted.row['line_from']}"
    assert where in text and str(planted.repo.path) in text and "Ana Ruiz" in text
    planted.keycanary("alert", "send", "--config", conf, check=0)
    said = (tmp_path / "said").read_text()
    assert str(planted.repo.path) in said and ".env.production" in said and planted.row["commit"] in said
    assert "Ana Ruiz" in said
    incidents = json.loads(planted.keycanary("incidents", "--json", check=0).stdout)["incidents"]
    text = planted.keycanary("report", incidents[0]["id"], check=0).stdout
    assert where in text and str(planted.repo.path) in text and "Ana Ruiz" in text
    text = planted.keycanary("report", incidents[0]["id"], "--format", "json", check=0).stdout
    assert planted.row["commit"] in text


def test_show_tells_where_a_canary_stands(planted):
    text = planted.keycanary("show", planted.row["key_id"], check=0).stdout
    assert f".env.production:{planted.row['line_from']}-" in text and "(dotenv, planted)" in text
    (place,) = json.loads(planted.keycanary("show", planted.row["key_id"], "--json", check=0).stdout)["placements"]
    assert (place["path"], place["repo"]) == (".env.production", str(planted.repo.path))


def test_an_origin_is_named_without_its_password(planting, tmp_path):
    repo = Repo(tmp_path / "shop", {".env.production": ENV})
    repo.git("remote", "add", "origin", "https://me:hunter2@git.shopwerk.io/shop/shop.git")
    planting("--repo", repo.path, "--bait", "dotenv")
    assert planting.ledger()[0]["remote"] == "https://git.shopwerk.io/shop/shop.git"
    assert "hunter2" not in planting.keycanary("placements", check=0).stdout


def test_a_kill_in_a_rotation_is_ended_by_verify(keycanary, tmp_path):
    (keycanary.home / ".gitconfig").write_text("[user]\n\tname = Ana\n\temail = ana@shopwerk.io\n")
    repo = Repo(tmp_path / "shop", {".env.production": ENV})
    keycanary("mint", "--inert", "--account", "592694688519", check=0)
    keycanary("plant", "--inert", "--repo", repo.path, "--bait", "dotenv", "--path", ".env.production", "--commit", check=0)
    (row,) = json.loads(keycanary("placements", "--json").stdout)["placements"]
    hook = repo.path / ".git" / "hooks" / "pre-commit"
    hook.write_text("#!/bin/sh\nkill -9 $(ps -o ppid= -p $(ps -o ppid= -p $$))\nexit 1\n")
    hook.chmod(0o755)
    r = subprocess.run([PROGRAM, "rotate", "--yes", row["key_id"]], env=keycanary.env, capture_output=True, timeout=60)
    assert r.returncode == -9
    hook.unlink()
    result = json.loads(keycanary("verify", "--json", check=0).stdout)
    (p,) = result["placements"]
    assert p["key_id"] != row["key_id"] and p["key_id"] in repo.read(".env.production") and p["state"] == "planted"
