/* SPDX-License-Identifier: MIT */
/*
 * The older of the two secrets that a token has after a rotate, as a part of its two records: what
 * validate needs in the hot record, what a list shows in the row.
 *
 *   hot  verifier(24) key id(4) suite(1) until(8)
 *   row  until(8) mark(4)
 *
 * Both have it or neither. One in another form is of a newer version, and stays as it is.
 */
#ifndef APITOKEN_RULES_OLDER_SECRET_H
#define APITOKEN_RULES_OLDER_SECRET_H

#include "rules/record_row.h"

#define ATK_OLDER_SECRET_LEN (ATK_VERIFIER_LEN + 4 + 1 + 8)
#define ATK_OLDER_SECRET_SHOWN_LEN (8 + 4)

#define ATK_SUITE 1 /* of the digest: that of version 1 of the token text */

struct atk_older_secret {
    uint32_t key_id; /* that its verifier was made with */
    uint32_t mark;
    uint8_t suite;
    uint8_t verifier[ATK_VERIFIER_LEN];
    int64_t until_ms; /* the first instant at which it is no longer valid */
};

/* Whether the value of the part has the form of this version. */
bool atk_older_secret_is_known(const uint8_t *value, size_t len, bool is_hot);

/* False: the token has no older secret, or one in the form of a newer version. */
bool atk_older_secret_get(const uint8_t *parts, size_t len, struct atk_older_secret *ret);

/* The same of a row, without key id, suite and verifier. */
bool atk_older_secret_get_shown(const uint8_t *parts, size_t len, struct atk_older_secret *ret);

/* Stores it in a hot record. False: there is no room. */
bool atk_older_secret_set(struct atk_hot *hot, const struct atk_older_secret *older);

/* Makes the row show the older secret of the hot record, or none. False: there is no room. */
bool atk_older_secret_show(struct atk_row *row, const struct atk_hot *hot);

/* Whether a row shows the older secret of the hot record, as far as this version can tell. */
bool atk_older_secret_agrees(const struct atk_hot *hot, const struct atk_row *row);

#endif
