"""What a person does with the tree: make help, the fuzz targets' smoke, the lint's quick checks."""
import os
import pathlib
import re
import shutil
import subprocess

import pytest

from conftest import PROGRAM, ROOT


def run(*words, **kw):
    return subprocess.run([*map(str, words)], cwd=ROOT, capture_output=True, text=True, timeout=500, **kw)


def test_make_help_names_every_target_that_is_there():
    helped = run("make", "-s", "help").stdout
    named = set(re.findall(r"^make (\S+)", helped, re.M)) | {"uninstall", "all", "help"}
    for target in "all test bench fuzz lint asan install uninstall clean help unit".split():
        assert target in named, target
        assert run("make", "-sn", target).returncode == 0


def test_what_is_missing_is_named_by_its_package(tmp_path):
    fake = tmp_path / "pkg-config"
    fake.write_text('#!/bin/sh\ncase "$*" in *exists*libdeflate*) exit 1 ;; esac\nexec /usr/bin/pkg-config "$@"\n')
    fake.chmod(0o755)
    r = run("make", "-n", "all", env=dict(os.environ, PATH=f"{tmp_path}:{os.environ['PATH']}"))
    assert r.returncode != 0 and "apt-get install" in r.stderr and "libdeflate-dev" in r.stderr


def test_every_fuzz_target_bears_its_seeds():
    """Only where the suite has built the program under ASan; building it all is no test's work."""
    if not (ROOT / "build-asan" / "core.a").is_file():
        pytest.skip("build-asan is not built")
    r = run("scripts/fuzz", "--smoke", "300")
    assert r.returncode == 0, r.stdout[-3000:] + r.stderr[-3000:]
    targets = {f.stem for f in (ROOT / "tests" / "fuzz").glob("*.c")} - {"driver"}
    assert set(re.findall(r"^(\w+): ok$", r.stdout, re.M)) == targets


def test_the_quick_checks_of_the_lint():
    r = run("scripts/lint", "floors", "banned", "commands", "size", "shell")
    assert r.returncode == 0, r.stdout + r.stderr


def test_bench_runs_what_lies_there(tmp_path):
    copy = tmp_path / "tree"
    (copy / "scripts").mkdir(parents=True)
    (copy / "tests" / "bench").mkdir(parents=True)
    shutil.copy(ROOT / "scripts" / "bench", copy / "scripts" / "bench")
    for name, body in (("20-two.sh", "echo second $BENCH_DIR"), ("10-one.py", "echo first"), ("30-bad.sh", "exit 1")):
        file = copy / "tests" / "bench" / name
        file.write_text(f"#!/bin/sh\n{body}\n")
        file.chmod(0o755)

    def bench(*words):
        return subprocess.run([copy / "scripts" / "bench", *words], capture_output=True, text=True, env=dict(os.environ, KEYCANARY="/bin/true"))

    r = bench("one", "two")
    assert r.returncode == 0
    assert [line for line in r.stdout.splitlines() if "==" not in line] == ["first", f"second {copy}/build/bench/two"]
    assert bench().returncode == 1 and "bad failed" in bench().stderr
    assert bench("none").returncode == 2
    assert pathlib.Path(copy / "build" / "bench" / "one").is_dir()
