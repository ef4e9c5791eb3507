/* SPDX-License-Identifier: MIT */
/*
 * The text of a token: prefix "_" version(1) id(12) secret(30) crc(6). Only the checksum is ever
 * converted to a number, so no two texts stand for the same token.
 */
#ifndef APITOKEN_RULES_TEXT_H
#define APITOKEN_RULES_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"

#define ATK_TEXT_VERSION '1'

extern const char atk_base62[62]; /* 0-9 A-Z a-z */

struct atk_prefix {
    uint8_t len; /* including the underscore */
    char text[APITOKEN_PREFIX_MAX + 1];
    /* prefix and version as the first 16 bytes of a token, and which of these bytes they take */
    uint64_t head[2], mask[2];
};

/* 0 or APITOKEN_E_PREFIX. */
int atk_prefix_set(struct atk_prefix *prefix, const char *text, size_t len);

/*
 * Checks the length, prefix and version of a token and points *ret_id at its id of 12 characters.
 * All of these are public. The rest of the text is not looked at.
 */
bool atk_text_find_id(const struct atk_prefix *prefix, const char *text, size_t len,
                      const char **ret_id);

/* Whether the token around an id found that way has the right checksum and alphabet. */
bool atk_text_is_well_formed(const char *id);

/*
 * Writes the text of a token with this id and secret, without a NUL, and returns its length. `out`
 * holds ATK_TOKEN_LEN_MAX.
 */
size_t atk_text_build(const struct atk_prefix *prefix, const char *id, const char *secret,
                      char *out);

/* Whether the text is 12 base62 digits. */
bool atk_id_is_valid(const char *id, size_t len);

/* The tick of an id: the first characters of it as a number. The id must be valid. */
uint64_t atk_id_tick(const char *id);

/*
 * Reads `width` base62 digits, most significant first. False if a character is no digit or the
 * value overflows.
 */
bool atk_base62_get(const char *digits, size_t width, uint64_t *ret);
void atk_base62_put(char *digits, size_t width, uint64_t value);

#endif
