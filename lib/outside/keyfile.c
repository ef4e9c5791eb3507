/* SPDX-License-Identifier: MIT */
#include "outside/keyfile.h"

#include <stdio.h>
#include <string.h>

#include "base/attr.h"

#define MAGIC "apitoken-keyring "
#define VERSION "1 "
#define CHECK_WORD "check "
#define HASH_LEN 16
#define CHECK_LINE_LEN (sizeof CHECK_WORD - 1 + 2 * HASH_LEN + 1)

/* A place in the text. */
struct scan {
    const char *at;
    const char *end;
};

static int take(struct scan *s, const char *word) {
    size_t len = strlen(word);
    if ((size_t)(s->end - s->at) < len || memcmp(s->at, word, len) != 0) return 0;
    s->at += len;
    return 1;
}

static int take_hex(struct scan *s, uint8_t *out, size_t len) {
    if ((size_t)(s->end - s->at) < 2 * len || !atk_unhex(s->at, 2 * len, out, len)) return 0;
    s->at += 2 * len;
    return 1;
}

/* A key id: decimal digits without a leading zero, then a blank. */
static int take_id(struct scan *s, uint32_t *ret) {
    uint64_t id = 0;
    const char *from = s->at;
    for (; s->at < s->end && *s->at >= '0' && *s->at <= '9' && id <= UINT32_MAX; s->at++)
        id = id * 10 + (uint64_t)(*s->at - '0');
    if (s->at == from || *from == '0' || id > UINT32_MAX) return 0;
    *ret = (uint32_t)id;
    return take(s, " ");
}

static int take_key(struct scan *s, struct atk_keys *keys) {
    if (keys->count == ATK_KEYS_MAX || !take(s, "key ")) return 0;
    struct atk_key *key = &keys->key[keys->count];
    if (!take_id(s, &key->id)) return 0;
    if (keys->count > 0 && key->id <= keys->key[keys->count - 1].id) return 0;
    if (take(s, "active ")) {
        if (keys->active != 0) return 0;
        keys->active = key->id;
    } else if (!take(s, "added ")) {
        return 0;
    }
    keys->count++;
    if (!keys->verify_only) return take_hex(s, key->master, sizeof key->master) && take(s, "\n");
    return take_hex(s, key->digest, sizeof key->digest) && take(s, " ") &&
           take_hex(s, key->check, sizeof key->check) && take(s, "\n");
}

/* The head line's words, and what it means that one is not there. */
static int take_head(struct scan *s, struct atk_keys *keys) {
    size_t len = (size_t)(s->end - s->at), magic_len = strlen(MAGIC);
    if (memcmp(s->at, MAGIC, len < magic_len ? len : magic_len) != 0)
        return APITOKEN_E_KEYS_FOREIGN;
    if (!take(s, MAGIC)) return APITOKEN_E_KEYS_SHORT;
    const char *end = memchr(s->at, ' ', (size_t)(s->end - s->at));
    /* cut inside the version */
    if (!end && !memchr(s->at, '\n', (size_t)(s->end - s->at))) return APITOKEN_E_KEYS_SHORT;
    if (!take(s, VERSION)) return APITOKEN_E_KEYS_VERSION;
    if (take(s, "full\n")) return 0;
    keys->verify_only = 1;
    if (take(s, "verify\n")) return 0;
    return memchr(s->at, '\n', (size_t)(s->end - s->at)) ? APITOKEN_E_KEYS_DAMAGED
                                                         : APITOKEN_E_KEYS_SHORT;
}

/* The last line holds the hash of all before it; *end is moved before it. */
static int cut_check_line(const char *text, size_t len, struct scan *s) {
    uint8_t stored[HASH_LEN], computed[HASH_LEN];
    if ((size_t)(s->end - s->at) < CHECK_LINE_LEN || text[len - 1] != '\n')
        return APITOKEN_E_KEYS_SHORT;
    struct scan line = { s->end - CHECK_LINE_LEN, s->end };
    if (!take(&line, CHECK_WORD)) /* cut off before that line, or something was put after it */
        return memmem(text, len, "\n" CHECK_WORD, strlen("\n" CHECK_WORD)) ? APITOKEN_E_KEYS_DAMAGED
                                                                           : APITOKEN_E_KEYS_SHORT;
    if (!take_hex(&line, stored, sizeof stored)) return APITOKEN_E_KEYS_DAMAGED;
    atk_hash(text, len - CHECK_LINE_LEN, computed, sizeof computed);
    /* a checksum: nothing secret is compared */
    if (memcmp(stored, computed, sizeof stored) != 0) return APITOKEN_E_KEYS_DAMAGED;
    s->end -= CHECK_LINE_LEN;
    return 0;
}

int atk_keyfile_parse(const char *text, size_t len, struct atk_keys *keys) {
    struct scan s = { text, text + len };
    memset(keys, 0, sizeof *keys);
    ATK_TRY(take_head(&s, keys));
    ATK_TRY(cut_check_line(text, len, &s));
    while (s.at < s.end)
        if (!take_key(&s, keys)) return APITOKEN_E_KEYS_DAMAGED;
    return keys->active != 0 ? 0 : APITOKEN_E_KEYS_DAMAGED;
}

static char *put_hex(char *at, const uint8_t *data, size_t len) {
    atk_hex(data, len, at);
    return at + 2 * len;
}

size_t atk_keyfile_write(const struct atk_keys *keys, int verify_only, char *out) {
    uint8_t hash[HASH_LEN];
    char *at = stpcpy(out, verify_only ? MAGIC VERSION "verify\n" : MAGIC VERSION "full\n");
    for (uint32_t i = 0; i < keys->count; i++) {
        const struct atk_key *key = &keys->key[i];
        at += snprintf(at, 32, "key %lu %s ", (unsigned long)key->id,
                       key->id == keys->active ? "active" : "added");
        if (verify_only) {
            at = put_hex(at, key->digest, sizeof key->digest);
            *at++ = ' ';
            at = put_hex(at, key->check, sizeof key->check);
        } else {
            at = put_hex(at, key->master, sizeof key->master);
        }
        *at++ = '\n';
    }
    atk_hash(out, (size_t)(at - out), hash, sizeof hash);
    at = stpcpy(at, CHECK_WORD);
    at = put_hex(at, hash, sizeof hash);
    *at++ = '\n';
    return (size_t)(at - out);
}
