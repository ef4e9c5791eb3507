#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The benchmark itself, tried in small: test_bench.py PROGRAMS OUT PEER... [beside]

Every figure must come out where its peer is there; no bound is judged. And the judge is judged. beside: it is also compared with
an earlier release, which is itself.
"""
import contextlib
import ctypes
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import machine
import report
import run
import servers
from figures import FIGURES
from tap import Tap

PROGRAMS, OUT = sys.argv[1:3]
COMPILED = set(sys.argv[3:])
PR_SET_CHILD_SUBREAPER = 36
# What the small run leaves to tests of its own.
LEFT_OUT = {"instructions", "instructions.seen", "stale", "stale.meta", "stale.before", "stale.second", "stale.record"}


def is_there(peer):
    server = {"redis": shutil.which("redis-server"), "postgres": servers.postgres_bin()}
    return peer in COMPILED and server.get(peer, True)


def is_expected(figure):
    if figure.id in LEFT_OUT or (figure.needs and not is_there(figure.needs)):
        return False
    return shutil.which("openssl") is not None or not figure.id.endswith("jwt_es256")


def adopt():
    """Processes whose parent ends become this one's children."""
    if ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError("prctl")


def orphans():
    """What the run left behind, ended."""
    with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as file:
        children = [int(word) for word in file.read().split()]
    for child in children:
        os.kill(child, signal.SIGKILL)
    return [f"process {child}" for child in children]


def small_run(tap):
    adopt()
    here = os.path.dirname(os.path.abspath(__file__))
    command = [sys.executable, os.path.join(here, "run.py"), PROGRAMS, OUT, "--smoke"]
    if "beside" in COMPILED:
        command += ["--beside", os.path.join(here, "..", ".."), os.path.join(PROGRAMS, "..", "..")]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    tap.case("a small run ends well", [] if done.returncode == 0 else [done.stdout])
    with open(os.path.join(OUT, "bench.json"), encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    texts = {row["figure"]: row for row in rows}
    missing = [figure.text for figure in FIGURES if is_expected(figure) and texts[figure.text]["value"] is None]
    tap.case("every figure is measured whose peer is there", missing + ([done.stdout] if missing else []))
    tap.case("a row of bench.json is a figure, its value, its bound, and whether it is kept",
             [row for row in rows if list(row) != ["figure", "value", "bound", "ok"] or row["ok"] is not True])
    tap.case("the table has every figure", [text for text in texts if f"| {text} |" not in done.stdout])
    left = [name for name in os.listdir(OUT) if not name.startswith("bench.")]
    tap.case("no store and no server is left", left + orphans())


def processors(tap):
    own = sorted(os.sched_getaffinity(0))
    names = range(max(own) + 1)
    lines = ["  ".join(f"CPU{name}" for name in names)]
    for source, of in (("36:", lambda name: 10 * name), (" 7:", lambda name: 1), ("LOC:", lambda name: 10**6 - name)):
        lines.append(" ".join([source, *(str(of(name)) for name in names), "virtio1-req.0"]))
    told = machine.processors("\n".join(lines))
    due = own[-1:] + own[:-1]  # the last one is interrupted most, the first one least
    tap.case("the processors are told by how often devices interrupt them", [] if told == due else [told, due])


def plot(tap):
    root = ElementTree.parse(os.path.join(OUT, "bench.svg")).getroot()
    lines = root.findall("{http://www.w3.org/2000/svg}polyline")
    points = {len(line.get("points").split()) for line in lines}
    is_whole = len(lines) == 5 and points == {5}
    tap.case("the plot has a line a series, with a point a size", [] if is_whole else [len(lines), points])


def kept():
    """Values that just keep every bound."""
    return {figure.id: report.Measured(figure.bound if figure.bound is not None else 1, 0, 0, 9) for figure in FIGURES}


class Judged:
    """What run.finish() needs of a bench."""

    def __init__(self, measured):
        self.measured, self.out, self.settings, self.points, self.unjudged = measured, OUT, [], {}, {}

    def finish(self):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = run.finish(self, FIGURES, [])
        with open(os.path.join(OUT, "bench.json"), encoding="utf-8") as file:
            bad = [row["figure"] for row in map(json.loads, file) if not row["ok"]]
        return code, bad, [line.removeprefix("missed: ") for line in err.getvalue().splitlines()]


def judge(tap):
    told = Judged(kept()).finish()
    tap.case("values at their bounds keep them", [] if told == (0, [], []) else [told])
    wrong = []
    for figure in FIGURES:
        measured = kept()
        if figure.kind != "report":
            off = 0.001 if figure.kind == "most" else -0.001
            measured[figure.id] = report.Measured(figure.bound + off, 0, 0, 9)
            if Judged(measured).finish() != (1, [figure.text], [figure.text]):
                wrong.append(figure.text)
        del measured[figure.id]
        is_due = figure.kind != "report" or figure.needs != ""
        if Judged(measured).finish() != ((1, [figure.text], [figure.text]) if is_due else (0, [], [])):
            wrong.append(f"without {figure.text}")
    tap.case("a missed bound and a missing peer end the run with 1, and are named", wrong)
    apart = Judged({name: value for name, value in kept().items() if not name.startswith("beside.")})
    apart.unjudged = {"beside": "needs --beside", "fast disk": "a slow disk"}
    apart.measured["creates.sqlite"] = report.Measured(0, 0, 0, 9)
    told = apart.finish()
    tap.case("what needs an earlier release or a fast disk is not judged without it",
             [] if told[0] == 0 and not told[2] else [told])
    ids = [figure.id for figure in FIGURES]
    tap.case("every figure has an id of its own", {one for one in ids if ids.count(one) > 1})


def main():
    shutil.rmtree(OUT, ignore_errors=True)
    os.makedirs(OUT)
    tap = Tap()
    small_run(tap)
    processors(tap)
    plot(tap)
    judge(tap)
    tap.finish()


main()
