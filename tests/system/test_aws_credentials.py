"""Credentials are found where the AWS CLI finds them: the same files and environment give botocore and us the same key."""
import contextlib
import datetime
import http.server
import json
import os
import stat
import threading
import urllib.parse

import pytest

botocore = pytest.importorskip("botocore")
import botocore.session  # noqa: E402

ID, SECRET = "AKIAIOSFODNN7EXAMPL{}", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


def keys(n):
    return f"aws_access_key_id = {ID.format(n)}\naws_secret_access_key = {SECRET}\n"


def env_keys(n, **more):
    return {"AWS_ACCESS_KEY_ID": ID.format(n), "AWS_SECRET_ACCESS_KEY": SECRET, **more}


class Case:
    """A home with the two shared files, an environment, and perhaps a profile named in our configuration."""

    def __init__(self, keycanary, config="", credentials="", env=(), profile=None):
        self.keycanary, self.profile = keycanary, profile
        aws = keycanary.home / ".aws"
        aws.mkdir(exist_ok=True)
        (aws / "config").write_text(config)
        (aws / "credentials").write_text(credentials)
        self.env = {**keycanary.env, "AWS_CONFIG_FILE": str(aws / "config"),
                    "AWS_SHARED_CREDENTIALS_FILE": str(aws / "credentials"), "AWS_EC2_METADATA_DISABLED": "true", **dict(env)}

    def ours(self):
        """(key id or None, the row of the doctor)."""
        words = ["doctor", "credentials", "--json"]
        if self.profile:
            conf = self.keycanary.home / "keycanary.conf"
            conf.write_text(f'accounts = ( {{ name = "x"; profile = "{self.profile}"; }} );\n')
            words += ["--config", str(conf)]
        r = self.keycanary(*words, env=self.env)
        row = json.loads(r.stdout)["checks"][0]
        assert SECRET not in r.stdout + r.stderr
        return row["facts"].get("key_id"), row

    def botocores(self, endpoint=None):
        """botocore's credentials or None."""
        with environment(self.env):
            session = botocore.session.Session(profile=self.profile) if self.profile else botocore.session.Session()
            if endpoint:
                make = session.create_client
                session.create_client = lambda name, *a, **k: make(name, "us-east-1", endpoint_url=endpoint, **{
                    n: v for n, v in k.items() if n in ("aws_access_key_id", "aws_secret_access_key", "aws_session_token", "config")})
            try:
                found = session.get_credentials()
                return found.get_frozen_credentials() if found else None
            except Exception:
                return None


@contextlib.contextmanager
def environment(env):
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(env)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


P = "[profile {}]\n"
CASES = {
    "environment": dict(env=env_keys(1)),
    "environment with a token": dict(env=env_keys(1, AWS_SESSION_TOKEN="t")),
    "environment without the secret": dict(env={"AWS_ACCESS_KEY_ID": ID.format(1)}, credentials="[default]\n" + keys(2)),
    "environment without the id": dict(env={"AWS_SECRET_ACCESS_KEY": SECRET}, credentials="[default]\n" + keys(2)),
    "an empty id is none": dict(env={"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": SECRET}, credentials="[default]\n" + keys(2)),
    "environment before AWS_PROFILE": dict(env=env_keys(1, AWS_PROFILE="a"), credentials="[a]\n" + keys(2)),
    "a named profile before the environment": dict(env=env_keys(1), credentials="[a]\n" + keys(2), profile="a"),
    "AWS_PROFILE": dict(env={"AWS_PROFILE": "a"}, credentials="[default]\n" + keys(1) + "[a]\n" + keys(2)),
    "AWS_DEFAULT_PROFILE comes first": dict(env={"AWS_PROFILE": "a", "AWS_DEFAULT_PROFILE": "b"},
                                            credentials="[a]\n" + keys(1) + "[b]\n" + keys(2)),
    "a profile that is not there": dict(env={"AWS_PROFILE": "nowhere"}, credentials="[default]\n" + keys(1)),
    "a named profile that is not there": dict(profile="nowhere", credentials="[default]\n" + keys(1)),
    "default": dict(credentials="[default]\n" + keys(1)),
    "nothing at all": dict(),
    "default of the config file": dict(config="[default]\n" + keys(1)),
    "default written as a profile": dict(config="[profile default]\n" + keys(1)),
    "credentials file before config file": dict(config="[default]\n" + keys(1), credentials="[default]\n" + keys(2)),
    "a profile of the config file": dict(config=P.format("a") + keys(1), profile="a"),
    "a profile without the word": dict(config="[a]\n" + keys(1), profile="a"),
    "the word in the credentials file": dict(credentials="[profile a]\n" + keys(1), profile="a"),
    "quoted name": dict(config='[profile "a b"]\n' + keys(1), profile="a b"),
    "many blanks in the section": dict(config="[profile    a]\n" + keys(1), profile="a"),
    "sections have a case": dict(credentials="[A]\n" + keys(1), profile="a"),
    "names have none": dict(credentials=f"[a]\nAWS_Access_Key_ID={ID.format(1)}\nAWS_SECRET_ACCESS_KEY={SECRET}\n", profile="a"),
    "colons": dict(credentials=f"[a]\naws_access_key_id: {ID.format(1)}\naws_secret_access_key : {SECRET}\n", profile="a"),
    "comments": dict(credentials=f"# x\n; y\n[a]\n# aws_access_key_id = {ID.format(9)}\n;z\n" + keys(1), profile="a"),
    "carriage returns": dict(credentials=("[a]\n" + keys(1)).replace("\n", "\r\n"), profile="a"),
    "indented": dict(credentials=f"[a]\n  aws_access_key_id = {ID.format(1)}\n  aws_secret_access_key = {SECRET}\n", profile="a"),
    "nested blocks": dict(config=f"[profile a]\ns3 =\n  aws_access_key_id = {ID.format(9)}\n  max = 1\n" + keys(1), profile="a"),
    "no secret": dict(credentials=f"[a]\naws_access_key_id = {ID.format(1)}\n", profile="a"),
    "half and half": dict(credentials=f"[a]\naws_access_key_id = {ID.format(1)}\n",
                          config=f"[profile a]\naws_secret_access_key = {SECRET}\n", profile="a"),
    "process": dict(config="[profile a]\ncredential_process = PROCESS 3\n", profile="a"),
    "process before config's keys": dict(config="[profile a]\ncredential_process = PROCESS 3\n" + keys(1), profile="a"),
    "keys of the credentials file before the process": dict(config="[profile a]\ncredential_process = PROCESS 3\n",
                                                            credentials="[a]\n" + keys(1), profile="a"),
    "process with quotes": dict(config="[profile a]\ncredential_process = \"PROCESS\" '3' \"a b\"\n", profile="a"),
    "process with an open quote": dict(config="[profile a]\ncredential_process = PROCESS '3\n", profile="a"),
    "process that fails": dict(config="[profile a]\ncredential_process = PROCESS fail\n", profile="a"),
    "process of another version": dict(config="[profile a]\ncredential_process = PROCESS version\n", profile="a"),
    "process without a version": dict(config="[profile a]\ncredential_process = PROCESS unversioned\n", profile="a"),
    "process without keys": dict(config="[profile a]\ncredential_process = PROCESS empty\n", profile="a"),
    "process that prints no JSON": dict(config="[profile a]\ncredential_process = PROCESS text\n", profile="a"),
    "process that is not there": dict(config="[profile a]\ncredential_process = /nonexistent/x\n", profile="a"),
    "process of AWS_PROFILE": dict(config="[profile a]\ncredential_process = PROCESS 3\n", env={"AWS_PROFILE": "a"}),
    "role without a source": dict(config="[profile a]\nrole_arn = arn:aws:iam::1:role/x\n" + keys(1), profile="a"),
    "role with two sources": dict(config="[profile a]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = b\n"
                                         "credential_source = Environment\n" + P.format("b") + keys(1), profile="a"),
    "source that is not there": dict(config="[profile a]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = b\n", profile="a"),
    "source without keys": dict(config="[profile a]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = b\n[profile b]\nregion = x\n", profile="a"),
    "itself without keys": dict(config="[profile a]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = a\n", profile="a"),
    "a circle": dict(config="[profile a]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = b\n"
                            "[profile b]\nrole_arn = arn:aws:iam::1:role/y\nsource_profile = a\n", profile="a"),
    "unknown credential_source": dict(config="[profile a]\nrole_arn = arn:aws:iam::1:role/x\ncredential_source = Moon\n", profile="a"),
    "credential_source without any": dict(config="[profile a]\nrole_arn = arn:aws:iam::1:role/x\ncredential_source = Environment\n", profile="a"),
}


@pytest.fixture
def process(keycanary):
    """A credential_process: its first argument says what to print."""
    path = keycanary.home / "process"
    expires = (datetime.datetime.utcnow() + datetime.timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
    good = json.dumps({"Version": 1, "AccessKeyId": ID.format("X"), "SecretAccessKey": SECRET, "SessionToken": "t", "Expiration": expires})
    path.write_text(f"""#!/bin/sh
case "$1" in
fail) echo broken >&2; exit 3 ;;
version) echo '{good}' | sed 's/"Version": 1/"Version": 2/' ;;
unversioned) echo '{good}' | sed 's/"Version": 1, //' ;;
empty) echo '{{"Version": 1}}' ;;
text) echo hello ;;
*) echo '{good}' | sed "s/EXAMPLX/EXAMPL$1/" ;;
esac
""")
    path.chmod(stat.S_IRWXU)
    return path


@pytest.mark.parametrize("name", CASES)
def test_the_same_key_as_botocore(keycanary, process, name):
    c = {k: v.replace("PROCESS", str(process)) if isinstance(v, str) else v for k, v in CASES[name].items()}
    case = Case(keycanary, **c)
    theirs = case.botocores()
    got, row = case.ours()
    assert got == (theirs.access_key if theirs else None), row
    if got is None:
        assert row["result"] == "fail" and row["facts"]["error"] == "credentials" and row["remedy"]


# --- roles, against the range ------------------------------------------------------------------

@pytest.fixture
def roles(keycanary, aws_range):
    """Two accounts with a role each; a key that may assume them."""
    aws_range.post("account", number="111122223333", role="one", external_id="secret-word")
    aws_range.post("account", number="444455556666", role="two")
    key = aws_range.env()
    mine = f"aws_access_key_id = {key['AWS_ACCESS_KEY_ID']}\naws_secret_access_key = {key['AWS_SECRET_ACCESS_KEY']}\n"
    one = "role_arn = arn:aws:iam::111122223333:role/one\nexternal_id = secret-word\n"
    two = "role_arn = arn:aws:iam::444455556666:role/two\n"
    return mine, one, two, {"AWS_ENDPOINT_URL": aws_range.url}, key


def both(case, r):
    theirs = case.botocores(r.url)
    got, row = case.ours()

    def who(key_id):
        k = r.world.keys.get(key_id) if key_id else None
        return k and (k["kind"], k["account"], k.get("role"), k.get("session") if k.get("session") == "night-watch" else None)
    assert who(got) == who(theirs.access_key if theirs else None), row
    return who(got), row


def test_roles_with_their_sources(keycanary, aws_range, roles):
    mine, one, two, env, key = roles
    a = ("role", "111122223333", "one", None)
    for config, wanted in {
        "[profile w]\n" + one + "source_profile = s\n[profile s]\n" + mine: a,
        "[profile w]\n" + one + "source_profile = w\n" + mine: a,
        "[profile w]\n" + one + "role_session_name = night-watch\nduration_seconds = 1800\nsource_profile = s\n[profile s]\n" + mine: a[:3] + ("night-watch",),
        "[profile w]\n" + one.replace("secret-word", "wrong") + "source_profile = s\n[profile s]\n" + mine: None,
        "[profile w]\n" + one + "source_profile = s\n[profile s]\n" + two + mine: a,     # a source's own keys are used
    }.items():
        got, row = both(Case(keycanary, config, env=env, profile="w"), aws_range)
        assert got == wanted, config
        if wanted:
            assert row["facts"]["origin"].startswith("role arn:aws:iam::111122223333:role/one (from profile ")


def test_credential_source_environment(keycanary, aws_range, roles):
    mine, one, _, env, key = roles
    case = Case(keycanary, "[profile w]\n" + one + "credential_source = Environment\n", profile="w", env={
        **env, "AWS_ACCESS_KEY_ID": key["AWS_ACCESS_KEY_ID"], "AWS_SECRET_ACCESS_KEY": key["AWS_SECRET_ACCESS_KEY"]})
    assert both(case, aws_range)[0] == ("role", "111122223333", "one", None)


def test_a_role_by_way_of_another_and_one_of_our_own_configuration(keycanary, aws_range, roles):
    mine, one, two, env, key = roles
    aws_range.world.accounts["111122223333"].roles["one"]["policy"] = "admin"
    case = Case(keycanary, "[profile w]\n" + two + "source_profile = o\n[profile o]\n" + one + "source_profile = s\n[profile s]\n" + mine,
                env=env, profile="w")
    assert both(case, aws_range)[0] == ("role", "444455556666", "two", None)
    conf = keycanary.home / "k.conf"
    conf.write_text('accounts = ( { name = "x"; role_arn = "arn:aws:iam::111122223333:role/one"; external_id = "secret-word"; } );\n')
    r = keycanary("doctor", "identity", "--json", "--config", str(conf), env={**keycanary.env, **key}, check=0)
    assert json.loads(r.stdout)["checks"][0]["facts"]["arn"] == "arn:aws:sts::111122223333:assumed-role/one/keycanary"


def test_what_needs_a_person_is_refused_with_an_advice(keycanary):
    for config, words in {
        "[profile w]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = w\nmfa_serial = arn:aws:iam::1:mfa/x\n" + keys(1): "MFA",
        "[profile w]\nsso_session = s\nsso_account_id = 1\nsso_role_name = r\n[sso-session s]\nsso_start_url = https://x\n":
            "credential_process = aws configure export-credentials --profile w",
        "[profile w]\nlogin_session = arn:aws:iam::1:user/x\n": "credential_process = aws configure export-credentials --profile w",
        "[profile w]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = w\nduration_seconds = 60\n" + keys(1): "900",
    }.items():
        got, row = Case(keycanary, config, profile="w").ours()
        assert got is None and words in row["detail"], row


# --- services that give credentials out ----------------------------------------------------------

class Services(http.server.BaseHTTPRequestHandler):
    """The metadata service, a container's endpoint, and STS for web identities."""

    def log_message(self, *args):
        pass

    def answer(self):
        s = self.server
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        s.seen.append((self.command, self.path, dict(self.headers.items()), body))
        status, text = s.responder(self.command, self.path, self.headers, body)
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    do_GET = do_PUT = do_POST = answer


@pytest.fixture
def service():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Services)
    server.seen, server.url = [], f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def issued(hours=6, **more):
    at = (datetime.datetime.utcnow() + datetime.timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return json.dumps({"Code": "Success", "AccessKeyId": "ASIAIOSFODNN7EXAMPLE", "SecretAccessKey": SECRET, "Token": "t",
                       "Expiration": at, **more})


def metadata(credentials):
    def respond(method, path, headers, body):
        if (method, path) == ("PUT", "/latest/api/token"):
            return (200, "TOKEN") if headers.get("x-aws-ec2-metadata-token-ttl-seconds") == "21600" else (400, "")
        if headers.get("x-aws-ec2-metadata-token") != "TOKEN":
            return 401, ""
        if path == "/latest/meta-data/iam/security-credentials/":
            return 200, "the-role\n"
        return (200, credentials) if path.endswith("/the-role") else (404, "")
    return respond


def test_instance_metadata_version_2(keycanary, service):
    env = {"AWS_EC2_METADATA_SERVICE_ENDPOINT": service.url + "/", "AWS_EC2_METADATA_DISABLED": "false",
           "http_proxy": "http://127.0.0.1:9"}
    service.responder = metadata(issued())
    case = Case(keycanary, env=env)
    assert case.ours()[0] == "ASIAIOSFODNN7EXAMPLE"
    assert [s[:2] for s in service.seen] == [
        ("PUT", "/latest/api/token"), ("GET", "/latest/meta-data/iam/security-credentials/"),
        ("GET", "/latest/meta-data/iam/security-credentials/the-role")]
    case.env.pop("http_proxy")
    assert case.botocores().access_key == "ASIAIOSFODNN7EXAMPLE"
    profile = Case(keycanary, "[default]\nregion = eu-west-1\n", env={k: v for k, v in env.items() if k != "http_proxy"})
    assert profile.ours()[0] == profile.botocores().access_key == "ASIAIOSFODNN7EXAMPLE", "a profile without keys goes on"
    service.responder = metadata(issued(hours=-1))
    assert case.ours()[0] == "ASIAIOSFODNN7EXAMPLE", "late credentials still serve"
    service.responder = metadata('{"Code": "AssumeRoleUnauthorizedAccess"}')
    assert case.ours()[0] is None
    service.seen.clear()
    service.responder = lambda *a: (404, "")
    got, row = case.ours()
    assert got is None and row["facts"]["error"] == "credentials"
    assert not any(s[0] == "GET" for s in service.seen), "never version 1"
    service.seen.clear()
    case.env["AWS_EC2_METADATA_DISABLED"] = "true"
    assert case.ours()[0] is None and service.seen == []


def test_container(keycanary, service, tmp_path):
    service.responder = lambda method, path, headers, body: (200, issued()) if path == "/creds?x=1" else (404, "")
    env = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": service.url + "/creds?x=1", "AWS_CONTAINER_AUTHORIZATION_TOKEN": "Basic abc"}
    case = Case(keycanary, env=env)
    assert case.ours()[0] == case.botocores().access_key == "ASIAIOSFODNN7EXAMPLE"
    assert all(s[2]["Authorization"] == "Basic abc" for s in service.seen)
    token = tmp_path / "token"
    case.env["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = str(token)
    for text in ("first", "second\n"):
        token.write_text(text)
        assert case.ours()[0] == "ASIAIOSFODNN7EXAMPLE"
        assert service.seen[-1][2]["Authorization"] == text.strip(), "the file is read each time, and before the variable"
    token.write_text("a\r\nX-Evil: b")
    assert case.ours()[0] is None
    case.env.pop("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
    case.env["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://credentials.example/creds"
    got, row = case.ours()
    assert got is None and row["facts"]["error"] == "refused" and case.botocores() is None
    case.env["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = service.url + "/other"
    got, row = case.ours()
    assert got is None and "404" in row["detail"]


def test_credential_source_of_container_and_instance(keycanary, service, roles, aws_range):
    mine, one, _, env, key = roles
    given = json.dumps({"AccessKeyId": key["AWS_ACCESS_KEY_ID"], "SecretAccessKey": key["AWS_SECRET_ACCESS_KEY"], "Token": ""})
    service.responder = lambda method, path, headers, body: (200, given) if path == "/c" else metadata(given)(method, path, headers, body)
    for source, more in {"EcsContainer": {"AWS_CONTAINER_CREDENTIALS_FULL_URI": service.url + "/c"},
                         "Ec2InstanceMetadata": {"AWS_EC2_METADATA_SERVICE_ENDPOINT": service.url, "AWS_EC2_METADATA_DISABLED": "false"}}.items():
        case = Case(keycanary, "[profile w]\n" + one + f"credential_source = {source}\n", env={**env, **more}, profile="w")
        got, row = case.ours()
        assert got and aws_range.world.keys[got]["role"] == "one", row


def sts(key_id="ASIAWEBIDENTITY00000"):
    at = (datetime.datetime.utcnow() + datetime.timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return ("<AssumeRoleWithWebIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleWithWebIdentityResult>"
            f"<Credentials><AccessKeyId>{key_id}</AccessKeyId><SecretAccessKey>{SECRET}</SecretAccessKey><SessionToken>t</SessionToken>"
            f"<Expiration>{at}</Expiration></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>")


def test_web_identity_is_asked_for_without_a_signature(keycanary, service, tmp_path):
    token = tmp_path / "token"
    token.write_text("eyJ.a+b/c=\n")
    service.responder = lambda *a: (200, sts())
    role = {"AWS_ROLE_ARN": "arn:aws:iam::1:role/web", "AWS_WEB_IDENTITY_TOKEN_FILE": str(token), "AWS_ROLE_SESSION_NAME": "pod"}
    case = Case(keycanary, env={**role, "AWS_ENDPOINT_URL": service.url})
    assert case.ours()[0] == case.botocores(service.url).access_key == "ASIAWEBIDENTITY00000"
    for _, _, headers, body in service.seen:
        form = dict(urllib.parse.parse_qsl(body))
        assert "Authorization" not in headers
        assert (form["Action"], form["RoleArn"], form["RoleSessionName"], form["WebIdentityToken"].strip()) == (
            "AssumeRoleWithWebIdentity", role["AWS_ROLE_ARN"], "pod", "eyJ.a+b/c=")
    config = f"[profile w]\nrole_arn = arn:aws:iam::1:role/web\nweb_identity_token_file = {token}\n"
    case = Case(keycanary, config, env={"AWS_ENDPOINT_URL": service.url}, profile="w")
    assert case.ours()[0] == case.botocores(service.url).access_key == "ASIAWEBIDENTITY00000"
    named = Case(keycanary, "[profile w]\nregion = x\n", env={**role, "AWS_ENDPOINT_URL": service.url}, profile="w")
    assert named.ours()[0] is None and named.botocores(service.url) is None, "a named profile leaves the environment out"
    missing = Case(keycanary, env={"AWS_WEB_IDENTITY_TOKEN_FILE": str(token), "AWS_ENDPOINT_URL": service.url})
    got, row = missing.ours()
    assert got is None and "AWS_ROLE_ARN" in row["detail"]
    token.unlink()
    got, row = Case(keycanary, env={**role, "AWS_ENDPOINT_URL": service.url}).ours()
    assert got is None and str(token) in row["detail"]
    assert "eyJ" not in json.dumps(row)
