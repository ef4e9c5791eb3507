/* SPDX-License-Identifier: MIT */
/*
 * An operating system, a libsodium and an LMDB that can refuse. A program's own definition of a
 * function takes precedence over that of a shared library, so the functions of faulty.c are called
 * in place of the real ones. They call the real ones unless told to fail.
 */
#ifndef FAULTY_H
#define FAULTY_H

#include <sys/types.h>

#include "api.h"

#define MDB_READERS_FULL (-30790) /* LMDB's header is not for these tests */

/* What fails now; all 0 = nothing. */
struct fault {
    unsigned long fs_type;
    int is_read_only, has_no_inodes;
    int fsync_errno, renameat2_errno;
    int fallocate_errno; /* and nobody tells what is allocated already */
    unsigned fsyncs;     /* how many were made */
    off_t fallocate_len; /* unless 0: only requests of this length fail */
    int no_sodium, no_memory, no_lock, no_chance;
    unsigned memory_first; /* without memory: so many are given before */
    unsigned interrupts;   /* how many of the next reads fail with EINTR */
    size_t read_len;       /* unless 0: no read gives more */
    int read_errno, fstat_errno;
    int begin, commit, renew;          /* LMDB's code */
    int sync, trees;                   /* the same; when trees are opened */
    int renew_at_once;                 /* not only after a commit failed */
    int commit_anyway;                 /* commit, and then say that it failed */
    unsigned commit_first;             /* so many are made before one fails */
    int meta_writes;                   /* how many meta page writes fail with EIO ... */
    int meta_anyway;                   /* ... after they were made */
    void (*meta_meanwhile)(void *ctx); /* called before each of them fails */
    void *meta_ctx;
    int home_errno, home_len; /* writes of the roll-back number fail, or write so many bytes */
    int is_committed;         /* a commit failed: from now on renew fails, too */
};
extern struct fault fault;

void all_well(void);

/*
 * The fixture with its store closed, so that it is opened with what fails; and its end, with
 * nothing that does.
 */
int faulty_setup(void **state);
int faulty_teardown(void **state);

#define FAULT_CASE(fn) cmocka_unit_test_setup_teardown(fn, faulty_setup, faulty_teardown)

#endif
