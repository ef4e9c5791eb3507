# SPDX-License-Identifier: MIT
"""TAP output for the guards that are scripts: a case fails with the list of its findings.

CASE='PATTERN' in the environment runs only the cases whose names match, with * as in the shell. Blanks may be written as _. A
pattern that matches no case is a failure.
"""
import fnmatch
import os
import sys


def is_chosen(name, pattern):
    return not pattern or any(fnmatch.fnmatchcase(each, pattern) for each in (name, name.replace(" ", "_")))


class Tap:
    def __init__(self):
        self.pattern = os.environ.get("CASE")
        self.count = 0
        self.failed = 0

    def wants(self, name):
        """Whether the case is to run: for cases whose findings take time and are no generator."""
        return is_chosen(name, self.pattern)

    def case(self, name, findings=()):
        """Reports a case; it is good if there are no findings. A generator does its work only if the case is to run."""
        if not self.wants(name):
            return
        findings = list(findings)
        self.count += 1
        self.failed += bool(findings)
        print(f"{'not ok' if findings else 'ok'} {self.count} - {name}")
        for finding in findings:
            for line in str(finding).rstrip("\n").split("\n"):
                print(f"# {line}")
        sys.stdout.flush()

    def without(self, name, tool):
        """A tool is missing: a skip, but red where the tests must be complete. A guard that skips quietly is none."""
        if not self.wants(name):
            return
        if os.environ.get("APITOKEN_ABI_REQUIRED"):
            self.case(name, [f"{tool} is not installed"])
            return
        self.skip(name, f"{tool} is not installed")

    def skip(self, name, reason):
        """Where even complete tests cannot run it."""
        if self.wants(name):
            self.count += 1
            print(f"ok {self.count} - {name} # SKIP {reason}")

    def finish(self):
        """Prints the plan and ends the program."""
        if self.pattern and not self.count:
            self.count = self.failed = 1
            print(f"not ok 1 - {self.pattern}\n# no case has a name like this")
        print(f"1..{self.count}")
        sys.exit(1 if self.failed else 0)
