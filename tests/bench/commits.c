/* SPDX-License-Identifier: MIT */
/*
 * What a durable commit of creates writes: commits PLACE COMMITS [STAT]
 *
 * Pages are counted where LMDB hands them to the system: this program's pwrite() and writev() come
 * before those of the C library. What the library writes ahead goes another way (pwritev) and is
 * not counted. STAT is the file of /sys with the counters of a block device that has nothing on it
 * but the place: requests to write, and flushes.
 */
#include <apitoken/apitoken.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "crew.h"
#include "due.h"
#include "place.h"
#include "say.h"

#define GROUP 8
#define OWNERS 100
#define NEW_OWNER "write-0000000000"
#define PAGE 4096
#define META_PAGES 2
#define ID_TICK_US 16

/* ---- what LMDB writes to the data file ------------------------------------------------------- */

static struct {
    dev_t dev;
    ino_t ino;
    _Atomic size_t pages; /* but for the meta page that ends each commit */
    _Atomic size_t metas;
} data_file;

static void count_write(int fd, ssize_t written, off_t at) {
    struct stat st;
    if (written <= 0 || fstat(fd, &st) != 0) return;
    if (st.st_dev != data_file.dev || st.st_ino != data_file.ino) return;
    if (at < (off_t)META_PAGES * PAGE)
        data_file.metas++;
    else
        data_file.pages += ((size_t)written + PAGE - 1) / PAGE;
}

ssize_t counted_pwrite(int fd, const void *bytes, size_t len, off_t at) __asm__("pwrite");
ssize_t counted_writev(int fd, const struct iovec *pieces, int count) __asm__("writev");

__attribute__((used)) ssize_t counted_pwrite(int fd, const void *bytes, size_t len, off_t at) {
    ssize_t written = syscall(SYS_pwrite64, fd, bytes, len, at);
    count_write(fd, written, at);
    return written;
}

__attribute__((used)) ssize_t counted_writev(int fd, const struct iovec *pieces, int count) {
    off_t at = lseek(fd, 0, SEEK_CUR);
    ssize_t written = syscall(SYS_writev, fd, pieces, count);
    count_write(fd, written, at);
    return written;
}

/* ---- what the block device is asked for ------------------------------------------------------ */

struct device {
    unsigned long writes, flushes;
};

/* Of the 17 counters, see Documentation/block/stat.rst of the kernel. */
static struct device read_device(const char *path) {
    struct device now = { 0, 0 };
    if (!path) return now;
    FILE *file = fopen(path, "re");
    DUE_THAT(file && fscanf(file, "%*u %*u %*u %*u %lu %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %lu",
                            &now.writes, &now.flushes) == 2);
    DUE(fclose(file));
    return now;
}

/* ---- commits --------------------------------------------------------------------------------- */

struct bench {
    struct place place;
    const char *stat;
    size_t commits;         /* that each figure is a mean of */
    size_t owners;          /* 1 = one that is new in the place; more take turns */
    _Atomic size_t created; /* tokens of many owners */
};

static void pick_owner(struct bench *bench, char out[PLACE_OWNER_LEN + 1]) {
    if (bench->owners == 1)
        (void)snprintf(out, PLACE_OWNER_LEN + 1, NEW_OWNER);
    else
        place_owner(bench->created++ % bench->owners, out);
}

static void create_each(void *ctx, size_t thread) {
    struct bench *bench = ctx;
    (void)thread;
    for (size_t i = 0; i < bench->commits; i++) {
        apitoken_secret *secret = NULL;
        char owner[PLACE_OWNER_LEN + 1];
        pick_owner(bench, owner);
        DUE(apitoken_create(bench->place.store, owner, PLACE_OWNER_LEN, "name", 4, NULL, &secret,
                            NULL));
        apitoken_secret_free(secret);
    }
}

static void say_each(const char *what, const char *id, size_t count, size_t commits) {
    char name[64];
    (void)snprintf(name, sizeof name, "%s.%s", what, id);
    say_value(name, (double)count / (double)commits);
}

/* As many threads as a group is to have creates. */
static void measure(struct bench *bench, const char *id, size_t threads, size_t owners) {
    bench->owners = owners;
    sync(); /* what else waits to be written */
    struct device before = read_device(bench->stat);
    data_file.pages = data_file.metas = 0;
    (void)crew_run(threads, 0, create_each, bench);
    struct device after = read_device(bench->stat);
    size_t commits = data_file.metas;
    DUE_THAT(commits > 0);
    say_each("pages", id, data_file.pages, commits);
    if (threads > 1) say_each("group", id, threads * bench->commits, commits);
    if (!bench->stat) return;
    say_each("requests", id, after.writes - before.writes, commits);
    say_each("flushes", id, after.flushes - before.flushes, commits);
}

/*
 * A quick fill leaves ids that are ahead of the clock; new ones before them would split full pages.
 */
static void await_ids(size_t tokens) { (void)usleep((useconds_t)(tokens * ID_TICK_US)); }

int main(int argc, char **argv) {
    static struct bench bench;
    struct stat st;
    DUE_THAT(argc == 3 || argc == 4);
    place_open(&bench.place, argv[1], APITOKEN_MODE_READ_WRITE);
    DUE(stat(place_path(place_path(argv[1], "store"), "data.mdb"), &st));
    data_file.dev = st.st_dev;
    data_file.ino = st.st_ino;
    bench.commits = strtoul(argv[2], NULL, 10);
    bench.stat = argv[3];
    await_ids(bench.place.tokens);
    measure(&bench, "1", 1, 1);
    measure(&bench, "8", GROUP, 1);
    measure(&bench, "owners", GROUP, OWNERS);
    place_close(&bench.place);
    return 0;
}
