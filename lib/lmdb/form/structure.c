/* SPDX-License-Identifier: MIT */
#include "lmdb/form/structure.h"

#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/error.h"
#include "lmdb/form/meta.h"
#include "lmdb/form/pages.h"

#define DEPTH_MAX 32 /* LMDB's own limit: CURSOR_STACK */
#define KEY_MAX 511

enum tree_kind { TREE_FREE, TREE_MAIN, TREE_NAMED };

struct check {
    int fd;
    uint32_t page_size;
    uint64_t last_page;
    uint8_t *seen;    /* a bit a page */
    uint8_t *buffers; /* a page for each level of each of two nested trees, and one for values */
    /* for each level: size of the node that begins at this half-word of the page */
    uint16_t *tiles;
    const char *fault;
    uint64_t fault_page;
};

/* A tree under way: what was counted, and the key that the next one must exceed. */
struct walk {
    struct check *check;
    enum tree_kind kind;
    struct atk_tree counted;
    uint16_t depth;
    unsigned first_buffer;
    int has_bound, bound_may_equal;
    size_t bound_len;
    uint8_t bound[KEY_MAX];
};

static int walk_tree(struct check *c, const struct atk_tree *tree, enum tree_kind kind,
                     unsigned first_buffer);

static int fault(struct check *c, uint64_t page, const char *what) {
    if (!c->fault) {
        c->fault = what;
        c->fault_page = page;
    }
    return 0;
}

static int read_page(struct check *c, uint64_t page, uint8_t *out) {
    off_t at = (off_t)(page * c->page_size);
    return pread(c->fd, out, c->page_size, at) == (ssize_t)c->page_size
               ? 1
               : fault(c, page, "a page cannot be read");
}

/* Notes pages as belonging somewhere; each may only once. */
static int claim(struct check *c, uint64_t page, uint64_t run) {
    if (page < 2 || run < 1 || page > c->last_page || run > c->last_page - page + 1)
        return fault(c, page, "a page number is out of range");
    for (uint64_t p = page; p < page + run; p++) {
        if (c->seen[p / 8] >> (p % 8) & 1) return fault(c, p, "a page belongs to two places");
        c->seen[p / 8] = (uint8_t)(c->seen[p / 8] | 1u << (p % 8));
    }
    return 1;
}

static int compare(enum tree_kind kind, const uint8_t *a, size_t a_len, const uint8_t *b,
                   size_t b_len) {
    if (kind == TREE_FREE) {
        uint64_t x = page_uint(a, 0, 8), y = page_uint(b, 0, 8);
        return x < y ? -1 : x > y;
    }
    int order = memcmp(a, b, a_len < b_len ? a_len : b_len);
    return order ? order : a_len < b_len ? -1 : a_len > b_len;
}

/* The next key in the order of the tree. A branch's key may equal the first key below it. */
static int advance(struct walk *w, uint64_t page, const uint8_t *key, size_t len,
                   int may_equal_next) {
    if (len < 1 || len > KEY_MAX || (w->kind == TREE_FREE && len != 8))
        return fault(w->check, page, "a key has a wrong length");
    if (w->has_bound) {
        int order = compare(w->kind, key, len, w->bound, w->bound_len);
        if (order < 0 || (order == 0 && !w->bound_may_equal))
            return fault(w->check, page, "keys are out of order");
    }
    memcpy(w->bound, key, len);
    w->bound_len = len;
    w->has_bound = 1;
    w->bound_may_equal = may_equal_next;
    return 1;
}

/* A free tree's value: a count, then so many page numbers, descending. */
static int claim_free(struct check *c, uint64_t page, uint64_t value_page, const uint8_t *value,
                      uint64_t len) {
    uint8_t *buffer = c->buffers + 2 * DEPTH_MAX * (size_t)c->page_size;
    uint64_t count = 0, previous = NO_PAGE;
    if (len < 8 || len % 8 != 0) return fault(c, page, "a free list has a wrong length");
    for (uint64_t i = 0, in_page = NO_PAGE; i < len / 8; i++) {
        const uint8_t *at = value ? value + i * 8 : NULL;
        if (!at) { /* on overflow pages: values follow the first page's head without a break */
            uint64_t offset = PAGE_HEAD + i * 8;
            if (offset / c->page_size != in_page) {
                in_page = offset / c->page_size;
                if (!read_page(c, value_page + in_page, buffer)) return 0;
            }
            at = buffer + offset % c->page_size;
        }
        uint64_t number = page_uint(at, 0, 8);
        if (i == 0) {
            count = number;
            if (count > len / 8 - 1) return fault(c, page, "a free list is longer than its record");
            continue;
        }
        if (i > count) break;
        if (number >= previous) return fault(c, page, "a free list is out of order");
        if (!claim(c, number, 1)) return 0;
        previous = number;
    }
    return 1;
}

/* A leaf's value on overflow pages. */
static int claim_overflow(struct walk *w, uint64_t first, uint64_t len) {
    struct check *c = w->check;
    uint8_t head[PAGE_HEAD];
    uint64_t needed = (PAGE_HEAD - 1 + len) / c->page_size + 1;
    if (first < 2 || first > c->last_page) return fault(c, first, "a page number is out of range");
    if (pread(c->fd, head, sizeof head, (off_t)(first * c->page_size)) != (ssize_t)sizeof head)
        return fault(c, first, "a page cannot be read");
    uint64_t run = page_uint(head, PAGE_RUN_AT, 4);
    if (page_uint(head, PAGE_NUMBER_AT, 8) != first ||
        page_uint(head, PAGE_FLAGS_AT, 2) != PAGE_OVERFLOW || run < needed)
        return fault(c, first, "an overflow page has a wrong head");
    w->counted.overflows += run;
    return claim(c, first, run);
}

static int leaf_value(struct walk *w, uint64_t page, unsigned flags, const uint8_t *data,
                      uint64_t len) {
    struct check *c = w->check;
    uint64_t big = flags & NODE_BIG ? page_uint(data, 0, 8) : NO_PAGE;
    if (flags & NODE_BIG && !claim_overflow(w, big, len)) return 0;
    if (w->kind == TREE_FREE) return claim_free(c, page, big, flags & NODE_BIG ? NULL : data, len);
    if (!(flags & NODE_SUB)) return 1;
    if (w->kind != TREE_MAIN || len != DB_LEN)
        return fault(c, page, "a tree stands where none is due");
    struct atk_tree tree = atk_tree_read(data);
    return walk_tree(c, &tree, TREE_NAMED, DEPTH_MAX);
}

static int leaf_node(struct walk *w, uint64_t page, const uint8_t *node, size_t room,
                     size_t *ret_size) {
    struct check *c = w->check;
    unsigned flags = (unsigned)page_uint(node, NODE_FLAGS_AT, 2);
    size_t key_len = page_uint(node, NODE_KEY_LEN_AT, 2);
    uint64_t len = page_uint(node, NODE_LOW_AT, 2) | page_uint(node, NODE_HIGH_AT, 2) << 16;
    if (flags != 0 && flags != NODE_BIG && flags != NODE_SUB)
        return fault(c, page, "a node has unknown flags");
    uint64_t size = NODE_HEAD + key_len + (flags & NODE_BIG ? 8 : len);
    if (size > room) return fault(c, page, "a node leaves its page");
    *ret_size = (size_t)size;
    w->counted.entries++;
    if (!advance(w, page, node + NODE_HEAD, key_len, 0)) return 0;
    return leaf_value(w, page, flags, node + NODE_HEAD + key_len, len);
}

static int walk_page(struct walk *w, uint64_t page, unsigned level);

static int branch_node(struct walk *w, uint64_t page, unsigned i, const uint8_t *node, size_t room,
                       unsigned level, size_t *ret_size) {
    size_t key_len = page_uint(node, NODE_KEY_LEN_AT, 2);
    uint64_t child = page_uint(node, NODE_LOW_AT, 2) | page_uint(node, NODE_HIGH_AT, 2) << 16 |
                     page_uint(node, NODE_FLAGS_AT, 2) << 32;
    if (NODE_HEAD + key_len > room) return fault(w->check, page, "a node leaves its page");
    *ret_size = NODE_HEAD + key_len;
    /* LMDB never looks at the first key of a branch */
    if (i > 0 && !advance(w, page, node + NODE_HEAD, key_len, 1)) return 0;
    return walk_page(w, child, level + 1);
}

/* From the page's upper bound to its end one node follows the other. */
static int is_tiled(const struct check *c, const uint16_t *tiles, size_t upper) {
    size_t at = upper;
    while (at < c->page_size && tiles[at / 2]) at += tiles[at / 2];
    return at == c->page_size;
}

/* The nodes of a page: within it, none over another, in order. */
static int walk_nodes(struct walk *w, uint64_t page, const uint8_t *bytes, unsigned level) {
    struct check *c = w->check;
    unsigned is_leaf = page_uint(bytes, PAGE_FLAGS_AT, 2) == PAGE_LEAF;
    size_t lower = page_uint(bytes, PAGE_LOWER_AT, 2), upper = page_uint(bytes, PAGE_UPPER_AT, 2),
           used = 0;
    if (lower < PAGE_HEAD + 2 || lower % 2 || lower > upper || upper % 2 || upper > c->page_size)
        return fault(c, page, "a page has wrong bounds");
    unsigned count = (unsigned)(lower - PAGE_HEAD) / 2;
    if (!is_leaf && count < 2) return fault(c, page, "a branch has one child");
    uint16_t *tiles = c->tiles + (size_t)(w->first_buffer + level) * c->page_size / 2;
    memset(tiles, 0, c->page_size);
    for (unsigned i = 0; i < count; i++) {
        size_t at = page_uint(bytes, PAGE_HEAD + 2 * (size_t)i, 2), size = 0;
        if (at < upper || at % 2 || at + NODE_HEAD > c->page_size)
            return fault(c, page, "a node leaves its page");
        int good = is_leaf ? leaf_node(w, page, bytes + at, c->page_size - at, &size)
                           : branch_node(w, page, i, bytes + at, c->page_size - at, level, &size);
        if (!good) return 0;
        tiles[at / 2] = (uint16_t)((size + 1) & ~(size_t)1);
        used += tiles[at / 2];
    }
    return used == c->page_size - upper && is_tiled(c, tiles, upper)
               ? 1
               : fault(c, page, "nodes overlap or leave a gap");
}

static int walk_page(struct walk *w, uint64_t page, unsigned level) {
    struct check *c = w->check;
    if (level >= w->depth) return fault(c, page, "a tree is deeper than it says");
    if (!claim(c, page, 1)) return 0;
    uint8_t *bytes = c->buffers + (size_t)(w->first_buffer + level) * c->page_size;
    if (!read_page(c, page, bytes)) return 0;
    unsigned flags = (unsigned)page_uint(bytes, PAGE_FLAGS_AT, 2);
    unsigned due = level + 1u == w->depth ? PAGE_LEAF : PAGE_BRANCH;
    if (page_uint(bytes, PAGE_NUMBER_AT, 8) != page || flags != due)
        return fault(c, page, "a page has a wrong head");
    if (due == PAGE_LEAF)
        w->counted.leaves++;
    else
        w->counted.branches++;
    return walk_nodes(w, page, bytes, level);
}

static int walk_tree(struct check *c, const struct atk_tree *tree, enum tree_kind kind,
                     unsigned first_buffer) {
    struct walk w = {
        .check = c, .kind = kind, .depth = tree->depth, .first_buffer = first_buffer
    };
    if (tree->depth > DEPTH_MAX) return fault(c, tree->root, "a tree is too deep");
    if (kind == TREE_NAMED && tree->flags != 0)
        return fault(c, tree->root, "a tree has unknown flags");
    if ((tree->root == NO_PAGE) != (tree->depth == 0))
        return fault(c, tree->root, "a tree has a root without a depth, or a depth without a root");
    if (tree->root != NO_PAGE && !walk_page(&w, tree->root, 0)) return 0;
    if (w.counted.branches != tree->branches || w.counted.leaves != tree->leaves ||
        w.counted.overflows != tree->overflows || w.counted.entries != tree->entries)
        return fault(c, tree->root, "a tree has other counts than it says");
    return 1;
}

static int all_seen(struct check *c) {
    for (uint64_t p = 2; p <= c->last_page; p++)
        if (!(c->seen[p / 8] >> (p % 8) & 1)) return fault(c, p, "a page belongs nowhere");
    return 1;
}

static int check_snapshot(struct check *c, const struct atk_meta *meta, apitoken_error *err) {
    int good = walk_tree(c, &meta->free, TREE_FREE, 0) && walk_tree(c, &meta->main, TREE_MAIN, 0) &&
               all_seen(c);
    if (good) return 0;
    return atk_fail(err, APITOKEN_E_DAMAGED, "%s is damaged at page %llu: %s", ATK_DATA_FILE,
                    (unsigned long long)c->fault_page, c->fault);
}

int atk_structure_check(int fd, uint64_t transaction, apitoken_error *err) {
    struct atk_meta metas[2];
    struct check c = { .fd = fd };
    if (!atk_meta_read_both(fd, metas, &c.page_size))
        return atk_fail(err, APITOKEN_E_DAMAGED, "%s has no meta pages", ATK_DATA_FILE);
    const struct atk_meta *meta = &metas[transaction % 2];
    if (meta->transaction > transaction) return 1;
    if (meta->transaction != transaction)
        return atk_fail(err, APITOKEN_E_DAMAGED, "the snapshot's meta page is damaged");
    c.last_page = meta->last_page;
    c.seen = calloc(c.last_page / 8 + 1, 1);
    c.buffers = malloc((2 * DEPTH_MAX + 1) * (size_t)c.page_size);
    c.tiles = malloc(2 * DEPTH_MAX * (size_t)c.page_size);
    int rc = c.seen && c.buffers && c.tiles ? check_snapshot(&c, meta, err)
                                            : atk_fail(err, APITOKEN_E_NOMEM, NULL);
    free(c.seen);
    free(c.buffers);
    free(c.tiles);
    return rc;
}
