/* SPDX-License-Identifier: MIT */
#include "rules/audit_value.h"

#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "samples.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The text fits the room that is asked for, to the byte under a sanitizer. */
static void assert_text(unsigned field, const void *value, size_t len, const char *due) {
    char *out = malloc(atk_audit_value_room(field, len));
    assert_non_null(out);
    assert_int_equal(atk_audit_value_format(field, value, len, out), strlen(due));
    assert_string_equal(out, due);
    assert_true(strlen(due) < atk_audit_value_room(field, len));
    free(out);
}

#define EIGHT(a) a "\0\0\0\0\0\0\0"
#define FF "\xff\xff\xff\xff"

static const struct {
    unsigned field;
    const char *value;
    size_t len;
    const char *text;
} values[] = {
    { ATK_CHANGED_NAME, LIT("a name"), "a name" },
    { ATK_CHANGED_DESCRIPTION, LIT(""), "" },
    { ATK_CHANGED_EXPIRY,
      LIT("\1" EIGHT("\1") "\x6f\x29\x35\1"
                           "UTC"),
      "2026-12-31 UTC" },
    { ATK_CHANGED_EXPIRY, LIT("\2\0\1\0\0\0\0\0\0"), "256" },
    { ATK_CHANGED_EXPIRY, LIT("\3" FF "\xff\xff\xff\x7f"), "never" },
    { ATK_CHANGED_EXPIRY, LIT("\1\2"), "0102" },
    { ATK_CHANGED_EXPIRY, LIT("\1" EIGHT("\1") "\1"), "01010000000000000001" },
    { ATK_CHANGED_INTERFACES, LIT("\2\1a\2bc"), "a,bc" },
    { ATK_CHANGED_INTERFACES, LIT("\2\1a"), "020161" },
    { ATK_CHANGED_NETWORKS, LIT("\4\x08\x0a\0\0\0"), "10.0.0.0/8" },
    { ATK_CHANGED_NETWORKS, LIT("\4\x08\x0a"), "04080a" },
    { ATK_CHANGED_DATA, LIT("\0\x7f\xff"), "007fff" },
    { ATK_CHANGED_SUSPENDED, LIT("\1"), "yes" },
    { ATK_CHANGED_SUSPENDED, LIT(""), "no" },
    { ATK_CHANGED_FINAL, LIT("\1"), "yes" },
    { ATK_CHANGED_POLICY_FLAGS, LIT("\1\0\0\0"), "yes" },
    { ATK_CHANGED_POLICY_FLAGS, LIT("\0\0\0\0"), "no" },
    { ATK_CHANGED_POLICY_FLAGS, LIT("\1\0"), "0100" },
    { ATK_CHANGED_SECRET, LIT(""), "" },
    { ATK_CHANGED_OLDER_END, LIT(EIGHT("\7")), "7" },
    { ATK_CHANGED_REASON_CODE, LIT("\2"), "2" },
    { ATK_CHANGED_MAX_LIVE, LIT("\0\1\0\0"), "256" },
    { ATK_CHANGED_MAX_LIVE, LIT(FF), "none" },
    { ATK_CHANGED_MAX_LIFETIME, LIT(FF "\xff\xff\xff\x7f"), "none" },
    { ATK_CHANGED_DEFAULT_EXPIRY, LIT(EIGHT("\1")), "1" },
    { ATK_CHANGED_UNDO, LIT(EIGHT("\0")), "0" },
    { ATK_CHANGED_MAX_GRACE, LIT(EIGHT("\1")), "1" },
    { ATK_CHANGED_AUDIT_RETENTION, LIT("\1\0\0"), "010000" },
    { ATK_CHANGED_MAP_SIZE, LIT(FF FF), "18446744073709551615" },
    { ATK_CHANGED_KEY, LIT("\3\0\0\0"), "3" },
    { ATK_CHANGED_TOKENS, LIT("0123456789AB"), "0123456789AB" },
    { ATK_CHANGED_TOKENS, LIT("0123456789ABabcdefghijkl"), "0123456789AB,abcdefghijkl" },
    { 200, LIT("ab"), "6162" },
};

static void test_each_form(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(values); i++)
        assert_text(values[i].field, values[i].value, values[i].len, values[i].text);
}

/* Whatever bytes a field has: of a later version, or none that belong to it. */
static void test_any_value_fits_its_room(void **state) {
    (void)state;
    uint8_t value[400];
    for (size_t i = 0; i < sizeof value; i++) value[i] = (uint8_t)(i * 7 + 1);
    for (unsigned field = 0; field < 256; field++)
        for (size_t len = 0; len <= sizeof value; len += len < 40 ? 1 : 36) {
            char *out = malloc(atk_audit_value_room(field, len));
            const size_t text_len = atk_audit_value_format(field, value, len, out);
            assert_true(text_len < atk_audit_value_room(field, len));
            assert_int_equal(out[text_len], '\0');
            free(out);
        }
}

/* The longest texts that networks have. */
static void test_the_longest_networks_fit(void **state) {
    (void)state;
    uint8_t value[18];
    char *out = malloc(atk_audit_value_room(ATK_CHANGED_NETWORKS, sizeof value));
    memset(value, 0xff, sizeof value);
    value[0] = 6;
    value[1] = 127;
    value[17] = 0xfe;
    (void)atk_audit_value_format(ATK_CHANGED_NETWORKS, value, sizeof value, out);
    assert_string_equal(out, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe/127");
    free(out);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_form),
        cmocka_unit_test(test_any_value_fits_its_room),
        cmocka_unit_test(test_the_longest_networks_fit),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
