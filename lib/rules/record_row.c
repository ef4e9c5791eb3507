/* SPDX-License-Identifier: MIT */
#include "rules/record_row.h"

#include <string.h>

#include "rules/day.h"
#include "rules/token_parts.h"
#include "rules/token_state.h"

#define DAY_HEAD 4         /* yyyymmdd; the zone follows */
#define REVOCATION_HEAD 17 /* when, undo until, reason code; the reason follows */
#define SEALED_HEAD 5      /* key id, suite */

/* ---- writing --------------------------------------------------------------------------------- */

/* The parts without a field that are still to be written. */
struct pending {
    const uint8_t *at, *end;
};

/* Writes those with a type below `type`. */
static void put_others_below(struct atk_writer *w, struct pending *other, unsigned type) {
    while (other->at < other->end && other->at[0] < type) {
        const size_t size = ATK_PART_HEAD + (size_t)atk_le_at(other->at + 1, 2);
        atk_put_bytes(w, other->at, size);
        other->at += size;
    }
}

static void put_part_head(struct atk_writer *w, struct pending *other, unsigned type, size_t len) {
    put_others_below(w, other, type);
    atk_put_uint(w, type, 1);
    atk_put_uint(w, len, 2);
}

/* A revocation in a form of a later version is among the unknown parts. */
static bool has_unknown_revocation(const struct atk_row *row) {
    for (size_t at = 0; at < row->other_len;
         at += ATK_PART_HEAD + (size_t)atk_le_at(row->other + at + 1, 2))
        if (row->other[at] == ATK_PART_REVOCATION) return true;
    return false;
}

static void put_row_parts(struct atk_writer *w, const struct atk_row *row) {
    struct pending other = { row->other, row->other + row->other_len };
    if (row->zone_len) {
        put_part_head(w, &other, ATK_PART_DAY, DAY_HEAD + (size_t)row->zone_len);
        atk_put_uint(w, (uint32_t)row->day, 4);
        atk_put_bytes(w, row->zone, row->zone_len);
    }
    if ((row->revoked_ms || row->flags & ATK_FLAG_REVOKED) && !has_unknown_revocation(row)) {
        put_part_head(w, &other, ATK_PART_REVOCATION, REVOCATION_HEAD + (size_t)row->reason_len);
        atk_put_i64(w, row->revoked_ms);
        atk_put_i64(w, row->undo_until_ms);
        atk_put_uint(w, row->reason_code, 1);
        atk_put_bytes(w, row->reason, row->reason_len);
    }
    if (row->sealed_len) {
        put_part_head(w, &other, ATK_PART_SEALED, SEALED_HEAD + (size_t)row->sealed_len);
        atk_put_uint(w, row->sealed_key_id, 4);
        atk_put_uint(w, ATK_SEAL_SUITE, 1);
        atk_put_bytes(w, row->sealed, row->sealed_len);
    }
    put_others_below(w, &other, ATK_PART_UNUSED);
}

size_t atk_row_encode(const struct atk_row *row, uint8_t *out) {
    struct atk_writer w = atk_writer_of(out, ATK_ROW_MAX - ATK_TAG_LEN);
    atk_record_put_head(&w, ATK_TYPE_ROW, row->flags | (unsigned)row->expiry_kind << 8,
                        row->key_id);
    atk_put_i64(&w, row->created_ms);
    atk_put_i64(&w, row->end_ms);
    atk_put_uint(&w, row->slot, 4);
    atk_put_uint(&w, row->revision, 4);
    atk_put_uint(&w, row->mark, 4);
    atk_put_uint(&w, row->name_len, 1);
    atk_record_put_zeros(&w, 1);
    atk_put_uint(&w, row->description_len, 2);
    atk_put_bytes(&w, row->name, row->name_len);
    atk_put_bytes(&w, row->description, row->description_len);
    put_row_parts(&w, row);
    return atk_record_len(&w, out);
}

/* ---- reading --------------------------------------------------------------------------------- */

/* What became of a part: its fields have it, it stays as it is, or it is wrong. */
enum taken { PART_TAKEN, PART_KEPT, PART_DAMAGED };

static enum taken take_day(struct atk_row_view *view, const struct atk_part *part) {
    if (part->len <= DAY_HEAD || part->len > DAY_HEAD + APITOKEN_ZONE_MAX) return PART_KEPT;
    view->day = (int32_t)atk_le_at(part->value, 4);
    view->zone_len = (uint8_t)(part->len - DAY_HEAD);
    view->zone = (const char *)part->value + DAY_HEAD;
    return atk_day_is_valid(view->day) && view->expiry_kind == APITOKEN_EXPIRY_DAY ? PART_TAKEN
                                                                                   : PART_DAMAGED;
}

static enum taken take_revocation(struct atk_row_view *view, const struct atk_part *part) {
    if (part->len < REVOCATION_HEAD || part->len > REVOCATION_HEAD + APITOKEN_REASON_MAX)
        return PART_KEPT;
    view->revoked_ms = (int64_t)atk_le_at(part->value, 8);
    view->undo_until_ms = (int64_t)atk_le_at(part->value + 8, 8);
    view->reason_code = part->value[16];
    view->reason_len = (uint16_t)(part->len - REVOCATION_HEAD);
    view->reason = (const char *)part->value + REVOCATION_HEAD;
    return atk_ms_is_valid(view->revoked_ms) && atk_ms_is_valid(view->undo_until_ms) &&
                   view->flags & ATK_FLAG_REVOKED
               ? PART_TAKEN
               : PART_DAMAGED;
}

static enum taken take_sealed(struct atk_row_view *view, const struct atk_part *part) {
    if (part->len <= SEALED_HEAD + ATK_SEAL_OVERHEAD || part->len > SEALED_HEAD + ATK_SEALED_MAX ||
        part->value[4] != ATK_SEAL_SUITE)
        return PART_KEPT;
    view->sealed_key_id = (uint32_t)atk_le_at(part->value, 4);
    view->sealed_len = (uint16_t)(part->len - SEALED_HEAD);
    view->sealed = part->value + SEALED_HEAD;
    return PART_TAKEN;
}

static enum taken take_part(struct atk_row_view *view, const struct atk_part *part) {
    enum taken taken = PART_KEPT;
    if (part->type == ATK_PART_DAY) taken = take_day(view, part);
    if (part->type == ATK_PART_REVOCATION) taken = take_revocation(view, part);
    if (part->type == ATK_PART_SEALED)
        taken = view->flags & ATK_FLAG_REVOKED ? PART_DAMAGED : take_sealed(view, part);
    if (taken == PART_KEPT && part->type < ATK_PART_IGNORABLE &&
        !atk_token_part_is_known(part, false))
        view->is_newer = true;
    return taken;
}

/*
 * Reads the parts of a row into the view, and those without a field into `keep`, if that is not
 * NULL. The parts of a row that expires by day and of one that is revoked must be there.
 */
static int take_parts(struct atk_row_view *view, const uint8_t *parts, size_t len,
                      struct atk_row *keep) {
    struct atk_reader r = atk_reader_of(parts, len);
    struct atk_part part = { 0, 0, NULL };
    bool has_day = view->expiry_kind != APITOKEN_EXPIRY_DAY,
         has_revocation = (view->flags & ATK_FLAG_REVOKED) == 0;
    while (r.left > 0) {
        const uint8_t *from = r.at;
        if (!atk_part_get(&r, part.type, &part)) return APITOKEN_E_DAMAGED;
        const enum taken taken = take_part(view, &part);
        if (taken == PART_DAMAGED) return APITOKEN_E_DAMAGED;
        has_day |= part.type == ATK_PART_DAY;
        has_revocation |= part.type == ATK_PART_REVOCATION;
        if (taken == PART_TAKEN || !keep) continue;
        memcpy(keep->other + keep->other_len, from, (size_t)(r.at - from));
        keep->other_len = (uint16_t)(keep->other_len + (r.at - from));
    }
    return has_day && has_revocation ? 0 : APITOKEN_E_DAMAGED;
}

/* Kind and end agree. An unknown kind is newer, not wrong. */
static bool expiry_is_consistent(struct atk_row_view *view) {
    if (!atk_end_is_valid(view->end_ms)) return false;
    switch (view->expiry_kind) {
    case APITOKEN_EXPIRY_DEFAULT: return false; /* only options have it */
    case APITOKEN_EXPIRY_NEVER: return view->end_ms == ATK_END_NEVER;
    case APITOKEN_EXPIRY_DAY:
    case APITOKEN_EXPIRY_INSTANT: return view->end_ms != ATK_END_NEVER;
    default: view->is_newer = true; return true;
    }
}

/*
 * Reads at fixed offsets, not through a reader: a list reads many rows. Name and description follow
 * the fixed part.
 */
static int parse_row(const void *bytes, size_t len, struct atk_row_view *view,
                     struct atk_row *keep) {
    const uint8_t *at = (const uint8_t *)bytes;
    if (len < ATK_RECORD_HEAD + ATK_TAG_LEN || len > ATK_ROW_MAX) return APITOKEN_E_DAMAGED;
    if (atk_le_at(at, 2) != (ATK_RECORD_VERSION | ATK_TYPE_ROW << 8)) return APITOKEN_E_NEWER;
    if (len < ATK_ROW_FIXED + ATK_TAG_LEN) return APITOKEN_E_DAMAGED;
    *view = (struct atk_row_view){ .flags = at[2], .expiry_kind = at[3], .zone = "", .reason = "" };
    view->is_newer = (view->flags & ~ATK_FLAGS_DEFINED) != 0;
    view->key_id = (uint32_t)atk_le_at(at + ATK_RECORD_KEY_ID_AT, 4);
    view->created_ms = (int64_t)atk_le_at(at + 8, 8);
    view->end_ms = (int64_t)atk_le_at(at + 16, 8);
    view->slot = (uint32_t)atk_le_at(at + 24, 4);
    view->revision = (uint32_t)atk_le_at(at + 28, 4);
    view->mark = (uint32_t)atk_le_at(at + 32, 4);
    view->name_len = at[36];
    view->description_len = (uint16_t)atk_le_at(at + 38, 2);
    view->name = (const char *)at + ATK_ROW_FIXED;
    view->description = view->name + view->name_len;
    if (view->name_len - 1u >= APITOKEN_NAME_MAX || at[37] != 0 || view->revision == 0 ||
        view->description_len > APITOKEN_DESCRIPTION_MAX || !atk_ms_is_valid(view->created_ms) ||
        !expiry_is_consistent(view))
        return APITOKEN_E_DAMAGED;
    const size_t least = (size_t)ATK_ROW_FIXED + view->name_len + view->description_len;
    if (len < least + ATK_TAG_LEN) return APITOKEN_E_DAMAGED;
    view->parts = at + least;
    view->parts_len = (uint16_t)(len - least - ATK_TAG_LEN);
    return take_parts(view, view->parts, view->parts_len, keep);
}

int atk_row_parse_view(const void *bytes, size_t len, struct atk_row_view *view) {
    return parse_row(bytes, len, view, NULL);
}

int atk_row_decode(const void *bytes, size_t len, struct atk_row *row) {
    struct atk_row_view view;
    row->other_len = 0;
    int rc = parse_row(bytes, len, &view, row);
    if (rc < 0) return rc;
    row->key_id = view.key_id;
    row->flags = view.flags;
    row->is_newer = view.is_newer;
    row->created_ms = view.created_ms;
    row->end_ms = view.end_ms;
    row->revoked_ms = view.revoked_ms;
    row->day = view.day;
    row->slot = view.slot;
    row->revision = view.revision;
    row->mark = view.mark;
    row->expiry_kind = view.expiry_kind;
    row->name_len = view.name_len;
    row->zone_len = view.zone_len;
    row->reason_code = view.reason_code;
    row->undo_until_ms = view.undo_until_ms;
    row->description_len = view.description_len;
    row->reason_len = view.reason_len;
    row->sealed_len = view.sealed_len;
    row->sealed_key_id = view.sealed_key_id;
    memcpy(row->name, view.name, view.name_len);
    memcpy(row->description, view.description, view.description_len);
    memcpy(row->zone, view.zone, view.zone_len);
    memcpy(row->reason, view.reason, view.reason_len);
    if (view.sealed_len) memcpy(row->sealed, view.sealed, view.sealed_len);
    return 0;
}

struct atk_row_view atk_row_view_of(const struct atk_row *row) {
    return (struct atk_row_view){
        .key_id = row->key_id,
        .flags = row->flags,
        .is_newer = row->is_newer,
        .created_ms = row->created_ms,
        .end_ms = row->end_ms,
        .revoked_ms = row->revoked_ms,
        .day = row->day,
        .slot = row->slot,
        .revision = row->revision,
        .mark = row->mark,
        .expiry_kind = row->expiry_kind,
        .name_len = row->name_len,
        .zone_len = row->zone_len,
        .reason_code = row->reason_code,
        .undo_until_ms = row->undo_until_ms,
        .description_len = row->description_len,
        .reason_len = row->reason_len,
        .sealed_len = row->sealed_len,
        .sealed_key_id = row->sealed_key_id,
        .id = row->id,
        .name = row->name,
        .description = row->description,
        .zone = row->zone,
        .reason = row->reason,
        .sealed = row->sealed,
        .parts = row->other,
        .parts_len = row->other_len,
    };
}

int64_t atk_row_secret_made_ms(const struct atk_row *row) {
    const int64_t made_ms = atk_parts_find_ms(row->other, row->other_len, ATK_PART_SECRET_MADE);
    return made_ms ? made_ms : row->created_ms;
}

size_t atk_row_key(const char *owner, size_t owner_len, const char *id,
                   uint8_t out[ATK_ROW_KEY_MAX]) {
    out[0] = (uint8_t)owner_len;
    memcpy(out + 1, owner, owner_len);
    memcpy(out + 1 + owner_len, id, APITOKEN_ID_LEN);
    return 1 + owner_len + APITOKEN_ID_LEN;
}
