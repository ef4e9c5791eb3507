#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Gathers the figures that tests showed: figures.py BUILD LOG. The log of a run of meson test (its name without ending) holds
them as TAP comments (tests/support/figure.h). Puts them into BUILD/figures.json, one JSON object a line; rows of other runs
stay."""
import json
import os
import re
import sys

build, log = sys.argv[1:]
path = os.path.join(build, "figures.json")
rows = {}
if os.path.exists(path):
    with open(path, encoding="utf-8") as file:
        rows = {row["figure"]: row for row in map(json.loads, file)}
with open(log + ".json", encoding="utf-8") as file:
    for test in map(json.loads, file):
        for found in re.finditer(r"^# figure (\{.*\})$", test.get("stdout") or "", re.MULTILINE):
            row = json.loads(found[1])
            rows[row["figure"]] = row
            bound = f" ({row['bound']})" if row["bound"] else ""
            print(f"figure: {row['figure']}: {row['value']}{bound}{'' if row['ok'] else ' MISSED'}")
with open(path + ".new", "w", encoding="utf-8") as file:
    file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows.values())
os.replace(path + ".new", path)
