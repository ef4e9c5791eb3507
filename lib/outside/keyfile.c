/* SPDX-License-Identifier: MIT */
#include "outside/keyfile.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/attr.h"

#define MAGIC "apitoken-keyring "
#define VERSION "1 "
#define HASH_WORD "check "
#define HASH_LEN 16
#define HASH_LINE_LEN (sizeof HASH_WORD - 1 + 2 * HASH_LEN + 1)

/* The rest of the text. Each take_ function takes its first part, or returns false. */
struct scan {
    const char *at;
    const char *end;
};

static bool take_word(struct scan *s, const char *word) {
    size_t len = strlen(word);
    if ((size_t)(s->end - s->at) < len || memcmp(s->at, word, len) != 0) return false;
    s->at += len;
    return true;
}

static bool take_hex(struct scan *s, uint8_t *out, size_t len) {
    if ((size_t)(s->end - s->at) < 2 * len || !atk_unhex(s->at, 2 * len, out, len)) return false;
    s->at += 2 * len;
    return true;
}

/* A key id: decimal digits without a leading zero, followed by a blank. */
static bool take_id(struct scan *s, uint32_t *ret) {
    uint64_t id = 0;
    const char *from = s->at;
    for (; s->at < s->end && *s->at >= '0' && *s->at <= '9' && id <= UINT32_MAX; s->at++)
        id = id * 10 + (uint64_t)(*s->at - '0');
    if (s->at == from || *from == '0' || id > UINT32_MAX) return false;
    *ret = (uint32_t)id;
    return take_word(s, " ");
}

static bool take_key(struct scan *s, struct atk_keys *keys) {
    if (keys->count == ATK_KEYS_MAX || !take_word(s, "key ")) return false;
    struct atk_key *key = &keys->key[keys->count];
    if (!take_id(s, &key->id)) return false;
    if (keys->count > 0 && key->id <= keys->key[keys->count - 1].id) return false;
    if (take_word(s, "active ")) {
        if (keys->active != 0) return false;
        keys->active = key->id;
    } else if (!take_word(s, "added ")) {
        return false;
    }
    keys->count++;
    if (!keys->verify_only)
        return take_hex(s, key->master, sizeof key->master) && take_word(s, "\n");
    return take_hex(s, key->digest, sizeof key->digest) && take_word(s, " ") &&
           take_hex(s, key->tag, sizeof key->tag) && take_word(s, "\n");
}

/* The first line. Which word is missing or different decides on the error. */
static int take_head(struct scan *s, struct atk_keys *keys) {
    size_t len = (size_t)(s->end - s->at), magic_len = strlen(MAGIC);
    if (memcmp(s->at, MAGIC, len < magic_len ? len : magic_len) != 0)
        return APITOKEN_E_KEYS_FOREIGN;
    if (!take_word(s, MAGIC)) return APITOKEN_E_KEYS_SHORT;
    const char *end = memchr(s->at, ' ', (size_t)(s->end - s->at));
    /* the text ends within the version */
    if (!end && !memchr(s->at, '\n', (size_t)(s->end - s->at))) return APITOKEN_E_KEYS_SHORT;
    if (!take_word(s, VERSION)) return APITOKEN_E_KEYS_VERSION;
    if (take_word(s, "full\n")) return 0;
    keys->verify_only = true;
    if (take_word(s, "verify\n")) return 0;
    return memchr(s->at, '\n', (size_t)(s->end - s->at)) ? APITOKEN_E_KEYS_DAMAGED
                                                         : APITOKEN_E_KEYS_SHORT;
}

/* Verifies the last line, the hash of all lines before it, and removes that line from *s. */
static int take_hash_line(const char *text, size_t len, struct scan *s) {
    uint8_t stored[HASH_LEN], computed[HASH_LEN];
    if ((size_t)(s->end - s->at) < HASH_LINE_LEN || text[len - 1] != '\n')
        return APITOKEN_E_KEYS_SHORT;
    struct scan line = { s->end - HASH_LINE_LEN, s->end };
    if (!take_word(&line, HASH_WORD)) /* it is missing, or something follows it */
        return memmem(text, len, "\n" HASH_WORD, strlen("\n" HASH_WORD)) ? APITOKEN_E_KEYS_DAMAGED
                                                                         : APITOKEN_E_KEYS_SHORT;
    if (!take_hex(&line, stored, sizeof stored)) return APITOKEN_E_KEYS_DAMAGED;
    atk_hash(text, len - HASH_LINE_LEN, computed, sizeof computed);
    /* memcmp() is safe: the hash is a checksum and not secret */
    if (memcmp(stored, computed, sizeof stored) != 0) return APITOKEN_E_KEYS_DAMAGED;
    s->end -= HASH_LINE_LEN;
    return 0;
}

int atk_keyfile_parse(const char *text, size_t len, struct atk_keys *keys) {
    struct scan s = { text, text + len };
    memset(keys, 0, sizeof *keys);
    ATK_TRY(take_head(&s, keys));
    ATK_TRY(take_hash_line(text, len, &s));
    while (s.at < s.end)
        if (!take_key(&s, keys)) return APITOKEN_E_KEYS_DAMAGED;
    return keys->active != 0 ? 0 : APITOKEN_E_KEYS_DAMAGED;
}

static char *put_hex(char *at, const uint8_t *data, size_t len) {
    atk_hex(data, len, at);
    return at + 2 * len;
}

size_t atk_keyfile_write(const struct atk_keys *keys, bool verify_only, char *out) {
    uint8_t hash[HASH_LEN];
    char *at = stpcpy(out, verify_only ? MAGIC VERSION "verify\n" : MAGIC VERSION "full\n");
    for (uint32_t i = 0; i < keys->count; i++) {
        const struct atk_key *key = &keys->key[i];
        at += snprintf(at, 32, "key %lu %s ", (unsigned long)key->id,
                       key->id == keys->active ? "active" : "added");
        if (verify_only) {
            at = put_hex(at, key->digest, sizeof key->digest);
            *at++ = ' ';
            at = put_hex(at, key->tag, sizeof key->tag);
        } else {
            at = put_hex(at, key->master, sizeof key->master);
        }
        *at++ = '\n';
    }
    atk_hash(out, (size_t)(at - out), hash, sizeof hash);
    at = stpcpy(at, HASH_WORD);
    at = put_hex(at, hash, sizeof hash);
    *at++ = '\n';
    return (size_t)(at - out);
}
