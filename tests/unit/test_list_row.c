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

/* What a token has only if somebody asked for it. */
static void test_facts_of_a_row_without_parts(void **state) {
    (void)state;
    struct atk_row row;
    size_t len = 99;
    sample_row_day(&row);
    apitoken_token *token = make(&row, FIXTURE_NOW);
    assert_int_equal(apitoken_token_revision(token), 1);
    assert_string_equal(apitoken_token_interfaces(token), "");
    assert_string_equal(apitoken_token_networks(token), "");
    assert_string_equal(apitoken_token_data(token, &len), "");
    assert_int_equal(len, 0);
    assert_int_equal(apitoken_token_is_suspended(token), 0);
    assert_int_equal(apitoken_token_is_blocked(token), 0);
    assert_true(apitoken_token_superseded_until_ms(token) == 0);
    assert_true(apitoken_token_last_used_older_ms(token) == 0);
    assert_true(apitoken_token_secret_made_ms(token) == apitoken_token_created_ms(token));
    assert_string_equal(apitoken_token_created_by(token), "");
    assert_int_equal(apitoken_token_reason_code(token), 0);
    apitoken_token_free(token);
}

static void test_facts_of_a_row_with_all_parts(void **state) {
    (void)state;
    struct atk_row row;
    size_t len;
    sample_row_full(&row);
    apitoken_token *token = make(&row, INT64_C(1789999999999));
    memset(&row, 0x55, sizeof row);
    assert_int_equal(apitoken_token_state(token), APITOKEN_STATE_SUSPENDED);
    assert_int_equal(apitoken_token_revision(token), 4);
    assert_string_equal(apitoken_token_interfaces(token), "payroll:read,w");
    assert_string_equal(apitoken_token_networks(token), "192.0.2.0/24,2001:db8::/32");
    assert_memory_equal(apitoken_token_data(token, &len), "\0own\xFF", 6);
    assert_int_equal(len, 5);
    assert_int_equal(apitoken_token_is_suspended(token), 1);
    assert_int_equal(apitoken_token_is_blocked(token), 0);
    assert_true(apitoken_token_superseded_until_ms(token) == INT64_C(1790000000000));
    assert_true(apitoken_token_secret_made_ms(token) == INT64_C(1780000000000));
    assert_true(apitoken_token_created_ms(token) == INT64_C(1700000000000));
    assert_string_equal(apitoken_token_created_by(token), "carol");
    apitoken_token_free(token);
}

/* From its end on there is only one secret. */
static void test_an_older_secret_is_shown_until_its_end(void **state) {
    (void)state;
    struct atk_row row;
    const int64_t until = INT64_C(1790000000000);
    sample_row_full(&row);
    for (int64_t after = -1; after <= 1; after++) {
        apitoken_token *token = make(&row, until + after);
        assert_true(apitoken_token_superseded_until_ms(token) == (after < 0 ? until : 0));
        apitoken_token_free(token);
    }
}

/* Each flag has its getter, whatever the state is. */
static void test_flags_behind_a_stronger_state(void **state) {
    (void)state;
    for (unsigned flags = 0; flags < 32; flags++) {
        struct atk_row row;
        sample_row_day(&row);
        row.flags = (uint8_t)flags;
        apitoken_token *token = make(&row, FIXTURE_NOW);
        assert_int_equal(apitoken_token_is_suspended(token), (flags & 2) != 0);
        assert_int_equal(apitoken_token_is_blocked(token), (flags & 4) != 0);
        apitoken_token_free(token);
    }
}

/* Parts of a form that this version does not know are as good as none. */
static void test_parts_of_another_form_are_not_shown(void **state) {
    (void)state;
    static const uint8_t filler[300];
    static const unsigned types[] = { ATK_PART_INTERFACES,   ATK_PART_NETWORKS,
                                      ATK_PART_OLDER_SECRET, ATK_PART_DATA,
                                      ATK_PART_SECRET_MADE,  ATK_PART_CREATED_BY };
    struct atk_row row;
    size_t len = 99;
    sample_row_day(&row);
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        assert_true(atk_parts_set(atk_row_parts(&row), types[i], filler, sizeof filler));
    apitoken_token *token = make(&row, 0);
    assert_string_equal(apitoken_token_interfaces(token), "");
    assert_string_equal(apitoken_token_networks(token), "");
    assert_true(apitoken_token_superseded_until_ms(token) == 0);
    assert_string_equal(apitoken_token_data(token, &len), "");
    assert_int_equal(len, 0);
    assert_true(apitoken_token_secret_made_ms(token) == row.created_ms);
    assert_string_equal(apitoken_token_created_by(token), "");
    apitoken_token_free(token);
}

static void test_facts_of_no_token(void **state) {
    (void)state;
    size_t len = 99;
    apitoken_token *volatile none = NULL; /* the compiler warns if it knows */
    assert_int_equal(apitoken_token_revision(none), 0);
    assert_string_equal(apitoken_token_interfaces(none), "");
    assert_string_equal(apitoken_token_networks(none), "");
    assert_string_equal(apitoken_token_data(none, &len), "");
    assert_int_equal(len, 0);
    assert_int_equal(apitoken_token_is_suspended(none), 0);
    assert_int_equal(apitoken_token_is_blocked(none), 0);
    assert_true(apitoken_token_superseded_until_ms(none) == 0);
    assert_true(apitoken_token_last_used_older_ms(none) == 0);
    assert_true(apitoken_token_secret_made_ms(none) == 0);
    assert_string_equal(apitoken_token_created_by(none), "");
    assert_int_equal(apitoken_token_reason_code(none), 0);
}

static void test_facts_of_a_revoked_row(void **state) {
    (void)state;
    struct atk_row row;
    sample_row_revoked(&row);
    apitoken_token *token = make(&row, 0);
    assert_int_equal(apitoken_token_state(token), APITOKEN_STATE_REVOKED);
    assert_true(apitoken_token_revoked_ms(token) == INT64_C(1750000000000));
    assert_string_equal(apitoken_token_reason(token), "lost");
    assert_int_equal(apitoken_token_reason_code(token), APITOKEN_REASON_OWNER_GONE);
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

/* Every part as long as it may be, and as one byte. */
static void test_longest_and_shortest_parts(void **state) {
    (void)state;
    for (size_t size = 1; size <= 128; size += 127) {
        struct atk_row row;
        uint8_t value[128];
        size_t len;
        memset(value, 'v', sizeof value);
        sample_row_day(&row);
        row.name_len = 1;
        const struct atk_parts parts = atk_row_parts(&row);
        assert_true(atk_parts_set(parts, ATK_PART_CREATED_BY, value, size));
        assert_true(atk_parts_set(parts, ATK_PART_DATA, value, size));
        apitoken_token *token = make(&row, 0);
        assert_string_equal(apitoken_token_name(token), "N");
        assert_int_equal(strlen(apitoken_token_created_by(token)), size);
        assert_int_equal(strlen(apitoken_token_data(token, &len)), size);
        assert_int_equal(len, size);
        apitoken_token_free(token);
    }
}

/* The text of a network is much longer than what is stored of it. */
static void test_longest_list_texts(void **state) {
    (void)state;
    struct atk_row row;
    uint8_t networks[ATK_NETWORKS_VALUE_MAX], interfaces[ATK_INTERFACES_VALUE_MAX] = { 16 };
    for (uint8_t i = 0; i < 16; i++) {
        memset(networks + 18 * i, 0xF0 | i, 18);
        networks[18 * i] = 6;
        networks[18 * i + 1] = 127;
        networks[18 * i + 17] = 0xF0;
        memset(interfaces + 1 + 65 * i, 'a' + i, 65);
        interfaces[1 + 65 * i] = 64;
    }
    sample_row_day(&row);
    assert_true(atk_parts_set(atk_row_parts(&row), ATK_PART_NETWORKS, networks, sizeof networks));
    apitoken_token *token = make(&row, 0);
    assert_int_equal(strlen(apitoken_token_networks(token)), APITOKEN_NETWORKS_TEXT_MAX);
    apitoken_token_free(token);
    assert_true(
        atk_parts_set(atk_row_parts(&row), ATK_PART_INTERFACES, interfaces, sizeof interfaces));
    token = make(&row, 0);
    assert_int_equal(strlen(apitoken_token_interfaces(token)), APITOKEN_INTERFACES_TEXT_MAX);
    assert_int_equal(strlen(apitoken_token_networks(token)), APITOKEN_NETWORKS_TEXT_MAX);
    assert_string_equal(apitoken_token_description(token), "nightly import");
    apitoken_token_free(token);
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
    memset(row.zone, 'z', row.zone_len = 3);
    const struct atk_row_view view = atk_row_view_of(&row);
    const size_t size = atk_list_row_size(&view);
    assert_true(size < sizeof used);
    atk_list_row_set(&used.token, &view, SAMPLE_OWNER, FIXTURE_NOW);
    assert_int_equal(strlen(apitoken_token_id(&used.token)), APITOKEN_ID_LEN);
    assert_int_equal(apitoken_token_last_used_ms(&used.token), 0);
    assert_int_equal(strlen(apitoken_token_reason(&used.token)), row.reason_len);
    assert_int_equal(used.bytes[size], 0x55);
    /* the reason is the last of its texts */
    assert_ptr_equal(apitoken_token_reason(&used.token) + row.reason_len + 1,
                     used.token.text + size - sizeof(apitoken_token));
    const struct atk_token_uses uses = { FIXTURE_NOW, FIXTURE_NOW - 1 };
    atk_list_row_set_uses(&used.token, uses);
    assert_true(apitoken_token_last_used_ms(&used.token) == FIXTURE_NOW);
    assert_int_equal(apitoken_token_last_used_older_ms(&used.token), 0); /* it has no older one */
}

/* What few tokens have stands behind the texts, whatever their length; at any place of memory. */
static void test_a_token_with_parts_in_used_memory(void **state) {
    (void)state;
    static union {
        apitoken_token token;
        char bytes[16384];
    } used;
    struct atk_row row;
    const struct atk_token_uses uses = { FIXTURE_NOW, FIXTURE_NOW - 1 };
    sample_row_full(&row);
    memset(row.name, 'n', 20);
    for (uint8_t name_len = 1; name_len <= 20; name_len++) {
        row.name_len = name_len;
        const struct atk_row_view view = atk_row_view_of(&row);
        const size_t size = atk_list_row_size(&view);
        memset(&used, 0x55, sizeof used);
        assert_true(size < sizeof used);
        atk_list_row_set(&used.token, &view, SAMPLE_OWNER, FIXTURE_NOW);
        atk_list_row_set_uses(&used.token, uses);
        assert_int_equal(strlen(apitoken_token_name(&used.token)), name_len);
        assert_true(apitoken_token_last_used_ms(&used.token) == FIXTURE_NOW);
        assert_true(apitoken_token_last_used_older_ms(&used.token) == FIXTURE_NOW - 1);
        assert_true(apitoken_token_interfaces(&used.token)[0] != '\0');
        for (size_t i = size; i < sizeof used; i++) assert_int_equal(used.bytes[i], 0x55);
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_facts_of_a_row_with_a_day),
        cmocka_unit_test(test_facts_of_a_row_without_parts),
        cmocka_unit_test(test_facts_of_a_row_with_all_parts),
        cmocka_unit_test(test_an_older_secret_is_shown_until_its_end),
        cmocka_unit_test(test_flags_behind_a_stronger_state),
        cmocka_unit_test(test_parts_of_another_form_are_not_shown),
        cmocka_unit_test(test_facts_of_no_token),
        cmocka_unit_test(test_facts_of_a_revoked_row),
        cmocka_unit_test(test_state_is_that_of_the_moment),
        cmocka_unit_test(test_longest_texts),
        cmocka_unit_test(test_longest_and_shortest_parts),
        cmocka_unit_test(test_longest_list_texts),
        cmocka_unit_test(test_a_token_in_used_memory),
        cmocka_unit_test(test_a_token_with_parts_in_used_memory),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
