/* SPDX-License-Identifier: MIT */
/*
 * Every allocation of every verb fails, once and then for the rest of the call. The result is an
 * error or a success, without a crash or leak; outputs are untouched, the handle is usable, and
 * nothing is accepted that should not be.
 */
#include "cases.h"
#include "figure.h"
#include "heap.h"
#include "verbs.h"

static size_t count_fds(void) { return count_entries("/proc/self/fd"); }

static int run_verb(struct world *w, verb_fn call, uint64_t fail_at, int is_sticky) {
    w->next = fixture_create(w->f->store, "other", "name", NULL);
    heap_arm(fail_at, is_sticky);
    faults_are_on = 1;
    int rc = call(w);
    faults_are_on = 0;
    return rc;
}

/*
 * Blocks in use while the store is closed: LMDB keeps some for the next write as long as it is
 * open.
 */
static int64_t live_when_closed(struct world *w) {
    apitoken_store_close(w->f->store);
    int64_t live = heap_live();
    w->f->store = world_open(w);
    return live;
}

/* Returns how many runs had an allocation that failed. */
static uint64_t sweep(struct world *w, verb_fn call, int is_sticky) {
    for (uint64_t n = 1;; n++) {
        size_t fds = count_fds();
        int rc = run_verb(w, call, n, is_sticky);
        if (rc != 0) assert_int_equal(apitoken_error_class(rc), APITOKEN_CLASS_FAILED);
        world_assert_sound(w);
        int is_revoked = check(w->f->store, &w->next) != 0;
        if (verb_revokes(call)) assert_int_equal(is_revoked, rc == 0);
        assert_int_equal(count_fds(), fds);
        if (!heap_failed()) return n - 1;
    }
}

/* Both sweeps of a verb. Adds the blocks that are still in use after it. */
static uint64_t sweep_verb(struct world *w, size_t at, int64_t *ret_leaked) {
    /* what stays for good is there now */
    for (int i = 0; i < 2; i++) assert_code(run_verb(w, verbs[at].call, 0, 0), 0);
    int64_t before = live_when_closed(w);
    uint64_t once = sweep(w, verbs[at].call, 0), sticky = sweep(w, verbs[at].call, 1);
    int64_t leaked = live_when_closed(w) - before;
    print_message("# %s: %u points, %d blocks more\n", verbs[at].name, (unsigned)once, (int)leaked);
    *ret_leaked += leaked > 0 ? leaked : 0;
    return once + sticky;
}

static void every_allocation_of_every_verb(void **state) {
    struct world w = world_make(*state);
    uint64_t runs = 0;
    int64_t leaked = 0;
    for (size_t at = 0; at < verb_count; at++) {
        world_renew(&w);
        runs += sweep_verb(&w, at, &leaked);
    }
    figure_at_least("allocation-failure runs, every point of every verb", runs, 550);
    /* a crash ends the program */
    figure_at_most("allocation-failure runs, crashes or leaks", (uint64_t)leaked, 0);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = { CASE_IN_MEMORY(every_allocation_of_every_verb) };
    return run_cases(argc, argv, tests, NULL, NULL);
}
