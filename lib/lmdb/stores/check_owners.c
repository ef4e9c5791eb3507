/* SPDX-License-Identifier: MIT */
#include "lmdb/stores/check_owners.h"

#include <string.h>

#include "base/attr.h"
#include "base/error.h"
#include "lmdb/stores/scan.h"

static bool is_last_owner(const struct atk_owners_check *c, const struct atk_hot *hot) {
    return c->owner_len == hot->owner_len && memcmp(c->owner, hot->owner, hot->owner_len) == 0;
}

/* A record that cannot be read is noted with the owners. */
static void look_up(struct atk_owners_check *c, const struct atk_hot *hot) {
    struct atk_owner_record owner;
    int rc = atk_owner_get(&c->view, hot->owner, hot->owner_len, &owner, NULL);
    c->owner_len = hot->owner_len;
    memcpy(c->owner, hot->owner, hot->owner_len);
    c->flags = rc == 0 ? owner.flags : 0;
    c->is_unknown = rc < 0 && rc != APITOKEN_E_NOT_FOUND;
}

static void note_token(const struct atk_owners_check *c, const char *id, const char *what) {
    apitoken_error detail = APITOKEN_ERROR_INIT;
    (void)atk_fail(&detail, APITOKEN_E_DAMAGED, "%s", what);
    atk_fail_add_id(&detail, id);
    atk_findings_add(c->found, APITOKEN_FINDING_TOKEN, &detail, c->owner, c->owner_len);
}

void atk_owners_check_token(struct atk_owners_check *c, const struct atk_hot *hot, const char *id) {
    const bool is_blocked = (hot->flags & ATK_FLAG_BLOCKED) != 0;
    if (!is_last_owner(c, hot)) look_up(c, hot);
    if (c->is_unknown || c->flags & ATK_OWNER_UNBLOCKING) return;
    if (is_blocked && !(c->flags & ATK_OWNER_BLOCKED))
        note_token(c, id, "a token is blocked, but its owner is not: block and unblock the owner");
    if (!is_blocked && c->flags & ATK_OWNER_BLOCKED)
        note_token(c, id, "a token is not blocked, but its owner is: block the owner again");
}

/* An atk_scan_record_fn. */
static int check_record(void *ctx, const MDB_val *key, const MDB_val *value, apitoken_error *err) {
    const struct atk_owners_check *c = ctx;
    struct atk_owner_record owner;
    apitoken_error detail = APITOKEN_ERROR_INIT;
    (void)value, (void)err;
    if (atk_owner_get(&c->view, key->mv_data, key->mv_size, &owner, &detail) < 0)
        atk_findings_add(c->found, APITOKEN_FINDING_STORE, &detail, key->mv_data, key->mv_size);
    return 0;
}

int atk_owners_check(struct atk_owners_check *c, apitoken_error *err) {
    return atk_scan_records(&c->view, c->view.env->owners, check_record, c, err);
}
