/* SPDX-License-Identifier: MIT */
/* Reads what a store in order proves: everything in it is checked, and nothing may be missing. */
#include "base/attr.h"
#include "base/error.h"
#include "lmdb/stores/proofs.h"
#include "lmdb/stores/scan.h"
#include "outside/record_tag.h"

struct reading {
    struct atk_proofs *proofs;
    const struct atk_keys *keys;
    uint64_t hots, rows;
};

static int add(struct reading *r, const MDB_val *key, const MDB_val *value, apitoken_error *err) {
    int rc = atk_proofs_add(r->proofs, key->mv_data, key->mv_size, value->mv_data, value->mv_size);
    return rc < 0 ? atk_fail(err, rc, NULL) : 0;
}

static int add_hot(void *ctx, const struct atk_scan_item *item, apitoken_error *err) {
    struct reading *r = ctx;
    r->hots++;
    return item->rc < 0 ? atk_fail_as(err, item->detail) : add(r, item->key, item->value, err);
}

static int add_row(void *ctx, const struct atk_scan_item *item, apitoken_error *err) {
    struct reading *r = ctx;
    r->rows++;
    return item->rc < 0 ? atk_fail_as(err, item->detail) : add(r, item->key, item->value, err);
}

/* An atk_scan_record_fn. A record of the audit denies nothing: one that is damaged says nothing. */
static int add_audit(void *ctx, const MDB_val *key, const MDB_val *value, apitoken_error *err) {
    struct reading *r = ctx;
    int rc =
        atk_record_tag_verify(r->keys, key->mv_data, key->mv_size, value->mv_data, value->mv_size);
    return rc < 0 ? 0 : add(r, key, value, err);
}

/* An atk_scan_record_fn. */
static int add_owner(void *ctx, const MDB_val *key, const MDB_val *value, apitoken_error *err) {
    struct reading *r = ctx;
    int rc =
        atk_record_tag_verify(r->keys, key->mv_data, key->mv_size, value->mv_data, value->mv_size);
    return rc < 0 ? atk_fail(err, rc, NULL) : add(r, key, value, err);
}

static int read_store_records(struct reading *r, const struct atk_view *view, apitoken_error *err) {
    struct atk_keys_record keys;
    struct atk_state_record state;
    ATK_TRY(atk_prints_get(view, &keys, err));
    ATK_TRY(atk_state_get(view, &state, err));
    (void)atk_keys_record_merge(&r->proofs->keys, &keys);
    if (state.id_floor > r->proofs->id_floor) r->proofs->id_floor = state.id_floor;
    return 0;
}

int atk_proofs_read(struct atk_proofs *proofs, const struct atk_view *view, apitoken_error *err) {
    struct reading r = { proofs, view->keys, 0, 0 };
    proofs->is_whole = true;
    ATK_TRY(read_store_records(&r, view, err));
    ATK_TRY(atk_scan_records(view, view->env->owners, add_owner, &r, err));
    ATK_TRY(atk_scan_records(view, view->env->audit, add_audit, &r, err));
    ATK_TRY(atk_scan(view, add_hot, add_row, &r, err));
    if (r.hots != r.rows)
        return atk_fail(err, APITOKEN_E_DAMAGED, "some tokens of the store have no rows");
    int rc = atk_proofs_complete(proofs);
    return rc < 0 ? atk_fail(err, rc, NULL) : 0;
}
