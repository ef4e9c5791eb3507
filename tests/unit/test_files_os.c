/* SPDX-License-Identifier: MIT */
/*
 * What lib/outside/files.c asks of the operating system, and what it makes of answers that are
 * rare: calls that are interrupted, do less than they were asked for, or fail. The functions below
 * stand before those of libc and pass on to them unless told otherwise.
 */
#include "outside/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/attr.h"
#include "cases.h"
#include "real.h"
#include "samples.h"

#define SENTINEL (-77)

/* ---- the operating system -------------------------------------------------------------------- */

/* Which calls fail with which errno, and what was called. */
static struct {
    int fstat, fchmod, fchown, renameat2;
    unsigned interrupts; /* how many of the next writes fail with EINTR */
    /* each write takes one byte more than the one before, and the first none */
    int writes_little;
    unsigned writes;
    mode_t mode_before; /* when the mode of a file is set */
    ino_t synced;       /* the last one */
} os;

static int fails(int os_code) {
    errno = os_code ? os_code : errno;
    return os_code != 0;
}

static int is_interrupted(void) {
    if (os.interrupts == 0) return 0;
    os.interrupts--;
    return fails(EINTR);
}

int fstat(int fd, struct stat *st) {
    int (*real)(int, struct stat *);
    REAL(real, "fstat64");
    return fails(os.fstat) ? -1 : real(fd, st);
}

int fchmod(int fd, mode_t mode) {
    int (*real)(int, mode_t), (*look)(int, struct stat *);
    struct stat st;
    REAL(real, "fchmod");
    REAL(look, "fstat64");
    if (look(fd, &st) == 0) os.mode_before = st.st_mode & 07777;
    return fails(os.fchmod) ? -1 : real(fd, mode);
}

int fchown(int fd, uid_t owner, gid_t group) {
    int (*real)(int, uid_t, gid_t);
    REAL(real, "fchown");
    return fails(os.fchown) ? -1 : real(fd, owner, group);
}

int renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags) {
    int (*real)(int, const char *, int, const char *, unsigned);
    REAL(real, "renameat2");
    return fails(os.renameat2) ? -1 : real(from_dir, from, to_dir, to, flags);
}

int fsync(int fd) {
    int (*real)(int), (*look)(int, struct stat *);
    struct stat st;
    REAL(real, "fsync");
    REAL(look, "fstat64");
    if (look(fd, &st) == 0) os.synced = st.st_ino;
    return real(fd);
}

ssize_t write(int fd, const void *data, size_t len) {
    ssize_t (*real)(int, const void *, size_t);
    REAL(real, "write");
    if (is_interrupted()) return -1;
    size_t most = os.writes_little ? os.writes : len;
    os.writes++;
    return most == 0 ? 0 : real(fd, data, most < len ? most : len);
}

/* ---- the tests ------------------------------------------------------------------------------- */

static int setup(void **state) {
    struct fixture *f = malloc(sizeof *f);
    assert_non_null(f);
    memset(&os, 0, sizeof os);
    fixture_make_dir(f);
    assert_int_equal(chmod(f->dir, 0750), 0);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    memset(&os, 0, sizeof os);
    return fixture_teardown(state);
}

static const char *at(const struct fixture *f, const char *name) {
    static char paths[4][128];
    static unsigned turn;
    char *path = paths[turn++ % 4];
    (void)snprintf(path, sizeof paths[0], "%s/%s", f->dir, name);
    return path;
}

static int open_new(const char *path) {
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    return fd;
}

static void assert_content(int fd, const char *text) {
    char got[64] = "";
    assert_int_equal(pread(fd, got, sizeof got - 1, 0), strlen(text));
    assert_string_equal(got, text);
}

static void a_write_goes_on_where_it_stopped(void **state) {
    ATK_SCOPED_FD fd = open_new(at(*state, "file"));
    os.interrupts = 2;
    os.writes_little = 1;
    assert_code(atk_write_all(fd, LIT("some text that takes a while"), "file", NULL), 0);
    assert_true(os.writes > 5 && os.interrupts == 0);
    assert_content(fd, "some text that takes a while");
}

static void the_last_byte_is_written_too(void **state) {
    ATK_SCOPED_FD fd = open_new(at(*state, "file"));
    assert_code(atk_write_all(fd, "x", 1, "file", NULL), 0);
    assert_content(fd, "x");
}

static void what_cannot_be_examined_is_not_opened(void **state) {
    const struct fixture *f = *state;
    int fd = SENTINEL;
    ATK_SCOPED_FD dir_fd = open(f->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(close(open_new(at(f, "file"))), 0);
    os.fstat = EIO;
    assert_code(atk_dir_open(f->dir, 0, &fd, NULL), APITOKEN_E_IO);
    assert_code(atk_member_open(dir_fd, "file", O_RDWR, 0, &fd, NULL), APITOKEN_E_IO);
    assert_int_equal(fd, SENTINEL);
}

/* Not even between its creation and the setting of its mode. */
static void a_new_member_is_never_open_to_others(void **state) {
    const struct fixture *f = *state;
    int fd = SENTINEL;
    ATK_SCOPED_FD dir_fd = open(f->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    mode_t old = umask(0);
    int made = atk_member_create(dir_fd, "file", 0660, &fd, NULL);
    (void)umask(old);
    assert_code(made, 0);
    assert_int_equal(os.mode_before, 0600);
    assert_int_equal(close(fd), 0);
    fd = SENTINEL;
    os.fchmod = EPERM;
    assert_code(atk_member_create(dir_fd, "other", 0660, &fd, NULL), APITOKEN_E_ACCESS);
    assert_int_equal(fd, SENTINEL);
}

/* If the mode or owner of a new secret file cannot be set, the old file stays. */
static void a_file_without_its_mode_or_owner_is_not_put(void **state) {
    const struct fixture *f = *state;
    struct stat before;
    ATK_SCOPED_FD fd = open_new(at(f, "file"));
    assert_code(atk_write_all(fd, LIT("old"), "file", NULL), 0);
    assert_int_equal(stat(at(f, "file"), &before), 0);
    before.st_gid++; /* another group: the file needs a chown */
    os.fchown = EPERM;
    assert_code(atk_file_put(at(f, "file"), LIT("new"), &before, NULL), APITOKEN_E_ACCESS);
    os.fchmod = EPERM;
    assert_code(atk_file_put(at(f, "file"), LIT("new"), &before, NULL), APITOKEN_E_ACCESS);
    assert_code(atk_file_put(at(f, "more"), LIT("new"), NULL, NULL), APITOKEN_E_ACCESS);
    assert_content(fd, "old");
    assert_int_equal(access(at(f, "more"), F_OK), -1);
}

static void no_secret_is_written_where_something_stands(void **state) {
    const struct fixture *f = *state;
    assert_int_equal(close(open_new(at(f, "file"))), 0);
    assert_code(atk_file_put(at(f, "file"), LIT("secret"), NULL, NULL), APITOKEN_E_EXISTS);
    assert_int_equal(os.writes, 0);
}

static ino_t inode_of(const char *path) {
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    return st.st_ino;
}

/* Otherwise a power cut could undo the rename. */
static void the_parent_is_what_is_synced(void **state) {
    const struct fixture *f = *state;
    static const struct {
        const char *path, *parent;
    } rows[] = {
        { "a", "." },    { "a/", "." },        { "a//", "." },   { "a/b", "a" },
        { "a//b", "a" }, { "a/b/", "a" },      { "a/bc", "a" },  { "a/bc/d", "a/bc" },
        { "./a", "." },  { "a/../a", "a/.." }, { "/", "/" },     { "/top", "/" },
        { "/t", "/" },   { "//top", "/" },     { "/top/", "/" },
    };
    ATK_SCOPED_FD before = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(chdir(f->dir), 0);
    assert_int_equal(mkdir("a", 0700) | mkdir("a/b", 0700) | mkdir("a/bc", 0700), 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int rc = atk_sync_parent(rows[i].path, NULL);
        if (rc < 0 || os.synced != inode_of(rows[i].parent))
            fail_msg("%s: %s is not synced", rows[i].path, rows[i].parent);
    }
    assert_int_equal(fchdir(before), 0);
}

/* ---- renames without flags ------------------------------------------------------------------- */

static const int unknown[] = { ENOSYS, EINVAL, EOPNOTSUPP };

static void make_dir(const struct fixture *f, const char *name, const char *member) {
    char path[64];
    (void)snprintf(path, sizeof path, "%s/%s", name, member ? member : "");
    assert_int_equal(mkdir(at(f, name), 0750), 0);
    if (member) assert_int_equal(close(open_new(at(f, path))), 0);
}

static void a_directory_is_renamed_without_flags(void **state) {
    const struct fixture *f = *state;
    for (size_t i = 0; i < ATK_LEN(unknown); i++) {
        struct stat st;
        make_dir(f, "from", "member");
        os.renameat2 = unknown[i];
        assert_code(atk_rename_new(at(f, "from"), at(f, "to"), NULL), 0);
        assert_int_equal(access(at(f, "from"), F_OK), -1);
        assert_int_equal(access(at(f, "to/member"), F_OK), 0);
        assert_int_equal(stat(at(f, "to"), &st), 0);
        assert_int_equal(st.st_mode & 07777, 0750);
        assert_int_equal(unlink(at(f, "to/member")) | rmdir(at(f, "to")), 0);
    }
}

/* Not even an empty one, which rename(2) would replace. */
static void no_directory_is_replaced_without_flags(void **state) {
    static const char *const members[] = { NULL, "member" };
    const struct fixture *f = *state;
    os.renameat2 = EINVAL;
    make_dir(f, "from", "mine");
    for (size_t i = 0; i < ATK_LEN(members); i++) {
        const char *to = i == 0 ? "empty" : "other";
        make_dir(f, to, members[i]);
        assert_code(atk_rename_new(at(f, "from"), at(f, to), NULL), APITOKEN_E_EXISTS);
        assert_int_equal(access(at(f, "from/mine"), F_OK), 0);
        assert_int_equal(access(at(f, to), F_OK), 0);
    }
    assert_int_equal(access(at(f, "other/member"), F_OK), 0);
    assert_code(atk_rename_new(at(f, "none"), at(f, "to"), NULL), APITOKEN_E_IO);
    assert_int_equal(access(at(f, "to"), F_OK), -1);
}

static void a_file_is_put_without_flags(void **state) {
    const struct fixture *f = *state;
    os.renameat2 = ENOSYS;
    assert_code(atk_file_put(at(f, "file"), LIT("text"), NULL, NULL), 0);
    ATK_SCOPED_FD fd = open(at(f, "file"), O_RDONLY | O_CLOEXEC);
    assert_content(fd, "text");
    struct stat st;
    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(st.st_nlink, 1);
    assert_int_equal(close(open_new(at(f, "from"))), 0);
    assert_code(atk_rename_new(at(f, "from"), at(f, "file"), NULL), APITOKEN_E_EXISTS);
    assert_content(fd, "text");
    assert_int_equal(access(at(f, "from"), F_OK), 0);
}

static void two_that_cannot_change_places_stay(void **state) {
    static const int codes[] = { ENOSYS, EINVAL, EOPNOTSUPP, EXDEV };
    const struct fixture *f = *state;
    make_dir(f, "one", "first");
    make_dir(f, "other", "second");
    for (size_t i = 0; i < ATK_LEN(codes); i++) {
        apitoken_error err = APITOKEN_ERROR_INIT;
        os.renameat2 = codes[i];
        assert_code(atk_rename_exchange(at(f, "one"), at(f, "other"), &err),
                    APITOKEN_E_FILE_SYSTEM);
        assert_int_equal(err.os_code, codes[i]);
    }
    assert_int_equal(access(at(f, "one/first"), F_OK), 0);
    assert_int_equal(access(at(f, "other/second"), F_OK), 0);
}

#define OS_CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        OS_CASE(a_write_goes_on_where_it_stopped),
        OS_CASE(the_last_byte_is_written_too),
        OS_CASE(what_cannot_be_examined_is_not_opened),
        OS_CASE(a_new_member_is_never_open_to_others),
        OS_CASE(a_file_without_its_mode_or_owner_is_not_put),
        OS_CASE(no_secret_is_written_where_something_stands),
        OS_CASE(the_parent_is_what_is_synced),
        OS_CASE(a_directory_is_renamed_without_flags),
        OS_CASE(no_directory_is_replaced_without_flags),
        OS_CASE(a_file_is_put_without_flags),
        OS_CASE(two_that_cannot_change_places_stay),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
