#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Mutation of lib/: mutate.py SOURCE_ROOT BUILD WORK [--seed N] [--count N] [--file PART] [--all]. Changes one place of one file
at a time and runs the test programs of unit and api over it until one fails: that mutant is killed. The figure is the share of
killed ones in a sample. Survivors are listed: each shows a test that is missing, or a change that nobody could see
(equivalent.py). The programs are those of BUILD; the library is compiled anew below WORK, one file of it for each mutant."""
import argparse
import glob
import hashlib
import json
import os
import random
import re
import shutil
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor

import csource
from equivalent import EQUIVALENT
from operators import mutants_of
from runner import Program, limit, run
from tap import Tap

SEED = 20270115
# count of the sample, percent to be killed
USUAL, LONG = (60, 85), (300, 90)
FLAGS = ["-std=gnu11", "-O1", "-w", "-Werror=return-type", "-fPIC", "-D_GNU_SOURCE", "-D_FILE_OFFSET_BITS=64",
         "-DAPITOKEN_BUILDING"]
LIBRARY = "libapitoken.so.1"
WORKERS = os.cpu_count() + 1  # some tests wait
SUITES = ("unit", "api")
MORE = (("fault", "alloc"),)  # counts what is not freed
GENERATED = ("lib/rules/unicode_table.c",)  # compared with what its script makes
# What the linker puts in the place of others: a shared library takes no notice.
APART = (("unit", "lmdb/salvage"), ("unit", "old_names"))


def call(command, **options):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **options)


def must(command):
    done = call(command)
    if done.returncode:
        raise SystemExit(done.stdout)


def base_dir():
    """Where the tests work: in memory, for nothing here asks for a disk."""
    return os.environ.get("TEST_DIR") or ("/dev/shm" if os.access("/dev/shm", os.W_OK) else "/var/tmp")


def new_dir(base):
    """That users without rights reach things below, as some tests want."""
    path = tempfile.mkdtemp(prefix="mut", dir=base)
    os.chmod(path, 0o755)
    return path


def object_of(work, path):
    return os.path.join(work, path.replace("/", "_") + ".o")


def compile_file(root, source, target):
    """By its bare name, so that the object code tells nothing of where it lay."""
    includes = [f"-I{root}/include", f"-I{root}/lib"]
    return call(["gcc", *FLAGS, *includes, "-c", os.path.basename(source), "-o", target], cwd=os.path.dirname(source))


def link(objects, target):
    must(["gcc", "-shared", "-o", target, f"-Wl,-soname,{LIBRARY}", "-Wl,-Bsymbolic", *objects, "-llmdb", "-lsodium", "-pthread"])


def programs_of(build, work, pool):
    """Those of the suites. Programs that bring the library's objects along are linked anew, with the library instead."""
    with open(os.path.join(build, "meson-info", "intro-tests.json"), encoding="utf-8") as file:
        tests = [(test["suite"][0].split(":")[-1], test["name"], test["cmd"][0]) for test in json.load(file)]
    found = [Program(suite, name, path) for suite, name, path in tests
             if (suite in SUITES or (suite, name) in MORE) and (suite, name) not in APART and path.startswith(build)]
    found = list({program.path: program for program in found}.values())  # once, also what is run in several time zones

    archives = [f"{build}/tests/unit/libunit-samples.a", f"{build}/tests/support/libtest-support.a"]
    libraries = [os.path.join(work, LIBRARY), "-lcmocka", "-llmdb", "-lsodium", "-pthread"]
    if os.path.exists("/usr/include/zlib.h"):
        libraries.append("-lz")

    def relinked(program):
        if program.suite != "unit":
            return program
        target = os.path.join(work, os.path.basename(program.path))
        must(["gcc", "-o", target, *glob.glob(program.path + ".p/*.o"), *archives, *libraries])
        return program._replace(path=target)

    return list(pool.map(relinked, found))


def line_of(text, mutant):
    """(number, the line, the line with the mutant in it); lines that a statement goes on over count as one, without comments."""
    code = csource.without_comments(text)

    def is_whole(end):
        """No statement goes on after the line that ends here."""
        begin = code.rfind("\n", 0, end) + 1
        written = code[begin:end].rstrip()
        return not written or written.lstrip().startswith("#") or written[-1] in ";{}:"

    first = text.rfind("\n", 0, mutant.start) + 1
    while first > 0 and not is_whole(first - 1):
        first = text.rfind("\n", 0, first - 1) + 1
    last = text.find("\n", mutant.end)
    while not is_whole(last):
        last = text.find("\n", last + 1)
    after = code[first:mutant.start] + mutant.after + code[mutant.end:last]
    return text.count("\n", 0, first) + 1, joined(code[first:last]), joined(after)


def joined(lines):
    """On one line, as if it had never been broken after a bracket."""
    return re.sub(r"([(\[]) ", r"\1", " ".join(lines.split()))


class Mutation:
    def __init__(self, root, build, work, pool):
        self.root, self.work, self.pool = root, work, pool
        paths = ["lib/" + path for path in csource.files_below(os.path.join(root, "lib"), ".c")]
        self.texts = {path: csource.read(os.path.join(root, path)) for path in paths}
        shutil.rmtree(work, ignore_errors=True)
        os.makedirs(work)
        self.temporary = new_dir(base_dir())
        self.digests = dict(zip(self.texts, pool.map(self.compile_original, self.texts)))
        link([object_of(work, path) for path in self.texts], os.path.join(work, LIBRARY))
        self.programs = programs_of(build, work, pool)
        self.seconds = {}

    def compile_original(self, path):
        target = object_of(self.work, path)
        done = compile_file(self.root, os.path.join(self.root, path), target)
        if done.returncode:
            raise SystemExit(done.stdout)
        return digest(target)

    def baseline(self):
        """What fails without any mutant; also how long each program takes."""
        def measure(program):
            return program, *self.run(program, self.work, 1500)

        bad = []
        for program, why, seconds in self.pool.map(measure, self.programs):
            self.seconds[program] = seconds
            bad += [f"{program.suite} {program.name}: {why}"] if why else []
        return bad

    def run(self, program, library_dir, seconds):
        where = new_dir(self.temporary)
        try:
            return run(program, library_dir, where, seconds)
        finally:
            shutil.rmtree(where, ignore_errors=True)

    def candidates(self, part):
        """All mutants but those that are known to change nothing, and which of these there are."""
        mutants, used = [], set()
        for path, text in self.texts.items():
            for mutant in mutants_of(path, text) if path not in GENERATED else ():
                _, line, after = line_of(text, mutant)
                key = (path, line, after)
                used |= {key} & EQUIVALENT.keys()
                if key not in EQUIVALENT and part in path:
                    mutants.append(mutant)
        return mutants, used

    def make(self, numbered):
        """Folder of the mutant's object and a digest of it; None if it does not compile, or to the same as before."""
        number, mutant = numbered
        text = self.texts[mutant.path]
        where = os.path.join(self.work, str(number))
        source = os.path.join(where, os.path.basename(mutant.path))
        os.makedirs(where)
        with open(source, "w", encoding="utf-8") as file:
            file.write(text[:mutant.start] + mutant.after + text[mutant.end:])
        target = object_of(where, mutant.path)
        done = compile_file(self.root, source, target)
        if done.returncode or digest(target) == self.digests[mutant.path]:
            return None
        return where, digest(target)

    def sample(self, mutants, count):
        """The first `count` that compile to something else than the original and than each other."""
        chosen, seen = [], set()
        for begin in range(0, len(mutants), count):
            batch = list(enumerate(mutants))[begin:begin + count]
            for (_, mutant), made in zip(batch, self.pool.map(self.make, batch)):
                if made and made[1] not in seen and len(chosen) < count:
                    seen.add(made[1])
                    chosen.append((mutant, made[0]))
            if len(chosen) == count:
                break
        return chosen

    def order(self, path):
        """The programs, those of the file's name first, then by what they take."""
        name = path[len("lib/"):-len(".c")]
        own = (name, os.path.basename(name))
        return sorted(self.programs, key=lambda program: (program.name not in own, self.seconds[program]))

    def kill(self, chosen):
        """Which program kills the mutant and how; None if none does."""
        mutant, where = chosen
        objects = [object_of(where if path == mutant.path else self.work, path) for path in self.texts]
        link(objects, os.path.join(where, LIBRARY))
        for program in self.order(mutant.path):
            why, _ = self.run(program, where, 20 + 5 * self.seconds[program])
            if why:
                return f"{program.suite} {program.name}: {why}"
        return None


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("root")
    parser.add_argument("build")
    parser.add_argument("work")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--count", type=int)
    parser.add_argument("--file", default="", help="only files with this in their path")
    parser.add_argument("--all", action="store_true", help="tell of the killed, too")
    asked = parser.parse_args()
    limit()
    count, bound = LONG if os.environ.get("APITOKEN_LONG") else USUAL
    count, tap = asked.count or count, Tap()
    with ThreadPoolExecutor(WORKERS) as pool:
        mutation = Mutation(os.path.abspath(asked.root), os.path.abspath(asked.build), os.path.abspath(asked.work), pool)
        try:
            bad = mutation.baseline()
            tap.case("the tests pass without a mutant", bad)
            if bad:
                tap.finish()
            mutants, used = mutation.candidates(asked.file)
            tap.case("each equivalent mutant exists", [" ".join(key) for key in EQUIVALENT if key not in used])
            random.Random(asked.seed).shuffle(mutants)
            sample = mutation.sample(mutants, count)
            results = list(pool.map(mutation.kill, sample))
        finally:
            shutil.rmtree(mutation.temporary, ignore_errors=True)
    print(f"# seed {asked.seed}: {len(sample)} of {len(mutants)} mutants")
    for (mutant, _), how in zip(sample, results):
        number, before, after = line_of(mutation.texts[mutant.path], mutant)
        if not how or asked.all:
            print(f"# {how or 'survived'}: {mutant.path}:{number}: {mutant.operator}: {before}  ->  {after}")
    percent = 100 * sum(how is not None for how in results) // max(len(sample), 1)
    is_ok = percent >= bound
    print(f'# figure {{"figure": "mutants killed, percent of a sample", "value": {percent}, "bound": ">= {bound}", '
          f'"ok": {"true" if is_ok else "false"}}}')
    tap.case(f"{bound} % of {len(sample)} mutants are killed", [] if is_ok else [f"{percent} %"])
    tap.finish()


if __name__ == "__main__":
    main()
