#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The control of a checker: caught.py EXIT_CODE WORDS PROGRAM [ARGUMENT...]. The program is broken on purpose. One case, which is
good if it ends with the exit code and its error output has the words. It is stopped, so its directories are removed here."""
import os
import subprocess
import sys
import tempfile

code, words, *command = sys.argv[1:]
with tempfile.TemporaryDirectory(dir=os.environ.get("TEST_DIR", "/var/tmp")) as place:
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace", check=False,
                          env=dict(os.environ, TEST_DIR=place))
caught = done.returncode == int(code) and words in done.stderr
print(f"{'ok' if caught else 'not ok'} 1 - {words.replace(' ', '_').lower()}_is_caught")
if not caught:
    print(f"# ended with {done.returncode}, not {code}; its error output:")
    for line in done.stderr.splitlines()[:40]:
        print(f"# {line}")
print("1..1")
sys.exit(0 if caught else 1)
