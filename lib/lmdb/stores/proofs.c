/* SPDX-License-Identifier: MIT */
#include "lmdb/stores/proofs.h"

#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "rules/text.h"

void atk_proofs_init(struct atk_proofs *proofs, const struct atk_view *backup) {
    memset(proofs, 0, sizeof *proofs);
    proofs->backup = backup;
    atk_keys_record_init(&proofs->keys);
}

void atk_proofs_free(struct atk_proofs *proofs) {
    free(proofs->list);
    free(proofs->owners);
    free(proofs->erased);
    free(proofs->bytes);
    atk_proofs_init(proofs, NULL);
}

/* ---- memory ---------------------------------------------------------------------------------- */

/* Makes room for `more` elements after `count`. Returns the array, perhaps moved, or NULL. */
static void *grow_array(void *array, size_t size, size_t count, size_t more, size_t *room) {
    if (array && *room - count >= more) return array;
    size_t wanted = 2 * (count + more);
    void *larger = realloc(array, wanted * size);
    if (larger) *room = wanted;
    return larger;
}

static bool keep_bytes(struct atk_proofs *p, const uint8_t *bytes, size_t len) {
    uint8_t *all = grow_array(p->bytes, 1, p->bytes_len, len, &p->bytes_room);
    if (!all) return false;
    p->bytes = all;
    memcpy(all + p->bytes_len, bytes, len);
    p->bytes_len += len;
    return true;
}

static void raise_floor(struct atk_proofs *p, uint64_t floor) {
    if (floor > p->id_floor) p->id_floor = floor;
}

/* ---- the newest record of each token --------------------------------------------------------- */

/* The latest revision comes first, and of records of one revision one that is revoked. */
static int compare_entries(const void *left, const void *right) {
    const struct atk_proof_entry *a = left, *b = right;
    int order = memcmp(a->id, b->id, sizeof a->id);
    if (order != 0) return order;
    if (a->is_row != b->is_row) return a->is_row ? 1 : -1;
    if (a->revision != b->revision) return a->revision > b->revision ? -1 : 1;
    const unsigned of_a = a->flags & ATK_FLAG_REVOKED, of_b = b->flags & ATK_FLAG_REVOKED;
    if (of_a != of_b) return of_a ? -1 : 1;
    return (a->at > b->at) - (a->at < b->at);
}

static bool is_same_record(const struct atk_proof_entry *a, const struct atk_proof_entry *b) {
    return a->is_row == b->is_row && memcmp(a->id, b->id, sizeof a->id) == 0;
}

/* Owners, too, keep their bytes there: only those of tokens are dropped, if there are any. */
static void drop_older_records(struct atk_proofs *p) {
    size_t kept = 0;
    if (p->count > 1) qsort(p->list, p->count, sizeof *p->list, compare_entries);
    for (size_t i = 0; i < p->count; i++)
        if (kept == 0 || !is_same_record(&p->list[kept - 1], &p->list[i]))
            p->list[kept++] = p->list[i];
    p->count = kept;
}

static void move_bytes(const uint8_t *from, size_t *at, size_t len, uint8_t *to, size_t *to_len) {
    if (len) memcpy(to + *to_len, from + *at, len);
    *at = *to_len;
    *to_len += len;
}

/* Frees the bytes of dropped records. A damaged file has many versions of one record. */
static bool pack_bytes(struct atk_proofs *p) {
    uint8_t *packed = malloc(p->bytes_len + 1);
    size_t len = 0;
    if (!packed) return false;
    for (size_t i = 0; i < p->count; i++)
        move_bytes(p->bytes, &p->list[i].at, (size_t)p->list[i].key_len + p->list[i].len, packed,
                   &len);
    for (size_t i = 0; i < p->owner_count; i++)
        move_bytes(p->bytes, &p->owners[i].at, p->owners[i].len, packed, &len);
    free(p->bytes);
    p->bytes = packed;
    p->bytes_room = p->bytes_len + 1;
    p->bytes_len = len;
    return true;
}

static bool make_room(struct atk_proofs *p) {
    if (p->count < p->room) return true;
    if (p->count > 0 && !p->is_whole) {
        drop_older_records(p);
        if (!pack_bytes(p)) return false;
    }
    /* at least as much again, so that it is seldom done */
    struct atk_proof_entry *list =
        grow_array(p->list, sizeof *list, p->count, p->count / 2 + 1, &p->room);
    if (list) p->list = list;
    return list != NULL;
}

/* ---- adding ---------------------------------------------------------------------------------- */

static bool is_of_backup(const struct atk_proofs *p, MDB_dbi tree, const uint8_t *key,
                         size_t key_len, const MDB_val *value) {
    MDB_val wanted = { key_len, (void *)(uintptr_t)key }, found;
    return mdb_get(p->backup->txn, tree, &wanted, &found) == 0 && found.mv_size == value->mv_size &&
           memcmp(found.mv_data, value->mv_data, value->mv_size) == 0;
}

/* An entry of which id, revision, kind and flags are known. */
static int add_entry(struct atk_proofs *p, struct atk_proof_entry entry, const uint8_t *key,
                     size_t key_len, const MDB_val *value) {
    const struct atk_env *env = p->backup->env;
    const bool is_same = is_of_backup(p, entry.is_row ? env->rows : env->hot, key, key_len, value);
    if (!make_room(p)) return APITOKEN_E_NOMEM;
    entry.at = p->bytes_len;
    entry.key_len = entry.is_row && !is_same ? (uint8_t)key_len : 0;
    entry.len = is_same ? 0 : (uint16_t)value->mv_size;
    if (!keep_bytes(p, key, entry.key_len) || !keep_bytes(p, value->mv_data, entry.len))
        return APITOKEN_E_NOMEM;
    p->list[p->count++] = entry;
    raise_floor(p, atk_id_tick(entry.id));
    return 0;
}

static bool ends_with_id(const uint8_t *key, size_t key_len) {
    return key_len >= APITOKEN_ID_LEN &&
           atk_id_is_valid((const char *)key + key_len - APITOKEN_ID_LEN, APITOKEN_ID_LEN);
}

static int add_hot(struct atk_proofs *p, const uint8_t *key, size_t key_len, const MDB_val *value) {
    struct atk_hot_view hot;
    struct atk_proof_entry entry = { .is_row = false };
    if (key_len != APITOKEN_ID_LEN || !ends_with_id(key, key_len) ||
        atk_hot_parse_view(value->mv_data, value->mv_size, &hot) < 0)
        return 0;
    memcpy(entry.id, key, sizeof entry.id);
    entry.revision = hot.revision;
    entry.flags = hot.flags;
    return add_entry(p, entry, key, key_len, value);
}

static int add_row(struct atk_proofs *p, const uint8_t *key, size_t key_len, const MDB_val *value) {
    struct atk_row_view row;
    struct atk_proof_entry entry = { .is_row = true };
    if (key_len <= 1 + APITOKEN_ID_LEN || key_len > ATK_ROW_KEY_MAX ||
        !ends_with_id(key, key_len) || atk_row_parse_view(value->mv_data, value->mv_size, &row) < 0)
        return 0;
    memcpy(entry.id, key + key_len - APITOKEN_ID_LEN, sizeof entry.id);
    entry.revision = row.revision;
    entry.flags = row.flags;
    return add_entry(p, entry, key, key_len, value);
}

static int add_owner(struct atk_proofs *p, const void *owner, size_t owner_len, uint32_t revision,
                     const MDB_val *record) {
    struct atk_proof_owner *owners =
        grow_array(p->owners, sizeof *owners, p->owner_count, 1, &p->owner_room);
    if (!owners) return APITOKEN_E_NOMEM;
    p->owners = owners;
    struct atk_proof_owner *added = &owners[p->owner_count];
    *added = (struct atk_proof_owner){ .owner_len = (uint8_t)owner_len,
                                       .revision = revision,
                                       .len = (uint16_t)record->mv_size,
                                       .at = p->bytes_len };
    memcpy(added->owner, owner, owner_len);
    if (!keep_bytes(p, record->mv_data, record->mv_size)) return APITOKEN_E_NOMEM;
    p->owner_count++;
    return 0;
}

static int add_owner_record(struct atk_proofs *p, const uint8_t *key, size_t key_len,
                            const MDB_val *value) {
    struct atk_owner_record record;
    if (key_len == 0 || key_len > APITOKEN_OWNER_MAX ||
        atk_owner_record_parse(value->mv_data, value->mv_size, &record) < 0)
        return 0;
    return add_owner(p, key, key_len, record.revision, value);
}

/* Only one whose text is gone says anything. */
static int add_audit(struct atk_proofs *p, const uint8_t *key, size_t key_len,
                     const MDB_val *value) {
    struct atk_audit audit;
    uint64_t chain;
    if (key_len != ATK_AUDIT_KEY_LEN ||
        atk_audit_parse(value->mv_data, value->mv_size, &audit) < 0 || audit.text_len > 0)
        return 0;
    struct atk_audit_head *erased =
        grow_array(p->erased, sizeof *erased, p->erased_count, 1, &p->erased_room);
    if (!erased) return APITOKEN_E_NOMEM;
    p->erased = erased;
    atk_audit_key_parse(key, &chain, &erased[p->erased_count].number);
    memcpy(erased[p->erased_count++].tag, audit.tag, sizeof audit.tag);
    return 0;
}

static void add_keys(struct atk_proofs *p, const MDB_val *value) {
    struct atk_keys_record keys;
    if (atk_keys_decode(value->mv_data, value->mv_size, &keys) == 0)
        (void)atk_keys_record_merge(&p->keys, &keys);
}

static void add_state(struct atk_proofs *p, const MDB_val *value) {
    struct atk_state_record state;
    if (atk_state_record_decode(value->mv_data, value->mv_size, &state) == 0)
        raise_floor(p, state.id_floor);
}

int atk_proofs_add(struct atk_proofs *p, const uint8_t *key, size_t key_len, const uint8_t *value,
                   size_t len) {
    const MDB_val record = { len, (void *)(uintptr_t)value };
    if (len < ATK_RECORD_HEAD || len > UINT16_MAX) return 0;
    switch (value[1]) {
    case ATK_TYPE_HOT: return add_hot(p, key, key_len, &record);
    case ATK_TYPE_ROW: return add_row(p, key, key_len, &record);
    case ATK_TYPE_OWNER: return add_owner_record(p, key, key_len, &record);
    case ATK_TYPE_AUDIT: return add_audit(p, key, key_len, &record);
    case ATK_TYPE_KEYS: add_keys(p, &record); return 0;
    case ATK_TYPE_STATE: add_state(p, &record); return 0;
    default: return 0;
    }
}

/* ---- completing ------------------------------------------------------------------------------ */

static int compare_owners(const void *left, const void *right) {
    const struct atk_proof_owner *a = left, *b = right;
    if (a->owner_len != b->owner_len) return a->owner_len < b->owner_len ? -1 : 1;
    int order = memcmp(a->owner, b->owner, a->owner_len);
    if (order != 0) return order;
    return a->revision > b->revision ? -1 : a->revision < b->revision;
}

static int compare_erased(const void *left, const void *right) {
    const struct atk_audit_head *a = left, *b = right;
    if (a->number != b->number) return a->number < b->number ? -1 : 1;
    return memcmp(a->tag, b->tag, sizeof a->tag);
}

static bool is_same_owner(const struct atk_proof_owner *a, const struct atk_proof_owner *b) {
    return a->owner_len == b->owner_len && memcmp(a->owner, b->owner, a->owner_len) == 0;
}

/* Of each owner the record of the highest revision. */
static void drop_older_owners(struct atk_proofs *p) {
    size_t kept = 0;
    if (p->owner_count > 1) qsort(p->owners, p->owner_count, sizeof *p->owners, compare_owners);
    for (size_t i = 0; i < p->owner_count; i++)
        if (kept == 0 || !is_same_owner(&p->owners[kept - 1], &p->owners[i]))
            p->owners[kept++] = p->owners[i];
    p->owner_count = kept;
}

/* Whether a record is not older than that of the backup, if that has the token. */
static bool is_current(const struct atk_proofs *p, const struct atk_proof_entry *entry) {
    struct atk_hot hot;
    return p->is_whole || atk_hot_get(p->backup, entry->id, &hot, NULL) < 0 ||
           hot.revision <= entry->revision;
}

/* Index of the first owner that is not below this one; the owners are in order. */
static size_t place_of_owner(const struct atk_proofs *p, const struct atk_proof_owner *wanted) {
    size_t from = 0, to = p->owner_count;
    while (from < to) {
        const size_t middle = from + (to - from) / 2;
        if (compare_owners(&p->owners[middle], wanted) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

static struct atk_proof_owner owner_named(const void *owner, size_t owner_len) {
    struct atk_proof_owner named = { .owner_len = (uint8_t)owner_len, .revision = UINT32_MAX };
    memcpy(named.owner, owner, owner_len);
    return named;
}

/* Unless there is a record of the owner. */
static int insert_owner(struct atk_proofs *p, const void *owner, size_t owner_len) {
    struct atk_proof_owner added = owner_named(owner, owner_len);
    const size_t place = place_of_owner(p, &added);
    if (place < p->owner_count && is_same_owner(&p->owners[place], &added)) return 0;
    struct atk_proof_owner *owners =
        grow_array(p->owners, sizeof *owners, p->owner_count, 1, &p->owner_room);
    if (!owners) return APITOKEN_E_NOMEM;
    p->owners = owners;
    memmove(owners + place + 1, owners + place, (p->owner_count - place) * sizeof *owners);
    added.revision = 0;
    owners[place] = added;
    p->owner_count++;
    return 0;
}

/* The record of a blocked owner may be lost, while a token of that owner says it. */
static int add_owner_of(struct atk_proofs *p, const struct atk_proof_entry *entry) {
    struct atk_hot_view hot;
    if (!(entry->flags & ATK_FLAG_BLOCKED) || entry->len == 0 || !is_current(p, entry)) return 0;
    const uint8_t *bytes = p->bytes + entry->at;
    if (entry->is_row) return insert_owner(p, bytes + 1, entry->key_len - 1u - APITOKEN_ID_LEN);
    return atk_hot_parse_view(bytes, entry->len, &hot) < 0
               ? 0
               : insert_owner(p, hot.owner, hot.owner_len);
}

int atk_proofs_complete(struct atk_proofs *p) {
    drop_older_records(p);
    drop_older_owners(p);
    for (size_t i = 0; i < p->count; i++) ATK_TRY(add_owner_of(p, &p->list[i]));
    if (p->erased_count > 1) qsort(p->erased, p->erased_count, sizeof *p->erased, compare_erased);
    p->tokens = 0;
    for (size_t i = 0; i < p->count; i++)
        p->tokens += i == 0 || memcmp(p->list[i - 1].id, p->list[i].id, APITOKEN_ID_LEN) != 0;
    return 0;
}

/* ---- finding --------------------------------------------------------------------------------- */

/* Index of the first entry that is not below the id. */
static size_t first_of(const struct atk_proofs *p, const char *id) {
    size_t from = 0, to = p->count;
    while (from < to) {
        const size_t middle = from + (to - from) / 2;
        if (memcmp(p->list[middle].id, id, APITOKEN_ID_LEN) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

static const struct atk_proof_entry *entry_of(const struct atk_proofs *p, const char *id,
                                              bool is_row) {
    for (size_t i = first_of(p, id);
         i < p->count && memcmp(p->list[i].id, id, APITOKEN_ID_LEN) == 0; i++)
        if (p->list[i].is_row == is_row) return &p->list[i];
    return NULL;
}

enum atk_proof_found atk_proofs_find(const struct atk_proofs *p, const char *id) {
    const struct atk_proof_entry *hot = entry_of(p, id, false), *row = entry_of(p, id, true);
    if (!hot && !row) return ATK_PROOF_NONE;
    return (hot && hot->len > 0) || (row && row->len > 0) ? ATK_PROOF_DIFFERENT : ATK_PROOF_SAME;
}

static const struct atk_hot *get_hot(const struct atk_proofs *p,
                                     const struct atk_proof_entry *entry, const struct atk_hot *own,
                                     struct atk_hot *ret) {
    if (!entry || entry->len == 0) return entry ? own : NULL;
    if (atk_hot_decode(p->bytes + entry->at, entry->len, ret) < 0) return NULL;
    const bool is_same_owner =
        ret->owner_len == own->owner_len && memcmp(ret->owner, own->owner, own->owner_len) == 0;
    return is_same_owner ? ret : NULL;
}

static const struct atk_row *get_row(const struct atk_proofs *p,
                                     const struct atk_proof_entry *entry,
                                     const struct atk_hot *own_hot, const struct atk_row *own,
                                     struct atk_row *ret) {
    uint8_t key[ATK_ROW_KEY_MAX];
    if (!entry || entry->len == 0) return entry ? own : NULL;
    const uint8_t *bytes = p->bytes + entry->at;
    const size_t key_len = atk_row_key(own_hot->owner, own_hot->owner_len, entry->id, key);
    if (key_len != entry->key_len || memcmp(key, bytes, key_len) != 0 ||
        atk_row_decode(bytes + key_len, entry->len, ret) < 0)
        return NULL;
    return ret;
}

struct atk_proof atk_proofs_get(const struct atk_proofs *p, const char *id,
                                const struct atk_hot *hot, const struct atk_row *row,
                                struct atk_proof_records *records) {
    return (struct atk_proof){ .hot = get_hot(p, entry_of(p, id, false), hot, &records->hot),
                               .row = get_row(p, entry_of(p, id, true), hot, row, &records->row),
                               .is_whole = p->is_whole };
}

const struct atk_proof_owner *atk_proofs_find_owner(const struct atk_proofs *p, const char *owner,
                                                    size_t owner_len) {
    const struct atk_proof_owner wanted = owner_named(owner, owner_len);
    const size_t place = place_of_owner(p, &wanted);
    if (place == p->owner_count || !is_same_owner(&p->owners[place], &wanted)) return NULL;
    return &p->owners[place];
}

struct atk_owner_record atk_proofs_owner_record(const struct atk_proofs *p,
                                                const struct atk_proof_owner *owner) {
    struct atk_owner_record record;
    if (owner->len > 0 && atk_owner_record_parse(p->bytes + owner->at, owner->len, &record) == 0)
        return record;
    return (struct atk_owner_record){ .revision = 1, .flags = ATK_OWNER_BLOCKED };
}

bool atk_proofs_is_erased(const struct atk_proofs *p, uint64_t number,
                          const uint8_t tag[ATK_CHAIN_TAG_LEN]) {
    struct atk_audit_head wanted = { .number = number };
    memcpy(wanted.tag, tag, sizeof wanted.tag);
    return p->erased_count > 0 &&
           bsearch(&wanted, p->erased, p->erased_count, sizeof *p->erased, compare_erased) != NULL;
}
