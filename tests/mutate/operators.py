# SPDX-License-Identifier: MIT
"""Mutants of C source: small changes of its meaning, each at a place of its own. It reads as much C as this library uses."""
import re
from collections import namedtuple

import csource

# text[start:end] becomes `after`; operator says what kind of change it is
Mutant = namedtuple("Mutant", "path start end after operator")

TOKEN = re.compile(r"""[A-Za-z_]\w* | 0[xX][0-9a-fA-F]+\w* | \d\w* | "[^"]*" | '[^']*'
                     | -> | \+\+ | -- | <<= | >>= | << | >> | [-+*/%&|^!<>=]= | && | \|\| | \.\.\. | \S""", re.VERBOSE)
SWAPS = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==", "&&": "||", "||": "&&", "+": "-", "-": "+",
         "+=": "-=", "-=": "+=", "++": "--", "--": "++"}
CLOSING = {"(": ")", "{": "}", "[": "]"}
NAME = re.compile(r"[A-Za-z_]")
TRUTH = re.compile(r"(is|has|goes|may|was)_")
ALLOCATORS = ("malloc", "calloc", "aligned_alloc")
NUMBER = re.compile(r"(0[xX][0-9a-fA-F]+|\d+)([uUlL]*)$")
OTHER_ERROR, OTHER_ERROR_AGAIN = "APITOKEN_E_IO", "APITOKEN_E_NOMEM"


def value_of(number):
    is_octal = number[0] == "0" and number.isdigit()
    return int(number, 8) if is_octal else int(number, 0)


def code_only(text):
    """Source with nothing in comments, quotes and lines of the preprocessor; every character keeps its place."""
    directive = r"^[ \t]*#(?:\\\n|[^\n])*"
    return re.sub(directive, lambda found: csource.blank(found[0]), csource.code_of(text), flags=re.MULTILINE)


class Reader:
    """Collects the mutants of one file."""

    def __init__(self, path, text):
        self.path, self.text, self.found, self.results, self.codes = path, text, [], set(), set()
        self.tokens = list(TOKEN.finditer(code_only(text)))
        self.sizes = {j for i in range(len(self.tokens)) if self.at(i) in ALLOCATORS and self.at(i + 1) == "("
                      for j in range(i, self.closing(i + 1))}

    def at(self, i):
        return self.tokens[i][0] if 0 <= i < len(self.tokens) else ""

    def add(self, start, end, after, operator):
        if self.text[start:end] != after:
            self.found.append(Mutant(self.path, start, end, after, operator))

    def closing(self, i):
        """Index of the bracket that closes the one at i."""
        depth = 0
        for j in range(i, len(self.tokens)):
            depth += (self.at(j) in CLOSING) - (self.at(j) in CLOSING.values())
            if depth == 0:
                return j
        raise ValueError(f"{self.path}: a bracket stays open")

    def negate(self, first, last):
        """The condition that is the tokens first to last."""
        if first <= last:
            start, end = self.tokens[first].start(), self.tokens[last].end()
            self.add(start, end, f"!({self.text[start:end]})", "negated")

    def condition(self, i):
        """Of the if, while, for or switch at i; returns the index behind its brackets."""
        last = self.closing(i + 1)
        if self.at(i) == "for":
            ends = [j for j in range(i, last) if self.at(j) == ";"]
            self.negate(ends[0] + 1, ends[1] - 1)
        elif self.at(i) != "switch":
            self.negate(i + 2, last - 1)
        return last + 1

    def block(self, i):
        last = self.closing(i)
        i += 1
        while i < last:
            i = self.statement(i)
        return last + 1

    def statement(self, i):
        """Reads the statement at i; returns the index behind it."""
        word = self.at(i)
        if word == "{":
            return self.block(i)
        if word in ("if", "while", "for", "switch"):
            return self.statement(self.condition(i))
        if word in ("else", "do"):
            return self.statement(i + 1)
        if word in ("case", "default"):
            while self.at(i) != ":":
                i += 1
            return i + 1
        last = i
        while self.at(last) != ";":
            last = self.closing(last) + 1 if self.at(last) in CLOSING else last + 1
        self.simple(i, last)
        return last + 1

    def simple(self, i, last):
        """A statement without others in it; its semicolon is at last."""
        start, end = self.tokens[i].start(), self.tokens[last].start()
        if i == last:
            return
        if self.at(i) == "return":
            if last > i + 1 and self.at(i + 1) != "false":
                self.add(self.tokens[i + 1].start(), end, "0", "returns 0")
            return
        words = [self.at(j) for j in range(i, last)]
        is_declaration = NAME.match(words[0]) and len(words) > 1 and words[1] not in ("(", "[", "->", ".", "++", "--") \
            and words[1] not in SWAPS and not words[1].endswith("=")
        if not is_declaration:
            self.add(start, end, "", "removed")

    def tokens_alone(self):
        for i, token in enumerate(self.tokens):
            word, before = token[0], self.at(i - 1)
            is_binary = re.match(r"[\w)\]]", before) and before not in ("return", "case") and not self.is_cast(i - 1)
            number = NUMBER.match(word)
            if word in ("+", "-") and not is_binary:
                continue
            if word in SWAPS:
                self.add(*token.span(), SWAPS[word], "swapped")
            elif word == "!":
                self.add(*token.span(), "", "! dropped")
            elif word == "false" or word == "true" and before != "return":  # "return true" becomes "return 0" anyway
                self.add(*token.span(), "true" if word == "false" else "false", "another truth")
            elif number:
                self.constant(i, value_of(number[1]), number[2])
            elif word.startswith("APITOKEN_E_"):
                self.add(*token.span(), OTHER_ERROR if word != OTHER_ERROR else OTHER_ERROR_AGAIN, "another error")
            elif word == "?":
                self.add(token.start(), token.start(), "== 0 ", "negated")

    def constant(self, i, value, suffix):
        token, before = self.tokens[i], self.at(i - 1)
        # a longer array is none but a larger one, and so is a larger piece of memory; what is returned as a code or as a truth is
        # one of 0, errors and all else; 2 is as true as 1; and any number below 0 says "none" of a descriptor, "less" of an order
        is_length = before == "[" and self.at(i + 1) == "]" and self.is_declared(i - 2)
        is_all_else = i in self.codes and value == 0 or i in self.results and value == 1
        is_none = value == 1 and before == "-" and self.at(i - 2) in ("=", "(", ",", "return", "{", "?", ":")
        is_size = i in self.sizes and before not in ("/", "-", "%")
        is_true = value == 1 and before == "=" and TRUTH.match(self.at(i - 2)) and self.at(i + 1) in (";", ",")
        if not (is_length or is_all_else or is_none or is_size or is_true):
            self.add(*token.span(), f"{value + 1}{suffix}", "constant")
        # no code of an error is -1: "below 0" and "below -1" are the same
        if value > 0 or before not in ("<", ">="):
            self.add(*token.span(), f"{value - 1}{suffix}" if value > 0 else "(-1)", "constant")

    def is_declared(self, i):
        """Whether the name at i, or the array whose bracket ends there, stands behind a type."""
        while self.at(i) == "]":
            while self.at(i) != "[":
                i -= 1
            i -= 1
        return NAME.match(self.at(i)) and self.at(i - 1) not in ("return", "case", "else") and \
            (NAME.match(self.at(i - 1)) or self.at(i - 1) == "*")

    def note_results(self, first, last):
        """Which tokens of a function's body are what it returns; codes, if they are nothing but 0 and errors."""
        results = {i for i in range(first, last) if self.at(i - 1) in ("return", "?", ":") and self.at(i + 1) in (";", ":")}
        words = [self.at(i) for i in range(first, last)]
        self.results |= results
        if any(word == "ATK_TRY" or word.startswith(("atk_fail", "APITOKEN_E_")) for word in words) \
                and not any(self.at(i) == "1" for i in results):
            self.codes |= results

    def is_cast(self, i):
        """Whether the bracket at i closes the name of a type: a sign behind it is no operator of two sides."""
        return self.at(i) == ")" and (self.at(i - 1) == "*" or re.fullmatch(r"\w+_t|int|char|long|unsigned", self.at(i - 1)))

    def read(self):
        i = 0
        while i < len(self.tokens):
            if self.at(i) != "{":
                i += 1
            elif self.at(i - 1) == ")":
                self.note_results(i, self.closing(i))
                i = self.block(i)
            else:
                i = self.closing(i) + 1
        self.tokens_alone()
        return sorted(set(self.found))


def mutants_of(path, text):
    return Reader(path, text).read()
