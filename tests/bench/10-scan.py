#!/usr/bin/python3
"""How fast log files are read: keycanary scan beside inflating alone and beside other tools.

All of them read the same corpus (tests/bench/corpus.py) from a warm cache, one
after the other in rounds; a ratio is the median of the rounds' ratios, so a
drift of the machine does not count. The answer of the scan is compared with
what was planted. BENCH_MB and BENCH_ROUNDS change the size and the rounds.
"""
import hashlib
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
HOME = pathlib.Path(os.environ["BENCH_DIR"])
PROGRAM = os.environ["KEYCANARY"]
MEGABYTES = int(os.environ.get("BENCH_MB", 2000))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", 9))
THREADS = 2
JQ_SHARE = 25               # jq gets one file in so many


def build():
    """The corpus and the helper, kept until what makes them changes."""
    maker = HERE / "corpus.py"
    mark = hashlib.sha256(maker.read_bytes()).hexdigest() + f" {MEGABYTES}"
    corpus = HOME / "corpus"
    if not (HOME / "mark").is_file() or (HOME / "mark").read_text() != mark:
        print(f"making a corpus of {MEGABYTES} MB …", flush=True)
        shutil.rmtree(corpus, ignore_errors=True)
        subprocess.run([sys.executable, maker, corpus, str(MEGABYTES)], check=True)
        (HOME / "mark").write_text(mark)
    cc = os.environ.get("CC", "cc").split()
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "libdeflate"], check=True, capture_output=True, text=True).stdout.split()
    subprocess.run([*cc, "-O2", "-o", HOME / "inflate_alone", HERE / "inflate_alone.c", *flags, "-lpthread"], check=True)
    subprocess.run([*cc, "-O2", "-o", HOME / "measure", HERE / "measure.c"], check=True)
    files = sorted(str(f) for f in (corpus / "logs").rglob("*.gz"))
    (HOME / "files").write_text("".join(f + "\n" for f in files))
    (HOME / "some-files").write_text("".join(f + "\n" for f in files[::JQ_SHARE]))
    keys = (corpus / "keys.txt").read_text().split()
    (HOME / "keys.json").write_text(json.dumps(dict.fromkeys(keys, 1)))
    return corpus, json.loads((corpus / "truth.json").read_text())


class Run:
    """One run of a command: wall clock and processor seconds, peak memory in MiB, output."""

    def __init__(self, command, stdin=None):
        with tempfile.TemporaryFile() as out, open(stdin or os.devnull, "rb") as given:
            subprocess.run([HOME / "measure", HOME / "figures", *command], stdin=given, stdout=out,
                           stderr=subprocess.DEVNULL, check=True)
            self.wall, self.cpu, self.rss = map(float, (HOME / "figures").read_text().split())
            out.seek(0)
            self.out = out.read()


def scan(corpus, keys, *more):
    return [PROGRAM, "scan", "--json", "-q", "-j", str(THREADS), "--keys", str(corpus / keys), *more, str(corpus / "logs")]


def found(run):
    """(event, key) of each sighting."""
    return sorted([s["event_id"], i["canary"]["key_id"]] for i in json.loads(run.out)["incidents"] for s in i["sightings"])


def contenders(corpus):
    """name, command, standard input, rounds, share of the corpus it reads"""
    keys, logs = corpus / "keys.txt", corpus / "logs"
    yield "inflating alone (libdeflate)", [HOME / "inflate_alone", str(THREADS)], HOME / "files", ROUNDS, 1
    yield "keycanary scan, 10,000 keys", scan(corpus, "keys.txt"), None, ROUNDS, 1
    yield "keycanary scan, 100 keys", scan(corpus, "keys-100.txt"), None, ROUNDS, 1
    yield "keycanary scan, 10,000 keys and user names", scan(corpus, "keys-named.txt"), None, ROUNDS, 1
    if shutil.which("ugrep"):
        yield f"ugrep -z -F -f, -J{THREADS} (strings only)", ["ugrep", "-z", "-r", "-o", "-h", "-F", f"-J{THREADS}", "-f", str(keys), str(logs)], None, ROUNDS, 1
    if shutil.which("rg"):
        yield f"rg -z -F -f, -j{THREADS} (strings only)", ["rg", "-z", "-o", "--no-filename", "-F", "-j", str(THREADS), "-f", str(keys), str(logs)], None, 3, 1
    if shutil.which("jq"):
        yield f"zcat | jq (on 1 file in {JQ_SHARE}, scaled)", ["sh", "-c",
            f"xargs zcat | jq -c --slurpfile k {HOME}/keys.json "
            "'.Records[] | select(.userIdentity.accessKeyId // \"\" | in($k[0]))'"], HOME / "some-files", 3, JQ_SHARE


def main():
    corpus, truth = build()
    size = truth["bytes"]
    print(f"corpus: {truth['files']} files, {truth['records']} records, {size / 1e6:.0f} MB, "
          f"{truth['packed'] / 1e6:.0f} MB packed (1 : {size / truth['packed']:.1f}); {len(truth['uses'])} uses of 10,000 keys; "
          f"{THREADS} threads on {os.cpu_count()} processors; {ROUNDS} rounds")
    rows = list(contenders(corpus))
    runs = {name: [] for name, *_ in rows}
    for n in range(-1, ROUNDS):
        for name, command, stdin, rounds, share in rows:
            if n < rounds and (n >= 0 or rounds == ROUNDS):
                run = Run(command, stdin)
                run.wall, run.cpu = run.wall * share, run.cpu * share
                if n >= 0:      # the round before the first warms the cache
                    runs[name].append(run)
    limit = runs[rows[0][0]]
    print(f"{'':46}{'MB/s':>7}{'k rec/s':>9}{'of limit':>10}{'cpu':>7}{'MiB':>7}")
    for name, *_ in rows:
        mine = runs[name]
        wall = statistics.median(r.wall for r in mine)
        ratio = statistics.median(a.wall / b.wall for a, b in zip(limit, mine))
        cpu = statistics.median(a.cpu / b.cpu for a, b in zip(limit, mine))
        print(f"{name:46}{size / 1e6 / wall:7.0f}{truth['records'] / 1e3 / wall:9.0f}{ratio:10.2f}{cpu:7.2f}{max(r.rss for r in mine):7.0f}")
    many, few = runs[rows[1][0]], runs[rows[2][0]]
    print(f"10,000 keys take {statistics.median(a.wall / b.wall for a, b in zip(many, few)):.2f} x the time of 100")
    for name, *_ in rows[4:]:
        print(f"scan is {statistics.median(b.wall / a.wall for a, b in zip(many, runs[name])):.1f} x as fast as {name}")
    exact = [found(r) == sorted(truth["uses"]) for r in many]
    print("sightings:", "exactly the planted uses" if all(exact) else "NOT the planted uses")
    print("of limit, cpu: the limit's seconds over this one's, by the clock and by the processor")
    return 0 if all(exact) else 1


if __name__ == "__main__":
    sys.exit(main())
