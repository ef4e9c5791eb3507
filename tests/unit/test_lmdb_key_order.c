/* SPDX-License-Identifier: MIT */
#include "lmdb/form/key_order.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "samples.h"

static int sign(int order) { return (order > 0) - (order < 0); }

/* LMDB's own order, as its manual has it: byte by byte, a beginning before what it begins. */
static int order_of_lmdb(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len) {
    for (size_t i = 0; i < a_len && i < b_len; i++)
        if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
    return (a_len > b_len) - (a_len < b_len);
}

static void assert_order(uint8_t *a, size_t a_len, uint8_t *b, size_t b_len) {
    const MDB_val left = { a_len, a }, right = { b_len, b };
    const int due = order_of_lmdb(a, a_len, b, b_len);
    assert_int_equal(sign(atk_key_order(&left, &right)), due);
    assert_int_equal(sign(atk_key_order(&right, &left)), -due);
}

/*
 * One byte differs, wherever it is and whatever its high bit: no byte is taken for signed, none for
 * the wrong end.
 */
static void test_every_byte_of_an_id_counts(void **state) {
    (void)state;
    static const uint8_t values[] = { 0, 1, 0x30, 0x7F, 0x80, 0xFE, 0xFF };
    for (size_t at = 0; at < APITOKEN_ID_LEN; at++) {
        for (size_t i = 0; i < sizeof values; i++) {
            for (size_t j = 0; j < sizeof values; j++) {
                uint8_t a[APITOKEN_ID_LEN], b[APITOKEN_ID_LEN];
                memset(a, 0x40, sizeof a);
                memset(b, 0x40, sizeof b);
                a[at] = values[i];
                b[at] = values[j];
                if (at + 1 < sizeof a) { /* what comes later does not outweigh it */
                    a[at + 1] = 0xFF;
                    b[at + 1] = 0;
                }
                assert_order(a, sizeof a, b, sizeof b);
            }
        }
    }
}

static void test_keys_of_all_lengths(void **state) {
    (void)state;
    uint8_t a[24], b[24];
    srand(1);
    for (unsigned round = 0; round < 200; round++) {
        for (size_t i = 0; i < sizeof a; i++) {
            a[i] = (uint8_t)rand();
            b[i] = round % 2 ? a[i] : (uint8_t)rand();
        }
        if (round % 4 == 1) b[(size_t)rand() % sizeof b] ^= 0x80;
        for (size_t a_len = 1; a_len <= sizeof a; a_len++)
            for (size_t b_len = 1; b_len <= sizeof b; b_len++) assert_order(a, a_len, b, b_len);
    }
}

/* The names of the other records stand before every id. */
static void test_named_records_come_first(void **state) {
    (void)state;
    uint8_t name[] = "!zzzzzzzzzzz", id[] = "000000000000";
    const MDB_val left = { APITOKEN_ID_LEN, name }, right = { APITOKEN_ID_LEN, id };
    assert_true(atk_key_order(&left, &right) < 0);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_byte_of_an_id_counts),
        cmocka_unit_test(test_keys_of_all_lengths),
        cmocka_unit_test(test_named_records_come_first),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
