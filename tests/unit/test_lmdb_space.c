/* SPDX-License-Identifier: MIT */
#include "lmdb/tokens/space.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cases.h"
#include "samples.h"

#define LIMIT ATK_MAP_MIN
#define MAP (4 * LIMIT)
#define RESERVE ATK_RESERVE_PAGES

/* An environment for the smallest limit there is, with a larger map, and without syncs. */
struct place {
    struct fixture fixture; /* first: fixture_teardown() takes it */
    struct atk_env env;
    MDB_txn *reader; /* what the calls under test get; renewed for each */
    unsigned records;
};

static int setup(void **state) {
    struct place *p = aligned_alloc(_Alignof(struct place), sizeof *p);
    MDB_stat stat;
    assert_non_null(p);
    memset(p, 0, sizeof *p);
    fixture_make_dir(&p->fixture);
    assert_int_equal(mdb_env_create(&p->env.mdb), 0);
    assert_int_equal(mdb_env_set_mapsize(p->env.mdb, MAP), 0);
    assert_int_equal(mdb_env_open(p->env.mdb, p->fixture.dir, MDB_NOTLS | MDB_NOSYNC, 0600), 0);
    assert_int_equal(mdb_env_stat(p->env.mdb, &stat), 0);
    p->env.page_size = stat.ms_psize;
    assert_int_equal(mdb_txn_begin(p->env.mdb, NULL, MDB_RDONLY, &p->reader), 0);
    mdb_txn_reset(p->reader);
    *state = p;
    return 0;
}

static int teardown(void **state) {
    struct place *p = *state;
    mdb_txn_abort(p->reader);
    mdb_env_close(p->env.mdb);
    return fixture_teardown(state);
}

/* Puts so many records of a page each, or deletes the last ones put. */
static void change(struct place *p, int count) {
    static uint8_t value[3000]; /* too long for a leaf: a page of its own */
    MDB_txn *txn;
    MDB_dbi dbi;
    assert_int_equal(mdb_txn_begin(p->env.mdb, NULL, 0, &txn), 0);
    assert_int_equal(mdb_dbi_open(txn, NULL, 0, &dbi), 0);
    for (int i = 0; i < abs(count); i++) {
        uint32_t number = count > 0 ? p->records++ : --p->records;
        MDB_val k = { sizeof number, &number }, v = { sizeof value, value };
        assert_int_equal(count > 0 ? mdb_put(txn, dbi, &k, &v, 0) : mdb_del(txn, dbi, &k, NULL), 0);
    }
    assert_int_equal(mdb_txn_commit(txn), 0);
}

static uint64_t used_pages(const struct place *p) {
    MDB_envinfo info;
    assert_int_equal(mdb_env_info(p->env.mdb, &info), 0);
    return info.me_last_pgno + 1;
}

static struct atk_space read_space(struct place *p, uint64_t beyond) {
    struct atk_space space;
    memset(&space, 0x55, sizeof space);
    assert_int_equal(mdb_txn_renew(p->reader), 0);
    assert_code(atk_space_read(&p->env, p->reader, LIMIT, beyond, &space, NULL), 0);
    mdb_txn_reset(p->reader);
    assert_true(space.pages == LIMIT / p->env.page_size);
    assert_true(space.used == used_pages(p));
    return space;
}

static int reserve_for(struct place *p, enum atk_space_need need) {
    const struct atk_space space = read_space(p, 0);
    return atk_space_reserve(&p->env, &space, need, NULL);
}

static int reserve(struct place *p) { return reserve_for(p, ATK_SPACE_ALL); }

static uint64_t bytes_on_disk(const struct place *p) {
    struct stat st;
    char path[128];
    (void)snprintf(path, sizeof path, "%s/data.mdb", p->fixture.dir);
    assert_int_equal(stat(path, &st), 0);
    return (uint64_t)st.st_blocks * 512;
}

static void test_the_reserve_of_a_map(void **state) {
    (void)state;
    const uint64_t page = 4096;
    assert_true(atk_space_reserve_bytes(ATK_MAP_MIN, 4096) == 1024 * page);
    assert_true(atk_space_reserve_bytes(1024 * 50 * page, 4096) == 1024 * page);
    assert_true(atk_space_reserve_bytes(1025 * 50 * page, 4096) == 1025 * page);
    assert_true(atk_space_reserve_bytes(ATK_MAP_DEFAULT, 4096) == 5242 * page);
    assert_true(atk_space_reserve_bytes(ATK_MAP_MAX, 4096) == ATK_MAP_MAX / page / 50 * page);
    assert_true(atk_space_reserve_bytes(ATK_MAP_MIN, 16384) == 1024 * UINT64_C(16384));
}

static void test_the_free_list_is_counted_only_if_need_be(void **state) {
    struct place *p = *state;
    change(p, 100);
    change(p, -100);
    change(p, 1);
    assert_int_equal(read_space(p, 0).free, 0);
    struct atk_space space = read_space(p, UINT64_MAX);
    assert_in_range(space.free, 90, 110);
    assert_int_equal(space.reserve, RESERVE);
    assert_true(atk_space_spare_bytes(&p->env, &space) ==
                (space.pages - space.used + space.free - RESERVE) * p->env.page_size);
}

/* Pages that a reader may still see are not to be had, whatever the free list says. */
static void test_pages_that_a_reader_sees_are_not_free(void **state) {
    struct place *p = *state;
    MDB_txn *old;
    change(p, 100);
    assert_int_equal(mdb_txn_begin(p->env.mdb, NULL, MDB_RDONLY, &old), 0);
    change(p, -100);
    change(p, 1);
    struct atk_space space = read_space(p, UINT64_MAX);
    assert_in_range(space.free, 0, 10);
    assert_in_range(space.pinned, 90, 110);
    assert_int_equal(space.reader_pid, getpid());
    assert_int_equal(space.reader_transaction, mdb_txn_id(old));
    mdb_txn_reset(old);
    space = read_space(p, UINT64_MAX);
    assert_in_range(space.free, 90, 110);
    assert_int_equal(space.pinned, 0);
    assert_int_equal(space.reader_pid, 0);
    mdb_txn_abort(old);
}

/* Only if what a reader keeps would have been enough is it the reason. */
static void test_a_reader_is_the_reason_if_its_pages_would_do(void **state) {
    (void)state;
    const struct atk_space none = { .pages = 5000, .used = 5000, .reserve = 1000 };
    static const struct {
        uint64_t free, pinned;
        enum atk_space_need need;
        bool due;
    } rows[] = {
        { 0, ATK_CHANGE_PAGES, ATK_SPACE_ANY, true },
        { 0, ATK_CHANGE_PAGES - 1, ATK_SPACE_ANY, false },
        { 999, 0, ATK_SPACE_ALL, false },
        { 999, 1, ATK_SPACE_ALL, false },
        { 1000 - ATK_CHANGE_PAGES, ATK_CHANGE_PAGES, ATK_SPACE_ALL, true },
        { 999 - ATK_CHANGE_PAGES, ATK_CHANGE_PAGES, ATK_SPACE_ALL, false },
        { 0, 1000, ATK_SPACE_ALL, true },
        { 0, 999, ATK_SPACE_ALL, false },
        { 400, 100, ATK_SPACE_HALF, true },
        { 399, 100, ATK_SPACE_HALF, false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct atk_space space = none;
        space.free = rows[i].free;
        space.pinned = rows[i].pinned;
        assert_int_equal(atk_space_is_pinned(&space, rows[i].need), rows[i].due);
    }
}

static void test_create_stops_at_the_reserve(void **state) {
    struct place *p = *state;
    assert_code(reserve(p), 0);
    while (LIMIT / p->env.page_size - used_pages(p) >= RESERVE) {
        assert_code(reserve(p), 0);
        change(p, 50);
    }
    assert_code(reserve(p), APITOKEN_E_FULL);
    struct atk_space space = read_space(p, 0);
    assert_true(atk_space_spare_bytes(&p->env, &space) == 0);
    assert_code(reserve_for(p, ATK_SPACE_HALF), 0);
    change(p, 200); /* the reserve is there for those who may use it */
    assert_code(reserve(p), APITOKEN_E_FULL);
    while (LIMIT / p->env.page_size - used_pages(p) >= RESERVE / 2) {
        assert_code(reserve_for(p, ATK_SPACE_HALF), 0);
        change(p, 50);
    }
    /* its other half for revokes without a reason alone */
    assert_code(reserve_for(p, ATK_SPACE_HALF), APITOKEN_E_FULL);
    change(p, -800);
    change(p, 1); /* so that the freed pages are of an older transaction */
    assert_code(reserve(p), 0);
    space = read_space(p, 0);
    assert_true(space.free >= 790);
    assert_true(atk_space_spare_bytes(&p->env, &space) > 0);
}

/* What one change takes must be spare, even for those who may use all of the reserve. */
static void test_even_a_revoke_stops_at_the_limit(void **state) {
    struct place *p = *state;
    struct atk_space space = read_space(p, 0);
    assert_code(atk_space_require_change(&space, NULL), 0);
    while (LIMIT / p->env.page_size - used_pages(p) > ATK_REVOKE_PAGES + 8) change(p, 1);
    while (space = read_space(p, 0), space.pages - space.used + space.free >= ATK_REVOKE_PAGES) {
        assert_code(atk_space_require_change(&space, NULL), 0);
        change(p, 1);
    }
    assert_code(atk_space_require_change(&space, NULL), APITOKEN_E_FULL);
    change(p, 100); /* and what goes beyond it is no number below 0 */
    space = read_space(p, UINT64_MAX);
    assert_true(space.used > space.pages);
    assert_code(atk_space_require_change(&space, NULL), APITOKEN_E_FULL);
    assert_false(atk_space_has(&space, 0));
    assert_true(atk_space_spare_bytes(&p->env, &space) == 0);
    space.pages = 0; /* nobody could measure it */
    assert_code(atk_space_require_change(&space, NULL), 0);
}

/* Below the last used page, too: what counts is what is not free. */
static void test_the_least_limit_leaves_the_reserve(void **state) {
    (void)state;
    static const uint64_t rows[][2] = { { 10, 0 },           { 50175, 0 },   { 50176, 0 },
                                        { 50177, 0 },        { 1000000, 0 }, { 1000000, 999000 },
                                        { 268000000, 3000 }, { 60000, 9000 } };
    const struct atk_env env = { .page_size = 4096 };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct atk_space space = { .used = rows[i][0], .free = rows[i][1] };
        const uint64_t least = atk_space_least_limit(&env, &space);
        for (uint64_t limit = least - 4096; limit <= least; limit += 4096) {
            space.pages = limit / 4096;
            space.reserve = atk_space_reserve_bytes(limit, 4096) / 4096;
            assert_int_equal(atk_space_has(&space, 0), limit == least);
        }
    }
}

static void test_the_map_of_a_limit(void **state) {
    (void)state;
    const uint64_t gib = UINT64_C(1) << 30;
    static const uint64_t rows[][2] = {
        /* MiB, GiB */
        { 16, 1 },    { 64, 1 },       { 65, 2 },       { 128, 2 },        { 1024, 16 },
        { 1025, 32 }, { 65536, 1024 }, { 65537, 1024 }, { 1048576, 1024 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_true(atk_space_map_bytes(rows[i][0] << 20) == rows[i][1] * gib);
}

static void test_the_reserve_is_on_disk(void **state) {
    struct place *p = *state;
    change(p, 10);
    assert_code(reserve(p), 0);
    assert_true(bytes_on_disk(p) >= (used_pages(p) + RESERVE) * p->env.page_size);
    assert_true(p->env.allocated % ATK_ALLOC_STEP == 0);
    while (reserve(p) == 0) change(p, 100);
    assert_true(p->env.allocated == LIMIT); /* and not more */
    assert_true(bytes_on_disk(p) >= LIMIT);
}

static void test_allocating_in_steps(void **state) {
    (void)state;
    FILE *file = tmpfile();
    struct stat st;
    uint64_t allocated = 0;
    static const uint64_t rows[][2] = { { 0, 0 },
                                        { 1, ATK_ALLOC_STEP },
                                        { ATK_ALLOC_STEP, ATK_ALLOC_STEP },
                                        { ATK_ALLOC_STEP + 1, 2 * ATK_ALLOC_STEP },
                                        { 5, 2 * ATK_ALLOC_STEP },
                                        { 2 * ATK_ALLOC_STEP + 1, 10000000 },
                                        { UINT64_C(1) << 40, 10000000 } };
    assert_non_null(file);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_code(atk_space_allocate(fileno(file), rows[i][0], 10000000, &allocated, NULL), 0);
        assert_true(allocated == rows[i][1]);
        assert_int_equal(fstat(fileno(file), &st), 0);
        assert_true((uint64_t)st.st_size == rows[i][1]);
    }
    /* nothing to do, nothing asked of the system */
    assert_code(atk_space_allocate(-1, 1, 10000000, &allocated, NULL), 0);
    allocated = 0;
    assert_code(atk_space_allocate(-1, 1, 10000000, &allocated, NULL), APITOKEN_E_IO);
    assert_int_equal(allocated, 0);
    assert_int_equal(fclose(file), 0);
}

#define WITH_ENV(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

/* ---- zeros ahead of the used pages ----------------------------------------------------------- */

#define STEP ATK_WRITE_AHEAD_STEP

static int data_fd(const struct place *p) {
    mdb_filehandle_t fd;
    assert_int_equal(mdb_env_get_fd(p->env.mdb, &fd), 0);
    return fd;
}

static void write_ahead(struct place *p) {
    const struct atk_space space = read_space(p, 0);
    atk_space_write_ahead(&p->env, &space);
}

/* What a disk gave before is told from what is written: nothing is left of a pattern. */
static void fill(const struct place *p, uint64_t from, uint64_t to) {
    static uint8_t pattern[4096];
    memset(pattern, 0xA5, sizeof pattern);
    for (; from < to; from += sizeof pattern)
        assert_int_equal(pwrite(data_fd(p), pattern, sizeof pattern, (off_t)from), 4096);
}

static bool is_filled_with(const struct place *p, uint64_t from, uint64_t to, uint8_t byte) {
    uint8_t read[4096];
    for (; from < to; from += sizeof read) {
        assert_int_equal(pread(data_fd(p), read, sizeof read, (off_t)from), sizeof read);
        for (size_t i = 0; i < sizeof read; i++)
            if (read[i] != byte) return false;
    }
    return true;
}

static uint64_t used_bytes(const struct place *p) { return used_pages(p) * p->env.page_size; }

static void test_one_step_behind_the_used_pages_is_zeros(void **state) {
    struct place *p = *state;
    assert_code(reserve(p), 0);
    const uint64_t used = used_bytes(p);
    fill(p, used, used + 2 * STEP);
    write_ahead(p);
    assert_true(is_filled_with(p, used, used + STEP, 0));
    assert_true(is_filled_with(p, used + STEP, used + 2 * STEP, 0xA5));
}

static void test_the_next_step_comes_when_half_of_one_is_used(void **state) {
    struct place *p = *state;
    assert_code(reserve(p), 0);
    const uint64_t begin = used_bytes(p);
    write_ahead(p);
    fill(p, begin + STEP, begin + 2 * STEP);
    while (used_bytes(p) + STEP / 2 <= begin + STEP - p->env.page_size) {
        write_ahead(p);
        assert_true(is_filled_with(p, begin + STEP, begin + 2 * STEP, 0xA5));
        change(p, 1);
    }
    change(p, 4);
    write_ahead(p);
    assert_true(is_filled_with(p, begin + STEP, begin + 2 * STEP, 0));
}

static void test_what_lmdb_wrote_stays(void **state) {
    struct place *p = *state;
    assert_code(reserve(p), 0);
    write_ahead(p);
    change(p, 3 * (int)(STEP / p->env.page_size));
    const uint64_t used = used_bytes(p);
    uint8_t before[4096], after[4096];
    assert_int_equal(pread(data_fd(p), before, 4096, (off_t)(used - 4096)), 4096);
    write_ahead(p); /* what was written ahead is used up long since */
    assert_int_equal(pread(data_fd(p), after, 4096, (off_t)(used - 4096)), 4096);
    assert_memory_equal(before, after, sizeof before);
    assert_true(is_filled_with(p, used, used + STEP, 0));
}

static void test_nothing_is_written_beyond_what_is_allocated(void **state) {
    struct place *p = *state;
    struct stat before, after;
    const uint64_t used = used_bytes(p);
    p->env.allocated = used + STEP - 1;
    assert_int_equal(fstat(data_fd(p), &before), 0);
    write_ahead(p);
    assert_int_equal(fstat(data_fd(p), &after), 0);
    assert_int_equal(after.st_size, before.st_size);
    assert_int_equal(p->env.written, 0);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_reserve_of_a_map),
        WITH_ENV(test_the_free_list_is_counted_only_if_need_be),
        WITH_ENV(test_pages_that_a_reader_sees_are_not_free),
        cmocka_unit_test(test_a_reader_is_the_reason_if_its_pages_would_do),
        WITH_ENV(test_create_stops_at_the_reserve),
        WITH_ENV(test_even_a_revoke_stops_at_the_limit),
        WITH_ENV(test_the_least_limit_leaves_the_reserve),
        cmocka_unit_test(test_the_map_of_a_limit),
        WITH_ENV(test_the_reserve_is_on_disk),
        cmocka_unit_test(test_allocating_in_steps),
        WITH_ENV(test_one_step_behind_the_used_pages_is_zeros),
        WITH_ENV(test_the_next_step_comes_when_half_of_one_is_used),
        WITH_ENV(test_what_lmdb_wrote_stays),
        WITH_ENV(test_nothing_is_written_beyond_what_is_allocated),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
