/* SPDX-License-Identifier: MIT */
#include "rules/record_policy.h"

void atk_policy_record_init(struct atk_policy_record *record) {
    *record = (struct atk_policy_record){ .policy = atk_policy_default() };
}

size_t atk_policy_record_encode(const struct atk_policy_record *record, uint8_t *out) {
    struct atk_writer w = atk_writer_of(out, ATK_POLICY_MAX - ATK_TAG_LEN);
    const struct atk_policy *policy = &record->policy;
    atk_record_put_head(&w, ATK_TYPE_POLICY, 0, record->key_id);
    atk_put_uint(&w, record->revision, 4);
    atk_put_uint(&w, policy->max_live, 4);
    atk_put_uint(&w, policy->flags, 4);
    atk_record_put_zeros(&w, 4);
    atk_put_i64(&w, policy->max_lifetime_ms);
    atk_put_i64(&w, policy->default_expiry_ms);
    atk_put_i64(&w, policy->undo_ms);
    atk_put_i64(&w, policy->max_grace_ms);
    atk_put_i64(&w, policy->audit_retention_ms);
    atk_put_bytes(&w, record->parts, record->parts_len);
    return atk_record_len(&w, out);
}

int atk_policy_record_decode(const void *bytes, size_t len, struct atk_policy_record *record) {
    struct atk_reader r = atk_reader_of(bytes, len);
    struct atk_policy *policy = &record->policy;
    int rc = atk_record_get_head(&r, ATK_TYPE_POLICY, &record->key_id);
    if (rc < 0) return rc;
    record->revision = (uint32_t)atk_get_uint(&r, 4);
    policy->max_live = (uint32_t)atk_get_uint(&r, 4);
    policy->flags = (uint32_t)atk_get_uint(&r, 4);
    if (!atk_record_get_zeros(&r, 4)) return APITOKEN_E_DAMAGED;
    policy->max_lifetime_ms = atk_get_i64(&r);
    policy->default_expiry_ms = atk_get_i64(&r);
    policy->undo_ms = atk_get_i64(&r);
    policy->max_grace_ms = atk_get_i64(&r);
    policy->audit_retention_ms = atk_get_i64(&r);
    rc = atk_parts_get(&r, record->parts, sizeof record->parts, &record->parts_len);
    if (rc == APITOKEN_E_DAMAGED || record->revision == 0) return APITOKEN_E_DAMAGED;
    return atk_policy_find_wrong(policy) == ATK_POLICY_NONE ? rc : APITOKEN_E_NEWER;
}
