/* SPDX-License-Identifier: MIT */
/*
 * Files and directories. Opening follows no symbolic links and requires a safe owner and mode.
 * Writing replaces a whole file or leaves it alone.
 */
#ifndef APITOKEN_OUTSIDE_FILES_H
#define APITOKEN_OUTSIDE_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/attr.h"
#include "base/limits.h"

/* An open descriptor that closes itself. */
void atk_fd_close(const int *fd);
#define ATK_SCOPED_FD ATK_SCOPED(atk_fd_close) int

/* The length of a path without trailing slashes, which would make open(2) follow a link. */
size_t atk_path_len(const char *path);

/*
 * Reports a failed system call: APITOKEN_E_ACCESS, APITOKEN_E_DISK_FULL, APITOKEN_E_NOMEM,
 * APITOKEN_E_READ_ONLY_FS or APITOKEN_E_IO. The text is "cannot `action` `name`".
 */
int atk_fail_errno(apitoken_error *err, int os_code, const char *action, const char *name);

/*
 * Opens a store's directory. It must not be a symbolic link, must belong to this user or root
 * (with `any_owner`, to anybody), must give no rights to others, and must be on a local, writable
 * file system.
 */
int atk_dir_open(const char *path, bool any_owner, int *ret_fd, apitoken_error *err);

/* Refuses network and read-only file systems. */
int atk_fs_require_usable(int fd, const char *path, apitoken_error *err);

/* Requires a file of a store to be a regular file, with the same rules for its owner and mode. */
int atk_member_require_safe(int dir_fd, const char *name, bool any_owner, struct stat *ret_stat,
                            apitoken_error *err);

/* Opens such a file, under the same rules. `flags` are those of open(2), without O_CREAT. */
int atk_member_open(int dir_fd, const char *name, int flags, bool any_owner, int *ret_fd,
                    apitoken_error *err);

/* Creates a file, which must not exist yet, with exactly this mode. */
int atk_member_create(int dir_fd, const char *name, mode_t mode, int *ret_fd, apitoken_error *err);

/*
 * Allocates disk space for the first `size` bytes of a file and makes the file at least that long.
 * On a file system that cannot allocate, only the length is set.
 */
int atk_allocate(int fd, uint64_t size, const char *name, apitoken_error *err);

/* Writes all of data. */
int atk_write_all(int fd, const void *data, size_t len, const char *name, apitoken_error *err);

/*
 * Writes a file for its owner alone (0600): under a temporary name first, which is synced and then
 * renamed. `replaced` is the file to replace, whose owner and group the new one gets. With NULL
 * there must be none: APITOKEN_E_EXISTS.
 */
int atk_file_put(const char *path, const void *data, size_t len, const struct stat *replaced,
                 apitoken_error *err);

/* rename(2), but never replaces anything: APITOKEN_E_EXISTS. */
int atk_rename_new(const char *from, const char *to, apitoken_error *err);

/* Exchanges the names of two files or directories in one step. */
int atk_rename_exchange(const char *one, const char *other, apitoken_error *err);

/* Syncs the directory that holds `path`. */
int atk_sync_parent(const char *path, apitoken_error *err);

#endif
