/* SPDX-License-Identifier: MIT */
#include "lmdb/tokens/space.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>

#include "base/attr.h"
#include "base/error.h"
#include "outside/allocate.h"
#include "outside/file_limit.h"
#include "outside/files.h"
#include "lmdb/form/error.h"
#include "lmdb/form/meta.h"

#define FREE_TREE 0 /* LMDB's handle of its free list, open in every transaction */

static uint64_t reserve_pages(uint64_t pages) {
    uint64_t share = pages / ATK_RESERVE_SHARE;
    return share > ATK_RESERVE_PAGES ? share : ATK_RESERVE_PAGES;
}

uint64_t atk_space_reserve_bytes(uint64_t limit_bytes, uint32_t page_size) {
    return reserve_pages(limit_bytes / page_size) * page_size;
}

uint64_t atk_space_map_bytes(uint64_t limit_bytes) {
    uint64_t bytes = ATK_SPACE_MIN;
    while (bytes < ATK_MAP_MAX && bytes / ATK_SPACE_TIMES < limit_bytes) bytes *= 2;
    return bytes;
}

/*
 * LMDB lists its readers only as lines of text: "pid thread transaction", with "-" for a
 * transaction that is reset.
 */
static int note_oldest(const char *line, void *ctx) {
    struct atk_space *space = ctx;
    unsigned long long transaction;
    int pid;
    if (sscanf(line, "%d %*s %llu", &pid, &transaction) != 2) return 0;
    if (transaction >= space->reader_transaction) return 0;
    space->reader_transaction = transaction;
    space->reader_pid = pid;
    return 0;
}

/*
 * Counts the pages of the free list: those that no reader can still see, and those that one keeps.
 * What the last transaction freed is neither: the next one could not use it in any case.
 */
static int count_free_pages(const struct atk_env *env, MDB_txn *txn, struct atk_space *space,
                            apitoken_error *err) {
    MDB_cursor *cursor;
    MDB_val key, value;
    const uint64_t newest = mdb_txn_id(txn);
    space->reader_transaction = newest;
    (void)mdb_reader_list(env->mdb, note_oldest, space);
    int rc = mdb_cursor_open(txn, FREE_TREE, &cursor);
    if (rc != 0) return atk_fail_mdb(err, rc, "read the free list");
    while ((rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) {
        uint64_t freed_by = 0, count = 0;
        if (key.mv_size != sizeof freed_by || value.mv_size < sizeof count) continue;
        memcpy(&freed_by, key.mv_data, sizeof freed_by);
        memcpy(&count, value.mv_data, sizeof count);
        if (freed_by < space->reader_transaction)
            space->free += count;
        else if (freed_by < newest)
            space->pinned += count;
    }
    mdb_cursor_close(cursor);
    return rc == MDB_NOTFOUND ? 0 : atk_fail_mdb(err, rc, "read the free list");
}

/*
 * More pages may be used than the limit has, some of them free again: it was lowered, or LMDB took
 * pages at the end for a value that needs several in a row.
 */
static uint64_t count_spare_with(const struct atk_space *space, uint64_t more) {
    const uint64_t pages = space->pages + space->free + more;
    return pages > space->used ? pages - space->used : 0;
}

static uint64_t count_spare(const struct atk_space *space) { return count_spare_with(space, 0); }

bool atk_space_has(const struct atk_space *space, uint64_t beyond) {
    uint64_t spare = count_spare(space);
    return spare >= space->reserve && spare - space->reserve >= beyond;
}

int atk_space_read(const struct atk_env *env, MDB_txn *read_txn, uint64_t limit_bytes,
                   uint64_t beyond, struct atk_space *ret, apitoken_error *err) {
    MDB_envinfo info;
    (void)mdb_env_info(env->mdb, &info);
    uint64_t pages = limit_bytes / env->page_size, used = info.me_last_pgno + 1;
    *ret = (struct atk_space){ .pages = pages, .used = used, .reserve = reserve_pages(pages) };
    if (atk_space_has(ret, beyond)) return 0;
    return count_free_pages(env, read_txn, ret, err);
}

uint64_t atk_space_spare_bytes(const struct atk_env *env, const struct atk_space *space) {
    uint64_t spare = count_spare(space);
    return spare > space->reserve ? (spare - space->reserve) * env->page_size : 0;
}

uint64_t atk_space_least_limit(const struct atk_env *env, const struct atk_space *space) {
    const uint64_t used = space->used - (space->free < space->used ? space->free : 0);
    uint64_t pages = used + ATK_RESERVE_PAGES;
    while (pages - reserve_pages(pages) < used) pages = used + reserve_pages(pages);
    return pages * env->page_size;
}

int atk_space_allocate(int fd, uint64_t bytes, uint64_t max_bytes, uint64_t *allocated,
                       apitoken_error *err) {
    uint64_t wanted = (bytes + ATK_ALLOC_STEP - 1) / ATK_ALLOC_STEP * ATK_ALLOC_STEP;
    const uint64_t limit = atk_file_limit();
    if (limit < max_bytes && limit < bytes)
        return atk_fail_errno(err, EFBIG, "allocate space for", ATK_DATA_FILE);
    if (wanted > max_bytes) wanted = max_bytes;
    if (wanted > limit) wanted = limit;
    if (wanted <= *allocated) return 0;
    ATK_TRY(atk_allocate(fd, *allocated, wanted, ATK_DATA_FILE, err));
    *allocated = wanted;
    return 0;
}

int atk_space_extend(struct atk_env *env, const struct atk_space *space, uint64_t beyond,
                     apitoken_error *err) {
    mdb_filehandle_t fd;
    int rc = mdb_env_get_fd(env->mdb, &fd);
    if (rc != 0) return atk_fail_mdb(err, rc, "extend the store");
    uint64_t pages = space->used + space->reserve + beyond,
             max = space->pages > space->used ? space->pages : space->used;
    return atk_space_allocate(fd, pages * env->page_size, max * env->page_size, &env->allocated,
                              err);
}

int atk_space_hold(const struct atk_env *env, uint64_t limit_bytes, apitoken_error *err) {
    MDB_envinfo info;
    mdb_filehandle_t fd;
    uint64_t allocated = 0;
    int rc = mdb_env_get_fd(env->mdb, &fd);
    if (rc == 0) rc = mdb_env_info(env->mdb, &info);
    if (rc != 0) return atk_fail_mdb(err, rc, "examine the store");
    const uint64_t used = (info.me_last_pgno + 1) * env->page_size,
                   reserve = atk_space_reserve_bytes(limit_bytes, env->page_size);
    return atk_space_allocate(fd, used + reserve, limit_bytes > used ? limit_bytes : used,
                              &allocated, err);
}

/* One call: the same zeros many times over. Whether all of them were written. */
static bool write_zeros(int fd, uint64_t at) {
    static const uint8_t zeros[4096];
    struct iovec pieces[ATK_WRITE_AHEAD_STEP / sizeof zeros];
    for (size_t i = 0; i < ATK_LEN(pieces); i++)
        pieces[i] = (struct iovec){ (void *)(uintptr_t)zeros, sizeof zeros };
    return pwritev(fd, pieces, ATK_LEN(pieces), (off_t)at) == (ssize_t)ATK_WRITE_AHEAD_STEP;
}

void atk_space_write_ahead(struct atk_env *env, const struct atk_space *space) {
    mdb_filehandle_t fd;
    const uint64_t used = space->used * env->page_size;
    const uint64_t from = env->written > used ? env->written : used;
    if (from - used >= ATK_WRITE_AHEAD_STEP / 2) return;
    if (from + ATK_WRITE_AHEAD_STEP > env->allocated || mdb_env_get_fd(env->mdb, &fd) != 0) return;
    if (write_zeros(fd, from)) env->written = from + ATK_WRITE_AHEAD_STEP;
}

bool atk_space_is_pinned(const struct atk_space *space, enum atk_space_need need) {
    uint64_t needed = need == ATK_SPACE_ALL    ? space->reserve
                      : need == ATK_SPACE_HALF ? space->reserve / 2
                                               : ATK_CHANGE_PAGES;
    return space->pinned >= ATK_CHANGE_PAGES && count_spare_with(space, space->pinned) >= needed;
}

/* The limit may have been changed since the long read began. */
static int read_newest(const struct atk_view *view, struct atk_space *ret) {
    struct atk_state_record state;
    ATK_TRY(atk_state_get(view, &state, NULL));
    return atk_space_read(view->env, view->txn, state.limit_bytes, 0, ret, NULL);
}

/* Looks in a snapshot of its own: the one of the long read does not know what was freed since. */
bool atk_space_is_in_the_way(struct atk_env *env, const struct atk_view *long_read) {
    struct atk_deadline none = atk_deadline_in(0);
    struct atk_pool_entry *entry;
    struct atk_space space;
    if (atk_env_read_begin(env, &none, &entry, NULL) < 0) return false;
    const struct atk_view newest = { env, entry->txn, long_read->keys };
    int rc = read_newest(&newest, &space);
    atk_env_read_end(entry);
    return rc == 0 && space.reader_pid != 0 && !atk_space_has(&space, 0) &&
           space.reader_transaction == mdb_txn_id(long_read->txn) &&
           space.pinned > count_spare(&space) / 2;
}

int atk_space_reserve(struct atk_env *env, const struct atk_space *space, enum atk_space_need need,
                      apitoken_error *err) {
    uint64_t spare = count_spare(space);
    if (need == ATK_SPACE_ANY) return 0;
    if (need == ATK_SPACE_HALF)
        return spare >= space->reserve / 2 ? 0
                                           : atk_fail(err, APITOKEN_E_FULL,
                                                      "the store is too full for this: grow it; a "
                                                      "revoke without a reason works");
    return spare >= space->reserve ? atk_space_extend(env, space, 0, err)
                                   : atk_fail(err, APITOKEN_E_FULL, NULL);
}

int atk_space_require_change(const struct atk_space *space, apitoken_error *err) {
    return space->pages == 0 || count_spare(space) >= ATK_REVOKE_PAGES
               ? 0
               : atk_fail(err, APITOKEN_E_FULL, NULL);
}
