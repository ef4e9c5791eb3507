/* SPDX-License-Identifier: MIT */
#include "objects/expiry.h"

#include <string.h>

#include "cases.h"
#include "samples.h"

#define DAY 20261231
#define DAY_END INT64_C(1798758000000) /* in Berlin */

/* ---- what a host may ask for ----------------------------------------------------------------- */

static void test_kind_day_and_instant_fit(void **state) {
    (void)state;
    static const struct {
        struct atk_expiry expiry;
        int code;
    } rows[] = {
        { { APITOKEN_EXPIRY_DEFAULT, 0, 0 }, 0 },
        { { APITOKEN_EXPIRY_DEFAULT, DAY, 0 }, APITOKEN_E_EXPIRY },
        { { APITOKEN_EXPIRY_DEFAULT, 0, 1 }, APITOKEN_E_EXPIRY },
        { { APITOKEN_EXPIRY_NEVER, 0, 0 }, 0 },
        { { APITOKEN_EXPIRY_NEVER, DAY, 0 }, APITOKEN_E_EXPIRY },
        { { APITOKEN_EXPIRY_NEVER, 0, 1 }, APITOKEN_E_EXPIRY },
        { { APITOKEN_EXPIRY_DAY, DAY, 0 }, 0 },
        { { APITOKEN_EXPIRY_DAY, DAY, 1 }, APITOKEN_E_EXPIRY },
        { { APITOKEN_EXPIRY_DAY, 0, 0 }, APITOKEN_E_DAY },
        { { APITOKEN_EXPIRY_DAY, 20260230, 0 }, APITOKEN_E_DAY },
        { { APITOKEN_EXPIRY_INSTANT, 0, 1 }, 0 },
        { { APITOKEN_EXPIRY_INSTANT, 0, 0 }, 0 },
        { { APITOKEN_EXPIRY_INSTANT, 0, ATK_MS_MAX }, 0 },
        { { APITOKEN_EXPIRY_INSTANT, 0, ATK_MS_MAX + 1 }, APITOKEN_E_EXPIRY },
        { { APITOKEN_EXPIRY_INSTANT, 0, -1 }, APITOKEN_E_EXPIRY },
        { { APITOKEN_EXPIRY_INSTANT, DAY, 1 }, APITOKEN_E_EXPIRY },
        { { 4, 0, 0 }, APITOKEN_E_EXPIRY },
        { { UINT32_MAX, 0, 0 }, APITOKEN_E_EXPIRY },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        apitoken_error err = APITOKEN_ERROR_INIT;
        assert_code(atk_expiry_check(&rows[i].expiry, &err), rows[i].code);
        if (rows[i].code) assert_int_equal(err.field, APITOKEN_FIELD_EXPIRY);
        assert_int_equal(err.offset, 0);
    }
}

static void test_details_say_what_does_not_fit(void **state) {
    (void)state;
    static const struct {
        struct atk_expiry expiry;
        const char *text;
    } rows[] = {
        { { APITOKEN_EXPIRY_NEVER, DAY, 0 },
          "the expiry is neither a day nor an instant, but one of them is set" },
        { { APITOKEN_EXPIRY_DAY, DAY, 1 }, "the expiry is a day, but an instant is set" },
        { { APITOKEN_EXPIRY_INSTANT, DAY, 1 }, "the expiry is an instant, but a day is set" },
        { { 4, 0, 0 }, "the expiry is of an unknown kind" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        apitoken_error err = APITOKEN_ERROR_INIT;
        assert_code(atk_expiry_check(&rows[i].expiry, &err), APITOKEN_E_EXPIRY);
        assert_string_equal(err.text, rows[i].text);
    }
}

/* ---- the end that a token gets --------------------------------------------------------------- */

/* The host's rules: an hour before UTC, or none. */
static int an_hour_before_utc(const char *zone, size_t zone_len, int32_t day, int64_t *ret_start_ms,
                              void *ctx) {
    (void)zone, (void)zone_len;
    assert_int_equal(day, 20270101);
    *ret_start_ms = DAY_END;
    return *(const int *)ctx;
}

static int resolve(const struct atk_expiry *expiry, int64_t now_ms, int answer,
                   struct atk_end *ret) {
    static struct atk_config config;
    struct atk_end before;
    memset(&before, 0x55, sizeof before);
    *ret = before;
    sample_config(&config); /* in Berlin */
    struct atk_zone zone = atk_zone_of(&config, an_hour_before_utc, &answer);
    apitoken_error err = APITOKEN_ERROR_INIT;
    int rc = atk_expiry_resolve(expiry, &zone, now_ms, ret, &err);
    atk_zone_free(&zone);
    if (rc < 0) assert_memory_equal(ret, &before, sizeof before);
    if (rc == APITOKEN_E_EXPIRY_PAST) assert_int_equal(err.field, APITOKEN_FIELD_EXPIRY);
    assert_int_equal(err.offset, 0);
    return rc;
}

static void assert_shown(const struct atk_end *end, int64_t ms, unsigned kind) {
    assert_true(end->ms == ms);
    assert_int_equal(end->kind, kind);
    if (kind == APITOKEN_EXPIRY_DAY) return;
    assert_int_equal(end->day, 0);
    assert_int_equal(end->zone_len, 0);
}

static void test_a_token_that_never_expires(void **state) {
    (void)state;
    static const uint32_t kinds[] = { APITOKEN_EXPIRY_NEVER, APITOKEN_EXPIRY_DEFAULT };
    for (size_t i = 0; i < 2; i++) {
        const struct atk_expiry expiry = { .kind = kinds[i] };
        struct atk_end end;
        assert_code(resolve(&expiry, ATK_MS_MAX, 0, &end), 0);
        assert_shown(&end, ATK_END_NEVER, APITOKEN_EXPIRY_NEVER); /* the default is not stored */
    }
}

static void test_an_end_at_an_instant(void **state) {
    (void)state;
    const struct atk_expiry expiry = { APITOKEN_EXPIRY_INSTANT, 0, 1000 };
    struct atk_end end;
    assert_code(resolve(&expiry, 999, 0, &end), 0);
    assert_shown(&end, 1000, APITOKEN_EXPIRY_INSTANT);
    assert_code(resolve(&expiry, 1000, 0, &end), APITOKEN_E_EXPIRY_PAST);
}

static void test_an_end_with_a_day(void **state) {
    (void)state;
    const struct atk_expiry expiry = { APITOKEN_EXPIRY_DAY, DAY, 0 };
    struct atk_end end;
    assert_code(resolve(&expiry, DAY_END - 1, 0, &end), 0);
    assert_shown(&end, DAY_END, APITOKEN_EXPIRY_DAY);
    assert_int_equal(end.day, DAY);
    assert_int_equal(end.zone_len, 13);
    assert_memory_equal(end.zone, "Europe/Berlin", 13);
    assert_code(resolve(&expiry, DAY_END, 0, &end), APITOKEN_E_EXPIRY_PAST);
    assert_code(resolve(&expiry, DAY_END, 1, &end), APITOKEN_E_ZONE);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kind_day_and_instant_fit),
        cmocka_unit_test(test_details_say_what_does_not_fit),
        cmocka_unit_test(test_a_token_that_never_expires),
        cmocka_unit_test(test_an_end_at_an_instant),
        cmocka_unit_test(test_an_end_with_a_day),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
