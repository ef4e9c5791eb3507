/* SPDX-License-Identifier: MIT */
#include "data_directory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

int data_directory_open(const char *path) {
    bool made = mkdir(path, 0750) == 0;
    if (!made && errno != EEXIST) return -1;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return -1;
    /* Set the mode explicitly: mkdir() applied the umask. */
    if ((made && fchmod(fd, 0750) != 0) || flock(fd, LOCK_EX | LOCK_NB) != 0) {
        int error = errno;
        close(fd);
        errno = error;
        return -1;
    }
    return fd;
}
