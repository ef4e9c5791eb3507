/* SPDX-License-Identifier: MIT */
/*
 * The floor under apitoken_validate(): what any store of keyed verifiers on LMDB must do to look up
 * one token, written by hand without a library. One-block keyed BLAKE2b of the text, a renewed read
 * transaction, mdb_get with LMDB's own comparison in the smallest record, a constant-time
 * comparison, the expiry, reset. No checksum, owner, record tag, fork check or scrubbing. Figures
 * of the library are given as ratios to it.
 */
#ifndef FLOOR_H
#define FLOOR_H

#include <stddef.h>
#include <stdint.h>

#define FLOOR_KEY_LEN 32

struct floor; /* one thread at a time */

/*
 * Opens or makes the floor's store in an existing directory; texts are put only if `writes`. NULL
 * on error.
 */
struct floor *floor_open(const char *dir, const uint8_t key[FLOOR_KEY_LEN], size_t map_bytes,
                         int writes);
void floor_close(struct floor *floor);

/*
 * Adds a token, not durably: between floor_put_begin() and floor_put_end(). end_ms: INT64_MAX for
 * never. 0, or -1.
 */
int floor_put_begin(struct floor *floor);
int floor_put(struct floor *floor, const char *text, size_t len, int64_t end_ms);
int floor_put_end(struct floor *floor);

/* 0 if the token is good now, else -1. */
int floor_validate(struct floor *floor, const char *text, size_t len);

#endif
