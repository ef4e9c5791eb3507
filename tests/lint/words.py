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

# `refused`: the folders of lib/ where the word may not stand, all if empty. `allowed`: whole identifiers that may. `example`: one
# that may not, where it is not the word itself.
Word = namedtuple("Word", "word sense instead refused allowed example", defaults=("", "", ""))
WORDS = [
    Word("admit", None, "the condition by its name"),
    Word("alone", None, "exclusive", "", "is_alone"),
    Word("build", None, "encode or make", "", "atk_text_build|build_(in|beside)"),
    Word("check", "fsck, or a test of input or of a file", "tag, of a record; checksum, of a text", "rules|outside",
         r"atk_\w+_check|check_(?:opts|max_bytes|file|name|path|owner|token)", "check_len"),
    Word("duplicate", None, "store copy"),
    Word("familiar", None, "recent"),
    Word("gate", None, "meta, or the name of the lock"),
    Word("known", None, "proofs", "", r"\w*is_known|\w*require_known(_zone)?"),
    Word("meet", None, "what is done with the object"),
    Word("page", "above the engine a page of a list, in it a page of a file", "list page", "rules|lmdb/tokens",
         r"\w*(?:free|reserve|leaf|branch|overflow|meta|list)_pages?|ATK_\w+_PAGES|page_size|pages|atk_page_query",
         "atk_lmdb_page"),
    Word("recall", None, "look up", "", "recall_(verdict|if_unchanged)"),
    Word("register", None, "registry, or add"),
    Word("slot", "the place of a token in the table of last uses", "entry", "lmdb/form|lmdb/process|objects", "slot",
         "reader_slot"),
    Word("sound", None, "fsck, or consistent"),
    Word("tell", None, "log, or write"),
    Word("walk", "going through all pages of a tree", "scan", r"(?!lmdb/form).*"),
]
# Verbs that say nothing without an object: no function has one of them as its whole name.
BARE_VERBS = ("admit", "conclude", "confirm", "each", "familiar", "gather", "judge", "keep", "look", "meet", "recall", "settle",
              "stands", "take_up", "tell", "told")
FOREIGN = re.compile(r"(?:mdb|ms|me|mv|pthread|crypto|sodium|randombytes|st|sa|tv)_\w+|MDB_\w+|[A-Z0-9]+_H")


def forms(word):
    return rf"{word}(?:s|d|ed|ing)?"


def is_refused(rule, folder, name):
    parts = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower().split("_")
    return (any(re.fullmatch(forms(rule.word), part) for part in parts) and re.fullmatch(rule.refused or r".*", folder)
            and not re.fullmatch(rule.allowed, name))


def example_of(rule):
    """A folder and an identifier that the rule must refuse."""
    folder = "" if "?" in rule.refused else rule.refused.split("|")[-1]
    return folder, rule.example or f"atk_new_{rule.word}"


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


def unexplained(root):
    """Words that have a sense stand in the first column of the glossary."""
    page = os.path.join(root, "doc", "architecture.md")
    glossary = (read(page) if os.path.exists(page) else "").partition("## Glossary")[2].partition("\n## ")[0]
    cells = re.findall(r"^\|([^|]*)\|", glossary, flags=re.MULTILINE)
    explained = {word for cell in cells for word in re.findall(r"\w+", cell.lower())}
    return [f"{rule.word}: {rule.sense}" for rule in WORDS if rule.sense and rule.word not in explained]


def main():
    root = sys.argv[1]
    lib = os.path.join(root, "lib")
    names = files_below(lib, ".c", ".h")
    files = {name: list(identifiers(lib, name)) for name in names}
    header = read(os.path.join(root, "include", "apitoken", "apitoken.h"))
    public = set(re.findall(r"\b\w+\b", code_of(header)))
    tap = Tap()
    for rule in WORDS:
        sense = f"means {rule.sense}" if rule.sense else f"is no term of ours, but {rule.instead}"
        tap.case(f"'{rule.word}' {sense}", misused(rule, files, public))
    tap.case("the glossary explains each word that has a sense", unexplained(root))
    tap.case("no function is named by a verb that needs an object", bare_verbs(lib, names))
    tap.finish()


main()
