/* SPDX-License-Identifier: MIT */
#include "rules/posix_tz.h"

#include "rules/day.h"
#include "cases.h"
#include "samples.h"

#define NONE INT64_MAX

/* A second since 1970. */
static int64_t at(int32_t day, int hour, int minute, int second) {
    return atk_day_start_utc_ms(day) / 1000 + hour * 3600 + minute * 60 + second;
}

static void test_texts_that_are_no_rule(void **state) {
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
        struct atk_posix_tz rule;
        if (atk_posix_tz_parse(texts[i], &rule)) fail_msg("\"%s\"", texts[i]);
    }
}

static void test_rules_of_all_forms(void **state) {
    (void)state;
    const char *const central = "CET-1CEST,M3.5.0,M10.5.0/3";
    /* daylight time all year: each year's end is the next one's beginning; nothing changes there */
    const char *const always = "XXX3EDT4,0/0,J365/23";
    const struct {
        const char *text;
        int64_t at;
        int32_t offset;
        int64_t next;
    } rows[] = {
        { "UTC0", at(20260101, 0, 0, 0), 0, NONE },
        { "<+0545>-5:45", at(20260101, 0, 0, 0), 20700, NONE },
        { central, at(20260101, 0, 0, 0), 3600, at(20260329, 1, 0, 0) },
        { central, at(20260329, 1, 0, 0), 7200, at(20261025, 1, 0, 0) },
        { central, at(20261025, 0, 59, 59), 7200, at(20261025, 1, 0, 0) },
        { central, at(19691231, 23, 0, 0), 3600, at(19700329, 1, 0, 0) },
        { central, at(99991231, 23, 0, 0), 3600, at(99991231, 0, 0, 0) + 86 * 86400 + 3600 },
        { "EST5EDT,M3.2.0,M11.1.0", at(20261201, 0, 0, 0), -18000, at(20270314, 7, 0, 0) },
        { "IST-1GMT0,M10.5.0,M3.5.0/1", at(20260701, 0, 0, 0), 3600, at(20261025, 1, 0, 0) },
        /* J60 in a leap year is 1 March, 59 is the leap day */
        { "XXX3YYY,J60/0,J300/0", at(20240101, 0, 0, 0), -10800, at(20240301, 3, 0, 0) },
        { "XXX3YYY,J60/0,J300/0", at(20230101, 0, 0, 0), -10800, at(20230301, 3, 0, 0) },
        { "XXX3YYY,59/0,299/0", at(20240101, 0, 0, 0), -10800, at(20240229, 3, 0, 0) },
        { "EET-2EEST,M3.4.4/50,M10.4.4/50", at(20270101, 0, 0, 0), 7200, at(20270327, 0, 0, 0) },
        { "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", at(20260101, 0, 0, 0), -7200, at(20260329, 1, 0, 0) },
        { "EST5EDT,M12.1.0,M11.1.0", at(20261201, 0, 0, 0), -18000, at(20261206, 7, 0, 0) },
        { always, at(20261231, 12, 0, 0), -14400, at(20270101, 3, 0, 0) },
        { always, at(20270101, 3, 0, 0), -14400, at(20280101, 3, 0, 0) },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct atk_posix_tz rule;
        int64_t next;
        int32_t offset;
        assert_true(atk_posix_tz_parse(rows[i].text, &rule));
        atk_posix_tz_at(&rule, rows[i].at, &offset, &next);
        if (offset != rows[i].offset || next != rows[i].next)
            fail_msg("row %zu: %s gives %d, then %lld", i, rows[i].text, offset, (long long)next);
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts_that_are_no_rule),
        cmocka_unit_test(test_rules_of_all_forms),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
