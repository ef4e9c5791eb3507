/* SPDX-License-Identifier: MIT */
#include "rules/text.h"

#include <string.h>

#include "base/attr.h"
#include "base/bytes.h"
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

/* Sixteen characters, compared at once with the machine's vector instructions. */
typedef uint8_t chars __attribute__((vector_size(16)));
typedef int8_t signed_chars __attribute__((vector_size(16)));

static inline chars chars_at(const char *text) {
    chars c;
    memcpy(&c, text, sizeof c);
    return c;
}

/*
 * Sets all bits of each byte that is among the `count` ones from `first` on. Compared as signed
 * numbers, because machines have no instruction for others: `first` becomes the least of them.
 */
static inline chars among(chars c, uint8_t first, int8_t count) {
    const signed_chars from_least = (signed_chars)(c + (uint8_t)(INT8_MIN - first));
    return (chars)(from_least < (int8_t)(INT8_MIN + count));
}

/* Sets all bits of each byte that is in the alphabet. */
static inline chars in_base62(chars c) { return among(c, '0', 10) | among(c | 0x20, 'a', 26); }

/*
 * For 16 characters or more; the last 16 may overlap those before. Always looks at all of them, so
 * no branch depends on a character of a secret.
 */
static inline bool is_base62(const char *text, size_t len) {
    chars right = in_base62(chars_at(text + len - sizeof right));
    for (size_t at = 0; at + sizeof right < len; at += sizeof right)
        right &= in_base62(chars_at(text + at));
    uint64_t halves[2];
    memcpy(halves, &right, sizeof halves);
    return (halves[0] & halves[1]) == UINT64_MAX;
}

/*
 * The number of six digits, the most significant first; of other characters any number. Works on
 * all digits at once, so no branch depends on one: a byte each, then pairs of 16 bits.
 */
static inline uint64_t checksum_at(const char *digits) {
    const uint64_t each = UINT64_C(0x010101010101), low = UINT64_C(0x00FF00FF00FF);
    const uint8_t *at = (const uint8_t *)digits;
    const uint64_t bytes = atk_le_at(at, 4) | atk_le_at(at + 4, 2) << 32;
    const uint64_t letters = bytes >> 6 & each, small = bytes >> 5 & letters;
    const uint64_t values = bytes - each * '0' - letters * 7 - small * 6;
    const uint64_t pairs = (values & low) * 62 + (values >> 8 & low);
    return ((pairs & 0xFFFF) * (62 * 62) + (pairs >> 16 & 0xFFFF)) * (62 * 62) + (pairs >> 32);
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

/*
 * The checksum first: it costs less and fails more often. The version, right before the id, was
 * compared when the id was found.
 */
ATK_VERDICT bool atk_text_is_well_formed(const char *id) {
    const char *body = id - 1;
    const size_t covered = ATK_BODY_LEN - ATK_CRC_LEN;
    const uint32_t crc = atk_crc32(body, covered);
    return checksum_at(body + covered) == crc && is_base62(id, ATK_BODY_LEN - 1);
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
