/* SPDX-License-Identifier: MIT */
/*
 * A store grows and shrinks while processes have it open: what was too much for a create fits right
 * after it, in every process and in the handle that it has, and nobody notices anything else.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cases.h"
#include "child.h"
#include "figure.h"
#include "fixture.h"
#include "storage.h"

#define MIB (UINT64_C(1) << 20)
#define PAGE 4096
/*
 * More than what is sure to fit after a grow can take, even if a reader that the machine lets wait
 * keeps all pages from being used again.
 */
#define STEP (8 * MIB)
/* more than the map of a store of 16 MiB holds */
#define WIDE ((UINT64_C(1) << 30) + PAGE)

enum {
    HOSTS = 2,
    ROUNDS = 12,
    ROUNDS_LONG = 200,
    SURE = 50,
    BATCH = 200,
    KILLS = 100,
    KILLS_BEYOND = 40,
    KILLS_LONG = 3000
};

struct meeting {
    struct fixture f;
    struct made_token good, bad;
    uint64_t due;     /* rounds */
    uint32_t is_open; /* hosts that have opened the store */
    uint32_t full;    /* how often a host has found it full, of both */
    uint32_t sure;    /* how often a host has made what must fit after a grow, of both */
    uint32_t grown;   /* so many grows have returned */
    uint32_t asked, made;
};

static uint64_t map_bytes_of(apitoken_store *store) {
    apitoken_store_info info = APITOKEN_STORE_INFO_INIT;
    assert_code(apitoken_store_stat(store, NULL, &info, NULL), 0);
    return info.map_bytes;
}

static int grow(const struct meeting *m, uint64_t map_bytes) {
    return apitoken_store_grow(m->f.store_path, m->f.keyring, map_bytes, FIXTURE_GROW, NULL);
}

static int setup(void **state) {
    struct meeting *m = shared_memory(sizeof *m);
    apitoken_store_create_opts opts = APITOKEN_STORE_CREATE_OPTS_INIT;
    opts.map_bytes = 16 * MIB;
    fixture_make_dir(&m->f);
    fixture_make_keys(&m->f);
    fixture_make_store(&m->f, &opts);
    m->f.store = fixture_open(&m->f, APITOKEN_MODE_READ_WRITE);
    m->good = fixture_create(m->f.store, "anna", "good", NULL);
    m->bad = fixture_create(m->f.store, "anna", "bad", NULL);
    assert_code(apitoken_revoke(m->f.store, LIT("anna"), m->bad.id, strlen(m->bad.id), NULL, NULL),
                0);
    *state = m;
    return 0;
}

static int teardown(void **state) {
    struct meeting *m = *state;
    fixture_remove(&m->f);
    return 0;
}

/* ---- hosts ----------------------------------------------------------------------------------- */

static void assert_verdicts(struct meeting *m, apitoken_store *store) {
    assert_code(apitoken_validate(store, m->good.text, m->good.len, NULL, NULL, NULL), 0);
    assert_code(apitoken_validate(store, m->bad.text, m->bad.len, NULL, NULL, NULL),
                APITOKEN_E_REVOKED);
    raise_by_one(&m->asked);
}

/* A long row, so that few of them fill the store. */
static int create(struct meeting *m, apitoken_store *store) {
    static char text[APITOKEN_DESCRIPTION_MAX];
    apitoken_create_opts opts = APITOKEN_CREATE_OPTS_INIT;
    apitoken_secret *secret = NULL;
    memset(text, 'x', sizeof text);
    opts.description = text;
    opts.description_len = sizeof text;
    int rc = apitoken_create(store, LIT("berta"), LIT("n"), &opts, &secret, NULL);
    apitoken_secret_free(secret);
    if (rc == 0) raise_by_one(&m->made);
    return rc;
}

static int create_many(apitoken_store *store) {
    static const apitoken_batch_item *items[BATCH];
    static apitoken_batch_item item = APITOKEN_BATCH_ITEM_INIT;
    apitoken_batch *batch = NULL;
    item.owner = "carla";
    item.name = "n";
    item.owner_len = 5;
    item.name_len = 1;
    for (int i = 0; i < BATCH; i++) items[i] = &item;
    int rc = apitoken_create_batch(store, items, BATCH, NULL, &batch, NULL);
    apitoken_batch_free(batch);
    return rc;
}

/* Until there is no room for one more. */
static void fill(struct meeting *m, apitoken_store *store) {
    int rc = 0;
    while (create_many(store) == 0) assert_verdicts(m, store);
    while (rc == 0) {
        assert_verdicts(m, store);
        rc = create(m, store);
    }
    assert_code(rc, APITOKEN_E_FULL);
}

/* With one handle from beginning to end: what it is refused before a grow, it gets after it. */
static int be_host(void *ctx) {
    struct meeting *m = ctx;
    apitoken_store *store = fixture_open(&m->f, APITOKEN_MODE_READ_WRITE);
    raise_by_one(&m->is_open);
    for (uint32_t round = 1; round <= m->due; round++) {
        fill(m, store);
        raise_by_one(&m->full);
        while (reads(&m->grown) < round) assert_verdicts(m, store);
        for (int i = 0; i < SURE; i++) {
            assert_code(create(m, store), 0);
            assert_verdicts(m, store);
        }
        raise_by_one(&m->sure);
        while (reads(&m->sure) < HOSTS * round) assert_verdicts(m, store);
    }
    apitoken_store_close(store);
    return 0;
}

static int verify(void *ctx) {
    struct meeting *m = ctx;
    apitoken_store *store = fixture_open(&m->f, APITOKEN_MODE_VERIFY_ONLY);
    while (reads(&m->grown) < m->due) {
        const uint32_t grown = reads(&m->grown);
        const uint64_t map_bytes = map_bytes_of(store);
        assert_true(map_bytes >= 16 * MIB + grown * STEP); /* at least what was acknowledged */
        assert_verdicts(m, store);
    }
    assert_int_equal(map_bytes_of(store), 16 * MIB + m->due * STEP);
    apitoken_store_close(store);
    return 0;
}

static void a_store_grows_under_its_hosts(void **state) {
    struct meeting *m = *state;
    pid_t hosts[HOSTS], verifier;
    m->due = figure_rounds(ROUNDS, ROUNDS_LONG);
    while (create_many(m->f.store) == 0) {}
    verifier = child_start(verify, m);
    for (int i = 0; i < HOSTS; i++) hosts[i] = child_start(be_host, m);
    for (uint32_t round = 1; round <= m->due; round++) {
        assert_true(wait_for(&m->full, HOSTS * round));
        assert_code(grow(m, 16 * MIB + round * STEP), 0); /* this process has it open, too */
        raise_to(&m->grown, round);
    }
    for (int i = 0; i < HOSTS; i++) child_join(hosts[i]);
    child_join(verifier);
    assert_code(create(m, m->f.store), 0);
    assert_code(apitoken_store_check(m->f.store_path, m->f.keyring, NULL, NULL), 0);
    figure_at_least("grows of a full store under its hosts", reads(&m->grown), m->due);
}

/* ---- shrinking ------------------------------------------------------------------------------- */

/* What it may create after the shrink is at once as little as the new size leaves. */
static int be_host_of_less(void *ctx) {
    struct meeting *m = ctx;
    apitoken_store *store = fixture_open(&m->f, APITOKEN_MODE_READ_WRITE);
    assert_code(create(m, store), 0);
    raise_to(&m->is_open, 1);
    while (!reads(&m->grown)) assert_verdicts(m, store);
    const uint32_t before = reads(&m->made);
    while (create(m, store) == 0) {}
    assert_in_range(reads(&m->made) - before, 1, MIB / APITOKEN_DESCRIPTION_MAX);
    assert_code(create(m, store), APITOKEN_E_FULL);
    assert_code(apitoken_revoke(store, LIT("anna"), m->good.id, strlen(m->good.id), NULL, NULL), 0);
    apitoken_store_close(store);
    return 0;
}

static void a_store_shrinks_under_its_hosts(void **state) {
    struct meeting *m = *state;
    apitoken_store_info info = APITOKEN_STORE_INFO_INIT;
    assert_code(grow(m, 64 * MIB), 0);
    for (int i = 0; i < 400; i++) assert_code(create_many(m->f.store), 0); /* 15 MiB */
    pid_t host = child_start(be_host_of_less, m);
    assert_true(wait_for(&m->is_open, 1));
    assert_code(apitoken_store_stat(m->f.store, NULL, &info, NULL), 0);
    assert_code(grow(m, 16 * MIB), APITOKEN_E_MAP_SIZE);
    assert_code(grow(m, info.used_bytes / PAGE * PAGE + 4 * MIB + MIB), 0); /* with the reserve */
    raise_to(&m->grown, 1);
    child_join(host);
    assert_code(grow(m, 64 * MIB), 0);
    assert_code(create(m, m->f.store), 0);
    assert_code(apitoken_store_check(m->f.store_path, m->f.keyring, NULL, NULL), 0);
}

/* ---- kill -9 --------------------------------------------------------------------------------- */

/* It may have come to its end, and well. */
static void kill_at_random(pid_t child, uint32_t max_us) {
    spin_random_us(max_us);
    assert_int_equal(kill(child, SIGKILL), 0);
    const int code = child_wait(child);
    assert_true(code == 0 || code == 128 + SIGKILL);
}

static int grow_on(void *ctx) {
    struct meeting *m = ctx;
    for (uint32_t next = reads(&m->grown) + 1; next < UINT32_MAX; next++) {
        raise_to(&m->asked, next);
        assert_code(grow(m, 16 * MIB + (uint64_t)next * PAGE), 0);
        raise_to(&m->grown, next);
    }
    return 0;
}

/* At any moment: the size is the old one or the new one, and the next grow and create work. */
static void a_grow_that_is_killed_was_made_or_not(void **state) {
    struct meeting *m = *state;
    const uint64_t kills = figure_rounds(KILLS, KILLS_LONG);
    uint64_t wrong = 0;
    for (uint64_t i = 0; i < kills; i++) {
        const uint32_t before = reads(&m->grown);
        pid_t child = child_start(grow_on, m);
        assert_true(wait_for(&m->grown, before + 1));
        kill_at_random(child, 3000);
        const uint64_t pages = (map_bytes_of(m->f.store) - 16 * MIB) / PAGE;
        wrong += pages < reads(&m->grown) || pages > reads(&m->asked);
        raise_to(&m->grown, (uint32_t)pages);
        assert_code(create(m, m->f.store), 0);
    }
    assert_code(apitoken_store_check(m->f.store_path, m->f.keyring, NULL, NULL), 0);
    figure_at_least("kill -9 of a grow, rounds", kills, figure_rounds(KILLS, KILLS_LONG));
    figure_at_most("kill -9 of a grow: sizes that nobody asked for", wrong, 0);
}

static int grow_beyond(void *ctx) {
    struct meeting *m = ctx;
    raise_to(&m->is_open, 1);
    assert_code(grow(m, WIDE), 0);
    return 0;
}

/* The same if its map must become larger first, for which nobody has it open. */
static void a_grow_beyond_the_map_that_is_killed_was_made_or_not(void **state) {
    struct meeting *m = *state;
    char *end = m->f.store_path + strlen(m->f.store_path);
    apitoken_store_create_opts opts = APITOKEN_STORE_CREATE_OPTS_INIT;
    const uint64_t kills = figure_rounds(KILLS_BEYOND, KILLS_LONG);
    uint64_t wrong = 0;
    opts.map_bytes = 16 * MIB;
    for (uint64_t i = 0; i < kills; i++) {
        apitoken_store_close(m->f.store);
        (void)snprintf(end, 24, "-%u", (unsigned)i);
        fixture_make_store(&m->f, &opts);
        raise_to(&m->is_open, 0);
        pid_t child = child_start(grow_beyond, m);
        assert_true(wait_for(&m->is_open, 1));
        kill_at_random(child, 20000);
        m->f.store = fixture_open(&m->f, APITOKEN_MODE_READ_WRITE);
        const uint64_t map_bytes = map_bytes_of(m->f.store);
        wrong += map_bytes != 16 * MIB && map_bytes != WIDE;
        assert_code(create(m, m->f.store), 0);
        assert_code(apitoken_store_check(m->f.store_path, m->f.keyring, NULL, NULL), 0);
    }
    apitoken_store_close(m->f.store);
    child_join(child_start(grow_beyond, m)); /* the last one may go on where it was killed */
    m->f.store = fixture_open(&m->f, APITOKEN_MODE_READ_WRITE);
    assert_int_equal(map_bytes_of(m->f.store), WIDE);
    figure_at_most("kill -9 of a grow beyond the map: sizes that nobody asked for", wrong, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(a_store_grows_under_its_hosts),
        TEST(a_store_shrinks_under_its_hosts),
        TEST(a_grow_that_is_killed_was_made_or_not),
        TEST(a_grow_beyond_the_map_that_is_killed_was_made_or_not),
    };
    storage_in_memory(STORAGE_USUAL);
    return run_cases(argc, argv, tests, NULL, NULL);
}
