#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Static analysis of lib/: analysers.py SOURCE_ROOT. gcc -fanalyzer, cppcheck and clang-tidy find nothing but what is excused
below, each with its reason; an excuse that excuses nothing is a finding, too."""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

from tap import Tap

OPTIONS = ["-std=gnu11", "-D_GNU_SOURCE", "-DAPITOKEN_BUILDING", "-Iinclude", "-Ilib"]
CHECKS = ["clang-analyzer-*", "bugprone-*",
          # wants memcpy_s and the like, which glibc has not
          "-clang-analyzer-security.insecureAPI.DeprecatedOrUnsafeBufferHandling",
          # pointer and length of two texts cannot be told apart by their types
          "-bugprone-easily-swappable-parameters",
          # functions that a linker script or libc names
          "-bugprone-reserved-identifier",
          # products of small constants that were widened on purpose
          "-bugprone-implicit-widening-of-multiplication-result"]
# (file, finding): why it is none
EXCUSES = {
    ("lib/base/init.c", "bugprone-macro-parentheses"): "a type cannot stand in parentheses",
    ("lib/outside/files.c", "clang-analyzer-deadcode.DeadStores"): "read by the cleanup of the scope",
    ("lib/objects/keyring_file.c", "clang-analyzer-core.NullDereference"): "file_init() failed then, and the macro has returned",
    ("lib/lmdb/process/pool.c", "clang-analyzer-core.NonNullParamChecker"):
        "the pool is a member of an environment that is there",
    ("lib/lmdb/stores/retire_tokens.c", "clang-analyzer-core.CallAndMessage"): "only a record that was read is taken",
    ("lib/lmdb/stores/scan.c", "uninitvar"): "only what was filled is passed on",
    ("lib/objects/page.c", "bugprone-sizeof-expression"): "an array of pointers is meant",
    ("lib/objects/audit_page.c", "bugprone-sizeof-expression"): "an array of pointers is meant",
    ("lib/verbs/list.c", "bugprone-sizeof-expression"): "the last member of the options is a pointer",
    ("lib/verbs/list_all.c", "bugprone-sizeof-expression"): "the last member of the options is a pointer",
    ("lib/verbs/validate.c", "clang-analyzer-core.CallAndMessage"): "a request that was not loaded has ended the call",
    ("lib/lmdb/tokens/change.c", "uninitvar"): "the source fills it",
    ("lib/lmdb/tokens/rowless.c", "clang-analyzer-core.NullDereference"): "a view has an environment",
    ("lib/lmdb/tokens/space.c", "clang-analyzer-core.NullDereference"): "a view has an environment",
    ("lib/rules/text.c", "bufferAccessOutOfBounds"): "cppcheck takes sizeof(chars) for that of a pointer",
}


def run(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
    return done.stdout


def gcc(path):
    with tempfile.TemporaryDirectory() as scratch: # never a device: a compiler that fails removes its output
        return run(["gcc", *OPTIONS, "-O2", "-fanalyzer", "-c", path, "-o", os.path.join(scratch, "object.o")])


def cppcheck(path):
    return run(["cppcheck", "--enable=warning,performance,portability", "--std=c11", "--quiet", "-Ilib", "-Iinclude", path])


def clang_tidy(path):
    return run(["clang-tidy", "--quiet", "--checks=-*," + ",".join(CHECKS), path, "--", *OPTIONS])


def findings(text):
    """(file, finding, line) of each warning or error."""
    pattern = r"^(?:.*/)?(lib/\S+?):(\d+):.*?(?:warning|error): (.*) \[([^\]]+)\]$"
    for path, line, message, name in re.findall(pattern, text, re.MULTILINE):
        yield path, name, f"{path}:{line}: {message} [{name}]"


def main():
    os.chdir(sys.argv[1])
    tap, used = Tap(), set()
    paths = sorted(glob.glob("lib/**/*.c", recursive=True))
    total = 0
    for tool, analyse in (("gcc", gcc), ("cppcheck", cppcheck), ("clang-tidy", clang_tidy)):
        name = f"{tool} finds nothing in {len(paths)} files"
        if not shutil.which(tool):
            tap.without(name, tool)
            continue
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            found = {each for text in pool.map(analyse, paths) for each in findings(text)}
        used |= {(path, kind) for path, kind, _ in found}
        bad = sorted(line for path, kind, line in found if (path, kind) not in EXCUSES)
        total += len(bad)
        tap.case(name, bad)
    tap.case("each excuse is needed", [f"{path}: {kind}" for path, kind in EXCUSES if (path, kind) not in used])
    ok = "false" if total else "true"
    print(f'# figure {{"figure": "analysers, findings", "value": {total}, "bound": "<= 0", "ok": {ok}}}')
    tap.finish()


main()
