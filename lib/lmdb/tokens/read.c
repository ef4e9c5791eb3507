/* SPDX-License-Identifier: MIT */
/*
 * What validate reads, one token, and facts about the store. Each operation copies what it found
 * and ends its transaction before it returns.
 */
#include <string.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "base/error.h"
#include "lmdb/form/error.h"
#include "lmdb/tokens/records.h"
#include "lmdb/tokens/space.h"
#include "lmdb/tokens/engine.h"
#include "rules/token_state.h"

/*
 * Tag of the secret and the checksum of a text. The checksum is XORed into the tag of the secret,
 * so that a text with the right secret and a wrong checksum has another tag. The caller XORs the
 * number of the keys into the other half.
 */
static void compute_tag(const struct atk_lmdb *store, const struct atk_presented *token,
                        uint64_t tag[2]) {
    const char *crc = token->text + token->len - ATK_CRC_LEN;
    uint64_t crc_bits = 0;
    atk_text_tag(store->recent_key, crc - ATK_SECRET_LEN, ATK_SECRET_LEN, (uint8_t *)tag);
    memcpy(&crc_bits, crc, ATK_CRC_LEN);
    tag[1] ^= crc_bits;
}

/* Asked before the call uses a key: what it finds with old keys is not remembered for new ones. */
static inline uint64_t keys_number(const struct atk_lmdb *store) {
    return __atomic_load_n(&store->keys_number, __ATOMIC_ACQUIRE);
}

ATK_APART static bool is_text_of(const struct atk_lmdb *store, const struct atk_recent *recent,
                                 struct atk_presented *token) {
    compute_tag(store, token, token->tag);
    token->tag[0] ^= keys_number(store);
    token->has_tag = true;
    return atk_recent_is_same_text(recent, token->id, token->tag);
}

bool atk_lmdb_is_remembered(struct atk_backend *backend, struct atk_presented *token) {
    const struct atk_lmdb *store = atk_lmdb_of(backend);
    struct atk_recent_table *table = store->env->pool.entry[atk_pool_hint].recent;
    token->has_tag = false;
    token->table = table;
    token->cell = atk_recent_find_cell(table, token->id);
    const struct atk_recent *recent = atk_recent_peek(atk_recent_place_of(table, token->cell));
    if (recent && !store->remembers_nothing) return is_text_of(store, recent, token);
    token->keys_number = keys_number(store);
    return false;
}

/*
 * Where the caller shall note this use: nowhere if this table has had one noted in the same minute.
 * Near its end a token may still be refused, at the exact time or because the clock cannot be read:
 * such a call notes nothing, so the minute must not count as noted.
 */
static struct atk_use use_to_note(struct atk_recent_place place, int64_t now_ms, bool is_accepted) {
    struct atk_recent *recent = &place.set->way[place.way];
    struct atk_use use = { recent->slot, recent->mark, place.set->word[place.way] };
    const uint32_t minute = atk_last_use_minute(now_ms);
    if (recent->used_minute == minute)
        use.slot = ATK_SLOT_NONE;
    else if (is_accepted)
        recent->used_minute = minute;
    return use;
}

/* Fills in the verdict that is kept at `place` if it was computed for this very text. */
static inline bool recall_verdict(const struct atk_presented *token, struct atk_recent_place place,
                                  struct atk_remembered *ret) {
    struct atk_recent *recent = &place.set->way[place.way];
    if (!token->has_tag || !atk_recent_is_same_text(recent, token->id, token->tag)) return false;
    atk_recent_use(place);
    ret->end_ms = recent->end_ms;
    ret->is_accepted = !atk_end_is_past(recent->end_ms, token->now_ms + ATK_COARSE_CLOCK_MS);
    ret->use = use_to_note(place, token->now_ms, ret->is_accepted);
    ret->owner_len = place.set->owner_len[place.way];
    atk_copy_short(ret->owner, recent->owner, ret->owner_len);
    return true;
}

static inline bool is_path_fresh(const struct atk_lmdb *store, const struct atk_presented *token) {
    return atk_lmdb_path_is_fresh(store, token->is_coarse ? token->now_ms : atk_coarse_ms());
}

/* Usually the table is the one that is_remembered() searched; not if another thread has that. */
static inline struct atk_recent_place place_in(struct atk_recent_table *table,
                                               const struct atk_presented *token) {
    return token->table == table ? atk_recent_place_of(table, token->cell)
                                 : atk_recent_find(table, token->id);
}

/*
 * With the entry taken. A verdict that may still be refused is counted when the call has ended.
 */
static inline void count_remembered(const struct atk_lmdb *store,
                                    const struct atk_pool_entry *entry,
                                    const struct atk_remembered *found) {
    if (found->is_accepted)
        atk_counters_accept_again(store->counters, (size_t)(entry - store->env->pool.entry));
}

/*
 * Needs no transaction: one would only keep the pages of its snapshot, and none is read here. What
 * is newest is asked after the call began, so a change that was acknowledged before is seen.
 */
bool atk_lmdb_find_verdict(struct atk_backend *backend, const struct atk_presented *token,
                           struct atk_remembered *ret) {
    const struct atk_lmdb *store = atk_lmdb_of(backend);
    if (!is_path_fresh(store, token)) return false;
    struct atk_pool_entry *entry = atk_pool_take_own(&store->env->pool);
    if (!entry) return false;
    const struct atk_recent_place place = place_in(entry->recent, token);
    const uint64_t newest = atk_env_newest_snapshot(store->env);
    const bool is_found = newest != 0 && atk_recent_is_noted(place, newest) &&
                          atk_recent_is_kept(place) && recall_verdict(token, place, ret);
    if (is_found) count_remembered(store, entry, ret);
    atk_pool_give(entry);
    return is_found;
}

/*
 * For an id that is looked up for the first time in this snapshot: true if its record is unchanged
 * since this very text was accepted.
 */
static bool recall_if_unchanged(struct atk_recent_table *table, const struct atk_presented *token,
                                struct atk_recent_place place, uint64_t stamp,
                                const MDB_val *record, struct atk_remembered *ret) {
    if (atk_recent_is_kept(place) &&
        atk_recent_renew(table, place, token->id, stamp, record->mv_data, record->mv_size))
        return recall_verdict(token, place, ret);
    atk_recent_note(place, token->id, stamp);
    return false;
}

/* Under a transaction. Returns 0, LMDB's code, or APITOKEN_E_DAMAGED. */
static int load_in(struct atk_lmdb *store, struct atk_pool_entry *entry,
                   const struct atk_presented *token, struct atk_loaded *ret_loaded) {
    MDB_val key = { APITOKEN_ID_LEN, (void *)(uintptr_t)token->id }, value = { 0, NULL };
    const uint64_t stamp = entry->snapshot;
    const struct atk_recent_place place = place_in(entry->recent, token);
    const bool is_noted = atk_recent_is_noted(place, stamp) && !store->remembers_nothing;
    ret_loaded->may_be_remembered = is_noted;
    ret_loaded->is_remembered = is_noted && atk_recent_is_kept(place) &&
                                recall_verdict(token, place, &ret_loaded->remembered);
    if (ret_loaded->is_remembered) return 0;
    if (is_noted) {
        ret_loaded->stamp = stamp;
        ret_loaded->generation = store->env->pool.generation;
    }
    int rc = mdb_get(entry->txn, store->env->hot, &key, &value);
    if (rc != 0) return rc;
    if (!is_noted && !store->remembers_nothing)
        ret_loaded->is_remembered = recall_if_unchanged(entry->recent, token, place, stamp, &value,
                                                        &ret_loaded->remembered);
    if (ret_loaded->is_remembered) return 0;
    return atk_tagged_hot_set(&ret_loaded->tagged, token->id, value.mv_data, value.mv_size)
               ? 0
               : APITOKEN_E_DAMAGED;
}

/* With the entry taken: what comes of a record, or a verdict, that was found. */
static inline void follow_load(const struct atk_lmdb *store, const struct atk_pool_entry *entry,
                               const struct atk_loaded *loaded) {
    if (loaded->is_remembered) {
        count_remembered(store, entry, &loaded->remembered);
        return;
    }
    const uint8_t *record = atk_tagged_hot_record(&loaded->tagged);
    atk_last_use_expect(&store->use, (uint32_t)atk_le_at(record + ATK_HOT_SLOT_AT, 4));
}

int atk_lmdb_load_record(struct atk_backend *backend, const struct atk_presented *token,
                         struct atk_loaded *ret_loaded, struct atk_deadline *deadline,
                         apitoken_error *err) {
    struct atk_lmdb *store = atk_lmdb_of(backend);
    struct atk_pool_entry *entry;
    if (!is_path_fresh(store, token)) ATK_TRY(atk_lmdb_check_path(store, false, err));
    ATK_TRY(atk_env_read_begin(store->env, deadline, &entry, err));
    int rc = load_in(store, entry, token, ret_loaded);
    if (rc == 0) follow_load(store, entry, ret_loaded);
    atk_env_read_end(entry);
    if (rc == 0) return 0;
    if (rc == MDB_NOTFOUND) return APITOKEN_E_NOT_FOUND; /* the usual miss: the caller says more */
    return rc == APITOKEN_E_DAMAGED ? atk_fail(err, rc, NULL)
                                    : atk_fail_mdb(err, rc, "read a token");
}

void atk_lmdb_remember_verdict(struct atk_backend *backend, const struct atk_presented *token,
                               const struct atk_loaded *loaded, const struct atk_hot_view *found) {
    struct atk_lmdb *store = atk_lmdb_of(backend);
    if (found->owner_len > ATK_RECENT_OWNER_MAX ||
        atk_tagged_hot_record_len(&loaded->tagged) > ATK_RECENT_RECORD_MAX)
        return;
    struct atk_pool_entry *entry = atk_pool_take_own(&store->env->pool);
    if (!entry) return;
    const struct atk_recent_place place = atk_recent_find(entry->recent, token->id);
    /* the generation cannot change while an entry is taken */
    if (loaded->generation == store->env->pool.generation &&
        atk_recent_is_noted(place, loaded->stamp)) {
        struct atk_recent *recent = &place.set->way[place.way];
        uint64_t made[2];
        if (!token->has_tag) {
            compute_tag(store, token, made);
            made[0] ^= token->keys_number;
        }
        atk_recent_put_tag(place, token->id, token->has_tag ? token->tag : made);
        recent->end_ms = found->end_ms;
        recent->slot = found->slot;
        recent->mark = atk_mark_of(found->verifier);
        recent->used_minute = 0;
        memcpy(recent->owner, found->owner, found->owner_len);
        atk_recent_put_record(entry->recent, place, atk_tagged_hot_record(&loaded->tagged),
                              atk_tagged_hot_record_len(&loaded->tagged));
        place.set->owner_len[place.way] = found->owner_len;
        place.set->word[place.way] = (found->flags & ATK_FLAG_WORD) != 0;
        place.set->is_kept[place.way] = true;
    }
    atk_pool_give(entry);
}

static int find_in(const struct atk_view *view, const struct atk_token_ref *token,
                   struct atk_hot *ret_hot, struct atk_row *ret_row, apitoken_error *err) {
    ATK_TRY(atk_hot_get(view, token->id, ret_hot, err));
    if (ret_hot->owner_len != token->owner_len ||
        memcmp(ret_hot->owner, token->owner, token->owner_len) != 0)
        return atk_fail(err, APITOKEN_E_NOT_FOUND, NULL);
    ATK_TRY(atk_row_get(view, ret_hot, token->id, ret_row, err));
    return atk_records_check_pair(ret_hot, ret_row, err);
}

int atk_lmdb_find_token(struct atk_backend *backend, const struct atk_token_ref *token,
                        struct atk_hot *ret_hot, struct atk_row *ret_row,
                        struct atk_deadline *deadline, apitoken_error *err) {
    struct atk_lmdb *store = atk_lmdb_of(backend);
    struct atk_pool_entry *entry;
    ATK_TRY(atk_lmdb_check_path(store, false, err));
    ATK_TRY(atk_env_read_begin(store->env, deadline, &entry, err));
    const struct atk_view view = atk_lmdb_view(store, entry->txn);
    int rc = find_in(&view, token, ret_hot, ret_row, err);
    atk_env_read_end(entry);
    return rc;
}

static int read_facts_in(struct atk_lmdb *store, MDB_txn *txn, struct atk_backend_facts *ret,
                         apitoken_error *err) {
    struct atk_state_record state;
    struct atk_space space;
    MDB_envinfo info;
    const struct atk_view view = atk_lmdb_view(store, txn);
    ATK_TRY(atk_state_get(&view, &state, err));
    ATK_TRY(atk_space_read(store->env, txn, state.limit_bytes, UINT64_MAX, &space, err));
    (void)mdb_env_info(store->env->mdb, &info);
    *ret = (struct atk_backend_facts){
        .tokens = state.tokens,
        .revoked = state.revoked,
        .transaction = state.transaction,
        .used_bytes =
            (space.used - (space.free < space.used ? space.free : 0)) * store->env->page_size,
        .spare_bytes = atk_space_spare_bytes(store->env, &space),
        .limit_bytes = state.limit_bytes,
        .readers = atk_env_count_readers(store->env),
        .readers_max = info.me_maxreaders,
        .oldest_reader = (uint32_t)space.reader_pid,
        .oldest_reader_transaction = space.reader_pid ? space.reader_transaction : 0,
        .pinned_bytes = space.pinned * store->env->page_size,
    };
    return 0;
}

int atk_lmdb_read_facts(struct atk_backend *backend, struct atk_backend_facts *ret_facts,
                        struct atk_deadline *deadline, apitoken_error *err) {
    struct atk_lmdb *store = atk_lmdb_of(backend);
    struct atk_pool_entry *entry;
    ATK_TRY(atk_lmdb_check_path(store, false, err));
    ATK_TRY(atk_env_read_begin(store->env, deadline, &entry, err));
    int rc = read_facts_in(store, entry->txn, ret_facts, err);
    atk_env_read_end(entry);
    return rc;
}
