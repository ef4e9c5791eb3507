/* SPDX-License-Identifier: MIT */
/* fsck: checks everything in a store that can be checked, and notes what is wrong. */
#include <string.h>

#include "base/attr.h"
#include "base/error.h"
#include "lmdb/tokens/engine.h"
#include "lmdb/stores/check_audit.h"
#include "lmdb/stores/check_owners.h"
#include "lmdb/stores/check_slots.h"
#include "lmdb/stores/scan.h"
#include "rules/day.h"

/* A check in progress. */
struct fsck {
    struct atk_view view;
    struct atk_findings *found;
    struct atk_owners_check owners;
    struct atk_slots_check slots;
    uint64_t hots, rows, revoked;
};

/* ---- the tokens ------------------------------------------------------------------------------ */

static int check_row_of(const struct fsck *c, const char *id, const struct atk_hot *hot,
                        apitoken_error *detail) {
    struct atk_row row;
    ATK_TRY(atk_row_get(&c->view, hot, id, &row, detail));
    return atk_records_check_pair(hot, &row, detail);
}

static int check_hot(void *ctx, const struct atk_scan_item *item, apitoken_error *err) {
    struct fsck *c = ctx;
    apitoken_error detail = *item->detail;
    (void)err;
    c->hots++;
    int rc = item->hot ? check_row_of(c, item->key->mv_data, item->hot, &detail) : item->rc;
    if (rc == 0) {
        atk_slots_check_token(&c->slots, item->key->mv_data, item->hot);
        return 0;
    }
    if (item->key->mv_size == APITOKEN_ID_LEN) atk_fail_add_id(&detail, item->key->mv_data);
    atk_findings_add(c->found, APITOKEN_FINDING_TOKEN, &detail, item->hot ? item->hot->owner : NULL,
                     item->hot ? item->hot->owner_len : 0);
    return 0;
}

/* Notes a stray row. A row that fails otherwise has been noted with its hot record. */
static int check_row(void *ctx, const struct atk_scan_item *item, apitoken_error *err) {
    struct fsck *c = ctx;
    const char *key = item->key->mv_data;
    (void)err;
    c->rows++;
    c->revoked += item->row && item->row->flags & ATK_FLAG_REVOKED;
    if (item->is_stray)
        atk_findings_add(c->found, APITOKEN_FINDING_TOKEN, item->detail, key + 1, (uint8_t)key[0]);
    if (item->row) atk_owners_check_token(&c->owners, item->hot, item->row->id);
    return 0;
}

/* ---- the store as a whole -------------------------------------------------------------------- */

static void note_counts(struct fsck *c, const struct atk_state_record *state) {
    apitoken_error detail = APITOKEN_ERROR_INIT;
    const uint64_t tokens = state->tokens;
    if (c->hots == tokens && c->rows == tokens &&
        (c->found->total > 0 || c->revoked == state->revoked))
        return;
    (void)atk_fail(&detail, APITOKEN_E_DAMAGED,
                   "the counters say %llu tokens, %llu of them revoked; the store has %llu tokens, "
                   "%llu revoked ones and %llu rows",
                   (unsigned long long)tokens, (unsigned long long)state->revoked,
                   (unsigned long long)c->hots, (unsigned long long)c->revoked,
                   (unsigned long long)c->rows);
    atk_findings_add(c->found, APITOKEN_FINDING_STORE, &detail, NULL, 0);
}

/* From when on denials are lost if the rollback is accepted: nothing here says what they were. */
static void add_since(const struct fsck *c, const struct atk_state_record *state,
                      apitoken_error *detail) {
    int64_t at_ms;
    const apitoken_error said = *detail;
    if (!atk_audit_last_ms(&c->view, state, &at_ms)) return;
    const int32_t day = atk_day_at_utc_ms(at_ms);
    const long seconds = (long)((at_ms - atk_day_start_utc_ms(day)) / 1000);
    (void)atk_fail(detail, APITOKEN_E_ROLLED_BACK,
                   "%.100s; what was denied after %04d-%02d-%02dT%02ld:%02ld:%02ldZ is lost",
                   said.text, day / 10000, day / 100 % 100, day % 100, seconds / 3600,
                   seconds / 60 % 60, seconds % 60);
}

/* Also says if neither home of the rollback number says anything. */
static void note_rolled_back(struct fsck *c, const struct atk_homes_said *said,
                             const struct atk_state_record *state) {
    apitoken_error detail = APITOKEN_ERROR_INIT;
    struct atk_home home = { .transaction = mdb_txn_id(c->view.txn) };
    memcpy(home.environment, state->environment, sizeof home.environment);
    int rc = state->transaction == home.transaction
                 ? atk_homes_require(said, &home, &detail)
                 : atk_fail(&detail, APITOKEN_E_ROLLED_BACK, NULL);
    if (rc == APITOKEN_E_ROLLED_BACK) add_since(c, state, &detail);
    if (rc < 0)
        atk_findings_add(c->found,
                         rc == APITOKEN_E_DAMAGED ? APITOKEN_FINDING_FILES
                                                  : APITOKEN_FINDING_ROLLED_BACK,
                         &detail, NULL, 0);
}

/* The homes were read before the snapshot was taken: a commit in between only makes that newer. */
static int check_snapshot(struct fsck *c, struct atk_lmdb *store, const struct atk_homes_said *said,
                          apitoken_error *err) {
    struct atk_state_record state;
    ATK_TRY(atk_env_check_structure(store->env, c->view.txn, err));
    ATK_TRY(atk_state_get(&c->view, &state, err));
    ATK_TRY(atk_slots_check_begin(&c->slots, &state, err));
    ATK_TRY(atk_scan(&c->view, check_hot, check_row, c, err));
    note_counts(c, &state);
    ATK_TRY(atk_slots_check(&c->slots, &state, err));
    ATK_TRY(atk_owners_check(&c->owners, err));
    ATK_TRY(atk_audit_check(&c->view, store->base.config.store_id, &state, c->found, err));
    note_rolled_back(c, said, &state);
    return 0;
}

static int check_store_once(struct atk_lmdb *store, struct atk_findings *found,
                            struct atk_deadline *deadline, apitoken_error *err) {
    struct atk_pool_entry *entry;
    struct atk_homes_said said;
    const struct atk_homes homes = atk_lmdb_homes(store);
    atk_homes_read(&homes, &said);
    ATK_TRY(atk_env_read_begin(store->env, deadline, &entry, err));
    struct fsck fsck = { .view = atk_lmdb_view(store, entry->txn), .found = found };
    fsck.owners = (struct atk_owners_check){ .view = fsck.view, .found = found };
    fsck.slots = (struct atk_slots_check){ .view = fsck.view, .found = found };
    int rc = check_snapshot(&fsck, store, &said, err);
    atk_slots_check_end(&fsck.slots);
    atk_env_read_end(entry);
    return rc;
}

static int check_store(struct atk_lmdb *store, struct atk_findings *found,
                       struct atk_deadline *deadline, apitoken_error *err) {
    int rc = APITOKEN_E_FULL;
    for (int i = 0; i < ATK_SCAN_TRIES && rc == APITOKEN_E_FULL; i++) {
        atk_findings_clear(found);
        rc = check_store_once(store, found, deadline, err);
    }
    return rc;
}

/* Not beside a rollback, which can be accepted: that makes the file anew as well. */
static void note_lost_use(struct atk_findings *found) {
    apitoken_error detail = APITOKEN_ERROR_INIT;
    if (found->code == APITOKEN_E_ROLLED_BACK) return;
    (void)atk_fail(&detail, APITOKEN_E_DAMAGED,
                   "%s is lost, and with it the times of last use: the next read-write open makes "
                   "it anew",
                   ATK_LAST_USE_FILE);
    atk_findings_add(found, APITOKEN_FINDING_STORE, &detail, NULL, 0);
}

/* Damage because of which the store cannot be read is a finding, too. */
int atk_lmdb_fsck(const char *path, bool any_fs, const struct atk_keys *keys,
                  struct atk_findings *found, struct atk_deadline *deadline, apitoken_error *err) {
    const struct atk_backend_open open = { .path = path,
                                           .any_fs = any_fs,
                                           .verify_only = true,
                                           .check_max_bytes = UINT64_MAX,
                                           .keys = keys,
                                           .tolerates_rolled_back = true };
    struct atk_open_report report = { 0 };
    struct atk_backend *backend;
    apitoken_error detail = APITOKEN_ERROR_INIT;
    int rc = atk_lmdb_open(&open, deadline, &backend, &report, &detail);
    if (rc == 0) {
        rc = check_store(atk_lmdb_of(backend), found, deadline, &detail);
        backend->ops->close(backend, false);
    }
    if (rc == 0 && report.was_use_lost) note_lost_use(found);
    if (rc == 0) return 0;
    if (rc != APITOKEN_E_DAMAGED) return atk_fail_as(err, &detail);
    atk_findings_add(found, APITOKEN_FINDING_FILES, &detail, NULL, 0);
    return 0;
}
