/* SPDX-License-Identifier: MIT */
/* Ways to damage a file of pages, on its image in memory. Every run uses the same series. */
#ifndef DAMAGES_H
#define DAMAGES_H

#include <stddef.h>
#include <stdint.h>

#define DAMAGES_PAGE ((size_t)4096)

/* A file, and what is left of it. */
struct image {
    uint8_t *bytes;
    size_t len; /* whole pages */
};

struct damage {
    const char *name;
    /* Damages the image, at random; gives its length after that. */
    size_t (*apply)(struct image *image, uint64_t *random);
};

extern const struct damage damages[];
extern const size_t damage_count;

/* Pseudo-random numbers (xorshift64*, Vigna 2016); *random is the state and not 0. */
uint64_t damages_draw(uint64_t *random);

#endif
