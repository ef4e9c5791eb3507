/* SPDX-License-Identifier: MIT */
/*
 * Files of a version that does not exist yet: what must be understood is recognised and denied or
 * refused, what may be ignored is kept. Made with internal functions of the library.
 */
#include "fixture.h"

#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lmdb/tokens/engine.h"
#include "objects/store.h"
#include "outside/record_tag.h"
#include "rules/text.h"
#include "rules/token_pair.h"
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
    apitoken_grow_opts opts = FIXTURE_GROW_OPTS;
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

/* ---- tokens with something new in them ------------------------------------------------------- */

static int setup_open(void **state) {
    struct fixture *f = malloc(sizeof *f);
    apitoken_store_create_opts opts = APITOKEN_STORE_CREATE_OPTS_INIT;
    opts.copy_policy = APITOKEN_COPY_ALWAYS;
    fixture_make_dir(f);
    fixture_make_keys(f);
    fixture_make_store(f, &opts);
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    *state = f;
    return 0;
}

/* A transaction below the handle that is as good as one of the library. */
struct below {
    struct atk_view view;
    struct atk_state_record state;
};

static struct below begin_below(const struct fixture *f) {
    struct atk_lmdb *store = atk_lmdb_of(f->store->backend);
    struct below below = { .view = atk_lmdb_view(store, NULL) };
    mdb_must(mdb_txn_begin(store->env->mdb, NULL, 0, &below.view.txn));
    assert_code(atk_state_get(&below.view, &below.state, NULL), 0);
    return below;
}

static void commit_below(struct below *below) {
    below->state.transaction = mdb_txn_id(below->view.txn);
    assert_code(atk_state_put(&below->view, &below->state, NULL), 0);
    mdb_must(mdb_txn_commit(below->view.txn));
}

static uint16_t add_part(uint8_t *parts, uint16_t len, unsigned type, const char *value) {
    const size_t value_len = strlen(value);
    parts[len] = (uint8_t)type;
    parts[len + 1] = (uint8_t)value_len;
    parts[len + 2] = 0;
    memcpy(parts + len + 3, value, value_len);
    return (uint16_t)(len + 3 + value_len);
}

static void get_both(const struct below *below, const char *id, struct atk_hot *hot,
                     struct atk_row *row) {
    assert_code(atk_hot_get(&below->view, id, hot, NULL), 0);
    assert_code(atk_row_get(&below->view, hot, id, row, NULL), 0);
}

/* Adds parts that may be ignored; if it must be understood, also such parts and a flag. */
static void put_parts(const struct fixture *f, const char *id, bool must_be_understood) {
    static struct atk_hot hot;
    static struct atk_row row;
    struct below below = begin_below(f);
    get_both(&below, id, &hot, &row);
    if (must_be_understood) {
        hot.parts_len = add_part(hot.parts, hot.parts_len, 9, "a must");
        hot.parts_len = add_part(hot.parts, hot.parts_len, 70, "of the secret");
        hot.flags |= 32;
        row.flags |= 128;
        row.other_len = add_part(row.other, row.other_len, 5, "a must");
        row.other_len = add_part(row.other, row.other_len, 70, "of the secret");
    }
    hot.parts_len = add_part(hot.parts, hot.parts_len, 140, "kept");
    hot.parts_len = add_part(hot.parts, hot.parts_len, 200, "of the secret");
    row.other_len = add_part(row.other, row.other_len, 140, "kept");
    row.other_len = add_part(row.other, row.other_len, 200, "of the secret");
    assert_code(atk_hot_put(&below.view, id, &hot, 0, NULL), 0);
    assert_code(atk_row_put(&below.view, &hot, &row, NULL), 0);
    commit_below(&below);
}

static int check(apitoken_store *store, const struct made_token *token) {
    return apitoken_validate(store, token->text, token->len, NULL, NULL, NULL);
}

static int state_of(apitoken_store *store, const struct made_token *token) {
    apitoken_token *row = NULL;
    assert_code(apitoken_show(store, LIT("alice"), token->id, strlen(token->id), NULL, &row, NULL),
                0);
    int state = apitoken_token_state(row);
    apitoken_token_free(row);
    return state;
}

static int copy(apitoken_store *store, const struct made_token *token) {
    char buf[APITOKEN_FORMAT_MAX];
    size_t len;
    return apitoken_copy(store, LIT("alice"), token->id, strlen(token->id), APITOKEN_FORMAT_PLAIN,
                         NULL, buf, sizeof buf, &len, NULL);
}

static size_t count_state(apitoken_store *store, uint32_t states) {
    apitoken_list_opts opts = APITOKEN_LIST_OPTS_INIT;
    apitoken_page *page = NULL;
    opts.states = states;
    assert_code(apitoken_list(store, LIT("alice"), &opts, &page, NULL), 0);
    size_t count = apitoken_page_count(page);
    apitoken_page_free(page);
    return count;
}

/* The text with another token's secret, and the checksum of both. */
static struct made_token with_secret_of(const struct fixture *f, const struct made_token *token,
                                        const struct made_token *other) {
    struct made_token wrong = *token;
    wrong.len = atk_text_build(&f->store->backend->config.prefix, token->id,
                               other->text + other->len - ATK_CRC_LEN - ATK_SECRET_LEN, wrong.text);
    return wrong;
}

static void assert_denied_alone(const struct fixture *f, const struct made_token *newer,
                                const struct made_token *usual) {
    const struct made_token wrong = with_secret_of(f, newer, usual);
    for (int i = 0; i < 4; i++) { /* nor is it remembered */
        assert_code(check(f->store, newer), APITOKEN_E_NEWER);
        assert_code(check(f->store, &wrong), APITOKEN_E_UNKNOWN);
        assert_code(check(f->store, usual), 0);
    }
    assert_int_equal(state_of(f->store, newer), APITOKEN_STATE_NEWER);
    assert_int_equal(count_state(f->store, 0), 2);
    assert_int_equal(count_state(f->store, APITOKEN_STATE_NEWER), 1);
    assert_int_equal(count_state(f->store, APITOKEN_STATE_VALID), 1);
    assert_code(copy(f->store, newer), APITOKEN_E_SCHEMA);
    assert_code(copy(f->store, usual), 0);
}

/* Puts a backup in the place of the store. */
static void move_to_backup(struct fixture *f) {
    char backup[128], aside[128];
    (void)snprintf(backup, sizeof backup, "%s/backup", f->dir);
    (void)snprintf(aside, sizeof aside, "%s/aside", f->dir);
    assert_code(apitoken_store_backup(f->store, backup, NULL, NULL), 0);
    assert_code(apitoken_store_check(backup, f->keyring, NULL, NULL), 0);
    apitoken_store_close(f->store);
    f->store = NULL;
    assert_int_equal(rename(f->store_path, aside), 0);
    assert_code(
        apitoken_store_restore(backup, f->store_path, f->keyring, FIXTURE_RESTORE, NULL, NULL),
        APITOKEN_E_UNPROVEN);
    apitoken_restore_opts opts = FIXTURE_RESTORE_OPTS;
    opts.flags = APITOKEN_RESTORE_ACCEPT_LOST;
    assert_code(apitoken_store_restore(backup, f->store_path, f->keyring, &opts, NULL, NULL), 0);
    assert_code(apitoken_store_check(f->store_path, f->keyring, NULL, NULL), 0);
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
}

static void test_a_newer_token_is_denied_alone(void **state) {
    struct fixture *f = *state;
    const struct made_token newer = fixture_create(f->store, "alice", "newer", NULL),
                            usual = fixture_create(f->store, "alice", "usual", NULL);
    assert_code(check(f->store, &newer), 0);
    put_parts(f, newer.id, true);
    assert_denied_alone(f, &newer, &usual);
    assert_code(apitoken_store_check(f->store_path, f->keyring, NULL, NULL), 0);
    move_to_backup(f);
    assert_denied_alone(f, &newer, &usual);
}

/* A form that this version cannot read at all: to anyone an unknown token. */
static void test_a_record_of_a_later_form_is_an_unknown_token(void **state) {
    struct fixture *f = *state;
    const struct made_token later = fixture_create(f->store, "alice", "later", NULL),
                            usual = fixture_create(f->store, "alice", "usual", NULL);
    struct below below = begin_below(f);
    MDB_val key = { APITOKEN_ID_LEN, (void *)(uintptr_t)later.id }, value;
    uint8_t bytes[ATK_HOT_MAX];
    mdb_must(mdb_get(below.view.txn, below.view.env->hot, &key, &value));
    memcpy(bytes, value.mv_data, value.mv_size);
    value.mv_data = bytes;
    bytes[0] = ATK_RECORD_VERSION + 1;
    atk_record_tag_write(below.view.keys, later.id, APITOKEN_ID_LEN, bytes, value.mv_size);
    mdb_must(mdb_put(below.view.txn, below.view.env->hot, &key, &value, 0));
    commit_below(&below);
    assert_code(check(f->store, &later), APITOKEN_E_UNKNOWN);
    assert_code(check(f->store, &usual), 0);
}

/* After a revoke, which of a token that is not understood is final. */
static void assert_parts(const struct fixture *f, const char *id, bool must_be_understood) {
    static struct atk_hot hot;
    static struct atk_row row;
    uint8_t due_hot[64], due_row[64];
    uint16_t hot_len = 0, row_len = 0;
    struct below below = begin_below(f);
    get_both(&below, id, &hot, &row);
    mdb_txn_abort(below.view.txn);
    if (must_be_understood) {
        hot_len = add_part(due_hot, hot_len, 9, "a must");
        row_len = add_part(due_row, row_len, 5, "a must");
    }
    hot_len = add_part(due_hot, hot_len, 140, "kept");
    row_len = add_part(due_row, row_len, 140, "kept");
    assert_int_equal(hot.parts_len, hot_len);
    assert_memory_equal(hot.parts, due_hot, hot_len);
    assert_int_equal(row.other_len, row_len);
    assert_memory_equal(row.other, due_row, row_len);
    assert_int_equal(hot.flags, ATK_FLAG_REVOKED | (must_be_understood ? 32 | 16 : 0));
    assert_int_equal(row.flags, ATK_FLAG_REVOKED | (must_be_understood ? 128 | 16 : 0));
    assert_int_equal(hot.revision, 2);
    assert_true(atk_records_agree(&hot, &row));
}

/* What is not known stays, but what belongs to the secret goes with it. */
static void test_a_token_with_parts_is_revoked(void **state) {
    struct fixture *f = *state;
    for (int must = 0; must < 2; must++) {
        const struct made_token token = fixture_create(f->store, "alice", "newer", NULL);
        put_parts(f, token.id, must);
        assert_code(check(f->store, &token), must ? APITOKEN_E_NEWER : 0);
        assert_code(apitoken_revoke(f->store, LIT("alice"), token.id, strlen(token.id), NULL, NULL),
                    0);
        assert_code(check(f->store, &token), APITOKEN_E_REVOKED);
        assert_int_equal(state_of(f->store, &token), APITOKEN_STATE_REVOKED);
        assert_parts(f, token.id, must);
        assert_code(apitoken_store_check(f->store_path, f->keyring, NULL, NULL), 0);
    }
}

/* ---- changes of such tokens ------------------------------------------------------------------ */

static int update(apitoken_store *store, const struct made_token *token, uint32_t mask,
                  uint32_t flags) {
    apitoken_update_opts opts = APITOKEN_UPDATE_OPTS_INIT;
    opts.mask = mask;
    opts.flags = flags;
    opts.is_suspended = mask == APITOKEN_UPDATE_SUSPENDED;
    opts.name = mask == APITOKEN_UPDATE_NAME ? "another name" : NULL;
    opts.name_len = (uint32_t)(opts.name ? strlen(opts.name) : 0);
    return apitoken_update(store, LIT("alice"), token->id, strlen(token->id), &opts, NULL, NULL);
}

static int rotate(apitoken_store *store, const struct made_token *token, uint32_t flags) {
    apitoken_rotate_opts opts = APITOKEN_ROTATE_OPTS_INIT;
    apitoken_secret *secret = NULL;
    opts.flags = flags;
    opts.grace_ms = 1000;
    int rc =
        apitoken_rotate(store, LIT("alice"), token->id, strlen(token->id), &opts, &secret, NULL);
    apitoken_secret_free(secret);
    return rc;
}

/* It can be made less, and no more than that. */
static void test_a_newer_token_is_suspended_but_not_changed(void **state) {
    struct fixture *f = *state;
    const struct made_token token = fixture_create(f->store, "alice", "newer", NULL);
    put_parts(f, token.id, true);
    assert_code(update(f->store, &token, APITOKEN_UPDATE_NAME, 0), APITOKEN_E_SCHEMA);
    assert_code(rotate(f->store, &token, 0), APITOKEN_E_SCHEMA);
    assert_code(update(f->store, &token, APITOKEN_UPDATE_SUSPENDED, 0), 0);
    assert_code(check(f->store, &token), APITOKEN_E_NEWER);
    struct atk_hot hot;
    struct atk_row row;
    struct below below = begin_below(f);
    get_both(&below, token.id, &hot, &row);
    mdb_txn_abort(below.view.txn);
    assert_int_equal(hot.flags, 32 | ATK_FLAG_SUSPENDED);
    assert_int_equal(row.flags, 128 | ATK_FLAG_SUSPENDED);
    assert_int_equal(hot.parts_len, 3 * 4 + strlen("a must") + 2 * strlen("of the secret") + 4);
    assert_code(apitoken_store_check(f->store_path, f->keyring, NULL, NULL), 0);
}

/* Whether a part is in the hot record, and whether it is in the row. */
static void assert_part(const struct fixture *f, const char *id, unsigned type, bool is_there) {
    struct atk_hot hot;
    struct atk_row row;
    struct atk_part part;
    struct below below = begin_below(f);
    get_both(&below, id, &hot, &row);
    mdb_txn_abort(below.view.txn);
    assert_int_equal(atk_parts_find(hot.parts, hot.parts_len, type, &part), is_there);
    assert_int_equal(atk_parts_find(row.other, row.other_len, type, &part), is_there);
}

/* What may be ignored stays when a token is changed, as long as the secret that it belongs to. */
static void test_a_token_with_parts_is_changed(void **state) {
    struct fixture *f = *state;
    const struct made_token token = fixture_create(f->store, "alice", "usual", NULL);
    put_parts(f, token.id, false);
    assert_code(update(f->store, &token, APITOKEN_UPDATE_NAME, 0), 0);
    for (unsigned type = 140; type <= 200; type += 60) assert_part(f, token.id, type, true);
    assert_code(rotate(f->store, &token, 0), 0);
    assert_part(f, token.id, 140, true);
    assert_part(f, token.id, 200, false);
    assert_part(f, token.id, ATK_PART_OLDER_SECRET, true);
    assert_code(check(f->store, &token), 0);
}

/* Two parts of the older secret, of which this version does not know the first one's form. */
static void put_older_secret(const struct fixture *f, const char *id) {
    struct atk_hot hot;
    struct atk_row row;
    struct below below = begin_below(f);
    get_both(&below, id, &hot, &row);
    hot.parts_len = add_part(hot.parts, hot.parts_len, ATK_PART_OLDER_SECRET, "new form");
    hot.parts_len = add_part(hot.parts, hot.parts_len, 240, "of the older one");
    row.other_len = add_part(row.other, row.other_len, ATK_PART_OLDER_SECRET, "shown");
    row.other_len = add_part(row.other, row.other_len, 240, "of the older one");
    assert_code(atk_hot_put(&below.view, id, &hot, 0, NULL), 0);
    assert_code(atk_row_put(&below.view, &hot, &row, NULL), 0);
    commit_below(&below);
}

/* It goes like one that is known, and then the token is understood again. */
static void test_an_older_secret_of_a_later_form(void **state) {
    struct fixture *f = *state;
    const struct made_token token = fixture_create(f->store, "alice", "usual", NULL);
    put_older_secret(f, token.id);
    assert_code(check(f->store, &token), APITOKEN_E_NEWER);
    assert_int_equal(state_of(f->store, &token), APITOKEN_STATE_NEWER);
    assert_code(apitoken_store_check(f->store_path, f->keyring, NULL, NULL), 0);
    assert_code(rotate(f->store, &token, APITOKEN_ROTATE_KEEP_OLDER), APITOKEN_E_SCHEMA);
    assert_code(update(f->store, &token, APITOKEN_UPDATE_SUSPENDED, 0), 0);
    assert_part(f, token.id, ATK_PART_OLDER_SECRET, true);
    assert_part(f, token.id, 240, true);
    assert_code(update(f->store, &token, 0, APITOKEN_UPDATE_END_OLDER), 0);
    assert_part(f, token.id, ATK_PART_OLDER_SECRET, false);
    assert_part(f, token.id, 240, false);
    assert_code(check(f->store, &token), APITOKEN_E_SUSPENDED);
    assert_code(apitoken_store_check(f->store_path, f->keyring, NULL, NULL), 0);
}

/* Parts of the row alone that may be ignored: another form of them is as good as none. */
static void put_row_parts(const struct fixture *f, const char *id) {
    struct atk_hot hot;
    struct atk_row row;
    struct below below = begin_below(f);
    get_both(&below, id, &hot, &row);
    hot.parts_len = add_part(hot.parts, hot.parts_len, ATK_PART_DATA, "");
    row.other_len = add_part(row.other, row.other_len, ATK_PART_DATA, "");
    row.other_len = add_part(row.other, row.other_len, ATK_PART_SECRET_MADE, "long ago");
    row.other_len = add_part(row.other, row.other_len, ATK_PART_CREATED_BY, "");
    row.other_len = add_part(row.other, row.other_len, ATK_PART_USED_BEFORE, "often");
    assert_code(atk_hot_put(&below.view, id, &hot, 0, NULL), 0);
    assert_code(atk_row_put(&below.view, &hot, &row, NULL), 0);
    commit_below(&below);
}

static void test_facts_of_a_later_form_are_not_shown(void **state) {
    struct fixture *f = *state;
    const struct made_token token = fixture_create(f->store, "alice", "usual", NULL);
    apitoken_verdict verdict = APITOKEN_VERDICT_INIT;
    apitoken_token *row = NULL;
    size_t len;
    put_row_parts(f, token.id);
    assert_code(apitoken_validate(f->store, token.text, token.len, NULL, &verdict, NULL), 0);
    assert_int_equal(verdict.data_len, 0);
    assert_code(apitoken_show(f->store, LIT("alice"), token.id, strlen(token.id), NULL, &row, NULL),
                0);
    assert_int_equal(apitoken_token_state(row), APITOKEN_STATE_VALID);
    assert_string_equal(apitoken_token_data(row, &len), "");
    assert_int_equal(len, 0);
    assert_string_equal(apitoken_token_created_by(row), "");
    assert_true(apitoken_token_secret_made_ms(row) == apitoken_token_created_ms(row));
    assert_true(apitoken_token_last_used_ms(row) == FIXTURE_NOW);
    apitoken_token_free(row);
    assert_code(update(f->store, &token, APITOKEN_UPDATE_NAME, 0), 0);
    assert_part(f, token.id, ATK_PART_DATA, true); /* and stay */
}

/* ---- something new in the records of the store ----------------------------------------------- */

static void put_named_parts(const struct fixture *f, unsigned type, int which) {
    struct atk_config config;
    static struct atk_keys_record list;
    struct below below = begin_below(f);
    assert_code(atk_config_get(&below.view, &config, NULL), 0);
    assert_code(atk_prints_get(&below.view, &list, NULL), 0);
    if (which == 0) config.parts_len = add_part(config.parts, config.parts_len, type, "of config");
    if (which == 1) {
        uint8_t *at = list.bytes + list.len - ATK_TAG_LEN;
        list.len += add_part(at, 0, type, "of keys");
    }
    if (which == 2)
        below.state.parts_len =
            add_part(below.state.parts, below.state.parts_len, type, "of state");
    assert_code(atk_config_put(&below.view, &config, NULL), 0);
    assert_code(atk_prints_put(&below.view, &list, NULL), 0);
    commit_below(&below);
}

static void test_what_the_store_must_understand_refuses_it(void **state) {
    (void)state;
    for (int which = 0; which < 3; which++) {
        void *own = NULL;
        assert_int_equal(setup_open(&own), 0);
        struct fixture *f = own;
        const struct made_token token = fixture_create(f->store, "alice", "usual", NULL);
        put_named_parts(f, 9, which);
        assert_code(open_code(f, APITOKEN_MODE_READ_WRITE), APITOKEN_E_SCHEMA);
        assert_code(open_code(f, APITOKEN_MODE_VERIFY_ONLY), APITOKEN_E_SCHEMA);
        assert_code(check(f->store, &token), 0); /* by whoever had it open */
        if (which == 2)
            assert_code(
                apitoken_revoke(f->store, LIT("alice"), token.id, strlen(token.id), NULL, NULL),
                APITOKEN_E_SCHEMA);
        assert_int_equal(fixture_teardown(&own), 0);
    }
}

static void assert_named_parts(const struct fixture *f) {
    static const char *const values[] = { "of config", "of keys", "of state" };
    struct atk_config config;
    static struct atk_keys_record list;
    uint8_t due[3][32];
    uint16_t len[3];
    for (size_t i = 0; i < 3; i++) len[i] = add_part(due[i], 0, 200, values[i]);
    struct below below = begin_below(f);
    assert_code(atk_config_get(&below.view, &config, NULL), 0);
    assert_code(atk_prints_get(&below.view, &list, NULL), 0);
    mdb_txn_abort(below.view.txn);
    assert_int_equal(config.parts_len, len[0]);
    assert_memory_equal(config.parts, due[0], len[0]);
    assert_memory_equal(list.bytes + list.len - ATK_TAG_LEN - len[1], due[1], len[1]);
    assert_int_equal(below.state.parts_len, len[2]);
    assert_memory_equal(below.state.parts, due[2], len[2]);
}

static void test_what_the_store_may_ignore_stays(void **state) {
    struct fixture *f = *state;
    for (int which = 0; which < 3; which++) put_named_parts(f, 200, which);
    assert_named_parts(f);
    (void)fixture_create(f->store, "alice", "usual", NULL); /* writes the state */
    assert_named_parts(f);
    assert_code(apitoken_keyring_add_key(f->keys, NULL, NULL, NULL), 0);
    assert_code(apitoken_keyring_activate_key(f->keys, 2, NULL, NULL), 0);
    apitoken_store_close(f->store);
    apitoken_keyring_free(f->keyring);
    assert_code(apitoken_keyring_load(f->keys, NULL, &f->keyring, NULL), 0);
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    (void)fixture_create(f->store, "alice", "under a new key", NULL); /* all three */
    assert_named_parts(f);
    apitoken_store_close(f->store);
    assert_code(
        apitoken_store_grow(f->store_path, f->keyring, UINT64_C(1) << 31, FIXTURE_GROW, NULL), 0);
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    assert_named_parts(f);
    move_to_backup(f);
    assert_named_parts(f);
}

/* ---- records and trees of later versions ----------------------------------------------------- */

static void put_record(MDB_txn *txn, MDB_dbi dbi, const char *name, const char *content) {
    MDB_val key = { strlen(name), (void *)(uintptr_t)name },
            value = { strlen(content), (void *)(uintptr_t)content };
    mdb_must(mdb_put(txn, dbi, &key, &value, 0));
}

static void assert_record(MDB_txn *txn, MDB_dbi dbi, const char *name, const char *content) {
    MDB_val key = { strlen(name), (void *)(uintptr_t)name }, value;
    mdb_must(mdb_get(txn, dbi, &key, &value));
    assert_int_equal(value.mv_size, strlen(content));
    assert_memory_equal(value.mv_data, content, value.mv_size);
}

#define ENTRIES 3000

static void put_ignored(const struct fixture *f) {
    struct below below = begin_below(f);
    MDB_dbi tree;
    put_record(below.view.txn, below.view.env->hot, "!Note", "a record");
    for (int i = 0; i < 2; i++) {
        mdb_must(mdb_dbi_open(below.view.txn, i ? "!Audit" : "!Zoo", MDB_CREATE, &tree));
        for (int n = 0; n < ENTRIES; n++) {
            char key[16];
            (void)snprintf(key, sizeof key, "%d", n);
            put_record(below.view.txn, tree, key, i ? "audited" : "animal");
        }
    }
    commit_below(&below);
}

static void assert_ignored(const struct fixture *f) {
    struct below below = begin_below(f);
    MDB_dbi tree;
    MDB_stat stat;
    assert_record(below.view.txn, below.view.env->hot, "!Note", "a record");
    for (int i = 0; i < 2; i++) {
        mdb_must(mdb_dbi_open(below.view.txn, i ? "!Audit" : "!Zoo", 0, &tree));
        mdb_must(mdb_stat(below.view.txn, tree, &stat));
        assert_int_equal(stat.ms_entries, ENTRIES);
        assert_record(below.view.txn, tree, "2999", i ? "audited" : "animal");
    }
    mdb_txn_abort(below.view.txn);
}

static void test_records_and_trees_that_may_be_ignored_are_copied(void **state) {
    struct fixture *f = *state;
    const struct made_token token = fixture_create(f->store, "alice", "usual", NULL);
    put_ignored(f);
    assert_code(check(f->store, &token), 0);
    (void)fixture_create(f->store, "alice", "another", NULL);
    assert_int_equal(count_state(f->store, 0), 2);
    assert_code(apitoken_store_check(f->store_path, f->keyring, NULL, NULL), 0);
    move_to_backup(f);
    assert_ignored(f);
    assert_code(check(f->store, &token), 0);
}

static void test_names_that_must_be_understood_refuse_the_store(void **state) {
    struct fixture *f = *state;
    struct below below = begin_below(f);
    put_record(below.view.txn, below.view.env->hot, "!shadow", "a record");
    commit_below(&below);
    assert_code(open_code(f, APITOKEN_MODE_READ_WRITE), APITOKEN_E_SCHEMA);
    assert_code(open_code(f, APITOKEN_MODE_VERIFY_ONLY), APITOKEN_E_SCHEMA);
    assert_code(apitoken_store_check(f->store_path, f->keyring, NULL, NULL), APITOKEN_E_SCHEMA);
}

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
        cmocka_unit_test_setup_teardown(test_a_newer_token_is_denied_alone, setup_open,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(test_a_record_of_a_later_form_is_an_unknown_token,
                                        setup_open, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_a_token_with_parts_is_revoked, setup_open,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(test_a_newer_token_is_suspended_but_not_changed, setup_open,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(test_a_token_with_parts_is_changed, setup_open,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(test_an_older_secret_of_a_later_form, setup_open,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(test_facts_of_a_later_form_are_not_shown, setup_open,
                                        fixture_teardown),
        cmocka_unit_test(test_what_the_store_must_understand_refuses_it),
        cmocka_unit_test_setup_teardown(test_what_the_store_may_ignore_stays, setup_open,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(test_records_and_trees_that_may_be_ignored_are_copied,
                                        setup_open, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_names_that_must_be_understood_refuse_the_store,
                                        setup_open, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_keyring_next_version, setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_keyring_later_version, setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_keyring_cut_is_not_newer, setup, fixture_teardown),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
