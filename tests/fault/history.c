/* SPDX-License-Identifier: MIT */
/*
 * One process creates tokens, one revokes them, others validate the current ones; each records what
 * it did and when. Then every token's history is checked. As controls, some validators remember
 * what they should not.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cases.h"
#include "child.h"
#include "figure.h"
#include "fixture.h"
#include "history_check.h"
#include "storage.h"

enum { VALIDATORS = 2, WINDOW = 12, OPS_MAX = 3000000, PAUSE_US = 15 };
#define MEMORY_NS INT64_C(20000000) /* for how long the controls remember */

struct ops {
    uint32_t count;
    struct history_op op[OPS_MAX];
};

/* Shared by all. Tokens are numbered in the order in which they are made. */
struct board {
    struct fixture *f;
    uint32_t tokens; /* so many are made in all */
    uint32_t made, revoked;
    struct made_token *token;
    struct ops *creator, *revoker, *validator[VALIDATORS];
};

/* What a validator says of a token: the library's code. */
typedef int (*ask_fn)(apitoken_store *store, const struct made_token *token, uint32_t number);

struct validator {
    struct board *board;
    struct ops *ops;
    ask_fn ask;
    uint32_t seed;
};

static int64_t now_ns(void) {
    struct timespec ts;
    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static void note(struct ops *ops, uint32_t token, enum history_kind kind, int64_t begin) {
    if (ops->count == OPS_MAX) return;
    ops->op[ops->count++] = (struct history_op){ token, kind, begin, now_ns() };
}

/* ---- the players ----------------------------------------------------------------------------- */

static int create_all(void *ctx) {
    struct board *board = ctx;
    apitoken_store *store = fixture_open(board->f, APITOKEN_MODE_READ_WRITE);
    for (uint32_t i = 0; i < board->tokens; i++) {
        if (!wait_for(&board->revoked, i > WINDOW ? i - WINDOW : 0)) return 1;
        (void)alarm(CHILD_LIMIT_S);
        int64_t begin = now_ns();
        board->token[i] = fixture_create(store, "owner", "n", NULL);
        note(board->creator, i, HISTORY_CREATE, begin);
        raise_to(&board->made, i + 1);
    }
    apitoken_store_close(store);
    return 0;
}

static int revoke_all(void *ctx) {
    struct board *board = ctx;
    apitoken_store *store = fixture_open(board->f, APITOKEN_MODE_READ_WRITE);
    for (uint32_t i = 0; i < board->tokens; i++) {
        if (!wait_for(&board->made, i + 1)) return 1;
        (void)alarm(CHILD_LIMIT_S);
        spin_random_us(300);
        const struct made_token *token = &board->token[i];
        int64_t begin = now_ns();
        if (apitoken_revoke(store, LIT("owner"), token->id, strlen(token->id), NULL, NULL) != 0)
            return 2;
        note(board->revoker, i, HISTORY_REVOKE, begin);
        raise_to(&board->revoked, i + 1);
    }
    apitoken_store_close(store);
    return 0;
}

static int validate_on(void *ctx) {
    const struct validator *v = ctx;
    struct board *board = v->board;
    apitoken_store *store = fixture_open(board->f, APITOKEN_MODE_VERIFY_ONLY);
    uint32_t random = v->seed;
    while (reads(&board->revoked) < board->tokens) {
        const uint32_t made = reads(&board->made);
        (void)alarm(CHILD_LIMIT_S);
        if (made == 0) continue;
        random = random * 1664525 + 1013904223; /* Numerical Recipes' generator: any will do */
        const uint32_t back = (random >> 16) % WINDOW, token = back < made ? made - 1 - back : 0;
        int64_t begin = now_ns();
        int rc = v->ask(store, &board->token[token], token);
        note(v->ops, token,
             rc == 0                    ? HISTORY_YES
             : rc == APITOKEN_E_REVOKED ? HISTORY_REVOKED
                                        : HISTORY_UNKNOWN,
             begin);
        spin_us(PAUSE_US);
    }
    apitoken_store_close(store);
    return 0;
}

static int ask_library(apitoken_store *store, const struct made_token *token, uint32_t number) {
    (void)number;
    return apitoken_validate(store, token->text, token->len, NULL, NULL, NULL);
}

/* What the controls were told, and until when they believe it. */
static struct {
    int64_t until;
    uint32_t number;
    int rc;
} memory[WINDOW];

static int ask_and_remember(apitoken_store *store, const struct made_token *token, uint32_t number,
                            int only_good) {
    __typeof__(&memory[0]) known = &memory[number % WINDOW];
    if (known->until > now_ns() && known->number == number) return known->rc;
    known->rc = ask_library(store, token, number);
    known->number = number;
    known->until = only_good && known->rc != 0 ? 0 : now_ns() + MEMORY_NS;
    return known->rc;
}

static int ask_cache(apitoken_store *store, const struct made_token *token, uint32_t number) {
    return ask_and_remember(store, token, number, 1);
}

/* As a transaction that is held for long would have it. */
static int ask_snapshot(apitoken_store *store, const struct made_token *token, uint32_t number) {
    return ask_and_remember(store, token, number, 0);
}

/* ---- the judge ------------------------------------------------------------------------------- */

static uint64_t add_all(struct history *histories, const struct ops *ops) {
    assert_true(ops->count < OPS_MAX); /* nothing was left out */
    for (uint32_t i = 0; i < ops->count; i++)
        history_add(&histories[ops->op[i].token], &ops->op[i]);
    return ops->count;
}

static uint64_t judge(const struct board *board, uint64_t *ret_ops) {
    struct history *histories = malloc(board->tokens * sizeof *histories);
    uint64_t violations = 0, ops = 0;
    assert_non_null(histories);
    for (uint32_t i = 0; i < board->tokens; i++) histories[i] = (struct history)HISTORY_BEGIN;
    ops += add_all(histories, board->creator);
    ops += add_all(histories, board->revoker);
    for (int i = 0; i < VALIDATORS; i++) ops += add_all(histories, board->validator[i]);
    for (uint32_t i = 0; i < board->tokens; i++)
        violations += (uint64_t)history_is_violated(&histories[i]);
    free(histories);
    *ret_ops = ops;
    return violations;
}

static uint64_t play(struct fixture *f, uint32_t tokens, ask_fn ask, uint64_t *ret_ops) {
    struct board *board = shared_memory(sizeof *board);
    struct validator validators[VALIDATORS];
    pid_t pids[2 + VALIDATORS];
    board->f = f;
    board->tokens = tokens;
    board->token = shared_memory(tokens * sizeof *board->token);
    board->creator = shared_memory(sizeof *board->creator);
    board->revoker = shared_memory(sizeof *board->revoker);
    for (int i = 0; i < VALIDATORS; i++) {
        board->validator[i] = shared_memory(sizeof *board->validator[i]);
        validators[i] = (struct validator){ board, board->validator[i], i == 0 ? ask : ask_library,
                                            (uint32_t)i + 1 };
        pids[i] = child_start(validate_on, &validators[i]);
    }
    pids[VALIDATORS] = child_start(create_all, board);
    pids[VALIDATORS + 1] = child_start(revoke_all, board);
    for (int i = 0; i < 2 + VALIDATORS; i++) child_join(pids[i]);
    return judge(board, ret_ops);
}

static void every_history_is_linearizable(void **state) {
    uint64_t ops, total = 0, violations = 0;
    const uint64_t due = figure_rounds(40000, 2000000);
    while (total < due) {
        violations += play(*state, 600, ask_library, &ops);
        total += ops;
    }
    figure_at_least("history operations", total, due);
    figure_at_most("history operations, violations", violations, 0);
}

/*
 * On a busy machine the one that remembers may have had no turn between a revoke and its end: then
 * it plays again.
 */
static uint64_t is_caught(struct fixture *f, ask_fn ask) {
    uint64_t ops, violations = 0;
    for (int i = 0; i < 20 && violations == 0; i++) violations = play(f, 300, ask, &ops);
    return violations > 0;
}

static void validators_that_remember_are_caught(void **state) {
    uint64_t caught = is_caught(*state, ask_cache) + is_caught(*state, ask_snapshot);
    figure_at_least("history controls caught", caught, 2);
}

/* ---- the checker itself ---------------------------------------------------------------------- */

static int is_violated(const struct history_op *ops, size_t count) {
    struct history history = HISTORY_BEGIN;
    for (size_t i = 0; i < count; i++) history_add(&history, &ops[i]);
    return history_is_violated(&history);
}

static void the_checker_knows_good_from_bad(void **state) {
    const struct history_op create = { 0, HISTORY_CREATE, 10, 20 },
                            revoke = { 0, HISTORY_REVOKE, 30, 40 };
    const struct {
        struct history_op first, second;
        int is_bad;
    } cases[] = {
        { { 0, HISTORY_YES, 15, 16 }, { 0, HISTORY_YES, 39, 41 }, 0 },
        { { 0, HISTORY_YES, 41, 42 }, { 0, HISTORY_REVOKED, 43, 44 }, 1 }, /* stale */
        { { 0, HISTORY_YES, 5, 9 }, { 0, HISTORY_YES, 21, 22 }, 1 },       /* before it was there */
        /* before anybody revoked it */
        { { 0, HISTORY_REVOKED, 25, 29 }, { 0, HISTORY_YES, 21, 22 }, 1 },
        { { 0, HISTORY_REVOKED, 31, 33 }, { 0, HISTORY_YES, 34, 35 }, 1 }, /* back again */
        { { 0, HISTORY_REVOKED, 31, 35 }, { 0, HISTORY_YES, 34, 36 }, 0 }, /* they overlap */
        { { 0, HISTORY_UNKNOWN, 21, 22 }, { 0, HISTORY_YES, 25, 26 }, 1 },
        { { 0, HISTORY_UNKNOWN, 11, 22 }, { 0, HISTORY_YES, 25, 26 }, 0 },
        { { 0, HISTORY_YES, 11, 12 }, { 0, HISTORY_UNKNOWN, 13, 14 }, 1 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct history_op ops[] = { create, revoke, cases[i].first, cases[i].second };
        assert_int_equal(is_violated(ops, 4), cases[i].is_bad);
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_checker_knows_good_from_bad),
        cmocka_unit_test(validators_that_remember_are_caught),
        cmocka_unit_test(every_history_is_linearizable),
    };
    storage_pace_syncs();
    return run_cases(argc, argv, tests, fixture_setup, fixture_teardown);
}
