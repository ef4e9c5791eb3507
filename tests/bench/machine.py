# SPDX-License-Identifier: MIT
"""What the figures were measured on."""
import os
import platform
import re
import shutil
import subprocess


def read(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def found(pattern, text, otherwise="unknown"):
    match = re.search(pattern, text, re.MULTILINE)
    return match[1].strip() if match else otherwise


def output(*command):
    if not shutil.which(command[0]):
        return ""
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def package(name):
    return output("dpkg-query", "-W", "-f", "${Version}", name) or "unknown"


def processors(interrupts=None):
    """Those that the process may use: first the one that devices interrupted most so far, then that with least, then the rest."""
    own = sorted(os.sched_getaffinity(0))
    head, *lines = (interrupts or read("/proc/interrupts") or "\n").splitlines()
    columns = [int(name[3:]) for name in head.split()]
    counts = dict.fromkeys(own, 0)
    for line in lines:
        source, *words = line.split()
        if not source.rstrip(":").isdigit():
            continue  # the processors' own: their timers, calls between them
        for number, count in zip(columns, words):
            if number in counts:
                counts[number] += int(count)
    order = sorted(own, key=lambda number: -counts[number])
    return order[:1] + order[:0:-1]


def describe(folder):
    """(what, text) of the machine and the file system of `folder`."""
    cpu, memory, system = read("/proc/cpuinfo"), read("/proc/meminfo"), read("/etc/os-release")
    fs, source = (output("findmnt", "-n", "-o", "FSTYPE,SOURCE", "-T", folder) or "unknown unknown").split()[:2]
    versions = [("libsodium", "libsodium23"), ("LMDB", "liblmdb0"), ("SQLite", "libsqlite3-0"), ("Redis", "redis-server"),
                ("PostgreSQL", "postgresql-15"), ("libjwt", "libjwt0"), ("libmacaroons", "libmacaroons0")]
    model, kib = found(r"^model name\s*: (.*)$", cpu), found(r"^MemTotal: *(\d+)", memory, "0")
    yield "processor", f"{model}, {len(os.sched_getaffinity(0))} of them for this process"
    yield "caches", output("sh", "-c", "lscpu -C=NAME,ONE-SIZE | tail -n +2 | tr -s ' \\n' ' '") or "unknown"
    yield "virtual machine", output("systemd-detect-virt") or ("yes" if "hypervisor" in cpu else "no")
    yield "memory", f"{int(kib) >> 20} GiB"
    yield "kernel", platform.release()
    yield "system", found(r'^PRETTY_NAME="(.*)"$', system)
    yield "file system", f"{fs} on {source}"
    yield "compiler", (output("cc", "--version") or "unknown").splitlines()[0]
    yield "versions", ", ".join(f"{name} {package(deb)}" for name, deb in versions)
