#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Random sequences of all verbs beside a reference model: run.py DRIVER [NAME DRIVER]...

Three processes carry out commands on two stores with a clock that jumps; after each the model (model.py) says what every answer
must be. A difference is a fault of the library or of its description: the sequence is shortened and printed, with its seed.
SEED=N runs the one sequence N. Each NAME DRIVER is a driver over a library that is broken in one place: the controls.
"""
import collections
import concurrent.futures
import json
import os
import random
import shutil
import sys
import tempfile
import time

from generate import Generator
from tap import Tap
from world import Difference, World

STEPS = 500  # of a sequence
SEQUENCES = 210
CONTROL_SEQUENCES = 12  # within which a control must be found
SHORT = 12  # commands to which a control must be shortened
SHRINK_S = 300

# What must have been reached, or the sequences say less than they seem to: the codes of each verb beside 0.
REACHED = {
    "create": (-1005, -1006, -1007, -1011, -1012, -1013, -1036, -1037, -1038, -1040, -1041, -1202),
    "batch": (-1005, -1036, -1040, -1041, -1202),
    "update": (-1001, -1005, -1010, -1013, -1023, -1031, -1032, -1033, -1036, -1040, -1041, -1202),
    "rotate": (-1002, -1005, -1010, -1013, -1023, -1031, -1032, -1033, -1034, -1035, -1036, -1040, -1041, -1202),
    "revoke": (-1005, -1010, -1023, -1044, -1202),
    "revoke_all": (-1005, -1023, -1044, -1202),
    "revoke_texts": (-1005, -1030, -1043, -1044, -1202),
    "unrevoke": (-1005, -1010, -1023, -1041, -1042, -1043, -1202),
    "block": (-1005, -1030, -1043, -1202),
    "unblock": (-1005, -1030, -1043, -1202),
    "policy_set": (-1001, -1005, -1031, -1043, -1046, -1202),
    "purge": (-1001, -1005, -1030, -1043, -1202),
    "validate": (-1102, -1103, -1104, -1107, -1108, -1109, -1110),
    "header": (-1101, -1102, -1103, -1104, -1105, -1107, -1108, -1109, -1110, -1111, -1202),
    "list": (-1048, -1202),
    "list_all": (-1043, -1048, -1202),
    "audit": (-1043,),
    "copy": (-1005, -1024, -1029),
    "show": (), "owner": (), "policy": (), "stat": (),
}

AGREES = "all verbs do what the model says"
COMPLETE = "every verb gave each of its codes"

worlds = {}
folder = None


def choose_folder():
    """In memory: nothing here asks whether a disk keeps anything."""
    base = os.environ.get("TEST_DIR")
    if not base:
        has_room = os.access("/dev/shm", os.W_OK) and shutil.disk_usage("/dev/shm").free > 500 << 20
        base = "/dev/shm" if has_room else "/var/tmp"
    return tempfile.mkdtemp(prefix="apitoken-model-", dir=base)


def start_worker(top):
    global folder
    folder = top


def world_of(program):
    if program not in worlds:
        worlds[program] = World(program, os.path.join(folder, f"{os.getpid()}-{os.path.basename(program)}"))
    return worlds[program]


def drop_world(program):
    world = worlds.pop(program, None)
    if world:
        world.close()


def play(program, commands, seed=None):
    """Carries out the commands, or draws them by the seed. Returns those that were carried out, and the difference or None."""
    world = world_of(program)
    done = []
    try:
        generator = Generator(random.Random(f"model {seed}"), world)
        world.begin(max(commands[0]["now"], 0) if commands else generator.now)
        for n in range(STEPS) if commands is None else range(len(commands)):
            command = generator.draw(n) if commands is None else commands[n]
            done.append(command)
            if world.carry_out(command):
                world.look(command)
        world.look_at_all()
        world.end()
    except Difference as difference:
        if not world.abandon():
            drop_world(program)
        return done, str(difference)
    return done, None


def play_seed(program, seed):
    """In a process of the pool: the commands, the difference, and which outcomes there were."""
    commands, difference = play(program, None, seed)
    outcomes = dict(worlds[program].outcomes) if program in worlds else {}
    return seed, commands, difference, outcomes


def shrink(program, commands, difference):
    """Leaves out what is not needed for a difference (delta debugging), for a while."""
    until = time.monotonic() + SHRINK_S
    size = len(commands) // 2
    while size >= 1 and time.monotonic() < until:
        at, is_shorter = 0, False
        while at < len(commands) and time.monotonic() < until:
            without = commands[:at] + commands[at + size:]
            done, found = play(program, without)
            if found:
                commands, difference, is_shorter = done, found, True
            else:
                at += size
        if not (is_shorter and size == 1):
            size //= 2
    return commands, difference


def report(program, seed, commands, difference):
    """A finding: the difference and the shortest sequence that shows it."""
    commands, difference = shrink(program, commands, difference)
    yield f"SEED={seed}, {len(commands)} commands:\n" + "\n".join(json.dumps(command) for command in commands) + "\n" + difference


def figure(name, value, bound, is_ok):
    print(f'# figure {{"figure": "{name}", "value": {value}, "bound": "{bound}", "ok": {str(is_ok).lower()}}}')


def run_model(tap, pool, program, seeds):
    """Returns which outcomes there were, and how often."""
    steps, failures, outcomes = 0, [], collections.Counter()
    for future in [pool.submit(play_seed, program, seed) for seed in seeds]:
        seed, commands, difference, reached = future.result()
        steps += len(commands)
        outcomes.update(reached.keys())
        if difference:
            failures.append((seed, commands, difference))
    print(f"# seeds {seeds[0]} to {seeds[-1]}")
    figure("model, steps", steps, ">= 100000", steps >= 100000 or len(seeds) == 1)
    figure("model, differences", len(failures), "<= 0", not failures)
    tap.case(AGREES, [line for failure in failures[:3] for line in report(program, *failure)])
    return outcomes


def missing(outcomes):
    for verb, codes in REACHED.items():
        for code in (0, *codes):
            if (verb, code) not in outcomes:
                yield f"{verb} never gave {code}"


def find_control(program):
    """In a process of the pool: the step of the first difference, to how many commands it was shortened, the difference."""
    try:
        for seed in range(CONTROL_SEQUENCES):
            commands, difference = play(program, None, seed)
            if difference:
                step = seed * STEPS + len(commands)
                commands, difference = shrink(program, commands, difference)
                return step, len(commands), difference.splitlines()[0]
    finally:
        drop_world(program)
    return None


def judge_control(found):
    if not found:
        yield f"no difference in {CONTROL_SEQUENCES} sequences"
    elif found[1] > SHORT:
        yield f"shortened to {found[1]} commands only"


def run_all(tap, program, controls, seeds):
    with concurrent.futures.ProcessPoolExecutor(max_workers=2, initializer=start_worker, initargs=(folder,)) as pool:
        if tap.wants(AGREES) or tap.wants(COMPLETE):
            outcomes = run_model(tap, pool, program, seeds)
            if len(seeds) > 1:
                tap.case(COMPLETE, missing(outcomes))
        names = ["control: " + name.replace("_", " ") for name in controls[::2]]
        searches = [(name, pool.submit(find_control, broken))
                    for name, broken in zip(names, controls[1::2], strict=True) if tap.wants(name)]
        for name, search in searches:
            found = search.result()
            if found:
                print("# found in step {}, shortened to {} commands: {:.100}".format(*found))
            tap.case(name, judge_control(found))


def main():
    tap = Tap()
    program, *controls = sys.argv[1:]
    count = SEQUENCES * (20 if os.environ.get("APITOKEN_LONG") else 1)
    first = random.randrange(10**9) if os.environ.get("APITOKEN_LONG") else 1
    seeds = [int(os.environ["SEED"])] if os.environ.get("SEED") else list(range(first, first + count))
    start_worker(choose_folder())
    try:
        run_all(tap, program, controls, seeds)
    finally:
        drop_world(program)
        shutil.rmtree(folder, ignore_errors=True)
    tap.finish()


if __name__ == "__main__":
    main()
