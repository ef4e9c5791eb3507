/* SPDX-License-Identifier: MIT */
/* One file of a store, open in a directory of its own. */
#ifndef STORE_FILE_H
#define STORE_FILE_H

#include <fcntl.h>
#include <unistd.h>

#include "fixture.h"

struct store_file {
    struct fixture fixture; /* first: fixture_teardown() takes it */
    int dir_fd;
    int fd;
};

/* Opens the fixture's directory and, read-write, the file; O_CREAT in `flags` makes it. */
static inline void store_file_open(struct store_file *file, const char *name, int flags) {
    file->dir_fd = open(file->fixture.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    file->fd = openat(file->dir_fd, name, O_RDWR | O_CLOEXEC | flags, 0660);
    assert_true(file->dir_fd >= 0 && file->fd >= 0);
}

/* Of a struct that a store_file is the beginning of. */
static inline int store_file_teardown(void **state) {
    const struct store_file *file = *state;
    (void)close(file->fd);
    (void)close(file->dir_fd);
    return fixture_teardown(state);
}

#endif
