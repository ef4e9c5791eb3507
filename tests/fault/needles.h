/* SPDX-License-Identifier: MIT */
/*
 * What the search looks for: secrets and keys in every form in which they may be left in memory. Of
 * each form all runs of eight bytes are kept, under a mask, so that none is in clear; memory is
 * masked in the same way before it is compared.
 */
#ifndef NEEDLES_H
#define NEEDLES_H

#include <stddef.h>
#include <stdint.h>

#define NEEDLE_LEN 8 /* bytes in a row that are too many */

/* Bits, so that a search can name several. */
enum { NEEDLE_SECRET = 1, NEEDLE_KEY = 2 };

/*
 * The secret characters of a token's text: as they are, as hexadecimal and base64, wherever in a
 * longer text they begin; and what an unkeyed BLAKE2b-256 or SHA-256 makes of them and of the whole
 * text. To be called where the stack is thrown away.
 */
void needles_add_token(const char *text, size_t len);

/* A key: as it is, as hexadecimal and base64. */
void needles_add_key(const uint8_t *key, size_t len);

/* How many of them there are. */
uint64_t needles_count(void);

/* From *at on, the next of the kinds in `data`: 1, with its place, kind and shape; or 0. */
int needles_next(const uint8_t *data, size_t len, int kinds, size_t *at, int *ret_kind,
                 const char **ret_shape);

/*
 * The shapes, by number; NULL after the last one. Writes a token's secret in a shape, for whoever
 * plants one, and its length.
 */
const char *needle_shape(size_t shape);
size_t needle_write(size_t shape, const char *text, size_t len, uint8_t *out, size_t cap);
#define NEEDLE_TEXT_MAX 256

#endif
