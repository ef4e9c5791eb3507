#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tests what room imports take in the Tax Data Hub: hub_room_test.py TAX-DATA-HUB APITOKEN RELEASE-LOG.SO. Prints TAP."""
import os
import sys

sys.dont_write_bytecode = True  # leave the source folder as it is
from hub_support import Hub, Tap, World, equal

MIB = 1 << 20

tap = Tap()


class Shared:
    def __init__(self, world, release_log):
        self.world, self.release_log = world, release_log
        self.alice, self.bob = world.token("alice"), world.token("bob")


def some_csv(size):
    return b"company,note\n" + b"Example AG,some text\n" * (size // 21)


# ---- resident memory -------------------------------------------------------------------------------------------------


@tap.case
def releases(shared):
    """releases pages after large bodies only, and only theirs"""
    path = shared.world.path("release-log")
    hub = Hub(shared.world, data="releases", env={"LD_PRELOAD": shared.release_log, "HUB_RELEASE_LOG": path})

    def released():
        if not os.path.exists(path):
            return []
        with open(path, encoding="ascii") as log:
            lengths = [int(line) for line in log]
        os.unlink(path)
        return lengths

    released()  # what the start did
    small = [hub.imported(shared.alice, some_csv(size))["import"] for size in (100, 1000, MIB - 100000)]
    for number in small:
        equal(hub.fetch(shared.alice, number).status, 200)
        equal(len(hub.list(shared.alice)["imports"]), 3)
    equal(released(), [])
    body = some_csv(5 * MIB)
    number = hub.imported(shared.alice, body)["import"]
    equal(hub.fetch(shared.alice, number).body == body, True)
    lengths = released()
    equal((len(lengths) >= 4 * MIB // 65536, max(lengths) <= 3 * 65536), (True, True))
    equal(sum(lengths) < 3 * len(body), True)
    hub.list(shared.alice)
    equal((released(), hub.stop()), ([], 0))


def main():
    if len(sys.argv) != 4:
        raise SystemExit("usage: hub_room_test.py TAX-DATA-HUB APITOKEN RELEASE-LOG.SO")
    program, tool, release_log = (os.path.abspath(path) for path in sys.argv[1:])
    world = World(program, tool)
    try:
        return tap.run(Shared(world, release_log))
    finally:
        world.close()


if __name__ == "__main__":
    sys.exit(main())
