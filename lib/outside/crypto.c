/* SPDX-License-Identifier: MIT */
#include "outside/crypto.h"

#include <sodium.h>
#include <stdbool.h>
#include <string.h>

#include "base/attr.h"
#include "base/bytes.h"

/*
 * How much dead stack to clear after a digest. Its frames take about 1,300 bytes with libsodium's
 * AVX2 code, the largest, 384 of them our copy of the state; a sanitizer's guards add about 200.
 * A unit test searches the stack for remains.
 */
#define SCRUB_DEPTH 1536

#define DIGEST_LEN 32 /* of BLAKE2b-256, of which a verifier is the beginning */

/* The same after a libsodium call that handles a key or a keyring file: rare, so generous. */
#define SCRUB_DEPTH_KEYS 4096

/*
 * Random bytes drawn at a time: an id and a secret need 42, and with 62 characters one byte in 32
 * is rejected.
 */
#define RANDOM_BLOCK 64

_Static_assert(ATK_KEY_LEN == crypto_kdf_KEYBYTES, "master key");
_Static_assert(ATK_TAG_KEY_LEN == crypto_shorthash_siphash24_KEYBYTES, "record tag key");
_Static_assert(ATK_TAG_LEN == crypto_shorthash_siphash24_BYTES, "record tag");
_Static_assert(ATK_TAG_KEY_LEN == crypto_shorthash_siphashx24_KEYBYTES, "key of a text's tag");
_Static_assert(ATK_TEXT_TAG_LEN == crypto_shorthash_siphashx24_BYTES, "tag of a text");
_Static_assert(ATK_KEY_LEN == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "seal key");
_Static_assert(ATK_SEAL_OVERHEAD == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES +
                                        crypto_aead_xchacha20poly1305_ietf_ABYTES,
               "seal");
_Static_assert(ATK_KEY_LEN + ATK_TOKEN_LEN_MAX <= 128, "key and token fit one block of BLAKE2b");
_Static_assert(sizeof(crypto_generichash_state) == ATK_BEGUN_LEN, "the state of a begun digest");

int atk_crypto_init(void) { return sodium_init() < 0 ? APITOKEN_E_RANDOM : 0; }

const struct atk_key *atk_keys_find(const struct atk_keys *keys, uint32_t id) {
    const uint32_t count = __atomic_load_n(&keys->count, __ATOMIC_ACQUIRE);
    for (uint32_t i = 0; i < count; i++)
        if (keys->key[i].id == id && !(__atomic_load_n(&keys->gone, __ATOMIC_ACQUIRE) >> i & 1))
            return &keys->key[i];
    return NULL;
}

const struct atk_key *atk_keys_find_held(const struct atk_keys *keys, uint32_t id) {
    const struct atk_key *key = atk_keys_find(keys, id);
    for (uint32_t i = __atomic_load_n(&keys->count, __ATOMIC_ACQUIRE); !key && i > 0; i--)
        if (keys->key[i - 1].id == id) key = &keys->key[i - 1];
    return key;
}

static const struct atk_key *find_retired(const struct atk_keys *keys, uint32_t id) {
    for (uint32_t i = 0; i < __atomic_load_n(&keys->count, __ATOMIC_ACQUIRE); i++)
        if (keys->key[i].id == id && __atomic_load_n(&keys->retired, __ATOMIC_ACQUIRE) >> i & 1)
            return &keys->key[i];
    return NULL;
}

bool atk_keys_is_retired(const struct atk_keys *keys, uint32_t id) {
    return !atk_keys_find(keys, id) && find_retired(keys, id);
}

/* Looks again if the key has gone meanwhile: by then another one is active. */
const struct atk_key *atk_keys_find_active(const struct atk_keys *keys) {
    for (;;) {
        const uint32_t id = __atomic_load_n(&keys->active, __ATOMIC_ACQUIRE);
        const struct atk_key *key = atk_keys_find(keys, id);
        if (!key) key = find_retired(keys, id);
        if (key) return key;
    }
}

void atk_key_derive(struct atk_key *key) {
    enum { DIGEST = 1, TAG = 2, SEAL = 3, AUDIT = 4 };
    static const char context[crypto_kdf_CONTEXTBYTES + 1] = "apitoken";
    (void)crypto_kdf_derive_from_key(key->digest, sizeof key->digest, DIGEST, context, key->master);
    (void)crypto_kdf_derive_from_key(key->tag, sizeof key->tag, TAG, context, key->master);
    (void)crypto_kdf_derive_from_key(key->seal, sizeof key->seal, SEAL, context, key->master);
    (void)crypto_kdf_derive_from_key(key->audit, sizeof key->audit, AUDIT, context, key->master);
    sodium_stackzero(SCRUB_DEPTH_KEYS);
}

void atk_key_begin_digest(struct atk_key *key) {
    crypto_generichash_state state = { 0 };
    (void)crypto_generichash_init(&state, NULL, 0, DIGEST_LEN);
    (void)crypto_generichash_update(&state, key->digest, sizeof key->digest);
    memcpy(key->begun, &state, sizeof state);
    sodium_memzero(&state, sizeof state);
}

static void compute_fingerprint(const uint8_t *subkey, size_t len, uint8_t out[ATK_FP_LEN]) {
    static const char constant[] = "apitoken key fingerprint";
    (void)crypto_generichash(out, ATK_FP_LEN, (const uint8_t *)constant, sizeof constant - 1,
                             subkey, len);
}

void atk_key_fingerprint(struct atk_key *key, bool has_seal) {
    compute_fingerprint(key->digest, sizeof key->digest, key->prints.digest);
    compute_fingerprint(key->tag, sizeof key->tag, key->prints.tag);
    if (has_seal) compute_fingerprint(key->seal, sizeof key->seal, key->prints.seal);
}

void atk_key_bind(struct atk_key *key, const uint8_t store_id[ATK_STORE_ID_LEN]) {
    static const char constant[] = "apitoken record tag";
    uint8_t bound[sizeof constant - 1 + ATK_STORE_ID_LEN];
    memcpy(bound, constant, sizeof constant - 1);
    memcpy(bound + sizeof constant - 1, store_id, ATK_STORE_ID_LEN);
    (void)crypto_generichash(key->store_tag, sizeof key->store_tag, bound, sizeof bound, key->tag,
                             sizeof key->tag);
    sodium_stackzero(SCRUB_DEPTH_KEYS);
}

const struct atk_keys *atk_keys_bind(const struct atk_keys *keys,
                                     const uint8_t store_id[ATK_STORE_ID_LEN],
                                     bool *ret_is_locked) {
    struct atk_keys *bound = atk_guarded_alloc(sizeof *bound, ret_is_locked);
    if (!bound) return NULL;
    memcpy(bound, keys, sizeof *bound);
    for (uint32_t i = 0; i < bound->count; i++) atk_key_bind(&bound->key[i], store_id);
    atk_guarded_read_only(bound);
    return bound;
}

/* Not inlined: its frame, with the state in it, must be dead when the stack is scrubbed. */
__attribute__((noinline)) static void compute_digest(const struct atk_key *key, const char *text,
                                                     size_t len, uint8_t out[ATK_VERIFIER_LEN]) {
    crypto_generichash_state state;
    uint8_t digest[DIGEST_LEN];
    memcpy(&state, key->begun, sizeof state);
    (void)crypto_generichash_update(&state, (const uint8_t *)text, len);
    (void)crypto_generichash_final(&state, digest, sizeof digest);
    memcpy(out, digest, ATK_VERIFIER_LEN);
}

void atk_digest(const struct atk_key *key, const char *text, size_t len,
                uint8_t out[ATK_VERIFIER_LEN]) {
    compute_digest(key, text, len, out);
    sodium_stackzero(SCRUB_DEPTH);
}

ATK_VERDICT bool atk_digest_equal(const uint8_t a[ATK_VERIFIER_LEN],
                                  const uint8_t b[ATK_VERIFIER_LEN]) {
    return ((atk_le_at(a, 8) ^ atk_le_at(b, 8)) | (atk_le_at(a + 8, 8) ^ atk_le_at(b + 8, 8)) |
            (atk_le_at(a + 16, 8) ^ atk_le_at(b + 16, 8))) == 0;
}

void atk_text_tag(const uint8_t key[ATK_TAG_KEY_LEN], const void *data, size_t len,
                  uint8_t out[ATK_TEXT_TAG_LEN]) {
    (void)crypto_shorthash_siphashx24(out, (const uint8_t *)data, len, key);
}

void atk_tag(const uint8_t key[ATK_TAG_KEY_LEN], const void *data, size_t len,
             uint8_t out[ATK_TAG_LEN]) {
    (void)crypto_shorthash_siphash24(out, (const uint8_t *)data, len, key);
}

ATK_VERDICT bool atk_tag_equal(const uint8_t a[ATK_TAG_LEN], const uint8_t b[ATK_TAG_LEN]) {
    return atk_le_at(a, 8) == atk_le_at(b, 8);
}

void atk_aead_seal(const uint8_t key[ATK_KEY_LEN], const void *ad, size_t ad_len, const void *text,
                   size_t len, uint8_t *out) {
    uint8_t *nonce = out;
    randombytes_buf(nonce, crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(
        out + crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, NULL, (const uint8_t *)text, len,
        (const uint8_t *)ad, ad_len, NULL, nonce, key);
}

ATK_VERDICT bool atk_aead_open(const uint8_t key[ATK_KEY_LEN], const void *ad, size_t ad_len,
                               const uint8_t *sealed, size_t len, void *out) {
    const size_t nonce_len = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
    if (len < ATK_SEAL_OVERHEAD) return false;
    return crypto_aead_xchacha20poly1305_ietf_decrypt(
               (uint8_t *)out, NULL, NULL, sealed + nonce_len, len - nonce_len, (const uint8_t *)ad,
               ad_len, sealed, key) == 0;
}

void atk_hash(const void *data, size_t len, uint8_t *out, size_t out_len) {
    (void)crypto_generichash(out, out_len, (const uint8_t *)data, len, NULL, 0);
    sodium_stackzero(SCRUB_DEPTH_KEYS);
}

void atk_keyed_hash(const uint8_t *key, size_t key_len, const void *data, size_t len, uint8_t *out,
                    size_t out_len) {
    (void)crypto_generichash(out, out_len, (const uint8_t *)data, len, key, key_len);
    sodium_stackzero(SCRUB_DEPTH_KEYS);
}

ATK_VERDICT bool atk_hash_equal(const uint8_t a[ATK_HASH_LEN], const uint8_t b[ATK_HASH_LEN]) {
    return ((atk_le_at(a, 8) ^ atk_le_at(b, 8)) | (atk_le_at(a + 8, 8) ^ atk_le_at(b + 8, 8))) == 0;
}

void atk_random(void *out, size_t len) { randombytes_buf(out, len); }

/* Bytes of `fair` and above are rejected: they would make some characters likelier than others. */
void atk_random_text(const char *alphabet, uint32_t size, char *out, size_t len) {
    uint8_t drawn[RANDOM_BLOCK];
    const uint32_t fair = 256 - 256 % size;
    size_t done = 0;
    while (done < len) {
        randombytes_buf(drawn, sizeof drawn);
        for (size_t i = 0; i < sizeof drawn && done < len; i++)
            if (drawn[i] < fair) out[done++] = alphabet[drawn[i] % size];
    }
    sodium_memzero(drawn, sizeof drawn);
}

void atk_wipe(void *data, size_t len) { sodium_memzero(data, len); }

void atk_hex(const uint8_t *data, size_t len, char *out) {
    (void)sodium_bin2hex(out, 2 * len + 1, data, len);
}

bool atk_unhex(const char *hex, size_t hex_len, uint8_t *out, size_t len) {
    size_t got = 0;
    unsigned upper = 0; /* upper case is refused: one text for one value. No branch on a digit. */
    if (hex_len != 2 * len) return false;
    for (size_t i = 0; i < hex_len; i++) upper |= (unsigned)((unsigned char)hex[i] - 'A') < 26u;
    if (upper) return false;
    return sodium_hex2bin(out, len, hex, hex_len, NULL, &got, NULL) == 0 && got == len;
}

void *atk_guarded_alloc(size_t size, bool *ret_is_locked) {
    void *data = sodium_malloc(size);
    if (!data) return NULL;
    memset(data, 0, size);
    /* sodium_malloc() also locks it, but does not report whether that worked */
    *ret_is_locked = sodium_mlock(data, size) == 0;
    return data;
}

void atk_guarded_read_only(void *data) { (void)sodium_mprotect_readonly(data); }

bool atk_guarded_writable(void *data) { return sodium_mprotect_readwrite(data) == 0; }

void atk_guarded_free(void *data) { sodium_free(data); }
