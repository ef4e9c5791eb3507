/* SPDX-License-Identifier: MIT */
#include "rules/text.h"

#include <string.h>

#include "base/attr.h"
#include "rules/crc32.h"

_Alignas(64) const
    char atk_base62[62] = { '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C',
                            'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O', 'P',
                            'Q', 'R', 'S', 'T', 'U', 'V', 'W', 'X', 'Y', 'Z', 'a', 'b', 'c',
                            'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', 'p',
                            'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z' };

#define NO_DIGIT 255

static unsigned digit_of(char c) {
    if (c >= '0' && c <= '9') return (unsigned)(c - '0');
    if (c >= 'A' && c <= 'Z') return (unsigned)(c - 'A') + 10;
    if (c >= 'a' && c <= 'z') return (unsigned)(c - 'a') + 36;
    return NO_DIGIT;
}

/*
 * Sixteen characters, compared at once with the machine's vector instructions. Bytes above 127 are
 * negative here, so they are in no range.
 */
typedef int8_t chars __attribute__((vector_size(16)));

static inline chars chars_at(const char *text) {
    chars c;
    memcpy(&c, text, sizeof c);
    return c;
}

/* Sets all bits of each byte that is in the alphabet. */
static inline chars in_base62(chars c) {
    const chars folded = c | 0x20;
    return ((c > '0' - 1) & (c < '9' + 1)) | ((folded > 'a' - 1) & (folded < 'z' + 1));
}

/*
 * For 16 characters or more; the last 16 may overlap those before. Always looks at all of them, so
 * no branch depends on a character of a secret.
 */
static inline bool is_base62(const char *text, size_t len) {
    chars all = in_base62(chars_at(text + len - sizeof all));
    for (size_t at = 0; at + sizeof all < len; at += sizeof all)
        all &= in_base62(chars_at(text + at));
    uint64_t inside[2];
    memcpy(inside, &all, sizeof inside);
    return (inside[0] & inside[1]) == UINT64_MAX;
}

/*
 * Compares six digits with those of the checksum: each checksum has one form only, and no branch
 * depends on a digit.
 */
static bool is_checksum(const char *digits, uint32_t crc) {
    const uint32_t halves[2] = { crc / (62 * 62 * 62), crc % (62 * 62 * 62) };
    unsigned differs = 0;
    for (size_t i = 0; i < 2; i++) {
        const uint32_t pair = halves[i] / 62;
        differs |= (unsigned char)(digits[3 * i] ^ atk_base62[pair / 62]);
        differs |= (unsigned char)(digits[3 * i + 1] ^ atk_base62[pair % 62]);
        differs |= (unsigned char)(digits[3 * i + 2] ^ atk_base62[halves[i] % 62]);
    }
    return differs == 0;
}

int atk_prefix_set(struct atk_prefix *prefix, const char *text, size_t len) {
    if (len < ATK_PREFIX_MIN || len > APITOKEN_PREFIX_MAX) return APITOKEN_E_PREFIX;
    for (size_t i = 0; i < len; i++) {
        bool is_letter = text[i] >= 'a' && text[i] <= 'z';
        bool is_digit = text[i] >= '0' && text[i] <= '9';
        if (!is_letter && !(is_digit && i > 0)) return APITOKEN_E_PREFIX;
    }
    memset(prefix, 0, sizeof *prefix);
    memcpy(prefix->text, text, len);
    prefix->text[len] = '_';
    prefix->len = (uint8_t)(len + 1);
    memcpy(prefix->head, prefix->text, prefix->len);
    ((char *)prefix->head)[prefix->len] = ATK_TEXT_VERSION;
    memset(prefix->mask, 0xFF, (size_t)prefix->len + 1);
    return 0;
}

_Static_assert(APITOKEN_PREFIX_MAX + 2 <= 16 && ATK_BODY_LEN > 16,
               "prefix and version fit in 16 bytes, and a token is longer");

bool atk_text_find_id(const struct atk_prefix *prefix, const char *text, size_t len,
                      const char **ret_id) {
    if (len != (size_t)prefix->len + ATK_BODY_LEN) return false;
    uint64_t head[2];
    memcpy(head, text, sizeof head); /* every token is longer than that */
    if (((head[0] ^ prefix->head[0]) & prefix->mask[0]) |
        ((head[1] ^ prefix->head[1]) & prefix->mask[1]))
        return false;
    *ret_id = text + prefix->len + 1;
    return true;
}

/* The checksum first: it costs less and fails more often. */
ATK_VERDICT bool atk_text_is_well_formed(const char *id) {
    const char *body = id - 1;
    const size_t covered = ATK_BODY_LEN - ATK_CRC_LEN;
    return is_checksum(body + covered, atk_crc32(body, covered)) && is_base62(body, covered);
}

size_t atk_text_build(const struct atk_prefix *prefix, const char *id, const char *secret,
                      char *out) {
    memcpy(out, prefix->text, prefix->len);
    char *body = out + prefix->len;
    const size_t covered = ATK_BODY_LEN - ATK_CRC_LEN;
    body[0] = ATK_TEXT_VERSION;
    memcpy(body + 1, id, APITOKEN_ID_LEN);
    memcpy(body + 1 + APITOKEN_ID_LEN, secret, ATK_SECRET_LEN);
    atk_base62_put(body + covered, ATK_CRC_LEN, atk_crc32(body, covered));
    return (size_t)prefix->len + ATK_BODY_LEN;
}

bool atk_id_is_valid(const char *id, size_t len) {
    char padded[sizeof(chars)];
    if (len != APITOKEN_ID_LEN) return false;
    memset(padded, '0', sizeof padded);
    memcpy(padded, id, APITOKEN_ID_LEN);
    return is_base62(padded, sizeof padded);
}

uint64_t atk_id_tick(const char *id) {
    uint64_t tick = 0;
    (void)atk_base62_get(id, ATK_ID_TICK_LEN, &tick);
    return tick;
}

bool atk_base62_get(const char *digits, size_t width, uint64_t *ret) {
    uint64_t value = 0;
    for (size_t i = 0; i < width; i++) {
        unsigned digit = digit_of(digits[i]);
        if (digit == NO_DIGIT) return false;
        if (value > (UINT64_MAX - digit) / 62) return false;
        value = value * 62 + digit;
    }
    *ret = value;
    return true;
}

void atk_base62_put(char *digits, size_t width, uint64_t value) {
    for (size_t i = width; i-- > 0; value /= 62) digits[i] = atk_base62[value % 62];
}
