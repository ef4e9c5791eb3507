/* SPDX-License-Identifier: MIT */
/*
 * apitoken_keyring_add_key(), apitoken_keyring_activate_key() and apitoken_keyring_remove_key():
 * how they change files.
 */
#include "api.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cases.h"

static void an_added_key_waits_to_be_activated(void **state) {
    const struct fixture *f = *state;
    uint32_t id = 0;
    apitoken_keyring *before = load_keys(f->keys);
    assert_code(apitoken_keyring_add_key(f->keys, NULL, &id, NULL), 0);
    assert_int_equal(id, 2);
    apitoken_keyring *added = load_keys(f->keys);
    assert_int_equal(apitoken_keyring_count(added), 2);
    assert_int_equal(apitoken_keyring_key_at(added, 1), 2);
    assert_int_equal(apitoken_keyring_active(added), 1);
    assert_string_equal(apitoken_keyring_fingerprint(added, 1),
                        apitoken_keyring_fingerprint(before, 1));
    assert_string_not_equal(apitoken_keyring_fingerprint(added, 2),
                            apitoken_keyring_fingerprint(added, 1));
    assert_int_equal(strlen(apitoken_keyring_fingerprint(added, 2)),
                     strlen(apitoken_keyring_fingerprint(added, 1)));
    assert_code(apitoken_keyring_activate_key(f->keys, 2, NULL, NULL), 0);
    /* again: nothing to do */
    assert_code(apitoken_keyring_activate_key(f->keys, 2, NULL, NULL), 0);
    apitoken_keyring *activated = load_keys(f->keys);
    assert_int_equal(apitoken_keyring_active(activated), 2);
    assert_int_equal(apitoken_keyring_active(added), 1); /* what was loaded stays as it was */
    assert_int_equal(mode_of(f->keys), 0600);
    assert_int_equal(count_entries(f->dir), 1);
    apitoken_keyring_free(before);
    apitoken_keyring_free(added);
    apitoken_keyring_free(activated);
}

static void a_key_that_is_not_there_cannot_be_activated(void **state) {
    const struct fixture *f = *state;
    static const uint32_t ids[] = { 0, 2, UINT32_MAX };
    for (size_t i = 0; i < COUNT(ids); i++) {
        apitoken_error err = APITOKEN_ERROR_INIT;
        assert_code(apitoken_keyring_activate_key(f->keys, ids[i], NULL, &err), APITOKEN_E_KEY_ID);
        assert_int_equal(err.item, ids[i]);
    }
}

static void a_key_is_removed_for_good(void **state) {
    const struct fixture *f = *state;
    static const uint32_t left[] = { 1, 3, 4 };
    uint32_t id = 0;
    for (uint32_t i = 2; i <= 4; i++)
        assert_code(apitoken_keyring_add_key(f->keys, NULL, NULL, NULL), 0);
    assert_code(apitoken_keyring_activate_key(f->keys, 3, NULL, NULL), 0);
    apitoken_keyring *before = load_keys(f->keys);
    assert_code(apitoken_keyring_remove_key(f->keys, NULL, 2, NULL), 0);
    assert_int_equal(mode_of(f->keys), 0600);
    apitoken_keyring *after = load_keys(f->keys);
    assert_int_equal(apitoken_keyring_count(after), COUNT(left));
    assert_int_equal(apitoken_keyring_active(after), 3);
    assert_null(apitoken_keyring_fingerprint(after, 2));
    for (size_t i = 0; i < COUNT(left); i++) {
        assert_int_equal(apitoken_keyring_key_at(after, i), left[i]);
        assert_string_equal(apitoken_keyring_fingerprint(after, left[i]),
                            apitoken_keyring_fingerprint(before, left[i]));
    }
    apitoken_keyring_free(before);
    apitoken_keyring_free(after);
    assert_code(apitoken_keyring_remove_key(f->keys, NULL, 2, NULL), APITOKEN_E_KEY_ID);
    assert_code(apitoken_keyring_add_key(f->keys, NULL, &id, NULL), 0);
    assert_int_equal(id, 5);
    assert_int_equal(count_entries(f->dir), 1); /* no temporary file is left */
}

/* So that the highest id is known as long as there is a keyring. */
static void the_active_and_the_newest_key_stay(void **state) {
    const struct fixture *f = *state;
    static const uint32_t none[] = { 0, 4, UINT32_MAX };
    char before[512], after[512];
    assert_code(apitoken_keyring_remove_key(f->keys, NULL, 1, NULL), APITOKEN_E_KEY_USED);
    for (int i = 0; i < 2; i++) assert_code(apitoken_keyring_add_key(f->keys, NULL, NULL, NULL), 0);
    const size_t len = file_read(f->keys, before, sizeof before);
    for (uint32_t id = 1; id <= 3; id += 2) {
        apitoken_error err = APITOKEN_ERROR_INIT;
        assert_code(apitoken_keyring_remove_key(f->keys, NULL, id, &err), APITOKEN_E_KEY_USED);
        assert_int_equal(err.field, APITOKEN_FIELD_KEY);
        assert_non_null(strstr(err.text, id == 1 ? "key 1 is the active" : "key 3 is the newest"));
    }
    for (size_t i = 0; i < COUNT(none); i++) {
        apitoken_error err = APITOKEN_ERROR_INIT;
        assert_code(apitoken_keyring_remove_key(f->keys, NULL, none[i], &err), APITOKEN_E_KEY_ID);
        assert_int_equal(err.item, none[i]);
    }
    assert_int_equal(file_read(f->keys, after, sizeof after), len);
    assert_memory_equal(after, before, len);
    assert_code(apitoken_keyring_export_verify(f->keys, f->verify_keys, NULL, NULL), 0);
    assert_code(apitoken_keyring_remove_key(f->verify_keys, NULL, 2, NULL), APITOKEN_E_KEYS_VERIFY);
}

static void a_full_keyring_takes_no_more_keys(void **state) {
    const struct fixture *f = *state;
    uint32_t id = 0;
    for (uint32_t due = 2; due <= 32; due++) {
        assert_code(apitoken_keyring_add_key(f->keys, NULL, &id, NULL), 0);
        assert_int_equal(id, due);
    }
    id = 4711;
    assert_code(apitoken_keyring_add_key(f->keys, NULL, &id, NULL), APITOKEN_E_KEY_LIMIT);
    assert_int_equal(id, 4711);
    apitoken_keyring *keyring = load_keys(f->keys);
    assert_int_equal(apitoken_keyring_count(keyring), 32);
    apitoken_keyring_free(keyring);
    assert_code(apitoken_keyring_export_verify(f->keys, f->verify_keys, NULL, NULL), 0);
    assert_code(try_load_keys(f->verify_keys), 0);
}

static void changes_wait_for_each_other(void **state) {
    const struct fixture *f = *state;
    apitoken_keyring_opts opts = APITOKEN_KEYRING_OPTS_INIT;
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    uint32_t id = 4711;
    int fd = open(f->keys, O_RDWR | O_CLOEXEC);
    assert_int_equal(fcntl(fd, F_OFD_SETLK, &lock), 0);
    opts.timeout_ms = 1;
    assert_code(apitoken_keyring_add_key(f->keys, &opts, &id, NULL), APITOKEN_E_BUSY);
    assert_code(apitoken_keyring_activate_key(f->keys, 1, &opts, NULL), APITOKEN_E_BUSY);
    assert_code(apitoken_keyring_remove_key(f->keys, &opts, 1, NULL), APITOKEN_E_BUSY);
    assert_int_equal(id, 4711);
    assert_code(try_load_keys(f->keys), 0); /* readers do not wait */
    assert_int_equal(close(fd), 0);
    assert_code(apitoken_keyring_add_key(f->keys, &opts, &id, NULL), 0);
    lock.l_type = F_RDLCK; /* of who must not see it change */
    fd = open(f->keys, O_RDONLY | O_CLOEXEC);
    assert_int_equal(fcntl(fd, F_OFD_SETLK, &lock), 0);
    assert_code(apitoken_keyring_add_key(f->keys, &opts, NULL, NULL), APITOKEN_E_BUSY);
    assert_int_equal(close(fd), 0);
}

static void *close_soon(void *fd) {
    const struct timespec soon = { 0, 50000000 };
    (void)nanosleep(&soon, NULL);
    (void)close(*(int *)fd);
    return NULL;
}

/* Also without options: then there is time enough for it. */
static void a_change_goes_on_when_the_other_is_done(void **state) {
    const struct fixture *f = *state;
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    pthread_t thread;
    uint32_t id = 0;
    int fd = open(f->keys, O_RDWR | O_CLOEXEC);
    assert_int_equal(fcntl(fd, F_OFD_SETLK, &lock), 0);
    assert_int_equal(pthread_create(&thread, NULL, close_soon, &fd), 0);
    assert_code(apitoken_keyring_add_key(f->keys, NULL, &id, NULL), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(id, 2);
}

/* Who holds the lock, and what they put in place. */
struct change {
    int fd;
    const char *from, *to;
};

static void *put_other_and_close(void *ctx) {
    const struct change *r = ctx;
    const struct timespec soon = { 0, 50000000 };
    (void)nanosleep(&soon, NULL);
    (void)rename(r->from, r->to);
    (void)close(r->fd);
    return NULL;
}

/*
 * As a change puts a new file in place, who waited has the lock of the old one: it is the new one
 * that must be changed.
 */
static void a_change_is_of_the_file_that_stands_there_now(void **state) {
    const struct fixture *f = *state;
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    const char *other = in_dir(f->dir, "other");
    pthread_t thread;
    uint32_t id = 0;
    assert_code(apitoken_keyring_create(other, NULL, NULL), 0);
    assert_code(apitoken_keyring_add_key(other, NULL, NULL, NULL), 0);
    struct change replaced = { open(f->keys, O_RDWR | O_CLOEXEC), other, f->keys };
    assert_int_equal(fcntl(replaced.fd, F_OFD_SETLK, &lock), 0);
    assert_int_equal(pthread_create(&thread, NULL, put_other_and_close, &replaced), 0);
    assert_code(apitoken_keyring_add_key(f->keys, NULL, &id, NULL), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(id, 3);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        KEYS_CASE(an_added_key_waits_to_be_activated),
        KEYS_CASE(a_key_that_is_not_there_cannot_be_activated),
        KEYS_CASE(a_key_is_removed_for_good),
        KEYS_CASE(the_active_and_the_newest_key_stay),
        KEYS_CASE(a_full_keyring_takes_no_more_keys),
        KEYS_CASE(changes_wait_for_each_other),
        KEYS_CASE(a_change_goes_on_when_the_other_is_done),
        KEYS_CASE(a_change_is_of_the_file_that_stands_there_now),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
