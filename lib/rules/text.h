/* SPDX-License-Identifier: MIT */
/*
 * Token text: prefix "_" version(1) id(12) secret(30) crc(6). Nothing is ever decoded to a number
 * but the checksum, so no two texts mean one token.
 */
#ifndef APITOKEN_RULES_TEXT_H
#define APITOKEN_RULES_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"

#define ATK_TEXT_VERSION '1'

extern const char atk_base62[62]; /* 0-9 A-Z a-z */

struct atk_prefix {
    uint8_t len; /* with the underscore */
    char text[APITOKEN_PREFIX_MAX + 1];
    /* what a token's text begins with, and how much of it: prefix and version */
    uint64_t head[2], mask[2];
};

/* 0, or APITOKEN_E_PREFIX. */
int atk_prefix_set(struct atk_prefix *prefix, const char *text, size_t len);

/*
 * 1 if the text has the length, prefix and version of a token; *ret_id then points at where the 12
 * characters of its id stand. That much is public and says nothing of the rest.
 */
int atk_text_locate(const struct atk_prefix *prefix, const char *text, size_t len,
                    const char **ret_id);

/*
 * 1 if what was located has the form of a token. The cheap and telling thing first: the checksum,
 * then the alphabet.
 */
int atk_text_is_formed(const char *id);

/*
 * Writes the text of id (12) and secret (30) without a NUL and returns its length; `out` holds
 * ATK_TOKEN_LEN_MAX.
 */
size_t atk_text_build(const struct atk_prefix *prefix, const char *id, const char *secret,
                      char *out);

/* 1 if these are 12 characters of the alphabet. */
int atk_id_is_valid(const char *id, size_t len);

/*
 * Value of up to `width` base62 digits, most significant first, into *ret; 0 if a character is none
 * or the value overflows.
 */
int atk_base62_get(const char *digits, size_t width, uint64_t *ret);
void atk_base62_put(char *digits, size_t width, uint64_t value);

#endif
