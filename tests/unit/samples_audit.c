/* SPDX-License-Identifier: MIT */
#include "samples_audit.h"

#include <string.h>

void sample_audit(struct sample_audit *sample, const char *frozen) {
    static uint8_t bytes[SAMPLE_BYTES_MAX];
    const size_t len = sample_bytes(frozen, bytes);
    assert_in_range(len, 1, ATK_AUDIT_MAX);
    memcpy(sample->bytes, bytes, len);
    assert_code(atk_audit_parse(sample->bytes, len, &sample->audit), 0);
}

uint16_t sample_put_change(uint8_t *changes, uint16_t len, uint8_t field, const char *before,
                           size_t before_len, const char *after, size_t after_len) {
    const size_t size = ATK_AUDIT_CHANGE_HEAD + before_len + after_len;
    struct atk_writer w = atk_writer_of(changes + len, size);
    const struct atk_audit_change change = { .field = field,
                                             .before_len = (uint16_t)before_len,
                                             .after_len = (uint16_t)after_len,
                                             .before = (const uint8_t *)before,
                                             .after = (const uint8_t *)after };
    atk_audit_change_put(&w, &change);
    assert_true(!w.is_bad && w.left == 0);
    return (uint16_t)(len + size);
}

/* What an audit record is made of. Its salt is counted from the first byte on, if that is not 0. */
struct made {
    const char *frozen;
    struct atk_audit audit;
    const char *id, *actor, *owner, *reason;
    uint8_t first;
    uint16_t changes_len;
    uint8_t changes[64];
    uint8_t other[16];
};

static size_t encode(struct made *made, uint8_t *out) {
    struct sample_audit frozen;
    uint8_t salt[ATK_AUDIT_SALT_LEN] = { 0 }, bytes[ATK_AUDIT_TEXT_MAX];
    const struct atk_audit_text text = { .actor_len = (uint8_t)strlen(made->actor),
                                         .owner_len = (uint8_t)strlen(made->owner),
                                         .reason_len = (uint16_t)strlen(made->reason),
                                         .changes_len = made->changes_len,
                                         .salt = salt,
                                         .actor = made->actor,
                                         .owner = made->owner,
                                         .reason = made->reason,
                                         .changes = made->changes };
    for (uint8_t i = 0; i < sizeof salt && made->first; i++) salt[i] = (uint8_t)(made->first + i);
    sample_audit(&frozen, made->frozen);
    memcpy(made->audit.digest, frozen.audit.digest, ATK_AUDIT_DIGEST_LEN);
    memcpy(made->audit.tag, frozen.audit.tag, ATK_CHAIN_TAG_LEN);
    memcpy(made->audit.id, made->id, strlen(made->id));
    made->audit.text = bytes;
    made->audit.text_len = (uint16_t)atk_audit_text_encode(&text, bytes);
    made->audit.other = made->other;
    return atk_audit_encode(&made->audit, out);
}

size_t sample_encode_audit_created(uint8_t *out) {
    struct made made = { .frozen = VECTOR_AUDIT_CREATED,
                         .audit = { .key_id = 1,
                                    .chain_key_id = 1,
                                    .verb = ATK_VERB_CREATE,
                                    .at_ms = INT64_C(1700000000000) },
                         .id = SAMPLE_ID,
                         .actor = "",
                         .owner = SAMPLE_OWNER,
                         .reason = "",
                         .first = 0x40 };
    made.changes_len = sample_put_change(made.changes, 0, ATK_CHANGED_NAME, "", 0, LIT("CI"));
    made.changes_len = sample_put_change(made.changes, made.changes_len, ATK_CHANGED_EXPIRY, "", 0,
                                         LIT("\x03\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F"));
    return encode(&made, out);
}

size_t sample_encode_audit_updated(uint8_t *out) {
    struct made made = { .frozen = VECTOR_AUDIT_UPDATED,
                         .audit = { .key_id = 7,
                                    .chain_key_id = 1,
                                    .verb = ATK_VERB_UPDATE,
                                    .at_ms = INT64_C(1700000000001),
                                    .unrecorded = 3 },
                         .id = SAMPLE_ID,
                         .actor = "tool:root",
                         .owner = SAMPLE_OWNER,
                         .reason = "n\xC3\xB6tig",
                         .first = 0x50 };
    made.changes_len =
        sample_put_change(made.changes, 0, ATK_CHANGED_DESCRIPTION, LIT("old laptop"), "", 0);
    made.changes_len = sample_put_change(made.changes, made.changes_len, ATK_CHANGED_SUSPENDED, "",
                                         0, LIT("\x01"));
    made.audit.other_len = sample_put_part(made.other, 0, 130, "kept");
    return encode(&made, out);
}

size_t sample_encode_audit_erased(uint8_t *out) {
    struct sample_audit sample;
    sample_audit(&sample, VECTOR_AUDIT_UPDATED);
    sample.audit.text_len = 0;
    return atk_audit_encode(&sample.audit, out);
}

size_t sample_encode_audit_policy(uint8_t *out) {
    struct made made = { .frozen = VECTOR_AUDIT_POLICY_SET,
                         .audit = { .key_id = 7,
                                    .chain_key_id = 7,
                                    .verb = ATK_VERB_POLICY,
                                    .at_ms = INT64_C(1750000000000),
                                    .unrecorded = UINT64_MAX },
                         .id = "",
                         .actor = "tool:root",
                         .owner = "",
                         .reason = "" };
    made.changes_len = sample_put_change(made.changes, 0, ATK_CHANGED_MAX_LIVE,
                                         LIT("\xFF\xFF\xFF\xFF"), LIT("\x05\0\0\0"));
    return encode(&made, out);
}

size_t sample_encode_audit_elsewhere(uint8_t *out) {
    struct made made = {
        .frozen = VECTOR_AUDIT_ELSEWHERE,
        .audit = { .key_id = 1, .chain_key_id = 7, .verb = UINT8_MAX, .unrecorded = 1 },
        .id = "",
        .actor = "x",
        .owner = "",
        .reason = "",
    };
    made.changes_len = sample_put_change(made.changes, 0, UINT8_MAX, LIT("\0"), "", 0);
    made.audit.other_len = sample_put_part(made.other, 0, 9, "must");
    return encode(&made, out);
}

size_t sample_recode_audit(const uint8_t *bytes, size_t len, uint8_t *out) {
    struct atk_audit audit;
    return atk_audit_parse(bytes, len, &audit) == 0 ? atk_audit_encode(&audit, out) : 0;
}
