"""Each bait: valid in its own syntax, found by scanners, at home in its repository, unlike the others."""
import ast
import base64
import configparser
import itertools
import json
import re
import shutil
import sqlite3
import subprocess

import pytest
from conftest import Keycanary
from decoys import Canaries, Repo
from scanners import SCANNERS

yaml = pytest.importorskip("yaml")

INTO = {  # a file of each kind that a bait goes into, as people have them
    "ansible-vars": ("deploy/group_vars/all.yml", "---\nntp: pool.ntp.org\npackages:\n    - nginx\n"),
    "aws-config": (".aws/config", "[default]\nregion = eu-west-1\noutput = json\n"),
    "aws-credentials": (".aws/credentials", "[default]\naws_access_key_id = x\naws_secret_access_key = y"),
    "docker-compose": ("docker-compose.yml", "services:\n  web:\n    image: shop:1\n\nnetworks:\n  back:\n"),
    "dotenv": (".env.production", "# live\nPORT=3000\n"),
    "github-actions": (".github/workflows/ci.yml",
                       "name: ci\non: [push]\njobs:\n  test:\n    runs-on: ubuntu-22.04\n    steps:\n      - run: make\n"),
    "gitlab-ci": (".gitlab-ci.yml", "stages: [test]\nvariables:\n    GOFLAGS: -mod=mod\ntest:\n    stage: test\n    script: [make]\n"),
    "jenkinsfile": ("Jenkinsfile", "pipeline {\n    agent any\n    environment {\n        CI = 'true'\n    }\n    stages {\n"
                    "        stage('Test') {\n            steps { sh 'make' }\n        }\n    }\n}\n"),
    "kubernetes-secret": ("k8s/secrets.yaml", "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\ndata:\n  p: eA==\n"),
    "laravel-env": (".env.production", "APP_NAME=Shop\nAWS_ACCESS_KEY_ID=\n"),
    "node-config": ("config/production.js", "module.exports = {\n  port: 3000,\n  db: { host: 'db' },\n};\n"),
    "php-config": ("config/services.php", "<?php\n\nreturn [\n    'mailgun' => [\n        'domain' => 'x',\n    ],\n];\n"),
    "python-settings": ("shop/settings/production.py", "from .base import *\n\nDEBUG = False\n"),
    "rails": ("config/storage.yml", "local:\n  service: Disk\n  root: storage\n"),
    "readme": ("README.md", "# shop\n\nRun `make`.\n"),
    "ses-smtp": ("config/mail.env", "MAIL_DRIVER=smtp\n"),
    "shell-history": ("ops/.bash_history", "ls\ncd /srv\n"),
    "spring-properties": ("src/main/resources/application.properties", "server.port=8080\n"),
    "spring-yaml": ("src/main/resources/application.yml", "server:\n    port: 8080\n"),
    "terraform-tfvars": ("infra/prod.tfvars", "size = \"small\"\n"),
}
NEW_ONLY = {"terraform-backend", "jupyter", "database-dump"}
ALL = sorted(set(INTO) | NEW_ONLY)


def run(*words, **kw):
    if shutil.which(words[0]) is None:
        pytest.skip(f"{words[0]} is not installed")
    r = subprocess.run(words, capture_output=True, text=True, timeout=60, **kw)
    assert r.returncode == 0, r.stdout + r.stderr
    return r.stdout


def dotenv(text):
    out = {}
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            name, value = line.split("=", 1)
            assert re.fullmatch(r"[A-Z][A-Z0-9_]*", name), line
            assert name not in out, f"{name} twice"
            out[name] = value.strip('"')
    return out


def ini(text):
    c = configparser.RawConfigParser(strict=True)
    c.read_string(text)
    return {s: dict(c[s]) for s in c.sections()}


def all_yaml(text):
    class Unique(yaml.SafeLoader):
        def construct_mapping(self, node, deep=False):
            keys = [self.construct_object(k, deep=deep) for k, _ in node.value]
            assert len(keys) == len(set(map(str, keys))), keys
            return super().construct_mapping(node, deep)
    docs = list(yaml.load_all(text, Unique))
    assert all(docs)
    return docs


def hcl(text):
    """name = "value" | number | { … } of the subset the baits use."""
    out = {}
    for line in text.splitlines():
        line = line.split("#")[0].strip()
        if line in ("", "}"):
            continue
        m = re.fullmatch(r'(\w+)\s*=\s*("([^"\\]*)"|\d+|true|false|\{)', line)
        assert m, line
        assert m[1] not in out or m[1] in ("project", "owner"), line
        out[m[1]] = m[3]
    assert text.count("{") == text.count("}")
    return out


def groovy(text):
    assert text.count("{") == text.count("}") and text.count("'") % 2 == 0
    return dict(re.findall(r"^\s+([A-Z_]+)\s*= '([^']*)'$", text, re.M))


def properties(text):
    out = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            name, value = line.split("=", 1)
            assert name not in out
            out[name] = value
    return out


def python(text):
    return {n.targets[0].id: ast.literal_eval(n.value) for n in ast.parse(text).body
            if isinstance(n, ast.Assign)}


def node(text):
    return json.loads(run("node", "-e", "const m = {exports: {}}; new Function('module', require('fs').readFileSync(0, 'utf8'))"
                          "(m); console.log(JSON.stringify(m.exports))", input=text))


def php(text):
    run("php", "-l", input=text)
    return json.loads(run("php", "-r", "echo json_encode(eval('?>' . stream_get_contents(STDIN)));", input=text))


def ruby(text):
    if "service:" in text:
        return all_yaml(text)
    run("ruby", "-wc", input=text)
    return run("ruby", "-e", "eval(STDIN.read); Object.constants.grep(/STORAGE$/).each { |c| p Object.const_get(c) }",
               input=text)


def shell(text):
    run("bash", "-n", input=text)
    return text


def notebook(text):
    n = json.loads(text)
    assert n["nbformat"] == 4 and {c["cell_type"] for c in n["cells"]} == {"code", "markdown"}
    for c in n["cells"]:
        if c["cell_type"] == "code":
            ast.parse("".join(c["source"]))
    return "".join(itertools.chain.from_iterable(c["source"] for c in n["cells"]))


def sql(text):
    db = sqlite3.connect(":memory:")
    db.executescript(text)
    assert len(db.execute("select name from sqlite_master where type = 'table'").fetchall()) == 2
    return text


def markdown(text):
    assert text.count("```") % 2 == 0
    return "".join(re.findall(r"```sh\n(.*?)```", text, re.S))


PARSERS = {
    "ansible-vars": all_yaml, "aws-config": ini, "aws-credentials": ini, "database-dump": sql, "docker-compose": all_yaml,
    "dotenv": dotenv, "github-actions": all_yaml, "gitlab-ci": all_yaml, "jenkinsfile": groovy, "jupyter": notebook,
    "kubernetes-secret": all_yaml, "laravel-env": dotenv, "node-config": node, "php-config": php,
    "python-settings": python, "rails": ruby, "readme": markdown, "ses-smtp": dotenv, "shell-history": shell,
    "spring-properties": properties, "spring-yaml": all_yaml, "terraform-backend": hcl, "terraform-tfvars": hcl}
DRAWS = 4


def plant_all(keycanary, tmp_path, kinds, files, draws):
    """The baits `kinds` in each of `draws` repositories that have `files`; the texts by bait."""
    canaries = Canaries(keycanary, keycanary.home, draws * len(kinds), seed=7)
    repos = {str(r.path): r for r in (Repo(tmp_path / str(k) / "shop", {"Makefile": "all:\n", **files})
                                      for k in range(draws))}
    r = keycanary("plant", *canaries.options(*range(len(canaries.keys))), *[x for p in repos for x in ("--repo", p)],
                  "--bait", ",".join(kinds), "--json", check=0)
    out = {}
    for p in json.loads(r.stdout)["plantings"]:
        text = repos[p["repo"]].read(p["path"])
        out.setdefault(p["bait"], []).append({"text": text, "secret": canaries.secrets[p["key_id"]], **p})
    assert all(len(x) == draws for x in out.values()) and set(out) == set(kinds)
    result = json.loads(keycanary("verify", "--json", "--no-history").stdout)
    assert [p for p in result["placements"] if p["drift"]] == []
    return out


@pytest.fixture(scope="module")
def new_files(tmp_path_factory):
    home = tmp_path_factory.mktemp("new")
    return plant_all(Keycanary(home), home, ALL, {}, DRAWS)


@pytest.fixture(scope="module")
def old_files(tmp_path_factory):
    home, other = tmp_path_factory.mktemp("old"), tmp_path_factory.mktemp("laravel")
    kinds = sorted(set(INTO) - {"laravel-env"})
    out = plant_all(Keycanary(home), home, kinds, dict(INTO[k] for k in kinds), 2)
    return {**out, **plant_all(Keycanary(other), other, ["laravel-env"], dict([INTO["laravel-env"]]), 2)}


def holds(parsed, p):
    """The parser sees key and secret (or what is derived from it) as values."""
    text = parsed if isinstance(parsed, str) else json.dumps(parsed)
    if p["bait"] == "kubernetes-secret":
        text = " ".join(base64.b64decode(v).decode() for d in parsed for v in d["data"].values())
    return p["key_id"] in text and (p["secret"] in text or p["bait"] == "ses-smtp")


@pytest.mark.parametrize("name", ALL)
def test_a_new_file_is_valid_in_its_own_syntax(new_files, name):
    for p in new_files[name]:
        assert holds(PARSERS[name](p["text"]), p), p["text"]


@pytest.mark.parametrize("name", sorted(INTO))
def test_a_file_that_exists_stays_valid_and_keeps_all_it_had(old_files, name):
    path, before = INTO[name]
    for p in old_files[name]:
        assert p["path"] == path, (p["path"], "not the file that was there")
        assert holds(PARSERS[name](p["text"]), p), p["text"]
        added = p["text"].splitlines()[p["line_from"] - 1:p["line_to"]]
        rest = p["text"].splitlines()
        del rest[p["line_from"] - 1:p["line_to"]]
        kept = [x for x in rest if x]
        assert kept == [x for x in before.splitlines() if x] and added
        parsed = PARSERS[name](before) if name != "readme" else None
        if isinstance(parsed, dict):
            now = PARSERS[name](p["text"])
            assert {k: now[k] for k in parsed} == parsed, "what was there means what it meant"


@pytest.mark.parametrize("name", ALL)
def test_hunters_scanners_find_it(new_files, old_files, name):
    for p in new_files[name] + old_files.get(name, []):
        found = {s for s, find in SCANNERS.items() if find(p["path"], p["text"])}
        if name == "ses-smtp":
            assert "hunters of mail" in found and "gitleaks" in found, (found, p["text"])
        else:
            assert len(found & {"gitleaks", "TruffleHog", "detect-secrets"}) >= 2, (found, p["text"])


@pytest.mark.parametrize("name", ALL)
def test_nothing_says_what_it_is(new_files, name):
    for p in new_files[name]:
        text = p["text"].replace(p["key_id"], "").replace(p["secret"], "") + " " + p["path"]
        assert not re.search(r"(?i)example|canary|honey|decoy|\bfake|\bdummy|keycanary|changeme|\btest|foo\b|lorem|\{\{\w", text), text
        assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-", text), "a UUID"


@pytest.mark.parametrize("name", ALL)
def test_no_two_are_alike(new_files, name):
    shapes = {p["text"].replace(p["key_id"], "").replace(p["secret"], "") for p in new_files[name]}
    assert len(shapes) >= DRAWS - 1, shapes


def test_names_and_regions_are_the_repositorys_own(keycanary, tmp_path):
    canaries = Canaries(keycanary, keycanary.home, 4)
    repo = Repo(tmp_path / "x", {"main.tf": 'provider "aws" {\n  region = "ap-southeast-2"\n}\n', "infra/a.tf": "\n"},
                mail="mia.kim@parcelworks.com.au")
    repo.git("remote", "add", "origin", "git@git.parcelworks.com.au:logistics/label-printer.git")
    keycanary("plant", *canaries.options(0, 1), "--repo", repo.path, "--bait", "terraform-tfvars,ses-smtp", check=0)
    text = "".join(p.read_text() for p in repo.path.rglob("*") if p.is_file() and ".git/" not in str(p))
    assert text.count("ap-southeast-2") >= 3 and "parcelworks.com.au" in text and "label-printer" in text
    assert "mia.kim" in text
    (row, _) = json.loads(keycanary("placements", "--json", check=0).stdout)["placements"]
    assert row["remote"] == "git@git.parcelworks.com.au:logistics/label-printer.git"


def test_a_repository_that_names_no_region_gets_one(new_files):
    regions = {}
    for p in itertools.chain.from_iterable(new_files.values()):
        text = p["text"] if p["bait"] != "kubernetes-secret" else base64.b64decode(
            re.search(r"REGION: (\S+)", p["text"])[1]).decode()
        regions.setdefault(p["repo"], set()).update(re.findall(r"\b[a-z]{2}-[a-z]+-\d\b", text))
    assert all(len(r) == 1 for r in regions.values()), regions


def test_what_is_new_is_not_loaded_by_itself(new_files):
    """Files that a framework, a tool or a pipeline would pick up on its own; then the owner would trip the canary."""
    loaded = re.compile(r"(^|/)(\.env|\.env\.(local|production|staging|development|test)|terraform\.tfvars|.*\.auto\.tfvars|"
                        r"docker-compose(\.override)?\.ya?ml|compose\.ya?ml|\.gitlab-ci\.yml|Jenkinsfile|"
                        r"application(-(prod|production|dev))?\.(properties|ya?ml)|config/(production|default)\.js)$")
    for p in itertools.chain.from_iterable(new_files.values()):
        assert not loaded.search(p["path"]), p["path"]
    for p in new_files["github-actions"]:
        on = yaml.safe_load(p["text"])[True]
        assert set(on) == {"workflow_dispatch"}


def test_without_a_name_a_bait_that_suits_is_chosen(keycanary, tmp_path):
    canaries = Canaries(keycanary, keycanary.home, 2)
    repo = Repo(tmp_path / "shop", {"artisan": "#!/usr/bin/env php\n", "composer.json": "{}\n"})
    r = keycanary("plant", *canaries.options(0), "--repo", repo.path, "--json", check=0)
    assert json.loads(r.stdout)["plantings"][0]["bait"] in ("laravel-env", "php-config")


def test_credentials_files_are_read_by_the_aws_sdk(new_files, tmp_path):
    session = pytest.importorskip("botocore.session")
    for p in new_files["aws-credentials"] + new_files["aws-config"]:
        file = tmp_path / "file"
        file.write_text(p["text"])
        s = session.Session()
        s.set_config_variable("credentials_file" if p["bait"] == "aws-credentials" else "config_file", str(file))
        s.set_config_variable("config_file" if p["bait"] == "aws-credentials" else "credentials_file", "/nonexistent")
        found = [(v.get("aws_access_key_id"), v.get("aws_secret_access_key")) for v in s.full_config["profiles"].values()]
        assert (p["key_id"], p["secret"]) in found


def test_every_bait_is_replaced_in_place(keycanary, tmp_path):
    """Rotating changes key, secret and SMTP password, in whatever form they stand there, and nothing else."""
    repo = Repo(tmp_path / "shop", {"Makefile": "all:\n", "crlf.env": "A=1\r\nB=2\r\n"})
    keycanary("mint", "--inert", "--account", "592694688519", "--count", len(ALL), check=0)
    r = keycanary("plant", "--inert", "--repo", repo.path, "--bait", ",".join(ALL), "--json", check=0)
    planted = json.loads(r.stdout)["plantings"]
    before = {p["bait"]: repo.read(p["path"]) for p in planted}
    for p in planted[::4] + [x for x in planted if x["bait"] in ("kubernetes-secret", "ses-smtp")]:
        if p["key_id"] in repo.read(p["path"]) or p["bait"] == "kubernetes-secret":
            keycanary("rotate", "--yes", p["key_id"], check=0)
    rows = json.loads(keycanary("placements", "--json", check=0).stdout)["placements"]
    changed = 0
    for row in rows:
        old, text = next(p for p in planted if p["bait"] == row["bait"]), repo.read(row["path"])
        if row["key_id"] == old["key_id"]:
            assert text == before[row["bait"]]
            continue
        changed += 1
        forms = [(old["key_id"], row["key_id"]),
                 tuple(base64.b64encode(k.encode()).decode() for k in (old["key_id"], row["key_id"]))]
        assert not any(a in text for a, _ in forms) and any(b in text for _, b in forms)
        assert len(text) == len(before[row["bait"]])
        differing = [(a, b) for a, b in zip(before[row["bait"]].splitlines(), text.splitlines()) if a != b]
        assert 1 <= len(differing) <= 2, "only the lines with key and secret"
        PARSERS[row["bait"]](text)
        if row["bait"] not in ("ses-smtp",):
            assert SCANNERS["TruffleHog"](row["path"], text)
    assert changed >= 7
    assert json.loads(keycanary("verify", "--json").stdout)["drifted"] == 0
