/* SPDX-License-Identifier: MIT */
/*
 * No stale positives across processes. A verify-only process validates without pause during the
 * whole durable commit of a revoke; the first validate that begins after apitoken_revoke() has
 * returned in the other process must refuse.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cases.h"
#include "child.h"
#include "figure.h"
#include "fixture.h"
#include "storage.h"

#define ROUNDS 20000 /* or what the variable APITOKEN_STALE_ROUNDS says */
#define CONTROL_ROUNDS 300

/* Shared by both processes. Each number is that of the last round that has come so far. */
struct board {
    _Alignas(64) uint32_t posed;   /* the token of the round is there */
    _Alignas(64) uint32_t watched; /* the verifying process has had its first yes */
    _Alignas(64) uint32_t revoked; /* apitoken_revoke() has returned */
    _Alignas(64) uint32_t judged;  /* a validate that began after that has returned */
    char text[APITOKEN_FORMAT_MAX];
    size_t len;
    uint32_t stale; /* rounds in which that validate said yes */
    uint32_t wrong; /* answers other than yes and revoked, and a no before the revoke */
    uint64_t asked;
};

/* Who is judged: asks whether the token of a round is good. */
typedef int (*ask_fn)(apitoken_store *store, const struct board *board, uint32_t round);

struct watch {
    struct fixture *f;
    struct board *board;
    ask_fn ask;
    uint32_t rounds;
};

static int ask_library(apitoken_store *store, const struct board *board, uint32_t round) {
    (void)round;
    return apitoken_validate(store, board->text, board->len, NULL, NULL, NULL);
}

/* The negative control: what a cache of positive answers would do. */
static int ask_memory(apitoken_store *store, const struct board *board, uint32_t round) {
    static uint32_t good_in;
    if (good_in == round) return 0;
    int rc = ask_library(store, board, round);
    if (rc == 0) good_in = round;
    return rc;
}

/* Asks until an answer has come to a question that was put after the revoke returned. */
static void watch_round(const struct watch *w, apitoken_store *store, uint32_t round) {
    struct board *board = w->board;
    for (;;) {
        int is_after = reads(&board->revoked) >= round; /* before the question */
        int rc = w->ask(store, board, round);
        board->asked++;
        if (rc != 0 && rc != APITOKEN_E_REVOKED) board->wrong++;
        if (rc == 0 && reads(&board->watched) < round) raise_to(&board->watched, round);
        if (rc != 0 && reads(&board->watched) < round) {
            board->wrong++; /* refused before anybody revoked it */
            raise_to(&board->watched, round);
        }
        if (!is_after) continue;
        if (rc == 0) board->stale++;
        return;
    }
}

static int verify(void *ctx) {
    struct watch *w = ctx;
    apitoken_store *store = fixture_open(w->f, APITOKEN_MODE_VERIFY_ONLY);
    for (uint32_t round = 1; round <= w->rounds; round++) {
        (void)alarm(CHILD_LIMIT_S); /* for a round, not for all of them */
        if (!wait_for(&w->board->posed, round)) return 1;
        watch_round(w, store, round);
        raise_to(&w->board->judged, round);
    }
    apitoken_store_close(store);
    return 0;
}

static void revoke_round(const struct fixture *f, struct board *board, uint32_t round) {
    struct made_token made = fixture_create(f->store, "anna", "round", NULL);
    memcpy(board->text, made.text, sizeof board->text);
    board->len = made.len;
    raise_to(&board->posed, round);
    assert_true(wait_for(&board->watched, round));
    assert_code(apitoken_revoke(f->store, LIT("anna"), made.id, strlen(made.id), NULL, NULL), 0);
    raise_to(&board->revoked, round);
    assert_true(wait_for(&board->judged, round));
}

static struct board *play(struct fixture *f, ask_fn ask, uint32_t rounds) {
    struct watch w = { f, shared_memory(sizeof(struct board)), ask, rounds };
    pid_t pid = child_start(verify, &w);
    for (uint32_t round = 1; round <= rounds; round++) revoke_round(f, w.board, round);
    child_join(pid);
    return w.board;
}

static uint32_t rounds_wanted(uint32_t usual) {
    const char *text = getenv("APITOKEN_STALE_ROUNDS");
    return text ? (uint32_t)strtoul(text, NULL, 10) : usual;
}

static void a_remembered_yes_is_caught(void **state) {
    const struct board *board = play(*state, ask_memory, CONTROL_ROUNDS);
    assert_int_equal(board->wrong, 0);
    assert_int_equal(board->stale, CONTROL_ROUNDS);
}

static void no_validate_after_a_revoke_says_yes(void **state) {
    uint32_t rounds = rounds_wanted((uint32_t)figure_rounds(ROUNDS, 100 * ROUNDS));
    const struct board *board = play(*state, ask_library, rounds);
    print_message("# figure stale_rounds %u stale %u\n", rounds, board->stale);
    assert_int_equal(board->wrong, 0);
    assert_true(board->asked > 2 * rounds); /* it did ask while the revokes went on */
    figure_at_least("causal rounds", rounds, 20000);
    figure_at_most("causal rounds, stale positives", board->stale, 0);
}

static const char *how_broken;

/* For a program whose library is broken on purpose (meson.build): it must be found out. */
static void a_broken_library_is_caught(void **state) {
    char name[100];
    uint32_t rounds = rounds_wanted(CONTROL_ROUNDS);
    const struct board *board = play(*state, ask_library, rounds);
    print_message("# figure stale_rounds %u stale %u\n", rounds, board->stale);
    (void)snprintf(name, sizeof name, "causal rounds of a broken library (%s), stale positives",
                   how_broken);
    figure_at_least(name, board->stale, 1);
}

/* stale [--broken HOW] [CASE...] */
int main(int argc, char **argv) {
    storage_pace_syncs();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_remembered_yes_is_caught),
        cmocka_unit_test(no_validate_after_a_revoke_says_yes),
    };
    const struct CMUnitTest controls[] = { cmocka_unit_test(a_broken_library_is_caught) };
    if (argc < 3 || strcmp(argv[1], "--broken") != 0)
        return run_cases(argc, argv, tests, fixture_setup, fixture_teardown);
    how_broken = argv[2];
    return run_cases(argc - 2, argv + 2, controls, fixture_setup, fixture_teardown);
}
