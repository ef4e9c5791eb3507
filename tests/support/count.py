#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Counts the cases of a meson JUnit report: count.py REPORT. Prints 'N passed, N failed, N skipped'; ends with 1 if any failed or
none passed."""
import re
import sys
import xml.etree.ElementTree as ElementTree

# Meson copies what a failing program printed as it is, also what XML does not allow.
with open(sys.argv[1], encoding="utf-8", errors="replace") as file:
    report = re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "?", file.read())

passed = failed = skipped = 0
for suite in ElementTree.fromstring(report).iter("testsuite"):
    cases = list(suite.iter("testcase"))
    bad = 0
    for case in cases:
        if case.find("failure") is not None or case.find("error") is not None:
            bad += 1
        elif case.find("skipped") is not None:
            skipped += 1
        else:
            passed += 1
    # a program that died or timed out is counted by the suite alone
    failed += max(bad, int(suite.get("failures", 0)) + int(suite.get("errors", 0)))
print(f"{passed} passed, {failed} failed, {skipped} skipped")
sys.exit(1 if failed or not passed else 0)
