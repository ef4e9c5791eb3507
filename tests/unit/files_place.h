/* SPDX-License-Identifier: MIT */
/* A directory for each test of files, and helpers for what is in it. */
#ifndef FILES_PLACE_H
#define FILES_PLACE_H

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "samples.h"

#define NOBODY 65534

static inline int place_setup(void **state) {
    struct fixture *f = malloc(sizeof *f);
    assert_non_null(f);
    fixture_make_dir(f);
    assert_int_equal(chmod(f->dir, 0750), 0);
    *state = f;
    return 0;
}

static inline const char *at(const struct fixture *f, const char *name) {
    static char paths[4][128];
    static unsigned turn;
    char *path = paths[turn++ % 4];
    (void)snprintf(path, sizeof paths[0], "%s/%s", f->dir, name);
    return path;
}

static inline void make(const char *path, mode_t mode, const char *text) {
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(fchmod(fd, mode), 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(close(fd), 0);
}

static inline void assert_content(const char *path, const char *text) {
    char got[64] = "";
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(read(fd, got, sizeof got - 1), strlen(text));
    assert_int_equal(close(fd), 0);
    assert_string_equal(got, text);
}

static inline unsigned entries_of(const char *dir) {
    unsigned count = 0;
    DIR *d = opendir(dir);
    assert_non_null(d);
    while (readdir(d)) count++;
    assert_int_equal(closedir(d), 0);
    return count - 2; /* . and .. */
}

#define WITH_DIR(test) cmocka_unit_test_setup_teardown(test, place_setup, fixture_teardown)

#endif
