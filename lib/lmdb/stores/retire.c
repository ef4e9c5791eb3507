/* SPDX-License-Identifier: MIT */
/*
 * Retires a key. Its flag in the list of keys comes first: it keeps every write of every process
 * from making anything with the key. So what is tagged under it only gets less, and each sweep
 * of a tree leaves nothing behind. The flag that it is retired comes last.
 */
#include "lmdb/stores/retire.h"

#include <string.h>

#include "base/attr.h"
#include "base/error.h"
#include "lmdb/tokens/audit.h"
#include "lmdb/tokens/facts.h"
#include "lmdb/tokens/write.h"
#include "outside/record_tag.h"
#include "rules/edit_retire.h"

void atk_retire_note_damage(struct atk_retire_work *work, const apitoken_error *detail,
                            const MDB_val *key) {
    if (work->damage.code != 0) return;
    (void)atk_fail_as(&work->damage, detail);
    if (key->mv_size >= APITOKEN_ID_LEN && work->damage.id[0] == '\0')
        work->damage.item = work->retire->key_id;
}

/* ---- the flag of the key --------------------------------------------------------------------- */

struct flagging {
    const struct atk_retire *retire;
    uint32_t flags;
};

/* Records of the store as a whole, which every change of the list tags under the active key. */
static int retag_named(struct atk_write *w, apitoken_error *err) {
    struct atk_config config;
    ATK_TRY(atk_config_get(&w->view, &config, err));
    config.key_id = w->view.keys->active;
    ATK_TRY(atk_config_put(&w->view, &config, err));
    ATK_TRY(atk_facts_read_policy(w, err));
    if (w->policy.revision == 0) return 0; /* there is none */
    w->policy.key_id = w->view.keys->active;
    return atk_policy_put(&w->view, &w->policy, err);
}

static int note(struct atk_write *w, const struct atk_retire *retire, apitoken_error *err) {
    const struct atk_change change = { .room = ATK_ROOM_DENIAL,
                                       .now_ms = retire->now_ms,
                                       .verb = ATK_VERB_RETIRE_KEY,
                                       .actor = retire->actor,
                                       .actor_len = retire->actor_len };
    return atk_audit_note_key(w, &change, retire->key_id, err);
}

static int list_key(struct atk_keys_record *list, const struct atk_keys *keys, uint32_t key_id,
                    apitoken_error *err) {
    const struct atk_key *key = atk_keys_find(keys, key_id);
    if (!key) return atk_fail_item(err, APITOKEN_E_KEY_ID, key_id, NULL);
    const struct atk_keys_entry entry = { .key_id = key_id, .prints = key->prints };
    return atk_keys_record_add(list, &entry) ? 0
                                             : atk_fail_item(err, APITOKEN_E_KEY_LIMIT, key_id,
                                                             "the store's list of keys is full");
}

/* Of a struct atk_write_step. */
static int set_flags(struct atk_write *w, void *ctx, apitoken_error *err) {
    const struct flagging *f = ctx;
    const uint32_t key_id = f->retire->key_id;
    struct atk_keys_record list;
    ATK_TRY(atk_prints_get(&w->view, &list, err));
    const uint32_t flags = atk_keys_record_flags(&list, key_id);
    if (flags == ATK_KEY_RETIRED) return ATK_EDIT_UNCHANGED;
    if (atk_keys_record_find(&list, key_id) == atk_keys_record_count(&list))
        ATK_TRY(list_key(&list, w->view.keys, key_id, err));
    atk_keys_record_set_flags(&list, atk_keys_record_find(&list, key_id), f->flags);
    atk_keys_record_set_key(&list, w->view.keys->active);
    ATK_TRY(retag_named(w, err));
    ATK_TRY(atk_prints_put(&w->view, &list, err));
    /* a restored store has the flag already, but may have such records of the key */
    if (flags != f->flags) ATK_TRY(note(w, f->retire, err));
    return ATK_EDIT_CHANGED;
}

static int look_up_flags(const struct atk_view *view, void *ctx, bool *ret_stored) {
    const struct flagging *f = ctx;
    struct atk_keys_record list;
    ATK_TRY(atk_prints_get(view, &list, NULL));
    const uint32_t flags = atk_keys_record_flags(&list, f->retire->key_id);
    *ret_stored = flags == f->flags || flags == ATK_KEY_RETIRED;
    return 0;
}

static int write_flags(const struct atk_retire_work *work, uint32_t flags, apitoken_error *err) {
    struct flagging flagging = { work->retire, flags };
    const struct atk_store_act act = atk_retire_act(work->retire);
    const struct atk_write_step step = { .space = ATK_SPACE_HALF,
                                         .apply = set_flags,
                                         .look_up = look_up_flags,
                                         .ctx = &flagging,
                                         .act = &act };
    struct atk_deadline deadline = atk_deadline_in(work->retire->timeout_ms);
    return atk_lmdb_write_step(work->store, &step, &deadline, err);
}

/* ---- what is left ---------------------------------------------------------------------------- */

/* An atk_sweep_fn. */
static int find_left(void *ctx, const struct atk_view *view, const MDB_val *key,
                     const MDB_val *value, apitoken_error *err) {
    struct atk_retire_work *work = ctx;
    const uint32_t key_id = work->retire->key_id;
    struct atk_hot hot;
    apitoken_error detail = APITOKEN_ERROR_INIT;
    (void)err;
    bool is_left = atk_record_key_id(value->mv_data, value->mv_size) == key_id;
    if (key->mv_size == APITOKEN_ID_LEN && !is_left &&
        atk_hot_read(view->keys, key, value, &hot, NULL) == 0)
        is_left = atk_key_need_of(&hot, key_id) != ATK_KEY_NOT_NEEDED;
    if (!is_left) return ATK_VISIT_NEXT;
    (void)atk_fail(&detail, APITOKEN_E_DAMAGED, "a record still needs key %lu: check the store",
                   (unsigned long)key_id);
    atk_retire_note_damage(work, &detail, key);
    return ATK_VISIT_NEXT;
}

/* A damaged record that names the key stays as it is; then so does the flag. */
static int require_nothing_left(struct atk_retire_work *work, apitoken_error *err) {
    const struct atk_env *env = work->store->env;
    const MDB_dbi trees[] = { env->hot, env->rows, env->owners, env->audit };
    for (size_t i = 0; i < ATK_LEN(trees); i++) {
        struct atk_sweep sweep = atk_retire_sweep(work, trees[i]);
        ATK_TRY(atk_sweep_all(&sweep, find_left, work, err));
    }
    return work->damage.code == 0 ? 0 : atk_fail_as(err, &work->damage);
}

/* ---- all of it ------------------------------------------------------------------------------- */

static int read_flags(const struct atk_retire_work *work, bool *ret_listed, uint32_t *ret_flags,
                      apitoken_error *err) {
    struct atk_deadline deadline = atk_deadline_in(work->retire->timeout_ms);
    struct atk_pool_entry *entry;
    struct atk_keys_record list;
    ATK_TRY(atk_lmdb_check_path(work->store, true, err));
    ATK_TRY(atk_env_read_begin(work->store->env, &deadline, &entry, err));
    const struct atk_view view = atk_lmdb_view(work->store, entry->txn);
    int rc = atk_prints_get(&view, &list, err);
    atk_env_read_end(entry);
    ATK_TRY(rc);
    *ret_flags = atk_keys_record_flags(&list, work->retire->key_id);
    *ret_listed = atk_keys_record_find(&list, work->retire->key_id) < atk_keys_record_count(&list);
    return 0;
}

static int require_retirable(const struct atk_retire_work *work, bool is_listed,
                             apitoken_error *err) {
    const struct atk_keys *keys = work->store->base.keys;
    const uint32_t key_id = work->retire->key_id;
    if (!is_listed && !atk_keys_find(keys, key_id))
        return atk_fail_field(err, APITOKEN_E_KEY_ID, APITOKEN_FIELD_KEY, 0,
                              "neither the store nor the keyring has key %lu",
                              (unsigned long)key_id);
    if (atk_keys_find_active(keys)->id == key_id)
        return atk_fail_field(err, APITOKEN_E_KEY_USED, APITOKEN_FIELD_KEY, 0,
                              "key %lu is the active one: activate another key first",
                              (unsigned long)key_id);
    return 0;
}

static int require_unused(const struct atk_retire *retire, apitoken_error *err) {
    if (retire->ends_tokens || retire->result.tokens == 0) return 0;
    return atk_fail_field(err, APITOKEN_E_KEY_USED, APITOKEN_FIELD_KEY, 0,
                          "%llu live tokens need key %lu",
                          (unsigned long long)retire->result.tokens, (unsigned long)retire->key_id);
}

static int retire_now(struct atk_retire_work *work, apitoken_error *err) {
    const struct atk_env *env = work->store->env;
    ATK_TRY(write_flags(work, ATK_KEY_RETIRING, err));
    ATK_TRY(atk_retire_end_tokens(work, err));
    ATK_TRY(atk_retire_retag(work, env->owners, err));
    ATK_TRY(atk_retire_retag(work, env->audit, err));
    ATK_TRY(atk_retire_retag(work, env->hot, err));
    ATK_TRY(require_nothing_left(work, err));
    ATK_TRY(write_flags(work, ATK_KEY_RETIRED, err));
    work->retire->result.is_retired = 1;
    /* changes nothing, but reads the list again: this handle refuses the key from now on */
    return write_flags(work, ATK_KEY_RETIRED, err);
}

int atk_lmdb_retire_key(struct atk_backend *backend, struct atk_retire *retire,
                        apitoken_error *err) {
    struct atk_retire_work work = { .store = atk_lmdb_of(backend),
                                    .retire = retire,
                                    .damage = APITOKEN_ERROR_INIT };
    uint32_t flags;
    bool is_listed;
    ATK_TRY(read_flags(&work, &is_listed, &flags, err));
    if (flags & ATK_KEY_RETIRED) {
        retire->result.is_retired = 1;
        return retire->is_dry_run ? 0 : write_flags(&work, ATK_KEY_RETIRED, err);
    }
    ATK_TRY(require_retirable(&work, is_listed, err));
    ATK_TRY(atk_retire_count_tokens(&work, err));
    if (retire->is_dry_run) return 0;
    ATK_TRY(require_unused(retire, err));
    return retire_now(&work, err);
}
