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

struct snapshot {
    int fd;
    uint32_t page_size;
    uint64_t last_page;
    uint8_t *seen;    /* a bit per page */
    uint8_t *buffers; /* a page per level of each of two nested trees, and one for values */
    /* per level: sizes of the nodes, each at the index of the half-word where the node begins */
    uint16_t *tiles;
    const char *fault;
    uint64_t fault_page;
};

/* A walk through a tree: what it has counted, and the key that the next key must exceed. */
struct tree_walk {
    struct snapshot *snapshot;
    enum tree_kind kind;
    struct atk_tree counted;
    uint16_t depth;
    unsigned first_buffer;
    bool has_bound, may_equal_bound;
    size_t bound_len;
    uint8_t bound[KEY_MAX];
};

static bool walk_tree(struct snapshot *s, const struct atk_tree *tree, enum tree_kind kind,
                      unsigned first_buffer);

static bool note_fault(struct snapshot *s, uint64_t page, const char *what) {
    if (!s->fault) {
        s->fault = what;
        s->fault_page = page;
    }
    return false;
}

static bool read_page(struct snapshot *s, uint64_t page, uint8_t *out) {
    off_t at = (off_t)(page * s->page_size);
    return pread(s->fd, out, s->page_size, at) == (ssize_t)s->page_size
               ? true
               : note_fault(s, page, "a page cannot be read");
}

/* Notes that pages belong somewhere; each page may do so once. */
static bool claim_pages(struct snapshot *s, uint64_t page, uint64_t run) {
    if (page < 2 || run < 1 || page > s->last_page || run > s->last_page - page + 1)
        return note_fault(s, page, "a page number is out of range");
    for (uint64_t p = page; p < page + run; p++) {
        if (s->seen[p / 8] >> (p % 8) & 1) return note_fault(s, p, "a page is used twice");
        s->seen[p / 8] = (uint8_t)(s->seen[p / 8] | 1u << (p % 8));
    }
    return true;
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

/* Checks the next key of a tree. A branch's key may be equal to the first key below it. */
static bool check_key(struct tree_walk *w, uint64_t page, const uint8_t *key, size_t len,
                      bool may_equal_next) {
    if (len < 1 || len > KEY_MAX || (w->kind == TREE_FREE && len != 8))
        return note_fault(w->snapshot, page, "a key has a wrong length");
    if (w->has_bound) {
        int order = compare(w->kind, key, len, w->bound, w->bound_len);
        if (order < 0 || (order == 0 && !w->may_equal_bound))
            return note_fault(w->snapshot, page, "keys are out of order");
    }
    memcpy(w->bound, key, len);
    w->bound_len = len;
    w->has_bound = true;
    w->may_equal_bound = may_equal_next;
    return true;
}

/* A value of the free tree: a count, and as many page numbers in descending order. */
static bool claim_free_pages(struct snapshot *s, uint64_t page, uint64_t value_page,
                             const uint8_t *value, uint64_t len) {
    uint8_t *buffer = s->buffers + 2 * DEPTH_MAX * (size_t)s->page_size;
    uint64_t count = 0, previous = NO_PAGE;
    if (len < 8 || len % 8 != 0) return note_fault(s, page, "a free list has a wrong length");
    for (uint64_t i = 0, in_page = NO_PAGE; i < len / 8; i++) {
        const uint8_t *at = value ? value + i * 8 : NULL;
        if (!at) { /* on overflow pages, where a value has no gaps between pages */
            uint64_t offset = PAGE_HEAD + i * 8;
            if (offset / s->page_size != in_page) {
                in_page = offset / s->page_size;
                if (!read_page(s, value_page + in_page, buffer)) return false;
            }
            at = buffer + offset % s->page_size;
        }
        uint64_t number = page_uint(at, 0, 8);
        if (i == 0) {
            count = number;
            if (count > len / 8 - 1)
                return note_fault(s, page, "a free list is longer than its record");
            continue;
        }
        if (i > count) break;
        if (number >= previous) return note_fault(s, page, "a free list is out of order");
        if (!claim_pages(s, number, 1)) return false;
        previous = number;
    }
    return true;
}

/* A leaf's value on overflow pages. */
static bool claim_overflow_pages(struct tree_walk *w, uint64_t first, uint64_t len) {
    struct snapshot *s = w->snapshot;
    uint8_t head[PAGE_HEAD];
    uint64_t needed = (PAGE_HEAD - 1 + len) / s->page_size + 1;
    if (first < 2 || first > s->last_page)
        return note_fault(s, first, "a page number is out of range");
    if (pread(s->fd, head, sizeof head, (off_t)(first * s->page_size)) != (ssize_t)sizeof head)
        return note_fault(s, first, "a page cannot be read");
    uint64_t run = page_uint(head, PAGE_RUN_AT, 4);
    if (page_uint(head, PAGE_NUMBER_AT, 8) != first ||
        page_uint(head, PAGE_FLAGS_AT, 2) != PAGE_OVERFLOW || run < needed)
        return note_fault(s, first, "an overflow page has a wrong header");
    w->counted.overflows += run;
    return claim_pages(s, first, run);
}

static bool check_leaf_value(struct tree_walk *w, uint64_t page, unsigned flags,
                             const uint8_t *data, uint64_t len) {
    struct snapshot *s = w->snapshot;
    uint64_t big = flags & NODE_BIG ? page_uint(data, 0, 8) : NO_PAGE;
    if (flags & NODE_BIG && !claim_overflow_pages(w, big, len)) return false;
    if (w->kind == TREE_FREE)
        return claim_free_pages(s, page, big, flags & NODE_BIG ? NULL : data, len);
    if (!(flags & NODE_SUB)) return true;
    if (w->kind != TREE_MAIN || len != DB_LEN)
        return note_fault(s, page, "a tree is in a place where none is expected");
    struct atk_tree tree = atk_tree_read(data);
    return walk_tree(s, &tree, TREE_NAMED, DEPTH_MAX);
}

static bool check_leaf_node(struct tree_walk *w, uint64_t page, const uint8_t *node, size_t room,
                            size_t *ret_size) {
    struct snapshot *s = w->snapshot;
    unsigned flags = (unsigned)page_uint(node, NODE_FLAGS_AT, 2);
    size_t key_len = page_uint(node, NODE_KEY_LEN_AT, 2);
    uint64_t len = page_uint(node, NODE_LOW_AT, 2) | page_uint(node, NODE_HIGH_AT, 2) << 16;
    if (flags != 0 && flags != NODE_BIG && flags != NODE_SUB)
        return note_fault(s, page, "a node has unknown flags");
    uint64_t size = NODE_HEAD + key_len + (flags & NODE_BIG ? 8 : len);
    if (size > room) return note_fault(s, page, "a node extends beyond its page");
    *ret_size = (size_t)size;
    w->counted.entries++;
    if (!check_key(w, page, node + NODE_HEAD, key_len, false)) return false;
    return check_leaf_value(w, page, flags, node + NODE_HEAD + key_len, len);
}

static bool walk_page(struct tree_walk *w, uint64_t page, unsigned level);

static bool check_branch_node(struct tree_walk *w, uint64_t page, unsigned i, const uint8_t *node,
                              size_t room, size_t *ret_size) {
    size_t key_len = page_uint(node, NODE_KEY_LEN_AT, 2);
    if (NODE_HEAD + key_len > room)
        return note_fault(w->snapshot, page, "a node extends beyond its page");
    *ret_size = NODE_HEAD + key_len;
    /* LMDB never reads the first key of a branch */
    return i == 0 || check_key(w, page, node + NODE_HEAD, key_len, true);
}

static uint64_t child_of(const uint8_t *node) {
    return page_uint(node, NODE_LOW_AT, 2) | page_uint(node, NODE_HIGH_AT, 2) << 16 |
           page_uint(node, NODE_FLAGS_AT, 2) << 32;
}

/* From the page's upper bound to its end, nodes follow each other without gaps. */
static bool is_tiled(const struct snapshot *s, const uint16_t *tiles, size_t upper) {
    size_t at = upper;
    while (at < s->page_size && tiles[at / 2]) at += tiles[at / 2];
    return at == s->page_size;
}

/* Checks the nodes of a page: all within it, no overlaps, keys in order. */
static bool check_nodes(struct tree_walk *w, uint64_t page, const uint8_t *bytes, unsigned level) {
    struct snapshot *s = w->snapshot;
    const bool is_leaf = page_uint(bytes, PAGE_FLAGS_AT, 2) == PAGE_LEAF;
    size_t lower = page_uint(bytes, PAGE_LOWER_AT, 2), upper = page_uint(bytes, PAGE_UPPER_AT, 2),
           used = 0;
    if (lower < PAGE_HEAD + 2 || lower % 2 || lower > upper || upper % 2 || upper > s->page_size)
        return note_fault(s, page, "a page has wrong bounds");
    unsigned count = (unsigned)(lower - PAGE_HEAD) / 2;
    if (!is_leaf && count < 2) return note_fault(s, page, "a branch page has only one child");
    uint16_t *tiles = s->tiles + (size_t)(w->first_buffer + level) * s->page_size / 2;
    memset(tiles, 0, s->page_size);
    for (unsigned i = 0; i < count; i++) {
        size_t at = page_uint(bytes, PAGE_HEAD + 2 * (size_t)i, 2), size = 0;
        if (at < upper || at % 2 || at + NODE_HEAD > s->page_size)
            return note_fault(s, page, "a node extends beyond its page");
        const uint8_t *node = bytes + at;
        const size_t room = s->page_size - at;
        if (is_leaf && !check_leaf_node(w, page, node, room, &size)) return false;
        if (!is_leaf && !check_branch_node(w, page, i, node, room, &size)) return false;
        if (!is_leaf && !walk_page(w, child_of(node), level + 1)) return false;
        tiles[at / 2] = (uint16_t)((size + 1) & ~(size_t)1);
        used += tiles[at / 2];
    }
    return used == s->page_size - upper && is_tiled(s, tiles, upper)
               ? true
               : note_fault(s, page, "nodes overlap or leave a gap");
}

static bool walk_page(struct tree_walk *w, uint64_t page, unsigned level) {
    struct snapshot *s = w->snapshot;
    if (level >= w->depth) return note_fault(s, page, "a tree is deeper than recorded");
    if (!claim_pages(s, page, 1)) return false;
    uint8_t *bytes = s->buffers + (size_t)(w->first_buffer + level) * s->page_size;
    if (!read_page(s, page, bytes)) return false;
    unsigned flags = (unsigned)page_uint(bytes, PAGE_FLAGS_AT, 2);
    unsigned due = level + 1u == w->depth ? PAGE_LEAF : PAGE_BRANCH;
    if (page_uint(bytes, PAGE_NUMBER_AT, 8) != page || flags != due)
        return note_fault(s, page, "a page has a wrong header");
    if (due == PAGE_LEAF)
        w->counted.leaves++;
    else
        w->counted.branches++;
    return check_nodes(w, page, bytes, level);
}

static bool walk_tree(struct snapshot *s, const struct atk_tree *tree, enum tree_kind kind,
                      unsigned first_buffer) {
    struct tree_walk w = {
        .snapshot = s, .kind = kind, .depth = tree->depth, .first_buffer = first_buffer
    };
    if (tree->depth > DEPTH_MAX) return note_fault(s, tree->root, "a tree is too deep");
    if (kind == TREE_NAMED && tree->flags != 0)
        return note_fault(s, tree->root, "a tree has unknown flags");
    if ((tree->root == NO_PAGE) != (tree->depth == 0))
        return note_fault(s, tree->root,
                          "a tree has a root without a depth, or a depth without a root");
    if (tree->root != NO_PAGE && !walk_page(&w, tree->root, 0)) return false;
    if (w.counted.branches != tree->branches || w.counted.leaves != tree->leaves ||
        w.counted.overflows != tree->overflows || w.counted.entries != tree->entries)
        return note_fault(s, tree->root, "a tree has wrong counts");
    return true;
}

static bool are_all_seen(struct snapshot *s) {
    for (uint64_t p = 2; p <= s->last_page; p++)
        if (!(s->seen[p / 8] >> (p % 8) & 1))
            return note_fault(s, p, "a page is neither used nor free");
    return true;
}

static int check_snapshot(struct snapshot *s, const struct atk_meta *meta, apitoken_error *err) {
    const bool is_good = walk_tree(s, &meta->free, TREE_FREE, 0) &&
                         walk_tree(s, &meta->main, TREE_MAIN, 0) && are_all_seen(s);
    if (is_good) return 0;
    return atk_fail(err, APITOKEN_E_DAMAGED, "%s is damaged at page %llu: %s", ATK_DATA_FILE,
                    (unsigned long long)s->fault_page, s->fault);
}

int atk_structure_check(int fd, uint64_t transaction, bool *ret_overwritten, apitoken_error *err) {
    struct atk_meta metas[2];
    struct snapshot s = { .fd = fd };
    *ret_overwritten = false;
    if (!atk_meta_read_both(fd, metas, &s.page_size))
        return atk_fail(err, APITOKEN_E_DAMAGED, "%s has no meta pages", ATK_DATA_FILE);
    const struct atk_meta *meta = &metas[transaction % 2];
    *ret_overwritten = meta->transaction > transaction;
    if (*ret_overwritten) return 0;
    if (meta->transaction != transaction)
        return atk_fail(err, APITOKEN_E_DAMAGED, "the snapshot's meta page is damaged");
    s.last_page = meta->last_page;
    s.seen = calloc(s.last_page / 8 + 1, 1);
    s.buffers = malloc((2 * DEPTH_MAX + 1) * (size_t)s.page_size);
    s.tiles = malloc(2 * DEPTH_MAX * (size_t)s.page_size);
    int rc = s.seen && s.buffers && s.tiles ? check_snapshot(&s, meta, err)
                                            : atk_fail(err, APITOKEN_E_NOMEM, NULL);
    free(s.seen);
    free(s.buffers);
    free(s.tiles);
    return rc;
}
