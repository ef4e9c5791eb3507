/* SPDX-License-Identifier: MIT */
#include "rules/carry_denials.h"

#include <string.h>

#include "rules/carry_secrets.h"
#include "rules/edit_revoke.h"
#include "rules/narrow.h"
#include "rules/token_edit.h"
#include "rules/token_parts.h"

/* A token in work, and the records of its proof that count. */
struct carrying {
    struct atk_hot *hot;
    struct atk_row *row;
    const struct atk_hot *newest_hot; /* NULL, or not older than the row of the proof */
    const struct atk_row *newest_row; /* NULL, or not older than its hot record */
    unsigned flags;                   /* of those */
    unsigned carried;
    bool is_dead; /* it has no secret that anybody could still present, or no room */
};

static uint32_t later(uint32_t a, uint32_t b) { return a > b ? a : b; }

static uint32_t proof_revision(const struct atk_proof *proof) {
    return later(proof->hot ? proof->hot->revision : 0, proof->row ? proof->row->revision : 0);
}

/* ---- flags and the end ----------------------------------------------------------------------- */

static void carry_flag(struct carrying *c, unsigned flag, enum atk_carried what) {
    if (!(c->flags & flag) || c->hot->flags & flag) return;
    c->hot->flags |= (uint8_t)flag;
    c->carried |= what;
}

/* Flags that this version does not know deny a token, and a newer one knows why. */
static void carry_unknown_flags(struct carrying *c) {
    const uint8_t of_hot = (uint8_t)(c->newest_hot ? c->newest_hot->flags & ~ATK_FLAGS_DEFINED : 0),
                  of_row = (uint8_t)(c->newest_row ? c->newest_row->flags & ~ATK_FLAGS_DEFINED : 0);
    if ((of_hot & ~c->hot->flags) || (of_row & ~c->row->flags)) c->carried |= ATK_CARRIED_NEWER;
    c->hot->flags |= of_hot;
    c->row->flags |= of_row;
}

static void carry_end(struct carrying *c) {
    const struct atk_row *row = c->newest_row;
    struct atk_end end = { .ms = ATK_END_NEVER, .kind = APITOKEN_EXPIRY_INSTANT };
    if (c->newest_hot) end.ms = c->newest_hot->end_ms;
    if (row && row->end_ms <= end.ms)
        end = (struct atk_end){ row->end_ms, row->expiry_kind, row->zone_len, row->day, row->zone };
    if (end.ms >= c->hot->end_ms) return;
    (void)atk_edit_set_end(&end, c->hot, c->row);
    c->carried |= ATK_CARRIED_END;
}

/* ---- parts ----------------------------------------------------------------------------------- */

/* Of the newest record; both have them alike. */
static bool find_part(const struct carrying *c, unsigned type, struct atk_part *ret) {
    return c->newest_hot
               ? atk_parts_find(c->newest_hot->parts, c->newest_hot->parts_len, type, ret)
               : atk_parts_find(c->newest_row->other, c->newest_row->other_len, type, ret);
}

static void set_part(struct carrying *c, const struct atk_part *part) {
    if (!atk_parts_set(atk_hot_parts(c->hot), part->type, part->value, part->len))
        c->is_dead = true;
}

/*
 * A list that both have becomes that of what is in both. Where nothing is, no list could say so:
 * the token is suspended, and has the list of the proof, which is all that a resume gives it.
 */
static void carry_list(struct carrying *c, unsigned type, atk_narrow_fn narrow,
                       enum atk_carried what) {
    uint8_t both[ATK_NARROW_MAX];
    struct atk_part now, old;
    size_t len = 0;
    if (!find_part(c, type, &now)) return;
    const bool has_old = atk_parts_find(c->hot->parts, c->hot->parts_len, type, &old);
    if (has_old && old.len == now.len && memcmp(old.value, now.value, now.len) == 0) return;
    const bool can_narrow =
        has_old && atk_token_part_is_known(&now, false) && atk_token_part_is_known(&old, false);
    if (can_narrow) len = narrow(&old, &now, both);
    if (can_narrow && len == old.len && memcmp(both, old.value, len) == 0) return;
    c->carried |= what;
    if (can_narrow && len == 0) {
        c->hot->flags |= ATK_FLAG_SUSPENDED;
        c->carried |= ATK_CARRIED_SUSPENDED;
    }
    set_part(c, len > 0 ? &(struct atk_part){ (uint8_t)type, (uint16_t)len, both } : &now);
}

static void carry_data(struct carrying *c) {
    struct atk_part now, old;
    const bool has_now = find_part(c, ATK_PART_DATA, &now),
               has_old = atk_parts_find(c->hot->parts, c->hot->parts_len, ATK_PART_DATA, &old);
    if (has_now == has_old &&
        (!has_now || (now.len == old.len && memcmp(now.value, old.value, now.len) == 0)))
        return;
    c->carried |= ATK_CARRIED_OTHER;
    if (has_now)
        set_part(c, &now);
    else
        atk_parts_remove(atk_hot_parts(c->hot), ATK_PART_DATA);
}

static bool is_narrowing(const struct atk_part *part, bool is_hot) {
    return part->type < ATK_SECRET_NEWEST && part->type > ATK_PART_NETWORKS &&
           !atk_token_part_is_known(part, is_hot);
}

/* What a newer version narrows a token by, of either record. */
static void carry_newer_parts(struct carrying *c, const uint8_t *parts, size_t len,
                              struct atk_parts to, bool is_hot) {
    struct atk_reader r = atk_reader_of(parts, len);
    struct atk_part part = { 0, 0, NULL };
    while (r.left > 0 && atk_part_get(&r, part.type, &part)) {
        if (!is_narrowing(&part, is_hot) ||
            atk_parts_same(parts, len, to.bytes, *to.len, part.type))
            continue;
        c->carried |= ATK_CARRIED_NEWER;
        c->is_dead |= !atk_parts_set(to, part.type, part.value, part.len);
    }
}

static void carry_parts(struct carrying *c) {
    const struct atk_hot *hot = c->newest_hot;
    const struct atk_row *row = c->newest_row;
    carry_list(c, ATK_PART_INTERFACES, atk_narrow_interfaces, ATK_CARRIED_INTERFACES);
    carry_list(c, ATK_PART_NETWORKS, atk_narrow_networks, ATK_CARRIED_NETWORKS);
    carry_data(c);
    if (hot) carry_newer_parts(c, hot->parts, hot->parts_len, atk_hot_parts(c->hot), true);
    if (row) carry_newer_parts(c, row->other, row->other_len, atk_row_parts(c->row), false);
}

/* ---- revokes --------------------------------------------------------------------------------- */

/* What the row of the proof says of the revoke, if it says so. */
static struct atk_revocation revocation_of(const struct carrying *c, const struct atk_row *row,
                                           int64_t now_ms) {
    if (row && row->flags & ATK_FLAG_REVOKED)
        return (struct atk_revocation){ .revoked_ms = row->revoked_ms,
                                        .reason = row->reason,
                                        .reason_len = row->reason_len,
                                        .undo_until_ms = row->undo_until_ms,
                                        .code = row->reason_code };
    return (struct atk_revocation){ .revoked_ms = now_ms,
                                    .reason = ATK_RESTORED,
                                    .reason_len = strlen(ATK_RESTORED),
                                    .code = c->is_dead ? APITOKEN_REASON_SUPERSEDED
                                                       : APITOKEN_REASON_UNSPECIFIED };
}

/* One that the backup has stays, and becomes exposed or final if the other one is. */
static void add_to_revocation(struct carrying *c, const struct atk_row *row) {
    if (row && row->flags & ATK_FLAG_REVOKED && row->reason_code == APITOKEN_REASON_EXPOSED &&
        c->row->reason_code != APITOKEN_REASON_EXPOSED) {
        c->row->reason_code = APITOKEN_REASON_EXPOSED;
        c->carried |= ATK_CARRIED_OTHER;
    }
}

static void carry_revoke(struct carrying *c, const struct atk_row *row, int64_t now_ms) {
    const bool is_revoked = (c->flags & ATK_FLAG_REVOKED) || c->is_dead;
    if (is_revoked && c->hot->flags & ATK_FLAG_REVOKED) {
        add_to_revocation(c, row);
    } else if (is_revoked) {
        const struct atk_revocation revocation = revocation_of(c, row, now_ms);
        atk_revoke_hot(c->hot);
        atk_revoke_row(c->row, &revocation);
        c->carried |= ATK_CARRIED_REVOKED;
    }
    if (!is_revoked) return;
    const unsigned final = c->is_dead ? ATK_FLAG_FINAL : c->flags & ATK_FLAG_FINAL;
    if (final & ~c->hot->flags) c->carried |= ATK_CARRIED_OTHER;
    c->hot->flags |= (uint8_t) final;
}

/* ---- all of it ------------------------------------------------------------------------------- */

/* Only the records of the highest revision say how the token was last. */
static struct carrying begin(const struct atk_proof *proof, struct atk_hot *hot,
                             struct atk_row *row) {
    const uint32_t revision = proof_revision(proof);
    struct carrying c = { .hot = hot, .row = row };
    if (proof->hot && proof->hot->revision == revision) c.newest_hot = proof->hot;
    if (proof->row && proof->row->revision == revision) c.newest_row = proof->row;
    c.flags = (c.newest_hot ? c.newest_hot->flags : 0u) | (c.newest_row ? c.newest_row->flags : 0u);
    return c;
}

static void carry_rights(struct carrying *c, const struct atk_proof *proof) {
    const struct atk_secrets_proof secrets = { proof->hot, c->newest_row };
    carry_flag(c, ATK_FLAG_SUSPENDED, ATK_CARRIED_SUSPENDED);
    carry_flag(c, ATK_FLAG_BLOCKED, ATK_CARRIED_BLOCKED);
    carry_unknown_flags(c);
    switch (atk_carry_secrets(&secrets, c->hot, c->row)) {
    case ATK_SECRETS_SAME: break;
    case ATK_SECRETS_OLDER_ENDED: c->carried |= ATK_CARRIED_OLDER; break;
    case ATK_SECRETS_REPLACED: c->carried |= ATK_CARRIED_SECRET; break;
    case ATK_SECRETS_NO_ROOM:
    case ATK_SECRETS_DEAD:
        c->carried |= ATK_CARRIED_SECRET;
        c->is_dead = true;
        break;
    }
    carry_end(c);
    carry_parts(c);
}

unsigned atk_carry_denials(const struct atk_proof *proof, int64_t now_ms, struct atk_hot *hot,
                           struct atk_row *row) {
    const uint32_t revision = proof_revision(proof);
    if (!proof->hot && !proof->row) return 0;
    struct carrying c = begin(proof, hot, row);
    if (proof->is_whole || revision >= hot->revision) carry_rights(&c, proof);
    carry_revoke(&c, proof->row, now_ms);
    if (c.carried == 0) return 0;
    hot->revision = later(hot->revision, revision);
    if (!atk_records_unite(hot, row)) c.carried |= ATK_CARRIED_NO_ROOM;
    return c.carried;
}

unsigned atk_carry_block(struct atk_hot *hot, struct atk_row *row) {
    if (hot->flags & ATK_FLAG_BLOCKED) return 0;
    hot->flags |= ATK_FLAG_BLOCKED;
    return ATK_CARRIED_BLOCKED | (atk_records_unite(hot, row) ? 0u : ATK_CARRIED_NO_ROOM);
}

static bool is_blocked(const struct atk_owner_record *owner) {
    return owner->revision > 0 && !(owner->flags & ATK_OWNER_UNBLOCKING);
}

bool atk_carry_owner(const struct atk_owner_record *present, struct atk_owner_record *owner) {
    const uint32_t revision = later(present->revision, owner->revision);
    if (is_blocked(owner) || (owner->revision > 0 && !is_blocked(present))) return false;
    *owner = *present;
    owner->revision = atk_revision_after(revision);
    return true;
}
