#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Counts what a checker reported while tests ran: reports.py BUILD TOOL LOG. TOOL is 'valgrind' or 'TSan', LOG the log of a run
of meson test (its name without ending), which holds what the programs wrote to their error output. The figure 'TOOL reports' goes
to BUILD/figures.json; ends with 1 if there is any report."""
import json
import re
import sys

from figures import add

# What begins a report. Of valgrind's lines those that are set in by more than a blank go on with one.
HEADS = {
    "valgrind": r"^==\d+== (?!\s|Thread \d|$)",
    "TSan": r"^WARNING: ThreadSanitizer: ",
}

build, tool, log = sys.argv[1:]
reports = 0
with open(log + ".json", encoding="utf-8") as file:
    for test in map(json.loads, file):
        output = (test.get("stdout") or "") + (test.get("stderr") or "")
        reports += len(re.findall(HEADS[tool], output, re.MULTILINE))
add(build, [{"figure": f"{tool} reports", "value": reports, "bound": "<= 0", "ok": reports == 0}])
sys.exit(1 if reports else 0)
