/* SPDX-License-Identifier: MIT */
/*
 * The seam under the verbs: operations on tokens, each one atomic step and each one round trip on
 * an engine that is a network away. LMDB is the first engine. Nothing above this header knows which
 * one it is; records, tags and seals are the same on all.
 */
#ifndef APITOKEN_OUTSIDE_BACKEND_H
#define APITOKEN_OUTSIDE_BACKEND_H

#include "outside/record_tag.h"
#include "outside/clock.h"
#include "outside/crypto.h"
#include "base/findings.h"
#include "rules/record.h"

enum atk_change_kind { ATK_CHANGE_CREATE, ATK_CHANGE_REVOKE };

/* One change of a token. All pointers are borrowed for the call. */
struct atk_change {
    enum atk_change_kind kind;
    const char *id; /* 12 characters */
    const char *owner;
    size_t owner_len;
    struct atk_hot *hot; /* create: the engine fills in sequence and slot */
    struct atk_row *row; /* create: the engine fills in slot */
    int64_t now_ms;      /* revoke */
    const char *reason;  /* revoke */
    size_t reason_len;
};

/*
 * Fills in change i of a large write; what it points to is good until the next one. Waits for
 * nothing and calls no host.
 */
typedef int (*atk_change_fn)(void *ctx, size_t i, struct atk_change *change, apitoken_error *err);

/* A token as it was presented; id points into its text. */
struct atk_presented {
    const char *text;
    size_t len;
    const char *id;
    int64_t now_ms; /* when, by the store's clock: known when it is looked up */
    int is_rough;   /* that is the system's time at its last tick */
    int has_tag;    /* filled in by is_familiar() */
    uint64_t tag[2];
};

/* What is remembered of a token whose secret was right and that was not revoked. */
struct atk_remembered {
    int64_t end_ms;
    uint32_t slot;
    uint32_t owner_len;
    char owner[ATK_RECENT_OWNER_MAX];
};

/*
 * What an engine has under an id. Nothing of it is cleared. If `is_remembered`, the very text was
 * found good before, for the record that the token has in this state of the store, and `remembered`
 * is what was found. Else `tagged` is that record as it is stored, copied out behind its id so that
 * its tag covers one piece of memory: the caller checks it. Filled by an engine with
 * atk_tagged_hot_set() (check.h).
 */
struct atk_hot_bytes {
    int is_remembered;
    int may_be_remembered; /* it comes again in this state: worth a call of remember() */
    uint64_t stamp;        /* of the state, if so */
    uint64_t generation;   /* of the environment that the stamp is of */
    struct atk_remembered remembered;
    struct atk_tagged_hot tagged;
};

/*
 * Sees the rows of a page in order, under the engine's snapshot: no host code, nothing that waits.
 * Returns 1 to go on, 0 to stop before this row, or an error code.
 */
typedef int (*atk_row_visit_fn)(void *ctx, uint64_t sequence, const struct atk_row_view *row,
                                apitoken_error *err);

struct atk_backend_facts {
    uint64_t tokens, revoked, transaction, used_bytes, spare_bytes, map_bytes;
    uint32_t readers, readers_max;
};

struct atk_backend;

struct atk_backend_ops {
    /*
     * Frees the handle. is_child: in a forked child, where nothing that belongs to the parent may
     * be touched.
     */
    void (*close)(struct atk_backend *backend, int is_child);

    /*
     * Identity of the process that opened it is still that of this process. Costs no system call.
     */
    int (*is_own)(const struct atk_backend *backend);

    /*
     * 1 if this very text was found good before, in whatever state of the store: so it has the form
     * of a token. `token` is as long as one and has its id where that stands in one, and nothing
     * more is known of it. No transaction; at worst 0.
     */
    int (*is_familiar)(struct atk_backend *backend, struct atk_presented *token);

    /*
     * 0, or APITOKEN_E_NOT_FOUND. No allocation, lock or system call when a transaction is at hand.
     */
    int (*load_hot)(struct atk_backend *backend, const struct atk_presented *token,
                    struct atk_hot_bytes *ret_hot, struct atk_deadline *deadline,
                    apitoken_error *err);

    /*
     * Remembers what the caller found of a token in what load_hot() gave: its secret was right, and
     * it was not revoked.
     */
    void (*remember)(struct atk_backend *backend, const struct atk_presented *token,
                     const struct atk_hot_bytes *hot, const struct atk_hot_view *found);

    /*
     * Notes that a token of this slot was good at now_ms, to the minute. No system call; it cannot
     * fail, at worst it is lost.
     */
    void (*note_use)(struct atk_backend *backend, uint32_t slot, const char *id, int64_t now_ms);

    /* The beginning of the last minute that was noted for a token; 0 = never. No system call. */
    int64_t (*last_use_ms)(struct atk_backend *backend, uint32_t slot, const char *id);

    /*
     * Both records of an owner's token from one snapshot, checked. APITOKEN_E_NOT_FOUND, also if it
     * is another's.
     */
    int (*find)(struct atk_backend *backend, const char *owner, size_t owner_len, const char *id,
                struct atk_hot *ret_hot, struct atk_row *ret_row, struct atk_deadline *deadline,
                apitoken_error *err);

    /*
     * Rows of an owner with a sequence above `after`, checked, in order, at most `limit`; *ret_more
     * tells whether there are more.
     */
    int (*page)(struct atk_backend *backend, const char *owner, size_t owner_len, uint64_t after,
                uint32_t limit, atk_row_visit_fn visit, void *ctx, int *ret_more,
                struct atk_deadline *deadline, apitoken_error *err);

    /*
     * Applies all changes in one durable step, or none. A create of an id that exists is
     * APITOKEN_E_EXISTS; a revoke of a token that this owner has not is APITOKEN_E_NOT_FOUND, of
     * one already revoked is done. *ret_index tells which change failed.
     */
    int (*write)(struct atk_backend *backend, struct atk_change *changes, size_t count,
                 size_t *ret_index, struct atk_deadline *deadline, apitoken_error *err);

    /* The same for so many creates that they are made one by one as they are written. */
    int (*write_many)(struct atk_backend *backend, atk_change_fn make, void *ctx, size_t count,
                      size_t *ret_index, struct atk_deadline *deadline, apitoken_error *err);

    /* A copy of one snapshot as a store at `path`, where nothing is. */
    int (*backup)(struct atk_backend *backend, const char *path, struct atk_deadline *deadline,
                  apitoken_error *err);

    int (*facts)(struct atk_backend *backend, struct atk_backend_facts *ret_facts,
                 struct atk_deadline *deadline, apitoken_error *err);
};

/* First member of every engine's handle. */
struct atk_backend {
    const struct atk_backend_ops *ops;
    const struct atk_keys *keys; /* borrowed from the store handle */
    struct atk_config config;
};

/* What an engine tells an operator when it opens. */
struct atk_backend_news {
    unsigned cleared_readers; /* reader slots left by a dead process that had this process's pid */
    int dead_readers;         /* reader slots of other dead processes */
    /* no disk space for the places where uses are noted: this handle notes none */
    int is_use_off;
};

struct atk_backend_open {
    const char *path;
    int verify_only;
    int forgets;               /* never remember a verdict */
    int tolerates_rolled_back; /* for a check: open it all the same */
    uint64_t check_max_bytes;
    const struct atk_keys *keys;
};

/* ---- the LMDB engine ------------------------------------------------------------------------- */

int atk_lmdb_open(const struct atk_backend_open *open, struct atk_deadline *deadline,
                  struct atk_backend **ret_backend, struct atk_backend_news *news,
                  apitoken_error *err);

/* Makes a store of this configuration, all or nothing; fills in nothing of it. */
int atk_lmdb_create(const char *path, int for_group, const struct atk_config *config,
                    const struct atk_keys *keys, apitoken_error *err);

int atk_lmdb_grow(const char *path, const struct atk_keys *keys, uint64_t map_bytes,
                  struct atk_deadline *deadline, apitoken_error *err);

/* Reads all of a store and notes what is wrong; 0 unless it could not be read. */
int atk_lmdb_fsck(const char *path, const struct atk_keys *keys, struct atk_findings *found,
                  struct atk_deadline *deadline, apitoken_error *err);

/* Goes on with a store that was rolled back, in which nothing else is wrong. */
int atk_lmdb_accept_rollback(const char *path, const struct atk_keys *keys,
                             struct atk_deadline *deadline, apitoken_error *err);

struct atk_restore {
    const char *backup_path, *path;
    const struct atk_keys *keys;
    int revokes_all;  /* APITOKEN_RESTORE_REVOKE_ALL */
    int accepts_lost; /* APITOKEN_RESTORE_ACCEPT_LOST */
    int64_t now_ms;
    apitoken_restore_result result; /* filled in */
};

int atk_lmdb_restore(struct atk_restore *restore, struct atk_deadline *deadline,
                     apitoken_error *err);

#endif
