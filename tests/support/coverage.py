#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How much of lib/ the tests reach: coverage.py BUILD MEASURED. Reads what the programs of the build directory MEASURED have
counted, leaves MEASURED/coverage.txt with the lines and coverage-branches.txt with the branches that nobody took, and puts the
figures into BUILD/figures.json. Of what decides who gets in nothing may be left out. Ends with 1 if a bound is missed."""
import json
import subprocess
import sys

from figures import add

# percent
LINES_MIN, BRANCHES_MIN = 98, 92

# The parser of a token, the codec of a record and its tags, validate, and what decides there: times, the policy, and verdicts
# that are remembered.
DECIDING = (
    "lib/rules/text.c", "lib/objects/list_row.c", "lib/rules/crc32.c", "lib/base/bytes.c",
    "lib/base/bytes.h", "lib/rules/record_form.c", "lib/rules/record_form.h", "lib/rules/record_hot.c",
    "lib/rules/record_row.c", "lib/rules/record_store.c", "lib/rules/record_owner.c", "lib/rules/record_policy.c",
    "lib/rules/record_audit.c", "lib/rules/policy.c", "lib/outside/audit_tag.c", "lib/outside/record_tag.c",
    "lib/outside/record_tag.h", "lib/verbs/validate.c", "lib/objects/candidate.h", "lib/rules/token_state.c",
    "lib/rules/token_state.h", "lib/outside/zone.c", "lib/lmdb/process/recent.c", "lib/lmdb/process/recent.h")


def measure(measured):
    """Of this build directory alone: without a path gcovr would add up all that lie about. Read once, shown in three ways."""
    counted = f"{measured}/coverage.json"
    for source, *form in ((measured, "--json", "--output", counted),
                          ("--add-tracefile", counted, "--output", f"{measured}/coverage.txt"),
                          ("--add-tracefile", counted, "--branches", "--output", f"{measured}/coverage-branches.txt"),
                          ("--add-tracefile", counted, "--json-summary", "--output", f"{measured}/coverage-summary.json")):
        subprocess.run(["gcovr", "--root", ".", "--filter", "lib/", source, *form], stderr=subprocess.DEVNULL, check=True)
    with open(f"{measured}/coverage-summary.json", encoding="utf-8") as file:
        return json.load(file)["files"]


def rows_of(name, files, lines_min, branches_min):
    """A row of lines and one of branches. Rounded down: all is 100, and nothing else is."""
    for kind, key, least in (("lines", "line", lines_min), ("branches", "branch", branches_min)):
        covered, total = (sum(file[f"{key}_{what}"] for file in files) for what in ("covered", "total"))
        value = 1000 * covered // total / 10
        yield {"figure": f"coverage of {name}, {kind}, percent", "value": value, "bound": f">= {least}", "ok": value >= least}


def main():
    build, measured = sys.argv[1:]
    files = measure(measured)
    deciding = [file for file in files if file["filename"] in DECIDING]
    rows = [*rows_of("lib/", files, LINES_MIN, BRANCHES_MIN), *rows_of("parser, codec and validate", deciding, 100, 100)]
    add(build, rows)
    missing = set(DECIDING) - {file["filename"] for file in deciding}
    if missing:
        print("not measured:", *sorted(missing))
    return 0 if all(row["ok"] for row in rows) and not missing else 1


sys.exit(main())
