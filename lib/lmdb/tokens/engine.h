/* SPDX-License-Identifier: MIT */
/* The LMDB engine's handle: an environment, opened with one keyring and under one path. */
#ifndef APITOKEN_LMDB_TOKENS_ENGINE_H
#define APITOKEN_LMDB_TOKENS_ENGINE_H

#include "outside/backend.h"
#include "outside/files.h"
#include "lmdb/process/env.h"
#include "lmdb/tokens/counters.h"
#include "lmdb/tokens/group.h"
#include "lmdb/tokens/homes.h"
#include "lmdb/tokens/last_use.h"
#include "lmdb/tokens/records.h"
#include "lmdb/tokens/write_memory.h"

/* A file of the store as this handle has it open: path_look.c compares the one at the path. */
struct atk_held_file {
    struct atk_file_id id;
    uint64_t bytes; /* atomic: how long it was when it was last looked at */
};
#define ATK_MEMBERS 4

struct atk_lmdb {
    struct atk_backend base;
    struct atk_env *env;
    uint64_t identity; /* of the process that opened it */
    struct atk_counters *counters;
    struct atk_last_use use;
    struct atk_group group;         /* calls that write */
    int writer_fd;                  /* for the write lock of their leader; -1 if verify-only */
    struct atk_write_memory memory; /* held unless verify-only */
    bool raised_homes;              /* has written a commit: a close syncs them */
    bool owes_reserve;              /* its open could not lock, so the first write allocates it */
    size_t group_size;              /* calls in the last write; only the leader uses it */
    int64_t group_us;               /* how long that write took; the same */
    bool verify_only;
    bool remembers_nothing;
    bool tolerates_rolled_back;
    /* for the tags of recent verdicts: tags of other handles never match */
    uint8_t recent_key[ATK_TAG_KEY_LEN];
    uint64_t keys_number; /* atomic: counts how often the keys were replaced */
    /* an active key that may write, and the tag of the list of keys that says so; 0 = look there.
     * Only the leader of a group uses them. */
    uint32_t listed_key;
    uint64_t list_tag;
    int64_t next_path_check_ms; /* atomic */
    bool is_replaced;           /* atomic; never reset */
    char *path;                 /* of the directory; absolute */
    struct atk_file_id dir;
    struct atk_held_file held[ATK_MEMBERS];
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
 * With the write lock: allocates the reserve if the open could not. A failure fails no call: it is
 * noted for the log.
 */
void atk_lmdb_hold_owed_reserve(struct atk_lmdb *store, const struct atk_state_record *state);

/*
 * APITOKEN_E_REPLACED if the directory at the path, or a file in it, is no longer the open one, or
 * was truncated; APITOKEN_E_UNSAFE while a file has a second name. Looks at most once a second,
 * unless `now`.
 */
int atk_lmdb_check_path(struct atk_lmdb *store, bool now, apitoken_error *err);

/* For an open: notes where the store lies; notes which files are open, and looks at them. */
int atk_lmdb_set_path(struct atk_lmdb *store, const char *path, apitoken_error *err);
int atk_lmdb_hold_files(struct atk_lmdb *store, apitoken_error *err);

/*
 * True if it is too early to check the path again, by a coarse reading of the system's clock. A
 * check that found the store replaced is never too early to repeat.
 */
static inline bool atk_lmdb_path_is_fresh(const struct atk_lmdb *store, int64_t coarse_ms) {
    const int64_t due = __atomic_load_n(&store->next_path_check_ms, __ATOMIC_RELAXED);
    /* the second comparison: the clock may have been set back */
    return coarse_ms < due && coarse_ms >= due - ATK_REPLACED_INTERVAL_MS;
}

/*
 * The operations; see struct atk_backend_ops. In read.c, list_rows.c, rowless.c, read_audit.c,
 * read_store.c, write.c, reload_keys.c, stores/store_copy.c and stores/retire.c.
 */
bool atk_lmdb_is_remembered(struct atk_backend *backend, struct atk_presented *token);
bool atk_lmdb_find_verdict(struct atk_backend *backend, const struct atk_presented *token,
                           struct atk_remembered *ret);
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
int atk_lmdb_list_rowless(struct atk_backend *backend, const struct atk_rowless_query *query,
                          struct atk_deadline *deadline, apitoken_error *err);
int atk_lmdb_list_all_rows(struct atk_backend *backend, const struct atk_all_rows_query *query,
                           bool *ret_more, struct atk_deadline *deadline, apitoken_error *err);
int atk_lmdb_read_audit(struct atk_backend *backend, struct atk_audit_query *query, bool *ret_more,
                        struct atk_deadline *deadline, apitoken_error *err);
int atk_lmdb_backup(struct atk_backend *backend, const char *path, bool any_fs,
                    struct atk_deadline *deadline, apitoken_error *err);
int atk_lmdb_read_facts(struct atk_backend *backend, struct atk_backend_facts *ret_facts,
                        struct atk_deadline *deadline, apitoken_error *err);
int atk_lmdb_write(struct atk_backend *backend, struct atk_change *changes, size_t count,
                   size_t *ret_index, struct atk_deadline *deadline, apitoken_error *err);
int atk_lmdb_write_many(struct atk_backend *backend, const struct atk_change_source *source,
                        size_t *ret_index, struct atk_deadline *deadline, apitoken_error *err);
int atk_lmdb_read_owner(struct atk_backend *backend, const char *owner, size_t owner_len,
                        struct atk_owner_record *ret, uint8_t bytes[ATK_OWNER_RECORD_MAX],
                        struct atk_deadline *deadline, apitoken_error *err);
int atk_lmdb_read_policy(struct atk_backend *backend, struct atk_policy_record *ret,
                         struct atk_deadline *deadline, apitoken_error *err);
int atk_lmdb_reload_keys(struct atk_backend *backend, const struct atk_keys *keys,
                         struct atk_deadline *deadline, apitoken_error *err);
int atk_lmdb_retire_key(struct atk_backend *backend, struct atk_retire *retire,
                        apitoken_error *err);

/*
 * Sets what the store may fill, at most what its map holds: durable, and valid for the next write
 * of any process. APITOKEN_E_MAP_SIZE if the store fills more already; APITOKEN_E_DISK_FULL if
 * there is no disk space for the reserve.
 */
int atk_lmdb_set_limit(struct atk_backend *backend, uint64_t limit_bytes,
                       const struct atk_store_act *act, struct atk_deadline *deadline,
                       apitoken_error *err);

#endif
