#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes unicode_table.c from the Unicode Character Database: make_unicode_table.py > unicode_table.c, or --check FILE.

--check compares FILE with what this script makes. It skips where the database is missing or is of another version than FILE.
The database is that of Debian's package unicode-data, or the folder that UNICODE_DATA names.
"""
import os
import re
import subprocess
import sys

UCD = os.environ.get("UNICODE_DATA", "/usr/share/unicode")
LIMIT = 0x110000
# The bits of unicode.h.
REFUSED, MARK, SPACING_MARK, VIRAMA, JOINS_BEFORE, JOINS_AFTER, PICTOGRAPH, IDEOGRAPH = (1 << bit for bit in range(8))
# Blank by their names and glyphs, which no property tells: the empty Braille pattern, the blanks of Egyptian hieroglyphs, the
# filler of the Khitan small script, a selector of Duployan, the null notehead.
BLANK = (0x2800, 0x13441, 0x13442, 0x16FE4, 0x1BC9D, 0x1D159)


def lines_of(name):
    with open(os.path.join(UCD, name), encoding="utf-8") as file:
        for line in file:
            fields = [field.strip() for field in line.split("#")[0].split(";")]
            if len(fields) > 1:
                yield fields


def span(text):
    first, _, last = text.partition("..")
    return range(int(first, 16), int(last or first, 16) + 1)


def having(name, wanted):
    """The code points that have a property."""
    found = set()
    for fields in lines_of(name):
        if fields[1] == wanted:
            found.update(span(fields[0]))
    return found


def characters():
    """(code point, general category, canonical combining class) of all that are assigned."""
    first = 0
    for fields in lines_of("UnicodeData.txt"):
        code = int(fields[0], 16)
        if fields[1].endswith(", First>"):
            first = code
            continue
        for each in range(first if fields[1].endswith(", Last>") else code, code + 1):
            yield each, fields[2], int(fields[3])


def properties():
    bits = bytearray(LIMIT)
    assigned = set()
    for code, category, combining in characters():
        assigned.add(code)
        if category in ("Cc", "Cf", "Co", "Zl", "Zp") or category == "Zs" and code != 0x20:
            bits[code] |= REFUSED
        if category in ("Mn", "Me"):
            bits[code] |= MARK
        if category == "Mc":
            bits[code] |= SPACING_MARK
        if combining == 9:
            bits[code] |= VIRAMA
    white = having("PropList.txt", "White_Space") - {0x20}
    ignorable = having("DerivedCoreProperties.txt", "Default_Ignorable_Code_Point")
    for code in white | ignorable | having("PropList.txt", "Noncharacter_Code_Point") | set(BLANK):
        bits[code] = REFUSED
    for fields in lines_of("ArabicShaping.txt"):
        for code in span(fields[0]):
            if fields[2] in ("D", "R") and not bits[code] & REFUSED:
                bits[code] |= JOINS_BEFORE
            if fields[2] in ("D", "L") and not bits[code] & REFUSED:
                bits[code] |= JOINS_AFTER
    for code in having("emoji/emoji-data.txt", "Extended_Pictographic"):
        bits[code] |= PICTOGRAPH
    # Planes 2 and 3 are for ideographs: those that will be assigned there count already.
    future = (set(range(0x20000, 0x2FFFE)) | set(range(0x30000, 0x3FFFE))) - assigned
    for code in having("PropList.txt", "Unified_Ideograph") | future:
        bits[code] |= IDEOGRAPH
    return bits


def runs(bits):
    """Where the properties change: the first code point of each run above its bits."""
    yield bits[0]
    yield from (code << 8 | bits[code] for code in range(1, LIMIT) if bits[code] != bits[code - 1])


def version():
    with open(os.path.join(UCD, "DerivedCoreProperties.txt"), encoding="utf-8") as file:
        return re.search(r"-([\d.]+)\.txt", file.readline())[1]


def package():
    if "UNICODE_DATA" in os.environ:
        return "unicode-data"
    asked = subprocess.run(["dpkg-query", "--show", "--showformat=${Package} ${Version}", "unicode-data"], capture_output=True,
                           text=True, check=False)
    return asked.stdout or "unicode-data"


def text():
    words = [f"0x{word:08X}," for word in runs(properties())]
    rows = "\n".join("    " + " ".join(words[at:at + 8]) for at in range(0, len(words), 8))
    return f"""/* SPDX-License-Identifier: MIT */
/*
 * Made by make_unicode_table.py from Unicode {version()}, Debian's {package()}; do not edit.
 * The data are copyright Unicode, Inc.; their terms: https://www.unicode.org/terms_of_use.html
 */
#include "rules/unicode.h"

const uint32_t atk_unicode_runs[] = {{
{rows}
}};
const size_t atk_unicode_run_count = sizeof atk_unicode_runs / sizeof atk_unicode_runs[0];
"""


def verdict(path):
    """'ok ...' or 'not ok ...', without the number."""
    name = "unicode_table.c is what the Unicode data make"
    with open(path, encoding="utf-8") as file:
        checked_in = file.read()
    made_from = re.search(r"from Unicode ([\d.]+), Debian's (unicode-data(?: \S+)?);", checked_in)
    if not os.path.exists(os.path.join(UCD, "UnicodeData.txt")):
        return f"ok 1 - {name} # SKIP the package unicode-data is not installed"
    if made_from and made_from[1] != version():
        return f"ok 1 - {name} # SKIP it is of Unicode {made_from[1]}, unicode-data here of {version()}"
    without_package = [re.sub(r"Debian's [^;]*;", "", content) for content in (text(), checked_in)]
    return f"{'ok' if without_package[0] == without_package[1] else 'not ok'} 1 - {name}"


def main():
    if sys.argv[1:2] == ["--check"]:
        said = verdict(sys.argv[2])
        print(f"1..1\n{said}")
        sys.exit(said.startswith("not"))
    sys.stdout.write(text())


if __name__ == "__main__":
    main()
