/* SPDX-License-Identifier: MIT */
/* The operations that read. Each copies out and gives its transaction back before it returns. */
#include <string.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "base/error.h"
#include "lmdb/form/error.h"
#include "lmdb/tokens/records.h"
#include "lmdb/tokens/space.h"
#include "lmdb/tokens/engine.h"
#include "rules/state.h"

#define CACHE_LINE 64
#define FETCHED_LINES 6 /* about two rows */

/*
 * Tag of what in a text is not public. The checksum is laid over that of the secret: a text with
 * the right secret and another checksum differs there, and one with another secret anywhere. Apart,
 * so that a token that is not remembered needs no frame.
 */
__attribute__((noinline)) static void tag_of(const struct atk_lmdb *store,
                                             const struct atk_presented *token, uint64_t tag[2]) {
    const char *crc = token->text + token->len - ATK_CRC_LEN;
    uint64_t laid = 0;
    atk_tag(store->recent_key, crc - ATK_SECRET_LEN, ATK_SECRET_LEN, (uint8_t *)tag);
    memcpy(&laid, crc, ATK_CRC_LEN);
    tag[1] ^= laid;
}

int atk_lmdb_is_familiar(struct atk_backend *backend, struct atk_presented *token) {
    const struct atk_lmdb *store = atk_lmdb_of(backend);
    if (store->forgets) return 0;
    const struct atk_recent *recent =
        atk_recent_glance(store->env->pool.entry[atk_pool_hint].recent, token->id);
    if (!recent) return 0;
    tag_of(store, token, token->tag);
    token->has_tag = 1;
    return atk_recent_is_alike(recent, token->id, token->tag);
}

/*
 * Where a use is noted: nowhere if this table had one noted in the same minute. Near the end the
 * call may still be refused, at the exact time or for want of one: such a call notes nothing, so it
 * must not look as if it had.
 */
static uint32_t slot_to_note(struct atk_recent *recent, int64_t now_ms) {
    const uint32_t minute = atk_last_use_minute(now_ms);
    if (recent->used_minute == minute) return ATK_SLOT_NONE;
    if (!atk_is_past(recent->end_ms, now_ms + ATK_COARSE_CLOCK_MS)) recent->used_minute = minute;
    return recent->slot;
}

/* 1 if what is kept there was found for the very text. */
static inline int recall(const struct atk_presented *token, struct atk_recent_place place,
                         struct atk_remembered *ret) {
    struct atk_recent *recent = &place.set->way[place.way];
    if (!token->has_tag || !atk_recent_is_alike(recent, token->id, token->tag)) return 0;
    atk_recent_use(place);
    ret->end_ms = recent->end_ms;
    ret->slot = slot_to_note(recent, token->now_ms);
    ret->owner_len = place.set->owner_len[place.way];
    atk_copy_short(ret->owner, recent->owner, ret->owner_len);
    return 1;
}

/*
 * The first look at an id in a state of the store: 1 if its record is what it was when the very
 * text was found good.
 */
static int meet(struct atk_recent_table *table, const struct atk_presented *token,
                struct atk_recent_place place, uint64_t stamp, const MDB_val *record,
                struct atk_remembered *ret) {
    if (atk_recent_is_kept(place) &&
        atk_recent_renew(table, place, token->id, stamp, record->mv_data, record->mv_size))
        return recall(token, place, ret);
    atk_recent_note(place, token->id, stamp);
    return 0;
}

/* Under a transaction: as load_hot(), or LMDB's code. */
static int load(struct atk_lmdb *store, struct atk_pool_entry *entry,
                const struct atk_presented *token, struct atk_hot_bytes *ret_hot) {
    MDB_val key = { APITOKEN_ID_LEN, (void *)(uintptr_t)token->id }, value = { 0, NULL };
    const uint64_t stamp = mdb_txn_id(entry->txn);
    const struct atk_recent_place place = atk_recent_find(entry->recent, token->id);
    const int is_noted = atk_recent_is_noted(place, stamp) && !store->forgets;
    ret_hot->may_be_remembered = is_noted;
    ret_hot->is_remembered =
        is_noted && atk_recent_is_kept(place) && recall(token, place, &ret_hot->remembered);
    if (ret_hot->is_remembered) return 0;
    if (is_noted) {
        ret_hot->stamp = stamp;
        ret_hot->generation = store->env->pool.generation;
    }
    int rc = mdb_get(entry->txn, store->env->hot, &key, &value);
    if (rc != 0) return rc;
    if (!atk_tagged_hot_set(&ret_hot->tagged, token->id, value.mv_data, value.mv_size))
        return APITOKEN_E_DAMAGED;
    if (!is_noted && !store->forgets)
        ret_hot->is_remembered =
            meet(entry->recent, token, place, stamp, &value, &ret_hot->remembered);
    return 0;
}

int atk_lmdb_load_hot(struct atk_backend *backend, const struct atk_presented *token,
                      struct atk_hot_bytes *ret_hot, struct atk_deadline *deadline,
                      apitoken_error *err) {
    struct atk_lmdb *store = atk_lmdb_of(backend);
    struct atk_pool_entry *entry;
    if (!atk_lmdb_is_fresh(store, token->is_rough ? token->now_ms : 0))
        ATK_TRY(atk_lmdb_check_path(store, 0, err));
    ATK_TRY(atk_env_read_begin(store->env, deadline, &entry, err));
    int rc = load(store, entry, token, ret_hot);
    atk_env_read_end(entry);
    if (rc == 0) {
        if (!ret_hot->is_remembered)
            atk_last_use_expect(
                &store->use,
                (uint32_t)atk_le_at(atk_tagged_hot_record(&ret_hot->tagged) + ATK_HOT_SLOT_AT, 4));
        return 0;
    }
    if (rc == MDB_NOTFOUND) return APITOKEN_E_NOT_FOUND; /* the usual miss: the caller says more */
    return rc == APITOKEN_E_DAMAGED ? atk_fail(err, rc, NULL)
                                    : atk_fail_mdb(err, rc, "read a token");
}

void atk_lmdb_remember(struct atk_backend *backend, const struct atk_presented *token,
                       const struct atk_hot_bytes *hot, const struct atk_hot_view *found) {
    struct atk_lmdb *store = atk_lmdb_of(backend);
    if (found->owner_len > ATK_RECENT_OWNER_MAX) return;
    struct atk_pool_entry *entry = atk_pool_take_own(&store->env->pool);
    if (!entry) return;
    const struct atk_recent_place place = atk_recent_find(entry->recent, token->id);
    /* the generation stays as it is while an entry is taken */
    if (hot->generation == store->env->pool.generation && atk_recent_is_noted(place, hot->stamp)) {
        struct atk_recent *recent = &place.set->way[place.way];
        uint64_t made[2];
        if (!token->has_tag) tag_of(store, token, made);
        atk_recent_put_tag(place, token->id, token->has_tag ? token->tag : made);
        recent->end_ms = found->end_ms;
        recent->slot = found->slot;
        recent->used_minute = 0;
        memcpy(recent->owner, found->owner, found->owner_len);
        atk_recent_put_record(entry->recent, place, atk_tagged_hot_record(&hot->tagged),
                              atk_tagged_hot_record_len(&hot->tagged));
        place.set->owner_len[place.way] = found->owner_len;
        place.set->is_kept[place.way] = 1;
    }
    atk_pool_give(entry);
}

static int find_in(struct atk_lmdb *store, MDB_txn *txn, const char *owner, size_t owner_len,
                   const char *id, struct atk_hot *ret_hot, struct atk_row *ret_row,
                   apitoken_error *err) {
    ATK_TRY(atk_hot_get(store->env, txn, store->base.keys, id, ret_hot, err));
    if (ret_hot->owner_len != owner_len || memcmp(ret_hot->owner, owner, owner_len) != 0)
        return atk_fail(err, APITOKEN_E_NOT_FOUND, NULL);
    ATK_TRY(atk_row_get(store->env, txn, store->base.keys, ret_hot, id, ret_row, err));
    if (ret_hot->is_revoked == ret_row->is_revoked) return 0;
    return atk_fail(err, APITOKEN_E_DAMAGED, "a token and its row differ: revoke it once more");
}

int atk_lmdb_find(struct atk_backend *backend, const char *owner, size_t owner_len, const char *id,
                  struct atk_hot *ret_hot, struct atk_row *ret_row, struct atk_deadline *deadline,
                  apitoken_error *err) {
    struct atk_lmdb *store = atk_lmdb_of(backend);
    struct atk_pool_entry *entry;
    ATK_TRY(atk_lmdb_check_path(store, 0, err));
    ATK_TRY(atk_env_read_begin(store->env, deadline, &entry, err));
    int rc = find_in(store, entry->txn, owner, owner_len, id, ret_hot, ret_row, err);
    atk_env_read_end(entry);
    return rc;
}

/* One owner's range: keys that begin with its length and name. */
struct range {
    const struct atk_keys *keys;
    MDB_cursor *cursor;
    size_t prefix_len;
    uint8_t key[ATK_ROW_KEY_MAX];
};

static int is_in_range(const struct range *range, const MDB_val *key) {
    return key->mv_size == range->prefix_len + 8 &&
           memcmp(key->mv_data, range->key, range->prefix_len) == 0;
}

/*
 * Rows of an owner are written in order, and LMDB fills a page from its end: so the next ones most
 * often stand right before this one in memory, which the processor does not foresee. They are on
 * their way while this one is checked.
 */
static void fetch_next(const MDB_val *value) {
    const char *row = value->mv_data;
    for (int line = 1; line <= FETCHED_LINES; line++) __builtin_prefetch(row - line * CACHE_LINE);
}

static int walk(struct range *range, uint32_t limit, atk_row_visit_fn visit, void *ctx,
                int *ret_more, apitoken_error *err) {
    MDB_val key = { range->prefix_len + 8, range->key }, value;
    struct atk_row_view row;
    int rc = mdb_cursor_get(range->cursor, &key, &value, MDB_SET_RANGE);
    for (uint32_t seen = 0; rc == 0 && is_in_range(range, &key); seen++) {
        if (seen == limit) {
            *ret_more = 1;
            return 0;
        }
        fetch_next(&value);
        ATK_TRY(atk_row_glance(range->keys, &key, &value, &row, err));
        int go_on =
            visit(ctx, atk_be64_get((const uint8_t *)key.mv_data + range->prefix_len), &row, err);
        if (go_on < 0) return go_on;
        if (go_on == 0) {
            *ret_more = 1;
            return 0;
        }
        rc = mdb_cursor_get(range->cursor, &key, &value, MDB_NEXT);
    }
    *ret_more = 0;
    return rc == 0 || rc == MDB_NOTFOUND ? 0 : atk_fail_mdb(err, rc, "list tokens");
}

int atk_lmdb_page(struct atk_backend *backend, const char *owner, size_t owner_len, uint64_t after,
                  uint32_t limit, atk_row_visit_fn visit, void *ctx, int *ret_more,
                  struct atk_deadline *deadline, apitoken_error *err) {
    struct atk_lmdb *store = atk_lmdb_of(backend);
    struct atk_pool_entry *entry;
    struct range range = { .keys = store->base.keys, .prefix_len = 1 + owner_len };
    if (after == UINT64_MAX) {
        *ret_more = 0;
        return 0;
    }
    (void)atk_row_key(owner, owner_len, after + 1, range.key);
    ATK_TRY(atk_lmdb_check_path(store, 0, err));
    ATK_TRY(atk_env_read_begin(store->env, deadline, &entry, err));
    int rc = mdb_cursor_open(entry->txn, store->env->rows, &range.cursor);
    if (rc == 0) {
        rc = walk(&range, limit, visit, ctx, ret_more, err);
        mdb_cursor_close(range.cursor);
    } else {
        rc = atk_fail_mdb(err, rc, "list tokens");
    }
    atk_env_read_end(entry);
    return rc;
}

static int facts_in(struct atk_lmdb *store, MDB_txn *txn, struct atk_backend_facts *ret,
                    apitoken_error *err) {
    struct atk_state_record state;
    struct atk_space space;
    MDB_envinfo info;
    ATK_TRY(atk_state_get(store->env, txn, store->base.keys, &state, err));
    ATK_TRY(atk_space_read(store->env, txn, UINT64_MAX, &space, err));
    (void)mdb_env_info(store->env->mdb, &info);
    *ret = (struct atk_backend_facts){
        .tokens = state.tokens,
        .revoked = state.revoked,
        .transaction = state.transaction,
        .used_bytes =
            (space.used - (space.free < space.used ? space.free : 0)) * store->env->page_size,
        .spare_bytes = atk_space_spare_bytes(store->env, &space),
        .map_bytes = store->env->map_bytes,
        .readers = atk_env_count_readers(store->env),
        .readers_max = info.me_maxreaders,
    };
    return 0;
}

int atk_lmdb_facts(struct atk_backend *backend, struct atk_backend_facts *ret_facts,
                   struct atk_deadline *deadline, apitoken_error *err) {
    struct atk_lmdb *store = atk_lmdb_of(backend);
    struct atk_pool_entry *entry;
    ATK_TRY(atk_lmdb_check_path(store, 0, err));
    ATK_TRY(atk_env_read_begin(store->env, deadline, &entry, err));
    int rc = facts_in(store, entry->txn, ret_facts, err);
    atk_env_read_end(entry);
    return rc;
}
