/* SPDX-License-Identifier: MIT */
#include "outside/record_tag.h"

#include <string.h>

#include "base/bytes.h"

#define KEY_MAX ATK_ROW_KEY_MAX
#define RECORD_MAX ATK_KEYS_RECORD_MAX /* the longest kind */

/* The tag covers the length of the database key, that key, and the record without its tag. */
static void compute_tag(const struct atk_key *key, const void *db_key, size_t db_key_len,
                        const uint8_t *record, size_t body, uint8_t out[ATK_TAG_LEN]) {
    uint8_t joined[1 + KEY_MAX + RECORD_MAX];
    joined[0] = (uint8_t)db_key_len;
    memcpy(joined + 1, db_key, db_key_len);
    memcpy(joined + 1 + db_key_len, record, body);
    atk_tag(key->store_tag, joined, 1 + db_key_len + body, out);
}

static uint32_t key_id_of(const uint8_t *record) {
    struct atk_reader r = atk_reader_of(record + ATK_RECORD_KEY_ID_AT, 4);
    return (uint32_t)atk_get_uint(&r, 4);
}

static const struct atk_key *key_of_record(const struct atk_keys *keys, const uint8_t *record) {
    return atk_keys_find(keys, key_id_of(record));
}

void atk_record_tag_write(const struct atk_keys *keys, const void *db_key, size_t db_key_len,
                          uint8_t *record, size_t len) {
    compute_tag(atk_keys_find_held(keys, key_id_of(record)), db_key, db_key_len, record,
                len - ATK_TAG_LEN, record + len - ATK_TAG_LEN);
}

int atk_record_tag_verify(const struct atk_keys *keys, const void *db_key, size_t db_key_len,
                          const uint8_t *record, size_t len) {
    uint8_t tag[ATK_TAG_LEN];
    if (len < ATK_RECORD_HEAD + ATK_TAG_LEN || len > RECORD_MAX || db_key_len > KEY_MAX)
        return APITOKEN_E_DAMAGED;
    const struct atk_key *key = key_of_record(keys, record);
    if (!key)
        return atk_keys_is_retired(keys, key_id_of(record)) ? APITOKEN_E_KEY_RETIRED
                                                            : APITOKEN_E_KEY_MISSING;
    compute_tag(key, db_key, db_key_len, record, len - ATK_TAG_LEN, tag);
    return atk_tag_equal(tag, record + len - ATK_TAG_LEN) ? 0 : APITOKEN_E_DAMAGED;
}

uint32_t atk_record_key_id(const void *record, size_t len) {
    return len < ATK_RECORD_HEAD + ATK_TAG_LEN ? 0 : key_id_of(record);
}

int atk_record_tag_move(const struct atk_keys *keys, const void *db_key, size_t db_key_len,
                        uint8_t *record, size_t len, uint32_t key_id) {
    struct atk_writer w = atk_writer_of(record + ATK_RECORD_KEY_ID_AT, 4);
    int rc = atk_record_tag_verify(keys, db_key, db_key_len, record, len);
    if (rc < 0) return rc;
    atk_put_uint(&w, key_id, 4);
    atk_record_tag_write(keys, db_key, db_key_len, record, len);
    return 0;
}

const struct atk_key *atk_tagged_hot_key(const struct atk_keys *keys,
                                         const struct atk_tagged_hot *tagged) {
    return key_of_record(keys, atk_tagged_hot_record(tagged));
}

int atk_tagged_hot_verify(const struct atk_key *key, const struct atk_tagged_hot *tagged) {
    uint8_t tag[ATK_TAG_LEN];
    atk_tag(key->store_tag, tagged->bytes, tagged->len - ATK_TAG_LEN, tag);
    return atk_tag_equal(tag, tagged->bytes + tagged->len - ATK_TAG_LEN) ? 0 : APITOKEN_E_DAMAGED;
}
