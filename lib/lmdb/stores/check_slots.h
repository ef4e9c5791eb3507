/* SPDX-License-Identifier: MIT */
/* The part of fsck that is about last-use slots: none is in use twice, and none in use is free. */
#ifndef APITOKEN_LMDB_STORES_CHECK_SLOTS_H
#define APITOKEN_LMDB_STORES_CHECK_SLOTS_H

#include "base/findings.h"
#include "lmdb/tokens/records.h"

struct atk_slots_check {
    struct atk_view view;
    struct atk_findings *found;
    uint8_t *used; /* a bit for each slot that was given away */
    uint32_t next_slot;
    uint64_t free; /* how many the records say */
    bool is_unreadable;
};

/* APITOKEN_E_NOMEM. `view` and `found` are set; end it in any case. */
int atk_slots_check_begin(struct atk_slots_check *check, const struct atk_state_record *state,
                          apitoken_error *err);
void atk_slots_check_end(struct atk_slots_check *check);

/* For each token. */
void atk_slots_check_token(struct atk_slots_check *check, const char *id,
                           const struct atk_hot *hot);

/* After the last token. Fails as atk_audit_check(). */
int atk_slots_check(struct atk_slots_check *check, const struct atk_state_record *state,
                    apitoken_error *err);

#endif
