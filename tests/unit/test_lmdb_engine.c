/* SPDX-License-Identifier: MIT */
/*
 * What an open handle makes of records that changed below it, as no process of the library would
 * change them. Some have a right tag and make no sense: only who has the keys writes them, and that
 * the tag is right must not be all that is looked at.
 */
#include "lmdb/tokens/engine.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "below.h"
#include "cases.h"
#include "outside/record_tag.h"
#include "objects/store.h"
#include "rules/text.h"

#define OWNER "owner"
#define NOBODY 65534

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

static const char config_name[] = "!config", keys_name[] = "!keys", state_name[] = "!state";

/* ---- changes below the library --------------------------------------------------------------- */

static void put_state(const struct fixture *f, MDB_txn *txn, uint64_t next_slot) {
    struct atk_state_record state = get_state(f, txn);
    if (next_slot) state.next_slot = (uint32_t)next_slot;
    set_state(f, txn, &state);
}

enum change { CHANGE_BIT, CHANGE_SIGNED, CHANGE_LONGER };

/*
 * A bit of its type flips, without a new tag; or it ends with half a part, with one; or it gets as
 * many bytes as no record has. All else is in order.
 */
static void spoil(const struct fixture *f, MDB_dbi dbi, const void *key, size_t key_len,
                  enum change change) {
    static uint8_t bytes[2 * SAMPLE_BYTES_MAX];
    MDB_txn *txn = txn_begin(f);
    MDB_val k = { key_len, (void *)(uintptr_t)key }, v;
    assert_int_equal(mdb_get(txn, dbi, &k, &v), 0);
    assert_true(v.mv_size < SAMPLE_BYTES_MAX);
    memset(bytes, 0, sizeof bytes);
    memcpy(bytes, v.mv_data, v.mv_size);
    bytes[1] ^= change == CHANGE_BIT ? 0x40 : 0;
    if (change == CHANGE_SIGNED) {
        bytes[v.mv_size - ATK_TAG_LEN] = 200;
        atk_record_tag_write(f->store->keys, key, key_len, bytes, ++v.mv_size);
    }
    v = (MDB_val){ change == CHANGE_LONGER ? SAMPLE_BYTES_MAX : v.mv_size, bytes };
    assert_int_equal(mdb_put(txn, dbi, &k, &v, 0), 0);
    if (key != state_name) put_state(f, txn, 0);
    txn_commit(txn);
}

static void spoil_named(const struct fixture *f, const char *name, enum change change) {
    spoil(f, engine_of(f)->env->hot, name, strlen(name), change);
}

static void spoil_row(const struct fixture *f, const struct atk_hot *hot, const char *id,
                      enum change change) {
    uint8_t key[ATK_ROW_KEY_MAX];
    spoil(f, engine_of(f)->env->rows, key, atk_row_key(hot->owner, hot->owner_len, id, key),
          change);
}

/* ---- what the verbs say ---------------------------------------------------------------------- */

static int check(const struct fixture *f, const struct made_token *token) {
    return apitoken_validate(f->store, token->text, token->len, NULL, NULL, NULL);
}

static int show(const struct fixture *f, const struct made_token *token) {
    apitoken_token *row = NULL;
    int rc = apitoken_show(f->store, LIT(OWNER), token->id, APITOKEN_ID_LEN, NULL, &row, NULL);
    apitoken_token_free(row);
    return rc;
}

static int list(const struct fixture *f) {
    apitoken_page *page = NULL;
    int rc = apitoken_list(f->store, LIT(OWNER), NULL, &page, NULL);
    apitoken_page_free(page);
    return rc;
}

static int revoke_token(const struct fixture *f, const struct made_token *token) {
    return apitoken_revoke(f->store, LIT(OWNER), token->id, APITOKEN_ID_LEN, NULL, NULL);
}

static int create(const struct fixture *f) {
    apitoken_secret *secret = NULL;
    int rc = apitoken_create(f->store, LIT(OWNER), LIT("name"), NULL, &secret, NULL);
    apitoken_secret_free(secret);
    return rc;
}

static int stat_of(const struct fixture *f) {
    apitoken_store_info info = APITOKEN_STORE_INFO_INIT;
    return apitoken_store_stat(f->store, NULL, &info, NULL);
}

static int open_again(const struct fixture *f) {
    apitoken_store *store = NULL;
    int rc = apitoken_store_open(f->store_path, f->keyring, NULL, &store, NULL);
    apitoken_store_close(store);
    return rc;
}

/* ---- cases ----------------------------------------------------------------------------------- */

static void test_a_hot_record_that_is_none_denies(void **state) {
    struct fixture *f = *state;
    for (enum change change = CHANGE_BIT; change <= CHANGE_LONGER; change++) {
        const struct made_token token = fixture_create(f->store, OWNER, "name", NULL);
        for (int i = 0; i < 3; i++) assert_code(check(f, &token), 0); /* also from memory */
        spoil(f, engine_of(f)->env->hot, token.id, APITOKEN_ID_LEN, change);
        assert_code(check(f, &token), APITOKEN_E_DAMAGED);
        assert_code(show(f, &token), APITOKEN_E_DAMAGED);
    }
}

static void test_a_row_that_is_none_is_not_shown(void **state) {
    struct fixture *f = *state;
    for (enum change change = CHANGE_BIT; change <= CHANGE_LONGER; change++) {
        const struct made_token token = fixture_create(f->store, OWNER, "name", NULL);
        struct atk_hot hot;
        struct atk_row row;
        get_records(f, OWNER, token.id, &hot, &row);
        spoil_row(f, &hot, token.id, change);
        assert_code(show(f, &token), APITOKEN_E_DAMAGED);
        assert_code(list(f), APITOKEN_E_DAMAGED);
        assert_code(check(f, &token), 0); /* for which the row is nothing */
        MDB_txn *txn = txn_begin(f);
        const struct atk_view view = atk_lmdb_view(engine_of(f), txn);
        assert_code(atk_row_put(&view, &hot, &row, NULL), 0);
        put_state(f, txn, 0);
        txn_commit(txn);
        assert_code(list(f), 0);
    }
}

static void test_a_state_that_is_none_stops_writing_alone(void **state) {
    struct fixture *f = *state;
    const struct made_token token = fixture_create(f->store, OWNER, "name", NULL);
    for (enum change change = CHANGE_BIT; change <= CHANGE_SIGNED; change++) {
        MDB_txn *txn = txn_begin(f);
        const struct atk_state_record before = get_state(f, txn);
        mdb_txn_abort(txn);
        spoil_named(f, state_name, change);
        assert_code(create(f), APITOKEN_E_DAMAGED);
        assert_code(revoke_token(f, &token), APITOKEN_E_DAMAGED);
        assert_code(stat_of(f), APITOKEN_E_DAMAGED);
        assert_code(check(f, &token), 0);
        assert_code(open_again(f), APITOKEN_E_DAMAGED);
        txn = txn_begin(f);
        set_state(f, txn, &before);
        txn_commit(txn);
    }
}

/*
 * A key of the same id but other bytes is the reason to tell, not the record that it does not fit.
 */
static void test_a_state_under_another_key_is_told_by_the_key(void **state) {
    struct fixture *f = *state;
    struct atk_keys_record known;
    const struct made_token token = fixture_create(f->store, OWNER, "name", NULL);
    spoil_named(f, state_name, CHANGE_BIT);
    MDB_txn *txn = txn_begin(f);
    const struct atk_view view = atk_lmdb_view(engine_of(f), txn);
    assert_code(atk_prints_get(&view, &known, NULL), 0);
    known.bytes[ATK_KEYS_FIXED + 8 + ATK_FP_LEN] ^= 1; /* of the record tag subkey */
    assert_code(atk_prints_put(&view, &known, NULL), 0);
    txn_commit(txn);
    assert_code(create(f), APITOKEN_E_KEY_WRONG);
    assert_code(revoke_token(f, &token), APITOKEN_E_KEY_WRONG);
    assert_code(check(f, &token), 0);
}

static void test_a_configuration_that_is_none_opens_nothing(void **state) {
    struct fixture *f = *state;
    spoil_named(f, config_name, CHANGE_SIGNED);
    assert_code(open_again(f), APITOKEN_E_DAMAGED);
}

static void test_a_list_of_keys_that_is_none_opens_nothing(void **state) {
    struct fixture *f = *state;
    spoil_named(f, keys_name, CHANGE_SIGNED);
    assert_code(open_again(f), APITOKEN_E_DAMAGED);
}

static void commit_unnoted(const struct fixture *f) {
    MDB_txn *txn = txn_begin(f);
    char name[] = "!Other";
    MDB_val key = { strlen(name), name }, value = { 1, name };
    assert_int_equal(mdb_put(txn, engine_of(f)->env->hot, &key, &value, 0), 0);
    txn_commit(txn);
}

/* A commit of somebody who does not know of the state is what an old copy looks like. */
static void test_a_transaction_that_nobody_noted_is_a_roll_back(void **state) {
    struct fixture *f = *state;
    const struct made_token token = fixture_create(f->store, OWNER, "name", NULL);
    commit_unnoted(f);
    assert_code(create(f), APITOKEN_E_ROLLED_BACK);
    assert_code(revoke_token(f, &token), APITOKEN_E_ROLLED_BACK);
    assert_code(open_again(f), APITOKEN_E_ROLLED_BACK);
    assert_code(apitoken_store_check(f->store_path, f->keyring, NULL, NULL),
                APITOKEN_E_ROLLED_BACK);
    apitoken_check_opts opts = APITOKEN_CHECK_OPTS_INIT;
    fixture_check_flags(&opts, APITOKEN_CHECK_ACCEPT_ROLLBACK);
    assert_code(apitoken_store_check(f->store_path, f->keyring, &opts, NULL), APITOKEN_E_IN_USE);
    apitoken_store_close(f->store);
    f->store = NULL;
    assert_code(apitoken_store_check(f->store_path, f->keyring, &opts, NULL), 0);
    assert_code(open_again(f), 0);
}

/*
 * The header of last-use knows of a commit that the data does not have: written to by nobody, even
 * by who has it open.
 */
static void test_a_commit_that_is_missing_is_a_roll_back(void **state) {
    struct fixture *f = *state;
    const struct made_token token = fixture_create(f->store, OWNER, "name", NULL);
    MDB_txn *txn = txn_begin(f);
    const uint64_t next = mdb_txn_id(txn);
    const struct atk_state_record present = get_state(f, txn);
    mdb_txn_abort(txn);
    atk_lmdb_raise_homes(engine_of(f), &present, next);
    assert_code(create(f), APITOKEN_E_ROLLED_BACK);
    assert_code(revoke_token(f, &token), APITOKEN_E_ROLLED_BACK);
    assert_code(open_again(f), APITOKEN_E_ROLLED_BACK);
}

/*
 * A new key is told to the store by the first write under it; a store that knows as many as it can
 * takes no write under one.
 */
static void test_a_store_knows_so_many_keys(void **state) {
    struct fixture *f = *state;
    struct atk_keys_record known;
    apitoken_error err = APITOKEN_ERROR_INIT;
    MDB_txn *txn = txn_begin(f);
    const struct atk_view view = atk_lmdb_view(engine_of(f), txn);
    assert_code(atk_prints_get(&view, &known, NULL), 0);
    const struct atk_keys_entry first = atk_keys_record_entry(&known, 0);
    while (atk_keys_record_add(&known, &first)) {}
    assert_code(atk_prints_put(&view, &known, NULL), 0);
    put_state(f, txn, 0);
    txn_commit(txn);
    const struct made_token token = fixture_create(f->store, OWNER, "name", NULL);
    assert_code(apitoken_keyring_add_key(f->keys, NULL, NULL, NULL), 0);
    assert_code(apitoken_keyring_activate_key(f->keys, 2, NULL, NULL), 0);
    apitoken_keyring_free(f->keyring);
    assert_code(apitoken_keyring_load(f->keys, NULL, &f->keyring, NULL), 0);
    apitoken_store_close(f->store);
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    apitoken_secret *secret = NULL;
    assert_code(apitoken_create(f->store, LIT(OWNER), LIT("name"), NULL, &secret, &err),
                APITOKEN_E_KEY_LIMIT);
    assert_int_equal(err.item, 2);
    assert_null(secret);
    assert_code(check(f, &token), 0);
}

/* One of the two records says revoked: the token is, and a revoke makes both say so. */
static void test_half_a_revocation_is_completed(void **state) {
    struct fixture *f = *state;
    for (int half = 0; half < 2; half++) {
        struct atk_hot hot;
        struct atk_row row;
        const struct made_token token = fixture_create(f->store, OWNER, "name", NULL);
        get_records(f, OWNER, token.id, &hot, &row);
        (half == 0 ? &hot.flags : &row.flags)[0] |= ATK_FLAG_REVOKED;
        row.revoked_ms = half == 1 ? FIXTURE_NOW - 1 : 0;
        MDB_txn *txn = txn_begin(f);
        const struct atk_view view = atk_lmdb_view(engine_of(f), txn);
        assert_code(atk_hot_put(&view, token.id, &hot, 0, NULL), 0);
        assert_code(atk_row_put(&view, &hot, &row, NULL), 0);
        put_state(f, txn, 0);
        txn_commit(txn);
        assert_code(check(f, &token), half == 0 ? APITOKEN_E_REVOKED : 0);
        assert_code(revoke_token(f, &token), 0);
        assert_code(check(f, &token), APITOKEN_E_REVOKED);
        get_records(f, OWNER, token.id, &hot, &row);
        assert_true(hot.flags & row.flags & ATK_FLAG_REVOKED);
        assert_int_equal(hot.revision, 2);
        assert_true(row.revoked_ms == (half == 1 ? FIXTURE_NOW - 1 : FIXTURE_NOW));
    }
}

/*
 * More tokens were made than the file of uses has places for: they are as good as others, and no
 * use of them is noted.
 */
static void test_tokens_beyond_the_last_slot_have_none(void **state) {
    struct fixture *f = *state;
    apitoken_batch_item item = APITOKEN_BATCH_ITEM_INIT;
    const apitoken_batch_item *items[] = { &item, &item };
    apitoken_batch *batch = NULL;
    struct atk_hot hot;
    struct atk_row row;
    const uint64_t slots = engine_of(f)->use.slots_given;
    MDB_txn *txn = txn_begin(f);
    put_state(f, txn, slots - 1);
    txn_commit(txn);
    engine_of(f)->use.allocated = slots * ATK_SLOT_BYTES; /* the disk is not to hold all of them */
    item.owner = item.name = OWNER;
    item.owner_len = item.name_len = strlen(OWNER);
    assert_code(apitoken_create_batch(f->store, items, 2, NULL, &batch, NULL), 0);
    get_records(f, OWNER, apitoken_batch_id(batch, 0), &hot, &row);
    assert_true(hot.slot == slots - 1 && row.slot == hot.slot);
    get_records(f, OWNER, apitoken_batch_id(batch, 1), &hot, &row);
    assert_true(hot.slot == ATK_SLOT_NONE && row.slot == ATK_SLOT_NONE);
    apitoken_batch_free(batch);
    const struct made_token token = fixture_create(f->store, OWNER, "name", NULL);
    get_records(f, OWNER, token.id, &hot, &row);
    assert_true(hot.slot == ATK_SLOT_NONE && row.slot == ATK_SLOT_NONE);
    assert_code(check(f, &token), 0);
    assert_code(apitoken_create_batch(f->store, items, 2, NULL, &batch, NULL), 0);
    apitoken_batch_free(batch);
}

/* ---- the limit ------------------------------------------------------------------------------- */

static void set_limit(const struct fixture *f, uint64_t limit_bytes) {
    MDB_txn *txn = txn_begin(f);
    struct atk_state_record state = get_state(f, txn);
    state.limit_bytes = limit_bytes;
    set_state(f, txn, &state);
    txn_commit(txn);
}

/* Nobody has mapped as much: a page behind the map could not be read. */
static void test_a_limit_above_the_map_is_damage(void **state) {
    struct fixture *f = *state;
    const uint64_t map_bytes = engine_of(f)->env->map_bytes;
    assert_true(map_bytes == UINT64_C(1) << 34);
    set_limit(f, map_bytes);
    assert_code(open_again(f), 0);
    set_limit(f, map_bytes + ATK_LIMIT_UNIT);
    assert_code(open_again(f), APITOKEN_E_DAMAGED);
    assert_code(apitoken_store_check(f->store_path, f->keyring, NULL, NULL), APITOKEN_E_DAMAGED);
}

/* A store of the smallest size in which only the reserve is left. */
static void fill_small_store(struct fixture *f) {
    apitoken_store_create_opts opts = APITOKEN_STORE_CREATE_OPTS_INIT;
    static const apitoken_batch_item *items[1000];
    apitoken_batch_item item = APITOKEN_BATCH_ITEM_INIT;
    apitoken_store_close(f->store);
    (void)snprintf(f->store_path, sizeof f->store_path, "%s/small", f->dir);
    opts.map_bytes = ATK_MAP_MIN;
    fixture_make_store(f, &opts);
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    item.owner = item.name = OWNER;
    item.owner_len = item.name_len = strlen(OWNER);
    for (size_t i = 0; i < ATK_LEN(items); i++) items[i] = &item;
    for (size_t count = ATK_LEN(items); count > 0; count /= 10) {
        apitoken_batch *batch = NULL;
        while (apitoken_create_batch(f->store, items, count, NULL, &batch, NULL) == 0)
            apitoken_batch_free(batch);
    }
}

static uint64_t pages_of(const struct fixture *f) {
    MDB_envinfo info;
    assert_int_equal(mdb_env_info(engine_of(f)->env->mdb, &info), 0);
    return info.me_last_pgno + 1;
}

/*
 * A reader that pins everything: revokes use up the reserve and stop at the limit, although the map
 * holds far more.
 */
static void test_even_revokes_stop_at_the_limit(void **state) {
    struct fixture *f = *state;
    struct atk_deadline deadline = atk_deadline_in(1000);
    struct atk_pool_entry *entry;
    apitoken_list_opts opts = APITOKEN_LIST_OPTS_INIT;
    apitoken_page *page = NULL;
    apitoken_error err = APITOKEN_ERROR_INIT;
    size_t revoked = 0;
    int rc = 0;
    fill_small_store(f);
    opts.limit = APITOKEN_LIST_MAX;
    assert_code(apitoken_list(f->store, LIT(OWNER), &opts, &page, NULL), 0);
    assert_code(atk_env_read_begin(engine_of(f)->env, &deadline, &entry, NULL), 0);
    for (; rc == 0 && revoked < APITOKEN_LIST_MAX; revoked += rc == 0) {
        const char *id = apitoken_token_id(apitoken_page_at(page, revoked));
        rc = apitoken_revoke(f->store, LIT(OWNER), id, strlen(id), NULL, &err);
    }
    assert_code(rc, APITOKEN_E_FULL);
    assert_non_null(strstr(err.text, "a reader pins it"));
    assert_true(revoked >= ATK_RESERVE_PAGES / ATK_REVOKE_PAGES);
    assert_true(pages_of(f) <= ATK_MAP_MIN / engine_of(f)->env->page_size);
    /* what takes nothing goes on */
    const char *first = apitoken_token_id(apitoken_page_at(page, 0));
    assert_code(apitoken_revoke(f->store, LIT(OWNER), first, strlen(first), NULL, NULL), 0);
    atk_env_read_end(entry);
    for (size_t i = 0; i < 200; i++) {
        const char *id = apitoken_token_id(apitoken_page_at(page, revoked + i));
        assert_code(apitoken_revoke(f->store, LIT(OWNER), id, strlen(id), NULL, NULL), 0);
    }
    apitoken_page_free(page);
}

/* ---- the floor of ids ------------------------------------------------------------------------ */

static uint64_t raise_floor(const struct fixture *f, uint64_t ahead) {
    uint64_t tick;
    assert_code(atk_tick_next(0, &tick, NULL), 0);
    MDB_txn *txn = txn_begin(f);
    struct atk_state_record state = get_state(f, txn);
    state.id_floor = tick + ahead;
    set_state(f, txn, &state);
    txn_commit(txn);
    return state.id_floor;
}

/* A handle that does not know of the floor draws once in vain; in a batch for all that follow. */
static void test_ids_are_drawn_above_the_floor(void **state) {
    struct fixture *f = *state;
    apitoken_batch_item item = APITOKEN_BATCH_ITEM_INIT;
    /* more than there are draws */
    const apitoken_batch_item *items[] = { &item, &item, &item, &item, &item, &item };
    apitoken_batch *batch = NULL;
    uint64_t floor = raise_floor(f, 1000000);
    const struct made_token token = fixture_create(f->store, OWNER, "name", NULL);
    assert_true(atk_id_tick(token.id) > floor);
    assert_true(atk_backend_id_floor(f->store->backend) == floor);
    floor = raise_floor(f, 100000000);
    item.owner = item.name = OWNER;
    item.owner_len = item.name_len = strlen(OWNER);
    assert_code(apitoken_create_batch(f->store, items, 6, NULL, &batch, NULL), 0);
    for (size_t i = 0; i < 6; i++) {
        const uint64_t tick = atk_id_tick(apitoken_batch_id(batch, i));
        assert_true(tick > floor);
        floor = tick; /* in order */
    }
    apitoken_batch_free(batch);
    (void)raise_floor(f, ATK_TICK_MAX);
    apitoken_secret *secret = NULL;
    assert_code(apitoken_create(f->store, LIT(OWNER), LIT("name"), NULL, &secret, NULL),
                APITOKEN_E_CLOCK);
}

static uint64_t floor_of(const struct fixture *f) {
    MDB_txn *txn = txn_begin(f);
    const struct atk_state_record state = get_state(f, txn);
    mdb_txn_abort(txn);
    return state.id_floor;
}

static void accept_rollback(struct fixture *f) {
    apitoken_check_opts opts = APITOKEN_CHECK_OPTS_INIT;
    fixture_check_flags(&opts, APITOKEN_CHECK_ACCEPT_ROLLBACK);
    commit_unnoted(f);
    apitoken_store_close(f->store);
    f->store = NULL;
    assert_code(apitoken_store_check(f->store_path, f->keyring, &opts, NULL), 0);
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
}

/* No id that was drawn in the state that was given up is drawn again: the clock may be set back. */
static void test_an_accepted_state_draws_above_its_ids(void **state) {
    struct fixture *f = *state;
    accept_rollback(f); /* without a token */
    assert_true(floor_of(f) == 0);
    (void)fixture_create(f->store, OWNER, "name", NULL);
    const struct made_token last = fixture_create(f->store, OWNER, "name", NULL);
    accept_rollback(f);
    assert_true(floor_of(f) == atk_id_tick(last.id));
    const uint64_t floor = raise_floor(f, 1000000);
    accept_rollback(f);
    assert_true(floor_of(f) == floor);
}

static int restore(struct fixture *f, const char *backup, apitoken_restore_result *result) {
    apitoken_store_close(f->store);
    f->store = NULL;
    return apitoken_store_restore(backup, f->store_path, f->keyring, FIXTURE_RESTORE, result, NULL);
}

/* A restore draws above the ids and the floor of the backup and of what it replaces. */
static void test_a_restored_store_draws_above_all_that_was(void **state) {
    struct fixture *f = *state;
    char backup[128];
    (void)snprintf(backup, sizeof backup, "%s/backup", f->dir);
    (void)fixture_create(f->store, OWNER, "name", NULL);
    assert_code(apitoken_store_backup(f->store, backup, NULL, NULL), 0);
    const struct made_token last = fixture_create(f->store, OWNER, "name", NULL);
    for (int i = 0; i < 2; i++) {
        const uint64_t floor = i ? raise_floor(f, 1000000) : atk_id_tick(last.id);
        char aside[128];
        (void)snprintf(aside, sizeof aside, "%s/aside-%d", f->dir, i);
        assert_code(restore(f, backup, NULL), 0);
        f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
        assert_true(floor_of(f) == floor);
        char replaced[160];
        (void)snprintf(replaced, sizeof replaced, "%s.replaced", f->store_path);
        assert_int_equal(rename(replaced, aside), 0);
    }
}

/* Rows stand by owner, and so in another order than the ids. */
static void test_a_restore_finds_the_tokens_of_all_owners(void **state) {
    static const char *const owners[] = { "zoe", "mia", "anna", "bob" };
    struct fixture *f = *state;
    struct made_token made[ATK_LEN(owners)];
    apitoken_restore_result result = APITOKEN_RESTORE_RESULT_INIT;
    char backup[128];
    (void)snprintf(backup, sizeof backup, "%s/backup", f->dir);
    for (size_t i = 0; i < ATK_LEN(owners); i++)
        made[i] = fixture_create(f->store, owners[i], "name", NULL);
    assert_code(apitoken_store_backup(f->store, backup, NULL, NULL), 0);
    for (size_t i = 0; i < ATK_LEN(owners); i++)
        assert_code(apitoken_revoke(f->store, owners[i], strlen(owners[i]), made[i].id,
                                    APITOKEN_ID_LEN, NULL, NULL),
                    0);
    assert_code(restore(f, backup, &result), 0);
    assert_int_equal(result.is_proven, 1);
    assert_int_equal(result.carried_over, ATK_LEN(owners));
    assert_int_equal(result.gone, 0);
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    for (size_t i = 0; i < ATK_LEN(owners); i++)
        assert_code(check(f, &made[i]), APITOKEN_E_REVOKED);
}

/* Takes both records of a token out of the store, as a purge does. */
static void purge(const struct fixture *f, const char *id) {
    struct atk_hot hot;
    struct atk_row row;
    uint8_t key[ATK_ROW_KEY_MAX];
    get_records(f, OWNER, id, &hot, &row);
    MDB_val row_key = { atk_row_key(hot.owner, hot.owner_len, id, key), key },
            hot_key = { APITOKEN_ID_LEN, (void *)(uintptr_t)id };
    MDB_txn *txn = txn_begin(f);
    struct atk_state_record state = get_state(f, txn);
    assert_int_equal(mdb_del(txn, engine_of(f)->env->rows, &row_key, NULL), 0);
    assert_int_equal(mdb_del(txn, engine_of(f)->env->hot, &hot_key, NULL), 0);
    state.tokens--;
    state.id_floor = atk_id_tick(id) > state.id_floor ? atk_id_tick(id) : state.id_floor;
    set_state(f, txn, &state);
    txn_commit(txn);
}

/* A sound store that lacks a token of the backup tells that it was purged; a damaged one cannot. */
static void test_a_purged_token_is_not_restored(void **state) {
    struct fixture *f = *state;
    char backup[128], replaced[160];
    apitoken_restore_result result = APITOKEN_RESTORE_RESULT_INIT;
    apitoken_restore_opts lost = FIXTURE_RESTORE_OPTS;
    const struct made_token purged = fixture_create(f->store, OWNER, "name", NULL),
                            good = fixture_create(f->store, OWNER, "name", NULL);
    lost.flags = APITOKEN_RESTORE_ACCEPT_LOST;
    (void)snprintf(backup, sizeof backup, "%s/backup", f->dir);
    (void)snprintf(replaced, sizeof replaced, "%s.replaced", f->store_path);
    assert_code(apitoken_store_backup(f->store, backup, NULL, NULL), 0);
    purge(f, purged.id);
    assert_code(restore(f, backup, &result), 0);
    assert_true(result.purged == 1 && result.tokens == 1 && result.gone == 0);
    assert_code(apitoken_store_check(f->store_path, f->keyring, NULL, NULL), 0);
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    assert_code(check(f, &purged), APITOKEN_E_UNKNOWN);
    assert_code(check(f, &good), 0);
    apitoken_store_close(f->store);
    f->store = NULL;
    char data[160];
    (void)snprintf(data, sizeof data, "%s/data.mdb", f->store_path);
    assert_int_equal(truncate(data, 4096), 0);
    (void)snprintf(data, sizeof data, "%s/aside", f->dir);
    assert_int_equal(rename(replaced, data), 0);
    assert_code(apitoken_store_restore(backup, f->store_path, f->keyring, &lost, &result, NULL), 0);
    assert_true(result.purged == 0 && result.tokens == 2 && result.unproven == 2);
}

/* The text of an audit record that was erased is in no restored store. */
static void test_an_erased_text_stays_erased(void **state) {
    struct fixture *f = *state;
    char backup[128];
    uint8_t bytes[ATK_AUDIT_KEY_LEN];
    MDB_val key = { sizeof bytes, bytes }, value;
    struct atk_audit audit;
    uint64_t number;
    for (int i = 0; i < 3; i++) (void)fixture_create(f->store, OWNER, "name", NULL);
    (void)snprintf(backup, sizeof backup, "%s/backup", f->dir);
    assert_code(apitoken_store_backup(f->store, backup, NULL, NULL), 0);
    const struct atk_env *env = engine_of(f)->env;
    const struct atk_keys *keys = engine_of(f)->base.keys;
    MDB_txn *txn = txn_begin(f);
    struct atk_state_record now = get_state(f, txn);
    atk_audit_key(0, 2, bytes);
    assert_int_equal(mdb_get(txn, env->audit, &key, &value), 0);
    assert_code(atk_audit_read(keys, &key, &value, &number, &audit, NULL), 0);
    uint8_t erased[ATK_AUDIT_MAX];
    audit.text_len = 0;
    const size_t len = atk_audit_encode(&audit, erased);
    atk_record_tag_write(keys, bytes, sizeof bytes, erased, len);
    value = (MDB_val){ len, erased };
    assert_int_equal(mdb_put(txn, env->audit, &key, &value, 0), 0);
    set_state(f, txn, &now);
    txn_commit(txn);
    assert_code(restore(f, backup, NULL), 0);
    assert_code(apitoken_store_check(f->store_path, f->keyring, NULL, NULL), 0);
    apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
    apitoken_audit_page *page = NULL;
    opts.flags = APITOKEN_OPEN_ADMIN;
    assert_code(apitoken_store_open(f->store_path, f->keyring, &opts, &f->store, NULL), 0);
    assert_code(apitoken_audit(f->store, NULL, &page, NULL), 0);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(apitoken_audit_is_erased(apitoken_audit_page_at(page, i)), i == 1);
    apitoken_audit_page_free(page);
}

/* What it had to say is lost, and so a restore proves nothing. */
static void test_a_token_without_a_row_proves_nothing(void **state) {
    struct fixture *f = *state;
    struct atk_hot hot;
    struct atk_row row;
    uint8_t key[ATK_ROW_KEY_MAX];
    char backup[128];
    (void)snprintf(backup, sizeof backup, "%s/backup", f->dir);
    const struct made_token token = fixture_create(f->store, OWNER, "name", NULL);
    assert_code(apitoken_store_backup(f->store, backup, NULL, NULL), 0);
    get_records(f, OWNER, token.id, &hot, &row);
    MDB_val k = { atk_row_key(hot.owner, hot.owner_len, token.id, key), key };
    MDB_txn *txn = txn_begin(f);
    assert_int_equal(mdb_del(txn, engine_of(f)->env->rows, &k, NULL), 0);
    put_state(f, txn, 0);
    txn_commit(txn);
    assert_code(restore(f, backup, NULL), APITOKEN_E_UNPROVEN);
}

/* Who only reads looks at the path now and then. */
static void test_a_reader_looks_when_it_is_time(void **state) {
    struct fixture *f = *state;
    char path[128], aside[128];
    const struct made_token token = fixture_create(f->store, OWNER, "name", NULL);
    (void)snprintf(path, sizeof path, "%s/data.mdb", f->store_path);
    (void)snprintf(aside, sizeof aside, "%s/aside", f->dir);
    engine_of(f)->next_path_check_ms = atk_coarse_ms() + ATK_REPLACED_INTERVAL_MS;
    assert_int_equal(rename(path, aside), 0);
    assert_code(check(f, &token), 0);
    /* a directory that cannot be entered proves nothing, so every call tries to */
    if (geteuid() == 0) {
        int rc[3];
        engine_of(f)->next_path_check_ms = 0;
        assert_int_equal(seteuid(NOBODY), 0);
        for (int i = 0; i < 3; i++) rc[i] = check(f, &token);
        assert_int_equal(seteuid(0), 0);
        for (int i = 0; i < 3; i++) assert_code(rc[i], APITOKEN_E_ACCESS);
    }
    engine_of(f)->next_path_check_ms = 0;
    assert_code(check(f, &token), APITOKEN_E_REPLACED);
    assert_code(show(f, &token), APITOKEN_E_REPLACED);
    assert_int_equal(rename(aside, path), 0);
    assert_code(check(f, &token), APITOKEN_E_REPLACED); /* it stays so until the handle is closed */
}

/* ---- pages of the engine --------------------------------------------------------------------- */

static int count_row(void *ctx, const struct atk_row_view *row, apitoken_error *err) {
    (void)row, (void)err;
    ++*(unsigned *)ctx;
    return ATK_VISIT_NEXT;
}

static void test_a_page_ends_at_its_limit(void **state) {
    struct fixture *f = *state;
    struct atk_backend *backend = f->store->backend;
    struct atk_deadline deadline = atk_deadline_in(1000);
    for (int i = 0; i < 3; i++) (void)fixture_create(f->store, OWNER, "name", NULL);
    for (uint32_t limit = 0; limit < 5; limit++) {
        unsigned seen = 0;
        bool more = limit >= 3;
        const struct atk_page_query query = {
            OWNER, strlen(OWNER), NULL, { limit, INT64_MAX, count_row, NULL, &seen }
        };
        assert_code(backend->ops->list_rows(backend, &query, &more, &deadline, NULL), 0);
        assert_int_equal(seen, limit < 3 ? limit : 3);
        assert_int_equal(more, limit < 3);
    }
    unsigned seen = 0;
    bool more = true;
    const struct atk_page_query query = {
        OWNER, strlen(OWNER), "zzzzzzzzzzzz", { 5, INT64_MAX, count_row, NULL, &seen }
    };
    assert_code(backend->ops->list_rows(backend, &query, &more, &deadline, NULL), 0);
    assert_true(seen == 0 && !more);
}

static int keep_as_it_is(const void *ctx, const struct atk_edit_facts *facts, struct atk_hot *hot,
                         struct atk_row *row, apitoken_error *err) {
    (void)facts, (void)hot, (void)row, (void)err;
    ++*(unsigned *)(uintptr_t)ctx;
    return ATK_EDIT_UNCHANGED;
}

/* The handle got other keys after the verb had made the records: it is asked to make them again. */
static void test_a_token_of_a_former_key_is_not_stored(void **state) {
    const struct fixture *f = *state;
    struct atk_backend *backend = f->store->backend;
    const struct atk_key *active = atk_keys_find_active(backend->keys);
    const struct atk_key *const keys[] = { active + 1, NULL, active };
    for (size_t i = 0; i < ATK_LEN(keys); i++) {
        const int code = keys[i] == active ? 0 : APITOKEN_E_EXISTS;
        struct atk_deadline deadline = atk_deadline_in(1000);
        struct atk_hot hot;
        struct atk_row row;
        size_t index = 0;
        sample_hot(&hot);
        sample_row_day(&row);
        unsigned calls = 0;
        struct atk_change change = { .kind = ATK_CHANGE_CREATE,
                                     .id = SAMPLE_ID,
                                     .owner = hot.owner,
                                     .owner_len = hot.owner_len,
                                     .hot = &hot,
                                     .row = &row,
                                     .key = keys[i],
                                     .edit = keep_as_it_is,
                                     .edit_ctx = &calls };
        assert_code(backend->ops->write(backend, &change, 1, &index, &deadline, NULL), code);
        apitoken_store_info info = APITOKEN_STORE_INFO_INIT;
        assert_code(apitoken_store_stat(f->store, NULL, &info, NULL), 0);
        assert_int_equal(info.tokens, code == 0);
    }
}

/* Nor is a secret of a former key. An edit that makes none has no key. */
static void test_an_edit_with_a_former_key_is_not_made(void **state) {
    const struct fixture *f = *state;
    struct atk_backend *backend = f->store->backend;
    const struct atk_key *active = atk_keys_find_active(backend->keys);
    const struct atk_key *const keys[] = { active + 1, active, NULL };
    const struct made_token token = fixture_create(f->store, OWNER, "name", NULL);
    for (size_t i = 0; i < ATK_LEN(keys); i++) {
        struct atk_deadline deadline = atk_deadline_in(1000);
        unsigned calls = 0;
        size_t index = 0;
        struct atk_change change = { .kind = ATK_CHANGE_EDIT,
                                     .id = token.id,
                                     .owner = OWNER,
                                     .owner_len = strlen(OWNER),
                                     .key = keys[i],
                                     .edit = keep_as_it_is,
                                     .edit_ctx = &calls };
        assert_code(backend->ops->write(backend, &change, 1, &index, &deadline, NULL),
                    i == 0 ? APITOKEN_E_EXISTS : 0);
        assert_int_equal(calls, i > 0);
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        CASE(test_a_hot_record_that_is_none_denies),
        CASE(test_a_row_that_is_none_is_not_shown),
        CASE(test_a_state_that_is_none_stops_writing_alone),
        CASE(test_a_state_under_another_key_is_told_by_the_key),
        CASE(test_a_configuration_that_is_none_opens_nothing),
        CASE(test_a_list_of_keys_that_is_none_opens_nothing),
        CASE(test_a_transaction_that_nobody_noted_is_a_roll_back),
        CASE(test_a_commit_that_is_missing_is_a_roll_back),
        CASE(test_a_store_knows_so_many_keys),
        CASE(test_half_a_revocation_is_completed),
        CASE(test_tokens_beyond_the_last_slot_have_none),
        CASE(test_a_limit_above_the_map_is_damage),
        CASE(test_even_revokes_stop_at_the_limit),
        CASE(test_ids_are_drawn_above_the_floor),
        CASE(test_an_accepted_state_draws_above_its_ids),
        CASE(test_a_restored_store_draws_above_all_that_was),
        CASE(test_a_restore_finds_the_tokens_of_all_owners),
        CASE(test_a_purged_token_is_not_restored),
        CASE(test_an_erased_text_stays_erased),
        CASE(test_a_token_without_a_row_proves_nothing),
        CASE(test_a_reader_looks_when_it_is_time),
        CASE(test_a_page_ends_at_its_limit),
        CASE(test_a_token_of_a_former_key_is_not_stored),
        CASE(test_an_edit_with_a_former_key_is_not_made),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
