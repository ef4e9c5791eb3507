/* SPDX-License-Identifier: MIT */
/*
 * Files and directories: opened without following links, checked for owner and mode, written whole
 * or not at all.
 */
#ifndef APITOKEN_OUTSIDE_FILES_H
#define APITOKEN_OUTSIDE_FILES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/limits.h"

/* An open descriptor that closes itself. */
void atk_fd_close(const int *fd);
#define ATK_SCOPED_FD ATK_SCOPED(atk_fd_close) int

/* 0, or APITOKEN_E_PATH. */
int atk_path_check(const char *path, apitoken_error *err);

/* Its length without slashes at the end, which would make a link's target of a link. */
size_t atk_path_len(const char *path);

/*
 * APITOKEN_E_ACCESS, _DISK_FULL, _NOMEM, _READ_ONLY_FS or _IO for an errno, with the name of what
 * it is about.
 */
int atk_fail_errno(apitoken_error *err, int os_code, const char *action, const char *name);

/*
 * Opens a store's directory: no link, owned by oneself or root (any_owner: anybody), nothing for
 * others, local and writable file system.
 */
int atk_dir_open(const char *path, int any_owner, int *ret_fd, apitoken_error *err);

/* Refuses network and read-only file systems. */
int atk_fs_check(int fd, const char *path, apitoken_error *err);

/* A file of a store's directory: there, no link, regular, same owner rule, nothing for others. */
int atk_member_check(int dir_fd, const char *name, int any_owner, struct stat *ret_stat,
                     apitoken_error *err);

/*
 * Opens such a file after the same check of what was opened. `flags` as for open(2), without
 * O_CREAT.
 */
int atk_member_open(int dir_fd, const char *name, int flags, int any_owner, int *ret_fd,
                    apitoken_error *err);

/* Makes a file that must not exist yet, with exactly this mode. */
int atk_member_create(int dir_fd, const char *name, mode_t mode, int *ret_fd, apitoken_error *err);

/*
 * Allocates disk space for bytes 0 to size and makes the file at least so long. Where the file
 * system can't, only the length.
 */
int atk_allocate(int fd, uint64_t size, const char *name, apitoken_error *err);

/* Writes all of data. */
int atk_write_all(int fd, const void *data, size_t len, const char *name, apitoken_error *err);

/*
 * Writes a secret file (0600) beside its name, syncs and puts it in place. `replaced` is what
 * stands there, whose owner and group the new one gets; NULL: nothing may, APITOKEN_E_EXISTS.
 */
int atk_file_put(const char *path, const void *data, size_t len, const struct stat *replaced,
                 apitoken_error *err);

/* rename(2) that never replaces: APITOKEN_E_EXISTS. */
int atk_rename_new(const char *from, const char *to, apitoken_error *err);

/* rename(2) of two that are there: each gets the other's name, in one step. */
int atk_rename_exchange(const char *one, const char *other, apitoken_error *err);

/* Syncs the directory that holds `path`. */
int atk_sync_parent(const char *path, apitoken_error *err);

#endif
