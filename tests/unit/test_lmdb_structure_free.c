/* SPDX-License-Identifier: MIT */
/*
 * Files in which all adds up but for one thing: pages that are free and in use, and the lists of
 * the free ones.
 */
#include "structure_places.h"

#include <stdlib.h>

#include "cases.h"

/*
 * Puts a page that is in use on the free list, in the place of a free one, which the free tree's
 * root moves to from the end of the file. So every page has an owner, and every number is right:
 * only that one page has two owners.
 */
static void free_page_in_use(struct image *image, uint64_t used) {
    uint8_t *list = free_list(image);
    uint64_t count = image_get(list, 0, 8), gap = image_get(list, 8, 8), last = last_page(image),
             i = 1;
    assert_int_equal(image_get(free_tree(image), TREE_ROOT, 8), last);
    for (; i < count && image_get(list, 8 * (i + 1), 8) > used; i++) /* the list descends */
        image_set(list, 8 * i, 8, image_get(list, 8 * (i + 1), 8));
    image_set(list, 8 * i, 8, used);
    move_page(image, last, gap);
    image_set(free_tree(image), TREE_ROOT, 8, gap);
    drop_last_page(image);
}

/* LMDB would write over it. */
static void test_a_page_in_use_that_is_free_as_well(void **state) {
    (void)state;
    struct image clean;
    image_make(&clean, 60, 80);
    uint8_t *root = root_of(&clean, main_tree(&clean)), *rows = root_of(&clean, rows_tree(&clean));
    uint64_t overflow = image_get(overflow_page(&clean), PAGE_NUMBER_AT, 8);
    const uint64_t used[] = {
        image_get(root, PAGE_NUMBER_AT, 8),
        child_of(image_node(root, 0)),
        child_of(image_node(root, 1)),
        image_get(rows, PAGE_NUMBER_AT, 8),
        child_of(image_node(rows, 0)),
        overflow,
        overflow + 1,
    };
    for (size_t i = 0; i < sizeof used / sizeof used[0]; i++) {
        struct image image = clean;
        image.bytes = malloc(clean.len);
        assert_non_null(image.bytes);
        memcpy(image.bytes, clean.bytes, clean.len);
        free_page_in_use(&image, used[i]);
        image_put(&image);
        assert_code(check(&image), APITOKEN_E_DAMAGED);
        free(image.bytes);
    }
    image_free(&clean);
}

/* LMDB may leave a record without pages on its free list. */
static void test_a_free_list_may_be_empty(void **state) {
    (void)state;
    struct image image;
    image_make(&image, 2, 2);
    uint8_t *list = free_list(&image);
    /* the pages 2 and 3, which the roots of the other trees move to */
    assert_int_equal(image_get(list, 0, 8), 2);
    assert_int_equal(image_get(list, 8, 8), 3);
    move_page(&image, image_get(rows_tree(&image), TREE_ROOT, 8), 3);
    image_set(rows_tree(&image), TREE_ROOT, 8, 3);
    move_page(&image, image_get(main_tree(&image), TREE_ROOT, 8), 2);
    image_set(main_tree(&image), TREE_ROOT, 8, 2);
    move_page(&image, image_get(free_tree(&image), TREE_ROOT, 8), 4);
    image_set(free_tree(&image), TREE_ROOT, 8, 4);
    uint8_t *page = image_page(&image, 4), *node = image_node(page, 0);
    memmove(node + 16, node, NODE_HEAD + 8);
    add(page + PAGE_HEAD, 2, 16);
    add(page + PAGE_UPPER_AT, 2, 16);
    image_set(node + 16, 0, 4, 8);
    image_set(node_value(node + 16), 0, 8, 0);
    while (last_page(&image) > 4) drop_last_page(&image);
    image_put(&image);
    assert_code(check(&image), 0);
    image_free(&image);
}

/* Numbers of 8 bytes, and no bytes behind them. */
static void test_a_free_list_of_a_wrong_length(void **state) {
    (void)state;
    struct image image;
    const uint64_t pages[] = { 3, 2 };
    image_make(&image, 2, 2);
    set_free_list(&image, pages, 2);
    uint8_t *page = root_of(&image, free_tree(&image)), *node = image_node(page, 0);
    const size_t len = NODE_HEAD + 8 + 24;
    for (size_t more = 8; more > 0; more -= 2) { /* a longer record than its list needs is sound */
        memmove(page + image.page_size - len - more, node, len);
        node = page + image.page_size - len - more;
        image_set(node, 0, 4, 24 + more);
        image_set(page, PAGE_HEAD, 2, (uint64_t)(node - page));
        image_set(page, PAGE_UPPER_AT, 2, (uint64_t)(node - page));
        image_put(&image);
        assert_code(check(&image), more == 8 ? 0 : APITOKEN_E_DAMAGED);
    }
    image_free(&image);
}

/*
 * The free list moves to an overflow page of its own at the end of the file, behind free pages that
 * fill it to its last byte.
 */
static void fill_overflow_page(struct image *image) {
    const uint64_t numbers = (image->page_size - PAGE_HEAD) / 8 - 1,
                   first_new = last_page(image) + 1;
    const uint64_t overflow = first_new + numbers - 2; /* the pages 2 and 3 were free before */
    const size_t len = (size_t)(overflow + 1) * image->page_size;
    image->bytes = realloc(image->bytes, len);
    assert_non_null(image->bytes);
    memset(image->bytes + image->len, 0, len - image->len);
    image->len = len;
    image_set(image_meta(image), META_LAST_PAGE, 8, overflow);
    set_free_list(image, &overflow, 0);
    uint8_t *node = image_node(root_of(image, free_tree(image)), 0),
            *page = image_page(image, overflow);
    image_set(node, 0, 4, 8 * (numbers + 1));
    image_set(node, NODE_FLAGS_AT, 2, NODE_BIG);
    image_set(node_value(node), 0, 8, overflow);
    image_set(free_tree(image), TREE_OVERFLOWS, 8, 1);
    image_set(page, PAGE_NUMBER_AT, 8, overflow);
    image_set(page, PAGE_FLAGS_AT, 2, PAGE_OVERFLOW);
    image_set(page, PAGE_RUN_AT, 4, 1);
    image_set(page, PAGE_HEAD, 8, numbers);
    for (uint64_t i = 0; i < numbers; i++)
        image_set(page, PAGE_HEAD + 8 * (i + 1), 8,
                  i < numbers - 2 ? overflow - 1 - i : numbers + 1 - i);
}

/* Nothing is read behind its last number. */
static void test_a_free_list_may_end_with_the_file(void **state) {
    (void)state;
    struct image image;
    image_make(&image, 2, 2);
    fill_overflow_page(&image);
    image_put(&image);
    assert_code(check(&image), 0);
    image_set(image_page(&image, last_page(&image)), image.page_size - 8, 8, 4); /* in use */
    image_put(&image);
    assert_code(check(&image), APITOKEN_E_DAMAGED);
    image_free(&image);
}

/* LMDB would write over it, or over what is not the file's. */
static void test_no_page_outside_of_the_trees_is_free(void **state) {
    (void)state;
    struct image image;
    image_make(&image, 2, 2);
    const uint64_t good[] = { 3, 2 }, first_meta[] = { 3, 2, 0 }, second_meta[] = { 3, 2, 1 },
                   beyond[] = { last_page(&image) + 1, 3, 2 };
    set_free_list(&image, good, 2);
    image_put(&image);
    assert_code(check(&image), 0);
    set_free_list(&image, first_meta, 3);
    image_put(&image);
    assert_code(check(&image), APITOKEN_E_DAMAGED);
    set_free_list(&image, second_meta, 3);
    image_put(&image);
    assert_code(check(&image), APITOKEN_E_DAMAGED);
    set_free_list(&image, beyond, 3);
    image_put(&image);
    assert_code(check(&image), APITOKEN_E_DAMAGED);
    image_free(&image);
}

/*
 * The second child of the main tree is free, and the tree has the counts that it would have without
 * it.
 */
static uint8_t *uncount_child(struct image *image) {
    image_make(image, 40, 0);
    uint8_t *branch = image_node(root_of(image, main_tree(image)), 1);
    uint64_t child = child_of(branch),
             pages[] = { child > 4 ? child : 4, child > 4 ? 4 : child, 2 };
    assert_int_equal(image_get(free_list(image), 8, 8), 4);
    assert_int_equal(image_get(free_list(image), 16, 8), 2);
    set_free_list(image, pages, 3);
    add(main_tree(image) + TREE_LEAVES, 8, UINT64_MAX);
    add(main_tree(image) + TREE_ENTRIES, 8, 0 - (uint64_t)image_count(image_page(image, child)));
    return branch;
}

static void test_a_child_that_nobody_counts(void **state) {
    (void)state;
    struct image image;
    (void)uncount_child(&image);
    image_put(&image);
    assert_code(check(&image), APITOKEN_E_DAMAGED); /* it is free */
    image_free(&image);

    uint8_t *branch = uncount_child(&image);
    node_key(branch)[0] = 0x01;
    image_put(&image);
    assert_code(check(&image), APITOKEN_E_DAMAGED); /* and out of order */
    image_free(&image);

    branch = uncount_child(&image);
    add(image_meta(&image) + META_LAST_PAGE, 8, 1);
    set_child(branch, last_page(&image));
    image_put(&image);
    assert_code(check(&image), APITOKEN_E_DAMAGED); /* the file does not have it */
    image_free(&image);
}

/* The free tree's own page on its list, in the place of the last page, which it moves to. */
static void test_the_page_of_the_free_list_on_the_list(void **state) {
    (void)state;
    struct image image;
    image_make(&image, 60, 80);
    uint8_t *list = free_list(&image);
    uint64_t lowest = image_get(list, 8 * image_get(list, 0, 8), 8);
    move_page(&image, last_page(&image), lowest);
    image_set(free_tree(&image), TREE_ROOT, 8, lowest);
    drop_last_page(&image);
    image_put(&image);
    assert_code(check(&image), APITOKEN_E_DAMAGED);
    image_free(&image);
}

/* The free list of two pages becomes two lists of one page, under these transactions. */
static int check_two_free_lists(uint64_t first, uint64_t second) {
    struct image image;
    const uint64_t transactions[] = { first, second };
    image_make(&image, 2, 2);
    uint8_t *page = root_of(&image, free_tree(&image));
    assert_int_equal(image_count(page), 1);
    for (size_t i = 0, len = NODE_HEAD + 8 + 16; i < 2; i++) {
        uint8_t *node = page + image.page_size - (i + 1) * len;
        memset(node, 0, len);
        image_set(page, PAGE_HEAD + 2 * i, 2, (uint64_t)(node - page));
        image_set(page, PAGE_UPPER_AT, 2, (uint64_t)(node - page));
        image_set(node, 0, 4, 16);
        image_set(node, NODE_KEY_LEN_AT, 2, 8);
        image_set(node_key(node), 0, 8, transactions[i]);
        image_set(node_value(node), 0, 8, 1);
        image_set(node_value(node), 8, 8, 2 + i);
    }
    add(page + PAGE_LOWER_AT, 2, 2);
    add(free_tree(&image) + TREE_ENTRIES, 8, 1);
    image_put(&image);
    int rc = check(&image);
    image_free(&image);
    return rc;
}

/* As numbers, of which the bytes stand the other way round. */
static void test_free_lists_stand_in_the_order_of_their_transactions(void **state) {
    (void)state;
    assert_code(check_two_free_lists(1, 2), 0);
    assert_code(check_two_free_lists(255, 256), 0);
    assert_code(check_two_free_lists(256, 255), APITOKEN_E_DAMAGED);
    assert_code(check_two_free_lists(2, 1), APITOKEN_E_DAMAGED);
    assert_code(check_two_free_lists(2, 2), APITOKEN_E_DAMAGED);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_page_in_use_that_is_free_as_well),
        cmocka_unit_test(test_a_free_list_may_be_empty),
        cmocka_unit_test(test_a_free_list_of_a_wrong_length),
        cmocka_unit_test(test_a_free_list_may_end_with_the_file),
        cmocka_unit_test(test_no_page_outside_of_the_trees_is_free),
        cmocka_unit_test(test_a_child_that_nobody_counts),
        cmocka_unit_test(test_the_page_of_the_free_list_on_the_list),
        cmocka_unit_test(test_free_lists_stand_in_the_order_of_their_transactions),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
