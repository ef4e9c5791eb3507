/* SPDX-License-Identifier: MIT */
/* Where a file is mapped into this process. */
#ifndef TAX_DATA_HUB_FILE_MAP_H
#define TAX_DATA_HUB_FILE_MAP_H

#include <stdbool.h>
#include <stddef.h>

struct file_map {
    void *address; /* NULL = unknown */
    size_t length;
};

/* Finds the mapping of an open file in /proc/self/maps. */
struct file_map file_map_find(int fd);

/*
 * Releases the pages of a shared, read-only mapping that lie in the range: they no longer count as
 * resident memory of this process but stay in the page cache. The next access maps them again. A
 * release costs every thread of the process something, so it is for large ranges that are read
 * once. What the reads have mapped before the range is released as well; what they have mapped
 * behind it only if it is the last one, as it is read next.
 */
void file_map_release(const struct file_map *map, const void *begin, size_t length, bool is_last);

#endif
