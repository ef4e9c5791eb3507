/* SPDX-License-Identifier: MIT */
/*
 * How long calls wait within a process: a validate while all read transactions are in use, its own
 * timeout or that of the store; a backup for another one.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "below.h"
#include "cases.h"
#include "outside/clock.h"
#include "objects/store.h"

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

enum { BRIEF_MS = 20, LONG_MS = 60000, PATIENCE_US = 10000000 };

/* Takes one as another thread would; returns it. */
static void take_all(struct atk_pool *pool, uint32_t before[ATK_POOL_MAX]) {
    for (uint32_t i = 0; i < ATK_POOL_MAX; i++) {
        before[i] = pool->entry[i].state;
        pool->entry[i].state = ATK_POOL_TAKEN;
    }
}

static void give_all(struct atk_pool *pool, const uint32_t before[ATK_POOL_MAX]) {
    for (uint32_t i = 0; i < ATK_POOL_MAX; i++) pool->entry[i].state = before[i];
}

/* With the timeouts of the store and of the call; 0 = not set. */
static void assert_waits_briefly(const struct fixture *f, const struct made_token *token,
                                 uint32_t store_ms, uint32_t call_ms) {
    apitoken_validate_opts opts = APITOKEN_VALIDATE_OPTS_INIT;
    struct atk_pool *pool = &engine_of(f)->env->pool;
    uint32_t before[ATK_POOL_MAX];
    char header[sizeof token->text + 8];
    opts.timeout_ms = call_ms;
    f->store->timeout_ms = store_ms;
    (void)snprintf(header, sizeof header, "Bearer %s", token->text);
    take_all(pool, before);
    const int64_t begin = atk_monotonic_us();
    int text =
        apitoken_validate(f->store, token->text, token->len, call_ms ? &opts : NULL, NULL, NULL);
    int value = apitoken_validate_header(f->store, header, strlen(header), call_ms ? &opts : NULL,
                                         NULL, NULL);
    const int64_t took = atk_monotonic_us() - begin;
    give_all(pool, before);
    assert_code(text, APITOKEN_E_BUSY);
    assert_code(value, APITOKEN_E_BUSY);
    assert_true(took >= 2 * BRIEF_MS * 1000 && took < PATIENCE_US);
}

static void test_a_validate_waits_as_long_as_it_is_told(void **state) {
    struct fixture *f = *state;
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    assert_waits_briefly(f, &token, LONG_MS, BRIEF_MS);
    assert_waits_briefly(f, &token, BRIEF_MS, 0);
    assert_code(apitoken_validate(f->store, token.text, token.len, NULL, NULL, NULL), 0);
}

/* Another one is copying what only a later version understands. */
static void test_a_backup_waits_as_long_as_it_is_told(void **state) {
    struct fixture *f = *state;
    apitoken_backup_opts opts = APITOKEN_BACKUP_OPTS_INIT;
    pthread_mutex_t *trees = &engine_of(f)->env->trees;
    char path[128];
    (void)snprintf(path, sizeof path, "%s/backup", f->dir);
    opts.timeout_ms = BRIEF_MS;
    assert_int_equal(pthread_mutex_lock(trees), 0);
    (void)alarm(LONG_MS / 1000); /* against a wait for ever */
    int rc = apitoken_store_backup(f->store, path, &opts, NULL);
    (void)alarm(0);
    assert_int_equal(pthread_mutex_unlock(trees), 0);
    assert_code(rc, APITOKEN_E_BUSY);
    assert_int_equal(access(path, F_OK), -1);
    assert_code(apitoken_store_backup(f->store, path, &opts, NULL), 0);
    assert_int_equal(pthread_mutex_trylock(trees), 0); /* it was given back */
    assert_int_equal(pthread_mutex_unlock(trees), 0);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        CASE(test_a_validate_waits_as_long_as_it_is_told),
        CASE(test_a_backup_waits_as_long_as_it_is_told),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
