/* SPDX-License-Identifier: MIT */
#include "watch.h"

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "child.h"

enum { LOCKS_MAX = 32, LINE_LEN = 80, FDS_MAX = 1024 };

int watch_open(const struct fixture *f) {
    char path[128];
    (void)snprintf(path, sizeof path, "%s/writer.lock", f->store_path);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

static struct flock write_lock_of(int byte) {
    struct flock lock;
    memset(&lock, 0, sizeof lock);
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start = byte;
    lock.l_len = 1;
    return lock;
}

int watch_is_held(int fd, int byte) {
    struct flock lock = write_lock_of(byte);
    assert_int_equal(fcntl(fd, F_OFD_GETLK, &lock), 0);
    return lock.l_type != F_UNLCK;
}

int watch_take(int fd, int byte) {
    struct flock lock = write_lock_of(byte);
    return fcntl(fd, F_OFD_SETLK, &lock) == 0;
}

int watch_wait_held(int fd, int byte) {
    int64_t end = now_us() + CHILD_LIMIT_S * INT64_C(1000000);
    while (!watch_is_held(fd, byte)) {
        if (now_us() > end) return 0;
        (void)sched_yield();
    }
    return 1;
}

void watch_stop_in_write(int fd, pid_t pid) {
    for (int i = 0; i < 10000; i++) {
        assert_true(watch_wait_held(fd, BYTE_WRITE));
        process_stop(pid);
        if (watch_is_held(fd, BYTE_WRITE) && !watch_is_held(fd, BYTE_REGISTER)) return;
        process_continue(pid);
    }
    fail_msg("the process cannot be caught writing");
}

static ino_t inode_of(const struct fixture *f, const char *name) {
    char path[128];
    struct stat st;
    (void)snprintf(path, sizeof path, "%s/%s", f->store_path, name);
    assert_int_equal(stat(path, &st), 0);
    return st.st_ino;
}

static int by_text(const void *a, const void *b) { return strcmp(a, b); }

/* What the lines of a text file's locks are collected in. */
struct lines {
    char line[LOCKS_MAX][LINE_LEN];
    size_t count;
};

/*
 * A line of fdinfo is "lock: 1: POSIX  ADVISORY  WRITE 123 fe:00:4711 0 0": number, kind, how,
 * type, pid, file, first and last byte. Unlike /proc/locks it is not mixed up by what the rest of
 * the machine does meanwhile.
 */
static void add_locks_of(int fd, int only_byte, struct lines *lines) {
    char path[40], line[256], kind[16], type[16];
    long first;
    int pid;
    (void)snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    while (fgets(line, sizeof line, file)) {
        if (sscanf(line, "lock: %*s %15s %*s %15s %d %*s %ld", kind, type, &pid, &first) != 4)
            continue;
        if (only_byte >= 0 && first != only_byte) continue;
        assert_true(lines->count < LOCKS_MAX);
        (void)snprintf(lines->line[lines->count++], LINE_LEN, "%s %s %d %ld\n", kind, type, pid,
                       first);
    }
    (void)fclose(file);
}

const char *watch_locks(const struct fixture *f) {
    static char text[LOCKS_MAX * LINE_LEN];
    static struct lines lines;
    ino_t readers = inode_of(f, "lock.mdb"), writer = inode_of(f, "writer.lock");
    struct stat st;
    size_t len = 0;
    lines.count = 0;
    for (int fd = 0; fd < FDS_MAX; fd++) {
        if (fstat(fd, &st) != 0) continue;
        if (st.st_ino == readers) add_locks_of(fd, -1, &lines);
        if (st.st_ino == writer) add_locks_of(fd, BYTE_IN_USE, &lines);
    }
    qsort(lines.line, lines.count, LINE_LEN, by_text);
    text[0] = '\0';
    for (size_t i = 0; i < lines.count; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "%s", lines.line[i]);
    return text;
}

size_t watch_fds(void) {
    size_t count = 0;
    DIR *dir = opendir("/proc/self/fd");
    assert_non_null(dir);
    while (readdir(dir)) count++;
    (void)closedir(dir);
    return count - 3; /* "." and ".." and the folder itself */
}

uint32_t watch_readers(apitoken_store *store) {
    apitoken_store_info info = APITOKEN_STORE_INFO_INIT;
    assert_code(apitoken_store_stat(store, NULL, &info, NULL), 0);
    return info.readers;
}
