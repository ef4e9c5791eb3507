#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Whether a file is what its script prints: check_generated.py LINT_DIR CASE FILE SCRIPT"""
import subprocess
import sys

sys.dont_write_bytecode = True  # leaves no file in the source folder
sys.path.insert(0, sys.argv[1])
from tap import Tap  # noqa: E402


def differences(path, script):
    printed = subprocess.run([sys.executable, script], stdout=subprocess.PIPE, check=True).stdout
    with open(path, "rb") as file:
        if file.read() != printed:
            yield f"{path} differs"


def main():
    case, path, script = sys.argv[2:]
    tap = Tap()
    tap.case(case, differences(path, script))
    tap.finish()


main()
