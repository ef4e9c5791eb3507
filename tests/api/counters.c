/* SPDX-License-Identifier: MIT */
/* apitoken_store_counters(). Groups of writes are counted in group.c. */
#include "life.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "cases.h"

#define LOOKS 4      /* first sight, the look that is remembered, and two from memory */
#define REMEMBERED 2 /* of them */

static apitoken_counters counters_of(apitoken_store *store) {
    apitoken_counters counters = APITOKEN_COUNTERS_INIT;
    assert_code(apitoken_store_counters(store, NULL, &counters, NULL), 0);
    return counters;
}

static uint64_t at(const apitoken_counters *counters, size_t offset) {
    uint64_t number;
    memcpy(&number, (const char *)counters + offset, sizeof number);
    return number;
}

#define FIRST offsetof(apitoken_counters, accepted)
#define LAST offsetof(apitoken_counters, remembered)

/* ---- outcomes -------------------------------------------------------------------------------- */

/* Nothing else that is counted of a validate has changed. */
static void assert_only(apitoken_store *store, const apitoken_counters *before, size_t field,
                        uint64_t more) {
    const apitoken_counters after = counters_of(store);
    for (size_t i = FIRST; i < LAST; i += sizeof(uint64_t)) {
        if (i == offsetof(apitoken_counters, clock_failed)) continue;
        assert_int_equal(at(&after, i), at(before, i) + (i == field ? more : 0));
    }
}

#define ENDS(call, code, field)                                                 \
    do {                                                                        \
        const apitoken_counters before_ = counters_of(f->store);                \
        assert_code((call), (code));                                            \
        assert_only(f->store, &before_, offsetof(apitoken_counters, field), 1); \
    } while (0)

static int check_header(apitoken_store *store, const char *value) {
    return apitoken_validate_header(store, value, strlen(value), NULL, NULL, NULL);
}

static int check_text(apitoken_store *store, const char *text) {
    return apitoken_validate(store, text, strlen(text), NULL, NULL, NULL);
}

static void a_text_that_is_no_token_of_the_store_is_counted(void **state) {
    const struct fixture *f = *state;
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    ENDS(check_text(f->store, "x"), APITOKEN_E_MALFORMED, malformed);
    ENDS(check_text(f->store, ""), APITOKEN_E_MALFORMED, malformed);
    ENDS(check_header(f->store, "Basic x"), APITOKEN_E_NO_TOKEN, no_token);
    ENDS(apitoken_validate_header(f->store, NULL, 0, NULL, NULL, NULL), APITOKEN_E_NO_TOKEN,
         no_token);
    ENDS(check_header(f->store, "Bearer x y"), APITOKEN_E_HEADER, bad_header);
    ENDS(check_header(f->store, "Bearer x"), APITOKEN_E_MALFORMED, malformed);
    spoil_secret(&token);
    ENDS(check(f->store, &token), APITOKEN_E_UNKNOWN, unknown);
}

static void each_state_of_a_token_is_counted(void **state) {
    struct fixture *f = *state;
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    const struct made_token brief = create_until(f->store, "owner", FIXTURE_NOW + 1000);
    ENDS(check(f->store, &token), 0, accepted);
    ENDS(check(f->store, &brief), 0, accepted);
    assert_code(suspend_token(f->store, &token, 1), 0);
    ENDS(check(f->store, &token), APITOKEN_E_SUSPENDED, suspended);
    assert_code(block_owner(f->store, "owner"), 0);
    ENDS(check(f->store, &token), APITOKEN_E_BLOCKED, blocked);
    assert_code(unblock_owner(f->store, "owner"), 0);
    f->now_ms += 1000;
    ENDS(check(f->store, &brief), APITOKEN_E_EXPIRED, expired);
    assert_code(revoke_token(f->store, "owner", token.id), 0);
    ENDS(check(f->store, &token), APITOKEN_E_REVOKED, revoked);
}

static void each_restriction_is_counted(void **state) {
    const struct fixture *f = *state;
    apitoken_create_opts opts = APITOKEN_CREATE_OPTS_INIT;
    opts.networks = "10.0.0.0/8";
    opts.networks_len = 10;
    const struct made_token inner = fixture_create(f->store, "owner", "name", &opts);
    ENDS(check(f->store, &inner), APITOKEN_E_WRONG_NETWORK, wrong_network);
    opts = (apitoken_create_opts)APITOKEN_CREATE_OPTS_INIT;
    opts.interfaces = "reports";
    opts.interfaces_len = 7;
    const struct made_token narrow = fixture_create(f->store, "owner", "name", &opts);
    ENDS(check(f->store, &narrow), APITOKEN_E_WRONG_INTERFACE, wrong_interface);
}

static void a_call_without_an_answer_is_counted_as_failed(void **state) {
    struct fixture *f = *state;
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL),
                            broken = fixture_create(f->store, "owner", "name", NULL);
    const int64_t now_ms = f->now_ms;
    for (uint64_t i = 1; i <= LOOKS; i++) {
        f->now_ms = -1;
        ENDS(check(f->store, &token), APITOKEN_E_CLOCK, failed);
        f->now_ms = now_ms;
        ENDS(check(f->store, &token), 0, accepted); /* which is remembered in the end */
        assert_int_equal(counters_of(f->store).clock_failed, i);
    }
    flip_hot(f, &broken);
    ENDS(check(f->store, &broken), APITOKEN_E_DAMAGED, failed);
    assert_int_equal(counters_of(f->store).clock_failed, LOOKS);
}

static void a_call_that_is_wrong_itself_is_not_counted(void **state) {
    const struct fixture *f = *state;
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    const apitoken_counters before = counters_of(f->store);
    apitoken_validate_opts opts = APITOKEN_VALIDATE_OPTS_INIT;
    apitoken_verdict verdict = APITOKEN_VERDICT_INIT;
    opts.peer_len = 3;
    opts.peer = "abc";
    assert_code(apitoken_validate(f->store, token.text, token.len, &opts, NULL, NULL),
                APITOKEN_E_PEER);
    assert_code(apitoken_validate_header(f->store, "Basic x", 7, &opts, NULL, NULL),
                APITOKEN_E_PEER);
    verdict.size = 1;
    assert_code(apitoken_validate(f->store, token.text, token.len, NULL, &verdict, NULL),
                APITOKEN_E_ABI);
    assert_only(f->store, &before, FIRST, 0);
}

/* ---- remembered verdicts --------------------------------------------------------------------- */

static void a_remembered_verdict_is_accepted_too(void **state) {
    const struct fixture *f = *state;
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL),
                            other = fixture_create(f->store, "owner", "name", NULL);
    for (int i = 0; i < LOOKS; i++) assert_code(check(f->store, &token), 0);
    apitoken_counters counters = counters_of(f->store);
    assert_int_equal(counters.accepted, LOOKS);
    assert_int_equal(counters.remembered, REMEMBERED);
    /* in another state of the store the record is compared, and still nothing is verified */
    assert_code(revoke_token(f->store, "owner", other.id), 0);
    assert_code(check(f->store, &token), 0);
    counters = counters_of(f->store);
    assert_int_equal(counters.accepted, LOOKS + 1);
    assert_int_equal(counters.remembered, REMEMBERED + 1);
}

static void a_remembered_verdict_near_the_end_counts_as_it_ends(void **state) {
    struct fixture *f = *state;
    const struct made_token token = create_until(f->store, "owner", FIXTURE_NOW + 1000);
    for (int i = 0; i < LOOKS; i++) assert_code(check(f->store, &token), 0);
    apitoken_counters counters = counters_of(f->store);
    assert_int_equal(counters.accepted, LOOKS);
    assert_int_equal(counters.remembered, REMEMBERED);
    f->now_ms += 1000;
    ENDS(check(f->store, &token), APITOKEN_E_EXPIRED, expired);
    assert_int_equal(counters_of(f->store).remembered, REMEMBERED + 1);
}

static void a_handle_without_memory_remembers_nothing(void **state) {
    const struct fixture *f = *state;
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
    apitoken_store *store = NULL;
    opts.flags = APITOKEN_OPEN_NO_RECENT;
    assert_code(apitoken_store_open(f->store_path, f->keyring, &opts, &store, NULL), 0);
    for (int i = 0; i < LOOKS; i++) assert_code(check(store, &token), 0);
    assert_int_equal(counters_of(store).accepted, LOOKS);
    assert_int_equal(counters_of(store).remembered, 0);
    apitoken_store_close(store);
}

/* ---- handles --------------------------------------------------------------------------------- */

static void handles_count_apart(void **state) {
    struct fixture *f = *state;
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    apitoken_store *const verify = fixture_open(f, APITOKEN_MODE_VERIFY_ONLY);
    const apitoken_counters begun = counters_of(verify);
    for (size_t i = FIRST; i < sizeof begun; i += sizeof(uint64_t))
        assert_int_equal(at(&begun, i), 0);
    assert_true(begun.open_ms >= 0 && begun.open_ms < 600000);
    for (int i = 0; i < LOOKS; i++) assert_code(check(verify, &token), 0);
    assert_code(check(f->store, &token), 0);
    assert_int_equal(counters_of(verify).accepted, LOOKS);
    assert_int_equal(counters_of(verify).remembered, REMEMBERED);
    assert_int_equal(counters_of(verify).writes, 0);
    assert_int_equal(counters_of(f->store).accepted, 1);
    assert_int_equal(counters_of(f->store).writes, 1);
    apitoken_store_close(verify);
    assert_int_equal(counters_of(f->store).accepted, 1);
}

/* ---- writes ---------------------------------------------------------------------------------- */

#define assert_writes(counters, well, wrong, commits, tokens)  \
    do {                                                       \
        assert_int_equal((counters).writes, (well));           \
        assert_int_equal((counters).writes_failed, (wrong));   \
        assert_int_equal((counters).transactions, (commits));  \
        assert_int_equal((counters).tokens_changed, (tokens)); \
    } while (0)

static void writes_are_counted(void **state) {
    struct fixture *f = *state;
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    assert_writes(counters_of(f->store), 1, 0, 1, 1);
    assert_code(revoke_token(f->store, "owner", token.id), 0);
    assert_writes(counters_of(f->store), 2, 0, 2, 2);
    assert_code(revoke_token(f->store, "owner", token.id), 0); /* it is revoked already */
    assert_writes(counters_of(f->store), 3, 0, 2, 2);
    assert_code(revoke_token(f->store, "other", token.id), APITOKEN_E_NOT_FOUND);
    assert_writes(counters_of(f->store), 3, 1, 2, 2);
    assert_int_equal(counters_of(f->store).largest_group, 1);
    assert_int_equal(counters_of(f->store).shared_writes, 0);
    assert_int_equal(counters_of(f->store).queued_writes, 0);
    assert_int_equal(counters_of(f->store).lock_waits, 0);
    assert_int_equal(counters_of(f->store).longest_lock_wait_us, 0);
}

static void each_token_of_a_batch_is_counted(void **state) {
    const struct fixture *f = *state;
    apitoken_batch_item item = APITOKEN_BATCH_ITEM_INIT;
    const apitoken_batch_item *items[] = { &item, &item, &item };
    apitoken_batch *batch = NULL;
    item.owner = item.name = "x";
    item.owner_len = item.name_len = 1;
    assert_code(apitoken_create_batch(f->store, items, COUNT(items), NULL, &batch, NULL), 0);
    apitoken_batch_free(batch);
    assert_writes(counters_of(f->store), 1, 0, 1, COUNT(items));
}

/* The owner is no token; of the two that it has each is told, in one step. */
static void an_owner_is_no_token(void **state) {
    struct fixture *f = *state;
    (void)fixture_create(f->store, "owner", "name", NULL);
    (void)fixture_create(f->store, "owner", "name", NULL);
    const apitoken_counters before = counters_of(f->store);
    assert_code(block_owner(f->store, "owner"), 0);
    assert_writes(counters_of(f->store), before.writes + 2, 0, before.transactions + 2,
                  before.tokens_changed + 2);
}

/* ---- threads --------------------------------------------------------------------------------- */

enum { THREADS = 8, TURNS = 600, WRITES = 3 };

struct worker {
    apitoken_store *stores[2];
    const struct made_token *good;
    char owner[8];
    int rc;
    pthread_t thread;
};

/* Of each three calls two are accepted, and one is malformed. */
static void *work(void *ctx) {
    struct worker *w = ctx;
    for (int i = 0; i < TURNS; i++) {
        apitoken_store *store = w->stores[i % 2];
        w->rc |= check(store, w->good) != 0;
        w->rc |= check(store, w->good) != 0;
        w->rc |= check_text(store, "x") != APITOKEN_E_MALFORMED;
        if (i % (TURNS / WRITES) == 0) w->rc |= try_create(w->stores[0], w->owner, "n", NULL) != 0;
    }
    return NULL;
}

/* Handles that share their read transactions, threads that come and go, and nothing is lost. */
static void the_sums_of_all_threads_are_exact(void **state) {
    struct fixture *f = *state;
    const struct made_token good = fixture_create(f->store, "owner", "name", NULL);
    apitoken_store *second = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    struct worker workers[THREADS];
    for (uint64_t round = 1; round <= 2; round++) {
        for (int i = 0; i < THREADS; i++) {
            workers[i] = (struct worker){ .stores = { f->store, second }, .good = &good };
            (void)snprintf(workers[i].owner, sizeof workers[i].owner, "w%d", i);
            assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
        }
        for (int i = 0; i < THREADS; i++) {
            (void)counters_of(f->store); /* beside them */
            assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
            assert_int_equal(workers[i].rc, 0);
        }
        for (int i = 0; i < 2; i++) {
            const apitoken_counters counters = counters_of(workers[0].stores[i]);
            assert_int_equal(counters.accepted, round * THREADS * TURNS);
            assert_int_equal(counters.malformed, round * THREADS * TURNS / 2);
            assert_true(counters.remembered > 0 && counters.remembered < counters.accepted);
        }
        const apitoken_counters counters = counters_of(f->store);
        assert_int_equal(counters.writes, round * THREADS * WRITES + 1);
        assert_int_equal(counters.tokens_changed, round * THREADS * WRITES + 1);
        assert_true(counters.transactions <= counters.writes);
        assert_true(counters.largest_group <= THREADS);
    }
    apitoken_store_close(second);
}

/* ---- the call itself ------------------------------------------------------------------------- */

static int counters_in_a_child(void *ctx) {
    apitoken_counters counters = APITOKEN_COUNTERS_INIT;
    return apitoken_store_counters(ctx, NULL, &counters, NULL);
}

static void a_child_has_no_counters_of_its_parent(void **state) {
    const struct fixture *f = *state;
    assert_code(in_child(counters_in_a_child, f->store), APITOKEN_E_FORKED);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        CASE(a_text_that_is_no_token_of_the_store_is_counted),
        CASE_ADMIN(each_state_of_a_token_is_counted),
        CASE(each_restriction_is_counted),
        CASE(a_call_without_an_answer_is_counted_as_failed),
        CASE(a_call_that_is_wrong_itself_is_not_counted),
        CASE(a_remembered_verdict_is_accepted_too),
        CASE(a_remembered_verdict_near_the_end_counts_as_it_ends),
        CASE(a_handle_without_memory_remembers_nothing),
        CASE(handles_count_apart),
        CASE(writes_are_counted),
        CASE(each_token_of_a_batch_is_counted),
        CASE_ADMIN(an_owner_is_no_token),
        CASE(the_sums_of_all_threads_are_exact),
        CASE(a_child_has_no_counters_of_its_parent),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
