/* SPDX-License-Identifier: MIT */
/*
 * kill -9 before and after every system call of every verb: the store opens, acknowledged changes
 * are there, a change in progress is there as a whole or not at all, and the next writer continues
 * at once.
 */
#include <signal.h>
#include <string.h>

#include "calls.h"
#include "cases.h"
#include "child.h"
#include "figure.h"
#include "verbs.h"

/* the verb came to its end, and well: whoever was killed before left nothing in its way */
#define DONE 7

struct point {
    struct world *w;
    const struct verb *verb;
    enum calls_fault fault;
    uint64_t at;
};

/* In a child of its own, which opens the store anew. */
static int run_to_its_end(void *ctx) {
    struct point *point = ctx;
    struct world w = *point->w;
    struct fixture f = *w.f;
    w.f = &f;
    f.store = NULL;
    f.store = world_open(&w);
    calls_arm(point->fault, point->at, 0);
    faults_are_on = 1;
    int rc = point->verb->call(&w);
    faults_are_on = 0;
    return rc == 0 ? DONE : 1;
}

/* 1 if the child was killed. */
static int try_point(struct point *point) {
    struct world *w = point->w;
    const uint64_t map_bytes = info_of(w->f->store).map_bytes;
    w->next = fixture_create(w->f->store, "other", "name", NULL);
    apitoken_store_close(w->f->store); /* so that the one who is killed was the only one */
    w->f->store = NULL;
    int code = child_wait(child_start(run_to_its_end, point));
    if (point->verb->call == verb_accept_rollback) assert_code(world_accept_rollback(w), 0);
    w->f->store = world_open(w);
    assert_true(code == DONE || code == 128 + SIGKILL);
    world_assert_sound(w);
    int next = check(w->f->store, &w->next);
    if (verb_revokes(point->verb->call)) {
        if (code == DONE) assert_code(next, APITOKEN_E_REVOKED);
        assert_int_equal(state_of(w->f->store, "other", w->next.id),
                         next == 0 ? APITOKEN_STATE_VALID : APITOKEN_STATE_REVOKED);
    } else {
        assert_code(next, 0);
    }
    const uint64_t grown = info_of(w->f->store).map_bytes - map_bytes,
                   due = strncmp(point->verb->name, "store_grow", 10) == 0 ? 4096 : 0;
    assert_true(grown == due || (grown == 0 && code != DONE));
    world_tidy(w);
    assert_int_equal(count_rows(w->f->store, "other") + count_rows(w->f->store, "owner") +
                         count_rows(w->f->store, "gone"),
                     info_of(w->f->store).tokens);
    return code != DONE;
}

static void every_point_of_every_verb(void **state) {
    struct world w = world_make(*state);
    uint64_t kills = 0;
    for (size_t i = 0; i < verb_count; i++) {
        uint64_t before = kills;
        world_renew(&w);
        for (enum calls_fault fault = CALLS_KILL_BEFORE; fault <= CALLS_KILL_AFTER; fault++) {
            struct point point = { &w, &verbs[i], fault, 1 };
            for (; try_point(&point); kills++)
                point.at = calls_next(point.at, fault - CALLS_KILL_BEFORE, 2);
        }
        print_message("# %s: %u points\n", verbs[i].name, (unsigned)(kills - before));
    }
    /* a change that is lost ends the test */
    figure_at_least("kill -9 at system calls, points", kills, 2000);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = { CASE_IN_MEMORY(every_point_of_every_verb) };
    return run_cases(argc, argv, tests, NULL, NULL);
}
