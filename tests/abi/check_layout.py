#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Nothing of the public header is left out of the layout asserts: check_layout.py HEADER LAYOUT..."""
import re
import sys

from tap import Tap


def read(path):
    with open(path, encoding="utf-8") as file:
        return re.sub(r"/\*.*?\*/", " ", file.read(), flags=re.DOTALL)


def fields(header):
    """Type and name of every field of a public struct."""
    found = set()
    for name, body in re.findall(r"typedef struct (apitoken_\w+) \{(.*?)\}", header, flags=re.DOTALL):
        found |= {(name, re.search(r"(\w+)(?:\[\w+\])?$", field.strip()).group(1)) for field in body.split(";") if field.strip()}
    return found


def constants(header):
    """Enumerators, and macros that are numbers. The version's is not frozen."""
    number = r"(?:\d+u?|INT64_C\(\d+\))"
    macros = set(re.findall(rf"^#define (APITOKEN_\w+) {number}(?:\s|$)", header, flags=re.MULTILINE)) - {"APITOKEN_VERSION"}
    return macros | set(re.findall(r"\b(APITOKEN_\w+) = -?\d+", header))


def functions(header):
    without_macros = re.sub(r"^\s*#.*$", "", header, flags=re.MULTILINE)
    return {re.search(r"\b(apitoken_\w+)\s*\(", text).group(1) for text in re.findall(r"\bAPITOKEN_API\b[^;]*;", without_macros)}


def missing(wanted, have):
    return [f"no line for {name}" for name in sorted(map(str, wanted - have))]


def main():
    header = read(sys.argv[1])
    layout = "".join(map(read, sys.argv[2:]))
    have_functions = {name for _, name in re.findall(r"\bFUNCTION\(([\w *]+), (apitoken_\w+),", layout)}
    have_callbacks = {name for _, name in re.findall(r"\bCALLBACK\(([\w *]+), (apitoken_\w+),", layout)}
    tap = Tap()
    tap.case("every field has its offset and size", missing(fields(header), set(re.findall(r"\bFIELD\((\w+), (\w+),", layout))))
    tap.case("every constant has its value", missing(constants(header), set(re.findall(r"\bVALUE\((\w+),", layout))))
    tap.case("every function has its type", missing(functions(header), have_functions))
    tap.case("every callback has its type", missing(set(re.findall(r"\(\*(apitoken_\w+)\)\(", header)), have_callbacks))
    tap.finish()


main()
