/* SPDX-License-Identifier: MIT */
/*
 * Eight threads create, revoke, validate, list and show over one store, through several handles,
 * and also touch each other's tokens. An answer must include at least what the thread knew before
 * it asked. Made for ThreadSanitizer (tests/run.sh).
 */
#include <stdio.h>
#include <string.h>

#include "cases.h"
#include "child.h"
#include "fixture.h"
#include "storage.h"
#include "thread.h"

enum { THREADS = 8, HANDLES = 3, TURNS = 50, LOOKS = 40 };
enum phase { EMPTY, ALIVE, REVOKING, REVOKED };

/* One thread's tokens, which all others see. */
struct row {
    struct made_token made[TURNS];
    /* enum phase; raised after the call returned, and never back to ALIVE */
    uint32_t phases[TURNS];
};

struct crowd {
    struct fixture *f;
    /* two that write, one of them without memory, and one that only verifies */
    apitoken_store *handles[HANDLES];
    struct row rows[THREADS];
};

struct member {
    struct crowd *crowd;
    char owner[8];
    uint32_t number;
    uint32_t random; /* of its own */
};

/* xorshift32 (Marsaglia 2003) */
static uint32_t draw(struct member *m, uint32_t below) {
    m->random ^= m->random << 13;
    m->random ^= m->random >> 17;
    m->random ^= m->random << 5;
    return m->random % below;
}

static apitoken_store *writer(struct member *m) { return m->crowd->handles[draw(m, 2)]; }

static int validate(apitoken_store *store, const struct made_token *made) {
    return apitoken_validate(store, made->text, made->len, NULL, NULL, NULL);
}

/* Whose token it is does not matter, nor which handle is asked. */
static int look_at_any(struct member *m) {
    struct row *row = &m->crowd->rows[draw(m, THREADS)];
    uint32_t i = draw(m, TURNS), before = reads(&row->phases[i]);
    if (before == EMPTY) return 0;
    int rc = validate(m->crowd->handles[draw(m, HANDLES)], &row->made[i]);
    if (before == REVOKED) THREAD_DUE(rc, APITOKEN_E_REVOKED);
    if (reads(&row->phases[i]) == ALIVE) THREAD_DUE(rc, 0);
    return rc == 0 || rc == APITOKEN_E_REVOKED ? 0
                                               : thread_tell("validate", rc, 0, __FILE__, __LINE__);
}

/* Two may meet at one token: revoke is idempotent. */
static int revoke_of_a_neighbour(struct member *m, uint32_t i) {
    uint32_t neighbour = (m->number + 1 + draw(m, 2)) % THREADS;
    struct row *row = &m->crowd->rows[neighbour];
    char owner[8];
    if (reads(&row->phases[i]) == EMPTY) return 0;
    (void)snprintf(owner, sizeof owner, "w%u", neighbour);
    raise_to(&row->phases[i], REVOKING);
    THREAD_DUE(apitoken_revoke(writer(m), owner, strlen(owner), row->made[i].id,
                               strlen(row->made[i].id), NULL, NULL),
               0);
    raise_to(&row->phases[i], REVOKED);
    THREAD_DUE(validate(m->crowd->handles[draw(m, HANDLES)], &row->made[i]), APITOKEN_E_REVOKED);
    return 0;
}

static int list_own(struct member *m, size_t due) {
    apitoken_page *page = NULL;
    THREAD_DUE(apitoken_list(writer(m), m->owner, strlen(m->owner), NULL, &page, NULL), 0);
    size_t rows = apitoken_page_count(page);
    apitoken_page_free(page);
    return rows == due ? 0 : thread_tell("rows", (int)rows, (int)due, __FILE__, __LINE__);
}

static int show_own(struct member *m, const struct made_token *made) {
    apitoken_token *token = NULL;
    apitoken_store_info info = APITOKEN_STORE_INFO_INIT;
    THREAD_DUE(apitoken_show(writer(m), m->owner, strlen(m->owner), made->id, strlen(made->id),
                             NULL, &token, NULL),
               0);
    apitoken_token_free(token);
    THREAD_DUE(apitoken_store_stat(writer(m), NULL, &info, NULL), 0);
    return 0;
}

/* A handle that comes and goes beside the others, which share its environment. */
static int come_and_go(struct member *m, const struct made_token *made) {
    apitoken_store *store = NULL;
    apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
    opts.clock = fixture_clock;
    opts.clock_ctx = m->crowd->f;
    THREAD_DUE(
        apitoken_store_open(m->crowd->f->store_path, m->crowd->f->keyring, &opts, &store, NULL), 0);
    int rc = validate(store, made);
    apitoken_store_close(store);
    return rc == 0 || rc == APITOKEN_E_REVOKED ? 0
                                               : thread_tell("validate", rc, 0, __FILE__, __LINE__);
}

static int mix_verbs(void *ctx) {
    struct member *m = ctx;
    struct row *row = &m->crowd->rows[m->number];
    for (uint32_t i = 0; i < TURNS; i++) {
        THREAD_DUE(thread_create(writer(m), m->owner, "n", &row->made[i]), 0);
        raise_to(&row->phases[i], ALIVE);
        for (int look = 0; look < LOOKS; look++) THREAD_DUE(look_at_any(m), 0);
        if (i >= 2) THREAD_DUE(revoke_of_a_neighbour(m, i / 2), 0);
        THREAD_DUE(list_own(m, i + 1), 0);
        THREAD_DUE(show_own(m, &row->made[draw(m, i + 1)]), 0);
        if (i % 4 == m->number % 4) THREAD_DUE(come_and_go(m, &row->made[i]), 0);
    }
    return 0;
}

static apitoken_store *open_without_memory(struct fixture *f) {
    apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
    apitoken_store *store = NULL;
    opts.flags = APITOKEN_OPEN_NO_RECENT;
    opts.clock = fixture_clock;
    opts.clock_ctx = f;
    assert_code(apitoken_store_open(f->store_path, f->keyring, &opts, &store, NULL), 0);
    return store;
}

/*
 * In the end all handles say of every token what its revoker was told. Returns how many are
 * revoked.
 */
static uint32_t audit(const struct crowd *crowd) {
    uint32_t revoked = 0;
    for (int number = 0; number < THREADS; number++)
        for (int i = 0; i < TURNS; i++) {
            int is_revoked = crowd->rows[number].phases[i] == REVOKED;
            assert_true(is_revoked || crowd->rows[number].phases[i] == ALIVE);
            revoked += (uint32_t)is_revoked;
            for (int k = 0; k < HANDLES; k++)
                assert_code(validate(crowd->handles[k], &crowd->rows[number].made[i]),
                            is_revoked ? APITOKEN_E_REVOKED : 0);
        }
    return revoked;
}

static void eight_threads_mix_all_verbs_over_several_handles(void **state) {
    static struct crowd crowd;
    struct fixture *f = *state;
    struct member members[THREADS];
    struct thread threads[THREADS];
    apitoken_store_info info = APITOKEN_STORE_INFO_INIT;
    crowd.f = f;
    crowd.handles[0] = f->store;
    crowd.handles[1] = open_without_memory(f);
    crowd.handles[2] = fixture_open(f, APITOKEN_MODE_VERIFY_ONLY);
    for (uint32_t i = 0; i < THREADS; i++) {
        members[i] = (struct member){ .crowd = &crowd, .number = i, .random = 2463534242u + i };
        (void)snprintf(members[i].owner, sizeof members[i].owner, "w%u", i);
        thread_start(&threads[i], mix_verbs, &members[i]);
    }
    for (int i = 0; i < THREADS; i++) thread_join(&threads[i]);
    uint32_t revoked = audit(&crowd);
    assert_code(apitoken_store_stat(f->store, NULL, &info, NULL), 0);
    assert_int_equal(info.tokens, THREADS * TURNS);
    assert_int_equal(info.revoked, revoked);
    assert_true(revoked > THREADS);
    apitoken_store_close(crowd.handles[2]);
    apitoken_store_close(crowd.handles[1]);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(eight_threads_mix_all_verbs_over_several_handles,
                                        fixture_setup, fixture_teardown),
    };
    storage_in_memory(STORAGE_USUAL);
    return run_cases(argc, argv, tests, NULL, NULL);
}
