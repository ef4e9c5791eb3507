#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the library exports and needs: check_symbols.py LIBRARY MAP HEADER GOLDEN [PROGRAM...]

The exported symbols, the version script, the declarations of the public header and the golden list of name@@NODE are the same
set; soname and needed libraries are the ones promised; each PROGRAM needs the library by its soname.
With --write GOLDEN is written anew instead (part of the target abi-baseline).
"""
import re
import subprocess
import sys

from tap import Tap

SONAME = "libapitoken.so.1"
NEEDED = {"libsodium", "liblmdb", "libc"}
RUNTIMES = {"libasan", "libubsan", "libtsan", "libgcc_s", "ld-linux-x86-64"}  # what sanitizer builds add


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def without_comments(text):
    return re.sub(r"/\*.*?\*/", " ", text, flags=re.DOTALL)


def exported(library):
    """All symbols that the library defines for others, as name@@NODE; the version nodes themselves are no symbols."""
    rows = [line.split() for line in run("nm", "-D", "--defined-only", "--with-symbol-versions", library).splitlines()]
    return {name for _, kind, name in rows if not (kind == "A" and "@" not in name)}


def in_map(path):
    """name@@NODE for every global name of a version script."""
    names = set()
    for node, body in re.findall(r"([\w.]+)\s*\{(.*?)\}", without_comments(read(path)), flags=re.DOTALL):
        public = body.split("local:")[0].replace("global:", "")
        names |= {f"{name.strip()}@@{node}" for name in public.split(";") if name.strip()}
    return names


def in_header(path):
    """Names of the functions that the header declares as exported."""
    text = re.sub(r"^\s*#.*?(?<!\\)$", "", without_comments(read(path)), flags=re.MULTILINE)
    return {re.search(r"\b(apitoken_\w+)\s*\(", statement).group(1) for statement in re.findall(r"\bAPITOKEN_API\b[^;]*;", text)}


def dynamic(path, tag):
    return re.findall(rf"\({tag}\).*\[(.*)\]", run("readelf", "-d", path))


def differences(have, want, where_have, where_want):
    return [f"{name}: only in {where_have}" for name in sorted(have - want)] + [
        f"{name}: only in {where_want}" for name in sorted(want - have)]


def bare(names):
    return {name.split("@")[0] for name in names}


def main():
    library, map_file, header, golden, *programs = [arg for arg in sys.argv[1:] if arg != "--write"]
    symbols = exported(library)
    if "--write" in sys.argv:
        with open(golden, "w", encoding="utf-8") as file:
            file.write("".join(name + "\n" for name in sorted(symbols)))
        return
    tap = Tap()
    tap.case("only apitoken_ names with a version node are exported",
             [name for name in sorted(symbols) if not re.fullmatch(r"apitoken_\w+@@APITOKEN_\d+\.\d+", name)])
    tap.case("exported symbols and the version script agree", differences(symbols, in_map(map_file), "the library", "the map"))
    tap.case("exported symbols and the header agree", differences(bare(symbols), in_header(header), "the library", "the header"))
    tap.case("exported symbols and the golden list agree", differences(symbols, set(read(golden).split()), "the library", golden))
    tap.case("soname", [] if dynamic(library, "SONAME") == [SONAME] else dynamic(library, "SONAME") or ["none"])
    needed = {name.split(".so")[0] for name in dynamic(library, "NEEDED")} - RUNTIMES
    tap.case("needs libsodium, liblmdb and libc alone", differences(needed, NEEDED, "NEEDED", "the promise"))
    for program in programs:
        has = dynamic(program, "NEEDED")
        tap.case(f"{program.rsplit('/', 1)[-1]} needs {SONAME}", [] if SONAME in has else has or ["nothing"])
    tap.finish()


main()
