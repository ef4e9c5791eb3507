/* SPDX-License-Identifier: MIT */
#include "needles.h"

#include <sodium.h>
#include <string.h>

#include "api.h"
#include "due.h"

#define SECRET_AT (TOKEN_BODY + 1 + APITOKEN_ID_LEN)
#define SECRET_LEN (TOKEN_LEN - TOKEN_CRC_LEN - SECRET_AT)

#define SLOT_BITS 18
#define SLOTS ((size_t)1 << SLOT_BITS)
/* one in sixty of what is no needle passes; and it fits the processor's cache */
#define FILTER_BITS 22

struct slot {
    uint64_t masked;
    uint16_t shape;
    uint8_t kind; /* 0: empty */
};

static struct slot slots[SLOTS];
static uint8_t filter[(1 << FILTER_BITS) / 8];
static uint64_t mask, count;

static uint64_t spread(uint64_t masked) { return masked * UINT64_C(0x9E3779B97F4A7C15); }

static uint64_t masked_at(const uint8_t *data) {
    uint64_t word;
    memcpy(&word, data, sizeof word);
    return word ^ mask;
}

static void add(uint64_t masked, int kind, size_t shape) {
    const uint64_t mixed = spread(masked), bit = mixed >> (64 - FILTER_BITS);
    size_t at = mixed >> (64 - SLOT_BITS);
    while (slots[at].kind && slots[at].masked != masked) at = (at + 1) % SLOTS;
    DUE_THAT(count < SLOTS / 2);
    count += !slots[at].kind;
    slots[at] = (struct slot){ masked, (uint16_t)shape, (uint8_t)kind };
    filter[bit / 8] = (uint8_t)(filter[bit / 8] | 1 << bit % 8);
}

static const struct slot *find(uint64_t masked) {
    size_t at = spread(masked) >> (64 - SLOT_BITS);
    for (; slots[at].kind; at = (at + 1) % SLOTS)
        if (slots[at].masked == masked) return &slots[at];
    return NULL;
}

static void add_all(const uint8_t *data, size_t len, int kind, size_t shape) {
    if (!mask) randombytes_buf(&mask, sizeof mask);
    for (size_t at = 0; at + NEEDLE_LEN <= len; at++) add(masked_at(data + at), kind, shape);
}

/* ---- shapes ---------------------------------------------------------------------------------- */

enum form { RAW, HEX, UPPER_HEX, BASE64, BASE64_SECOND, BASE64_THIRD, FORMS };
enum what { ITSELF, BLAKE2B, SHA256, BLAKE2B_OF_TEXT, SHA256_OF_TEXT, WHATS };

static const char *const names[WHATS][FORMS] = {
    { "as it is", "hexadecimal", "upper-case hexadecimal", "base64", "base64 after one byte",
      "base64 after two bytes" },
    { "BLAKE2b-256", "BLAKE2b-256, hexadecimal", "BLAKE2b-256, upper-case hexadecimal",
      "BLAKE2b-256, base64", "BLAKE2b-256, base64 after one byte",
      "BLAKE2b-256, base64 after two bytes" },
    { "SHA-256", "SHA-256, hexadecimal", "SHA-256, upper-case hexadecimal", "SHA-256, base64",
      "SHA-256, base64 after one byte", "SHA-256, base64 after two bytes" },
    { "BLAKE2b-256 of the text", "BLAKE2b-256 of the text, hexadecimal",
      "BLAKE2b-256 of the text, upper-case hexadecimal", "BLAKE2b-256 of the text, base64",
      "BLAKE2b-256 of the text, base64 after one byte",
      "BLAKE2b-256 of the text, base64 after two bytes" },
    { "SHA-256 of the text", "SHA-256 of the text, hexadecimal",
      "SHA-256 of the text, upper-case hexadecimal", "SHA-256 of the text, base64",
      "SHA-256 of the text, base64 after one byte", "SHA-256 of the text, base64 after two bytes" },
};

const char *needle_shape(size_t shape) {
    return shape < (size_t)WHATS * FORMS ? names[shape / FORMS][shape % FORMS] : NULL;
}

/*
 * Base64 of the bytes after `before` others, without the characters that hold bits of those or of
 * what would follow.
 */
static size_t write_base64(const uint8_t *data, size_t len, size_t before, char *out, size_t cap) {
    uint8_t padded[NEEDLE_TEXT_MAX / 2] = { 0 };
    const size_t skipped = before == 0 ? 0 : before + 1, whole = (before + len) / 3 * 4;
    DUE_THAT(before + len <= sizeof padded);
    memcpy(padded + before, data, len);
    DUE_THAT(sodium_bin2base64(out, cap, padded, before + len,
                               sodium_base64_VARIANT_ORIGINAL_NO_PADDING));
    memmove(out, out + skipped, whole - skipped);
    return whole - skipped;
}

static size_t write_form(enum form form, const uint8_t *data, size_t len, uint8_t *out,
                         size_t cap) {
    char *text = (char *)out;
    DUE_THAT(cap > 2 * len);
    if (form == RAW) {
        memcpy(out, data, len);
        return len;
    }
    if (form >= BASE64) return write_base64(data, len, (size_t)(form - BASE64), text, cap);
    DUE_THAT(sodium_bin2hex(text, cap, data, len));
    for (char *digit = text; form == UPPER_HEX && *digit; digit++)
        if (*digit >= 'a') *digit = (char)(*digit - 'a' + 'A');
    return 2 * len;
}

size_t needle_write(size_t shape, const char *text, size_t len, uint8_t *out, size_t cap) {
    const enum what what = (enum what)(shape / FORMS);
    const enum form form = (enum form)(shape % FORMS);
    const uint8_t *bytes = (const uint8_t *)text;
    uint8_t digest[32];
    DUE_THAT(len == TOKEN_LEN);
    if (what == ITSELF) return write_form(form, bytes + SECRET_AT, SECRET_LEN, out, cap);
    if (what == BLAKE2B)
        (void)crypto_generichash(digest, sizeof digest, bytes + SECRET_AT, SECRET_LEN, NULL, 0);
    if (what == SHA256) (void)crypto_hash_sha256(digest, bytes + SECRET_AT, SECRET_LEN);
    if (what == BLAKE2B_OF_TEXT)
        (void)crypto_generichash(digest, sizeof digest, bytes, len, NULL, 0);
    if (what == SHA256_OF_TEXT) (void)crypto_hash_sha256(digest, bytes, len);
    return write_form(form, digest, sizeof digest, out, cap);
}

void needles_add_token(const char *text, size_t len) {
    uint8_t out[NEEDLE_TEXT_MAX];
    for (size_t shape = 0; needle_shape(shape); shape++)
        add_all(out, needle_write(shape, text, len, out, sizeof out), NEEDLE_SECRET, shape);
}

void needles_add_key(const uint8_t *key, size_t len) {
    uint8_t out[NEEDLE_TEXT_MAX];
    for (size_t form = 0; form < FORMS; form++)
        add_all(out, write_form((enum form)form, key, len, out, sizeof out), NEEDLE_KEY, form);
}

uint64_t needles_count(void) { return count; }

/* ---- the search ------------------------------------------------------------------------------ */

/*
 * Most memory is zero. No needle has more than two zero bytes in front, but for one in many
 * thousands.
 */
static size_t after_zeros(const uint8_t *data, size_t len, size_t at) {
    static const uint8_t zeros[NEEDLE_LEN];
    while (at + NEEDLE_LEN <= len && memcmp(data + at, zeros, NEEDLE_LEN) == 0)
        at += NEEDLE_LEN - 2;
    return at;
}

int needles_next(const uint8_t *data, size_t len, int kinds, size_t *at, int *ret_kind,
                 const char **ret_shape) {
    for (size_t i = *at; (i = after_zeros(data, len, i)) + NEEDLE_LEN <= len; i++) {
        const uint64_t masked = masked_at(data + i), bit = spread(masked) >> (64 - FILTER_BITS);
        if (!(filter[bit / 8] >> bit % 8 & 1)) continue;
        const struct slot *slot = find(masked);
        if (!slot || !(slot->kind & kinds)) continue;
        *at = i;
        *ret_kind = slot->kind;
        *ret_shape = needle_shape(slot->shape);
        return 1;
    }
    return 0;
}
