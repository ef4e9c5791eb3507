/* SPDX-License-Identifier: MIT */
#include "rules/record.h"

#include <string.h>

#include "base/bytes.h"
#include "rules/day.h"
#include "rules/names.h"
#include "rules/token_state.h"

#define PART_UNUSED 255 /* like 0: no part has this type */
#define PART_IGNORABLE 128
#define DAY_HEAD 4         /* yyyymmdd; the zone follows */
#define REVOCATION_HEAD 10 /* when, reason code, flags; the reason follows */
#define REVOCATION_FINAL 1u
#define KIND_NEVER 3  /* as stored; 0 is an option that was not given */
#define SEALED_HEAD 5 /* key id, suite */
#define KEYS_COUNT_AT 8
#define KEYS_ENTRY_LEN_AT 10

static void put_head(struct atk_writer *w, unsigned type, unsigned own, uint32_t key_id) {
    atk_put_uint(w, ATK_RECORD_VERSION, 1);
    atk_put_uint(w, type, 1);
    atk_put_uint(w, own, 2);
    atk_put_uint(w, key_id, 4);
}

/* Reserved bytes. */
static void put_zeros(struct atk_writer *w, size_t len) {
    for (size_t i = 0; i < len; i++) atk_put_uint(w, 0, 1);
}

static size_t len_with_tag(const struct atk_writer *w, const uint8_t *out) {
    return w->is_bad ? 0 : (size_t)(w->at - out) + ATK_TAG_LEN;
}

/*
 * The head of a record of the store as a whole, whose two bytes of the type are zero. A later
 * version may give them a meaning that must be understood.
 */
static int get_head(struct atk_reader *r, unsigned type, uint32_t *ret_key_id) {
    if (r->left < ATK_RECORD_HEAD + ATK_TAG_LEN) return APITOKEN_E_DAMAGED;
    r->left -= ATK_TAG_LEN;
    const bool is_known = (atk_get_uint(r, 1) == ATK_RECORD_VERSION) & (atk_get_uint(r, 1) == type);
    const bool is_plain = atk_get_uint(r, 2) == 0;
    *ret_key_id = (uint32_t)atk_get_uint(r, 4);
    return is_known && is_plain ? 0 : APITOKEN_E_NEWER;
}

static bool get_zeros(struct atk_reader *r, size_t len) { return atk_get_uint(r, len) == 0; }

/* ATK_END_NEVER, or an instant within the supported years. */
static bool end_is_valid(int64_t end_ms) {
    return end_ms == ATK_END_NEVER || (end_ms > 0 && end_ms <= ATK_MS_MAX);
}

/* ---- parts ----------------------------------------------------------------------------------- */

struct part {
    uint8_t type;
    uint16_t len;
    const uint8_t *value;
};

/* Reads the next part, whose type must be above `last`. False if there is none in order. */
static bool get_part(struct atk_reader *r, unsigned last, struct part *ret) {
    ret->type = (uint8_t)atk_get_uint(r, 1);
    ret->len = (uint16_t)atk_get_uint(r, 2);
    ret->value = atk_get_view(r, ret->len);
    return !r->is_bad && ret->type > last && ret->type != PART_UNUSED;
}

static bool is_of_secret(uint8_t type) { return (type & (PART_IGNORABLE - 1)) >= ATK_PART_SEALED; }

/* Checks parts of which none is known. */
static int examine_parts(const uint8_t *parts, size_t len) {
    struct atk_reader r = atk_reader_of(parts, len);
    struct part part = { 0, 0, NULL };
    int rc = 0;
    while (r.left > 0) {
        if (!get_part(&r, part.type, &part)) return APITOKEN_E_DAMAGED;
        if (part.type < PART_IGNORABLE) rc = APITOKEN_E_NEWER;
    }
    return rc;
}

/* Takes over the rest of a record of the store as a whole: parts of which none is known. */
static int get_parts(struct atk_reader *r, uint8_t *parts, size_t cap, uint16_t *ret_len) {
    if (r->is_bad || r->left > cap) return APITOKEN_E_DAMAGED;
    *ret_len = (uint16_t)r->left;
    if (r->left) memcpy(parts, r->at, r->left);
    return examine_parts(parts, *ret_len);
}

uint16_t atk_parts_drop_secret(uint8_t *parts, uint16_t len) {
    size_t kept = 0;
    for (size_t at = 0; at + ATK_PART_HEAD <= len;) {
        const size_t size = ATK_PART_HEAD + (size_t)atk_le_at(parts + at + 1, 2);
        if (!is_of_secret(parts[at])) {
            memmove(parts + kept, parts + at, size);
            kept += size;
        }
        at += size;
    }
    return (uint16_t)kept;
}

/* ---- hot records ----------------------------------------------------------------------------- */

size_t atk_hot_encode(const struct atk_hot *hot, uint8_t *out) {
    struct atk_writer w = atk_writer_of(out, ATK_HOT_MAX - ATK_TAG_LEN);
    put_head(&w, ATK_TYPE_HOT, hot->flags | (unsigned)hot->owner_len << 8, hot->key_id);
    atk_put_bytes(&w, hot->verifier, sizeof hot->verifier);
    atk_put_i64(&w, hot->end_ms);
    atk_put_uint(&w, hot->slot, 4);
    atk_put_uint(&w, hot->revision, 4);
    atk_put_bytes(&w, hot->owner, hot->owner_len);
    atk_put_bytes(&w, hot->parts, hot->parts_len);
    return len_with_tag(&w, out);
}

/* Not inlined: no record that this version writes has parts. */
__attribute__((noinline)) static int examine_hot_parts(struct atk_hot_view *view) {
    int rc = examine_parts(view->parts, view->parts_len);
    if (rc != APITOKEN_E_NEWER) return rc;
    view->is_newer = true;
    return 0;
}

/* Reads at fixed offsets, not through a reader: every validate comes through here. */
int atk_hot_parse_view(const void *bytes, size_t len, struct atk_hot_view *view) {
    const uint8_t *at = (const uint8_t *)bytes;
    if (len < ATK_RECORD_HEAD + ATK_TAG_LEN || len > ATK_HOT_MAX) return APITOKEN_E_DAMAGED;
    if (atk_le_at(at, 2) != (ATK_RECORD_VERSION | ATK_TYPE_HOT << 8)) return APITOKEN_E_NEWER;
    const size_t owner_len = at[3], least = ATK_HOT_FIXED + owner_len + ATK_TAG_LEN;
    if (len < least || owner_len - 1 >= APITOKEN_OWNER_MAX) return APITOKEN_E_DAMAGED;
    view->flags = at[2];
    view->is_newer = (view->flags & ~ATK_FLAGS_DEFINED) != 0;
    view->key_id = (uint32_t)atk_le_at(at + ATK_RECORD_KEY_ID_AT, 4);
    view->verifier = at + 8;
    view->end_ms = (int64_t)atk_le_at(at + 32, 8);
    view->slot = (uint32_t)atk_le_at(at + ATK_HOT_SLOT_AT, 4);
    view->revision = (uint32_t)atk_le_at(at + 44, 4);
    view->owner_len = (uint8_t)owner_len;
    view->owner = (const char *)at + ATK_HOT_FIXED;
    view->parts = at + ATK_HOT_FIXED + owner_len;
    view->parts_len = (uint16_t)(len - least);
    if (!end_is_valid(view->end_ms) || view->revision == 0) return APITOKEN_E_DAMAGED;
    return view->parts_len == 0 ? 0 : examine_hot_parts(view);
}

int atk_hot_decode(const void *bytes, size_t len, struct atk_hot *hot) {
    struct atk_hot_view view;
    int rc = atk_hot_parse_view(bytes, len, &view);
    if (rc < 0) return rc;
    hot->key_id = view.key_id;
    hot->flags = view.flags;
    hot->is_newer = view.is_newer;
    memcpy(hot->verifier, view.verifier, sizeof hot->verifier);
    hot->end_ms = view.end_ms;
    hot->slot = view.slot;
    hot->revision = view.revision;
    hot->owner_len = view.owner_len;
    memcpy(hot->owner, view.owner, view.owner_len);
    hot->parts_len = view.parts_len;
    memcpy(hot->parts, view.parts, view.parts_len);
    return 0;
}

/* ---- rows ------------------------------------------------------------------------------------ */

/* The unknown parts that are still to be written. */
struct pending {
    const uint8_t *at, *end;
};

/* Writes those with a type below `type`. */
static void put_unknown_below(struct atk_writer *w, struct pending *other, unsigned type) {
    while (other->at < other->end && other->at[0] < type) {
        const size_t size = ATK_PART_HEAD + (size_t)atk_le_at(other->at + 1, 2);
        atk_put_bytes(w, other->at, size);
        other->at += size;
    }
}

static void put_part_head(struct atk_writer *w, struct pending *other, unsigned type, size_t len) {
    put_unknown_below(w, other, type);
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

static unsigned stored_kind(unsigned kind) {
    return kind == APITOKEN_EXPIRY_NEVER ? KIND_NEVER : kind;
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
        atk_put_uint(w, row->reason_code, 1);
        atk_put_uint(w, row->revocation_flags, 1);
        atk_put_bytes(w, row->reason, row->reason_len);
    }
    if (row->sealed_len) {
        put_part_head(w, &other, ATK_PART_SEALED, SEALED_HEAD + (size_t)row->sealed_len);
        atk_put_uint(w, row->sealed_key_id, 4);
        atk_put_uint(w, ATK_SEAL_SUITE, 1);
        atk_put_bytes(w, row->sealed, row->sealed_len);
    }
    put_unknown_below(w, &other, PART_UNUSED);
}

size_t atk_row_encode(const struct atk_row *row, uint8_t *out) {
    struct atk_writer w = atk_writer_of(out, ATK_ROW_MAX - ATK_TAG_LEN);
    put_head(&w, ATK_TYPE_ROW, row->flags | stored_kind(row->expiry_kind) << 8, row->key_id);
    atk_put_i64(&w, row->created_ms);
    atk_put_i64(&w, row->end_ms);
    atk_put_uint(&w, row->slot, 4);
    atk_put_uint(&w, row->revision, 4);
    atk_put_uint(&w, row->mark, 4);
    atk_put_uint(&w, row->name_len, 1);
    put_zeros(&w, 1);
    atk_put_uint(&w, row->description_len, 2);
    atk_put_bytes(&w, row->name, row->name_len);
    atk_put_bytes(&w, row->description, row->description_len);
    put_row_parts(&w, row);
    return len_with_tag(&w, out);
}

/* What became of a part. */
enum taken { PART_TAKEN, PART_UNKNOWN, PART_DAMAGED };

static enum taken take_day(struct atk_row_view *view, const struct part *part) {
    if (part->len <= DAY_HEAD || part->len > DAY_HEAD + APITOKEN_ZONE_MAX) return PART_UNKNOWN;
    view->day = (int32_t)atk_le_at(part->value, 4);
    view->zone_len = (uint8_t)(part->len - DAY_HEAD);
    view->zone = (const char *)part->value + DAY_HEAD;
    return atk_day_is_valid(view->day) && view->expiry_kind == APITOKEN_EXPIRY_DAY ? PART_TAKEN
                                                                                   : PART_DAMAGED;
}

static enum taken take_revocation(struct atk_row_view *view, const struct part *part) {
    if (part->len < REVOCATION_HEAD || part->len > REVOCATION_HEAD + APITOKEN_REASON_MAX)
        return PART_UNKNOWN;
    view->revoked_ms = (int64_t)atk_le_at(part->value, 8);
    view->reason_code = part->value[8];
    view->revocation_flags = part->value[9];
    view->reason_len = (uint16_t)(part->len - REVOCATION_HEAD);
    view->reason = (const char *)part->value + REVOCATION_HEAD;
    if (view->revocation_flags & ~REVOCATION_FINAL) view->is_newer = true;
    return atk_ms_is_valid(view->revoked_ms) && view->flags & ATK_FLAG_REVOKED ? PART_TAKEN
                                                                               : PART_DAMAGED;
}

static enum taken take_sealed(struct atk_row_view *view, const struct part *part) {
    if (part->len <= SEALED_HEAD + ATK_SEAL_OVERHEAD || part->len > SEALED_HEAD + ATK_SEALED_MAX ||
        part->value[4] != ATK_SEAL_SUITE)
        return PART_UNKNOWN;
    view->sealed_key_id = (uint32_t)atk_le_at(part->value, 4);
    view->sealed_len = (uint16_t)(part->len - SEALED_HEAD);
    view->sealed = part->value + SEALED_HEAD;
    return PART_TAKEN;
}

static enum taken take_part(struct atk_row_view *view, const struct part *part) {
    enum taken taken = PART_UNKNOWN;
    if (part->type == ATK_PART_DAY) taken = take_day(view, part);
    if (part->type == ATK_PART_REVOCATION) taken = take_revocation(view, part);
    if (part->type == ATK_PART_SEALED)
        taken = view->flags & ATK_FLAG_REVOKED ? PART_DAMAGED : take_sealed(view, part);
    if (taken == PART_UNKNOWN && part->type < PART_IGNORABLE) view->is_newer = true;
    return taken;
}

/*
 * Reads the parts of a row into the view, and what is unknown into `keep`, if that is not NULL. The
 * parts of a row that expires by day and of one that is revoked must be there.
 */
static int take_parts(struct atk_row_view *view, const uint8_t *parts, size_t len,
                      struct atk_row *keep) {
    struct atk_reader r = atk_reader_of(parts, len);
    struct part part = { 0, 0, NULL };
    bool has_day = view->expiry_kind != APITOKEN_EXPIRY_DAY,
         has_revocation = (view->flags & ATK_FLAG_REVOKED) == 0;
    while (r.left > 0) {
        const uint8_t *from = r.at;
        if (!get_part(&r, part.type, &part)) return APITOKEN_E_DAMAGED;
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
    if (!end_is_valid(view->end_ms)) return false;
    switch (view->expiry_kind) {
    case APITOKEN_EXPIRY_NEVER: return false; /* which is stored as another number */
    case KIND_NEVER:
        view->expiry_kind = APITOKEN_EXPIRY_NEVER;
        return view->end_ms == ATK_END_NEVER;
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
    return take_parts(view, at + least, len - least - ATK_TAG_LEN, keep);
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
    row->revocation_flags = view.revocation_flags;
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
        .revocation_flags = row->revocation_flags,
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
    };
}

bool atk_records_agree(const struct atk_hot *hot, const struct atk_row *row) {
    return ((hot->flags ^ row->flags) & ATK_FLAGS_COMMON) == 0 && hot->end_ms == row->end_ms &&
           hot->slot == row->slot && hot->revision == row->revision &&
           atk_mark_of(hot->verifier) == row->mark;
}

/* ---- the records of the store as a whole ----------------------------------------------------- */

size_t atk_config_encode(const struct atk_config *config, uint8_t *out) {
    struct atk_writer w = atk_writer_of(out, ATK_CONFIG_MAX - ATK_TAG_LEN);
    unsigned prefix_len = config->prefix.len - 1u;
    put_head(&w, ATK_TYPE_CONFIG, 0, config->key_id);
    atk_put_bytes(&w, config->store_id, sizeof config->store_id);
    atk_put_i64(&w, config->created_ms);
    atk_put_uint(&w, config->map_bytes, 8);
    atk_put_uint(&w, config->copy_policy, 1);
    atk_put_uint(&w, prefix_len, 1);
    atk_put_uint(&w, config->zone_len, 1);
    put_zeros(&w, 1);
    atk_put_bytes(&w, config->prefix.text, prefix_len);
    atk_put_bytes(&w, config->zone, config->zone_len);
    atk_put_bytes(&w, config->parts, config->parts_len);
    return len_with_tag(&w, out);
}

const uint8_t *atk_config_store_id(const void *bytes, size_t len) {
    return len >= ATK_RECORD_HEAD + ATK_STORE_ID_LEN ? (const uint8_t *)bytes + ATK_RECORD_HEAD
                                                     : NULL;
}

static int examine_config(const struct atk_config *config) {
    if (!atk_zone_is_valid(config->zone, config->zone_len) || !atk_ms_is_valid(config->created_ms))
        return APITOKEN_E_DAMAGED;
    /* a policy of a later version */
    return config->copy_policy == APITOKEN_COPY_ONCE || config->copy_policy == APITOKEN_COPY_ALWAYS
               ? 0
               : APITOKEN_E_NEWER;
}

int atk_config_decode(const void *bytes, size_t len, struct atk_config *config) {
    struct atk_reader r = atk_reader_of(bytes, len);
    int rc = get_head(&r, ATK_TYPE_CONFIG, &config->key_id);
    if (rc < 0) return rc;
    atk_get_bytes(&r, config->store_id, sizeof config->store_id);
    config->created_ms = atk_get_i64(&r);
    config->map_bytes = atk_get_uint(&r, 8);
    config->copy_policy = (uint8_t)atk_get_uint(&r, 1);
    size_t prefix_len = atk_get_uint(&r, 1);
    config->zone_len = (uint8_t)atk_get_uint(&r, 1);
    if (!get_zeros(&r, 1) || config->zone_len > APITOKEN_ZONE_MAX) return APITOKEN_E_DAMAGED;
    const uint8_t *prefix = atk_get_view(&r, prefix_len);
    memset(config->zone, 0, sizeof config->zone);
    atk_get_bytes(&r, config->zone, config->zone_len);
    if (r.is_bad || atk_prefix_set(&config->prefix, (const char *)prefix, prefix_len) < 0)
        return APITOKEN_E_DAMAGED;
    rc = get_parts(&r, config->parts, sizeof config->parts, &config->parts_len);
    return rc < 0 ? rc : examine_config(config);
}

static size_t entry_len(const struct atk_keys_record *keys) {
    return (size_t)atk_le_at(keys->bytes + KEYS_ENTRY_LEN_AT, 2);
}

uint32_t atk_keys_record_count(const struct atk_keys_record *keys) {
    return (uint32_t)atk_le_at(keys->bytes + KEYS_COUNT_AT, 2);
}

void atk_keys_record_init(struct atk_keys_record *keys) {
    struct atk_writer w = atk_writer_of(keys->bytes, ATK_KEYS_FIXED);
    put_head(&w, ATK_TYPE_KEYS, 0, 0);
    atk_put_uint(&w, 0, 2);
    atk_put_uint(&w, ATK_KEYS_ENTRY, 2);
    keys->len = len_with_tag(&w, keys->bytes);
}

void atk_keys_record_set_key(struct atk_keys_record *keys, uint32_t key_id) {
    struct atk_writer w = atk_writer_of(keys->bytes + ATK_RECORD_KEY_ID_AT, 4);
    atk_put_uint(&w, key_id, 4);
}

struct atk_keys_entry atk_keys_record_entry(const struct atk_keys_record *keys, uint32_t i) {
    struct atk_keys_entry entry = { .key_id = 0 };
    struct atk_reader r =
        atk_reader_of(keys->bytes + ATK_KEYS_FIXED + i * entry_len(keys), ATK_KEYS_ENTRY);
    entry.key_id = (uint32_t)atk_get_uint(&r, 4);
    (void)atk_get_uint(&r, 4);
    atk_get_bytes(&r, entry.prints.digest, ATK_FP_LEN);
    atk_get_bytes(&r, entry.prints.tag, ATK_FP_LEN);
    atk_get_bytes(&r, entry.prints.seal, ATK_FP_LEN);
    return entry;
}

/* What a later version appends to each entry is zero in one that this version adds. */
bool atk_keys_record_add(struct atk_keys_record *keys, const struct atk_keys_entry *entry) {
    const uint32_t count = atk_keys_record_count(keys);
    const size_t size = entry_len(keys);
    if (count == ATK_KEYS_LISTED_MAX || keys->len + size > sizeof keys->bytes) return false;
    uint8_t *place = keys->bytes + ATK_KEYS_FIXED + count * size;
    memmove(place + size, place, (size_t)(keys->bytes + keys->len - place));
    memset(place, 0, size);
    struct atk_writer w = atk_writer_of(place, ATK_KEYS_ENTRY);
    atk_put_uint(&w, entry->key_id, 4);
    put_zeros(&w, 4);
    atk_put_bytes(&w, entry->prints.digest, ATK_FP_LEN);
    atk_put_bytes(&w, entry->prints.tag, ATK_FP_LEN);
    atk_put_bytes(&w, entry->prints.seal, ATK_FP_LEN);
    w = atk_writer_of(keys->bytes + KEYS_COUNT_AT, 2);
    atk_put_uint(&w, count + 1, 2);
    keys->len += size;
    return true;
}

int atk_keys_decode(const void *bytes, size_t len, struct atk_keys_record *keys) {
    struct atk_reader r = atk_reader_of(bytes, len);
    uint32_t key_id;
    int rc = len > ATK_KEYS_RECORD_MAX ? APITOKEN_E_DAMAGED : get_head(&r, ATK_TYPE_KEYS, &key_id);
    if (rc < 0) return rc;
    const size_t count = (size_t)atk_get_uint(&r, 2), size = (size_t)atk_get_uint(&r, 2);
    if (count < 1 || count > ATK_KEYS_LISTED_MAX || size < ATK_KEYS_ENTRY)
        return APITOKEN_E_DAMAGED;
    for (size_t i = 0; i < count; i++) {
        const uint8_t *entry = atk_get_view(&r, size);
        if (!entry) return APITOKEN_E_DAMAGED;
        if (atk_le_at(entry + 4, 4) != 0) rc = APITOKEN_E_NEWER; /* flags */
    }
    int parts = examine_parts(r.at, r.left);
    if (parts == APITOKEN_E_DAMAGED) return parts;
    keys->len = len;
    memcpy(keys->bytes, bytes, len);
    return parts < 0 ? parts : rc;
}

size_t atk_state_record_encode(const struct atk_state_record *state, uint8_t *out) {
    struct atk_writer w = atk_writer_of(out, ATK_STATE_MAX - ATK_TAG_LEN);
    put_head(&w, ATK_TYPE_STATE, 0, state->key_id);
    atk_put_uint(&w, state->schema, 4);
    put_zeros(&w, 4);
    atk_put_uint(&w, state->transaction, 8);
    atk_put_uint(&w, state->id_floor, 8);
    atk_put_uint(&w, state->next_slot, 8);
    atk_put_uint(&w, state->tokens, 8);
    atk_put_uint(&w, state->revoked, 8);
    atk_put_bytes(&w, state->environment, sizeof state->environment);
    atk_put_bytes(&w, state->parts, state->parts_len);
    return len_with_tag(&w, out);
}

int atk_state_record_decode(const void *bytes, size_t len, struct atk_state_record *state) {
    struct atk_reader r = atk_reader_of(bytes, len);
    int rc = get_head(&r, ATK_TYPE_STATE, &state->key_id);
    if (rc < 0) return rc;
    state->schema = (uint32_t)atk_get_uint(&r, 4);
    if (state->schema != ATK_SCHEMA) return APITOKEN_E_NEWER;
    if (!get_zeros(&r, 4)) return APITOKEN_E_DAMAGED;
    state->transaction = atk_get_uint(&r, 8);
    state->id_floor = atk_get_uint(&r, 8);
    state->next_slot = atk_get_uint(&r, 8);
    state->tokens = atk_get_uint(&r, 8);
    state->revoked = atk_get_uint(&r, 8);
    atk_get_bytes(&r, state->environment, sizeof state->environment);
    rc = get_parts(&r, state->parts, sizeof state->parts, &state->parts_len);
    return rc == 0 && state->revoked > state->tokens ? APITOKEN_E_DAMAGED : rc;
}

uint32_t atk_state_record_schema(const void *bytes, size_t len) {
    struct atk_reader r = atk_reader_of(bytes, len);
    (void)atk_get_uint(&r, 1);
    if (atk_get_uint(&r, 1) != ATK_TYPE_STATE) return 0;
    (void)atk_get_view(&r, ATK_RECORD_HEAD - 2);
    return (uint32_t)atk_get_uint(&r, 4);
}

size_t atk_row_key(const char *owner, size_t owner_len, const char *id,
                   uint8_t out[ATK_ROW_KEY_MAX]) {
    out[0] = (uint8_t)owner_len;
    memcpy(out + 1, owner, owner_len);
    memcpy(out + 1 + owner_len, id, APITOKEN_ID_LEN);
    return 1 + owner_len + APITOKEN_ID_LEN;
}
