/* SPDX-License-Identifier: MIT */
/*
 * Every system call of every verb fails, in five ways, once and then for the rest of the call: no
 * crash, no wrong accept. An error other than "maybe" has changed nothing; a success has made the
 * change. When the faults are over the handle works, also after it is opened again.
 */
#include <string.h>

#include "calls.h"
#include "cases.h"
#include "figure.h"
#include "verbs.h"

/*
 * Each fault once, and from then on; but LMDB repeats a write that was interrupted for as long as
 * it takes.
 */
#define TURNS (2 * CALLS_FAULTS - 1)
#define IS_ENDLESS(fault, is_sticky) ((fault) == CALLS_EINTR && (is_sticky))

struct result {
    uint64_t runs, violations;
};

static void violation(struct result *result, const char *verb, const char *what, int rc) {
    result->violations++;
    print_message("# run %u: %s gave %s: %s\n", (unsigned)result->runs, verb,
                  apitoken_error_name(rc), what);
}

/*
 * Writes, which is what a process does sooner or later after a commit that failed; then all is as
 * it was acknowledged.
 */
static void recover(struct world *w) {
    (void)fixture_create(w->f->store, "healing", "n", NULL);
    world_assert_sound(w);
}

static void judge(struct world *w, const struct verb *verb, int rc, size_t rows_before,
                  struct result *result) {
    const int next = check(w->f->store, &w->next), is_maybe = rc == APITOKEN_E_MAYBE;
    const size_t rows = count_rows(w->f->store, "other");
    if (next != 0 && next != APITOKEN_E_REVOKED)
        violation(result, verb->name, "another token is lost", rc);
    if (verb_revokes(verb->call)) {
        if (rc == 0 && next == 0) violation(result, verb->name, "the token is not revoked", rc);
        if (rc != 0 && !is_maybe && next != 0)
            violation(result, verb->name, "the token is revoked all the same", rc);
    }
    if (verb->call == verb_create) {
        if (rc == 0 && rows != rows_before + 1)
            violation(result, verb->name, "the token is not there", rc);
        if (rc != 0 && !is_maybe && rows != rows_before)
            violation(result, verb->name, "the token is there all the same", rc);
    }
}

/* 1 if a call failed in it. */
static int run(struct world *w, const struct verb *verb, enum calls_fault fault, uint64_t at,
               int is_sticky, struct result *result) {
    w->next = fixture_create(w->f->store, "other", "name", NULL);
    const size_t rows = count_rows(w->f->store, "other");
    calls_arm(fault, at, is_sticky);
    faults_are_on = 1;
    int rc = verb->call(w);
    int accepted = check(w->f->store, &w->bad); /* and while it lasts */
    faults_are_on = 0;
    if (!calls_failed()) return 0;
    result->runs++;
    if (accepted == 0) violation(result, verb->name, "a revoked token is accepted", rc);
    recover(w);
    judge(w, verb, rc, rows, result);
    return 1;
}

static void sweep(struct world *w, const struct verb *verb, enum calls_fault fault, int is_sticky,
                  unsigned turn, struct result *result) {
    for (uint64_t at = 1; run(w, verb, fault, at, is_sticky, result);)
        at = calls_next(at, turn, TURNS);
    apitoken_store_close(w->f->store);
    w->f->store = world_open(w);
    world_assert_sound(w);
}

static void every_system_call_of_every_verb(void **state) {
    struct world w = world_make(*state);
    struct result result = { 0, 0 };
    for (size_t i = 0; i < verb_count; i++) {
        uint64_t before = result.runs;
        unsigned turn = 0;
        world_renew(&w);
        for (enum calls_fault fault = 0; fault < CALLS_FAULTS; fault++)
            for (int is_sticky = 0; is_sticky < 2; is_sticky++)
                if (!IS_ENDLESS(fault, is_sticky))
                    sweep(&w, &verbs[i], fault, is_sticky, turn++, &result);
        print_message("# %s: %u runs\n", verbs[i].name, (unsigned)(result.runs - before));
    }
    figure_at_least("system-call fault runs", result.runs, 8000);
    figure_at_most("system-call fault runs, crashes or wrong accepts", result.violations, 0);
}

/* The control: a verb that says it was done when it was not. */
static int pretend(struct world *w) {
    int rc = apitoken_revoke(w->f->store, LIT("other"), w->next.id, strlen(w->next.id), NULL, NULL);
    return rc == APITOKEN_E_IO || rc == APITOKEN_E_MAYBE ? 0 : rc;
}

static void a_verb_that_hides_an_error_is_caught(void **state) {
    struct world w = world_make(*state);
    struct result result = { 0, 0 };
    struct verb liar = { "revoke, pretended", pretend };
    for (uint64_t at = 1; at < 40; at++) {
        w.next = fixture_create(w.f->store, "other", "name", NULL);
        calls_arm(CALLS_EIO, at, 1);
        faults_are_on = 1;
        int rc = liar.call(&w);
        faults_are_on = 0;
        recover(&w);
        liar.call = verb_revoke; /* judged as the revoke that it claims to be */
        judge(&w, &liar, rc, count_rows(w.f->store, "other"), &result);
        liar.call = pretend;
    }
    assert_true(result.violations > 0);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        CASE_IN_MEMORY(a_verb_that_hides_an_error_is_caught),
        CASE_IN_MEMORY(every_system_call_of_every_verb),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
