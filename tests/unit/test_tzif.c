/* SPDX-License-Identifier: MIT */
#include "rules/tzif.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rules/day.h"
#include "cases.h"
#include "samples.h"
#include "zone_bytes.h"

#define BERLIN "/usr/share/zoneinfo/Europe/Berlin"

static size_t read_berlin(uint8_t *bytes, size_t cap) {
    int fd = open(BERLIN, O_RDONLY);
    assert_true(fd >= 0);
    ssize_t len = read(fd, bytes, cap);
    assert_true(len > 100 && (size_t)len < cap);
    assert_int_equal(close(fd), 0);
    return (size_t)len;
}

/* Parses bytes of exactly that size, for tools that watch the bounds of the heap. */
static bool is_valid(const uint8_t *bytes, size_t len) {
    struct atk_tzif zone;
    uint8_t *exact = malloc(len + !len);
    assert_non_null(exact);
    memcpy(exact, bytes, len);
    bool good = atk_tzif_parse(exact, len, &zone);
    free(exact);
    return good;
}

static void test_every_cut_is_refused(void **state) {
    (void)state;
    uint8_t bytes[8192];
    size_t len = read_berlin(bytes, sizeof bytes);
    assert_true(is_valid(bytes, len));
    for (size_t cut = 0; cut < len; cut++)
        if (is_valid(bytes, cut)) fail_msg("cut to %zu bytes", cut);
    assert_true(is_valid(zone_bytes, sizeof zone_bytes));
    for (size_t cut = 0; cut < sizeof zone_bytes; cut++)
        if (is_valid(zone_bytes, cut)) fail_msg("version 1 cut to %zu bytes", cut);
}

/* Whatever a flipped byte makes of it, reading stays within the bytes and ends. */
static void test_every_flip_is_survived(void **state) {
    (void)state;
    static const uint8_t flips[] = { 0x01, 0x80, 0xff };
    uint8_t bytes[8192];
    size_t len = read_berlin(bytes, sizeof bytes);
    uint8_t *exact = malloc(len);
    assert_non_null(exact);
    for (size_t i = 0; i < len * sizeof flips; i++) {
        struct atk_tzif zone;
        memcpy(exact, bytes, len);
        exact[i / sizeof flips] ^= flips[i % sizeof flips];
        if (!atk_tzif_parse(exact, len, &zone)) continue;
        for (int64_t day = 0; day < 2932898; day += 115741) {
            int64_t midnight = day * 86400, start = atk_tzif_day_start(&zone, midnight);
            if (start < midnight - 26 * 3600 || start > midnight + 50 * 3600)
                fail_msg("byte %zu: a day begins at %lld", i / sizeof flips, (long long)start);
        }
    }
    free(exact);
}

static void assert_offset(const struct atk_tzif *zone, int64_t at, int32_t due, int64_t due_next) {
    int32_t offset;
    int64_t next;
    atk_tzif_at(zone, at, &offset, &next);
    assert_int_equal(offset, due);
    assert_true(next == due_next);
}

static void test_offsets_of_a_file_of_version_1(void **state) {
    (void)state;
    const int64_t change = 946684800; /* 2000-01-01 */
    struct atk_tzif zone;
    assert_true(atk_tzif_parse(zone_bytes, sizeof zone_bytes, &zone));
    assert_offset(&zone, change - 1, 3600, change);
    assert_offset(&zone, change, 7200, INT64_MAX);
    assert_true(atk_tzif_day_start(&zone, change - 86400) == change - 86400 - 3600);
    assert_true(atk_tzif_day_start(&zone, change) == change - 3600);
    assert_true(atk_tzif_day_start(&zone, change + 86400) == change + 86400 - 7200);
}

static void assert_refused(size_t place, uint8_t value) {
    uint8_t bytes[sizeof zone_bytes];
    memcpy(bytes, zone_bytes, sizeof bytes);
    bytes[place] = value;
    assert_false(is_valid(bytes, sizeof bytes));
}

static void test_contradictions_are_refused(void **state) {
    (void)state;
    assert_refused(0, 't');
    assert_refused(ZONE_BYTES_KIND, 2);      /* a type that is not there */
    assert_refused(ZONE_BYTES_OFFSET, 0x7f); /* an offset of years */
    assert_refused(39, 0);                   /* no type */
}

/* Such a file counts seconds in another way than the library does. */
static void test_leap_seconds_are_refused(void **state) {
    (void)state;
    uint8_t bytes[sizeof zone_bytes + 8] = { 0 }; /* room for one */
    memcpy(bytes, zone_bytes, sizeof zone_bytes);
    assert_true(is_valid(bytes, sizeof bytes));
    bytes[ZONE_BYTES_LEAPS] = 1;
    assert_false(is_valid(bytes, sizeof bytes));
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_cut_is_refused),
        cmocka_unit_test(test_every_flip_is_survived),
        cmocka_unit_test(test_offsets_of_a_file_of_version_1),
        cmocka_unit_test(test_contradictions_are_refused),
        cmocka_unit_test(test_leap_seconds_are_refused),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
