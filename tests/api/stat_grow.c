/* SPDX-License-Identifier: MIT */
/* apitoken_store_stat() and apitoken_store_grow(), and a store that is full. */
#include "api.h"
#include "storage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cases.h"

#define MIB (UINT64_C(1) << 20)

/* A store of the smallest size, with sealed copies: full soonest. */
static int setup_small(void **state) {
    struct fixture *f = malloc(sizeof *f);
    apitoken_store_create_opts opts = APITOKEN_STORE_CREATE_OPTS_INIT;
    fixture_make_dir(f);
    fixture_make_keys(f);
    opts.map_bytes = 16 * MIB;
    opts.copy_policy = APITOKEN_COPY_ALWAYS;
    fixture_make_store(f, &opts);
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    *state = f;
    return 0;
}

static int grow(const struct fixture *f, uint64_t map_bytes) {
    return apitoken_store_grow(f->store_path, f->keyring, map_bytes, NULL, NULL);
}

static void close_store(struct fixture *f) {
    apitoken_store_close(f->store);
    f->store = NULL;
}

/*
 * Thousands of commits, and nothing here asks for a disk: in memory, if TEST_DIR does not say
 * otherwise.
 */
static int setup_in_memory(void **state) {
    storage_in_memory(STORAGE_USUAL);
    return setup_small(state);
}

/* ---- facts ----------------------------------------------------------------------------------- */

static void the_facts_of_a_store(void **state) {
    struct fixture *f = *state;
    apitoken_store_info before = info_of(f->store);
    assert_int_equal(before.schema, 2);
    assert_int_equal(before.copy_policy, APITOKEN_COPY_ALWAYS);
    assert_int_equal(before.mode, APITOKEN_MODE_READ_WRITE);
    assert_int_equal(before.active_key, 1);
    assert_in_range(before.keys_locked, 0, 1);
    assert_in_range(before.readers, 1, 64);
    assert_true(before.readers_max >= 4096);
    assert_int_equal(before.tokens, 0);
    assert_int_equal(before.revoked, 0);
    assert_int_equal(before.map_bytes, 16 * MIB);
    assert_true(before.used_bytes > 0 && before.used_bytes < MIB);
    assert_true(before.spare_bytes > 8 * MIB && before.spare_bytes < 12 * MIB + MIB);
    assert_int_equal(before.created_ms, FIXTURE_NOW);
    assert_int_equal(strlen(before.store_id), 32);
    assert_string_equal(before.prefix, "tdh");
    assert_string_equal(before.zone, "UTC");
}

static void the_facts_follow_the_changes(void **state) {
    struct fixture *f = *state;
    struct made_token token[3];
    uint64_t first = info_of(f->store).transaction;
    for (size_t i = 0; i < COUNT(token); i++)
        token[i] = fixture_create(f->store, i ? "b" : "a", "name", NULL);
    assert_code(revoke_token(f->store, "a", token[0].id), 0);
    assert_code(revoke_token(f->store, "a", token[0].id), 0);
    apitoken_store *v = fixture_open(f, APITOKEN_MODE_VERIFY_ONLY);
    apitoken_store_info info = info_of(v);
    assert_int_equal(info.tokens, 3);
    assert_int_equal(info.revoked, 1);
    assert_int_equal(info.transaction, first + 4); /* the second revoke changed nothing */
    assert_int_equal(info.mode, APITOKEN_MODE_VERIFY_ONLY);
    assert_string_equal(info.store_id, info_of(f->store).store_id);
    apitoken_store_close(v);
}

/* ---- a full store ---------------------------------------------------------------------------- */

struct tally {
    struct made_token *made;
    size_t count, room;
};

/*
 * Makes tokens with the longest texts until the store says that it is full. Every owner sorts
 * before the one before, which leaves half-empty pages behind, so that few tokens fill the map.
 */
static void fill(apitoken_store *store, struct tally *t) {
    static char description[APITOKEN_DESCRIPTION_MAX], name[APITOKEN_NAME_MAX];
    apitoken_create_opts opts = APITOKEN_CREATE_OPTS_INIT;
    memset(description, 'd', sizeof description);
    memset(name, 'n', sizeof name);
    opts.description = description;
    opts.description_len = sizeof description;
    for (t->count = 0; t->count < t->room; t->count++) {
        char owner[APITOKEN_OWNER_MAX + 1];
        apitoken_secret *secret = UNTOUCHED;
        struct made_token *made = &t->made[t->count];
        (void)snprintf(owner, sizeof owner, "%06zu%0122d", 999999 - t->count, 0);
        int rc = apitoken_create(store, owner, APITOKEN_OWNER_MAX, name, sizeof name, &opts,
                                 &secret, NULL);
        if (rc != 0) {
            assert_code(rc, APITOKEN_E_FULL);
            assert_ptr_equal(secret, UNTOUCHED);
            return;
        }
        assert_code(apitoken_secret_format(secret, APITOKEN_FORMAT_PLAIN, NULL, made->text,
                                           sizeof made->text, &made->len, NULL),
                    0);
        (void)snprintf(made->id, sizeof made->id, "%s", apitoken_secret_id(secret));
        apitoken_secret_free(secret);
    }
    fail_msg("%zu tokens did not fill the store", t->count);
}

static void assert_all(apitoken_store *store, const struct tally *t, int code) {
    for (size_t i = 0; i < t->count; i++) assert_code(check(store, &t->made[i]), code);
}

static void revoke_all(apitoken_store *store, const struct tally *t) {
    for (size_t i = 0; i < t->count; i++) {
        char owner[APITOKEN_OWNER_MAX + 1];
        (void)snprintf(owner, sizeof owner, "%06zu%0122d", 999999 - i, 0);
        assert_code(revoke_token(store, owner, t->made[i].id), 0);
    }
}

static void a_full_store_still_revokes_and_grows(void **state) {
    struct fixture *f = *state;
    struct tally t = { .made = calloc(20000, sizeof(struct made_token)), .room = 20000 };
    fill(f->store, &t);
    assert_int_equal(info_of(f->store).tokens, t.count);
    assert_int_equal(info_of(f->store).spare_bytes, 0);
    assert_all(f->store, &t, 0);
    /* a short one as well: the rest is for revoke */
    assert_code(try_create(f->store, "a", "short", NULL), APITOKEN_E_FULL);
    revoke_all(f->store, &t);
    assert_all(f->store, &t, APITOKEN_E_REVOKED);
    assert_int_equal(info_of(f->store).revoked, t.count);

    close_store(f);
    assert_code(grow(f, 32 * MIB), 0);
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    assert_int_equal(info_of(f->store).map_bytes, 32 * MIB);
    assert_true(info_of(f->store).spare_bytes > 12 * MIB);
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    assert_code(check(f->store, &token), 0);
    assert_all(f->store, &t, APITOKEN_E_REVOKED);
    free(t.made);
}

/*
 * A revoke with a reason makes its record longer. However many of them there are, all without one
 * still succeed.
 */
static void long_reasons_leave_room_for_plain_revokes(void **state) {
    struct fixture *f = *state;
    struct tally t = { .made = calloc(20000, sizeof(struct made_token)), .room = 20000 };
    apitoken_revoke_opts opts = APITOKEN_REVOKE_OPTS_INIT;
    opts.reason = long_text(APITOKEN_REASON_MAX);
    opts.reason_len = APITOKEN_REASON_MAX;
    fill(f->store, &t);
    size_t with_reason = 0;
    for (int rc = 0; rc == 0 && with_reason < t.count; with_reason += rc == 0) {
        char owner[APITOKEN_OWNER_MAX + 1];
        (void)snprintf(owner, sizeof owner, "%06zu%0122d", 999999 - with_reason, 0);
        rc = apitoken_revoke(f->store, owner, strlen(owner), t.made[with_reason].id,
                             APITOKEN_ID_LEN, &opts, NULL);
        if (rc != 0) assert_code(rc, APITOKEN_E_FULL);
    }
    /* or the reserve was never short and this proves nothing */
    assert_in_range(with_reason, 1, t.count - 1);
    revoke_all(f->store, &t);
    assert_int_equal(info_of(f->store).revoked, t.count);
    free(t.made);
}

/* ---- growing --------------------------------------------------------------------------------- */

static void a_store_in_use_does_not_grow(void **state) {
    struct fixture *f = *state;
    assert_code(grow(f, 32 * MIB), APITOKEN_E_IN_USE);
    close_store(f);
    f->store = fixture_open(f, APITOKEN_MODE_VERIFY_ONLY);
    assert_code(grow(f, 32 * MIB), APITOKEN_E_IN_USE); /* whatever the mode */
    assert_int_equal(info_of(f->store).map_bytes, 16 * MIB);
    close_store(f);
    assert_code(grow(f, 32 * MIB), 0);
}

static void a_store_grows_step_by_step(void **state) {
    struct fixture *f = *state;
    static const uint64_t sizes[] = { 16 * MIB + 1, 17 * MIB, 64 * MIB };
    struct made_token token = fixture_create(f->store, "owner", "name", NULL),
                      revoked = fixture_create(f->store, "owner", "name", NULL);
    assert_code(revoke_token(f->store, "owner", revoked.id), 0);
    for (size_t i = 0; i < COUNT(sizes); i++) {
        close_store(f);
        assert_code(grow(f, sizes[i]), 0);
        f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
        apitoken_store_info info = info_of(f->store);
        assert_int_equal(info.map_bytes, (sizes[i] + 4095) / 4096 * 4096);
        assert_int_equal(info.tokens, 2 + i);
        assert_int_equal(info.revoked, 1);
        assert_code(check(f->store, &token), 0);
        assert_code(check(f->store, &revoked), APITOKEN_E_REVOKED);
        assert_code(try_create(f->store, "owner", "name", NULL), 0);
    }
}

/* What was before it is older: put back, it is refused. */
static void a_grow_is_not_undone_unseen(void **state) {
    struct fixture *f = *state;
    const char *data = in_dir(f->store_path, "data.mdb"), *kept = in_dir(f->dir, "kept");
    close_store(f);
    file_copy(data, kept);
    assert_code(grow(f, 32 * MIB), 0);
    file_copy(kept, data);
    assert_code(try_open(f, APITOKEN_MODE_READ_WRITE), APITOKEN_E_ROLLED_BACK);
}

static void a_store_never_shrinks(void **state) {
    struct fixture *f = *state;
    static const uint64_t sizes[] = {
        0, 1, 16 * MIB - 1, 16 * MIB - 4095, 16 * MIB, MIB * MIB + 1, UINT64_MAX
    };
    close_store(f);
    for (size_t i = 0; i < COUNT(sizes); i++) {
        apitoken_error err = APITOKEN_ERROR_INIT;
        assert_code(apitoken_store_grow(f->store_path, f->keyring, sizes[i], NULL, &err),
                    APITOKEN_E_MAP_SIZE);
        assert_field(&err, APITOKEN_E_MAP_SIZE, APITOKEN_FIELD_MAP_SIZE, 0);
    }
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    assert_int_equal(info_of(f->store).map_bytes, 16 * MIB);
}

static void a_verify_only_keyring_does_not_grow(void **state) {
    struct fixture *f = *state;
    close_store(f);
    assert_code(apitoken_store_grow(f->store_path, f->verify_keyring, 32 * MIB, NULL, NULL),
                APITOKEN_E_KEYS_VERIFY);
}

#define SMALL_CASE(fn) cmocka_unit_test_setup_teardown(fn, setup_small, fixture_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        SMALL_CASE(the_facts_of_a_store),
        SMALL_CASE(the_facts_follow_the_changes),
        SMALL_CASE(a_store_in_use_does_not_grow),
        SMALL_CASE(a_store_grows_step_by_step),
        SMALL_CASE(a_grow_is_not_undone_unseen),
        SMALL_CASE(a_store_never_shrinks),
        SMALL_CASE(a_verify_only_keyring_does_not_grow),
        cmocka_unit_test_setup_teardown(a_full_store_still_revokes_and_grows, setup_in_memory,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(long_reasons_leave_room_for_plain_revokes, setup_in_memory,
                                        fixture_teardown),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
