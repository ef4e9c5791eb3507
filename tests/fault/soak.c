/* SPDX-License-Identifier: MIT */
/*
 * A soak test: for SECONDS, two validators, one process that creates and revokes, and one that
 * lists share a store; at the end nothing has grown that should not. Not part of the ordinary run:
 * soak.sh starts it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cases.h"
#include "child.h"
#include "figure.h"
#include "fixture.h"
#include "levels.h"

enum { RING = 1024, ROWS_AN_OWNER = 200, PAGE = 50, REOPEN = 5000 };
enum phase { EMPTY, ALIVE, REVOKING, REVOKED, PHASES };

#define TOKENS_MAX 3000000u /* of the whole soak: the store holds more */
#define MAP_BYTES (UINT64_C(4) << 30)

static uint32_t seconds;

/*
 * A token and what the others know of it: PHASES for each token that the place had before, and its
 * own phase.
 */
struct place {
    uint32_t phase;
    struct made_token made;
};

/* In shared memory. */
struct crew {
    struct fixture *f;
    uint32_t is_over;
    uint32_t created;
    struct place ring[RING]; /* the last ones made; the older half is revoked */
    uint64_t done[SOAKERS];  /* calls; each has its own */
    uint64_t wrong[SOAKERS]; /* answers other than those that were due */
};

static struct crew *crew;

static uint32_t draw(uint32_t below) {
    static uint32_t random = 2463534242u; /* xorshift32 (Marsaglia 2003) */
    random ^= random << 13;
    random ^= random >> 17;
    random ^= random << 5;
    return random % below;
}

/* ---- the one that writes --------------------------------------------------------------------- */

static void owner_of(uint32_t number, char owner[16]) {
    (void)snprintf(owner, 16, "o%u", number / ROWS_AN_OWNER);
}

static void create_next(apitoken_store *store, uint32_t number) {
    struct place *place = &crew->ring[number % RING];
    const uint32_t base = number / RING * PHASES;
    char owner[16];
    owner_of(number, owner);
    raise_to(&place->phase, base + EMPTY);
    place->made = fixture_create(store, owner, "soak", NULL);
    raise_to(&place->phase, base + ALIVE);
    raise_to(&crew->created, number + 1);
}

static void revoke_old(apitoken_store *store, uint32_t number) {
    struct place *place = &crew->ring[number % RING];
    const uint32_t base = number / RING * PHASES;
    char owner[16];
    owner_of(number, owner);
    raise_to(&place->phase, base + REVOKING);
    assert_code(apitoken_revoke(store, owner, strlen(owner), place->made.id, strlen(place->made.id),
                                NULL, NULL),
                0);
    raise_to(&place->phase, base + REVOKED);
}

/* As fast as the disk lets it, but no more than the store holds. */
static int write_on(void *ctx) {
    const int64_t begin = now_us(), pace_us = (int64_t)seconds * 1000000 / TOKENS_MAX;
    apitoken_store *store = fixture_open(crew->f, APITOKEN_MODE_READ_WRITE);
    (void)ctx, (void)alarm(0);
    for (uint32_t number = 0; !reads(&crew->is_over); number++) {
        const struct timespec pause = { 0, 1000000 };
        create_next(store, number);
        if (number >= RING / 2) revoke_old(store, number - RING / 2);
        crew->done[WRITER] += 2;
        while (now_us() - begin < pace_us * number && !reads(&crew->is_over))
            (void)nanosleep(&pause, NULL);
    }
    apitoken_store_close(store);
    return 0;
}

/* ---- those that read ------------------------------------------------------------------------- */

/* 1 if the answer cannot be right: of what was known before the call, and was still so after it. */
static int is_wrong(int rc, uint32_t before, uint32_t after) {
    if (before % PHASES == REVOKED && before == after) return rc != APITOKEN_E_REVOKED;
    if (before % PHASES == ALIVE && before == after) return rc != 0;
    return rc != 0 && rc != APITOKEN_E_REVOKED;
}

/* A text that was written anew meanwhile is left out. */
static void validate_one(apitoken_store *store, int number) {
    struct place *place = &crew->ring[draw(RING)];
    uint32_t before = reads(&place->phase);
    struct made_token made = place->made;
    if (before % PHASES == EMPTY || reads(&place->phase) / PHASES != before / PHASES) return;
    int rc = apitoken_validate(store, made.text, made.len, NULL, NULL, NULL);
    crew->done[number]++;
    crew->wrong[number] += (uint64_t)is_wrong(rc, before, reads(&place->phase));
}

/* The second one opens the store anew again and again. */
static int validate_on(void *ctx) {
    const int number = *(const int *)ctx;
    apitoken_store *store = fixture_open(crew->f, APITOKEN_MODE_VERIFY_ONLY);
    (void)alarm(0);
    for (uint32_t i = 1; !reads(&crew->is_over); i++) {
        validate_one(store, number);
        if (number != VALIDATOR_REOPENING || i % REOPEN) continue;
        apitoken_store_close(store);
        store = fixture_open(crew->f, APITOKEN_MODE_VERIFY_ONLY);
    }
    apitoken_store_close(store);
    return 0;
}

/* All pages of one owner. Returns how many rows there are. */
static size_t list_all(apitoken_store *store, const char *owner) {
    apitoken_list_opts opts = APITOKEN_LIST_OPTS_INIT;
    char cursor[APITOKEN_CURSOR_MAX + 1] = "";
    size_t rows = 0;
    opts.limit = PAGE;
    do {
        apitoken_page *page = NULL;
        opts.cursor = *cursor ? cursor : NULL;
        opts.cursor_len = (uint32_t)strlen(cursor);
        assert_code(apitoken_list(store, owner, strlen(owner), &opts, &page, NULL), 0);
        rows += apitoken_page_count(page);
        const char *next = apitoken_page_cursor(page);
        (void)snprintf(cursor, sizeof cursor, "%s", next ? next : "");
        apitoken_page_free(page);
    } while (*cursor);
    return rows;
}

static int list_on(void *ctx) {
    apitoken_store *store = fixture_open(crew->f, APITOKEN_MODE_READ_WRITE);
    (void)ctx, (void)alarm(0);
    while (!reads(&crew->is_over)) {
        const uint32_t whole = reads(&crew->created) / ROWS_AN_OWNER;
        char owner[16];
        if (whole == 0) continue;
        owner_of(draw(whole) * ROWS_AN_OWNER, owner);
        crew->wrong[LISTER] += (uint64_t)(list_all(store, owner) != ROWS_AN_OWNER);
        crew->done[LISTER]++;
    }
    apitoken_store_close(store);
    return 0;
}

/* ---- the soak -------------------------------------------------------------------------------- */

static void start_all(pid_t pids[SOAKERS]) {
    static int numbers[SOAKERS] = { VALIDATOR, VALIDATOR_REOPENING, WRITER, LISTER };
    static const child_fn runs[SOAKERS] = { validate_on, validate_on, write_on, list_on };
    for (int i = 0; i < SOAKERS; i++) pids[i] = child_start(runs[i], &numbers[i]);
}

static void nothing_grows(void **state) {
    struct fixture *f = *state;
    pid_t pids[SOAKERS];
    crew = shared_memory(sizeof *crew);
    crew->f = f;
    start_all(pids);
    for (int at = 0; at < LEVELS; at++) {
        const int64_t due_ms = (int64_t)seconds * 1000 / LEVELS;
        const struct timespec pause = { due_ms / 1000, due_ms % 1000 * 1000000 };
        (void)nanosleep(&pause, NULL);
        levels_take(at, f, pids, crew->done, reads(&crew->created));
    }
    raise_to(&crew->is_over, 1);
    for (int i = 0; i < SOAKERS; i++) child_join(pids[i]);
    uint64_t wrong = 0;
    for (int i = 0; i < SOAKERS; i++) wrong += crew->wrong[i];
    levels_show();
    figure_at_most("soak, wrong answers", wrong, 0);
    figure_at_most("soak, values that are not flat", levels_not_flat(), 0);
}

static int setup(void **state) {
    struct fixture *f = shared_memory(sizeof *f);
    apitoken_store_create_opts opts = APITOKEN_STORE_CREATE_OPTS_INIT;
    fixture_make_dir(f);
    fixture_make_keys(f);
    opts.map_bytes = MAP_BYTES;
    fixture_make_store(f, &opts);
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    fixture_remove(*state);
    return 0;
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = { cmocka_unit_test_setup_teardown(nothing_grows, setup,
                                                                        teardown) };
    seconds = argc == 2 ? (uint32_t)strtoul(argv[1], NULL, 10) : 0;
    if (seconds < 10) {
        (void)fprintf(stderr, "usage: %s SECONDS (10 or more)\n", argv[0]);
        return 2;
    }
    return run_cases(1, argv, tests, NULL, NULL);
}
