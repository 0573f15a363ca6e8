"""What canary/policy/ allows: proven against a deny list, by an evaluator of our own; and the templates say the same."""
import json
import pathlib
import re

import pytest
import yaml

from conftest import ROOT

POLICIES = ROOT / "canary" / "policy"
DOCUMENTS = sorted(POLICIES.glob("*.json"))
DECOYS = {"decoy-denied.json", "decoy-lure.json", "boundary.json"}

# What costs money, sends anything, or opens a way to either. Patterns as IAM takes them.
NEVER = """
*:Create* *:Run* *:Start* *:Send* *:Publish* *:Invoke* *:Converse* *:Put* *:Purchase* *:Request* *:Subscribe* *:Update*
*:Submit* *:Launch* *:Allocate* *:Register* *:Transfer* *:Import* *:Restore* *:Resize* *:Modify* *:Enable* *:Execute*
*:Verify* *:Synthesize* *:Translate* *:Transcribe* *:Detect* *:Analyze* *:Recognize* *:Add* *:Attach* *:Pass* *:Set*
*:Accept* *:Activate* *:Associate* *:Authorize* *:Upload* *:Copy* *:Provision* *:Deploy* *:Apply* *:Assume* *:Decrypt
ce:* bedrock:* sagemaker:* athena:* dynamodb:* mobiletargeting:* sms-voice:* social-messaging:* connect:* chime:*
workmail:* lightsail:* route53domains:* aws-marketplace:* savingsplans:* organizations:Invite* secretsmanager:Get*
sns:* kms:* lambda:* logs:* states:* glue:* redshift:* polly:* textract:* rekognition:* comprehend:* aps:* pricing:*
""".split()
# Making decoys is what the minter is for; it is free.
MINTER = {"iam:CreateUser", "iam:PutUserPolicy", "iam:CreateAccessKey"}


def meet(a, b):
    """Is there an action, service:Operation, that both patterns match? Case means nothing."""
    if ":" in a and ":" in b:
        return all(overlap(x, y) for x, y in zip(a.lower().split(":", 1), b.lower().split(":", 1)))
    return overlap(a.lower(), b.lower())


def overlap(a, b):
    """Is there a word that both match? `*` any run, `?` one character."""
    reach = {(0, 0)}
    todo = [(0, 0)]
    while todo:
        i, k = todo.pop()
        if (i, k) == (len(a), len(b)):
            return True
        steps = set()
        if a[i:i + 1] == "*":
            steps |= {(i + 1, k)} | ({(i, k + 1)} if k < len(b) else set())
        if b[k:k + 1] == "*":
            steps |= {(i, k + 1)} | ({(i + 1, k)} if i < len(a) else set())
        if i < len(a) and k < len(b) and "*" not in (a[i], b[k]) and (a[i] == b[k] or "?" in (a[i], b[k])):
            steps.add((i + 1, k + 1))
        for s in steps - reach:
            reach.add(s)
            todo.append(s)
    return False


def listed(v):
    return v if isinstance(v, list) else [v]


def allowed(document):
    """The action patterns that some Allow statement names; NotAction is everything."""
    for s in listed(document["Statement"]):
        if s["Effect"] == "Allow":
            yield from listed(s["Action"]) if "Action" in s else ["*"]


def read(path):
    document = json.loads(path.read_text())
    assert document["Version"] == "2012-10-17"
    for s in listed(document["Statement"]):
        assert s["Effect"] in ("Allow", "Deny") and len({"Action", "NotAction"} & set(s)) == 1 and s["Resource"]
    return document


@pytest.mark.parametrize("a,b,want", [
    ("ses:*", "*:Send*", True), ("ses:Get*", "ses:Send*", False), ("*", "ec2:RunInstances", True),
    ("ses:GetSend*", "*:Send*", False), ("s?s:Send*", "ses:SendEmail", True), ("SES:sendemail", "ses:Send*", True),
    ("ses:GetAccount", "ses:GetAccount", True), ("ses:GetAccount", "ses:GetAccountX", False), ("iam:*User", "iam:Create*", True),
    ("ses:*Quota", "*:Send*", True), ("", "*", True), ("a", "", False)])
def test_the_evaluator_is_right(a, b, want):
    assert meet(a, b) is want and meet(b, a) is want


@pytest.mark.parametrize("document", [
    {"Statement": {"Effect": "Allow", "Action": "ses:*"}}, {"Statement": [{"Effect": "Allow", "NotAction": "iam:*"}]},
    {"Statement": [{"Effect": "Deny", "Action": "*"}, {"Effect": "Allow", "Action": ["ses:GetAccount", "SES:SendEmail"]}]},
    {"Statement": [{"Effect": "Allow", "Action": ["s3:?ut*"]}]}])
def test_the_proof_can_fail(document):
    assert any(meet(a, n) for a in allowed(document) for n in NEVER)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: p.name)
def test_nothing_that_costs_money_or_sends_mail_is_allowed(path):
    bad = [(a, n) for a in allowed(read(path)) for n in NEVER if meet(a, n)
           and not (path.name.startswith("minter") and a in MINTER)]
    assert bad == []


def test_a_decoy_may_read_ses_and_its_quotas_and_nothing_else(shared):
    """Against the access levels IAM itself publishes."""
    levels = json.loads((shared / "aws" / "ses_iam_access_levels.json").read_text())["access"]
    for name in DECOYS:
        for action in allowed(read(POLICIES / name)):
            service, operation = action.split(":")
            assert "*" not in action and "?" not in action
            assert service == "servicequotas" and re.match("(Get|List)", operation) or \
                service == "ses" and levels.get(operation, "Read") in ("Read", "List"), action
            assert re.match("(Get|List)", operation)


def test_the_lure_fits_into_what_iam_takes_and_into_the_boundary():
    lure = read(POLICIES / "decoy-lure.json")
    for name in ("decoy-lure.json", "decoy-denied.json"):
        assert len(re.sub(r"\s", "", (POLICIES / name).read_text())) <= 2048     # IAM quota, white space left out
    assert set(allowed(lure)) == set(allowed(read(POLICIES / "boundary.json")))
    assert {s["Effect"] for s in read(POLICIES / "decoy-denied.json")["Statement"]} == {"Deny"}


def test_the_guard_denies_all_that_is_never_wanted_whatever_else_is_allowed():
    (s,) = read(POLICIES / "account-guard.json")["Statement"]
    assert s["Effect"] == "Deny" and s["Resource"] == "*" and "Condition" not in s
    spared = [a for a in s["NotAction"] if a not in ("iam:*", "sts:*")]
    assert [(a, n) for a in spared for n in NEVER if meet(a, n)] == []
    for wanted in allowed(read(POLICIES / "decoy-lure.json")):
        assert any(meet(wanted, a) for a in s["NotAction"])


def test_the_minter_reaches_users_only_and_the_bounded_one_only_inside_the_boundary():
    for name in ("minter.json", "minter-bounded.json"):
        for s in read(POLICIES / name)["Statement"]:
            for action in listed(s["Action"]):
                assert action.startswith("iam:") and "*" not in action
                assert re.match("iam:(Get|List)", action) or "*" not in listed(s["Resource"])
    bounded = [s for s in read(POLICIES / "minter-bounded.json")["Statement"] if "iam:PutUserPolicy" in s["Action"]]
    assert bounded and all("iam:PermissionsBoundary" in s["Condition"]["ArnLike"] for s in bounded)


def test_the_monitor_changes_nothing():
    for action in allowed(read(POLICIES / "monitor.json")):
        assert re.match(r"[a-z0-9-]+:(Get|List|Describe|Lookup|Generate)", action), action


def test_mint_retire_and_adopt_need_no_more_than_the_minters_policy(keycanary, aws_range):
    """Every call the range saw is in the document."""
    minter = aws_range.post("key", user="provisioner", policy=sorted(set(allowed(read(POLICIES / "minter.json")))))
    keycanary.env.update(aws_range.env(minter))
    aws_range.world.make_user("old-one")
    aws_range.world.make_key("old-one")
    keycanary("mint", "--level", "lure", check=0)
    keycanary("adopt", "--user", "old-one", check=0)
    made = [c["key_id"] for c in json.loads(keycanary("list", "--json", check=0).stdout)["canaries"]]
    keycanary("retire", "--yes", *made, check=0)
    assert set(aws_range.world.users) == {"provisioner", "keycanary-monitor"}


# --- templates ---------------------------------------------------------------------------


class Cfn(yaml.SafeLoader):
    """CloudFormation's short forms stay what they are."""


Cfn.add_multi_constructor("!", lambda loader, suffix, node: {suffix: loader.construct_scalar(node)})


def documents_in(node):
    """Every policy document of a template, however deep; those that trust somebody are not ours."""
    if isinstance(node, dict):
        for k, v in node.items():
            if k in ("PolicyDocument", "Content"):
                yield v
            else:
                yield from documents_in(v)
    elif isinstance(node, list):
        for v in node:
            yield from documents_in(v)


EMBEDDED = {"decoy-account": ["boundary.json", "minter.json"], "monitor": ["monitor.json"],
            "organization": ["account-guard.json"]}


@pytest.mark.parametrize("name", EMBEDDED)
def test_cloudformation_says_what_the_documents_say(name):
    t = yaml.load((POLICIES / f"{name}.yaml").read_text(), Cfn)
    assert t["AWSTemplateFormatVersion"] == "2010-09-09"
    assert list(documents_in(t["Resources"])) == [read(POLICIES / d) for d in EMBEDDED[name]]
    text = json.dumps(t)
    for ref in re.findall(r'\{"Ref": "(\w+)"\}', text):
        assert ref in t["Parameters"] or ref in t["Resources"]
    for get in re.findall(r'\{"GetAtt": "(\w+)\.\w+"\}', text):
        assert get in t["Resources"]
    for p in t["Parameters"]:
        assert f'{{"Ref": "{p}"}}' in text
    for r in t["Resources"].values():
        assert re.fullmatch(r"AWS::\w+::\w+", r["Type"])


@pytest.mark.parametrize("name", EMBEDDED)
def test_terraform_says_what_the_documents_say(name):
    text = (POLICIES / f"{name}.tf").read_text()
    inside = re.findall(r"= <<-JSON\n(.*?)\n\s*JSON\n", text, re.S)
    assert [json.loads(i.replace("$${", "${")) for i in inside] == [read(POLICIES / d) for d in EMBEDDED[name]]
    code = re.sub(r"<<-JSON\n.*?\n\s*JSON\n", '""\n', text, flags=re.S)
    assert "${" not in re.sub(r"\$\$\{", "", text)
    bare = re.sub(r'"[^"]*"|#.*', "", code)
    for a, b in ("{}", "[]", "()"):
        assert bare.count(a) == bare.count(b)
    declared = {f"{t}.{n}" for t, n in re.findall(r'^resource "(\w+)" "(\w+)" \{$', code, re.M)}
    variables = set(re.findall(r'^variable "(\w+)" \{$', code, re.M))
    assert set(re.findall(r"\bvar\.(\w+)", code)) == variables
    assert set(re.findall(r"\b(aws_\w+\.\w+)\.\w+", code)) <= declared
    assert declared and all(line.count('"') % 2 == 0 for line in code.splitlines() if not line.startswith("#"))


def test_templates_name_nothing_that_tells():
    for path in POLICIES.glob("decoy-account.*"):
        names = re.findall(r"(?:name\s*=|Name:)\s*\"?([\w-]+)", path.read_text())
        assert names and not any(re.search("canary|honey|decoy", n, re.I) for n in names)


def test_the_command_lists_every_file_and_prints_it(keycanary):
    shown = keycanary("policy", check=0).stdout.splitlines()[1:]
    files = {p.name for p in POLICIES.iterdir()} - {"about.conf"}
    assert {line.split()[0] for line in shown} == files
    for name in files:
        assert keycanary("policy", name, check=0).stdout == (POLICIES / name).read_text()
    assert keycanary("policy", "monitor", check=0).stdout == (POLICIES / "monitor.json").read_text()
    assert 'did you mean "monitor.json"' in keycanary("policy", "monitr.json", check=2).stderr
    assert keycanary("policy", "../persona/ci.conf").returncode == 2
