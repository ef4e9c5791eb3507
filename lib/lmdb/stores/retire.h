/* SPDX-License-Identifier: MIT */
/* The parts of retiring a key: its flags (retire.c), tokens and other records. */
#ifndef APITOKEN_LMDB_STORES_RETIRE_H
#define APITOKEN_LMDB_STORES_RETIRE_H

#include "lmdb/stores/sweep.h"

struct atk_retire_work {
    struct atk_lmdb *store;
    struct atk_retire *retire;
    apitoken_error damage; /* of the first record that could not be changed */
};

static inline struct atk_sweep atk_retire_sweep(const struct atk_retire_work *work, MDB_dbi tree) {
    return (struct atk_sweep){ .store = work->store,
                               .tree = tree,
                               .timeout_ms = work->retire->timeout_ms };
}

static inline struct atk_store_act atk_retire_act(const struct atk_retire *retire) {
    return (struct atk_store_act){ .verb = ATK_VERB_RETIRE_KEY,
                                   .actor = retire->actor,
                                   .actor_len = retire->actor_len,
                                   .now_ms = retire->now_ms };
}

/* Notes what is wrong with a record; the first one counts. */
void atk_retire_note_damage(struct atk_retire_work *work, const apitoken_error *detail,
                            const MDB_val *key);

/*
 * Counts the live tokens that need the key. APITOKEN_E_SCHEMA if the store has records or trees of
 * a later version, which only that can tag anew.
 */
int atk_retire_count_tokens(struct atk_retire_work *work, apitoken_error *err);

/* Ends, and tags under the active key, the tokens that were made with the key. */
int atk_retire_end_tokens(struct atk_retire_work *work, apitoken_error *err);

/* Tags all records of a tree under the active key that are tagged under the one to be retired. */
int atk_retire_retag(struct atk_retire_work *work, MDB_dbi tree, apitoken_error *err);

#endif
