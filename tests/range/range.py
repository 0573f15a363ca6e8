#!/usr/bin/python3
"""A stand-in for AWS on the loopback. See README.md beside this file."""
import argparse
import json
import pathlib
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from cloud.server import start  # noqa: E402
from cloud.state import ACCOUNT, REGIONS  # noqa: E402,F401


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--port", type=int, default=0)
    _, url, world = start(arguments.parse_args().port)
    print(json.dumps({"url": url, "account": ACCOUNT, "key": world.monitor["id"], "secret": world.monitor["secret"]}),
          flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
