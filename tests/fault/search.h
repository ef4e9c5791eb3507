/* SPDX-License-Identifier: MIT */
/*
 * A search for needles in the whole memory of this process and in files. It allocates no memory,
 * starts nothing and prints nothing, so it finds what was there before.
 */
#ifndef SEARCH_H
#define SEARCH_H

#include <stddef.h>
#include <stdint.h>

#define SEARCH_TOLD 4

/* A needle where none should be. */
struct search_place {
    char where[128]; /* the region's line in /proc/self/smaps, or a file */
    const char *shape;
    uintptr_t at;
    int kind;
};

struct search {
    int kinds; /* NEEDLE_ bits to look for */
    /* those that may lie in guarded memory, which is what a core dump leaves out */
    int guarded;
    uint64_t bytes;                         /* looked at */
    uint64_t allowed;                       /* needles in guarded memory */
    uint64_t found;                         /* needles elsewhere */
    struct search_place place[SEARCH_TOLD]; /* the first ones */
};

/* Where the caller itself keeps things in clear: memory that is not looked at. */
void search_spare(const void *from, size_t len);

/* All of this process's memory: every page that is there, whatever its protection. */
void search_memory(struct search *s);

/*
 * A file of a megabyte and more that has not changed since is not searched for the same needles
 * again, until search_forget().
 */
void search_file(struct search *s, const char *path);
void search_dir(struct search *s, const char *path); /* the files in it */
void search_forget(void);

#endif
