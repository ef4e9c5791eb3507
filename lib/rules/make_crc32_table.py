#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes crc32_table.h: make_crc32_table.py > crc32_table.h"""
import sys

POLYNOMIAL = 0xEDB88320  # of CRC-32/IEEE, bits reflected
ROWS = 8  # bytes that crc32.c takes at a time
PER_LINE = 7


def shift_byte(crc):
    """The remainder after eight more zero bits."""
    for _ in range(8):
        crc = crc >> 1 ^ (POLYNOMIAL if crc & 1 else 0)
    return crc


def table():
    rows = [list(range(256))]
    for _ in range(ROWS):
        rows.append([shift_byte(crc) for crc in rows[-1]])
    return rows[1:]


def header():
    yield "/* SPDX-License-Identifier: MIT */"
    yield "/*"
    yield " * Made by make_crc32_table.py; do not edit. Entry i of row n is the remainder of byte i followed by"
    yield " * n zero bytes (polynomial 0xEDB88320, bits reflected)."
    yield " */"
    yield "#ifndef APITOKEN_RULES_CRC32_TABLE_H"
    yield "#define APITOKEN_RULES_CRC32_TABLE_H"
    yield ""
    yield "#include <stdint.h>"
    yield ""
    yield "/* clang-format off */"
    yield f"static const uint32_t crc32_table[{ROWS}][256] = {{"
    for row in table():
        yield "    {"
        for i in range(0, 256, PER_LINE):
            yield "        " + " ".join(f"0x{entry:08X}u," for entry in row[i:i + PER_LINE])
        yield "    },"
    yield "};"
    yield "/* clang-format on */"
    yield ""
    yield "#endif"


sys.stdout.write("\n".join(header()) + "\n")
