/* SPDX-License-Identifier: MIT */
/* The LMDB engine's handle: an environment seen with one keyring, under one path. */
#ifndef APITOKEN_LMDB_TOKENS_ENGINE_H
#define APITOKEN_LMDB_TOKENS_ENGINE_H

#include "outside/backend.h"
#include "lmdb/process/env.h"
#include "lmdb/tokens/group.h"
#include "lmdb/tokens/last_use.h"

struct atk_lmdb {
    struct atk_backend base;
    struct atk_env *env;
    uint64_t identity; /* of the process that opened it */
    struct atk_last_use use;
    struct atk_group group; /* the calls that write */
    size_t group_size;      /* of the last write; of who leads */
    int64_t group_us;       /* how long that took */
    int verify_only;
    int forgets;               /* remembers no verdict */
    int tolerates_rolled_back; /* opened for a check */
    /* for the tags of recent verdicts: those of other handles never match */
    uint8_t recent_key[ATK_TAG_KEY_LEN];
    /* atomic: key id whose prints the store is known to hold, 0 = look */
    uint32_t known_key;
    int64_t next_look_ms; /* atomic */
    int is_replaced;      /* atomic; stays */
    char *data_path;
};

static inline struct atk_lmdb *atk_lmdb_of(struct atk_backend *backend) {
    return (struct atk_lmdb *)backend;
}

/*
 * APITOKEN_E_REPLACED if the file at the path is no longer the one that is open. Looks at most once
 * a second, unless `now`.
 */
int atk_lmdb_check_path(struct atk_lmdb *store, int now, apitoken_error *err);

/*
 * 1 if it is not yet time to look again, by a coarse reading of the system's clock. What was found
 * to be replaced stays due.
 */
static inline int atk_lmdb_is_fresh(const struct atk_lmdb *store, int64_t coarse_ms) {
    const int64_t due = __atomic_load_n(&store->next_look_ms, __ATOMIC_RELAXED);
    /* also when the clock was set back */
    return coarse_ms < due && coarse_ms >= due - ATK_REPLACED_CHECK_MS;
}

/* The operations, in read.c, write.c and backup.c. */
int atk_lmdb_is_familiar(struct atk_backend *backend, struct atk_presented *token);
int atk_lmdb_load_hot(struct atk_backend *backend, const struct atk_presented *token,
                      struct atk_hot_bytes *ret_hot, struct atk_deadline *deadline,
                      apitoken_error *err);
void atk_lmdb_remember(struct atk_backend *backend, const struct atk_presented *token,
                       const struct atk_hot_bytes *hot, const struct atk_hot_view *found);
int atk_lmdb_find(struct atk_backend *backend, const char *owner, size_t owner_len, const char *id,
                  struct atk_hot *ret_hot, struct atk_row *ret_row, struct atk_deadline *deadline,
                  apitoken_error *err);
int atk_lmdb_page(struct atk_backend *backend, const char *owner, size_t owner_len, uint64_t after,
                  uint32_t limit, atk_row_visit_fn visit, void *ctx, int *ret_more,
                  struct atk_deadline *deadline, apitoken_error *err);
int atk_lmdb_backup(struct atk_backend *backend, const char *path, struct atk_deadline *deadline,
                    apitoken_error *err);
int atk_lmdb_facts(struct atk_backend *backend, struct atk_backend_facts *ret_facts,
                   struct atk_deadline *deadline, apitoken_error *err);
int atk_lmdb_write(struct atk_backend *backend, struct atk_change *changes, size_t count,
                   size_t *ret_index, struct atk_deadline *deadline, apitoken_error *err);
int atk_lmdb_write_many(struct atk_backend *backend, atk_change_fn make, void *ctx, size_t count,
                        size_t *ret_index, struct atk_deadline *deadline, apitoken_error *err);

#endif
