"""keycanary doctor against the range: rights taken away one by one, regions, trails, decoys, clock."""
import json
import pathlib

import pytest

from conftest import ROOT


def doctor(keycanary, *checks, env=None, check=None):
    r = keycanary("doctor", "--json", *checks, env={**keycanary.env, **(env or {})}, check=check)
    return json.loads(r.stdout), r


def rows(report, check, result=None):
    return [c for c in report["checks"] if c["check"] == check and result in (None, c["result"])]


def policy_actions(keycanary):
    document = json.loads(keycanary("doctor", "--policy", check=0).stdout)
    assert document["Version"] == "2012-10-17"
    assert all(s["Effect"] == "Allow" for s in document["Statement"])
    return [a for s in document["Statement"] for a in s["Action"]]


def limited(r, actions, user="watcher"):
    return r.post("key", user=user, policy=actions)


def canary(keycanary, r, user="ci-deploy"):
    k = r.post("key", user=user)
    path = pathlib.Path(keycanary.home) / f"{user}.csv"
    path.write_text(f"key_id,account,user_name\n{k['key']},{r.account},{user}\n")
    keycanary("import", path, check=0)
    return k


def test_the_printed_policy_is_enough_and_each_right_in_it_is_needed(keycanary, aws_range):
    actions = policy_actions(keycanary)
    canary(keycanary, aws_range)
    report, _ = doctor(keycanary, "credentials", "identity", "rights", "regions", "trails", "decoys",
                       env=aws_range.env(limited(aws_range, actions)), check=0)
    assert report["count"]["warn"] == report["count"]["fail"] == report["count"]["skip"] == 0, report
    instead = {"account:ListRegions", "ec2:DescribeRegions"}
    for n, action in enumerate(actions):
        key = limited(aws_range, [a for a in actions if a != action], f"watcher{n}")
        report, r = doctor(keycanary, "rights", env=aws_range.env(key))
        named = [c["subject"] for c in rows(report, "rights") if c["result"] in ("warn", "fail")]
        assert named == ([] if action in instead else [action]), (action, report)
        fatal = action in ("cloudtrail:LookupEvents", "iam:GetAccessKeyLastUsed")
        assert r.returncode == (1 if fatal else 0)
        for c in rows(report, "rights", "warn") + rows(report, "rights", "fail"):
            assert "--policy" in c["remedy"] and c["facts"]["purpose"] and c["facts"]["error"] == "denied"
    key = limited(aws_range, actions[1:], "watcher-deaf")
    text = keycanary("doctor", "rights", env={**keycanary.env, **aws_range.env(key)}, check=1).stdout
    assert (ROOT / "canary/policy/monitor.json").read_text() in text, "and the policy to attach"
    key = limited(aws_range, [a for a in actions if a not in instead], "watcher-blind")
    report, _ = doctor(keycanary, "rights", "regions", env=aws_range.env(key))
    assert {c["subject"] for c in rows(report, "rights", "warn")} == instead
    assert any("cannot be listed" in c["detail"] for c in rows(report, "regions", "warn"))


def test_it_changes_nothing(keycanary, aws_range):
    canary(keycanary, aws_range)
    aws_range.post("calls")
    doctor(keycanary, env=aws_range.env())
    asked = {c.split()[0] for c in aws_range.post("calls")}
    assert asked and all(c.startswith(("Get", "List", "Describe", "Lookup")) or c == "GenerateCredentialReport" for c in asked)


def test_credentials_that_aws_does_not_know(keycanary, aws_range):
    env = aws_range.env({"key": "AKIAYT723HMDSAE2OSWV", "secret": "x" * 40})
    report, r = doctor(keycanary, env=env, check=1)
    assert rows(report, "credentials", "ok") and rows(report, "identity", "fail")
    assert rows(report, "identity")[0]["facts"]["error"] == "credentials"
    assert [c["result"] for c in report["checks"] if c["check"] in ("rights", "regions", "trails", "decoys")] == ["skip"] * 4
    assert "x" * 40 not in r.stdout + r.stderr
    report, _ = doctor(keycanary, "identity", env={**env, "AWS_REGION": "cn-north-1"}, check=1)
    assert "partition" in rows(report, "identity")[0]["remedy"]


def test_a_canary_is_refused_by_name_also_as_the_source_of_a_role(keycanary, aws_range):
    k = canary(keycanary, aws_range)
    report, r = doctor(keycanary, "credentials", env=aws_range.env(k), check=1)
    assert rows(report, "credentials")[0]["facts"]["error"] == "refused" and k["key"] in r.stdout
    (keycanary.home / ".aws").mkdir()
    (keycanary.home / ".aws/credentials").write_text(
        f"[decoy]\naws_access_key_id = {k['key']}\naws_secret_access_key = {k['secret']}\n")
    (keycanary.home / ".aws/config").write_text(
        "[profile watch]\nrole_arn = arn:aws:iam::592694688519:role/x\nsource_profile = decoy\n")
    aws_range.post("calls")
    report, r = doctor(keycanary, "credentials", env={"AWS_PROFILE": "watch", "AWS_ENDPOINT_URL": aws_range.url}, check=1)
    assert "is a canary" in rows(report, "credentials")[0]["detail"] and k["key"] in r.stdout
    assert aws_range.post("calls") == {}
    assert k["secret"] not in r.stdout + r.stderr


def test_decoys_that_are_gone_or_disabled(keycanary, aws_range):
    fine, off, gone, nobody = (canary(keycanary, aws_range, u) for u in ("fine", "off", "gone", "nobody"))
    iam = aws_range.client("iam")
    iam.update_access_key(UserName="off", AccessKeyId=off["key"], Status="Inactive")
    iam.delete_access_key(UserName="gone", AccessKeyId=gone["key"])
    iam.delete_access_key(UserName="nobody", AccessKeyId=nobody["key"])
    iam.delete_user(UserName="nobody")
    report, _ = doctor(keycanary, "decoys", env=aws_range.env(), check=1)
    assert {c["subject"]: c["facts"]["drift"] for c in rows(report, "decoys", "fail")} == {
        off["key"]: "key-off", gone["key"]: "key-gone", nobody["key"]: "user-gone"}
    assert all("cannot fire" in c["detail"] and c["remedy"] for c in rows(report, "decoys", "fail"))
    assert fine["key"] not in str(report)


def test_decoys_that_were_given_more_or_put_into_quarantine(keycanary, aws_range):
    env, iam = aws_range.env(), aws_range.client("iam")
    keycanary("mint", "--count", "4", "--level", "denied", env={**keycanary.env, **env}, check=0)
    listed = json.loads(keycanary("list", "--json", check=0).stdout)
    users = {c["user_name"]: c["key_id"] for c in (listed["canaries"] if isinstance(listed, dict) else listed)}
    report, _ = doctor(keycanary, "decoys", env=env, check=0)
    assert report["count"]["ok"] == 1 and "4 of 4" in rows(report, "decoys")[0]["detail"]
    more, group, public, bare = users
    iam.attach_user_policy(UserName=more, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    iam.create_login_profile(UserName=group, Password="x" * 20)
    aws_range.post("quarantine", user=public, version="V3")
    for name in iam.list_user_policies(UserName=bare)["PolicyNames"]:
        iam.delete_user_policy(UserName=bare, PolicyName=name)
    report, _ = doctor(keycanary, "decoys", env=env, check=1)
    said = {c["subject"]: (c["result"], c["detail"]) for c in rows(report, "decoys") if c["subject"]}
    assert set(said) == set(users.values())
    assert said[users[more]][0] == "fail" and "AdministratorAccess" in said[users[more]][1]
    assert said[users[group]][0] == "fail" and "password" in said[users[group]][1]
    assert said[users[public]][0] == "warn" and "quarantine" in said[users[public]][1]
    assert said[users[bare]][0] == "warn" and "lost its policy" in said[users[bare]][1]


def test_regions_that_are_closed_denied_or_not_listed(keycanary, aws_range):
    aws_range.post("set", closed=["ap-south-1"])
    aws_range.post("fault", op="LookupEvents", region="eu-west-3", kind="denied", times=9)
    report, _ = doctor(keycanary, "regions", env=aws_range.env(), check=1)
    bad = {c["subject"] for c in rows(report, "regions", "fail")}
    assert "eu-west-3" in bad and bad <= {"eu-west-3", "ap-south-1"}
    conf = keycanary.home / "k.conf"
    conf.write_text('watch: { regions = ( "us-east-1", "eu-west-1", "eu-nowhere-1" ); };\n')
    report, _ = doctor(keycanary, "regions", "--config", str(conf), env=aws_range.env(), check=1)
    assert [c["subject"] for c in rows(report, "regions", "fail") if c["subject"] and "listed" in c["detail"]] == ["eu-nowhere-1"]
    assert "us-west-2" in {c["subject"] for c in rows(report, "regions", "warn")}


def test_trails_that_stand_still_or_leave_out(keycanary, aws_range):
    ct = aws_range.client("cloudtrail")
    report, _ = doctor(keycanary, "trails", env=aws_range.env(), check=0)
    assert rows(report, "trails", "warn") == []
    ct.put_event_selectors(TrailName="main", EventSelectors=[
        {"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True, "DataResources": []}])
    report, _ = doctor(keycanary, "trails", env=aws_range.env(), check=0)
    assert "no trail logs all" in rows(report, "trails", "warn")[0]["detail"]
    ct.stop_logging(Name="main")
    report, _ = doctor(keycanary, "trails", env=aws_range.env(), check=0)
    assert rows(report, "trails", "warn")[0]["detail"] == "the trail does not log"
    ct.delete_trail(Name="main")
    report, _ = doctor(keycanary, "trails", env=aws_range.env(), check=0)
    assert "there is no trail" in rows(report, "trails", "warn")[0]["detail"]


def test_a_wrong_clock_is_measured_and_corrected(keycanary, aws_range):
    aws_range.post("set", skew_s=3600)
    report, _ = doctor(keycanary, "identity", "clock", env=aws_range.env(), check=1)
    assert rows(report, "identity", "ok"), "signed once more with the corrected time"
    row = rows(report, "clock", "fail")[0]
    assert 3590 <= int(row["facts"]["skew_s"]) <= 3610 and "late" in row["detail"]
    aws_range.post("set", skew_s=-90)
    report, _ = doctor(keycanary, "clock", env=aws_range.env(), check=0)
    assert "early" in rows(report, "clock", "warn")[0]["detail"]


def test_state_and_channels_and_words(keycanary, aws_range, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    report, _ = doctor(keycanary, "state", "channels", "coverage", "--state", str(blocked / "x"), check=1)
    assert rows(report, "state", "fail") and rows(report, "channels", "fail") and rows(report, "coverage", "skip")
    r = keycanary("doctor", "right", check=2)
    assert 'did you mean "rights"' in r.stderr
    text = keycanary("doctor", "channels", check=1)
    assert text.stdout.startswith("fail  channels") and "-> " in text.stdout


def test_the_shipped_policy_is_the_one_in_the_tree(keycanary):
    text = keycanary("doctor", "--policy", check=0).stdout
    assert text == (ROOT / "canary/policy/monitor.json").read_text()
    assert doctor(keycanary, "state")[0]["policy"] == json.loads(text)


def test_of_very_many_decoys_some_are_looked_at(keycanary, aws_range, tmp_path):
    """Each costs six questions, and each question is an event in the region that is swept."""
    keys = tmp_path / "keys.csv"
    keys.write_text("key_id,user_name\n" + "".join(f"AKIAYT723HMD{chr(81 + n // 25)}{chr(65 + n % 25)}AAAAAA,svc-{n}\n" for n in range(250)))
    keycanary("import", keys, check=0)
    aws_range.post("calls")
    report, _ = doctor(keycanary, "decoys", env=aws_range.env(), check=1)
    asked = aws_range.post("calls")["GetUser us-east-1"]
    assert 80 <= asked <= 100 and len(rows(report, "decoys", "fail")) == asked
    assert f"{asked} of all 250" in rows(report, "decoys", "ok")[0]["detail"]
