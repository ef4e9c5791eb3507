/* SPDX-License-Identifier: MIT */
#include "lmdb/stores/store_copy.h"

#include <string.h>
#include <sys/stat.h>

#include "base/attr.h"
#include "base/error.h"
#include "outside/files.h"
#include "lmdb/form/error.h"
#include "lmdb/stores/store_act.h"
#include "lmdb/tokens/engine.h"
#include "rules/text.h"

/* A copy in progress, in transactions of limited size. */
struct copy {
    struct atk_store_copy *what;
    struct atk_view to; /* its transaction is NULL between two transactions */
    const struct atk_new_store_place *place;
    uint64_t last_transaction;
    size_t pending;
    struct atk_state_record state;
    uint8_t store_id[ATK_STORE_ID_LEN];
    uint64_t hots, rows, revoked;
    uint32_t free_slots;
};

static int begin_batch(struct copy *c, apitoken_error *err) {
    int rc = c->to.txn ? 0 : mdb_txn_begin(c->to.env->mdb, NULL, 0, &c->to.txn);
    return rc == 0 ? 0 : atk_fail_mdb(err, rc, "begin to write the copy");
}

static int commit_batch(struct copy *c, apitoken_error *err) {
    c->last_transaction = mdb_txn_id(c->to.txn);
    int rc = mdb_txn_commit(c->to.txn);
    c->to.txn = NULL;
    c->pending = 0;
    return rc == 0 ? 0 : atk_fail_mdb(err, rc, "commit the copy");
}

static int count_record(struct copy *c, apitoken_error *err) {
    return ++c->pending == ATK_STORE_COPY_BATCH ? commit_batch(c, err) : 0;
}

static int put_unchanged(struct copy *c, MDB_dbi tree, const struct atk_scan_item *item,
                         apitoken_error *err) {
    MDB_val key = *item->key, value = *item->value;
    int rc = mdb_put(c->to.txn, tree, &key, &value, MDB_APPEND);
    return rc == 0 ? 0 : atk_fail_mdb(err, rc, "write the copy");
}

static void raise_floor(struct copy *c, uint64_t floor) {
    if (floor > c->state.id_floor) c->state.id_floor = floor;
}

static enum atk_revise judge_token(const struct copy *c, const char *id,
                                   const struct atk_hot *hot) {
    const struct atk_revision *revision = c->what->revision;
    return revision ? revision->judge(revision->ctx, id, hot) : ATK_REVISE_KEEP;
}

static int change(const struct copy *c, struct atk_hot *hot, struct atk_row *row, bool is_last,
                  apitoken_error *err) {
    const struct atk_revision *revision = c->what->revision;
    int rc = revision->change(revision->ctx, hot, row, is_last, err);
    if (rc < 0) atk_fail_add_id(err, row->id);
    return rc;
}

static int put_changed_hot(const struct copy *c, const char *id, const struct atk_hot *old,
                           apitoken_error *err) {
    struct atk_hot hot = *old;
    struct atk_row row;
    ATK_TRY(atk_row_get(&c->what->from, &hot, id, &row, err));
    ATK_TRY(change(c, &hot, &row, false, err));
    return atk_hot_put(&c->to, id, &hot, MDB_APPEND, err);
}

static int copy_hot(void *ctx, const struct atk_scan_item *item, apitoken_error *err) {
    struct copy *c = ctx;
    if (item->rc < 0) return atk_fail_as(err, item->detail);
    const char *id = item->key->mv_data;
    const enum atk_revise revise = judge_token(c, id, item->hot);
    c->what->dropped += revise == ATK_REVISE_DROP;
    if (revise == ATK_REVISE_DROP) return 0;
    ATK_TRY(begin_batch(c, err));
    ATK_TRY(revise == ATK_REVISE_CHANGE ? put_changed_hot(c, id, item->hot, err)
                                        : put_unchanged(c, c->to.env->hot, item, err));
    atk_last_use_copy(c->what->from_use, c->place->use, item->hot->slot);
    if (c->what->raises_floor) raise_floor(c, atk_id_tick(id));
    c->hots++;
    return count_record(c, err);
}

static int copy_row(void *ctx, const struct atk_scan_item *item, apitoken_error *err) {
    struct copy *c = ctx;
    if (item->rc < 0) return atk_fail_as(err, item->detail);
    struct atk_row row = *item->row;
    struct atk_hot hot = *item->hot;
    const enum atk_revise revise = judge_token(c, row.id, &hot);
    if (revise == ATK_REVISE_DROP) return 0;
    if (revise == ATK_REVISE_CHANGE) ATK_TRY(change(c, &hot, &row, true, err));
    ATK_TRY(begin_batch(c, err));
    ATK_TRY(revise == ATK_REVISE_CHANGE ? atk_row_put(&c->to, &hot, &row, err)
                                        : put_unchanged(c, c->to.env->rows, item, err));
    c->rows++;
    c->revoked += (row.flags & ATK_FLAG_REVOKED) != 0;
    return count_record(c, err);
}

/* Without a record the default policy holds, in the copy too. */
static int copy_policy(struct copy *c, apitoken_error *err) {
    struct atk_policy_record policy;
    ATK_TRY(atk_policy_get(&c->what->from, &policy, err));
    return policy.revision > 0 ? atk_policy_put(&c->to, &policy, err) : 0;
}

/*
 * Copies configuration, keys and policy unchanged. The state, which is written again at the end,
 * gets its place before all tokens now.
 */
static int copy_store_records(struct copy *c, apitoken_error *err) {
    struct atk_store_copy *what = c->what;
    struct atk_config config;
    struct atk_keys_record list;
    ATK_TRY(atk_config_get(&what->from, &config, err));
    ATK_TRY(atk_prints_get(&what->from, &list, err));
    ATK_TRY(atk_state_get(&what->from, &c->state, err));
    memcpy(c->store_id, config.store_id, sizeof c->store_id);
    memcpy(c->state.environment, c->place->environment, sizeof c->state.environment);
    raise_floor(c, what->id_floor);
    if (what->revision) ATK_TRY(what->revision->change_keys(what->revision->ctx, &list, err));
    ATK_TRY(begin_batch(c, err));
    ATK_TRY(atk_config_put(&c->to, &config, err));
    ATK_TRY(atk_prints_put(&c->to, &list, err));
    ATK_TRY(copy_policy(c, err));
    return atk_state_put(&c->to, &c->state, err);
}

/* ---- trees that are copied as they are ------------------------------------------------------- */

static int copy_item(struct copy *c, MDB_dbi to, MDB_val key, MDB_val value, apitoken_error *err) {
    ATK_TRY(begin_batch(c, err));
    int rc = mdb_put(c->to.txn, to, &key, &value, 0);
    return rc == 0 ? count_record(c, err) : atk_fail_mdb(err, rc, "write the copy");
}

static int copy_tree(struct copy *c, MDB_dbi from, MDB_dbi to, apitoken_error *err) {
    MDB_cursor *cursor;
    MDB_val key, value;
    int rc = mdb_cursor_open(c->what->from.txn, from, &cursor);
    if (rc != 0) return atk_fail_mdb(err, rc, "copy a tree");
    int copied = 0;
    while (copied == 0 && (rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0)
        copied = copy_item(c, to, key, value, err);
    mdb_cursor_close(cursor);
    if (copied < 0) return copied;
    return rc == MDB_NOTFOUND ? 0 : atk_fail_mdb(err, rc, "read the store");
}

/* ---- owners and audit ------------------------------------------------------------------------ */

static int copy_owners(struct copy *c, apitoken_error *err) {
    const struct atk_revision *revision = c->what->revision;
    ATK_TRY(copy_tree(c, c->what->from.env->owners, c->to.env->owners, err));
    if (!revision) return 0;
    ATK_TRY(begin_batch(c, err));
    return revision->add_owners(revision->ctx, &c->to, err);
}

/* An atk_scan_record_fn. The chain covers only the digest of a text. */
static int copy_audit_record(void *ctx, const MDB_val *key, const MDB_val *value,
                             apitoken_error *err) {
    struct copy *c = ctx;
    const struct atk_revision *revision = c->what->revision;
    struct atk_audit audit;
    uint64_t number;
    int rc = atk_audit_read(c->what->from.keys, key, value, &number, &audit, NULL);
    if (rc < 0 || audit.text_len == 0 || !revision->is_erased(revision->ctx, number, &audit))
        return copy_item(c, c->to.env->audit, *key, *value, err);
    audit.text_len = 0;
    ATK_TRY(begin_batch(c, err));
    ATK_TRY(atk_audit_put(&c->to, ATK_AUDIT_CHAIN, number, &audit, err));
    return count_record(c, err);
}

static int copy_audit(struct copy *c, apitoken_error *err) {
    const struct atk_view *from = &c->what->from;
    return c->what->revision ? atk_scan_records(from, from->env->audit, copy_audit_record, c, err)
                             : copy_tree(c, from->env->audit, c->to.env->audit, err);
}

/* ---- what a later version added and this one may ignore -------------------------------------- */

static int copy_new_tree(struct copy *c, MDB_dbi from, const char *name, apitoken_error *err) {
    MDB_dbi to;
    ATK_TRY(begin_batch(c, err));
    int rc = mdb_dbi_open(c->to.txn, name, MDB_CREATE, &to);
    return rc == 0 ? copy_tree(c, from, to, err) : atk_fail_mdb(err, rc, "copy a tree");
}

/* A tree if LMDB can open it as one, else a record. */
static int copy_named(struct copy *c, const MDB_val *key, const MDB_val *value,
                      apitoken_error *err) {
    char name[256];
    MDB_dbi from;
    const struct atk_view *view = &c->what->from;
    if (key->mv_size >= sizeof name) return atk_fail(err, APITOKEN_E_SCHEMA, NULL);
    memcpy(name, key->mv_data, key->mv_size);
    name[key->mv_size] = '\0';
    int rc = mdb_dbi_open(view->txn, name, 0, &from);
    if (rc == MDB_INCOMPATIBLE) return copy_item(c, c->to.env->hot, *key, *value, err);
    if (rc != 0) return atk_fail_mdb(err, rc, "open a tree");
    rc = copy_new_tree(c, from, name, err);
    mdb_dbi_close(view->env->mdb, from);
    return rc;
}

/* No token depends on free slots: those of a record that cannot be read are lost to the copy. */
static int copy_slots(struct copy *c, const MDB_val *key, const MDB_val *value,
                      apitoken_error *err) {
    struct atk_slots slots;
    if (atk_slots_read(c->what->from.keys, key, value, &slots, NULL) < 0) return 0;
    c->free_slots += atk_slots_count(&slots);
    return copy_item(c, c->to.env->hot, *key, *value, err);
}

static int copy_names(struct copy *c, MDB_cursor *cursor, apitoken_error *err) {
    MDB_val key, value;
    int rc = mdb_cursor_get(cursor, &key, &value, MDB_FIRST);
    for (; rc == 0; rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) {
        if (*(const char *)key.mv_data != ATK_NAME_MARK) return 0;
        if (atk_name_is_slots(&key)) ATK_TRY(copy_slots(c, &key, &value, err));
        if (atk_name_may_be_ignored(&key)) ATK_TRY(copy_named(c, &key, &value, err));
    }
    return rc == MDB_NOTFOUND ? 0 : atk_fail_mdb(err, rc, "read the store");
}

static int copy_all_names(struct copy *c, apitoken_error *err) {
    MDB_cursor *cursor;
    const struct atk_view *view = &c->what->from;
    int rc = mdb_cursor_open(view->txn, view->env->hot, &cursor);
    if (rc != 0) return atk_fail_mdb(err, rc, "read the store");
    rc = copy_names(c, cursor, err);
    mdb_cursor_close(cursor);
    return rc;
}

/*
 * LMDB lets only one transaction of a process open trees at a time. Each is closed before the next
 * one is opened, and all before the transaction ends.
 */
static int copy_ignored(struct copy *c, apitoken_error *err) {
    pthread_mutex_t *trees = (pthread_mutex_t *)(uintptr_t)&c->what->from.env->trees;
    while (pthread_mutex_trylock(trees) != 0)
        if (atk_deadline_pause(c->what->deadline) < 0)
            return atk_fail(err, APITOKEN_E_BUSY,
                            "timed out waiting for another copy of the store");
    int rc = copy_all_names(c, err);
    (void)pthread_mutex_unlock(trees);
    return rc;
}

/* ---- all of it ------------------------------------------------------------------------------- */

static int prepare_slots(const struct copy *c, apitoken_error *err) {
    struct atk_last_use *use = c->place->use;
    uint64_t slots = c->state.next_slot < use->slots_given ? c->state.next_slot : use->slots_given;
    return slots > 0 ? atk_last_use_prepare(use, slots - 1, err) : 0;
}

/* With as many rows as hot records, and a hot record for each row, every token has both. */
static int check_counts(const struct copy *c, apitoken_error *err) {
    if (c->hots == c->rows && c->hots + c->what->dropped == c->state.tokens) return 0;
    return atk_fail(err, APITOKEN_E_DAMAGED,
                    "the store has %llu tokens and %llu rows; its counter says %llu tokens",
                    (unsigned long long)c->hots, (unsigned long long)c->rows,
                    (unsigned long long)c->state.tokens);
}

/* What the copy is made for, as the newest record of its audit. */
static int note_act(struct copy *c, apitoken_error *err) {
    const struct atk_store_copy *what = c->what;
    uint8_t changes[ATK_AUDIT_CHANGES_MAX];
    const struct atk_audit_place place = { &c->to, c->store_id, &c->state };
    if (!what->act) return 0;
    const size_t len = atk_audit_describe_copy(c->hots, what->carried_over, changes);
    return atk_store_act_note(&place, what->act, changes, len, err);
}

static int finish_copy(struct copy *c, apitoken_error *err) {
    ATK_TRY(check_counts(c, err));
    ATK_TRY(begin_batch(c, err));
    ATK_TRY(note_act(c, err));
    c->state.tokens = c->hots;
    c->state.revoked = c->revoked;
    if (c->free_slots <= c->state.next_slot) c->state.free_slots = c->free_slots;
    c->state.transaction = mdb_txn_id(c->to.txn);
    ATK_TRY(atk_state_put(&c->to, &c->state, err));
    ATK_TRY(commit_batch(c, err));
    c->what->tokens = c->hots;
    c->what->revoked = c->revoked;
    return 0;
}

static int copy_all(struct copy *c, apitoken_error *err) {
    struct atk_store_copy *what = c->what;
    ATK_TRY(copy_store_records(c, err));
    ATK_TRY(prepare_slots(c, err));
    ATK_TRY(copy_owners(c, err));
    ATK_TRY(copy_audit(c, err));
    ATK_TRY(copy_ignored(c, err));
    ATK_TRY(atk_scan(&what->from, copy_hot, copy_row, c, err));
    return finish_copy(c, err);
}

int atk_store_copy_fill(void *copy, const struct atk_new_store_place *place,
                        struct atk_new_store_facts *ret_facts, apitoken_error *err) {
    struct atk_store_copy *what = copy;
    struct copy c = { .what = copy,
                      .to = { .env = place->env, .keys = what->from.keys },
                      .place = place };
    int rc = copy_all(&c, err);
    if (c.to.txn) mdb_txn_abort(c.to.txn);
    mdb_txn_reset(what->from.txn); /* writers may have its pages while the copy is synced */
    *ret_facts = (struct atk_new_store_facts){ c.last_transaction, c.state.limit_bytes };
    return rc;
}

/* ---- a backup: a copy of a store that goes on being used ------------------------------------- */

static int back_up_once(struct atk_lmdb *store, const char *path, mode_t mode, bool any_fs,
                        struct atk_deadline *deadline, apitoken_error *err) {
    struct atk_pool_entry *entry;
    ATK_TRY(atk_env_read_begin(store->env, deadline, &entry, err));
    struct atk_store_copy copy = { .from = atk_lmdb_view(store, entry->txn),
                                   .from_use = &store->use,
                                   .deadline = deadline };
    const struct atk_new_store plan = { .config = &store->base.config,
                                        .mode = mode & ATK_STORE_MODE_MAX,
                                        .any_fs = any_fs,
                                        .like_fd = -1,
                                        .fill = atk_store_copy_fill,
                                        .ctx = &copy };
    int rc = atk_new_store_put(path, &plan, err);
    atk_env_read_end(entry);
    return rc;
}

int atk_lmdb_backup(struct atk_backend *backend, const char *path, bool any_fs,
                    struct atk_deadline *deadline, apitoken_error *err) {
    struct atk_lmdb *store = atk_lmdb_of(backend);
    struct stat dir;
    int rc = APITOKEN_E_FULL;
    ATK_TRY(atk_lmdb_check_path(store, true, err));
    if (fstat(store->env->dir_fd, &dir) != 0)
        return atk_fail_errno(err, errno, "examine", "the store's directory");
    /* one for this read, which takes long, and one for the others */
    ATK_TRY(atk_pool_fill(&store->env->pool, 2, deadline, err));
    for (int i = 0; i < ATK_SCAN_TRIES && rc == APITOKEN_E_FULL; i++)
        rc = back_up_once(store, path, dir.st_mode, any_fs, deadline, err);
    return rc;
}
