/* SPDX-License-Identifier: MIT */
/*
 * For LD_PRELOAD: a slow disk. Every sync takes SLOW_DISK milliseconds longer, and so does every
 * write through a descriptor that syncs by itself: LMDB writes its meta pages that way. Files that
 * stand in memory have no disk and are left alone.
 *
 * SLOW_DISK=8 sh tests/run.sh runs all tests over it.
 */
/* pwrite() and pwrite64() are two functions here, so no header may rename one to the other */
#undef _FILE_OFFSET_BITS
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "real.h"

#define SHOWN __attribute__((visibility("default")))

static int64_t delay_ns;

__attribute__((constructor)) static void read_settings(void) {
    const char *ms = getenv("SLOW_DISK");
    delay_ns = ms ? strtoll(ms, NULL, 10) * 1000000 : 0;
}

/* By system call: a test may have put functions of its own before libc's, and count their calls. */
static int is_in_memory(int fd) {
    struct statfs fs;
    return syscall(SYS_fstatfs, fd, &fs) == 0 && fs.f_type == TMPFS_MAGIC;
}

static void wait_for_disk_of(int fd) {
    struct timespec end;
    if (delay_ns <= 0 || is_in_memory(fd)) return;
    (void)syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &end);
    end.tv_nsec += delay_ns % 1000000000;
    end.tv_sec += delay_ns / 1000000000 + end.tv_nsec / 1000000000;
    end.tv_nsec %= 1000000000;
    /* a disk takes no notice of signals */
    while (syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL) != 0 &&
           errno == EINTR)
        continue;
}

static void slow_down(int fd) {
    const int saved = errno;
    wait_for_disk_of(fd);
    errno = saved;
}

static void slow_down_if_synced(int fd) {
    const int saved = errno;
    const long flags = syscall(SYS_fcntl, fd, F_GETFL);
    if (flags >= 0 && flags & O_DSYNC) wait_for_disk_of(fd); /* O_SYNC includes it */
    errno = saved;
}

SHOWN int fsync(int fd) {
    int (*real)(int);
    REAL(real, "fsync");
    slow_down(fd);
    return real(fd);
}

SHOWN int fdatasync(int fd) {
    int (*real)(int);
    REAL(real, "fdatasync");
    slow_down(fd);
    return real(fd);
}

SHOWN int msync(void *address, size_t len, int flags) {
    int (*real)(void *, size_t, int);
    REAL(real, "msync");
    if (flags & MS_SYNC) slow_down(-1);
    return real(address, len, flags);
}

SHOWN int sync_file_range(int fd, off64_t at, off64_t len, unsigned flags) {
    int (*real)(int, off64_t, off64_t, unsigned);
    REAL(real, "sync_file_range");
    slow_down(fd);
    return real(fd, at, len, flags);
}

SHOWN ssize_t pwrite(int fd, const void *data, size_t len, off_t at) {
    ssize_t (*real)(int, const void *, size_t, off_t);
    REAL(real, "pwrite");
    slow_down_if_synced(fd);
    return real(fd, data, len, at);
}

SHOWN ssize_t pwrite64(int fd, const void *data, size_t len, off64_t at) {
    ssize_t (*real)(int, const void *, size_t, off64_t);
    REAL(real, "pwrite64");
    slow_down_if_synced(fd);
    return real(fd, data, len, at);
}
