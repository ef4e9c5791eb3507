/* SPDX-License-Identifier: MIT */
/* The two homes of the rollback number: their bytes, and what they say about a snapshot. */
#include "lmdb/tokens/homes.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cases.h"
#include "samples.h"

#define NO_DESCRIPTOR (1 << 30)
#define TRANSACTION UINT64_C(0x0102030405060708)

struct place {
    struct atk_homes homes;
    struct atk_home home;
};

static int setup(void **state) {
    struct place *p = calloc(1, sizeof *p);
    assert_non_null(p);
    p->homes = atk_homes_of(memfd_create("last-use", MFD_CLOEXEC),
                            memfd_create("writer.lock", MFD_CLOEXEC));
    assert_true(p->homes.fd[0] >= 0 && p->homes.fd[1] >= 0);
    p->home.transaction = TRANSACTION;
    for (uint8_t i = 0; i < ATK_ENVIRONMENT_LEN; i++) p->home.environment[i] = (uint8_t)(0xE0 + i);
    *state = p;
    return 0;
}

static int teardown(void **state) {
    struct place *p = *state;
    for (size_t i = 0; i < ATK_HOMES; i++) (void)close(p->homes.fd[i]);
    free(p);
    return 0;
}

static struct atk_homes_said read_homes(const struct place *p) {
    struct atk_homes_said said;
    atk_homes_read(&p->homes, &said);
    return said;
}

/* What is said of a snapshot of that number in the same environment. */
static int check(const struct place *p, uint64_t transaction) {
    const struct atk_homes_said said = read_homes(p);
    struct atk_home snapshot = p->home;
    snapshot.transaction = transaction;
    int rc = atk_homes_require(&said, &snapshot, NULL);
    if (rc != APITOKEN_E_DAMAGED) assert_code(atk_homes_check(&said, &snapshot, NULL), rc);
    return rc;
}

static void write_both(const struct place *p) {
    assert_code(atk_homes_write(&p->homes, &p->home, NULL), 0);
}

static void test_frozen_bytes(void **state) {
    const struct place *p = *state;
    uint8_t bytes[ATK_HOME_LEN + 1];
    write_both(p);
    assert_int_equal(pread(p->homes.fd[0], bytes, sizeof bytes, 0), ATK_HOME_LEN);
    assert_bytes(bytes, ATK_HOME_LEN, VECTOR_HOME_LAST_USE);
    assert_int_equal(pread(p->homes.fd[1], bytes, sizeof bytes, 0), ATK_HOME_LEN);
    assert_bytes(bytes, ATK_HOME_LEN, VECTOR_HOME_WRITER_LOCK);
    const struct atk_homes_said said = read_homes(p);
    for (size_t i = 0; i < ATK_HOMES; i++) {
        assert_true(said.has_said[i] && said.home[i].transaction == TRANSACTION);
        assert_memory_equal(said.home[i].environment, p->home.environment, ATK_ENVIRONMENT_LEN);
    }
    assert_code(atk_homes_sync(&p->homes, NULL), 0);
}

static void test_a_snapshot_is_as_new_as_the_homes_say(void **state) {
    const struct place *p = *state;
    write_both(p);
    assert_code(check(p, TRANSACTION - 1), APITOKEN_E_ROLLED_BACK);
    assert_code(check(p, TRANSACTION), 0);
    assert_code(check(p, TRANSACTION + 1), 0);
    assert_code(check(p, 0), APITOKEN_E_ROLLED_BACK);
    assert_code(check(p, UINT64_MAX), 0);
}

/* A single one is enough, whichever it is. */
static void test_a_flipped_bit_silences_a_home(void **state) {
    const struct place *p = *state;
    for (size_t i = 0; i < ATK_HOMES; i++) {
        for (off_t bit = 0; bit < 8 * ATK_HOME_LEN; bit++) {
            uint8_t byte;
            write_both(p);
            assert_int_equal(pread(p->homes.fd[i], &byte, 1, bit / 8), 1);
            byte ^= (uint8_t)(1u << bit % 8);
            assert_int_equal(pwrite(p->homes.fd[i], &byte, 1, bit / 8), 1);
            const struct atk_homes_said said = read_homes(p);
            assert_false(said.has_said[i]);
            assert_true(said.has_said[1 - i]);
            assert_code(check(p, TRANSACTION - 1), APITOKEN_E_ROLLED_BACK);
            assert_code(check(p, TRANSACTION), 0);
        }
    }
}

static void test_a_home_of_another_kind_or_length_says_nothing(void **state) {
    const struct place *p = *state;
    write_both(p);
    const struct place swapped = { atk_homes_of(p->homes.fd[1], p->homes.fd[0]), p->home };
    assert_code(check(&swapped, TRANSACTION), APITOKEN_E_DAMAGED);
    for (off_t len = 0; len < ATK_HOME_LEN; len++) {
        assert_int_equal(ftruncate(p->homes.fd[0], len), 0);
        assert_false(read_homes(p).has_said[0]);
    }
    assert_code(check(p, TRANSACTION), 0);
    assert_int_equal(ftruncate(p->homes.fd[1], ATK_HOME_LEN - 1), 0);
    assert_code(check(p, TRANSACTION), APITOKEN_E_DAMAGED);
    /* a writer makes both anew */
    write_both(p);
    assert_code(check(p, TRANSACTION), 0);
}

static void test_each_home_must_be_of_the_environment(void **state) {
    const struct place *p = *state;
    for (size_t i = 0; i < ATK_HOMES; i++) {
        for (size_t at = 0; at < ATK_ENVIRONMENT_LEN; at++) {
            uint8_t bytes[ATK_HOME_LEN];
            struct atk_home other = p->home;
            other.environment[at] ^= 1;
            other.transaction = 1;
            write_both(p);
            assert_int_equal(pread(p->homes.fd[1 - i], bytes, sizeof bytes, 0), ATK_HOME_LEN);
            assert_code(atk_homes_write(&p->homes, &other, NULL), 0);
            assert_int_equal(pwrite(p->homes.fd[1 - i], bytes, sizeof bytes, 0), ATK_HOME_LEN);
            assert_code(check(p, UINT64_MAX), APITOKEN_E_ROLLED_BACK);
        }
    }
}

/* The other one is written all the same. */
static void test_a_home_that_cannot_be_written(void **state) {
    const struct place *p = *state;
    for (size_t i = 0; i < ATK_HOMES; i++) {
        struct atk_homes broken = p->homes;
        write_both(p);
        broken.fd[i] = NO_DESCRIPTOR;
        struct atk_home later = p->home;
        later.transaction++;
        assert_code(atk_homes_write(&broken, &later, NULL), APITOKEN_E_IO);
        assert_code(check(p, TRANSACTION), APITOKEN_E_ROLLED_BACK);
        assert_code(atk_homes_sync(&broken, NULL), APITOKEN_E_IO);
    }
}

/* It says nothing, and the other one is enough. */
static void test_a_lost_home(void **state) {
    const struct place *p = *state;
    for (size_t i = 0; i < ATK_HOMES; i++) {
        struct atk_homes lost = p->homes;
        struct atk_homes_said said;
        struct atk_home later = p->home;
        write_both(p);
        lost.fd[i] = -1;
        later.transaction++;
        assert_code(atk_homes_write(&lost, &later, NULL), 0);
        assert_code(atk_homes_sync(&lost, NULL), 0);
        atk_homes_read(&lost, &said);
        assert_false(said.has_said[i]);
        assert_true(said.has_said[1 - i] && said.home[1 - i].transaction == TRANSACTION + 1);
    }
}

#define WITH_FILES(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        WITH_FILES(test_frozen_bytes),
        WITH_FILES(test_a_snapshot_is_as_new_as_the_homes_say),
        WITH_FILES(test_a_flipped_bit_silences_a_home),
        WITH_FILES(test_a_home_of_another_kind_or_length_says_nothing),
        WITH_FILES(test_each_home_must_be_of_the_environment),
        WITH_FILES(test_a_home_that_cannot_be_written),
        WITH_FILES(test_a_lost_home),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
