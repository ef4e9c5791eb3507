/* SPDX-License-Identifier: MIT */
#include "files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "attr.h"
#include "child.h"
#include "samples.h"

#define SENTINEL (-77)
#define NOBODY 65534

static int setup(void **state) {
    struct fixture *f = malloc(sizeof *f);
    assert_non_null(f);
    fixture_make_dir(f);
    assert_int_equal(chmod(f->dir, 0750), 0);
    *state = f;
    return 0;
}

static const char *at(const struct fixture *f, const char *name) {
    static char paths[4][128];
    static unsigned turn;
    char *path = paths[turn++ % 4];
    (void)snprintf(path, sizeof paths[0], "%s/%s", f->dir, name);
    return path;
}

static void make(const char *path, mode_t mode, const char *text) {
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(fchmod(fd, mode), 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(close(fd), 0);
}

static void assert_content(const char *path, const char *text) {
    char got[64] = "";
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(read(fd, got, sizeof got - 1), strlen(text));
    assert_int_equal(close(fd), 0);
    assert_string_equal(got, text);
}

static unsigned entries_of(const char *dir) {
    unsigned count = 0;
    DIR *d = opendir(dir);
    assert_non_null(d);
    while (readdir(d)) count++;
    assert_int_equal(closedir(d), 0);
    return count - 2; /* . and .. */
}

/* ---- paths and codes --------------------------------------------------------------------------------------------- */

static void test_paths(void **state) {
    (void)state;
    static char longest[ATK_PATH_MAX + 2];
    assert_code(atk_path_check(NULL, NULL), APITOKEN_E_PATH);
    assert_code(atk_path_check("", NULL), APITOKEN_E_PATH);
    assert_code(atk_path_check("postgres://host/db", NULL), APITOKEN_E_PATH);
    assert_code(atk_path_check("a", NULL), 0);
    assert_code(atk_path_check("C:/a:b", NULL), 0);
    memset(longest, 'p', ATK_PATH_MAX);
    assert_code(atk_path_check(longest, NULL), 0);
    longest[ATK_PATH_MAX] = 'p';
    assert_code(atk_path_check(longest, NULL), APITOKEN_E_PATH);
}

static void test_codes_of_errno(void **state) {
    (void)state;
    static const int rows[][2] = {
        { EACCES, APITOKEN_E_ACCESS },    { EPERM, APITOKEN_E_ACCESS }, { ENOSPC, APITOKEN_E_DISK_FULL },
        { EDQUOT, APITOKEN_E_DISK_FULL }, { ENOMEM, APITOKEN_E_NOMEM }, { EROFS, APITOKEN_E_READ_ONLY_FS },
        { EIO, APITOKEN_E_IO },           { EMFILE, APITOKEN_E_IO },    { ENOENT, APITOKEN_E_IO },
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

/* ---- directories ------------------------------------------------------------------------------------------------- */

static int open_dir(const char *path, int any_owner) {
    int fd = SENTINEL;
    int rc = atk_dir_open(path, any_owner, &fd, NULL);
    if (rc < 0) {
        assert_int_equal(fd, SENTINEL);
        return rc;
    }
    assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
    assert_int_equal(close(fd), 0);
    return 0;
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
    assert_non_null(strstr(err.text, "(mode 2751)")); /* so that one sees what to change */
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

/* Slashes at the end change nothing: not what stands there, and not that a link is none. */
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
    if (root.st_mode & 07) assert_code(open_dir("/", 1), APITOKEN_E_UNSAFE); /* and not: missing */
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

/* Bits of what a user without rights trusts: 1 root's, 2 their own, 4 somebody else's. */
static int what_a_user_trusts(void *ctx) {
    struct stat st;
    const int *dir_fd = ctx;
    if (geteuid() == 0 && seteuid(NOBODY) != 0) return 100;
    return (atk_member_check(*dir_fd, "root", 0, &st, NULL) == 0) | (atk_member_check(*dir_fd, "own", 0, &st, NULL) == 0) << 1 |
           (atk_member_check(*dir_fd, "other", 0, &st, NULL) == 0) << 2;
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
    assert_code(atk_member_check(dir_fd, "file", 0, &st, NULL), 0);
    assert_int_equal(chown(file, NOBODY, NOBODY), 0);
    assert_code(atk_member_check(dir_fd, "file", 0, &st, NULL), APITOKEN_E_UNSAFE);
    assert_code(atk_member_check(dir_fd, "file", 1, &st, NULL), 0);
    assert_int_equal(chown(dir, NOBODY, NOBODY), 0);
    assert_code(open_dir(dir, 0), APITOKEN_E_UNSAFE);
    assert_code(open_dir(dir, 1), 0);
    assert_int_equal(close(dir_fd), 0);
}

static void test_file_systems(void **state) {
    const struct fixture *f = *state;
    ATK_SCOPED_FD fd = open(f->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_code(atk_fs_check(fd, f->dir, NULL), 0);
    assert_code(atk_fs_check(-1, f->dir, NULL), APITOKEN_E_IO);
}

/* ---- members ----------------------------------------------------------------------------------------------------- */

static int open_member(int dir_fd, const char *name, int flags) {
    int fd = SENTINEL;
    int rc = atk_member_open(dir_fd, name, flags, 0, &fd, NULL);
    if (rc < 0) {
        assert_int_equal(fd, SENTINEL);
        return rc;
    }
    assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
    assert_int_equal(close(fd), 0);
    return 0;
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
    assert_int_equal(symlink("linked", at(f, "link")), 0);
    assert_int_equal(symlink("/nowhere", at(f, "dangling")), 0);
    assert_int_equal(mkdir(at(f, "folder"), 0700), 0);
    assert_int_equal(mkfifo(at(f, "fifo"), 0600), 0); /* must not block the host, either */
    make_socket(at(f, "socket"));
    static const struct {
        const char *name;
        int check, read_write, read_only;
    } rows[] = {
        { "good", 0, 0, 0 },
        { "wide", APITOKEN_E_UNSAFE, APITOKEN_E_UNSAFE, APITOKEN_E_UNSAFE },
        { "link", APITOKEN_E_SYMLINK, APITOKEN_E_SYMLINK, APITOKEN_E_SYMLINK },
        { "dangling", APITOKEN_E_SYMLINK, APITOKEN_E_SYMLINK, APITOKEN_E_SYMLINK },
        { "folder", APITOKEN_E_UNSAFE, APITOKEN_E_IO, APITOKEN_E_UNSAFE },
        { "fifo", APITOKEN_E_UNSAFE, APITOKEN_E_UNSAFE, APITOKEN_E_UNSAFE },
        { "socket", APITOKEN_E_UNSAFE, APITOKEN_E_IO, APITOKEN_E_IO },
        { "missing", APITOKEN_E_DAMAGED, APITOKEN_E_DAMAGED, APITOKEN_E_DAMAGED },
        { "data.mdb", APITOKEN_E_NO_STORE, APITOKEN_E_NO_STORE, APITOKEN_E_NO_STORE },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_code(atk_member_check(dir_fd, rows[i].name, 0, &st, NULL), rows[i].check);
        assert_code(open_member(dir_fd, rows[i].name, O_RDWR), rows[i].read_write);
        assert_code(open_member(dir_fd, rows[i].name, O_RDONLY), rows[i].read_only);
    }
}

/* A descriptor of something else than a directory is a fault of its own, not a store that is missing. */
static void test_a_file_has_no_members(void **state) {
    const struct fixture *f = *state;
    struct stat st;
    int fd = SENTINEL;
    make(at(f, "file"), 0600, "");
    ATK_SCOPED_FD file = open(at(f, "file"), O_RDONLY | O_CLOEXEC);
    assert_true(file >= 0);
    assert_code(atk_member_check(file, "data.mdb", 0, &st, NULL), APITOKEN_E_IO);
    assert_code(open_member(file, "data.mdb", O_RDONLY), APITOKEN_E_IO);
    assert_code(atk_member_create(file, "data.mdb", 0640, &fd, NULL), APITOKEN_E_IO);
    assert_int_equal(fd, SENTINEL);
}

/* A host that closed its standard input gets it for the next file that it opens. */
static void test_descriptor_0_is_one_like_others(void **state) {
    const struct fixture *f = *state;
    struct stat st;
    int fd = SENTINEL, kept = fcntl(0, F_DUPFD_CLOEXEC, 100), dir_fd = open(f->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
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

static void test_allocate_takes_blocks_and_never_shortens(void **state) {
    const struct fixture *f = *state;
    ATK_SCOPED_FD fd = open(at(f, "file"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    struct stat st;
    assert_code(atk_allocate(fd, 65536, "file", NULL), 0);
    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(st.st_size, 65536);
    assert_true(st.st_blocks * 512 >= 65536);
    assert_code(atk_allocate(fd, 4096, "file", NULL), 0);
    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(st.st_size, 65536);
    assert_code(atk_allocate(-1, 4096, "file", NULL), APITOKEN_E_IO);
}

/* ---- whole files ------------------------------------------------------------------------------------------------- */

static void test_write_all(void **state) {
    const struct fixture *f = *state;
    ATK_SCOPED_FD fd = open(at(f, "file"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_code(atk_write_all(fd, LIT("some text"), "file", NULL), 0);
    assert_code(atk_write_all(fd, NULL, 0, "file", NULL), 0);
    assert_content(at(f, "file"), "some text");
    ATK_SCOPED_FD full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    if (full >= 0) assert_code(atk_write_all(full, LIT("some text"), "file", NULL), APITOKEN_E_DISK_FULL);
}

static void test_rename_never_replaces(void **state) {
    const struct fixture *f = *state;
    const char *from = at(f, "from"), *to = at(f, "to");
    make(from, 0600, "new");
    make(to, 0600, "old");
    assert_code(atk_rename_new(from, to, NULL), APITOKEN_E_EXISTS);
    assert_content(to, "old");
    assert_content(from, "new");
    assert_int_equal(unlink(to), 0);
    assert_code(atk_rename_new(from, to, NULL), 0);
    assert_content(to, "new");
    assert_code(atk_rename_new(from, to, NULL), APITOKEN_E_IO);
}

static void test_two_change_their_places(void **state) {
    const struct fixture *f = *state;
    make(at(f, "one"), 0600, "first");
    make(at(f, "other"), 0600, "second");
    assert_code(atk_rename_exchange(at(f, "one"), at(f, "other"), NULL), 0);
    assert_content(at(f, "one"), "second");
    assert_content(at(f, "other"), "first");
    assert_code(atk_rename_exchange(at(f, "one"), at(f, "missing"), NULL), APITOKEN_E_IO);
    assert_content(at(f, "one"), "second");
    assert_int_equal(entries_of(f->dir), 2);
}

static void test_put_makes_a_new_file(void **state) {
    const struct fixture *f = *state;
    const char *path = at(f, "file");
    struct stat st;
    mode_t old = umask(0777);
    assert_code(atk_file_put(path, LIT("text"), NULL, NULL), 0);
    (void)umask(old);
    assert_content(path, "text");
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(entries_of(f->dir), 1);
    assert_code(atk_file_put(path, LIT("more"), NULL, NULL), APITOKEN_E_EXISTS);
    assert_content(path, "text");
    assert_int_equal(entries_of(f->dir), 1);
}

static void test_put_follows_no_link(void **state) {
    const struct fixture *f = *state;
    assert_int_equal(symlink("nowhere", at(f, "link")), 0);
    assert_code(atk_file_put(at(f, "link"), LIT("text"), NULL, NULL), APITOKEN_E_EXISTS);
    assert_int_equal(access(at(f, "nowhere"), F_OK), -1);
    assert_int_equal(entries_of(f->dir), 1);
}

static void test_put_replaces_and_keeps_the_owner(void **state) {
    const struct fixture *f = *state;
    const char *path = at(f, "file");
    const uid_t owners[][2] = { { NOBODY, NOBODY }, { NOBODY, getegid() }, { geteuid(), NOBODY }, { geteuid(), getegid() } };
    for (size_t i = 0; i < sizeof owners / sizeof owners[0]; i++) {
        struct stat before, after;
        make(path, 0640, "old");
        if (geteuid() == 0) assert_int_equal(chown(path, owners[i][0], owners[i][1]), 0);
        assert_int_equal(stat(path, &before), 0);
        assert_code(atk_file_put(path, LIT("new"), &before, NULL), 0);
        assert_content(path, "new");
        assert_int_equal(stat(path, &after), 0);
        assert_int_equal(after.st_mode & 07777, 0600);
        assert_int_equal(after.st_uid, before.st_uid);
        assert_int_equal(after.st_gid, before.st_gid);
        assert_int_not_equal(after.st_ino, before.st_ino);
        assert_int_equal(entries_of(f->dir), 1);
        assert_int_equal(unlink(path), 0);
    }
}

/* Also where only the group is another one. */
static void test_put_keeps_the_group(void **state) {
    const struct fixture *f = *state;
    const char *path = at(f, "file");
    struct stat before, after;
    if (geteuid() != 0) return; /* only root can give files away */
    make(path, 0600, "old");
    assert_int_equal(chown(path, geteuid(), NOBODY), 0);
    assert_int_equal(stat(path, &before), 0);
    assert_code(atk_file_put(path, LIT("new"), &before, NULL), 0);
    assert_content(path, "new");
    assert_int_equal(stat(path, &after), 0);
    assert_int_equal(after.st_uid, geteuid());
    assert_int_equal(after.st_gid, NOBODY);
}

/* Who may not give a file to whose it was must not take it over. */
static void test_put_does_not_take_a_file_over(void **state) {
    const struct fixture *f = *state;
    const char *path = at(f, "file");
    struct stat before, after;
    if (geteuid() != 0) return;
    make(path, 0600, "old");
    assert_int_equal(chmod(f->dir, 0777), 0);
    assert_int_equal(stat(path, &before), 0);
    assert_int_equal(seteuid(NOBODY), 0);
    int rc = atk_file_put(path, LIT("new"), &before, NULL);
    assert_int_equal(seteuid(0), 0);
    assert_code(rc, APITOKEN_E_ACCESS);
    assert_int_equal(stat(path, &after), 0);
    assert_int_equal(after.st_ino, before.st_ino);
    assert_content(path, "old");
    assert_int_equal(entries_of(f->dir), 1);
}

static void test_put_that_fails_leaves_nothing(void **state) {
    const struct fixture *f = *state;
    struct stat before;
    assert_code(atk_file_put(at(f, "missing/file"), LIT("text"), NULL, NULL), APITOKEN_E_IO);
    assert_int_equal(mkdir(at(f, "folder"), 0700), 0);
    assert_int_equal(stat(at(f, "folder"), &before), 0);
    assert_code(atk_file_put(at(f, "folder"), LIT("text"), &before, NULL), APITOKEN_E_IO); /* a file cannot replace it */
    assert_int_equal(entries_of(f->dir), 1);
}

static void test_parents_of_all_sorts(void **state) {
    const struct fixture *f = *state;
    static const char *const names[] = { "a", "a/", "a//", "a/b", "a//b", "a/b/" };
    assert_int_equal(mkdir(at(f, "a"), 0700), 0);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) assert_code(atk_sync_parent(at(f, names[i]), NULL), 0);
    assert_code(atk_sync_parent("relative", NULL), 0);
    assert_code(atk_sync_parent("relative/", NULL), 0);
    assert_code(atk_sync_parent("/", NULL), 0);
    assert_code(atk_sync_parent("/top", NULL), 0);
    assert_code(atk_sync_parent(at(f, "missing/file"), NULL), APITOKEN_E_IO);
}

#define WITH_DIR(test) cmocka_unit_test_setup_teardown(test, setup, fixture_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_codes_of_errno),
        cmocka_unit_test(test_scoped_descriptors_close_themselves),
        WITH_DIR(test_modes_of_a_directory),
        WITH_DIR(test_what_is_no_directory),
        WITH_DIR(test_slashes_at_the_end),
        WITH_DIR(test_paths_as_long_as_they_may_be),
        WITH_DIR(test_descriptor_0_is_one_like_others),
        WITH_DIR(test_owners),
        WITH_DIR(test_roots_files_and_ones_own_are_trusted),
        WITH_DIR(test_file_systems),
        WITH_DIR(test_members),
        WITH_DIR(test_a_file_has_no_members),
        WITH_DIR(test_new_members_have_exactly_their_mode),
        WITH_DIR(test_allocate_takes_blocks_and_never_shortens),
        WITH_DIR(test_write_all),
        WITH_DIR(test_rename_never_replaces),
        WITH_DIR(test_two_change_their_places),
        WITH_DIR(test_put_makes_a_new_file),
        WITH_DIR(test_put_follows_no_link),
        WITH_DIR(test_put_replaces_and_keeps_the_owner),
        WITH_DIR(test_put_keeps_the_group),
        WITH_DIR(test_put_does_not_take_a_file_over),
        WITH_DIR(test_put_that_fails_leaves_nothing),
        WITH_DIR(test_parents_of_all_sorts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
