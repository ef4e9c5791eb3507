/* SPDX-License-Identifier: MIT */
/*
 * Stands before libc: a sync of a file in memory is left out, since the kernel has nothing to do
 * for it, or takes PACED_SYNC_US. So no test waits for a disk that it does not use, whatever is
 * done to make syncs slow. A test that brings its own functions hides these.
 */
/* pwrite() and pwrite64() are two functions here, so no header may rename one to the other */
#undef _FILE_OFFSET_BITS
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "real.h"
#include "storage.h"

#define HIDEABLE __attribute__((weak))

static int is_paced;

void storage_pace_syncs(void) {
    storage_in_memory(STORAGE_USUAL);
    is_paced = 1;
}

/* By system call: tests count the calls of the library, and let them fail. */
static int is_in_memory(int fd) {
    struct statfs fs;
    return syscall(SYS_fstatfs, fd, &fs) == 0 && fs.f_type == TMPFS_MAGIC;
}

/* Like a disk, it takes no notice of signals. A thread may be cancelled here, as in a sync. */
static void pace(void) {
    struct timespec end;
    if (!is_paced) return;
    (void)clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_nsec += PACED_SYNC_US * 1000;
    end.tv_sec += end.tv_nsec / 1000000000;
    end.tv_nsec %= 1000000000;
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL) == EINTR) continue;
}

/* 1 if it was done here. */
static int stand_in(int fd) {
    const int saved = errno, is_here = is_in_memory(fd);
    if (is_here) pace();
    errno = saved;
    return is_here;
}

HIDEABLE int fsync(int fd) {
    int (*real)(int);
    REAL(real, "fsync");
    return stand_in(fd) ? 0 : real(fd);
}

HIDEABLE int fdatasync(int fd) {
    int (*real)(int);
    REAL(real, "fdatasync");
    return stand_in(fd) ? 0 : real(fd);
}

/*
 * LMDB writes its meta pages through a descriptor that syncs by itself. What was written can be
 * seen before the sync is over, as it is with a disk.
 */
static void pace_if_synced(int fd) {
    const int saved = errno;
    const long flags = is_paced ? syscall(SYS_fcntl, fd, F_GETFL) : 0;
    if (flags > 0 && flags & O_DSYNC) (void)stand_in(fd);
    errno = saved;
}

HIDEABLE ssize_t pwrite(int fd, const void *data, size_t len, off_t at) {
    ssize_t (*real)(int, const void *, size_t, off_t);
    REAL(real, "pwrite");
    const ssize_t done = real(fd, data, len, at);
    pace_if_synced(fd);
    return done;
}

HIDEABLE ssize_t pwrite64(int fd, const void *data, size_t len, off64_t at) {
    ssize_t (*real)(int, const void *, size_t, off64_t);
    REAL(real, "pwrite64");
    const ssize_t done = real(fd, data, len, at);
    pace_if_synced(fd);
    return done;
}
