/* SPDX-License-Identifier: MIT */
#include "rules/record_audit.h"

#include "rules/token_state.h"

#define PART_TEXT 1

_Static_assert(ATK_AUDIT_FIXED + ATK_PART_HEAD + ATK_AUDIT_TEXT_MAX + ATK_TAG_LEN <= ATK_AUDIT_MAX,
               "the longest text fits the record");
_Static_assert(ATK_AUDIT_CHANGE_HEAD + ATK_AUDIT_TOKENS_MAX * APITOKEN_ID_LEN <=
                   ATK_AUDIT_CHANGES_MAX,
               "the ids of a step fit the text");

/* ---- key ------------------------------------------------------------------------------------- */

/* Big-endian, so that LMDB's order is that of the numbers. */
void atk_audit_key(uint64_t chain, uint64_t number, uint8_t out[ATK_AUDIT_KEY_LEN]) {
    const uint64_t key[2] = { htobe64(chain), htobe64(number) };
    memcpy(out, key, sizeof key);
}

void atk_audit_key_parse(const uint8_t key[ATK_AUDIT_KEY_LEN], uint64_t *ret_chain,
                         uint64_t *ret_number) {
    uint64_t both[2];
    memcpy(both, key, sizeof both);
    *ret_chain = be64toh(both[0]);
    *ret_number = be64toh(both[1]);
}

/* ---- record ---------------------------------------------------------------------------------- */

size_t atk_audit_encode(const struct atk_audit *audit, uint8_t *out) {
    struct atk_writer w = atk_writer_of(out, ATK_AUDIT_MAX - ATK_TAG_LEN);
    atk_record_put_head(&w, ATK_TYPE_AUDIT, audit->verb | (unsigned)audit->flags << 8,
                        audit->key_id);
    atk_put_i64(&w, audit->at_ms);
    atk_put_uint(&w, audit->unrecorded, 8);
    atk_put_uint(&w, audit->chain_key_id, 4);
    atk_put_bytes(&w, audit->id, sizeof audit->id);
    atk_put_bytes(&w, audit->digest, sizeof audit->digest);
    atk_put_bytes(&w, audit->tag, sizeof audit->tag);
    if (audit->text_len) {
        atk_put_uint(&w, PART_TEXT, 1);
        atk_put_uint(&w, audit->text_len, 2);
        atk_put_bytes(&w, audit->text, audit->text_len);
    }
    atk_put_bytes(&w, audit->other, audit->other_len);
    return atk_record_len(&w, out);
}

static bool is_text(const struct atk_part *part) {
    struct atk_audit_text text;
    return atk_audit_text_parse(part->value, part->len, &text);
}

/* The text is the first part, if it is there. */
static int parse_parts(const uint8_t *parts, size_t len, struct atk_audit *audit) {
    struct atk_reader r = atk_reader_of(parts, len);
    struct atk_part part = { 0, 0, NULL };
    audit->other = parts;
    while (r.left > 0) {
        if (!atk_part_get(&r, part.type, &part)) return APITOKEN_E_DAMAGED;
        if (part.type == PART_TEXT && part.len <= ATK_AUDIT_TEXT_MAX) {
            if (!is_text(&part)) return APITOKEN_E_DAMAGED;
            audit->text = part.value;
            audit->text_len = part.len;
            audit->other = r.at;
        } else if (part.type < ATK_PART_IGNORABLE) {
            audit->is_newer = true;
        }
    }
    audit->other_len = (uint16_t)(r.at - audit->other);
    return 0;
}

int atk_audit_parse(const void *bytes, size_t len, struct atk_audit *audit) {
    struct atk_reader r = atk_reader_of(bytes, len);
    unsigned own;
    *audit = (struct atk_audit){ .verb = 0 };
    if (len > ATK_AUDIT_MAX) return APITOKEN_E_DAMAGED;
    int rc = atk_record_get_own_head(&r, ATK_TYPE_AUDIT, &own, &audit->key_id);
    if (rc < 0) return rc;
    audit->verb = (uint8_t)own;
    audit->flags = (uint8_t)(own >> 8);
    audit->is_newer = audit->flags != 0;
    audit->at_ms = atk_get_i64(&r);
    audit->unrecorded = atk_get_uint(&r, 8);
    audit->chain_key_id = (uint32_t)atk_get_uint(&r, 4);
    atk_get_bytes(&r, audit->id, sizeof audit->id);
    atk_get_bytes(&r, audit->digest, sizeof audit->digest);
    atk_get_bytes(&r, audit->tag, sizeof audit->tag);
    if (r.is_bad || audit->verb == 0 || !atk_ms_is_valid(audit->at_ms)) return APITOKEN_E_DAMAGED;
    return parse_parts(r.at, r.left, audit);
}

/* ---- text ------------------------------------------------------------------------------------ */

size_t atk_audit_text_encode(const struct atk_audit_text *text, uint8_t *out) {
    struct atk_writer w = atk_writer_of(out, ATK_AUDIT_TEXT_MAX);
    atk_put_bytes(&w, text->salt, ATK_AUDIT_SALT_LEN);
    atk_put_uint(&w, text->actor_len, 1);
    atk_put_uint(&w, text->owner_len, 1);
    atk_put_uint(&w, text->reason_len, 2);
    atk_put_bytes(&w, text->actor, text->actor_len);
    atk_put_bytes(&w, text->owner, text->owner_len);
    atk_put_bytes(&w, text->reason, text->reason_len);
    atk_put_bytes(&w, text->changes, text->changes_len);
    return w.is_bad ? 0 : (size_t)(w.at - out);
}

static bool are_changes(const uint8_t *changes, size_t len) {
    struct atk_reader r = atk_reader_of(changes, len);
    struct atk_audit_change change = { .field = 0 };
    while (r.left > 0)
        if (!atk_audit_change_get(&r, change.field, &change)) return false;
    return true;
}

bool atk_audit_text_parse(const uint8_t *bytes, size_t len, struct atk_audit_text *text) {
    struct atk_reader r = atk_reader_of(bytes, len);
    text->salt = atk_get_view(&r, ATK_AUDIT_SALT_LEN);
    text->actor_len = (uint8_t)atk_get_uint(&r, 1);
    text->owner_len = (uint8_t)atk_get_uint(&r, 1);
    text->reason_len = (uint16_t)atk_get_uint(&r, 2);
    text->actor = (const char *)atk_get_view(&r, text->actor_len);
    text->owner = (const char *)atk_get_view(&r, text->owner_len);
    text->reason = (const char *)atk_get_view(&r, text->reason_len);
    text->changes = r.at;
    text->changes_len = (uint16_t)r.left;
    return !r.is_bad && text->actor_len <= ATK_ACTOR_MAX && text->owner_len <= APITOKEN_OWNER_MAX &&
           text->reason_len <= APITOKEN_REASON_MAX && are_changes(text->changes, r.left);
}

void atk_audit_change_put(struct atk_writer *w, const struct atk_audit_change *change) {
    atk_put_uint(w, change->field, 1);
    atk_put_uint(w, change->before_len, 2);
    atk_put_uint(w, change->after_len, 2);
    atk_put_bytes(w, change->before, change->before_len);
    atk_put_bytes(w, change->after, change->after_len);
}

bool atk_audit_change_get(struct atk_reader *r, unsigned last, struct atk_audit_change *ret) {
    ret->field = (uint8_t)atk_get_uint(r, 1);
    ret->before_len = (uint16_t)atk_get_uint(r, 2);
    ret->after_len = (uint16_t)atk_get_uint(r, 2);
    ret->before = atk_get_view(r, ret->before_len);
    ret->after = atk_get_view(r, ret->after_len);
    return !r->is_bad && ret->field > last;
}
