/* SPDX-License-Identifier: MIT */
#include "lmdb/form/meta.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/error.h"
#include "outside/files.h"

#define DATA_VERSION 1
#define PAGE_SIZE_MIN 512
#define PAGE_SIZE_MAX 65536

static bool page_size_is_valid(uint32_t size) {
    return size >= PAGE_SIZE_MIN && size <= PAGE_SIZE_MAX && (size & (size - 1)) == 0;
}

bool atk_meta_read_both(int fd, struct atk_meta metas[2], uint32_t *ret_page_size) {
    uint8_t head[PAGE_HEAD + META_LEN];
    uint32_t page_size = 0;
    for (unsigned i = 0; i < 2; i++) {
        if (pread(fd, head, sizeof head, (off_t)i * page_size) != (ssize_t)sizeof head)
            return false;
        if (page_uint(head, PAGE_NUMBER_AT, 8) != i ||
            page_uint(head, PAGE_FLAGS_AT, 2) != PAGE_META)
            return false;
        metas[i] = atk_meta_read(head);
        if (!page_size_is_valid(metas[i].free.pad) || (i == 1 && metas[i].free.pad != page_size))
            return false;
        page_size = metas[i].free.pad;
    }
    *ret_page_size = page_size;
    return true;
}

static bool root_is_valid(const struct atk_tree *tree, uint64_t last_page) {
    return tree->root == NO_PAGE ? tree->depth == 0
                                 : tree->root >= 2 && tree->root <= last_page && tree->depth > 0;
}

/*
 * Transaction N writes meta page N modulo 2. The free tree has integer keys (flag 8), the main tree
 * no flags.
 */
static bool meta_is_valid(const struct atk_meta *meta, unsigned i, uint64_t root_max,
                          uint64_t pages) {
    if (meta->magic != META_MAGIC || meta->version != DATA_VERSION) return false;
    if (meta->transaction % 2 != i || meta->last_page < 1 || meta->last_page >= pages) return false;
    if (meta->map_bytes < ATK_MAP_MIN || meta->map_bytes > ATK_MAP_MAX) return false;
    if (meta->last_page >= meta->map_bytes / meta->free.pad) return false;
    if (meta->free.flags != 0x08 || meta->main.flags != 0) return false;
    return root_is_valid(&meta->free, root_max) && root_is_valid(&meta->main, root_max);
}

/*
 * The newer meta page's roots must lie within its own pages, the older one's only within the file:
 * when LMDB fails to write a meta page it puts the old numbers back beside the new roots, and that
 * page is not read any more.
 */
static bool metas_are_valid(const struct atk_meta metas[2], uint64_t pages, unsigned *ret_bad) {
    const unsigned newer = metas[1].transaction > metas[0].transaction;
    for (unsigned i = 0; i < 2; i++) {
        *ret_bad = i;
        if (!meta_is_valid(&metas[i], i, i == newer ? metas[i].last_page : pages - 1, pages))
            return false;
    }
    return true;
}

int atk_meta_check(int dir_fd, bool any_owner, uint64_t *ret_file_bytes, apitoken_error *err) {
    ATK_SCOPED_FD fd = -1;
    struct stat st;
    struct atk_meta metas[2];
    uint32_t page_size;
    ATK_TRY(atk_member_open(dir_fd, ATK_DATA_FILE, O_RDONLY, any_owner, &fd, err));
    if (fstat(fd, &st) != 0) return atk_fail_errno(err, errno, "examine", ATK_DATA_FILE);
    if (!atk_meta_read_both(fd, metas, &page_size))
        return atk_fail(err, APITOKEN_E_DAMAGED, "%s has no meta pages", ATK_DATA_FILE);
    unsigned bad;
    if (!metas_are_valid(metas, (uint64_t)st.st_size / page_size, &bad))
        return atk_fail(err, APITOKEN_E_DAMAGED,
                        "meta page %u of %s is damaged, or the file is truncated", bad,
                        ATK_DATA_FILE);
    *ret_file_bytes = (uint64_t)st.st_size;
    return 0;
}
