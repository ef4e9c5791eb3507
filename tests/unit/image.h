/* SPDX-License-Identifier: MIT */
/* A data.mdb made by LMDB, as bytes that a test damages, in a file that lives in memory. */
#ifndef IMAGE_H
#define IMAGE_H

#include <stddef.h>
#include <stdint.h>

struct image {
    uint8_t *bytes;
    size_t len;
    uint32_t page_size;
    uint64_t transaction; /* the last one */
    int fd;               /* holds the same bytes after image_put() */
};

#define IMAGE_MAP_BYTES (UINT64_C(1) << 24)

/*
 * A store's two trees with so many entries each, a few of them on overflow pages, and `deleted`
 * more that were made and deleted again, whose pages are on the free list. With 0 rows the named
 * tree is empty. Fails the test on error.
 */
void image_make(struct image *image, unsigned rows, unsigned deleted);
void image_free(struct image *image);

/* Writes all bytes to the file, whose length becomes `len`. */
void image_put(const struct image *image);

uint8_t *image_page(const struct image *image, uint64_t page);
/* of the last transaction, behind the page's head */
uint8_t *image_meta(const struct image *image);
uint8_t *image_node(uint8_t *page, unsigned i);
unsigned image_count(const uint8_t *page); /* nodes of a page */

/* Little-endian numbers at a place. */
uint64_t image_get(const uint8_t *bytes, size_t at, size_t width);
void image_set(uint8_t *bytes, size_t at, size_t width, uint64_t value);

#endif
