/* SPDX-License-Identifier: MIT */
#include "rules/cursor.h"

#include <stdint.h>
#include <string.h>

#include "base/bytes.h"
#include "rules/crc32.h"
#include "rules/text.h"

#define OF_OWNER '2'
#define OF_ALL 'a'
#define HEAD (1 + APITOKEN_ID_LEN) /* kind, id */
#define CHECKSUM_LEN (ATK_CURSOR_LEN - HEAD)
#define OF_AUDIT 'h'
#define AUDIT_COVERED (ATK_AUDIT_CURSOR_LEN - CHECKSUM_LEN) /* kind, position */
#define CHECKSUM_LIMIT 238328u                              /* 62^3 */
#define OWNER_LEN_DIGITS 2
#define OWNER_AT (HEAD + OWNER_LEN_DIGITS) /* in a cursor of all owners */

static void put_head(char kind, const char *id, char *out) {
    out[0] = kind;
    memcpy(out + 1, id, APITOKEN_ID_LEN);
}

/* Ends a text whose first `len` characters are written. */
static void put_checksum(char *out, size_t len) {
    atk_base62_put(out + len, CHECKSUM_LEN, atk_crc32(out, len) % CHECKSUM_LIMIT);
    out[len + CHECKSUM_LEN] = '\0';
}

/* Whether a text of at least that length ends in its checksum. */
static bool has_checksum(const char *text, size_t len) {
    const size_t covered = len - CHECKSUM_LEN;
    uint64_t checksum;
    return atk_base62_get(text + covered, CHECKSUM_LEN, &checksum) &&
           checksum == atk_crc32(text, covered) % CHECKSUM_LIMIT;
}

/* Whether a text of at least that length begins with a kind and an id, and ends in its checksum. */
static bool is_cursor(const char *text, size_t len, char kind) {
    return text[0] == kind && atk_id_is_valid(text + 1, APITOKEN_ID_LEN) && has_checksum(text, len);
}

void atk_cursor_write(const char *id, char out[ATK_CURSOR_LEN + 1]) {
    put_head(OF_OWNER, id, out);
    put_checksum(out, HEAD);
}

bool atk_cursor_read(const char *text, size_t len, const char **ret_id) {
    if (len != ATK_CURSOR_LEN || !is_cursor(text, len, OF_OWNER)) return false;
    *ret_id = text + 1;
    return true;
}

/* ---- of all owners --------------------------------------------------------------------------- */

/* How long the text is for an owner. */
static size_t len_for(size_t owner_len) {
    const size_t chunks = (owner_len + ATK_OWNER_CHUNK - 1) / ATK_OWNER_CHUNK;
    return OWNER_AT + chunks * ATK_OWNER_CHUNK_DIGITS + CHECKSUM_LEN;
}

/* The last chunk is filled up with zeros. */
void atk_cursor_write_all(const struct atk_row_place *place, char out[ATK_ALL_CURSOR_MAX + 1]) {
    uint8_t owner[APITOKEN_OWNER_MAX] = { 0 };
    char *at = out + OWNER_AT;
    memcpy(owner, place->owner, place->owner_len);
    put_head(OF_ALL, place->id, out);
    atk_base62_put(out + HEAD, OWNER_LEN_DIGITS, place->owner_len);
    for (size_t i = 0; i < place->owner_len; i += ATK_OWNER_CHUNK, at += ATK_OWNER_CHUNK_DIGITS)
        atk_base62_put(at, ATK_OWNER_CHUNK_DIGITS, atk_le_at(owner + i, ATK_OWNER_CHUNK));
    put_checksum(out, (size_t)(at - out));
}

/* Reads a chunk of which `len` bytes are used. The others must be zero. */
static bool read_chunk(const char *digits, char *out, size_t len) {
    uint64_t chunk;
    if (!atk_base62_get(digits, ATK_OWNER_CHUNK_DIGITS, &chunk)) return false;
    for (size_t i = 0; i < len; i++, chunk >>= 8) out[i] = (char)(chunk & 0xFF);
    return len == ATK_OWNER_CHUNK || chunk == 0;
}

bool atk_cursor_read_all(const char *text, size_t len, struct atk_row_place *ret_place) {
    uint64_t owner_len;
    if (len < len_for(1) || !is_cursor(text, len, OF_ALL) ||
        !atk_base62_get(text + HEAD, OWNER_LEN_DIGITS, &owner_len) ||
        owner_len > APITOKEN_OWNER_MAX || len != len_for(owner_len))
        return false;
    const char *at = text + OWNER_AT;
    for (size_t i = 0; i < owner_len; i += ATK_OWNER_CHUNK, at += ATK_OWNER_CHUNK_DIGITS) {
        const size_t left = owner_len - i;
        if (!read_chunk(at, ret_place->owner + i, left < ATK_OWNER_CHUNK ? left : ATK_OWNER_CHUNK))
            return false;
    }
    ret_place->owner_len = owner_len;
    memcpy(ret_place->id, text + 1, APITOKEN_ID_LEN);
    return true;
}

/* ---- of the audit ---------------------------------------------------------------------------- */

void atk_audit_cursor_write(uint64_t position, char out[ATK_AUDIT_CURSOR_LEN + 1]) {
    out[0] = OF_AUDIT;
    atk_base62_put(out + 1, AUDIT_COVERED - 1, position);
    put_checksum(out, AUDIT_COVERED);
}

bool atk_audit_cursor_read(const char *text, size_t len, uint64_t *ret_position) {
    return len == ATK_AUDIT_CURSOR_LEN && text[0] == OF_AUDIT &&
           atk_base62_get(text + 1, AUDIT_COVERED - 1, ret_position) && has_checksum(text, len);
}
