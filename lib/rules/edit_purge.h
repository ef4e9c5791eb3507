/* SPDX-License-Identifier: MIT */
/* Removing tokens that ended long enough ago. */
#ifndef APITOKEN_RULES_EDIT_PURGE_H
#define APITOKEN_RULES_EDIT_PURGE_H

#include "rules/token_edit.h"

struct atk_purging {
    int64_t ended_before_ms;
    int64_t now_ms;
    /* the highest tick of an id that may be removed: the floor of the store rises to it */
    uint64_t tick_max;
};

enum atk_purge_verdict {
    ATK_PURGE_NOT_ENDED, /* before the instant */
    ATK_PURGE_KEPT,      /* it has ended, and stays */
    ATK_PURGE_REMOVED
};

/*
 * What becomes of a token. Its end is its expiry or its revocation, whichever is earlier. It stays
 * as long as its revocation can be undone, without a policy as long as it could ever have been; if
 * a newer version must say when it ends; and if a clock that was far ahead gave it its id.
 */
enum atk_purge_verdict atk_purge_judge(const struct atk_purging *purging,
                                       const struct atk_policy *policy,
                                       const struct atk_row_view *row);

/* An atk_edit_fn with a struct atk_purging. */
int atk_edit_purge(const void *ctx, const struct atk_edit_facts *facts, struct atk_hot *hot,
                   struct atk_row *row, apitoken_error *err);

#endif
