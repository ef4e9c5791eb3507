#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""One word, one meaning, in the identifiers of lib/: words.py SOURCE_ROOT

WORDS is the table. A word without a sense occurs in no identifier; the others only where they have their sense, which the
glossary of doc/architecture.md explains. Names of the public header, of LMDB and of the system are not ours to choose.
"""
import os
import re
import sys
from collections import namedtuple

from csource import code_of, files_below, read
from tap import Tap

# `refused`: the folders of lib/ where the word may not stand. `allowed`: whole identifiers that may.
Word = namedtuple("Word", "word sense instead refused allowed", defaults=("", ""))
WORDS = [
    Word("gate", None, "meta, or the name of the lock"),
    Word("sound", None, "fsck, or consistent"),
]
# Verbs that say nothing without an object: no function has one of them as its whole name.
BARE_VERBS = ("familiar",)
FOREIGN = re.compile(r"(?:mdb|ms|me|mv|pthread|crypto|sodium|randombytes|st|sa|tv)_\w+|MDB_\w+|[A-Z0-9]+_H")


def forms(word):
    return rf"{word}(?:s|d|ed|ing)?"


def is_refused(rule, folder, name):
    parts = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower().split("_")
    return (any(re.fullmatch(forms(rule.word), part) for part in parts) and re.fullmatch(rule.refused or r".*", folder)
            and not re.fullmatch(rule.allowed, name))


def example_of(rule):
    """A folder and an identifier that the rule must refuse."""
    folder = re.sub(r"\\?[().*?|].*", "", rule.refused).rstrip("/")
    return folder, f"atk_new_{rule.word}"


def identifiers(lib, name):
    """(line, identifier), each the first time it occurs in the file."""
    code = re.sub(r"^[ \t]*#[ \t]*include.*$", "", code_of(read(os.path.join(lib, name))), flags=re.MULTILINE)
    seen = set()
    for found in re.finditer(r"\b[A-Za-z_]\w*\b", code):
        if found[0] not in seen:
            seen.add(found[0])
            yield code.count("\n", 0, found.start()) + 1, found[0]


def misused(rule, files, public):
    if not is_refused(rule, *example_of(rule)):
        yield f"the rule does not see its own example: {example_of(rule)}"
    for file, found in files.items():
        for line, name in found:
            if name not in public and not FOREIGN.fullmatch(name) and is_refused(rule, os.path.dirname(file), name):
                yield f"lib/{file}:{line}: {name}"


def bare_verbs(lib, names):
    for name in names:
        code = code_of(read(os.path.join(lib, name)))
        for found in re.finditer(r"^[a-z][\w \t*]*?\b(\w+)\([^;{}]*\) *\{", code, flags=re.MULTILINE):
            if found[1].removeprefix("atk_") in BARE_VERBS:
                yield f"lib/{name}:{code.count(chr(10), 0, found.start()) + 1}: {found[1]}"


def main():
    root = sys.argv[1]
    lib = os.path.join(root, "lib")
    names = files_below(lib, ".c", ".h")
    files = {name: list(identifiers(lib, name)) for name in names}
    header = read(os.path.join(root, "include", "apitoken", "apitoken.h"))
    public = set(re.findall(r"\b\w+\b", code_of(header)))
    tap = Tap()
    for rule in WORDS:
        sense = f"means {rule.sense}" if rule.sense else f"is no word of ours, but {rule.instead}"
        tap.case(f"'{rule.word}' {sense}", misused(rule, files, public))
    tap.case("no function is named by a verb that needs an object", bare_verbs(lib, names))
    tap.finish()


main()
