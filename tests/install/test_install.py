#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Install, use, remove, and make a release: test_install.py MESON SOURCE_ROOT WORK_DIR [--write]

Builds of its own below WORK_DIR, with fixed options, so that the list of installed files is the same whatever this build was
configured with. With --write that list is taken as the golden one (target install-baseline). APITOKEN_CC is the compiler.
"""
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tarfile

from tap import Tap

MESON, ROOT, WORK = sys.argv[1], *(os.path.abspath(arg) for arg in sys.argv[2:4])
HERE = os.path.dirname(os.path.abspath(__file__))
GOLDEN = os.path.join(HERE, "installed.txt")
CC = os.environ.get("APITOKEN_CC", "cc").split()
DEST = os.path.join(WORK, "dest")
BUILD = os.path.join(WORK, "build")
LAYOUT = ["--prefix=/usr", "--libdir=lib", "--bindir=bin", "--datadir=share", "--mandir=share/man", "--includedir=include"]
OPTIONS = ["--buildtype=release", "-Db_lto=true", "-Dtests=disabled", "-Dexamples=disabled", "-Dcli=enabled", "-Ddocs=enabled"]


class Failed(Exception):
    """A command did not end well; the text is its output."""


def run(*command, cwd=None, **environment):
    """Output of a command, in an environment that knows nothing of the build that this test is part of."""
    env = {name: value for name, value in os.environ.items() if name not in ("LD_LIBRARY_PATH", "DESTDIR", "PYTHONPATH")}
    env.update({"CC": " ".join(CC), **environment})
    done = subprocess.run(command, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        raise Failed(f"{' '.join(command)}\n" + "\n".join(done.stdout.splitlines()[-25:]))
    return done.stdout


def build(source, folder, *options, **environment):
    run(MESON, "setup", folder, source, *options, **environment)
    run("ninja", "-C", folder)


# ---- install ---------------------------------------------------------------------------------------------------------


def installed():
    """A line for each file and link, with its mode or target. Folders count only if they are empty."""
    lines = []
    for at, folders, names in os.walk(DEST):
        for name in names + [folder for folder in folders if not os.listdir(os.path.join(at, folder))]:
            path = os.path.join(at, name)
            shown = os.path.relpath(path, DEST)
            if os.path.islink(path):
                lines.append(f"link {shown} -> {os.readlink(path)}")
            else:
                lines.append(f"{stat.S_IMODE(os.stat(path).st_mode):04o} {shown}" + ("/" if os.path.isdir(path) else ""))
    return sorted(lines, key=lambda line: line.split()[1])


def install():
    build(ROOT, BUILD, *LAYOUT, *OPTIONS)
    run(MESON, "install", "-C", BUILD, "--no-rebuild", "--destdir", DEST)


def check_list():
    with open(GOLDEN, encoding="utf-8") as file:
        golden = set(file.read().splitlines())
    have = set(installed())
    return [f"not expected: {line}" for line in sorted(have - golden)] + [f"missing: {line}" for line in sorted(golden - have)]


# ---- use -------------------------------------------------------------------------------------------------------------


def pkg_config(*arguments):
    return run("pkg-config", *arguments, "libapitoken", PKG_CONFIG_SYSROOT_DIR=DEST,
               PKG_CONFIG_PATH=os.path.join(DEST, "usr", "lib", "pkgconfig")).split()


def check_pc_file():
    with open(os.path.join(DEST, "usr", "lib", "pkgconfig", "libapitoken.pc"), encoding="utf-8") as file:
        fields = dict(re.findall(r"^([A-Z][\w.]*): *(.*)$", file.read(), flags=re.MULTILINE))
    private = set(re.findall(r"\b[a-z]\w*", fields.get("Requires.private", "")))
    if private != {"libsodium", "lmdb"}:
        yield f"Requires.private: {fields.get('Requires.private', 'none')}; libsodium and lmdb are due"
    if "Requires" in fields:
        yield f"Requires: {fields['Requires']}; the header needs nothing"
    if fields.get("Libs") != "-L${libdir} -lapitoken":
        yield f"Libs: {fields.get('Libs')}"
    if fields.get("Cflags") != "-I${includedir}":
        yield f"Cflags: {fields.get('Cflags')}"


def check_static():
    libraries = pkg_config("--static", "--libs")
    missing = {"-lapitoken", "-lsodium", "-llmdb"} - set(libraries)
    return [f"{name} is missing in {' '.join(libraries)}" for name in sorted(missing)]


def check_consumer():
    program = os.path.join(WORK, "consumer")
    run(*CC, "-Wall", "-Werror", os.path.join(HERE, "consumer.c"), *pkg_config("--cflags", "--libs"), "-o", program)
    said = run(program, LD_LIBRARY_PATH=os.path.join(DEST, "usr", "lib")).strip()
    version = pkg_config("--modversion")[0]
    return [] if said == version else [f"the library says {said}, pkg-config {version}"]


def check_tool():
    tool = os.path.join(DEST, "usr", "bin", "apitoken")
    dynamic = run("readelf", "-d", tool)
    if re.search(r"\((RPATH|RUNPATH)\)", dynamic):
        yield "the tool has a path of the build in it"
    said = run(tool, "--version", LD_LIBRARY_PATH=os.path.join(DEST, "usr", "lib"))
    if pkg_config("--modversion")[0] not in said:
        yield f"--version says {said}"


# ---- remove ----------------------------------------------------------------------------------------------------------


def check_uninstall():
    """Somebody else's file beside ours stays."""
    other = os.path.join(DEST, "usr", "lib", "other.so")
    with open(other, "w", encoding="utf-8"):
        pass
    os.chmod(other, 0o644)
    run("ninja", "-C", BUILD, "uninstall")
    left = installed()
    if "0644 usr/lib/other.so" not in left:
        yield "usr/lib/other.so is gone"
    for line in left:
        if line != "0644 usr/lib/other.so":
            yield f"left: {line}"


# ---- the library alone -----------------------------------------------------------------------------------------------


def check_alone():
    """With pkg-config files of libsodium and LMDB alone, as on a machine that has nothing else."""
    folder, found = os.path.join(WORK, "alone"), os.path.join(WORK, "pc")
    os.makedirs(found)
    for name in ("libsodium", "lmdb"):
        shutil.copy(os.path.join(run("pkg-config", "--variable=pcfiledir", name).strip(), name + ".pc"), found)
    disabled = [f"-D{name}=disabled" for name in ("tests", "cli", "examples", "docs")]
    build(ROOT, folder, *LAYOUT, *disabled, PKG_CONFIG_LIBDIR=found, PKG_CONFIG_PATH="")
    if not os.path.exists(os.path.join(folder, "lib", "libapitoken.so.1")):
        yield "lib/libapitoken.so.1 was not built"
    needed = {one["name"] for one in json.loads(run(MESON, "introspect", "--dependencies", folder))} - {"threads"}
    for name in sorted(needed ^ {"libsodium", "lmdb"}):
        yield f"{name}: {'looked for' if name in needed else 'not looked for'}"


# ---- a release -------------------------------------------------------------------------------------------------------


def make_clone(clone, config):
    """A clone of what is committed; of an unpacked archive, a repository that holds it."""
    with open(config, "w", encoding="utf-8") as file:
        file.write("[safe]\ndirectory = *\n[user]\nname = test\nemail = test@example.org\n[advice]\ndetachedHead = false\n")
    if os.path.exists(os.path.join(ROOT, ".git")):
        run("git", "clone", "--quiet", ROOT, clone, GIT_CONFIG_GLOBAL=config)
        return
    skip = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT, clone, ignore=lambda at, names: set(skip(at, names)) | {
        name for name in names if os.path.exists(os.path.join(at, name, "build.ninja"))})
    for command in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "archive"]):
        run("git", *command, cwd=clone, GIT_CONFIG_GLOBAL=config)


def check_dist():
    """meson dist builds and installs from its own archive; the tests stay out, as this one would call itself."""
    clone, folder, config = (os.path.join(WORK, name) for name in ("clone", "dist", "gitconfig"))
    make_clone(clone, config)
    run(MESON, "setup", folder, clone, *LAYOUT, *OPTIONS)
    run(MESON, "dist", "-C", folder, "--formats", "gztar", GIT_CONFIG_GLOBAL=config)
    archives = [name for name in os.listdir(os.path.join(folder, "meson-dist")) if name.endswith(".tar.gz")]
    if len(archives) != 1:
        yield f"archives: {archives}"
        return
    with tarfile.open(os.path.join(folder, "meson-dist", archives[0])) as tar:
        held = {name.partition("/")[2] for name in tar.getnames()}
    tracked = run("git", "ls-files", "-z", cwd=clone, GIT_CONFIG_GLOBAL=config).split("\0")
    for name in sorted(set(filter(None, tracked)) - held):
        yield f"{archives[0]} lacks {name}"


# ---- all of it -------------------------------------------------------------------------------------------------------


def main():
    shutil.rmtree(WORK, ignore_errors=True)
    os.makedirs(WORK)
    if "--write" in sys.argv:
        install()
        with open(GOLDEN, "w", encoding="utf-8") as file:
            file.write("".join(line + "\n" for line in installed()))
        return
    tap = Tap()
    cases = [
        ("it installs into an empty DESTDIR", lambda: install() or []),
        ("the installed files are the golden list", check_list),
        ("the pkg-config file", check_pc_file),
        ("a program built by pkg-config runs", check_consumer),
        ("what a static link needs", check_static),
        ("the installed tool runs", check_tool),
        ("uninstall leaves nothing of ours and all of others", check_uninstall),
        ("the library alone builds with libsodium and LMDB only", check_alone),
        ("meson dist passes, with all that is tracked", check_dist),
    ]
    for name, check in cases:
        try:
            tap.case(name, check())
        except (Failed, OSError) as problem:
            tap.case(name, [problem])
    shutil.rmtree(WORK)
    tap.finish()


main()
