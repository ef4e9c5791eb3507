/* SPDX-License-Identifier: MIT */
/* fsck: checks everything in a store that can be checked, and notes what is wrong. */
#include "base/attr.h"
#include "base/error.h"
#include "lmdb/tokens/engine.h"
#include "lmdb/stores/scan.h"

/* A check under way. */
struct check {
    struct atk_lmdb *store;
    MDB_txn *txn;
    struct atk_findings *found;
    uint64_t hots, rows, revoked;
};

/* ---- the tokens ------------------------------------------------------------------------------ */

static int row_of(const struct check *c, const char *id, const struct atk_hot *hot,
                  apitoken_error *detail) {
    struct atk_row row;
    ATK_TRY(atk_row_get(c->store->env, c->txn, c->store->base.keys, hot, id, &row, detail));
    if (row.is_revoked == hot->is_revoked) return 0;
    return atk_fail(
        detail, APITOKEN_E_DAMAGED,
        "one of a token's two records is revoked, the other is not: revoke it once more");
}

static int see_hot(void *ctx, const struct atk_scan_item *item, apitoken_error *err) {
    struct check *c = ctx;
    apitoken_error detail = *item->detail;
    (void)err;
    c->hots++;
    int rc = item->hot ? row_of(c, item->key->mv_data, item->hot, &detail) : item->rc;
    if (rc == 0) return 0;
    if (item->key->mv_size == APITOKEN_ID_LEN) atk_fail_id(&detail, item->key->mv_data);
    atk_findings_add(c->found, APITOKEN_FINDING_TOKEN, &detail, item->hot ? item->hot->owner : NULL,
                     item->hot ? item->hot->owner_len : 0);
    return 0;
}

/* A row that fails was told with its hot record, but for one that has none. */
static int see_row(void *ctx, const struct atk_scan_item *item, apitoken_error *err) {
    struct check *c = ctx;
    const char *key = item->key->mv_data;
    (void)err;
    c->rows++;
    c->revoked += item->row && item->row->is_revoked;
    if (item->is_stray)
        atk_findings_add(c->found, APITOKEN_FINDING_TOKEN, item->detail, key + 1, (uint8_t)key[0]);
    return 0;
}

/* ---- the store as a whole -------------------------------------------------------------------- */

static void note_counts(struct check *c, const struct atk_state_record *state) {
    apitoken_error detail = APITOKEN_ERROR_INIT;
    const uint64_t tokens = state->tokens;
    if (c->hots == tokens && c->rows == tokens &&
        (c->found->total > 0 || c->revoked == state->revoked))
        return;
    (void)atk_fail(&detail, APITOKEN_E_DAMAGED,
                   "the store says that it has %llu tokens, %llu of them revoked; there are %llu, "
                   "%llu and %llu rows",
                   (unsigned long long)tokens, (unsigned long long)state->revoked,
                   (unsigned long long)c->hots, (unsigned long long)c->revoked,
                   (unsigned long long)c->rows);
    atk_findings_add(c->found, APITOKEN_FINDING_STORE, &detail, NULL, 0);
}

static void note_rolled_back(struct check *c) {
    apitoken_error detail = APITOKEN_ERROR_INIT;
    (void)atk_fail(&detail, APITOKEN_E_ROLLED_BACK, NULL);
    atk_findings_add(c->found, APITOKEN_FINDING_ROLLED_BACK, &detail, NULL, 0);
}

/* `seen` was read before the snapshot was taken: commits in between only make that newer. */
static int look_in(struct check *c, uint64_t seen, apitoken_error *err) {
    struct atk_state_record state;
    const struct atk_keys *keys = c->store->base.keys;
    ATK_TRY(atk_env_check_structure(c->store->env, c->txn, err));
    ATK_TRY(atk_state_get(c->store->env, c->txn, keys, &state, err));
    ATK_TRY(atk_scan(c->store->env, c->txn, keys, see_hot, see_row, c, err));
    note_counts(c, &state);
    if (state.transaction != mdb_txn_id(c->txn) || state.transaction < seen) note_rolled_back(c);
    return 0;
}

static int look(struct atk_lmdb *store, struct atk_findings *found, struct atk_deadline *deadline,
                apitoken_error *err) {
    struct atk_pool_entry *entry;
    uint64_t seen = atk_last_use_transaction(&store->use);
    ATK_TRY(atk_env_read_begin(store->env, deadline, &entry, err));
    struct check check = { .store = store, .txn = entry->txn, .found = found };
    int rc = look_in(&check, seen, err);
    atk_env_read_end(entry);
    return rc;
}

/* Damage that keeps the store from being read is a finding as well. */
int atk_lmdb_fsck(const char *path, const struct atk_keys *keys, struct atk_findings *found,
                  struct atk_deadline *deadline, apitoken_error *err) {
    const struct atk_backend_open open = { .path = path,
                                           .verify_only = 1,
                                           .check_max_bytes = UINT64_MAX,
                                           .keys = keys,
                                           .tolerates_rolled_back = 1 };
    struct atk_backend_news news = { 0, 0, 0 };
    struct atk_backend *backend;
    apitoken_error detail = APITOKEN_ERROR_INIT;
    int rc = atk_lmdb_open(&open, deadline, &backend, &news, &detail);
    if (rc == 0) {
        rc = look(atk_lmdb_of(backend), found, deadline, &detail);
        backend->ops->close(backend, 0);
    }
    if (rc == 0) return 0;
    if (rc != APITOKEN_E_DAMAGED) return atk_fail_as(err, &detail);
    atk_findings_add(found, APITOKEN_FINDING_FILES, &detail, NULL, 0);
    return 0;
}
