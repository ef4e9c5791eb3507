/* SPDX-License-Identifier: MIT */
/*
 * LMDB 0.9's pages on disk, read as bytes, for the checks that run before LMDB itself may touch a
 * file. Offsets and meanings are those of MDB_page, MDB_node, MDB_db and MDB_meta in LMDB's mdb.c
 * on 64-bit little-endian machines.
 */
#ifndef APITOKEN_LMDB_FORM_PAGES_H
#define APITOKEN_LMDB_FORM_PAGES_H

#include <endian.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

_Static_assert(sizeof(size_t) == 8 && BYTE_ORDER == LITTLE_ENDIAN,
               "the checks know only LMDB files of 64-bit little-endian machines");

enum { PAGE_BRANCH = 0x01, PAGE_LEAF = 0x02, PAGE_OVERFLOW = 0x04, PAGE_META = 0x08 };
enum { NODE_BIG = 0x01, NODE_SUB = 0x02 };

#define PAGE_HEAD 16
#define PAGE_NUMBER_AT 0
#define PAGE_FLAGS_AT 10
#define PAGE_LOWER_AT 12
#define PAGE_UPPER_AT 14
#define PAGE_RUN_AT 12 /* overflow: how many pages */

#define NODE_HEAD 8
#define NODE_LOW_AT 0
#define NODE_HIGH_AT 2
#define NODE_FLAGS_AT 4
#define NODE_KEY_LEN_AT 6

#define DB_LEN 48
#define META_MAGIC 0xBEEFC0DEu
#define META_LEN 136
#define META_NUMBER_AT (PAGE_HEAD + 32 + 2 * DB_LEN) /* in its page: the transaction's number */
#define NO_PAGE UINT64_MAX

/* A width of more than 8 bytes is not compiled. */
#define page_uint(bytes, at, width) \
    page_uint_of(bytes, at, sizeof(char[(width) > 8 ? -1 : (width)]))
static inline uint64_t page_uint_of(const uint8_t *bytes, size_t at, size_t width) {
    uint64_t value = 0;
    memcpy(&value, bytes + at, width); /* little-endian, see above */
    return value;
}

/* A tree's head, as it is stored in a meta page or in the main tree. */
struct atk_tree {
    uint32_t pad; /* of the free tree: the page size */
    uint16_t flags;
    uint16_t depth;
    uint64_t branches, leaves, overflows, entries, root;
};

static inline struct atk_tree atk_tree_read(const uint8_t *bytes) {
    return (struct atk_tree){ (uint32_t)page_uint(bytes, 0, 4), (uint16_t)page_uint(bytes, 4, 2),
                              (uint16_t)page_uint(bytes, 6, 2), page_uint(bytes, 8, 8),
                              page_uint(bytes, 16, 8),          page_uint(bytes, 24, 8),
                              page_uint(bytes, 32, 8),          page_uint(bytes, 40, 8) };
}

struct atk_meta {
    uint32_t magic, version;
    uint64_t map_bytes;
    struct atk_tree free, main;
    uint64_t last_page, transaction;
};

static inline struct atk_meta atk_meta_read(const uint8_t *page) {
    const uint8_t *meta = page + PAGE_HEAD;
    return (struct atk_meta){ (uint32_t)page_uint(meta, 0, 4),
                              (uint32_t)page_uint(meta, 4, 4),
                              page_uint(meta, 16, 8),
                              atk_tree_read(meta + 24),
                              atk_tree_read(meta + 24 + DB_LEN),
                              page_uint(meta, 24 + 2 * DB_LEN, 8),
                              page_uint(page, META_NUMBER_AT, 8) };
}

#endif
