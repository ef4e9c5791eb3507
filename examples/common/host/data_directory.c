/* SPDX-License-Identifier: MIT */
#include "data_directory.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define MODE 0750
#define REFUSED_MODE (S_IRWXO | S_IWGRP)

static int refuse(int fd, int error, const char *why, const char **ret_why) {
    if (fd >= 0) close(fd);
    *ret_why = why;
    errno = error;
    return -1;
}

static int fail(int fd, const char **ret_why) {
    int error = errno;
    return refuse(fd, error, strerror(error), ret_why);
}

/* Without the slashes and dots at its end, which would lead through a link. */
static bool copy_path(const char *path, char ret_path[PATH_MAX]) {
    size_t length = strlen(path);
    if (length >= PATH_MAX) return false;
    memcpy(ret_path, path, length + 1);
    while (length > 1) {
        bool is_slash = ret_path[length - 1] == '/';
        bool is_dot = length > 2 && ret_path[length - 1] == '.' && ret_path[length - 2] == '/';
        if (!is_slash && !is_dot) break;
        ret_path[--length] = '\0';
    }
    return true;
}

static int open_checked(const char *path, bool was_made, const char **ret_why) {
    struct stat found;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        int error = errno;
        bool is_link = lstat(path, &found) == 0 && S_ISLNK(found.st_mode);
        errno = error;
        return is_link
                   ? refuse(-1, ELOOP, "it is a symbolic link: give the directory itself", ret_why)
                   : fail(-1, ret_why);
    }
    /* Set the mode explicitly: mkdir() applied the umask. */
    if ((was_made && fchmod(fd, MODE) != 0) || fstat(fd, &found) != 0) return fail(fd, ret_why);
    if (!(found.st_mode & REFUSED_MODE)) return fd;
    return refuse(fd, EPERM,
                  "other users may look into it, or its group may change it: chmod g-w,o-rwx",
                  ret_why);
}

int data_directory_open(const char *path, const char **ret_why) {
    char plain[PATH_MAX];
    if (!copy_path(path, plain)) return refuse(-1, ENAMETOOLONG, strerror(ENAMETOOLONG), ret_why);
    bool was_made = mkdir(plain, MODE) == 0;
    if (!was_made && errno != EEXIST) return fail(-1, ret_why);
    int fd = open_checked(plain, was_made, ret_why);
    if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) == 0) return fd;
    if (errno == EWOULDBLOCK) return refuse(fd, EWOULDBLOCK, "another host has it open", ret_why);
    return fail(fd, ret_why);
}

int data_directory_look(const char *path, const char **ret_why) {
    char plain[PATH_MAX];
    if (!copy_path(path, plain)) return refuse(-1, ENAMETOOLONG, strerror(ENAMETOOLONG), ret_why);
    return open_checked(plain, false, ret_why);
}
