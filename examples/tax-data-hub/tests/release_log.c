/* SPDX-License-Identifier: MIT */
/*
 * LD_PRELOAD for the hub's test: appends the length of each range that the hub releases with
 * madvise() to the file that HUB_RELEASE_LOG names, one a line.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

__attribute__((visibility("default"))) int madvise(void *address, size_t length, int advice) {
    const char *path = getenv("HUB_RELEASE_LOG");
    char line[32];
    int fd = path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
    if (fd >= 0) {
        int written = snprintf(line, sizeof line, "%zu\n", length);
        if (write(fd, line, (size_t)written) != written) abort();
        close(fd);
    }
    return (int)syscall(SYS_madvise, address, length, advice);
}
