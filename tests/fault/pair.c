/* SPDX-License-Identifier: MIT */
#include "pair.h"

#include "heap.h"

struct outcome {
    struct made_token next[2]; /* what a revoke is tried on */
    int rc[2];
    size_t rows;  /* of "other", before */
    int accepted; /* what the revoked token gave while the faults were on */
};

static void arm(const struct pair_fault *first, const struct pair_fault *second) {
    const int is_first = first->kind == PAIR_ALLOCATION;
    heap_arm(is_first ? first->at : 0, 0);
    calls_arm(is_first ? CALLS_EIO : first->kind, is_first ? 0 : first->at, 0);
    if (!second) return;
    if (second->kind == PAIR_ALLOCATION)
        heap_arm_second(second->at);
    else
        calls_arm_second(second->kind, second->at);
}

static uint64_t failed(void) { return heap_failed() + calls_failed(); }

uint64_t pair_points(struct world *w, const struct verb *verb, int is_allocation) {
    static const struct pair_fault none = { PAIR_ALLOCATION, 0 };
    w->next = fixture_create(w->f->store, "other", "name", NULL);
    arm(&none, NULL);
    faults_are_on = 1;
    int rc = verb->call(w);
    faults_are_on = 0;
    assert_code(rc, 0);
    return is_allocation ? heap_asked() : calls_seen();
}

/* ---- what is right --------------------------------------------------------------------------- */

static void show(const struct pair *pair, const struct outcome *outcome, const char *what) {
    static const char *const kinds[PAIR_KINDS] = { "EIO",  "ENOSPC",    "EINTR",
                                                   "half", "done, EIO", "allocation" };
    for (int i = 0; i < 2; i++) {
        const struct verb *verb = pair->verb[i];
        print_message("#   %s %u (%s)%s%s\n", verb ? verb->name : "and",
                      (unsigned)pair->fault[i].at, kinds[pair->fault[i].kind], verb ? ": " : "",
                      verb ? apitoken_error_name(outcome->rc[i]) : "");
    }
    print_message("#   %s\n", what);
}

/* How many tokens of "other" it makes. */
static size_t makes(const struct verb *verb) {
    if (verb->call == verb_create) return 1;
    return verb->call == verb_create_batch ? 3 : 0;
}

/*
 * Not more and not fewer rows than were acknowledged, but for those of which it was said that they
 * may be there.
 */
static int are_rows_right(struct world *w, const struct pair *pair, const struct outcome *outcome) {
    size_t lowest = outcome->rows, highest = outcome->rows;
    for (int i = 0; i < 2 && pair->verb[i]; i++) {
        if (outcome->rc[i] == 0) lowest += makes(pair->verb[i]);
        if (outcome->rc[i] == 0 || outcome->rc[i] == APITOKEN_E_MAYBE)
            highest += makes(pair->verb[i]);
    }
    const size_t rows = count_rows(w->f->store, "other");
    return rows >= lowest && rows <= highest;
}

/*
 * The token of call `at` is revoked if one of the calls on it said so, and not if all said that
 * they had changed nothing.
 */
static int is_token_right(struct world *w, const struct pair *pair, const struct outcome *outcome,
                          int at) {
    const int is_retried = pair->verb[0] == pair->verb[1],
              rc = check(w->f->store, &outcome->next[at]);
    int must_be = 0, may_be = 0;
    for (int i = 0; i < 2 && pair->verb[i]; i++) {
        if (!verb_revokes(pair->verb[i]->call) || (i != at && !is_retried)) continue;
        must_be |= outcome->rc[i] == 0;
        may_be |= outcome->rc[i] == APITOKEN_E_MAYBE;
    }
    if (rc == 0) return !must_be;
    return rc == APITOKEN_E_REVOKED && (must_be || may_be);
}

static uint64_t judge(struct world *w, const struct pair *pair, const struct outcome *outcome) {
    uint64_t violations = 0;
    if (outcome->accepted) violations++, show(pair, outcome, "a revoked token is accepted");
    for (int i = 0; i < 2 && pair->verb[i]; i++) {
        const int rc = outcome->rc[i];
        if (rc != 0 && apitoken_error_class(rc) != APITOKEN_CLASS_FAILED)
            violations++, show(pair, outcome, "the caller is to blame");
        if (!is_token_right(w, pair, outcome, i))
            violations++, show(pair, outcome, "its token is not as was said");
    }
    if (!are_rows_right(w, pair, outcome))
        violations++, show(pair, outcome, "a token too many, or one is lost");
    return violations;
}

/* ---- a run ----------------------------------------------------------------------------------- */

/* With the faults that are armed. Returns how many came to be. */
static uint64_t call_verb(struct world *w, verb_fn call, const struct made_token *next,
                          struct outcome *outcome, int at) {
    w->next = *next;
    faults_are_on = 1;
    outcome->rc[at] = call(w);
    outcome->accepted |= check(w->f->store, &w->bad) == 0;
    faults_are_on = 0;
    return failed();
}

/*
 * The first fault in the first call; the second one in the same, or in the other, which begins
 * before anything has healed.
 */
static uint64_t run_calls(struct world *w, const struct pair *pair, struct outcome *outcome) {
    const verb_fn call = pair->instead ? pair->instead : pair->verb[0]->call;
    arm(&pair->fault[0], pair->verb[1] ? NULL : &pair->fault[1]);
    const uint64_t before = call_verb(w, call, &outcome->next[0], outcome, 0);
    if (!pair->verb[1]) return before;
    arm(&pair->fault[1], NULL);
    return before + call_verb(w, pair->verb[1]->call, &outcome->next[1], outcome, 1);
}

uint64_t pair_run(struct world *w, const struct pair *pair, uint64_t *violations) {
    struct outcome outcome = { .rc = { 0, 0 } };
    for (int i = 0; i < 2; i++)
        outcome.next[i] = fixture_create(w->f->store, "other", "name", NULL);
    if (pair->verb[0] == pair->verb[1]) outcome.next[1] = outcome.next[0];
    outcome.rows = count_rows(w->f->store, "other");
    const uint64_t happened = run_calls(w, pair, &outcome);
    (void)fixture_create(w->f->store, "healing", "n", NULL); /* as a process does sooner or later */
    world_assert_sound(w);
    *violations += judge(w, pair, &outcome);
    return happened;
}
