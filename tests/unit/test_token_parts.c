/* SPDX-License-Identifier: MIT */
#include "rules/token_parts.h"

#include <string.h>

#include "cases.h"
#include "rules/older_secret.h"
#include "samples.h"

static bool is_known(unsigned type, const void *value, size_t len, bool is_hot) {
    const struct atk_part part = { (uint8_t)type, (uint16_t)len, value };
    return atk_token_part_is_known(&part, is_hot);
}

/* All parts of the full sample, in either record. */
static void test_values_of_this_version(void **state) {
    (void)state;
    static const unsigned types[] = { ATK_PART_INTERFACES, ATK_PART_NETWORKS, ATK_PART_OLDER_SECRET,
                                      ATK_PART_DATA };
    struct atk_hot hot;
    struct atk_row row;
    sample_hot_full(&hot);
    sample_row_full(&row);
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        struct atk_part part;
        assert_true(atk_parts_find(hot.parts, hot.parts_len, types[i], &part));
        assert_true(atk_token_part_is_known(&part, true));
        assert_true(atk_parts_find(row.other, row.other_len, types[i], &part));
        assert_true(atk_token_part_is_known(&part, false));
    }
}

static void test_values_of_another_form(void **state) {
    (void)state;
    static const uint8_t bytes[ATK_OLDER_SECRET_LEN + 100];
    for (int is_hot = 0; is_hot < 2; is_hot++) {
        assert_false(is_known(ATK_PART_INTERFACES, LIT("\0"), is_hot));
        assert_false(is_known(ATK_PART_INTERFACES, LIT("\1\1w\0"), is_hot));
        assert_true(is_known(ATK_PART_INTERFACES, LIT("\1\1w"), is_hot));
        assert_false(is_known(ATK_PART_NETWORKS, LIT(""), is_hot));
        assert_false(is_known(ATK_PART_INTERFACES, LIT("\1\0"), is_hot));
        assert_false(is_known(ATK_PART_INTERFACES, LIT("\1\2w"), is_hot));
        assert_false(is_known(ATK_PART_INTERFACES, LIT("\2\1w"), is_hot));
        assert_int_equal(is_known(ATK_PART_INTERFACES, LIT("\1\1 "), is_hot), is_hot);
        assert_false(is_known(ATK_PART_NETWORKS, LIT("\4\x18\xC0\0\2"), is_hot));
        assert_false(is_known(ATK_PART_NETWORKS, LIT("\5\x18\xC0\0\2\0"), is_hot));
        assert_int_equal(is_known(ATK_PART_NETWORKS, LIT("\4\x18\xC0\0\2\1"), is_hot), is_hot);
        assert_true(is_known(ATK_PART_NETWORKS, LIT("\4\x18\xC0\0\2\0"), is_hot));
        assert_false(is_known(ATK_PART_DATA, bytes, 0, is_hot));
        assert_true(is_known(ATK_PART_DATA, bytes, 1, is_hot));
        assert_true(is_known(ATK_PART_DATA, bytes, APITOKEN_DATA_MAX, is_hot));
        assert_false(is_known(ATK_PART_DATA, bytes, APITOKEN_DATA_MAX + 1, is_hot));
    }
}

/* The older secret has another form in each of the two records. */
static void test_the_form_of_the_other_record(void **state) {
    (void)state;
    struct atk_hot hot;
    struct atk_row row;
    struct atk_part part;
    sample_hot_full(&hot);
    sample_row_full(&row);
    assert_true(atk_parts_find(hot.parts, hot.parts_len, ATK_PART_OLDER_SECRET, &part));
    assert_false(atk_token_part_is_known(&part, false));
    assert_true(atk_parts_find(row.other, row.other_len, ATK_PART_OLDER_SECRET, &part));
    assert_false(atk_token_part_is_known(&part, true));
}

static void test_all_other_types_are_unknown(void **state) {
    (void)state;
    static const uint8_t bytes[8] = { 1, 1, 'w' };
    for (unsigned type = 0; type < 256; type++) {
        if (type == ATK_PART_INTERFACES || type == ATK_PART_NETWORKS ||
            type == ATK_PART_OLDER_SECRET || type == ATK_PART_DATA)
            continue;
        for (size_t len = 0; len <= sizeof bytes; len++) {
            assert_false(is_known(type, bytes, len, true));
            assert_false(is_known(type, bytes, len, false));
        }
    }
}

/* A part that must be understood makes its record newer exactly if it is not. */
static void test_hot_records_with_parts_are_newer(void **state) {
    (void)state;
    static const struct {
        unsigned type;
        const char *value;
        size_t len;
        bool is_newer;
    } rows[] = {
        { ATK_PART_INTERFACES, LIT("\1\1w"), 0 },
        { ATK_PART_INTERFACES, LIT("\2\1w"), 1 },
        { ATK_PART_NETWORKS, LIT("\4\x20\xC0\0\2\1"), 0 },
        { ATK_PART_NETWORKS, LIT("\4\x21\xC0\0\2\1"), 1 },
        { ATK_PART_OLDER_SECRET, LIT("\1"), 1 },
        { ATK_PART_DATA, LIT("x"), 0 },
        { ATK_PART_DATA, LIT(""), 0 }, /* may be ignored */
        { 5, LIT(""), 1 },
        { 127, LIT(""), 1 },
        { 129, LIT(""), 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t bytes[ATK_HOT_MAX];
        struct atk_hot hot, again;
        sample_hot(&hot);
        assert_true(atk_parts_set(atk_hot_parts(&hot), rows[i].type, rows[i].value, rows[i].len));
        assert_code(atk_hot_decode(bytes, atk_hot_encode(&hot, bytes), &again), 0);
        assert_int_equal(again.is_newer, rows[i].is_newer);
        assert_int_equal(again.parts_len, hot.parts_len);
        assert_memory_equal(again.parts, hot.parts, hot.parts_len);
    }
}

static size_t fill_interfaces(uint8_t value[ATK_INTERFACES_VALUE_MAX]) {
    size_t len = 0;
    value[len++] = APITOKEN_INTERFACES_MAX;
    for (uint8_t i = 0; i < APITOKEN_INTERFACES_MAX; i++) {
        value[len++] = APITOKEN_INTERFACE_MAX;
        memset(value + len, 'a' + i, APITOKEN_INTERFACE_MAX);
        len += APITOKEN_INTERFACE_MAX;
    }
    return len;
}

static size_t fill_networks(uint8_t value[ATK_NETWORKS_VALUE_MAX]) {
    size_t len = 0;
    for (uint8_t i = 0; i < APITOKEN_NETWORKS_MAX; i++) {
        memset(value + len, 0xF0 + i, 18);
        value[len] = 6;
        value[len + 1] = 128;
        len += 18;
    }
    return len;
}

/* All that can be asked for fits into both records at once. */
static void test_the_longest_parts_fit_into_the_records(void **state) {
    (void)state;
    static uint8_t interfaces[ATK_INTERFACES_VALUE_MAX], networks[ATK_NETWORKS_VALUE_MAX],
        bytes[ATK_ROW_MAX];
    struct atk_hot hot, again;
    struct atk_row row, row_again;
    sample_hot_full(&hot);
    sample_row_full(&row);
    const size_t interfaces_len = fill_interfaces(interfaces),
                 networks_len = fill_networks(networks);
    assert_int_equal(interfaces_len, sizeof interfaces);
    assert_int_equal(networks_len, sizeof networks);
    for (int is_hot = 0; is_hot < 2; is_hot++) {
        const struct atk_parts parts = is_hot ? atk_hot_parts(&hot) : atk_row_parts(&row);
        assert_true(atk_parts_set(parts, ATK_PART_INTERFACES, interfaces, interfaces_len));
        assert_true(atk_parts_set(parts, ATK_PART_NETWORKS, networks, networks_len));
        assert_true(atk_parts_set(parts, ATK_PART_DATA, interfaces, APITOKEN_DATA_MAX));
    }
    hot.owner_len = APITOKEN_OWNER_MAX;
    memset(hot.owner, 'o', hot.owner_len);
    assert_code(atk_hot_decode(bytes, atk_hot_encode(&hot, bytes), &again), 0);
    assert_false(again.is_newer);
    assert_true(
        atk_parts_set(atk_row_parts(&row), ATK_PART_CREATED_BY, interfaces, APITOKEN_ACTOR_MAX));
    memset(row.name, 'n', row.name_len = APITOKEN_NAME_MAX);
    memset(row.description, 'd', row.description_len = APITOKEN_DESCRIPTION_MAX);
    row.sealed_len = ATK_SEALED_MAX;
    assert_code(atk_row_decode(bytes, atk_row_encode(&row, bytes), &row_again), 0);
    assert_false(row_again.is_newer);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_of_this_version),
        cmocka_unit_test(test_values_of_another_form),
        cmocka_unit_test(test_the_form_of_the_other_record),
        cmocka_unit_test(test_all_other_types_are_unknown),
        cmocka_unit_test(test_hot_records_with_parts_are_newer),
        cmocka_unit_test(test_the_longest_parts_fit_into_the_records),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
