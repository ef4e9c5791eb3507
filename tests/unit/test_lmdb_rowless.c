/* SPDX-License-Identifier: MIT */
/*
 * Tokens whose row is missing, damaged, that of another token, or an older one: what takes rights
 * away needs the hot record alone, and leaves the damage for a check to find.
 */
#include "lmdb/tokens/engine.h"

#include <string.h>

#include "base/attr.h"
#include "below.h"
#include "cases.h"
#include "objects/store.h"

#define MANY 70 /* more than a step */

static int setup(void **state) {
    struct fixture *f;
    if (fixture_setup(state) != 0) return -1;
    f = *state;
    apitoken_store_close(f->store);
    f->store = fixture_open_admin(f);
    return 0;
}
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, fixture_teardown)

/* ---- damage ---------------------------------------------------------------------------------- */

static MDB_val key_of(const char *owner, const char *id, uint8_t bytes[ATK_ROW_KEY_MAX]) {
    const size_t len = atk_row_key(owner, strlen(owner), id, bytes);
    return (MDB_val){ len, bytes };
}

static void put_row(const struct fixture *f, MDB_txn *txn, MDB_val *key, MDB_val *value) {
    assert_int_equal(mdb_put(txn, engine_of(f)->env->rows, key, value, 0), 0);
}

/* A copy of the row, as LMDB's own moves with the first change. */
static MDB_val copy_row(const struct fixture *f, MDB_txn *txn, const char *owner, const char *id,
                        uint8_t copy[ATK_ROW_MAX]) {
    uint8_t bytes[ATK_ROW_KEY_MAX];
    MDB_val key = key_of(owner, id, bytes), value;
    assert_int_equal(mdb_get(txn, engine_of(f)->env->rows, &key, &value), 0);
    memcpy(copy, value.mv_data, value.mv_size);
    return (MDB_val){ value.mv_size, copy };
}

static void delete_row(const struct fixture *f, MDB_txn *txn, const char *id) {
    uint8_t bytes[ATK_ROW_KEY_MAX];
    MDB_val key = key_of("owner", id, bytes);
    assert_int_equal(mdb_del(txn, engine_of(f)->env->rows, &key, NULL), 0);
}

typedef void (*damage_fn)(const struct fixture *f, MDB_txn *txn, const char *id);

static void remove_row(const struct fixture *f, MDB_txn *txn, const char *id) {
    delete_row(f, txn, id);
}

static void flip_row(const struct fixture *f, MDB_txn *txn, const char *id) {
    uint8_t bytes[ATK_ROW_KEY_MAX], copy[ATK_ROW_MAX];
    MDB_val key = key_of("owner", id, bytes), value = copy_row(f, txn, "owner", id, copy);
    copy[ATK_RECORD_HEAD] ^= 1;
    put_row(f, txn, &key, &value);
}

/* Also the number of the key, which then is one that nobody has. */
static void flip_key_id(const struct fixture *f, MDB_txn *txn, const char *id) {
    uint8_t bytes[ATK_ROW_KEY_MAX], copy[ATK_ROW_MAX];
    MDB_val key = key_of("owner", id, bytes), value = copy_row(f, txn, "owner", id, copy);
    copy[ATK_RECORD_KEY_ID_AT] ^= 64;
    put_row(f, txn, &key, &value);
}

static struct made_token of_another; /* a token of "other" */

/* The row of another owner's token stands in its place. */
static void exchange_row(const struct fixture *f, MDB_txn *txn, const char *id) {
    uint8_t bytes[ATK_ROW_KEY_MAX], copy[ATK_ROW_MAX];
    MDB_val key = key_of("owner", id, bytes),
            value = copy_row(f, txn, "other", of_another.id, copy);
    put_row(f, txn, &key, &value);
}

static const damage_fn damages[] = { remove_row, flip_row, flip_key_id, exchange_row };

static void damage(const struct fixture *f, damage_fn make, const struct made_token *made,
                   size_t count) {
    MDB_txn *txn = txn_begin(f);
    for (size_t i = 0; i < count; i++) make(f, txn, made[i].id);
    const struct atk_state_record state = get_state(f, txn);
    set_state(f, txn, &state);
    txn_commit(txn);
}

static void make_tokens(const struct fixture *f, struct made_token *made, size_t count) {
    of_another = fixture_create(f->store, "other", "name", NULL);
    for (size_t i = 0; i < count; i++) made[i] = fixture_create(f->store, "owner", "name", NULL);
}

/* ---- denials --------------------------------------------------------------------------------- */

static int check(const struct fixture *f, const struct made_token *token) {
    return apitoken_validate(f->store, token->text, token->len, NULL, NULL, NULL);
}

static uint64_t revoked_of(const struct fixture *f) {
    apitoken_store_info info = APITOKEN_STORE_INFO_INIT;
    assert_code(apitoken_store_stat(f->store, NULL, &info, NULL), 0);
    return info.revoked;
}

static int fsck(const struct fixture *f) {
    return apitoken_store_check(f->store_path, f->keyring, NULL, NULL);
}

static int revoke(const struct fixture *f, const struct made_token *token) {
    apitoken_revoke_opts opts = APITOKEN_REVOKE_OPTS_INIT;
    opts.reason_code = APITOKEN_REASON_EXPOSED;
    return apitoken_revoke(f->store, LIT("owner"), token->id, APITOKEN_ID_LEN, &opts, NULL);
}

static int revoke_all(const struct fixture *f, const struct made_token *token) {
    (void)token;
    return apitoken_revoke_all(f->store, LIT("owner"), NULL, 0, NULL, NULL, NULL);
}

static int revoke_text(const struct fixture *f, const struct made_token *token) {
    apitoken_revoke_opts opts = APITOKEN_REVOKE_OPTS_INIT;
    apitoken_revoke_item item = APITOKEN_REVOKE_ITEM_INIT, *items = &item;
    opts.actor = "root";
    opts.actor_len = 4;
    item.text = token->text;
    item.text_len = (uint32_t)token->len;
    return apitoken_revoke_texts(f->store, &items, 1, &opts, NULL);
}

static int set_suspended(const struct fixture *f, const struct made_token *token, uint32_t is) {
    apitoken_update_opts opts = APITOKEN_UPDATE_OPTS_INIT;
    opts.mask = APITOKEN_UPDATE_SUSPENDED;
    opts.is_suspended = is;
    return apitoken_update(f->store, LIT("owner"), token->id, APITOKEN_ID_LEN, &opts, NULL, NULL);
}
static int suspend(const struct fixture *f, const struct made_token *token) {
    return set_suspended(f, token, 1);
}

static const apitoken_block_opts as_root = { .size = sizeof as_root,
                                             .actor_len = 4,
                                             .actor = "root" };

static int block(const struct fixture *f, const struct made_token *token) {
    (void)token;
    return apitoken_owner_block(f->store, LIT("owner"), &as_root, NULL);
}

static const struct {
    int (*deny)(const struct fixture *f, const struct made_token *token);
    int code;
    bool is_of_all;
} denials[] = {
    { revoke, APITOKEN_E_REVOKED, false },      { revoke_all, APITOKEN_E_REVOKED, true },
    { revoke_text, APITOKEN_E_REVOKED, false }, { suspend, APITOKEN_E_SUSPENDED, false },
    { block, APITOKEN_E_BLOCKED, true },
};

static void test_a_denial_needs_no_row(void **state) {
    for (size_t i = 0; i < ATK_LEN(damages); i++) {
        for (size_t j = 0; j < ATK_LEN(denials); j++) {
            const struct fixture *f = *state;
            struct made_token made[3];
            make_tokens(f, made, ATK_LEN(made));
            damage(f, damages[i], &made[1], 1);
            assert_code(check(f, &made[1]), 0);
            const uint64_t before = revoked_of(f);
            assert_code(denials[j].deny(f, &made[1]), 0);
            assert_code(check(f, &made[1]), denials[j].code);
            assert_code(check(f, &made[0]), denials[j].is_of_all ? denials[j].code : 0);
            assert_code(denials[j].deny(f, &made[1]), 0); /* once more changes nothing */
            if (denials[j].deny == revoke) assert_true(revoked_of(f) == before + 1);
            assert_code(fsck(f), APITOKEN_E_DAMAGED);
            assert_code(check(f, &of_another), 0);
            (void)fixture_teardown(state);
            assert_int_equal(setup(state), 0);
        }
    }
}

/* Everything but a denial needs the row. */
static void test_nothing_is_given_back_without_a_row(void **state) {
    const struct fixture *f = *state;
    struct made_token made[2];
    make_tokens(f, made, ATK_LEN(made));
    assert_code(suspend(f, &made[0]), 0);
    assert_code(block(f, NULL), 0);
    damage(f, remove_row, made, 1);
    assert_code(apitoken_owner_unblock(f->store, LIT("owner"), &as_root, NULL), APITOKEN_E_DAMAGED);
    assert_code(check(f, &made[0]), APITOKEN_E_BLOCKED);
    assert_code(check(f, &made[1]), 0);
    assert_code(set_suspended(f, &made[0], 0), APITOKEN_E_DAMAGED);
    assert_code(revoke(f, &made[0]), 0);
    assert_code(apitoken_unrevoke(f->store, LIT("owner"), made[0].id, APITOKEN_ID_LEN, NULL, NULL),
                APITOKEN_E_DAMAGED);
    assert_code(check(f, &made[0]), APITOKEN_E_REVOKED);
}

/* More of them than a step has, the first and the last among them; one is kept. */
static void test_many_tokens_without_rows(void **state) {
    const struct fixture *f = *state;
    static struct made_token made[2 * MANY];
    uint64_t count = 0;
    make_tokens(f, made, ATK_LEN(made));
    damage(f, remove_row, made, MANY);
    damage(f, remove_row, &made[2 * MANY - 1], 1);
    assert_code(apitoken_revoke_all(f->store, LIT("owner"), made[MANY].id, APITOKEN_ID_LEN, NULL,
                                    &count, NULL),
                0);
    assert_int_equal(count, 2 * MANY - 1);
    for (size_t i = 0; i < 2 * MANY; i++)
        assert_code(check(f, &made[i]), i == MANY ? 0 : APITOKEN_E_REVOKED);
    assert_code(check(f, &of_another), 0);
}

/* The row of an earlier state: only a revoke makes the two agree again. */
static void test_an_older_row(void **state) {
    const struct fixture *f = *state;
    struct made_token made[1];
    uint8_t bytes[ATK_ROW_KEY_MAX], copy[ATK_ROW_MAX];
    make_tokens(f, made, 1);
    MDB_txn *txn = txn_begin(f);
    MDB_val old = copy_row(f, txn, "owner", made[0].id, copy);
    mdb_txn_abort(txn);
    assert_code(suspend(f, &made[0]), 0);
    assert_code(set_suspended(f, &made[0], 0), 0);
    txn = txn_begin(f);
    MDB_val key = key_of("owner", made[0].id, bytes);
    put_row(f, txn, &key, &old);
    const struct atk_state_record present = get_state(f, txn);
    set_state(f, txn, &present);
    txn_commit(txn);
    assert_code(suspend(f, &made[0]), 0);
    assert_code(check(f, &made[0]), APITOKEN_E_SUSPENDED);
    assert_code(fsck(f), APITOKEN_E_DAMAGED);
    assert_code(revoke(f, &made[0]), 0);
    assert_code(check(f, &made[0]), APITOKEN_E_REVOKED);
    assert_code(fsck(f), 0);
}

/* ---- looking for them ------------------------------------------------------------------------ */

struct seen {
    size_t count, stop_at;
    char ids[2 * MANY][APITOKEN_ID_LEN];
};

static int see(void *ctx, const char *id) {
    struct seen *seen = ctx;
    memcpy(seen->ids[seen->count++], id, APITOKEN_ID_LEN);
    return seen->count == seen->stop_at ? ATK_VISIT_STOP : ATK_VISIT_NEXT;
}

static struct seen list(const struct fixture *f, const char *owner, const char *after,
                        size_t stop_at) {
    struct atk_backend *backend = f->store->backend;
    struct atk_deadline deadline = atk_deadline_in(1000);
    struct seen seen = { .stop_at = stop_at };
    const struct atk_rowless_query query = { owner, strlen(owner), after, see, &seen };
    assert_code(backend->ops->list_rowless(backend, &query, &deadline, NULL), 0);
    return seen;
}

static void test_only_those_of_the_owner_are_listed(void **state) {
    const struct fixture *f = *state;
    struct made_token made[6];
    make_tokens(f, made, ATK_LEN(made));
    assert_int_equal(list(f, "owner", NULL, 0).count, 0);
    damage(f, remove_row, made, 2);
    damage(f, remove_row, &made[4], 1);
    const struct seen all = list(f, "owner", NULL, 0);
    assert_int_equal(all.count, 3);
    assert_memory_equal(all.ids[0], made[0].id, APITOKEN_ID_LEN);
    assert_memory_equal(all.ids[2], made[4].id, APITOKEN_ID_LEN);
    assert_int_equal(list(f, "owner", NULL, 2).count, 2);
    assert_int_equal(list(f, "owner", made[0].id, 0).count, 2);
    assert_int_equal(list(f, "owner", made[2].id, 0).count, 1);
    assert_int_equal(list(f, "owner", made[4].id, 0).count, 0);
    assert_int_equal(list(f, "other", NULL, 0).count, 0);
    assert_int_equal(list(f, "owneR", NULL, 0).count, 0);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        CASE(test_a_denial_needs_no_row),
        CASE(test_nothing_is_given_back_without_a_row),
        CASE(test_many_tokens_without_rows),
        CASE(test_an_older_row),
        CASE(test_only_those_of_the_owner_are_listed),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
