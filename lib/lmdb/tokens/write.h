/* SPDX-License-Identifier: MIT */
/*
 * A write transaction and the calls that share it, as write.c (who writes, and when), change.c
 * (what a change does) and commit.c (what became of the commit) see them.
 */
#ifndef APITOKEN_LMDB_TOKENS_WRITE_H
#define APITOKEN_LMDB_TOKENS_WRITE_H

#include <stdbool.h>

#include "lmdb/tokens/engine.h"
#include "lmdb/tokens/records.h"
#include "lmdb/tokens/space.h"

struct atk_write;

/* Something else that is written in a transaction of its own. */
struct atk_write_step {
    enum atk_space_need space;
    /* Returns ATK_EDIT_CHANGED, ATK_EDIT_UNCHANGED or an error. May run again. */
    int (*apply)(struct atk_write *write, void *ctx, apitoken_error *err);
    /* Whether a snapshot has what was written. */
    int (*look_up)(const struct atk_view *view, void *ctx, bool *ret_stored);
    void *ctx;
    const struct atk_store_act *act; /* who makes it */
};

/* One call of the write entry: a list of changes, or a source that makes them one by one. */
struct atk_write_call {
    struct atk_group_call queued; /* first, so that a queued call can be cast to its write call */
    struct atk_change *changes;
    atk_change_fn make; /* NULL for a list of changes; else a large write */
    void *make_ctx;
    const struct atk_write_step *step; /* of a call that is one; else NULL */
    uint64_t limit_bytes;              /* of a call that only sets the limit of the store; else 0 */
    const struct atk_store_act *act;   /* of these two kinds of calls */
    size_t count;
    size_t at; /* index of the change being applied, or of the one that failed */
    struct atk_deadline *deadline;
    apitoken_error *err;
    apitoken_error detail; /* of a call that may be made again: its caller gets the last one */
    int rc;
    bool failed_audit; /* its audit record is what failed */
    bool leaves_audit; /* so it is written without one, and counted */
    bool goes_again;   /* the shared transaction failed: to be written once more, alone */
};

/* A write transaction and the calls whose changes are in it. */
struct atk_write {
    struct atk_lmdb *store;
    struct atk_deadline *deadline; /* the leader's */
    struct atk_view view;          /* of the write transaction */
    struct atk_state_record state;
    struct atk_policy_record policy; /* if has_policy: it is read when a change needs it */
    bool has_policy;
    struct atk_space space;
    struct atk_write_call *calls[ATK_GROUP_MAX];
    size_t count;
    size_t call_limit; /* how many calls the transaction may take */
    uint32_t waited;   /* how many calls were queued when it began */
    bool is_changed;
    bool notes_each;       /* the change being applied gets an audit record of its own */
    bool leaves_audit;     /* the calls get none */
    bool has_audit_failed; /* a record could not be written */
    bool is_broken;        /* a change failed after part of it had been put into the transaction */
};

/* Measures the space under the limit in the state of the write; see atk_space_read(). */
int atk_write_read_space(struct atk_write *write, uint64_t beyond, struct atk_deadline *deadline,
                         apitoken_error *err);

/* Makes a step in one durable transaction. Errors as of a write. */
int atk_lmdb_write_step(struct atk_lmdb *store, const struct atk_write_step *step,
                        struct atk_deadline *deadline, apitoken_error *err);

#endif
