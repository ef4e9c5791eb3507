#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Secrets that steer a branch or an address: side_channels.py PROGRAM SUPPRESSIONS. memcheck runs the program, in which what is
secret is undefined memory."""
import os
import re
import shutil
import subprocess
import sys

from tap import Tap

FOUND = 99  # what valgrind ends with if it had something to report

LIBRARY = {
    "digest": "the digest of a token",
    "compare": "the comparison of two verifiers",
    "record": "the tag of a record, written and checked",
    "seal": "a copy that is sealed, opened, and refused",
    "validate": "a whole validate: right, remembered, wrong, unknown",
}
CONTROLS = {
    "early_exit": "control: memcmp() on a verifier is reported",
    "branch_on_a_verdict": "control: a verdict that is not declassified is reported",
    "table_look_up": "control: a secret index is reported",
    "parse": "control: the parser given a secret text is reported",
}


def run(program, suppressions, what):
    """How it ended, what was reported, and for each case the number of reports and of bytes that were secret to the end."""
    done = subprocess.run(["valgrind", "-q", f"--error-exitcode={FOUND}", f"--suppressions={suppressions}", program, what],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace", check=False)
    found = re.findall(r"^case (\w+) reports (\d+) taints (\d+)$", done.stdout, re.MULTILINE)
    return done.returncode, done.stderr, {name: (int(reports), int(taints)) for name, reports, taints in found}


def tell(tap, figure, value, bound, is_ok):
    print(f'# figure {{"figure": "{figure}", "value": {value}, "bound": "{bound}", "ok": {str(is_ok).lower()}}}')
    tap.case(figure, [] if is_ok else [f"{value}, not {bound}"])


def main():
    program, suppressions, tap = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]), Tap()
    if not shutil.which("valgrind"):
        for name in (LIBRARY | CONTROLS).values():
            tap.without(name, "valgrind")
        tap.finish()
    status, reports, cases = run(program, suppressions, "library")
    for case, name in LIBRARY.items():
        count, taints = cases.get(case, (0, 0))
        tap.case(name, [reports] * (count != 0) + ["nothing was secret, or a wrong verdict"] * (taints == 0))
    tap.case("memcheck has nothing to report", [f"it ended with {status}: {reports}"] * (status != 0))
    tell(tap, "branches and addresses that depend on a secret", sum(count for count, _ in cases.values()), "<= 0", status == 0)
    status, reports, cases = run(program, suppressions, "controls")
    for case, name in CONTROLS.items():
        count, taints = cases.get(case, (0, 0))
        tap.case(name, ["it is not"] * (count == 0) + ["nothing was secret"] * (taints == 0))
    seen = sum(count != 0 for count, _ in cases.values())
    tell(tap, "planted side channels that were reported", seen, f">= {len(CONTROLS)}", status == FOUND and seen == len(CONTROLS))
    tap.finish()


main()
