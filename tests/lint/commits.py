#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The form of commit messages: commits.py SOURCE_ROOT [BASE]

A subject is `area: what it does` in the imperative, of 72 characters at most, and a body says why. Only commits after BASE count,
by default the last one of 0.1.0, which had no such rule. Run by hand, before commits are published.
"""
import re
import subprocess
import sys

from tap import Tap

BASE = "d34c12c2727a9c6bf7a5921d2dedb2f5d228f393"
SUBJECT_MAX = 72
BODY_MAX = 100
# An area is a folder, a program or a kind of work, in lower case; several are separated by a comma.
AREA = r"[a-z0-9][\w.+/-]*(?:, [a-z0-9][\w.+/-]*)*"
# Words that begin a subject as it is often written instead: past tense, third person, or no verb at all.
NO_IMPERATIVE = r"(?:\w+(?:ed|ing)|adds|fixes|removes|makes|uses|changes|moves|renames|the|an?|some|more|no)"
IMPERATIVE_ALL_THE_SAME = {"need", "feed", "embed", "speed", "bring", "string", "exceed", "proceed", "shed"}


def subject_findings(subject):
    """What is wrong with a subject."""
    if len(subject) > SUBJECT_MAX:
        yield f"{len(subject)} characters"
    found = re.fullmatch(rf"{AREA}: (\S+)( .*)?", subject)
    if not found:
        yield "not of the form 'area: what it does'"
    elif re.fullmatch(NO_IMPERATIVE, found[1]) and found[1] not in IMPERATIVE_ALL_THE_SAME:
        yield f"'{found[1]}' is no imperative"
    elif found[1][0].isupper() and found[1][1:].islower():
        yield f"'{found[1]}' begins with a capital"
    if subject.endswith("."):
        yield "ends in a full stop"


def git(root, *arguments):
    return subprocess.run(["git", "-C", root, *arguments], capture_output=True, text=True, check=False)


def messages(root, base):
    log = git(root, "log", "--no-merges", "--format=%h%x00%B%x01", f"{base}..HEAD").stdout
    for entry in log.split("\1"):
        if entry.strip():
            number, _, message = entry.strip().partition("\0")
            subject, _, body = message.strip().partition("\n")
            yield number, subject, body.strip()


def wrong_subjects(commits):
    for number, subject, _ in commits:
        for finding in subject_findings(subject):
            yield f"{number} {subject}: {finding}"


def wrong_bodies(commits):
    for number, subject, body in commits:
        if not body:
            yield f"{number} {subject}: no body says why"
        elif max(map(len, body.splitlines())) > BODY_MAX:
            yield f"{number} {subject}: a line of the body has more than {BODY_MAX} characters"


GOOD = ("lmdb: split the write entry in three", "tests, doc: name what a clock needs", "lib: bring descriptors near their locks")
BAD = ("Wrapped", "Figures of the benchmark, and what stands in the way of the rest", "lmdb: splitted the write entry",
       "lmdb: adds a table", "lmdb: Split the entry", "lmdb: the entry in three", "lmdb: split it.", "lmdb: " + "x" * 70)


def main():
    root, base = sys.argv[1], (sys.argv[2:] or [BASE])[0]
    tap = Tap()
    tap.case("the rule of subjects knows good from bad",
             [text for text in GOOD if any(subject_findings(text))] + [text for text in BAD if not any(subject_findings(text))])
    if git(root, "cat-file", "-e", f"{base}^{{commit}}").returncode != 0:
        for name in ("subjects", "bodies"):
            tap.skip(f"commit messages: {name}", f"this repository has no commit {base}")
        tap.finish()
    commits = list(messages(root, base))
    tap.case("a subject is an area and an imperative, of 72 characters at most", wrong_subjects(commits))
    tap.case("a body says why", wrong_bodies(commits))
    tap.finish()


if __name__ == "__main__":
    main()
