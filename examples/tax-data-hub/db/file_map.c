/* SPDX-License-Identifier: MIT */
#include "db/file_map.h"

#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

struct file_map file_map_find(int fd) {
    struct file_map found = { NULL, 0 };
    struct stat file;
    char line[512];
    unsigned long begin, end, inode;
    unsigned major_number, minor_number;
    FILE *maps = fstat(fd, &file) == 0 ? fopen("/proc/self/maps", "re") : NULL;
    if (!maps) return found;
    while (!found.address && fgets(line, sizeof line, maps)) {
        if (sscanf(line, "%lx-%lx %*s %*x %x:%x %lu", &begin, &end, &major_number, &minor_number,
                   &inode) != 5)
            continue; /* the rest of a long line */
        if (inode == file.st_ino && major_number == major(file.st_dev) &&
            minor_number == minor(file.st_dev))
            found = (struct file_map){ (void *)(uintptr_t)begin, end - begin };
    }
    fclose(maps);
    return found;
}

/*
 * A read of one page maps its neighbours, too: fault_around_bytes, aligned to these, and from Linux
 * 6.18 on the whole folio, which file systems make as large as a huge page.
 */
#define AROUND ((uintptr_t)2 << 20)

static uintptr_t round_up(uintptr_t address, uintptr_t unit) {
    return (address + unit - 1) / unit * unit;
}

void file_map_release(const struct file_map *map, const void *begin, size_t length, bool is_last) {
    const uintptr_t low = (uintptr_t)map->address;
    const uintptr_t high = low + map->length;
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t from = (uintptr_t)begin / AROUND * AROUND;
    uintptr_t to = round_up((uintptr_t)begin + length, is_last ? AROUND : page);
    if (from < low) from = low;
    if (to > high) to = high;
    if (map->address && from < to) madvise((void *)from, to - from, MADV_DONTNEED);
}
