# SPDX-License-Identifier: MIT
"""C source, read for the lint scripts."""
import os
import re

# A comment, or a string or character constant: whichever begins first wins.
TOKEN = re.compile(r'/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)


def blank(text):
    """The same lines, with nothing on them."""
    return re.sub(r"[^\n]", " ", text)


def code_of(text):
    """Source without comments, and with nothing between the quotes; lines and columns stay."""
    def emptied(match):
        token = match[0]
        return blank(token) if token.startswith("/*") else token[0] + blank(token[1:-1]) + token[0]

    return TOKEN.sub(emptied, text)


def without_comments(text):
    return TOKEN.sub(lambda match: blank(match[0]) if match[0].startswith("/*") else match[0], text)


def includes_of(text):
    """(line number, form '<' or '"', name) of every #include."""
    for number, line in enumerate(without_comments(text).splitlines(), 1):
        found = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
        if found:
            yield number, found[1], found[2]


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def files_below(root, *endings):
    """Sorted paths relative to root; hidden folders and build directories are left out."""
    found = []
    for at, folders, names in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith(".") and name != "__pycache__"
                      and not os.path.exists(os.path.join(at, name, "build.ninja"))]
        found += [os.path.relpath(os.path.join(at, name), root) for name in names if name.endswith(endings) or not endings]
    return sorted(found)
