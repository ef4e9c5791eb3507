/* SPDX-License-Identifier: MIT */
#include "objects/restrictions.h"

#include <stdio.h>
#include <string.h>

#include "cases.h"
#include "samples.h"

static int read_interfaces(struct atk_restrictions *ret, const char *text, size_t len,
                           apitoken_error *err) {
    memset(ret, 0x55, sizeof *ret);
    return atk_restrictions_read_interfaces(ret, text, len, err);
}

static int read_networks(struct atk_restrictions *ret, const char *text, size_t len,
                         apitoken_error *err) {
    memset(ret, 0x55, sizeof *ret);
    return atk_restrictions_read_networks(ret, text, len, err);
}

static void test_a_list_of_interfaces(void **state) {
    (void)state;
    struct atk_restrictions only;
    assert_code(read_interfaces(&only, LIT("payroll:read,w"), NULL), 0);
    assert_int_equal(only.interfaces_len, 16);
    assert_memory_equal(only.interfaces, "\2\14payroll:read\1w", 16);
    assert_int_equal(only.networks[0], 0x55); /* the other list is left alone */
}

static void test_a_list_of_networks(void **state) {
    (void)state;
    struct atk_restrictions only;
    assert_code(read_networks(&only, LIT("192.0.2.0/24"), NULL), 0);
    assert_int_equal(only.networks_len, 6);
    assert_memory_equal(only.networks, "\4\x18\xC0\0\2\0", 6);
    assert_int_equal(only.interfaces[0], 0x55);
}

static void test_no_restriction(void **state) {
    (void)state;
    struct atk_restrictions only;
    assert_code(read_interfaces(&only, LIT("*"), NULL), 0);
    assert_int_equal(only.interfaces_len, 0);
    assert_code(read_networks(&only, LIT("*"), NULL), 0);
    assert_int_equal(only.networks_len, 0);
}

static void test_a_text_that_is_missing(void **state) {
    (void)state;
    struct atk_restrictions only;
    apitoken_error err = APITOKEN_ERROR_INIT;
    assert_code(read_interfaces(&only, NULL, 1, &err), APITOKEN_E_ARGUMENT);
    assert_int_equal(err.field, APITOKEN_FIELD_INTERFACES);
    assert_code(read_networks(&only, NULL, 1, &err), APITOKEN_E_ARGUMENT);
    assert_int_equal(err.field, APITOKEN_FIELD_NETWORKS);
}

#define TEN "aaaaaaaaaa"
#define SIXTEEN "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p"
#define SIXTEEN_HOSTS                                                                   \
    "10.0.0.0,10.0.0.1,10.0.0.2,10.0.0.3,10.0.0.4,10.0.0.5,10.0.0.6,10.0.0.7,10.0.0.8," \
    "10.0.0.9,10.0.1.0,10.0.1.1,10.0.1.2,10.0.1.3,10.0.1.4,10.0.1.5"

/* Each fault is named, with its place: a list is often typed by a person. */
static void test_faults_are_named_with_their_place(void **state) {
    (void)state;
    static const struct {
        const char *text;
        bool is_networks;
        uint32_t at;
        const char *what;
    } rows[] = {
        { "", 0, 0, "an item is empty" },
        { "a,,b", 0, 2, "an item is empty" },
        { SIXTEEN ",q", 0, 32, "there are more than 16 items" },
        { "a,b,a", 0, 4, "an item comes twice" },
        { TEN TEN TEN TEN TEN TEN "aaaaa", 0, 0, "an item is longer than 64 characters" },
        { "a,b c", 0, 3, "a character is not allowed" },
        { "a,*", 0, 2, "a character is not allowed" },
        { "**", 0, 0, "a character is not allowed" },
        { "", 1, 0, "an item is empty" },
        { SIXTEEN_HOSTS ",10.0.2.0", 1, 144, "there are more than 16 items" },
        { "10.0.0.1,10.0.0.1/32", 1, 9, "an item comes twice" },
        { "::ffff:0:0/95", 1, 0, "an IPv4-mapped network is larger than all of IPv4" },
        { "10.0.0.1/8", 1, 0, "a network has bits behind its prefix" },
        { "10.0.0", 1, 6, "not an IPv4 or IPv6 address" },
        { "10.0.0.0/33", 1, 9, "not a prefix length" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const size_t len = strlen(rows[i].text);
        struct atk_restrictions only;
        apitoken_error err = APITOKEN_ERROR_INIT;
        char due[200];
        (void)snprintf(due, sizeof due, "%s: %s, at byte %u",
                       rows[i].is_networks ? "the networks" : "the interfaces", rows[i].what,
                       rows[i].at);
        if (rows[i].is_networks)
            assert_code(read_networks(&only, rows[i].text, len, &err), APITOKEN_E_NETWORKS);
        else
            assert_code(read_interfaces(&only, rows[i].text, len, &err), APITOKEN_E_INTERFACES);
        assert_string_equal(err.text, due);
        assert_int_equal(err.offset, rows[i].at);
        assert_int_equal(err.field,
                         rows[i].is_networks ? APITOKEN_FIELD_NETWORKS : APITOKEN_FIELD_INTERFACES);
    }
}

/* An update must say what it wants, so nothing is not the same as all. */
static void test_nothing_is_no_list(void **state) {
    (void)state;
    struct atk_restrictions only;
    assert_code(read_interfaces(&only, NULL, 0, NULL), APITOKEN_E_INTERFACES);
    assert_code(read_networks(&only, NULL, 0, NULL), APITOKEN_E_NETWORKS);
}

static void test_restrictions_of_a_new_token(void **state) {
    (void)state;
    static const struct {
        const char *interfaces, *networks;
        int code;
        size_t interfaces_len, networks_len;
    } rows[] = {
        { NULL, NULL, 0, 0, 0 },
        { "", "", 0, 0, 0 },
        { "*", "*", 0, 0, 0 },
        { "w", NULL, 0, 3, 0 },
        { NULL, "10.0.0.0/8", 0, 0, 6 },
        { "w", "::/0", 0, 3, 18 },
        { " ", "::/0", APITOKEN_E_INTERFACES, 0, 0 },
        { "w", "w", APITOKEN_E_NETWORKS, 0, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct atk_restrictions only;
        apitoken_create_opts opts = APITOKEN_CREATE_OPTS_INIT;
        memset(&only, 0x55, sizeof only);
        opts.interfaces = rows[i].interfaces;
        opts.interfaces_len = (uint32_t)(opts.interfaces ? strlen(opts.interfaces) : 0);
        opts.networks = rows[i].networks;
        opts.networks_len = (uint32_t)(opts.networks ? strlen(opts.networks) : 0);
        assert_code(atk_restrictions_read_new(&only, &opts, NULL), rows[i].code);
        if (rows[i].code < 0) continue;
        assert_int_equal(only.interfaces_len, rows[i].interfaces_len);
        assert_int_equal(only.networks_len, rows[i].networks_len);
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_list_of_interfaces),
        cmocka_unit_test(test_a_list_of_networks),
        cmocka_unit_test(test_no_restriction),
        cmocka_unit_test(test_a_text_that_is_missing),
        cmocka_unit_test(test_faults_are_named_with_their_place),
        cmocka_unit_test(test_nothing_is_no_list),
        cmocka_unit_test(test_restrictions_of_a_new_token),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
