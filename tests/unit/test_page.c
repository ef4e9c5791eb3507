/* SPDX-License-Identifier: MIT */
#include "page.h"

#include <string.h>

#include "cursor.h"
#include "samples.h"

static apitoken_page *make(size_t rows) {
    struct atk_row row;
    apitoken_page *page = atk_page_new(rows);
    assert_non_null(page);
    assert_int_equal(page->room, rows);
    sample_row_day(&row);
    for (size_t i = 0; i < rows; i++) page->rows[page->count++] = atk_token_new(&row, SAMPLE_OWNER, strlen(SAMPLE_OWNER), 0);
    return page;
}

static void test_rows_are_within_the_count(void **state) {
    (void)state;
    for (size_t rows = 0; rows < 3; rows++) {
        apitoken_page *page = make(rows);
        assert_int_equal(apitoken_page_count(page), rows);
        for (size_t i = 0; i < rows; i++) assert_string_equal(apitoken_token_id(apitoken_page_at(page, i)), SAMPLE_ID);
        assert_null(apitoken_page_at(page, rows));
        assert_null(apitoken_page_at(page, SIZE_MAX));
        apitoken_page_free(page);
    }
    apitoken_page_free(NULL);
}

static void test_a_half_filled_page_shows_what_is_there(void **state) {
    (void)state;
    apitoken_page *page = atk_page_new(APITOKEN_LIST_MAX);
    assert_non_null(page);
    assert_int_equal(apitoken_page_count(page), 0);
    assert_null(apitoken_page_at(page, 0));
    assert_null(apitoken_page_cursor(page));
    apitoken_page_free(page);
}

static void test_cursor_only_if_there_is_one(void **state) {
    (void)state;
    apitoken_page *page = make(1);
    atk_cursor_write(42, page->cursor);
    assert_null(apitoken_page_cursor(page));
    page->has_cursor = 1;
    uint64_t sequence = 0;
    assert_true(atk_cursor_read(apitoken_page_cursor(page), strlen(apitoken_page_cursor(page)), &sequence));
    assert_int_equal(sequence, 42);
    apitoken_page_free(page);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_are_within_the_count),
        cmocka_unit_test(test_a_half_filled_page_shows_what_is_there),
        cmocka_unit_test(test_cursor_only_if_there_is_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
