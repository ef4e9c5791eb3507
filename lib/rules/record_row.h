/* SPDX-License-Identifier: MIT */
/* The row: what a list shows of a token. Stored under owner length, owner, id. */
#ifndef APITOKEN_RULES_RECORD_ROW_H
#define APITOKEN_RULES_RECORD_ROW_H

#include "rules/record_hot.h"

#define ATK_SEALED_MAX (ATK_TOKEN_LEN_MAX + ATK_SEAL_OVERHEAD)
#define ATK_SEAL_SUITE 1 /* XChaCha20-Poly1305 of the whole token text */

#define ATK_ROW_FIXED 40
#define ATK_ROW_MAX 8192
#define ATK_ROW_PARTS_MAX (ATK_ROW_MAX - ATK_ROW_FIXED - 1 - ATK_TAG_LEN)
#define ATK_ROW_KEY_MAX (1 + APITOKEN_OWNER_MAX + APITOKEN_ID_LEN)

struct atk_row {
    uint32_t key_id;
    uint8_t flags; /* also unknown ones */
    bool is_newer; /* not encoded */
    /* not in the record, but in its key: set by whoever reads the record */
    char id[APITOKEN_ID_LEN];
    int64_t created_ms;
    int64_t end_ms;
    int64_t revoked_ms;    /* 0 unless revoked */
    int64_t undo_until_ms; /* 0: the revocation cannot be undone */
    int32_t day;           /* yyyymmdd; 0 unless it expires by day */
    uint32_t slot;
    uint32_t revision;
    uint32_t mark;       /* the beginning of the current verifier; see atk_mark_of() */
    uint8_t expiry_kind; /* APITOKEN_EXPIRY_ */
    uint8_t name_len;
    uint8_t zone_len; /* 0 unless it expires by day */
    uint8_t reason_code;
    uint16_t description_len;
    uint16_t reason_len;
    uint16_t sealed_len; /* 0: no sealed copy */
    uint16_t other_len;
    uint32_t sealed_key_id;
    char name[APITOKEN_NAME_MAX];
    char description[APITOKEN_DESCRIPTION_MAX];
    char zone[APITOKEN_ZONE_MAX];
    char reason[APITOKEN_REASON_MAX];
    uint8_t sealed[ATK_SEALED_MAX];
    uint8_t other[ATK_ROW_PARTS_MAX]; /* all parts that have no field here, in order */
};

/* A row read in place: the pointers point into the stored bytes. */
struct atk_row_view {
    uint32_t key_id;
    uint8_t flags;
    bool is_newer;
    uint8_t expiry_kind, name_len, zone_len, reason_code;
    uint16_t description_len, reason_len, sealed_len;
    int32_t day;
    uint32_t slot, revision, mark, sealed_key_id;
    int64_t created_ms, end_ms, revoked_ms, undo_until_ms;
    const char *id;    /* as in struct atk_row */
    const char *owner; /* the same; NULL in a view of a row in memory */
    size_t owner_len;
    const char *name, *description, *zone, *reason;
    const uint8_t *sealed;
    const uint8_t *parts; /* all of them, or at least those without a field here; in order */
    uint16_t parts_len;
};

/*
 * Writes the record, without its tag, into a buffer of ATK_ROW_MAX bytes and returns its length
 * including the tag; 0 if the unknown parts leave no room for the known ones. The struct must be
 * within its limits.
 */
size_t atk_row_encode(const struct atk_row *row, uint8_t *out);

/* Both return what atk_hot_parse_view() does. */
int atk_row_parse_view(const void *bytes, size_t len, struct atk_row_view *view);
int atk_row_decode(const void *bytes, size_t len, struct atk_row *row);

/* A view of a row in memory. */
struct atk_row_view atk_row_view_of(const struct atk_row *row);

static inline struct atk_parts atk_row_parts(struct atk_row *row) {
    return (struct atk_parts){ row->other, &row->other_len, sizeof row->other };
}

/* When the newest secret of a token was made. */
int64_t atk_row_secret_made_ms(const struct atk_row *row);

/* Writes the key of a row and returns its length. */
size_t atk_row_key(const char *owner, size_t owner_len, const char *id,
                   uint8_t out[ATK_ROW_KEY_MAX]);

#endif
