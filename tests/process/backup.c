/* SPDX-License-Identifier: MIT */
/*
 * The two ways to make a backup in doc/operations.md: the verb, while another process writes as
 * fast as it can; and a copy of the whole directory while nobody writes and a verify-only host
 * keeps running.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "child.h"
#include "fixture.h"
#include "storage.h"

enum { TOKENS = 200, BACKUPS = 10 };

struct host {
    struct fixture *f;
    struct made_token made[TOKENS]; /* every third one is revoked */
    uint32_t is_up, is_over;
};

static void expect_all(apitoken_store *store, const struct host *host) {
    for (int i = 0; i < TOKENS; i++)
        assert_code(
            apitoken_validate(store, host->made[i].text, host->made[i].len, NULL, NULL, NULL),
            i % 3 ? 0 : APITOKEN_E_REVOKED);
}

static int verify_on(void *ctx) {
    struct host *host = ctx;
    apitoken_store *store = fixture_open(host->f, APITOKEN_MODE_VERIFY_ONLY);
    do {
        expect_all(store, host);
        raise_to(&host->is_up, 1);
    } while (!reads(&host->is_over));
    apitoken_store_close(store);
    return 0;
}

/* The command of the page. */
static void copy_directory(const char *from, const char *to) {
    char command[256];
    (void)snprintf(command, sizeof command, "cp -a --sparse=always '%s' '%s'", from, to);
    assert_int_equal(system(command), 0);
}

static struct host *prepare(struct fixture *f) {
    struct host *host = shared_memory(sizeof *host);
    host->f = f;
    for (int i = 0; i < TOKENS; i++) {
        host->made[i] = fixture_create(f->store, "anna", "n", NULL);
        if (i % 3) continue;
        assert_code(apitoken_revoke(f->store, LIT("anna"), host->made[i].id,
                                    strlen(host->made[i].id), NULL, NULL),
                    0);
    }
    apitoken_store_close(f->store);
    f->store = NULL;
    return host;
}

/* The structure check of the open looks at all of it. */
static void a_copy_of_the_directory_is_the_store_of_that_time(void **state) {
    struct fixture *f = *state;
    struct host *host = prepare(f);
    char copy[128];
    (void)snprintf(copy, sizeof copy, "%s/backup", f->dir);
    pid_t verifier = child_start(verify_on, host);
    assert_true(wait_for(&host->is_up, 1));
    copy_directory(f->store_path, copy);
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    struct made_token later = fixture_create(f->store, "anna", "later", NULL);
    raise_to(&host->is_over, 1);
    child_join(verifier);
    apitoken_store *store = NULL;
    assert_code(apitoken_store_open(copy, f->keyring, NULL, &store, NULL), 0);
    expect_all(store, host);
    assert_code(apitoken_validate(store, later.text, later.len, NULL, NULL, NULL),
                APITOKEN_E_UNKNOWN);
    (void)fixture_create(store, "anna", "n", NULL); /* and it is a store of its own */
    apitoken_store_close(store);
}

static int write_on(void *ctx) {
    struct host *host = ctx;
    apitoken_store *store = fixture_open(host->f, APITOKEN_MODE_READ_WRITE);
    while (!reads(&host->is_over)) {
        struct made_token made = fixture_create(store, "bert", "n", NULL);
        assert_code(apitoken_revoke(store, LIT("bert"), made.id, strlen(made.id), NULL, NULL), 0);
        raise_by_one(&host->is_up);
    }
    apitoken_store_close(store);
    return 0;
}

/* Each is sound, and has what was there before it, whatever the writer has done meanwhile. */
static void backups_beside_a_writer_are_sound(void **state) {
    struct fixture *f = *state;
    struct host *host = prepare(f);
    pid_t writer = child_start(write_on, host);
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    for (int i = 0; i < BACKUPS; i++) {
        char copy[128];
        apitoken_store *store = NULL;
        (void)snprintf(copy, sizeof copy, "%s/backup-%d", f->dir, i);
        const uint32_t written = reads(&host->is_up);
        assert_true(wait_for(&host->is_up, written + 1)); /* it is at work */
        assert_code(apitoken_store_backup(f->store, copy, NULL, NULL), 0);
        assert_code(apitoken_store_check(copy, f->keyring, NULL, NULL), 0);
        assert_code(apitoken_store_open(copy, f->keyring, NULL, &store, NULL), 0);
        expect_all(store, host);
        apitoken_store_close(store);
    }
    raise_to(&host->is_over, 1);
    child_join(writer);
    assert_code(apitoken_store_check(f->store_path, f->keyring, NULL, NULL), 0);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(backups_beside_a_writer_are_sound, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_copy_of_the_directory_is_the_store_of_that_time,
                                        fixture_setup, fixture_teardown),
    };
    storage_in_memory(STORAGE_USUAL);
    return run_cases(argc, argv, tests, NULL, NULL);
}
