/* SPDX-License-Identifier: MIT */
#include "structure_places.h"

#include <stdlib.h>

#include "cases.h"

/* ---- damages by hand ------------------------------------------------------------------------- */

#define MAIN main_tree(image)
#define FREE free_tree(image)
#define ROWS rows_tree(image)
#define ROOT root_of(image, MAIN)
#define LEAF first_leaf(image, MAIN)
#define NODE image_node(LEAF, 2)
#define BIG big_node(image)

static void swap_pointers(struct image *image) {
    uint8_t *at = LEAF + PAGE_HEAD;
    uint64_t first = image_get(at, 4, 2);
    image_set(at, 4, 2, image_get(at, 6, 2));
    image_set(at, 6, 2, first);
}

static void swap_free_pages(struct image *image) {
    uint8_t *list = free_list(image);
    uint64_t first = image_get(list, 8, 8);
    image_set(list, 8, 8, image_get(list, 16, 8));
    image_set(list, 16, 8, first);
}

/*
 * Two nodes over each other: the second node's bytes are put inside the value of the first one,
 * where its pointer then leads, and its old place is left as a gap, so that the sizes still come to
 * the used part of the page.
 */
static void overlap_nodes(struct image *image) {
    uint8_t *leaf = first_leaf(image, ROWS), *outer = image_node(leaf, 2),
            *inner = image_node(leaf, 3);
    size_t room = image_get(outer, 0, 2), head = NODE_HEAD + image_get(inner, NODE_KEY_LEN_AT, 2);
    /* nodes stand at even places */
    uint8_t *target = node_value(outer) + (size_t)(node_value(outer) - leaf) % 2;
    assert_true(room > head + 2 &&
                (size_t)(target - leaf) + head + image_get(inner, 0, 2) <= image->page_size);
    memmove(target, inner, head);
    image_set(leaf, PAGE_HEAD + 6, 2, (uint64_t)(target - leaf));
}

/* Every kind of damage that one place can have: a name and what is done to the image. */
/* clang-format off */
#define DAMAGES(X) \
    X(root_0, image_set(MAIN, TREE_ROOT, 8, 0)) \
    X(root_meta, image_set(MAIN, TREE_ROOT, 8, 1)) \
    X(root_beyond, image_set(MAIN, TREE_ROOT, 8, last_page(image) + 1)) \
    X(root_huge, image_set(MAIN, TREE_ROOT, 8, UINT64_MAX - 1)) \
    X(root_gone, image_set(MAIN, TREE_ROOT, 8, NO_PAGE)) \
    X(root_of_another_tree, image_set(MAIN, TREE_ROOT, 8, image_get(FREE, TREE_ROOT, 8))) \
    X(depth_less, add(MAIN + TREE_DEPTH, 2, UINT64_MAX)) \
    X(depth_more, add(MAIN + TREE_DEPTH, 2, 1)) \
    X(depth_0, image_set(MAIN, TREE_DEPTH, 2, 0)) \
    X(depth_33, image_set(MAIN, TREE_DEPTH, 2, 33)) \
    X(depth_max, image_set(MAIN, TREE_DEPTH, 2, 65535)) \
    X(count_branches, add(MAIN + TREE_BRANCHES, 8, 1)) \
    X(count_leaves, add(MAIN + TREE_LEAVES, 8, 1)) \
    X(count_overflows, add(MAIN + TREE_OVERFLOWS, 8, 1)) \
    X(count_entries, add(MAIN + TREE_ENTRIES, 8, 1)) \
    X(count_entries_of_rows, add(ROWS + TREE_ENTRIES, 8, UINT64_MAX)) \
    X(count_overflows_of_rows, add(ROWS + TREE_OVERFLOWS, 8, 1)) \
    X(page_number, add(LEAF, 8, 1)) \
    X(page_flags_0, image_set(LEAF, PAGE_FLAGS_AT, 2, 0)) \
    X(page_flags_dirty, image_set(LEAF, PAGE_FLAGS_AT, 2, PAGE_LEAF | 0x10)) \
    X(page_flags_dupfixed, image_set(LEAF, PAGE_FLAGS_AT, 2, PAGE_LEAF | 0x20)) \
    X(page_flags_sub, image_set(LEAF, PAGE_FLAGS_AT, 2, PAGE_LEAF | 0x40)) \
    X(page_flags_branch, image_set(LEAF, PAGE_FLAGS_AT, 2, PAGE_BRANCH)) \
    X(page_flags_leaf, image_set(ROOT, PAGE_FLAGS_AT, 2, PAGE_LEAF)) \
    X(page_flags_overflow, image_set(LEAF, PAGE_FLAGS_AT, 2, PAGE_OVERFLOW)) \
    X(page_flags_meta, image_set(LEAF, PAGE_FLAGS_AT, 2, PAGE_META)) \
    X(lower_0, image_set(LEAF, PAGE_LOWER_AT, 2, 0)) \
    X(lower_empty, image_set(LEAF, PAGE_LOWER_AT, 2, PAGE_HEAD)) \
    X(lower_odd, add(LEAF + PAGE_LOWER_AT, 2, 1)) \
    X(lower_less, add(LEAF + PAGE_LOWER_AT, 2, UINT64_MAX - 1)) \
    X(lower_more, add(LEAF + PAGE_LOWER_AT, 2, 2)) \
    X(lower_above_upper, image_set(LEAF, PAGE_LOWER_AT, 2, image_get(LEAF, PAGE_UPPER_AT, 2) + 2)) \
    X(lower_max, image_set(LEAF, PAGE_LOWER_AT, 2, 65534)) \
    X(upper_beyond, image_set(LEAF, PAGE_UPPER_AT, 2, image->page_size + 2)) \
    X(upper_less, add(LEAF + PAGE_UPPER_AT, 2, UINT64_MAX - 1)) \
    X(upper_more, add(LEAF + PAGE_UPPER_AT, 2, 2)) \
    X(upper_0, image_set(LEAF, PAGE_UPPER_AT, 2, 0)) \
    X(pointer_beyond, image_set(LEAF, PAGE_HEAD + 4, 2, image->page_size)) \
    X(pointer_max, image_set(LEAF, PAGE_HEAD + 4, 2, 65534)) \
    X(pointer_at_the_end, image_set(LEAF, PAGE_HEAD + 4, 2, image->page_size - 4)) \
    X(pointer_odd, add(LEAF + PAGE_HEAD + 4, 2, 1)) \
    X(pointer_0, image_set(LEAF, PAGE_HEAD + 4, 2, 0)) \
    X(pointer_twice, image_set(LEAF, PAGE_HEAD + 4, 2, image_get(LEAF, PAGE_HEAD + 6, 2))) \
    X(pointers_swapped, swap_pointers(image)) \
    X(nodes_overlap, overlap_nodes(image)) \
    X(key_empty, image_set(NODE, NODE_KEY_LEN_AT, 2, 0)) \
    X(key_long, image_set(NODE, NODE_KEY_LEN_AT, 2, 512)) \
    X(key_max, image_set(NODE, NODE_KEY_LEN_AT, 2, 65535)) \
    X(key_out_of_order, node_key(NODE)[0] = 0xFF) \
    X(key_below_the_branch, \
      node_key(image_node(image_page(image, child_of(image_node(ROOT, 1))), 0))[0] = 0x01) \
    X(branch_key_too_high, node_key(image_node(ROOT, 1))[0] = 0xFF) \
    X(branch_key_too_low, node_key(image_node(ROOT, 1))[0] = 0x01) \
    X(value_long, add(NODE, 2, 2)) \
    X(value_short, add(NODE, 2, UINT64_MAX - 1)) \
    X(value_high, image_set(NODE, NODE_HIGH_AT, 2, 1)) \
    X(value_max, image_set(NODE, 0, 4, UINT32_MAX)) \
    X(node_dup, image_set(NODE, NODE_FLAGS_AT, 2, 0x04)) \
    X(node_unknown, image_set(NODE, NODE_FLAGS_AT, 2, 0x8000)) \
    X(node_big, image_set(NODE, NODE_FLAGS_AT, 2, NODE_BIG)) \
    X(node_sub_short, image_set(NODE, NODE_FLAGS_AT, 2, NODE_SUB)) \
    X(node_sub_and_big, image_set(NODE, NODE_FLAGS_AT, 2, NODE_SUB | NODE_BIG)) \
    X(node_sub_within_rows, \
      image_set(image_node(first_leaf(image, ROWS), 0), NODE_FLAGS_AT, 2, NODE_SUB)) \
    X(rows_dupsort, image_set(ROWS, TREE_FLAGS, 2, 0x04)) \
    X(rows_dupfixed, image_set(ROWS, TREE_FLAGS, 2, 0x10)) \
    X(rows_integer_keys, image_set(ROWS, TREE_FLAGS, 2, 0x08)) \
    X(rows_root_is_main, image_set(ROWS, TREE_ROOT, 8, image_get(MAIN, TREE_ROOT, 8))) \
    X(rows_root_gone, image_set(ROWS, TREE_ROOT, 8, NO_PAGE)) \
    X(rows_depth, add(ROWS + TREE_DEPTH, 2, 1)) \
    X(child_0, set_child(image_node(ROOT, 1), 0)) \
    X(child_beyond, set_child(image_node(ROOT, 1), last_page(image) + 1)) \
    X(child_high, set_child(image_node(ROOT, 1), UINT64_C(1) << 47)) \
    X(child_is_parent, set_child(image_node(ROOT, 1), image_get(MAIN, TREE_ROOT, 8))) \
    X(child_is_sibling, set_child(image_node(ROOT, 1), child_of(image_node(ROOT, 0)))) \
    X(child_of_rows, set_child(image_node(ROOT, 1), image_get(ROWS, TREE_ROOT, 8))) \
    X(child_is_free, set_child(image_node(ROOT, 1), image_get(free_list(image), 8, 8))) \
    X(one_child, image_set(ROOT, PAGE_LOWER_AT, 2, PAGE_HEAD + 2)) \
    X(big_page_0, image_set(node_value(BIG), 0, 8, 0)) \
    X(big_page_beyond, image_set(node_value(BIG), 0, 8, last_page(image) + 1)) \
    X(big_page_huge, image_set(node_value(BIG), 0, 8, UINT64_MAX)) \
    X(big_page_is_leaf, image_set(node_value(BIG), 0, 8, image_get(LEAF, 0, 8))) \
    X(big_too_long, image_set(BIG, 0, 4, 4 * (uint64_t)image->page_size)) \
    X(big_max, image_set(BIG, 0, 4, UINT32_MAX)) \
    X(big_page_beyond_the_file, add(image_meta(image) + META_LAST_PAGE, 8, 9); \
      image_set(node_value(BIG), 0, 8, last_page(image))) \
    X(run_number, add(overflow_page(image), 8, 1)) \
    X(run_flags, image_set(overflow_page(image), PAGE_FLAGS_AT, 2, PAGE_LEAF)) \
    X(run_0, image_set(overflow_page(image), PAGE_RUN_AT, 4, 0)) \
    X(run_longer, add(overflow_page(image) + PAGE_RUN_AT, 4, 1)) \
    X(run_max, image_set(overflow_page(image), PAGE_RUN_AT, 4, UINT32_MAX)) \
    X(free_count_more, add(free_list(image), 8, 1)) \
    X(free_count_less, add(free_list(image), 8, UINT64_MAX)) \
    X(free_count_max, image_set(free_list(image), 0, 8, UINT64_MAX)) \
    X(free_page_0, \
      image_set(free_list(image), 8 * (size_t)image_get(free_list(image), 0, 8), 8, 0)) \
    X(free_page_beyond, image_set(free_list(image), 8, 8, last_page(image) + 1)) \
    X(free_page_used, image_set(free_list(image), 8, 8, image_get(MAIN, TREE_ROOT, 8))) \
    X(free_page_twice, image_set(free_list(image), 8, 8, image_get(free_list(image), 16, 8))) \
    X(free_pages_swapped, swap_free_pages(image)) \
    X(free_key_short, image_set(image_node(first_leaf(image, FREE), 0), NODE_KEY_LEN_AT, 2, 4)) \
    X(free_value_odd, add(image_node(first_leaf(image, FREE), 0), 2, UINT64_MAX - 1)) \
    X(transaction_differs, add(image_meta(image) + META_TRANSACTION, 8, UINT64_MAX - 1)) \
    X(last_page_less, add(image_meta(image) + META_LAST_PAGE, 8, UINT64_MAX)) \
    X(last_page_more, add(image_meta(image) + META_LAST_PAGE, 8, 1)) \
    X(file_cut, image->len -= image->page_size) \
    X(file_cut_in_meta, image->len = image->page_size + 100) \
    X(file_empty, image->len = 0)
/* clang-format on */

#define DAMAGE_FUNCTION(name, code) \
    static void damage_##name(struct image *image) { code; }
DAMAGES(DAMAGE_FUNCTION)

#define DAMAGE_ROW(name, code) { #name, damage_##name },
static const struct {
    const char *name;
    void (*damage)(struct image *image);
} damages[] = { DAMAGES(DAMAGE_ROW) };

/* ---- cases ----------------------------------------------------------------------------------- */

static void test_clean_stores_pass(void **state) {
    (void)state;
    static const unsigned shapes[][2] = { { 0, 0 },   { 1, 0 },    { 0, 40 },    { 40, 0 },
                                          { 60, 80 }, { 2000, 0 }, { 100, 3000 } };
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        struct image image;
        image_make(&image, shapes[i][0], shapes[i][1]);
        assert_code(check(&image), 0);
        image_free(&image);
    }
}

/* The shapes above must reach every path of the check, or the damages below prove little. */
static void test_samples_have_all_kinds_of_pages(void **state) {
    (void)state;
    struct image image;
    image_make(&image, 60, 80);
    assert_true(image_get(main_tree(&image), TREE_BRANCHES, 8) > 0);
    assert_true(image_get(rows_tree(&image), TREE_BRANCHES, 8) > 0);
    assert_true(image_get(rows_tree(&image), TREE_OVERFLOWS, 8) > 0);
    assert_true(image_get(free_tree(&image), TREE_ENTRIES, 8) > 0);
    assert_true(image_get(free_list(&image), 0, 8) > 2);
    image_free(&image);
    image_make(&image, 100, 3000);
    /* a free list that is longer than a page */
    assert_true(image_get(free_tree(&image), TREE_OVERFLOWS, 8) > 0);
    image_free(&image);
}

static void test_every_damage_is_found(void **state) {
    (void)state;
    struct image clean;
    unsigned missed = 0;
    image_make(&clean, 60, 80);
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        struct image image = clean;
        image.bytes = malloc(clean.len);
        assert_non_null(image.bytes);
        memcpy(image.bytes, clean.bytes, clean.len);
        damages[i].damage(&image);
        image_put(&image);
        int rc = check(&image);
        free(image.bytes);
        if (rc == APITOKEN_E_DAMAGED) continue;
        print_error("%s: %s\n", damages[i].name, apitoken_error_name(rc));
        missed++;
    }
    image_free(&clean);
    assert_int_equal(missed, 0);
}

static void test_damage_in_a_long_free_list(void **state) {
    (void)state;
    struct image image;
    image_make(&image, 100, 3000);
    uint8_t *node = find_node(&image, root_of(&image, free_tree(&image)), NODE_BIG);
    assert_non_null(node);
    uint8_t *list = image_page(&image, image_get(node_value(node), 0, 8)) + PAGE_HEAD;
    uint64_t count = image_get(list, 0, 8), entry = count - 1, old = image_get(list, 8 * entry, 8);
    assert_true(8 * count > image.page_size);
    const uint64_t values[] = { 0,          1,
                                old + 1,    last_page(&image) + 1,
                                UINT64_MAX, image_get(main_tree(&image), TREE_ROOT, 8) };
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        image_set(list, 8 * entry, 8, values[i]);
        image_put(&image);
        assert_code(check(&image), APITOKEN_E_DAMAGED);
    }
    image_set(list, 8 * entry, 8, old);
    image_put(&image);
    assert_code(check(&image), 0);
    image_free(&image);
}

/*
 * The first node of the rows, with all of its key but one byte made part of its value: short, and
 * still in its order.
 */
static void test_a_key_of_one_byte(void **state) {
    (void)state;
    struct image image;
    image_make(&image, 40, 0);
    uint8_t *node = image_node(first_leaf(&image, rows_tree(&image)), 0);
    add(node, 2, image_get(node, NODE_KEY_LEN_AT, 2) - 1);
    image_set(node, NODE_KEY_LEN_AT, 2, 1);
    image_put(&image);
    assert_code(check(&image), 0);
    image_free(&image);
}

/* A tree without pages has no depth: a wrong one would be used by the first write. */
static void test_depth_of_an_empty_tree(void **state) {
    (void)state;
    struct image image;
    image_make(&image, 0, 0);
    assert_true(image_get(rows_tree(&image), TREE_ROOT, 8) == NO_PAGE);
    image_set(rows_tree(&image), TREE_DEPTH, 2, 31);
    image_put(&image);
    assert_code(check(&image), APITOKEN_E_DAMAGED);
    image_free(&image);
}

/* All adds up, but LMDB aborts the process when it meets a branch that has a single child. */
static void test_a_branch_with_one_child(void **state) {
    (void)state;
    struct image image;
    image_make(&image, 1, 0);
    uint8_t *bytes = realloc(image.bytes, image.len + image.page_size);
    assert_non_null(bytes);
    image.bytes = bytes;
    memset(bytes + image.len, 0, image.page_size);
    uint64_t child = image_get(main_tree(&image), TREE_ROOT, 8),
             added = image.len / image.page_size;
    image.len += image.page_size;
    uint8_t *page = image_page(&image, added);
    image_set(page, PAGE_NUMBER_AT, 8, added);
    image_set(page, PAGE_FLAGS_AT, 2, PAGE_BRANCH);
    image_set(page, PAGE_LOWER_AT, 2, PAGE_HEAD + 2);
    image_set(page, PAGE_UPPER_AT, 2, image.page_size - NODE_HEAD);
    image_set(page, PAGE_HEAD, 2, image.page_size - NODE_HEAD);
    set_child(image_node(page, 0), child);
    image_set(image_meta(&image), META_LAST_PAGE, 8, added);
    image_set(main_tree(&image), TREE_ROOT, 8, added);
    image_set(main_tree(&image), TREE_DEPTH, 2, 2);
    image_set(main_tree(&image), TREE_BRANCHES, 8, 1);
    image_put(&image);
    assert_code(check(&image), APITOKEN_E_DAMAGED);
    image_free(&image);
}

static void test_a_snapshot_that_is_no_longer_there(void **state) {
    (void)state;
    struct image image;
    image_make(&image, 40, 0);
    bool is_overwritten = false;
    assert_code(atk_structure_check(image.fd, image.transaction - 2, &is_overwritten, NULL), 0);
    assert_true(is_overwritten);
    assert_code(atk_structure_check(image.fd, image.transaction + 2, &is_overwritten, NULL),
                APITOKEN_E_DAMAGED);
    assert_false(is_overwritten);
    image_free(&image);
}

static void test_what_cannot_be_read(void **state) {
    (void)state;
    bool is_overwritten;
    assert_code(atk_structure_check(-1, 2, &is_overwritten, NULL), APITOKEN_E_DAMAGED);
}

/* ---- damages by chance ----------------------------------------------------------------------- */

static uint64_t draw(uint64_t *random, uint64_t below) {
    *random = *random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (*random >> 33) % below;
}

static void damage_at_random(struct image *image, uint64_t *random) {
    uint64_t pages = image->len / image->page_size, kind = draw(random, 6);
    uint8_t *page = image_page(image, draw(random, pages)),
            *other = image_page(image, draw(random, pages));
    switch (kind) {
    case 0: memset(page, 0, image->page_size); break;
    case 1: memset(page, 0xFF, image->page_size); break;
    case 2: memcpy(page, other, image->page_size); break;
    /* heads and pointers */
    case 3: image_set(page, 2 * draw(random, 40), 2, draw(random, 65536)); break;
    case 4: page[draw(random, image->page_size)] = (uint8_t)draw(random, 256); break;
    default: page[draw(random, image->page_size)] ^= (uint8_t)(1u << draw(random, 8)); break;
    }
}

/*
 * The check may pass over a change in a value, which the records' tags find. It must never crash,
 * hang or say anything else.
 */
static void test_random_damage_never_crashes(void **state) {
    (void)state;
    struct image clean, image;
    uint64_t random = 20260101;
    unsigned found = 0;
    image_make(&clean, 60, 80);
    image = clean;
    image.bytes = malloc(clean.len);
    assert_non_null(image.bytes);
    for (int i = 0; i < 4000; i++) {
        memcpy(image.bytes, clean.bytes, clean.len);
        for (uint64_t n = draw(&random, 3) + 1; n > 0; n--) damage_at_random(&image, &random);
        image_put(&image);
        int rc = check(&image);
        assert_true(rc == 0 || rc == 1 || rc == APITOKEN_E_DAMAGED);
        found += rc == APITOKEN_E_DAMAGED;
    }
    assert_true(found > 1000);
    free(image.bytes);
    image_free(&clean);
}

/* Each bit of what LMDB would follow: heads and pointers of every page in use. */
static void test_every_bit_of_a_head(void **state) {
    (void)state;
    struct image image;
    image_make(&image, 40, 0);
    uint8_t *leaf = first_leaf(&image, main_tree(&image)),
            *root = root_of(&image, main_tree(&image));
    uint8_t *const heads[] = { leaf, root };
    for (size_t h = 0; h < 2; h++) {
        for (size_t bit = 0; bit < 8 * (PAGE_HEAD + 2 * (size_t)image_count(heads[h])); bit++) {
            heads[h][bit / 8] ^= (uint8_t)(1u << bit % 8);
            image_put(&image);
            int is_pad = bit / 8 == 8 || bit / 8 == 9; /* of DUPFIXED pages */
            heads[h][bit / 8] ^= (uint8_t)(1u << bit % 8);
            assert_code(check(&image), is_pad ? 0 : APITOKEN_E_DAMAGED);
        }
    }
    image_free(&image);
}

/* The pad of a page's head, which LMDB leaves as it was. */
static void test_a_pad_is_not_judged(void **state) {
    (void)state;
    struct image image;
    image_make(&image, 60, 80);
    for (uint64_t i = 2; i <= last_page(&image); i++) {
        uint8_t *page = image_page(&image, i);
        if (image_get(page, PAGE_NUMBER_AT, 8) == i) image_set(page, 8, 2, 0xFFFF);
    }
    image_put(&image);
    assert_code(check(&image), 0);
    image_free(&image);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clean_stores_pass),
        cmocka_unit_test(test_samples_have_all_kinds_of_pages),
        cmocka_unit_test(test_every_damage_is_found),
        cmocka_unit_test(test_damage_in_a_long_free_list),
        cmocka_unit_test(test_a_key_of_one_byte),
        cmocka_unit_test(test_depth_of_an_empty_tree),
        cmocka_unit_test(test_a_branch_with_one_child),
        cmocka_unit_test(test_a_snapshot_that_is_no_longer_there),
        cmocka_unit_test(test_what_cannot_be_read),
        cmocka_unit_test(test_a_pad_is_not_judged),
        cmocka_unit_test(test_random_damage_never_crashes),
        cmocka_unit_test(test_every_bit_of_a_head),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
