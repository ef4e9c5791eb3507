# SPDX-License-Identifier: MIT
"""TAP output for the guards that are scripts: a case fails with the list of its findings."""
import os
import sys


class Tap:
    def __init__(self):
        self.count = 0
        self.failed = 0

    def case(self, name, findings=()):
        """Reports a case; it is good if there are no findings."""
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
        if os.environ.get("APITOKEN_ABI_REQUIRED"):
            self.case(name, [f"{tool} is not installed"])
            return
        self.count += 1
        print(f"ok {self.count} - {name} # SKIP {tool} is not installed")

    def finish(self):
        """Prints the plan and ends the program."""
        print(f"1..{self.count}")
        sys.exit(1 if self.failed else 0)
