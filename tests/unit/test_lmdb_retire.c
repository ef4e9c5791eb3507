/* SPDX-License-Identifier: MIT */
/*
 * Retiring a key where it is interrupted, and where records are not what they should be: damaged,
 * of a newer version, or made with a key that is retired.
 */
#include "lmdb/stores/retire.h"

#include <stdio.h>
#include <string.h>

#include "below.h"
#include "cases.h"
#include "child.h"
#include "objects/store.h"
#include "outside/record_tag.h"
#include "real.h"
#include "rules/record_store.h"

#define OWNER "owner"
#define MANY 130 /* tokens: three steps */

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, fixture_teardown)

/* ---- a process that ends at a commit --------------------------------------------------------- */

static int commits_left = -1; /* below 0: any number */
static bool ends_before;      /* the commit, else after it */

int mdb_txn_commit(MDB_txn *txn) {
    int (*real)(MDB_txn *);
    REAL(real, "mdb_txn_commit");
    const bool is_last = commits_left >= 0 && commits_left-- == 0;
    if (is_last && ends_before) child_leave(1);
    int rc = real(txn);
    if (is_last) child_leave(1);
    return rc;
}

/* ---- keys ------------------------------------------------------------------------------------ */

static void load_keys(struct fixture *f) {
    apitoken_keyring_free(f->keyring);
    assert_code(apitoken_keyring_load(f->keys, NULL, &f->keyring, NULL), 0);
}

static void go_over(struct fixture *f) {
    assert_code(apitoken_keyring_activate_key(f->keys, 2, NULL, NULL), 0);
    load_keys(f);
    assert_code(apitoken_store_reload_keys(f->store, f->keyring, NULL, NULL), 0);
}

/* Keys 1 and 2, of which 1 is active, and an administrator's handle. */
static int setup(void **state) {
    int rc = fixture_setup(state);
    struct fixture *f = *state;
    assert_code(apitoken_keyring_add_key(f->keys, NULL, NULL, NULL), 0);
    load_keys(f);
    apitoken_store_close(f->store);
    f->store = fixture_open_admin(f);
    return rc;
}

static int retire(apitoken_store *store, apitoken_retire_result *ret, apitoken_error *err) {
    apitoken_retire_opts opts = APITOKEN_RETIRE_OPTS_INIT;
    opts.flags = APITOKEN_RETIRE_END_TOKENS;
    opts.actor = "root";
    opts.actor_len = 4;
    return apitoken_store_retire_key(store, 1, &opts, ret, err);
}

/* The flags of key 1 in the store. */
static uint32_t flags_of(const struct fixture *f) {
    struct atk_keys_record list;
    MDB_txn *txn = txn_begin(f);
    const struct atk_view view = atk_lmdb_view(engine_of(f), txn);
    assert_code(atk_prints_get(&view, &list, NULL), 0);
    mdb_txn_abort(txn);
    return atk_keys_record_flags(&list, 1);
}

static void commit_state(const struct fixture *f, MDB_txn *txn) {
    const struct atk_state_record present = get_state(f, txn);
    set_state(f, txn, &present);
    txn_commit(txn);
}

static int fsck(const struct fixture *f) {
    return apitoken_store_check(f->store_path, f->keyring, NULL, NULL);
}

static int check(apitoken_store *store, const struct made_token *token) {
    return apitoken_validate(store, token->text, token->len, NULL, NULL, NULL);
}

static int create(apitoken_store *store) {
    apitoken_secret *secret = NULL;
    int rc = apitoken_create(store, LIT(OWNER), LIT("name"), NULL, &secret, NULL);
    apitoken_secret_free(secret);
    return rc;
}

/* ---- records by hand ------------------------------------------------------------------------- */

struct stored {
    size_t key_len, len;
    uint8_t key[ATK_ROW_KEY_MAX], bytes[ATK_ROW_MAX];
};

static struct stored get_stored(const struct fixture *f, MDB_dbi tree, const void *key,
                                size_t key_len) {
    struct stored stored = { .key_len = key_len };
    MDB_txn *txn = txn_begin(f);
    MDB_val k = { key_len, (void *)(uintptr_t)key }, v;
    assert_int_equal(mdb_get(txn, tree, &k, &v), 0);
    memcpy(stored.key, key, key_len);
    memcpy(stored.bytes, v.mv_data, v.mv_size);
    stored.len = v.mv_size;
    mdb_txn_abort(txn);
    return stored;
}

static void put_stored(const struct fixture *f, MDB_dbi tree, const struct stored *stored) {
    MDB_txn *txn = txn_begin(f);
    MDB_val k = { stored->key_len, (void *)(uintptr_t)stored->key },
            v = { stored->len, (void *)(uintptr_t)stored->bytes };
    assert_int_equal(mdb_put(txn, tree, &k, &v, 0), 0);
    commit_state(f, txn);
}

static struct stored hot_of(const struct fixture *f, const struct made_token *token) {
    return get_stored(f, engine_of(f)->env->hot, token->id, APITOKEN_ID_LEN);
}

static struct stored row_of(const struct fixture *f, const struct made_token *token) {
    uint8_t key[ATK_ROW_KEY_MAX];
    return get_stored(f, engine_of(f)->env->rows, key,
                      atk_row_key(OWNER, strlen(OWNER), token->id, key));
}

/* ---- cases ----------------------------------------------------------------------------------- */

/* True if it ended by itself: then it succeeded. */
static bool retire_in_child(struct fixture *f, int commits) {
    static apitoken_store *volatile store; /* seen by whoever looks for leaks in the child */
    int status;
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        store = fixture_open_admin(f);
        commits_left = commits;
        child_leave(retire(store, NULL, NULL) == 0 ? 0 : 2);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) <= 1);
    return WEXITSTATUS(status) == 0;
}

/* True if the call was not interrupted. */
static bool interrupt_at(int commits) {
    void *own = NULL;
    apitoken_retire_result result = APITOKEN_RETIRE_RESULT_INIT;
    assert_int_equal(setup(&own), 0);
    struct fixture *f = own;
    static struct made_token tokens[MANY];
    for (size_t i = 0; i < MANY; i++) tokens[i] = fixture_create(f->store, OWNER, "name", NULL);
    apitoken_block_opts block = APITOKEN_BLOCK_OPTS_INIT;
    block.actor = "root";
    block.actor_len = 4;
    assert_code(apitoken_owner_block(f->store, LIT("other"), &block, NULL), 0);
    go_over(f);
    const struct made_token fresh = fixture_create(f->store, OWNER, "fresh", NULL);
    const bool is_whole = retire_in_child(f, commits);
    assert_code(fsck(f), 0);
    const uint32_t flags = flags_of(f);
    assert_true(commits == 0 || flags != 0);
    for (size_t i = 0; i < MANY; i++) {
        const int code = check(f->store, &tokens[i]);
        assert_true(code == APITOKEN_E_UNKNOWN || (code == 0 && !(flags & ATK_KEY_RETIRED)));
    }
    assert_code(create(f->store), 0);
    assert_code(retire(f->store, &result, NULL), 0);
    assert_int_equal(result.is_retired, 1);
    assert_int_equal(flags_of(f), ATK_KEY_RETIRED);
    for (size_t i = 0; i < MANY; i++) assert_code(check(f->store, &tokens[i]), APITOKEN_E_UNKNOWN);
    assert_code(check(f->store, &fresh), 0);
    assert_code(fsck(f), 0);
    assert_code(apitoken_keyring_remove_key(f->keys, NULL, 1, NULL), 0);
    load_keys(f);
    assert_code(fsck(f), 0);
    assert_int_equal(fixture_teardown(&own), 0);
    return is_whole;
}

static void test_it_goes_on_wherever_it_ended(void **state) {
    (void)state;
    for (int before = 0; before < 2; before++) {
        int commits = 0;
        ends_before = before;
        while (!interrupt_at(commits)) commits++;
        assert_true(commits >= 6); /* two flags, three steps of tokens, owners, audit */
    }
}

/* What a call says that finds half of it done. */
static void set_retiring(const struct fixture *f) {
    struct atk_keys_record list;
    MDB_txn *txn = txn_begin(f);
    const struct atk_view view = atk_lmdb_view(engine_of(f), txn);
    assert_code(atk_prints_get(&view, &list, NULL), 0);
    atk_keys_record_set_flags(&list, atk_keys_record_find(&list, 1), ATK_KEY_RETIRING);
    assert_code(atk_prints_put(&view, &list, NULL), 0);
    commit_state(f, txn);
}

static void test_nothing_is_made_with_a_key_that_is_being_retired(void **state) {
    struct fixture *f = *state;
    const struct made_token token = fixture_create(f->store, OWNER, "name", NULL);
    set_retiring(f);
    assert_code(check(f->store, &token), 0);
    assert_code(create(f->store), APITOKEN_E_KEY_RETIRED);
    assert_code(apitoken_revoke(f->store, LIT(OWNER), token.id, APITOKEN_ID_LEN, NULL, NULL),
                APITOKEN_E_KEY_RETIRED);
    apitoken_store *again = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    assert_code(check(again, &token), 0);
    assert_code(create(again), APITOKEN_E_KEY_RETIRED);
    apitoken_store_close(again);
    go_over(f);
    assert_code(create(f->store), 0);
    assert_code(check(f->store, &token), 0);
    assert_code(apitoken_revoke(f->store, LIT(OWNER), token.id, APITOKEN_ID_LEN, NULL, NULL), 0);
    assert_code(retire(f->store, NULL, NULL), 0);
    assert_code(fsck(f), 0);
}

/* A damaged record of the key keeps no other from it, but keeps the key. */
static void test_damage_is_told_at_the_end(void **state) {
    struct fixture *f = *state;
    const struct made_token first = fixture_create(f->store, OWNER, "name", NULL),
                            bad = fixture_create(f->store, OWNER, "bad", NULL),
                            last = fixture_create(f->store, OWNER, "name", NULL);
    go_over(f);
    for (int which = 0; which < 2; which++) {
        const MDB_dbi tree = which ? engine_of(f)->env->rows : engine_of(f)->env->hot;
        const struct stored good = which ? row_of(f, &bad) : hot_of(f, &bad);
        struct stored broken = good;
        apitoken_error err = APITOKEN_ERROR_INIT;
        apitoken_retire_result result = APITOKEN_RETIRE_RESULT_INIT;
        broken.bytes[broken.len - 1] ^= 1;
        put_stored(f, tree, &broken);
        assert_code(retire(f->store, &result, &err), APITOKEN_E_DAMAGED);
        assert_int_equal(result.is_retired, 0);
        assert_int_equal(flags_of(f), ATK_KEY_RETIRING);
        assert_code(check(f->store, &first), APITOKEN_E_UNKNOWN);
        assert_code(check(f->store, &last), APITOKEN_E_UNKNOWN);
        put_stored(f, tree, &good);
        assert_code(check(f->store, &bad), 0);
    }
    assert_code(retire(f->store, NULL, NULL), 0);
    assert_code(check(f->store, &bad), APITOKEN_E_UNKNOWN);
    assert_code(fsck(f), 0);
}

static void test_a_damaged_owner_keeps_the_key(void **state) {
    struct fixture *f = *state;
    apitoken_block_opts block = APITOKEN_BLOCK_OPTS_INIT;
    block.actor = "root";
    block.actor_len = 4;
    assert_code(apitoken_owner_block(f->store, LIT(OWNER), &block, NULL), 0);
    assert_code(apitoken_owner_block(f->store, LIT("other"), &block, NULL), 0);
    go_over(f);
    const MDB_dbi tree = engine_of(f)->env->owners;
    const struct stored good = get_stored(f, tree, OWNER, strlen(OWNER));
    struct stored broken = good;
    broken.bytes[10] ^= 1;
    put_stored(f, tree, &broken);
    assert_code(retire(f->store, NULL, NULL), APITOKEN_E_DAMAGED);
    assert_int_equal(flags_of(f), ATK_KEY_RETIRING);
    put_stored(f, tree, &good);
    assert_code(retire(f->store, NULL, NULL), 0);
    assert_code(fsck(f), 0);
}

/* Of a token that was rotated: nothing of it is changed but by a revoke. */
static void test_two_records_that_do_not_agree_keep_the_key(void **state) {
    struct fixture *f = *state;
    const struct made_token token = fixture_create(f->store, OWNER, "name", NULL);
    go_over(f);
    apitoken_rotate_opts rotate = APITOKEN_ROTATE_OPTS_INIT;
    apitoken_secret *secret = NULL;
    rotate.grace_ms = 3600000;
    assert_code(
        apitoken_rotate(f->store, LIT(OWNER), token.id, APITOKEN_ID_LEN, &rotate, &secret, NULL),
        0);
    apitoken_secret_free(secret);
    const struct stored hot = hot_of(f, &token);
    assert_code(apitoken_revoke(f->store, LIT(OWNER), token.id, APITOKEN_ID_LEN, NULL, NULL), 0);
    put_stored(f, engine_of(f)->env->hot, &hot); /* an old record is put back */
    assert_code(retire(f->store, NULL, NULL), APITOKEN_E_DAMAGED);
    assert_int_equal(row_of(f, &token).bytes[2] & ATK_FLAG_REVOKED, ATK_FLAG_REVOKED);
    assert_int_equal(flags_of(f), ATK_KEY_RETIRING);
    assert_code(apitoken_revoke(f->store, LIT(OWNER), token.id, APITOKEN_ID_LEN, NULL, NULL), 0);
    assert_code(retire(f->store, NULL, NULL), 0);
}

/* By the thief of the key, who can write the file: records as they were before, or new ones. */
static void test_what_is_made_with_a_retired_key_is_refused(void **state) {
    struct fixture *f = *state;
    apitoken_error err = APITOKEN_ERROR_INIT;
    const struct made_token token = fixture_create(f->store, OWNER, "name", NULL);
    const struct stored hot = hot_of(f, &token), row = row_of(f, &token);
    go_over(f);
    const struct made_token other = fixture_create(f->store, OWNER, "name", NULL);
    assert_code(retire(f->store, NULL, NULL), 0);
    put_stored(f, engine_of(f)->env->hot, &hot);
    put_stored(f, engine_of(f)->env->rows, &row);
    for (int again = 0; again < 2; again++) {
        assert_code(apitoken_validate(f->store, token.text, token.len, NULL, NULL, &err),
                    APITOKEN_E_KEY_RETIRED);
        assert_int_equal(err.item, 1);
        apitoken_page *page = NULL;
        assert_code(apitoken_list(f->store, LIT(OWNER), NULL, &page, NULL), APITOKEN_E_KEY_RETIRED);
        assert_code(fsck(f), APITOKEN_E_DAMAGED);
        apitoken_store_close(f->store);
        f->store = fixture_open_admin(f); /* a new handle is not told otherwise */
    }
    uint64_t count = 0;
    assert_code(apitoken_revoke_all(f->store, LIT(OWNER), NULL, 0, NULL, &count, NULL),
                APITOKEN_E_KEY_RETIRED);
    assert_int_equal(count, 0);
    assert_code(check(f->store, &other), APITOKEN_E_REVOKED); /* it is not kept from it */
}

/* A token whose hot record and row are put back as they were before their key was retired. */
static struct made_token bring_back(struct fixture *f) {
    const struct made_token token = fixture_create(f->store, OWNER, "name", NULL);
    const struct stored hot = hot_of(f, &token), row = row_of(f, &token);
    go_over(f);
    assert_code(retire(f->store, NULL, NULL), 0);
    put_stored(f, engine_of(f)->env->hot, &hot);
    put_stored(f, engine_of(f)->env->rows, &row);
    return token;
}

/* As with a row that is damaged: a denial needs the other record alone. */
static void test_a_row_of_a_retired_key_keeps_no_token_from_its_end(void **state) {
    struct fixture *f = *state;
    const struct made_token first = fixture_create(f->store, OWNER, "name", NULL);
    const struct stored row = row_of(f, &first);
    apitoken_rotate_opts opts = APITOKEN_ROTATE_OPTS_INIT;
    apitoken_secret *secret = NULL;
    struct made_token token = first;
    go_over(f);
    assert_code(
        apitoken_rotate(f->store, LIT(OWNER), first.id, APITOKEN_ID_LEN, &opts, &secret, NULL), 0);
    assert_code(apitoken_secret_format(secret, APITOKEN_FORMAT_PLAIN, NULL, token.text,
                                       sizeof token.text, &token.len, NULL),
                0);
    apitoken_secret_free(secret);
    assert_code(retire(f->store, NULL, NULL), 0);
    put_stored(f, engine_of(f)->env->rows, &row);
    assert_code(check(f->store, &token), 0);
    assert_code(apitoken_revoke(f->store, LIT(OWNER), token.id, APITOKEN_ID_LEN, NULL, NULL), 0);
    assert_code(check(f->store, &token), APITOKEN_E_REVOKED);
}

static void test_a_record_of_a_retired_key_keeps_no_other_text_from_its_end(void **state) {
    struct fixture *f = *state;
    const struct made_token bad = bring_back(f),
                            good = fixture_create(f->store, OWNER, "name", NULL);
    apitoken_revoke_item items[2] = { APITOKEN_REVOKE_ITEM_INIT, APITOKEN_REVOKE_ITEM_INIT };
    apitoken_revoke_item *const given[] = { &items[0], &items[1] };
    apitoken_revoke_opts opts = APITOKEN_REVOKE_OPTS_INIT;
    opts.actor = "root";
    opts.actor_len = 4;
    items[0].text = bad.text;
    items[0].text_len = (uint32_t)bad.len;
    items[1].text = good.text;
    items[1].text_len = (uint32_t)good.len;
    assert_code(apitoken_revoke_texts(f->store, given, 2, &opts, NULL), APITOKEN_E_KEY_RETIRED);
    assert_code(items[0].code, APITOKEN_E_KEY_RETIRED);
    assert_int_equal(items[0].ended, APITOKEN_ENDED_NOTHING);
    assert_code(items[1].code, 0);
    assert_int_equal(items[1].ended, APITOKEN_ENDED_TOKEN);
    assert_code(check(f->store, &good), APITOKEN_E_REVOKED);
}

static void test_a_record_of_a_retired_key_keeps_no_text_of_the_audit_from_an_erase(void **state) {
    struct fixture *f = *state;
    (void)bring_back(f);
    apitoken_erase_opts opts = APITOKEN_ERASE_OPTS_INIT;
    apitoken_audit_opts audit = APITOKEN_AUDIT_OPTS_INIT;
    apitoken_audit_page *page = NULL;
    opts.actor = "root";
    opts.actor_len = 4;
    assert_code(apitoken_owner_erase(f->store, LIT(OWNER), &opts, NULL, NULL),
                APITOKEN_E_KEY_RETIRED);
    assert_code(apitoken_audit(f->store, &audit, &page, NULL), 0);
    for (size_t i = 0; i < apitoken_audit_page_count(page); i++)
        assert_string_not_equal(apitoken_audit_owner(apitoken_audit_page_at(page, i)), OWNER);
    apitoken_audit_page_free(page);
}

static void test_what_a_newer_version_added_keeps_the_key(void **state) {
    struct fixture *f = *state;
    const struct made_token token = fixture_create(f->store, OWNER, "name", NULL);
    go_over(f);
    struct stored added = hot_of(f, &token);
    added.key_len = 4;
    memcpy(added.key, "!New", 4);
    put_stored(f, engine_of(f)->env->hot, &added);
    assert_code(retire(f->store, NULL, NULL), APITOKEN_E_SCHEMA);
    assert_int_equal(flags_of(f), 0);
    assert_code(check(f->store, &token), 0);
}

/* In a list that is full no key can be noted. */
static void test_a_full_list_keeps_a_key_that_it_lacks(void **state) {
    struct fixture *f = *state;
    struct atk_keys_record list;
    MDB_txn *txn = txn_begin(f);
    const struct atk_view view = atk_lmdb_view(engine_of(f), txn);
    apitoken_retire_opts opts = APITOKEN_RETIRE_OPTS_INIT;
    assert_code(atk_prints_get(&view, &list, NULL), 0);
    const struct atk_keys_entry first = atk_keys_record_entry(&list, 0);
    while (atk_keys_record_add(&list, &first)) {}
    assert_code(atk_prints_put(&view, &list, NULL), 0);
    commit_state(f, txn);
    opts.actor = "root";
    opts.actor_len = 4;
    assert_code(apitoken_store_retire_key(f->store, 2, &opts, NULL, NULL), APITOKEN_E_KEY_LIMIT);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_goes_on_wherever_it_ended),
        CASE(test_nothing_is_made_with_a_key_that_is_being_retired),
        CASE(test_damage_is_told_at_the_end),
        CASE(test_a_damaged_owner_keeps_the_key),
        CASE(test_two_records_that_do_not_agree_keep_the_key),
        CASE(test_what_is_made_with_a_retired_key_is_refused),
        CASE(test_a_row_of_a_retired_key_keeps_no_token_from_its_end),
        CASE(test_a_record_of_a_retired_key_keeps_no_other_text_from_its_end),
        CASE(test_a_record_of_a_retired_key_keeps_no_text_of_the_audit_from_an_erase),
        CASE(test_what_a_newer_version_added_keeps_the_key),
        CASE(test_a_full_list_keeps_a_key_that_it_lacks),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
