#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How large things are, folder by folder, as a table in Markdown: sizes.py SOURCE_ROOT [FOLDER...]

Needs universal-ctags. No test: compare the tables of two trees after a large change. Folders are taken with all that is below
them; without any, those of SHOWN.
"""
import json
import os
import re
import subprocess
import sys

SHOWN = ("lib", "lib/lmdb", "include", "examples/cli", "examples/common", "examples/tax-administration", "examples/tax-data-hub",
         "tests/unit", "tests/api", "tests/fault", "tests/process", "tests/bench", "tests")


def at(values, share):
    """The value below which that share lies."""
    values = sorted(values)
    return values[min(len(values) - 1, int(share * len(values)))] if values else 0


def spread(values):
    return f"{at(values, 0.5)} / {at(values, 0.9)} / {max(values, default=0)}"


def sources(root, folder):
    for where, folders, names in os.walk(os.path.join(root, folder)):
        folders[:] = [name for name in folders if name not in ("frozen", "node_modules", "__pycache__")]
        yield from (os.path.join(where, name) for name in sorted(names) if name.endswith((".c", ".h")))


def count_arguments(signature):
    inner = re.sub(r"\([^()]*\)", "", signature.strip()[1:-1])
    return 0 if inner.strip() in ("", "void") else inner.count(",") + 1


def functions(paths):
    """(lines, arguments) of each function that is defined."""
    command = ["ctags", "-L", "-", "--languages=C", "--langmap=C:.c.h", "--kinds-C=f", "--fields=+neS", "--output-format=json",
               "-f", "-"]
    out = subprocess.run(command, input="\n".join(paths), capture_output=True, text=True, check=True).stdout
    for line in out.splitlines():
        tag = json.loads(line)
        if "end" in tag:
            yield tag["end"] - tag["line"] + 1, count_arguments(tag.get("signature", "()"))


def row(root, folder):
    paths = list(sources(root, folder))
    if not paths:
        return None
    lines, wide = [], 0
    for path in paths:
        with open(path, encoding="utf-8") as file:
            text = file.read().splitlines()
        wide += sum(len(line) > 100 for line in text)
        if path.endswith(".c"):
            lines.append(len(text))
    found = list(functions(paths))
    arguments = [count for _, count in found]
    many = sum(count > 6 for count in arguments)
    return (f"| {folder} | {len(lines)} | {spread(lines)} | {len(found)} | {spread([size for size, _ in found])} | "
            f"{spread(arguments)} | {many} | {wide} |")


def main():
    root, folders = sys.argv[1], sys.argv[2:] or SHOWN
    print("| folder | .c | lines a file: median / p90 / max | functions | lines a function | arguments | over 6 | lines > 100 |")
    print("|---|---|---|---|---|---|---|---|")
    for folder in folders:
        line = row(root, folder)
        if line:
            print(line)


main()
