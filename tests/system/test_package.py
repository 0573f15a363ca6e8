"""What is installed, by `make install` and as a Debian package: everything, where it belongs, and all of it goes again."""
import json
import os
import re
import shutil
import subprocess

import pytest

from conftest import KEY, PROGRAM, ROOT, record


def run(*words, **kw):
    return subprocess.run([*map(str, words)], capture_output=True, text=True, timeout=900, **kw)


def files(top):
    return sorted(str(p.relative_to(top)) for p in top.rglob("*") if p.is_file())


# --- make install -------------------------------------------------------------------

@pytest.mark.parametrize("prefix, zsh", [("/usr/local", "site-functions"), ("/opt/kc", "site-functions"),
                                         ("/usr", "vendor-completions")])
def test_install_honours_its_variables_and_uninstall_takes_all(tmp_path, prefix, zsh):
    """The script is what `make install` calls, with the program under test for $B."""
    build, etc = tmp_path / "build", tmp_path / "etc/keycanary/keycanary.conf"
    for folder in (build, etc.parent):
        folder.mkdir(parents=True)
    shutil.copy(PROGRAM, build)
    etc.write_text("mine")
    stranger = tmp_path / prefix.lstrip("/") / "share/man/man1/other.1.gz"
    stranger.parent.mkdir(parents=True)
    stranger.write_text("not ours")
    assert run(ROOT / "scripts/install", build, tmp_path, prefix).returncode == 0
    top = tmp_path / prefix.lstrip("/")
    got = set(files(top))
    pages = run(PROGRAM, "manual").stdout.split()
    want = {f"share/man/man{p[-1]}/{p}.gz" for p in pages} | {
        "bin/keycanary", "share/doc/keycanary/keycanary.conf.example", "share/doc/keycanary/README.md",
        "share/doc/keycanary/LICENSE", "lib/systemd/system/keycanary-watch.service",
        "lib/systemd/system/keycanary-poll.service", "lib/systemd/system/keycanary-poll.timer",
        "share/bash-completion/completions/keycanary", f"share/zsh/{zsh}/_keycanary",
        "share/fish/vendor_completions.d/keycanary.fish", "share/man/man1/other.1.gz"}
    assert len(pages) > 5 and got == want
    assert run(top / "bin/keycanary", "version").returncode == 0
    for unit in top.glob("lib/systemd/system/*.service"):
        assert re.findall(r"^ExecStart=(\S+)", unit.read_text(), re.M) == [f"{prefix}/bin/keycanary"]
    page = (top / "share/man/man1/keycanary.1.gz").read_bytes()
    assert page[4:8] == b"\0\0\0\0", "gzip -n: the same tree gives the same file"
    assert {oct((top / f).stat().st_mode & 0o777) for f in got if f != "share/man/man1/other.1.gz"} == {"0o644", "0o755"}
    shutil.rmtree(build)        # what was installed goes away also when nothing is built any more
    assert run(ROOT / "scripts/install", "--remove", tmp_path, prefix).returncode == 0
    assert files(tmp_path) == sorted(str(f.relative_to(tmp_path)) for f in (stranger, etc))
    assert run(ROOT / "scripts/install", "--remove", tmp_path, prefix).returncode == 0


def test_the_package_has_the_program_s_version():
    changelog = (ROOT / "scripts/package/debian/changelog").read_text()
    assert changelog.startswith(f"keycanary ({(ROOT / 'src/VERSION').read_text().strip()}) ")


def test_one_list_of_libraries():
    """What the Makefile links stands in the package's build dependencies and in what a build installs."""
    libraries = re.findall(r"[\w.]+:([\w.-]+-dev)", (ROOT / "Makefile").read_text())
    control = (ROOT / "scripts/package/debian/control").read_text().split("Standards-Version")[0]
    build = re.search(r'build="([^"]+)"', (ROOT / "scripts/packages").read_text()).group(1).split()
    assert len(libraries) >= 10 and set(libraries) < set(build)
    assert set(libraries) <= set(re.findall(r"[\w.-]+", control))
    assert not {p for p in build if "cmocka" in p or p.startswith("python3-")}, "a build needs no test's package"


# --- the Debian package ---------------------------------------------------------------

TOOLS = ["dpkg-buildpackage", "dh", "lintian", "dpkg", "adduser", "unshare", "nsenter", "chroot", "runuser"]


@pytest.fixture(scope="module")
def package():
    missing = [t for t in TOOLS[:2] if shutil.which(t) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    env = dict(os.environ, DEB_BUILD_OPTIONS="noautodbgsym")
    if shutil.which("ccache"):
        env["CC"] = "ccache gcc"
    r = run(ROOT / "scripts/package/build-deb", env=env)
    assert r.returncode == 0, r.stderr
    return ROOT / r.stdout.strip()


@pytest.mark.skipif(shutil.which("lintian") is None, reason="lintian is not installed")
def test_lintian_has_nothing_to_say(package):
    r = run("lintian", "--profile", "debian", "--fail-on", "error,warning", "--allow-root", package)
    assert r.returncode == 0 and not re.search(r"^[EW]:", r.stdout, re.M), r.stdout


class Machine:
    """This system with a layer of its own above it: what is installed there is gone with it."""

    SETUP = """set -e
        mount -t tmpfs tmpfs "$0"; mkdir "$0/upper" "$0/work" "$0/root"
        mount -t overlay overlay -o "lowerdir=/,upperdir=$0/upper,workdir=$0/work" "$0/root"
        mount --rbind /dev "$0/root/dev"; mount -t proc proc "$0/root/proc"
        mount -t tmpfs tmpfs "$0/root/tmp"; mount -t tmpfs tmpfs "$0/root/run"
        echo ready; read -r wait"""

    def __init__(self, top):
        self.root = top / "root"
        self.shell = subprocess.Popen(["unshare", "--mount", "sh", "-c", self.SETUP, str(top)], stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.works = self.shell.stdout.readline() == "ready\n"

    def __call__(self, *words, check=0, **kw):
        env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
        r = run("nsenter", "--target", self.shell.pid, "--mount", "chroot", self.root, *words, env=env, **kw)
        assert check is None or r.returncode == check, (words, r.returncode, r.stdout, r.stderr)
        return r

    def service(self, *words, **kw):
        """As the service's own user."""
        return self("runuser", "-u", "keycanary", "--", "env", "HOME=/var/lib/keycanary", "keycanary", *words, **kw)

    def end(self):
        self.shell.communicate()


@pytest.fixture(scope="module")
def machine(package, tmp_path_factory):
    missing = [t for t in TOOLS if shutil.which(t) is None]
    if os.geteuid() != 0 or missing:
        pytest.skip(f"needs root{' and ' + ', '.join(missing) if missing else ''}")
    m = Machine(tmp_path_factory.mktemp("machine"))
    if not m.works:
        m.end()
        pytest.skip("no layer can be mounted over this system")
    if m("dpkg-query", "-W", "-f", "${Status}", "keycanary", check=None).stdout.endswith("installed"):
        m.end()
        pytest.skip("keycanary is installed here")
    subprocess.run(["nsenter", "--target", str(m.shell.pid), "--mount", "cp", str(package), f"{m.root}/tmp/keycanary.deb"],
                   check=True)
    yield m
    m.end()


def modes(machine, *paths):
    return [tuple(line.split()) for line in machine("stat", "-c", "%a %U %G", *paths).stdout.splitlines()]


def named(machine):
    """All that is called after the program, anywhere but in dpkg's own lists."""
    found = machine("find", "/etc", "/usr", "/lib/", "/var", "-xdev", "-iname", "*keycanary*", check=None).stdout
    return [f for f in found.split() if not f.startswith(("/var/lib/dpkg/info/", "/var/cache/"))]


def test_the_life_of_the_package(machine):
    """Installed, run as the service's user, installed again over changes, removed, purged: one story in order."""
    before = named(machine)
    machine("dpkg", "-i", "/tmp/keycanary.deb")

    # its user and what it may touch
    name, _, uid, _, _, home, shell = machine("getent", "passwd", "keycanary").stdout.strip().split(":")
    assert (home, shell) == ("/var/lib/keycanary", "/usr/sbin/nologin") and int(uid) < 1000
    assert modes(machine, "/var/lib/keycanary", "/etc/keycanary", "/etc/keycanary/keycanary.conf") == [
        ("700", "keycanary", "keycanary"), ("750", "root", "keycanary"), ("640", "root", "keycanary")]
    assert "/etc/keycanary/keycanary.conf" in machine("dpkg-query", "-W", "-f", "${Conffiles}", "keycanary").stdout

    # the program as that user, with the settings and the state of the package
    assert machine.service("version").stdout.startswith("keycanary ")
    assert "/etc/keycanary/keycanary.conf" in machine.service("config", "check").stdout
    machine.service("import", "-", input=f"key_id,user_name\n{KEY},svc-report-mailer\n")
    found = machine.service("scan", "--json", check=3, input=json.dumps({"Records": [record()]}))
    assert KEY in found.stdout
    assert KEY in machine.service("list", "--json").stdout
    assert modes(machine, "/var/lib/keycanary/keycanary.db") == [("600", "keycanary", "keycanary")]
    refused = machine("keycanary", "list", check=1).stderr
    assert "sudo -u keycanary" in refused, "root would make files that the service cannot open"

    # pages, completions, units that are there and off
    page = machine("man", "-w", "keycanary", check=None)
    assert page.returncode != 0 or page.stdout.startswith("/usr/share/man/man1/keycanary.1")
    units = ["keycanary-watch.service", "keycanary-poll.service", "keycanary-poll.timer"]
    if shutil.which("systemd-analyze"):
        machine("systemd-analyze", "verify", *[f"/lib/systemd/system/{u}" for u in units])
        machine("systemd-analyze", "security", "--offline=yes", "--threshold=25", "--no-pager", units[0])
    assert machine("find", "/etc/systemd", "-name", "keycanary*").stdout == ""

    # again, over an edited configuration: the edit stays
    machine("sh", "-c", "echo '# ours' >> /etc/keycanary/keycanary.conf")
    machine("dpkg", "-i", "/tmp/keycanary.deb")
    assert machine("tail", "-n", "1", "/etc/keycanary/keycanary.conf").stdout == "# ours\n"
    assert modes(machine, "/etc/keycanary/keycanary.conf") == [("640", "root", "keycanary")]

    # removed: settings and state stay; purged: nothing does
    machine("dpkg", "-r", "keycanary")
    assert machine("ls", "/usr/bin/keycanary", check=None).returncode != 0
    machine("test", "-s", "/var/lib/keycanary/keycanary.db", "-a", "-s", "/etc/keycanary/keycanary.conf")
    machine("dpkg", "-P", "keycanary")
    assert named(machine) == before
    for database in ("passwd", "group", "shadow"):
        assert machine("getent", database, "keycanary", check=None).returncode == 2, database
