/* SPDX-License-Identifier: MIT */
/* A CSV is judged by its bytes, however they are cut, and with or without the parser. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <cases.h>

#include "body/csv_check.h"

#define BODIES 200000
#define BODY_MAX 40

struct judgement {
    enum csv_result result;
    uint64_t rows;
    uint64_t line;
};

static uint64_t random_next(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Feeds pieces of at most `most` bytes; of random length if `random` is given. */
static struct judgement judge(const char *body, size_t length, size_t most, uint64_t *random) {
    struct csv_check check;
    enum csv_result result = csv_check_open(&check);
    while (result == CSV_GOOD && length > 0) {
        size_t piece = random ? 1 + (size_t)(random_next(random) % most) : most;
        if (piece > length) piece = length;
        result = csv_check_feed(&check, body, piece);
        body += piece;
        length -= piece;
    }
    if (result == CSV_GOOD) result = csv_check_end(&check);
    struct judgement judgement = { result, result == CSV_GOOD ? check.rows : 0, check.error_line };
    csv_check_close(&check);
    return judgement;
}

/* Mostly good rows, with every byte that means something put in here and there. */
static size_t make_body(uint64_t *random, char body[BODY_MAX + 16]) {
    static const char *const parts[] = { "1,2\n",   "1,2\n", "1,2\r\n",  "a,b\n",       "\n",
                                         "\r\n",    "\r",    "\x1A",     " ",           "\t",
                                         ",",       "\"",    "\"\"",     "\"x\n\",",    "1",
                                         "\n",      "\x7F",  "\xC3\xA4", "\xC3",        "\x01",
                                         "1,2,3\n", "1,2",   ";",        "\xEF\xBB\xBF" };
    const char *head = random_next(random) % 2 ? "a,b\n" : random_next(random) % 2 ? "a\n" : "";
    size_t length = (size_t)snprintf(body, BODY_MAX, "%s", head);
    while (length < BODY_MAX && random_next(random) % 9 != 0) {
        const char *part = parts[random_next(random) % (sizeof parts / sizeof parts[0])];
        memcpy(body + length, part, strlen(part));
        length += strlen(part);
    }
    return length;
}

static void assert_same(struct judgement got, struct judgement due, const char *body,
                        size_t length) {
    if (got.result == due.result && got.rows == due.rows && got.line == due.line) return;
    for (size_t i = 0; i < length; i++) print_error("%02X ", (unsigned char)body[i]);
    fail_msg("result %d, rows %d, line %d instead of %d, %d, %d", (int)got.result, (int)got.rows,
             (int)got.line, (int)due.result, (int)due.rows, (int)due.line);
}

static void pieces_of_any_size_are_judged_alike(void **state) {
    uint64_t random = UINT64_C(0x9E3779B97F4A7C15);
    char body[BODY_MAX + 16];
    int good = 0;
    (void)state;
    for (int i = 0; i < BODIES; i++) {
        size_t length = make_body(&random, body);
        struct judgement due = judge(body, length, 1, NULL); /* each line goes to the parser */
        assert_same(judge(body, length, sizeof body, NULL), due, body, length);
        assert_same(judge(body, length, 9, &random), due, body, length);
        good += due.result == CSV_GOOD;
    }
    assert_true(good > BODIES / 50 && good < BODIES / 2);
}

static void nothing_follows_the_end_of_the_text(void **state) {
    static const char *const pieces[] = { "a\n1\n\x1A", "2\n" };
    struct csv_check check;
    (void)state;
    assert_int_equal(csv_check_open(&check), CSV_GOOD);
    assert_int_equal(csv_check_feed(&check, pieces[0], strlen(pieces[0])), CSV_GOOD);
    assert_int_equal(csv_check_feed(&check, pieces[1], strlen(pieces[1])), CSV_BAD);
    csv_check_close(&check);
}

static void a_field_is_not_too_long_because_its_row_needs_no_parser(void **state) {
    static char body[CSV_FIELD_MAX + 8];
    (void)state;
    memset(body, 'x', sizeof body);
    memcpy(body, "a\n", 2);
    body[sizeof body - 1] = '\n';
    assert_int_equal(judge(body, sizeof body, sizeof body, NULL).result, CSV_BAD);
    assert_int_equal(judge(body, sizeof body, 4096, NULL).result, CSV_BAD);
    body[CSV_FIELD_MAX / 2] = '\n';
    assert_int_equal(judge(body, sizeof body, sizeof body, NULL).rows, 2);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_of_any_size_are_judged_alike),
        cmocka_unit_test(a_field_is_not_too_long_because_its_row_needs_no_parser),
        cmocka_unit_test(nothing_follows_the_end_of_the_text),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
