/* SPDX-License-Identifier: MIT */
/*
 * What a handle remembers: for how long, when other calls come between the two steps of one that is
 * about to remember, and where the table of its thread ends at memory that must not be touched.
 */
#include "lmdb/tokens/engine.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "below.h"
#include "cases.h"
#include "lmdb/process/locks.h"
#include "objects/store.h"
#include "rules/text.h"

#define OWNER "owner"

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

/* ---- a table before a guard page ------------------------------------------------------------- */

struct guarded {
    uint8_t *map;
    size_t table_len, page;
};

static struct guarded guarded_make(void) {
    struct guarded g = { .page = (size_t)sysconf(_SC_PAGESIZE) };
    g.table_len = (sizeof(struct atk_recent_table) + g.page - 1) / g.page * g.page;
    void *map = mmap(NULL, g.table_len + g.page, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(map != MAP_FAILED);
    g.map = map;
    assert_int_equal(mprotect(g.map + g.table_len, g.page, PROT_NONE), 0);
    return g;
}

/*
 * Every thread gets a table in which the set of this id is the last thing before the guard page,
 * and its last way is the next one. What lies behind it is never asked for, as there is no other
 * id.
 */
static struct atk_recent *take_last_way(const struct fixture *f, const struct guarded *g,
                                        const char *id) {
    struct atk_pool *pool = &engine_of(f)->env->pool;
    const size_t number = atk_recent_set_number(atk_recent_mix(id));
    memset(g->map, 0, g->table_len);
    struct atk_recent_table *table =
        (void *)(g->map + g->table_len - offsetof(struct atk_recent_table, set) -
                 (number + 1) * sizeof table->set[0]);
    struct atk_recent_set *set = &table->set[number];
    set->next = ATK_RECENT_WAYS - 1;
    /* none that could be taken for its own */
    set->marks = (~atk_recent_mix(id) >> 48) * ATK_RECENT_EACH;
    for (uint32_t i = 0; i < ATK_POOL_MAX; i++) pool->entry[i].recent = table;
    return &set->way[ATK_RECENT_WAYS - 1];
}

static void test_the_longest_owners_are_read_within_the_table(void **state) {
    const struct fixture *f = *state;
    const struct guarded g = guarded_make();
    char owner[APITOKEN_OWNER_MAX + 1] = "";
    for (size_t len = ATK_RECENT_OWNER_MAX - 8; len <= ATK_RECENT_OWNER_MAX + 8; len++) {
        for (size_t i = 0; i < len; i++) owner[i] = (char)('a' + (len + i) % 26);
        const struct made_token token = fixture_create(f->store, owner, "name", NULL);
        const struct atk_recent *last = take_last_way(f, &g, token.id);
        for (int i = 0; i < 4; i++) {
            apitoken_verdict verdict = APITOKEN_VERDICT_INIT;
            assert_code(apitoken_validate(f->store, token.text, token.len, NULL, &verdict, NULL),
                        0);
            assert_int_equal(verdict.owner_len, len);
            assert_string_equal(verdict.owner, owner);
        }
        /* remembered, and where it was meant to be */
        assert_int_equal(last->used_minute != 0, len <= ATK_RECENT_OWNER_MAX);
    }
    assert_int_equal(munmap(g.map, g.table_len + g.page), 0);
}

/* ---- a call that was held up before it remembers --------------------------------------------- */

static struct atk_loaded load(const struct fixture *f, const struct atk_presented *token) {
    const struct atk_pool *pool = &engine_of(f)->env->pool;
    struct atk_deadline deadline = atk_deadline_in(1000);
    struct atk_presented found = *token;
    struct atk_loaded hot;
    memset(&hot, 0x55, sizeof hot);
    found.table = pool->entry[atk_pool_hint].recent;
    found.cell = atk_recent_find_cell(pool->entry[atk_pool_hint].recent, token->id);
    assert_code(
        f->store->backend->ops->load_record(f->store->backend, &found, &hot, &deadline, NULL), 0);
    return hot;
}

/* A call that has found the token to be good and has not come to remember it. */
struct held_up {
    struct made_token made;
    struct atk_presented token;
    struct atk_loaded hot;
};

static void present(const struct fixture *f, struct held_up *call) {
    call->token = (struct atk_presented){ .text = call->made.text,
                                          .len = call->made.len,
                                          .now_ms = FIXTURE_NOW };
    assert_true(atk_text_find_id(&f->store->backend->config.prefix, call->token.text,
                                 call->token.len, &call->token.id));
}

static void begin(const struct fixture *f, struct held_up *call) {
    call->made = fixture_create(f->store, OWNER, "name", NULL);
    present(f, call);
    for (int i = 0; i < 2; i++) {
        call->token.has_tag = 0;
        assert_false(f->store->backend->ops->is_remembered(f->store->backend, &call->token));
        call->hot = load(f, &call->token);
        assert_int_equal(call->hot.may_be_remembered, i); /* when it comes a second time */
        assert_false(call->hot.is_remembered);
    }
}

static void end(const struct fixture *f, const struct held_up *call) {
    struct atk_hot_view found;
    assert_code(atk_hot_parse_view(atk_tagged_hot_record(&call->hot.tagged),
                                   atk_tagged_hot_record_len(&call->hot.tagged), &found),
                0);
    assert_int_equal(found.flags, 0);
    f->store->backend->ops->remember_verdict(f->store->backend, &call->token, &call->hot, &found);
}

static int is_remembered(const struct fixture *f, const struct held_up *call) {
    struct atk_presented token = call->token;
    bool is_familiar = f->store->backend->ops->is_remembered(f->store->backend, &token);
    int is_remembered = load(f, &token).is_remembered;
    assert_true(is_familiar || !is_remembered); /* what is remembered was found good before */
    return is_remembered;
}

/* In the table of this thread, whichever it is. */
static struct atk_recent_place place_of(const struct fixture *f, const char *id) {
    const struct atk_pool *pool = &engine_of(f)->env->pool;
    struct atk_recent_place place = { NULL, ATK_RECENT_WAYS };
    for (uint32_t i = 0; i < ATK_POOL_MAX && place.way == ATK_RECENT_WAYS; i++)
        place = atk_recent_find(pool->entry[i].recent, id);
    assert_true(place.way < ATK_RECENT_WAYS);
    return place;
}

static int check(const struct fixture *f, const struct made_token *token) {
    return apitoken_validate(f->store, token->text, token->len, NULL, NULL, NULL);
}

static void test_what_was_found_in_the_present_state_is_remembered(void **state) {
    const struct fixture *f = *state;
    struct held_up call;
    begin(f, &call);
    assert_false(is_remembered(f, &call));
    end(f, &call);
    assert_true(is_remembered(f, &call));
}

static bool finds_verdict(const struct fixture *f, const struct atk_presented *token) {
    struct atk_presented found = *token;
    struct atk_remembered remembered;
    const struct atk_backend_ops *ops = f->store->backend->ops;
    return ops->is_remembered(f->store->backend, &found) &&
           ops->find_verdict(f->store->backend, &found, &remembered);
}

/* LMDB's transactions are away meanwhile, so a call that renewed one would die. */
static void test_a_verdict_is_found_without_a_transaction(void **state) {
    const struct fixture *f = *state;
    struct atk_pool *pool = &engine_of(f)->env->pool;
    struct held_up call;
    MDB_txn *kept[ATK_POOL_MAX];
    begin(f, &call);
    assert_false(finds_verdict(f, &call.token));
    end(f, &call);
    for (uint32_t i = 0; i < ATK_POOL_MAX; i++) {
        kept[i] = pool->entry[i].txn;
        pool->entry[i].txn = NULL;
    }
    assert_true(finds_verdict(f, &call.token));
    assert_code(check(f, &call.made), 0);
    for (uint32_t i = 0; i < ATK_POOL_MAX; i++) pool->entry[i].txn = kept[i];
    (void)fixture_create(f->store, OWNER, "another", NULL);
    assert_false(finds_verdict(f, &call.token)); /* the record must be looked at once */
    assert_true(is_remembered(f, &call));
    assert_true(finds_verdict(f, &call.token));
}

/* Where the newest snapshot cannot be told, every look renews a transaction. */
static void test_no_verdict_is_found_if_the_newest_snapshot_is_hidden(void **state) {
    const struct fixture *f = *state;
    struct atk_env *env = engine_of(f)->env;
    struct held_up call;
    begin(f, &call);
    end(f, &call);
    atk_env_hide_newest(env);
    assert_false(finds_verdict(f, &call.token));
    assert_true(is_remembered(f, &call));
    assert_code(check(f, &call.made), 0);
}

/* Whoever finds the store exchanged must say so, which finding a verdict cannot. */
static void test_no_verdict_is_found_when_the_path_is_due(void **state) {
    const struct fixture *f = *state;
    struct held_up call;
    begin(f, &call);
    end(f, &call);
    assert_true(finds_verdict(f, &call.token));
    engine_of(f)->next_path_check_ms = 0;
    assert_false(finds_verdict(f, &call.token));
}

/* A thread whose usual entry is taken remembers in another one's table. */
static void test_what_another_table_has_is_found_there(void **state) {
    const struct fixture *f = *state;
    struct atk_pool *pool = &engine_of(f)->env->pool;
    const struct made_token token = fixture_create(f->store, OWNER, "name", NULL);
    const uint32_t usual = atk_pool_hint;
    assert_true(atk_pool_claim(&pool->entry[usual], ATK_POOL_FREE));
    for (int i = 0; i < 4; i++) {
        atk_pool_hint = usual; /* as a new thread begins */
        assert_code(check(f, &token), 0);
        assert_true(atk_pool_hint != usual);
    }
    atk_pool_give(&pool->entry[usual]);
    assert_true(atk_recent_is_kept(place_of(f, token.id)));
}

/*
 * In a state in which something else has changed the record is looked up once, and another text of
 * the same id gains nothing.
 */
static void test_what_was_found_is_taken_over_with_the_record(void **state) {
    const struct fixture *f = *state;
    struct held_up call;
    begin(f, &call);
    end(f, &call);
    for (int asked = 0; asked < 2; asked++) {
        (void)fixture_create(f->store, OWNER, "another", NULL);
        struct atk_presented other = call.token;
        other.has_tag = 1;
        memcpy(other.tag, "another secret's", sizeof other.tag);
        for (int i = 0; i < asked; i++) assert_false(load(f, &other).is_remembered);
        assert_true(is_remembered(f, &call));
        assert_false(load(f, &other).is_remembered);
        assert_true(is_remembered(f, &call));
    }
    assert_code(apitoken_revoke(f->store, LIT(OWNER), call.made.id, APITOKEN_ID_LEN, NULL, NULL),
                0);
    for (int i = 0; i < 3; i++) assert_false(is_remembered(f, &call));
}

/* What stands where a tag would is that of another call. */
static void test_a_call_without_a_tag_is_told_nothing(void **state) {
    const struct fixture *f = *state;
    struct held_up call;
    begin(f, &call);
    end(f, &call);
    struct atk_presented token = call.token;
    assert_true(f->store->backend->ops->is_remembered(f->store->backend, &token));
    for (int later = 0; later < 2; later++) {
        if (later) (void)fixture_create(f->store, OWNER, "another", NULL);
        token.has_tag = 0;
        for (int i = 0; i < 2; i++) assert_false(load(f, &token).is_remembered);
        token.has_tag = 1;
        assert_true(load(f, &token).is_remembered);
    }
}

static void test_a_token_that_is_remembered_is_a_usual_one(void **state) {
    const struct fixture *f = *state;
    struct held_up call;
    begin(f, &call);
    end(f, &call);
    const struct atk_recent_place place = place_of(f, call.token.id);
    place.set->usual = 0;
    assert_true(is_remembered(f, &call));
    assert_int_equal(place.set->usual, 1u << place.way);
}

/*
 * It shares the tables with those that do, and neither leaves anything in them nor takes anything
 * out.
 */
static void test_a_handle_that_forgets_keeps_to_itself(void **state) {
    const struct fixture *f = *state;
    apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
    struct fixture forgetting = *f;
    opts.flags = APITOKEN_OPEN_NO_RECENT;
    assert_code(apitoken_store_open(f->store_path, f->keyring, &opts, &forgetting.store, NULL), 0);
    assert_ptr_equal(engine_of(&forgetting)->env, engine_of(f)->env);
    struct held_up call;
    begin(f, &call);
    /* though the other one asked before */
    assert_false(load(&forgetting, &call.token).may_be_remembered);
    end(f, &call);
    assert_true(is_remembered(f, &call));
    assert_false(is_remembered(&forgetting, &call));
    assert_true(is_remembered(f, &call));
    assert_code(apitoken_revoke(f->store, LIT(OWNER), call.made.id, APITOKEN_ID_LEN, NULL, NULL),
                0);
    for (int i = 0; i < 2; i++) assert_false(load(&forgetting, &call.token).may_be_remembered);
    assert_false(load(f, &call.token).may_be_remembered); /* nobody asked before */
    apitoken_store_close(forgetting.store);
}

/*
 * Whether or not others have asked for the token in the new state: what was found in the old one
 * says nothing of it.
 */
static void test_a_revoke_beside_the_call_is_not_forgotten(void **state) {
    const struct fixture *f = *state;
    for (int asked = 0; asked < 3; asked++) {
        struct held_up call;
        begin(f, &call);
        assert_code(
            apitoken_revoke(f->store, LIT(OWNER), call.made.id, APITOKEN_ID_LEN, NULL, NULL), 0);
        for (int i = 0; i < asked; i++) assert_code(check(f, &call.made), APITOKEN_E_REVOKED);
        end(f, &call);
        for (int i = 0; i < 3; i++) assert_code(check(f, &call.made), APITOKEN_E_REVOKED);
    }
}

static void reload_keys(const struct fixture *f) {
    assert_code(apitoken_store_reload_keys(f->store, f->keyring, NULL, NULL), 0);
}

/* One of the old keys may be gone: what was found with it is found anew, if it still can be. */
static void test_new_keys_find_no_verdict_of_the_old(void **state) {
    const struct fixture *f = *state;
    struct held_up call;
    begin(f, &call);
    end(f, &call);
    assert_true(is_remembered(f, &call));
    reload_keys(f);
    assert_false(is_remembered(f, &call));
    assert_false(finds_verdict(f, &call.token));
    for (int i = 0; i < 2; i++) assert_code(check(f, &call.made), 0);
    assert_true(is_remembered(f, &call));
    assert_true(finds_verdict(f, &call.token));
}

/* Whether or not there was a tag to compare when it began. */
static void test_a_call_with_old_keys_leaves_no_verdict_for_new_ones(void **state) {
    const struct fixture *f = *state;
    for (int has_tag = 0; has_tag < 2; has_tag++) {
        struct held_up call;
        begin(f, &call);
        if (has_tag) {
            end(f, &call);
            assert_true(f->store->backend->ops->is_remembered(f->store->backend, &call.token));
        }
        assert_int_equal(call.token.has_tag, has_tag);
        reload_keys(f);
        end(f, &call);
        assert_false(is_remembered(f, &call));
        assert_code(check(f, &call.made), 0);
    }
}

/* ---- ids that share a place ------------------------------------------------------------------ */

/* The text of an id that has the mark of another one, and a secret of its own. */
static struct made_token twin_of(const struct fixture *f, const struct made_token *token) {
    struct made_token twin = *token;
    /* two characters that are mixed into the same bits */
    for (char bits = 1; memcmp(twin.id, token->id, APITOKEN_ID_LEN) == 0; bits++) {
        assert_true(bits < 127);
        twin.id[3] ^= bits;
        twin.id[APITOKEN_ID_LEN - 1] ^= bits;
        if (!atk_id_is_valid(twin.id, APITOKEN_ID_LEN)) twin = *token;
    }
    twin.len = atk_text_build(&f->store->backend->config.prefix, twin.id, SAMPLE_SECRET, twin.text);
    assert_true(atk_recent_mix(twin.id) == atk_recent_mix(token->id));
    return twin;
}

/* Makes it a token of an owner, else like the other one. */
static void put_twin(const struct fixture *f, const struct made_token *token,
                     const struct made_token *twin, const char *owner) {
    const struct atk_keys *keys = f->store->keys;
    struct atk_hot hot;
    struct atk_row row;
    get_records(f, OWNER, token->id, &hot, &row);
    atk_digest(atk_keys_find(keys, hot.key_id), twin->text, twin->len, hot.verifier);
    hot.owner_len = (uint8_t)strlen(owner);
    memcpy(hot.owner, owner, hot.owner_len);
    MDB_txn *txn = txn_begin(f);
    const struct atk_state_record state = get_state(f, txn);
    const struct atk_view view = atk_lmdb_view(engine_of(f), txn);
    assert_code(atk_hot_put(&view, twin->id, &hot, 0, NULL), 0);
    set_state(f, txn, &state);
    txn_commit(txn);
}

static void assert_verdict(const struct fixture *f, const struct made_token *token, int code,
                           const char *owner) {
    apitoken_verdict verdict = APITOKEN_VERDICT_INIT;
    assert_code(apitoken_validate(f->store, token->text, token->len, NULL, &verdict, NULL), code);
    assert_string_equal(verdict.owner, owner);
}

static void test_ids_that_share_a_place_share_no_verdict(void **state) {
    const struct fixture *f = *state;
    const struct made_token token = fixture_create(f->store, OWNER, "name", NULL),
                            twin = twin_of(f, &token);
    struct held_up call = { .made = twin };
    present(f, &call);
    put_twin(f, &token, &twin, "twin");
    /* how often each is asked for before it is the other one's turn */
    for (int times = 1; times <= 4; times++) {
        for (int turn = 0; turn < 4; turn++) {
            for (int i = 0; i < times; i++) assert_verdict(f, &token, 0, OWNER);
            if (turn % 2) (void)fixture_create(f->store, OWNER, "another", NULL);
            for (int i = 0; i < times; i++) assert_verdict(f, &twin, 0, "twin");
            if (times > 1) assert_true(is_remembered(f, &call)); /* it gets the place */
        }
    }
    assert_code(apitoken_revoke(f->store, LIT(OWNER), token.id, APITOKEN_ID_LEN, NULL, NULL), 0);
    for (int i = 0; i < 4; i++) {
        assert_verdict(f, &twin, 0, "twin");
        assert_verdict(f, &token, APITOKEN_E_REVOKED, OWNER);
    }
}

/*
 * Who can write to the files puts the record of before a revoke under an id that shares the place,
 * and asks for that.
 */
static void test_a_record_under_another_id_brings_no_verdict_back(void **state) {
    const struct fixture *f = *state;
    MDB_val key = { APITOKEN_ID_LEN, NULL };
    struct held_up call;
    begin(f, &call);
    end(f, &call);
    assert_true(is_remembered(f, &call));
    struct made_token twin = twin_of(f, &call.made);
    assert_code(apitoken_revoke(f->store, LIT(OWNER), call.made.id, APITOKEN_ID_LEN, NULL, NULL),
                0);
    MDB_val record = { atk_tagged_hot_record_len(&call.hot.tagged),
                       (void *)(uintptr_t)atk_tagged_hot_record(&call.hot.tagged) };
    MDB_txn *txn = txn_begin(f);
    key.mv_data = twin.id;
    assert_int_equal(mdb_put(txn, engine_of(f)->env->hot, &key, &record, 0), 0);
    txn_commit(txn);
    assert_verdict(f, &twin, APITOKEN_E_DAMAGED, "");
    for (int i = 0; i < 4; i++) assert_verdict(f, &call.made, APITOKEN_E_REVOKED, OWNER);
}

/* The environment was opened anew: a number of the old one may be that of another state now. */
static void test_an_environment_that_was_opened_anew_remembers_nothing_of_before(void **state) {
    const struct fixture *f = *state;
    struct atk_pool *pool = &engine_of(f)->env->pool;
    struct atk_deadline deadline = atk_deadline_in(1000);
    struct held_up call;
    begin(f, &call);
    assert_code(atk_pool_quiesce(pool, &deadline, NULL), 0);
    atk_pool_resume(pool);
    assert_false(load(f, &call.token).may_be_remembered);
    end(f, &call);
    assert_false(is_remembered(f, &call));
    const uint64_t stamp = call.hot.stamp;
    call.hot = load(f, &call.token);
    assert_true(call.hot.stamp == stamp);
    end(f, &call);
    assert_true(is_remembered(f, &call));
}

/* Two processes that register at the same time may both take the same slot of LMDB's table. */
static void test_an_environment_is_opened_anew_by_one_at_a_time(void **state) {
    const struct fixture *f = *state;
    struct atk_env *env = engine_of(f)->env;
    int other = -1;
    assert_code(atk_locks_open(env->dir_fd, false, &other, NULL), 0);
    for (int is_shared = 0; is_shared <= 1; is_shared++) {
        struct atk_deadline brief = atk_deadline_in(3), deadline = atk_deadline_in(1000);
        assert_true(atk_locks_try(other, ATK_LOCK_READERS, is_shared));
        assert_code(atk_env_reopen(env, &brief, NULL), APITOKEN_E_BUSY);
        atk_locks_drop(other, ATK_LOCK_READERS);
        assert_code(atk_env_reopen(env, &deadline, NULL), 0);
    }
    atk_locks_close(&other);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        CASE(test_what_was_found_in_the_present_state_is_remembered),
        CASE(test_a_verdict_is_found_without_a_transaction),
        CASE(test_no_verdict_is_found_if_the_newest_snapshot_is_hidden),
        CASE(test_no_verdict_is_found_when_the_path_is_due),
        CASE(test_what_another_table_has_is_found_there),
        CASE(test_what_was_found_is_taken_over_with_the_record),
        CASE(test_a_call_without_a_tag_is_told_nothing),
        CASE(test_a_token_that_is_remembered_is_a_usual_one),
        CASE(test_a_handle_that_forgets_keeps_to_itself),
        CASE(test_a_revoke_beside_the_call_is_not_forgotten),
        CASE(test_new_keys_find_no_verdict_of_the_old),
        CASE(test_a_call_with_old_keys_leaves_no_verdict_for_new_ones),
        CASE(test_ids_that_share_a_place_share_no_verdict),
        CASE(test_a_record_under_another_id_brings_no_verdict_back),
        CASE(test_an_environment_that_was_opened_anew_remembers_nothing_of_before),
        CASE(test_an_environment_is_opened_anew_by_one_at_a_time),
        CASE(test_the_longest_owners_are_read_within_the_table),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
