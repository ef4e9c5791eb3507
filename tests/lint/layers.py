#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The layers of the library: layers.py SOURCE_ROOT

A folder is a layer. A file includes its own layer and those below. lib/meson.build lists the sources of each folder below a
heading of its name, in the same order.
"""
import os
import re
import sys

from csource import code_of, files_below, includes_of, read
from tap import Tap

LAYERS = ("base", "rules", "outside", "lmdb/form", "lmdb/process", "lmdb/tokens", "lmdb/stores", "objects", "verbs")
# The engine stands on the outside world and is known above it by outside/backend.h alone.
ENGINE = "lmdb/"
# Not every layer below is for every layer above: what LMDB's files look like needs neither keys nor records nor locks.
NEVER = {"lmdb/form": r"(rules/record\w*|outside/(crypto|record_tag|seal|backend|keyfile))\.h"}
PUBLIC = "apitoken/apitoken.h"
# Foreign header: the only files that may include it, as a pattern.
OWNERS = {"sodium.h": r"outside/crypto\.c", "lmdb.h": r"lmdb/\w+/\w+\.[ch]"}
# What reads or waits for time, and how often where.
TIME = r"\b(clock_gettime|clock_getres|gettimeofday|time|timespec_get|nanosleep|clock_nanosleep|usleep|sleep|[gs]etitimer|" \
       r"timer_create|localtime|gmtime|localtime_r|gmtime_r|mktime|timegm|strftime)\s*\("
TIME_USES = {"outside/clock.c": 4}


def layer_of(name):
    folder = os.path.dirname(name)
    return LAYERS.index(folder) if folder in LAYERS else None


def headings_of(meson_build):
    """('base', 'base/bytes.c'): each source with the heading that it stands below."""
    heading = None
    for line in meson_build.split("\n)")[0].splitlines():
        found = re.match(r"\s*# ([\w/]+):", line)
        heading = found[1] if found else heading
        yield from ((heading, name) for name in re.findall(r"'([\w/]+\.c)'", line))


def misplaced_sources(listed, names):
    yield from (f"lib/{name} stands below the heading {heading}" for heading, name in listed if os.path.dirname(name) != heading)
    yield from (f"lib/{name}: listed, but there is no such file" for _, name in listed if name not in names)
    sources = {name for _, name in listed}
    yield from (f"lib/{name} is not listed" for name in names if name.endswith(".c") and name not in sources)
    order = [heading for heading in dict.fromkeys(heading for heading, _ in listed)]
    if order != [layer for layer in LAYERS if layer in order]:
        yield "the headings do not stand in the order of the layers: " + ", ".join(map(str, order))


def wrong_includes(lib, names):
    for name in names:
        own = layer_of(name)
        for number, _, header in includes_of(read(os.path.join(lib, name))):
            other = layer_of(header)
            if other is not None and own is not None and other > own:
                yield f"lib/{name}:{number}: a file of {LAYERS[own]} includes {header}"


def never_includes(lib, names):
    for name in names:
        never = NEVER.get(os.path.dirname(name))
        for number, _, header in includes_of(read(os.path.join(lib, name))):
            if never and re.fullmatch(never, header):
                yield f"lib/{name}:{number}: includes {header}"


def foreign_includes(lib, names):
    for name in names:
        for number, _, header in includes_of(read(os.path.join(lib, name))):
            if header in OWNERS and not re.fullmatch(OWNERS[header], name):
                yield f"lib/{name}:{number}: includes {header}"


def engine_includes(lib, names):
    """The verbs know the engine by backend.h alone."""
    for name in names:
        for number, _, header in includes_of(read(os.path.join(lib, name))):
            if header.startswith(ENGINE) and not name.startswith(ENGINE):
                yield f"lib/{name}:{number}: includes {header} from outside the engine"


def unknown_includes(lib, names):
    for name in names:
        for number, form, header in includes_of(read(os.path.join(lib, name))):
            if form == '"' and header != PUBLIC and header not in names:
                yield f"lib/{name}:{number}: {header} is no file of the library"


def time_uses(lib, names):
    for name in names:
        count = len(re.findall(TIME, code_of(read(os.path.join(lib, name)))))
        if count != TIME_USES.get(name, 0):
            yield f"lib/{name}: {count} uses of time, {TIME_USES.get(name, 0)} expected"


def main():
    lib = os.path.join(sys.argv[1], "lib")
    names = files_below(lib, ".c", ".h")
    listed = list(headings_of(read(os.path.join(lib, "meson.build"))))
    tap = Tap()
    tap.case("every file stands in a folder that is a layer", [f"lib/{name}" for name in names if layer_of(name) is None])
    tap.case("lib/meson.build lists every source below its folder's heading", misplaced_sources(listed, names))
    tap.case("a file includes its own layer and those below", wrong_includes(lib, names))
    tap.case("what LMDB's files look like is told without keys and records", never_includes(lib, names))
    tap.case("libsodium and LMDB each stay with their owners", foreign_includes(lib, names))
    tap.case("nothing above the engine includes its headers", engine_includes(lib, names))
    tap.case("the library includes its own files and the public header alone", unknown_includes(lib, names))
    tap.case("time is read and waited for in its own file alone", time_uses(lib, names))
    tap.finish()


main()
