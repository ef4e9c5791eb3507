/* SPDX-License-Identifier: MIT */
#include "outside/crypto.h"

#include <sodium.h>
#include <string.h>

#include "base/attr.h"

/*
 * Deeper than the frames of a digest: some 1,300 bytes with libsodium's AVX2 code, whose frames are
 * the largest, 384 of them our copy of the state; 200 more where a sanitizer puts guards between.
 * The unit test looks for what is left.
 */
#define SCRUB_DEPTH 1536

/*
 * The same for what libsodium does in one call, with a key or a part of a keyring file. Rare, so
 * generous.
 */
#define SCRUB_DEPTH_KEYS 4096

/*
 * Drawn in one go: id and secret need 42 of these bytes, and of 62 characters' bytes one in 32 is
 * passed over.
 */
#define RANDOM_BLOCK 64

_Static_assert(ATK_KEY_LEN == crypto_kdf_KEYBYTES, "master key");
_Static_assert(ATK_TAG_KEY_LEN == crypto_shorthash_siphashx24_KEYBYTES, "record check key");
_Static_assert(ATK_TAG_LEN == crypto_shorthash_siphashx24_BYTES, "record check tag");
_Static_assert(ATK_KEY_LEN == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "seal key");
_Static_assert(ATK_SEAL_OVERHEAD == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES +
                                        crypto_aead_xchacha20poly1305_ietf_ABYTES,
               "seal");
_Static_assert(ATK_DIGEST_LEN == crypto_verify_32_BYTES, "verifier");
_Static_assert(ATK_KEY_LEN + ATK_TOKEN_LEN_MAX <= 128, "key and token fit one block of BLAKE2b");
_Static_assert(sizeof(crypto_generichash_state) == ATK_BEGUN_LEN, "a digest that has begun");

int atk_crypto_init(void) { return sodium_init() < 0 ? APITOKEN_E_RANDOM : 0; }

const struct atk_key *atk_keys_find(const struct atk_keys *keys, uint32_t id) {
    for (uint32_t i = 0; i < keys->count; i++)
        if (keys->key[i].id == id) return &keys->key[i];
    return NULL;
}

void atk_key_derive(struct atk_key *key) {
    enum { DIGEST = 1, CHECK = 2, SEAL = 3 };
    static const char context[crypto_kdf_CONTEXTBYTES + 1] = "apitoken";
    (void)crypto_kdf_derive_from_key(key->digest, sizeof key->digest, DIGEST, context, key->master);
    (void)crypto_kdf_derive_from_key(key->check, sizeof key->check, CHECK, context, key->master);
    (void)crypto_kdf_derive_from_key(key->seal, sizeof key->seal, SEAL, context, key->master);
    sodium_stackzero(SCRUB_DEPTH_KEYS);
}

void atk_key_begin(struct atk_key *key) {
    crypto_generichash_state state = { 0 };
    (void)crypto_generichash_init(&state, NULL, 0, ATK_DIGEST_LEN);
    (void)crypto_generichash_update(&state, key->digest, sizeof key->digest);
    memcpy(key->begun, &state, sizeof state);
    sodium_memzero(&state, sizeof state);
}

static void fingerprint(const uint8_t *subkey, size_t len, uint8_t out[ATK_FP_LEN]) {
    static const char constant[] = "apitoken key fingerprint";
    (void)crypto_generichash(out, ATK_FP_LEN, (const uint8_t *)constant, sizeof constant - 1,
                             subkey, len);
}

void atk_key_fingerprint(struct atk_key *key, int has_seal) {
    fingerprint(key->digest, sizeof key->digest, key->prints.digest);
    fingerprint(key->check, sizeof key->check, key->prints.check);
    if (has_seal) fingerprint(key->seal, sizeof key->seal, key->prints.seal);
}

/*
 * In a frame of its own, which is dead when the stack is scrubbed: so its state goes with the rest.
 */
__attribute__((noinline)) static void digest(const struct atk_key *key, const char *text,
                                             size_t len, uint8_t out[ATK_DIGEST_LEN]) {
    crypto_generichash_state state;
    memcpy(&state, key->begun, sizeof state);
    (void)crypto_generichash_update(&state, (const uint8_t *)text, len);
    (void)crypto_generichash_final(&state, out, ATK_DIGEST_LEN);
}

void atk_digest(const struct atk_key *key, const char *text, size_t len,
                uint8_t out[ATK_DIGEST_LEN]) {
    digest(key, text, len, out);
    sodium_stackzero(SCRUB_DEPTH);
}

ATK_VERDICT int atk_digest_equal(const uint8_t a[ATK_DIGEST_LEN], const uint8_t b[ATK_DIGEST_LEN]) {
    return crypto_verify_32(a, b) == 0;
}

void atk_tag(const uint8_t key[ATK_TAG_KEY_LEN], const void *data, size_t len,
             uint8_t out[ATK_TAG_LEN]) {
    (void)crypto_shorthash_siphashx24(out, (const uint8_t *)data, len, key);
}

ATK_VERDICT int atk_tag_equal(const uint8_t a[ATK_TAG_LEN], const uint8_t b[ATK_TAG_LEN]) {
    return crypto_verify_16(a, b) == 0;
}

void atk_seal(const uint8_t key[ATK_KEY_LEN], const void *ad, size_t ad_len, const void *text,
              size_t len, uint8_t *out) {
    uint8_t *nonce = out;
    randombytes_buf(nonce, crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(
        out + crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, NULL, (const uint8_t *)text, len,
        (const uint8_t *)ad, ad_len, NULL, nonce, key);
}

ATK_VERDICT int atk_open(const uint8_t key[ATK_KEY_LEN], const void *ad, size_t ad_len,
                         const uint8_t *sealed, size_t len, void *out) {
    const size_t nonce_len = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
    if (len < ATK_SEAL_OVERHEAD) return 0;
    return crypto_aead_xchacha20poly1305_ietf_decrypt(
               (uint8_t *)out, NULL, NULL, sealed + nonce_len, len - nonce_len, (const uint8_t *)ad,
               ad_len, sealed, key) == 0;
}

void atk_hash(const void *data, size_t len, uint8_t *out, size_t out_len) {
    (void)crypto_generichash(out, out_len, (const uint8_t *)data, len, NULL, 0);
    sodium_stackzero(SCRUB_DEPTH_KEYS);
}

void atk_random(void *out, size_t len) { randombytes_buf(out, len); }

/*
 * A byte that would make some characters likelier than others is passed over: below `fair` each has
 * the same number of bytes.
 */
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

int atk_unhex(const char *hex, size_t hex_len, uint8_t *out, size_t len) {
    size_t got = 0;
    unsigned upper = 0; /* one text for one value; looked at without a branch on a digit */
    if (hex_len != 2 * len) return 0;
    for (size_t i = 0; i < hex_len; i++) upper |= (unsigned)((unsigned char)hex[i] - 'A') < 26u;
    if (upper) return 0;
    return sodium_hex2bin(out, len, hex, hex_len, NULL, &got, NULL) == 0 && got == len;
}

void *atk_guarded_alloc(size_t size, int *ret_locked) {
    void *data = sodium_malloc(size);
    if (!data) return NULL;
    memset(data, 0, size);
    /* sodium_malloc tries it, too, and does not tell */
    *ret_locked = sodium_mlock(data, size) == 0;
    return data;
}

void atk_guarded_read_only(void *data) { (void)sodium_mprotect_readonly(data); }

void atk_guarded_free(void *data) { sodium_free(data); }
