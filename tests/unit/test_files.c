/* SPDX-License-Identifier: MIT */
/* Paths, directories and their members. Whole files: test_files_whole.c. */
#include "outside/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/attr.h"
#include "cases.h"
#include "child.h"
#include "files_place.h"
#include "outside/file_system.h"

#define SENTINEL (-77)

/* ---- codes ----------------------------------------------------------------------------------- */

static void test_codes_of_errno(void **state) {
    (void)state;
    static const int rows[][2] = {
        { EACCES, APITOKEN_E_ACCESS },    { EPERM, APITOKEN_E_ACCESS },
        { ENOSPC, APITOKEN_E_DISK_FULL }, { EDQUOT, APITOKEN_E_DISK_FULL },
        { ENOMEM, APITOKEN_E_NOMEM },     { EROFS, APITOKEN_E_READ_ONLY_FS },
        { EIO, APITOKEN_E_IO },           { EMFILE, APITOKEN_E_IO },
        { ENOENT, APITOKEN_E_IO },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        apitoken_error err = APITOKEN_ERROR_INIT;
        assert_code(atk_fail_errno(&err, rows[i][0], "open", "x"), rows[i][1]);
        assert_int_equal(err.os_code, rows[i][0]);
    }
}

static void test_scoped_descriptors_close_themselves(void **state) {
    (void)state;
    int number;
    {
        ATK_SCOPED_FD fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
        assert_true(fd >= 0);
        number = fd;
    }
    assert_int_equal(fcntl(number, F_GETFD), -1);
    int none = -1;
    atk_fd_close(&none);
}

/*
 * What an open with this code must have left in *ret_fd, which was SENTINEL before: a descriptor
 * that no child inherits, closed here, or what was there. Gives the code.
 */
static int close_opened(int rc, int fd) {
    if (rc < 0) {
        assert_int_equal(fd, SENTINEL);
        return rc;
    }
    assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
    assert_int_equal(close(fd), 0);
    return 0;
}

/* ---- directories ----------------------------------------------------------------------------- */

static int open_dir(const char *path, unsigned allowed) {
    int fd = SENTINEL;
    int rc = atk_dir_open(path, allowed, &fd, NULL);
    return close_opened(rc, fd);
}

static void test_modes_of_a_directory(void **state) {
    const struct fixture *f = *state;
    static const struct {
        mode_t mode;
        int due;
    } rows[] = { { 0700, 0 },
                 { 0750, 0 },
                 { 02770, 0 },
                 { 0770, 0 },
                 { 0751, APITOKEN_E_UNSAFE },
                 { 0754, APITOKEN_E_UNSAFE },
                 { 0752, APITOKEN_E_UNSAFE },
                 { 0777, APITOKEN_E_UNSAFE },
                 { 0755, APITOKEN_E_UNSAFE } };
    const char *dir = at(f, "dir");
    assert_int_equal(mkdir(dir, 0700), 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(chmod(dir, rows[i].mode), 0);
        assert_code(open_dir(dir, 0), rows[i].due);
        assert_code(open_dir(dir, 1), rows[i].due);
    }
    int fd;
    apitoken_error err = APITOKEN_ERROR_INIT;
    assert_int_equal(chmod(dir, 02751), 0);
    assert_code(atk_dir_open(dir, 0, &fd, &err), APITOKEN_E_UNSAFE);
    assert_non_null(strstr(err.text, "(mode 2751)")); /* so that operators see what to change */
}

static void test_what_is_no_directory(void **state) {
    const struct fixture *f = *state;
    const char *dir = at(f, "dir"), *link_to = at(f, "link"), *file = at(f, "file");
    assert_int_equal(mkdir(dir, 0750), 0);
    assert_int_equal(symlink(dir, link_to), 0);
    make(file, 0600, "");
    assert_code(open_dir(link_to, 0), APITOKEN_E_SYMLINK);
    assert_code(open_dir(file, 0), APITOKEN_E_NO_STORE);
    assert_code(open_dir(at(f, "missing"), 0), APITOKEN_E_NO_STORE);
    assert_code(open_dir(at(f, "file/below"), 0), APITOKEN_E_NO_STORE);
    assert_int_equal(unlink(link_to), 0);
    assert_int_equal(symlink("nowhere", link_to), 0);
    assert_code(open_dir(link_to, 0), APITOKEN_E_SYMLINK);
}

/* Trailing slashes change nothing: a link stays a link. */
static void test_slashes_at_the_end(void **state) {
    const struct fixture *f = *state;
    struct stat root;
    ATK_SCOPED_FD before = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(mkdir(at(f, "dir"), 0750), 0);
    assert_int_equal(symlink("dir", at(f, "l")), 0);
    assert_code(open_dir(at(f, "dir/"), 0), 0);
    assert_code(open_dir(at(f, "dir//"), 0), 0);
    assert_code(open_dir(at(f, "l/"), 0), APITOKEN_E_SYMLINK);
    assert_code(open_dir(at(f, "l//"), 0), APITOKEN_E_SYMLINK);
    assert_int_equal(chdir(f->dir), 0);
    assert_code(open_dir("l/", 0), APITOKEN_E_SYMLINK);
    assert_int_equal(fchdir(before), 0);
    assert_int_equal(stat("/", &root), 0);
    if (root.st_mode & 07)
        assert_code(open_dir("/", 1), APITOKEN_E_UNSAFE); /* and not as missing */
}

/* dir/./././name, as long as a path may be. */
static const char *longest_path(const struct fixture *f, const char *name) {
    static char path[ATK_PATH_MAX + 1];
    size_t len = (size_t)snprintf(path, sizeof path, "%s/", f->dir), name_len = strlen(name);
    if ((ATK_PATH_MAX - len - name_len) % 2) path[len++] = '/';
    for (; len + name_len < ATK_PATH_MAX; len += 2) memcpy(path + len, "./", 2);
    memcpy(path + len, name, name_len + 1);
    assert_int_equal(strlen(path), ATK_PATH_MAX);
    return path;
}

static void test_paths_as_long_as_they_may_be(void **state) {
    const struct fixture *f = *state;
    char name[300];
    assert_int_equal(mkdir(at(f, "dir"), 0750), 0);
    assert_code(open_dir(longest_path(f, "dir"), 0), 0);
    assert_code(atk_file_put(longest_path(f, "file"), LIT("text"), NULL, NULL), 0);
    assert_content(at(f, "file"), "text");
    memset(name, 'n', sizeof name - 1); /* longer than any file system takes */
    name[sizeof name - 1] = '\0';
    assert_code(open_dir(longest_path(f, name), 0), APITOKEN_E_IO);
}

/* Whose files an ordinary user trusts, as bits: 1 root's, 2 their own, 4 another user's. */
static int what_a_user_trusts(void *ctx) {
    struct stat st;
    const int *dir_fd = ctx;
    if (geteuid() == 0 && seteuid(NOBODY) != 0) return 100;
    return (atk_member_require_safe(*dir_fd, "root", 0, &st, NULL) == 0) |
           (atk_member_require_safe(*dir_fd, "own", 0, &st, NULL) == 0) << 1 |
           (atk_member_require_safe(*dir_fd, "other", 0, &st, NULL) == 0) << 2;
}

static void test_roots_files_and_ones_own_are_trusted(void **state) {
    const struct fixture *f = *state;
    if (geteuid() != 0) return; /* only root can give files away */
    ATK_SCOPED_FD dir_fd = open(f->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(chmod(f->dir, 0711), 0);
    make(at(f, "root"), 0640, "");
    make(at(f, "own"), 0640, "");
    make(at(f, "other"), 0640, "");
    assert_int_equal(chown(at(f, "own"), NOBODY, NOBODY), 0);
    assert_int_equal(chown(at(f, "other"), 1, 1), 0);
    assert_int_equal(child_run(what_a_user_trusts, &dir_fd), 1 | 2);
}

static void test_owners(void **state) {
    const struct fixture *f = *state;
    if (geteuid() != 0) return; /* only root can give files away */
    const char *dir = at(f, "dir"), *file = at(f, "dir/file");
    struct stat st;
    assert_int_equal(mkdir(dir, 0750), 0);
    make(file, 0640, "");
    int dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(dir_fd >= 0);
    assert_code(atk_member_require_safe(dir_fd, "file", 0, &st, NULL), 0);
    assert_int_equal(chown(file, NOBODY, NOBODY), 0);
    assert_code(atk_member_require_safe(dir_fd, "file", 0, &st, NULL), APITOKEN_E_UNSAFE);
    assert_code(atk_member_require_safe(dir_fd, "file", 1, &st, NULL), 0);
    assert_int_equal(chown(dir, NOBODY, NOBODY), 0);
    assert_code(open_dir(dir, 0), APITOKEN_E_UNSAFE);
    assert_code(open_dir(dir, 1), 0);
    assert_int_equal(close(dir_fd), 0);
}

static void test_file_systems(void **state) {
    const struct fixture *f = *state;
    ATK_SCOPED_FD fd = open(f->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_code(atk_fs_require_usable(fd, f->dir, false, NULL), 0);
    assert_code(atk_fs_require_usable(-1, f->dir, true, NULL), APITOKEN_E_IO);
}

/* ---- members --------------------------------------------------------------------------------- */

static int open_member(int dir_fd, const char *name, int flags) {
    int fd = SENTINEL;
    int rc = atk_member_open(dir_fd, name, flags, 0, &fd, NULL);
    return close_opened(rc, fd);
}

static void make_socket(const char *path) {
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(close(fd), 0);
    assert_int_equal(chmod(path, 0600), 0);
}

static void test_members(void **state) {
    const struct fixture *f = *state;
    ATK_SCOPED_FD dir_fd = open(f->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct stat st;
    make(at(f, "good"), 0660, "");
    make(at(f, "wide"), 0664, "");
    make(at(f, "linked"), 0600, "");
    make(at(f, "twice"), 0600, "");
    assert_int_equal(link(at(f, "twice"), at(f, "twin")), 0);
    assert_int_equal(symlink("linked", at(f, "link")), 0);
    assert_int_equal(symlink("/nowhere", at(f, "dangling")), 0);
    assert_int_equal(mkdir(at(f, "folder"), 0700), 0);
    assert_int_equal(mkfifo(at(f, "fifo"), 0600), 0); /* and it must not block the host */
    make_socket(at(f, "socket"));
    static const struct {
        const char *name;
        int check, read_write, read_only;
    } rows[] = {
        { "good", 0, 0, 0 },
        { "wide", APITOKEN_E_UNSAFE, APITOKEN_E_UNSAFE, APITOKEN_E_UNSAFE },
        { "twice", APITOKEN_E_UNSAFE, APITOKEN_E_UNSAFE, APITOKEN_E_UNSAFE },
        { "twin", APITOKEN_E_UNSAFE, APITOKEN_E_UNSAFE, APITOKEN_E_UNSAFE },
        { "link", APITOKEN_E_SYMLINK, APITOKEN_E_SYMLINK, APITOKEN_E_SYMLINK },
        { "dangling", APITOKEN_E_SYMLINK, APITOKEN_E_SYMLINK, APITOKEN_E_SYMLINK },
        { "folder", APITOKEN_E_UNSAFE, APITOKEN_E_IO, APITOKEN_E_UNSAFE },
        { "fifo", APITOKEN_E_UNSAFE, APITOKEN_E_UNSAFE, APITOKEN_E_UNSAFE },
        { "socket", APITOKEN_E_UNSAFE, APITOKEN_E_IO, APITOKEN_E_IO },
        { "missing", APITOKEN_E_DAMAGED, APITOKEN_E_DAMAGED, APITOKEN_E_DAMAGED },
        { "data.mdb", APITOKEN_E_NO_STORE, APITOKEN_E_NO_STORE, APITOKEN_E_NO_STORE },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_code(atk_member_require_safe(dir_fd, rows[i].name, 0, &st, NULL), rows[i].check);
        assert_code(open_member(dir_fd, rows[i].name, O_RDWR), rows[i].read_write);
        assert_code(open_member(dir_fd, rows[i].name, O_RDONLY), rows[i].read_only);
    }
}

/*
 * A descriptor of something else than a directory is a fault of its own, not a store that is
 * missing.
 */
static void test_a_file_has_no_members(void **state) {
    const struct fixture *f = *state;
    struct stat st;
    int fd = SENTINEL;
    make(at(f, "file"), 0600, "");
    ATK_SCOPED_FD file = open(at(f, "file"), O_RDONLY | O_CLOEXEC);
    assert_true(file >= 0);
    assert_code(atk_member_require_safe(file, "data.mdb", 0, &st, NULL), APITOKEN_E_IO);
    assert_code(open_member(file, "data.mdb", O_RDONLY), APITOKEN_E_IO);
    assert_code(atk_member_create(file, "data.mdb", 0640, &fd, NULL), APITOKEN_E_IO);
    assert_int_equal(fd, SENTINEL);
}

/* In a host that closed its standard input the next file it opens is descriptor 0. */
static void test_a_path_ends_before_its_slashes(void **state) {
    (void)state;
    static const struct {
        const char *path;
        size_t len;
    } cases[] = { { "", 0 },    { "/", 1 },   { "//", 1 },  { "a", 1 },      { "a/", 1 },
                  { "a//", 1 }, { "ab/", 2 }, { "/a/", 2 }, { "a/b///", 3 }, { "a/b", 3 } };
    for (size_t i = 0; i < ATK_LEN(cases); i++)
        assert_int_equal(atk_path_len(cases[i].path), cases[i].len);
}

static void test_descriptor_0_is_one_like_others(void **state) {
    const struct fixture *f = *state;
    struct stat st;
    int fd = SENTINEL, kept = fcntl(0, F_DUPFD_CLOEXEC, 100),
        dir_fd = open(f->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(dir_fd > 0);
    assert_int_equal(close(0), 0);
    assert_code(atk_member_create(dir_fd, "file", 0640, &fd, NULL), 0);
    assert_int_equal(fd, 0);
    assert_int_equal(close(0), 0);
    assert_code(open_member(dir_fd, "file", O_RDWR), 0);
    assert_code(open_dir(f->dir, 0), 0);
    assert_code(atk_sync_parent(at(f, "file"), NULL), 0);
    assert_code(atk_file_put(at(f, "more"), LIT("text"), NULL, NULL), 0);
    assert_int_equal(fstat(0, &st), -1); /* each of them closed it */
    if (kept >= 0) assert_int_equal(dup2(kept, 0), 0);
    if (kept >= 0) assert_int_equal(close(kept), 0);
    assert_int_equal(close(dir_fd), 0);
}

static void test_new_members_have_exactly_their_mode(void **state) {
    const struct fixture *f = *state;
    static const mode_t modes[] = { 0640, 0660, 0600 };
    ATK_SCOPED_FD dir_fd = open(f->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    mode_t old = umask(0777);
    for (size_t i = 0; i < 3; i++) {
        char name[2] = { (char)('a' + i), '\0' };
        struct stat st;
        int fd = SENTINEL;
        assert_code(atk_member_create(dir_fd, name, modes[i], &fd, NULL), 0);
        assert_int_equal(fstat(fd, &st), 0);
        assert_int_equal(st.st_mode & 07777, modes[i]);
        assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
        assert_int_equal(close(fd), 0);
        fd = SENTINEL;
        assert_code(atk_member_create(dir_fd, name, modes[i], &fd, NULL), APITOKEN_E_EXISTS);
        assert_int_equal(fd, SENTINEL);
    }
    (void)umask(old);
    int fd = SENTINEL;
    assert_int_equal(symlink("nowhere", at(f, "link")), 0);
    assert_code(atk_member_create(dir_fd, "link", 0600, &fd, NULL), APITOKEN_E_EXISTS);
    assert_int_equal(access(at(f, "nowhere"), F_OK), -1);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_codes_of_errno),
        cmocka_unit_test(test_scoped_descriptors_close_themselves),
        WITH_DIR(test_modes_of_a_directory),
        WITH_DIR(test_what_is_no_directory),
        WITH_DIR(test_slashes_at_the_end),
        WITH_DIR(test_paths_as_long_as_they_may_be),
        cmocka_unit_test(test_a_path_ends_before_its_slashes),
        WITH_DIR(test_descriptor_0_is_one_like_others),
        WITH_DIR(test_owners),
        WITH_DIR(test_roots_files_and_ones_own_are_trusted),
        WITH_DIR(test_file_systems),
        WITH_DIR(test_members),
        WITH_DIR(test_a_file_has_no_members),
        WITH_DIR(test_new_members_have_exactly_their_mode),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
