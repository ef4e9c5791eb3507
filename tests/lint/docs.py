#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What is public is documented, and what is documented is true: docs.py SOURCE_ROOT"""
import os
import re
import shutil
import subprocess
import sys

from csource import code_of, files_below, includes_of, read, without_comments
from tap import Tap

HEADER = "include/apitoken/apitoken.h"
# Names of this form that are no names of the header: variables of the tool and of the tests, the map's node.
OTHER_NAMES = {"APITOKEN_STORE", "APITOKEN_KEYS", "APITOKEN_BUILDING", "APITOKEN_ABI_REQUIRED", "APITOKEN_1"}
# Suites whose mention of a code shows that something produces it; the layout asserts of tests/abi mention all.
SUITES = ("tests/unit", "tests/api", "tests/process", "tests/compat")


class Header:
    def __init__(self, text):
        self.text = text
        self.declarations = {}  # name: (line, return type, parameters)
        bare = re.sub(r"^[ \t]*#.*$", "", without_comments(text), flags=re.MULTILINE)
        for match in re.finditer(r"\bAPITOKEN_API\b([^;]*);", bare):
            plain = re.sub(r"APITOKEN_(?:CHECKED|NONNULL)\([^)]*\)", " ", match[1])
            result, name, parameters = re.match(r"\s*(.*?)\b(apitoken_\w+)\s*\((.*)\)\s*$", plain, re.DOTALL).groups()
            line = bare.count("\n", 0, match.start())
            self.declarations[name] = (line, spaced(result), [spaced(one) for one in parameters.split(",")])
        self.errors = re.findall(r"\b(APITOKEN_E_\w+) = ", bare)
        self.names = set(re.findall(r"\b(?:apitoken|APITOKEN)_\w+", code_of(text)))


def spaced(text):
    """One form of a type: 'const char *text'."""
    return re.sub(r"\*\s+", "*", " ".join(text.split()))


# ---- the header ------------------------------------------------------------------------------------------------------


def uncommented(header):
    """A comment stands right above a declaration, or above the unbroken block of declarations that it belongs to."""
    lines = header.text.splitlines()
    code = code_of(header.text).splitlines()
    for name, (line, _, _) in header.declarations.items():
        above = line - 1
        while above >= 0 and lines[above].strip() and code[above].strip():
            above -= 1
        if not lines[above].strip().endswith("*/"):
            yield f"{HEADER}:{line + 1}: {name} has no comment"
            continue
        first = above
        while "/*" not in lines[first]:
            first -= 1
        if not re.search(r"@since \d+\.\d+\.\d+", "\n".join(lines[first:above + 1])):
            yield f"{HEADER}:{line + 1}: the comment of {name} does not say @since"


def shortened_names(header):
    """An error is named in full, so that a search for it finds every function that returns it."""
    for number, line in enumerate(header.text.splitlines(), 1):
        for name in re.findall(r"(?<!\w)_[A-Z][A-Z_]+\b", line):
            if name != "_INIT":
                yield f"{HEADER}:{number}: {name}"


def undescribed_errors(header):
    for name in header.errors:
        if not re.search(rf"\b{name} = -\d+,? */\* .+ \*/|\*/\n *{name} = -", header.text):
            yield f"{HEADER}: {name} has no comment"


def shortened_errors(root, header, files):
    """`_FULL` for APITOKEN_E_FULL: a search for the code would not find who returns it."""
    for file in files:
        for number, line in enumerate(read(os.path.join(root, file)).splitlines(), 1):
            for name in re.findall(r"(?<![A-Za-z0-9_.-])_[A-Z][A-Z0-9_]+\b", line):
                if any(error.endswith(name) for error in header.errors):
                    yield f"{file}:{number}: {name}"


# ---- manual pages ----------------------------------------------------------------------------------------------------


def synopsis(page):
    """name: (return type, parameters) of every .Fn below the heading SYNOPSIS."""
    found, result = {}, None
    for line in page.partition(".Sh SYNOPSIS")[2].partition(".Sh DESCRIPTION")[0].splitlines():
        words = [quoted or bare for quoted, bare in re.findall(r'"([^"]*)"|(\S+)', line)]
        if words[:1] == [".Ft"]:
            result = spaced(" ".join(words[1:]))
        elif words[:1] == [".Fn"]:
            found[words[1]] = (result, [spaced(one) for one in words[2:]])
        elif words[:1] == [".Fo"]:
            name, arguments = words[1], []
            found[name] = (result, arguments)
        elif words[:1] == [".Fa"] and found:
            arguments += [spaced(one) for one in words[1:]]
    return found


def named(page):
    """The names in the page's NAME section."""
    return set(re.findall(r"^\.Nm (\w+)", page.partition(".Sh NAME")[2].partition(".Sh ")[0], flags=re.MULTILINE))


def page_findings(header, pages):
    declared = {}
    for file, page in pages.items():
        for name, prototype in synopsis(page).items():
            if name not in named(page):
                yield f"{file}: {name} is missing in its section NAME"
            declared.setdefault(name, []).append((file, prototype))
    for name, (_, result, parameters) in header.declarations.items():
        if len(declared.get(name, [])) != 1:
            yield f"{name}: {len(declared.get(name, [])) or 'no'} page has it in its SYNOPSIS"
            continue
        file, prototype = declared[name][0]
        if prototype != (result, parameters):
            yield f"{file}: {name} is {result} ({', '.join(parameters)})"
    for name in sorted(set(declared) - set(header.declarations)):
        yield f"{declared[name][0][0]}: {name} is no function of the header"


def undocumented_errors(header, pages):
    text = "\n".join(pages.values())
    for name in header.errors:
        if not re.search(rf"^\.It .*\b{name}\b", text, flags=re.MULTILINE):
            yield f"{name}: in no list of a manual page"


def comment_above(header, line):
    """The comment that belongs to a declaration, and is read with it."""
    above = header.text.splitlines()[:line]
    end = next(number for number in range(line - 1, -1, -1) if above[number].strip().endswith("*/"))
    begin = next(number for number in range(end, -1, -1) if "/*" in above[number])
    return "\n".join(above[begin:end + 1])


def listed_errors(page):
    """The names that the lists of a page explain, each below '.It'."""
    return {name for line in re.findall(r"^\.It .*$", page, flags=re.MULTILINE) for name in re.findall(r"APITOKEN_E_\w+", line)}


def unlisted_errors(header, pages):
    """What the header lists at a function stands on its page, too. What every verb can return has a page of its own."""
    general = listed_errors(pages[os.path.join("doc", "man", "libapitoken.3")])
    for file, page in pages.items():
        told = listed_errors(page) | general | set(re.findall(r"APITOKEN_E_\w+", page.partition(".Sh ERRORS")[2]))
        for name in synopsis(page):
            line = header.declarations[name][0] if name in header.declarations else None
            due = set(re.findall(r"APITOKEN_E_\w+", comment_above(header, line).partition("Errors:")[2])) if line else set()
            yield from (f"{file}: {name} can return {error}" for error in sorted(due - told))


def mandoc_findings(root, pages):
    for page in pages:
        command = ["mandoc", "-T", "lint", "-W", "warning", os.path.join(root, page)]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        if run.returncode != 0:
            yield (run.stdout + run.stderr).replace(root + os.sep, "")


# ---- the other documents ---------------------------------------------------------------------------------------------


def unknown_names(root, header, files):
    """Whole names only: 'APITOKEN_E_' and 'apitoken_keyring_*' speak of many. A page's title is in capitals."""
    for file in files:
        text = re.sub(r"^\.Dt .*$", "", read(os.path.join(root, file)), flags=re.MULTILINE)
        for name in sorted(set(re.findall(r"\b(?:apitoken|APITOKEN)_\w*[A-Za-z0-9]\b", text))):
            is_page = os.path.exists(os.path.join(root, "doc", "man", name + ".3"))
            if name not in header.names | OTHER_NAMES and not is_page:
                yield f"{file}: {name} is not in the header"


def dead_links(root, files):
    for file in files:
        if not file.endswith(".md"):
            continue
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", read(os.path.join(root, file))):
            if "://" not in target and not os.path.exists(os.path.join(root, os.path.dirname(file), target)):
                yield f"{file}: {target}"


def versions(root):
    """Where the version stands: what it is."""
    header = read(os.path.join(root, HEADER))
    number = int(re.search(r"#define APITOKEN_VERSION (\d+)", header)[1])
    changelog = os.path.join(root, "doc", "CHANGELOG.md")
    heading = re.search(r"^## \[?v?(\d+\.\d+\.\d+)", read(changelog), flags=re.MULTILINE) if os.path.exists(changelog) else None
    return {
        "meson.build": re.search(r"^\s*version: '([^']+)'", read(os.path.join(root, "meson.build")), flags=re.MULTILINE)[1],
        "APITOKEN_VERSION": f"{number // 10000}.{number // 100 % 100}.{number % 100}",
        "APITOKEN_VERSION_STRING": re.search(r'#define APITOKEN_VERSION_STRING "(.*)"', header)[1],
        "the first heading of doc/CHANGELOG.md": heading[1] if heading else "none",
    }


# ---- examples and tests ----------------------------------------------------------------------------------------------


def inner_includes(root):
    """Examples are other people's programs: of the library they know the public header."""
    own = set(files_below(os.path.join(root, "lib"), ".h"))
    for name in files_below(os.path.join(root, "examples"), ".c", ".h"):
        here = os.path.join(root, "examples", os.path.dirname(name))
        for number, form, header in includes_of(read(os.path.join(root, "examples", name))):
            if header.startswith("apitoken/") and (form, header) != ("<", "apitoken/apitoken.h"):
                yield f"examples/{name}:{number}: {header}"
            if form == '"' and ("../lib/" in header or (header in own and not os.path.exists(os.path.join(here, header)))):
                yield f"examples/{name}:{number}: {header} is a header of the library"


def inner_links(root):
    for name in files_below(os.path.join(root, "examples"), "meson.build"):
        text = read(os.path.join(root, "examples", name))
        for word in re.findall(r"\b(?:internal_dep|apitoken_internal|lib_inc|lib_sources)\b", text):
            yield f"examples/{name}: {word}"


def untested_errors(root, header):
    tested = "\n".join(code_of(read(os.path.join(root, suite, name)))
                       for suite in SUITES for name in files_below(os.path.join(root, suite), ".c", ".h"))
    return [name for name in header.errors if not re.search(rf"\b{name}\b", tested)]


def unnamed_figures(root):
    """What tests show (tests/support/figure.h) is named in doc/reliability.md: of a name that is put together its beginning."""
    shown = re.compile(r'figure_(?:at_least|at_most|told)\(\s*"([^"]+)"|"figure": f?"([^"]+)"|\btell\(tap, "([^"]+)"')
    page = " ".join(read(os.path.join(root, "doc", "reliability.md")).split())
    for file in files_below(os.path.join(root, "tests"), ".c", ".py"):
        text = read(os.path.join(root, "tests", file)).replace('\\"', '"')
        for name in shown.findall(text):
            begin = re.split(r"%s|\{", "".join(name))[0]
            if begin and begin not in page:
                yield f"tests/{file}: {begin}"


def unknown_tests(root):
    """The tests that doc/reliability.md names are there: `path`, and `name` or its beginning, `name_…`."""
    tests = "\n".join(read(os.path.join(root, "tests", file)) for file in files_below(os.path.join(root, "tests"), ".c"))
    for name in sorted(set(re.findall(r"`([^`\s]+)`", read(os.path.join(root, "doc", "reliability.md"))))):
        is_case = re.fullmatch(r"(?:[a-z0-9]+_){2,}(?:[a-z0-9]+|…)", name)
        if is_case and not re.search(rf"\b{name.removesuffix('…')}" + ("" if "…" in name else r"\b"), tests):
            yield f"doc/reliability.md: {name}"
        if name.startswith("tests/") and not os.path.exists(os.path.join(root, name)):
            yield f"doc/reliability.md: {name}"


def lost_ways(root):
    """The functions that doc/architecture.md leads to are in lib/, and the files are somewhere: `path` or its end."""
    page = read(os.path.join(root, "doc", "architecture.md"))
    sources = [read(os.path.join(root, "lib", name)) for name in files_below(os.path.join(root, "lib"), ".c", ".h")]
    functions = set(re.findall(r"\b\w+(?=\()", "\n".join(map(code_of, sources))))
    files = ["/" + os.path.join(folder, name) for folder in ("lib", "include", "tests", "examples", "doc")
             for name in files_below(os.path.join(root, folder), ".c", ".h", ".py", ".md", ".build")]
    for name in sorted(set(re.findall(r"`(?:ops->)?([\w./]+)(?:\(\))?`", page))):
        is_function = f"{name}()`" in page
        is_file = re.search(r"\.(?:c|h|py|md|build)$", name) and name not in ("sodium.h", "lmdb.h")
        if (is_function and name not in functions) or (is_file and not any(file.endswith("/" + name) for file in files)):
            yield f"doc/architecture.md: {name}"


def main():
    root = sys.argv[1]
    header = Header(read(os.path.join(root, HEADER)))
    pages = {os.path.join("doc", "man", name): read(os.path.join(root, "doc", "man", name))
             for name in files_below(os.path.join(root, "doc", "man"), ".1", ".3", ".7")}
    documents = ["README.md"] + [os.path.join("doc", name) for name in files_below(os.path.join(root, "doc"), ".md")]
    own_errors = set(re.findall(r"ENTRY\((E_\w+),", read(os.path.join(root, "lib", "base", "error.c"))))
    version = versions(root)

    tap = Tap()
    tap.case("every exported function has a comment in the header", uncommented(header))
    tap.case("every error code has a comment in the header", undescribed_errors(header))
    tap.case("the header names every error in full", shortened_names(header))
    tap.case("every error code has a name and a text in the library",
             [name for name in header.errors if name.removeprefix("APITOKEN_") not in own_errors])
    tap.case("error codes have their full names in the header and in the pages", shortened_errors(root, header, [HEADER, *pages]))
    tap.case("every exported function has one manual page, with the header's prototype", page_findings(header, pages))
    tap.case("every error code is explained in a manual page", undocumented_errors(header, pages))
    tap.case("what the header lists at a function stands on its page", unlisted_errors(header, pages))
    tap.case("the tool has a manual page", {os.path.join("doc", "man", "apitoken.1")} - set(pages))
    if shutil.which("mandoc"):
        tap.case("mandoc has nothing to say about the pages", mandoc_findings(root, pages))
    else:
        tap.without("mandoc has nothing to say about the pages", "mandoc")
    tap.case("the documents name nothing that is not in the header", unknown_names(root, header, documents + list(pages)))
    tap.case("links between documents lead somewhere", dead_links(root, documents))
    agree = len(set(version.values())) == 1
    tap.case("version numbers agree", [] if agree else [f"{where}: {what}" for where, what in version.items()])
    tap.case("examples include the public header alone", inner_includes(root))
    tap.case("examples link nothing internal", inner_links(root))
    tap.case("every figure of the tests is named in doc/reliability.md", unnamed_figures(root))
    tap.case("every test that doc/reliability.md names is there", unknown_tests(root))
    tap.case("doc/architecture.md leads to functions and files that are there", lost_ways(root))
    tap.case("every error code is expected by a test", untested_errors(root, header))
    tap.finish()


main()
