"""The signer against botocore's, on requests nobody thought of: both must agree on every byte."""
import json
import os
import pathlib
import random
import string
import subprocess
import urllib.parse

import pytest

botocore = pytest.importorskip("botocore")
import botocore.auth  # noqa: E402
import botocore.awsrequest  # noqa: E402
import botocore.credentials  # noqa: E402

from conftest import PROGRAM, ROOT  # noqa: E402

RUNNER = pathlib.Path(PROGRAM).parent / "unit" / "test_sigv4_vectors"
ODD = " !\"#$%&'()*+,-./:;<=>?@[]^_`{|}~äß漢😀\t"


def word(rng, alphabet=string.ascii_letters + string.digits + "-_.~", low=1, high=12):
    return "".join(rng.choices(alphabet, k=rng.randint(low, high)))


def path(rng):
    parts = [rng.choice([word(rng), urllib.parse.quote(word(rng, ODD), safe=""), ".", "..", "", "a:b@c", "x=y,z", "%2F", "ä"])
             for _ in range(rng.randint(0, 6))]
    return "/" + "/".join(parts) + rng.choice(["", "/"])


def query(rng):
    def one():
        name = urllib.parse.quote(word(rng, ODD + string.ascii_letters), safe="-_.~")
        value = urllib.parse.quote(word(rng, ODD + string.ascii_letters, 0), safe="-_.~")
        return rng.choice([f"{name}={value}", name, f"{name}=", "list-type=2", "A=1", "a=1", "a=0"])
    return "&".join(one() for _ in range(rng.randint(0, 6)))


def headers(rng):
    out = []
    for _ in range(rng.randint(0, 6)):
        name = rng.choice(["X-" + word(rng, string.ascii_letters + "-"), "Content-Type", "x-amz-meta-A", "X-Amz-Meta-a", "My-Header1"])
        value = rng.choice([word(rng, ODD.replace("\t", ""), 1, 30), "  a   b  ", "a,b , c", '"a   b"', word(rng)])
        out.append((name.rstrip("-") if name != "X-" else "X-a", value.strip("\t")))
    extra = [("User-Agent", "x"), ("X-Amzn-Trace-Id", "Root=1"), ("Expect", "100-continue")]
    return out + rng.sample(extra, rng.randint(0, 3))


def oracle(rng, folder):
    s3 = rng.random() < 0.4
    unsigned = s3 and rng.random() < 0.3
    token = word(rng, string.ascii_letters + "/+=", 20, 80) if rng.random() < 0.4 else None
    service, region = ("s3" if s3 else rng.choice(["iam", "cloudtrail", "sts", "execute-api"])), rng.choice(["us-east-1", "eu-south-2"])
    secret, key = word(rng, string.ascii_letters + "/+", 40, 40), word(rng, string.ascii_uppercase, 20, 20)
    method = rng.choice(["GET", "POST", "PUT", "DELETE", "HEAD"])
    host = rng.choice(["example.amazonaws.com", "localhost:4566", "[::1]:9000", "[fd00::1]", "EXAMPLE.com:8443"])
    target = path(rng)
    q = query(rng)
    target += "?" + q if q else rng.choice(["", "?"]) if not s3 else ""
    body = "" if method in ("GET", "HEAD") else rng.choice(["", "a=b&c=d", '{"x": "é"}', "two\nlines", word(rng, ODD, 1, 200)])
    stamp = f"20{rng.randint(15, 30)}{rng.randint(1, 12):02d}{rng.randint(1, 28):02d}T{rng.randint(0, 23):02d}{rng.randint(0, 59):02d}59Z"
    request = botocore.awsrequest.AWSRequest(method, f"https://{host}{target}", data=body.encode())
    mine = headers(rng)
    if unsigned:
        mine.append(("Content-MD5", "1B2M2Y8AsgTpgAmY7PhCfg=="))
        request.context["has_streaming_input"] = True
    for name, value in mine:
        request.headers.add_header(name, value)
    request.headers["Host"] = host
    request.context["timestamp"] = stamp
    signer = (botocore.auth.S3SigV4Auth if s3 else botocore.auth.SigV4Auth)(
        botocore.credentials.Credentials(key, secret, token), service, region)
    signer._modify_request_before_signing(request)
    canonical = signer.canonical_request(request)
    to_sign = signer.string_to_sign(request, canonical)
    folder.mkdir(parents=True)
    (folder / "context.json").write_text(json.dumps({
        "credentials": {"access_key_id": key, "secret_access_key": secret, **({"token": token} if token else {})},
        "region": region, "service": service, "normalize": True, "sign_body": False, "s3": s3, "unsigned_body": unsigned,
        "timestamp": f"{stamp[:4]}-{stamp[4:6]}-{stamp[6:8]}T{stamp[9:11]}:{stamp[11:13]}:{stamp[13:15]}Z"}))
    lines = [f"{method} {target} HTTP/1.1", f"Host:{host}"] + [f"{n}:{v}" for n, v in mine]
    (folder / "request.txt").write_bytes("\n".join(lines).encode() + (b"\n\n" + body.encode() if body else b"\n"))
    (folder / "header-canonical-request.txt").write_text(canonical)
    (folder / "header-string-to-sign.txt").write_text(to_sign)
    (folder / "header-signature.txt").write_text(signer.signature(to_sign, request))


def run(folder, *more):
    if not RUNNER.exists():
        pytest.skip("the unit tests are not built")
    return subprocess.run([RUNNER, folder, *more], capture_output=True, text=True, timeout=60)


def test_random_requests_are_signed_as_botocore_signs_them(tmp_path):
    seed = int(os.environ.get("KEYCANARY_SEED", random.randrange(1 << 32)))
    rng = random.Random(seed)
    for n in range(400):
        oracle(rng, tmp_path / f"case-{n:03d}")
    r = run(tmp_path)
    assert r.stdout.splitlines()[-1] == "400 passed, 0 failed", f"KEYCANARY_SEED={seed}\n{r.stdout[-6000:]}"
    assert r.returncode == 0


@pytest.mark.parametrize("what, change", [
    ("says \"mystery\"", lambda d: edit(d, mystery=1)), ("needs credentials, region", lambda d: edit(d, region=None)),
    ("timestamp", lambda d: edit(d, timestamp="yesterday")), ("no request.txt", lambda d: (d / "request.txt").unlink()),
    ("does not begin with", lambda d: (d / "request.txt").write_text("GET\n")),
    ("canonical request is", lambda d: (d / "header-canonical-request.txt").write_text("x")),
    ("signature is", lambda d: (d / "header-signature.txt").write_text("0" * 64)),
    ("nothing|no header-", lambda d: [f.unlink() for f in d.glob("header-*")])],
    ids=["unknown field", "no region", "bad time", "no request", "bad request", "canonical request", "signature", "nothing to compare"])
def test_the_runner_says_what_is_wrong_with_a_case(tmp_path, what, change):
    oracle(random.Random(1), tmp_path / "good")
    oracle(random.Random(2), tmp_path / "odd")
    change(tmp_path / "odd")
    r = run(tmp_path)
    assert any(w in r.stdout for w in what.split("|")), r.stdout
    fine = "mystery" in what
    assert r.stdout.splitlines()[-1] == ("2 passed, 0 failed" if fine else "1 passed, 1 failed")
    assert r.returncode == (0 if fine else 1)


def edit(folder, **change):
    context = json.loads((folder / "context.json").read_text())
    context.update(change)
    (folder / "context.json").write_text(json.dumps({k: v for k, v in context.items() if v is not None}))


def test_published_vectors(shared):
    r = run(shared / "sigv4" / "v4")
    passed, failed = r.stdout.splitlines()[-1].split(", ")
    assert failed == "0 failed" and int(passed.split()[0]) >= 19


def test_an_empty_directory_is_no_success(tmp_path):
    assert run(tmp_path).returncode != 0
