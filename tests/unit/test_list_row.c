/* SPDX-License-Identifier: MIT */
#include "objects/list_row.h"

#include <string.h>

#include "cases.h"
#include "samples.h"

static apitoken_token *make(const struct atk_row *row, int64_t now_ms) {
    const struct atk_row_view view = atk_row_view_of(row);
    apitoken_token *token = atk_list_row_new(&view, SAMPLE_OWNER, strlen(SAMPLE_OWNER), now_ms);
    assert_non_null(token);
    return token;
}

static void test_facts_of_a_row_with_a_day(void **state) {
    (void)state;
    struct atk_row row;
    sample_row_day(&row);
    apitoken_token *token = make(&row, FIXTURE_NOW);
    memset(&row, 0x55, sizeof row); /* the token is a copy */
    assert_string_equal(apitoken_token_id(token), SAMPLE_ID);
    assert_string_equal(apitoken_token_owner(token), SAMPLE_OWNER);
    /* the caller has to set it */
    assert_int_equal(apitoken_token_last_used_ms(token), 0);
    assert_string_equal(apitoken_token_name(token), "Nightly");
    assert_string_equal(apitoken_token_description(token), "nightly import");
    assert_true(apitoken_token_created_ms(token) == INT64_C(1700000000000));
    assert_int_equal(apitoken_token_expiry_kind(token), APITOKEN_EXPIRY_DAY);
    assert_true(apitoken_token_expires_ms(token) == INT64_C(1798758000000));
    assert_int_equal(apitoken_token_expires_day(token), 20261231);
    assert_string_equal(apitoken_token_expires_zone(token), "Europe/Berlin");
    assert_int_equal(apitoken_token_state(token), APITOKEN_STATE_EXPIRED);
    assert_int_equal(apitoken_token_revoked_ms(token), 0);
    assert_string_equal(apitoken_token_reason(token), "");
    assert_int_equal(apitoken_token_is_copyable(token), 1);
    apitoken_token_free(token);
}

static void test_facts_of_a_revoked_row(void **state) {
    (void)state;
    struct atk_row row;
    sample_row_revoked(&row);
    apitoken_token *token = make(&row, 0);
    assert_int_equal(apitoken_token_state(token), APITOKEN_STATE_REVOKED);
    assert_true(apitoken_token_revoked_ms(token) == INT64_C(1750000000000));
    assert_string_equal(apitoken_token_reason(token), "lost");
    assert_string_equal(apitoken_token_expires_zone(token), "");
    assert_int_equal(apitoken_token_expires_day(token), 0);
    assert_int_equal(apitoken_token_is_copyable(token), 0);
    apitoken_token_free(token);
}

static void test_state_is_that_of_the_moment(void **state) {
    (void)state;
    struct atk_row row;
    sample_row_day(&row);
    for (int64_t after = -1; after <= 1; after++) {
        apitoken_token *token = make(&row, row.end_ms + after);
        assert_int_equal(apitoken_token_state(token),
                         after < 0 ? APITOKEN_STATE_VALID : APITOKEN_STATE_EXPIRED);
        apitoken_token_free(token);
    }
}

static void test_longest_texts(void **state) {
    (void)state;
    struct atk_row row;
    char owner[APITOKEN_OWNER_MAX];
    sample_row_revoked(&row);
    memset(owner, 'o', sizeof owner);
    memset(row.name, 'n', row.name_len = APITOKEN_NAME_MAX);
    memset(row.description, 'd', row.description_len = APITOKEN_DESCRIPTION_MAX);
    memset(row.reason, 'r', row.reason_len = APITOKEN_REASON_MAX);
    memset(row.zone, 'z', row.zone_len = APITOKEN_ZONE_MAX);
    const struct atk_row_view view = atk_row_view_of(&row);
    apitoken_token *token = atk_list_row_new(&view, owner, sizeof owner, 0);
    assert_non_null(token);
    assert_int_equal(strlen(apitoken_token_owner(token)), APITOKEN_OWNER_MAX);
    assert_int_equal(strlen(apitoken_token_name(token)), APITOKEN_NAME_MAX);
    assert_int_equal(strlen(apitoken_token_description(token)), APITOKEN_DESCRIPTION_MAX);
    assert_int_equal(strlen(apitoken_token_reason(token)), APITOKEN_REASON_MAX);
    assert_int_equal(strlen(apitoken_token_expires_zone(token)), APITOKEN_ZONE_MAX);
    apitoken_token_free(token);
    apitoken_token_free(NULL);
}

/* Earlier contents of the memory do not matter, and its size is exactly as computed. */
static void test_a_token_in_used_memory(void **state) {
    (void)state;
    static union {
        apitoken_token token;
        char bytes[4096];
    } used;
    struct atk_row row;
    memset(&used, 0x55, sizeof used);
    sample_row_revoked(&row);
    const struct atk_row_view view = atk_row_view_of(&row);
    const size_t size = atk_list_row_size(&view);
    assert_true(size < sizeof used);
    atk_list_row_set(&used.token, &view, SAMPLE_OWNER, FIXTURE_NOW);
    assert_int_equal(strlen(apitoken_token_id(&used.token)), APITOKEN_ID_LEN);
    assert_int_equal(apitoken_token_last_used_ms(&used.token), 0);
    assert_int_equal(strlen(apitoken_token_reason(&used.token)), row.reason_len);
    assert_int_equal(used.bytes[size], 0x55);
    assert_true(apitoken_token_reason(&used.token) + row.reason_len + 1 <= used.bytes + size);
    used.token.last_used_ms = FIXTURE_NOW;
    assert_true(apitoken_token_last_used_ms(&used.token) == FIXTURE_NOW);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_facts_of_a_row_with_a_day),
        cmocka_unit_test(test_facts_of_a_revoked_row),
        cmocka_unit_test(test_state_is_that_of_the_moment),
        cmocka_unit_test(test_longest_texts),
        cmocka_unit_test(test_a_token_in_used_memory),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
