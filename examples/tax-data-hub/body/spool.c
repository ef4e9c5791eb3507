/* SPDX-License-Identifier: MIT */
#include "body/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/types.h>
#include <unistd.h>

/*
 * For file systems without O_TMPFILE, such as older overlayfs. A crash between the two calls leaves
 * an empty file.
 */
static int open_and_unlink(int directory_fd) {
    static atomic_uint serial;
    char name[48];
    for (int attempt = 0; attempt < 100; attempt++) {
        snprintf(name, sizeof name, "spool-%d-%u", (int)getpid(), atomic_fetch_add(&serial, 1));
        int fd =
            openat(directory_fd, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0 && errno == EEXIST) continue;
        if (fd < 0) return -errno;
        unlinkat(directory_fd, name, 0);
        return fd;
    }
    return -EEXIST;
}

int spool_open(int directory_fd) {
    int fd = openat(directory_fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0) return fd;
    if (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT) return -errno;
    return open_and_unlink(directory_fd);
}

int spool_write(int fd, const void *bytes, size_t length) {
    const char *at = bytes;
    while (length > 0) {
        ssize_t written = write(fd, at, length);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return -errno;
        at += written;
        length -= (size_t)written;
    }
    return 0;
}

int spool_read(int fd, uint64_t offset, void *bytes, size_t length) {
    char *at = bytes;
    while (length > 0) {
        ssize_t got = pread(fd, at, length, (off_t)offset);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return -errno;
        if (got == 0) return -EIO; /* the file is shorter than what was written */
        at += got;
        offset += (uint64_t)got;
        length -= (size_t)got;
    }
    return 0;
}
