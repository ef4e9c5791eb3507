/* SPDX-License-Identifier: MIT */
/*
 * After every public call that handles a secret or a key, including calls that fail, the process's
 * memory holds neither, except in the caller's own buffer and in guarded memory, which core dumps
 * leave out. Nor does any output, or any file of the store. Dead stack and freed memory count.
 */
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "calls.h"
#include "cases.h"
#include "figure.h"
#include "heap.h"
#include "needles.h"
#include "search.h"
#include "secret_calls.h"
#include "verbs.h"

#define ANY (NEEDLE_SECRET | NEEDLE_KEY)

static struct search total;
static uint64_t calls, guarded_calls, failed_calls, failed_allocations;

/* ---- what is printed ------------------------------------------------------------------------- */

/* Standard output and error go to a file while a call is made. */
static int kept_out, kept_err;

static void catch_output(const struct stage *s) {
    const int fd =
        open(in_dir(s->f->dir, "printed"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    (void)fflush(NULL);
    kept_out = dup(STDOUT_FILENO);
    kept_err = dup(STDERR_FILENO);
    assert_true(fd >= 0 && kept_out >= 0 && kept_err >= 0);
    assert_true(dup2(fd, STDOUT_FILENO) >= 0 && dup2(fd, STDERR_FILENO) >= 0);
    (void)close(fd);
}

static void release_output(void) {
    assert_true(dup2(kept_out, STDOUT_FILENO) >= 0 && dup2(kept_err, STDERR_FILENO) >= 0);
    (void)close(kept_out);
    (void)close(kept_err);
}

/* ---- the search ------------------------------------------------------------------------------ */

/* Guarded are the keys of open handles, and secrets as long as their object lives. */
static int guarded_now(const struct stage *s) {
    return (s->f->keyring ? NEEDLE_KEY : 0) | (s->secret || s->batch ? NEEDLE_SECRET : 0);
}

/* Keyring files hold keys, and no secrets. */
static void search_files(struct search *search, const struct stage *s) {
    static const char *const stores[] = { "store", "once", "full", "other" };
    search->kinds = NEEDLE_SECRET;
    search_dir(search, s->f->dir);
    search->kinds = ANY;
    search_file(search, in_dir(s->f->dir, "printed"));
    for (size_t i = 0; i < COUNT(stores); i++)
        if (access(in_dir(s->f->dir, stores[i]), F_OK) == 0)
            search_dir(search, in_dir(s->f->dir, stores[i]));
}

static struct search search_all_memory(const struct stage *s) {
    struct search search = { .kinds = ANY, .guarded = guarded_now(s) };
    search_memory(&search);
    return search;
}

static struct search search_all(const struct stage *s) {
    struct search search = search_all_memory(s);
    search_files(&search, s);
    return search;
}

static void tell(const char *after, const struct search *search) {
    for (size_t i = 0; i < search->found && i < SEARCH_TOLD; i++) {
        const struct search_place *place = &search->place[i];
        print_message("# after %s: a %s, %s, at %lx of %s\n", after,
                      place->kind == NEEDLE_KEY ? "key" : "secret", place->shape,
                      (unsigned long)place->at, place->where);
    }
}

static void add_up(const char *after, const struct search *search) {
    tell(after, search);
    total.bytes += search->bytes;
    total.found += search->found;
    guarded_calls += search->allowed != 0;
    calls++;
}

/* ---- every call ------------------------------------------------------------------------------ */

static void search_after(struct stage *s, const struct secret_call *call) {
    struct standing standing;
    if (call->prepare) assert_int_equal(do_quietly(call->prepare, s), 0);
    catch_output(s);
    make_call(&standing, call->run, s);
    release_output();
    if (call->learn) assert_int_equal(do_quietly(call->learn, s), 0);
    const struct search search = search_all(s);
    assert_code(end_call(&standing), call->due);
    add_up(call->name, &search);
}

static void arm_system_call(uint64_t at) { calls_arm(CALLS_EIO, at, 0); }

static void arm_allocation(uint64_t at) { heap_arm(at, 0); }

static stage_fn swept;

static int run_with_faults(struct stage *s) {
    faults_are_on = 1;
    int rc = swept(s);
    faults_are_on = 0;
    return rc;
}

/* What can fail under a call. */
static const struct fault {
    void (*arm)(uint64_t at);
    uint64_t (*failed)(void);
    uint64_t *count;
} faults[] = {
    { arm_system_call, calls_failed, &failed_calls },
    { arm_allocation, heap_failed, &failed_allocations },
};

/*
 * The call with the n-th of them failed, for every n. Files are searched when it is then made
 * without.
 */
static void search_after_faults(struct stage *s, const struct secret_call *call,
                                const struct fault *fault) {
    swept = call->run;
    for (uint64_t n = 1;; n++) {
        struct standing standing;
        if (call->prepare) assert_int_equal(do_quietly(call->prepare, s), 0);
        fault->arm(n);
        make_call(&standing, run_with_faults, s);
        const struct search search = search_all_memory(s);
        (void)end_call(&standing);
        assert_int_equal(do_quietly(call->undo, s), 0);
        const uint64_t failed = fault->failed();
        fault->arm(0);
        if (!failed) return;
        tell(call->name, &search);
        total.bytes += search.bytes;
        total.found += search.found;
        ++*fault->count;
    }
}

static void search_after_all(struct stage *s, const struct secret_call *all, size_t count) {
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < COUNT(faults) && all[i].undo; k++)
            search_after_faults(s, &all[i], &faults[k]);
        search_after(s, &all[i]);
    }
}

static void no_call_leaves_a_secret_behind(void **state) {
    struct stage s = { .f = *state, .err = APITOKEN_ERROR_INIT };
    const uint64_t due = key_call_count + token_call_count;
    assert_int_equal(do_quietly(stage_set, &s), 0);
    assert_int_equal(do_quietly(stage_fill, &s), 0);
    search_after_all(&s, key_calls, key_call_count);
    search_after_all(&s, token_calls, token_call_count);
    assert_int_equal(do_quietly(stage_strike, &s), 0);
    search_forget();
    const struct search search = search_all(&s); /* now nothing is guarded any more */
    add_up("everything was closed", &search);
    figure_told("secrets: runs of eight bytes searched for", needles_count());
    figure_at_least("secrets: calls after which all memory was searched", calls, due);
    figure_at_least("secrets: calls after which guarded memory held what it should", guarded_calls,
                    due);
    figure_at_least("secrets: system calls that failed before such a search", failed_calls, 40);
    figure_at_least("secrets: allocations that failed before such a search", failed_allocations,
                    20);
    figure_at_least("secrets: bytes searched", total.bytes, 100000000);
    figure_at_most("secrets found where none should be", total.found, 0);
}

/* ---- the search finds what is there ---------------------------------------------------------- */

static size_t planted_shape;
static void *planted;

static size_t plant(uint8_t *out) {
    return needle_write(planted_shape, clear.text, clear.len, out, NEEDLE_TEXT_MAX);
}

static int leave_on_heap(struct stage *s) {
    (void)show_clear(&s->good);
    planted = calloc(1, NEEDLE_TEXT_MAX);
    if (!planted) return 1;
    (void)plant(planted);
    return 0;
}

/* Behind what the allocator writes into a free block. */
static int leave_on_freed_heap(struct stage *s) {
    (void)show_clear(&s->good);
    uint8_t *block = malloc((size_t)2 * NEEDLE_TEXT_MAX);
    if (!block) return 1;
    (void)plant(block + NEEDLE_TEXT_MAX);
    free(block);
    return 0;
}

static int leave_on_dead_stack(struct stage *s) {
    uint8_t out[NEEDLE_TEXT_MAX];
    (void)show_clear(&s->good);
    (void)plant(out);
    return 0;
}

static int leave_in_guarded_memory(struct stage *s) {
    (void)show_clear(&s->good);
    planted = sodium_malloc(NEEDLE_TEXT_MAX);
    if (!planted) return 1;
    (void)plant(planted);
    return 0;
}

static int leave_in_file(struct stage *s) {
    uint8_t out[NEEDLE_TEXT_MAX];
    (void)show_clear(&s->good);
    const size_t len = plant(out);
    file_write(in_dir(s->f->store_path, "planted"), out, len);
    sodium_memzero(out, sizeof out);
    return 0;
}

static int leave_in_output(struct stage *s) {
    uint8_t out[NEEDLE_TEXT_MAX];
    (void)show_clear(&s->good);
    const size_t len = plant(out);
    return write(STDERR_FILENO, out, len) == (ssize_t)len ? 0 : 1;
}

static int clean_up(struct stage *s) {
    sodium_memzero(&clear, sizeof clear);
    (void)unlink(in_dir(s->f->store_path, "planted"));
    return truncate(in_dir(s->f->dir, "printed"), 0);
}

/* 1 if the search finds what the call left, while its stack stands or after that. */
static int is_seen(struct stage *s, stage_fn leave, int stands) {
    struct standing standing;
    const struct search before = search_all(s);
    tell("nothing was planted", &before);
    assert_int_equal(before.found, 0);
    catch_output(s);
    make_call(&standing, leave, s);
    release_output();
    if (!stands) assert_int_equal(end_call(&standing), 0);
    const struct search search = search_all(s);
    if (stands) assert_int_equal(end_call(&standing), 0);
    assert_int_equal(do_quietly(clean_up, s), 0);
    return search.found > 0;
}

/* Where a plant must be found, or must not. The last one cannot be taken away again. */
static uint64_t missed_in_places(struct stage *s) {
    static const struct {
        const char *name;
        stage_fn leave;
        int stands, is_allowed;
    } places[] = {
        { "on the dead stack", leave_on_dead_stack, 1, 0 },
        { "in a file of the store", leave_in_file, 0, 0 },
        { "on standard error", leave_in_output, 0, 0 },
        { "in guarded memory, but no secret lives", leave_in_guarded_memory, 0, 0 },
        { "in guarded memory while a secret lives", leave_in_guarded_memory, 0, 1 },
        { "on the heap, freed", leave_on_freed_heap, 1, 0 },
    };
    uint64_t missed = 0;
    for (size_t i = 0; i < COUNT(places); i++) {
        s->secret = places[i].is_allowed ? UNTOUCHED : NULL;
        const int is_wrong = is_seen(s, places[i].leave, places[i].stands) == places[i].is_allowed;
        if (is_wrong) print_message("# wrong: %s\n", places[i].name);
        missed += (uint64_t)is_wrong;
        s->secret = NULL;
        if (places[i].leave == leave_in_guarded_memory) sodium_free(planted);
    }
    return missed;
}

static void what_is_planted_is_found(void **state) {
    struct stage s = { .f = *state, .err = APITOKEN_ERROR_INIT };
    uint64_t tried = 6, missed = 0;
    assert_int_equal(do_quietly(stage_set, &s), 0);
    catch_output(&s);
    release_output();
    for (planted_shape = 0; needle_shape(planted_shape); planted_shape++, tried++) {
        missed += !is_seen(&s, leave_on_heap, 0);
        sodium_memzero(planted, NEEDLE_TEXT_MAX);
        free(planted);
    }
    planted_shape = 0;
    missed += missed_in_places(&s);
    assert_int_equal(do_quietly(stage_strike, &s), 0);
    figure_at_least("secrets: planted for the search to find", tried, 36);
    figure_at_most("secrets: planted and not found", missed, 0);
}

static int setup(void **state) {
    search_spare(&clear, sizeof clear);
    return fixture_setup_always(state);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(no_call_leaves_a_secret_behind, setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(what_is_planted_is_found, fixture_setup_always,
                                        fixture_teardown),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
