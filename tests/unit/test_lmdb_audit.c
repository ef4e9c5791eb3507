/* SPDX-License-Identifier: MIT */
/* What a damaged audit keeps from being done, and what not. */
#include "lmdb/tokens/audit.h"

#include <string.h>

#include "below.h"
#include "cases.h"
#include "outside/record_tag.h"

#define OWNER "owner"
#define HOUR INT64_C(3600000)

static MDB_val key_of(uint64_t number, uint8_t bytes[ATK_AUDIT_KEY_LEN]) {
    atk_audit_key(ATK_AUDIT_CHAIN, number, bytes);
    return (MDB_val){ ATK_AUDIT_KEY_LEN, bytes };
}

/* Puts record 1 under another number, with a tag that is right there or nowhere. */
static void put_copy(const struct fixture *f, uint64_t number, int is_tagged) {
    uint8_t from[ATK_AUDIT_KEY_LEN], to[ATK_AUDIT_KEY_LEN], bytes[ATK_AUDIT_MAX];
    MDB_txn *txn = txn_begin(f);
    const struct atk_state_record state = get_state(f, txn);
    MDB_val key = key_of(1, from), value;
    assert_int_equal(mdb_get(txn, engine_of(f)->env->audit, &key, &value), 0);
    memcpy(bytes, value.mv_data, value.mv_size);
    value.mv_data = bytes;
    key = key_of(number, to);
    atk_record_tag_write(engine_of(f)->base.keys, to, sizeof to, bytes, value.mv_size);
    if (!is_tagged) bytes[value.mv_size - 1] ^= 1;
    assert_int_equal(mdb_put(txn, engine_of(f)->env->audit, &key, &value, 0), 0);
    set_state(f, txn, &state);
    txn_commit(txn);
}

static void keep_for(const struct fixture *f, int64_t ms) {
    MDB_txn *txn = txn_begin(f);
    const struct atk_state_record state = get_state(f, txn);
    const struct atk_view view = atk_lmdb_view(engine_of(f), txn);
    struct atk_policy_record policy = { .revision = 1, .key_id = 1 };
    policy.policy = atk_policy_default();
    policy.policy.audit_retention_ms = ms;
    assert_code(atk_policy_put(&view, &policy, NULL), 0);
    set_state(f, txn, &state);
    txn_commit(txn);
}

static struct atk_state_record state_of(const struct fixture *f) {
    MDB_txn *txn = txn_begin(f);
    const struct atk_state_record state = get_state(f, txn);
    mdb_txn_abort(txn);
    return state;
}

static int revoke(const struct fixture *f, const struct made_token *token) {
    return apitoken_revoke(f->store, LIT(OWNER), token->id, APITOKEN_ID_LEN, NULL, NULL);
}

static int create(const struct fixture *f, apitoken_error *err) {
    apitoken_secret *secret = NULL;
    int rc = apitoken_create(f->store, LIT(OWNER), LIT("name"), NULL, &secret, err);
    apitoken_secret_free(secret);
    return rc;
}

/* It stays for a check to find, and with it the records behind it. */
static void test_an_old_record_that_is_damaged_keeps_nothing_from_being_done(void **state) {
    struct fixture *f = *state;
    const struct made_token token = fixture_create(f->store, OWNER, "name", NULL);
    (void)fixture_create(f->store, OWNER, "name", NULL);
    keep_for(f, HOUR);
    put_copy(f, 1, 0);
    f->now_ms += 2 * HOUR;
    assert_code(revoke(f, &token), 0);
    assert_code(create(f, NULL), 0);
    const struct atk_state_record after = state_of(f);
    assert_int_equal(after.audit_last.number, 4);
    assert_int_equal(after.audit_removed.number, 0);
    assert_int_equal(after.audit_unrecorded, 0);
}

static void test_a_sound_old_record_goes(void **state) {
    struct fixture *f = *state;
    (void)fixture_create(f->store, OWNER, "name", NULL);
    keep_for(f, HOUR);
    put_copy(f, 1, 1);
    f->now_ms += 2 * HOUR;
    assert_code(create(f, NULL), 0);
    assert_int_equal(state_of(f).audit_removed.number, 1);
}

/* A denial is made without a record, and counted by the next one; anything else is refused. */
static void test_no_denial_fails_because_its_record_cannot_be_written(void **state) {
    struct fixture *f = *state;
    apitoken_error err = APITOKEN_ERROR_INIT;
    const struct made_token token = fixture_create(f->store, OWNER, "name", NULL);
    put_copy(f, 4711, 1);
    assert_code(create(f, &err), APITOKEN_E_DAMAGED);
    assert_code(err.code, APITOKEN_E_DAMAGED);
    assert_code(revoke(f, &token), 0);
    assert_code(apitoken_validate(f->store, token.text, token.len, NULL, NULL, NULL),
                APITOKEN_E_REVOKED);
    const struct atk_state_record after = state_of(f);
    assert_int_equal(after.audit_last.number, 1);
    assert_int_equal(after.audit_unrecorded, 1);
    assert_int_equal(after.revoked, 1);
    assert_int_equal(after.tokens, 1);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        CASE(test_an_old_record_that_is_damaged_keeps_nothing_from_being_done),
        CASE(test_a_sound_old_record_goes),
        CASE(test_no_denial_fails_because_its_record_cannot_be_written),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
