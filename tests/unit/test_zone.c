/* SPDX-License-Identifier: MIT */
#include "outside/zone.h"

#include <stdlib.h>
#include <string.h>

#include "rules/day.h"
#include "cases.h"
#include "samples.h"

#define HOUR INT64_C(3600000)
#define SENTINEL 77

/* The host's zone rules: fixed distance from UTC, and what was asked. */
struct rules {
    int64_t offset_ms; /* the day begins so much later than in UTC */
    int result;
    int calls;
    int32_t asked;
    char zone[APITOKEN_ZONE_MAX + 1];
};

static int answer(const char *zone, size_t zone_len, int32_t day, int64_t *ret_start_ms,
                  void *ctx) {
    struct rules *rules = ctx;
    rules->calls++;
    rules->asked = day;
    assert_int_equal(zone[zone_len], '\0');
    memcpy(rules->zone, zone, zone_len + 1);
    *ret_start_ms = atk_day_start_utc_ms(day) + rules->offset_ms;
    return rules->result;
}

static int say_nothing(const char *zone, size_t zone_len, int32_t day, int64_t *ret_start_ms,
                       void *ctx) {
    (void)zone, (void)zone_len, (void)day, (void)ret_start_ms, (void)ctx;
    return 0;
}

static void set_zone(struct atk_config *config, const char *zone) {
    sample_config(config);
    memset(config->zone, 0, sizeof config->zone);
    memcpy(config->zone, zone, config->zone_len = (uint8_t)strlen(zone));
}

static int day_end(const char *zone, struct rules *rules, int32_t day, int64_t *ret_end) {
    struct atk_config config;
    apitoken_error err = APITOKEN_ERROR_INIT;
    set_zone(&config, zone);
    *ret_end = SENTINEL;
    struct atk_zone of = atk_zone_of(&config, rules ? answer : NULL, rules);
    int rc = atk_zone_day_end(&of, day, ret_end, &err);
    atk_zone_free(&of);
    assert_int_equal(err.code, rc);
    assert_true(rc == 0 || *ret_end == SENTINEL);
    assert_int_equal(err.field, rc == APITOKEN_E_ZONE ? APITOKEN_FIELD_ZONE : APITOKEN_FIELD_NONE);
    assert_int_equal(err.offset, 0);
    return rc;
}

static void test_utc_needs_no_callback(void **state) {
    (void)state;
    struct rules rules = { 0 };
    int64_t end;
    assert_code(day_end("UTC", NULL, 20261231, &end), 0);
    assert_true(end == atk_day_start_utc_ms(20270101));
    assert_code(day_end("UTC", &rules, 20240228, &end), 0);
    assert_true(end == atk_day_start_utc_ms(20240229));
    assert_int_equal(rules.calls, 0);
}

static void test_other_zones_are_asked_for_the_day_after(void **state) {
    (void)state;
    struct rules rules = { .offset_ms = -HOUR };
    int64_t end;
    assert_code(day_end("Europe/Berlin", &rules, 20261231, &end), 0);
    assert_true(end == INT64_C(1798758000000));
    assert_int_equal(rules.calls, 1);
    assert_int_equal(rules.asked, 20270101);
    assert_string_equal(rules.zone, "Europe/Berlin");
}

static void test_only_the_exact_name_is_utc(void **state) {
    (void)state;
    static const char *const zones[] = { "utc", "Etc/UTC", "UTC0", "UT", "Z" };
    int64_t end;
    for (size_t i = 0; i < sizeof zones / sizeof zones[0]; i++) {
        struct rules rules = { .result = 1 };
        assert_code(day_end(zones[i], &rules, 20261231, &end), APITOKEN_E_ZONE);
        assert_int_equal(rules.calls, 1);
    }
}

static void test_what_the_callback_returns(void **state) {
    (void)state;
    static const int rows[][2] = { { 1, APITOKEN_E_ZONE },
                                   { 99, APITOKEN_E_ZONE },
                                   { -1, APITOKEN_E_ZONE_FAILED },
                                   { INT32_MIN, APITOKEN_E_ZONE_FAILED },
                                   { 0, 0 } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rules rules = { .result = rows[i][0] };
        int64_t end;
        assert_code(day_end("Europe/Berlin", &rules, 20261231, &end), rows[i][1]);
    }
}

static void test_instants_far_from_the_day_are_refused(void **state) {
    (void)state;
    static const struct {
        int64_t offset_ms;
        int due;
    } rows[] = { { 48 * HOUR, 0 },
                 { -48 * HOUR, 0 },
                 { 48 * HOUR + 1, APITOKEN_E_ZONE_FAILED },
                 { -48 * HOUR - 1, APITOKEN_E_ZONE_FAILED },
                 { INT64_C(-1790000000000), APITOKEN_E_ZONE_FAILED } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rules rules = { .offset_ms = rows[i].offset_ms };
        int64_t end;
        assert_code(day_end("Europe/Berlin", &rules, 20261231, &end), rows[i].due);
    }
}

/* A callback that returns 0 and stores nothing must not give a token that never ends. */
static void test_a_callback_that_stores_nothing(void **state) {
    (void)state;
    struct atk_config config;
    int64_t end = SENTINEL;
    set_zone(&config, "Europe/Berlin");
    struct atk_zone zone = atk_zone_of(&config, say_nothing, NULL);
    assert_code(atk_zone_day_end(&zone, 20261231, &end, NULL), APITOKEN_E_ZONE_FAILED);
    assert_int_equal(end, SENTINEL);
}

static void test_last_day_of_all(void **state) {
    (void)state;
    /* west of UTC: the end would lie in the year 10000 */
    struct rules rules = { .offset_ms = 12 * HOUR };
    int64_t end;
    assert_code(day_end("UTC", NULL, ATK_DAY_MAX, &end), 0);
    assert_true(end == ATK_MS_MAX);
    assert_code(day_end("Etc/GMT+12", &rules, ATK_DAY_MAX, &end), 0);
    assert_true(end == ATK_MS_MAX);
    assert_int_equal(rules.asked, ATK_DAY_MAX);
    rules.offset_ms = -14 * HOUR;
    assert_code(day_end("Etc/GMT-14", &rules, ATK_DAY_MAX, &end), 0);
    assert_true(end == ATK_MS_MAX + 1 - 14 * HOUR);
}

static void test_first_day_of_all(void **state) {
    (void)state;
    struct rules rules = { .offset_ms = -36 * HOUR };
    int64_t end;
    assert_code(day_end("UTC", NULL, ATK_DAY_MIN, &end), 0);
    assert_true(end == 24 * HOUR);
    assert_code(day_end("Nowhere/East", &rules, ATK_DAY_MIN, &end), 0);
    assert_int_equal(end, 1); /* before 1970, so it was over from the beginning */
}

/* ---- the system's zones ---------------------------------------------------------------------- */

struct due {
    const char *zone;
    int32_t day;      /* it ends at ... */
    int32_t utc_day;  /* ... this day in UTC ... */
    int hour, minute; /* ... at this time */
};

static void assert_ends(const struct due *rows, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const struct due *row = &rows[i];
        int64_t end,
            due = atk_day_start_utc_ms(row->utc_day) + row->hour * HOUR + row->minute * 60000;
        assert_code(day_end(row->zone, NULL, row->day, &end), 0);
        if (end != due)
            fail_msg("%s %d: %lld, not %lld", row->zone, row->day, (long long)end, (long long)due);
    }
}

static void test_zones_of_the_system(void **state) {
    (void)state;
    static const struct due rows[] = {
        { "Europe/Berlin", 20260328, 20260328, 23, 0 },
        { "Europe/Berlin", 20260329, 20260329, 22, 0 },
        { "Europe/Berlin", 20261024, 20261024, 22, 0 },
        { "Europe/Berlin", 20261025, 20261025, 23, 0 },
        { "Asia/Kolkata", 20251231, 20251231, 18, 30 },
        { "Pacific/Kiritimati", 20251231, 20251231, 10, 0 },
        /* the rule goes on after the last change of the file */
        { "Europe/Berlin", 21000327, 21000327, 23, 0 },
        { "Europe/Berlin", 21000328, 21000328, 22, 0 },
        { "Europe/Berlin", 99990630, 99990630, 22, 0 },
        { "Europe/Berlin", 99991231, 99991231, 23, 0 },
        { "Europe/Dublin", 20500114, 20500115, 0, 0 }, /* winter time is the exception there */
        { "Europe/Dublin", 20500714, 20500714, 23, 0 },
        { "America/New_York", 20991230, 20991231, 5, 0 },
        { "Australia/Sydney", 20491231, 20491231, 13, 0 }, /* summer over the turn of the year */
        { "Australia/Sydney", 20500630, 20500630, 14, 0 },
    };
    assert_ends(rows, sizeof rows / sizeof rows[0]);
}

static void test_midnights_that_are_missing_or_come_twice(void **state) {
    (void)state;
    static const struct due rows[] = {
        /* Sao Paulo went from 2017-10-14 23:59:59 (-03) to 2017-10-15 01:00 (-02) */
        { "America/Sao_Paulo", 20171013, 20171014, 3, 0 },
        { "America/Sao_Paulo", 20171014, 20171015, 3, 0 },
        { "America/Sao_Paulo", 20171015, 20171016, 2, 0 },
        /* Havana went from 2024-11-03 01:00 (-04) back to 00:00 (-05): the first one counts */
        { "America/Havana", 20241102, 20241103, 4, 0 },
        { "America/Havana", 20241103, 20241104, 5, 0 },
        /* Sao Paulo went from 2018-02-18 00:00 (-02) back to 23:00: that midnight was not seen */
        { "America/Sao_Paulo", 20180217, 20180218, 3, 0 },
        /* St. John's went back at 00:01 to 23:01: the day had begun for a minute */
        { "America/St_Johns", 20101106, 20101107, 2, 30 },
        /* Samoa left out 2011-12-30 */
        { "Pacific/Apia", 20111228, 20111229, 10, 0 },
        { "Pacific/Apia", 20111229, 20111230, 10, 0 },
        { "Pacific/Apia", 20111230, 20111230, 10, 0 },
        { "Pacific/Apia", 20111231, 20111231, 10, 0 },
    };
    assert_ends(rows, sizeof rows / sizeof rows[0]);
}

static void test_the_environment_plays_no_part(void **state) {
    (void)state;
    static const struct due row = { "Europe/Berlin", 20260328, 20260328, 23, 0 };
    assert_int_equal(setenv("TZ", "Asia/Tokyo", 1), 0);
    assert_int_equal(setenv("TZDIR", "/nonexistent", 1), 0);
    assert_ends(&row, 1);
    assert_int_equal(unsetenv("TZ"), 0);
    assert_int_equal(unsetenv("TZDIR"), 0);
}

static void test_a_zone_that_is_not_there(void **state) {
    (void)state;
    int64_t end;
    assert_code(day_end("Nowhere/Atall", NULL, 20261231, &end), APITOKEN_E_ZONE);
}

static void test_missing_data_is_an_error_of_its_own(void **state) {
    (void)state;
    static const char *const nowhere[] = { "/nonexistent", NULL };
    struct atk_config config;
    int64_t end = SENTINEL;
    int32_t day = SENTINEL;
    set_zone(&config, "Europe/Berlin");
    struct atk_zone zone = atk_zone_of(&config, NULL, NULL);
    zone.directories = nowhere;
    assert_code(atk_zone_day_end(&zone, 20261231, &end, NULL), APITOKEN_E_ZONE_DATA);
    assert_code(atk_zone_day_at(&zone, 0, &day, NULL), APITOKEN_E_ZONE_DATA);
    assert_int_equal(end, SENTINEL);
    assert_int_equal(day, SENTINEL);
}

/* A day's end lies in the day after it, the millisecond before it in the day. */
static void test_days_and_instants_agree(void **state) {
    (void)state;
    static const char *const zones[] = { "UTC",          "Europe/Berlin",       "America/Havana",
                                         "Asia/Kolkata", "Australia/Lord_Howe", "Etc/GMT+12",
                                         "Etc/GMT-14" };
    for (size_t z = 0; z < sizeof zones / sizeof zones[0]; z++) {
        struct atk_config config;
        set_zone(&config, zones[z]);
        ATK_SCOPED_ZONE zone = atk_zone_of(&config, NULL, NULL);
        for (int64_t days = 19000; days < 60000; days += 13) {
            int32_t day = atk_day_at_utc_ms(days * ATK_DAY_MS), before, after;
            int64_t end;
            assert_code(atk_zone_day_end(&zone, day, &end, NULL), 0);
            assert_code(atk_zone_day_at(&zone, end - 1, &before, NULL), 0);
            assert_code(atk_zone_day_at(&zone, end, &after, NULL), 0);
            assert_int_equal(before, day);
            assert_int_equal(after, atk_day_next(day));
        }
    }
}

static void test_instants_outside_the_years(void **state) {
    (void)state;
    static const struct {
        const char *zone;
        int64_t at_ms;
        int32_t due; /* 0: APITOKEN_E_DAY */
    } rows[] = {
        { "UTC", -1, 0 },
        { "UTC", 0, 19700101 },
        { "UTC", ATK_MS_MAX, ATK_DAY_MAX },
        { "UTC", ATK_MS_MAX + 1, 0 },
        { "America/New_York", 5 * HOUR - 1, 0 }, /* 1969-12-31 there */
        { "America/New_York", 5 * HOUR, 19700101 },
        { "Europe/Berlin", ATK_MS_MAX - HOUR, ATK_DAY_MAX },
        { "Europe/Berlin", ATK_MS_MAX - HOUR + 1, 0 }, /* 10000-01-01 there */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct atk_config config;
        int32_t day = SENTINEL;
        set_zone(&config, rows[i].zone);
        ATK_SCOPED_ZONE zone = atk_zone_of(&config, NULL, NULL);
        assert_code(atk_zone_day_at(&zone, rows[i].at_ms, &day, NULL),
                    rows[i].due ? 0 : APITOKEN_E_DAY);
        assert_int_equal(day, rows[i].due ? rows[i].due : SENTINEL);
    }
}

/* Days that all begin nearly two days late: the host's rules leave an instant without a day. */
static void test_an_instant_before_all_days_of_the_host(void **state) {
    (void)state;
    struct atk_config config;
    struct rules rules = { .offset_ms = 47 * HOUR };
    int32_t day = SENTINEL;
    set_zone(&config, "Europe/Berlin");
    ATK_SCOPED_ZONE zone = atk_zone_of(&config, answer, &rules);
    assert_code(atk_zone_day_at(&zone, atk_day_start_utc_ms(20260615) + 12 * HOUR, &day, NULL),
                APITOKEN_E_ZONE_FAILED);
    assert_int_equal(rules.calls, 3);
    /* there the day before may be the one, and it is none of the years */
    assert_code(atk_zone_day_at(&zone, 12 * HOUR, &day, NULL), APITOKEN_E_DAY);
    assert_int_equal(rules.calls, 5);
    assert_int_equal(day, SENTINEL);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_utc_needs_no_callback),
        cmocka_unit_test(test_an_instant_before_all_days_of_the_host),
        cmocka_unit_test(test_other_zones_are_asked_for_the_day_after),
        cmocka_unit_test(test_only_the_exact_name_is_utc),
        cmocka_unit_test(test_what_the_callback_returns),
        cmocka_unit_test(test_instants_far_from_the_day_are_refused),
        cmocka_unit_test(test_a_callback_that_stores_nothing),
        cmocka_unit_test(test_last_day_of_all),
        cmocka_unit_test(test_first_day_of_all),
        cmocka_unit_test(test_zones_of_the_system),
        cmocka_unit_test(test_midnights_that_are_missing_or_come_twice),
        cmocka_unit_test(test_the_environment_plays_no_part),
        cmocka_unit_test(test_a_zone_that_is_not_there),
        cmocka_unit_test(test_missing_data_is_an_error_of_its_own),
        cmocka_unit_test(test_days_and_instants_agree),
        cmocka_unit_test(test_instants_outside_the_years),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
