/* SPDX-License-Identifier: MIT */
/* Reading what is not of one token: owners and the policy. */
#include <string.h>

#include "base/attr.h"
#include "base/error.h"
#include "lmdb/tokens/engine.h"

/* Copies a text to *at, which is advanced. */
static const char *copy_text(uint8_t **at, const char *text, size_t len) {
    char *copy = (char *)*at;
    if (len) memcpy(copy, text, len);
    *at += len;
    return copy;
}

static int read_owner_in(const struct atk_view *view, const char *owner, size_t owner_len,
                         struct atk_owner_record *ret, uint8_t *bytes, apitoken_error *err) {
    int rc = atk_owner_get(view, owner, owner_len, ret, err);
    if (rc == APITOKEN_E_NOT_FOUND) {
        *ret = (struct atk_owner_record){ .reason = "", .actor = "" };
        return 0;
    }
    ATK_TRY(rc);
    ret->reason = copy_text(&bytes, ret->reason, ret->reason_len);
    ret->actor = copy_text(&bytes, ret->actor, ret->actor_len);
    ret->other = NULL;
    ret->other_len = 0;
    return 0;
}

int atk_lmdb_read_owner(struct atk_backend *backend, const char *owner, size_t owner_len,
                        struct atk_owner_record *ret, uint8_t bytes[ATK_OWNER_RECORD_MAX],
                        struct atk_deadline *deadline, apitoken_error *err) {
    struct atk_lmdb *store = atk_lmdb_of(backend);
    struct atk_pool_entry *entry;
    ATK_TRY(atk_lmdb_check_path(store, false, err));
    ATK_TRY(atk_env_read_begin(store->env, deadline, &entry, err));
    const struct atk_view view = atk_lmdb_view(store, entry->txn);
    int rc = read_owner_in(&view, owner, owner_len, ret, bytes, err);
    atk_env_read_end(entry);
    return rc;
}

int atk_lmdb_read_policy(struct atk_backend *backend, struct atk_policy_record *ret,
                         struct atk_deadline *deadline, apitoken_error *err) {
    struct atk_lmdb *store = atk_lmdb_of(backend);
    struct atk_pool_entry *entry;
    ATK_TRY(atk_lmdb_check_path(store, false, err));
    ATK_TRY(atk_env_read_begin(store->env, deadline, &entry, err));
    const struct atk_view view = atk_lmdb_view(store, entry->txn);
    int rc = atk_policy_get(&view, ret, err);
    atk_env_read_end(entry);
    return rc;
}
