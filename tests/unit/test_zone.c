/* SPDX-License-Identifier: MIT */
#include "outside/zone.h"

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
    int rc = atk_zone_day_end(&config, rules ? answer : NULL, rules, day, ret_end, &err);
    assert_int_equal(err.code, rc);
    assert_true(rc == 0 || *ret_end == SENTINEL);
    assert_int_equal(err.field, rc == APITOKEN_E_ZONE           ? APITOKEN_FIELD_ZONE
                                : rc == APITOKEN_E_ZONE_MISSING ? APITOKEN_FIELD_EXPIRY
                                                                : APITOKEN_FIELD_NONE);
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
    for (size_t i = 0; i < sizeof zones / sizeof zones[0]; i++)
        assert_code(day_end(zones[i], NULL, 20261231, &end), APITOKEN_E_ZONE_MISSING);
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
    assert_code(atk_zone_day_end(&config, say_nothing, NULL, 20261231, &end, NULL),
                APITOKEN_E_ZONE_FAILED);
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

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_utc_needs_no_callback),
        cmocka_unit_test(test_other_zones_are_asked_for_the_day_after),
        cmocka_unit_test(test_only_the_exact_name_is_utc),
        cmocka_unit_test(test_what_the_callback_returns),
        cmocka_unit_test(test_instants_far_from_the_day_are_refused),
        cmocka_unit_test(test_a_callback_that_stores_nothing),
        cmocka_unit_test(test_last_day_of_all),
        cmocka_unit_test(test_first_day_of_all),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
