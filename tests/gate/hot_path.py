#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a validate does not do: hot_path.py PROGRAM. Counts the allocations, locks and system calls of a million calls."""
import collections
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

from tap import Tap

CALLS = 1_000_000
LOOK = 5  # system calls of a look: at the directory and at each file
MARK = "getppid"


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def calls_between_marks(trace):
    with open(trace, encoding="ascii", errors="replace") as file:
        names = re.findall(r"^(?:\d+ +)?(\w+)\(", file.read(), re.MULTILINE)
    first = names.index(MARK)
    return collections.Counter(names[first + 1:names.index(MARK, first + 1)])


def main():
    program, tap = os.path.abspath(sys.argv[1]), Tap()
    names = ["no allocation", "no lock", "no system call but the look at the files, once a second", "no write to the store"]
    if not shutil.which("strace"):
        for name in names:
            tap.without(name, "strace")
        tap.finish()
    with tempfile.TemporaryDirectory(dir=os.environ.get("TEST_DIR", "/var/tmp")) as where:
        subprocess.run([program, "make", where], check=True)
        data, trace = os.path.join(where, "store", "data.mdb"), os.path.join(where, "trace")
        before, begin = digest(data), time.monotonic()
        done = subprocess.run(["strace", "-f", "-o", trace, program, "run", where, str(CALLS)], stdout=subprocess.PIPE, text=True,
                              check=True)
        seconds = time.monotonic() - begin
        allocations, locks = map(int, re.fullmatch(r"allocations (\d+) locks (\d+)\n", done.stdout).groups())
        calls = calls_between_marks(trace)
        looks = (calls.pop("newfstatat", 0) + calls.pop("stat", 0)) / LOOK
        others = sum(calls.values())
        total = allocations + locks + others
        print(f"# of {CALLS} validates: {allocations} allocations, {locks} locks, {looks:.0f} looks, {others} other calls")
        print('# figure {"figure": "allocations, locks and system calls of 1,000,000 validates, but for the look a second", '
              f'"value": {total}, "bound": "<= 0", "ok": {str(total == 0).lower()}}}')
        tap.case(names[0], [f"{allocations} allocations"] * (allocations != 0))
        tap.case(names[1], [f"{locks} locks"] * (locks != 0))
        tap.case(names[2], [f"{name}: {count}" for name, count in calls.items()] +
                 [f"{looks:.0f} looks in {seconds:.1f} s"] * (looks > seconds + 1))
        tap.case(names[3], ["data.mdb has changed"] * (digest(data) != before))
    tap.finish()


main()
