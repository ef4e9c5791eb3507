#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What no source may hold: banned.py SOURCE_ROOT

One rule, one case. Every rule states an example of what it refuses, which it is tried on first. An exception is allowed by file
and exact count, so that it neither spreads nor outlives its reason.
"""
import os
import re
import sys

from csource import code_of, files_below, read
from tap import Tap

LIB = ("lib", "include")
ALL = ("lib", "include", "examples", "tests", "doc", ".ci")
C = (".c", ".h", ".cpp")
SCRIPTS = (".py", ".sh", ".build", ".map", ".bash", ".abignore")
WRITTEN = C + SCRIPTS  # by hand, in our form
WORDS = WRITTEN + (".md", ".1", ".3", ".7", ".txt")


def calls(*names):
    return r"\b(?:" + "|".join(names) + r")\s*\("


class Rule:
    """view: what the pattern sees: 'code' is C without comments and the inside of quotes, 'text' the file as it is."""

    def __init__(self, name, pattern, bad, roots=ALL, endings=C, view="code", allowed=None):
        self.name, self.pattern, self.bad = name, re.compile(pattern, re.MULTILINE), bad
        self.roots, self.endings, self.view, self.allowed = roots, endings, view, allowed or {}

    def hits(self, text):
        seen = code_of(text) if self.view == "code" else text
        return [seen.count("\n", 0, match.start()) + 1 for match in self.pattern.finditer(seen)]

    def applies(self, name):
        return name.endswith(self.endings) and name.split(os.sep)[0] in self.roots

    def findings(self, files):
        for name, text in files.items():
            if not self.applies(name):
                continue
            lines, due = self.hits(text), self.allowed.get(name, 0)
            if len(lines) != due:
                yield f"{name}: lines {', '.join(map(str, lines)) or 'none'}" + (f", {due} allowed" if due else "")
        for name in self.allowed:
            if name not in files:
                yield f"{name}: allowed, but there is no such file"


RULES = [
    # ---- unsafe or unclear functions
    Rule("no string function without a bound", calls("strcpy", "strcat", "strncpy", "strncat", "v?sprintf", "gets"),
         "strcpy(a, b);"),
    Rule("no strtok: it writes into its input", calls("strtok", "strtok_r"), "strtok(text, \",\");"),
    Rule("no conversion that hides errors", calls("atoi", "atol", "atoll", "atof"), "int n = atoi(text);"),
    Rule("no alloca", calls("alloca", "strdupa"), "char *p = alloca(n);"),
    # ---- secrets are compared by crypto.c, in constant time; these compare nothing secret
    Rule("memcmp only on what is public", calls("memcmp", "bcmp", "strcmp", "strncmp"), "return memcmp(tag, due, 16) == 0;", LIB,
         allowed={
        "lib/outside/files.c": 2,           # names of members of the store
        "lib/rules/audit_changes.c": 1,     # values that a list shows
        "lib/outside/keyfile.c": 3,         # words of the file's form, its checksum
        "lib/outside/held_keys.c": 2,       # fingerprints
        "lib/lmdb/stores/check_owners.c": 1,     # owners
        "lib/lmdb/stores/proofs.c": 11,      # ids, owners, records as they are stored
        "lib/rules/carry_denials.c": 3,     # values that a list shows
        "lib/rules/carry_secrets.c": 2,     # verifiers of two records, both of them stored
        "lib/rules/narrow.c": 2,            # networks
        "lib/lmdb/stores/retire_tokens.c": 2,    # owners, ids
        "lib/lmdb/stores/sweep.c": 1,            # keys of records
        "lib/lmdb/tokens/audit.c": 1,      # owners
        "lib/rules/audit_filter.c": 3,      # owners, ids
        "lib/lmdb/tokens/homes.c": 3,      # magic, checksum, environment
        "lib/lmdb/form/key_order.c": 1,      # keys of the main tree
        "lib/lmdb/tokens/list_rows.c": 2,  # keys of rows
        "lib/lmdb/tokens/read.c": 1,       # owner
        "lib/objects/page.c": 1,           # owner
        "lib/lmdb/process/recent.c": 1,     # a record as it is stored, with what it was
        "lib/lmdb/tokens/records.c": 5,    # id, fingerprints, a name
        "lib/rules/edit_erase.c": 1,        # owner or actor
        "lib/verbs/owner_erase.c": 1,       # owner and actor
        "lib/lmdb/stores/restore.c": 1,    # store id
        "lib/lmdb/form/structure.c": 1,  # order of keys in a page
        "lib/lmdb/stores/scan.c": 1,       # key of a row
        "lib/lmdb/tokens/change.c": 1,     # owner
        "lib/lmdb/tokens/commit.c": 1,     # the verifier of a record made by this very call
        "lib/outside/zone.c": 1,            # the word UTC
        "lib/outside/zone_file.c": 4,       # names of zones
        "lib/rules/tzif.c": 1,              # magic
        "lib/rules/record_parts.c": 1,      # restrictions and data in the records of a token
        "lib/lmdb/tokens/audit.c": 1,       # owner
        "lib/lmdb/tokens/facts.c": 2,       # owner, id
        "lib/objects/token_steps.c": 1,     # id
        "lib/lmdb/tokens/rowless.c": 2,     # owner, id
        "lib/rules/token_pair.c": 1,        # a record as it is stored, with what it was
        "lib/rules/edit_update.c": 3,       # name, description, restrictions and data
        "lib/rules/token_edit.c": 1,        # zone
    }),
    # ---- memory is taken in few places, each of which a test can fail
    Rule("memory is allocated in its places only",
         calls("malloc", "calloc", "realloc", "reallocarray", "aligned_alloc", "posix_memalign", "strdup", "strndup",
               "v?asprintf"),
         "char *p = malloc(9);", LIB, allowed={
        "lib/verbs/create_batch.c": 1,
        "lib/base/findings.c": 1,
        "lib/objects/keyring.c": 1,
        "lib/lmdb/process/env.c": 1,
        "lib/lmdb/process/descriptors.c": 1,
        "lib/lmdb/process/registry.c": 1,
        "lib/lmdb/stores/check_slots.c": 1,
        "lib/lmdb/stores/proofs.c": 2,
        "lib/lmdb/stores/salvage.c": 1,
        "lib/lmdb/tokens/counters.c": 1,
        "lib/lmdb/tokens/engine.c": 1,
        "lib/lmdb/tokens/last_use.c": 1,
        "lib/lmdb/tokens/path_look.c": 1,
        "lib/lmdb/form/structure.c": 3,
        "lib/objects/audit_page.c": 2,
        "lib/objects/page.c": 2,
        "lib/objects/store.c": 1,
        "lib/objects/list_row.c": 1,
        "lib/outside/zone_file.c": 1,
    }),
    # ---- LMDB's well-trodden part alone, and every commit durable
    Rule("LMDB syncs, locks and keeps no duplicates",
         r"\bMDB_(?:NO(?:META)?SYNC|MAPASYNC|NOLOCK|WRITEMAP|NOMEMINIT|DUPSORT|DUPFIXED|INTEGERKEY)\b|\bmdb_cursor_del\s*\("
         r"|\bmdb_env_set_flags\s*\(|\bmdb_txn_begin\s*\([^,]+,\s*(?!NULL)\w",
         "mdb_env_set_flags(env, MDB_NOSYNC, 1);", LIB, allowed={
        "lib/lmdb/stores/new_store.c": 1,  # a directory that nobody knows yet: all its files are synced before it gets its name
    }),
    # ---- the library keeps out of its host's process
    Rule("the library reads no environment and no locale",
         calls("getenv", "secure_getenv", "setenv", "putenv", "setlocale", "localeconv", "nl_langinfo", "tzset"),
         "getenv(\"TZ\");", LIB),
    Rule("the library reads no clock of the calendar",
         calls("time", "localtime", "localtime_r", "gmtime", "gmtime_r", "mktime", "timegm", "strftime", "gettimeofday"),
         "time_t now = time(NULL);", LIB),
    Rule("the library prints nothing",
         r"\b(?:v?printf|v?fprintf|v?dprintf|puts|fputs|putchar|putc|fputc|fwrite|perror|v?syslog)\s*\(|\b(?:stdout|stderr)\b",
         "fprintf(stderr, \"x\");", LIB),
    Rule("the library never ends its host", calls("exit", "_exit", "_Exit", "abort", "assert", "quick_exit", "raise", "kill"),
         "abort();", LIB),
    Rule("the library leaves signals alone", calls("signal", "sigaction", "sigprocmask", "pthread_sigmask", "alarm"),
         "signal(SIGPIPE, SIG_IGN);", LIB, allowed={
        "lib/outside/file_limit.c": 2,  # the mask of the calling thread, for the time of a call
    }),
    Rule("the library starts no program and no thread", calls("system", "popen", "fork", "vfork", "exec\\w+", "posix_spawnp?",
                                                              "pthread_create"), "system(\"ls\");", LIB),
    Rule("the library sets no umask and no directory", calls("umask", "chdir", "fchdir"), "umask(0);", LIB),
    Rule("no process-wide file locks: closing any descriptor would drop them",
         r"\bF_SETLKW?\b|\bF_OFD_SETLKW\b|\blockf\s*\(|\bflock\s*\(", "fcntl(fd, F_SETLK, &lock);", LIB),
    Rule("yes and no are bool", r"\bint\s+\**(?:atk_\w*?)?(?:is|has)_\w+", "static int is_good(void);", LIB),
    # ---- tests
    Rule("a test program runs its cases by run_cases()", r"\b(?:_?cmocka_run_group_tests(?:_name)?|skip)\s*\(",
         "return cmocka_run_group_tests(tests, NULL, NULL);", ("tests", "examples"), allowed={"tests/support/cases.c": 1}),
    # ---- form; style.py has more
    Rule("no // comments", r"//", "int a; // why", view="code"),
    Rule("no tabs", r"\t", "\tint a;", endings=WRITTEN, view="text"),
    Rule("no trailing blanks", r"[ \t\r]+$", "int a; ", endings=WORDS, view="text"),
    Rule("no line of C over 100 columns", r"^.{101,}$", "x" * 101, endings=C, view="text"),
    Rule("no line of a script over 130 columns", r"^.{131,}$", "x" * 131, endings=SCRIPTS, view="text"),
    Rule("a line end at the end of the file, and no empty line", r"(?<!\n)\Z|\n\n\Z", "int a;", endings=WORDS, view="text"),
    Rule("no notes to oneself", r"\b(?:TO" r"DO|FIX" r"ME|X" r"XX|HA" r"CK)\b", "/* TO" "DO: later */", endings=WORDS,
         view="text"),
    Rule("no path of a workplace", r"(?<![\w.])/(?:wo" r"rk|ho" r"me|ro" r"ot|fa" r"rm|Us" r"ers)/", "see /ho" "me/me/notes",
         endings=WORDS, view="text"),
]


def main():
    root = sys.argv[1]
    names = [name for name in files_below(root, *WORDS) if name.split(os.sep)[0] in ALL]
    names += [os.path.join(".ci", name) for name in files_below(os.path.join(root, ".ci"))]
    files = {name: read(os.path.join(root, name)) for name in names}
    tap = Tap()
    tap.case("there is something to look at", set(ALL) - {name.split(os.sep)[0] for name in names})
    for rule in RULES:
        if not rule.hits(rule.bad):
            tap.case(rule.name, [f"the rule does not see its own example: {rule.bad}"])
        else:
            tap.case(rule.name, rule.findings(files))
    tap.finish()


main()
