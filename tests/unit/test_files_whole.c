/* SPDX-License-Identifier: MIT */
/* Files that are written, put in place and exchanged as a whole. */
#include "outside/files.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/attr.h"
#include "cases.h"
#include "files_place.h"

static void test_write_all(void **state) {
    const struct fixture *f = *state;
    ATK_SCOPED_FD fd = open(at(f, "file"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_code(atk_write_all(fd, LIT("some text"), "file", NULL), 0);
    assert_code(atk_write_all(fd, NULL, 0, "file", NULL), 0);
    assert_content(at(f, "file"), "some text");
    ATK_SCOPED_FD full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    if (full >= 0)
        assert_code(atk_write_all(full, LIT("some text"), "file", NULL), APITOKEN_E_DISK_FULL);
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
    const uid_t owners[][2] = {
        { NOBODY, NOBODY }, { NOBODY, getegid() }, { geteuid(), NOBODY }, { geteuid(), getegid() }
    };
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

/* A user who cannot keep the owner of a file must not replace it. */
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
    /* a file cannot replace it */
    assert_code(atk_file_put(at(f, "folder"), LIT("text"), &before, NULL), APITOKEN_E_IO);
    assert_int_equal(entries_of(f->dir), 1);
}

static void test_parents_of_all_sorts(void **state) {
    const struct fixture *f = *state;
    static const char *const names[] = { "a", "a/", "a//", "a/b", "a//b", "a/b/" };
    assert_int_equal(mkdir(at(f, "a"), 0700), 0);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_code(atk_sync_parent(at(f, names[i]), NULL), 0);
    assert_code(atk_sync_parent("relative", NULL), 0);
    assert_code(atk_sync_parent("relative/", NULL), 0);
    assert_code(atk_sync_parent("/", NULL), 0);
    assert_code(atk_sync_parent("/top", NULL), 0);
    assert_code(atk_sync_parent(at(f, "missing/file"), NULL), APITOKEN_E_IO);
}

static const struct atk_lost_member lost = {
    .name = "lost", .like = "like", .len = 100000, .allocated = 4096
};

static int renew(const struct fixture *f) {
    ATK_SCOPED_FD dir = open(f->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return atk_member_renew(dir, &lost, NULL);
}

static void test_a_lost_member_is_made_like_another(void **state) {
    const struct fixture *f = *state;
    struct stat st;
    make(at(f, "like"), 0640, "text");
    if (geteuid() == 0) assert_int_equal(chown(at(f, "like"), NOBODY, NOBODY), 0);
    make(at(f, "lost.new"), 0600, "of one who crashed");
    mode_t old = umask(0777);
    assert_code(renew(f), 0);
    (void)umask(old);
    assert_int_equal(stat(at(f, "lost"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0640);
    if (geteuid() == 0) assert_true(st.st_uid == NOBODY && st.st_gid == NOBODY);
    assert_int_equal(st.st_size, 100000);
    assert_true(st.st_blocks * 512 >= 4096);
    assert_int_equal(entries_of(f->dir), 2);
}

static void test_a_lost_member_that_cannot_be_made_leaves_nothing(void **state) {
    const struct fixture *f = *state;
    assert_code(renew(f), APITOKEN_E_DAMAGED); /* there is nothing that it could be like */
    assert_int_equal(entries_of(f->dir), 0);
    make(at(f, "like"), 0640, "text");
    assert_int_equal(mkdir(at(f, "lost"), 0700), 0);
    assert_code(renew(f), APITOKEN_E_IO);
    assert_int_equal(entries_of(f->dir), 2);
    assert_int_equal(mkdir(at(f, "lost.new"), 0700), 0);
    assert_code(renew(f), APITOKEN_E_EXISTS);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
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
        WITH_DIR(test_a_lost_member_is_made_like_another),
        WITH_DIR(test_a_lost_member_that_cannot_be_made_leaves_nothing),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
