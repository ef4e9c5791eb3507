/* SPDX-License-Identifier: MIT */
/*
 * Builds new stores: everything in a directory beside the final path, synced, and then put in place
 * by a rename. A crash leaves either no store at the path or a complete one.
 */
#ifndef APITOKEN_LMDB_STORES_NEW_STORE_H
#define APITOKEN_LMDB_STORES_NEW_STORE_H

#include "lmdb/process/env.h"
#include "lmdb/tokens/last_use.h"
#include "rules/record.h"

/* of a store's directory: open to its group, which new files in it inherit */
#define ATK_STORE_MODE_MAX 02770

/*
 * Fills the empty environment in transactions of its own. Its trees are open, and the last-use file
 * has its header.
 */
typedef int (*atk_new_store_fill_fn)(void *ctx, const struct atk_env *env, struct atk_last_use *use,
                                     apitoken_error *err);

struct atk_new_store {
    const struct atk_config *config; /* of which map size and store id are used */
    mode_t mode;                     /* of the directory */
    /* directory of a store from whose files owner, group and modes are copied; or -1 */
    int like_fd;
    atk_new_store_fill_fn fill;
    void *ctx;
};

/* APITOKEN_E_EXISTS if there is anything at `path`. */
int atk_new_store_place(const char *path, const struct atk_new_store *plan, apitoken_error *err);

/* Replaces the store at `path`, which is moved to `aside`, where nothing may exist. */
int atk_new_store_exchange(const char *path, const char *aside, const struct atk_new_store *plan,
                           apitoken_error *err);

#endif
