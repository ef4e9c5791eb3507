/* SPDX-License-Identifier: MIT */
/*
 * Two faults: of allocations, of system calls in five ways, or one of each. They hit one call of a
 * verb, where the second one meets the library's handling of the first, or two successive calls,
 * with no time to recover in between. Pairs are drawn at random, except within one call that
 * creates or revokes a token, where all are tried. No crash, no wrong accept, no leak; an error
 * other than "maybe" has changed nothing, a success has made the change; fsck finds nothing.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cases.h"
#include "figure.h"
#include "heap.h"
#include "pair_draw.h"

#define SEED UINT64_C(20270115)
#define BATCH 50       /* draws on one store: a small one is looked through fast */
#define POINTS_MAX 120 /* as in sweep.c */

struct campaign {
    struct fixture *f;
    struct world w;
    struct pair_source source;
    uint64_t batches, draws, pairs, in_one_call, violations;
    uint64_t candidates; /* of which each n-th is tried */
    uint64_t told;       /* violations of the batches before */
};

/* ---- a campaign ------------------------------------------------------------------------------ */

/* Files of earlier stores keep their names. */
static void make_world(struct campaign *c) {
    const unsigned serial = c->w.serial;
    c->w = world_make(c->f);
    c->w.serial = serial;
}

static struct campaign begin(struct fixture *f, const struct pair_source *source) {
    struct campaign c = { .f = f, .source = *source };
    assert_true(source->count <= PAIR_VERBS_MAX);
    make_world(&c);
    for (size_t i = 0; i < source->count; i++)
        for (int column = 0; column < 2; column++) {
            const uint64_t points = pair_points(&c.w, &source->verbs[i], column);
            c.source.points[i][column] = points < POINTS_MAX ? points : POINTS_MAX;
        }
    return c;
}

struct held {
    int64_t blocks;
    size_t fds;
};

/* While the store is closed: LMDB keeps blocks for the next write as long as it is open. */
static struct held held_when_closed(struct world *w) {
    apitoken_store_close(w->f->store);
    const struct held held = { heap_live(), count_entries("/proc/self/fd") };
    w->f->store = world_open(w);
    return held;
}

/* Both ends of some pairs on one store. */
static struct held begin_batch(struct campaign *c) {
    pair_draw_seed(SEED + c->batches++);
    make_world(c);
    return held_when_closed(&c->w);
}

static void end_batch(struct campaign *c, const struct held *before) {
    const struct held after = held_when_closed(&c->w);
    c->violations += (uint64_t)(after.blocks > before->blocks || after.fds > before->fds);
    assert_code(apitoken_store_check(c->f->store_path, c->f->keyring, NULL, NULL), 0);
    if (c->violations > c->told)
        print_message("# seed %" PRIu64 ", %s: the above, %d blocks and %d descriptors more\n",
                      SEED + c->batches - 1, c->source.name, (int)(after.blocks - before->blocks),
                      (int)(after.fds - before->fds));
    c->told = c->violations;
}

static void run_one(struct campaign *c, const struct pair *pair) {
    const int are_both = pair_run(&c->w, pair, &c->violations) == 2;
    c->draws++;
    c->pairs += (uint64_t)are_both;
    c->in_one_call += (uint64_t)(are_both && !pair->verb[1]);
}

static void run_batch(struct campaign *c, uint64_t wanted) {
    const struct held before = begin_batch(c);
    for (int i = 0; i < BATCH && c->pairs < wanted; i++) {
        const struct pair pair = pair_draw(&c->source);
        run_one(c, &pair);
    }
    end_batch(c, &before);
}

static struct campaign run_campaign(struct fixture *f, const struct pair_source *source,
                                    uint64_t wanted) {
    struct campaign c = begin(f, source);
    while (c.pairs < wanted) run_batch(&c, wanted);
    print_message("# seeds from %" PRIu64 ", %s: %u pairs, %u of them in one call, of %u drawn\n",
                  SEED, source->name, (unsigned)c.pairs, (unsigned)c.in_one_call,
                  (unsigned)c.draws);
    return c;
}

static void pairs_of_allocations(void **state) {
    const struct pair_source source = { "allocations", PAIR_ALLOCATION, 1, verbs, verb_count };
    const uint64_t wanted = figure_rounds(300, 20000);
    const struct campaign c = run_campaign(*state, &source, wanted);
    figure_at_least("allocation-failure pairs", c.pairs, wanted);
    figure_at_least("allocation-failure pairs in one call", c.in_one_call, wanted / 30);
    /* a crash ends the program */
    figure_at_most("allocation-failure pairs, crashes or leaks", c.violations, 0);
}

static void pairs_of_system_calls(void **state) {
    const struct pair_source source = { "system calls", CALLS_EIO, CALLS_FAULTS, verbs,
                                        verb_count };
    const uint64_t wanted = figure_rounds(300, 20000);
    const struct campaign c = run_campaign(*state, &source, wanted);
    figure_at_least("system-call fault pairs", c.pairs, wanted);
    figure_at_least("system-call fault pairs in one call", c.in_one_call, wanted / 10);
    figure_at_most("system-call fault pairs, crashes or wrong accepts", c.violations, 0);
}

static void pairs_of_both(void **state) {
    const struct pair_source source = { "both", CALLS_EIO, PAIR_KINDS, verbs, verb_count };
    const uint64_t wanted = figure_rounds(100, 10000);
    const struct campaign c = run_campaign(*state, &source, wanted);
    figure_at_least("mixed fault pairs", c.pairs, wanted);
    figure_at_least("mixed fault pairs in one call", c.in_one_call, wanted / 10);
    figure_at_most("mixed fault pairs, crashes or wrong accepts", c.violations, 0);
}

/* ---- every one ------------------------------------------------------------------------------- */

/*
 * With each later fault of the same call, of which only a run without them tells how many there
 * are; or with each n-th.
 */
static void with_every_second(struct campaign *c, struct pair *pair, uint64_t every) {
    const struct pair_fault *first = &pair->fault[0];
    pair->fault[1] = (struct pair_fault){ first->kind, 0 };
    (void)pair_run(&c->w, pair, &c->violations);
    const uint64_t calls = calls_seen(), allocations = heap_asked();
    for (unsigned kind = 0; kind < PAIR_KINDS; kind++) {
        const int is_same = (kind == PAIR_ALLOCATION) == (first->kind == PAIR_ALLOCATION);
        const uint64_t end = kind == PAIR_ALLOCATION ? allocations : calls;
        for (uint64_t at = is_same ? first->at + 1 : 1; at <= end; at++) {
            if (c->candidates++ % every) continue;
            pair->fault[1] = (struct pair_fault){ kind, at };
            run_one(c, pair);
        }
    }
}

/*
 * A commit that fails is looked into by many calls, which a drawn pair seldom meets: so every pair
 * of faults in one call of what makes or revokes a token. In the usual run each n-th.
 */
static void every_pair_in_one_change(void **state) {
    static const struct verb changes[] = { { "create", verb_create },
                                           { "create_batch", verb_create_batch },
                                           { "revoke", verb_revoke } };
    const struct pair_source source = { "one change", CALLS_EIO, PAIR_KINDS, changes,
                                        COUNT(changes) };
    const uint64_t every = figure_rounds(11, 1);
    struct campaign c = begin(*state, &source);
    for (size_t i = 0; i < COUNT(changes); i++)
        for (unsigned kind = 0; kind < PAIR_KINDS; kind++) {
            const struct held before = begin_batch(&c);
            for (uint64_t at = 1; at <= c.source.points[i][kind == PAIR_ALLOCATION]; at++) {
                struct pair pair = { .fault[0] = { kind, at }, .verb[0] = &changes[i] };
                with_every_second(&c, &pair, every);
            }
            end_batch(&c, &before);
        }
    print_message("# %s: %u pairs of %u\n", source.name, (unsigned)c.pairs, (unsigned)c.candidates);
    figure_at_least("fault pairs in one change", c.pairs, 6000 / every);
    figure_at_most("fault pairs in one change, crashes or wrong accepts", c.violations, 0);
}

/* ---- controls: a revoke that does what it should unless it fails twice ----------------------- */

static const struct verb only_revoke[] = { { "revoke", verb_revoke } };

static int hide_a_second_error(struct world *w) {
    if (verb_revoke(w) != 0) (void)!verb_revoke(w);
    return 0;
}

static void *volatile leaked;

/* The library itself makes good for the first allocation that fails. */
static int leak_after_a_second_error(struct world *w) {
    int rc = verb_revoke(w);
    if (rc != 0) leaked = malloc(1);
    return rc;
}

/* What one fault shows of a source's verb. */
static uint64_t violations_of_one_fault(struct campaign *c) {
    uint64_t violations = 0;
    for (unsigned kind = c->source.kind; kind < c->source.kind + c->source.kinds; kind++)
        for (uint64_t at = 1; at <= c->source.points[0][kind == PAIR_ALLOCATION]; at++) {
            const struct pair one = { { { kind, at }, { kind, 0 } },
                                      { c->source.verbs, NULL },
                                      c->source.instead };
            assert_true(pair_run(&c->w, &one, &violations) < 2);
        }
    return violations;
}

static void only_pairs_catch_a_verb_that_hides_its_second_error(void **state) {
    const struct pair_source source = { "control",   CALLS_EIO, CALLS_FAULTS,
                                        only_revoke, 1,         hide_a_second_error };
    struct campaign c = begin(*state, &source);
    assert_int_equal(violations_of_one_fault(&c), 0);
    run_batch(&c, BATCH);
    assert_true(c.violations > 0);
}

static void only_pairs_catch_a_verb_that_leaks_after_its_second_error(void **state) {
    const struct pair_source source = { "control", PAIR_ALLOCATION,          1, only_revoke,
                                        1,         leak_after_a_second_error };
    struct campaign c = begin(*state, &source);
    const struct held before = held_when_closed(&c.w);
    assert_int_equal(violations_of_one_fault(&c), 0);
    assert_true(held_when_closed(&c.w).blocks == before.blocks);
    run_batch(&c, BATCH);
    assert_true(c.violations > 0);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        CASE_IN_MEMORY(only_pairs_catch_a_verb_that_hides_its_second_error),
        CASE_IN_MEMORY(only_pairs_catch_a_verb_that_leaks_after_its_second_error),
        CASE_IN_MEMORY(pairs_of_allocations),
        CASE_IN_MEMORY(pairs_of_system_calls),
        CASE_IN_MEMORY(pairs_of_both),
        CASE_IN_MEMORY(every_pair_in_one_change),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
