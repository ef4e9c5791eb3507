/* SPDX-License-Identifier: MIT */
#include "lmdb/tokens/space.h"

#include <stdio.h>
#include <string.h>
#include <sys/uio.h>

#include "base/attr.h"
#include "base/error.h"
#include "outside/files.h"
#include "lmdb/form/error.h"
#include "lmdb/form/meta.h"

#define FREE_TREE 0 /* LMDB's handle of its free list, open in every transaction */

static uint64_t reserve_pages(uint64_t pages) {
    uint64_t share = pages / ATK_RESERVE_SHARE;
    return share > ATK_RESERVE_PAGES ? share : ATK_RESERVE_PAGES;
}

uint64_t atk_space_reserve_bytes(uint64_t map_bytes, uint32_t page_size) {
    return reserve_pages(map_bytes / page_size) * page_size;
}

/*
 * LMDB lists its readers only as lines of text: "pid thread transaction", with "-" for a
 * transaction that is reset.
 */
static int note_oldest(const char *line, void *ctx) {
    uint64_t *oldest = ctx;
    unsigned long long transaction;
    int pid;
    if (sscanf(line, "%d %*s %llu", &pid, &transaction) == 2 && transaction < *oldest)
        *oldest = transaction;
    return 0;
}

/* Counts the pages of the free list that no reader can still see. */
static int count_free_pages(const struct atk_env *env, MDB_txn *txn, uint64_t *ret,
                            apitoken_error *err) {
    MDB_cursor *cursor;
    MDB_val key, value;
    uint64_t oldest = mdb_txn_id(txn), pages = 0;
    (void)mdb_reader_list(env->mdb, note_oldest, &oldest);
    int rc = mdb_cursor_open(txn, FREE_TREE, &cursor);
    if (rc != 0) return atk_fail_mdb(err, rc, "read the free list");
    while ((rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) {
        uint64_t freed_by = 0, count = 0;
        if (key.mv_size != sizeof freed_by || value.mv_size < sizeof count) continue;
        memcpy(&freed_by, key.mv_data, sizeof freed_by);
        memcpy(&count, value.mv_data, sizeof count);
        if (freed_by < oldest) pages += count;
    }
    mdb_cursor_close(cursor);
    if (rc != MDB_NOTFOUND) return atk_fail_mdb(err, rc, "read the free list");
    *ret = pages;
    return 0;
}

bool atk_space_has(const struct atk_space *space, uint64_t beyond) {
    uint64_t spare = space->pages - space->used + space->free;
    return spare >= space->reserve && spare - space->reserve >= beyond;
}

int atk_space_read(const struct atk_env *env, MDB_txn *read_txn, uint64_t beyond,
                   struct atk_space *ret, apitoken_error *err) {
    MDB_envinfo info;
    (void)mdb_env_info(env->mdb, &info);
    uint64_t pages = env->map_bytes / env->page_size, used = info.me_last_pgno + 1;
    *ret = (struct atk_space){ pages, used, 0, reserve_pages(pages) };
    if (atk_space_has(ret, beyond)) return 0;
    return count_free_pages(env, read_txn, &ret->free, err);
}

uint64_t atk_space_spare_bytes(const struct atk_env *env, const struct atk_space *space) {
    uint64_t spare = space->pages - space->used + space->free;
    return spare > space->reserve ? (spare - space->reserve) * env->page_size : 0;
}

int atk_space_allocate(int fd, uint64_t bytes, uint64_t map_bytes, uint64_t *allocated,
                       apitoken_error *err) {
    uint64_t wanted = (bytes + ATK_ALLOC_STEP - 1) / ATK_ALLOC_STEP * ATK_ALLOC_STEP;
    if (wanted > map_bytes) wanted = map_bytes;
    if (wanted <= *allocated) return 0;
    ATK_TRY(atk_allocate(fd, wanted, ATK_DATA_FILE, err));
    *allocated = wanted;
    return 0;
}

int atk_space_extend(struct atk_env *env, const struct atk_space *space, uint64_t beyond,
                     apitoken_error *err) {
    mdb_filehandle_t fd;
    int rc = mdb_env_get_fd(env->mdb, &fd);
    if (rc != 0) return atk_fail_mdb(err, rc, "extend the store");
    uint64_t pages = space->used + space->reserve + beyond;
    return atk_space_allocate(fd, pages * env->page_size, env->map_bytes, &env->allocated, err);
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

int atk_space_reserve(struct atk_env *env, const struct atk_space *space, enum atk_space_need need,
                      apitoken_error *err) {
    uint64_t spare = space->pages - space->used + space->free;
    if (need == ATK_SPACE_ANY) return 0;
    if (need == ATK_SPACE_HALF)
        return spare >= space->reserve / 2
                   ? 0
                   : atk_fail(err, APITOKEN_E_FULL,
                              "the store is too full to store a reason: revoke without one");
    return spare >= space->reserve ? atk_space_extend(env, space, 0, err)
                                   : atk_fail(err, APITOKEN_E_FULL, NULL);
}
