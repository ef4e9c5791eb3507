/* SPDX-License-Identifier: MIT */
/*
 * The interface between the verbs and a storage engine. Each operation is one atomic step, and one
 * round trip for an engine that is a network away. LMDB is the first engine. Nothing above this
 * header knows which engine it uses; records, tags and seals are the same for all.
 */
#ifndef APITOKEN_OUTSIDE_BACKEND_H
#define APITOKEN_OUTSIDE_BACKEND_H

#include <stdbool.h>

#include "outside/record_tag.h"
#include "outside/clock.h"
#include "outside/crypto.h"
#include "base/findings.h"
#include "rules/cursor.h"
#include "rules/audit_filter.h"
#include "rules/record.h"
#include "rules/token_edit.h"

enum atk_change_kind {
    ATK_CHANGE_CREATE,
    ATK_CHANGE_EDIT,
    ATK_CHANGE_OWNER, /* of what is known of an owner */
    ATK_CHANGE_POLICY,
    ATK_CHANGE_TEXT /* of an audit record: it is erased */
};

/*
 * What room a change may take: a denial also that which is kept for denials, without any text all
 * of it, with text half.
 */
enum atk_change_room { ATK_ROOM_ORDINARY, ATK_ROOM_DENIAL_WITH_TEXT, ATK_ROOM_DENIAL };

/* One change of a token, an owner or the policy. All pointers are borrowed for the call. */
struct atk_change {
    enum atk_change_kind kind;
    enum atk_change_room room; /* of an edit */
    const char *id;            /* 12 characters */
    uint64_t position;         /* of an audit record */
    const char *owner;
    size_t owner_len;
    struct atk_hot *hot; /* create: the engine fills in slot */
    struct atk_row *row; /* create: the engine fills in slot */
    /* of the handle; what it made must be written while it is active. NULL: an edit made nothing */
    const struct atk_key *key;
    int64_t now_ms;
    /* for the audit; the reason is that of a revoke or block */
    enum atk_audit_verb verb; /* 0: it is part of a change that has a record already */
    const char *actor, *reason;
    size_t actor_len, reason_len;
    atk_edit_fn edit; /* create: judges the new records */
    atk_owner_edit_fn edit_owner;
    atk_policy_edit_fn edit_policy;
    atk_text_match_fn has_text; /* is asked again before the text is erased */
    const void *edit_ctx;
    bool repairs; /* the edit accepts two records that do not agree */
    /*
     * The edit takes rights away. They come from the hot record: if no row that agrees with it can
     * be read, the edit is made to the hot record alone, and the row stays as it is.
     */
    bool denies;
    /* one of several changes of a write: it has an audit record of its own */
    bool has_own_record;
    bool removes;      /* the edit may remove the token; the audit does not name its owner */
    uint32_t revision; /* filled in: of what was changed, after the change; 0: it was removed */
    bool is_changed;   /* filled in: it was not like that before */
};

/*
 * Fills in change i of a large write; what it points to stays valid until the next call. Must not
 * wait or call the host.
 */
typedef int (*atk_change_fn)(void *ctx, size_t i, struct atk_change *change, apitoken_error *err);

/* So many changes that they are made one by one as they are written. */
struct atk_change_source {
    atk_change_fn make;
    void *ctx;
    size_t count;
};

/* A token as a caller presented it; id points into its text. */
struct atk_presented {
    const char *text;
    size_t len;
    const char *id;
    int64_t now_ms;    /* by the store's clock; set before load_record() */
    bool is_coarse;    /* now_ms is the system's time as of its last tick */
    bool was_accepted; /* what is_remembered() said */
    /* the engine's own, from is_remembered() to load_record(); zeros: a record is wanted */
    bool has_tag;
    uint32_t cell;
    uint64_t keys_number; /* without a tag: of the keys when the call began */
    const void *table;    /* in which the cell was found */
    uint64_t tag[2];
};

/* Where the uses of a secret are noted: a word of a slot of the last-use file, and its mark. */
struct atk_use {
    uint32_t slot; /* or ATK_SLOT_NONE */
    uint32_t mark; /* atk_mark_of() the secret's verifier */
    unsigned word; /* 0 or 1 */
};

/* Made of the fields that hot record and row share. */
static inline struct atk_use atk_use_of(uint32_t slot, unsigned flags, uint32_t mark) {
    return (struct atk_use){ slot, mark, (flags & ATK_FLAG_WORD) != 0 };
}

/* What is remembered of a token whose secret was right and that was not revoked. */
struct atk_remembered {
    int64_t end_ms;
    /* nothing can refuse the token any more: the engine has counted it, also as remembered */
    bool is_accepted;
    struct atk_use use;
    uint32_t owner_len;
    char owner[ATK_RECENT_OWNER_MAX];
};

/*
 * What an engine has under an id. Not cleared before use. With `is_remembered`, this very text was
 * accepted before for the record that the token has now, and `remembered` says what was found.
 * Otherwise `tagged` is the stored record, copied behind its id so that the tag covers one piece of
 * memory, and the caller must verify it. Engines fill it with atk_tagged_hot_set() (record_tag.h).
 */
struct atk_loaded {
    bool is_remembered;
    bool may_be_remembered; /* seen before in this snapshot: worth a call of remember_verdict() */
    uint64_t stamp;         /* if so: of the snapshot */
    uint64_t generation;    /* if so: of the environment in which the stamp is valid */
    struct atk_remembered remembered;
    struct atk_tagged_hot tagged;
};

enum atk_visit { ATK_VISIT_STOP = 0, ATK_VISIT_NEXT = 1 };

/*
 * Sees the rows of a list page in order, under the engine's snapshot: must not wait or call the
 * host. Returns ATK_VISIT_NEXT, ATK_VISIT_STOP to end the page with this row, or an error code.
 */
typedef int (*atk_row_visit_fn)(void *ctx, const struct atk_row_view *row, apitoken_error *err);

/* A token of an owner. */
struct atk_token_ref {
    const char *owner;
    size_t owner_len;
    const char *id;
};

/* Sees whose row cannot be read, and why. Returns an atk_visit. */
typedef int (*atk_row_skip_fn)(void *ctx, const struct atk_token_ref *token,
                               const apitoken_error *detail);

/* How a list call goes through rows: it sees at most so many, and begins none after so long. */
struct atk_row_visits {
    uint32_t limit;
    int64_t limit_us; /* looked at every ATK_LIST_LOOK_ROWS rows */
    atk_row_visit_fn visit;
    atk_row_skip_fn skip; /* NULL: a row that cannot be read is the error of the page */
    void *ctx;            /* of both */
};

/*
 * As the list of one owner does it, so that it holds its snapshot for a moment only. It has no
 * limit of time: a short page without a filter would surprise its callers on a busy machine.
 */
static inline struct atk_row_visits atk_row_visits_by(atk_row_visit_fn visit, void *ctx) {
    return (struct atk_row_visits){ ATK_LIST_EXAMINE_MAX, INT64_MAX, visit, NULL, ctx };
}

/* Which rows of an owner a list page has: those with an id above `after`. */
struct atk_page_query {
    const char *owner;
    size_t owner_len;
    const char *after; /* NULL: all */
    struct atk_row_visits visits;
};

/* Sees the id of a token. Returns an atk_visit. */
typedef int (*atk_id_visit_fn)(void *ctx, const char *id);

/* Which tokens of an owner that have no row: those with an id above `after`. */
struct atk_rowless_query {
    const char *owner;
    size_t owner_len;
    const char *after; /* NULL: all */
    atk_id_visit_fn visit;
    void *ctx;
};

/*
 * Which rows of all owners: those behind `after`, of owners that begin with a text. The order is
 * that of the owner's length, the owner's bytes, the id.
 */
struct atk_all_rows_query {
    const char *owner_prefix;
    size_t owner_prefix_len;
    const struct atk_row_place *after; /* NULL: all */
    struct atk_row_visits visits;
};

/* A record of the audit; it points into the engine's memory. */
struct atk_audit_view {
    uint64_t number;
    struct atk_audit audit;
    struct atk_audit_text text; /* unless it was erased */
};

/* As atk_row_visit_fn, for the records of a page that the filter lets through. */
typedef int (*atk_audit_visit_fn)(void *ctx, const struct atk_audit_view *view,
                                  apitoken_error *err);

/* Which records a page of the audit has: those behind a position, of at most `limit` that it looks
 * at. */
struct atk_audit_query {
    struct atk_audit_filter filter;
    /* where a record stands in the order of the engine, above 0. In: begin behind it; out: of the
     * last record that was looked at */
    uint64_t position;
    uint32_t limit;
    atk_audit_visit_fn visit;
    void *ctx;
    /* NULL: a record that cannot be read is the error of the page; else of the first of them */
    apitoken_error *damage;
};

/* What is done to a store as a whole, and who does it: for its audit. */
struct atk_store_act {
    enum atk_audit_verb verb;
    const char *actor;
    size_t actor_len;
    int64_t now_ms;
};

struct atk_backend_facts {
    uint64_t tokens, revoked, transaction, used_bytes, spare_bytes, limit_bytes;
    uint32_t readers, readers_max;
    uint32_t oldest_reader; /* pid of the reader that is furthest behind, 0: none is */
    uint64_t oldest_reader_transaction, pinned_bytes;
};

/* How a validate ended, for the counters of a handle. */
enum atk_outcome {
    ATK_OUTCOME_ACCEPTED,
    ATK_OUTCOME_DENIED, /* the first of the 11xx codes; the others follow in their order */
    ATK_OUTCOME_FAILED = ATK_OUTCOME_DENIED + APITOKEN_E_MALFORMED - APITOKEN_E_HEADER + 1,
    ATK_OUTCOME_CLOCK_FAILED, /* counted as failed, too */
    ATK_OUTCOME_REMEMBERED,   /* counted with its outcome, too */
    ATK_OUTCOMES
};

struct atk_counts {
    int64_t open_us;
    uint64_t outcome[ATK_OUTCOMES];
    uint64_t writes, writes_failed, transactions, tokens_changed;
    uint64_t shared_writes, largest_group, queued_writes;
    uint64_t lock_waits, lock_wait_us, longest_lock_wait_us;
};

/* A key that is to be retired. All pointers are borrowed for the call. */
struct atk_retire {
    uint32_t key_id;
    bool ends_tokens; /* APITOKEN_RETIRE_END_TOKENS */
    bool is_dry_run;  /* APITOKEN_RETIRE_DRY_RUN */
    uint8_t reason_code;
    uint32_t timeout_ms; /* of each step */
    int64_t now_ms;
    const char *actor;
    size_t actor_len;
    apitoken_retire_result result; /* filled in */
};

struct atk_backend;

struct atk_backend_ops {
    /* Frees the handle. A forked child must not touch anything that belongs to its parent. */
    void (*close)(struct atk_backend *backend, bool is_child);

    /* Whether this process opened the handle. No system call. */
    bool (*is_own)(const struct atk_backend *backend);

    /*
     * True if this very text was accepted before, in any snapshot: then it has the form of a token.
     * `token` has the length of one and its id in its place; nothing else about it is known. Reads
     * no snapshot; may say false at any time.
     */
    bool (*is_remembered)(struct atk_backend *backend, struct atk_presented *token);

    /*
     * True if what is_remembered() found holds in the newest state: the record of the token is the
     * one for which the text was accepted. Reads no record; may say false at any time, and then
     * load_record() decides.
     */
    bool (*find_verdict)(struct atk_backend *backend, const struct atk_presented *token,
                         struct atk_remembered *ret);

    /*
     * 0, or APITOKEN_E_NOT_FOUND. No allocation, lock or system call if a read transaction is
     * free.
     */
    int (*load_record)(struct atk_backend *backend, const struct atk_presented *token,
                       struct atk_loaded *ret_loaded, struct atk_deadline *deadline,
                       apitoken_error *err);

    /*
     * Remembers the caller's verdict on what load_record() returned: the secret was right, and the
     * token was not revoked.
     */
    void (*remember_verdict)(struct atk_backend *backend, const struct atk_presented *token,
                             const struct atk_loaded *loaded, const struct atk_hot_view *found);

    /*
     * Notes, to the minute, that a secret was accepted at now_ms. No system call; cannot fail, but
     * a note may get lost.
     */
    void (*note_use)(struct atk_backend *backend, const struct atk_use *use, int64_t now_ms);

    /*
     * Counts how a validate ended: 0 or an error code. Not for a remembered verdict that is
     * accepted already. No lock or system call.
     */
    void (*count_verdict)(struct atk_backend *backend, int rc, bool is_remembered);

    /* What this handle has counted. No lock or system call but for the clock. */
    void (*read_counts)(const struct atk_backend *backend, struct atk_counts *ret_counts);

    /* Start of the last minute noted for a secret; 0 = never. No system call. */
    int64_t (*last_use_ms)(struct atk_backend *backend, struct atk_use use);

    /*
     * Both records of a token from one snapshot, verified. APITOKEN_E_NOT_FOUND, also if the token
     * belongs to another owner.
     */
    int (*find_token)(struct atk_backend *backend, const struct atk_token_ref *token,
                      struct atk_hot *ret_hot, struct atk_row *ret_row,
                      struct atk_deadline *deadline, apitoken_error *err);

    /*
     * What is known of an owner; a revision of 0 in it: nothing. The texts are copied into `bytes`.
     */
    int (*read_owner)(struct atk_backend *backend, const char *owner, size_t owner_len,
                      struct atk_owner_record *ret, uint8_t bytes[ATK_OWNER_RECORD_MAX],
                      struct atk_deadline *deadline, apitoken_error *err);

    int (*read_policy)(struct atk_backend *backend, struct atk_policy_record *ret,
                       struct atk_deadline *deadline, apitoken_error *err);

    /* Rows of an owner in order, verified. *ret_more: there are more than those visited. */
    int (*list_rows)(struct atk_backend *backend, const struct atk_page_query *query,
                     bool *ret_more, struct atk_deadline *deadline, apitoken_error *err);

    /*
     * Tokens of an owner that no list shows, because their row is missing. It looks for them only
     * if the numbers of the store's tokens and rows differ: then it goes through all tokens. Only
     * who changes a token verifies its record.
     */
    int (*list_rowless)(struct atk_backend *backend, const struct atk_rowless_query *query,
                        struct atk_deadline *deadline, apitoken_error *err);

    /* The same as list_rows() of all owners. */
    int (*list_all_rows)(struct atk_backend *backend, const struct atk_all_rows_query *query,
                         bool *ret_more, struct atk_deadline *deadline, apitoken_error *err);

    /*
     * Records of the audit in the order in which the changes were made, those of several writers
     * by time. Their tags are verified, but not their chain. *ret_more: as of list_rows().
     */
    int (*read_audit)(struct atk_backend *backend, struct atk_audit_query *query, bool *ret_more,
                      struct atk_deadline *deadline, apitoken_error *err);

    /*
     * Makes all changes in one durable step, or none. To create an id that exists, or that is not
     * above the floor of the store, or to write what was made with a key that is no longer the
     * active one, is APITOKEN_E_EXISTS: the caller makes it again. To edit a token that this owner
     * does not have is APITOKEN_E_NOT_FOUND. *ret_index: the change that failed.
     */
    int (*write)(struct atk_backend *backend, struct atk_change *changes, size_t count,
                 size_t *ret_index, struct atk_deadline *deadline, apitoken_error *err);

    /* The same for a source of creates. */
    int (*write_many)(struct atk_backend *backend, const struct atk_change_source *source,
                      size_t *ret_index, struct atk_deadline *deadline, apitoken_error *err);

    /*
     * Copies one snapshot into a new store at `path`, where nothing may exist; with `any_fs` on any
     * file system.
     */
    int (*backup)(struct atk_backend *backend, const char *path, bool any_fs,
                  struct atk_deadline *deadline, apitoken_error *err);

    int (*read_facts)(struct atk_backend *backend, struct atk_backend_facts *ret_facts,
                      struct atk_deadline *deadline, apitoken_error *err);

    /*
     * Replaces the keys of the handle by copies of these, which are judged as an open judges them.
     * A call that begins later knows only them; no verdict that was remembered before counts.
     */
    int (*reload_keys)(struct atk_backend *backend, const struct atk_keys *keys,
                       struct atk_deadline *deadline, apitoken_error *err);

    /*
     * Retires a key in durable steps, of which the same call makes those that are missing. The
     * result is filled in whatever it returns.
     */
    int (*retire_key)(struct atk_backend *backend, struct atk_retire *retire, apitoken_error *err);
};

/* What may go wrong beside a call that succeeds. */
enum atk_trouble {
    ATK_TROUBLE_HOMES,   /* the number that detects a rollback could not be written */
    ATK_TROUBLE_RESERVE, /* the disk space that revokes need could not be allocated */
    ATK_TROUBLES
};

/* First member of every engine's handle. */
struct atk_backend {
    const struct atk_backend_ops *ops;
    const struct atk_keys *keys; /* guarded; a copy that is bound to the store; held_keys.h */
    struct atk_config config;
    uint64_t id_floor;         /* atomic; as of the last look at the state */
    int trouble[ATK_TROUBLES]; /* atomic; codes for the log; 0 = none */
};

/* The ticks of new ids must be above this. The write decides; this saves it a refusal. */
static inline uint64_t atk_backend_id_floor(const struct atk_backend *backend) {
    return __atomic_load_n(&backend->id_floor, __ATOMIC_RELAXED);
}

/* What an operator may want to know about an open. */
struct atk_open_report {
    unsigned cleared_readers; /* readers left by a dead process that had this process's pid */
    int dead_readers;         /* readers left by other dead processes */
    bool keys_locked;         /* the memory for keys is locked into RAM */
    bool is_use_off;          /* no disk space for last-use slots: this handle notes no uses */
    int reserve_rc;           /* why the reserve for revokes could not be allocated on disk, or 0 */
    bool was_use_lost;        /* there was no last-use file */
    int use_code;             /* if so: why it was not made anew; 0: it was */
};

struct atk_backend_open {
    const char *path;
    bool verify_only;
    bool any_fs;                /* APITOKEN_ANY_FILE_SYSTEM */
    bool remembers_nothing;     /* never remember a verdict */
    bool tolerates_rolled_back; /* open a rolled-back store as well: for fsck */
    uint64_t check_max_bytes;
    const struct atk_keys *keys; /* copied */
};

/* ---- the LMDB engine; `any_fs`: APITOKEN_ANY_FILE_SYSTEM ------------------------------------- */

int atk_lmdb_open(const struct atk_backend_open *open, struct atk_deadline *deadline,
                  struct atk_backend **ret_backend, struct atk_open_report *report,
                  apitoken_error *err);

struct atk_backend_create {
    const char *path;
    bool for_group;
    bool any_fs;
    uint64_t limit_bytes;            /* what the store may fill */
    const struct atk_config *config; /* complete but for the map size */
    const struct atk_keys *keys;
};

/* Makes a store, or nothing. */
int atk_lmdb_create(const struct atk_backend_create *create, apitoken_error *err);

/*
 * Sets what a store may fill, while others use it. Beyond what their maps hold: APITOKEN_E_IN_USE.
 * Less than it fills already: APITOKEN_E_MAP_SIZE.
 */
struct atk_backend_grow {
    const char *path;
    bool any_fs;
    const struct atk_keys *keys;
    uint64_t limit_bytes;
    struct atk_store_act act;
};
int atk_lmdb_grow(const struct atk_backend_grow *grow, struct atk_deadline *deadline,
                  apitoken_error *err);

/* Reads all of a store and notes what is wrong; fails only if the store cannot be read. */
int atk_lmdb_fsck(const char *path, bool any_fs, const struct atk_keys *keys,
                  struct atk_findings *found, struct atk_deadline *deadline, apitoken_error *err);

/* A store that nobody else may have open meanwhile. */
struct atk_backend_offline {
    const char *path;
    bool any_fs;
    const struct atk_keys *keys;
    struct atk_store_act act;
};

/* Makes the present state of a rolled-back store, in which nothing else is wrong, its newest. */
int atk_lmdb_accept_rollback(const struct atk_backend_offline *store, struct atk_deadline *deadline,
                             apitoken_error *err);

/* Writes the store anew, without what was changed or erased, and removes the old files. */
int atk_lmdb_compact(const struct atk_backend_offline *store, struct atk_deadline *deadline,
                     apitoken_error *err);

struct atk_restore {
    const char *backup_path, *path;
    const struct atk_keys *keys;
    bool any_fs;
    bool revokes_all;  /* APITOKEN_RESTORE_REVOKE_ALL */
    bool accepts_lost; /* APITOKEN_RESTORE_ACCEPT_LOST */
    struct atk_store_act act;
    apitoken_restore_result result; /* filled in */
};

int atk_lmdb_restore(struct atk_restore *restore, struct atk_deadline *deadline,
                     apitoken_error *err);

#endif
