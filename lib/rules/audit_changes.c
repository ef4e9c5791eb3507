/* SPDX-License-Identifier: MIT */
#include "rules/audit_changes.h"

#include <string.h>

#include "rules/older_secret.h"

#define EXPIRY_HEAD 9 /* kind, end; for a day yyyymmdd and the zone follow */
#define EXPIRY_MAX (EXPIRY_HEAD + 4 + APITOKEN_ZONE_MAX)

#define FIELDS_OF_TOKEN 11
/* with all of them, before and after; several are parts of the hot record */
#define LONGEST                                \
    (FIELDS_OF_TOKEN * ATK_AUDIT_CHANGE_HEAD + \
     2 * (APITOKEN_NAME_MAX + APITOKEN_DESCRIPTION_MAX + EXPIRY_MAX + ATK_HOT_PARTS_MAX + 3))
_Static_assert(LONGEST <= ATK_AUDIT_CHANGES_MAX, "the longest list of changes fits");

/* A value; short ones are in `own`. */
struct value {
    size_t len;
    const void *at;
    uint8_t own[EXPIRY_MAX];
};

static void set_uint(struct value *value, uint64_t number, size_t width) {
    struct atk_writer w = atk_writer_of(value->own, sizeof value->own);
    atk_put_uint(&w, number, width);
    value->at = value->own;
    value->len = width;
}

/* A yes is one byte, a no is none. */
static void set_yes(struct value *value, bool is_yes) {
    if (is_yes) set_uint(value, 1, 1);
}

/* A part of the hot record; not there if the record has none. */
static void set_part(struct value *value, const struct atk_hot *hot, unsigned type) {
    struct atk_part part;
    if (!atk_parts_find(hot->parts, hot->parts_len, type, &part)) return;
    value->at = part.value;
    value->len = part.len;
}

static void set_older_end(struct value *value, const struct atk_hot *hot) {
    struct atk_older_secret older;
    if (!atk_older_secret_get(hot->parts, hot->parts_len, &older)) return;
    set_uint(value, (uint64_t)older.until_ms, 8);
}

static void set_expiry(struct value *value, const struct atk_row *row) {
    struct atk_writer w = atk_writer_of(value->own, sizeof value->own);
    const unsigned kind = row->expiry_kind;
    atk_put_uint(&w, kind, 1);
    atk_put_i64(&w, row->end_ms);
    if (row->zone_len) {
        atk_put_uint(&w, (uint32_t)row->day, 4);
        atk_put_bytes(&w, row->zone, row->zone_len);
    }
    value->at = value->own;
    value->len = (size_t)(w.at - value->own);
}

static void set_text(struct value *value, const char *text, size_t len) {
    value->at = text;
    value->len = len;
}

static void set_field(struct value *value, enum atk_audit_field field,
                      const struct atk_audit_pair *pair) {
    const struct atk_row *row = pair->row;
    switch (field) {
    case ATK_CHANGED_NAME: set_text(value, row->name, row->name_len); break;
    case ATK_CHANGED_DESCRIPTION: set_text(value, row->description, row->description_len); break;
    case ATK_CHANGED_EXPIRY: set_expiry(value, row); break;
    case ATK_CHANGED_INTERFACES: set_part(value, pair->hot, ATK_PART_INTERFACES); break;
    case ATK_CHANGED_NETWORKS: set_part(value, pair->hot, ATK_PART_NETWORKS); break;
    case ATK_CHANGED_DATA: set_part(value, pair->hot, ATK_PART_DATA); break;
    case ATK_CHANGED_SUSPENDED: set_yes(value, pair->hot->flags & ATK_FLAG_SUSPENDED); break;
    case ATK_CHANGED_OLDER_END: set_older_end(value, pair->hot); break;
    case ATK_CHANGED_REASON_CODE:
        if (row->reason_code) set_uint(value, row->reason_code, 1);
        break;
    case ATK_CHANGED_FINAL: set_yes(value, row->flags & ATK_FLAG_FINAL); break;
    default: break; /* no field of a token */
    }
}

static void put_if_changed(struct atk_writer *w, enum atk_audit_field field,
                           const struct value *before, const struct value *after) {
    if (before->len == after->len &&
        (after->len == 0 || memcmp(before->at, after->at, after->len) == 0))
        return;
    const struct atk_audit_change change = { .field = (uint8_t)field,
                                             .before_len = (uint16_t)before->len,
                                             .after_len = (uint16_t)after->len,
                                             .before = before->at,
                                             .after = after->at };
    atk_audit_change_put(w, &change);
}

size_t atk_audit_describe(enum atk_audit_verb verb, const struct atk_audit_pair *before,
                          const struct atk_audit_pair *after, uint8_t *out) {
    struct atk_writer w = atk_writer_of(out, ATK_AUDIT_CHANGES_MAX);
    for (unsigned field = ATK_CHANGED_NAME; field <= ATK_CHANGED_FINAL; field++) {
        struct value old = { .len = 0 }, new = { .len = 0 };
        if (field == ATK_CHANGED_SECRET && verb == ATK_VERB_ROTATE) {
            const struct atk_audit_change change = { .field = ATK_CHANGED_SECRET };
            atk_audit_change_put(&w, &change);
        }
        if (before) set_field(&old, (enum atk_audit_field)field, before);
        set_field(&new, (enum atk_audit_field)field, after);
        put_if_changed(&w, (enum atk_audit_field)field, &old, &new);
    }
    return (size_t)(w.at - out);
}

static void put_number(struct atk_writer *w, enum atk_audit_field field, uint64_t old,
                       uint64_t new_number, size_t width) {
    struct value before = { .len = 0 }, after = { .len = 0 };
    set_uint(&before, old, width);
    set_uint(&after, new_number, width);
    put_if_changed(w, field, &before, &after);
}

size_t atk_audit_describe_policy(const struct atk_policy *before, const struct atk_policy *after,
                                 uint8_t *out) {
    struct atk_writer w = atk_writer_of(out, ATK_AUDIT_CHANGES_MAX);
    put_number(&w, ATK_CHANGED_POLICY_FLAGS, before->flags, after->flags, 4);
    put_number(&w, ATK_CHANGED_MAX_LIVE, before->max_live, after->max_live, 4);
    put_number(&w, ATK_CHANGED_MAX_LIFETIME, (uint64_t)before->max_lifetime_ms,
               (uint64_t)after->max_lifetime_ms, 8);
    put_number(&w, ATK_CHANGED_DEFAULT_EXPIRY, (uint64_t)before->default_expiry_ms,
               (uint64_t)after->default_expiry_ms, 8);
    put_number(&w, ATK_CHANGED_UNDO, (uint64_t)before->undo_ms, (uint64_t)after->undo_ms, 8);
    put_number(&w, ATK_CHANGED_MAX_GRACE, (uint64_t)before->max_grace_ms,
               (uint64_t)after->max_grace_ms, 8);
    put_number(&w, ATK_CHANGED_AUDIT_RETENTION, (uint64_t)before->audit_retention_ms,
               (uint64_t)after->audit_retention_ms, 8);
    return (size_t)(w.at - out);
}

size_t atk_audit_describe_size(uint64_t before, uint64_t after, uint8_t *out) {
    struct atk_writer w = atk_writer_of(out, ATK_AUDIT_CHANGES_MAX);
    put_number(&w, ATK_CHANGED_MAP_SIZE, before, after, 8);
    return (size_t)(w.at - out);
}

/* One that was not there before. */
static void put_new_number(struct atk_writer *w, enum atk_audit_field field, uint64_t number,
                           size_t width) {
    const struct value before = { .len = 0 };
    struct value after = { .len = 0 };
    set_uint(&after, number, width);
    put_if_changed(w, field, &before, &after);
}

size_t atk_audit_describe_key(uint32_t key_id, uint8_t *out) {
    struct atk_writer w = atk_writer_of(out, ATK_AUDIT_CHANGES_MAX);
    put_new_number(&w, ATK_CHANGED_KEY, key_id, 4);
    return (size_t)(w.at - out);
}

size_t atk_audit_describe_copy(uint64_t tokens, uint64_t carried_over, uint8_t *out) {
    struct atk_writer w = atk_writer_of(out, ATK_AUDIT_CHANGES_MAX);
    put_new_number(&w, ATK_CHANGED_TOKEN_COUNT, tokens, 8);
    if (carried_over > 0) put_new_number(&w, ATK_CHANGED_CARRIED_OVER, carried_over, 8);
    return (size_t)(w.at - out);
}
