#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Counts the cases of runs of meson test: count.py LOG..., each the name of a log without its endings. Shows what failing cases
said, with each figure out of its bound, then prints 'N passed, N failed, N skipped'; ends with 1 if any failed or none passed."""
import json
import re
import sys
import xml.etree.ElementTree as ElementTree


def count(path):
    """Meson copies what a failing program printed as it is, also what XML does not allow."""
    with open(path, encoding="utf-8", errors="replace") as file:
        report = re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "?", file.read())
    passed = failed = skipped = 0
    for suite in ElementTree.fromstring(report).iter("testsuite"):
        cases = list(suite.iter("testcase"))
        bad = sum(case.find("failure") is not None or case.find("error") is not None for case in cases)
        left_out = sum(case.find("skipped") is not None for case in cases)
        passed += len(cases) - bad - left_out
        skipped += left_out
        # a program that died or timed out is counted by the suite alone
        failed += max(bad, int(suite.get("failures", 0)) + int(suite.get("errors", 0)))
    return passed, failed, skipped


def failures(path):
    """The TAP lines of the cases that failed, with their comments, and the figures that made them fail, which come before."""
    with open(path, encoding="utf-8", errors="replace") as file:
        for test in map(json.loads, file):
            said = test.get("stdout") or ""
            for block in re.findall(r"^not ok .*\n(?:#.*\n)*|^# figure .*\"ok\": false\}\n", said, re.MULTILINE):
                yield f"{test['name']}: {block}"


totals = [0, 0, 0]
for log in sys.argv[1:]:
    for block in failures(log + ".json"):
        print(block, end="")
    totals = [total + more for total, more in zip(totals, count(log + ".junit.xml"))]
print(f"{totals[0]} passed, {totals[1]} failed, {totals[2]} skipped")
sys.exit(1 if totals[1] or not totals[0] else 0)
