/* SPDX-License-Identifier: MIT */
#include "objects/page.h"

#include <string.h>

#include "rules/cursor.h"
#include "cases.h"
#include "samples.h"

static struct atk_row_view view_of(const struct atk_row *row, const char *owner, size_t owner_len) {
    struct atk_row_view view = atk_row_view_of(row);
    view.owner = owner;
    view.owner_len = owner_len;
    return view;
}

static apitoken_page *make(size_t rows) {
    struct atk_row row;
    apitoken_page *page = atk_page_new(rows);
    assert_non_null(page);
    assert_int_equal(page->room, rows);
    sample_row_day(&row);
    const struct atk_row_view view = view_of(&row, SAMPLE_OWNER, strlen(SAMPLE_OWNER));
    for (size_t i = 0; i < rows; i++) assert_non_null(atk_page_add(page, &view, 0));
    return page;
}

static void test_rows_are_within_the_count(void **state) {
    (void)state;
    for (size_t rows = 0; rows < 3; rows++) {
        apitoken_page *page = make(rows);
        assert_int_equal(apitoken_page_count(page), rows);
        for (size_t i = 0; i < rows; i++)
            assert_string_equal(apitoken_token_id(apitoken_page_at(page, i)), SAMPLE_ID);
        assert_null(apitoken_page_at(page, rows));
        assert_null(apitoken_page_at(page, SIZE_MAX));
        apitoken_page_free(page);
    }
    apitoken_page_free(NULL);
}

/* Rows of one owner that follow each other share its text; every other row has its own. */
static void test_each_row_has_its_owner(void **state) {
    (void)state;
    static const struct {
        const char *owner;
        size_t len;
    } owners[] = { { "a", 1 }, { "a", 1 },  { "b", 1 },  { "ba", 2 },        { "ba", 2 },
                   { "b", 1 }, { "bb", 2 }, { "ba", 2 }, { "ba beyond", 2 }, { "ba beyond", 3 } };
    const size_t count = sizeof owners / sizeof owners[0];
    apitoken_page *page = atk_page_new(count);
    struct atk_row row;
    assert_non_null(page);
    sample_row_day(&row);
    for (size_t i = 0; i < count; i++) {
        const struct atk_row_view view = view_of(&row, owners[i].owner, owners[i].len);
        assert_non_null(atk_page_add(page, &view, 0));
    }
    for (size_t i = 0; i < count; i++) {
        const char *owner = apitoken_token_owner(apitoken_page_at(page, i));
        assert_int_equal(strlen(owner), owners[i].len);
        assert_memory_equal(owner, owners[i].owner, owners[i].len);
        const bool is_same = i > 0 && owners[i].len == owners[i - 1].len &&
                             memcmp(owners[i].owner, owners[i - 1].owner, owners[i].len) == 0;
        if (i > 0) assert_int_equal(owner == apitoken_token_owner(page->rows[i - 1]), is_same);
    }
    apitoken_page_free(page);
}

/* Rows of all lengths, in as many pieces of memory as they need, do not overwrite each other. */
static void test_rows_of_all_lengths_stay_apart(void **state) {
    (void)state;
    apitoken_page *page = atk_page_new(APITOKEN_LIST_MAX);
    struct atk_row row;
    assert_non_null(page);
    sample_row_revoked(&row);
    for (size_t i = 0; i < APITOKEN_LIST_MAX; i++) {
        memset(row.name, 'a' + (char)(i % 26), row.name_len = (uint8_t)(1 + i % APITOKEN_NAME_MAX));
        memset(row.reason, 'A' + (char)(i % 26), row.reason_len = (uint16_t)i);
        row.created_ms = (int64_t)i;
        const char *owner = i % 3 ? SAMPLE_OWNER : "another";
        const struct atk_row_view view = view_of(&row, owner, strlen(owner));
        assert_non_null(atk_page_add(page, &view, 0));
    }
    for (size_t i = 0; i < APITOKEN_LIST_MAX; i++) {
        const apitoken_token *token = apitoken_page_at(page, i);
        const char *name = apitoken_token_name(token), *reason = apitoken_token_reason(token);
        assert_int_equal(apitoken_token_created_ms(token), i);
        assert_int_equal(strlen(name), 1 + i % APITOKEN_NAME_MAX);
        assert_int_equal(strspn(name, (char[]){ (char)('a' + i % 26), '\0' }), strlen(name));
        assert_int_equal(strlen(reason), i);
        assert_int_equal(strspn(reason, (char[]){ (char)('A' + i % 26), '\0' }), i);
        assert_string_equal(apitoken_token_owner(token), i % 3 ? SAMPLE_OWNER : "another");
    }
    apitoken_page_free(page);
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
    atk_cursor_write(SAMPLE_ID, page->cursor);
    assert_null(apitoken_page_cursor(page));
    page->has_cursor = 1;
    const char *id = NULL;
    assert_true(
        atk_cursor_read(apitoken_page_cursor(page), strlen(apitoken_page_cursor(page)), &id));
    assert_memory_equal(id, SAMPLE_ID, APITOKEN_ID_LEN);
    apitoken_page_free(page);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_are_within_the_count),
        cmocka_unit_test(test_each_row_has_its_owner),
        cmocka_unit_test(test_rows_of_all_lengths_stay_apart),
        cmocka_unit_test(test_a_half_filled_page_shows_what_is_there),
        cmocka_unit_test(test_cursor_only_if_there_is_one),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
