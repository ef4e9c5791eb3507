/* SPDX-License-Identifier: MIT */
/*
 * A purge of half of a store beside processes that validate and one that creates: what is gone is
 * never accepted again, what lasts is accepted all the time, nobody waits for long, and the space
 * is used again. APITOKEN_PURGE_TOKENS in the environment says of how many tokens;
 * doc/operations.md says what 2,000,000 took, in memory.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cases.h"
#include "child.h"
#include "figure.h"
#include "fixture.h"

#define HOUR_MS INT64_C(3600000)
#define PAGE 4096
#define MIB (UINT64_C(1) << 20)

enum { TOKENS = 6000, BATCH = 50000, OWNERS = 1000, SAMPLES = 64, VALIDATORS = 2 };

/* A token that is asked for again and again. */
struct sample {
    char text[APITOKEN_FORMAT_MAX];
    size_t len;
    int ends;
};

struct meeting {
    struct fixture f;
    struct fixture later; /* a clock for who purges: all tokens that end have ended */
    size_t tokens;        /* half of them end */
    struct sample samples[SAMPLES];
    size_t sample_count;
    uint32_t is_open;           /* processes that are at work */
    uint32_t is_over;           /* the purge has returned */
    uint32_t asked, made, gone; /* what they did, of all */
    uint64_t longest_us;        /* that a create took meanwhile */
};

/* ---- the store ------------------------------------------------------------------------------- */

static size_t tokens_wanted(void) {
    const char *text = getenv("APITOKEN_PURGE_TOKENS");
    const size_t asked = text ? strtoul(text, NULL, 10) : TOKENS;
    return asked < 2 * SAMPLES ? 2 * SAMPLES : asked / 2 * 2;
}

/* For an administrator, on its own clock. */
static apitoken_store *open_later(struct meeting *m) {
    apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
    apitoken_store *store = NULL;
    opts.flags = APITOKEN_OPEN_ADMIN;
    opts.clock = fixture_clock;
    opts.clock_ctx = &m->later;
    m->later.now_ms = m->f.now_ms;
    assert_code(apitoken_store_open(m->f.store_path, m->f.keyring, &opts, &store, NULL), 0);
    return store;
}

/* It would grow with each create, whatever a purge gives back. */
static void keep_no_audit(apitoken_store *store) {
    apitoken_policy policy = APITOKEN_POLICY_INIT;
    apitoken_policy_opts opts = APITOKEN_POLICY_OPTS_INIT;
    opts.mask = APITOKEN_POLICY_AUDIT_RETENTION;
    opts.actor = "root";
    opts.actor_len = 4;
    assert_code(apitoken_policy_set(store, &policy, &opts, NULL), 0);
}

static int setup(void **state) {
    struct meeting *m = shared_memory(sizeof *m);
    apitoken_store_create_opts opts = APITOKEN_STORE_CREATE_OPTS_INIT;
    m->tokens = tokens_wanted();
    fixture_make_dir(&m->f);
    fixture_make_keys(&m->f);
    opts.map_bytes = 64 * MIB + m->tokens / 2 * PAGE;
    fixture_make_store(&m->f, &opts);
    m->f.store = open_later(m);
    keep_no_audit(m->f.store);
    *state = m;
    return 0;
}

static int teardown(void **state) {
    struct meeting *m = *state;
    fixture_remove(&m->f);
    return 0;
}

static void keep_samples(struct meeting *m, const apitoken_batch *batch, int ends) {
    const size_t most = ends ? SAMPLES / 2 : SAMPLES;
    for (size_t i = 0; i < SAMPLES / 2 && m->sample_count < most; i++) {
        struct sample *sample = &m->samples[m->sample_count++];
        sample->ends = ends;
        assert_code(apitoken_batch_format(batch, i, APITOKEN_FORMAT_PLAIN, NULL, sample->text,
                                          sizeof sample->text, &sample->len, NULL),
                    0);
    }
}

static void create_batch(struct meeting *m, size_t count, int ends) {
    static apitoken_batch_item items[BATCH];
    static const apitoken_batch_item *pointers[BATCH];
    static char owners[OWNERS][8];
    apitoken_batch *batch = NULL;
    for (size_t i = 0; i < count; i++) {
        char *owner = owners[i % OWNERS];
        (void)snprintf(owner, sizeof owners[0], "o%06u", (unsigned)(i % OWNERS));
        items[i] = (apitoken_batch_item)APITOKEN_BATCH_ITEM_INIT;
        items[i].owner = items[i].name = owner;
        items[i].owner_len = items[i].name_len = 7;
        items[i].expiry_kind = ends ? APITOKEN_EXPIRY_INSTANT : APITOKEN_EXPIRY_NEVER;
        items[i].expiry_ms = ends ? m->later.now_ms + HOUR_MS : 0;
        pointers[i] = &items[i];
    }
    assert_code(apitoken_create_batch(m->f.store, pointers, count, NULL, &batch, NULL), 0);
    keep_samples(m, batch, ends);
    apitoken_batch_free(batch);
}

/* In batches. */
static void create_tokens(struct meeting *m, size_t count, int ends) {
    for (size_t left = count; left > 0;) {
        const size_t some = left < BATCH ? left : BATCH;
        create_batch(m, some, ends);
        left -= some;
    }
}

static uint64_t file_pages(const struct meeting *m) {
    char path[128];
    struct stat st;
    (void)snprintf(path, sizeof path, "%s/data.mdb", m->f.store_path);
    assert_int_equal(stat(path, &st), 0);
    return (uint64_t)st.st_size / PAGE;
}

static apitoken_store_info info_of(const struct meeting *m) {
    apitoken_store_info info = APITOKEN_STORE_INFO_INIT;
    assert_code(apitoken_store_stat(m->f.store, NULL, &info, NULL), 0);
    return info;
}

/* ---- the others ------------------------------------------------------------------------------ */

/* Its clock stands still: what ends is valid there until it is gone. */
static int validate_all(void *ctx) {
    struct meeting *m = ctx;
    int is_gone[SAMPLES] = { 0 }, is_last = 0;
    apitoken_store *store = fixture_open(&m->f, APITOKEN_MODE_VERIFY_ONLY);
    raise_by_one(&m->is_open);
    while (!is_last) {
        is_last = reads(&m->is_over) > 0; /* once more after the purge */
        for (size_t i = 0; i < m->sample_count; i++) {
            const struct sample *s = &m->samples[i];
            int rc = apitoken_validate(store, s->text, s->len, NULL, NULL, NULL);
            if (!s->ends || (!is_gone[i] && !is_last && rc == 0)) {
                assert_code(rc, 0);
                continue;
            }
            assert_code(rc, APITOKEN_E_UNKNOWN);
            if (!is_gone[i]) raise_by_one(&m->gone);
            is_gone[i] = 1;
        }
        raise_by_one(&m->asked);
    }
    apitoken_store_close(store);
    return 0;
}

static int create_all(void *ctx) {
    struct meeting *m = ctx;
    apitoken_store *store = fixture_open(&m->f, APITOKEN_MODE_READ_WRITE);
    for (int is_first = 1; is_first || !reads(&m->is_over); is_first = 0) {
        const int64_t begin_us = now_us();
        (void)fixture_create(store, "writer", "name", NULL);
        const uint64_t took_us = (uint64_t)(now_us() - begin_us);
        if (took_us > m->longest_us) m->longest_us = took_us;
        raise_by_one(&m->made);
        if (is_first) raise_by_one(&m->is_open);
    }
    apitoken_store_close(store);
    return 0;
}

/* ---- the purge ------------------------------------------------------------------------------- */

static void purge_beside(struct meeting *m) {
    apitoken_purge_opts opts = APITOKEN_PURGE_OPTS_INIT;
    apitoken_purge_result result = APITOKEN_PURGE_RESULT_INIT;
    pid_t pids[VALIDATORS + 1];
    opts.timeout_ms = 60000;
    opts.actor = "root";
    opts.actor_len = 4;
    for (int i = 0; i <= VALIDATORS; i++)
        pids[i] = child_start(i < VALIDATORS ? validate_all : create_all, m);
    assert_true(wait_for(&m->is_open, VALIDATORS + 1));
    m->longest_us = 0;
    const uint32_t made_before = reads(&m->made);
    const int64_t begin_us = now_us();
    opts.ended_before_ms = m->later.now_ms;
    assert_code(apitoken_purge(m->f.store, &opts, &result, NULL), 0);
    figure_told("tokens purged", result.tokens);
    figure_told("milliseconds of the purge", (uint64_t)(now_us() - begin_us) / 1000);
    figure_told("creates beside it", reads(&m->made) - made_before);
    figure_told("microseconds of the longest create beside it", m->longest_us);
    assert_int_equal(result.tokens, m->tokens / 2);
    raise_to(&m->is_over, 1);
    for (int i = 0; i <= VALIDATORS; i++) child_join(pids[i]);
    assert_int_equal(reads(&m->gone), VALIDATORS * SAMPLES / 2);
    assert_int_equal(info_of(m).tokens, m->tokens / 2 + m->made);
}

static void half_of_a_store_is_purged_beside_its_hosts(void **state) {
    struct meeting *m = *state;
    create_tokens(m, m->tokens / 2, 1); /* the older ones, as a rule */
    create_tokens(m, m->tokens / 2, 0);
    const uint64_t used = info_of(m).used_bytes / PAGE, pages = file_pages(m);
    m->later.now_ms += 2 * HOUR_MS;
    purge_beside(m);
    figure_told("pages in use before the purge", used);
    figure_told("pages in use after the purge", info_of(m).used_bytes / PAGE);
    assert_true(info_of(m).used_bytes / PAGE < used);
    create_tokens(m, m->tokens / 2, 1);
    figure_told("pages in use after as many creates", info_of(m).used_bytes / PAGE);
    figure_told("pages of the file before the purge", pages);
    figure_told("pages of the file after as many creates", file_pages(m));
    apitoken_store_close(m->f.store);
    m->f.store = NULL;
    assert_code(apitoken_store_check(m->f.store_path, m->f.keyring, NULL, NULL), 0);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(half_of_a_store_is_purged_beside_its_hosts, setup,
                                        teardown),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
