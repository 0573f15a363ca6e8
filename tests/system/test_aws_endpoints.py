"""Endpoints against botocore's rule sets: each service we call, each region of each partition, FIPS and dual-stack."""
import itertools
import json
import pathlib
import subprocess

import pytest

pytest.importorskip("botocore.endpoint_provider")
import botocore.session  # noqa: E402
from botocore.endpoint_provider import EndpointProvider  # noqa: E402

from conftest import PROGRAM  # noqa: E402

RUNNER = pathlib.Path(PROGRAM).parent / "unit" / "test_endpoints"


def run(folder):
    if not RUNNER.exists():
        pytest.skip("the unit tests are not built")
    return subprocess.run([RUNNER, folder], capture_output=True, text=True, timeout=60)


def regions(partitions):
    return [r for p in partitions["partitions"] for r in p["regions"] if "global" not in r]


@pytest.mark.parametrize("service", ["account", "cloudtrail", "ec2", "email", "sesv2", "sns", "sqs", "sts", "service-quotas"])
def test_the_same_address_as_botocore(tmp_path, service):
    loader = botocore.session.Session().get_component("data_loader")
    partitions = loader.load_data("partitions")
    model = {"email": "ses"}.get(service, service)
    provider = EndpointProvider(loader.load_service_model(model, "endpoint-rule-set-1"), partitions)
    cases = []
    for region, fips, dual in itertools.product(regions(partitions), (False, True), (False, True)):
        try:
            found = provider.resolve_endpoint(Region=region, UseFIPS=fips, UseDualStack=dual)
        except Exception:
            continue
        cases.append({"documentation": f"{region} fips={fips} dual={dual}",
                      "params": {"Region": region, "UseFIPS": fips, "UseDualStack": dual},
                      "expect": {"endpoint": {"url": found.url, "properties": found.properties}}})
    (tmp_path / f"{'ses' if service == 'email' else service}.json").write_text(json.dumps({"testCases": cases}))
    r = run(tmp_path)
    assert r.stdout.splitlines()[-1].endswith(", 0 failed") and r.returncode == 0, r.stdout[-3000:]


def test_published_rules(shared):
    r = run(shared / "endpoints")
    passed, failed = r.stdout.splitlines()[-1].split(", ")
    assert failed == "0 failed" and int(passed.split()[0]) > 400
