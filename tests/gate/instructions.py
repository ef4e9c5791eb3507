#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The instructions of a validate against those of the floor: instructions.py PROGRAM [BUILD]

BUILD is `release` for a build as README.md installs it, which the bounds are for; any other one has bounds of its own. Ratios are
judged to two decimals: the trees of two stores differ by a comparison or two.

Counted by callgrind, so the machine's load and speed make no difference. What comes once (start, open) is taken off by a second
run without a call.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

from tap import Tap

TOKENS = 100000
CALLS = 20000
FIRST = CALLS  # so many different tokens: each is seen once
HOT = 100
ROOM = 512 << 20  # bytes that the stores may need where they are made

# what is counted, how many different tokens, at most how many times the floor's in a release and in another build
COUNTS = [
    ("first", FIRST, 1.32, 1.40, "a validate at first sight"),
    ("seen", HOT, 0.30, 0.32, "a validate of a token that was seen before"),
]


def bounds(build):
    for what, tokens, release, other, words in COUNTS:
        bound = release if build == "release" else other
        yield what, tokens, bound, f"{words} takes at most {bound:.2f} times the floor's instructions"


def folder():
    """In memory where there is room: 100,000 durable creates take half a minute on a disk."""
    memory = "/dev/shm"
    if os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ROOM:
        return tempfile.TemporaryDirectory(dir=memory)
    return tempfile.TemporaryDirectory(dir=os.environ.get("TEST_DIR", "/var/tmp"))


def count(program, where, what, calls, tokens):
    out = os.path.join(where, "callgrind.out")
    done = subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", program, what, where, str(calls),
                           str(tokens)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    collected = re.search(r"Collected : (\d+)", done.stdout)
    if done.returncode != 0 or not collected:
        raise RuntimeError(done.stdout)
    return int(collected[1])


def per_call(program, where, what, tokens):
    return (count(program, where, what, CALLS, tokens) - count(program, where, what, 0, tokens)) / CALLS


def main():
    program = os.path.abspath(sys.argv[1])
    build = sys.argv[2] if len(sys.argv) > 2 else "release"
    tap = Tap()
    if not shutil.which("valgrind"):
        for _, _, _, name in bounds(build):
            tap.without(name, "valgrind")
        tap.finish()
    with folder() as where:
        subprocess.run([program, "make", where, str(TOKENS)], check=True)
        for what, tokens, bound, name in bounds(build):
            floor = per_call(program, where, "floor", tokens)
            got = per_call(program, where, "library", tokens)
            is_kept = round(got / floor, 2) <= bound
            print(f"# figure instructions_floor_{what} {floor:.0f}")
            print(f"# figure instructions_{what} {got:.0f} ratio {got / floor:.3f}")
            print(f'# figure {{"figure": "instructions of a validate, {what}, percent of the floor", '
                  f'"value": {100 * got / floor:.1f}, "bound": "<= {100 * bound:.0f}", '
                  f'"ok": {str(is_kept).lower()}}}')
            tap.case(name, [f"{got:.0f} instructions, {floor:.0f} of the floor: {got / floor:.3f}"] * (not is_kept))
    tap.finish()


main()
