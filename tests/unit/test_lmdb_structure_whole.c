/* SPDX-License-Identifier: MIT */
/* Files in which all adds up but for one thing: sizes, keys and values at their limits. */
#include "structure_places.h"

#include <stdlib.h>
#include <unistd.h>

#include "cases.h"

/* Its last byte is the value's first one from now on, so that the page stays as it is. */
static void shorten_key(uint8_t *node) {
    add(node, 2, 1);
    add(node + NODE_KEY_LEN_AT, 2, UINT64_MAX);
}

/* Of two keys that begin alike the shorter one comes first, whatever stands behind it. */
static void test_a_key_that_begins_like_another(void **state) {
    (void)state;
    struct image image;
    image_make(&image, 40, 0);
    uint8_t *leaf = first_leaf(&image, rows_tree(&image)), *first = image_node(leaf, 0),
            *second = image_node(leaf, 1);
    assert_memory_equal(node_key(first), "row000000", 9);
    assert_memory_equal(node_key(second), "row000001", 9);
    shorten_key(second);
    image_put(&image);
    assert_code(check(&image), APITOKEN_E_DAMAGED); /* behind the one that it is the beginning of */
    shorten_key(first);
    image_put(&image);
    assert_code(check(&image), APITOKEN_E_DAMAGED); /* equal */
    shorten_key(first);
    image_put(&image);
    assert_code(check(&image), 0);
    image_free(&image);
}

/* The keys below a branch's key are not less than it, nor shorter with the same beginning. */
static void test_a_key_shorter_than_its_branch(void **state) {
    (void)state;
    struct image image;
    image_make(&image, 40, 0);
    uint8_t *branch = image_node(root_of(&image, main_tree(&image)), 1);
    uint8_t *first = image_node(image_page(&image, child_of(branch)), 0);
    size_t len = image_get(branch, NODE_KEY_LEN_AT, 2);
    assert_int_equal(image_get(first, NODE_KEY_LEN_AT, 2), len);
    assert_memory_equal(node_key(first), node_key(branch), len);
    shorten_key(first);
    image_put(&image);
    assert_code(check(&image), APITOKEN_E_DAMAGED);
    image_free(&image);
}

static void put_empty_tree(uint8_t *at) {
    memset(at, 0, DB_LEN);
    image_set(at, TREE_ROOT, 8, NO_PAGE);
}

/* In the main tree, as a value of a tree's length: LMDB would take more or less for one. */
static void test_a_tree_stands_only_where_one_is_due(void **state) {
    (void)state;
    struct image image;
    image_make(&image, 40, 0);
    uint8_t *node = image_node(first_leaf(&image, main_tree(&image)), 2);
    assert_true(image_get(node, 0, 2) > DB_LEN);
    put_empty_tree(node_value(node));
    image_set(node, NODE_FLAGS_AT, 2, NODE_SUB);
    image_put(&image);
    assert_code(check(&image), APITOKEN_E_DAMAGED);
    image_free(&image);

    image_make(&image, 40, 0);
    node = image_node(first_leaf(&image, rows_tree(&image)), 2);
    size_t bytes = image_get(node, 0, 2) + image_get(node, NODE_KEY_LEN_AT, 2);
    image_set(node, 0, 2, DB_LEN); /* all before its last bytes becomes its key */
    image_set(node, NODE_KEY_LEN_AT, 2, bytes - DB_LEN);
    put_empty_tree(node_value(node));
    image_put(&image);
    assert_code(check(&image), 0);
    image_set(node, NODE_FLAGS_AT, 2, NODE_SUB);
    image_put(&image);
    assert_code(check(&image), APITOKEN_E_DAMAGED);
    image_free(&image);
}

/* From the first page behind the meta pages to the last one of the file, and no further. */
static void test_a_value_on_the_first_and_on_the_last_page(void **state) {
    (void)state;
    struct image image;
    image_make(&image, 40, 0);
    uint8_t *node = big_node(&image);
    uint64_t old = image_get(node_value(node), 0, 8), last = last_page(&image);
    uint64_t pages[] = { old > 4 ? old : 4, old > 4 ? 4 : old };
    assert_int_equal(image_get(free_list(&image), 16, 8), 2);
    move_page(&image, old, 2);
    image_set(node_value(node), 0, 8, 2);
    set_free_list(&image, pages, 2);
    image_put(&image);
    assert_code(check(&image), 0);

    move_page(&image, last, old); /* the free tree's root */
    image_set(free_tree(&image), TREE_ROOT, 8, old);
    pages[0] = 4;
    pages[1] = 2;
    set_free_list(&image, pages, 2);
    move_page(&image, 2, last);
    image_set(node_value(node), 0, 8, last);
    image_put(&image);
    assert_code(check(&image), 0);
    add(overflow_page(&image) + PAGE_RUN_AT, 4, 1);
    add(rows_tree(&image) + TREE_OVERFLOWS, 8, 1);
    image_put(&image);
    assert_code(check(&image), APITOKEN_E_DAMAGED);
    image_free(&image);
}

/* What is told names the page, by which an engineer finds it. */
static void test_a_fault_is_told_with_its_page(void **state) {
    (void)state;
    struct image image;
    apitoken_error err = APITOKEN_ERROR_INIT;
    char due[64];
    image_make(&image, 40, 0);
    uint64_t page = child_of(image_node(root_of(&image, main_tree(&image)), 1));
    image_set(image_page(&image, page), PAGE_FLAGS_AT, 2, 0);
    image_put(&image);
    (void)snprintf(due, sizeof due, "data.mdb is damaged at page %llu: ", (unsigned long long)page);
    bool is_overwritten;
    assert_code(atk_structure_check(image.fd, image.transaction, &is_overwritten, &err),
                APITOKEN_E_DAMAGED);
    assert_memory_equal(err.text, due, strlen(due));
    image_free(&image);
}

/* The head of the first page stands before it. */
static void test_a_value_fills_its_overflow_pages_to_the_byte(void **state) {
    (void)state;
    struct image image;
    image_make(&image, 40, 0);
    uint8_t *node = big_node(&image);
    assert_int_equal(image_get(overflow_page(&image), PAGE_RUN_AT, 4), 1);
    image_set(node, 0, 4, image.page_size - PAGE_HEAD);
    image_put(&image);
    assert_code(check(&image), 0);
    image_set(node, 0, 4, image.page_size - PAGE_HEAD + 1);
    image_put(&image);
    assert_code(check(&image), APITOKEN_E_DAMAGED);
    image_free(&image);
}

/*
 * A value of 68,000 pages, so that page numbers and lengths need more than 16 bits: its pages lie
 * at the end of the file, a leaf behind them. The pages where both stood are free.
 */
static void make_large(struct image *image, uint64_t *ret_run) {
    image_make(image, 40, 0);
    uint8_t *node = big_node(image), *branch = image_node(root_of(image, main_tree(image)), 1);
    const uint64_t run = 68000, first = last_page(image) + 1, leaf = first + run,
                   old = image_get(node_value(node), 0, 8);
    const uint64_t old_leaf = child_of(branch), two[] = { 4, 2 };
    uint64_t pages[4] = { old, old_leaf, two[0], two[1] };
    assert_int_equal(image_get(free_list(image), 8, 8), 4);
    for (size_t i = 1; i < 4; i++) /* descending */
        for (size_t j = i; j > 0 && pages[j] > pages[j - 1]; j--) {
            uint64_t swapped = pages[j];
            pages[j] = pages[j - 1];
            pages[j - 1] = swapped;
        }
    image_set(node_value(node), 0, 8, first);
    image_set(node, 0, 4, run * image->page_size - PAGE_HEAD);
    add(rows_tree(image) + TREE_OVERFLOWS, 8, run - 1);
    set_child(branch, leaf);
    image_set(image_meta(image), META_LAST_PAGE, 8, leaf);
    set_free_list(image, pages, 4);
    image_put(image);
    uint8_t head[PAGE_HEAD] = { 0 }, *copy = malloc(image->page_size);
    assert_non_null(copy);
    image_set(head, PAGE_NUMBER_AT, 8, first);
    image_set(head, PAGE_FLAGS_AT, 2, PAGE_OVERFLOW);
    image_set(head, PAGE_RUN_AT, 4, run);
    assert_int_equal(pwrite(image->fd, head, sizeof head, (off_t)(first * image->page_size)),
                     sizeof head);
    memcpy(copy, image_page(image, old_leaf), image->page_size);
    image_set(copy, PAGE_NUMBER_AT, 8, leaf);
    assert_int_equal(pwrite(image->fd, copy, image->page_size, (off_t)(leaf * image->page_size)),
                     image->page_size);
    free(copy);
    *ret_run = run;
}

/* Writes the length of the large value, and leaves the rest of the file as it is. */
static void put_length(const struct image *image, uint64_t len) {
    uint8_t *node = big_node(image);
    image_set(node, 0, 4, len);
    assert_int_equal(pwrite(image->fd, node, 4, node - image->bytes), 4);
}

static void test_numbers_of_more_than_16_bits(void **state) {
    (void)state;
    struct image image;
    uint64_t run;
    make_large(&image, &run);
    assert_code(check(&image), 0);
    put_length(&image, run * image.page_size - PAGE_HEAD + 1);
    assert_code(check(&image), APITOKEN_E_DAMAGED);
    put_length(&image, 1);
    assert_code(check(&image), 0);
    image_free(&image);
}

/*
 * A leaf without nodes is none that LMDB leaves behind, and it aborts the process where it meets
 * one.
 */
static void test_a_leaf_without_nodes(void **state) {
    (void)state;
    struct image image;
    image_make(&image, 2, 0);
    uint8_t *page = root_of(&image, rows_tree(&image));
    image_set(page, PAGE_LOWER_AT, 2, PAGE_HEAD);
    image_set(page, PAGE_UPPER_AT, 2, image.page_size);
    image_set(rows_tree(&image), TREE_ENTRIES, 8, 0);
    image_put(&image);
    assert_code(check(&image), APITOKEN_E_DAMAGED);
    image_free(&image);
}

/* The lowest node takes all that was between the pointers and it. */
static void test_a_page_may_be_full_to_the_byte(void **state) {
    (void)state;
    struct image image;
    image_make(&image, 40, 0);
    uint8_t *leaf = first_leaf(&image, rows_tree(&image));
    size_t lower = image_get(leaf, PAGE_LOWER_AT, 2), upper = image_get(leaf, PAGE_UPPER_AT, 2);
    unsigned last = image_count(leaf) - 1;
    uint8_t *node = image_node(leaf, last);
    assert_true(lower < upper && (size_t)(node - leaf) == upper);
    memmove(leaf + lower, node, NODE_HEAD + image_get(node, NODE_KEY_LEN_AT, 2) + 8);
    add(leaf + lower, 2, upper - lower);
    image_set(leaf, PAGE_HEAD + 2 * (size_t)last, 2, lower);
    image_set(leaf, PAGE_UPPER_AT, 2, lower);
    image_put(&image);
    assert_code(check(&image), 0);
    image_free(&image);
}

/*
 * A node of the rows takes in the one before it, so that it has bytes enough; then so many of them
 * are its key.
 */
static int check_key_len(size_t len) {
    struct image image;
    image_make(&image, 40, 0);
    uint8_t *leaf = first_leaf(&image, rows_tree(&image)), *upper = image_node(leaf, 2),
            *node = image_node(leaf, 3);
    size_t grown = (size_t)(upper - node) + NODE_HEAD + image_get(upper, NODE_KEY_LEN_AT, 2) +
                   image_get(upper, 0, 2);
    assert_int_equal(upper - node,
                     (NODE_HEAD + image_get(node, NODE_KEY_LEN_AT, 2) + image_get(node, 0, 2) + 1) /
                         2 * 2);
    image_set(node, NODE_KEY_LEN_AT, 2, len);
    image_set(node, 0, 2, grown - NODE_HEAD - len);
    for (unsigned i = 2; i + 1 < image_count(leaf); i++)
        memcpy(leaf + PAGE_HEAD + 2 * i, leaf + PAGE_HEAD + 2 * (i + 1), 2);
    add(leaf + PAGE_LOWER_AT, 2, UINT64_MAX - 1);
    add(rows_tree(&image) + TREE_ENTRIES, 8, UINT64_MAX);
    image_put(&image);
    int rc = check(&image);
    image_free(&image);
    return rc;
}

/* LMDB's limit, beyond which it writes over its own memory. */
static void test_a_key_has_1_to_511_bytes(void **state) {
    (void)state;
    struct image image;
    assert_code(check_key_len(511), 0);
    assert_code(check_key_len(512), APITOKEN_E_DAMAGED);
    image_make(&image, 40, 0);
    uint8_t *node = image_node(first_leaf(&image, rows_tree(&image)), 0);
    while (image_get(node, NODE_KEY_LEN_AT, 2) > 0) shorten_key(node);
    image_put(&image);
    assert_code(check(&image), APITOKEN_E_DAMAGED);
    image_free(&image);
}

/* A reader may stand on it still, and whichever of the two meta pages it has. */
static void test_the_snapshot_before_the_last_is_sound(void **state) {
    (void)state;
    static const unsigned shapes[][2] = { { 1, 0 }, { 40, 0 }, { 60, 80 } };
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        struct image image;
        image_make(&image, shapes[i][0], shapes[i][1]);
        bool is_overwritten = true;
        assert_code(atk_structure_check(image.fd, image.transaction - 1, &is_overwritten, NULL), 0);
        assert_false(is_overwritten);
        image_free(&image);
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_key_that_begins_like_another),
        cmocka_unit_test(test_a_key_shorter_than_its_branch),
        cmocka_unit_test(test_a_tree_stands_only_where_one_is_due),
        cmocka_unit_test(test_a_value_on_the_first_and_on_the_last_page),
        cmocka_unit_test(test_a_fault_is_told_with_its_page),
        cmocka_unit_test(test_a_value_fills_its_overflow_pages_to_the_byte),
        cmocka_unit_test(test_numbers_of_more_than_16_bits),
        cmocka_unit_test(test_a_leaf_without_nodes),
        cmocka_unit_test(test_a_page_may_be_full_to_the_byte),
        cmocka_unit_test(test_a_key_has_1_to_511_bytes),
        cmocka_unit_test(test_the_snapshot_before_the_last_is_sound),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
