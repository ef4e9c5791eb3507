#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How much of lib/ the tests reach: coverage.py BUILD MEASURED. Reads what the programs of the build directory MEASURED have
counted, leaves MEASURED/coverage.txt with the lines and branches that nobody took, and puts the figures into
BUILD/figures.json. Ends with 1 if one is missed."""
import json
import subprocess
import sys

from figures import add

# percent
LINES_MIN, BRANCHES_MIN = 98, 92


def measure(measured):
    """Of this build directory alone: without a path gcovr would add up all that lie about."""
    report = subprocess.run(["gcovr", "--root", ".", "--filter", "lib/", "--json-summary", "-", measured], stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL, check=True)
    for name, more in (("coverage.txt", []), ("coverage-branches.txt", ["--branches"])):
        subprocess.run(["gcovr", "--root", ".", "--filter", "lib/", *more, "--output", f"{measured}/{name}", measured],
                       stderr=subprocess.DEVNULL, check=True)
    return json.loads(report.stdout)


def main():
    build, measured = sys.argv[1:]
    found = measure(measured)
    rows = []
    for kind, key, least in (("lines", "line", LINES_MIN), ("branches", "branch", BRANCHES_MIN)):
        value = 1000 * found[key + "_covered"] // found[key + "_total"] / 10
        rows.append({"figure": f"coverage of lib/, {kind}, percent", "value": value, "bound": f">= {least}",
                     "ok": value >= least})
    add(build, rows)
    return 0 if all(row["ok"] for row in rows) else 1


sys.exit(main())
