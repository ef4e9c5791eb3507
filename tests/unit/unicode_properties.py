#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares what the library knows of Unicode with others: unicode_properties.py UNICODE_DUMP. Prints TAP.

Every code point with Python's unicodedata, and with those files of Debian's unicode-data from which the table is not made; the
rules with regular expressions taken from the standards; all emoji with the lists of Unicode.
"""
import os
import random
import re
import subprocess
import sys
import unicodedata

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lint"))
from tap import Tap  # noqa: E402

UCD = os.environ.get("UNICODE_DATA", "/usr/share/unicode")
UNICODE = "15.0.0"  # of lib/rules/unicode_table.c
LIMIT = 0x110000
REFUSED, MARK, SPACING_MARK, VIRAMA, JOINS_BEFORE, JOINS_AFTER, PICTOGRAPH, IDEOGRAPH = (1 << bit for bit in range(8))
GOOD, UTF8, BLANK, CHARACTER, MARK_FIRST, MARKS = range(6)
# Neither control, format, white space nor private use, yet invisible: what Default_Ignorable_Code_Point adds, noncharacters, and
# blank glyphs. Written down apart from the table.
INVISIBLE = {0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2065, 0x2800, 0x3164, 0xFFA0, 0x13441, 0x13442, 0x16FE4, 0x1BC9D, 0x1D159,
             *range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xFFF0, 0xFFF9), *range(0xE0000, 0xE1000),
             *range(0xFDD0, 0xFDF0), *(plane << 16 | last for plane in range(17) for last in (0xFFFE, 0xFFFF))}
SEED, TEXTS = 20261129, 40000


def run(program, *arguments, data=None):
    return subprocess.run([program, *arguments], input=data, capture_output=True, check=True).stdout


def differences(wrong):
    """A few of many."""
    wrong = list(wrong)
    shown = [what if isinstance(what, str) else f"U+{what:04X}" for what in wrong[:10]]
    return shown + ([f"and {len(wrong) - 10} more"] if len(wrong) > 10 else [])


# ---- properties ----

def expected_of_python(code):
    """The bits that unicodedata tells."""
    character = chr(code)
    category = unicodedata.category(character)
    if code in INVISIBLE or category in ("Cc", "Cf", "Co", "Zl", "Zp") or (category == "Zs" and code != 0x20):
        return REFUSED
    bits = {"Mn": MARK, "Me": MARK, "Mc": SPACING_MARK}.get(category, 0)
    return bits | (VIRAMA if unicodedata.combining(character) == 9 else 0)


def wrong_to_python(properties):
    """Python's Unicode is older: what is assigned since then is not asked for."""
    mask = REFUSED | MARK | SPACING_MARK | VIRAMA
    for code in range(LIMIT):
        if unicodedata.category(chr(code)) in ("Cn", "Cs") and code not in INVISIBLE:
            continue
        if properties[code] & mask != expected_of_python(code):
            yield code


def values_of(name):
    """(code points, value) of each line of a file."""
    with open(os.path.join(UCD, name), encoding="utf-8") as file:
        for line in file:
            fields = line.split("#")[0].split(";")
            if len(fields) > 1:
                first, _, last = fields[0].strip().partition("..")
                yield range(int(first, 16), int(last or first, 16) + 1), fields[1].strip()


def having(name, *wanted):
    return {code for codes, value in values_of(name) if value in wanted for code in codes}


def wrong_to_derived(properties, name, bit, *values, within=range(LIMIT)):
    """A bit against a property of a derived file, of all that is not refused."""
    due = having(name, *values)
    return (code for code in within if not properties[code] & REFUSED and bool(properties[code] & bit) != (code in due))


def compare_derived(tap, properties):
    category, joining = "extracted/DerivedGeneralCategory.txt", "extracted/DerivedJoiningType.txt"
    due = having(category, "Cc", "Cf", "Co", "Zl", "Zp", "Zs") | INVISIBLE
    due |= having("DerivedCoreProperties.txt", "Default_Ignorable_Code_Point")
    due |= having("PropList.txt", "White_Space", "Noncharacter_Code_Point")
    due.remove(0x20)
    tap.case("what is refused has the properties for it",
             differences(code for code in range(LIMIT) if bool(properties[code] & REFUSED) != (code in due)))
    adlam = {0x1E94B}  # a letter: alone among what is transparent, and taken for one that does not join
    for name, file, bit, values in (
            ("nonspacing and enclosing marks", category, MARK, ("Mn", "Me")),
            ("what joining types take as transparent", joining, MARK, ("T",)),
            ("spacing marks", category, SPACING_MARK, ("Mc",)),
            ("viramas", "extracted/DerivedCombiningClass.txt", VIRAMA, ("9",)),
            ("what joins before", joining, JOINS_BEFORE, ("R", "D")),
            ("what joins after", joining, JOINS_AFTER, ("L", "D")),
            ("pictographs", "emoji/emoji-data.txt", PICTOGRAPH, ("Extended_Pictographic",))):
        tap.case(name, differences(set(wrong_to_derived(properties, file, bit, *values)) - (adlam if "T" in values else set())))
    tap.case("ideographs", differences(wrong_to_derived(
        properties, "PropList.txt", IDEOGRAPH, "Unified_Ideograph", within=range(0x20000))))
    # The last of planes 2 and 3 are compatibility ideographs and what is not assigned.
    compatibility = set(range(0x2F800, 0x2FA1E))
    tap.case("ideographs of planes 2 and 3", differences(
        code for code in range(0x20000, 0x40000)
        if bool(properties[code] & IDEOGRAPH) != (code & 0xFFFE != 0xFFFE and code not in compatibility)))


# ---- one character ----

def alone(code, bits):
    if 0xD800 <= code < 0xE000:
        return UTF8
    if code == 0x20:
        return BLANK
    if bits & REFUSED:
        return CHARACTER
    return MARK_FIRST if bits & (MARK | SPACING_MARK) else GOOD


def between(code, bits):
    if 0xD800 <= code < 0xE000:
        return UTF8
    return CHARACTER if bits & REFUSED else GOOD


# ---- texts ----

def kinds_of(text, properties):
    """A letter for each character's kind, for the regular expressions below."""
    def kind(character):
        code, bits = ord(character), properties[ord(character)]
        fixed = {" ": " ", "\u200c": "n", "\u200d": "z", "\ufe0f": "v", "\ufe0e": "t", "\u20e3": "k", "\U0001f3f4": "F",
                 "\U000e007f": "c"}
        if character in fixed:
            return fixed[character]
        if character in "0123456789#*":
            return "1"
        if 0x1F3FB <= code <= 0x1F3FF:
            return "s"
        if 0xE0061 <= code <= 0xE007A or 0xE0030 <= code <= 0xE0039:
            return "g"
        if code in (0x180B, 0x180C, 0x180D, 0x180F):
            return "o"
        if code in (0xFE00, 0xFE01, 0xFE02) or 0xE0100 <= code <= 0xE01EF:
            return "i"
        if bits & REFUSED:
            return "X"
        if bits & VIRAMA:
            return "V" if bits & MARK else "W"
        if bits & (MARK | SPACING_MARK):
            return "M" if bits & MARK else "S"
        if bits & PICTOGRAPH:
            return "P"
        if bits & IDEOGRAPH:
            return "I"
        if 0x1820 <= code <= 0x18AA:
            return "O"
        if bits & JOINS_BEFORE:
            return "D" if bits & JOINS_AFTER else "R"
        return "L" if bits & JOINS_AFTER else "a"
    return "".join(kind(character) for character in text)


FLAG = r"F[g]{3,6}c"
# Where a character that is refused elsewhere may stand: what must be to its left and to its right.
CONTEXTS = {
    "n": [(r"[VW]$", r""), (r"[LDO][MVko]*$", r"[MVk]*[RDO]")],
    "z": [(r"[VW]$", r""), (r"[PF](v|s)*$", r"[PF]")],
    "v": [(r"[PF]$", r""), (r"1$", r"k")],
    "t": [(r"[PF]$", r"")],
    "o": [(r"O$", r"")],
    "i": [(r"I$", r"")],
}


def fits(text, kinds, at):
    kind = kinds[at]
    if kind in "gc":
        return any(found.start() < at < found.end() for found in re.finditer(FLAG, kinds))
    if kind == "z" and re.fullmatch(r"[^MVWkSnzvtgcoiX]z[VW]", kinds[max(at - 1, 0):at + 2]):
        return ord(text[at - 1]) >> 7 == ord(text[at + 1]) >> 7
    return any(re.search(left, kinds[:at]) and re.match(right, kinds[at + 1:]) for left, right in CONTEXTS.get(kind, ()))


def expected(text, properties):
    """(rule, byte offset) by regular expressions over the kinds."""
    kinds = kinds_of(text, properties)
    faults = []
    if text[:1] == " ":
        faults.append((0, BLANK))
    if text[-1:] == " ":
        faults.append((len(text) - 1, BLANK))
    if re.match(r"[MVWkS]", kinds):
        faults.append((0, MARK_FIRST))
    pile = re.search(r"(?:[MVk][SWnzvtgcoi]*){5}", kinds)
    if pile:
        inside = [found.start() for found in re.finditer(r"[MVk]", pile[0])]
        faults.append((pile.start() + inside[4], MARKS))
    faults += [(at, CHARACTER) for at, kind in enumerate(kinds) if kind in "nzvtgcoiX" and not fits(text, kinds, at)]
    if not faults:
        return GOOD, 0
    at, rule = min(faults)
    return rule, len(text[:at].encode())


# Some more often, and some in pieces of what may stand.
ALPHABET = (
    "a", "1", "#", " ", "\u0628", "\u0628", "\u0627", "\u0621", "\u064e", "\u0301", "\u0915", "\u0915",
    "\u094d", "\u093f", "\u0941", "\u09b0", "\u09cd", "\u1b44", "\u1b13", "\u0d9a", "\u0dca", "\u200c",
    "\u200c", "\u200d", "\u200d", "\u200d", "\u200b", "\ufe0f", "\ufe0f", "\ufe0e", "\u20e3", "\u2764",
    "\U0001f469", "\U0001f469", "\U0001f3fd", "\U0001f3f4", "\U0001f3f4", "\U000e0067",
    "\U000e0067\U000e0062\U000e0067", "\U000e0067\U000e0062\U000e0073\U000e007f", "\U000e007f", "\u1820",
    "\u180b", "\u845b", "\U000e0100", "\ufe00", "\U0001f1e9", "\u0872", "\ua872", "\u3164",
    "\u0301\u0302\u0303", "\u0903",
)


def random_texts():
    source = random.Random(SEED)
    for _ in range(TEXTS):
        yield "".join(source.choices(ALPHABET, k=source.randint(1, 12)))


def rules_of(dump, texts):
    told = run(dump, "rules", data="".join(text + "\n" for text in texts).encode()).decode()
    return [tuple(map(int, line.split())) for line in told.splitlines()]


def wrong_texts(dump, properties):
    texts = list(random_texts())
    told = rules_of(dump, texts)
    met = {rule for rule, _ in told}
    yield from (f"no text breaks rule {rule}" for rule in {GOOD, BLANK, CHARACTER, MARK_FIRST, MARKS} - met)
    for text, found in zip(texts, told):
        due = expected(text, properties)
        if found != due:
            yield f"{' '.join(f'{ord(character):04X}' for character in text)}: {found}, not {due}"


# ---- emoji ----

def sequences_of(name):
    with open(os.path.join(UCD, name), encoding="utf-8") as file:
        for line in file:
            fields = line.split("#")[0].split(";")
            if len(fields) > 1 and ".." not in fields[0]:
                yield "".join(chr(int(word, 16)) for word in fields[0].split())


def refused_sequences(dump, name, is_due=lambda text: True):
    texts = [text for text in sequences_of(name) if is_due(text)]
    if not texts:
        yield f"{name} is empty"
    for text, (rule, _) in zip(texts, rules_of(dump, texts)):
        if rule != GOOD:
            yield f"{name}: {' '.join(f'{ord(character):04X}' for character in text)}"


def compare_sequences(tap, dump):
    for name in ("emoji-test.txt", "emoji-sequences.txt", "emoji-zwj-sequences.txt"):
        tap.case(f"all of {name} may stand in names", differences(refused_sequences(dump, "emoji/" + name)))
    tap.case("all of emoji-variation-sequences.txt, without the keys of keycaps", differences(
        refused_sequences(dump, "emoji/emoji-variation-sequences.txt", lambda text: text[0] not in "0123456789#*")))
    tap.case("the ideographs of StandardizedVariants.txt", differences(
        refused_sequences(dump, "StandardizedVariants.txt",
                          lambda text: unicodedata.name(text[0], "").startswith("CJK UNIFIED"))))


def version():
    try:
        with open(os.path.join(UCD, "DerivedCoreProperties.txt"), encoding="utf-8") as file:
            return re.search(r"-([\d.]+)\.txt", file.readline())[1]
    except OSError:
        return None


def main():
    dump, tap = sys.argv[1], Tap()
    dumped = run(dump)
    properties, single, middle = dumped[0::3], dumped[1::3], dumped[2::3]
    tap.case("every code point is told", [] if len(properties) == LIMIT else [f"{len(properties)} are"])
    tap.case(f"general categories of Python's Unicode {unicodedata.unidata_version}", differences(wrong_to_python(properties)))
    tap.case("every code point alone",
             differences(code for code in range(LIMIT) if single[code] != alone(code, properties[code])))
    tap.case("every code point between letters",
             differences(code for code in range(LIMIT) if middle[code] != between(code, properties[code])))
    tap.case("random texts by regular expressions", differences(wrong_texts(dump, properties)))
    if version() == UNICODE:
        compare_derived(tap, properties)
        compare_sequences(tap, dump)
    else:
        tap.without("derived files and lists of emoji", f"unicode-data {UNICODE}")
    tap.finish()


main()
