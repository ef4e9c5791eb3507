/* SPDX-License-Identifier: MIT */
/*
 * Where a file is mapped in this process.
 */
#ifndef TAX_DATA_HUB_FILE_MAP_H
#define TAX_DATA_HUB_FILE_MAP_H

#include <stddef.h>

struct file_map {
    void *address; /* NULL = not known */
    size_t length;
};

/* The mapping of the file behind a descriptor, from /proc/self/maps. */
struct file_map file_map_find(int fd);

/*
 * Lets go of the pages of a shared, read-only mapping of a file: they no longer count as memory of
 * this process and stay in the page cache. Whoever reads them next maps them again.
 */
void file_map_release(const struct file_map *map);

#endif
