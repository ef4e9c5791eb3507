/* SPDX-License-Identifier: MIT */
/*
 * A store in the lower layer of an overlay file system, as a container has it whose image was built
 * with the store in it. The first writer gets a copy of data.mdb; who opened it before for reading
 * alone keeps the lower file, in which nobody will ever revoke. Runs as root, in a mount namespace.
 */
#include <errno.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cases.h"
#include "child.h"
#include "fixture.h"
#include "storage.h"

enum { IMPORTER = 54002, GROUP = 54010, PATH_LEN = 160 };

/* Where the layers lie: on one file system, or the lower one on another, which changes inodes. */
enum layers { ON_ONE, ON_TWO };

static const char *in(const struct fixture *f, const char *name) {
    static char paths[8][PATH_LEN];
    static unsigned turn;
    char *path = paths[turn++ % 8];
    (void)snprintf(path, PATH_LEN, "%s/%s", f->dir, name);
    return path;
}

static void make_mount(const char *kind, const char *at, unsigned long flags, const char *data) {
    assert_int_equal(mkdir(at, 0755), 0);
    if (mount(kind, at, kind, flags, data) == 0) return;
    assert_true(errno == ENODEV || errno == EINVAL);
    skip_case("this kernel has no overlay file system");
}

/* Makes the store in the lower layer; f->store_path is that of the merged one from then on. */
static struct made_token set_up(struct fixture *f, enum layers layers) {
    char options[4 * PATH_LEN], command[2 * PATH_LEN];
    if (unshare(CLONE_NEWNS) != 0) {
        assert_int_equal(errno, EPERM);
        skip_case("only root can make a mount namespace");
    }
    assert_int_equal(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
    make_mount("tmpfs", in(f, "layers"), 0, "mode=0755");
    if (layers == ON_TWO)
        make_mount("tmpfs", in(f, "layers/lower"), 0, "mode=0755");
    else
        assert_int_equal(mkdir(in(f, "layers/lower"), 0755), 0);
    assert_int_equal(mkdir(in(f, "layers/upper"), 0755), 0);
    assert_int_equal(mkdir(in(f, "layers/work"), 0755), 0);
    (void)snprintf(f->store_path, sizeof f->store_path, "%s/layers/lower/store", f->dir);
    fixture_make_store(f, NULL);
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    struct made_token made = fixture_create(f->store, "anna", "n", NULL);
    apitoken_store_close(f->store);
    f->store = NULL;
    (void)snprintf(command, sizeof command, "chgrp -R %d '%s' && chmod 2770 '%s'", GROUP,
                   f->store_path, f->store_path);
    assert_int_equal(system(command), 0);
    (void)snprintf(options, sizeof options, "lowerdir=%s,upperdir=%s,workdir=%s",
                   in(f, "layers/lower"), in(f, "layers/upper"), in(f, "layers/work"));
    make_mount("overlay", in(f, "merged"), 0, options);
    (void)snprintf(f->store_path, sizeof f->store_path, "%s/merged/store", f->dir);
    return made;
}

static int setup(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    fixture_make_dir(f);
    assert_int_equal(chmod(f->dir, 0755), 0); /* another user goes through it */
    fixture_make_keys(f);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    struct fixture *f = *state;
    apitoken_store_close(f->store);
    f->store = NULL;
    (void)umount2(in(f, "merged"), MNT_DETACH);
    (void)umount2(in(f, "layers/lower"), MNT_DETACH);
    (void)umount2(in(f, "layers"), MNT_DETACH);
    return fixture_teardown(state);
}

/* A process that only validates, and opens before anybody has written. */
struct host {
    struct fixture *f;
    struct made_token made;
    uid_t uid;
    uint32_t is_up, revoked;
    uint32_t seen; /* validates before the revoke */
    int after;     /* what the first one said that began after it */
    int reopened;  /* and what a new handle says */
};

static int say(apitoken_store *store, const struct host *host) {
    return apitoken_validate(store, host->made.text, host->made.len, NULL, NULL, NULL);
}

static int validate_on(void *ctx) {
    struct host *host = ctx;
    if (host->uid != 0) {
        assert_int_equal(setgroups(0, NULL), 0);
        assert_int_equal(setresgid(GROUP, GROUP, GROUP), 0);
        assert_int_equal(setresuid(host->uid, host->uid, host->uid), 0);
    }
    apitoken_store *store = fixture_open(host->f, APITOKEN_MODE_VERIFY_ONLY);
    for (int i = 0; i < 3; i++) assert_code(say(store, host), 0); /* now it is remembered */
    raise_to(&host->is_up, 1);
    if (!wait_for(&host->revoked, 1)) return 1;
    host->after = say(store, host);
    for (int i = 0; i < 100; i++) assert_code(say(store, host), host->after);
    apitoken_store_close(store);
    store = fixture_open(host->f, APITOKEN_MODE_VERIFY_ONLY);
    host->reopened = say(store, host);
    apitoken_store_close(store);
    return 0;
}

/* What a host of that user says after a revoke by another process, the first one that writes. */
static struct host *play(struct fixture *f, enum layers layers, uid_t uid) {
    struct host *host = shared_memory(sizeof *host);
    struct stat st;
    *host = (struct host){ .f = f, .made = set_up(f, layers), .uid = uid };
    pid_t child = child_start(validate_on, host);
    assert_true(wait_for(&host->is_up, 1));
    assert_int_equal(stat(in(f, "layers/upper/store/data.mdb"), &st), uid == 0 ? 0 : -1);
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    assert_code(
        apitoken_revoke(f->store, LIT("anna"), host->made.id, strlen(host->made.id), NULL, NULL),
        0);
    raise_to(&host->revoked, 1);
    child_join(child);
    return host;
}

/* It copies the file up itself. */
static void a_host_that_may_write_the_file_sees_the_revoke(void **state) {
    assert_code(play(*state, ON_ONE, 0)->after, APITOKEN_E_REVOKED);
}

static void so_it_does_with_a_lower_layer_elsewhere(void **state) {
    assert_code(play(*state, ON_TWO, 0)->after, APITOKEN_E_REVOKED);
}

/* It cannot, and notices at once that what it has mapped is not what is written. */
static void a_host_that_may_not_is_told_so(void **state) {
    const struct host *host = play(*state, ON_ONE, IMPORTER);
    assert_code(host->after, APITOKEN_E_REPLACED);
    assert_code(host->reopened, APITOKEN_E_REVOKED);
}

static void so_it_is_with_a_lower_layer_elsewhere(void **state) {
    const struct host *host = play(*state, ON_TWO, IMPORTER);
    assert_code(host->after, APITOKEN_E_REPLACED);
    assert_code(host->reopened, APITOKEN_E_REVOKED);
}

/* The first open of all files changes their inodes, and is no replacement. */
static void a_first_open_for_writing_works(void **state) {
    struct fixture *f = *state;
    const struct made_token made = set_up(f, ON_TWO);
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    assert_code(apitoken_validate(f->store, made.text, made.len, NULL, NULL, NULL), 0);
    assert_code(apitoken_revoke(f->store, LIT("anna"), made.id, strlen(made.id), NULL, NULL), 0);
    assert_code(apitoken_validate(f->store, made.text, made.len, NULL, NULL, NULL),
                APITOKEN_E_REVOKED);
}

/* Without an upper layer nothing can be written, not even a lock. */
static void an_overlay_without_an_upper_layer_is_refused(void **state) {
    struct fixture *f = *state;
    char options[4 * PATH_LEN];
    apitoken_store *store = NULL;
    (void)set_up(f, ON_ONE);
    assert_int_equal(umount2(in(f, "merged"), 0), 0);
    (void)snprintf(options, sizeof options, "lowerdir=%s:%s", in(f, "layers/upper"),
                   in(f, "layers/lower"));
    assert_int_equal(mount("overlay", in(f, "merged"), "overlay", 0, options), 0);
    assert_code(apitoken_store_open(f->store_path, f->keyring, NULL, &store, NULL),
                APITOKEN_E_READ_ONLY_FS);
    assert_null(store);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(a_host_that_may_write_the_file_sees_the_revoke),
        TEST(so_it_does_with_a_lower_layer_elsewhere),
        TEST(a_host_that_may_not_is_told_so),
        TEST(so_it_is_with_a_lower_layer_elsewhere),
        TEST(a_first_open_for_writing_works),
        TEST(an_overlay_without_an_upper_layer_is_refused),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
