/* SPDX-License-Identifier: MIT */
#include "lmdb/process/meta_map.h"

#include <sys/mman.h>

#include "base/error.h"
#include "lmdb/form/meta.h"
#include "outside/files.h"

_Static_assert(META_NUMBER_AT % sizeof(uint64_t) == 0, "a number is read in one piece");

int atk_meta_map_open(int data_fd, uint32_t page_size, struct atk_meta_map *ret_meta,
                      apitoken_error *err) {
    const size_t len = 2 * (size_t)page_size;
    char *map = mmap(NULL, len, PROT_READ, MAP_SHARED, data_fd, 0);
    if (map == MAP_FAILED) return atk_fail_errno(err, errno, "map", ATK_DATA_FILE);
    *ret_meta = (struct atk_meta_map){ .map = map, .len = len };
    for (unsigned i = 0; i < 2; i++)
        ret_meta->number[i] =
            (const uint64_t *)(const void *)(map + i * (size_t)page_size + META_NUMBER_AT);
    return 0;
}

void atk_meta_map_close(struct atk_meta_map *meta) {
    if (meta->map) (void)munmap(meta->map, meta->len);
    *meta = (struct atk_meta_map){ 0 };
}
