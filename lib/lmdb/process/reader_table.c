/* SPDX-License-Identifier: MIT */
#include "lmdb/process/reader_table.h"

#include <fcntl.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/error.h"
#include "outside/allocate.h"
#include "outside/files.h"
#include "lmdb/process/descriptors.h"

/*
 * Layout of LMDB 0.9's lock file on Linux (mdb.c: MDB_txninfo, MDB_reader): two heads padded to
 * cache lines, then a cache line per reader. LMDB writes a number of this form into the file; if it
 * is not the expected one, nothing is touched.
 */
#define CACHE_LINE 64
struct readers_head {
    uint32_t magic;
    uint32_t format;
    pthread_mutex_t reader_mutex;
    uint64_t transaction;
    uint32_t readers; /* entries that were ever used */
};
struct reader {
    uint64_t transaction; /* all ones: none */
    int32_t pid;          /* 0: free */
    pthread_t thread;
    char pad[CACHE_LINE - 24];
};
#define PADDED(size) (((size) + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE)
#define READERS_AT (PADDED(sizeof(struct readers_head)) + PADDED(sizeof(pthread_mutex_t)))
#define MAGIC 0xBEEFC0DEu

#define FORMAT 0x10001u /* lock version 1; each process locks the byte at its pid */

_Static_assert(sizeof(struct reader) == CACHE_LINE, "a reader is a cache line");
_Static_assert(offsetof(struct readers_head, readers) + sizeof(uint32_t) <=
                   PADDED(sizeof(struct readers_head)),
               "head");

#define FILE_SIZE (READERS_AT + (uint64_t)ATK_READERS_MAX * sizeof(struct reader))

static int allocate_file(int dir_fd, bool any_owner, apitoken_error *err) {
    ATK_SCOPED_FD fd = -1;
    ATK_TRY(atk_member_open(dir_fd, ATK_READERS_FILE, O_RDWR, any_owner, &fd, err));
    return atk_allocate(fd, 0, FILE_SIZE, ATK_READERS_FILE, err);
}

/* No process holds LMDB's lock for this pid. This one does not: it does not have the store open. */
static bool pid_is_free(int fd, pid_t pid) {
    struct flock lock;
    memset(&lock, 0, sizeof lock);
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start = pid;
    lock.l_len = 1;
    return fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type == F_UNLCK;
}

static bool has_layout(const struct readers_head *head) {
    return head->magic == MAGIC && head->format == FORMAT;
}

static unsigned clear_readers(void *map, size_t size, pid_t pid) {
    struct readers_head *head = map;
    struct reader *readers = (struct reader *)(void *)((char *)map + READERS_AT);
    if (!has_layout(head)) return 0;
    size_t used = head->readers, room = (size - READERS_AT) / sizeof *readers;
    unsigned cleared = 0;
    for (size_t i = 0; i < used && i < room; i++) {
        if (readers[i].pid != pid) continue;
        __atomic_store_n(&readers[i].transaction, UINT64_MAX, __ATOMIC_RELAXED);
        __atomic_store_n(&readers[i].pid, 0, __ATOMIC_RELEASE);
        cleared++;
    }
    return cleared;
}

static int clear_own(int dir_fd, bool any_owner, unsigned *ret_cleared, apitoken_error *err) {
    ATK_SCOPED_FD fd = -1;
    struct stat st;
    ATK_TRY(atk_member_open(dir_fd, ATK_READERS_FILE, O_RDWR, any_owner, &fd, err));
    if (fstat(fd, &st) != 0) return atk_fail_errno(err, errno, "examine", ATK_READERS_FILE);
    if ((uint64_t)st.st_size < FILE_SIZE || !pid_is_free(fd, getpid())) return 0;
    size_t size = (size_t)st.st_size;
    void *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED) return atk_fail_errno(err, errno, "map", ATK_READERS_FILE);
    *ret_cleared = clear_readers(map, size, getpid());
    (void)munmap(map, size);
    return 0;
}

static int map_head(int dir_fd, bool any_owner, struct atk_reader_head *ret_head,
                    apitoken_error *err) {
    ATK_SCOPED_FD fd = -1;
    struct stat st;
    ATK_TRY(atk_member_open(dir_fd, ATK_READERS_FILE, O_RDONLY, any_owner, &fd, err));
    if (fstat(fd, &st) != 0) return atk_fail_errno(err, errno, "examine", ATK_READERS_FILE);
    void *map = mmap(NULL, READERS_AT, PROT_READ, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED) return atk_fail_errno(err, errno, "map", ATK_READERS_FILE);
    *ret_head = (struct atk_reader_head){ map, st.st_dev, st.st_ino };
    return 0;
}

/*
 * These functions block fork(): a child forked while the file is open here would inherit it, and
 * could then not open the store itself.
 */
int atk_reader_table_allocate(int dir_fd, bool any_owner, apitoken_error *err) {
    int rc = atk_descriptors_block_fork();
    if (rc < 0) return atk_fail(err, rc, NULL);
    rc = allocate_file(dir_fd, any_owner, err);
    atk_descriptors_allow_fork();
    return rc;
}

int atk_reader_table_clear_own(int dir_fd, bool any_owner, unsigned *ret_cleared,
                               apitoken_error *err) {
    *ret_cleared = 0;
    int rc = atk_descriptors_block_fork();
    if (rc < 0) return atk_fail(err, rc, NULL);
    rc = clear_own(dir_fd, any_owner, ret_cleared, err);
    atk_descriptors_allow_fork();
    return rc;
}

int atk_reader_table_map(int dir_fd, bool any_owner, struct atk_reader_head *ret_head,
                         apitoken_error *err) {
    int rc = atk_descriptors_block_fork();
    if (rc < 0) return atk_fail(err, rc, NULL);
    rc = map_head(dir_fd, any_owner, ret_head, err);
    atk_descriptors_allow_fork();
    return rc;
}

void atk_reader_table_unmap(struct atk_reader_head *head) {
    if (head->map) (void)munmap((void *)(uintptr_t)head->map, READERS_AT);
    *head = (struct atk_reader_head){ 0 };
}

const uint64_t *atk_reader_table_newest(const struct atk_reader_head *head, int dir_fd) {
    const struct readers_head *table = head->map;
    struct stat st;
    if (fstatat(dir_fd, ATK_READERS_FILE, &st, AT_SYMLINK_NOFOLLOW) != 0) return NULL;
    if (st.st_dev != head->dev || st.st_ino != head->ino || !has_layout(table)) return NULL;
    return &table->transaction;
}
