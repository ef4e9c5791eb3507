/* SPDX-License-Identifier: MIT */
#include "forge.h"

#include <stdlib.h>
#include <string.h>

#include "due.h"
#include "machine.h"

/* In the text: prefix of three, underscore, version, id, secret, checksum. */
#define BODY_AT 4
#define ID_AT 5
#define ID_LEN 12
#define ID_RANDOM 4 /* the last digits of an id, which order of creation leaves free */
#define CRC_LEN 6

static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/* The usual one of zlib, bit by bit. */
static uint32_t crc32_of(const char *text, size_t len) {
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < len; i++) {
        crc ^= (uint8_t)text[i];
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (UINT32_C(0xEDB88320) & -(crc & 1));
    }
    return ~crc;
}

static void put_checksum(char *text, size_t len) {
    uint32_t crc = crc32_of(text + BODY_AT, len - BODY_AT - CRC_LEN);
    for (size_t at = len; at > len - CRC_LEN; crc /= 62) text[--at] = digits[crc % 62];
}

static char *draw_from(const char *set, size_t among, size_t count, uint64_t *random) {
    char *out = calloc(count, PLACE_STRIDE);
    DUE_THAT(out != NULL);
    for (size_t i = 0; i < count; i++)
        memcpy(out + i * PLACE_STRIDE, set + draw(random) % among * PLACE_STRIDE, PLACE_STRIDE);
    return out;
}

/* With other digits in [from, to) of each text. */
static char *forge(const struct place *place, size_t count, size_t among, size_t from, size_t to,
                   uint64_t *random) {
    char *set = place_set(place, among, 0, random);
    for (size_t i = 0; i < among; i++) {
        char *text = set + i * PLACE_STRIDE;
        for (size_t at = from; at < to; at++) text[at] = digits[draw(random) % 62];
        put_checksum(text, place->len);
    }
    char *out = draw_from(set, among, count, random);
    free(set);
    return out;
}

char *forge_unknown_any(const struct place *place, size_t count, uint64_t *random) {
    char *out = place_draw(place, count, random);
    for (size_t i = 0; i < count; i++) {
        char *text = out + i * PLACE_STRIDE;
        for (size_t at = 1; at <= ID_RANDOM; at++)
            text[ID_AT + ID_LEN - at] = digits[draw(random) % 62];
        put_checksum(text, place->len);
    }
    return out;
}

char *forge_unknown(const struct place *place, size_t count, size_t among, uint64_t *random) {
    return forge(place, count, among, ID_AT + ID_LEN - ID_RANDOM, ID_AT + ID_LEN, random);
}

char *forge_wrong_secret(const struct place *place, size_t count, size_t among, uint64_t *random) {
    return forge(place, count, among, ID_AT + ID_LEN, place->len - CRC_LEN, random);
}
