#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The layers of the library: layers.py SOURCE_ROOT

A file includes its own layer and those below. The layers of sources are read from lib/meson.build, where each list stands below
its heading; a header is of its source's layer; the table names the headers without a source.
"""
import os
import re
import sys

from csource import code_of, files_below, includes_of, read
from tap import Tap

HEADERS = {"attr.h": 0, "limits.h": 0, "option_sizes.h": 0, "backend.h": 2, "lmdb/pages.h": 2}
PUBLIC = "apitoken/apitoken.h"
# Foreign header: the only files that may include it, as a pattern.
OWNERS = {"sodium.h": r"crypto\.c", "lmdb.h": r"lmdb/\w+\.[ch]"}
# What reads or waits for time, and how often where.
TIME = r"\b(clock_gettime|clock_getres|gettimeofday|time|timespec_get|nanosleep|clock_nanosleep|usleep|sleep|[gs]etitimer|" \
       r"timer_create|localtime|gmtime|localtime_r|gmtime_r|mktime|timegm|strftime)\s*\("
TIME_USES = {"clock.c": 3, "lmdb/env.c": 1}


def layers_of_sources(meson_build):
    """'copy.c': 4, as the headings '# L4 verbs' and the names below them say."""
    layers, layer = {}, None
    for line in meson_build.splitlines():
        heading = re.match(r"\s*# L(\d)\b", line)
        if heading:
            layer = int(heading[1])
        elif layer is not None:
            layers.update({name: layer for name in re.findall(r"'([\w/]+\.c)'", line)})
            layer = None if line.strip() == ")" else layer
    return layers


def layer_of(name, sources):
    return HEADERS.get(name, sources.get(re.sub(r"\.h$", ".c", name)))


def wrong_includes(lib, names, sources):
    for name in names:
        own = layer_of(name, sources)
        for number, _, header in includes_of(read(os.path.join(lib, name))):
            other = layer_of(header, sources)
            if other is not None and own is not None and other > own:
                yield f"lib/{name}:{number}: a file of L{own} includes {header} of L{other}"


def foreign_includes(lib, names):
    for name in names:
        for number, _, header in includes_of(read(os.path.join(lib, name))):
            if header in OWNERS and not re.fullmatch(OWNERS[header], name):
                yield f"lib/{name}:{number}: includes {header}"


def engine_includes(lib, names):
    """The verbs know the engine by backend.h alone."""
    for name in names:
        for number, _, header in includes_of(read(os.path.join(lib, name))):
            if header.startswith("lmdb/") and not name.startswith("lmdb/"):
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
    sources = layers_of_sources(read(os.path.join(lib, "meson.build")))
    tap = Tap()
    tap.case("every file has a layer", [f"lib/{name}" for name in names if layer_of(name, sources) is None])
    tap.case("every source of lib/meson.build exists", [f"lib/{name}" for name in sources if name not in names])
    tap.case("a file includes its own layer and those below", wrong_includes(lib, names, sources))
    tap.case("libsodium and LMDB each stay with their owners", foreign_includes(lib, names))
    tap.case("nothing above the engine includes its headers", engine_includes(lib, names))
    tap.case("the library includes its own files and the public header alone", unknown_includes(lib, names))
    tap.case("time is read and waited for in its own file alone", time_uses(lib, names))
    tap.finish()


main()
