/* SPDX-License-Identifier: MIT */
/*
 * What a change does to a token: one file for each kind of change, edit_*.c. An engine reads the
 * records of the token in its transaction, has them edited, and writes them back. So an edit must
 * not wait, call the host or keep anything in its context: it is made again if the transaction is.
 */
#ifndef APITOKEN_RULES_TOKEN_EDIT_H
#define APITOKEN_RULES_TOKEN_EDIT_H

#include "rules/policy.h"
#include "rules/record_audit.h"
#include "rules/record_owner.h"
#include "rules/token_pair.h"

/* When a token ends: the instant that is enforced, and what is shown. */
struct atk_end {
    int64_t ms;   /* ATK_END_NEVER, or the first instant at which the token is no longer valid */
    uint8_t kind; /* APITOKEN_EXPIRY_ */
    uint8_t zone_len; /* 0 unless the end is that of a day */
    int32_t day;
    const char *zone;
};

/* What an edit may depend on besides the token, from the same transaction. */
struct atk_edit_facts {
    const struct atk_policy *policy; /* NULL: it cannot be read, which only a denial may overlook */
    bool is_owner_blocked;           /* also while an unblock is not complete */
    bool is_owner_unblocking;        /* then tokens may be free again already */
    int owner_error;                 /* why the owner's record cannot be read; as with the policy */
    uint32_t owner_revision;         /* of the owner's record; 0: there is none */
    uint64_t live; /* the owner's other tokens that are live; counted if the policy limits them */
    int64_t last_used_ms; /* of the token, by whichever secret; 0: never, as far as is known */
};

/*
 * ATK_EDIT_UNCHANGED: there is nothing to write, as it already is what it should be.
 * ATK_EDIT_REMOVED: the record of an owner, or the token, goes.
 */
enum atk_edit_result { ATK_EDIT_UNCHANGED = 0, ATK_EDIT_CHANGED = 1, ATK_EDIT_REMOVED = 2 };

/*
 * Changes the records in memory. The caller makes them agree afterwards, by the hot record:
 * token_pair.h. Returns an atk_edit_result or an error code.
 */
typedef int (*atk_edit_fn)(const void *ctx, const struct atk_edit_facts *facts, struct atk_hot *hot,
                           struct atk_row *row, apitoken_error *err);

/* The same for the record of an owner and for the policy, of revision 0 if there is none yet. */
typedef int (*atk_owner_edit_fn)(const void *ctx, struct atk_owner_record *owner,
                                 apitoken_error *err);
typedef int (*atk_policy_edit_fn)(const void *ctx, struct atk_policy *policy, uint32_t revision,
                                  apitoken_error *err);

/* Whether the text of an audit record is to be erased. */
typedef bool (*atk_text_match_fn)(const void *ctx, const struct atk_audit_text *text);

/* APITOKEN_E_REVISION unless the token has this revision; 0 is any. */
int atk_edit_require_revision(uint32_t revision, const struct atk_hot *hot, apitoken_error *err);

/* APITOKEN_E_CHANGE_REVOKED. */
int atk_edit_require_unrevoked(const struct atk_hot *hot, apitoken_error *err);

/* APITOKEN_E_SCHEMA for a token that only a newer version understands. */
int atk_edit_require_known(const struct atk_hot *hot, apitoken_error *err);

/* APITOKEN_E_CHANGE_EXPIRED. */
int atk_edit_require_unexpired(const struct atk_hot *hot, int64_t now_ms, apitoken_error *err);

/* The end of a token for which none is given, now. */
struct atk_end atk_edit_default_end(const struct atk_policy *policy, int64_t now_ms);

/* APITOKEN_E_LIFETIME if the policy does not let the token be valid so long, by its row. */
int atk_edit_require_allowed_end(const struct atk_policy *policy, const struct atk_row *row,
                                 int64_t made_ms, apitoken_error *err);

/* APITOKEN_E_LIVE_LIMIT if the owner may not have one more live token. */
int atk_edit_require_room(const struct atk_edit_facts *facts, apitoken_error *err);

/*
 * Ends the older secret. The row keeps when the token was used last, as that may have been with it.
 * False: there is none.
 */
bool atk_edit_end_older(const struct atk_edit_facts *facts, struct atk_hot *hot,
                        struct atk_row *row);

/* Gives the token an end, after which no secret of it is valid. False: it has that end already. */
bool atk_edit_set_end(const struct atk_end *end, struct atk_hot *hot, struct atk_row *row);

#endif
