/* SPDX-License-Identifier: MIT */
/* Exclusive access: for what must not be done while any process has the store open. */
#ifndef APITOKEN_LMDB_STORES_EXCLUSIVE_H
#define APITOKEN_LMDB_STORES_EXCLUSIVE_H

#include <stdbool.h>

#include "outside/backend.h"
#include "lmdb/tokens/records.h"

/*
 * Opens the store as any handle would, with all the checks of an open, and closes it again. Gives
 * its configuration. APITOKEN_E_IN_USE if this process has it open verify-only.
 */
int atk_exclusive_examine(const struct atk_backend_open *open, struct atk_deadline *deadline,
                          struct atk_config *ret_config, apitoken_error *err);

/* Takes exclusive access: *ret_lock holds it until atk_locks_close(). APITOKEN_E_IN_USE. */
int atk_exclusive_take(int dir_fd, bool any_owner, int *ret_lock, apitoken_error *err);

/*
 * With exclusive access: APITOKEN_E_IN_USE if this was not the last transaction, so that somebody
 * wrote before the access was taken.
 */
int atk_exclusive_check_unchanged(int dir_fd, uint64_t transaction, apitoken_error *err);

/* Changes what it likes of the state and the trees. */
typedef int (*atk_exclusive_fn)(void *ctx, const struct atk_view *view,
                                struct atk_state_record *state, apitoken_error *err);

/* A change that needs exclusive access. */
struct atk_exclusive_change {
    int dir_fd;
    int lock;           /* of atk_exclusive_take() */
    uint64_t map_bytes; /* new size of the map, 0 = unchanged */
    const struct atk_config *config;
    const struct atk_keys *keys; /* need not be bound to the store */
    bool accepts_rolled_back;
    atk_exclusive_fn write;
    void *ctx;
};

/* Makes the change in a durable transaction, and notes its number in both homes. */
int atk_exclusive_write(const struct atk_exclusive_change *change, apitoken_error *err);

#endif
