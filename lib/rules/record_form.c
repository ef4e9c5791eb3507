/* SPDX-License-Identifier: MIT */
#include "rules/record_form.h"

#include <string.h>

void atk_record_put_head(struct atk_writer *w, unsigned type, unsigned own, uint32_t key_id) {
    atk_put_uint(w, ATK_RECORD_VERSION, 1);
    atk_put_uint(w, type, 1);
    atk_put_uint(w, own, 2);
    atk_put_uint(w, key_id, 4);
}

void atk_record_put_zeros(struct atk_writer *w, size_t len) {
    for (size_t i = 0; i < len; i++) atk_put_uint(w, 0, 1);
}

size_t atk_record_len(const struct atk_writer *w, const uint8_t *out) {
    return w->is_bad ? 0 : (size_t)(w->at - out) + ATK_TAG_LEN;
}

int atk_record_get_own_head(struct atk_reader *r, unsigned type, unsigned *ret_own,
                            uint32_t *ret_key_id) {
    if (r->left < ATK_RECORD_HEAD + ATK_TAG_LEN) return APITOKEN_E_DAMAGED;
    r->left -= ATK_TAG_LEN;
    const bool is_known = (atk_get_uint(r, 1) == ATK_RECORD_VERSION) & (atk_get_uint(r, 1) == type);
    *ret_own = (unsigned)atk_get_uint(r, 2);
    *ret_key_id = (uint32_t)atk_get_uint(r, 4);
    return is_known ? 0 : APITOKEN_E_NEWER;
}

int atk_record_get_head(struct atk_reader *r, unsigned type, uint32_t *ret_key_id) {
    unsigned own;
    int rc = atk_record_get_own_head(r, type, &own, ret_key_id);
    return rc == 0 && own != 0 ? APITOKEN_E_NEWER : rc;
}
