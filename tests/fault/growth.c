/* SPDX-License-Identifier: MIT */
/*
 * An allocation of memory or a system call fails in the middle of a write, and afterwards the file
 * grows: what the failed write had taken and not used is neither lost nor used twice. The whole
 * store is sound and has all that was acknowledged.
 */
#include "calls.h"
#include "cases.h"
#include "figure.h"
#include "heap.h"
#include "verbs.h"

/* Tokens of the large write that fails, and of the one that lets the file grow by megabytes. */
enum { BATCH = 400, GROWTH = 4000, POINTS = 60 };

/* ---- writes ---------------------------------------------------------------------------------- */

static int make_batch(const struct world *w, size_t count, apitoken_batch **ret_batch) {
    static const apitoken_batch_item *items[GROWTH];
    static apitoken_batch_item item = APITOKEN_BATCH_ITEM_INIT;
    item.owner = "other";
    item.name = "name";
    item.owner_len = 5;
    item.name_len = 4;
    for (size_t i = 0; i < count; i++) items[i] = &item;
    return apitoken_create_batch(w->f->store, items, count, NULL, ret_batch, NULL);
}

/* It changes many pages, so that most of what it needs is for LMDB, between its first and last. */
static int create_many(struct world *w) {
    apitoken_batch *batch = NULL;
    int rc = make_batch(w, BATCH, &batch);
    apitoken_batch_free(batch);
    return rc;
}

static const struct {
    verb_fn call;
    uint64_t makes; /* tokens */
} writes[] = { { verb_create, 1 }, { create_many, BATCH }, { verb_revoke, 0 } };

/* ---- faults ---------------------------------------------------------------------------------- */

struct fault {
    void (*arm)(uint64_t at);
    uint64_t (*count)(void); /* what the write asked for */
    uint64_t (*failed)(void);
};

static void arm_memory(uint64_t at) { heap_arm(at, 0); }
static void arm_full_disk(uint64_t at) { calls_arm(CALLS_ENOSPC, at, 0); }
static void arm_bad_disk(uint64_t at) { calls_arm(CALLS_EIO, at, 0); }

static const struct fault memory = { arm_memory, heap_asked, heap_failed };
static const struct fault full_disk = { arm_full_disk, calls_seen, calls_failed };
static const struct fault bad_disk = { arm_bad_disk, calls_seen, calls_failed };

static int run_write(struct world *w, size_t i, const struct fault *fault, uint64_t at) {
    world_renew(w);
    w->next = fixture_create(w->f->store, "other", "name", NULL);
    fault->arm(at);
    faults_are_on = 1;
    int rc = writes[i].call(w);
    faults_are_on = 0;
    return rc;
}

/* ---- what must hold -------------------------------------------------------------------------- */

static void assert_valid(apitoken_store *store, const apitoken_batch *batch, size_t i) {
    char text[APITOKEN_FORMAT_MAX];
    size_t len = 0;
    assert_code(
        apitoken_batch_format(batch, i, APITOKEN_FORMAT_PLAIN, NULL, text, sizeof text, &len, NULL),
        0);
    assert_code(apitoken_validate(store, text, len, NULL, NULL, NULL), 0);
}

/* Pages are added at the end of the file; then all of it is read. */
static void grow_and_check(struct world *w) {
    apitoken_batch *batch = NULL;
    const apitoken_store_info before = info_of(w->f->store);
    assert_code(make_batch(w, GROWTH, &batch), 0);
    assert_true(info_of(w->f->store).used_bytes > before.used_bytes + (UINT64_C(1) << 20));
    apitoken_store_close(w->f->store);
    w->f->store = NULL;
    assert_code(apitoken_store_check(w->f->store_path, w->f->keyring, NULL, NULL), 0);
    w->f->store = world_open(w);
    assert_int_equal(info_of(w->f->store).tokens, before.tokens + GROWTH);
    for (size_t i = 0; i < GROWTH; i += GROWTH / 8) assert_valid(w->f->store, batch, i);
    world_assert_sound(w);
    apitoken_batch_free(batch);
}

/* The write has made all its changes or none, and says which, before and after the file grows. */
static void fail_and_grow(struct world *w, size_t i, const struct fault *fault, uint64_t at) {
    int rc = run_write(w, i, fault, at);
    assert_int_equal(fault->failed(), 1);
    const int is_done = rc == 0, is_maybe = rc == APITOKEN_E_MAYBE;
    const int next = writes[i].call == verb_revoke && is_done ? APITOKEN_E_REVOKED : 0;
    const uint64_t tokens = info_of(w->f->store).tokens, least = 3;
    assert_true(tokens == least + (is_done ? writes[i].makes : 0) ||
                (is_maybe && tokens == least + writes[i].makes));
    for (int later = 0; later < 2; later++) {
        if (!is_maybe) assert_code(check(w->f->store, &w->next), next);
        if (!later) grow_and_check(w);
    }
}

static uint64_t fail_everywhere(struct world *w, const struct fault *fault) {
    uint64_t runs = 0;
    for (size_t i = 0; i < COUNT(writes); i++) {
        assert_code(run_write(w, i, fault, 0), 0);
        const uint64_t count = fault->count(), step = 1 + count / POINTS;
        for (uint64_t at = 1; at <= count; at += step, runs++) fail_and_grow(w, i, fault, at);
    }
    return runs;
}

/* ---- cases ----------------------------------------------------------------------------------- */

static void a_file_grows_after_an_allocation_failed(void **state) {
    struct world w = world_make(*state);
    figure_at_least("allocations that failed before the file grew", fail_everywhere(&w, &memory),
                    40);
}

static void a_file_grows_after_a_system_call_failed(void **state) {
    struct world w = world_make(*state);
    uint64_t runs = fail_everywhere(&w, &full_disk) + fail_everywhere(&w, &bad_disk);
    figure_at_least("system calls that failed before the file grew", runs, 100);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        CASE_IN_MEMORY(a_file_grows_after_an_allocation_failed),
        CASE_IN_MEMORY(a_file_grows_after_a_system_call_failed),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
