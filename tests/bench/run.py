#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The benchmark: run.py PROGRAMS OUT [--smoke] [--build TEXT] [--beside SOURCE BUILD] [--instructions SCRIPT PROGRAM]
[--stale NAME PROGRAM]...

PROGRAMS is the folder of the compiled programs. Makes the stores, runs the programs one after the other, and leaves bench.md,
bench.json and bench.svg in OUT; prints the first. Ends with 1 if a bound was missed. --smoke: tiny sizes, no bound is judged.
"""
import argparse
import os
import re
import shutil
import signal
import stat
import statistics
import subprocess
import sys
import tempfile
import time
from typing import NamedTuple

import beside
import disk
import disk_counts
import machine
import plot
import report
import servers
from figures import FIGURES, UNBOUND


class Scale(NamedTuple):
    sizes: tuple        # ascending; the middle one is the main one
    listed: int         # number of the size whose store has few owners, for the list
    rounds: int
    looks: int          # validates a round
    creates: int        # a round, or a thread and round
    opens: int
    stale: int          # causal rounds
    pairs: int          # of processes that take turns beside an earlier release
    turns: int          # rounds of each pair, an even number
    held: int           # tokens of an owner who is blocked
    stores: int         # in which commits are counted
    commits: int        # in each


FULL = Scale((10**3, 10**4, 10**5, 10**6, 10**7), 3, 11, 65536, 200, 25, 200_000, 5, 8, 1000, 5, 200)
SMOKE = Scale((400, 500, 600, 800, 1000), 3, 3, 500, 5, 3, 200, 1, 2, 20, 1, 5)
FEW_OWNERS, OWNERS = 10, 100


class Bench:
    def __init__(self, programs, out, scale):
        self.programs, self.out, self.scale = os.path.abspath(programs), os.path.abspath(out), scale
        self.stores = os.path.join(self.out, "bench-stores")
        self.measured, self.points, self.settings, self.begin = {}, {}, [], time.monotonic()
        self.processors = machine.processors()
        self.unjudged = {}  # what figures need and is not there: why their bounds are not judged

    def tell(self, words):
        print(f"{time.monotonic() - self.begin:6.0f} s  {words}", file=sys.stderr, flush=True)

    def note(self, name, values):
        quartiles = statistics.quantiles(values, n=4, method="inclusive") if len(values) > 1 else values * 3
        self.measured[name] = report.Measured(quartiles[1], quartiles[0], quartiles[2], len(values))

    def place(self, number):
        return os.path.join(self.stores, str(self.scale.sizes[number]))

    def run(self, name, *arguments):
        """Runs a program and takes in what it says."""
        command = [os.path.join(self.programs, "bench-" + name), *map(str, arguments)]
        self.tell(name + " " + " ".join(map(os.path.basename, command[1:])))
        env = {**os.environ, "BENCH_PROCESSORS": ",".join(map(str, self.processors))}
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, env=env)
        lines = [line.split("\t") for line in done.stdout.splitlines()]
        for kind, *words in lines:
            if kind == "figure":
                self.measured[words[0]] = report.Measured(*map(float, words[1:4]), int(words[4]))
            elif kind == "point":
                self.points.setdefault(words[0], []).append((int(words[1]), float(words[2])))
            elif kind == "setting":
                self.settings.append((words[0], words[1]))
        done.check_returncode()  # what it said before it failed counts
        return lines


def fill(bench):
    for number, size in enumerate(bench.scale.sizes):
        lines = bench.run("fill", bench.place(number), size, owners_of(bench, number))
        size_lines = [words for kind, *words in lines if kind == "size"]
    tokens, bytes_each, seconds = map(float, size_lines[-1])
    bench.note("bytes", [bytes_each])
    bench.note("fill", [tokens / seconds])


def owners_of(bench, number):
    return FEW_OWNERS if number == bench.scale.listed else OWNERS


def compare(bench, source, build):
    beside.compare(bench, source, build, [owners_of(bench, number) for number in (2, 3, 4)])


def time_disk(bench):
    ms = disk.sync_ms(bench.stores)
    bench.settings.append(("fdatasync", f"{ms:.2f} ms, median of {disk.SYNCS} after 4 KiB each"))
    if ms >= disk.FAST_MS:
        bench.unjudged["fast disk"] = f"its bounds hold for a disk whose fdatasync takes less than {disk.FAST_MS} ms"


def count_commits(bench):
    if not disk_counts.count(bench):
        bench.unjudged["block device"] = "needs root and loop devices"


def validate(bench):
    bench.run("validate", bench.stores, bench.scale.rounds, bench.scale.looks, *bench.scale.sizes)
    shutil.rmtree(os.path.join(bench.stores, "ladder"))


def denied(bench):
    middle = len(bench.scale.sizes) // 2
    bench.run("denied", bench.place(middle), bench.scale.rounds, bench.scale.looks)


def list_rows(bench):
    bench.run("list", bench.place(bench.scale.listed), bench.scale.rounds)


def life(bench):
    """Durable, so on a disk."""
    bench.run("life", os.path.join(bench.stores, "life"), bench.scale.rounds, bench.scale.creates, bench.scale.held)
    shutil.rmtree(os.path.join(bench.stores, "life"))


def open_once(bench, number, check, looks):
    command = [os.path.join(bench.programs, "bench-open"), bench.place(number), check, str(looks)]
    words = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.split()
    return dict(zip(words[::2], map(float, words[1::2])))


def opens(bench):
    bench.tell("open")
    last, growth, check, private = len(bench.scale.sizes) - 1, [], [], []
    for _ in range(bench.scale.opens):
        small, large = open_once(bench, 0, "off", 0), open_once(bench, last, "off", 0)
        growth.append(large["open"] / small["open"])
        private += [small["private"], large["private"]]
    for _ in range(3):
        plain, checked = open_once(bench, bench.scale.listed, "off", 0), open_once(bench, bench.scale.listed, "check", 0)
        check.append((checked["open"] - plain["open"]) / 1000 / checked["file"])
    after = open_once(bench, last, "off", bench.scale.looks)
    bench.note("open.growth", growth)
    bench.note("open.check", check)
    bench.note("memory", [max(private + [after["private"]])])
    bench.note("rss", [after["resident"]])


# ---- peers -----------------------------------------------------------------------------------------------------------


def is_open_to_all(folder):
    """Another user can get there."""
    while folder != "/":
        if not os.stat(folder).st_mode & stat.S_IXOTH:
            return False
        folder = os.path.dirname(folder)
    return True


def es256_key(folder):
    """Its path, or '-' without openssl."""
    if not shutil.which("openssl"):
        return "-"
    path = os.path.join(folder, "es256")
    make = ["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", path]
    show = ["openssl", "ec", "-in", path, "-pubout", "-out", path + ".pub"]
    for command in (make, show):
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return path


def compete(bench, started, scratch):
    middle = bench.place(len(bench.scale.sizes) // 2)
    redis, postgres = (started[name].where if started[name] else "-" for name in ("Redis", "PostgreSQL"))
    for server in filter(None, started.values()):
        server.pin({bench.processors[1 % len(bench.processors)]})
    bench.run("peers", middle, bench.scale.rounds, bench.scale.looks, scratch, redis, postgres, es256_key(scratch))
    for server in filter(None, started.values()):
        server.pin(set(bench.processors))
    bench.run("write", middle, bench.scale.rounds, bench.scale.creates, scratch)
    bench.run("creates", middle, bench.scale.rounds, bench.scale.creates, scratch, postgres)


def start_postgres(_, started, data, sockets):
    started["PostgreSQL"] = servers.start_postgres(os.path.join(data, "postgres"), os.path.join(sockets, "postgres"))


def peers(bench):
    scratch = os.path.join(bench.stores, "peers")
    os.mkdir(scratch)
    where = bench.stores if is_open_to_all(bench.stores) else "/var/tmp"
    started = {"Redis": None, "PostgreSQL": None}
    with tempfile.TemporaryDirectory(prefix="bench-") as sockets, tempfile.TemporaryDirectory(prefix="bench-", dir=where) as data:
        os.chmod(sockets, 0o755)
        os.chmod(data, 0o755)
        try:
            bench.tell("servers")
            started["Redis"] = servers.start_redis(scratch, sockets)
            attempt(bench, start_postgres, started, data, sockets)
            bench.settings += [(name, f"{server.version}: {server.settings}") for name, server in started.items() if server]
            compete(bench, started, scratch)
        finally:
            for server in filter(None, started.values()):
                server.stop()


# ---- what other tests measure ------------------------------------------------------------------------------------------


def instructions(bench, script, program):
    bench.tell("instructions")
    done = subprocess.run([sys.executable, script, program], stdout=subprocess.PIPE, text=True, check=False)
    for what, ratio in re.findall(r"figure instructions_(first|seen) \d+ ratio ([\d.]+)", done.stdout):
        bench.note("instructions" if what == "first" else "instructions.seen", [float(ratio)])


def stale(bench, name, program):
    """The test of stale positives itself, with more rounds; its negative controls are programs of their own."""
    bench.tell(name)
    rounds = bench.scale.stale if name == "stale" else bench.scale.stale // 10
    env = {**os.environ, "APITOKEN_STALE_ROUNDS": str(rounds), "TEST_DIR": bench.stores, "TMPDIR": bench.stores}
    done = subprocess.run([program], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, env=env)
    found = re.search(r"figure stale_rounds (\d+) stale (\d+)", done.stdout)
    if found and (name != "stale" or int(found[1]) >= bench.scale.stale):
        bench.note(name, [float(found[2])])


# ---- all ---------------------------------------------------------------------------------------------------------------


def write(bench, name, lines):
    with open(os.path.join(bench.out, name), "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


def finish(bench, figures, about):
    """Writes what was measured against the bounds of the figures; 1 if one was missed."""
    misses = list(report.missed(bench.measured, figures, bench.unjudged))
    document = list(report.document(bench.measured, figures, about, bench.settings, bench.unjudged))
    write(bench, "bench.md", document)
    write(bench, "bench.json", report.json_lines(bench.measured, figures, bench.unjudged))
    if bench.points:
        write(bench, "bench.svg", plot.svg(bench.points))
    print("\n".join(document), flush=True)
    for figure in misses:
        print(f"missed: {figure.text}", file=sys.stderr)
    return 1 if misses else 0


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("programs")
    parser.add_argument("out")
    parser.add_argument("--smoke", action="store_true")
    parser.add_argument("--build", default="unknown", help="how the library was compiled, for the report")
    parser.add_argument("--instructions", nargs=2, metavar=("SCRIPT", "PROGRAM"))
    parser.add_argument("--beside", nargs=2, metavar=("SOURCE", "BUILD"), help="an earlier release's tree and its build")
    parser.add_argument("--stale", nargs=2, metavar=("NAME", "PROGRAM"), action="append", default=[])
    return parser.parse_args()


def attempt(bench, part, *words):
    """What one part cannot measure is missing in the table; the others go on."""
    try:
        part(bench, *words)
    except Exception as error:  # pylint: disable=broad-except
        bench.tell(f"{part.__name__} failed: {error!r}")


def measure(bench, options):
    os.makedirs(bench.stores)
    attempt(bench, time_disk)
    attempt(bench, fill)
    if options.beside:
        attempt(bench, compare, *options.beside)
    else:
        bench.unjudged["beside"] = "needs --beside"
    for part in (count_commits, validate, denied, list_rows, life, opens, peers):
        attempt(bench, part)
    if options.instructions:
        attempt(bench, instructions, *options.instructions)
    for name, program in options.stale:
        attempt(bench, stale, name, program)


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # a run that takes too long leaves nothing behind
    options = arguments()
    bench = Bench(options.programs, options.out, SMOKE if options.smoke else FULL)
    shutil.rmtree(bench.stores, ignore_errors=True)
    try:
        measure(bench, options)
    finally:
        shutil.rmtree(bench.stores, ignore_errors=True)
    about = [*machine.describe(bench.out), ("build", options.build), ("took", f"{time.monotonic() - bench.begin:.0f} s")]
    sys.exit(finish(bench, UNBOUND if options.smoke else FIGURES, about))


if __name__ == "__main__":
    main()
