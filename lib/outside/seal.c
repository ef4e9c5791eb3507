/* SPDX-License-Identifier: MIT */
#include "outside/seal.h"

#include <stdint.h>

#include "base/bytes.h"

#define AD_MAX (ATK_STORE_ID_LEN + APITOKEN_ID_LEN + 1 + APITOKEN_OWNER_MAX + 4 + 1)

static size_t write_associated_data(uint8_t out[AD_MAX], const struct atk_sealed_for *token,
                                    const struct atk_config *config, uint32_t key_id) {
    struct atk_writer w = atk_writer_of(out, AD_MAX);
    atk_put_bytes(&w, config->store_id, sizeof config->store_id);
    atk_put_bytes(&w, token->id, APITOKEN_ID_LEN);
    atk_put_uint(&w, token->owner_len, 1);
    atk_put_bytes(&w, token->owner, token->owner_len);
    atk_put_uint(&w, key_id, 4);
    atk_put_uint(&w, ATK_SEAL_SUITE, 1);
    return (size_t)(w.at - out);
}

uint16_t atk_seal(const struct atk_sealed_for *token, const struct atk_config *config,
                  const struct atk_key *key, const char *text, size_t len,
                  uint8_t sealed[ATK_SEALED_MAX]) {
    uint8_t ad[AD_MAX];
    size_t ad_len = write_associated_data(ad, token, config, key->id);
    atk_aead_seal(key->seal, ad, ad_len, text, len, sealed);
    return (uint16_t)(len + ATK_SEAL_OVERHEAD);
}

bool atk_seal_open(const struct atk_row *row, const struct atk_hot *hot,
                   const struct atk_config *config, const struct atk_keys *keys,
                   char text[ATK_TOKEN_LEN_MAX], size_t *ret_len) {
    uint8_t ad[AD_MAX], digest[ATK_VERIFIER_LEN];
    const struct atk_key *sealed_under = atk_keys_find(keys, row->sealed_key_id),
                         *verified_under = atk_keys_find(keys, hot->key_id);
    const struct atk_sealed_for token = { row->id, hot->owner, hot->owner_len };
    size_t ad_len = write_associated_data(ad, &token, config, row->sealed_key_id);
    if (!sealed_under || !verified_under || row->sealed_len <= ATK_SEAL_OVERHEAD) return false;
    if (!atk_aead_open(sealed_under->seal, ad, ad_len, row->sealed, row->sealed_len, text))
        return false;
    *ret_len = row->sealed_len - (size_t)ATK_SEAL_OVERHEAD;
    atk_digest(verified_under, text, *ret_len, digest);
    return atk_digest_equal(digest, hot->verifier);
}
