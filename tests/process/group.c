/* SPDX-License-Identifier: MIT */
/*
 * Changes of several threads that share a transaction: under SIGKILL, and from several processes at
 * once.
 */
#include <stdio.h>
#include <string.h>

#include "cases.h"
#include "child.h"
#include "fixture.h"
#include "storage.h"
#include "thread.h"
#include "watch.h"

enum { THREADS = 8, KILLS = 40, TOKENS_MAX = 1000, SPREAD_US = 20000, PROCESSES = 3, TURNS = 40 };

/* What one thread was told, in shared memory. */
struct ledger {
    uint32_t created, revoked; /* so many calls returned 0 */
    struct made_token made[TOKENS_MAX];
};

struct book {
    struct fixture *f;
    uint32_t created; /* by all threads */
    struct ledger ledgers[THREADS];
};

struct writer {
    apitoken_store *store;
    struct book *book;
    int number;
};

/* Every second token is revoked: a group holds both kinds. */
static int write_on(void *ctx) {
    const struct writer *w = ctx;
    struct ledger *ledger = &w->book->ledgers[w->number];
    for (uint32_t i = 0; i < TOKENS_MAX; i++) {
        struct made_token *made = &ledger->made[i];
        THREAD_DUE(thread_create(w->store, "child", "n", made), 0);
        raise_to(&ledger->created, i + 1);
        raise_by_one(&w->book->created);
        if (i % 2 == 0) continue;
        THREAD_DUE(apitoken_revoke(w->store, LIT("child"), made->id, strlen(made->id), NULL, NULL),
                   0);
        raise_to(&ledger->revoked, i + 1);
    }
    return 0;
}

static int write_with_threads(void *ctx) {
    struct book *book = ctx;
    apitoken_store *store = fixture_open(book->f, APITOKEN_MODE_READ_WRITE);
    struct writer writers[THREADS];
    struct thread threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        writers[i] = (struct writer){ store, book, i };
        thread_start(&threads[i], write_on, &writers[i]);
    }
    for (int i = 0; i < THREADS; i++) thread_join(&threads[i]);
    apitoken_store_close(store);
    return 0;
}

static apitoken_store_info info_of(apitoken_store *store) {
    apitoken_store_info info = APITOKEN_STORE_INFO_INIT;
    assert_code(apitoken_store_stat(store, NULL, &info, NULL), 0);
    return info;
}

/* Everything acknowledged is there. Returns how many creates were. */
static uint32_t audit(const struct fixture *f, const struct ledger *ledger) {
    uint32_t created = reads(&ledger->created), revoked = reads(&ledger->revoked);
    for (uint32_t i = 0; i < created; i++) {
        const struct made_token *made = &ledger->made[i];
        int rc = apitoken_validate(f->store, made->text, made->len, NULL, NULL, NULL);
        if (i % 2 == 0)
            assert_code(rc, 0);
        else if (i < revoked || rc != 0)
            assert_code(rc, APITOKEN_E_REVOKED);
    }
    return created;
}

static void killed_groups_lose_nothing(void **state) {
    struct fixture *f = *state;
    struct book *book = shared_memory(sizeof *book);
    uint64_t creates = 0, transactions = 0;
    for (int i = 0; i < KILLS; i++) {
        apitoken_store_info before = info_of(f->store);
        uint32_t acknowledged = 0;
        memset(book, 0, sizeof *book);
        book->f = f;
        pid_t child = child_start(write_with_threads, book);
        assert_true(wait_for(&book->created, 1 + (uint32_t)i % 4));
        spin_random_us(SPREAD_US);
        child_kill(child);
        for (int k = 0; k < THREADS; k++) acknowledged += audit(f, &book->ledgers[k]);
        apitoken_store_info after = info_of(f->store);
        assert_in_range(after.tokens - before.tokens, acknowledged, acknowledged + THREADS);
        creates += after.tokens - before.tokens + after.revoked - before.revoked;
        transactions += after.transaction - before.transaction;
        (void)fixture_create(f->store, "parent", "n", NULL);
    }
    print_message("# killed_groups %d changes %llu transactions %llu lost 0\n", KILLS,
                  (unsigned long long)creates, (unsigned long long)transactions);
    assert_true(transactions < creates); /* there were groups */
}

/* ---- several processes ----------------------------------------------------------------------- */

struct turn {
    apitoken_store *store;
    char owner[16];
};

static int take_turns(void *ctx) {
    const struct turn *turn = ctx;
    for (int i = 0; i < TURNS; i++) {
        struct made_token made;
        THREAD_DUE(thread_create(turn->store, turn->owner, "n", &made), 0);
        THREAD_DUE(apitoken_validate(turn->store, made.text, made.len, NULL, NULL, NULL), 0);
        THREAD_DUE(apitoken_revoke(turn->store, turn->owner, strlen(turn->owner), made.id,
                                   strlen(made.id), NULL, NULL),
                   0);
        THREAD_DUE(apitoken_validate(turn->store, made.text, made.len, NULL, NULL, NULL),
                   APITOKEN_E_REVOKED);
    }
    return 0;
}

static int take_turns_with_threads(void *ctx) {
    struct fixture *f = ctx;
    apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
    apitoken_store *store = NULL;
    struct turn turns[THREADS];
    struct thread threads[THREADS];
    opts.timeout_ms = CHILD_LIMIT_S * 1000;
    assert_code(apitoken_store_open(f->store_path, f->keyring, &opts, &store, NULL), 0);
    for (int i = 0; i < THREADS; i++) {
        turns[i].store = store;
        (void)snprintf(turns[i].owner, sizeof turns[i].owner, "w%d", i);
        thread_start(&threads[i], take_turns, &turns[i]);
    }
    for (int i = 0; i < THREADS; i++) thread_join(&threads[i]);
    apitoken_store_close(store);
    return 0;
}

static void groups_of_several_processes_take_turns(void **state) {
    struct fixture *f = *state;
    pid_t children[PROCESSES];
    for (int i = 0; i < PROCESSES; i++) children[i] = child_start(take_turns_with_threads, f);
    for (int i = 0; i < PROCESSES; i++) child_join(children[i]);
    apitoken_store_info info = info_of(f->store);
    assert_int_equal(info.tokens, PROCESSES * THREADS * TURNS);
    assert_int_equal(info.revoked, PROCESSES * THREADS * TURNS);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(killed_groups_lose_nothing, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(groups_of_several_processes_take_turns, fixture_setup,
                                        fixture_teardown),
    };
    storage_pace_syncs();
    return run_cases(argc, argv, tests, NULL, NULL);
}
