/* SPDX-License-Identifier: MIT */
#include "outside/files.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/error.h"
#include "outside/allocate.h"
#include "outside/file_limit.h"
#include "outside/file_system.h"

void atk_fd_close(const int *fd) {
    if (*fd >= 0) (void)close(*fd);
}

int atk_fail_errno(apitoken_error *err, int os_code, const char *action, const char *name) {
    const char *blank = name ? " " : "";
    int code = APITOKEN_E_IO;
    if (!name) name = "";
    if (os_code == EACCES || os_code == EPERM) code = APITOKEN_E_ACCESS;
    if (os_code == ENOSPC || os_code == EDQUOT) code = APITOKEN_E_DISK_FULL;
    if (os_code == ENOMEM) code = APITOKEN_E_NOMEM;
    if (os_code == EROFS) code = APITOKEN_E_READ_ONLY_FS;
    if (os_code == EFBIG)
        return atk_fail_os(
            err, code, os_code,
            "cannot %s%s%s: the limit on the size of files (RLIMIT_FSIZE) is reached", action,
            blank, name);
    return atk_fail_os(err, code, os_code, "cannot %s%s%s", action, blank, name);
}

static bool owner_is_trusted(uid_t owner, bool any_owner) {
    return any_owner || owner == geteuid() || owner == 0;
}

static int require_safe(const struct stat *st, const char *name, bool any_owner,
                        apitoken_error *err) {
    if (!owner_is_trusted(st->st_uid, any_owner))
        return atk_fail(err, APITOKEN_E_UNSAFE, "%s is owned by user %lu", name,
                        (unsigned long)st->st_uid);
    if (st->st_mode & 07)
        return atk_fail(err, APITOKEN_E_UNSAFE, "%s is accessible to others (mode %04o)", name,
                        (unsigned)st->st_mode & 07777);
    return 0;
}

size_t atk_path_len(const char *path) {
    size_t len = strlen(path);
    while (len > 1 && path[len - 1] == '/') len--;
    return len;
}

int atk_dir_open(const char *given, unsigned allowed, int *ret_fd, apitoken_error *err) {
    char path[ATK_PATH_MAX + 1];
    (void)snprintf(path, sizeof path, "%.*s", (int)atk_path_len(given), given);
    ATK_SCOPED_FD fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        int os_code = errno;
        struct stat st;
        if (os_code == ENOENT)
            return atk_fail_os(err, APITOKEN_E_NO_STORE, os_code, "no store at %s", path);
        if (lstat(path, &st) == 0 && S_ISLNK(st.st_mode))
            return atk_fail(err, APITOKEN_E_SYMLINK, "%s is a symbolic link", path);
        if (os_code == ENOTDIR)
            return atk_fail_os(err, APITOKEN_E_NO_STORE, os_code, "%s is not a directory", path);
        return atk_fail_errno(err, os_code, "open", path);
    }
    struct stat st;
    if (fstat(fd, &st) != 0) return atk_fail_errno(err, errno, "examine", path);
    ATK_TRY(require_safe(&st, path, allowed & ATK_DIR_ANY_OWNER, err));
    ATK_TRY(atk_fs_require_usable(fd, path, allowed & ATK_DIR_ANY_FS, err));
    *ret_fd = fd;
    fd = -1;
    return 0;
}

int atk_member_require_one_name(const struct stat *st, const char *name, apitoken_error *err) {
    if (st->st_nlink <= 1) return 0;
    return atk_fail(err, APITOKEN_E_UNSAFE, "%s has %lu names (hard links) instead of one", name,
                    (unsigned long)st->st_nlink);
}

static int require_safe_member(const struct stat *st, const char *name, bool any_owner,
                               apitoken_error *err) {
    if (S_ISLNK(st->st_mode))
        return atk_fail(err, APITOKEN_E_SYMLINK, "%s is a symbolic link", name);
    if (!S_ISREG(st->st_mode))
        return atk_fail(err, APITOKEN_E_UNSAFE, "%s is not a regular file", name);
    ATK_TRY(atk_member_require_one_name(st, name, err));
    return require_safe(st, name, any_owner, err);
}

static int fail_missing(apitoken_error *err, int os_code, const char *name) {
    if (strcmp(name, "data.mdb") == 0)
        return atk_fail_os(err, APITOKEN_E_NO_STORE, os_code, "the directory contains no store");
    if (strcmp(name, "writer.lock") == 0)
        return atk_fail_os(err, APITOKEN_E_DAMAGED, os_code,
                           "%s of the store is missing: stop all hosts and restore a backup", name);
    return atk_fail_os(err, APITOKEN_E_DAMAGED, os_code, "%s of the store is missing", name);
}

int atk_member_require_safe(int dir_fd, const char *name, bool any_owner, struct stat *ret_stat,
                            apitoken_error *err) {
    if (fstatat(dir_fd, name, ret_stat, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT ? fail_missing(err, errno, name)
                               : atk_fail_errno(err, errno, "examine", name);
    return require_safe_member(ret_stat, name, any_owner, err);
}

int atk_member_open(int dir_fd, const char *name, int flags, bool any_owner, int *ret_fd,
                    apitoken_error *err) {
    ATK_SCOPED_FD fd = openat(dir_fd, name, flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        if (errno == ENOENT) return fail_missing(err, errno, name);
        if (errno == ELOOP)
            return atk_fail_os(err, APITOKEN_E_SYMLINK, errno, "%s is a symbolic link", name);
        return atk_fail_errno(err, errno, "open", name);
    }
    struct stat st;
    if (fstat(fd, &st) != 0) return atk_fail_errno(err, errno, "examine", name);
    ATK_TRY(require_safe_member(&st, name, any_owner, err));
    *ret_fd = fd;
    fd = -1;
    return 0;
}

void atk_member_copy_up(int dir_fd, const char *name) {
    if (!atk_fs_may_be_overlay(dir_fd)) return;
    ATK_SCOPED_FD fd = openat(dir_fd, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
}

int atk_member_create(int dir_fd, const char *name, mode_t mode, int *ret_fd, apitoken_error *err) {
    ATK_SCOPED_FD fd =
        openat(dir_fd, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return errno == EEXIST ? atk_fail(err, APITOKEN_E_EXISTS, "%s already exists", name)
                               : atk_fail_errno(err, errno, "create", name);
    if (fchmod(fd, mode) != 0) return atk_fail_errno(err, errno, "set the mode of", name);
    *ret_fd = fd;
    fd = -1;
    return 0;
}

int atk_owner_copy(int fd, const struct stat *like, mode_t allowed, const char *name,
                   apitoken_error *err) {
    if ((like->st_uid != geteuid() || like->st_gid != getegid()) &&
        fchown(fd, like->st_uid, like->st_gid) != 0)
        return atk_fail_errno(err, errno, "set the owner of", name);
    return fchmod(fd, like->st_mode & allowed) == 0
               ? 0
               : atk_fail_errno(err, errno, "set the mode of", name);
}

static int fill_and_rename(int dir_fd, int fd, const char *temporary,
                           const struct atk_lost_member *lost, apitoken_error *err) {
    struct stat like;
    ATK_TRY(atk_member_require_safe(dir_fd, lost->like, true, &like, err));
    ATK_TRY(atk_owner_copy(fd, &like, 0660, lost->name, err));
    if (lost->allocated) ATK_TRY(atk_allocate(fd, 0, lost->allocated, lost->name, err));
    if (ftruncate(fd, (off_t)lost->len) != 0)
        return atk_fail_errno(err, errno, "extend", lost->name);
    if (fsync(fd) != 0) return atk_fail_errno(err, errno, "sync", lost->name);
    if (renameat(dir_fd, temporary, dir_fd, lost->name) != 0)
        return atk_fail_errno(err, errno, "create", lost->name);
    return fsync(dir_fd) == 0 ? 0 : atk_fail_errno(err, errno, "sync", "the store's directory");
}

int atk_member_renew(int dir_fd, const struct atk_lost_member *lost, apitoken_error *err) {
    char temporary[32];
    ATK_SCOPED_FD fd = -1;
    (void)snprintf(temporary, sizeof temporary, "%s.new", lost->name);
    (void)unlinkat(dir_fd, temporary, 0); /* of one who crashed */
    ATK_TRY(atk_member_create(dir_fd, temporary, 0600, &fd, err));
    int rc = fill_and_rename(dir_fd, fd, temporary, lost, err);
    if (rc < 0) (void)unlinkat(dir_fd, temporary, 0);
    return rc;
}

int atk_write_all(int fd, const void *data, size_t len, const char *name, apitoken_error *err) {
    const char *at = (const char *)data;
    while (len > 0) {
        ssize_t done = write(fd, at, len);
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) return atk_fail_errno(err, errno, "write", name);
        at += done;
        len -= (size_t)done;
    }
    return 0;
}

#ifdef ATK_LACKS_RENAMEAT2
static int renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags) {
    return (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, flags);
}
#endif

/* Some file systems and old kernels know only rename(2) without flags. */
static bool lacks_flags(int os_code) {
    return os_code == ENOSYS || os_code == EINVAL || os_code == EOPNOTSUPP;
}

/*
 * A directory replaces an empty one that must be new; a file gets a second name that must be new.
 * A crash in between leaves that empty directory, or the file under both names. Returns 0 or an
 * errno.
 */
static int rename_without_flags(const char *from, const char *to) {
    struct stat st;
    if (lstat(from, &st) != 0) return errno;
    if (!S_ISDIR(st.st_mode)) {
        if (link(from, to) != 0) return errno;
        (void)unlink(from);
        return 0;
    }
    if (mkdir(to, 0700) != 0) return errno;
    if (rename(from, to) == 0) return 0;
    const int os_code = errno;
    (void)rmdir(to);
    return os_code;
}

int atk_rename_new(const char *from, const char *to, apitoken_error *err) {
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0) return 0;
    int os_code = errno;
    if (lacks_flags(os_code)) os_code = rename_without_flags(from, to);
    if (os_code == 0) return 0;
    if (os_code == EEXIST || os_code == ENOTEMPTY)
        return atk_fail(err, APITOKEN_E_EXISTS, "%s already exists", to);
    return atk_fail_errno(err, os_code, "create", to);
}

/* Two renames would not do: a crash between them would leave no store at the path. */
int atk_rename_exchange(const char *one, const char *other, apitoken_error *err) {
    if (renameat2(AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE) == 0) return 0;
    if (lacks_flags(errno) || errno == EXDEV) /* overlayfs: a directory of a lower layer */
        return atk_fail_os(err, APITOKEN_E_FILE_SYSTEM, errno,
                           "the file system cannot exchange %s with another directory in one step",
                           other);
    return atk_fail_errno(err, errno, "replace", other);
}

int atk_sync_parent(const char *path, apitoken_error *err) {
    char parent[ATK_PATH_MAX + 1];
    size_t len = atk_path_len(path);
    while (len > 0 && path[len - 1] != '/') len--;
    while (len > 1 && path[len - 1] == '/') len--;
    if (len == 0)
        (void)snprintf(parent, sizeof parent, ".");
    else
        (void)snprintf(parent, sizeof parent, "%.*s", (int)len, path);
    ATK_SCOPED_FD fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return atk_fail_errno(err, errno, "open", parent);
    return fsync(fd) == 0 ? 0 : atk_fail_errno(err, errno, "sync", parent);
}

/* A file about to be put in the place of another. */
struct new_file {
    int fd;
    const char *temporary_path;
    const char *path;
    const struct stat *replaced; /* NULL: there is none */
};

static int set_owner_and_mode(const struct new_file *file, apitoken_error *err) {
    const struct stat *replaced = file->replaced;
    if (fchmod(file->fd, 0600) != 0)
        return atk_fail_errno(err, errno, "set the mode of", file->temporary_path);
    if (replaced && (replaced->st_uid != geteuid() || replaced->st_gid != getegid()) &&
        fchown(file->fd, replaced->st_uid, replaced->st_gid) != 0)
        return atk_fail_errno(err, errno, "set the owner of", file->temporary_path);
    return 0;
}

static int write_and_rename(const struct new_file *file, const void *data, size_t len,
                            apitoken_error *err) {
    const char *from = file->temporary_path, *to = file->path;
    ATK_TRY(set_owner_and_mode(file, err));
    ATK_TRY(atk_write_all(file->fd, data, len, from, err));
    if (fsync(file->fd) != 0) return atk_fail_errno(err, errno, "sync", from);
    if (!file->replaced) return atk_rename_new(from, to, err);
    return rename(from, to) == 0 ? 0 : atk_fail_errno(err, errno, "replace", to);
}

int atk_file_put(const char *path, const void *data, size_t len, const struct stat *replaced,
                 apitoken_error *err) {
    ATK_NO_FILE_SIGNAL;
    char temporary_path[ATK_PATH_MAX + 16];
    struct stat st;
    if (!replaced && lstat(path, &st) == 0)
        return atk_fail(err, APITOKEN_E_EXISTS, "%s already exists", path);
    (void)snprintf(temporary_path, sizeof temporary_path, "%s.new-XXXXXX", path);
    ATK_SCOPED_FD fd = mkostemp(temporary_path, O_CLOEXEC);
    if (fd < 0) return atk_fail_errno(err, errno, "create a file next to", path);
    const struct new_file file = { fd, temporary_path, path, replaced };
    int rc = write_and_rename(&file, data, len, err);
    if (rc < 0) {
        (void)unlink(temporary_path);
        return rc;
    }
    return atk_sync_parent(path, err);
}
