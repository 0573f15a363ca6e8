"""The manners of the program, whatever the command."""
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("KEYCANARY", str(ROOT / "build" / "keycanary"))


def run(*args, **kw):
    return subprocess.run([PROGRAM, *args], capture_output=True, text=True, timeout=60, **kw)


def command_names():
    names = []
    for line in run("help").stdout.splitlines():
        if line.startswith("  ") and not line.startswith("   "):
            names.append(line[2:20].strip())
    return names


def test_alone_it_says_where_to_begin():
    r = run()
    assert r.returncode == 0
    assert "Where to begin" in r.stdout


def test_a_wrong_command_is_answered_with_the_right_one():
    r = run("hlep")
    assert r.returncode == 2
    assert 'did you mean "help"' in r.stderr


def test_a_wrong_option_is_answered_with_the_right_one():
    r = run("help", "--hlep")
    assert r.returncode == 2
    assert "--help" in r.stderr


def test_every_command_explains_itself():
    names = command_names()
    assert "help" in names
    for name in names:
        r = run(*name.split(), "--help")
        assert r.returncode == 0, name
        assert r.stdout.startswith(f"usage: keycanary {name}"), name
        assert "Options of every command" in r.stdout, name


def test_the_version_comes_from_one_place():
    want = (ROOT / "src" / "VERSION").read_text().strip()
    assert run("--version").stdout.strip() == f"keycanary {want}"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_output_is_a_failure():
    with open("/dev/full", "w") as full:
        r = subprocess.run([PROGRAM, "help"], stdout=full, stderr=subprocess.PIPE, text=True)
    assert r.returncode == 1
    assert "standard output" in r.stderr
