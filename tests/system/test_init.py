"""keycanary init: unattended against the range, and as a person who types."""
import json
import os
import pathlib
import pwd
import re
import stat
import tempfile

import pytest

from conftest import PROGRAM
from test_alerts import receiver, secret  # noqa: F401  (a fixture)

SECRET = "hunter2-of-the-mail-server"


def mode(path):
    return stat.S_IMODE(os.stat(path).st_mode)


def files(home):
    return sorted(p.name for p in (home / ".config").rglob("*") if p.is_file()) if (home / ".config").exists() else []


@pytest.fixture
def person(keycanary):
    """A home with two AWS profiles and no configuration."""
    aws = keycanary.home / ".aws"
    aws.mkdir()
    (aws / "config").write_text("[profile monitor]\nregion = us-east-1\n[profile minter]\n[profile beijing]\nregion = cn-north-1\n")
    keycanary.conf = keycanary.home / ".config" / "keycanary" / "keycanary.conf"
    keycanary.env.update(AWS_EC2_METADATA_DISABLED="true", TERM="dumb")
    return keycanary


@pytest.fixture
def cloud(person, aws_range):
    """The same, and the profiles lead into the range."""
    key = aws_range.world.monitor
    (person.home / ".aws" / "credentials").write_text("".join(
        f"[{name}]\naws_access_key_id = {key['id']}\naws_secret_access_key = {key['secret']}\n" for name in ("monitor", "minter")))
    (person.home / ".aws" / "credentials").chmod(0o600)
    person.env["AWS_ENDPOINT_URL"] = aws_range.url
    person.range = aws_range
    return person


def settings(keycanary):
    """What is in effect, as the program prints it: name = value by section."""
    return keycanary("config", "show", check=0).stdout


# --- without a person -------------------------------------------------------------------------------------


def test_the_whole_path_without_a_person(cloud, receiver, tmp_path):  # noqa: F811
    policies = tmp_path / "policies"
    r = cloud("init", "--profile", "monitor", "--mint-profile", "minter", "--account", "décoys", "--regions", "us-east-1,eu-west-1",
              "--webhook", receiver.url, "--mint", 2, "--drill", "--policies", policies, stdin=-3)
    assert r.returncode == 0, (r.stdout, r.stderr)
    assert mode(cloud.conf) == 0o600 and mode(cloud.conf.parent) == 0o700
    assert "1 accounts, 1 channels" in cloud("config", "check", check=0).stdout
    shown = settings(cloud)
    for want in ('name = "décoys"', 'profile = "monitor"', 'regions = [ "us-east-1", "eu-west-1" ]', receiver.url):
        assert want in shown
    assert "minter" not in shown, "whoever mints is not the monitor's business"
    canaries = json.loads(cloud("list", "--json", check=0).stdout)["canaries"]
    assert sorted(c["drill"] for c in canaries) == [False, False, True]
    assert any(json.loads(body)["drill"] for _, _, body in receiver.got), "the drill arrived"
    steps = re.findall(r"^\$ (.*)$", r.stdout, re.M)
    assert steps == ["keycanary doctor", "keycanary mint --count 2 --profile minter", "keycanary mint --drill --profile minter",
                     "keycanary drill"]
    assert [line.split("#")[0].split() for line in r.stdout.split("From here on:\n")[1].splitlines()] == \
        [["keycanary", "plant", "--repo", "."], ["keycanary", "watch"], ["keycanary", "status"]]
    arn = f"arn:aws:iam::{cloud.range.account}:user/"
    assert re.search(rf"--template-file {policies}/monitor.yaml --parameter-overrides MonitorArn={arn}\S+ ExternalId=\w{{16}}$",
                     r.stdout, re.M)
    assert (policies / "monitor.json").read_text() == cloud("policy", "monitor").stdout
    assert (policies / "decoy-account" / "main.tf").read_text() == cloud("policy", "decoy-account.tf").stdout


def test_a_second_time_keeps_the_first(cloud, receiver, tmp_path):  # noqa: F811
    words = ("init", "--profile", "monitor", "--webhook", receiver.url, "--no-doctor")
    cloud(*words, check=0)
    first = cloud.conf.read_text()
    r = cloud(*words, "--regions", "eu-west-1")
    assert r.returncode == 1 and "--yes" in r.stderr and cloud.conf.read_text() == first
    cloud(*words, "--regions", "eu-west-1", "--yes", check=0)
    cloud(*words, "--regions", "us-east-1", "--yes", check=0)
    assert files(cloud.home) == ["keycanary.conf", "keycanary.conf.bak", "keycanary.conf.bak2"]
    assert (cloud.conf.parent / "keycanary.conf.bak").read_text() == first
    assert {mode(p) for p in cloud.conf.parent.iterdir()} == {0o600}
    assert 'regions = [ "us-east-1" ]' in settings(cloud)


def test_a_drill_canary_that_is_there_serves(cloud, receiver):  # noqa: F811
    cloud("mint", "--drill", "--profile", "minter", check=0)
    r = cloud("init", "--profile", "monitor", "--regions", "us-east-1", "--webhook", receiver.url, "--drill", check=0)
    assert "mint --drill" not in r.stdout and "The whole chain works" in r.stdout
    assert len(json.loads(cloud("list", "--json").stdout)["canaries"]) == 1


def test_nothing_is_minted_while_the_doctor_objects(cloud, receiver):  # noqa: F811
    cloud.env["AWS_ENDPOINT_URL"] = "http://127.0.0.1:9"
    r = cloud("init", "--profile", "monitor", "--webhook", receiver.url, "--mint", 5, check=1)
    assert "nothing was minted" in r.stderr and "mint --count" not in r.stdout and cloud.conf.exists()


def test_another_place_is_named_in_every_command(cloud, receiver, tmp_path):  # noqa: F811
    conf, state = tmp_path / "other place" / "kc.conf", tmp_path / "state"
    r = cloud("init", "--config", "other place/kc.conf", "--state", "state", "--profile", "monitor", "--webhook", receiver.url,
              "--no-doctor", "--mint", 1, check=0, cwd=tmp_path)
    assert f"keycanary watch --config '{conf}'" in r.stdout and not cloud.conf.exists()
    assert (state / "keycanary.db").exists() and f'place = "{state}"' in conf.read_text()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become another user")
def test_root_sets_up_a_service(cloud, receiver):  # noqa: F811
    """All files are the service's, and so is all that init does after it wrote them."""
    nobody = pwd.getpwnam("nobody")
    with tempfile.TemporaryDirectory() as place:
        os.chmod(place, 0o755)
        os.mkdir(f"{place}/var")
        os.chown(f"{place}/var", nobody.pw_uid, nobody.pw_gid)
        cloud.env.update(cloud.range.env())
        r = cloud("init", "--user", "nobody", "--config", f"{place}/etc/kc.conf", "--state", f"{place}/var/state",
                  "--regions", "us-east-1", "--webhook", receiver.url, "--mint", 1, "--drill", cwd=place)
        assert r.returncode == 0, (r.stdout, r.stderr)
        made = [p for p in pathlib.Path(place).rglob("*")]
        assert {"kc.conf", "keycanary.db"} <= {p.name for p in made}
        assert {p.stat().st_uid for p in made} == {nobody.pw_uid}
        assert {mode(p) for p in made if p.is_file()} == {0o600}
        assert f"$ sudo -u nobody keycanary mint --count 1 --config {place}/etc/kc.conf" in r.stdout
        assert "systemctl enable --now keycanary-watch" in r.stdout and receiver.got
        assert "no user" in cloud("init", "--user", "nobody-at-all", check=2).stderr


def test_a_link_stays_a_link(person, tmp_path):
    person("init", "--no-doctor", "--channel", "none", "--config", tmp_path / "real", check=0)
    (tmp_path / "link").symlink_to("real")
    person("init", "--no-doctor", "--channel", "none", "--config", tmp_path / "link", "--account", "other", "--yes", check=0)
    assert (tmp_path / "link").is_symlink() and 'name = "other";' in (tmp_path / "real").read_text()


@pytest.mark.parametrize("words, want", [
    (["--webhook", "ftp://x"], "https://"),
    (["--channel", "slak,url_file=/x"], 'did you mean "slack"?'),
    (["--channel", "slack,url=https://hooks.example/T0/secret"], "url_file"),
    (["--channel", "pagerduty,routing_key=R0SECRET"], "routing_key_file"),
    (["--mail-to", "nobody"], "--smtp-url"),
    (["--mail-to", "nobody", "--smtp-url", "smtp://localhost"], "not a mail address"),
    (["--mail-to", "a@b.example", "--smtp-url", "smtp://u:secret@mail.example"], "--smtp-password-file"),
    (["--mail-to", "a@b.example", "--smtp-url", "smtp://u@mail.example"], "password"),
    (["--smtp-url", "smtp://localhost"], "--mail-to"),
    ([], "--channel none"),
    (["--channel", "none", "--profile", "nobody"], '--profile: there is no profile "nobody"'),
    (["--channel", "none", "--mint-profile", "nobody"], "--mint-profile"),
    (["--channel", "none", "--regions", "eu-wst-1"], 'did you mean "eu-west-1"?'),
    (["--channel", "none", "--regions", "us-east-1,cn-north-1"], "different partitions"),
    (["--channel", "none", "--account", ""], "empty"),
    (["--channel", "none", "--mint", "5001"], "5000"),
    (["--channel", "none", "--state", "postgresql://u:secret@db.example/kc"], "does not stand in the configuration"),
])
def test_wrong_words_write_nothing(person, words, want):
    r = person("init", "--no-doctor", *words)
    assert r.returncode == 2 and want in r.stderr, r.stderr
    assert "secret" not in r.stderr.lower().replace("is a secret", "") and files(person.home) == []


def test_mail_words_become_a_channel(person, tmp_path):
    password = secret(tmp_path, "pw", SECRET)
    person("init", "--no-doctor", "--mail-to", "SOC <a@b.example>", "--mail-to", "c@d.example",
           "--smtp-url", "smtp://me@b.example@mail.b.example:2525", "--smtp-password-file", "pw",
           "--channel", "slack,url=env:SLACK", check=0, cwd=tmp_path)
    text = person.conf.read_text()
    for want in ('to = [ "SOC <a@b.example>", "c@d.example" ];', 'from = "keycanary@b.example";', 'host = "mail.b.example";',
                 'port = "2525";', 'tls = "starttls";', 'user = "me@b.example";', f'password_file = "{password}";',
                 'url = "env:SLACK";'):
        assert want in text
    assert SECRET not in text
    person.env["SLACK"] = "https://hooks.example/x"
    person("config", "check", check=0)


def test_the_partition_follows_the_regions(person):
    person("init", "--no-doctor", "--channel", "none", "--regions", "cn-north-1", check=0)
    assert 'partition = "aws-cn"' in settings(person)
    person("init", "--no-doctor", "--channel", "none", "--profile", "beijing", "--yes", check=0)
    assert 'partition = "aws-cn"' in settings(person)


def test_what_was_not_chosen_is_a_comment(person):
    person("init", "--no-doctor", "--channel", "none", check=0)
    text = person.conf.read_text()
    open_lines = [line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]
    assert [line for line in open_lines if re.match(r"[a-z_]+ = [^(]", line)] == ['name = "decoys";']
    example = person("config", "example").stdout
    names = set(re.findall(r"^\s*#?\s*([a-z_]+) = ", example, re.M))
    assert names <= set(re.findall(r"^\s*#?\s*([a-z_]+) = ", text, re.M)), "every setting is there to be found"


def test_a_file_that_cannot_be_written_leaves_nothing(person, tmp_path):
    (person.home / ".config").write_text("a file where a directory should be")
    r = person("init", "--no-doctor", "--channel", "none", check=1)
    assert str(person.home / ".config") in r.stderr
    r = person("init", "--no-doctor", "--channel", "none", "--config", tmp_path, check=2)
    assert "is a directory" in r.stderr


def test_policies_that_are_there_are_not_overwritten(person, tmp_path):
    words = ("init", "--no-doctor", "--channel", "none", "--yes", "--policies", tmp_path / "p")
    person(*words, check=0)
    person(*words, check=0)
    (tmp_path / "p" / "monitor.json").write_text("{ mine }")
    assert "monitor.json: exists already" in person(*words, check=1).stderr
    assert (tmp_path / "p" / "monitor.json").read_text() == "{ mine }"


# --- with a person ----------------------------------------------------------------------------------------


class Talk:
    """A person at a terminal: waits for each question, then types."""

    def __init__(self, keycanary, *words):
        pexpect = pytest.importorskip("pexpect")
        self.end = pexpect.EOF
        self.child = pexpect.spawn(PROGRAM, ["init", *map(str, words)], env=keycanary.env, encoding="utf-8", timeout=60,
                                   dimensions=(50, 200))
        self.seen = ""

    def hear(self, question):
        self.child.expect_exact(question)
        self.seen += self.child.before + self.child.after

    def answer(self, question, text=""):
        self.hear(question)
        self.child.sendline(text)

    def answers(self, *pairs):
        for question, text in pairs:
            self.answer(question, text)

    def finish(self):
        self.child.expect(self.end)
        self.seen += self.child.before
        self.child.close()
        return self.child.exitstatus


BEGIN = [("AWS profile of the monitor", "nobody"), ('there is no profile "nobody"', "monitor"), ("may mint", "minter"),
         ("What do you call the account", ""), ("Regions to watch", "eu-wst-1"), ('did you mean "eu-west-1"?', "us-east-1, eu-west-1")]


def test_every_question_wrong_answers_and_secrets(cloud, receiver):  # noqa: F811
    t = Talk(cloud)
    t.answers(*BEGIN,
              ("Where shall alerts go?", "pigeon"), ("there is no kind", "smtp"),
              ("host", ""), ("it is needed", "mail.example.org"),
              ("port", "99999"), ("not a number", "2525"),
              ("tls (starttls,tls,none", "ssl"), ("is not one of", "none"),
              ("from", "nobody"), ("not a mail address", "keycanary@example.org"),
              ("to (such as", "a@example.org, b"), ('"b" is not a mail address', "a@example.org, b@example.org"),
              ("user", "keycanary"), ("password (not shown)", SECRET),
              # each is fine, but not all together
              ("Once more:", ""))
    assert 'tls = "none" is for a server on this machine' in t.seen
    t.answers(("it is needed", "mail.example.org"), ("port", ""), ("tls (", ""), ("from (", "keycanary@example.org"),
              ("to (", "a@example.org"), ("user (", "keycanary"), ("password (not shown)", SECRET),
              ("Another channel?", "slack"), ("url (not shown)", "hooks.example.org"), ("must begin with https://", "https://hooks.example.org/T0"),
              ("Another channel?", "webhook"), ("url (such as", receiver.url), ("secret (not shown", "sign-with-this"),
              ("Another channel?", ""),
              ("Directory to write the IAM policies", ""))
    t.hear("LookupEvents")
    t.answers(("How many decoys", "some"), ("is not a number", "0"), ("Hold a drill now?", "perhaps"),
              ("answer yes or no", "n"))
    assert t.finish() == 0, t.seen
    for hidden in (SECRET, "hooks.example.org/T0", "sign-with-this"):
        assert hidden not in t.seen and hidden not in cloud.conf.read_text()
    assert "From here on:" in t.seen and "$ keycanary policy minter" in t.seen and "$ keycanary doctor" in t.seen
    assert files(cloud.home) == ["keycanary.conf", "slack-url", "smtp-password", "webhook-secret"]
    assert {mode(p) for p in cloud.conf.parent.iterdir()} == {0o600}
    assert (cloud.conf.parent / "smtp-password").read_text() == SECRET + "\n"
    assert (cloud.conf.parent / "slack-url").read_text() == "https://hooks.example.org/T0\n"
    cloud("config", "check", check=0)
    text = cloud.conf.read_text()
    assert 'regions = [ "us-east-1", "eu-west-1" ];' in text and "2525" not in text
    assert f'password_file = "{cloud.conf.parent}/smtp-password";' in text


def test_a_person_is_led_to_the_first_drill(cloud, receiver):  # noqa: F811
    t = Talk(cloud, "--profile", "monitor", "--mint-profile", "", "--regions", "us-east-1", "--webhook", receiver.url, "--policies", "")
    t.answers(("What do you call the account", ""), ("How many decoys shall be minted now? [10]", "3"), ("Hold a drill now?", ""))
    assert t.finish() == 0, t.seen
    assert len(json.loads(cloud("list", "--json").stdout)["canaries"]) == 4
    assert any(json.loads(body)["drill"] for _, _, body in receiver.got)


PROMPTS = [("AWS profile of the monitor", "monitor"), ("may mint", "minter"), ("What do you call the account", ""),
           ("Regions to watch", ""), ("Where shall alerts go?", "slack"), ("url (not shown)", "https://hooks.example.org/T0"),
           ("Another channel?", "webhook"), ("url (such as", "")]


@pytest.mark.parametrize("at", range(len(PROMPTS)))
def test_ctrl_c_leaves_nothing(person, at):
    """At whatever question, a hidden one included; the terminal echoes again."""
    import termios
    t = Talk(person)
    t.answers(*PROMPTS[:at])
    t.hear(PROMPTS[at][0])
    t.child.sendintr()
    t.hear("stopped; nothing was written")
    assert termios.tcgetattr(t.child.child_fd)[3] & termios.ECHO
    assert t.finish() == 1 and files(person.home) == []
    assert not (person.home / ".config").exists() and not (person.home / ".local").exists()


def test_the_end_of_input_leaves_nothing(person):
    t = Talk(person)
    t.hear("AWS profile of the monitor")
    t.child.sendeof()
    t.hear("stopped; nothing was written")
    assert t.finish() == 1 and files(person.home) == []


def test_an_existing_file_is_asked_about_first(person):
    person("init", "--no-doctor", "--channel", "none", check=0)
    first = person.conf.read_text()
    t = Talk(person, "--channel", "none", "--no-doctor", "--regions", "eu-west-1", "--profile", "", "--mint-profile", "",
             "--policies", "")
    t.answer("Replace it? The old one is kept as .bak. [no]")
    t.hear("stays as it is")
    assert t.finish() == 1 and person.conf.read_text() == first and files(person.home) == ["keycanary.conf"]
    t = Talk(person, "--channel", "none", "--no-doctor", "--regions", "eu-west-1", "--profile", "", "--mint-profile", "",
             "--policies", "")
    t.answers(("Replace it?", "y"), ("What do you call the account", "other"), ("How many decoys", "0"), ("Hold a drill", "n"))
    assert t.finish() == 0, t.seen
    assert (person.conf.parent / "keycanary.conf.bak").read_text() == first
    assert 'name = "other";' in person.conf.read_text()


def test_secrets_go_when_the_configuration_cannot_be_written(person, tmp_path):
    (tmp_path / "kc.conf").symlink_to("nowhere/to/be/found")
    t = Talk(person, "--profile", "", "--mint-profile", "", "--account", "a", "--regions", "all", "--config", tmp_path / "kc.conf")
    t.answers(("Where shall", "slack"), ("url (not", "https://hooks.example.org/T0"), ("Another", ""))
    t.hear("exists already")
    assert t.finish() == 1 and [p.name for p in tmp_path.iterdir() if p.name != "home"] == ["kc.conf"]


def test_ctrl_c_afterwards_says_what_is_written(person):
    t = Talk(person, "--channel", "none", "--no-doctor", "--regions", "all", "--profile", "", "--mint-profile", "", "--policies", "",
             "--account", "a")
    t.hear("How many decoys")
    t.child.sendintr()
    t.hear(f"stopped; {person.conf} is written")
    assert t.finish() == 1
    person("config", "check", check=0)
