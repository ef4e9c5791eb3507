/* SPDX-License-Identifier: MIT */
#include "faulty.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "failed_commit.h"
#include "real.h"

/* LMDB writes the part of a meta page behind its head in one go: 120 bytes at 32 of the page. */
#define META_WRITE_LEN 120
#define META_WRITE_AT 32

/* The head of last-use and of writer.lock, by the name that the library calls. */
#define HOME_LEN 48

struct fault fault;

void all_well(void) { memset(&fault, 0, sizeof fault); }

/* LMDB's and libsodium's, as far as they are stood before; their headers are not for this test. */
int mdb_txn_begin(void *env, void *parent, unsigned flags, void **ret_txn);
int mdb_txn_commit(void *txn);
int mdb_txn_renew(void *txn);
int mdb_env_sync(void *env, int force);
int mdb_dbi_open(void *txn, const char *name, unsigned flags, unsigned *ret);
int sodium_init(void);
void randombytes_buf(void *data, size_t len);
void *sodium_malloc(size_t size);
int sodium_mlock(void *data, size_t size);

int fstatfs(int fd, struct statfs *fs) {
    int (*real)(int, struct statfs *);
    REAL(real, "fstatfs64");
    int rc = real(fd, fs);
    if (rc == 0 && fault.fs_type) memcpy(&fs->f_type, &fault.fs_type, sizeof fs->f_type);
    if (rc == 0 && fault.has_no_inodes) fs->f_files = 0;
    return rc;
}

int fstatvfs(int fd, struct statvfs *fs) {
    int (*real)(int, struct statvfs *);
    REAL(real, "fstatvfs64");
    int rc = real(fd, fs);
    if (rc == 0 && fault.is_read_only) fs->f_flag |= ST_RDONLY;
    return rc;
}

int fsync(int fd) {
    int (*real)(int);
    REAL(real, "fsync");
    fault.fsyncs++;
    if (!fault.fsync_errno) return real(fd);
    errno = fault.fsync_errno;
    return -1;
}

int fallocate(int fd, int mode, off_t offset, off_t len) {
    int (*real)(int, int, off_t, off_t);
    REAL(real, "fallocate64");
    if (!fault.fallocate_errno || (fault.fallocate_len && fault.fallocate_len != len))
        return real(fd, mode, offset, len);
    errno = fault.fallocate_errno;
    return -1;
}

int ioctl(int fd, unsigned long request, ...) {
    int (*real)(int, unsigned long, void *);
    va_list list;
    va_start(list, request);
    void *argument = va_arg(list, void *);
    va_end(list);
    REAL(real, "ioctl");
    if (!fault.fallocate_errno) return real(fd, request, argument);
    errno = EOPNOTSUPP;
    return -1;
}

int renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags) {
    int (*real)(int, const char *, int, const char *, unsigned);
    REAL(real, "renameat2");
    if (!fault.renameat2_errno) return real(from_dir, from, to_dir, to, flags);
    errno = fault.renameat2_errno;
    return -1;
}

ssize_t read(int fd, void *data, size_t len) {
    ssize_t (*real)(int, void *, size_t);
    REAL(real, "read");
    int os_code = fault.interrupts ? EINTR : fault.read_errno;
    if (!os_code)
        return real(fd, data, fault.read_len && fault.read_len < len ? fault.read_len : len);
    if (fault.interrupts) fault.interrupts--;
    errno = os_code;
    return -1;
}

int fstat(int fd, struct stat *st) {
    int (*real)(int, struct stat *);
    REAL(real, "fstat64");
    if (!fault.fstat_errno) return real(fd, st);
    errno = fault.fstat_errno;
    return -1;
}

/* By its plain name, which LMDB calls; the header would make it pwrite64. */
ssize_t pwrite_plain(int fd, const void *data, size_t len, off_t offset) __asm__("pwrite");
ssize_t pwrite_plain(int fd, const void *data, size_t len, off_t offset) {
    ssize_t (*real)(int, const void *, size_t, off_t);
    REAL(real, "pwrite");
    if (fault.meta_writes == 0 || len != META_WRITE_LEN ||
        offset % sysconf(_SC_PAGESIZE) != META_WRITE_AT)
        return real(fd, data, len, offset);
    fault.meta_writes--;
    if (fault.meta_meanwhile) fault.meta_meanwhile(fault.meta_ctx);
    if (fault.meta_anyway) (void)real(fd, data, len, offset);
    errno = EIO;
    return -1;
}

ssize_t pwrite(int fd, const void *data, size_t len, off_t offset) {
    ssize_t (*real)(int, const void *, size_t, off_t);
    REAL(real, "pwrite64");
    if (len != HOME_LEN || offset != 0 || (!fault.home_errno && !fault.home_len))
        return real(fd, data, len, offset);
    errno = fault.home_errno;
    return fault.home_errno ? -1 : real(fd, data, (size_t)fault.home_len, offset);
}

int sodium_init(void) {
    int (*real)(void);
    REAL(real, "sodium_init");
    return fault.no_sodium ? -1 : real();
}

/* Without chance the same bytes come again and again. */
void randombytes_buf(void *data, size_t len) {
    void (*real)(void *, size_t);
    REAL(real, "randombytes_buf");
    real(data, len);
    if (fault.no_chance) memset(data, 1, len);
}

void *sodium_malloc(size_t size) {
    void *(*real)(size_t);
    REAL(real, "sodium_malloc");
    if (!fault.no_memory) return real(size);
    if (fault.memory_first == 0) return NULL;
    fault.memory_first--;
    return real(size);
}

int sodium_mlock(void *data, size_t size) {
    int (*real)(void *, size_t);
    REAL(real, "sodium_mlock");
    return fault.no_lock ? -1 : real(data, size);
}

int mdb_txn_begin(void *env, void *parent, unsigned flags, void **ret_txn) {
    int (*real)(void *, void *, unsigned, void **);
    REAL(real, "mdb_txn_begin");
    return fault.begin ? fault.begin : real(env, parent, flags, ret_txn);
}

int mdb_txn_commit(void *txn) {
    int (*real)(void *);
    REAL(real, "mdb_txn_commit");
    if (!fault.commit) return real(txn);
    if (fault.commit_first > 0) {
        fault.commit_first--;
        return real(txn);
    }
    fault.is_committed = 1;
    return fail_commit(txn, fault.commit_anyway, fault.commit);
}

int mdb_txn_renew(void *txn) {
    int (*real)(void *);
    REAL(real, "mdb_txn_renew");
    return fault.renew && (fault.is_committed || fault.renew_at_once) ? fault.renew : real(txn);
}

int mdb_env_sync(void *env, int force) {
    int (*real)(void *, int);
    REAL(real, "mdb_env_sync");
    return fault.sync ? fault.sync : real(env, force);
}

int mdb_dbi_open(void *txn, const char *name, unsigned flags, unsigned *ret) {
    int (*real)(void *, const char *, unsigned, unsigned *);
    REAL(real, "mdb_dbi_open");
    return fault.trees ? fault.trees : real(txn, name, flags, ret);
}

int faulty_setup(void **state) {
    all_well();
    return setup_closed(state);
}

int faulty_teardown(void **state) {
    all_well();
    return fixture_teardown(state);
}
