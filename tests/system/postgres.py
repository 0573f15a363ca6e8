"""A PostgreSQL server of our own, on a socket in a temporary directory; a schema for each who asks."""
import itertools
import os
import pathlib
import pwd
import shutil
import subprocess
import tempfile
import urllib.parse


def program(name):
    """Debian keeps the server's programs beside the path, by version."""
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(found[-1]) if found else shutil.which(name)


def installed():
    return program("initdb") is not None


class Postgres:
    def __init__(self, port=0):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="keycanary-pg-"))
        self.number = itertools.count(1)
        self.port = port or 5432
        # The server refuses to run as root.
        self.user = "postgres" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
        if os.getuid() == 0:
            shutil.chown(self.dir, "postgres")
            self.dir.chmod(0o755)
        self.run(program("initdb"), "-D", self.dir / "data", "-N", "-A", "trust", "-U", "postgres", "--encoding=UTF8",
                 "--locale=C")
        listen = "127.0.0.1" if port else ""
        (self.dir / "data" / "postgresql.conf").open("a").write(
            f"listen_addresses = '{listen}'\nport = {self.port}\nunix_socket_directories = '{self.dir}'\n"
            "fsync = off\nfull_page_writes = off\n")
        self.start()

    def run(self, *words):
        words = [str(w) for w in words]
        if os.getuid() == 0:
            words = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups", *words]
        subprocess.run(words, check=True, capture_output=True, cwd="/")

    def start(self):
        self.run(program("pg_ctl"), "-D", self.dir / "data", "-w", "-l", self.dir / "log", "start")

    def stop(self):
        self.run(program("pg_ctl"), "-D", self.dir / "data", "-m", "immediate", "-w", "stop")

    def sql(self, text, schema="public"):
        r = subprocess.run(["psql", "-h", str(self.dir), "-p", str(self.port), "-U", "postgres", "-d", "postgres", "-qtAX", "-v",
                            "ON_ERROR_STOP=1"], input=f"SET search_path TO {schema};\n{text};\n", capture_output=True, text=True)
        assert r.returncode == 0, r.stderr
        return r.stdout.strip()

    def schema(self):
        """A new empty schema: (its name, the address of a state in it)."""
        name = f"s{next(self.number)}"
        self.sql(f"CREATE SCHEMA {name}")
        query = urllib.parse.urlencode({"host": str(self.dir), "port": self.port, "options": f"-csearch_path={name}"},
                                       quote_via=urllib.parse.quote)
        return name, f"postgresql://postgres@/postgres?{query}"

    def close(self):
        try:
            self.stop()
        finally:
            shutil.rmtree(self.dir, ignore_errors=True)
