#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The guards of this folder, guarded: selftest.py SOURCE_ROOT WORK_DIR

Applies deliberate changes to a copy of the header, the map and the library, one at a time, and expects exactly the guards that
are due to go red. APITOKEN_CC is the compiler.
"""
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from tap import Tap

ROOT, WORK = (os.path.abspath(arg) for arg in sys.argv[1:3])
CC = os.environ.get("APITOKEN_CC", "cc").split()
COPY = os.path.join(WORK, "copy")
PRISTINE = os.path.join(WORK, "pristine")  # objects of the unchanged library
HEADER = "include/apitoken/apitoken.h"
MAP = "lib/apitoken.map"
GUARDS = ("header", "link", "symbols", "layout", "complete", "abidiff", "frozen")


class Change:
    """edits: (file, pattern, replacement), each of which must match once. red: the guards that are due to refuse."""

    def __init__(self, name, red, edits=(), soname="libapitoken.so.1", link=(), library=True):
        self.name, self.red, self.edits = name, set(red), edits
        self.soname, self.link = soname, link
        self.needs_library = library  # False: only the guards that need none

    def recompiles(self):
        return any(path != MAP for path, _, _ in self.edits)


NEW_FUNCTION = [
    (HEADER, r"(APITOKEN_API uint32_t apitoken_version\(void\);)", r"\1\nAPITOKEN_API uint32_t apitoken_epoch(void);"),
    ("lib/base/version.c", r"\Z", "\nuint32_t apitoken_epoch(void) { return 0; }\n"),
]

CHANGES = [
    Change("nothing", []),
    Change("a private struct grows", [], [("lib/objects/store.h", r"(struct apitoken_store \{\n)", r"\1    int64_t more;\n")]),
    Change("a function is added in a new node", ["symbols", "complete", "abidiff"],
           NEW_FUNCTION + [(MAP, r"\Z", "\nAPITOKEN_1.1 { global: apitoken_epoch; } APITOKEN_1.0;\n")]),
    Change("a field is appended to an options struct", ["complete", "abidiff"],
           [(HEADER, r"(void \*log_ctx;\n)(\} apitoken_open_opts;)", r"\1    void *more;\n\2"),
            (HEADER, r"(#define APITOKEN_OPEN_OPTS_INIT [^}]*NULL)( \})", r"\1, NULL\2")]),
    Change("a field is inserted in the middle", ["layout", "complete", "abidiff", "frozen"],
           [(HEADER, r"(    uint64_t check_max_bytes;)", r"    uint64_t more;\n\1"),
            (HEADER, r"(#define APITOKEN_OPEN_OPTS_INIT [^}]*sizeof\(apitoken_open_opts\),)", r"\1 0,")]),
    Change("a field is inserted that leaves a hole", ["header", "layout", "complete"],
           [(HEADER, r"(    uint64_t check_max_bytes;)", r"    uint32_t more;\n\1")], library=False),
    Change("a return type shrinks", ["layout", "abidiff"],
           [(HEADER, r"size_t apitoken_page_count\(", "uint32_t apitoken_page_count("),
            ("lib/objects/page.c", r"size_t apitoken_page_count\((.*)\{ return (.*); \}",
             r"uint32_t apitoken_page_count(\1{ return (uint32_t)\2; }")]),
    Change("the clock callback changes a parameter", ["layout", "abidiff"],
           [(HEADER, r"(typedef int \(\*apitoken_clock_fn\)\()int64_t", r"\1uint64_t")]),
    Change("an error code gets another number", ["layout", "frozen"], [(HEADER, r"(APITOKEN_E_REVOKED = )-1104", r"\1-1194")]),
    Change("a name is misspelt in the map", ["link"], [(MAP, r"apitoken_day_parse;", "apitoken_day_parze;")]),
    Change("a symbol moves to another node", ["symbols", "abidiff", "frozen"],
           [(MAP, r"    apitoken_day_parse;\n", ""),
            (MAP, r"\Z", "\nAPITOKEN_1.1 { global: apitoken_day_parse; } APITOKEN_1.0;\n")]),
    Change("an internal name is exported", ["symbols", "abidiff"],
           [(MAP, r"(    apitoken_copy;\n)", r"\1    atk_crc32;\n"),
            ("lib/rules/crc32.c", r"(uint32_t atk_crc32\()", r'__attribute__((visibility("default"))) \1')]),
    Change("a declaration is left out of the map", ["symbols", "complete"], NEW_FUNCTION),
    Change("a keyword of C++ in the header", ["header"],
           [(HEADER, r"(apitoken_day_parse\([^)]*)size_t text_len", r"\1size_t this")], library=False),
    Change("another soname", ["symbols", "abidiff", "frozen"], soname="libapitoken.so.2"),
    Change("one more library is needed", ["symbols"], link=["-Wl,--no-as-needed", "-lm"]),
    Change("no debug information", ["abidiff"], link=["-Wl,--strip-debug"]),
]


def run(*command, env=None):
    """0 if it ended well."""
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=COPY, timeout=1200, check=False,
                          env={**os.environ, **(env or {})}).returncode


def restore():
    shutil.rmtree(COPY, ignore_errors=True)
    for folder in ("include", "lib"):
        shutil.copytree(os.path.join(ROOT, folder), os.path.join(COPY, folder))
    os.makedirs(os.path.join(COPY, "out"))


def edit(path, pattern, replacement):
    path = os.path.join(COPY, path)
    with open(path, encoding="utf-8") as file:
        text, count = re.subn(pattern, replacement, file.read())
    if count != 1:
        raise ValueError(f"{path}: {pattern} matches {count} times")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def sources():
    return [os.path.relpath(os.path.join(at, name), COPY)
            for at, _, names in os.walk(os.path.join(COPY, "lib")) for name in sorted(names) if name.endswith(".c")]


def compile_one(source):
    out = os.path.join("out", source.replace("/", "_") + ".o")
    return run(*CC, "-std=gnu11", "-D_GNU_SOURCE", "-DAPITOKEN_BUILDING", "-O0", "-g", "-w", "-fPIC",
               "-fvisibility=hidden", "-Iinclude", "-Ilib", "-c", source, "-o", out)


def compile_all(change):
    """The engine is compiled once: none of the changes reaches below the seam, and it is half of the time."""
    todo = sources()
    if os.path.isdir(PRISTINE):
        shutil.copytree(PRISTINE, os.path.join(COPY, "out"), dirs_exist_ok=True)
        todo = [name for name in todo if change.recompiles() and not name.startswith("lib/lmdb/")]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return not any(pool.map(compile_one, todo))


def link(change):
    """As lib/meson.build does it."""
    objects = sorted(os.path.join("out", name) for name in os.listdir(os.path.join(COPY, "out")) if name.endswith(".o"))
    return run(*CC, "-shared", "-o", os.path.join("out", change.soname), *objects, "-Wl,-soname," + change.soname,
               "-Wl,--version-script=" + MAP, "-Wl,--no-undefined-version", "-Wl,-z,defs", "-Wl,--as-needed", "-lsodium",
               "-llmdb", *change.link) == 0


def abi(name):
    return os.path.join(ROOT, "tests", "abi", name)


def header_is_good():
    strict = ["-Wall", "-Wextra", "-Wpedantic", "-Wpadded", "-Wundef", "-Werror", "-Iinclude", "-fsyntax-only"]
    return run(*CC, "-std=c99", *strict, abi("header.c")) == 0 and run("g++", "-std=c++11", *strict, abi("header.cpp")) == 0


def frozen_runs():
    """The program that was built against the pristine library and the frozen header, run with the changed one."""
    program = os.path.join(WORK, "frozen")
    if not os.path.exists(program):
        flags = ["-std=gnu11", "-w", "-I" + abi("frozen/1.0"), abi("consumer.c"), os.path.join(COPY, "out", "libapitoken.so.1")]
        if run(*CC, *flags, "-o", program) != 0:
            return False
    return run(program, env={"LD_LIBRARY_PATH": os.path.join(COPY, "out")}) == 0


def red_for_header():
    red = set()
    if not header_is_good():
        red.add("header")
    if run(*CC, "-std=gnu11", "-w", "-Iinclude", "-fsyntax-only", abi("layout_1_0.c")) != 0:
        red.add("layout")
    if run(sys.executable, abi("check_layout.py"), HEADER, abi("layout_1_0.c")) != 0:
        red.add("complete")
    return red


def red_for_library(change):
    if not compile_all(change) or not link(change):
        return {"link"}
    red = set()
    library = os.path.join("out", change.soname)
    if run(sys.executable, abi("check_symbols.py"), library, MAP, HEADER, abi("symbols-1.0.txt")) != 0:
        red.add("symbols")
    baseline = [abi("libapitoken-1.0.abi"), abi("libapitoken.abignore")]
    if run(abi("abidiff.sh"), library, *baseline, env={"APITOKEN_ABI_REQUIRED": "1"}) != 0:
        red.add("abidiff")
    if not frozen_runs():
        red.add("frozen")
    return red


def try_change(change):
    restore()
    for one in change.edits:
        edit(*one)
    red = red_for_header() | (red_for_library(change) if change.needs_library else set())
    if not os.path.isdir(PRISTINE):
        shutil.copytree(os.path.join(COPY, "out"), PRISTINE, ignore=shutil.ignore_patterns("*.so.*"))
    return [f"{guard} should refuse it" for guard in GUARDS if guard in change.red - red] + [
        f"{guard} should let it pass" for guard in GUARDS if guard in red - change.red]


def main():
    tap = Tap()
    shutil.rmtree(WORK, ignore_errors=True)
    os.makedirs(WORK)
    for tool in ("abidiff", "g++"):
        if not shutil.which(tool):
            tap.without("selftest of the guards", tool)
            tap.finish()
    for change in CHANGES:
        tap.case(f"{change.name}: {', '.join(g for g in GUARDS if g in change.red) or 'all'} {'red' if change.red else 'green'}",
                 try_change(change))
    shutil.rmtree(WORK)
    tap.finish()


main()
