#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A golden store, packed and unpacked.

golden.py make PROGRAM FOLDER   lets PROGRAM make one and writes FOLDER, which must not exist
golden.py read PROGRAM FOLDER   unpacks FOLDER into a temporary directory and runs PROGRAM on that

data.mdb is mostly zeros, so the store is kept as an archive; the same files give the same archive.
"""
import gzip
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile

# An archive of a repository keeps no modes worth relying on.
MODES = {"store": 0o750, "store/data.mdb": 0o640, "store/lock.mdb": 0o660, "store/writer.lock": 0o660, "store/last-use": 0o660,
         "keys": 0o600, "verify-keys": 0o600}
NOTE = """# Made by the target golden-store. These tokens and the keys beside them are for tests: they open nothing.
"""


def temporary():
    """On a real disk where there is one: /tmp may live in memory."""
    return tempfile.mkdtemp(prefix="apitoken-golden-", dir=os.environ.get("TEST_DIR", "/var/tmp"))


def pack(folder, archive):
    with (open(archive, "wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as zipped,
          tarfile.open(fileobj=zipped, mode="w") as tar):
        for name in sorted(name for name in MODES if name.startswith("store")):
            info = tarfile.TarInfo(name)
            info.mode = MODES[name]
            path = os.path.join(folder, name)
            if os.path.isdir(path):
                info.type = tarfile.DIRTYPE
                tar.addfile(info)
                continue
            info.size = os.path.getsize(path)
            with open(path, "rb") as file:
                tar.addfile(info, file)


def make(program, folder):
    if os.path.exists(folder):
        sys.exit(f"{folder} exists. A golden store is kept for ever; before the release of its version remove it first.")
    work = temporary()
    tokens = subprocess.run([program, work], capture_output=True, text=True, check=True).stdout
    os.makedirs(folder)
    pack(work, os.path.join(folder, "store.tar.gz"))
    for name in ("keys", "verify-keys"):
        shutil.copyfile(os.path.join(work, name), os.path.join(folder, name))
    with open(os.path.join(folder, "tokens.txt"), "w", encoding="utf-8") as file:
        file.write(NOTE + tokens)
    shutil.rmtree(work)


def unpack(folder, work):
    with tarfile.open(os.path.join(folder, "store.tar.gz")) as tar:
        for member in tar.getmembers():
            if member.name not in MODES:
                sys.exit(f"{member.name} does not belong into the archive")
            tar.extract(member, work)
    for name in ("keys", "verify-keys", "tokens.txt"):
        shutil.copyfile(os.path.join(folder, name), os.path.join(work, name))
    for name, mode in MODES.items():
        if os.geteuid() == 0:
            os.chown(os.path.join(work, name), 0, 0)
        os.chmod(os.path.join(work, name), mode)


def read(program, folder):
    work = temporary()
    unpack(folder, work)
    status = subprocess.run([program, work], check=False).returncode
    if status != 0 or os.environ.get("KEEP") == "1":
        print(f"# kept: {work}")
    else:
        shutil.rmtree(work)
    return status


sys.exit({"make": make, "read": read}[sys.argv[1]](*sys.argv[2:]))
