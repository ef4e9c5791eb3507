#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The form of the sources: style.py SOURCE_ROOT. clang-format-14 is Debian's; other versions format differently."""
import os
import re
import shutil
import subprocess
import sys

from csource import code_of, files_below, read
from tap import Tap

ROOTS = ("lib", "include", "examples", "tests", "doc")
C = (".c", ".h", ".cpp", ".map")
SCRIPTS = (".py", ".sh", ".build", ".bash", ".abignore")
LICENCE = "SPDX-License-Identifier: MIT"
FORMATTER = "clang-format-14"
ARGUMENTS_MAX = 6
# A copy of the public header as it was released.
FROZEN = "tests/abi/frozen/"
# Functions of the public header whose form may change no more.
FIXED = re.compile(r"apitoken_\w+")


class Source:
    def __init__(self, root, name):
        self.name, self.text = name, read(os.path.join(root, name))
        self.lines = self.text.splitlines()


def unformatted(root, names):
    """clang-format names each place: 'FILE:LINE:COLUMN: error: ...'."""
    command = [FORMATTER, "--dry-run", "-Werror", "--style=file", *names]
    run = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    places = re.findall(r"^(\S+?:\d+):\d+: (?:error|warning): ", run.stderr, flags=re.MULTILINE)
    if run.returncode != 0 and not places:
        return [run.stderr]
    return sorted(set(places))


def without_licence(sources):
    """In C line 1, in a script line 1 or the one behind its #! line, is the licence and nothing else."""
    for source in sources:
        if source.name.endswith(C):
            if source.lines[:1] != [f"/* {LICENCE} */"]:
                yield f"{source.name}:1"
            continue
        at = 1 if source.lines and source.lines[0].startswith("#!") else 0
        if source.lines[at:at + 1] != [f"# {LICENCE}"]:
            yield f"{source.name}:{at + 1}"


def guard_of(name):
    """Headers of lib/ have the whole path in their guard: names repeat in folders. Elsewhere the name is enough."""
    path = name.removeprefix("lib/") if name.startswith("lib/") else os.path.basename(name)
    return re.sub(r"\W", "_", path).upper()


def has_guard(source):
    found = re.search(r"^#ifndef (\w+)\n#define \1\n", source.text, flags=re.MULTILINE)
    if not found or not source.text.endswith("\n#endif\n"):
        return False
    wanted = guard_of(source.name)
    if source.name.startswith("lib/"):
        return found[1] == "APITOKEN_" + wanted
    return found[1] == wanted or found[1].endswith("_" + wanted)


def wrong_guards(headers):
    return [f"{source.name}: the guard is not {guard_of(source.name)}" for source in headers if not has_guard(source)]


def wrong_headers(headers):
    """Between the licence and the guard stands one comment that says what the header holds."""
    for source in headers:
        body = "\n".join(source.lines[1:])
        found = re.match(r"/\*(?:(?!\*/).)*\w(?:(?!\*/).)*\*/\n#ifndef ", body, flags=re.DOTALL)
        if not found:
            yield f"{source.name}:2: no comment of its own between the licence and the guard"


def wide_lines(sources):
    return [f"{source.name}:{number}" for source in sources for number, line in enumerate(source.lines, 1) if len(line) > 100]


def functions_of(code):
    """(line, name, parameters) of each function that is defined."""
    for found in re.finditer(r"^[a-z][\w \t*]*?\b(\w+)\(([^;{}]*)\) *\{", code, flags=re.MULTILINE):
        if "=" not in found[0].split("(")[0]:
            yield code.count("\n", 0, found.start()) + 1, found[1], found[2]


def count_arguments(parameters):
    flat = re.sub(r"\([^()]*\)", "", re.sub(r"\([^()]*\)", "", parameters))
    return 0 if flat.strip() in ("", "void") else flat.count(",") + 1


def long_calls(sources):
    for source in sources:
        for line, name, parameters in functions_of(code_of(source.text)):
            count = count_arguments(parameters)
            if count > ARGUMENTS_MAX and not FIXED.fullmatch(name):
                yield f"{source.name}:{line}: {name} takes {count} arguments"


def main():
    root = sys.argv[1]
    names = [name for name in files_below(root, *C, *SCRIPTS) if name.split(os.sep)[0] in ROOTS and not name.startswith(FROZEN)]
    sources = [Source(root, name) for name in names]
    headers = [source for source in sources if source.name.endswith(".h")]
    public = [source for source in headers if source.name.startswith("include/")]
    own = [source for source in sources if source.name.startswith("lib/")]
    tap = Tap()
    formatted = "every C file has the form that clang-format gives it"
    if shutil.which(FORMATTER):
        if tap.wants(formatted):
            tap.case(formatted, unformatted(root, [name for name in names if name.endswith((".c", ".h", ".cpp"))]))
    else:
        tap.without(formatted, FORMATTER)
    tap.case("the first line of a source names its licence", without_licence(sources))
    tap.case("the guard of a header is its path", wrong_guards(headers))
    tap.case("a header begins with what it holds", wrong_headers(headers))
    tap.case("no line of the public header is over 100 columns", wide_lines(public))
    for finding in long_calls(own):
        print(f"# not a failure: {finding}")
    tap.finish()


main()
