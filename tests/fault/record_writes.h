/* SPDX-License-Identifier: MIT */
/*
 * What this process does to the files of one directory tree, in order: the functions of
 * record_writes.c replace libc's, for the library and LMDB alike. A power loss leaves a prefix of
 * this log, less some of the parts that no barrier had made durable: disk.h.
 */
#ifndef RECORD_WRITES_H
#define RECORD_WRITES_H

#include <stddef.h>
#include <stdint.h>

#define RECORD_NAME 32

enum record_kind {
    RECORD_DATA,     /* bytes of a file */
    RECORD_SIZE,     /* a file has another size */
    RECORD_ENTER,    /* `object` has a name in `dir` now */
    RECORD_RENAME,   /* of `name` to `new_name`, both in `dir`; one step */
    RECORD_EXCHANGE, /* of what `name` and `new_name` stand for, both in `dir`; one step */
    RECORD_REMOVE,   /* of `name` from `dir` */
    RECORD_SYNC,     /* all that was done to `object` before, a file or a directory, is durable */
    /* ... only what the records from `at` on did to it: a write through an O_DSYNC descriptor */
    RECORD_SYNC_WRITE,
    RECORD_BEGIN, /* step `at` of the history begins */
    RECORD_ACK    /* ... was acknowledged */
};

struct record {
    enum record_kind kind;
    uint32_t object; /* files and directories in the order of their making; the root is 0 */
    uint32_t dir;
    int is_dir;  /* ENTER */
    uint64_t at; /* DATA: offset, SIZE: the size, SYNC_WRITE: number of a record */
    size_t len;  /* DATA */
    uint8_t *bytes;
    char name[RECORD_NAME], new_name[RECORD_NAME];
};

/* Begins a log of what happens below `root`, which holds nothing of interest yet. */
void record_start(const char *root);

/* Ends it. The records are the caller's until the next record_start(). */
const struct record *record_stop(size_t *ret_count);

/*
 * The first `len` bytes of every file made with this name are also written through a map: what
 * changed is found before each record.
 */
void record_watch(const char *name, size_t len);

void record_begin(uint64_t step);
void record_ack(uint64_t step);

#endif
