/* SPDX-License-Identifier: MIT */
#include "lmdb/process/pool.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/error.h"
#include "cases.h"
#include "samples.h"

#define THREADS 8
#define ROUNDS 3000
#define OS_CODE 17

/* Stands before the system's: it refuses to drop pages of memory that a host has locked. */
static int memory_is_locked;

int madvise(void *at, size_t len, int advice) {
    if (memory_is_locked && advice == MADV_DONTNEED) {
        errno = EINVAL;
        return -1;
    }
    return (int)syscall(SYS_madvise, at, len, advice);
}

/* A pool over a real environment, and what its entries are made by. */
struct place {
    struct fixture fixture; /* first: fixture_teardown() takes it */
    MDB_env *mdb;
    struct atk_pool *pool;
    uint32_t made, tried;
    int refusal; /* the code that each attempt gives; 0: it succeeds */
};

static int make(void *ctx, MDB_txn **ret_txn, apitoken_error *err) {
    struct place *p = ctx;
    (void)__atomic_add_fetch(&p->tried, 1, __ATOMIC_RELEASE);
    if (p->refusal == APITOKEN_E_BUSY) return p->refusal; /* without a detail */
    if (p->refusal != 0) return atk_fail_os(err, p->refusal, OS_CODE, "not made");
    int rc = mdb_txn_begin(p->mdb, NULL, MDB_RDONLY, ret_txn);
    if (rc != 0) return APITOKEN_E_IO;
    mdb_txn_reset(*ret_txn);
    p->made++;
    return 0;
}

static int setup(void **state) {
    struct place *p = calloc(1, sizeof *p);
    assert_non_null(p);
    fixture_make_dir(&p->fixture);
    assert_int_equal(mdb_env_create(&p->mdb), 0);
    assert_int_equal(mdb_env_set_maxreaders(p->mdb, 2 * ATK_POOL_MAX), 0);
    assert_int_equal(mdb_env_open(p->mdb, p->fixture.dir, MDB_NOTLS | MDB_NOSYNC, 0600), 0);
    p->pool = aligned_alloc(_Alignof(struct atk_pool), sizeof *p->pool);
    assert_non_null(p->pool);
    assert_code(atk_pool_init(p->pool, make, p), 0);
    *state = p;
    return 0;
}

static int teardown(void **state) {
    struct place *p = *state;
    atk_pool_destroy(p->pool);
    free(p->pool);
    mdb_env_close(p->mdb);
    return fixture_teardown(state);
}

static int take(struct place *p, uint32_t timeout_ms, struct atk_pool_entry **ret_entry) {
    struct atk_deadline deadline = atk_deadline_in(timeout_ms);
    return atk_pool_take(p->pool, &deadline, ret_entry, NULL);
}

/* Makes `count` entries, as so many threads do. */
static void fill(struct place *p, uint32_t count) {
    struct atk_pool_entry *entries[ATK_POOL_MAX];
    for (uint32_t i = 0; i < count; i++) assert_code(take(p, 0, &entries[i]), 0);
    for (uint32_t i = 0; i < count; i++) atk_pool_give(entries[i]);
}

static int quiesce(struct place *p, uint32_t timeout_ms) {
    struct atk_deadline deadline = atk_deadline_in(timeout_ms);
    return atk_pool_quiesce(p->pool, &deadline, NULL);
}

static void take_all(struct place *p, struct atk_pool_entry *entries[ATK_POOL_MAX]) {
    for (size_t i = 0; i < ATK_POOL_MAX; i++) {
        assert_code(take(p, 0, &entries[i]), 0);
        assert_non_null(entries[i]->txn);
        for (size_t j = 0; j < i; j++) assert_ptr_not_equal(entries[i], entries[j]);
    }
}

static void test_an_entry_is_used_again(void **state) {
    struct place *p = *state;
    struct atk_pool_entry *first, *second;
    assert_code(take(p, 0, &first), 0);
    assert_int_equal(mdb_txn_renew(first->txn), 0);
    mdb_txn_reset(first->txn);
    atk_pool_give(first);
    assert_code(take(p, 0, &second), 0);
    assert_ptr_equal(first, second);
    assert_int_equal(p->made, 1);
    atk_pool_give(second);
}

static void test_64_entries_and_then_busy(void **state) {
    struct place *p = *state;
    struct atk_pool_entry *entries[ATK_POOL_MAX], *more;
    take_all(p, entries);
    assert_int_equal(p->made, 64);
    assert_code(take(p, 0, &more), APITOKEN_E_BUSY);
    assert_code(take(p, 3, &more), APITOKEN_E_BUSY);
    atk_pool_give(entries[17]);
    assert_code(take(p, 0, &more), 0);
    assert_ptr_equal(more, entries[17]);
    for (size_t i = 0; i < ATK_POOL_MAX; i++) atk_pool_give(entries[i]);
    assert_int_equal(p->made, 64);
    assert_int_equal(p->pool->count, 64);
}

/* Who made an entry stays with it: the next call needs no search. */
static void test_a_thread_has_the_entry_that_it_made(void **state) {
    struct place *p = *state;
    struct atk_pool_entry *first, *second;
    assert_code(take(p, 0, &first), 0);
    assert_code(take(p, 0, &second), 0);
    atk_pool_give(first);
    atk_pool_give(second);
    assert_ptr_equal(atk_pool_take_own(p->pool), second);
    atk_pool_give(second);
}

static void test_the_first_entry_may_be_brought_along(void **state) {
    struct place *p = *state;
    struct atk_pool_entry *entry, *entries[ATK_POOL_MAX];
    MDB_txn *txn = NULL;
    assert_code(make(p, &txn, NULL), 0);
    atk_pool_add(p->pool, txn);
    assert_int_equal(p->pool->count, 1);
    assert_code(take(p, 0, &entry), 0);
    assert_ptr_equal(entry->txn, txn);
    atk_pool_give(entry);
    take_all(p, entries);
    assert_int_equal(p->made, ATK_POOL_MAX);
    for (size_t i = 0; i < ATK_POOL_MAX; i++) atk_pool_give(entries[i]);
}

/* Entries are made as they are needed: each is a place in the table of all processes. */
static void test_no_more_entries_than_are_in_use(void **state) {
    struct place *p = *state;
    for (uint32_t count = 1; count <= ATK_POOL_MAX; count += 9) {
        fill(p, count);
        assert_int_equal(p->pool->count, count);
        assert_int_equal(p->made, count);
    }
}

/* ---- while none can be made ------------------------------------------------------------------ */

static const int refusals[] = { APITOKEN_E_BUSY, APITOKEN_E_READERS_FULL, APITOKEN_E_NOMEM };

static void test_a_long_read_leaves_one_for_the_others(void **state) {
    struct place *p = *state;
    struct atk_deadline soon = atk_deadline_in(1);
    assert_code(atk_pool_fill(p->pool, 2, &soon, NULL), 0);
    assert_int_equal(p->made, 2);
    assert_code(atk_pool_fill(p->pool, 2, &soon, NULL), 0); /* there they are */
    assert_int_equal(p->made, 2);
    p->refusal = APITOKEN_E_BUSY;
    assert_code(atk_pool_fill(p->pool, 3, &soon, NULL), APITOKEN_E_BUSY);
    p->refusal = APITOKEN_E_READERS_FULL;
    assert_code(atk_pool_fill(p->pool, 3, &soon, NULL), APITOKEN_E_READERS_FULL);
    assert_int_equal(p->made, 2);
}

static void test_what_cannot_be_made_leaves_its_place_free(void **state) {
    struct place *p = *state;
    struct atk_pool_entry *entries[ATK_POOL_MAX], *entry;
    for (size_t i = 0; i < ATK_LEN(refusals); i++) {
        p->refusal = refusals[i];
        assert_code(take(p, 2, &entry), refusals[i]);
        assert_int_equal(p->pool->count, 0);
    }
    p->refusal = 0;
    take_all(p, entries);
    for (size_t i = 0; i < ATK_POOL_MAX; i++) atk_pool_give(entries[i]);
}

/* Who waits in vain for the only entry is told why it was the only one. */
static void test_the_detail_says_why_none_was_made(void **state) {
    struct place *p = *state;
    struct atk_pool_entry *only, *entry;
    assert_code(take(p, 0, &only), 0);
    for (size_t i = 0; i < ATK_LEN(refusals); i++) {
        struct atk_deadline deadline = atk_deadline_in(2);
        apitoken_error err = APITOKEN_ERROR_INIT;
        p->refusal = refusals[i];
        assert_code(atk_pool_take(p->pool, &deadline, &entry, &err), refusals[i]);
        assert_code(err.code, refusals[i]);
        assert_int_equal(err.os_code, refusals[i] == APITOKEN_E_BUSY ? 0 : OS_CODE);
    }
    atk_pool_give(only);
}

/* A thread that uses the only entry until the other one has tried to make one. */
struct holder {
    struct place *place;
    struct atk_pool_entry *entry;
};

static void *give_after_an_attempt(void *arg) {
    struct holder *holder = arg;
    while (__atomic_load_n(&holder->place->tried, __ATOMIC_ACQUIRE) == 0) {}
    atk_pool_give(holder->entry);
    return NULL;
}

/* The entry in use becomes free: whatever keeps another from being made does no harm. */
static void test_a_call_takes_what_becomes_free_instead(void **state) {
    struct place *p = *state;
    struct holder holder = { p, NULL };
    assert_code(take(p, 0, &holder.entry), 0);
    for (size_t i = 0; i < ATK_LEN(refusals); i++) {
        struct atk_deadline deadline = atk_deadline_in(60000);
        struct atk_pool_entry *entry;
        apitoken_error err = APITOKEN_ERROR_INIT;
        pthread_t thread;
        p->refusal = refusals[i];
        p->tried = 0;
        assert_int_equal(pthread_create(&thread, NULL, give_after_an_attempt, &holder), 0);
        assert_code(atk_pool_take(p->pool, &deadline, &entry, &err), 0);
        assert_int_equal(pthread_join(thread, NULL), 0);
        assert_ptr_equal(entry, holder.entry);
        assert_code(err.code, 0); /* as if there had been no other attempt */
    }
    assert_int_equal(p->made, 1);
    atk_pool_give(holder.entry);
}

/* LMDB asks about each process before it says so: one such answer is enough for a call. */
static void test_a_full_table_is_not_looked_at_again_by_a_call(void **state) {
    struct place *p = *state;
    struct atk_pool_entry *only, *entry;
    assert_code(take(p, 0, &only), 0);
    for (size_t i = 0; i < ATK_LEN(refusals); i++) {
        p->refusal = refusals[i];
        p->tried = 0;
        assert_code(take(p, 20, &entry), refusals[i]);
        if (refusals[i] == APITOKEN_E_READERS_FULL)
            assert_int_equal(p->tried, 1);
        else
            assert_true(p->tried > 1);
    }
    atk_pool_give(only);
}

/* ---- quiesce --------------------------------------------------------------------------------- */

/* LMDB tells of its readers as lines of text that begin with a pid. */
static int count_reader(const char *line, void *ctx) {
    char *end;
    *(int *)ctx += strtol(line, &end, 10) > 0;
    return 0;
}

static void test_quiesce_ends_all_transactions(void **state) {
    struct place *p = *state;
    struct atk_pool_entry *entry;
    int readers = 0;
    fill(p, 5);
    assert_code(quiesce(p, 0), 0);
    assert_int_equal(p->pool->count, 0);
    for (size_t i = 0; i < ATK_POOL_MAX; i++) assert_null(p->pool->entry[i].txn);
    assert_true(mdb_reader_list(p->mdb, count_reader, &readers) >= 0);
    assert_int_equal(readers, 0);
    atk_pool_resume(p->pool);
    assert_code(take(p, 0, &entry), 0);
    assert_int_equal(p->made, 6);
    atk_pool_give(entry);
}

static void test_quiesce_of_a_pool_never_used(void **state) {
    struct place *p = *state;
    struct atk_pool_entry *entry;
    assert_code(quiesce(p, 0), 0);
    atk_pool_resume(p->pool);
    assert_code(take(p, 0, &entry), 0);
    atk_pool_give(entry);
}

/* Wherever the entry in use stands, the others must be as they were. */
static void test_quiesce_that_is_busy_changes_nothing(void **state) {
    struct place *p = *state;
    struct atk_pool_entry *entries[ATK_POOL_MAX];
    for (size_t held = 0; held < ATK_POOL_MAX; held += 21) {
        take_all(p, entries);
        for (size_t i = 0; i < ATK_POOL_MAX; i++)
            if (i != held) atk_pool_give(entries[i]);
        assert_code(quiesce(p, held == 0 ? 0 : 2), APITOKEN_E_BUSY);
        assert_int_equal(p->pool->count, ATK_POOL_MAX);
        for (size_t i = 0; i < ATK_POOL_MAX; i++) assert_non_null(p->pool->entry[i].txn);
        atk_pool_give(entries[held]);
    }
    take_all(p, entries);
    assert_int_equal(p->made, ATK_POOL_MAX);
    for (size_t i = 0; i < ATK_POOL_MAX; i++) atk_pool_give(entries[i]);
}

static void test_quiesce_that_is_busy_leaves_empty_places_empty(void **state) {
    struct place *p = *state;
    struct atk_pool_entry *entry, *entries[ATK_POOL_MAX];
    assert_code(take(p, 0, &entry), 0);
    assert_code(quiesce(p, 2), APITOKEN_E_BUSY);
    atk_pool_give(entry);
    assert_int_equal(p->pool->count, 1);
    take_all(p, entries);
    for (size_t i = 0; i < ATK_POOL_MAX; i++) atk_pool_give(entries[i]);
}

/* What was remembered is of a state of the store that may be gone. */
static void test_quiesce_forgets(void **state) {
    struct place *p = *state;
    for (memory_is_locked = 0; memory_is_locked < 2; memory_is_locked++) {
        const uint64_t generation = p->pool->generation;
        uint8_t *first = (uint8_t *)&p->pool->recent[0],
                *last = (uint8_t *)&p->pool->recent[ATK_POOL_MAX] - 1;
        *first = *last = 1;
        assert_code(quiesce(p, 0), 0);
        assert_true(*first == 0 && *last == 0);
        assert_true(p->pool->generation == generation + 1);
        atk_pool_resume(p->pool);
    }
    memory_is_locked = 0;
}

/* ---- threads --------------------------------------------------------------------------------- */

/* Who has an entry marks its transaction's place; nobody else may be there. */
struct worker {
    struct place *place;
    uint32_t *holders; /* one for each entry */
    unsigned faults, rounds;
};

static void *work(void *arg) {
    struct worker *w = arg;
    for (unsigned i = 0; i < ROUNDS; i++) {
        struct atk_pool_entry *entry;
        if (take(w->place, 60000, &entry) != 0) {
            w->faults++;
            continue;
        }
        uint32_t *holder = &w->holders[entry - w->place->pool->entry];
        w->faults += __atomic_add_fetch(holder, 1, __ATOMIC_ACQ_REL) != 1;
        w->faults += mdb_txn_renew(entry->txn) != 0;
        mdb_txn_reset(entry->txn);
        (void)__atomic_sub_fetch(holder, 1, __ATOMIC_ACQ_REL);
        atk_pool_give(entry);
        w->rounds++;
    }
    return NULL;
}

static void test_no_entry_has_two_holders(void **state) {
    struct place *p = *state;
    uint32_t holders[ATK_POOL_MAX] = { 0 };
    struct worker workers[THREADS];
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){ p, holders, 0, 0 };
        assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    }
    for (int i = 0; i < 20; i++) { /* meanwhile all is quiesced again and again */
        assert_code(quiesce(p, 60000), 0);
        for (size_t e = 0; e < ATK_POOL_MAX; e++)
            assert_int_equal(__atomic_load_n(&holders[e], __ATOMIC_ACQUIRE), 0);
        atk_pool_resume(p->pool);
    }
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(workers[i].faults, 0);
        assert_int_equal(workers[i].rounds, ROUNDS);
    }
}

/* An entry whose making takes as long as another call waits. */
struct slow {
    struct place *place;
    uint32_t is_making, other_is_done;
    int rc;
};

static int make_slowly(void *ctx, MDB_txn **ret_txn, apitoken_error *err) {
    struct slow *slow = ctx;
    struct atk_deadline patience = atk_deadline_in(2000);
    __atomic_store_n(&slow->is_making, 1, __ATOMIC_RELEASE);
    while (!__atomic_load_n(&slow->other_is_done, __ATOMIC_ACQUIRE))
        /* the other one waits for us */
        if (atk_deadline_pause(&patience) < 0) return APITOKEN_E_IO;
    return make(slow->place, ret_txn, err);
}

static void *take_slowly(void *arg) {
    struct slow *slow = arg;
    struct atk_deadline deadline = atk_deadline_in(60000);
    struct atk_pool_entry *entry;
    slow->rc = atk_pool_take(slow->place->pool, &deadline, &entry, NULL);
    if (slow->rc == 0) atk_pool_give(entry);
    return NULL;
}

/* Making an entry takes as long as LMDB does: a call with a shorter deadline gives up before. */
static void test_a_deadline_holds_while_another_thread_makes_an_entry(void **state) {
    struct place *p = *state;
    struct slow slow = { p, 0, 0, 1 };
    struct atk_pool_entry *entry;
    pthread_t thread;
    p->pool->make = make_slowly;
    p->pool->make_ctx = &slow;
    assert_int_equal(pthread_create(&thread, NULL, take_slowly, &slow), 0);
    while (!__atomic_load_n(&slow.is_making, __ATOMIC_ACQUIRE)) {}
    int rc = take(p, 5, &entry);
    if (rc == 0) atk_pool_give(entry);
    __atomic_store_n(&slow.other_is_done, 1, __ATOMIC_RELEASE);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_code(slow.rc, 0);
    assert_true(rc == APITOKEN_E_BUSY || rc == 0);
}

#define WITH_POOL(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        WITH_POOL(test_an_entry_is_used_again),
        WITH_POOL(test_64_entries_and_then_busy),
        WITH_POOL(test_a_thread_has_the_entry_that_it_made),
        WITH_POOL(test_the_first_entry_may_be_brought_along),
        WITH_POOL(test_no_more_entries_than_are_in_use),
        WITH_POOL(test_a_long_read_leaves_one_for_the_others),
        WITH_POOL(test_what_cannot_be_made_leaves_its_place_free),
        WITH_POOL(test_the_detail_says_why_none_was_made),
        WITH_POOL(test_a_call_takes_what_becomes_free_instead),
        WITH_POOL(test_a_full_table_is_not_looked_at_again_by_a_call),
        WITH_POOL(test_quiesce_ends_all_transactions),
        WITH_POOL(test_quiesce_of_a_pool_never_used),
        WITH_POOL(test_quiesce_that_is_busy_changes_nothing),
        WITH_POOL(test_quiesce_that_is_busy_leaves_empty_places_empty),
        WITH_POOL(test_quiesce_forgets),
        WITH_POOL(test_no_entry_has_two_holders),
        WITH_POOL(test_a_deadline_holds_while_another_thread_makes_an_entry),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
