/* SPDX-License-Identifier: MIT */
/* Thousands of other lists are compared with Python's in network_lists.py. */
#include "rules/networks.h"

#include <stdio.h>
#include <string.h>

#include "cases.h"
#include "samples.h"

#define GOOD ATK_LIST_TEXT_GOOD
#define EMPTY ATK_LIST_TEXT_EMPTY
#define MANY ATK_LIST_TEXT_MANY
#define REPEATED ATK_LIST_TEXT_REPEATED
#define ADDRESS ATK_LIST_TEXT_ADDRESS
#define PREFIX ATK_LIST_TEXT_PREFIX
#define MAPPED ATK_LIST_TEXT_MAPPED
#define HOST_BITS ATK_LIST_TEXT_HOST_BITS

#define UNTOUCHED 4711

struct value {
    uint8_t bytes[ATK_NETWORKS_VALUE_MAX];
    size_t len;
};

static enum atk_list_text_rule parse(const char *text, struct value *ret, size_t *ret_at) {
    ret->len = UNTOUCHED;
    *ret_at = UNTOUCHED;
    const size_t len = strlen(text);
    enum atk_list_text_rule rule =
        atk_networks_parse(sample_guarded(text, len), len, ret->bytes, &ret->len, ret_at);
    assert_int_equal(ret->len == UNTOUCHED, rule != GOOD);
    assert_int_equal(*ret_at == UNTOUCHED, rule == GOOD);
    return rule;
}

static struct value value_of(const char *text) {
    struct value value;
    size_t at;
    if (parse(text, &value, &at) != GOOD) fail_msg("'%s' is refused", text);
    return value;
}

static int is_valid(const uint8_t *bytes, size_t len) {
    static const uint8_t peer[16] = { 0x2A };
    const uint8_t *guarded = sample_guarded(bytes, len);
    (void)atk_networks_allow(guarded, len, peer, sizeof peer);
    return atk_networks_is_valid(guarded, len);
}

/* The same bytes, and of IPv4 also as IPv4-mapped. */
static int allows(const char *list, const char *peer_hex) {
    static const uint8_t mapped[12] = { [10] = 0xFF, 0xFF };
    uint8_t peer[SAMPLE_BYTES_MAX], whole[16];
    const struct value value = value_of(list);
    const size_t len = sample_bytes(peer_hex, peer);
    const int is_allowed = atk_networks_allow(value.bytes, value.len, peer, len);
    if (len == 4) {
        memcpy(whole, mapped, sizeof mapped);
        memcpy(whole + sizeof mapped, peer, 4);
        assert_int_equal(atk_networks_allow(value.bytes, value.len, whole, 16), is_allowed);
    }
    return is_allowed;
}

static void test_the_stored_form_is_frozen(void **state) {
    (void)state;
    struct value value = value_of("10.1.0.0/16,2001:db8::/32,192.0.2.1,::1");
    assert_bytes(value.bytes, value.len,
                 "04100a010000"
                 "062020010db8000000000000000000000000"
                 "0420c0000201"
                 "068000000000000000000000000000000001");
    value = value_of("0.0.0.0/0,::/0");
    assert_bytes(value.bytes, value.len, "040000000000060000000000000000000000000000000000");
}

static void test_the_text_comes_back_in_canonical_form(void **state) {
    (void)state;
    static const struct {
        const char *text, *due;
    } cases[] = {
        { "10.0.0.0/8", "10.0.0.0/8" },
        { "10.0.0.0/8,10.1.0.0/16,10.0.0.0/9", "10.0.0.0/8,10.1.0.0/16,10.0.0.0/9" },
        { "::1/128,192.0.2.1/32", "::1,192.0.2.1" },
        { "2001:DB8:0:0::/64,::/0,0.0.0.0/0", "2001:db8::/64,::/0,0.0.0.0/0" },
        { "::ffff:10.0.0.0/104", "10.0.0.0/8" },
        { "::FFFF:192.0.2.1", "192.0.2.1" },
        { "0:0:0:0:0:ffff:c000:0201/128", "192.0.2.1" },
        { "::ffff:0:0/96", "0.0.0.0/0" },
        { "::ffff:0.0.0.0/97", "0.0.0.0/1" },
        /* around the mapped ones */
        { "::fffe:0:0/95", "::fffe:0:0/95" },
        { "::fffe:1.2.3.4", "::fffe:102:304" },
        { "::1:0:0/96", "::1:0:0/96" },
        { "1::ffff:0:0/96", "1::ffff:0:0/96" },
        { "::1:ffff:0:0/96", "::1:ffff:0:0/96" },
        { "::/96", "::/96" },
        { "64:ff9b::/96,2002::/16", "64:ff9b::/96,2002::/16" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[APITOKEN_NETWORKS_TEXT_MAX + 1];
        struct value value = value_of(cases[i].text);
        assert_true(is_valid(value.bytes, value.len));
        const size_t len = atk_networks_format(value.bytes, value.len, text);
        assert_string_equal(text, cases[i].due);
        assert_int_equal(len, strlen(text));
        struct value again = value_of(text);
        assert_int_equal(again.len, value.len);
        assert_memory_equal(again.bytes, value.bytes, value.len);
    }
}

static void test_refused_texts(void **state) {
    (void)state;
    static const struct {
        const char *text;
        enum atk_list_text_rule rule;
        size_t at;
    } cases[] = {
        { "", EMPTY, 0 },
        { ",", EMPTY, 0 },
        { ",::1", EMPTY, 0 },
        { "::1,", EMPTY, 4 },
        { "::1,,::2", EMPTY, 4 },
        { "::1, ::2", ADDRESS, 4 },
        { "::1 ,::2", ADDRESS, 3 },
        { "::1;::2", ADDRESS, 3 },
        { "10.0.0.0/8,10.0.0.256", ADDRESS, 18 },
        { "10.0.0.0/8,::/129", PREFIX, 14 },
        { "10.0.0.1/8", HOST_BITS, 0 },
        { "::1,10.0.0.1/31", HOST_BITS, 4 },
        { "::1,0.0.0.1/0", HOST_BITS, 4 },
        { "128.0.0.0/0", HOST_BITS, 0 },
        { "2001:db8::1/64", HOST_BITS, 0 },
        { "2001:db8:0:1::/63", HOST_BITS, 0 },
        { "::1/127", HOST_BITS, 0 },
        { "::1:0:0:0:0/64", GOOD, 0 },
        { "0:0:0:1::/63", HOST_BITS, 0 },
        { "::8000:0:0:0/64", HOST_BITS, 0 },
        { "8000::/0", HOST_BITS, 0 },
        { "::1/0", HOST_BITS, 0 },
        { "::1,::ffff:10.0.0.1/104", HOST_BITS, 4 },
        { "::1,::ffff:10.0.0.0/8", MAPPED, 4 },
        { "::ffff:10.0.0.0/95", MAPPED, 0 },
        { "::ffff:0:0/0", MAPPED, 0 },
        { "::1,::1", REPEATED, 4 },
        { "::1,::2,0:0::1/128", REPEATED, 8 },
        { "10.0.0.0/8,::ffff:10.0.0.0/104", REPEATED, 11 },
        /* the first item that breaks a rule counts */
        { "::1,::1,,", REPEATED, 4 },
        { "::1,x,::1", ADDRESS, 4 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct value value;
        size_t at;
        enum atk_list_text_rule rule = parse(cases[i].text, &value, &at);
        if (rule != cases[i].rule || (rule != GOOD && at != cases[i].at))
            fail_msg("'%s': rule %d at %zu", cases[i].text, (int)rule, at);
    }
}

static size_t write_list(char *text, size_t room, unsigned count) {
    size_t len = 0;
    for (unsigned i = 0; i < count; i++)
        len += (size_t)snprintf(text + len, room - len,
                                "%sffff:ffff:ffff:ffff:ffff:ffff:ffff:ff%02x/127", i ? "," : "",
                                0xFE - 2 * i);
    assert_true(len < room);
    return len;
}

static void test_the_largest_list_fits_exactly(void **state) {
    (void)state;
    char due[APITOKEN_NETWORKS_TEXT_MAX + 1], text[sizeof due + 1];
    assert_int_equal(write_list(due, sizeof due, APITOKEN_NETWORKS_MAX),
                     APITOKEN_NETWORKS_TEXT_MAX);
    struct value value = value_of(due);
    assert_int_equal(value.len, ATK_NETWORKS_VALUE_MAX);
    assert_true(is_valid(value.bytes, value.len));
    memset(text, '#', sizeof text);
    assert_int_equal(atk_networks_format(value.bytes, value.len, text), strlen(due));
    assert_string_equal(text, due);
    assert_int_equal(text[sizeof due], '#');
}

static void test_a_list_has_at_most_16_networks(void **state) {
    (void)state;
    char text[17 * 44 + 2];
    struct value value;
    size_t at;
    (void)write_list(text, sizeof text, 17);
    assert_int_equal(parse(text, &value, &at), MANY);
    assert_int_equal(at, APITOKEN_NETWORKS_TEXT_MAX + 1);
    text[APITOKEN_NETWORKS_TEXT_MAX + 1] = '\0'; /* a comma at the end begins one more */
    assert_int_equal(parse(text, &value, &at), MANY);
    assert_int_equal(at, APITOKEN_NETWORKS_TEXT_MAX + 1);
}

static void test_peers_inside_and_outside(void **state) {
    (void)state;
    static const struct {
        const char *list, *peer;
        int is_inside;
    } cases[] = {
        { "10.0.0.0/8", "0a000000", 1 },
        { "10.0.0.0/8", "0affffff", 1 },
        { "10.0.0.0/8", "0b000000", 0 },
        { "10.0.0.0/8", "09ffffff", 0 },
        { "192.0.2.1", "c0000201", 1 },
        { "192.0.2.1", "c0000200", 0 },
        { "192.0.2.0/31", "c0000201", 1 },
        { "192.0.2.0/31", "c0000202", 0 },
        { "128.0.0.0/1", "ffffffff", 1 },
        { "128.0.0.0/1", "7fffffff", 0 },
        { "0.0.0.0/0", "00000000", 1 },
        { "0.0.0.0/0", "ffffffff", 1 },
        { "::ffff:10.0.0.0/104", "0a010203", 1 },
        { "2001:db8::/32", "20010db8ffffffffffffffffffffffff", 1 },
        { "2001:db8::/32", "20010db9000000000000000000000000", 0 },
        { "2001:db8:0:1::/64", "20010db8000000018000000000000000", 1 },
        { "2001:db8:0:1::/64", "20010db8000000000000000000000000", 0 },
        { "2001:db8:0:1:8000::/65", "20010db8000000018000000000000001", 1 },
        { "2001:db8:0:1:8000::/65", "20010db8000000010000000000000001", 0 },
        { "2001:db8:0:1:8000::/65", "20010db8000000008000000000000001", 0 },
        { "2001:db8::2/127", "20010db8000000000000000000000003", 1 },
        { "2001:db8::2/127", "20010db8000000000000000000000001", 0 },
        { "::1", "00000000000000000000000000000001", 1 },
        { "::1", "00000000000000000000000000000000", 0 },
        { "::1", "80000000000000000000000000000001", 0 },
        { "::/0", "ffffffffffffffffffffffffffffffff", 1 },
        { "::/0", "00000000000000000000000000000000", 1 },
        /* no IPv4 in IPv6, and the other way round */
        { "::/0", "0a000001", 0 },
        { "::fffe:0:0/95", "0a000001", 0 },
        { "::/80", "0a000001", 0 },
        { "0.0.0.0/0", "0000000000000000000000000a000001", 0 },
        { "0.0.0.0/0", "00000000000000000000fffe0a000001", 0 },
        { "0.0.0.0/0", "00000000000000010000ffff0a000001", 0 },
        { "0.0.0.0/0", "00000000000000000001ffff0a000001", 0 },
        { "::/0", "00000000000000000000fffe0a000001", 1 },
        { "0.0.0.0/0,::/0", "0a000001", 1 },
        { "a00::/8", "0a000000", 0 },
        { "10.0.0.0/8", "0a000000000000000000000000000000", 0 },
        /* any of several */
        { "10.0.0.0/8,192.0.2.0/24,::1", "0a000001", 1 },
        { "10.0.0.0/8,192.0.2.0/24,::1", "c00002ff", 1 },
        { "10.0.0.0/8,192.0.2.0/24,::1", "00000000000000000000000000000001", 1 },
        { "10.0.0.0/8,192.0.2.0/24,::1", "c0000300", 0 },
        { "::1,192.0.2.0/24", "c0000200", 1 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (allows(cases[i].list, cases[i].peer) != cases[i].is_inside)
            fail_msg("%s in %s", cases[i].peer, cases[i].list);
}

/* Each prefix length: the last bit that counts decides, and the first that does not is free. */
static void test_every_prefix_length(void **state) {
    (void)state;
    static const unsigned sizes[] = { 4, 16 };
    for (size_t i = 0; i < 2; i++) {
        const unsigned size = sizes[i], bits = 8 * size;
        for (unsigned prefix = 0; prefix <= bits; prefix++) {
            uint8_t value[18] = { size == 4 ? 4 : 6, (uint8_t)prefix }, peer[16];
            for (unsigned bit = 0; bit < prefix; bit += 3)
                value[2 + bit / 8] |= (uint8_t)(0x80 >> bit % 8);
            assert_true(is_valid(value, 2 + size));
            for (unsigned bit = 0; bit < bits; bit++) {
                memcpy(peer, value + 2, size);
                peer[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
                assert_int_equal(atk_networks_allow(value, 2 + size, peer, size), bit >= prefix);
                uint8_t changed[18] = { value[0], value[1] };
                memcpy(changed + 2, peer, size);
                assert_int_equal(is_valid(changed, 2 + size), bit < prefix);
            }
        }
    }
}

static void test_a_peer_of_another_length_is_in_no_network(void **state) {
    (void)state;
    static const uint8_t peer[32];
    struct value value = value_of("0.0.0.0/0,::/0");
    for (size_t len = 0; len <= sizeof peer; len++)
        assert_int_equal(atk_networks_allow(value.bytes, value.len, peer, len),
                         len == 4 || len == 16);
    assert_false(atk_networks_allow(value.bytes, value.len, NULL, 0));
    assert_false(atk_networks_allow(value.bytes, 0, peer, 4));
}

static void test_damaged_values(void **state) {
    (void)state;
    static const char *const damaged[] = {
        "",
        "04",
        "0408",
        "04080a0000",                             /* cut */
        "04080a00000000",                         /* more behind it */
        "04080a00000004",                         /* the same */
        "05080a000000",                           /* no such family */
        "00000a000000",                           /* the same */
        "052020010db8000000000000000000000000",   /* the same */
        "072020010db8000000000000000000000000",   /* the same */
        "04210a000000",                           /* no such prefix length */
        "04ff0a000000",                           /* the same */
        "068100000000000000000000000000000000",   /* the same */
        "04080a000001",                           /* host bits */
        "067f00000000000000000000000000000001",   /* the same */
        "04080a00000004080a000000",               /* the same twice */
        "04080a00000004090a00000004080a000000",   /* the same */
        "066800000000000000000000ffff0a000000",   /* IPv4-mapped */
        "068000000000000000000000ffff0a000001",   /* the same */
        "066000000000000000000000ffff00000000",   /* the same */
        "065f00000000000000000000ffff00000000",   /* the same, with host bits */
        "0620000102030405060708090a0b0c0d0e0f10", /* longer than its family's */
    };
    uint8_t bytes[SAMPLE_BYTES_MAX];
    for (size_t i = 0; i < sizeof damaged / sizeof damaged[0]; i++)
        if (is_valid(bytes, sample_bytes(damaged[i], bytes))) fail_msg("'%s'", damaged[i]);
    assert_true(is_valid(bytes, sample_bytes("04080a00000004090a000000", bytes)));
    assert_true(is_valid(bytes, sample_bytes("065f00000000000000000000fffe00000000", bytes)));
}

static void test_a_damaged_value_has_at_most_16_networks(void **state) {
    (void)state;
    uint8_t bytes[17 * 6] = { 0 };
    for (uint8_t i = 0; i < 17; i++) {
        bytes[6 * i] = 4;
        bytes[6 * i + 1] = 32;
        bytes[6 * i + 5] = i;
    }
    assert_true(is_valid(bytes, 16 * 6));
    assert_false(is_valid(bytes, 17 * 6));
}

static void test_every_part_of_a_value_is_damaged(void **state) {
    (void)state;
    struct value value = value_of("10.0.0.0/8,2001:db8::/32");
    for (size_t len = 0; len <= value.len; len++)
        assert_int_equal(is_valid(value.bytes, len), len == 6 || len == value.len);
}

/* What stands behind damage is in no network. */
static void test_a_damaged_value_allows_nothing_behind_the_damage(void **state) {
    (void)state;
    static const char *const damaged[] = { "0421000000000400"
                                           "00000000",
                                           "0700"
                                           "040000000000" };
    static const uint8_t peer[4] = { 10, 0, 0, 1 };
    uint8_t bytes[SAMPLE_BYTES_MAX];
    for (size_t i = 0; i < 2; i++) {
        const size_t len = sample_bytes(damaged[i], bytes);
        assert_false(atk_networks_allow(bytes, len, peer, sizeof peer));
    }
    const size_t len = sample_bytes("040000000000", bytes);
    for (size_t part = 0; part <= len; part++)
        assert_int_equal(atk_networks_allow(bytes, part, peer, sizeof peer), part == len);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_stored_form_is_frozen),
        cmocka_unit_test(test_the_text_comes_back_in_canonical_form),
        cmocka_unit_test(test_refused_texts),
        cmocka_unit_test(test_the_largest_list_fits_exactly),
        cmocka_unit_test(test_a_list_has_at_most_16_networks),
        cmocka_unit_test(test_peers_inside_and_outside),
        cmocka_unit_test(test_every_prefix_length),
        cmocka_unit_test(test_a_peer_of_another_length_is_in_no_network),
        cmocka_unit_test(test_damaged_values),
        cmocka_unit_test(test_a_damaged_value_has_at_most_16_networks),
        cmocka_unit_test(test_every_part_of_a_value_is_damaged),
        cmocka_unit_test(test_a_damaged_value_allows_nothing_behind_the_damage),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
