#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
Checks that the code in README.md is a complete program with the output shown: readme_sample.py README INCLUDE_DIR LIBRARY CC...
Compiles the first block of C unchanged with the public header and the built library, runs it in an empty directory, and
compares its output with the first block of text.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

LINES_MAX = 15  # a sample must be short


def block(text, kind):
    found = re.search(rf"^```{kind}\n(.*?)^```$", text, re.M | re.S)
    return found.group(1) if found else None


def run(command, **options):
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False, **options)
    return done.returncode == 0, done.stdout, done.stdout + done.stderr


def cases(readme, include, library, compiler):
    code, due = block(readme, "c"), block(readme, "text")
    yield "README.md has a block of C and one of text", code is not None and due is not None, ""
    if code is None or due is None:
        return
    yield f"the sample has at most {LINES_MAX} lines", len(code.splitlines()) <= LINES_MAX, code
    with tempfile.TemporaryDirectory() as name:
        place = pathlib.Path(name)
        (place / "sample.c").write_text(code, encoding="utf-8")
        flags = ["-std=c11", "-Wall", "-Wextra", "-Werror", f"-I{include}", f"-Wl,-rpath,{library.parent}"]
        good, _, words = run([*compiler, *flags, "-o", "sample", "sample.c", str(library)], cwd=place)
        yield "it compiles with the public header alone and links with the library", good, words
        if good:
            good, shown, words = run(["./sample"], cwd=place)
            yield "it prints what the README says", good and shown == due, words


def main():
    readme, include, library, *compiler = sys.argv[1:]
    text = pathlib.Path(readme).read_text(encoding="utf-8")
    number = failed = 0
    results = cases(text, pathlib.Path(include).resolve(), pathlib.Path(library).resolve(), compiler)
    for number, (what, good, words) in enumerate(results, 1):
        print(f"{'ok' if good else 'not ok'} {number} - {what}")
        if not good:
            failed += 1
            print("".join(f"# {line}\n" for line in words.splitlines()), end="")
    print(f"1..{number}")
    return failed != 0


sys.exit(main())
