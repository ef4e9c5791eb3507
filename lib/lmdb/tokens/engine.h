/* SPDX-License-Identifier: MIT */
/* The LMDB engine's handle: an environment, opened with one keyring and under one path. */
#ifndef APITOKEN_LMDB_TOKENS_ENGINE_H
#define APITOKEN_LMDB_TOKENS_ENGINE_H

#include "outside/backend.h"
#include "lmdb/process/env.h"
#include "lmdb/tokens/group.h"
#include "lmdb/tokens/homes.h"
#include "lmdb/tokens/last_use.h"
#include "lmdb/tokens/records.h"

struct atk_lmdb {
    struct atk_backend base;
    struct atk_env *env;
    uint64_t identity; /* of the process that opened it */
    struct atk_last_use use;
    struct atk_group group; /* calls that write */
    bool raised_homes;      /* has written a commit: a close syncs them */
    size_t group_size;      /* calls in the last write; only the leader uses it */
    int64_t group_us;       /* how long that write took; the same */
    bool verify_only;
    bool remembers_nothing;
    bool tolerates_rolled_back;
    /* for the tags of recent verdicts: tags of other handles never match */
    uint8_t recent_key[ATK_TAG_KEY_LEN];
    /* atomic: an active key that is known to be in the store's list of keys; 0 = look there */
    uint32_t listed_key;
    int64_t next_path_check_ms; /* atomic */
    bool is_replaced;           /* atomic; never reset */
    char *data_path;
};

static inline struct atk_lmdb *atk_lmdb_of(struct atk_backend *backend) {
    return (struct atk_lmdb *)backend;
}

static inline struct atk_view atk_lmdb_view(const struct atk_lmdb *store, MDB_txn *txn) {
    return (struct atk_view){ store->env, txn, store->base.keys };
}

static inline struct atk_homes atk_lmdb_homes(const struct atk_lmdb *store) {
    return atk_homes_of(store->use.fd, store->env->in_use_fd);
}

/*
 * Raises both homes to a transaction that was committed. With the write lock. A failure fails no
 * commit: it is noted for the log.
 */
void atk_lmdb_raise_homes(struct atk_lmdb *store, const struct atk_state_record *state,
                          uint64_t transaction);

/*
 * APITOKEN_E_REPLACED if the file at the path is no longer the open one. Looks at most once a
 * second, unless `now`.
 */
int atk_lmdb_check_path(struct atk_lmdb *store, bool now, apitoken_error *err);

/*
 * True if it is too early to check the path again, by a coarse reading of the system's clock. A
 * check that found the store replaced is never too early to repeat.
 */
static inline bool atk_lmdb_path_is_fresh(const struct atk_lmdb *store, int64_t coarse_ms) {
    const int64_t due = __atomic_load_n(&store->next_path_check_ms, __ATOMIC_RELAXED);
    /* the second comparison: the clock may have been set back */
    return coarse_ms < due && coarse_ms >= due - ATK_REPLACED_INTERVAL_MS;
}

/* The operations; see struct atk_backend_ops. In read.c, write.c and stores/store_copy.c. */
bool atk_lmdb_is_remembered(struct atk_backend *backend, struct atk_presented *token);
int atk_lmdb_load_record(struct atk_backend *backend, const struct atk_presented *token,
                         struct atk_loaded *ret_loaded, struct atk_deadline *deadline,
                         apitoken_error *err);
void atk_lmdb_remember_verdict(struct atk_backend *backend, const struct atk_presented *token,
                               const struct atk_loaded *loaded, const struct atk_hot_view *found);
int atk_lmdb_find_token(struct atk_backend *backend, const struct atk_token_ref *token,
                        struct atk_hot *ret_hot, struct atk_row *ret_row,
                        struct atk_deadline *deadline, apitoken_error *err);
int atk_lmdb_list_rows(struct atk_backend *backend, const struct atk_page_query *query,
                       bool *ret_more, struct atk_deadline *deadline, apitoken_error *err);
int atk_lmdb_backup(struct atk_backend *backend, const char *path, struct atk_deadline *deadline,
                    apitoken_error *err);
int atk_lmdb_read_facts(struct atk_backend *backend, struct atk_backend_facts *ret_facts,
                        struct atk_deadline *deadline, apitoken_error *err);
int atk_lmdb_write(struct atk_backend *backend, struct atk_change *changes, size_t count,
                   size_t *ret_index, struct atk_deadline *deadline, apitoken_error *err);
int atk_lmdb_write_many(struct atk_backend *backend, const struct atk_change_source *source,
                        size_t *ret_index, struct atk_deadline *deadline, apitoken_error *err);

#endif
