/* SPDX-License-Identifier: MIT */
/* What two lists have in common, and that nothing is that only one of them allows. */
#include "rules/narrow.h"

#include <stdio.h>
#include <string.h>

#include "cases.h"
#include "rules/interfaces.h"
#include "rules/networks.h"
#include "samples.h"

#define CAP APITOKEN_INTERFACES_TEXT_MAX

static struct atk_part interfaces_of(const char *text, uint8_t value[ATK_NARROW_MAX]) {
    size_t len = 0, at;
    assert_int_equal(atk_interfaces_parse(text, strlen(text), value, &len, &at), 0);
    return (struct atk_part){ ATK_PART_INTERFACES, (uint16_t)len, value };
}

static struct atk_part networks_of(const char *text, uint8_t value[ATK_NARROW_MAX]) {
    size_t len = 0, at;
    assert_int_equal(atk_networks_parse(text, strlen(text), value, &len, &at), 0);
    return (struct atk_part){ ATK_PART_NETWORKS, (uint16_t)len, value };
}

static void assert_interfaces(const char *one, const char *other, const char *due) {
    uint8_t a[ATK_NARROW_MAX], b[ATK_NARROW_MAX], out[ATK_NARROW_MAX];
    char text[CAP + 1] = "";
    const struct atk_part of_a = interfaces_of(one, a), of_b = interfaces_of(other, b);
    const size_t len = atk_narrow_interfaces(&of_a, &of_b, out);
    assert_true(len == 0 || atk_interfaces_is_valid(out, len));
    if (len > 0) (void)atk_interfaces_format(out, len, text);
    assert_string_equal(text, due);
}

static void assert_networks(const char *one, const char *other, const char *due) {
    uint8_t a[ATK_NARROW_MAX], b[ATK_NARROW_MAX], out[ATK_NARROW_MAX];
    char text[CAP + 1] = "";
    const struct atk_part of_a = networks_of(one, a), of_b = networks_of(other, b);
    const size_t len = atk_narrow_networks(&of_a, &of_b, out);
    assert_true(len == 0 || atk_networks_is_valid(out, len));
    if (len > 0) (void)atk_networks_format(out, len, text);
    assert_string_equal(text, due);
}

static void test_interfaces_are_those_of_both(void **state) {
    (void)state;
    assert_interfaces("a,b,c", "c,a", "a,c");
    assert_interfaces("a", "a", "a");
    assert_interfaces("a,b", "A,B", "");
    assert_interfaces("a", "aa,ab", "");
    assert_interfaces("aa,ab", "a", "");
}

static void test_the_narrower_network_counts(void **state) {
    (void)state;
    assert_networks("10.0.0.0/8", "10.1.0.0/16", "10.1.0.0/16");
    assert_networks("10.1.0.0/16", "10.0.0.0/8", "10.1.0.0/16");
    assert_networks("10.0.0.0/8,192.0.2.0/24", "192.0.2.128/25,10.0.0.0/8",
                    "10.0.0.0/8,192.0.2.128/25");
    assert_networks("0.0.0.0/0", "2001:db8::/32", "");
    assert_networks("::/0,0.0.0.0/0", "2001:db8::/32,192.0.2.1", "2001:db8::/32,192.0.2.1");
    assert_networks("10.0.0.0/9", "10.128.0.0/9", "");
    assert_networks("2001:db8::/33", "2001:db8:8000::/33", "");
    assert_networks("192.0.2.1", "192.0.2.1", "192.0.2.1");
    assert_networks("192.0.2.1", "192.0.2.2", "");
}

/* Sixteen of one list in two wide networks, and as many the other way round. */
static void test_a_list_stays_within_its_room(void **state) {
    (void)state;
    char one[CAP] = "10.0.0.0/8", other[CAP] = "11.0.0.0/8";
    uint8_t a[ATK_NARROW_MAX], b[ATK_NARROW_MAX], out[ATK_NARROW_MAX];
    for (int i = 0; i < 15; i++) {
        (void)snprintf(one + strlen(one), sizeof one - strlen(one), ",11.%d.0.0/16", i);
        (void)snprintf(other + strlen(other), sizeof other - strlen(other), ",10.%d.0.0/16", i);
    }
    const struct atk_part of_a = networks_of(one, a), of_b = networks_of(other, b);
    const size_t len = atk_narrow_networks(&of_a, &of_b, out);
    assert_int_equal(len, 16 * 6);
    assert_true(atk_networks_is_valid(out, len));
    for (size_t at = 0; at < len; at += 6) {
        assert_true(atk_networks_allow(a, of_a.len, out + at + 2, 4));
        assert_true(atk_networks_allow(b, of_b.len, out + at + 2, 4));
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_interfaces_are_those_of_both),
        cmocka_unit_test(test_the_narrower_network_counts),
        cmocka_unit_test(test_a_list_stays_within_its_room),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
