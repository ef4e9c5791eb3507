/* SPDX-License-Identifier: MIT */
/* How far a map of data.mdb has come, by the numbers on its meta pages. */
#include "lmdb/process/meta_map.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cases.h"
#include "lmdb/form/pages.h"
#include "samples.h"

enum { PAGE = 4096 };

static void write_number(int fd, unsigned meta, uint64_t number) {
    assert_int_equal(pwrite(fd, &number, sizeof number, (off_t)meta * PAGE + META_NUMBER_AT),
                     sizeof number);
}

static void test_a_map_has_what_its_meta_pages_name(void **state) {
    (void)state;
    struct atk_meta_map meta = { 0 };
    int fd = memfd_create("data.mdb", MFD_CLOEXEC);
    assert_int_equal(ftruncate(fd, 2 * PAGE), 0);
    assert_code(atk_meta_map_open(fd, PAGE, &meta, NULL), 0);
    write_number(fd, 0, 12);
    write_number(fd, 1, 11);
    assert_true(atk_meta_map_has(&meta, 11) && atk_meta_map_has(&meta, 12));
    assert_true(atk_meta_map_has(&meta, 10)); /* somebody has written since it began */
    assert_false(atk_meta_map_has(&meta, 13) || atk_meta_map_has(&meta, 14));
    write_number(fd, 1, 13);
    assert_true(atk_meta_map_has(&meta, 13));
    assert_false(atk_meta_map_has(&meta, 14));
    /* what a lock.mdb of zeros and one of ones say */
    assert_false(atk_meta_map_has(&meta, 0) || atk_meta_map_has(&meta, UINT64_MAX));
    atk_meta_map_close(&meta);
    atk_meta_map_close(&meta); /* nothing is mapped */
    assert_int_equal(close(fd), 0);
}

static void test_what_cannot_be_mapped_is_said_so(void **state) {
    (void)state;
    struct atk_meta_map meta = { 0 };
    assert_code(atk_meta_map_open(-1, PAGE, &meta, NULL), APITOKEN_E_IO);
    assert_null(meta.map);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_map_has_what_its_meta_pages_name),
        cmocka_unit_test(test_what_cannot_be_mapped_is_said_so),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
