/* SPDX-License-Identifier: MIT */
/* A new, empty store. */
#include "base/attr.h"
#include "lmdb/stores/new_store.h"
#include "lmdb/form/error.h"
#include "lmdb/tokens/records.h"

struct first {
    const struct atk_config *config;
    const struct atk_keys *keys;
};

static int put_records(const struct first *first, const struct atk_env *env, MDB_txn *txn,
                       apitoken_error *err) {
    const struct atk_key *active = atk_keys_find(first->keys, first->keys->active);
    struct atk_keys_record known = { .key_id = active->id, .count = 1 };
    struct atk_state_record state = { .key_id = active->id,
                                      .schema = ATK_SCHEMA,
                                      .transaction = mdb_txn_id(txn),
                                      .next_sequence = 1 };
    known.entry[0].key_id = active->id;
    known.entry[0].prints = active->prints;
    ATK_TRY(atk_config_put(env, txn, first->keys, first->config, err));
    ATK_TRY(atk_prints_put(env, txn, first->keys, &known, err));
    return atk_state_put(env, txn, first->keys, &state, err);
}

static int fill(void *ctx, const struct atk_env *env, struct atk_last_use *use,
                apitoken_error *err) {
    MDB_txn *txn = NULL;
    (void)use;
    int rc = mdb_txn_begin(env->mdb, NULL, 0, &txn);
    if (rc != 0) return atk_fail_mdb(err, rc, "begin to write");
    rc = put_records(ctx, env, txn, err);
    if (rc < 0) {
        mdb_txn_abort(txn);
        return rc;
    }
    rc = mdb_txn_commit(txn);
    return rc == 0 ? 0 : atk_fail_mdb(err, rc, "commit the new store");
}

int atk_lmdb_create(const char *path, int for_group, const struct atk_config *config,
                    const struct atk_keys *keys, apitoken_error *err) {
    struct first first = { config, keys };
    const struct atk_new_store build = { .config = config,
                                         .mode = for_group ? ATK_STORE_MODE_MAX : 0750,
                                         .like_fd = -1,
                                         .fill = fill,
                                         .ctx = &first };
    return atk_new_store_place(path, &build, err);
}
