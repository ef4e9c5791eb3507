/* SPDX-License-Identifier: MIT */
/*
 * LD_PRELOAD for the hub's test: appends the length of each range that the hub releases with
 * madvise() to the file that HUB_RELEASE_LOG names, one a line. While the file that
 * HUB_RELEASE_HOLD names exists, it does not return.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static void log_length(const char *path, size_t length) {
    char line[32];
    int written = snprintf(line, sizeof line, "%zu\n", length);
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, line, (size_t)written) != written) abort();
    close(fd);
}

__attribute__((visibility("default"))) int madvise(void *address, size_t length, int advice) {
    const struct timespec pause = { 0, 10000000 };
    const char *log = getenv("HUB_RELEASE_LOG");
    const char *hold = getenv("HUB_RELEASE_HOLD");
    if (log) log_length(log, length);
    while (hold && access(hold, F_OK) == 0) nanosleep(&pause, NULL);
    return (int)syscall(SYS_madvise, address, length, advice);
}
