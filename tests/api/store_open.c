/* SPDX-License-Identifier: MIT */
/*
 * apitoken_store_open() and apitoken_store_close(): modes, keys, and stores that are unsafe,
 * replaced or in use. Damage is in store_damage.c.
 */
#include "api.h"

#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cases.h"

#define RW APITOKEN_MODE_READ_WRITE
#define VERIFY APITOKEN_MODE_VERIFY_ONLY

static const char *const members[] = { "data.mdb", "lock.mdb", "writer.lock", "last-use" };

/* ---- handles --------------------------------------------------------------------------------- */

static void a_store_opens_in_both_modes(void **state) {
    const struct fixture *f = *state;
    apitoken_store *store = NULL;
    assert_opens(f, 0);
    assert_code(try_open(f, 0), 0);
    assert_code(apitoken_store_open(f->store_path, f->verify_keyring, NULL, &store, NULL),
                APITOKEN_E_KEYS_VERIFY);
    assert_null(store);
    apitoken_store_close(NULL);
}

static void unknown_modes_are_refused(void **state) {
    const struct fixture *f = *state;
    assert_code(try_open(f, 3), APITOKEN_E_MODE);
    assert_code(try_open(f, UINT32_MAX), APITOKEN_E_MODE);
}

static void handles_of_one_store_share_what_they_see(void **state) {
    struct fixture *f = *state;
    apitoken_store *a = fixture_open(f, RW), *b = fixture_open(f, RW), *v = fixture_open(f, VERIFY);
    struct made_token token = fixture_create(a, "owner", "name", NULL);
    assert_code(check(b, &token), 0);
    assert_code(check(v, &token), 0);
    apitoken_store_close(a);
    assert_code(revoke_token(b, "owner", token.id), 0);
    assert_code(check(v, &token), APITOKEN_E_REVOKED);
    apitoken_store_close(b);
    assert_code(check(v, &token), APITOKEN_E_REVOKED);
    apitoken_store_close(v);
}

static void a_store_open_verify_only_does_not_become_writable(void **state) {
    struct fixture *f = *state;
    apitoken_store *v = fixture_open(f, VERIFY);
    assert_code(try_open(f, RW), APITOKEN_E_MODE);
    assert_code(try_open(f, VERIFY), 0);
    apitoken_store_close(v);
    assert_code(try_open(f, RW), 0);
}

static void a_verify_only_handle_writes_nothing(void **state) {
    struct fixture *f = *state;
    apitoken_store *store = fixture_open(f, RW), *v = fixture_open(f, VERIFY);
    struct made_token token = fixture_create(store, "owner", "name", NULL);
    uint64_t before = info_of(v).transaction;
    assert_code(try_create(v, "owner", "name", NULL), APITOKEN_E_VERIFY_ONLY);
    assert_code(revoke_token(v, "owner", token.id), APITOKEN_E_VERIFY_ONLY);
    assert_int_equal(info_of(v).transaction, before);
    assert_int_equal(info_of(v).mode, VERIFY);
    assert_int_equal(info_of(store).mode, RW);
    assert_int_equal(count_rows(v, "owner"), 1);
    assert_code(check(v, &token), 0);
    apitoken_store_close(v);
    apitoken_store_close(store);
}

static void the_keyring_may_go_before_the_store(void **state) {
    struct fixture *f = *state;
    f->store = fixture_open(f, RW);
    apitoken_keyring_free(f->keyring);
    f->keyring = NULL;
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    assert_code(check(f->store, &token), 0);
}

/* Secrets, pages and rows outlive the store that they came from. */
static void results_outlive_the_store(void **state) {
    struct fixture *f = *state;
    apitoken_store *store = fixture_open(f, RW);
    apitoken_secret *secret = NULL;
    apitoken_page *page = NULL;
    apitoken_token *row = NULL;
    char text[APITOKEN_FORMAT_MAX];
    size_t len = 0;
    assert_code(apitoken_create(store, LIT("owner"), LIT("name"), NULL, &secret, NULL), 0);
    const char *id = apitoken_secret_id(secret);
    assert_code(apitoken_list(store, LIT("owner"), NULL, &page, NULL), 0);
    assert_code(apitoken_show(store, LIT("owner"), id, strlen(id), NULL, &row, NULL), 0);
    apitoken_store_close(store);
    assert_code(
        apitoken_secret_format(secret, APITOKEN_FORMAT_PLAIN, NULL, text, sizeof text, &len, NULL),
        0);
    assert_int_equal(len, TOKEN_LEN);
    assert_string_equal(apitoken_token_id(apitoken_page_at(page, 0)), id);
    assert_string_equal(apitoken_token_id(row), id);
    apitoken_secret_free(secret);
    apitoken_page_free(page);
    apitoken_token_free(row);
}

/* ---- what is no store, or not a safe one ----------------------------------------------------- */

static void what_is_no_store_is_said_so(void **state) {
    struct fixture *f = *state;
    const char *dir = in_dir(f->dir, "dir");
    assert_int_equal(mkdir(dir, 0750), 0);
    const char *const paths[] = { in_dir(f->dir, "none"), dir, f->keys };
    for (size_t i = 0; i < COUNT(paths); i++) {
        (void)snprintf(f->store_path, sizeof f->store_path, "%s", paths[i]);
        assert_opens(f, APITOKEN_E_NO_STORE);
        assert_code(
            apitoken_store_grow(f->store_path, f->keyring, UINT64_C(1) << 31, FIXTURE_GROW, NULL),
            APITOKEN_E_NO_STORE);
    }
    assert_int_equal(count_entries(dir), 0);
}

static void access_for_others_is_never_accepted(void **state) {
    const struct fixture *f = *state;
    static const mode_t modes[] = { 01, 02, 04, 07 };
    for (size_t m = 0; m < COUNT(modes); m++) {
        assert_int_equal(chmod(f->store_path, 0750 | modes[m]), 0);
        assert_opens(f, APITOKEN_E_UNSAFE);
        assert_int_equal(chmod(f->store_path, 0750), 0);
        for (size_t i = 0; i < COUNT(members); i++) {
            mode_t before = mode_of(in_store(f, members[i]));
            assert_int_equal(chmod(in_store(f, members[i]), before | modes[m]), 0);
            assert_opens(f, APITOKEN_E_UNSAFE);
            assert_int_equal(chmod(in_store(f, members[i]), before), 0);
        }
    }
    assert_opens(f, 0);
}

static void a_foreign_owner_is_accepted_for_verify_only_alone(void **state) {
    const struct fixture *f = *state;
    if (geteuid() != 0) skip_case("only root can give a file away");
    assert_int_equal(chown(f->store_path, STRANGER, STRANGER), 0);
    assert_code(try_open(f, RW), APITOKEN_E_UNSAFE);
    assert_code(try_open(f, VERIFY), 0);
    assert_int_equal(chown(f->store_path, 0, 0), 0);
    for (size_t i = 0; i < COUNT(members); i++) {
        assert_int_equal(chown(in_store(f, members[i]), STRANGER, STRANGER), 0);
        assert_code(try_open(f, RW), APITOKEN_E_UNSAFE);
        assert_code(try_open(f, VERIFY), 0);
        assert_int_equal(chown(in_store(f, members[i]), 0, 0), 0);
    }
    assert_opens(f, 0);
}

static void symbolic_links_are_refused(void **state) {
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(members); i++) {
        const char *path = in_store(f, members[i]), *aside = in_dir(f->dir, "aside");
        assert_int_equal(rename(path, aside), 0);
        assert_int_equal(symlink(aside, path), 0);
        assert_opens(f, APITOKEN_E_SYMLINK);
        assert_int_equal(rename(aside, path), 0);
    }
    assert_opens(f, 0);
    const char *link = in_dir(f->dir, "link");
    assert_int_equal(symlink(f->store_path, link), 0);
    (void)snprintf(f->store_path, sizeof f->store_path, "%s", link);
    assert_opens(f, APITOKEN_E_SYMLINK);
    /* which would mean what it points at */
    (void)snprintf(f->store_path, sizeof f->store_path, "%s//", link);
    assert_opens(f, APITOKEN_E_SYMLINK);
}

/* A name elsewhere may lie beside other lock files. */
static void a_file_with_two_names_is_refused(void **state) {
    const struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(members); i++) {
        apitoken_error err = APITOKEN_ERROR_INIT;
        apitoken_store *store = UNTOUCHED;
        assert_int_equal(link(in_store(f, members[i]), in_dir(f->dir, "other")), 0);
        assert_opens(f, APITOKEN_E_UNSAFE);
        assert_code(apitoken_store_open(f->store_path, f->keyring, NULL, &store, &err),
                    APITOKEN_E_UNSAFE);
        assert_non_null(strstr(err.text, members[i])); /* an operator must find it */
        assert_non_null(strstr(err.text, "hard link"));
        assert_ptr_equal(store, UNTOUCHED);
        assert_int_equal(unlink(in_dir(f->dir, "other")), 0);
        assert_opens(f, 0);
    }
}

static void what_is_no_regular_file_is_refused(void **state) {
    const struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(members); i++) {
        const char *path = in_store(f, members[i]), *aside = in_dir(f->dir, "aside");
        assert_int_equal(rename(path, aside), 0);
        assert_int_equal(mkfifo(path, 0640), 0);
        assert_opens(f, APITOKEN_E_UNSAFE);
        assert_int_equal(rename(aside, path), 0);
    }
}

/* What can be made anew is in store_lost.c. */
static void a_missing_member_is_said_so(void **state) {
    const struct fixture *f = *state;
    static const struct {
        const char *name;
        int verify, read_write;
    } rows[] = { { "data.mdb", APITOKEN_E_NO_STORE, APITOKEN_E_NO_STORE },
                 { "writer.lock", APITOKEN_E_DAMAGED, APITOKEN_E_DAMAGED },
                 { "lock.mdb", APITOKEN_E_DAMAGED, 1 },
                 { "last-use", 0, 1 } };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *path = in_store(f, rows[i].name), *aside = in_dir(f->dir, "aside");
        assert_int_equal(rename(path, aside), 0);
        assert_code(try_open(f, VERIFY), rows[i].verify);
        if (rows[i].read_write <= 0) assert_code(try_open(f, RW), rows[i].read_write);
        assert_int_equal(access(path, F_OK), -1); /* and is not made anew */
        assert_int_equal(rename(aside, path), 0);
    }
    assert_opens(f, 0);
}

static int open_in_child(void *ctx) {
    const struct fixture *f = ctx;
    apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
    apitoken_store *store = NULL;
    opts.mode = VERIFY;
    return apitoken_store_open(f->store_path, f->verify_keyring, &opts, &store, NULL);
}

static void a_store_that_cannot_be_read_is_said_so(void **state) {
    struct fixture *f = *state;
    assert_int_equal(chmod(f->dir, 0711), 0);
    assert_int_equal(chmod(f->store_path, 0), 0);
    assert_code(as_stranger(open_in_child, f), APITOKEN_E_ACCESS);
    assert_int_equal(chmod(f->store_path, 0750), 0);
}

/* ---- keys ------------------------------------------------------------------------------------ */

static void the_keyring_must_be_that_of_the_store(void **state) {
    struct fixture *f = *state;
    apitoken_keyring *own = f->keyring;
    const char *other = in_dir(f->dir, "other");
    assert_code(apitoken_keyring_create(other, NULL, NULL), 0);
    assert_code(apitoken_keyring_load(other, NULL, &f->keyring, NULL), 0);
    assert_opens(f, APITOKEN_E_KEY_WRONG);
    assert_code(
        apitoken_store_grow(f->store_path, f->keyring, UINT64_C(1) << 31, FIXTURE_GROW, NULL),
        APITOKEN_E_KEY_WRONG);
    apitoken_keyring_free(f->keyring);
    f->keyring = own;
    assert_opens(f, 0);
}

/* ---- replaced while open --------------------------------------------------------------------- */

static void a_store_replaced_while_open_is_told_by_every_call(void **state) {
    struct fixture *f = *state;
    apitoken_store_info info = APITOKEN_STORE_INFO_INIT;
    apitoken_page *page = UNTOUCHED;
    apitoken_store *store = fixture_open(f, RW);
    struct made_token token = fixture_create(store, "owner", "name", NULL);
    const char *aside = in_dir(f->dir, "aside");
    assert_int_equal(rename(f->store_path, aside), 0);
    fixture_make_store(f, NULL);
    /* a write always looks */
    assert_code(try_create(store, "owner", "name", NULL), APITOKEN_E_REPLACED);
    assert_code(check(store, &token), APITOKEN_E_REPLACED);
    assert_code(revoke_token(store, "owner", token.id), APITOKEN_E_REPLACED);
    assert_code(apitoken_list(store, LIT("owner"), NULL, &page, NULL), APITOKEN_E_REPLACED);
    assert_code(apitoken_store_stat(store, NULL, &info, NULL), APITOKEN_E_REPLACED);
    assert_ptr_equal(page, UNTOUCHED);

    apitoken_store *anew = fixture_open(f, RW); /* beside it: another file, another environment */
    assert_code(check(anew, &token), APITOKEN_E_UNKNOWN);
    assert_int_equal(count_rows(anew, "owner"), 0);
    apitoken_store_close(anew);
    assert_int_equal(rename(f->store_path, in_dir(f->dir, "second")), 0);
    assert_int_equal(rename(aside, f->store_path), 0);
    /* it stays so until the handle is closed */
    assert_code(check(store, &token), APITOKEN_E_REPLACED);
    apitoken_store_close(store);
    f->store = fixture_open(f, RW);
    assert_code(check(f->store, &token), 0);
}

/* The path is that of the moment of the call: a host that goes elsewhere has not lost its store. */
static void a_relative_path_is_kept_as_it_was_meant(void **state) {
    struct fixture *f = *state;
    apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
    apitoken_store *store = NULL;
    char before[PATH_MAX];
    opts.clock = fixture_clock;
    opts.clock_ctx = f;
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(f->dir), 0);
    int rc = apitoken_store_open("store", f->keyring, &opts, &store, NULL);
    assert_int_equal(chdir(before), 0);
    assert_code(rc, 0);
    /* a write always looks */
    struct made_token token = fixture_create(store, "owner", "name", NULL);
    assert_code(check(store, &token), 0);
    assert_int_equal(unlink(in_store(f, "data.mdb")), 0);
    assert_code(revoke_token(store, "owner", token.id), APITOKEN_E_REPLACED);
    apitoken_store_close(store);
}

static void a_store_removed_while_open_is_told(void **state) {
    struct fixture *f = *state;
    apitoken_store *store = fixture_open(f, RW);
    struct made_token token = fixture_create(store, "owner", "name", NULL);
    assert_int_equal(unlink(in_store(f, "data.mdb")), 0);
    assert_code(revoke_token(store, "owner", token.id), APITOKEN_E_REPLACED);
    assert_code(check(store, &token), APITOKEN_E_REPLACED);
    apitoken_store_close(store);
    assert_opens(f, APITOKEN_E_NO_STORE);
}

/* What may be done to a file, or to the directory, of a store that is open. */
static void remove_it(const char *path, const char *aside) {
    assert_int_equal(rename(path, aside), 0);
}

static void put_a_copy(const char *path, const char *aside) {
    char command[2 * PATH_MAX];
    assert_int_equal(rename(path, aside), 0);
    (void)snprintf(command, sizeof command, "cp -a --sparse=always '%s' '%s'", aside, path);
    assert_int_equal(system(command), 0);
}

static void put_a_link(const char *path, const char *aside) {
    assert_int_equal(rename(path, aside), 0);
    assert_int_equal(symlink(aside, path), 0);
}

static void put_a_folder(const char *path, const char *aside) {
    assert_int_equal(rename(path, aside), 0);
    assert_int_equal(mkdir(path, 0750), 0);
}

static void cut_in_half(const char *path, const char *aside) {
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(truncate(path, st.st_size / 2), 0);
    assert_int_equal(symlink("nowhere", aside), 0);
}

static void every_file_is_looked_at(void **state) {
    static void (*const ways[])(const char *path, const char *aside) = { remove_it, put_a_copy,
                                                                         put_a_link, put_a_folder,
                                                                         cut_in_half };
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(members) * COUNT(ways); i++) {
        const char *member = members[i % COUNT(members)];
        (void)snprintf(f->store_path, sizeof f->store_path, "%s/%zu", f->dir, i);
        fixture_make_store(f, NULL);
        apitoken_store *store = fixture_open(f, RW);
        struct made_token token = fixture_create(store, "owner", "name", NULL);
        ways[i / COUNT(members)](in_store(f, member), in_dir(f->dir, "aside"));
        apitoken_error err = APITOKEN_ERROR_INIT;
        assert_code(apitoken_revoke(store, LIT("owner"), token.id, strlen(token.id), NULL, &err),
                    APITOKEN_E_REPLACED);
        assert_non_null(strstr(err.text, member));
        assert_code(check(store, &token), APITOKEN_E_REPLACED);
        assert_int_equal(remove(in_dir(f->dir, "aside")), 0);
        apitoken_store_close(store);
    }
}

/* The same files in another directory: where this one is, nobody else finds their locks. */
static void a_directory_put_in_the_place_is_told(void **state) {
    struct fixture *f = *state;
    const char *aside = in_dir(f->dir, "aside");
    apitoken_store *store = fixture_open(f, RW);
    struct made_token token = fixture_create(store, "owner", "name", NULL);
    assert_int_equal(rename(f->store_path, aside), 0);
    assert_int_equal(mkdir(f->store_path, 0750), 0);
    for (size_t i = 0; i < COUNT(members); i++) {
        char from[PATH_MAX];
        (void)snprintf(from, sizeof from, "%s/%s", aside, members[i]);
        assert_int_equal(rename(from, in_store(f, members[i])), 0);
    }
    assert_code(revoke_token(store, "owner", token.id), APITOKEN_E_REPLACED);
    apitoken_store_close(store);
    assert_opens(f, 0);
}

/* It is not replaced, so the handle works again when the other name is gone. */
static void no_call_is_answered_while_a_file_has_two_names(void **state) {
    struct fixture *f = *state;
    apitoken_store *store = fixture_open(f, RW);
    struct made_token token = fixture_create(store, "owner", "name", NULL);
    for (size_t i = 0; i < COUNT(members); i++) {
        assert_int_equal(link(in_store(f, members[i]), in_dir(f->dir, "other")), 0);
        assert_code(revoke_token(store, "owner", token.id), APITOKEN_E_UNSAFE);
        for (int k = 0; k < 5; k++) assert_code(check(store, &token), APITOKEN_E_UNSAFE);
        assert_int_equal(unlink(in_dir(f->dir, "other")), 0);
        assert_code(check(store, &token), 0);
    }
    assert_code(revoke_token(store, "owner", token.id), 0);
    apitoken_store_close(store);
}

/* Leads the path of the store through a symbolic link, which can be turned into a loop. */
static const char *path_by_link(struct fixture *f) {
    const char *link = in_dir(f->dir, "link");
    assert_int_equal(symlink(f->dir, link), 0);
    (void)snprintf(f->store_path, sizeof f->store_path, "%s/store", link);
    return link;
}

static void turn_link(const char *link, const char *to) {
    assert_int_equal(unlink(link), 0);
    assert_int_equal(symlink(to, link), 0);
}

/* Nobody knows then whether the store at the path is still the one that is open. */
static void no_call_is_answered_while_the_path_cannot_be_examined(void **state) {
    struct fixture *f = *state;
    const char *link = path_by_link(f);
    apitoken_store *store = fixture_open(f, RW);
    struct made_token token = fixture_create(store, "owner", "name", NULL);
    for (int i = 0; i < 3; i++) assert_code(check(store, &token), 0); /* now it is remembered */
    turn_link(link, "link");
    assert_code(revoke_token(store, "owner", token.id), APITOKEN_E_IO); /* a write always looks */
    for (int i = 0; i < 20; i++) {
        apitoken_page *page = NULL;
        assert_code(check(store, &token), APITOKEN_E_IO);
        assert_code(apitoken_list(store, LIT("owner"), NULL, &page, NULL), APITOKEN_E_IO);
    }
    turn_link(link, f->dir);
    assert_code(check(store, &token), 0);
    apitoken_store_close(store);
    f->store = fixture_open(f, RW);
}

/* ---- others ---------------------------------------------------------------------------------- */

static void something_else_with_the_files_open_is_noticed(void **state) {
    const struct fixture *f = *state;
    int fd = open(in_store(f, "lock.mdb"), O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_opens(f, APITOKEN_E_FOREIGN_OPEN);
    assert_int_equal(close(fd), 0);
    assert_opens(f, 0);
}

/*
 * Whoever holds all locks of the store stops writers and opens until their time is up, and no
 * validate.
 */
static void waiting_ends_with_the_deadline(void **state) {
    struct fixture *f = *state;
    apitoken_create_opts create = APITOKEN_CREATE_OPTS_INIT;
    apitoken_revoke_opts revoke = APITOKEN_REVOKE_OPTS_INIT;
    apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
    apitoken_store *second = UNTOUCHED;
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    f->store = fixture_open(f, RW);
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    int fd = open(in_store(f, "writer.lock"), O_RDWR | O_CLOEXEC);
    lock.l_len = 2; /* the bytes that writers take */
    assert_int_equal(fcntl(fd, F_OFD_SETLK, &lock), 0);
    create.timeout_ms = revoke.timeout_ms = 1;
    assert_code(try_create(f->store, "owner", "name", &create), APITOKEN_E_BUSY);
    assert_code(apitoken_revoke(f->store, LIT("owner"), token.id, strlen(token.id), &revoke, NULL),
                APITOKEN_E_BUSY);
    assert_code(check(f->store, &token), 0);
    assert_int_equal(count_rows(f->store, "owner"), 1);
    apitoken_store_close(f->store);
    f->store = NULL;
    lock.l_len = 0;
    assert_int_equal(fcntl(fd, F_OFD_SETLK, &lock), 0);
    opts.timeout_ms = 1;
    assert_code(apitoken_store_open(f->store_path, f->keyring, &opts, &second, NULL),
                APITOKEN_E_BUSY);
    assert_ptr_equal(second, UNTOUCHED);
    assert_int_equal(close(fd), 0);
    assert_opens(f, 0);
}

static void *let_go_soon(void *fd) {
    const struct timespec soon = { 0, 50000000 };
    (void)nanosleep(&soon, NULL);
    (void)close(*(int *)fd);
    return NULL;
}

/*
 * A create while somebody else holds the locks that writers take: until it has returned, or not for
 * long.
 */
static int create_behind_another(const struct fixture *f, apitoken_store *store, int is_held) {
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 2 };
    int fd = open(in_store(f, "writer.lock"), O_RDWR | O_CLOEXEC);
    pthread_t thread;
    assert_int_equal(fcntl(fd, F_OFD_SETLK, &lock), 0);
    if (!is_held) assert_int_equal(pthread_create(&thread, NULL, let_go_soon, &fd), 0);
    int rc = try_create(store, "owner", "name", NULL);
    assert_int_equal(is_held ? close(fd) : pthread_join(thread, NULL), 0);
    return rc;
}

static void the_open_says_how_long_calls_wait(void **state) {
    const struct fixture *f = *state;
    static const struct {
        uint32_t timeout_ms;
        int code;
    } rows[] = { { 0, 0 }, { 60000, 0 }, { 1, APITOKEN_E_BUSY } };
    for (size_t i = 0; i < COUNT(rows); i++) {
        apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
        apitoken_store *store = NULL;
        opts.timeout_ms = rows[i].timeout_ms;
        assert_code(apitoken_store_open(f->store_path, f->keyring, &opts, &store, NULL), 0);
        assert_code(create_behind_another(f, store, rows[i].code != 0), rows[i].code);
        apitoken_store_close(store);
    }
}

/* ---- what an open leaves --------------------------------------------------------------------- */

/*
 * Guarded memory is mapped for the keys of each handle: none of it stays, nor of an open that
 * failed.
 */
static void a_store_that_is_closed_leaves_no_memory(void **state) {
    const struct fixture *f = *state;
    size_t before = 0;
    for (int i = 0; i < 8; i++) {
        assert_code(try_open(f, RW), 0);
        assert_code(chmod(in_store(f, "data.mdb"), 0644), 0);
        assert_code(try_open(f, RW), APITOKEN_E_UNSAFE);
        assert_code(chmod(in_store(f, "data.mdb"), 0640), 0);
        if (i == 3) before = count_guards();
    }
    assert_int_equal(count_guards(), before);
}

static int use_in_child(void *ctx) {
    struct fixture *f = ctx;
    apitoken_store_info info = APITOKEN_STORE_INFO_INIT;
    apitoken_verdict verdict = APITOKEN_VERDICT_INIT;
    apitoken_secret *secret = NULL;
    apitoken_token *row = NULL;
    apitoken_page *page = NULL;
    size_t len;
    verdict.code = 0;
    const int codes[] = {
        apitoken_create(f->store, LIT("o"), LIT("n"), NULL, &secret, NULL),
        apitoken_list(f->store, LIT("o"), NULL, &page, NULL),
        apitoken_show(f->store, LIT("o"), LIT("0123456789AB"), NULL, &row, NULL),
        apitoken_revoke(f->store, LIT("o"), LIT("0123456789AB"), NULL, NULL),
        apitoken_copy(f->store, LIT("o"), LIT("0123456789AB"), APITOKEN_FORMAT_MASKED, NULL, NULL,
                      0, &len, NULL),
        apitoken_validate(f->store, LIT("x"), NULL, &verdict, NULL),
        apitoken_validate_header(f->store, LIT("x"), NULL, NULL, NULL),
        apitoken_store_stat(f->store, NULL, &info, NULL),
    };
    for (size_t i = 0; i < COUNT(codes); i++)
        if (codes[i] != APITOKEN_E_FORKED) return (int)i + 1;
    if (verdict.code != APITOKEN_E_FORKED) return 100;
    apitoken_store_close(f->store);
    return try_open(f, RW) == 0 ? APITOKEN_E_FORKED : 101;
}

static void a_child_must_open_anew(void **state) {
    struct fixture *f = *state;
    f->store = fixture_open(f, RW);
    assert_code(in_child(use_in_child, f), APITOKEN_E_FORKED);
    /* the parent's is none the worse */
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    assert_code(check(f->store, &token), 0);
}

#define CLOSED_CASE(fn) cmocka_unit_test_setup_teardown(fn, setup_closed, fixture_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        CLOSED_CASE(a_store_opens_in_both_modes),
        CLOSED_CASE(unknown_modes_are_refused),
        CLOSED_CASE(handles_of_one_store_share_what_they_see),
        CLOSED_CASE(a_store_open_verify_only_does_not_become_writable),
        CLOSED_CASE(a_verify_only_handle_writes_nothing),
        CLOSED_CASE(the_keyring_may_go_before_the_store),
        CLOSED_CASE(results_outlive_the_store),
        CLOSED_CASE(what_is_no_store_is_said_so),
        CLOSED_CASE(access_for_others_is_never_accepted),
        CLOSED_CASE(a_foreign_owner_is_accepted_for_verify_only_alone),
        CLOSED_CASE(symbolic_links_are_refused),
        CLOSED_CASE(a_file_with_two_names_is_refused),
        CLOSED_CASE(what_is_no_regular_file_is_refused),
        CLOSED_CASE(a_missing_member_is_said_so),
        CLOSED_CASE(a_store_that_cannot_be_read_is_said_so),
        CLOSED_CASE(the_keyring_must_be_that_of_the_store),
        CLOSED_CASE(a_relative_path_is_kept_as_it_was_meant),
        CLOSED_CASE(a_store_replaced_while_open_is_told_by_every_call),
        CLOSED_CASE(a_store_removed_while_open_is_told),
        CLOSED_CASE(every_file_is_looked_at),
        CLOSED_CASE(a_directory_put_in_the_place_is_told),
        CLOSED_CASE(no_call_is_answered_while_a_file_has_two_names),
        CLOSED_CASE(no_call_is_answered_while_the_path_cannot_be_examined),
        CLOSED_CASE(something_else_with_the_files_open_is_noticed),
        CLOSED_CASE(waiting_ends_with_the_deadline),
        CLOSED_CASE(the_open_says_how_long_calls_wait),
        CLOSED_CASE(a_store_that_is_closed_leaves_no_memory),
        CLOSED_CASE(a_child_must_open_anew),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
