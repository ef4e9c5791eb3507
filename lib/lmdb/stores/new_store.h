/* SPDX-License-Identifier: MIT */
/*
 * A new store's directory: everything in a directory beside its place, synced, then put in place by
 * a rename. A crash leaves no store there or a whole one.
 */
#ifndef APITOKEN_LMDB_STORES_NEW_STORE_H
#define APITOKEN_LMDB_STORES_NEW_STORE_H

#include "lmdb/process/env.h"
#include "lmdb/tokens/last_use.h"
#include "rules/record.h"

/* of a store's directory: for its group, whose it makes what is put into it */
#define ATK_STORE_MODE_MAX 02770

/*
 * Fills the empty environment, whose trees are open, in transactions of its own; the last-use file
 * has its head.
 */
typedef int (*atk_new_store_fill_fn)(void *ctx, const struct atk_env *env, struct atk_last_use *use,
                                     apitoken_error *err);

struct atk_new_store {
    const struct atk_config *config; /* map size and store id */
    mode_t mode;                     /* of the directory */
    /* a store's directory: as its files are, so will be owner, group and modes of all; or -1 */
    int like_fd;
    atk_new_store_fill_fn fill;
    void *ctx;
};

/* APITOKEN_E_EXISTS if anything is at `path`. */
int atk_new_store_place(const char *path, const struct atk_new_store *build, apitoken_error *err);

/* Takes the place of the store at `path`, which is then at `aside`, where nothing may be. */
int atk_new_store_exchange(const char *path, const char *aside, const struct atk_new_store *build,
                           apitoken_error *err);

#endif
