#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Turns the files of the web page into C: embed_web_files.py OUTPUT.c FILE..."""
import os
import sys

TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".json": "application/json", ".svg": "image/svg+xml"}
LANGUAGE = b'<html lang="'


def language_at(name, data):
    """Offset of the language in <html lang="en">; 0 for a file without it."""
    if name != "index.html":
        return 0
    if data.count(LANGUAGE + b'en"') != 1 or data.count(LANGUAGE) != 1:
        raise SystemExit(f'{name}: needs <html lang="en"> exactly once')
    return data.index(LANGUAGE) + len(LANGUAGE)


def lines(number, path):
    """The array of one file, and its row in the table."""
    name = os.path.basename(path)
    with open(path, "rb") as file:
        data = file.read()
    url = "/" if name == "index.html" else "/" + name
    kind = TYPES[os.path.splitext(name)[1]] + "; charset=utf-8"
    array = [f"static const char file_{number}[] = {{"]
    array += ["    " + ", ".join(f"{byte if byte < 128 else byte - 256}" for byte in data[at:at + 24]) + ","
              for at in range(0, len(data), 24)]
    array += ["};", ""]
    return array, f'    {{ "{name}", "{url}", "{kind}", file_{number}, sizeof file_{number}, {language_at(name, data)} }},'


def main():
    output, paths = sys.argv[1], sys.argv[2:]
    arrays, rows = zip(*(lines(number, path) for number, path in enumerate(paths)))
    text = ['#include "http/static_file_table.h"', "", *(line for array in arrays for line in array),
            "const struct static_file static_files[] = {",
            *rows, "};", "const size_t static_file_count = sizeof static_files / sizeof static_files[0];", ""]
    with open(output, "w", encoding="ascii") as file:
        file.write("\n".join(text))


main()
