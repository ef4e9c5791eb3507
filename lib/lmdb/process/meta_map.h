/* SPDX-License-Identifier: MIT */
/*
 * The two meta pages of data.mdb, mapped as LMDB maps the file. A snapshot is read through the map,
 * but its number comes from lock.mdb. If the map is that of another file than the one that writers
 * write, the number goes up and the map stays as it is. That happens on an overlay file system: who
 * opened the file of a lower layer for reading keeps it, and the first writer gets a copy with the
 * same inode number.
 */
#ifndef APITOKEN_LMDB_PROCESS_META_MAP_H
#define APITOKEN_LMDB_PROCESS_META_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "apitoken/apitoken.h"

/* All zeros: not mapped. */
struct atk_meta_map {
    void *map;
    size_t len;
    const uint64_t *number[2]; /* of the transaction that wrote the meta page */
};

/* Maps through LMDB's own descriptor of data.mdb, which leads to the file that LMDB has mapped. */
int atk_meta_map_open(int data_fd, uint32_t page_size, struct atk_meta_map *ret_meta,
                      apitoken_error *err);
void atk_meta_map_close(struct atk_meta_map *meta);

/*
 * Whether the map has come as far as the snapshot with this number: transaction N writes meta page
 * N modulo 2, before its number can be read in lock.mdb. No transaction has the number 0, which is
 * what a lock.mdb of zeros says.
 */
static inline bool atk_meta_map_has(const struct atk_meta_map *meta, uint64_t number) {
    return number - 1 < __atomic_load_n(meta->number[number & 1], __ATOMIC_ACQUIRE);
}

#endif
