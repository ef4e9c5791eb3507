#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The lint scripts, guarded: selftest.py SOURCE_ROOT WORK_DIR

Makes one bad change at a time to a copy of the sources and expects one more finding in the case that is about it. The rules of
banned.py try themselves on an example of their own; here only how they are applied.
"""
import os
import re
import shutil
import subprocess
import sys

from tap import Tap

ROOT, WORK = (os.path.abspath(arg) for arg in sys.argv[1:3])
COPY = os.path.join(WORK, "copy")
HERE = os.path.dirname(os.path.abspath(__file__))
HEADER = "include/apitoken/apitoken.h"
PAGE = "doc/man/apitoken_create.3"

# script, words of the case that must find one more, file, pattern, replacement ('' as pattern: at the end)
CHANGES = [
    ("layers.py", "folder that is a layer", "lib/new.h", "", "int atk_new;\n"),
    ("layers.py", "below its folder's heading", "lib/meson.build", r"'base/error.c', ", ""),
    ("layers.py", "below its folder's heading", "lib/meson.build", r"(# rules:.*\n)", r"\1  'base/error.c',\n"),
    ("layers.py", "own layer and those below", "lib/lmdb/process/env.c", "", '#include "lmdb/tokens/records.h"\n'),
    ("layers.py", "without keys and records", "lib/lmdb/form/meta.c", "", '#include "rules/record.h"\n'),
    ("layers.py", "own layer and those below", "lib/rules/text.c", "", '#include "objects/store.h"\n'),
    ("layers.py", "own layer and those below", "lib/rules/crc32.h", "", '#include "outside/crypto.h"\n'),
    ("layers.py", "stay with their owners", "lib/verbs/copy.c", "", "#include <lmdb.h>\n"),
    ("layers.py", "stay with their owners", "lib/lmdb/process/env.c", "", "#include <sodium.h>\n"),
    ("layers.py", "engine includes its headers", "lib/objects/store.c", "", '#include "lmdb/form/pages.h"\n'),
    ("layers.py", "own files and the public header", "lib/objects/store.c", "", '#include "../tests/support/fixture.h"\n'),
    ("layers.py", "time is read", "lib/verbs/validate.c", "", "static long now(void) { return time(NULL); }\n"),
    ("style.py", "clang-format", "lib/verbs/copy.c", "", "int  f;\n"),
    ("style.py", "clang-format", "tests/unit/samples.h", r"#define SAMPLES_H", "#define  SAMPLES_H"),
    ("style.py", "names its licence", "lib/verbs/copy.c", r"SPDX-License-Identifier", "Licence"),
    ("style.py", "names its licence", "examples/cli/table.h", r"\A", "\n"),
    ("style.py", "names its licence", "tests/run.sh", r"# SPDX-License-Identifier: MIT\n", ""),
    ("style.py", "names its licence", "lib/apitoken.map", r" MIT \*/", " MIT, or so */"),
    ("style.py", "guard of a header", "lib/lmdb/process/pool.h", r"APITOKEN_LMDB_PROCESS_POOL_H", "APITOKEN_POOL_H"),
    ("style.py", "guard of a header", "tests/unit/samples.h", r"SAMPLES_H", "SAMPLE_H"),
    ("style.py", "guard of a header", "lib/rules/text.h", r"#endif\n\Z", ""),
    ("style.py", "begins with what it holds", "lib/base/out.h", r"(MIT \*/\n)/\*(?s:.*?)\*/\n", r"\1"),
    ("style.py", "begins with what it holds", "lib/base/out.h", r"(MIT \*/\n)/\*", r"\1/* One. */\n/*"),
    ("style.py", "public header", HEADER, "", "/* " + 95 * "x" + " */\n"),
    ("words.py", "'gate'", "lib/lmdb/form/meta.c", "", "int atk_gate_open;\n"),
    ("words.py", "'sound'", "lib/lmdb/stores/fsck.c", "", "int is_sound;\n"),
    ("words.py", "'page'", "lib/lmdb/tokens/read.c", "", "int atk_new_page;\n"),
    ("words.py", "'check'", "lib/rules/text.c", "", "int check_len;\n"),
    ("words.py", "'slot'", "lib/lmdb/process/env.c", "", "int reader_slot;\n"),
    ("words.py", "'walk'", "lib/lmdb/stores/scan.c", "", "int atk_new_walk;\n"),
    ("words.py", "glossary explains", "doc/architecture.md", "## Glossary", "## Words"),
    ("words.py", "named by a verb", "lib/verbs/copy.c", "", "int settle(void) {\n    return 0;\n}\n"),
    ("banned.py", "without a bound", "examples/quickstart.c", "", "void f(char *a) { strcpy(a, a); }\n"),
    ("banned.py", "memcmp only", "lib/outside/crypto.c", "", "int f(const char *a) { return memcmp(a, a, 1); }\n"),
    ("banned.py", "memcmp only", "lib/outside/zone.c", r"strcmp", "text_compare"),
    ("banned.py", "allocated in its places", "lib/verbs/copy.c", "", "char *f(void) { return malloc(1); }\n"),
    ("banned.py", "yes and no", "lib/verbs/copy.c", "", "int atk_copy_is_good(void);\n"),
    ("banned.py", "prints nothing", "lib/verbs/copy.c", "", 'void f(void) { printf("x"); }\n'),
    ("banned.py", "no // comments", "lib/verbs/copy.c", "", "// why\n"),
    ("banned.py", "runs its cases", "tests/unit/test_text.c", r"run_cases\(argc, argv, ", "cmocka_run_group_tests("),
    ("docs.py", "function has a comment", HEADER, r"/\* Frees a page, .* \*/\n(.*page_free)", r"\n\1"),
    ("docs.py", "function has a comment", HEADER, r"(/\* Frees a page, .*) @since 0.1.0( \*/\n.*page_free)", r"\1\2"),
    ("docs.py", "error code has a comment", HEADER, r"(APITOKEN_E_KEY_ID = -1026,) +/\*.*\*/", r"\1"),
    ("docs.py", "every error in full", HEADER, r"APITOKEN_E_OWNER, APITOKEN_E_CURSOR", "APITOKEN_E_OWNER, _CURSOR"),
    ("docs.py", "name and a text", "lib/base/error.c", r"    ENTRY\(E_KEY_ID,.*\n", ""),
    ("docs.py", "full names", HEADER, "", "/* Errors: APITOKEN_E_OWNER, _NAME */\n"),
    ("docs.py", "full names", PAGE, "", "Or _DISK_FULL, _BUSY.\n"),
    ("docs.py", "header's prototype", PAGE, r'"size_t cap" ', ""),
    ("docs.py", "header's prototype", PAGE, r"(\.Fn apitoken_secret_free .*\n)", r"\1.Fn apitoken_secret_steal void\n"),
    ("docs.py", "in a manual page", "doc/man/apitoken_copy.3", r"APITOKEN_E_NOT_COPYABLE", "APITOKEN_E_COPY_REVOKED"),
    ("docs.py", "stands on its page", PAGE, r"APITOKEN_E_ZONE_DATA", "APITOKEN_E_ZONE"),
    ("docs.py", "the tool has", "doc/man/apitoken.1", None, None),
    ("docs.py", "mandoc", PAGE, r"\.Sh DESCRIPTION\n", ".Sh DESCRIPTION\n.Nosuchmacro x\n"),
    ("docs.py", "every figure", "tests/fault/kill.c", r'"kill -9 rounds"', '"kill -9 turns"'),
    ("docs.py", "architecture.md leads", "lib/verbs/validate.c", r"\brequire_valid_state\b", "judge"),
    ("docs.py", "architecture.md leads", "doc/architecture.md", r"`group\.c`", "`groups.c`"),
    ("docs.py", "reliability.md names", "tests/process/opens.c", r"a_store_grows_under_", "a_store_shrinks_under_"),
    ("docs.py", "name nothing", PAGE, "", ".Dv APITOKEN_E_NO_SUCH\n"),
    ("docs.py", "links between", "README.md", "", "[nowhere](doc/nowhere.md)\n"),
    ("docs.py", "version numbers", "meson.build", r"version: '0\.", "version: '77."),
    ("docs.py", "public header alone", "examples/quickstart.c", "", '#include "../lib/objects/store.h"\n'),
    ("docs.py", "link nothing internal", "examples/meson.build", "", "dependency = internal_dep\n"),
    ("docs.py", "expected by a test", HEADER, r"(    APITOKEN_E_MLOCK = -1233)", r"    APITOKEN_E_NEVER = -1234,\n\1"),
]


def copy_sources():
    shutil.rmtree(WORK, ignore_errors=True)
    for name in ("lib", "include", "examples", "doc", "tests"):
        shutil.copytree(os.path.join(ROOT, name), os.path.join(COPY, name))
    for name in ("meson.build", "README.md", ".clang-format"):
        shutil.copy(os.path.join(ROOT, name), COPY)


def content(path):
    if not os.path.exists(path):
        return None
    with open(path, encoding="utf-8") as file:
        return file.read()


def put(path, text):
    if text is None:
        os.remove(path)
        return
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def changed(text, pattern, replacement):
    if pattern is None:
        return None
    new = re.sub(pattern, replacement, text) if pattern else (text or "") + replacement
    if new == text:
        raise ValueError(f"{pattern} does not match")
    return new


def findings(script, words):
    """Lines of findings by the name of their case. The sources may have findings already; another test says so."""
    command = [sys.executable, os.path.join(HERE, script), COPY]
    env = {**os.environ, "CASE": f"*{words}*"}
    run = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False, env=env)
    found, case = {}, None
    for line in run.stdout.splitlines():
        head = re.match(r"(?:not )?ok \d+ - (.*)", line)
        if head:
            case = found.setdefault(head[1], [])
        elif line.startswith("# "):
            case.append(line)
    return found


def try_change(script, words, path, pattern, replacement):
    path = os.path.join(COPY, path)
    old, before = content(path), findings(script, words)
    if old is None and pattern:
        return [f"{path} is missing"]
    put(path, changed(old, pattern, replacement))
    after = findings(script, words)
    put(path, old)
    cases = [name for name in after if words in name]
    if len(cases) != 1:
        return [f"{len(cases)} cases of {script} have '{words}' in their name"]
    return [] if set(after[cases[0]]) - set(before.get(cases[0], [])) else [f"'{cases[0]}' does not see it"]


def main():
    tap = Tap()
    copy_sources()
    for script, words, path, *edit in CHANGES:
        name = f"{script}, '{words}', on a change of {path}"
        tool = {"mandoc": "mandoc", "clang-format": "clang-format-14"}.get(words, "python3")
        if not shutil.which(tool):
            tap.without(name, tool)
        elif tap.wants(name):
            tap.case(name, try_change(script, words, path, *edit))
    shutil.rmtree(WORK)
    tap.finish()


main()
