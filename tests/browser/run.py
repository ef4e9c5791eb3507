#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the browser tests: run.py BUILD-DIRECTORY ARGUMENT-OF-MAIN...

Installs the packages of package-lock.json below BUILD-DIRECTORY, once for each state of the lock file. Without Node.js or
Chromium the suite is a skip, which says so. CHROMIUM names another browser than that of the PATH.
"""
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
PACKAGE_FILES = ("package.json", "package-lock.json", ".npmrc")
NODE_MIN = 18


def skip(reason):
    print(f"1..0 # SKIP {reason}")
    sys.exit(0)


def bail_out(reason, text):
    """No skip: the tests could run here, were it not for this."""
    print(f"Bail out! {reason}")
    for line in text.splitlines():
        print("# " + line)
    sys.exit(1)


def node_version(node):
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    return int(said.strip().lstrip("v").split(".")[0] or 0)


def find_tools():
    node, npm = shutil.which("node"), shutil.which("npm")
    browser = shutil.which(os.environ.get("CHROMIUM", "chromium"))
    if not node or not npm:
        skip("Node.js or npm is not installed")
    if node_version(node) < NODE_MIN:
        skip(f"Node.js is older than {NODE_MIN}")
    if not browser:
        skip("Chromium is not installed")
    return node, npm, browser


def read(path):
    if not os.path.exists(path):
        return None
    with open(path, "rb") as file:
        return file.read()


def install(npm, place):
    """What is there is of this lock file if the mark left at the end holds the same."""
    mark = os.path.join(place, "installed-lock.json")
    lock = read(os.path.join(HERE, "package-lock.json"))
    if read(mark) == lock and os.path.isdir(os.path.join(place, "node_modules")):
        return
    if os.path.exists(mark):
        os.remove(mark)
    for name in PACKAGE_FILES:
        shutil.copyfile(os.path.join(HERE, name), os.path.join(place, name))
    run = subprocess.run([npm, "ci"], cwd=place, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                         text=True, check=False)
    if run.returncode != 0:
        bail_out("npm ci cannot install what package-lock.json names", run.stdout)
    with open(mark, "wb") as file:
        file.write(lock)


def main():
    if len(sys.argv) < 2:
        raise SystemExit("usage: run.py BUILD-DIRECTORY ARGUMENT-OF-MAIN...")
    node, npm, browser = find_tools()
    place = os.path.abspath(sys.argv[1])
    os.makedirs(place, exist_ok=True)
    install(npm, place)
    os.environ["CHROMIUM"] = browser
    sys.stdout.flush()
    os.execv(node, [node, os.path.join(HERE, "main.mjs"), place, *sys.argv[2:]])


main()
