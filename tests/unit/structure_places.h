/* SPDX-License-Identifier: MIT */
/* Where things stand in an image, for the tests of the structure check. Pointers into its bytes. */
#ifndef STRUCTURE_PLACES_H
#define STRUCTURE_PLACES_H

#include <stdio.h>
#include <string.h>

#include "image.h"
#include "lmdb/form/pages.h"
#include "lmdb/form/structure.h"
#include "samples.h"

/* Places in a meta page, behind the page's head, and in a tree's head. */
#define META_FREE 24
#define META_MAIN (META_FREE + DB_LEN)
#define META_LAST_PAGE (META_MAIN + DB_LEN)
#define META_TRANSACTION (META_LAST_PAGE + 8)
#define TREE_FLAGS 4
#define TREE_DEPTH 6
#define TREE_BRANCHES 8
#define TREE_LEAVES 16
#define TREE_OVERFLOWS 24
#define TREE_ENTRIES 32
#define TREE_ROOT 40

/* What is found in the pages is told with its page and why. */
static inline int check(const struct image *image) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    bool is_overwritten = true;
    int rc = atk_structure_check(image->fd, image->transaction, &is_overwritten, &err);
    assert_false(is_overwritten);
    unsigned long long page;
    if (rc == APITOKEN_E_DAMAGED &&
        sscanf(err.text, "data.mdb is damaged at page %llu", &page) == 1) {
        assert_null(strstr(err.text, "(null)"));
        assert_true(strlen(strrchr(err.text, ':')) > strlen(": a page"));
    }
    return rc;
}

static inline uint8_t *main_tree(const struct image *image) {
    return image_meta(image) + META_MAIN;
}
static inline uint8_t *free_tree(const struct image *image) {
    return image_meta(image) + META_FREE;
}

static inline uint8_t *root_of(const struct image *image, const uint8_t *tree) {
    return image_page(image, image_get(tree, TREE_ROOT, 8));
}

static inline uint64_t child_of(const uint8_t *node) {
    return image_get(node, 0, 4) | image_get(node, NODE_FLAGS_AT, 2) << 32;
}

static inline void set_child(uint8_t *node, uint64_t page) {
    image_set(node, 0, 4, page);
    image_set(node, NODE_FLAGS_AT, 2, page >> 32);
}

static inline int is_branch(const uint8_t *page) {
    return image_get(page, PAGE_FLAGS_AT, 2) == PAGE_BRANCH;
}

static inline uint8_t *first_leaf(const struct image *image, const uint8_t *tree) {
    uint8_t *page = root_of(image, tree);
    while (is_branch(page)) page = image_page(image, child_of(image_node(page, 0)));
    return page;
}

static inline uint8_t *node_key(uint8_t *node) { return node + NODE_HEAD; }
static inline uint8_t *node_value(uint8_t *node) {
    return node + NODE_HEAD + image_get(node, NODE_KEY_LEN_AT, 2);
}

/* The first node with such flags on the leaves below. NULL: none. */
static inline uint8_t *find_node(const struct image *image, uint8_t *page, unsigned flags) {
    for (unsigned i = 0; i < image_count(page); i++) {
        uint8_t *node = image_node(page, i);
        uint8_t *found =
            is_branch(page) ? find_node(image, image_page(image, child_of(node)), flags) : NULL;
        if (found) return found;
        if (!is_branch(page) && image_get(node, NODE_FLAGS_AT, 2) == flags) return node;
    }
    return NULL;
}

static inline uint8_t *rows_tree(const struct image *image) {
    uint8_t *node = find_node(image, root_of(image, main_tree(image)), NODE_SUB);
    assert_non_null(node);
    return node_value(node);
}

static inline uint8_t *big_node(const struct image *image) {
    uint8_t *node = find_node(image, root_of(image, rows_tree(image)), NODE_BIG);
    assert_non_null(node);
    return node;
}

static inline uint8_t *overflow_page(const struct image *image) {
    return image_page(image, image_get(node_value(big_node(image)), 0, 8));
}

static inline uint8_t *free_list(const struct image *image) {
    return node_value(image_node(first_leaf(image, free_tree(image)), 0));
}

static inline void add(uint8_t *at, size_t width, uint64_t amount) {
    image_set(at, 0, width, image_get(at, 0, width) + amount);
}

static inline uint64_t last_page(const struct image *image) {
    return image_get(image_meta(image), META_LAST_PAGE, 8);
}

static inline void move_page(const struct image *image, uint64_t from, uint64_t to) {
    memcpy(image_page(image, to), image_page(image, from), image->page_size);
    image_set(image_page(image, to), PAGE_NUMBER_AT, 8, to);
}

static inline void drop_last_page(struct image *image) {
    add(image_meta(image) + META_LAST_PAGE, 8, UINT64_MAX);
    image->len -= image->page_size;
}

/* Makes the free tree one record of these pages, on its one page. */
static inline void set_free_list(struct image *image, const uint64_t *pages, size_t count) {
    uint8_t *page = root_of(image, free_tree(image));
    size_t at = image->page_size - NODE_HEAD - 8 - 8 * (count + 1);
    uint8_t *node = page + at;
    assert_true(image_count(page) == 1);
    memset(page + PAGE_HEAD, 0, image->page_size - PAGE_HEAD);
    image_set(page, PAGE_UPPER_AT, 2, at);
    image_set(page, PAGE_HEAD, 2, at);
    image_set(node, 0, 4, 8 * (count + 1));
    image_set(node, NODE_KEY_LEN_AT, 2, 8);
    image_set(node_key(node), 0, 8, 1);
    image_set(node_value(node), 0, 8, count);
    for (size_t i = 0; i < count; i++) image_set(node_value(node), 8 * (i + 1), 8, pages[i]);
}

#endif
