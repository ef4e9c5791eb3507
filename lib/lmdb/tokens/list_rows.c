/* SPDX-License-Identifier: MIT */
/* Lists rows in the order of their keys: those of one owner, or of all that begin with a text. */
#include <string.h>

#include "base/attr.h"
#include "base/error.h"
#include "lmdb/form/error.h"
#include "lmdb/tokens/engine.h"
#include "lmdb/tokens/records.h"

#define CACHE_LINE 64
#define FETCHED_LINES 6 /* about two rows */

/*
 * Rows behind a place, of owners whose length is from `shortest` to `longest` and who begin with a
 * prefix. A key begins with the owner's length and the owner: so the rows are one piece for each
 * length.
 */
struct range {
    const struct atk_keys *keys;
    MDB_cursor *cursor;
    const struct atk_row_place *after; /* NULL: all */
    const char *prefix;
    size_t prefix_len;
    size_t shortest, longest;
};

static int seek(const struct range *range, const uint8_t *at, size_t len, MDB_val *key,
                MDB_val *value) {
    *key = (MDB_val){ len, (void *)(uintptr_t)at };
    return mdb_cursor_get(range->cursor, key, value, MDB_SET_RANGE);
}

/* Moves to the first row of an owner of this length, or behind where it would be. */
static int seek_length(const struct range *range, size_t owner_len, MDB_val *key, MDB_val *value) {
    uint8_t at[ATK_ROW_KEY_MAX];
    at[0] = (uint8_t)owner_len;
    memcpy(at + 1, range->prefix, range->prefix_len);
    return seek(range, at, 1 + range->prefix_len, key, value);
}

static int seek_behind_place(const struct range *range, MDB_val *key, MDB_val *value) {
    uint8_t at[ATK_ROW_KEY_MAX];
    const size_t len =
        atk_row_key(range->after->owner, range->after->owner_len, range->after->id, at);
    int rc = seek(range, at, len, key, value);
    if (rc == 0 && key->mv_size == len && memcmp(key->mv_data, at, len) == 0)
        rc = mdb_cursor_get(range->cursor, key, value, MDB_NEXT);
    return rc;
}

/*
 * 0 if a row is in the range; else the length of the owners among which the next one that is in it
 * is to be sought. A key that is no row's counts as one in the range: who reads it refuses it.
 */
static size_t next_length(const struct range *range, const MDB_val *key) {
    if (key->mv_size == 0) return 0;
    const uint8_t *bytes = key->mv_data;
    const size_t there = key->mv_size - 1,
                 compared = there < range->prefix_len ? there : range->prefix_len;
    if (bytes[0] < range->shortest) return range->shortest;
    /* without a prefix no call, as this is done for every row */
    const int order = compared ? memcmp(bytes + 1, range->prefix, compared) : 0;
    if (order == 0 && bytes[0] <= range->longest) return 0;
    return order < 0 ? bytes[0] : bytes[0] + 1u;
}

/*
 * Moves from a row to the first one in the range that is not before it. MDB_NOTFOUND: there is
 * none. Two steps for each length at most, unless keys are out of order.
 */
static int enter_range(const struct range *range, MDB_val *key, MDB_val *value) {
    for (size_t steps = 0; steps <= 2 * APITOKEN_OWNER_MAX; steps++) {
        const size_t owner_len = next_length(range, key);
        if (owner_len == 0) return 0;
        if (owner_len > range->longest) return MDB_NOTFOUND;
        int rc = seek_length(range, owner_len, key, value);
        if (rc != 0) return rc;
    }
    return MDB_CORRUPTED;
}

/*
 * Prefetches the next rows. An owner's rows are written in order, and LMDB fills a page from its
 * end: so the next ones mostly lie right before this one in memory, which the processor's own
 * prefetcher does not expect.
 */
static void prefetch_next(const MDB_val *value) {
    const char *row = value->mv_data;
    for (int line = 1; line <= FETCHED_LINES; line++) __builtin_prefetch(row - line * CACHE_LINE);
}

/* Out of the way of rows that can be read, as the detail is large: it is read again for that. */
static int skip_row(const struct range *range, const struct atk_row_visits *visits,
                    const MDB_val *key, const MDB_val *value, int rc, apitoken_error *err) {
    struct atk_row_view row;
    apitoken_error detail = APITOKEN_ERROR_INIT;
    const char *bytes = key->mv_data;
    (void)atk_row_read_view(range->keys, key, value, &row, &detail);
    if (!visits->skip || key->mv_size <= 1 + APITOKEN_ID_LEN || key->mv_size > ATK_ROW_KEY_MAX) {
        (void)atk_fail_as(err, &detail);
        return rc;
    }
    const struct atk_token_ref token = { bytes + 1, key->mv_size - 1 - APITOKEN_ID_LEN,
                                         bytes + key->mv_size - APITOKEN_ID_LEN };
    return visits->skip(visits->ctx, &token, &detail);
}

static int visit_row(const struct range *range, const struct atk_row_visits *visits,
                     const MDB_val *key, const MDB_val *value, apitoken_error *err) {
    struct atk_row_view row;
    prefetch_next(value);
    int rc = atk_row_read_view(range->keys, key, value, &row, NULL);
    if (rc < 0) return skip_row(range, visits, key, value, rc, err);
    return visits->visit(visits->ctx, &row, err);
}

/* Whether the call has seen as many rows as it may, or has gone on for as long. */
static bool is_over(const struct atk_row_visits *visits, uint32_t seen, int64_t begin_us) {
    if (seen == visits->limit) return true;
    return seen > 0 && seen % ATK_LIST_LOOK_ROWS == 0 &&
           atk_monotonic_us() - begin_us >= visits->limit_us;
}

static int seek_first(const struct range *range, MDB_val *key, MDB_val *value) {
    int rc = range->after ? seek_behind_place(range, key, value)
                          : seek_length(range, range->shortest, key, value);
    return rc == 0 ? enter_range(range, key, value) : rc;
}

static int seek_next(const struct range *range, MDB_val *key, MDB_val *value) {
    int rc = mdb_cursor_get(range->cursor, key, value, MDB_NEXT);
    return rc == 0 ? enter_range(range, key, value) : rc;
}

static int visit_rows(const struct range *range, const struct atk_row_visits *visits,
                      bool *ret_more, apitoken_error *err) {
    const int64_t begin_us = atk_monotonic_us();
    int visited = ATK_VISIT_NEXT;
    MDB_val key, value;
    int rc = seek_first(range, &key, &value);
    *ret_more = false;
    for (uint32_t seen = 0; rc == 0; seen++) {
        /* the next page begins with this row; if it is damaged, this page says nothing of it */
        *ret_more = visited == ATK_VISIT_STOP || is_over(visits, seen, begin_us);
        if (*ret_more) return 0;
        visited = visit_row(range, visits, &key, &value, err);
        if (visited < 0) return visited;
        rc = seek_next(range, &key, &value);
    }
    return rc == MDB_NOTFOUND ? 0 : atk_fail_mdb(err, rc, "list tokens");
}

static int list_range(struct atk_lmdb *store, struct range *range,
                      const struct atk_row_visits *visits, bool *ret_more,
                      struct atk_deadline *deadline, apitoken_error *err) {
    struct atk_pool_entry *entry;
    range->keys = store->base.keys;
    ATK_TRY(atk_lmdb_check_path(store, false, err));
    ATK_TRY(atk_env_read_begin(store->env, deadline, &entry, err));
    int rc = mdb_cursor_open(entry->txn, store->env->rows, &range->cursor);
    if (rc == 0) {
        rc = visit_rows(range, visits, ret_more, err);
        mdb_cursor_close(range->cursor);
    } else {
        rc = atk_fail_mdb(err, rc, "list tokens");
    }
    atk_env_read_end(entry);
    return rc;
}

int atk_lmdb_list_rows(struct atk_backend *backend, const struct atk_page_query *query,
                       bool *ret_more, struct atk_deadline *deadline, apitoken_error *err) {
    struct atk_row_place after = { .owner_len = query->owner_len };
    struct range range = { .after = query->after ? &after : NULL,
                           .prefix = query->owner,
                           .prefix_len = query->owner_len,
                           .shortest = query->owner_len,
                           .longest = query->owner_len };
    if (query->after) {
        memcpy(after.owner, query->owner, query->owner_len);
        memcpy(after.id, query->after, sizeof after.id);
    }
    return list_range(atk_lmdb_of(backend), &range, &query->visits, ret_more, deadline, err);
}

int atk_lmdb_list_all_rows(struct atk_backend *backend, const struct atk_all_rows_query *query,
                           bool *ret_more, struct atk_deadline *deadline, apitoken_error *err) {
    struct range range = { .after = query->after,
                           .prefix = query->owner_prefix,
                           .prefix_len = query->owner_prefix_len,
                           .shortest = query->owner_prefix_len ? query->owner_prefix_len : 1,
                           .longest = APITOKEN_OWNER_MAX };
    return list_range(atk_lmdb_of(backend), &range, &query->visits, ret_more, deadline, err);
}
