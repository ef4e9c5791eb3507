/* SPDX-License-Identifier: MIT */
/* All cryptography. Only crypto.c uses libsodium. */
#ifndef APITOKEN_OUTSIDE_CRYPTO_H
#define APITOKEN_OUTSIDE_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/record.h"

/* size of libsodium's hash state, which may be copied byte by byte */
#define ATK_BEGUN_LEN 384

/* One key and its subkeys. Verify-only: `master`, `seal`, its fingerprint and `audit` are zero. */
struct atk_key {
    /* hash state after the digest key: each digest starts from a copy of it */
    uint8_t begun[ATK_BEGUN_LEN];
    uint32_t id;
    uint8_t store_tag[ATK_TAG_KEY_LEN]; /* for records of one store; zero until it is bound to it */
    uint8_t tag[ATK_TAG_KEY_LEN];
    struct atk_prints prints;
    uint8_t master[ATK_KEY_LEN];
    uint8_t digest[ATK_KEY_LEN];
    uint8_t seal[ATK_KEY_LEN];
    uint8_t audit[ATK_KEY_LEN];
};

/*
 * All keys of a keyring, sorted by id. Lives in guarded memory. The keys of an open store may be
 * replaced while threads use them (held_keys.h): then all fields but the keys are atomic, keys are
 * in the order in which they came, and none is ever moved, changed or freed.
 */
struct atk_keys {
    uint32_t count;
    uint32_t active;  /* id of the key for new tokens */
    uint32_t gone;    /* a bit per key that the keyring no longer has, or that is retired */
    uint32_t retired; /* a bit per key that is retired in the store */
    bool verify_only; /* keys may lack what seals */
    struct atk_key key[ATK_KEYS_MAX];
};

/* 0 or APITOKEN_E_RANDOM. May be called again, by any thread. */
int atk_crypto_init(void);

/* The key with this id, or NULL. */
const struct atk_key *atk_keys_find(const struct atk_keys *keys, uint32_t id);

/*
 * The same, but if no such key is left, the last one that has gone: for a call that writes, which
 * ends with the keys that it began with.
 */
const struct atk_key *atk_keys_find_held(const struct atk_keys *keys, uint32_t id);

/* Whether the keyring has this key, but it is retired in the store. */
bool atk_keys_is_retired(const struct atk_keys *keys, uint32_t id);

/* The key for new tokens. If it is retired, no write takes what is made with it. */
const struct atk_key *atk_keys_find_active(const struct atk_keys *keys);

/* Derives the digest, tag, seal and audit keys from the master key. */
void atk_key_derive(struct atk_key *key);

/* Derives `store_tag`: the key for the record tags of one store. */
void atk_key_bind(struct atk_key *key, const uint8_t store_id[ATK_STORE_ID_LEN]);

/*
 * Copies keys into guarded memory of their own, each bound to a store. *ret_is_locked: it is locked
 * into RAM. NULL: out of memory. Freed with atk_guarded_free().
 */
const struct atk_keys *atk_keys_bind(const struct atk_keys *keys,
                                     const uint8_t store_id[ATK_STORE_ID_LEN], bool *ret_is_locked);

/* Sets `begun` from the digest key. */
void atk_key_begin_digest(struct atk_key *key);

/* Computes the fingerprints; that of the seal key only if there is one. */
void atk_key_fingerprint(struct atk_key *key, bool has_seal);

/*
 * The verifier of a token: the first bytes of BLAKE2b-256 (RFC 7693) over digest key and text, in
 * one block. Leaves nothing on the dead stack.
 */
void atk_digest(const struct atk_key *key, const char *text, size_t len,
                uint8_t out[ATK_VERIFIER_LEN]);

/* In constant time. */
bool atk_digest_equal(const uint8_t a[ATK_VERIFIER_LEN], const uint8_t b[ATK_VERIFIER_LEN]);

/* SipHash-2-4 with a 128-bit result. */
#define ATK_TEXT_TAG_LEN 16
void atk_text_tag(const uint8_t key[ATK_TAG_KEY_LEN], const void *data, size_t len,
                  uint8_t out[ATK_TEXT_TAG_LEN]);

/* SipHash-2-4 with a 64-bit result. */
void atk_tag(const uint8_t key[ATK_TAG_KEY_LEN], const void *data, size_t len,
             uint8_t out[ATK_TAG_LEN]);
/* In constant time. */
bool atk_tag_equal(const uint8_t a[ATK_TAG_LEN], const uint8_t b[ATK_TAG_LEN]);

/*
 * XChaCha20-Poly1305. Writes a random nonce, then the ciphertext and its tag: len +
 * ATK_SEAL_OVERHEAD bytes.
 */
void atk_aead_seal(const uint8_t key[ATK_KEY_LEN], const void *ad, size_t ad_len, const void *text,
                   size_t len, uint8_t *out);
/*
 * Writes the len - ATK_SEAL_OVERHEAD bytes that were sealed. False if they were not sealed with
 * this key and this associated data.
 */
bool atk_aead_open(const uint8_t key[ATK_KEY_LEN], const void *ad, size_t ad_len,
                   const uint8_t *sealed, size_t len, void *out);

/* Unkeyed BLAKE2b with `out_len` (16 to 64) bytes of output: the checksum of a file. */
void atk_hash(const void *data, size_t len, uint8_t *out, size_t out_len);

/* BLAKE2b with a key of 16 to 64 bytes and `out_len` (16 to 64) bytes of output. */
void atk_keyed_hash(const uint8_t *key, size_t key_len, const void *data, size_t len, uint8_t *out,
                    size_t out_len);

/* Compares hashes of 16 bytes in constant time. */
#define ATK_HASH_LEN 16
bool atk_hash_equal(const uint8_t a[ATK_HASH_LEN], const uint8_t b[ATK_HASH_LEN]);

void atk_random(void *out, size_t len);
/* Draws characters uniformly from an alphabet of at most 256. */
void atk_random_text(const char *alphabet, uint32_t size, char *out, size_t len);

void atk_wipe(void *data, size_t len);
void atk_hex(const uint8_t *data, size_t len, char *out); /* 2 * len characters and a NUL */
/* False unless `hex` is 2 * len lower-case hexadecimal digits. Constant time in the digits. */
bool atk_unhex(const char *hex, size_t hex_len, uint8_t *out, size_t len);

/*
 * Guarded memory: zeroed, between guard pages, left out of core dumps, wiped when freed.
 * *ret_is_locked tells whether it is locked into RAM. NULL: out of memory.
 */
void *atk_guarded_alloc(size_t size, bool *ret_is_locked);
void atk_guarded_read_only(void *data);
bool atk_guarded_writable(void *data); /* undoes atk_guarded_read_only(); false: it could not */
void atk_guarded_free(void *data);

#endif
