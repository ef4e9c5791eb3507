# SPDX-License-Identifier: MIT
"""Runs test programs over a library that may do anything: in a group of processes of their own, with limits, up to the first case
that fails."""
import os
import resource
import signal
import subprocess
import threading
import time
from collections import namedtuple

Program = namedtuple("Program", "suite name path")
FILE_MAX = 4 << 30  # bytes: maps of tests are sparse files of a gigabyte
HEAP_MAX = 2 << 30


def limit():
    """Of this process and all that it starts."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_MAX, FILE_MAX))
    resource.setrlimit(resource.RLIMIT_DATA, (HEAP_MAX, HEAP_MAX))


def end_group(process):
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def run(program, library_dir, test_dir, seconds):
    """Why it failed, or None; how long it took."""
    env = dict(os.environ, LD_LIBRARY_PATH=library_dir, TEST_DIR=test_dir, CMOCKA_MESSAGE_OUTPUT="TAP")
    begin, late = time.monotonic(), []
    process = subprocess.Popen([program.path], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               text=True, errors="replace", env=env, start_new_session=True, cwd=test_dir)

    def stop():
        late.append(True)
        end_group(process)

    timer = threading.Timer(seconds, stop)
    timer.start()
    failed = next((line.strip() for line in process.stdout if line.startswith("not ok")), None)
    if failed:
        end_group(process)
    process.stdout.close()
    status = process.wait()
    timer.cancel()
    end_group(process)
    why = f"no end within {seconds:.0f} s" if late else failed or (f"status {status}" if status else None)
    return why, time.monotonic() - begin
