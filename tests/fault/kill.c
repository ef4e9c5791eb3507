/* SPDX-License-Identifier: MIT */
/*
 * kill -9 at random times: a writer is killed again and again while a validator keeps running.
 * Acknowledged changes are there, other changes are there as a whole or not at all, and the next
 * writer continues at once.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cases.h"
#include "child.h"
#include "figure.h"
#include "fixture.h"
#include "storage.h"

enum { TOKENS_MAX = 400, SPREAD_US = 4000, ROUNDS_A_STORE = 100 };

/* What the writer of a round was told, in shared memory. */
struct ledger {
    uint32_t started;          /* creates that were begun */
    uint32_t created, revoked; /* so many calls returned 0; every second token is revoked */
    struct made_token made[TOKENS_MAX];
};

/* What the validator is asked, and has found. */
struct post {
    struct fixture *f;
    struct made_token good, bad;
    uint32_t is_up, is_over;
    uint64_t asked;
    uint64_t wrong; /* answers other than yes to the good one, and revoked to the other */
};

struct round {
    struct fixture *f;
    struct ledger *ledger;
};

static int write_on(void *ctx) {
    const struct round *round = ctx;
    struct ledger *ledger = round->ledger;
    apitoken_store *store = fixture_open(round->f, APITOKEN_MODE_READ_WRITE);
    for (uint32_t i = 0; i < TOKENS_MAX; i++) {
        struct made_token *made = &ledger->made[i];
        raise_to(&ledger->started, i + 1);
        *made = fixture_create(store, "child", "n", NULL);
        raise_to(&ledger->created, i + 1);
        if (i % 2 == 0) continue;
        assert_code(apitoken_revoke(store, LIT("child"), made->id, strlen(made->id), NULL, NULL),
                    0);
        raise_to(&ledger->revoked, i + 1);
    }
    return 0;
}

static int validate_on(void *ctx) {
    struct post *post = ctx;
    apitoken_store *store = fixture_open(post->f, APITOKEN_MODE_VERIFY_ONLY);
    (void)alarm(0); /* it lives as long as the rounds take, and dies with its parent */
    while (!reads(&post->is_over)) {
        int good = apitoken_validate(store, post->good.text, post->good.len, NULL, NULL, NULL);
        int bad = apitoken_validate(store, post->bad.text, post->bad.len, NULL, NULL, NULL);
        post->asked += 2;
        post->wrong += (uint64_t)(good != 0) + (bad != APITOKEN_E_REVOKED);
        raise_to(&post->is_up, 1);
    }
    apitoken_store_close(store);
    return 0;
}

static uint64_t tokens_of(apitoken_store *store) {
    apitoken_store_info info = APITOKEN_STORE_INFO_INIT;
    assert_code(apitoken_store_stat(store, NULL, &info, NULL), 0);
    return info.tokens;
}

static int state_of(apitoken_store *store, const char *id) {
    apitoken_token *row = NULL;
    assert_code(apitoken_show(store, LIT("child"), id, strlen(id), NULL, &row, NULL), 0);
    int state = apitoken_token_state(row);
    apitoken_token_free(row);
    return state;
}

/* How many acknowledged changes are not there. All ways to look at a token agree. */
static uint64_t count_lost(apitoken_store *store, const struct ledger *ledger) {
    const uint32_t created = reads(&ledger->created), revoked = reads(&ledger->revoked);
    uint64_t lost = 0;
    for (uint32_t i = 0; i < created; i++) {
        const struct made_token *made = &ledger->made[i];
        int rc = apitoken_validate(store, made->text, made->len, NULL, NULL, NULL);
        if (rc == APITOKEN_E_UNKNOWN) {
            lost++;
            continue;
        }
        assert_true(rc == 0 || (i % 2 == 1 && rc == APITOKEN_E_REVOKED));
        assert_int_equal(state_of(store, made->id),
                         rc == 0 ? APITOKEN_STATE_VALID : APITOKEN_STATE_REVOKED);
        lost += rc == 0 && i % 2 == 1 && i < revoked;
    }
    return lost;
}

/* Every row is whole, and there are as many as the store counts. */
static void audit_all(apitoken_store *store) {
    apitoken_list_opts opts = APITOKEN_LIST_OPTS_INIT;
    char cursor[APITOKEN_CURSOR_MAX + 1] = "";
    uint64_t rows = 2; /* the validator's, of another owner */
    opts.limit = APITOKEN_LIST_MAX;
    do {
        apitoken_page *page = NULL;
        assert_code(apitoken_list(store, LIT("child"), &opts, &page, NULL), 0);
        rows += apitoken_page_count(page);
        const char *next = apitoken_page_cursor(page);
        (void)snprintf(cursor, sizeof cursor, "%s", next ? next : "");
        apitoken_page_free(page);
        opts.cursor = cursor;
        opts.cursor_len = (uint32_t)strlen(cursor);
    } while (cursor[0]);
    assert_int_equal(rows, tokens_of(store));
}

/* Returns how many acknowledged changes were lost. */
static uint64_t play_round(struct fixture *f, struct ledger *ledger) {
    struct round round = { f, ledger };
    uint64_t before = tokens_of(f->store);
    memset(ledger, 0, sizeof *ledger);
    pid_t writer = child_start(write_on, &round);
    assert_true(wait_for(&ledger->started, 1));
    spin_random_us(SPREAD_US);
    child_kill(writer);
    uint64_t lost = count_lost(f->store, ledger);
    assert_in_range(tokens_of(f->store) - before, reads(&ledger->created) - lost,
                    reads(&ledger->started));
    /*
     * The next writer goes on at once. If the killed one was about to publish its commit, it is
     * this one that does.
     */
    (void)fixture_create(f->store, "child", "n", NULL);
    return lost;
}

static uint64_t play_store(uint64_t rounds, uint64_t *ret_asked, uint64_t *ret_wrong) {
    void *state;
    uint64_t lost = 0;
    struct ledger *ledger = shared_memory(sizeof *ledger);
    struct post *post = shared_memory(sizeof *post);
    fixture_setup(&state);
    struct fixture *f = state;
    post->f = f;
    post->good = fixture_create(f->store, "parent", "n", NULL);
    post->bad = fixture_create(f->store, "parent", "n", NULL);
    assert_code(
        apitoken_revoke(f->store, LIT("parent"), post->bad.id, strlen(post->bad.id), NULL, NULL),
        0);
    pid_t validator = child_start(validate_on, post);
    assert_true(wait_for(&post->is_up, 1));
    for (uint64_t i = 0; i < rounds; i++) lost += play_round(f, ledger);
    raise_to(&post->is_over, 1);
    child_join(validator);
    audit_all(f->store);
    *ret_asked += post->asked;
    *ret_wrong += post->wrong;
    fixture_teardown(&state);
    return lost;
}

static void nothing_acknowledged_is_lost(void **state) {
    const uint64_t rounds = figure_rounds(1000, 100000);
    uint64_t lost = 0, asked = 0, wrong = 0;
    (void)state;
    for (uint64_t i = 0; i < rounds; i += ROUNDS_A_STORE)
        lost += play_store(ROUNDS_A_STORE, &asked, &wrong);
    assert_true(asked > rounds); /* the validator did go on */
    figure_at_least("kill -9 rounds", rounds, figure_rounds(1000, 100000));
    figure_at_most("kill -9 rounds, acknowledged changes lost", lost, 0);
    figure_at_most("kill -9 rounds, wrong answers of a validator that goes on", wrong, 0);
}

/* The control: a change that was never made is said to have been. */
static void a_lost_change_is_noticed(void **state) {
    struct fixture *f = *state;
    struct ledger *ledger = shared_memory(sizeof *ledger);
    ledger->made[0] = fixture_create(f->store, "child", "n", NULL);
    ledger->made[1] = fixture_create(f->store, "child", "n", NULL);
    raise_to(&ledger->created, 2);
    assert_int_equal(count_lost(f->store, ledger), 0);
    raise_to(&ledger->revoked, 2);
    assert_int_equal(count_lost(f->store, ledger), 1);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_lost_change_is_noticed, fixture_setup, fixture_teardown),
        cmocka_unit_test(nothing_acknowledged_is_lost),
    };
    storage_pace_syncs();
    return run_cases(argc, argv, tests, NULL, NULL);
}
