/* SPDX-License-Identifier: MIT */
/*
 * Who may open a store: a process of another user in the store's group can verify but not write; a
 * store that others can access is refused, and so is a read-only mount. Runs as root, which can
 * become any user.
 */
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cases.h"
#include "child.h"
#include "fixture.h"
#include "storage.h"

enum {
    OWNER = 54001,
    IMPORTER = 54002,
    STRANGER = 54003,
    GROUP = 54010,
    OTHER_GROUP = 54011,
    PATH_LEN = 160
};

static const char *const members[] = { "data.mdb", "lock.mdb", "writer.lock", "last-use" };
enum { MEMBERS = sizeof members / sizeof *members };

static struct fixture *f;
static struct made_token good;

/* ---- who, and what is due -------------------------------------------------------------------- */

static void path_of(const char *member, char path[PATH_LEN]) {
    (void)snprintf(path, PATH_LEN, "%s/%s", f->store_path, member);
}

/* The store and all that is in it. */
static void give_to(uid_t uid, gid_t gid) {
    char path[PATH_LEN];
    for (int i = 0; i < MEMBERS; i++) {
        path_of(members[i], path);
        assert_int_equal(chown(path, uid, gid), 0);
    }
    assert_int_equal(chown(f->store_path, uid, gid), 0);
    assert_int_equal(chmod(f->store_path, 02770), 0); /* chown drops the set-group-id bit */
}

struct visit {
    uid_t uid;
    gid_t gid;
    uint32_t mode; /* APITOKEN_MODE_ */
    int due;
};

static void use(apitoken_store *store, uint32_t mode) {
    apitoken_secret *secret = NULL;
    apitoken_page *page = NULL;
    int can_write = mode == APITOKEN_MODE_READ_WRITE;
    assert_code(apitoken_validate(store, good.text, good.len, NULL, NULL, NULL), 0);
    assert_code(apitoken_list(store, LIT("anna"), NULL, &page, NULL), 0);
    assert_true(apitoken_page_count(page) > 0);
    apitoken_page_free(page);
    assert_code(apitoken_create(store, LIT("anna"), LIT("n"), NULL, &secret, NULL),
                can_write ? 0 : APITOKEN_E_VERIFY_ONLY);
    apitoken_secret_free(secret);
}

/* In a child that becomes that user for good. The keyrings were loaded before, as root. */
static int visit_as(void *ctx) {
    const struct visit *v = ctx;
    apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
    apitoken_store *store = NULL;
    const apitoken_keyring *keyring =
        v->mode == APITOKEN_MODE_VERIFY_ONLY ? f->verify_keyring : f->keyring;
    opts.mode = v->mode;
    opts.clock = fixture_clock;
    opts.clock_ctx = f;
    assert_int_equal(setgroups(0, NULL), 0);
    assert_int_equal(setresgid(v->gid, v->gid, v->gid), 0);
    assert_int_equal(setresuid(v->uid, v->uid, v->uid), 0);
    assert_code(apitoken_store_open(f->store_path, keyring, &opts, &store, NULL), v->due);
    if (v->due != 0) {
        assert_null(store);
        return 0;
    }
    use(store, v->mode);
    apitoken_store_close(store);
    return 0;
}

static void visit(uid_t uid, gid_t gid, uint32_t mode, int due) {
    struct visit v = { uid, gid, mode, due };
    child_join(child_start(visit_as, &v));
}

/* ---- users and groups ------------------------------------------------------------------------ */

static void the_modes_are_explicit(void **state) {
    static const mode_t modes[MEMBERS] = { 0640, 0660, 0660, 0660 };
    struct stat st;
    (void)state;
    for (int i = 0; i < MEMBERS; i++) {
        char path[PATH_LEN];
        path_of(members[i], path);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 07777, modes[i]);
    }
    assert_int_equal(stat(f->store_path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 02770);
}

/* As in production: one user administers, another one of the same group imports. */
static void the_owner_writes_and_the_group_verifies(void **state) {
    (void)state;
    give_to(OWNER, GROUP);
    visit(OWNER, GROUP, APITOKEN_MODE_READ_WRITE, 0);
    visit(OWNER, GROUP, APITOKEN_MODE_VERIFY_ONLY, 0);
    visit(IMPORTER, GROUP, APITOKEN_MODE_VERIFY_ONLY, 0);
    /* it belongs to neither oneself nor root */
    visit(IMPORTER, GROUP, APITOKEN_MODE_READ_WRITE, APITOKEN_E_UNSAFE);
    visit(STRANGER, OTHER_GROUP, APITOKEN_MODE_VERIFY_ONLY, APITOKEN_E_ACCESS);
    visit(STRANGER, OTHER_GROUP, APITOKEN_MODE_READ_WRITE, APITOKEN_E_ACCESS);
}

static void a_store_of_root_is_read_by_its_group(void **state) {
    (void)state;
    give_to(0, GROUP);
    visit(IMPORTER, GROUP, APITOKEN_MODE_VERIFY_ONLY, 0);
    /* trusted, but data.mdb is 0640 */
    visit(IMPORTER, GROUP, APITOKEN_MODE_READ_WRITE, APITOKEN_E_ACCESS);
    visit(STRANGER, OTHER_GROUP, APITOKEN_MODE_VERIFY_ONLY, APITOKEN_E_ACCESS);
}

static int write_on(void *ctx) {
    apitoken_store *store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    uint32_t *stop = ctx;
    while (!reads(stop)) (void)fixture_create(store, "anna", "beside", NULL);
    apitoken_store_close(store);
    return 0;
}

/* Users share the reader table and the locks. */
static void two_users_use_it_at_once(void **state) {
    uint32_t *stop = shared_memory(sizeof *stop);
    (void)state;
    give_to(0, GROUP);
    pid_t writer = child_start(write_on, stop);
    for (int i = 0; i < 20; i++) visit(IMPORTER, GROUP, APITOKEN_MODE_VERIFY_ONLY, 0);
    raise_to(stop, 1);
    child_join(writer);
}

/* ---- access for others ----------------------------------------------------------------------- */

static void expect_open(uint32_t mode, int due) { visit(0, 0, mode, due); }

static void expect_both(int due) {
    expect_open(APITOKEN_MODE_READ_WRITE, due);
    expect_open(APITOKEN_MODE_VERIFY_ONLY, due);
}

static void access_for_others_is_refused(void **state) {
    static const mode_t bits[] = { 01, 02, 04 };
    (void)state;
    give_to(0, 0);
    for (size_t bit = 0; bit < sizeof bits / sizeof *bits; bit++) {
        assert_int_equal(chmod(f->store_path, 0750 | bits[bit]), 0);
        expect_both(APITOKEN_E_UNSAFE);
        assert_int_equal(chmod(f->store_path, 0750), 0);
        for (int i = 0; i < MEMBERS; i++) {
            char path[PATH_LEN];
            mode_t right = i == 0 ? 0640 : 0660;
            path_of(members[i], path);
            assert_int_equal(chmod(path, right | bits[bit]), 0);
            expect_both(APITOKEN_E_UNSAFE);
            assert_int_equal(chmod(path, right), 0);
        }
    }
    expect_both(0);
}

static void a_file_of_somebody_else_is_refused(void **state) {
    (void)state;
    for (int i = 0; i < MEMBERS; i++) {
        char path[PATH_LEN];
        give_to(0, 0);
        path_of(members[i], path);
        assert_int_equal(chown(path, STRANGER, 0), 0);
        expect_open(APITOKEN_MODE_READ_WRITE, APITOKEN_E_UNSAFE);
    }
    give_to(0, 0);
    assert_int_equal(chown(f->store_path, STRANGER, 0), 0);
    expect_open(APITOKEN_MODE_READ_WRITE, APITOKEN_E_UNSAFE);
    give_to(0, 0);
    expect_both(0);
}

/* ---- links and mounts ------------------------------------------------------------------------ */

static void a_symbolic_link_is_refused(void **state) {
    char path[PATH_LEN], moved[PATH_LEN + 8];
    (void)state;
    give_to(0, 0);
    for (int i = 0; i < MEMBERS; i++) {
        path_of(members[i], path);
        (void)snprintf(moved, sizeof moved, "%s-moved", path);
        assert_int_equal(rename(path, moved), 0);
        assert_int_equal(symlink(moved, path), 0);
        expect_both(APITOKEN_E_SYMLINK);
        assert_int_equal(rename(moved, path), 0);
    }
    (void)snprintf(moved, sizeof moved, "%s-moved", f->store_path);
    assert_int_equal(rename(f->store_path, moved), 0);
    assert_int_equal(symlink(moved, f->store_path), 0);
    expect_both(APITOKEN_E_SYMLINK);
    assert_int_equal(unlink(f->store_path), 0);
    assert_int_equal(rename(moved, f->store_path), 0);
    expect_both(0);
}

/*
 * In a mount namespace of the child; outside of it somebody may be writing. LMDB would read without
 * any lock.
 */
static int open_read_only_mount(void *unused) {
    static const uint32_t modes[] = { APITOKEN_MODE_READ_WRITE, APITOKEN_MODE_VERIFY_ONLY };
    (void)unused;
    assert_int_equal(unshare(CLONE_NEWNS), 0);
    assert_int_equal(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
    assert_int_equal(mount(f->store_path, f->store_path, NULL, MS_BIND, NULL), 0);
    assert_int_equal(mount("none", f->store_path, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL), 0);
    for (int i = 0; i < 2; i++) {
        apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
        apitoken_store *store = NULL;
        opts.mode = modes[i];
        assert_code(apitoken_store_open(f->store_path, f->keyring, &opts, &store, NULL),
                    APITOKEN_E_READ_ONLY_FS);
        assert_null(store);
    }
    return 0;
}

static void a_read_only_mount_is_refused(void **state) {
    (void)state;
    give_to(0, 0);
    child_join(child_start(open_read_only_mount, NULL));
    expect_both(0);
}

/* ---- */

static int setup(void **state) {
    apitoken_store_create_opts opts = APITOKEN_STORE_CREATE_OPTS_INIT;
    static struct fixture made;
    (void)state;
    f = &made;
    fixture_make_dir(f);
    fixture_make_keys(f);
    opts.flags = APITOKEN_STORE_GROUP;
    (void)umask(077); /* must not matter */
    fixture_make_store(f, &opts);
    assert_int_equal(chmod(f->dir, 0755), 0);
    apitoken_store *store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    good = fixture_create(store, "anna", "n", NULL);
    apitoken_store_close(store);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    fixture_remove(f);
    return 0;
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_modes_are_explicit),
        cmocka_unit_test(the_owner_writes_and_the_group_verifies),
        cmocka_unit_test(a_store_of_root_is_read_by_its_group),
        cmocka_unit_test(two_users_use_it_at_once),
        cmocka_unit_test(access_for_others_is_refused),
        cmocka_unit_test(a_file_of_somebody_else_is_refused),
        cmocka_unit_test(a_symbolic_link_is_refused),
        cmocka_unit_test(a_read_only_mount_is_refused),
    };
    storage_in_memory(STORAGE_USUAL);
    if (geteuid() != 0) {
        print_message("1..0 # SKIP only root can be another user\n");
        return 0;
    }
    return run_cases(argc, argv, tests, setup, teardown);
}
