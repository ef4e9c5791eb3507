/* SPDX-License-Identifier: MIT */
/*
 * The names without a 64 are LMDB's, the others the library's: so this file must not be renamed by
 * the header.
 */
#undef _FILE_OFFSET_BITS
#include "record_writes.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "fixture.h"
#include "interpose.h"

enum {
    RECORDS_MAX = 1 << 16,
    OBJECTS_MAX = 32,
    WATCHES_MAX = 4,
    WATCH_LEN_MAX = 1 << 14,
    SECTOR = 512,
    PATH_LEN = 512
};

static struct {
    int is_on;
    struct record *records;
    size_t count;
    struct object {
        dev_t dev;
        ino_t ino;
        uint64_t size;
    } objects[OBJECTS_MAX];
    uint32_t object_count;
    struct watch {
        int fd;
        uint32_t object;
        uint8_t seen[WATCH_LEN_MAX]; /* the last time, or written by a call since */
    } watches[WATCHES_MAX];
    size_t watch_count;
    char watch_name[RECORD_NAME]; /* "": no file */
    size_t watch_len;
} tape;

/* ---- the log --------------------------------------------------------------------------------- */

static void append(struct record record) {
    assert_true(tape.count < RECORDS_MAX);
    tape.records[tape.count++] = record;
}

static void append_data(uint32_t object, uint64_t at, const void *bytes, size_t len) {
    struct record record = {
        .kind = RECORD_DATA, .object = object, .at = at, .len = len, .bytes = malloc(len)
    };
    assert_non_null(record.bytes);
    memcpy(record.bytes, bytes, len);
    append(record);
}

static void look_at(struct watch *watch) {
    uint8_t now[WATCH_LEN_MAX] = { 0 }; /* beyond the end of a short file */
    assert_true(pread(watch->fd, now, tape.watch_len, 0) >= 0);
    for (size_t at = 0; at < tape.watch_len; at += SECTOR) {
        if (memcmp(now + at, watch->seen + at, SECTOR) == 0) continue;
        append_data(watch->object, at, now + at, SECTOR);
        memcpy(watch->seen + at, now + at, SECTOR);
    }
}

static void look_at_watched(void) {
    for (size_t i = 0; i < tape.watch_count; i++) look_at(&tape.watches[i]);
}

static void note(struct record record) {
    look_at_watched();
    append(record);
}

static void set_size(uint32_t object, uint64_t size) {
    if (tape.objects[object].size == size) return;
    tape.objects[object].size = size;
    append((struct record){ .kind = RECORD_SIZE, .object = object, .at = size });
}

/* Number of the object with this status, or -1 if it is none of ours. */
static int find(const struct stat *st) {
    for (uint32_t i = 0; i < tape.object_count; i++)
        if (tape.objects[i].dev == st->st_dev && tape.objects[i].ino == st->st_ino) return (int)i;
    return -1;
}

static int find_fd(int fd) {
    struct stat st;
    return tape.is_on && fstat(fd, &st) == 0 ? find(&st) : -1;
}

/* One that is made can have the number of one that is gone. */
static void forget(const struct stat *st) {
    const int object = find(st);
    if (object >= 0) tape.objects[object].ino = 0;
}

static uint32_t add(const struct stat *st) {
    assert_true(tape.object_count < OBJECTS_MAX);
    tape.objects[tape.object_count] = (struct object){ st->st_dev, st->st_ino, 0 };
    return tape.object_count++;
}

/* The directory that a path stands in, and its last name. */
static int find_dir(int dir_fd, const char *path, char name[RECORD_NAME]) {
    char copy[PATH_LEN], last[PATH_LEN];
    struct stat st;
    if (!tape.is_on) return -1;
    assert_true(snprintf(copy, sizeof copy, "%s", path) < (int)sizeof copy);
    (void)snprintf(last, sizeof last, "%s", path);
    if (fstatat(dir_fd, dirname(copy), &st, 0) != 0) return -1;
    int dir = find(&st);
    if (dir >= 0) assert_true(snprintf(name, RECORD_NAME, "%s", basename(last)) < RECORD_NAME);
    return dir;
}

static void add_watch(int dir_fd, const char *path, uint32_t object) {
    assert_true(tape.watch_count < WATCHES_MAX);
    struct watch *watch = &tape.watches[tape.watch_count++];
    memset(watch->seen, 0, sizeof watch->seen);
    watch->object = object;
    watch->fd = REAL(openat64)(dir_fd, path, O_RDONLY | O_CLOEXEC);
    assert_true(watch->fd >= 0);
}

/* It may have been there, unless it was made for certain. */
static void note_new(int dir_fd, const char *path, int is_dir, int is_made) {
    struct record record = { .kind = RECORD_ENTER, .is_dir = is_dir };
    struct stat st;
    int dir = find_dir(dir_fd, path, record.name);
    if (dir < 0 || fstatat(dir_fd, path, &st, 0) != 0) return;
    if (is_made) forget(&st);
    if (find(&st) >= 0) return;
    record.dir = (uint32_t)dir;
    record.object = add(&st);
    note(record);
    if (strcmp(record.name, tape.watch_name) == 0) add_watch(dir_fd, path, record.object);
}

static void note_data(int fd, uint64_t at, const void *bytes, size_t len) {
    int object = find_fd(fd);
    if (object < 0 || len == 0) return;
    look_at_watched();
    const size_t first = tape.count;
    append_data((uint32_t)object, at, bytes, len);
    if (tape.objects[object].size < at + len) set_size((uint32_t)object, at + len);
    for (size_t i = 0; i < tape.watch_count; i++)
        if (tape.watches[i].object == (uint32_t)object && at + len <= tape.watch_len)
            memcpy(tape.watches[i].seen + at, bytes, len);
    if (fcntl(fd, F_GETFL) & O_DSYNC)
        append(
            (struct record){ .kind = RECORD_SYNC_WRITE, .object = (uint32_t)object, .at = first });
}

static void note_size(int fd, uint64_t size, int is_grown_only) {
    int object = find_fd(fd);
    if (object < 0 || (is_grown_only && tape.objects[object].size >= size)) return;
    look_at_watched();
    set_size((uint32_t)object, size);
}

static void note_sync(int fd) {
    int object = find_fd(fd);
    if (object >= 0) note((struct record){ .kind = RECORD_SYNC, .object = (uint32_t)object });
}

static void note_remove(int dir_fd, const char *path) {
    struct record record = { .kind = RECORD_REMOVE };
    int dir = find_dir(dir_fd, path, record.name);
    record.dir = (uint32_t)dir;
    if (dir >= 0) note(record);
}

static void note_rename(int from_fd, const char *from, int to_fd, const char *to, unsigned flags) {
    struct record record = { .kind = flags & RENAME_EXCHANGE ? RECORD_EXCHANGE : RECORD_RENAME };
    struct stat st;
    int dir = find_dir(from_fd, from, record.name);
    if (dir < 0) return;
    assert_int_equal(fstatat(to_fd, to, &st, 0), 0);
    const int object = find(&st);
    assert_true(object > 0);
    record.object = (uint32_t)object;
    /* nothing of ours moves between directories */
    assert_int_equal(find_dir(to_fd, to, record.new_name), dir);
    record.dir = (uint32_t)dir;
    note(record);
}

static void remove_watches(void) {
    while (tape.watch_count > 0) (void)close(tape.watches[--tape.watch_count].fd);
}

void record_start(const char *root) {
    struct stat st;
    if (!tape.records) tape.records = calloc(RECORDS_MAX, sizeof *tape.records);
    assert_non_null(tape.records);
    for (size_t i = 0; i < tape.count; i++) free(tape.records[i].bytes);
    tape.count = tape.object_count = 0;
    tape.watch_name[0] = 0;
    remove_watches(); /* of a log that a failed test did not end */
    assert_int_equal(stat(root, &st), 0);
    (void)add(&st);
    tape.is_on = 1;
}

const struct record *record_stop(size_t *ret_count) {
    look_at_watched();
    tape.is_on = 0;
    remove_watches();
    *ret_count = tape.count;
    return tape.records;
}

void record_watch(const char *name, size_t len) {
    assert_true(len <= WATCH_LEN_MAX && len % SECTOR == 0);
    assert_true(snprintf(tape.watch_name, sizeof tape.watch_name, "%s", name) <
                (int)sizeof tape.watch_name);
    tape.watch_len = len;
}

void record_begin(uint64_t step) { note((struct record){ .kind = RECORD_BEGIN, .at = step }); }

void record_ack(uint64_t step) { note((struct record){ .kind = RECORD_ACK, .at = step }); }

/* ---- the functions --------------------------------------------------------------------------- */

ssize_t write(int fd, const void *bytes, size_t len) {
    off_t at = find_fd(fd) >= 0 ? lseek(fd, 0, SEEK_CUR) : 0;
    ssize_t done = REAL(write)(fd, bytes, len);
    if (done > 0) note_data(fd, (uint64_t)at, bytes, (size_t)done);
    return done;
}

ssize_t pwrite(int fd, const void *bytes, size_t len, off_t at) {
    ssize_t done = REAL(pwrite)(fd, bytes, len, at);
    if (done > 0) note_data(fd, (uint64_t)at, bytes, (size_t)done);
    return done;
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    off_t at = find_fd(fd) >= 0 ? lseek(fd, 0, SEEK_CUR) : 0;
    ssize_t done = REAL(writev)(fd, parts, count);
    for (ssize_t i = 0, left = done; i < count && left > 0; i++) {
        const size_t len = (size_t)left < parts[i].iov_len ? (size_t)left : parts[i].iov_len;
        note_data(fd, (uint64_t)at, parts[i].iov_base, len);
        at += (off_t)len;
        left -= (ssize_t)len;
    }
    return done;
}

/* A function that passes on, and is recorded if it has succeeded. */
#define RECORD_AFTER(name, parameters, arguments, what) \
    int name parameters {                               \
        int rc = REAL(name) arguments;                  \
        if (rc == 0) what;                              \
        return rc;                                      \
    }

RECORD_AFTER(fsync, (int fd), (fd), note_sync(fd))
RECORD_AFTER(fdatasync, (int fd), (fd), note_sync(fd))
RECORD_AFTER(ftruncate, (int fd, off_t len), (fd, len), note_size(fd, (uint64_t)len, 0))
RECORD_AFTER(ftruncate64, (int fd, off64_t len), (fd, len), note_size(fd, (uint64_t)len, 0))
RECORD_AFTER(unlink, (const char *path), (path), note_remove(AT_FDCWD, path))
RECORD_AFTER(rmdir, (const char *path), (path), note_remove(AT_FDCWD, path))
RECORD_AFTER(mkdir, (const char *path, mode_t mode), (path, mode), note_new(AT_FDCWD, path, 1, 1))
RECORD_AFTER(rename, (const char *from, const char *to), (from, to),
             note_rename(AT_FDCWD, from, AT_FDCWD, to, 0))
RECORD_AFTER(renameat2, (int from_fd, const char *from, int to_fd, const char *to, unsigned flags),
             (from_fd, from, to_fd, to, flags), note_rename(from_fd, from, to_fd, to, flags))

/*
 * Who looks at what is left needs the size and no room: that would be a thousand pages of memory a
 * time, cleared and freed.
 */
int fallocate64(int fd, int mode, off64_t at, off64_t len) {
    struct stat st;
    if (!tape.is_on && mode == 0 && fstat(fd, &st) == 0)
        return st.st_size < at + len ? REAL(ftruncate64)(fd, at + len) : 0;
    int rc = REAL(fallocate64)(fd, mode, at, len);
    if (rc == 0) note_size(fd, (uint64_t)(at + len), 1);
    return rc;
}

char *mkdtemp(char *path) {
    char *made = REAL(mkdtemp)(path);
    if (made) note_new(AT_FDCWD, path, 1, 1);
    return made;
}

int mkostemp64(char *path, int flags) {
    int fd = REAL(mkostemp64)(path, flags);
    if (fd >= 0) note_new(AT_FDCWD, path, 0, 1);
    return fd;
}

/* Nobody here syncs a map or truncates what he opens. */
int msync(void *at, size_t len, int flags) {
    assert_false(tape.is_on);
    return REAL(msync)(at, len, flags);
}

#define RECORD_OPEN(name, parameters, dir, ...)                                        \
    int name parameters {                                                              \
        va_list more;                                                                  \
        va_start(more, flags);                                                         \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;        \
        va_end(more);                                                                  \
        int fd = REAL(name)(__VA_ARGS__, flags, mode);                                 \
        if (fd >= 0 && flags & O_CREAT) note_new(dir, path, 0, (flags & O_EXCL) != 0); \
        if (fd >= 0 && flags & O_TRUNC) assert_true(find_fd(fd) < 0);                  \
        return fd;                                                                     \
    }

RECORD_OPEN(open, (const char *path, int flags, ...), AT_FDCWD, path)
RECORD_OPEN(open64, (const char *path, int flags, ...), AT_FDCWD, path)
RECORD_OPEN(openat64, (int dir, const char *path, int flags, ...), dir, dir, path)
