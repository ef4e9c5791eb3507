/* SPDX-License-Identifier: MIT */
/*
 * What a purge or an erase leaves in the state of the store and in the list of free slots, also
 * when these are not in order.
 */
#include "lmdb/tokens/remove.h"

#include <string.h>

#include "below.h"
#include "cases.h"
#include "objects/store.h"
#include "rules/text.h"

#define OWNER "owner"
#define HOUR INT64_C(3600000)
#define TICKS_A_SECOND UINT64_C(62500)

static int setup(void **state) {
    int rc = fixture_setup(state);
    struct fixture *f = *state;
    apitoken_store_close(f->store);
    f->store = fixture_open_admin(f);
    return rc;
}
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, fixture_teardown)

static struct atk_state_record state_of(const struct fixture *f) {
    MDB_txn *txn = txn_begin(f);
    const struct atk_state_record state = get_state(f, txn);
    mdb_txn_abort(txn);
    return state;
}

static struct made_token create(struct fixture *f) {
    apitoken_create_opts opts = APITOKEN_CREATE_OPTS_INIT;
    opts.expiry_kind = APITOKEN_EXPIRY_INSTANT;
    opts.expiry_ms = f->now_ms + 1;
    return fixture_create(f->store, OWNER, "name", &opts);
}

static uint32_t slot_of(const struct fixture *f, const struct made_token *token) {
    struct atk_hot hot;
    struct atk_row row;
    get_records(f, OWNER, token->id, &hot, &row);
    return hot.slot;
}

static uint64_t purge(struct fixture *f) {
    apitoken_purge_opts opts = APITOKEN_PURGE_OPTS_INIT;
    apitoken_purge_result result = APITOKEN_PURGE_RESULT_INIT;
    f->now_ms += HOUR;
    opts.ended_before_ms = f->now_ms;
    opts.actor = "root";
    opts.actor_len = 4;
    assert_code(apitoken_purge(f->store, &opts, &result, NULL), 0);
    return result.tokens;
}

static uint64_t erase(struct fixture *f) {
    apitoken_erase_opts opts = APITOKEN_ERASE_OPTS_INIT;
    apitoken_purge_result result = APITOKEN_PURGE_RESULT_INIT;
    opts.actor = "root";
    opts.actor_len = 4;
    assert_code(apitoken_owner_erase(f->store, LIT(OWNER), &opts, &result, NULL), 0);
    return result.tokens;
}

static int check_store(const struct fixture *f) {
    return apitoken_store_check(f->store_path, f->keyring, NULL, NULL);
}

/* ---- ids ------------------------------------------------------------------------------------- */

static void test_the_floor_rises_to_the_highest_id_that_went(void **state) {
    struct fixture *f = *state;
    const struct made_token first = create(f), second = create(f);
    const uint64_t floor = state_of(f).id_floor;
    assert_true(floor < atk_id_tick(first.id));
    assert_int_equal(purge(f), 2);
    assert_true(state_of(f).id_floor == atk_id_tick(second.id));
    const struct made_token next = create(f);
    assert_true(atk_id_tick(next.id) > atk_id_tick(second.id));
    assert_int_equal(purge(f), 1);
    assert_true(state_of(f).id_floor == atk_id_tick(next.id));
}

/* Puts a token under an id whose tick is that of another one and some seconds more. */
static void put_ahead(const struct fixture *f, const struct made_token *like, uint64_t seconds,
                      char id[APITOKEN_ID_LEN]) {
    struct atk_hot hot;
    struct atk_row row;
    get_records(f, OWNER, like->id, &hot, &row);
    memcpy(id, like->id, APITOKEN_ID_LEN);
    atk_base62_put(id, ATK_ID_TICK_LEN, atk_id_tick(like->id) + seconds * TICKS_A_SECOND);
    memcpy(row.id, id, APITOKEN_ID_LEN);
    hot.slot = row.slot = ATK_SLOT_NONE;
    MDB_txn *txn = txn_begin(f);
    const struct atk_view view = atk_lmdb_view(engine_of(f), txn);
    struct atk_state_record record = get_state(f, txn);
    assert_code(atk_hot_put(&view, id, &hot, 0, NULL), 0);
    assert_code(atk_row_put(&view, &hot, &row, NULL), 0);
    record.tokens++;
    set_state(f, txn, &record);
    txn_commit(txn);
}

/* An hour is what clocks may differ; the test takes far less than the minutes around it. */
static void test_an_id_from_the_future_is_kept_by_a_purge(void **state) {
    struct fixture *f = *state;
    char near[APITOKEN_ID_LEN], far[APITOKEN_ID_LEN];
    const struct made_token token = create(f);
    put_ahead(f, &token, 3000, near);
    put_ahead(f, &token, 7200, far);
    assert_code(check_store(f), 0);
    assert_int_equal(purge(f), 2);
    assert_int_equal(state_of(f).tokens, 1);
    assert_true(state_of(f).id_floor == atk_id_tick(near));
    assert_int_equal(purge(f), 0); /* the floor of now is 50 minutes ahead, far 70 more */
}

static void test_an_erase_removes_an_id_from_the_future(void **state) {
    struct fixture *f = *state;
    char far[APITOKEN_ID_LEN];
    const struct made_token token = create(f);
    put_ahead(f, &token, 7200, far);
    assert_int_equal(erase(f), 2);
    assert_true(state_of(f).id_floor == atk_id_tick(far));
    const struct made_token next = create(f); /* and can be purged: the floor is what counts */
    assert_true(atk_id_tick(next.id) > atk_id_tick(far));
    assert_int_equal(purge(f), 1);
    assert_code(check_store(f), 0);
}

/* ---- counters -------------------------------------------------------------------------------- */

static void test_wrong_counters_do_not_become_a_state_that_cannot_be_read(void **state) {
    struct fixture *f = *state;
    (void)create(f);
    (void)create(f);
    MDB_txn *txn = txn_begin(f);
    struct atk_state_record record = get_state(f, txn);
    record.tokens = record.revoked = 1;
    set_state(f, txn, &record);
    txn_commit(txn);
    assert_int_equal(purge(f), 2);
    assert_int_equal(state_of(f).tokens, 0);
    assert_int_equal(state_of(f).revoked, 0);
    assert_code(check_store(f), 0);
}

/* ---- slots ----------------------------------------------------------------------------------- */

static void test_slots_of_several_pieces(void **state) {
    struct fixture *f = *state;
    const struct made_token first = create(f);
    MDB_txn *txn = txn_begin(f);
    struct atk_state_record record = get_state(f, txn);
    record.next_slot = 3 * ATK_SLOTS_A_RECORD - 1;
    set_state(f, txn, &record);
    txn_commit(txn);
    const struct made_token second = create(f), third = create(f);
    assert_int_equal(slot_of(f, &second), 3 * ATK_SLOTS_A_RECORD - 1);
    assert_int_equal(slot_of(f, &third), 3 * ATK_SLOTS_A_RECORD);
    assert_int_equal(slot_of(f, &first), 0);
    assert_int_equal(purge(f), 3);
    assert_int_equal(state_of(f).free_slots, 3);
    static const uint32_t due[] = { 0, 3 * ATK_SLOTS_A_RECORD - 1, 3 * ATK_SLOTS_A_RECORD,
                                    3 * ATK_SLOTS_A_RECORD + 1 };
    for (size_t i = 0; i < sizeof due / sizeof *due; i++) {
        const struct made_token again = create(f);
        assert_int_equal(slot_of(f, &again), due[i]);
    }
    assert_int_equal(state_of(f).free_slots, 0);
    assert_code(check_store(f), 0);
}

/* No token depends on the list: a create takes the next slot, a purge loses that of its token. */
static void test_a_damaged_list_of_free_slots_is_in_nobodys_way(void **state) {
    struct fixture *f = *state;
    uint8_t key[ATK_SLOTS_KEY_LEN] = "!slots", bytes[ATK_SLOTS_MAX];
    MDB_val k = { sizeof key, key }, value;
    (void)create(f);
    assert_int_equal(purge(f), 1);
    MDB_txn *txn = txn_begin(f);
    assert_int_equal(mdb_get(txn, engine_of(f)->env->hot, &k, &value), 0);
    memcpy(bytes, value.mv_data, value.mv_size);
    bytes[8] ^= 2;
    value.mv_data = bytes;
    assert_int_equal(mdb_put(txn, engine_of(f)->env->hot, &k, &value, 0), 0);
    const struct atk_state_record record = get_state(f, txn);
    set_state(f, txn, &record);
    txn_commit(txn);
    const struct made_token token = create(f);
    assert_int_equal(slot_of(f, &token), 1);
    assert_int_equal(purge(f), 1);
    assert_int_equal(state_of(f).free_slots, 1);
    assert_code(check_store(f), APITOKEN_E_DAMAGED);
}

/* A token that shares its slot with one that was purged, by damage, does not free it twice. */
static void test_a_slot_becomes_free_once(void **state) {
    struct fixture *f = *state;
    struct atk_hot hot;
    struct atk_row row;
    const struct made_token first = create(f), second = create(f);
    get_records(f, OWNER, second.id, &hot, &row);
    hot.slot = row.slot = slot_of(f, &first);
    MDB_txn *txn = txn_begin(f);
    const struct atk_view view = atk_lmdb_view(engine_of(f), txn);
    const struct atk_state_record record = get_state(f, txn);
    assert_code(atk_hot_put(&view, second.id, &hot, 0, NULL), 0);
    assert_code(atk_row_put(&view, &hot, &row, NULL), 0);
    set_state(f, txn, &record);
    txn_commit(txn);
    assert_int_equal(purge(f), 2);
    assert_int_equal(state_of(f).free_slots, 1);
    assert_code(check_store(f), 0);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        CASE(test_the_floor_rises_to_the_highest_id_that_went),
        CASE(test_an_id_from_the_future_is_kept_by_a_purge),
        CASE(test_an_erase_removes_an_id_from_the_future),
        CASE(test_wrong_counters_do_not_become_a_state_that_cannot_be_read),
        CASE(test_slots_of_several_pieces),
        CASE(test_a_damaged_list_of_free_slots_is_in_nobodys_way),
        CASE(test_a_slot_becomes_free_once),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
