/* SPDX-License-Identifier: MIT */
/*
 * Is a token's history linearizable? A token is absent, then valid, then revoked. Each operation
 * took effect at one moment between its call and its return. The history is good if there are
 * moments for all operations that explain every answer.
 */
#ifndef HISTORY_CHECK_H
#define HISTORY_CHECK_H

#include <stddef.h>
#include <stdint.h>

enum history_kind { HISTORY_CREATE, HISTORY_REVOKE, HISTORY_YES, HISTORY_REVOKED, HISTORY_UNKNOWN };

struct history_op {
    uint32_t token;
    uint32_t kind;      /* enum history_kind: what it was, and what a validate said */
    int64_t begin, end; /* nanoseconds of a clock that all processes share */
};

/*
 * The moments at which one token can have become valid, and revoked: what its operations leave of
 * them. Set up with _BEGIN.
 */
struct history {
    int64_t valid_after, valid_before;
    int64_t revoked_after, revoked_before;
};
#define HISTORY_BEGIN \
    { INT64_MIN, INT64_MAX, INT64_MIN, INT64_MAX }

void history_add(struct history *history, const struct history_op *op);

/* 1 if no choice of moments fits. */
int history_is_violated(const struct history *history);

#endif
