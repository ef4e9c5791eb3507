/* SPDX-License-Identifier: MIT */
#include "damages.h"

#include <string.h>

uint64_t damages_draw(uint64_t *random) {
    uint64_t x = *random;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    *random = x;
    return x * UINT64_C(0x2545F4914F6CDD1D);
}

static size_t below(uint64_t *random, size_t limit) {
    return (size_t)((damages_draw(random) >> 16) % limit);
}

static uint8_t *any_page(struct image *image, uint64_t *random) {
    return image->bytes + below(random, image->len / DAMAGES_PAGE) * DAMAGES_PAGE;
}

static size_t flip_bits(struct image *image, uint64_t *random) {
    for (size_t i = 1 + below(random, 3); i > 0; i--)
        image->bytes[below(random, image->len)] ^= (uint8_t)(1u << below(random, 8));
    return image->len;
}

/* The head of a page and its pointers are what LMDB follows. */
static size_t flip_bits_of_a_head(struct image *image, uint64_t *random) {
    any_page(image, random)[below(random, 64)] ^= (uint8_t)(1u << below(random, 8));
    return image->len;
}

static size_t random_bytes(struct image *image, uint64_t *random) {
    size_t len = 1 + below(random, 64), at = below(random, image->len - len);
    for (size_t i = 0; i < len; i++) image->bytes[at + i] = (uint8_t)below(random, 256);
    return image->len;
}

static size_t zero_a_page(struct image *image, uint64_t *random) {
    memset(any_page(image, random), 0, DAMAGES_PAGE);
    return image->len;
}

static size_t random_page(struct image *image, uint64_t *random) {
    uint8_t *page = any_page(image, random);
    for (size_t i = below(random, 2) * 16; i < DAMAGES_PAGE; i++)
        page[i] = (uint8_t)below(random, 256); /* with or without its head */
    return image->len;
}

static void swap(uint8_t *a, uint8_t *b, size_t len) {
    for (size_t i = 0; i < len; i++) {
        uint8_t byte = a[i];
        a[i] = b[i];
        b[i] = byte;
    }
}

static size_t swap_pages(struct image *image, uint64_t *random) {
    swap(any_page(image, random), any_page(image, random), DAMAGES_PAGE);
    return image->len;
}

/*
 * Two nodes of leaves trade what follows their keys: records under each other's ids. Nodes and
 * pages as in LMDB's mdb.c. A record and an older one of the same key, which a free page may hold,
 * are left alone: that is no damage but a forgery by somebody who writes to the file
 * (doc/security.md), and true in every bit.
 */
static size_t swap_records(struct image *image, uint64_t *random) {
    enum { HEAD = 16, LEAF = 2, NODE_HEAD = 8 };
    uint8_t *data[2] = { NULL, NULL }, *key[2] = { NULL, NULL };
    size_t len[2] = { 0, 0 };
    for (int found = 0, tries = 0; found < 2 && tries < 1000; tries++) {
        uint8_t *page = any_page(image, random);
        uint16_t flags, lower, at, key_len, size_low, size_high;
        memcpy(&flags, page + 10, 2);
        memcpy(&lower, page + 12, 2);
        if (flags != LEAF || lower <= HEAD || lower > DAMAGES_PAGE) continue;
        memcpy(&at, page + HEAD + 2 * below(random, (size_t)(lower - HEAD) / 2), 2);
        if (at > DAMAGES_PAGE - NODE_HEAD) continue;
        memcpy(&size_low, page + at, 2);
        memcpy(&size_high, page + at + 2, 2);
        memcpy(&key_len, page + at + 6, 2);
        size_t size = (size_t)size_low | (size_t)size_high << 16;
        if ((size_t)at + NODE_HEAD + key_len + size > DAMAGES_PAGE) continue;
        key[found] = page + at + NODE_HEAD;
        if (found == 1 && data[0] == key[0] + key_len && memcmp(key[0], key[1], key_len) == 0)
            continue;
        data[found] = key[found] + key_len;
        len[found++] = size;
    }
    if (data[1]) swap(data[0], data[1], len[0] < len[1] ? len[0] : len[1]);
    return image->len;
}

static size_t cut(struct image *image, uint64_t *random) {
    return below(random, 2) ? below(random, image->len)
                            : below(random, image->len / DAMAGES_PAGE) * DAMAGES_PAGE;
}

const struct damage damages[] = {
    { "flipped bits", flip_bits },       { "flipped bits of a head", flip_bits_of_a_head },
    { "random bytes", random_bytes },    { "a zeroed page", zero_a_page },
    { "a random page", random_page },    { "swapped pages", swap_pages },
    { "swapped records", swap_records }, { "a cut file", cut },
};
const size_t damage_count = sizeof damages / sizeof damages[0];
