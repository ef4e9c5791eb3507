# SPDX-License-Identifier: MIT
"""An earlier release beside this one: the same programs are compiled against its header and library, and both take turns."""
import glob
import math
import os
import shutil
import subprocess

# How this build's programs are compiled, but for warnings.
OPTIONS = ["-std=gnu11", "-D_GNU_SOURCE", "-O3", "-flto", "-fstack-protector-strong", "-fno-common"]
SUPPORT = ["batch", "create_rate", "crew", "due", "floor", "forge", "list_rows", "look", "machine", "place", "rounds", "say"]
CREATES = "creates"  # the store that is written to

# figure, command, which store (-1 = that of creates), and whether the figure is a rate
TURNS = [
    ("beside.first.uniform.2", "uniform", 0, False), ("beside.first.uniform.3", "uniform", 1, False),
    ("beside.first.uniform.4", "uniform", 2, False), ("beside.first.hot", "first", 0, False),
    ("beside.seen", "seen", 0, False), ("beside.renewed", "renewed", 0, False), ("beside.list", "list", 1, False),
    ("beside.unknown", "unknown", 0, False), ("beside.wrong", "wrong", 0, False), ("beside.creates", "create", 3, True),
]


def library_of(build):
    return os.path.join(os.path.abspath(build), "lib")


def compile_program(name, source, build, out):
    """`source`: the earlier release's tree; `build`: where its library was built. The program finds it before LD_LIBRARY_PATH is
    searched, which leads to this build's library."""
    here = os.path.dirname(os.path.abspath(__file__))
    library = library_of(build)
    files = [os.path.join(here, f"{file}.c") for file in [name, *SUPPORT]]
    command = ["cc", *OPTIONS, "-I", os.path.join(source, "include"), *files, "-o", os.path.join(out, f"bench-{name}"),
               "-L", library, f"-Wl,-rpath,{library},--disable-new-dtags", "-lapitoken", "-lsodium", "-llmdb", "-lpthread"]
    subprocess.run(command, check=True)


class Side:
    """A program that is told what to measure."""

    def __init__(self, programs, places, env):
        command = [os.path.join(programs, "bench-turns"), *places]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env)

    def measure(self, what, place):
        self.process.stdin.write(f"{what} {place}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise OSError(f"bench-turns ended at {what}")
        return float(answer)

    def require_library(self, folder):
        """That it has loaded the library there and no other: else it would be compared with itself. It must have answered."""
        with open(f"/proc/{self.process.pid}/maps", encoding="utf-8") as maps:
            paths = {line.split()[-1] for line in maps if "/libapitoken.so" in line}
        if {os.path.dirname(path) for path in paths} != {os.path.realpath(folder)}:
            raise OSError(f"bench-turns runs on {paths}, not on the library in {folder}")

    def stop(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def take_turns(first, second, what, place):
    """The first to the second, each measured twice, in an order that lets a drift cancel out."""
    begin = first.measure(what, place)
    middle = second.measure(what, place) + second.measure(what, place)
    return (begin + first.measure(what, place)) / middle


def warm(sides):
    for place in range(max(place for _, _, place, _ in TURNS) + 1):
        for side in sides:
            side.measure("warm", place)


def sit(sides, rounds, ratios):
    ours, theirs = sides
    for _ in range(rounds // 2):
        for figure, what, place, is_rate in TURNS:
            # who is second finds more in the caches: each is, once
            ratio = math.sqrt(take_turns(ours, theirs, what, place) / take_turns(theirs, ours, what, place))
            ratios[figure].append(1 / ratio if is_rate else ratio)


def start(bench, folders, places):
    env = {**os.environ, "BENCH_PROCESSORS": ",".join(map(str, bench.processors))}
    sides = []
    try:
        for programs, stores in zip(folders, places):
            sides.append(Side(programs, stores, env))
    except OSError:
        for side in sides:
            side.stop()
        raise
    return sides


def fill(bench, programs, place, size, owners):
    bench.tell(f"fill {place}")
    subprocess.run([os.path.join(programs, "bench-fill"), place, str(size), str(owners), "without-floor"], check=True,
                   stdout=subprocess.DEVNULL)


def make_places(bench, programs, own, owners):
    """For both sides: the three largest sizes and one to create in. `own`: the folder for what the earlier build makes."""
    sizes = bench.scale.sizes[2:]
    theirs = [os.path.join(own, str(size)) for size in sizes]
    for place, size, count in zip(theirs, sizes, owners):
        fill(bench, programs, place, size, count)
    ours = [bench.place(number) for number in range(2, 2 + len(sizes))]
    for folder, stores, place in ((bench.programs, ours, "new"), (programs, theirs, "old")):
        stores.append(os.path.join(own, f"{CREATES}-{place}"))
        fill(bench, folder, stores[-1], sizes[0], owners[0])
    return ours, theirs


def measure_ratios(bench, source, build, owners, own):
    """In several pairs of processes: where one has its code and memory alone moves a figure by some percent."""
    programs = os.path.join(own, "programs")
    os.makedirs(programs)
    for name in ("turns", "fill"):
        compile_program(name, source, build, programs)
    places = make_places(bench, programs, own, owners)
    ratios = {figure: [] for figure, _, _, _ in TURNS}
    for number in range(bench.scale.pairs):
        bench.tell(f"beside, {number + 1} of {bench.scale.pairs}")
        sides = start(bench, (bench.programs, programs), places)
        try:
            warm(sides)
            sides[0].require_library(os.path.join(bench.programs, "..", "..", "lib"))
            sides[1].require_library(library_of(build))
            sit(sides, bench.scale.turns, ratios)
        finally:
            for side in sides:
                side.stop()
    return ratios


def compare(bench, source, build, owners):
    """Notes every figure, and what was compared."""
    own = os.path.join(bench.stores, "beside")
    try:
        ratios = measure_ratios(bench, source, build, owners, own)
    finally:
        shutil.rmtree(own, ignore_errors=True)  # the other parts need the memory that caches it
    for figure, values in ratios.items():
        bench.note(figure, values)
    bench.note("beside.peers", [1 / value for value in ratios["beside.first.hot"]])
    words = f"{len(ratios['beside.seen'])} rounds in {bench.scale.pairs} pairs of processes"
    bench.settings.append(("beside", f"{describe(source)}, {words}"))


def describe(source):
    with open(glob.glob(os.path.join(source, "include", "apitoken", "*.h"))[0], encoding="utf-8") as file:
        words = [line.split()[-1].strip('"') for line in file if line.startswith("#define APITOKEN_VERSION_STRING")]
    return f"release {words[0]}"
