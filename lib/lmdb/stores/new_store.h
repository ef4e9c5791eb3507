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

/* What a new store is filled in. */
struct atk_new_store_place {
    const struct atk_env *env; /* empty; its trees are open */
    struct atk_last_use *use;
    uint8_t environment[ATK_ENVIRONMENT_LEN]; /* for the state record */
};

/* What the files around data.mdb must know of what was filled in. */
struct atk_new_store_facts {
    uint64_t transaction; /* number of the last one */
    uint64_t limit_bytes; /* in the state record */
};

/* Fills the store in transactions of its own. */
typedef int (*atk_new_store_fill_fn)(void *ctx, const struct atk_new_store_place *place,
                                     struct atk_new_store_facts *ret_facts, apitoken_error *err);

struct atk_new_store {
    const struct atk_config *config; /* of which the map size is used */
    mode_t mode;                     /* of the directory */
    bool any_fs;                     /* APITOKEN_ANY_FILE_SYSTEM */
    /* directory of a store from whose files owner, group and modes are copied; or -1 */
    int like_fd;
    atk_new_store_fill_fn fill;
    void *ctx;
};

/* APITOKEN_E_EXISTS if there is anything at `path`. */
int atk_new_store_put(const char *path, const struct atk_new_store *plan, apitoken_error *err);

/* Replaces the store at `path`, which is moved to `aside`, where nothing may exist. */
int atk_new_store_exchange(const char *path, const char *aside, const struct atk_new_store *plan,
                           apitoken_error *err);

/*
 * Overwrites the data of a store that nobody has open with zeros, and removes its files and its
 * directory. 0 also if there is none. What is not of a store stays, and with it the directory.
 */
int atk_old_store_remove(const char *path, apitoken_error *err);

#endif
