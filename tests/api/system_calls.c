/* SPDX-License-Identifier: MIT */
/*
 * Each system call of a verb fails in turn: the caller gets an error, nothing is left half done,
 * and the next try succeeds. The functions below replace those of the C library, for this library
 * alone. fstat() is not among them: it is called on every descriptor of the process, and a failure
 * on a foreign one does not matter.
 */
#include "any_call.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "cases.h"

/* Whether the call comes out of the library, not out of LMDB or the test. */
static int is_ours(const void *caller) {
    Dl_info info;
    return plan.times > 0 && dladdr(caller, &info) != 0 &&
           strstr(info.dli_fname, "libapitoken") != NULL;
}

#define CALLER __builtin_return_address(0)

static int fails(const void *caller, const char *name) {
    if (!is_ours(caller) || !is_chosen(name)) return 0;
    errno = plan.code;
    return 1;
}

#define STAND_BEFORE(type, failure, name, real_name, parameters, arguments) \
    type name parameters {                                                  \
        type(*real) parameters;                                             \
        REAL(real, real_name);                                              \
        return fails(CALLER, #name) ? failure : real arguments;             \
    }

STAND_BEFORE(int, -1, stat, "stat64", (const char *path, struct stat *st), (path, st))
STAND_BEFORE(int, -1, fstatfs, "fstatfs64", (int fd, struct statfs *fs), (fd, fs))
STAND_BEFORE(int, -1, fstatvfs, "fstatvfs64", (int fd, struct statvfs *fs), (fd, fs))
STAND_BEFORE(int, -1, fchmod, "fchmod", (int fd, mode_t mode), (fd, mode))
STAND_BEFORE(int, -1, fchown, "fchown", (int fd, uid_t owner, gid_t group), (fd, owner, group))
STAND_BEFORE(int, -1, fsync, "fsync", (int fd), (fd))
STAND_BEFORE(int, -1, ftruncate, "ftruncate64", (int fd, off_t len), (fd, len))
STAND_BEFORE(int, -1, fallocate, "fallocate64", (int fd, int mode, off_t at, off_t len),
             (fd, mode, at, len))
STAND_BEFORE(ssize_t, -1, pread, "pread64", (int fd, void *data, size_t len, off_t at),
             (fd, data, len, at))
STAND_BEFORE(ssize_t, -1, write, "write", (int fd, const void *data, size_t len), (fd, data, len))
STAND_BEFORE(char *, NULL, mkdtemp, "mkdtemp", (char *path), (path))
STAND_BEFORE(int, -1, renameat2, "renameat2",
             (int from_dir, const char *from, int to_dir, const char *to, unsigned flags),
             (from_dir, from, to_dir, to, flags))

int openat(int dir, const char *path, int flags, ...) {
    int (*real)(int, const char *, int, ...);
    mode_t mode = 0;
    REAL(real, "openat64");
    if (flags & O_CREAT) {
        va_list list;
        va_start(list, flags);
        mode = va_arg(list, mode_t);
        va_end(list);
    }
    return fails(CALLER, "openat") ? -1 : real(dir, path, flags, mode);
}

/*
 * Spared is what comes after the change was made: the last sync of a directory. And at each open
 * the disk blocks of the slots, without which no use is noted, and the two homes of the rollback
 * number, of which one is enough; at an open that may write the lock and the disk blocks of the
 * reserve, without which there is a warning; at each open the question whether the store lies on
 * an overlay, which is then taken to be so.
 */
const struct any_call_dues any_call_dues = {
    .make = { .calls = 20, .spared = 1 },
    .open = { .calls = 10, .spared = 11 },
    .grow = { .calls = 20, .spared = 8 },
    .widen = { .calls = 50, .spared = 12 },
    .backup = { .calls = 20, .spared = 1 },
    .restore = { .calls = 40, .spared = 10 },
    .change = { .calls = 1 },
};

/* Who cannot give the files to whose they were does not put them in the place of those. */
static void a_restored_store_has_no_other_owner(void **state) {
    static const char *const names[] = { "", "data.mdb", "lock.mdb", "writer.lock", "last-use" };
    struct fixture *f = *state;
    if (geteuid() != 0) skip_case("only root can give a file away");
    assert_code(apitoken_store_backup(f->store, in_dir(f->dir, "backup"), NULL, NULL), 0);
    close_store(f);
    for (size_t i = 0; i < COUNT(names); i++)
        assert_int_equal(chown(in_dir(f->store_path, names[i]), STRANGER, STRANGER), 0);
    size_t entries = count_entries(f->dir);
    for (unsigned at = 1; at <= COUNT(names); at++) {
        let_fail("fchown", at, 1, EPERM);
        int rc = apitoken_store_restore(in_dir(f->dir, "backup"), f->store_path, f->keyring,
                                        FIXTURE_RESTORE, NULL, NULL);
        assert_int_equal(plan.seen, at);
        all_well();
        assert_code(rc, APITOKEN_E_ACCESS);
        assert_int_equal(count_entries(f->dir), entries);
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        ANY_CALL_CASES,
        /* among the calls of LMDB it would not end: each round makes the audit longer to read */
        ANY_CALL_CASE(whatever_fails_an_erase_can_be_repeated),
        ANY_CALL_CASE(a_restored_store_has_no_other_owner),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
