/* SPDX-License-Identifier: MIT */
/* The zone callback, on the system's zones and on files made here. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <cases.h>

#include <civil.h>
#include <posix_tz.h>
#include <rfc3339.h>
#include <tzif.h>
#include <zone.h>

#define UNTOUCHED INT64_C(-4711)

static char directory[] = "/tmp/test_zone_XXXXXX"; /* for the zones of a test */

static int make_directory(void **state) {
    (void)state;
    return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state) {
    (void)state;
    return rmdir(directory);
}

/* Two functions, because cmocka's messages tell texts apart better than numbers of milliseconds. */
static const char *start_in(const char *zone, int32_t day, char *from) {
    static char text[RFC3339_CAP];
    int64_t start = UNTOUCHED;
    int rc = zone_day_start(zone, strlen(zone), day, &start, from);
    if (rc == 0)
        rfc3339_format(start, text);
    else
        (void)snprintf(text, sizeof text, "%s",
                       start == UNTOUCHED ? (rc > 0 ? "unknown" : "failed") : "touched");
    return text;
}

static const char *start_of(const char *zone, int32_t day) { return start_in(zone, day, NULL); }

static void assert_day_at(const char *zone, const char *instant, int32_t want) {
    int64_t ms;
    int32_t day = 0;
    assert_true(rfc3339_parse(instant, strlen(instant), &ms));
    assert_int_equal(zone_day_at(zone, strlen(zone), ms, &day, NULL), 0);
    assert_int_equal(day, want);
}

static void calendar_goes_both_ways(void **state) {
    (void)state;
    struct civil before = { 1969, 12, 31 };
    for (int64_t days = 0; days <= 2932896; days++) { /* to 9999-12-31 */
        struct civil date = civil_from_days(days);
        bool next_day =
            date.day == before.day + 1 && date.month == before.month && date.year == before.year;
        bool next_month = date.day == 1 && (date.month == before.month + 1 ||
                                            (date.month == 1 && date.year == before.year + 1));
        bool good = (next_day || next_month) && civil_is_valid(date) && civil_to_days(date) == days;
        if (!good) fail_msg("day %lld", (long long)days);
        before = date;
    }
    assert_int_equal(civil_to_yyyymmdd(before), 99991231);
    assert_false(civil_is_valid((struct civil){ 2100, 2, 29 }));
    assert_true(civil_is_valid((struct civil){ 2000, 2, 29 }));
    assert_int_equal(civil_floor_div(-1, 86400), -1);
    assert_int_equal(civil_floor_div(-86400, 86400), -1);
}

static void utc_needs_no_file(void **state) {
    (void)state;
    char nowhere[] = "/nonexistent";
    assert_string_equal(start_in("UTC", 20260329, nowhere), "2026-03-29T00:00:00Z");
    assert_string_equal(start_in("UTC", 99991231, nowhere), "9999-12-31T00:00:00Z");
    assert_string_equal(start_in("UTC", 19700101, nowhere), "1970-01-01T00:00:00Z");
}

static void berlin_changes_its_clock(void **state) {
    (void)state;
    assert_string_equal(start_of("Europe/Berlin", 20260329), "2026-03-28T23:00:00Z");
    assert_string_equal(start_of("Europe/Berlin", 20260330), "2026-03-29T22:00:00Z");
    assert_string_equal(start_of("Europe/Berlin", 20261025), "2026-10-24T22:00:00Z");
    assert_string_equal(start_of("Europe/Berlin", 20261026), "2026-10-25T23:00:00Z");
}

static void rule_goes_on_after_the_last_change(void **state) {
    (void)state;
    /* the day after the last Sunday */
    assert_string_equal(start_of("Europe/Berlin", 21000329), "2100-03-28T22:00:00Z");
    assert_string_equal(start_of("Europe/Berlin", 21000328), "2100-03-27T23:00:00Z");
    assert_string_equal(start_of("Europe/Berlin", 99990701), "9999-06-30T22:00:00Z");
    assert_string_equal(start_of("Europe/Berlin", 99991231), "9999-12-30T23:00:00Z");
    /* winter time is the exception there */
    assert_string_equal(start_of("Europe/Dublin", 20500115), "2050-01-15T00:00:00Z");
    assert_string_equal(start_of("Europe/Dublin", 20500715), "2050-07-14T23:00:00Z");
    assert_string_equal(start_of("America/New_York", 20991231), "2099-12-31T05:00:00Z");
    /* summer over the turn of the year */
    assert_string_equal(start_of("Australia/Sydney", 20500101), "2049-12-31T13:00:00Z");
    assert_string_equal(start_of("Australia/Sydney", 20500701), "2050-06-30T14:00:00Z");
}

static void midnight_that_does_not_exist(void **state) {
    (void)state;
    /* Sao Paulo went from 2017-10-14 23:59:59 (-03) to 2017-10-15 01:00 (-02). */
    assert_string_equal(start_of("America/Sao_Paulo", 20171014), "2017-10-14T03:00:00Z");
    assert_string_equal(start_of("America/Sao_Paulo", 20171015), "2017-10-15T03:00:00Z");
    assert_string_equal(start_of("America/Sao_Paulo", 20171016), "2017-10-16T02:00:00Z");
}

static void midnight_that_comes_twice(void **state) {
    (void)state;
    /*
     * Havana went from 2024-11-03 01:00 (-04) back to 00:00 (-05): the day begins at the first of
     * both.
     */
    assert_string_equal(start_of("America/Havana", 20241103), "2024-11-03T04:00:00Z");
    assert_string_equal(start_of("America/Havana", 20241104), "2024-11-04T05:00:00Z");
    /*
     * Sao Paulo went from 2018-02-18 00:00 (-02) back to 23:00 of the day before (-03): that
     * midnight was not seen.
     */
    assert_string_equal(start_of("America/Sao_Paulo", 20180218), "2018-02-18T03:00:00Z");
    /* St. John's went back at 00:01 to 23:01 of the day before: the day had begun for a minute. */
    assert_string_equal(start_of("America/St_Johns", 20101107), "2010-11-07T02:30:00Z");
}

static void day_that_does_not_exist(void **state) {
    (void)state;
    assert_string_equal(start_of("Pacific/Apia", 20111229), "2011-12-29T10:00:00Z");
    assert_string_equal(start_of("Pacific/Apia", 20111230), "2011-12-30T10:00:00Z");
    assert_string_equal(start_of("Pacific/Apia", 20111231), "2011-12-30T10:00:00Z");
    assert_string_equal(start_of("Pacific/Apia", 20120101), "2011-12-31T10:00:00Z");
}

static void offsets_far_and_broken(void **state) {
    (void)state;
    assert_string_equal(start_of("Asia/Kolkata", 20260101), "2025-12-31T18:30:00Z");
    assert_string_equal(start_of("Pacific/Kiritimati", 20260101), "2025-12-31T10:00:00Z");
    assert_string_equal(start_of("Etc/GMT+12", 99991231), "9999-12-31T12:00:00Z");
}

static void process_zone_is_not_asked(void **state) {
    (void)state;
    assert_int_equal(setenv("TZ", "Asia/Tokyo", 1), 0);
    assert_string_equal(start_of("Europe/Berlin", 20260329), "2026-03-28T23:00:00Z");
    assert_string_equal(start_of("UTC", 20260329), "2026-03-29T00:00:00Z");
    assert_int_equal(unsetenv("TZ"), 0);
}

static void day_of_an_instant(void **state) {
    (void)state;
    int32_t day = -1;
    assert_day_at("UTC", "2026-03-28T23:59:59.999Z", 20260328);
    assert_day_at("Europe/Berlin", "2026-03-28T22:59:59.999Z", 20260328);
    assert_day_at("Europe/Berlin", "2026-03-28T23:00:00Z", 20260329);
    assert_day_at("Pacific/Apia", "2011-12-30T09:59:59Z", 20111229);
    assert_day_at("Pacific/Apia", "2011-12-30T10:00:00Z", 20111231);
    assert_day_at("America/New_York", "1970-01-01T00:00:00Z", 19691231);
    assert_int_equal(zone_day_at("Nowhere/Atall", 13, 0, &day, NULL), ZONE_UNKNOWN);
    assert_int_equal(zone_day_at("UTC", 3, -1, &day, NULL), ZONE_FAILED);
    assert_int_equal(zone_day_at("UTC", 3, INT64_C(253402300800000), &day, NULL), ZONE_FAILED);
    assert_int_equal(day, -1);
}

/* A day's beginning lies in that day, the millisecond before it does not. */
static void both_functions_agree(void **state) {
    (void)state;
    static const char *const zones[] = { "UTC", "Europe/Berlin", "America/Havana", "Asia/Kolkata",
                                         "Australia/Lord_Howe" };
    for (size_t z = 0; z < sizeof zones / sizeof *zones; z++) {
        for (int64_t days = 19000; days < 60000; days += 13) {
            int32_t day = civil_to_yyyymmdd(civil_from_days(days)), at, before;
            int64_t start;
            size_t len = strlen(zones[z]);
            assert_int_equal(zone_day_start(zones[z], len, day, &start, NULL), 0);
            assert_int_equal(zone_day_at(zones[z], len, start, &at, NULL), 0);
            assert_int_equal(zone_day_at(zones[z], len, start - 1, &before, NULL), 0);
            assert_int_equal(at, day);
            assert_int_equal(before, civil_to_yyyymmdd(civil_from_days(days - 1)));
        }
    }
}

static void ids_that_are_no_zone(void **state) {
    (void)state;
    static const char *const ids[] = {
        "",
        "/",
        "Europe",
        "Europe/",
        "/Europe/Berlin",
        "Europe//Berlin",
        "../zoneinfo/Europe/Berlin",
        "Europe/../Europe/Berlin",
        "./UTC",
        "..",
        "Europe/Berlin ",
        "Europe/Berlin\n",
        "europe/berlin",
        "Nowhere/Atall",
        "Europe/Berlin/Mitte",
        "zone.tab",
        "tzdata.zi",
        "localtime",
        "posixrules",
        "posix/Europe/Berlin",
        "right/Europe/Berlin",
        "UTC0",
        ":Europe/Berlin",
        "/etc/localtime",
        "CET-1CEST,M3.5.0,M10.5.0/3",
        "Z\xc3\xbcrich",
        "leapseconds",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    };
    int64_t start;
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        if (strcmp(start_of(ids[i], 20260101), "unknown") != 0)
            fail_msg("\"%s\": %s", ids[i], start_of(ids[i], 20260101));
    }
    assert_int_equal(zone_day_start("UTC\0x", 5, 20260101, &start, NULL), ZONE_UNKNOWN);
    assert_int_equal(zone_day_start("UTCx", 3, 20260101, &start, NULL), 0);
}

static void days_that_are_none(void **state) {
    (void)state;
    static const int32_t days[] = { 0,        -1,       20260230,  20260001,  20261301, 20260100,
                                    20260132, 19691231, 100000101, INT32_MAX, INT32_MIN };
    for (size_t i = 0; i < sizeof days / sizeof *days; i++)
        assert_string_equal(start_of("UTC", days[i]), "failed");
}

/* ---- Files made here ------------------------------------------------------------------------- */

static void write_zone(const char *name, const void *bytes, size_t len) {
    char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, len), (ssize_t)len);
    assert_int_equal(close(fd), 0);
}

static void remove_zone(const char *name) {
    char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    assert_int_equal(unlink(path), 0);
}

static size_t read_berlin(uint8_t *bytes, size_t cap) {
    int fd = open(ZONE_DIRECTORY "/Europe/Berlin", O_RDONLY);
    assert_true(fd >= 0);
    ssize_t len = read(fd, bytes, cap);
    assert_true(len > 100 && (size_t)len < cap);
    assert_int_equal(close(fd), 0);
    return (size_t)len;
}

static void every_cut_is_refused(void **state) {
    (void)state;
    uint8_t bytes[8192];
    size_t len = read_berlin(bytes, sizeof bytes);
    for (size_t cut = 0; cut < len; cut++) {
        struct tzif zone;
        /* of that size, for tools that watch the heap's bounds */
        uint8_t *exact = malloc(cut + !cut);
        assert_non_null(exact);
        memcpy(exact, bytes, cut);
        if (tzif_parse(exact, cut, &zone)) fail_msg("cut to %zu bytes", cut);
        free(exact);
    }
    write_zone("Cut", bytes, len - 1);
    assert_string_equal(start_in("Cut", 20260101, directory), "failed");
    write_zone("Cut", bytes, 4);
    assert_string_equal(start_in("Cut", 20260101, directory), "failed");
    write_zone("Cut", bytes, 0);
    assert_string_equal(start_in("Cut", 20260101, directory), "failed");
    remove_zone("Cut");
}

/* Whatever a flipped byte makes of it, reading stays within the bytes and ends. */
static void every_flip_is_survived(void **state) {
    (void)state;
    static const uint8_t flips[] = { 0x01, 0x80, 0xff };
    uint8_t bytes[8192];
    size_t len = read_berlin(bytes, sizeof bytes);
    uint8_t *exact = malloc(len);
    assert_non_null(exact);
    for (size_t i = 0; i < len * sizeof flips; i++) {
        struct tzif zone;
        int32_t offset;
        int64_t next;
        memcpy(exact, bytes, len);
        exact[i / sizeof flips] ^= flips[i % sizeof flips];
        if (!tzif_parse(exact, len, &zone)) continue;
        for (int64_t at = -1; at < INT64_C(253402300800); at += INT64_C(9999999999)) {
            tzif_at(&zone, at, &offset, &next);
            if (next <= at || offset <= -25 * 3600 || offset >= 26 * 3600)
                fail_msg("byte %zu", i / sizeof flips);
        }
    }
    free(exact);
}

/* A version 1 file: UTC+1 until 2000-01-01T00:00:00Z, UTC+2 from then on. */
static const uint8_t version_1[] = {
    /* magic, version, reserved */
    'T',  'Z',  'i',  'f',  0, 0, 0, 0,    0,    0, 0, 0, 0, 0,    0,    0, 0, 0,   0,   0,   0,
    0,    0,    0,    0,    0, 0, 0, 0,    0,    0, 0, 0, 0, 0,    1,    0, 0, 0,   2,   0,   0,
    0,    4, /* one change, two types, four letters */
    0x38, 0x6d, 0x43, 0x80, 1, 0, 0, 0x0e, 0x10, 0, 0, 0, 0, 0x1c, 0x20, 0, 0, 'A', 'B', 'C', 0,
};

static void version_1_files(void **state) {
    (void)state;
    uint8_t bytes[sizeof version_1];
    for (size_t cut = 0; cut < sizeof version_1; cut++) {
        struct tzif zone;
        if (tzif_parse(version_1, cut, &zone)) fail_msg("cut to %zu bytes", cut);
    }
    memcpy(bytes, version_1, sizeof bytes);
    write_zone("V1", bytes, sizeof bytes);
    assert_string_equal(start_in("V1", 19991231, directory), "1999-12-30T23:00:00Z");
    assert_string_equal(start_in("V1", 20000102, directory), "2000-01-01T22:00:00Z");
    assert_string_equal(start_in("V1", 99991231, directory), "9999-12-30T22:00:00Z");
    bytes[48] = 2; /* a change to a type that is not there */
    write_zone("V1", bytes, sizeof bytes);
    assert_string_equal(start_in("V1", 20000102, directory), "failed");
    memcpy(bytes, version_1, sizeof bytes);
    bytes[50] = 0x7f; /* an offset of years */
    write_zone("V1", bytes, sizeof bytes);
    assert_string_equal(start_in("V1", 20000102, directory), "failed");
    remove_zone("V1");
}

/* Such a file counts seconds in another way than apitoken does. */
static void leap_seconds_are_refused(void **state) {
    (void)state;
    uint8_t bytes[sizeof version_1 + 8] = { 0 }; /* room for one leap second */
    memcpy(bytes, version_1, sizeof version_1);
    bytes[31] = 1;
    write_zone("Leap", bytes, sizeof bytes);
    assert_string_equal(start_in("Leap", 20000102, directory), "failed");
    remove_zone("Leap");
}

static void things_that_are_no_file(void **state) {
    (void)state;
    char path[128];
    (void)snprintf(path, sizeof path, "%s/Thing", directory);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_string_equal(start_in("Thing", 20260101, directory), "unknown");
    remove_zone("Thing");
    write_zone("Thing", "a table", 7);
    assert_string_equal(start_in("Thing", 20260101, directory), "unknown");
    remove_zone("Thing");
}

/* ---- Rules ----------------------------------------------------------------------------------- */

static void rules_that_are_none(void **state) {
    (void)state;
    static const char *const texts[] = { "",
                                         "C",
                                         "CE-1",
                                         "CET",
                                         "CET-25",
                                         "CET-1CEST",
                                         "CET-1CEST,M3.5.0",
                                         "CET-1CEST,M13.5.0,M10.5.0",
                                         "CET-1CEST,M3.6.0,M10.5.0",
                                         "CET-1CEST,M3.5.7,M10.5.0",
                                         "CET-1CEST,M3.5.0,M10.5.0/168",
                                         "CET-1CEST,M3.5.0,M10.5.0x",
                                         "CET-1CEST,J0,J365",
                                         "CET-1CEST,366,1",
                                         "<+01-1",
                                         "CET-1:60",
                                         "CET-1CEST,M3.5.0,M10.5.0/",
                                         "CET--1",
                                         "CET-1CEST,M3.5.0,M10.5.0/3,M1.1.1",
                                         "CET-99999999999999999999" };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct posix_tz rule;
        if (posix_tz_parse(texts[i], &rule)) fail_msg("\"%s\"", texts[i]);
    }
}

static void assert_rule(const char *text, const char *instant, int32_t want_offset,
                        const char *want_next) {
    struct posix_tz rule;
    int64_t at, next;
    int32_t offset;
    char text_of_next[RFC3339_CAP] = "none";
    assert_true(posix_tz_parse(text, &rule));
    assert_true(rfc3339_parse(instant, strlen(instant), &at));
    posix_tz_at(&rule, at / 1000, &offset, &next);
    if (next != INT64_MAX) rfc3339_format(next * 1000, text_of_next);
    assert_int_equal(offset, want_offset);
    assert_string_equal(text_of_next, want_next);
}

static void rules_of_all_forms(void **state) {
    (void)state;
    assert_rule("UTC0", "2026-01-01T00:00:00Z", 0, "none");
    assert_rule("<+0545>-5:45", "2026-01-01T00:00:00Z", 20700, "none");
    assert_rule("CET-1CEST,M3.5.0,M10.5.0/3", "2026-01-01T00:00:00Z", 3600, "2026-03-29T01:00:00Z");
    assert_rule("CET-1CEST,M3.5.0,M10.5.0/3", "2026-03-29T01:00:00Z", 7200, "2026-10-25T01:00:00Z");
    assert_rule("CET-1CEST,M3.5.0,M10.5.0/3", "2026-10-25T00:59:59Z", 7200, "2026-10-25T01:00:00Z");
    assert_rule("EST5EDT,M3.2.0,M11.1.0", "2026-12-01T00:00:00Z", -18000, "2027-03-14T07:00:00Z");
    assert_rule("IST-1GMT0,M10.5.0,M3.5.0/1", "2026-07-01T00:00:00Z", 3600, "2026-10-25T01:00:00Z");
    /* J60 in a leap year */
    assert_rule("XXX3YYY,J60/0,J300/0", "2024-01-01T00:00:00Z", -10800, "2024-03-01T03:00:00Z");
    assert_rule("XXX3YYY,J60/0,J300/0", "2023-01-01T00:00:00Z", -10800, "2023-03-01T03:00:00Z");
    /* counts the leap day */
    assert_rule("XXX3YYY,59/0,299/0", "2024-01-01T00:00:00Z", -10800, "2024-02-29T03:00:00Z");
    assert_rule("EET-2EEST,M3.4.4/50,M10.4.4/50", "2027-01-01T00:00:00Z", 7200,
                "2027-03-27T00:00:00Z");
    assert_rule("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-01-01T00:00:00Z", -7200,
                "2026-03-29T01:00:00Z");
    /*
     * Daylight time all year: each year's end is the next one's beginning, and nothing changes
     * there.
     */
    assert_rule("XXX3EDT4,0/0,J365/23", "2026-12-31T12:00:00Z", -14400, "2027-01-01T03:00:00Z");
    assert_rule("XXX3EDT4,0/0,J365/23", "2027-01-01T03:00:00Z", -14400, "2028-01-01T03:00:00Z");
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calendar_goes_both_ways),
        cmocka_unit_test(utc_needs_no_file),
        cmocka_unit_test(berlin_changes_its_clock),
        cmocka_unit_test(rule_goes_on_after_the_last_change),
        cmocka_unit_test(midnight_that_does_not_exist),
        cmocka_unit_test(midnight_that_comes_twice),
        cmocka_unit_test(day_that_does_not_exist),
        cmocka_unit_test(offsets_far_and_broken),
        cmocka_unit_test(process_zone_is_not_asked),
        cmocka_unit_test(day_of_an_instant),
        cmocka_unit_test(both_functions_agree),
        cmocka_unit_test(ids_that_are_no_zone),
        cmocka_unit_test(days_that_are_none),
        cmocka_unit_test(every_cut_is_refused),
        cmocka_unit_test(every_flip_is_survived),
        cmocka_unit_test(version_1_files),
        cmocka_unit_test(leap_seconds_are_refused),
        cmocka_unit_test(things_that_are_no_file),
        cmocka_unit_test(rules_that_are_none),
        cmocka_unit_test(rules_of_all_forms),
    };
    return run_cases(argc, argv, tests, make_directory, remove_directory);
}
