"""The manual and the completions, as other programs read them."""
import re
import shutil
import subprocess

import pytest

from conftest import PROGRAM, ROOT

PAGES = subprocess.run([PROGRAM, "manual"], capture_output=True, text=True).stdout.split()
COMMANDS = re.findall(r"\.name = \"([a-z ]+)\",\s+\.group|\.name = \"(incidents) \" words",
                      "".join(p.read_text() for p in sorted((ROOT / "src/cli").glob("*.c"))))


def needs(program):
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"{program} is not installed")


def run(*words, **kw):
    return subprocess.run([*map(str, words)], capture_output=True, text=True, timeout=60, **kw)


def plain(text):
    return re.sub(r"\s+", " ", re.sub(r".\x08", "", text).replace("\N{HYPHEN}", "-"))


@needs("mandoc")
@pytest.mark.parametrize("page", PAGES)
def test_pages_are_clean(keycanary, tmp_path, page):
    file = tmp_path / page
    file.write_text(keycanary("manual", page, check=0).stdout)
    lint = run("mandoc", "-T", "lint", "-W", "warning", file)
    assert lint.returncode == 0 and lint.stdout == "", lint.stdout
    text = plain(run("mandoc", "-T", "utf8", file).stdout)
    assert "NAME" in text and "SEE ALSO" in text


@needs("mandoc")
def test_every_command_and_option_stands_in_the_manual(keycanary, tmp_path):
    pages = {}
    for page in PAGES:
        file = tmp_path / page
        file.write_text(keycanary("manual", page).stdout)
        pages[page] = plain(run("mandoc", "-T", "utf8", "-O", "width=400", file).stdout)
    whole, groups = pages["keycanary.1"], " ".join(pages[p] for p in pages if p.startswith("keycanary-"))
    names = [a for a, _ in COMMANDS if a]
    assert len(names) > 20
    for name in names:
        assert f" {name} " in whole and f"keycanary {name}" in groups, name
        for option in re.findall(r"^ +(?:-\w, )? *(--[a-z-]+)", keycanary("help", *name.split(), check=0).stdout, re.M):
            assert option in groups or option in whole, (name, option)
    for setting in re.findall(r"^\s*#? ?([a-z_]+) = ", keycanary("config", "example").stdout, re.M):
        assert setting.removesuffix("_file") in pages["keycanary.conf.5"], setting


def test_an_unknown_page_and_shell(keycanary):
    assert keycanary("manual", "nothing").returncode == 2
    assert "bash, fish, zsh" in keycanary("completion", "tcsh").stderr


def complete_bash(script, line):
    """What bash offers at the end of a line."""
    words = line.split(" ")
    quoted = " ".join(f"'{w}'" for w in words)
    return run("bash", "-c", f"source {script}; COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; "
                             'COMPREPLY=(); _keycanary; printf "%s\\n" "${COMPREPLY[@]}"').stdout.split()


def complete_fish(script, line):
    out = run("fish", "--no-config", "-c", f"source {script}; complete -C '{line}'").stdout
    return [row.split("\t")[0] for row in out.splitlines()]


def complete_zsh(script, line):
    """zsh's own completion, with compadd replaced by what tells the words."""
    words = line.split(" ")
    quoted = " ".join(f"'{w}'" for w in words)
    out = run("zsh", "-f", "-c", f"compdef() {{ }}; source {script}; compadd() {{ shift; print -l -- $@; }}; "
                                 f"_files() {{ print FILES; }}; words=({quoted}); CURRENT={len(words)}; _keycanary").stdout
    return [w for w in out.split() if w.startswith(words[-1])]


@pytest.mark.parametrize("shell, complete", [
    pytest.param("bash", complete_bash, marks=needs("bash")), pytest.param("fish", complete_fish, marks=needs("fish")),
    pytest.param("zsh", complete_zsh, marks=needs("zsh"))])
def test_completions_come_from_the_table(keycanary, tmp_path, shell, complete):
    script = tmp_path / f"completion.{shell}"
    script.write_text(keycanary("completion", shell, check=0).stdout)
    assert run(shell, "-n", script).stderr == ""
    assert complete(script, "keycanary inc") == ["incidents"]
    assert {"scan", "report", "alert", "outbox", "config"} <= set(complete(script, "keycanary "))
    assert set(complete(script, "keycanary alert ")) >= {"send", "test", "types"}
    assert set(complete(script, "keycanary incidents ")) >= {"ack", "close", "reopen"}
    assert "--scenario" in complete(script, "keycanary drill --scen")
    assert "--note" in complete(script, "keycanary incidents close --no")
    assert set(complete(script, "keycanary report --format ")) >= {"text", "json", "html", "markdown", "ocsf", "stix"}
    assert set(complete(script, "keycanary scan --color ")) >= {"auto", "always", "never"}


def test_help_and_table_agree(keycanary):
    """Each command of the overview explains itself."""
    overview = keycanary("help", check=0).stdout
    names = re.findall(r"^  ([a-z]+(?: [a-z]+)?) {2,}\S", overview, re.M)
    assert len(names) > 20
    for name in names:
        assert keycanary(*name.split(), "--help", check=0).stdout.startswith(f"usage: keycanary {name}")
