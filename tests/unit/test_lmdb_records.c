/* SPDX-License-Identifier: MIT */
#include "lmdb/tokens/records.h"

#include <stdlib.h>
#include <string.h>

#include "outside/record_tag.h"
#include "cases.h"
#include "samples.h"

/*
 * An environment under a write transaction that is never committed: what was put is read back
 * there.
 */
struct place {
    struct fixture fixture; /* first: fixture_teardown() takes it */
    struct atk_env env;
    struct atk_view view; /* of the three */
    MDB_txn *txn;
    struct atk_keys keys;
    struct atk_hot hot;
    struct atk_row row;
};

static int setup(void **state) {
    struct place *p = aligned_alloc(_Alignof(struct place), sizeof *p);
    assert_non_null(p);
    memset(p, 0, sizeof *p);
    fixture_make_dir(&p->fixture);
    assert_int_equal(mdb_env_create(&p->env.mdb), 0);
    assert_int_equal(mdb_env_set_maxdbs(p->env.mdb, 1), 0);
    assert_int_equal(mdb_env_open(p->env.mdb, p->fixture.dir, MDB_NOTLS | MDB_NOSYNC, 0600), 0);
    assert_int_equal(mdb_txn_begin(p->env.mdb, NULL, 0, &p->txn), 0);
    assert_int_equal(mdb_dbi_open(p->txn, NULL, 0, &p->env.hot), 0);
    assert_int_equal(mdb_dbi_open(p->txn, ATK_ROWS_DB, MDB_CREATE, &p->env.rows), 0);
    sample_keys(&p->keys);
    p->view = (struct atk_view){ &p->env, p->txn, &p->keys };
    sample_hot(&p->hot);
    sample_row_day(&p->row);
    p->row.end_ms = p->hot.end_ms = FIXTURE_NOW;
    memcpy(p->row.id, SAMPLE_ID, sizeof p->row.id);
    *state = p;
    return 0;
}

static int teardown(void **state) {
    struct place *p = *state;
    mdb_txn_abort(p->txn);
    mdb_env_close(p->env.mdb);
    return fixture_teardown(state);
}

static void put_pair(struct place *p) {
    assert_code(atk_hot_put(&p->view, SAMPLE_ID, &p->hot, 0, NULL), 0);
    assert_code(atk_row_put(&p->view, &p->hot, &p->row, NULL), 0);
}

static int get_hot(struct place *p, const char *id) {
    struct atk_hot hot;
    return atk_hot_get(&p->view, id, &hot, NULL);
}

static int get_row(struct place *p) {
    struct atk_row row;
    int rc = atk_row_get(&p->view, &p->hot, SAMPLE_ID, &row, NULL);
    return rc == 0 ? atk_records_check_pair(&p->hot, &row, NULL) : rc;
}

/* Flips a bit of the value of a key. */
static void damage(struct place *p, MDB_dbi dbi, const void *key, size_t key_len, size_t at) {
    uint8_t bytes[SAMPLE_BYTES_MAX];
    MDB_val k = { key_len, (void *)(uintptr_t)key }, v;
    assert_int_equal(mdb_get(p->txn, dbi, &k, &v), 0);
    memcpy(bytes, v.mv_data, v.mv_size);
    bytes[at] ^= 0x40;
    v.mv_data = bytes;
    assert_int_equal(mdb_put(p->txn, dbi, &k, &v, 0), 0);
}

static void test_a_pair_is_read_back(void **state) {
    struct place *p = *state;
    struct atk_hot hot;
    struct atk_row row;
    put_pair(p);
    assert_code(atk_hot_get(&p->view, SAMPLE_ID, &hot, NULL), 0);
    assert_true(hot.revision == p->hot.revision && hot.end_ms == p->hot.end_ms);
    assert_code(atk_row_get(&p->view, &hot, SAMPLE_ID, &row, NULL), 0);
    assert_memory_equal(row.name, "Nightly", row.name_len);
    assert_memory_equal(row.id, SAMPLE_ID, sizeof row.id);
    assert_code(get_hot(p, "AbCdEf012346"), APITOKEN_E_NOT_FOUND);
}

static void test_an_id_is_never_given_twice(void **state) {
    struct place *p = *state;
    put_pair(p);
    assert_code(atk_hot_put(&p->view, SAMPLE_ID, &p->hot, MDB_NOOVERWRITE, NULL),
                APITOKEN_E_EXISTS);
    assert_code(atk_hot_put(&p->view, "AbCdEf012346", &p->hot, MDB_NOOVERWRITE, NULL), 0);
}

/* Parts of a newer version fill the row, and a revoke wants to add a reason. */
static void test_a_row_without_room_is_said_so(void **state) {
    struct place *p = *state;
    apitoken_error err = APITOKEN_ERROR_INIT;
    put_pair(p);
    p->row.other_len = ATK_ROW_PARTS_MAX - 8;
    p->row.flags |= ATK_FLAG_REVOKED;
    p->row.reason_len = sizeof p->row.reason;
    assert_code(atk_row_put(&p->view, &p->hot, &p->row, &err), APITOKEN_E_SCHEMA);
    assert_non_null(strstr(err.text, "room"));
    assert_code(get_row(p), 0); /* as it was */
}

static void test_damaged_records_are_refused(void **state) {
    struct place *p = *state;
    uint8_t row_key[ATK_ROW_KEY_MAX];
    size_t key_len = atk_row_key(p->hot.owner, p->hot.owner_len, SAMPLE_ID, row_key);
    put_pair(p);
    damage(p, p->env.hot, SAMPLE_ID, APITOKEN_ID_LEN, 20);
    assert_code(get_hot(p, SAMPLE_ID), APITOKEN_E_DAMAGED);
    put_pair(p);
    damage(p, p->env.rows, row_key, key_len, 20);
    assert_code(get_row(p), APITOKEN_E_DAMAGED);
    put_pair(p);
    damage(p, p->env.hot, SAMPLE_ID, APITOKEN_ID_LEN, ATK_RECORD_KEY_ID_AT);
    assert_code(get_hot(p, SAMPLE_ID), APITOKEN_E_KEY_MISSING);
}

static void test_a_token_without_a_row_is_damage(void **state) {
    struct place *p = *state;
    assert_code(atk_hot_put(&p->view, SAMPLE_ID, &p->hot, 0, NULL), 0);
    assert_code(get_row(p), APITOKEN_E_DAMAGED);
}

/*
 * Each record has its own tag, so an old one could be put beside a new one: what both say must
 * agree.
 */
#define DIFFERS(change)                                                                      \
    do {                                                                                     \
        struct atk_row before = p->row;                                                      \
        change;                                                                              \
        put_pair(p);                                                                         \
        if (get_row(p) != APITOKEN_E_DAMAGED) fail_msg("a pair is read after: %s", #change); \
        p->row = before;                                                                     \
        put_pair(p);                                                                         \
        assert_code(get_row(p), 0);                                                          \
    } while (0)

static void test_two_records_that_tell_different_stories(void **state) {
    struct place *p = *state;
    DIFFERS(p->row.mark ^= 1);
    DIFFERS(p->row.revision++);
    DIFFERS(p->row.flags ^= ATK_FLAG_WORD);
    DIFFERS(p->row.end_ms++);
    DIFFERS(p->row.slot++);
}

/* A revoke repairs it, so it must be able to read both. */
static void test_a_pair_of_which_one_is_revoked_is_read(void **state) {
    struct place *p = *state;
    struct atk_row row;
    p->row.flags = ATK_FLAG_REVOKED;
    p->row.sealed_len = 0;
    put_pair(p);
    assert_code(atk_row_get(&p->view, &p->hot, SAMPLE_ID, &row, NULL), 0);
    assert_code(get_row(p), APITOKEN_E_DAMAGED);
}

/* With a right tag: what a later version wrote. */
static void test_records_of_a_later_version_are_told_from_damage(void **state) {
    struct place *p = *state;
    uint8_t bytes[ATK_HOT_MAX];
    size_t len = atk_hot_encode(&p->hot, bytes);
    MDB_val key = { APITOKEN_ID_LEN, (void *)(uintptr_t)SAMPLE_ID }, value = { len, bytes };
    bytes[0] = ATK_RECORD_VERSION + 1;
    atk_record_tag_write(&p->keys, SAMPLE_ID, APITOKEN_ID_LEN, bytes, len);
    assert_int_equal(mdb_put(p->txn, p->env.hot, &key, &value, 0), 0);
    assert_code(get_hot(p, SAMPLE_ID), APITOKEN_E_SCHEMA);
    bytes[0]++;
    value = (MDB_val){ len, bytes };
    assert_int_equal(mdb_put(p->txn, p->env.hot, &key, &value, 0), 0);
    assert_code(get_hot(p, SAMPLE_ID), APITOKEN_E_DAMAGED);
}

static void test_names_of_a_later_version(void **state) {
    struct place *p = *state;
    static const struct {
        const char *name;
        int code;
    } rows[] = { { "!A", 0 },      { "!Zoo", 0 },    { "!config", 0 }, { "!configs", -1 },
                 { "!policy", 0 }, { "!owner", -1 }, { "!0", -1 },     { "!", -1 },
                 { "!!A", -1 },    { "!_", -1 },     { SAMPLE_ID, 0 } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        MDB_val key = { strlen(rows[i].name), (void *)(uintptr_t)rows[i].name }, value = key;
        assert_int_equal(mdb_put(p->txn, p->env.hot, &key, &value, 0), 0);
        assert_code(atk_names_check(&p->view, NULL), rows[i].code ? APITOKEN_E_SCHEMA : 0);
        assert_int_equal(mdb_del(p->txn, p->env.hot, &key, NULL), 0);
    }
}

/* ---- the named records ----------------------------------------------------------------------- */

static void put_prints(struct place *p) {
    struct atk_keys_record record;
    atk_keys_record_init(&record);
    atk_keys_record_set_key(&record, 1);
    for (uint32_t i = 0; i < 2; i++) {
        const struct atk_keys_entry entry = { p->keys.key[i].id, p->keys.key[i].prints };
        assert_true(atk_keys_record_add(&record, &entry));
    }
    assert_code(atk_prints_put(&p->view, &record, NULL), 0);
}

static int get_prints(struct place *p, const struct atk_keys *keys, uint32_t item) {
    struct atk_keys_record record;
    apitoken_error err = APITOKEN_ERROR_INIT;
    const struct atk_view view = { &p->env, p->txn, keys };
    int rc = atk_prints_get(&view, &record, &err);
    if (rc == APITOKEN_E_KEY_MISSING || rc == APITOKEN_E_KEY_WRONG)
        assert_int_equal(err.item, item);
    return rc;
}

static void test_missing_records_are_damage(void **state) {
    struct place *p = *state;
    struct atk_config config;
    struct atk_state_record record;
    assert_code(atk_config_get(&p->view, &config, NULL), APITOKEN_E_DAMAGED);
    assert_code(atk_state_get(&p->view, &record, NULL), APITOKEN_E_DAMAGED);
    assert_code(get_prints(p, &p->keys, 0), APITOKEN_E_DAMAGED);
}

static void test_the_keyring_must_be_the_one_of_the_store(void **state) {
    struct place *p = *state;
    struct atk_keys keys = p->keys;
    put_prints(p);
    assert_code(get_prints(p, &keys, 0), 0);
    keys.key[1].prints.digest[0] ^= 1;
    assert_code(get_prints(p, &keys, 7), APITOKEN_E_KEY_WRONG);
    keys = p->keys;
    keys.key[0].prints.tag[15] ^= 1;
    assert_code(get_prints(p, &keys, 1), APITOKEN_E_KEY_WRONG);
    keys = p->keys;
    keys.key[0].prints.seal[0] ^= 1;
    assert_code(get_prints(p, &keys, 1), APITOKEN_E_KEY_WRONG);
    keys.verify_only = 1; /* has no seal key, so none to compare */
    assert_code(get_prints(p, &keys, 0), 0);
    keys = p->keys;
    keys.count = 1;
    assert_code(get_prints(p, &keys, 7), APITOKEN_E_KEY_MISSING);
}

static void test_a_list_of_keys_has_its_tag(void **state) {
    struct place *p = *state;
    put_prints(p);
    damage(p, p->env.hot, "!keys", 5, ATK_KEYS_FIXED + 2 * ATK_KEYS_ENTRY);
    assert_code(get_prints(p, &p->keys, 0), APITOKEN_E_DAMAGED);
}

static void test_a_newer_schema_is_told_before_anything_else(void **state) {
    struct place *p = *state;
    struct atk_state_record record = { .key_id = 7,
                                       .schema = ATK_SCHEMA,
                                       .limit_bytes = ATK_MAP_MIN },
                            again;
    assert_code(atk_state_put(&p->view, &record, NULL), 0);
    assert_code(atk_state_get(&p->view, &again, NULL), 0);
    damage(p, p->env.hot, "!state", 6, 16);
    assert_code(atk_state_get(&p->view, &again, NULL), APITOKEN_E_DAMAGED);
    record.schema = ATK_SCHEMA + 1;
    assert_code(atk_state_put(&p->view, &record, NULL), 0);
    assert_code(atk_state_get(&p->view, &again, NULL), APITOKEN_E_SCHEMA);
    damage(p, p->env.hot, "!state", 6, 16); /* its tag may be another, too */
    assert_code(atk_state_get(&p->view, &again, NULL), APITOKEN_E_SCHEMA);
}

static void test_configuration(void **state) {
    struct place *p = *state;
    struct atk_config config, again;
    const struct atk_keys *bound;
    bool is_locked;
    assert_code(atk_store_keys_get(&p->view, &p->keys, &bound, &is_locked, NULL),
                APITOKEN_E_DAMAGED);
    sample_config(&config);
    assert_code(atk_config_put(&p->view, &config, NULL), 0);
    assert_code(atk_store_keys_get(&p->view, &p->keys, &bound, &is_locked, NULL), 0);
    assert_memory_equal(bound, &p->keys, sizeof p->keys);
    atk_guarded_free((void *)(uintptr_t)bound);
    assert_code(atk_config_get(&p->view, &again, NULL), 0);
    assert_memory_equal(again.store_id, config.store_id, sizeof config.store_id);
    assert_string_equal(again.zone, "Europe/Berlin");
    damage(p, p->env.hot, "!config", 7, 10);
    assert_code(atk_config_get(&p->view, &again, NULL), APITOKEN_E_DAMAGED);
}

#define WITH_ENV(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        WITH_ENV(test_a_pair_is_read_back),
        WITH_ENV(test_an_id_is_never_given_twice),
        WITH_ENV(test_a_row_without_room_is_said_so),
        WITH_ENV(test_damaged_records_are_refused),
        WITH_ENV(test_a_token_without_a_row_is_damage),
        WITH_ENV(test_two_records_that_tell_different_stories),
        WITH_ENV(test_a_pair_of_which_one_is_revoked_is_read),
        WITH_ENV(test_records_of_a_later_version_are_told_from_damage),
        WITH_ENV(test_names_of_a_later_version),
        WITH_ENV(test_missing_records_are_damage),
        WITH_ENV(test_the_keyring_must_be_the_one_of_the_store),
        WITH_ENV(test_a_list_of_keys_has_its_tag),
        WITH_ENV(test_a_newer_schema_is_told_before_anything_else),
        WITH_ENV(test_configuration),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
