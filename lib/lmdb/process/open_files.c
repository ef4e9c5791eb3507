/* SPDX-License-Identifier: MIT */
#include "lmdb/process/open_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/error.h"
#include "lmdb/process/descriptors.h"
#include "lmdb/form/meta.h"
#include "lmdb/process/reader_table.h"

typedef int (*fd_visit_fn)(int fd);

/*
 * Calls `visit` for each descriptor of this process that has the file open. Returns how many, or a
 * negative code.
 */
static int each_fd_of(int dir_fd, const char *name, fd_visit_fn visit) {
    struct stat wanted, st;
    int found = 0;
    if (fstatat(dir_fd, name, &wanted, AT_SYMLINK_NOFOLLOW) != 0) return 0;
    DIR *dir = opendir("/proc/self/fd");
    if (!dir) return APITOKEN_E_IO;
    for (struct dirent *entry; (entry = readdir(dir));) {
        char *end;
        long fd = strtol(entry->d_name, &end, 10);
        if (*end || fstat((int)fd, &st) != 0) continue; /* "." and ".." are no numbers */
        if (st.st_dev != wanted.st_dev || st.st_ino != wanted.st_ino) continue;
        found++;
        int rc = visit ? visit((int)fd) : 0;
        if (rc < 0) {
            found = rc;
            break;
        }
    }
    (void)closedir(dir);
    return found;
}

static int note_fd(int fd) {
    (void)fcntl(fd, F_SETFD, FD_CLOEXEC); /* LMDB opens data.mdb without it */
    return atk_descriptors_note(fd, ATK_CLOSE_AT_OPEN);
}

int atk_descriptors_note_lmdb(int dir_fd, apitoken_error *err) {
    int rc = each_fd_of(dir_fd, ATK_DATA_FILE, note_fd);
    if (rc >= 0) rc = each_fd_of(dir_fd, ATK_READERS_FILE, note_fd);
    return rc < 0 ? atk_fail(err, rc, "cannot note the descriptors of the store") : 0;
}

int atk_descriptors_refuse_foreign(int dir_fd, apitoken_error *err) {
    int found = each_fd_of(dir_fd, ATK_READERS_FILE, NULL);
    if (found < 0) return atk_fail(err, APITOKEN_E_IO, "/proc/self/fd cannot be read");
    return found == 0 ? 0 : atk_fail(err, APITOKEN_E_FOREIGN_OPEN, NULL);
}
