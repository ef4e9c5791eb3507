/* SPDX-License-Identifier: MIT */
/*
 * What apitoken_store_open() does with files that are damaged, made by a newer library, from
 * another store, or outdated copies.
 */
#include "api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cases.h"

#define RW APITOKEN_MODE_READ_WRITE
#define VERIFY APITOKEN_MODE_VERIFY_ONLY

/* ---- damage ---------------------------------------------------------------------------------- */

/* Keeps data.mdb beside the store and puts it back after each trial. */
static const char *keep_data(const struct fixture *f) {
    static char kept[256];
    (void)snprintf(kept, sizeof kept, "%s/kept", f->dir);
    file_copy(in_store(f, "data.mdb"), kept);
    return kept;
}

static int open_unchecked(const struct fixture *f) {
    apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
    opts.check_max_bytes = APITOKEN_CHECK_OFF;
    return try_open_with(f, &opts);
}

static void a_store_cut_off_is_damaged(void **state) {
    const struct fixture *f = *state;
    static const off_t lengths[] = { 0, 1, 100, 4095, 4096, 4247, 8191, 8192, 12287 };
    const char *kept = keep_data(f);
    for (size_t i = 0; i < COUNT(lengths); i++) {
        assert_int_equal(truncate(in_store(f, "data.mdb"), lengths[i]), 0);
        assert_opens(f, APITOKEN_E_DAMAGED);
        assert_code(open_unchecked(f), APITOKEN_E_DAMAGED); /* sizes are looked at in any case */
        file_copy(kept, in_store(f, "data.mdb"));
    }
    assert_opens(f, 0);
}

/*
 * Of the two meta pages LMDB takes the one with the higher transaction: the other one is only
 * looked at for its form.
 */
static const struct {
    const char *what;
    size_t at;
    int code_in_newest, code_in_older;
} meta_flips[] = {
    { "magic", 16, APITOKEN_E_DAMAGED, APITOKEN_E_DAMAGED },
    { "version", 20, APITOKEN_E_DAMAGED, APITOKEN_E_DAMAGED },
    { "map size, 1", 32, APITOKEN_E_DAMAGED, 0 },
    { "map size, 16 MiB", 35, APITOKEN_E_DAMAGED, 0 },
    { "page size", 40, APITOKEN_E_DAMAGED, APITOKEN_E_DAMAGED },
    { "flags of the free tree", 44, APITOKEN_E_DAMAGED, APITOKEN_E_DAMAGED },
    { "flags of the main tree", 92, APITOKEN_E_DAMAGED, APITOKEN_E_DAMAGED },
    { "root of the main tree", 128, APITOKEN_E_DAMAGED, 0 },
    { "last page", 136, APITOKEN_E_DAMAGED, 0 },
    { "transaction, 1", 144, APITOKEN_E_DAMAGED, APITOKEN_E_DAMAGED },
    { "transaction, 256", 145, APITOKEN_E_ROLLED_BACK, APITOKEN_E_ROLLED_BACK },
};

static void a_flipped_bit_in_a_meta_page_is_found(void **state) {
    struct fixture *f = *state;
    apitoken_store *store = fixture_open(f, RW);
    for (int i = 0; i < 3; i++) (void)fixture_create(store, "owner", "name", NULL);
    size_t newest = info_of(store).transaction % 2;
    apitoken_store_close(store);
    const char *kept = keep_data(f);
    for (size_t meta = 0; meta < 2; meta++)
        for (size_t i = 0; i < COUNT(meta_flips); i++) {
            file_flip(in_store(f, "data.mdb"), meta * 4096 + meta_flips[i].at);
            assert_opens(f, meta == newest ? meta_flips[i].code_in_newest
                                           : meta_flips[i].code_in_older);
            file_copy(kept, in_store(f, "data.mdb"));
        }
}

/* A page that says another number than its place: found by the structure check alone. */
static void the_structure_check_has_a_limit_and_can_be_off(void **state) {
    const struct fixture *f = *state;
    static const struct {
        uint64_t check_max_bytes;
        int code;
    } cases[] = {
        { 0, APITOKEN_E_DAMAGED },
        { UINT64_MAX, APITOKEN_E_DAMAGED },
        { 4096, 0 }, /* the file is larger */
        { APITOKEN_CHECK_OFF, 0 },
    };
    size_t pages = file_size(in_store(f, "data.mdb")) / 4096;
    assert_true(pages > 2);
    for (size_t page = 2; page < 5; page++)
        file_flip(in_store(f, "data.mdb"), page * 4096 + 5); /* free pages are not looked at */
    for (size_t i = 0; i < COUNT(cases); i++) {
        apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
        apitoken_store *store = NULL;
        opts.check_max_bytes = cases[i].check_max_bytes;
        assert_code(apitoken_store_open(f->store_path, f->keyring, &opts, &store, NULL),
                    cases[i].code);
        apitoken_store_close(store);
    }
}

/* The records themselves carry tags: any bit of them is found. */
static void a_flipped_bit_in_a_record_never_opens_as_if_nothing_was(void **state) {
    struct fixture *f = *state;
    unsigned char page[8 * 4096];
    size_t len = file_read(in_store(f, "data.mdb"), page, sizeof page), tried = 0;
    static const char *const names[] = { "!config", "!keys", "!state" };
    for (size_t n = 0; n < COUNT(names); n++) {
        unsigned char *at = memmem(page, len, names[n], strlen(names[n]));
        assert_non_null(at);
        size_t from = (size_t)(at - page) + strlen(names[n]);
        for (size_t i = 9; i < 40; i += 5, tried++) { /* behind the head of the record */
            file_flip(in_store(f, "data.mdb"), from + i);
            int rc = try_open(f, RW);
            assert_true(rc == APITOKEN_E_DAMAGED || rc == APITOKEN_E_KEY_WRONG ||
                        rc == APITOKEN_E_SCHEMA || rc == APITOKEN_E_KEY_MISSING);
            file_flip(in_store(f, "data.mdb"), from + i);
        }
    }
    assert_true(tried > 10);
    assert_opens(f, 0);
}

/*
 * The schema stands behind the 8 bytes that begin the record "!state", before its tag is looked at.
 */
static void a_newer_schema_is_left_to_a_newer_library(void **state) {
    struct fixture *f = *state;
    unsigned char page[8 * 4096];
    size_t len = file_read(in_store(f, "data.mdb"), page, sizeof page);
    unsigned char *at = memmem(page, len, "!state", 6);
    assert_non_null(at);
    size_t schema = (size_t)(at - page) + 6 + 8;
    assert_int_equal(page[schema], 2);
    file_flip(in_store(f, "data.mdb"), schema + 1); /* 258 */
    assert_opens(f, APITOKEN_E_SCHEMA);
    at = memmem(page, len, "!keys", 5);
    assert_non_null(at);
    /* a newer one may have other records: no damage */
    file_flip(in_store(f, "data.mdb"), (size_t)(at - page) + 5);
    assert_opens(f, APITOKEN_E_SCHEMA);
}

/* Either home of the rollback number is enough, whichever part of the other one is damaged. */
static void one_home_of_the_number_is_enough(void **state) {
    const struct fixture *f = *state;
    static const char *const homes[] = { "last-use", "writer.lock" };
    for (size_t i = 0; i < COUNT(homes); i++) {
        for (size_t at = 0; at < 48; at += 5) { /* magic, environment, number and checksum */
            file_flip(in_store(f, homes[i]), at);
            assert_opens(f, 0);
            file_flip(in_store(f, homes[1 - i]), at);
            assert_opens(f, APITOKEN_E_DAMAGED);
            file_flip(in_store(f, homes[1 - i]), at);
            file_flip(in_store(f, homes[i]), at);
        }
    }
    assert_int_equal(truncate(in_store(f, "last-use"), 4096), 0);
    assert_opens(f, 0);
    file_flip(in_store(f, "writer.lock"), 40);
    assert_int_equal(truncate(in_store(f, "last-use"), 4095), 0);
    assert_opens(f, APITOKEN_E_DAMAGED);
}

/* The first write makes a silent home anew. */
static void a_writer_makes_a_home_anew(void **state) {
    struct fixture *f = *state;
    static const char *const homes[] = { "last-use", "writer.lock" };
    for (size_t i = 0; i < COUNT(homes); i++) {
        file_flip(in_store(f, homes[i]), 40);
        apitoken_store *store = fixture_open(f, RW);
        (void)fixture_create(store, "owner", "name", NULL);
        apitoken_store_close(store);
        file_flip(in_store(f, homes[1 - i]), 40);
        assert_opens(f, 0);
        file_flip(in_store(f, homes[1 - i]), 40);
    }
}

static void a_store_without_its_lock_file_is_damaged(void **state) {
    const struct fixture *f = *state;
    assert_int_equal(unlink(in_store(f, "writer.lock")), 0);
    assert_opens(f, APITOKEN_E_DAMAGED);
    assert_int_not_equal(access(in_store(f, "writer.lock"), F_OK), 0); /* and it is not made */
}

/* ---- an old copy ----------------------------------------------------------------------------- */

static void an_old_copy_put_in_place_is_rolled_back(void **state) {
    struct fixture *f = *state;
    apitoken_store *store = fixture_open(f, RW);
    struct made_token token = fixture_create(store, "owner", "name", NULL);
    apitoken_store_close(store);
    const char *kept = keep_data(f);
    store = fixture_open(f, RW);
    assert_code(revoke_token(store, "owner", token.id), 0);
    apitoken_store_close(store);
    file_copy(kept, in_store(f, "data.mdb"));
    assert_opens(f, APITOKEN_E_ROLLED_BACK); /* else the revoke would be undone */
    assert_code(
        apitoken_store_grow(f->store_path, f->keyring, UINT64_C(1) << 31, FIXTURE_GROW, NULL),
        APITOKEN_E_ROLLED_BACK);
}

/* With one of its homes: the other one tells. */
static void an_old_copy_with_one_of_its_homes_is_rolled_back(void **state) {
    struct fixture *f = *state;
    static const char *const homes[] = { "last-use", "writer.lock" };
    for (size_t i = 0; i < COUNT(homes); i++) {
        char kept_home[256], newest[256], newest_home[256];
        (void)snprintf(kept_home, sizeof kept_home, "%s/kept-home", f->dir);
        (void)snprintf(newest, sizeof newest, "%s/newest", f->dir);
        (void)snprintf(newest_home, sizeof newest_home, "%s/newest-home", f->dir);
        apitoken_store *store = fixture_open(f, RW);
        struct made_token token = fixture_create(store, "owner", "name", NULL);
        apitoken_store_close(store);
        const char *kept = keep_data(f);
        file_copy(in_store(f, homes[i]), kept_home);
        store = fixture_open(f, RW);
        assert_code(revoke_token(store, "owner", token.id), 0);
        apitoken_store_close(store);
        file_copy(in_store(f, "data.mdb"), newest);
        file_copy(in_store(f, homes[i]), newest_home);
        file_copy(kept, in_store(f, "data.mdb"));
        file_copy(kept_home, in_store(f, homes[i]));
        assert_opens(f, APITOKEN_E_ROLLED_BACK);
        file_copy(newest, in_store(f, "data.mdb"));
        file_copy(newest_home, in_store(f, homes[i]));
        assert_opens(f, 0);
    }
}

/*
 * A restore begins a new count of transactions, so that the data of before has the higher number:
 * that it is of another environment tells.
 */
static void old_data_after_a_restore_is_rolled_back(void **state) {
    struct fixture *f = *state;
    char backup[256];
    (void)snprintf(backup, sizeof backup, "%s/backup", f->dir);
    apitoken_store *store = fixture_open(f, RW);
    struct made_token token = fixture_create(store, "owner", "name", NULL);
    for (int i = 0; i < 30; i++) (void)fixture_create(store, "owner", "name", NULL);
    assert_code(apitoken_store_backup(store, backup, NULL, NULL), 0);
    apitoken_store_close(store);
    const char *kept = keep_data(f);
    assert_code(
        apitoken_store_restore(backup, f->store_path, f->keyring, FIXTURE_RESTORE, NULL, NULL), 0);
    store = fixture_open(f, RW);
    assert_code(revoke_token(store, "owner", token.id), 0);
    apitoken_store_close(store);
    file_copy(kept, in_store(f, "data.mdb"));
    assert_opens(f, APITOKEN_E_ROLLED_BACK);
}

/*
 * The same file, with what it held before: the next write must not build upon it, and nobody must
 * be let in by it.
 */
static void an_old_copy_put_under_an_open_handle_is_rolled_back(void **state) {
    struct fixture *f = *state;
    apitoken_store *store = fixture_open(f, RW);
    struct made_token token = fixture_create(store, "owner", "name", NULL);
    const char *kept = keep_data(f);
    /* both meta pages are newer */
    for (int i = 0; i < 2; i++) (void)fixture_create(store, "owner", "name", NULL);
    file_copy(kept, in_store(f, "data.mdb"));
    assert_code(revoke_token(store, "owner", token.id), APITOKEN_E_ROLLED_BACK);
    assert_code(try_create(store, "owner", "name", NULL), APITOKEN_E_ROLLED_BACK);
    /* whoever reads sees less than lock.mdb says */
    assert_code(check(store, &token), APITOKEN_E_REPLACED);
    apitoken_store_close(store);
    assert_opens(f, APITOKEN_E_ROLLED_BACK);
}

/*
 * LMDB does not write a changed page that has one of the flags by which it marks pages in memory,
 * and says that all went well. No revoke is acknowledged that nobody sees.
 */
static void a_revoke_that_is_not_written_is_not_acknowledged(void **state) {
    enum { PAGE = 4096, FLAGS_AT = 10, LEAF = 2 };
    struct fixture *f = *state;
    apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    apitoken_store_close(f->store);
    const size_t size = file_size(in_store(f, "data.mdb"));
    uint8_t *bytes = malloc(size);
    assert_int_equal(file_read(in_store(f, "data.mdb"), bytes, size), size);
    for (size_t page = 0; page < size; page += PAGE)
        if (bytes[page + FLAGS_AT] == LEAF && memmem(bytes + page, PAGE, token.id, APITOKEN_ID_LEN))
            bytes[page + FLAGS_AT + 1] = 0x80;
    file_write(in_store(f, "data.mdb"), bytes, size);
    free(bytes);
    opts.check_max_bytes = APITOKEN_CHECK_OFF;
    assert_code(apitoken_store_open(f->store_path, f->keyring, &opts, &f->store, NULL), 0);
    assert_code(check(f->store, &token), 0);
    assert_code(revoke_token(f->store, "owner", token.id), APITOKEN_E_MAYBE);
    apitoken_store_close(f->store);
    f->store = NULL;
    assert_opens(f, APITOKEN_E_DAMAGED);
}

#define CLOSED_CASE(fn) cmocka_unit_test_setup_teardown(fn, setup_closed, fixture_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        CLOSED_CASE(a_store_cut_off_is_damaged),
        CLOSED_CASE(a_flipped_bit_in_a_meta_page_is_found),
        CLOSED_CASE(the_structure_check_has_a_limit_and_can_be_off),
        CLOSED_CASE(a_flipped_bit_in_a_record_never_opens_as_if_nothing_was),
        CLOSED_CASE(a_revoke_that_is_not_written_is_not_acknowledged),
        CLOSED_CASE(a_newer_schema_is_left_to_a_newer_library),
        CLOSED_CASE(one_home_of_the_number_is_enough),
        CLOSED_CASE(a_writer_makes_a_home_anew),
        CLOSED_CASE(a_store_without_its_lock_file_is_damaged),
        CLOSED_CASE(an_old_copy_put_in_place_is_rolled_back),
        CLOSED_CASE(an_old_copy_with_one_of_its_homes_is_rolled_back),
        CLOSED_CASE(old_data_after_a_restore_is_rolled_back),
        CLOSED_CASE(an_old_copy_put_under_an_open_handle_is_rolled_back),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
