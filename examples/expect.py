#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs an example program and compares what it prints with what is expected: expect.py PROGRAM EXPECTED."""
import subprocess
import sys

program, expected = sys.argv[1:]
with open(expected, encoding="utf-8") as file:
    due = file.read()
run = subprocess.run([program], capture_output=True, text=True, timeout=60, check=False)
good = run.returncode == 0 and run.stdout == due
print("1..1")
print(("ok" if good else "not ok") + " 1 - prints what is expected and ends with 0")
if not good:
    for line in f"exit {run.returncode}\n{run.stdout}{run.stderr}".splitlines():
        print("# " + line)
sys.exit(not good)
