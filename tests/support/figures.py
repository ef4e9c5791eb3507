#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Gathers the figures that tests showed: figures.py BUILD LOG. The log of a run of meson test (its name without ending) holds
them as TAP comments (tests/support/figure.h). Puts them into BUILD/figures.json, one JSON object a line; rows of other runs
stay."""
import json
import os
import re
import sys


def add(build, rows):
    """Shows the rows and puts them into BUILD/figures.json, in the place of those of the same figures."""
    path = os.path.join(build, "figures.json")
    known = {}
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            known = {row["figure"]: row for row in map(json.loads, file)}
    for row in rows:
        known[row["figure"]] = row
        bound = f" ({row['bound']})" if row["bound"] else ""
        print(f"figure: {row['figure']}: {row['value']}{bound}{'' if row['ok'] else ' MISSED'}")
    with open(path + ".new", "w", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in known.values())
    os.replace(path + ".new", path)


def shown(log):
    """The rows that tests showed, in the order of the log."""
    with open(log + ".json", encoding="utf-8") as file:
        for test in map(json.loads, file):
            for found in re.finditer(r"^# figure (\{.*\})$", test.get("stdout") or "", re.MULTILINE):
                yield json.loads(found[1])


if __name__ == "__main__":
    add(sys.argv[1], shown(sys.argv[2]))
