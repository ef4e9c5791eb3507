/* SPDX-License-Identifier: MIT */
#include "rules/token_edit.h"

#include <string.h>

#include "cases.h"
#include "rules/older_secret.h"
#include "samples.h"

#define OLDER_UNTIL INT64_C(1790000000000) /* of the sample */

static void load(struct atk_hot *hot, struct atk_row *row) {
    sample_hot_full(hot);
    sample_row_full(row);
}

/* ---- what an edit requires ------------------------------------------------------------------- */

static void test_the_revision_of_a_token(void **state) {
    (void)state;
    struct atk_hot hot = { .revision = 4 };
    apitoken_error err = APITOKEN_ERROR_INIT;
    assert_code(atk_edit_require_revision(0, &hot, NULL), 0);
    assert_code(atk_edit_require_revision(4, &hot, NULL), 0);
    assert_code(atk_edit_require_revision(5, &hot, NULL), APITOKEN_E_REVISION);
    assert_code(atk_edit_require_revision(3, &hot, &err), APITOKEN_E_REVISION);
    assert_int_equal(err.field, APITOKEN_FIELD_REVISION);
    assert_int_equal(err.offset, 0);
    assert_string_equal(err.text, "the token was changed: its revision is 4, not 3");
}

static void test_a_token_that_is_not_revoked(void **state) {
    (void)state;
    for (unsigned flags = 0; flags < 256; flags++) {
        const struct atk_hot hot = { .flags = (uint8_t)flags };
        assert_code(atk_edit_require_unrevoked(&hot, NULL),
                    flags & 1 ? APITOKEN_E_CHANGE_REVOKED : 0);
    }
}

static void test_a_token_that_this_version_understands(void **state) {
    (void)state;
    struct atk_hot hot = { .is_newer = false };
    assert_code(atk_edit_require_known(&hot, NULL), 0);
    hot.is_newer = true;
    assert_code(atk_edit_require_known(&hot, NULL), APITOKEN_E_SCHEMA);
}

static void test_a_token_that_has_not_expired(void **state) {
    (void)state;
    struct atk_hot hot = { .end_ms = 1000 };
    assert_code(atk_edit_require_unexpired(&hot, 999, NULL), 0);
    assert_code(atk_edit_require_unexpired(&hot, 1000, NULL), APITOKEN_E_CHANGE_EXPIRED);
    hot.end_ms = ATK_END_NEVER;
    assert_code(atk_edit_require_unexpired(&hot, ATK_MS_MAX, NULL), 0);
}

/* ---- a new end ------------------------------------------------------------------------------- */

static const struct atk_end day = { INT64_C(1798758000000), APITOKEN_EXPIRY_DAY, 13, 20261231,
                                    "Europe/Berlin" },
                            never = { .ms = ATK_END_NEVER, .kind = APITOKEN_EXPIRY_NEVER };

static struct atk_end instant(int64_t ms) {
    return (struct atk_end){ .ms = ms, .kind = APITOKEN_EXPIRY_INSTANT };
}

static void assert_end(const struct atk_end *end, const struct atk_hot *hot,
                       const struct atk_row *row) {
    assert_true(hot->end_ms == end->ms && row->end_ms == end->ms);
    assert_int_equal(row->expiry_kind, end->kind);
    assert_int_equal(row->day, end->day);
    assert_int_equal(row->zone_len, end->zone_len);
    if (end->zone_len) assert_memory_equal(row->zone, end->zone, end->zone_len);
}

static void test_every_end_follows_every_other(void **state) {
    (void)state;
    const struct atk_end ends[] = { day, never, instant(day.ms), instant(1), instant(ATK_MS_MAX) };
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        for (size_t k = 0; k < sizeof ends / sizeof ends[0]; k++) {
            struct atk_hot hot;
            struct atk_row row;
            load(&hot, &row);
            assert_true(atk_edit_set_end(&ends[i], &hot, &row));
            assert_end(&ends[i], &hot, &row);
            assert_int_equal(atk_edit_set_end(&ends[k], &hot, &row), i != k);
            assert_end(&ends[k], &hot, &row);
        }
    }
}

/* The same instant by another day, zone or kind is another end. */
static void test_any_difference_is_a_new_end(void **state) {
    (void)state;
    for (int i = 0; i < 6; i++) {
        struct atk_hot hot;
        struct atk_row row;
        struct atk_end end = day;
        load(&hot, &row);
        assert_true(atk_edit_set_end(&day, &hot, &row));
        if (i == 0) end.day++;
        if (i == 1) end.zone = "Europe/Zurich";
        if (i == 2) end.zone_len--;
        if (i == 3) end.kind = APITOKEN_EXPIRY_INSTANT;
        if (i == 4) hot.end_ms++;
        if (i == 5) row.end_ms++;
        assert_true(atk_edit_set_end(&end, &hot, &row));
        assert_end(&end, &hot, &row);
        assert_false(atk_edit_set_end(&end, &hot, &row));
    }
}

static int64_t older_until(const struct atk_hot *hot) {
    struct atk_older_secret older;
    assert_true(atk_older_secret_get(hot->parts, hot->parts_len, &older));
    assert_int_equal(older.key_id, 7);
    assert_int_equal(older.verifier[23], 23);
    return older.until_ms;
}

/* The older secret's end comes forward with that of the token, and never goes back. */
static void test_no_older_secret_outlives_its_token(void **state) {
    (void)state;
    const struct {
        struct atk_end end;
        int64_t until_ms;
    } rows[] = {
        { instant(OLDER_UNTIL + 1), OLDER_UNTIL },
        { instant(OLDER_UNTIL), OLDER_UNTIL },
        { instant(OLDER_UNTIL - 1), OLDER_UNTIL - 1 },
        { instant(OLDER_UNTIL), OLDER_UNTIL - 1 },
        { never, OLDER_UNTIL - 1 },
        { instant(1), 1 },
        { day, 1 },
        { never, 1 },
    };
    struct atk_hot hot;
    struct atk_row row;
    load(&hot, &row);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_true(atk_edit_set_end(&rows[i].end, &hot, &row));
        assert_true(older_until(&hot) == rows[i].until_ms);
    }
}

static void test_a_token_with_one_secret_gets_no_other(void **state) {
    (void)state;
    struct atk_hot hot;
    struct atk_row row;
    const struct atk_end end = instant(1);
    load(&hot, &row);
    atk_parts_drop_secret(atk_hot_parts(&hot), ATK_SECRET_OLDER);
    const uint16_t len = hot.parts_len;
    assert_true(atk_edit_set_end(&end, &hot, &row));
    assert_int_equal(hot.parts_len, len);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_revision_of_a_token),
        cmocka_unit_test(test_a_token_that_is_not_revoked),
        cmocka_unit_test(test_a_token_that_this_version_understands),
        cmocka_unit_test(test_a_token_that_has_not_expired),
        cmocka_unit_test(test_every_end_follows_every_other),
        cmocka_unit_test(test_any_difference_is_a_new_end),
        cmocka_unit_test(test_no_older_secret_outlives_its_token),
        cmocka_unit_test(test_a_token_with_one_secret_gets_no_other),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
