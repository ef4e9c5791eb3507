/* SPDX-License-Identifier: MIT */
#include "rules/record_owner.h"

#include "rules/token_state.h"

enum { PART_REASON = 1, PART_ACTOR = 2 };

static void put_part(struct atk_writer *w, unsigned type, const char *text, size_t len) {
    if (len == 0) return;
    atk_put_uint(w, type, 1);
    atk_put_uint(w, len, 2);
    atk_put_bytes(w, text, len);
}

size_t atk_owner_record_encode(const struct atk_owner_record *owner, uint8_t *out) {
    struct atk_writer w = atk_writer_of(out, ATK_OWNER_RECORD_MAX - ATK_TAG_LEN);
    atk_record_put_head(&w, ATK_TYPE_OWNER, owner->flags, owner->key_id);
    atk_put_uint(&w, owner->revision, 4);
    atk_record_put_zeros(&w, 4);
    atk_put_i64(&w, owner->blocked_ms);
    put_part(&w, PART_REASON, owner->reason, owner->reason_len);
    put_part(&w, PART_ACTOR, owner->actor, owner->actor_len);
    atk_put_bytes(&w, owner->other, owner->other_len);
    return atk_record_len(&w, out);
}

/* Whether this part is one of an owner's record, as this version knows it. */
static bool take_part(struct atk_owner_record *owner, const struct atk_part *part) {
    if (part->type == PART_REASON && part->len > 0 && part->len <= APITOKEN_REASON_MAX) {
        owner->reason = (const char *)part->value;
        owner->reason_len = part->len;
        return true;
    }
    if (part->type != PART_ACTOR || part->len == 0 || part->len > ATK_ACTOR_MAX) return false;
    owner->actor = (const char *)part->value;
    owner->actor_len = (uint8_t)part->len;
    return true;
}

/* The parts that may be ignored are the last ones. */
static int parse_parts(struct atk_reader *r, struct atk_owner_record *owner) {
    struct atk_part part = { 0, 0, NULL };
    int rc = 0;
    while (r->left > 0) {
        const uint8_t *from = r->at;
        if (!atk_part_get(r, part.type, &part)) return APITOKEN_E_DAMAGED;
        if (take_part(owner, &part)) continue;
        if (part.type < ATK_PART_IGNORABLE) rc = APITOKEN_E_NEWER;
        if (part.type >= ATK_PART_IGNORABLE && !owner->other) owner->other = from;
    }
    if (owner->other) owner->other_len = (uint16_t)(r->at - owner->other);
    return rc == 0 && owner->actor_len == 0 ? APITOKEN_E_DAMAGED : rc;
}

int atk_owner_record_parse(const void *bytes, size_t len, struct atk_owner_record *owner) {
    struct atk_reader r = atk_reader_of(bytes, len);
    unsigned own;
    *owner = (struct atk_owner_record){ .reason = "", .actor = "" };
    if (len > ATK_OWNER_RECORD_MAX) return APITOKEN_E_DAMAGED;
    int rc = atk_record_get_own_head(&r, ATK_TYPE_OWNER, &own, &owner->key_id);
    if (rc < 0) return rc;
    owner->revision = (uint32_t)atk_get_uint(&r, 4);
    const bool is_zero = atk_record_get_zeros(&r, 4);
    owner->blocked_ms = atk_get_i64(&r);
    if (r.is_bad || !is_zero || owner->revision == 0 || !atk_ms_is_valid(owner->blocked_ms))
        return APITOKEN_E_DAMAGED;
    rc = parse_parts(&r, owner);
    if (rc == APITOKEN_E_DAMAGED) return rc;
    owner->flags = (uint8_t)own;
    return own & ~(ATK_OWNER_BLOCKED | ATK_OWNER_UNBLOCKING) ? APITOKEN_E_NEWER : rc;
}
