/* SPDX-License-Identifier: MIT */
/* The data of a token as JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <cases.h>

#include <data_json.h>

/* `want` is the JSON text. */
static void assert_data(const char *bytes, size_t len, const char *want) {
    json_t *got = data_to_json(bytes, len);
    char text[1024];
    assert_non_null(got);
    size_t text_len = json_dumpb(got, text, sizeof text - 1, JSON_COMPACT | JSON_ENCODE_ANY);
    assert_true(text_len < sizeof text);
    text[text_len] = '\0';
    assert_string_equal(text, want);
    json_decref(got);
}

static void text_is_a_string(void **state) {
    (void)state;
    assert_data("", 0, "null");
    assert_data(NULL, 0, "null");
    assert_data("a", 1, "\"a\"");
    assert_data(" a \"b\" ~", 8, "\" a \\\"b\\\" ~\"");
    assert_data("abc", 2, "\"ab\"");
    assert_data("\xc2\xa0", 2, "\"\xc2\xa0\"");
    assert_data("\xc3\x80\xe2\x82\xac\xf0\x9f\x9a\x80", 9,
                "\"\xc3\x80\xe2\x82\xac\xf0\x9f\x9a\x80\"");
}

static void other_bytes_are_base64(void **state) {
    (void)state;
    assert_data("\0", 1, "{\"base64\":\"AA==\"}");
    assert_data("\x1f", 1, "{\"base64\":\"Hw==\"}");
    assert_data("\x7f", 1, "{\"base64\":\"fw==\"}");
    assert_data("a\n", 2, "{\"base64\":\"YQo=\"}");
    assert_data("\xc2\x80", 2, "{\"base64\":\"woA=\"}"); /* C1 */
    assert_data("\xc2\x9f", 2, "{\"base64\":\"wp8=\"}");
    assert_data("a\xc2", 2, "{\"base64\":\"YcI=\"}");        /* cut off */
    assert_data("\xc0\xaf", 2, "{\"base64\":\"wK8=\"}");     /* overlong */
    assert_data("\xed\xa0\x80", 3, "{\"base64\":\"7aCA\"}"); /* a surrogate */
    assert_data("\xff\xfe\xfd", 3, "{\"base64\":\"//79\"}");
    assert_data("\xfb\xef\xbe\xfb\xef", 5, "{\"base64\":\"++++++8=\"}");
    assert_data("\0\x10\x83\x10\x51\x87\x20\x92\x8b", 9, "{\"base64\":\"ABCDEFGHIJKL\"}");
}

static void the_longest_data(void **state) {
    (void)state;
    char bytes[128], want[200] = "{\"base64\":\"";
    memset(bytes, 0, sizeof bytes);
    memset(want + 11, 'A', 171);
    memcpy(want + 11 + 171, "=\"}", 4);
    assert_data(bytes, sizeof bytes, want);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_a_string),
        cmocka_unit_test(other_bytes_are_base64),
        cmocka_unit_test(the_longest_data),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
