#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
Runs an example program twice in a new directory: expect.py PROGRAM EXPECTED

The first run must print what the file EXPECTED contains, and exit with 0. The second must refuse to overwrite what the first
one created.
"""
import os
import subprocess
import sys
import tempfile


def run(program, directory):
    return subprocess.run([program], cwd=directory, capture_output=True, text=True, timeout=600, check=False)


def main():
    program, expected = os.path.abspath(sys.argv[1]), sys.argv[2]
    with open(expected, encoding="utf-8") as file:
        due = file.read()
    with tempfile.TemporaryDirectory() as directory:
        first, second = run(program, directory), run(program, directory)
    cases = (
        ("it prints what is expected and exits with 0", first, first.returncode == 0 and first.stdout == due),
        ("it does not overwrite what is there", second, second.returncode != 0 and "APITOKEN_E_EXISTS" in second.stderr),
    )
    print(f"1..{len(cases)}")
    for number, (name, done, good) in enumerate(cases, 1):
        print(f"{'ok' if good else 'not ok'} {number} - {name}")
        if not good:
            for line in f"exit {done.returncode}\n{done.stdout}{done.stderr}".splitlines():
                print("# " + line)
    return not all(good for _, _, good in cases)


sys.exit(main())
