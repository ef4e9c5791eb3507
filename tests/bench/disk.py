# SPDX-License-Identifier: MIT
"""How fast a disk makes a write durable: figures of durable creates hold for a fast one."""
import os
import statistics
import tempfile
import time

SYNCS = 200
FAST_MS = 1.0


def sync_ms(folder):
    times = []
    with tempfile.TemporaryFile(dir=folder) as file:
        os.pwrite(file.fileno(), bytes(4096 * SYNCS), 0)  # so that a sync writes data alone
        os.fsync(file.fileno())
        for number in range(SYNCS):
            begin = time.perf_counter()
            os.pwrite(file.fileno(), b"1" * 4096, 4096 * number)
            os.fdatasync(file.fileno())
            times.append(1000 * (time.perf_counter() - begin))
    return statistics.median(times)
