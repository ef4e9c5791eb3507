/* SPDX-License-Identifier: MIT */
/* Everything cryptographic. The only file that knows libsodium. */
#ifndef APITOKEN_OUTSIDE_CRYPTO_H
#define APITOKEN_OUTSIDE_CRYPTO_H

#include <stddef.h>
#include <stdint.h>

#include "rules/record.h"

/* libsodium's state of a hash under way, which is copied by copying its bytes */
#define ATK_BEGUN_LEN 384

/* The subkeys of one key. `master`, `seal` and its print are zero in a verify-only keyring. */
struct atk_key {
    /* a digest that has taken in its key: each one goes on from here */
    uint8_t begun[ATK_BEGUN_LEN];
    uint32_t id;
    uint8_t check[ATK_TAG_KEY_LEN];
    struct atk_prints prints;
    uint8_t master[ATK_KEY_LEN];
    uint8_t digest[ATK_KEY_LEN];
    uint8_t seal[ATK_KEY_LEN];
};

/* All keys of a keyring; lives in guarded memory. Sorted by id. */
struct atk_keys {
    uint32_t count;
    uint32_t active; /* id */
    int verify_only;
    struct atk_key key[ATK_KEYS_MAX];
};

/* 0, or APITOKEN_E_RANDOM. Idempotent, any thread. */
int atk_crypto_init(void);

/* The key of an id, or NULL. */
const struct atk_key *atk_keys_find(const struct atk_keys *keys, uint32_t id);

/* Fills digest, check and seal of a key from its master. */
void atk_key_derive(struct atk_key *key);

/* Fills `begun` from the digest key. */
void atk_key_begin(struct atk_key *key);

/* Fills the prints; that of the seal only if the key has one. */
void atk_key_fingerprint(struct atk_key *key, int has_seal);

/*
 * Verifier of a token: BLAKE2b-256 (RFC 7693) over digest key and text in one block. Leaves nothing
 * on the dead stack.
 */
void atk_digest(const struct atk_key *key, const char *text, size_t len,
                uint8_t out[ATK_DIGEST_LEN]);

/* 1 if equal, in constant time. */
int atk_digest_equal(const uint8_t a[ATK_DIGEST_LEN], const uint8_t b[ATK_DIGEST_LEN]);

/* SipHash-2-4 with 128 bits of result. */
void atk_tag(const uint8_t key[ATK_TAG_KEY_LEN], const void *data, size_t len,
             uint8_t out[ATK_TAG_LEN]);
int atk_tag_equal(const uint8_t a[ATK_TAG_LEN], const uint8_t b[ATK_TAG_LEN]);

/*
 * XChaCha20-Poly1305 with a random nonce before the ciphertext: out_len = len + ATK_SEAL_OVERHEAD.
 */
void atk_seal(const uint8_t key[ATK_KEY_LEN], const void *ad, size_t ad_len, const void *text,
              size_t len, uint8_t *out);
/*
 * 1 and len - ATK_SEAL_OVERHEAD bytes, or 0 if it was not sealed by this key with this associated
 * data.
 */
int atk_open(const uint8_t key[ATK_KEY_LEN], const void *ad, size_t ad_len, const uint8_t *sealed,
             size_t len, void *out);

/* Unkeyed BLAKE2b of `out_len` (16 to 64) bytes, for the checksum of a file. */
void atk_hash(const void *data, size_t len, uint8_t *out, size_t out_len);

void atk_random(void *out, size_t len);
/* Uniformly drawn characters of an alphabet of at most 256. */
void atk_random_text(const char *alphabet, uint32_t size, char *out, size_t len);

void atk_wipe(void *data, size_t len);
void atk_hex(const uint8_t *data, size_t len, char *out); /* 2 * len characters and a NUL */
/* 1 if `hex` is 2 * len lower-case hexadecimal digits. Constant time in the digits. */
int atk_unhex(const char *hex, size_t hex_len, uint8_t *out, size_t len);

/*
 * Guarded memory: between guard pages, out of core dumps, wiped by free. *ret_locked tells whether
 * it is locked into RAM.
 */
void *atk_guarded_alloc(size_t size, int *ret_locked);
void atk_guarded_read_only(void *data);
void atk_guarded_free(void *data);

#endif
