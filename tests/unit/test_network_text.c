/* SPDX-License-Identifier: MIT */
/* Thousands of other texts are compared with Python's in network_lists.py. */
#include "rules/network_text.h"

#include <stdio.h>
#include <string.h>

#include "cases.h"
#include "samples.h"

#define GOOD ATK_LIST_TEXT_GOOD
#define ADDRESS ATK_LIST_TEXT_ADDRESS
#define PREFIX ATK_LIST_TEXT_PREFIX

#define UNTOUCHED 4711

static enum atk_list_text_rule parse(const char *text, struct atk_network *ret, size_t *ret_at) {
    const size_t len = strlen(text);
    *ret_at = UNTOUCHED;
    enum atk_list_text_rule rule = atk_network_parse(sample_guarded(text, len), len, ret, ret_at);
    assert_int_equal(*ret_at == UNTOUCHED, rule == GOOD);
    return rule;
}

static void write_text(const struct atk_network *network, char text[ATK_NETWORK_TEXT_MAX + 1]) {
    char *end = atk_network_write(network, text);
    assert_true(end <= text + ATK_NETWORK_TEXT_MAX);
    *end = '\0';
}

static void assert_canonical(const char *text, const char *due) {
    struct atk_network network;
    char written[ATK_NETWORK_TEXT_MAX + 1];
    size_t at;
    if (parse(text, &network, &at) != GOOD) fail_msg("'%s' is refused at %zu", text, at);
    write_text(&network, written);
    if (strcmp(written, due) != 0) fail_msg("'%s' is written '%s'", text, written);
}

static void test_forms_of_addresses(void **state) {
    (void)state;
    static const struct {
        const char *text, *due;
    } cases[] = {
        { "0.0.0.0", "0.0.0.0" },
        { "255.255.255.255", "255.255.255.255" },
        { "192.0.2.1/32", "192.0.2.1" },
        { "192.0.2.1/24", "192.0.2.1/24" }, /* what may not be set is judged elsewhere */
        { "10.0.0.0/8", "10.0.0.0/8" },
        { "0.0.0.0/0", "0.0.0.0/0" },
        { "::", "::" },
        { "::/0", "::/0" },
        { "::1", "::1" },
        { "::1/128", "::1" },
        { "1::", "1::" },
        { "::0", "::" },
        { "1::0:2", "1::2" },
        { "::0.0.0.1", "::1" },
        { "1::/16", "1::/16" },
        { "0:0:0:0:0:0:0:0", "::" },
        { "0000:0000:0000:0000:0000:0000:0000:0001", "::1" },
        { "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8" },
        { "2001:DB8:ABCD:EF::/60", "2001:db8:abcd:ef::/60" },
        { "2001:0DB8:0000:CD30:0000:0000:0000:0000/60",
          "2001:db8:0:cd30::/60" }, /* RFC 4291, 2.3 */
        { "2001:0DB8::CD30:0:0:0:0/60", "2001:db8:0:cd30::/60" },
        { "2001:0DB8:0:CD30::/60", "2001:db8:0:cd30::/60" },
        { "2001:db8::1:0:0:1", "2001:db8::1:0:0:1" }, /* RFC 5952, 4.2.3 */
        { "2001:0:0:1:0:0:0:1", "2001:0:0:1::1" },
        { "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1" },
        { "2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1" }, /* 4.2.2: one group stays */
        { "0:1:0:1:0:1:0:1", "0:1:0:1:0:1:0:1" },
        { "1:0:1:0:1:0:1:0", "1:0:1:0:1:0:1:0" },
        { "0:0:1:0:0:1:0:0", "::1:0:0:1:0:0" },
        { "1:0:0:1:0:0:0:0", "1:0:0:1::" },
        { "0:0:0:0:1:0:0:0", "::1:0:0:0" },
        { "1:1:1:1:1:1:0:0", "1:1:1:1:1:1::" },
        { "0:0:1:1:1:1:1:1", "::1:1:1:1:1:1" },
        { "1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0" },
        { "::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8" },
        { "1:2:3::5:6:7:8", "1:2:3:0:5:6:7:8" },
        { "::1.2.3.4", "::102:304" },
        { "::ffff:1.2.3.4", "::ffff:102:304" }, /* that it is IPv4 is judged elsewhere */
        { "64:ff9b::192.0.2.33", "64:ff9b::c000:221" },
        { "1:2:3:4:5:6:255.255.255.255", "1:2:3:4:5:6:ffff:ffff" },
        { "1::255.255.255.255/127", "1::ffff:ffff/127" },
        { "fe80::a:b:c:d", "fe80::a:b:c:d" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_canonical(cases[i].text, cases[i].due);
        assert_canonical(cases[i].due, cases[i].due);
    }
}

static void test_refused_texts(void **state) {
    (void)state;
    static const struct {
        const char *text;
        enum atk_list_text_rule rule;
        size_t at;
    } cases[] = {
        { "", ADDRESS, 0 },
        { "localhost", ADDRESS, 0 },
        { "*", ADDRESS, 0 },
        { "10", ADDRESS, 2 },
        { "10/8", ADDRESS, 2 },
        { "10.0.0", ADDRESS, 6 },
        { "10.0.0.", ADDRESS, 7 },
        { "10.0.0/8", ADDRESS, 6 },
        { "10..0.0", ADDRESS, 3 },
        { ".10.0.0.0", ADDRESS, 0 },
        { "10.0.0.0.", ADDRESS, 8 },
        { "10.0.0.0.0", ADDRESS, 8 },
        { "10.0.0.256", ADDRESS, 7 },
        { "999.0.0.0", ADDRESS, 0 },
        { "1.2.3.99999999999999999999", ADDRESS, 6 },
        { "010.0.0.0", ADDRESS, 0 }, /* octal for some */
        { "10.00.0.0", ADDRESS, 3 },
        { "0x0a.0.0.0", ADDRESS, 1 },
        { "a.0.0.0", ADDRESS, 0 },
        { "1.2.3.a", ADDRESS, 6 },
        { "-1.0.0.0", ADDRESS, 0 },
        { "+1.0.0.0", ADDRESS, 0 },
        { " 10.0.0.0", ADDRESS, 0 },
        { "10.0.0.0 ", ADDRESS, 8 },
        { "10.0.0.0 /8", ADDRESS, 8 },
        { "167772160", ADDRESS, 0 },
        { "10.0.0.0/", PREFIX, 9 },
        { "10.0.0.0/33", PREFIX, 9 },
        { "10.0.0.0/08", PREFIX, 9 },
        { "10.0.0.0/00", PREFIX, 9 },
        { "10.0.0.0/-8", PREFIX, 9 },
        { "10.0.0.0/+8", PREFIX, 9 },
        { "10.0.0.0/ 8", PREFIX, 9 },
        { "10.0.0.0/8 ", PREFIX, 10 },
        { "10.0.0.0/a", PREFIX, 9 },
        { "10.0.0.0/8a", PREFIX, 10 },
        { "10.0.0.0/8/8", PREFIX, 10 },
        { "10.0.0.0/8:", PREFIX, 10 },
        { "10.0.0.0/255.0.0.0", PREFIX, 9 },
        { "10.0.0.0/8.0.0.0", PREFIX, 10 },
        { "10.0.0.0/4294967304", PREFIX, 9 }, /* 2^32 + 8 */
        { "10.0.0.0/18446744073709551624", PREFIX, 9 },
        { ":", ADDRESS, 0 },
        { ":1", ADDRESS, 0 },
        { "1:", ADDRESS, 2 },
        { "1", ADDRESS, 1 },
        { ":::", ADDRESS, 2 },
        { ":::1", ADDRESS, 2 },
        { "1:::2", ADDRESS, 3 },
        { "::::", ADDRESS, 2 },
        { "1::2::3", ADDRESS, 5 },
        { "::1::", ADDRESS, 4 },
        { "1:2:3:4:5:6:7", ADDRESS, 13 },
        { "1:2:3:4:5:6:7:", ADDRESS, 14 },
        { "1:2:3:4:5:6:7:8:", ADDRESS, 16 },
        { "1:2:3:4:5:6:7:8:9", ADDRESS, 16 },
        { "1:2:3:4:5:6:7:8::", ADDRESS, 17 },
        { "::1:2:3:4:5:6:7:8", ADDRESS, 17 },
        { "1:2:3:4::5:6:7:8", ADDRESS, 16 },
        { "1:2:3:4:5:6:7:8g", ADDRESS, 15 },
        { "12345::", ADDRESS, 4 },
        { "00001::", ADDRESS, 4 },
        { "::12345", ADDRESS, 6 },
        { "::g", ADDRESS, 2 },
        { "g::", ADDRESS, 0 },
        { "fe80::1%eth0", ADDRESS, 7 },
        { "fe80::1%eth0/64", ADDRESS, 7 },
        { "[::1]", ADDRESS, 0 },
        { "::1 ", ADDRESS, 3 },
        { " ::1", ADDRESS, 0 },
        { "1.2.3.4::", ADDRESS, 7 },
        { "1.2.3.4:5:6:7:8:9:a", ADDRESS, 7 },
        { "::1.2.3.4:5", ADDRESS, 9 },
        { "::1.2.3", ADDRESS, 7 },
        { "::1.2.3.", ADDRESS, 8 },
        { "::1.2.3.4.5", ADDRESS, 9 },
        { "::1.2.3.256", ADDRESS, 8 },
        { "::01.2.3.4", ADDRESS, 2 },
        { "::1.2.3.04", ADDRESS, 8 },
        { "::a.2.3.4", ADDRESS, 2 },
        { "::.2.3.4", ADDRESS, 2 },
        { "::1234.2.3.4", ADDRESS, 2 },
        { "1:2:3:4:5:1.2.3.4", ADDRESS, 17 },
        { "1:2:3:4:5:6:7:1.2.3.4", ADDRESS, 14 },
        { "1:2:3:4:5:6:7::1.2.3.4", ADDRESS, 15 },
        { "::2:3:4:5:6:7:8:1.2.3.4", ADDRESS, 16 },
        { "::3:4:5:6:7:8:1.2.3.4", ADDRESS, 21 },
        { "1:2:3:4:5:6:7:8:1.2.3.4", ADDRESS, 16 },
        { "::/", PREFIX, 3 },
        { "::/129", PREFIX, 3 },
        { "::/064", PREFIX, 3 },
        { "::/64%1", PREFIX, 5 },
        { "::/ffff::", PREFIX, 3 },
        { "::1/128:", PREFIX, 7 },
        { "::/1:", PREFIX, 4 },
        { "abcdef0123456789:1", ADDRESS, 4 },
        { "/8", ADDRESS, 0 },
        { "/::", ADDRESS, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct atk_network network;
        size_t at;
        enum atk_list_text_rule rule = parse(cases[i].text, &network, &at);
        if (rule != cases[i].rule || at != cases[i].at)
            fail_msg("'%s': rule %d at %zu", cases[i].text, (int)rule, at);
    }
}

static void test_numbers_of_ipv4(void **state) {
    (void)state;
    for (unsigned place = 0; place < 4; place++) {
        for (unsigned number = 0; number < 1100; number++) {
            char text[24];
            unsigned numbers[4] = { 1, 20, 255, 0 };
            struct atk_network network;
            size_t at;
            numbers[place] = number;
            (void)snprintf(text, sizeof text, "%u.%u.%u.%u", numbers[0], numbers[1], numbers[2],
                           numbers[3]);
            if (number > 255) {
                assert_int_equal(parse(text, &network, &at), ADDRESS);
                continue;
            }
            assert_canonical(text, text);
            assert_int_equal(parse(text, &network, &at), GOOD);
            assert_true(network.family == 4 && network.prefix == 32 && network.low == 0);
            assert_true((uint32_t)network.high == 0);
            assert_int_equal(network.high >> (56 - 8 * place) & 0xFF, number);
        }
    }
}

static void test_groups_of_ipv6(void **state) {
    (void)state;
    for (unsigned number = 0; number <= 0xFFFF; number++) {
        char text[40];
        struct atk_network network;
        size_t at;
        const unsigned place = number % 8;
        unsigned groups[8] = { 1, 1, 1, 1, 1, 1, 1, 1 };
        groups[place] = number;
        (void)snprintf(text, sizeof text, "%x:%x:%x:%x:%x:%x:%x:%x", groups[0], groups[1],
                       groups[2], groups[3], groups[4], groups[5], groups[6], groups[7]);
        assert_canonical(text, text);
        assert_int_equal(parse(text, &network, &at), GOOD);
        assert_int_equal(network.family, 6);
        assert_int_equal(network.prefix, 128);
        assert_int_equal((place < 4 ? network.high : network.low) >> (48 - place % 4 * 16) & 0xFFFF,
                         number);
    }
}

static void test_prefix_lengths(void **state) {
    (void)state;
    static const struct {
        const char *address;
        unsigned bits;
    } families[] = { { "0.0.0.0", 32 }, { "::", 128 } };
    for (size_t i = 0; i < 2; i++) {
        for (unsigned prefix = 0; prefix < 1300; prefix++) {
            char text[16];
            struct atk_network network;
            size_t at;
            (void)snprintf(text, sizeof text, "%s/%u", families[i].address, prefix);
            const int is_due = prefix <= families[i].bits;
            assert_int_equal(parse(text, &network, &at), is_due ? GOOD : PREFIX);
            if (!is_due) {
                assert_int_equal(at, strlen(families[i].address) + 1);
                continue;
            }
            assert_int_equal(network.prefix, prefix);
            assert_canonical(text, prefix == families[i].bits ? families[i].address : text);
        }
    }
}

/* No text is longer than that of a network with one bit less than all. */
static void test_the_longest_text(void **state) {
    (void)state;
    const char *due = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe/127";
    assert_int_equal(strlen(due), ATK_NETWORK_TEXT_MAX);
    assert_canonical(due, due);
}

static void test_the_text_needs_no_nul(void **state) {
    (void)state;
    struct atk_network network;
    size_t at;
    assert_int_equal(atk_network_parse("10.0.0.0/81", 10, &network, &at), GOOD);
    assert_int_equal(network.prefix, 8);
    assert_int_equal(atk_network_parse("::1:2", 3, &network, &at), GOOD);
    assert_int_equal(network.low, 1);
    assert_int_equal(atk_network_parse("1::", 2, &network, &at), ADDRESS);
    assert_int_equal(at, 2);
    assert_int_equal(atk_network_parse("10.0.0.0\0", 9, &network, &at), ADDRESS);
    assert_int_equal(at, 8);
    assert_int_equal(atk_network_parse("::\0", 3, &network, &at), ADDRESS);
    assert_int_equal(at, 2);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms_of_addresses),    cmocka_unit_test(test_refused_texts),
        cmocka_unit_test(test_numbers_of_ipv4),       cmocka_unit_test(test_groups_of_ipv6),
        cmocka_unit_test(test_prefix_lengths),        cmocka_unit_test(test_the_longest_text),
        cmocka_unit_test(test_the_text_needs_no_nul),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
