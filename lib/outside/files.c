/* SPDX-License-Identifier: MIT */
#include "outside/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/error.h"

void atk_fd_close(const int *fd) {
    if (*fd >= 0) (void)close(*fd);
}

int atk_fail_errno(apitoken_error *err, int os_code, const char *action, const char *name) {
    int code = APITOKEN_E_IO;
    if (os_code == EACCES || os_code == EPERM) code = APITOKEN_E_ACCESS;
    if (os_code == ENOSPC || os_code == EDQUOT) code = APITOKEN_E_DISK_FULL;
    if (os_code == ENOMEM) code = APITOKEN_E_NOMEM;
    if (os_code == EROFS) code = APITOKEN_E_READ_ONLY_FS;
    return atk_fail_os(err, code, os_code, "cannot %s %s", action, name);
}

/*
 * File systems whose locks, shared maps or syncs do not work across processes or machines. The
 * numbers are from statfs(2).
 */
static bool is_network_fs(long type) {
    static const unsigned long types[] = {
        0x6969,     /* NFS */
        0x517B,     /* SMB */
        0xFE534D42, /* SMB2 */
        0xFF534D42, /* CIFS */
        0x01021997, /* 9P */
        0x65735546, /* FUSE */
        0x5346414F, /* AFS */
        0x6B414653, /* kAFS */
        0x73757245, /* Coda */
        0x00C36400, /* Ceph */
        0x0BD00BD0, /* Lustre */
        0x47504653, /* GPFS */
        0x7461636F, /* OCFS2 */
        0x01161970, /* GFS2 */
        0x564C,     /* NCP */
    };
    for (size_t i = 0; i < ATK_LEN(types); i++)
        if (((unsigned long)type & 0xFFFFFFFFul) == types[i]) return true;
    return false;
}

int atk_fs_require_usable(int fd, const char *path, apitoken_error *err) {
    struct statfs fs;
    struct statvfs vfs;
    if (fstatfs(fd, &fs) != 0 || fstatvfs(fd, &vfs) != 0)
        return atk_fail_errno(err, errno, "examine the file system of", path);
    if (is_network_fs((long)fs.f_type))
        return atk_fail(err, APITOKEN_E_NETWORK_FS, "%s is not on a local file system (type 0x%lx)",
                        path, (unsigned long)fs.f_type & 0xFFFFFFFFul);
    if (vfs.f_flag & ST_RDONLY)
        return atk_fail(err, APITOKEN_E_READ_ONLY_FS, "%s is mounted read-only", path);
    return 0;
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

int atk_dir_open(const char *given, bool any_owner, int *ret_fd, apitoken_error *err) {
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
    ATK_TRY(require_safe(&st, path, any_owner, err));
    ATK_TRY(atk_fs_require_usable(fd, path, err));
    *ret_fd = fd;
    fd = -1;
    return 0;
}

static int require_safe_member(const struct stat *st, const char *name, bool any_owner,
                               apitoken_error *err) {
    if (S_ISLNK(st->st_mode))
        return atk_fail(err, APITOKEN_E_SYMLINK, "%s is a symbolic link", name);
    if (!S_ISREG(st->st_mode))
        return atk_fail(err, APITOKEN_E_UNSAFE, "%s is not a regular file", name);
    return require_safe(st, name, any_owner, err);
}

static int fail_missing(apitoken_error *err, int os_code, const char *name) {
    if (strcmp(name, "data.mdb") == 0)
        return atk_fail_os(err, APITOKEN_E_NO_STORE, os_code, "the directory contains no store");
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

int atk_allocate(int fd, uint64_t size, const char *name, apitoken_error *err) {
    struct stat st;
    int rc;
    do rc = fallocate(fd, 0, 0, (off_t)size);
    while (rc != 0 && errno == EINTR);
    if (rc == 0) return 0;
    if (errno != EOPNOTSUPP && errno != ENOSYS)
        return atk_fail_errno(err, errno, "allocate space for", name);
    if (fstat(fd, &st) != 0) return atk_fail_errno(err, errno, "examine", name);
    if ((uint64_t)st.st_size >= size) return 0;
    return ftruncate(fd, (off_t)size) == 0 ? 0 : atk_fail_errno(err, errno, "extend", name);
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

int atk_rename_new(const char *from, const char *to, apitoken_error *err) {
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0) return 0;
    if (errno == EEXIST || errno == ENOTEMPTY)
        return atk_fail(err, APITOKEN_E_EXISTS, "%s already exists", to);
    return atk_fail_errno(err, errno, "create", to);
}

int atk_rename_exchange(const char *one, const char *other, apitoken_error *err) {
    if (renameat2(AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE) == 0) return 0;
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
