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

/* Which file it is, whatever its name. No other file has the same while it is open. */
struct atk_file_id {
    dev_t dev;
    ino_t ino;
};

static inline struct atk_file_id atk_file_id_of(const struct stat *st) {
    return (struct atk_file_id){ st->st_dev, st->st_ino };
}

static inline bool atk_file_is(struct atk_file_id id, const struct stat *st) {
    return id.dev == st->st_dev && id.ino == st->st_ino;
}

/* An open descriptor that closes itself. */
void atk_fd_close(const int *fd);
#define ATK_SCOPED_FD ATK_SCOPED(atk_fd_close) int

/* The length of a path without trailing slashes, which would make open(2) follow a link. */
size_t atk_path_len(const char *path);

/*
 * Reports a failed system call: APITOKEN_E_ACCESS, APITOKEN_E_DISK_FULL, APITOKEN_E_NOMEM,
 * APITOKEN_E_READ_ONLY_FS or APITOKEN_E_IO. The text is "cannot `action` `name`", or
 * "cannot `action`" if `name` is NULL.
 */
int atk_fail_errno(apitoken_error *err, int os_code, const char *action, const char *name);

enum atk_dir_allowed {
    ATK_DIR_ANY_OWNER = 1, /* it may belong to anybody, not only to this user or root */
    ATK_DIR_ANY_FS = 2     /* its file system need not be a tested one */
};

/*
 * Opens a store's directory. It must not be a symbolic link, must give no rights to others, and
 * must be on a file system that atk_fs_require_usable() finds usable. `allowed`: bits of enum
 * atk_dir_allowed.
 */
int atk_dir_open(const char *path, unsigned allowed, int *ret_fd, apitoken_error *err);

/*
 * Requires a file of a store to have one name only: under another one it may lie beside other lock
 * files, and whoever opens it there knows nothing of those who opened it here.
 */
int atk_member_require_one_name(const struct stat *st, const char *name, apitoken_error *err);

/*
 * Requires a file of a store to be a regular file with one name, and the same rules for its owner
 * and mode.
 */
int atk_member_require_safe(int dir_fd, const char *name, bool any_owner, struct stat *ret_stat,
                            apitoken_error *err);

/* Opens such a file, under the same rules. `flags` are those of open(2), without O_CREAT. */
int atk_member_open(int dir_fd, const char *name, int flags, bool any_owner, int *ret_fd,
                    apitoken_error *err);

/*
 * On an overlay file system: makes the file one of the upper layer, as the first writer would, if
 * this user may write it. Who has opened it below goes on reading the lower one.
 */
void atk_member_copy_up(int dir_fd, const char *name);

/* Creates a file, which must not exist yet, with exactly this mode. */
int atk_member_create(int dir_fd, const char *name, mode_t mode, int *ret_fd, apitoken_error *err);

/* Gives a file owner and group of another one, and those bits of its mode that `allowed` has. */
int atk_owner_copy(int fd, const struct stat *like, mode_t allowed, const char *name,
                   apitoken_error *err);

/* A file of a store that is lost and can be made anew. */
struct atk_lost_member {
    const char *name;
    const char *like;   /* the file of the store whose owner, group and mode it gets */
    uint64_t len;       /* of zeros, */
    uint64_t allocated; /* so many of which are allocated on disk */
};

/* Makes it: complete, or not at all. A crash may leave `name`.new. Not by two at a time. */
int atk_member_renew(int dir_fd, const struct atk_lost_member *lost, apitoken_error *err);

/* Writes all of data. */
int atk_write_all(int fd, const void *data, size_t len, const char *name, apitoken_error *err);

/*
 * Writes a file for its owner alone (0600): under a temporary name first, which is synced and then
 * renamed. `replaced` is the file to replace, whose owner and group the new one gets. With NULL
 * there must be none: APITOKEN_E_EXISTS.
 */
int atk_file_put(const char *path, const void *data, size_t len, const struct stat *replaced,
                 apitoken_error *err);

/* Renames a file or directory, but never replaces anything: APITOKEN_E_EXISTS. */
int atk_rename_new(const char *from, const char *to, apitoken_error *err);

/*
 * Exchanges the names of two files or directories in one step. APITOKEN_E_FILE_SYSTEM if the file
 * system cannot.
 */
int atk_rename_exchange(const char *one, const char *other, apitoken_error *err);

/* Syncs the directory that holds `path`. */
int atk_sync_parent(const char *path, apitoken_error *err);

#endif
