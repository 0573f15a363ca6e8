"""Repositories and canaries for the tests of planting."""
import base64
import os
import random
import string
import subprocess

GIT_ENV = {"GIT_AUTHOR_DATE": "2026-03-02T10:00:00Z", "GIT_COMMITTER_DATE": "2026-03-02T10:00:00Z",
           "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C", "PATH": os.environ["PATH"]}


def key_id(account, rng):
    """As AWS composes them: the account in bits 7 to 46, the top bit set."""
    z = (1 << 47) | (int(account) << 7) | rng.getrandbits(7)
    return "AKIA" + base64.b32encode(z.to_bytes(6, "big") + rng.randbytes(4)).decode()[:16]


def secret(rng):
    return "".join(rng.choice(string.ascii_letters + string.digits + "+/") for _ in range(40))


class Repo:
    def __init__(self, path, files=None, subjects=("Start",), mail="ana@shopwerk.io", bare_history=False):
        self.path = path
        path.mkdir(parents=True)
        self.git("init", "-q", "-b", "main")
        self.git("config", "user.name", "Ana Ruiz")
        self.git("config", "user.email", mail)
        for name, text in (files or {"README.md": "# shop\n"}).items():
            self.write(name, text)
        if not bare_history:
            self.git("add", "-A")
            for n, subject in enumerate(subjects):
                self.git("commit", "-q", *(["--allow-empty"] if n else []), "-m", subject)

    def git(self, *words, check=True, **kw):
        r = subprocess.run(["git", "-C", str(self.path), *words], capture_output=True, text=True, timeout=60,
                           env={**GIT_ENV, "HOME": str(self.path.parent)}, **kw)
        assert not check or r.returncode == 0, r.stderr
        return r.stdout.strip()

    def write(self, name, text):
        p = self.path / name
        p.parent.mkdir(parents=True, exist_ok=True)
        p.write_bytes(text if isinstance(text, bytes) else text.encode())

    def read(self, name):
        return (self.path / name).read_bytes().decode()

    def commit(self, subject="Change"):
        self.git("add", "-A")
        self.git("commit", "-q", "-m", subject)
        return self.git("rev-parse", "HEAD")

    def status(self):
        return self.git("status", "--porcelain", "--untracked-files=all")


class Canaries:
    """Imported canaries with their secrets in a file, as an owner of existing keys has them."""

    def __init__(self, keycanary, home, count=8, account="592694688519", seed=1, inert=False, prefix="svc"):
        rng = random.Random(seed)
        words = ["mail", "ci", "report", "web", "billing", "export", "sync", "media", "search", "cron"]
        self.keys = [key_id(account, rng) for _ in range(count)]
        self.secrets = {k: secret(rng) for k in self.keys}
        rows = "".join(f"{k},{prefix}-{words[n % 10]}{'' if n < 10 else n},{account}\n"
                       for n, k in enumerate(self.keys))
        keycanary("import", "-", *(["--inert"] if inert else []), input="key_id,user_name,account\n" + rows, check=0)
        self.file = home / f"secrets-{seed}"
        self.file.write_text("".join(f"{k} {s}\n" for k, s in self.secrets.items()))
        self.file.chmod(0o600)

    def options(self, *which):
        out = ["--secret-file", self.file]
        for n in which:
            out += ["--key", self.keys[n]]
        return out
