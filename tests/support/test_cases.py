#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The main function of the test programs, and what they keep: test_cases.py LINT_DIR SAMPLE_CASES"""
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, sys.argv[1])
from tap import Tap  # noqa: E402

SAMPLE = sys.argv[2]


class Run:
    """One run of the sample program with its temporary directories in a directory of its own."""

    def __init__(self, *arguments, **variables):
        self.place = tempfile.mkdtemp(prefix="cases-")
        env = dict(os.environ, CMOCKA_MESSAGE_OUTPUT="TAP", TEST_DIR=self.place)
        for name in ("KEEP", "CASE"):
            env.pop(name, None)
        env.update(variables)
        done = subprocess.run([SAMPLE, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=30,
                              check=False, env=env)
        self.status, self.out, self.err = done.returncode, done.stdout, done.stderr
        self.ran = re.findall(r"^(?:not )?ok \d+ - (\w+)", self.out, re.MULTILINE)
        self.left = sorted(os.path.join(self.place, name) for name in os.listdir(self.place))
        self.told = sorted(re.findall(r"^# kept: (.*)$", self.out, re.MULTILINE))
        shutil.rmtree(self.place)

    def differs(self, **due):
        """What is not as it should be; `kept` is the number of directories that stay and are told of."""
        if "kept" in due:
            count = due.pop("kept")
            if not len(self.left) == len(self.told) == count or self.left != self.told:
                yield f"left {self.left}, told of {self.told}, {count} expected"
        for name, value in due.items():
            if getattr(self, name) != value:
                yield f"{name} is {getattr(self, name)!r}, not {value!r}; stdout: {self.out} stderr: {self.err}"


def main():
    tap = Tap()
    tap.case("a case runs by its name", Run("passes").differs(ran=["passes"], status=0, kept=0))
    tap.case("cases run by a pattern", Run("passes*").differs(ran=["passes", "passes_and_removes"], status=0))
    tap.case("cases run by several names", Run("passes_and_removes", "passes").differs(ran=["passes", "passes_and_removes"]))
    tap.case("a case runs by the variable CASE", Run(CASE="passes_*").differs(ran=["passes_and_removes"], status=0))
    tap.case("a CASE that is no case is an error", Run(CASE="no_such_case").differs(ran=[], status=2))
    unknown = Run("passes", "no_such_case")
    tap.case("a name that is no case is an error, and nothing runs", unknown.differs(ran=[], status=2))
    tap.case("the error names it", [] if "'no_such_case'" in unknown.err else [unknown.err])
    tap.case("the names are listed", Run("--list").differs(ran=[], status=0) if "\nsegfaults\n" in Run("--list").out else ["no"])
    tap.case("a case that passes leaves nothing", Run("passes_and_removes").differs(kept=0))
    tap.case("a case that is skipped leaves nothing", Run("is_skipped").differs(kept=0, status=0))
    for case in ("fails", "fails_without_teardown", "fails_in_setup", "segfaults"):
        tap.case(f"a case that {case} keeps its directory", Run(case).differs(kept=1, ran=[case], status=1))
    tap.case("a case that aborts keeps its directory", Run("aborts").differs(kept=1, status=-signal.SIGABRT))
    tap.case("a case that is stopped keeps its directory", Run("is_stopped").differs(kept=1, status=-signal.SIGTERM))
    tap.case("only the case that failed keeps its directory", Run("fails", "passes*").differs(kept=1, status=1))
    tap.case("a group of cases that pass leaves nothing", Run("--group", "passes").differs(kept=0, status=0))
    tap.case("a failed case keeps the directory of its group", Run("--group", "passes", "fails").differs(kept=2, status=1))
    tap.case("KEEP=1 keeps all", Run("passes*", KEEP="1").differs(kept=2, status=0))
    tap.case("KEEP=0 keeps nothing", Run("passes*", KEEP="0").differs(kept=0, status=0))
    tap.finish()


main()
