#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tests which bodies the Tax Data Hub reads as CSV: hub_csv_test.py TAX-DATA-HUB APITOKEN. Prints TAP."""
import os
import sys

sys.dont_write_bytecode = True  # leave the source folder as it is
from hub_support import Hub, Tap, World, chunked, equal

CSV = (("Content-Type", "text/csv"),)
MARK = b"\xef\xbb\xbf"

tap = Tap()


class Shared:
    def __init__(self, world):
        self.hub, self.token = Hub(world), world.token("alice")
        self.client = self.hub.client()
        self.imports = 0

    def ask(self, body, pieces=None):
        """Sends a body, in one piece or in chunks, on a connection that lasts until the host closes it."""
        how = ("Transfer-Encoding", "chunked") if pieces else ("Content-Length", str(len(body)))
        self.client.head("POST", "/api/v1/import/cbcr", [("Authorization", f"Bearer {self.token}"), *CSV, how])
        self.client.send(chunked(*pieces) if pieces else body)
        reply = self.client.reply()
        if pieces or reply.status != 200:
            self.client.close()
            self.client = self.hub.client()
        return reply

    def each_way(self, body):
        """The answers to the body as a whole, and byte by byte."""
        yield self.ask(body)
        if body:
            yield self.ask(body, [body[i:i + 1] for i in range(len(body))])

    def accepts(self, *table):
        """Each body is imported, with this many rows, and comes back unchanged."""
        for body, rows in table:
            for reply in self.each_way(body):
                equal((body, reply.status, reply.json().get("rows")), (body, 200, rows))
                equal(self.hub.fetch(self.token, reply.json()["import"]).body, body)
                self.imports += 1

    def refuses(self, said, *bodies, line=1):
        """Each body is refused, with a detail that names the line and holds these words; nothing is imported."""
        for body in bodies:
            for reply in self.each_way(body):
                problem = reply.check_problem(422)
                equal((body, problem["line"]), (body, line))
                equal((body, problem["detail"], said in problem["detail"]), (body, problem["detail"], True))
        equal(len(self.hub.list(self.token)["imports"]), self.imports)


@tap.case
def byte_order_mark(shared):
    """skips one byte order mark before the text"""
    shared.accepts((MARK + b"country,year\r\nDE,2025\r\n", 1), (MARK + b'"country","year"\r\n"DE","2025"\r\n', 1),
                   (MARK + b"a\n\xef\xbb\x80\n", 1), (b"\xef\xbb\x80,b\n1,2\n", 1), (b"\xef\xbc\xa1,b\n1,2\n", 1))


@tap.case
def misplaced_mark(shared):
    """refuses a second byte order mark, one before a row, and half of one"""
    shared.refuses("two byte order marks", 2 * MARK + b"a,b\n1,2\n", 2 * MARK + b'"a","b"\n1,2\n', 2 * MARK + b"a;b\n1;2\n")
    shared.refuses("only before the header line", b"a,b\n1,2\n" + MARK + b"a,b\n1,2\n", b"a,b\r\n1,2\r\n" + MARK + b"3,4\r\n",
                   MARK + b"a\n1\n" + MARK + b"\n", line=3)
    shared.refuses("not UTF-8", b"\xef", b"\xef\xbb", b"\xef\xbba,b\n1,2\n")


@tap.case
def other_separators(shared):
    """names the separator of a file that has no commas, or fewer of them"""
    shared.refuses("semicolons", b"country;year\nDE;2025\n", b"country;revenue\nDE;1.200.000,50\nFR;300.000,00\n",
                   b'"country";"year"\r\n"DE";"2025"\r\n', b"country;year\nDE\nFR;2025\n",
                   b"country;revenue, EUR;tax\nDE;1,5;2\n", MARK + b"country;year\r\nDE;2025\r\n", b"only;\n1;\n")
    shared.refuses("tabs", b"country\tyear\nDE\t2025\n", b'"country"\t"year"\n"DE"\t"2025"\n', MARK + b"a\tb\tc\r\n1\t2\t3\r\n",
                   b"revenue, EUR\ttax, EUR\tnote\n1,5\t2,5\tx\n")
    shared.refuses("by |", b"country|year\nDE|2025\n", b'"country"|"year"\n', b"| country | year |\n|---|---|\n| DE | 2025 |\n")
    shared.accepts((b'"revenue; EUR",tax\n1,2\n', 1), (b"country,code|text,year\nDE,a|b,2025\n", 1), (b"a\n1;2\n1\t2|3\n", 2))


@tap.case
def quoted_whole(shared):
    """refuses a header line that is one quoted field with separators in it"""
    shared.refuses("quoted", b'"country,year"\n"DE,2025"\n', b'"country;year"\n"DE;2025"\n', b'"a,""b"",c"\r\n"1,""2"",3"\r\n')


@tap.case
def sep_line(shared):
    """refuses the line that tells Excel the separator"""
    shared.refuses("sep=", b"sep=;\r\ncountry;year\r\nDE;2025\r\n", b"sep=,\r\ncountry,year\r\nDE,2025\r\n",
                   b"SEP=\t\na\tb\n1\t2\n", b'"sep=;"\r\na;b\r\n1;2\r\n', MARK + b"sep=|\na|b\n1|2\n")


@tap.case
def datev(shared):
    """refuses a file with the head of DATEV"""
    rest = b';700;21;"Buchungsstapel";12\r\nUmsatz;Soll/Haben;Konto\r\n100,00;"S";8400\r\n'
    shared.refuses("DATEV", b'"EXTF"' + rest, b"EXTF" + rest, b'"DTVF"' + rest, b"DTVF" + rest,
                   MARK + b'"EXTF"' + rest, b'"EXTF",700,21\r\n"a","b","c"\r\n1,2,3\r\n')


@tap.case
def other_files(shared):
    """says what else a file is"""
    shared.refuses("HTML", b"<!DOCTYPE html>\n<html><body>502</body></html>\n", b"<html>\n<body>\n</body>\n</html>\n",
                   b"  <HTML lang=en>\n<p>Sign in, please\n", b'<?xml version="1.0"?>\n<imports/>\n')
    shared.refuses("JSON", b'{"country": "DE"}\n', b'[{"country": "DE"}]\n', b'[["country"],\n["DE"]]\n', b"{\n}\n")
    shared.refuses("workbook", b"PK\x03\x04\x14\x00\x06\x00\x08\x00", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\x03\x04,\n1,2\n")
    shared.refuses("UTF-16", "country,year\nDE,2025\n".encode("utf-16"), b"\xfe\xff\x00a\x00\n", b"\xff\xfe")
    shared.refuses("gzip", b"\x1f\x8b\x08\x00", b"\x1f\x8b\n", b"\x1f\x8b,\x00")
    shared.refuses("PDF", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", b"%PDF-1.4\nx\n", b"%pdf-1.4,b\n1,2\n")
    shared.accepts((b"[id],[name]\n1,2\n", 1), (b"%,b\n1,2\n", 1), (b"seps,b\n1,2\n", 1))


@tap.case
def no_rows(shared):
    """refuses a file without rows, or with blanks alone"""
    shared.refuses("no row", b"country,year", b'"country","year"', b"country", MARK + b"a,b")
    shared.refuses("no row", b"country,year\r\n", b"country\n", b"a,b\n\x1a", line=2)
    shared.refuses("no row", b"a,b\n\n", b"a\n\n", b"a\r\n  \r\n\x1a", line=3)
    shared.refuses("the first line must be the header line", b"", b"\n", b"\r\n\r\n", MARK, MARK + b"\r\n", b"\x1a",
                   b"\na,b\n1,2\n")
    shared.refuses("column 1 has no name", b" ", b"   \n  \n", b"\t\r\n\t\r\n")


@tap.case
def column_names(shared):
    """refuses columns without a name or with the same"""
    shared.refuses("column 2 has no name", b"a,,c\n1,2,3\n", b"a,\n1,2\n", b'"a"," ",c\n1,2,3\n', b"a,\t,\n1,2,3\n")
    shared.refuses("column 1 has no name", b",b\n1,2\n", MARK + b",b\n1,2\n", b'"",b\n1,2\n')
    shared.refuses("columns 1 and 3 have the same name", b"a,b,a\n1,2,3\n", b'"a",b,a\n1,2,3\n', MARK + b'a,b,"a",d\n1,2,3,4\n')
    many = [b"column %d" % n for n in range(20000)]
    equal(shared.ask(b",".join(many) + b"\n" + b"," * 19999 + b"\n").status, 200)
    shared.imports += 1
    problem = shared.ask(b",".join([*many, many[777]]) + b"\n").check_problem(422)
    equal(problem["detail"], "Line 1: columns 778 and 20001 have the same name. Nothing was imported.")
    equal("longer than" in shared.ask(b"a" * (1 << 19) + b"," + b"b" * (1 << 19) + b"\n1,2\n").check_problem(422)["detail"], True)
    shared.accepts((b"a,A,a \n1,2,3\n", 1))


@tap.case
def end_of_text(shared):
    """counts blank lines and Ctrl-Z after the last row as no rows"""
    shared.accepts((b"country,year\r\nDE,2025\r\n\r\n", 1), (b"a,b\n1,2\n\n\n\n", 1), (b"a,b\n1,2\n  \n\t\n", 1),
                   (b"a\n1\n\n", 1), (b"a,b\r1,2\r\r", 1), (b"a\n1\n ", 1),
                   (b"a,b\r\n1,2\r\n\x1a", 1), (b"a,b\n1,2\x1a", 1), (b"a,b\n1,2\n\n\x1a\x1a\x1a", 1), (b"a\n1\n\x1a\r\n", 1),
                   (b"a\n\n1\n\n", 2), (b"a\n \n1\n", 2), (b'a\n1\n""\n', 2), (b'a\n1\n"  "\n', 2), (b"a,b\n,\n", 1))
    shared.refuses("blank", b"a,b\n1,2\n\n3,4\n", b"a,b\r\n1,2\r\n \r\n\r\n3,4\r\n", b"a,b\r1,2\r\r3,4", line=3)
    shared.refuses("Ctrl-Z", b"a\n1\n\x1a2\n", b"a,b\n1,2\n\x1a\r\n3,4\n", b"a\n1\n\x1a\x00", line=3)
    shared.refuses("Ctrl-Z", b"a,b\n1\x1a,2\n", b"a,b\n1,2\x1a3,4\n", line=2)
    shared.refuses("not closed", b'a\n"1\x1a', b'a\n"\x1a', b'a\n"1,\n2\x1a', line=2)


@tap.case
def media_types(shared):
    """accepts the names of UTF-8 and US-ASCII; 415 for another separator, and for a coding with Accept-Encoding"""
    def status(*values, more=()):
        headers = tuple(("Content-Type", value) for value in values)
        return shared.hub.post(shared.token, b"a,b\n1,2\n", headers=(*headers, *more))

    for value in ("charset=utf8", "charset=us-ascii", 'charset="US-ASCII"', "charset=UTF8; header=present", 'delimiter=","'):
        equal((value, status("text/csv; " + value).status), (value, 200))
        shared.imports += 1
    for value in ("charset=utf-16", "charset=ascii", 'delimiter=";"', "Delimiter=tab", 'separator="|"', "sep=;", "charset=l1"):
        reply = status("text/csv; " + value)
        reply.check_problem(415)
        equal((value, reply.get("Accept"), reply.get("Accept-Encoding")), (value, "text/csv", None))
    for codings in (("gzip",), ("br",), ("identity", "gzip"), ("x-unknown",)):
        reply = status("text/csv", more=tuple(("Content-Encoding", coding) for coding in codings))
        equal((reply.check_problem(415)["detail"], reply.get("Accept-Encoding"), reply.get("Accept")),
              ("The body must not have a Content-Encoding.", "identity", None))
    equal(status("text/csv", more=(("Content-Encoding", "Identity"),)).status, 200)
    equal(len(shared.hub.list(shared.token)["imports"]), shared.imports + 1)


def main():
    if len(sys.argv) != 3:
        raise SystemExit("usage: hub_csv_test.py TAX-DATA-HUB APITOKEN")
    world = World(*(os.path.abspath(path) for path in sys.argv[1:]))
    try:
        return tap.run(Shared(world))
    finally:
        world.close()


if __name__ == "__main__":
    sys.exit(main())
