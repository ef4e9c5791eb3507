/* SPDX-License-Identifier: MIT */
/*
 * Files of a version that does not exist yet: recognised, never opened, never written. Made with
 * internal functions of the library.
 */
#include "fixture.h"

#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "outside/record_tag.h"
#include "objects/keyring.h"
#include "cases.h"

#define STATE_NAME "!state"
#define FAR_LEN (ATK_STATE_FIXED + ATK_TAG_LEN + 24)

static int setup(void **state) {
    struct fixture *f = malloc(sizeof *f);
    fixture_make_dir(f);
    fixture_make_keys(f);
    fixture_make_store(f, NULL);
    *state = f;
    return 0;
}

/* ---- the store ------------------------------------------------------------------------------- */

/* The state record as a later version may write it; returns its length. */
typedef size_t (*newer_fn)(const MDB_val *old, const struct atk_keys *keys, uint64_t transaction,
                           uint8_t *out);

/* Nothing but the number is new. */
static size_t next_schema(const MDB_val *old, const struct atk_keys *keys, uint64_t transaction,
                          uint8_t *out) {
    struct atk_state_record state;
    if (atk_state_record_decode(old->mv_data, old->mv_size, &state) != 0) abort();
    state.schema = ATK_SCHEMA + 1;
    state.transaction = transaction;
    size_t len = atk_state_record_encode(&state, out);
    atk_record_tag_write(keys, STATE_NAME, strlen(STATE_NAME), out, len);
    return len;
}

/* A longer record of another version, with a tag that this version cannot check. */
static size_t far_schema(const MDB_val *old, const struct atk_keys *keys, uint64_t transaction,
                         uint8_t *out) {
    (void)keys, (void)transaction;
    memset(out, 0x5a, FAR_LEN);
    memcpy(out, old->mv_data, ATK_RECORD_HEAD + 4);
    out[0] = ATK_RECORD_VERSION + 1;
    out[ATK_RECORD_HEAD] = 77; /* the schema number stays in its place for ever */
    return FAR_LEN;
}

static void mdb_must(int rc) {
    if (rc == 0) return;
    print_error("%s\n", mdb_strerror(rc));
    abort();
}

/*
 * Writes past the library, as another process would: LMDB must not have the file open twice in one.
 */
static void raise_schema(const struct fixture *f, newer_fn newer) {
    uint8_t record[FAR_LEN];
    bool is_locked;
    MDB_env *env = NULL;
    MDB_txn *txn = NULL;
    MDB_dbi dbi;
    MDB_val key = { strlen(STATE_NAME), (void *)(uintptr_t)STATE_NAME }, value;
    MDB_val config = { strlen("!config"), (void *)(uintptr_t) "!config" };
    mdb_must(mdb_env_create(&env));
    mdb_must(mdb_env_set_maxdbs(env, ATK_TREES_MAX));
    mdb_must(mdb_env_open(env, f->store_path, 0, 0640));
    mdb_must(mdb_txn_begin(env, NULL, 0, &txn));
    mdb_must(mdb_dbi_open(txn, NULL, 0, &dbi));
    mdb_must(mdb_get(txn, dbi, &config, &value));
    const struct atk_keys *keys = atk_keys_bind(
        f->keyring->keys, atk_config_store_id(value.mv_data, value.mv_size), &is_locked);
    mdb_must(mdb_get(txn, dbi, &key, &value));
    value = (MDB_val){ newer(&value, keys, mdb_txn_id(txn), record), record };
    atk_guarded_free((void *)(uintptr_t)keys);
    mdb_must(mdb_put(txn, dbi, &key, &value, 0));
    mdb_must(mdb_txn_commit(txn));
    mdb_env_close(env);
}

static void raise_schema_elsewhere(const struct fixture *f, newer_fn newer) {
    int status = -1;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        raise_schema(f, newer);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static int open_code(const struct fixture *f, uint32_t mode) {
    apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
    apitoken_store *const before = (apitoken_store *)(uintptr_t)f, *store = before;
    opts.mode = mode;
    int rc = apitoken_store_open(f->store_path,
                                 mode == APITOKEN_MODE_VERIFY_ONLY ? f->verify_keyring : f->keyring,
                                 &opts, &store, NULL);
    assert_ptr_equal(store, before);
    return rc;
}

static void check_open(const struct fixture *f, newer_fn newer) {
    apitoken_grow_opts opts = APITOKEN_GROW_OPTS_INIT;
    raise_schema_elsewhere(f, newer);
    assert_code(open_code(f, APITOKEN_MODE_READ_WRITE), APITOKEN_E_SCHEMA);
    assert_code(open_code(f, APITOKEN_MODE_VERIFY_ONLY), APITOKEN_E_SCHEMA);
    assert_code(apitoken_store_grow(f->store_path, f->keyring, UINT64_C(2) << 30, &opts, NULL),
                APITOKEN_E_SCHEMA);
}

static void test_open_next_schema(void **state) { check_open(*state, next_schema); }

static void test_open_far_schema(void **state) { check_open(*state, far_schema); }

/* The other hosts were upgraded first: this one must not write by the old rules, not even once. */
static void check_write(struct fixture *f, newer_fn newer) {
    apitoken_secret *const before = (apitoken_secret *)(uintptr_t)f, *secret = before;
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    struct made_token made = fixture_create(f->store, "alice", "made before", NULL);
    raise_schema_elsewhere(f, newer);
    assert_code(apitoken_create(f->store, LIT("alice"), LIT("made after"), NULL, &secret, NULL),
                APITOKEN_E_SCHEMA);
    assert_ptr_equal(secret, before);
    assert_code(apitoken_revoke(f->store, LIT("alice"), made.id, strlen(made.id), NULL, NULL),
                APITOKEN_E_SCHEMA);
}

static void test_write_next_schema(void **state) { check_write(*state, next_schema); }

static void test_write_far_schema(void **state) { check_write(*state, far_schema); }

/* ---- the keyring ----------------------------------------------------------------------------- */

static size_t read_file(const char *path, char *buf, size_t cap) {
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t len = fread(buf, 1, cap, file);
    (void)fclose(file);
    return len;
}

static void write_file(const char *path, const char *text, size_t len) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, 0600), 0);
}

static void check_keyring(const struct fixture *f, const char *text) {
    char after[256] = "", out[160];
    apitoken_keyring *const before = (apitoken_keyring *)(uintptr_t)f, *keyring = before;
    uint32_t id = 4711;
    (void)snprintf(out, sizeof out, "%s.out", f->keys);
    write_file(f->keys, text, strlen(text));
    assert_code(apitoken_keyring_load(f->keys, NULL, &keyring, NULL), APITOKEN_E_KEYS_VERSION);
    assert_ptr_equal(keyring, before);
    assert_code(apitoken_keyring_add_key(f->keys, NULL, &id, NULL), APITOKEN_E_KEYS_VERSION);
    assert_int_equal(id, 4711);
    assert_code(apitoken_keyring_activate_key(f->keys, 1, NULL, NULL), APITOKEN_E_KEYS_VERSION);
    assert_code(apitoken_keyring_export_verify(f->keys, out, NULL, NULL), APITOKEN_E_KEYS_VERSION);
    assert_int_not_equal(access(out, F_OK), 0);
    assert_int_equal(read_file(f->keys, after, sizeof after), strlen(text));
    assert_memory_equal(after, text, strlen(text));
}

static void test_keyring_next_version(void **state) {
    check_keyring(*state, "apitoken-keyring 2 full\nkey 1 active 00\ncheck 00\n");
}

static void test_keyring_later_version(void **state) {
    check_keyring(*state, "apitoken-keyring 10 sealed by=tpm\n");
}

/* What is older than its end: every cut of a good file is short, never "newer". */
static void test_keyring_cut_is_not_newer(void **state) {
    struct fixture *f = *state;
    char text[512];
    size_t len = read_file(f->keys, text, sizeof text);
    for (size_t cut = strlen("apitoken-keyring "); cut < len; cut++) {
        apitoken_keyring *keyring = NULL;
        write_file(f->keys, text, cut);
        assert_code(apitoken_keyring_load(f->keys, NULL, &keyring, NULL), APITOKEN_E_KEYS_SHORT);
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_open_next_schema, setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_open_far_schema, setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_write_next_schema, setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_write_far_schema, setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_keyring_next_version, setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_keyring_later_version, setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_keyring_cut_is_not_newer, setup, fixture_teardown),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
