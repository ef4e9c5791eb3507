/* SPDX-License-Identifier: MIT */
#include "outside/audit_tag.h"

#include <string.h>

#include "base/bytes.h"

#define CONSTANT "apitoken audit"
#define CONSTANT_LEN (sizeof CONSTANT - 1)

/* What a tag covers: less than a block of BLAKE2b. */
#define COVERED                                                                                  \
    (CONSTANT_LEN + ATK_STORE_ID_LEN + 8 + 8 + ATK_CHAIN_TAG_LEN + 8 + 2 + APITOKEN_ID_LEN + 8 + \
     ATK_AUDIT_DIGEST_LEN)

_Static_assert(ATK_CHAIN_TAG_LEN == ATK_HASH_LEN && ATK_AUDIT_DIGEST_LEN == ATK_HASH_LEN,
               "they are compared as hashes");

/* Keyed with the salt, so that nothing can be learnt of a text that was erased with its salt. */
static void compute_digest(const struct atk_audit *audit, uint8_t out[ATK_AUDIT_DIGEST_LEN]) {
    atk_keyed_hash(audit->text, ATK_AUDIT_SALT_LEN, audit->text + ATK_AUDIT_SALT_LEN,
                   audit->text_len - (size_t)ATK_AUDIT_SALT_LEN, out, ATK_AUDIT_DIGEST_LEN);
}

/* The tag of the record after `before`. */
static void compute_tag(const struct atk_key *key, const uint8_t store_id[ATK_STORE_ID_LEN],
                        uint64_t chain, const struct atk_audit_head *before,
                        const struct atk_audit *audit, uint8_t out[ATK_CHAIN_TAG_LEN]) {
    uint8_t covered[COVERED];
    struct atk_writer w = atk_writer_of(covered, sizeof covered);
    atk_put_bytes(&w, CONSTANT, CONSTANT_LEN);
    atk_put_bytes(&w, store_id, ATK_STORE_ID_LEN);
    atk_put_uint(&w, chain, 8);
    atk_put_uint(&w, before->number + 1, 8);
    atk_put_bytes(&w, before->tag, sizeof before->tag);
    atk_put_i64(&w, audit->at_ms);
    atk_put_uint(&w, audit->verb, 1);
    atk_put_uint(&w, audit->flags, 1);
    atk_put_bytes(&w, audit->id, sizeof audit->id);
    atk_put_uint(&w, audit->unrecorded, 8);
    atk_put_bytes(&w, audit->digest, sizeof audit->digest);
    atk_keyed_hash(key->audit, sizeof key->audit, covered, sizeof covered, out, ATK_CHAIN_TAG_LEN);
}

static void move_head(struct atk_audit_head *head, const struct atk_audit *audit) {
    head->number++;
    memcpy(head->tag, audit->tag, sizeof head->tag);
}

int atk_audit_tag_write(const struct atk_keys *keys, const uint8_t store_id[ATK_STORE_ID_LEN],
                        uint64_t chain, struct atk_audit_head *head, struct atk_audit *audit) {
    if (keys->verify_only) return APITOKEN_E_VERIFY_ONLY;
    compute_digest(audit, audit->digest);
    compute_tag(atk_keys_find_held(keys, audit->chain_key_id), store_id, chain, head, audit,
                audit->tag);
    move_head(head, audit);
    return 0;
}

int atk_audit_tag_verify(const struct atk_keys *keys, const uint8_t store_id[ATK_STORE_ID_LEN],
                         uint64_t chain, struct atk_audit_head *head, uint64_t number,
                         const struct atk_audit *audit) {
    uint8_t digest[ATK_AUDIT_DIGEST_LEN], tag[ATK_CHAIN_TAG_LEN];
    if (keys->verify_only) return APITOKEN_E_VERIFY_ONLY;
    /* a retired key, too: the tag of the record, under another one, says that it was right */
    const struct atk_key *key = atk_keys_find_held(keys, audit->chain_key_id);
    if (!key) return APITOKEN_E_KEY_MISSING;
    if (number != head->number + 1) return APITOKEN_E_DAMAGED;
    compute_tag(key, store_id, chain, head, audit, tag);
    if (!atk_hash_equal(tag, audit->tag)) return APITOKEN_E_DAMAGED;
    if (audit->text_len > 0) {
        compute_digest(audit, digest);
        if (!atk_hash_equal(digest, audit->digest)) return APITOKEN_E_DAMAGED;
    }
    move_head(head, audit);
    return 0;
}
