"""What the system tests share: the program, a clean home, records of the proper shape."""
import gzip
import json
import os
import pathlib
import subprocess
import uuid

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("KEYCANARY", str(ROOT / "build" / "keycanary"))
SHARED = pathlib.Path(os.environ.get("KEYCANARY_SHARED", ROOT.parent / "shared"))
KEY = "AKIAYT723HMDSAE2OSWV"
ACCOUNT = "592694688519"
USER = "svc-report-mailer"
USER_ID = "AIDAQ3EXAMPLESVCREPRT"


def pytest_make_parametrize_id(val):
    """Bytes may hold the time (gzip, zip): every worker must name a test the same."""
    return f"{len(val)} bytes" if isinstance(val, bytes) else None


@pytest.fixture
def shared():
    if not (SHARED / "data").is_dir():
        pytest.skip("the folder of published facts is not here (KEYCANARY_SHARED)")
    return SHARED / "data"


class Keycanary:
    """The program in a home of its own."""

    def __init__(self, home):
        self.home = pathlib.Path(home)
        self.env = {k: v for k, v in os.environ.items()
                    if not k.startswith(("AWS_", "XDG_", "KEYCANARY"))}
        self.env.update(HOME=str(home), TZ="UTC")

    def __call__(self, *args, check=None, **kw):
        kw.setdefault("timeout", 120)
        if isinstance(kw.get("input"), bytes):
            kw["text"] = False
        kw.setdefault("text", True)
        r = subprocess.run([PROGRAM, *map(str, args)], capture_output=True,
                           env=kw.pop("env", self.env), **kw)
        assert r.returncode not in (98, 99) and r.returncode >= 0, r.stderr
        if check is not None:
            assert r.returncode == check, (r.returncode, r.stdout, r.stderr)
        return r

    def scan(self, *args, **kw):
        r = self("scan", "--json", *args, **kw)
        return json.loads(r.stdout), r


@pytest.fixture(scope="session")
def postgres():
    import postgres as module
    if not module.installed():
        pytest.skip("PostgreSQL is not installed (package postgresql)")
    server = module.Postgres()
    yield server
    server.close()


# The store's tests run on each backend: KEYCANARY_TEST_STATE=postgresql chooses the other one.
ON_POSTGRES = os.environ.get("KEYCANARY_TEST_STATE") == "postgresql"
sqlite_only = pytest.mark.skipif(ON_POSTGRES, reason="looks into the SQLite file")


@pytest.fixture
def keycanary(tmp_path, request):
    home = tmp_path / "home"
    home.mkdir()
    k = Keycanary(home)
    if ON_POSTGRES:
        k.env["KEYCANARY_STATE"] = request.getfixturevalue("postgres").schema()[1]
    return k


def record(name="GetSendQuota", source="ses.amazonaws.com", time="2025-03-04T05:06:07Z", key=KEY,
           **over):
    """A CloudTrail record of a denied call, in the shape of real ones."""
    r = {
        "eventVersion": "1.09",
        "userIdentity": {
            "type": "IAMUser", "principalId": USER_ID, "arn": f"arn:aws:iam::{ACCOUNT}:user/{USER}",
            "accountId": ACCOUNT, "accessKeyId": key, "userName": USER},
        "eventTime": time, "eventSource": source, "eventName": name, "awsRegion": "us-east-1",
        "sourceIPAddress": "198.51.100.23", "userAgent": "Boto3/1.35.70 md/Botocore#1.35.70",
        "errorCode": "AccessDenied",
        "errorMessage": f"User: arn:aws:iam::{ACCOUNT}:user/{USER} is not authorized to perform: "
                        f"{source.split('.')[0]}:{name} because no identity-based policy allows it",
        "requestParameters": None, "responseElements": None, "requestID": str(uuid.uuid4()),
        "eventID": str(uuid.uuid4()), "readOnly": True, "eventType": "AwsApiCall",
        "managementEvent": True, "recipientAccountId": ACCOUNT, "eventCategory": "Management"}
    identity = over.pop("identity", None)
    if identity is not None:
        r["userIdentity"] = identity
    r.update(over)
    return {k: v for k, v in r.items() if v is not ...}


def calls(text, start=0):
    """'ses:GetAccount sts:GetCallerIdentity' as records, ten seconds apart."""
    out = []
    for n, word in enumerate(text.split()):
        service, name = word.split(":")
        seconds = start + n * 10
        out.append(record(name, f"{service}.amazonaws.com",
                          time=f"2025-03-04T{5 + seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}Z"))
    return out


def write_log(path, records, compress=True):
    data = json.dumps({"Records": records}, separators=(",", ":")).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(data) if compress else data)
    return path


class RangeHandle:
    """The stand-in AWS of tests/range, and ways to use it."""
    session = None

    def __init__(self, module):
        self.server, self.url, self.world = module.start()
        self.account = module.ACCOUNT
        self.regions = module.REGIONS

    def post(self, what, **p):
        import urllib.request
        request = urllib.request.Request(f"{self.url}/_range/{what}", json.dumps(p).encode(), method="POST")
        return json.loads(urllib.request.urlopen(request, timeout=30).read())

    def env(self, key=None):
        key = key or {"key": self.world.monitor["id"], "secret": self.world.monitor["secret"]}
        return {"AWS_ACCESS_KEY_ID": key["key"], "AWS_SECRET_ACCESS_KEY": key["secret"],
                "AWS_ENDPOINT_URL": self.url, "AWS_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true"}

    def client(self, service, key=None, region="us-east-1"):
        """A botocore client; it does not try again, so that a test sees each answer."""
        import botocore.config
        import botocore.session
        RangeHandle.session = RangeHandle.session or botocore.session.Session()
        key = key or {"key": self.world.monitor["id"], "secret": self.world.monitor["secret"]}
        return RangeHandle.session.create_client(
            service, region, endpoint_url=self.url, aws_access_key_id=key["key"], aws_secret_access_key=key["secret"],
            aws_session_token=key.get("token"), config=botocore.config.Config(retries={"total_max_attempts": 1}))

    def aws(self, key, *words, region="us-east-1"):
        """The aws CLI with a key; its exit status is not looked at, an intruder is denied."""
        env = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "AWS_ACCESS_KEY_ID": key["key"],
               "AWS_SECRET_ACCESS_KEY": key["secret"], "AWS_DEFAULT_REGION": region,
               "AWS_EC2_METADATA_DISABLED": "true", "AWS_PAGER": "", "AWS_MAX_ATTEMPTS": "1"}
        if key.get("token"):
            env["AWS_SESSION_TOKEN"] = key["token"]
        return subprocess.run(["/usr/bin/aws", "--endpoint-url", self.url, "--output", "json", *words],
                              capture_output=True, text=True, env=env, timeout=60)


@pytest.fixture
def aws_range():
    import sys
    pytest.importorskip("botocore")
    sys.path.insert(0, str(ROOT / "tests" / "range"))
    module = __import__("range")
    handle = RangeHandle(module)
    yield handle
    handle.server.shutdown()
    handle.server.server_close()
