/* SPDX-License-Identifier: MIT */
#include "outside/file_system.h"

#include <errno.h>
#include <stddef.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>

#include "base/attr.h"
#include "base/error.h"
#include "outside/files.h"

#define OVERLAY 0x794C7630u

/* All numbers are from statfs(2) and linux/magic.h, or those of stat(1). */
static const unsigned long tested[] = {
    0xEF53,     /* ext2, ext3, ext4 */
    0x58465342, /* XFS */
    0x01021994, /* tmpfs */
    OVERLAY,
};

/* Those whose locks, shared maps or syncs do not work across processes or machines. */
static const unsigned long networked[] = {
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
    0x786F4256, /* vboxsf */
    0x19830326, /* BeeGFS */
    0x20030528, /* OrangeFS */
    0xAAD7AAEA, /* PanFS */
    0xBEEFDEAD, /* StorNext */
    0xBACBACBC, /* vmhgfs */
    0x7C7C6673, /* prl_fs */
};

/* Some systems extend the sign of the number, which has 32 bits. */
static unsigned long type_of(const struct statfs *fs) {
    return (unsigned long)fs->f_type & 0xFFFFFFFFul;
}

static bool is_in(const unsigned long *types, size_t count, unsigned long type) {
    for (size_t i = 0; i < count; i++)
        if (types[i] == type) return true;
    return false;
}

/*
 * An overlay says how many inodes the file system of its upper layer has. Btrfs counts none; the
 * tested ones do.
 */
static bool is_tested(unsigned long type, const struct statfs *fs) {
    if (type == OVERLAY && fs->f_files == 0) return false;
    return is_in(tested, ATK_LEN(tested), type);
}

int atk_fs_require_usable(int fd, const char *path, bool any_fs, apitoken_error *err) {
    struct statfs fs;
    struct statvfs vfs;
    if (fstatfs(fd, &fs) != 0 || fstatvfs(fd, &vfs) != 0)
        return atk_fail_errno(err, errno, "examine the file system of", path);
    const unsigned long type = type_of(&fs);
    if (is_in(networked, ATK_LEN(networked), type))
        return atk_fail(err, APITOKEN_E_NETWORK_FS, "%s is not on a local file system (type 0x%lx)",
                        path, type);
    if (!any_fs && !is_tested(type, &fs))
        return atk_fail(err, APITOKEN_E_FILE_SYSTEM,
                        "%s is on a file system that stores are not tested on (type 0x%lx)", path,
                        type);
    if (vfs.f_flag & ST_RDONLY)
        return atk_fail(err, APITOKEN_E_READ_ONLY_FS, "%s is mounted read-only", path);
    return 0;
}

int atk_fs_require_room(int fd, uint64_t bytes, const char *path, apitoken_error *err) {
    struct statvfs vfs;
    if (fstatvfs(fd, &vfs) != 0)
        return atk_fail_errno(err, errno, "examine the file system of", path);
    const uint64_t blocks = (bytes + vfs.f_frsize - 1) / vfs.f_frsize;
    if (vfs.f_bavail >= blocks) return 0;
    return atk_fail(err, APITOKEN_E_DISK_FULL,
                    "a second copy of the store needs %llu bytes of disk space",
                    (unsigned long long)bytes);
}

bool atk_fs_may_be_overlay(int fd) {
    struct statfs fs;
    return fstatfs(fd, &fs) != 0 || type_of(&fs) == OVERLAY;
}
