/* SPDX-License-Identifier: MIT */
#include "search.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "api.h"
#include "needles.h"

#define PAGE ((uintptr_t)4096)
#define SPARED 4
#define MAPS_CAP ((size_t)1 << 20)
#define SEEN 64
#define SMALL (1 << 20)
#define CHUNK ((size_t)256 << 10)
#define PAGEMAP_PRESENT (UINT64_C(3) << 62) /* in memory or swapped */

static struct { uintptr_t from, to; } spared[SPARED];
static size_t spared_count;

static uint8_t chunk[CHUNK];
static char maps[MAPS_CAP];
static uint64_t pages[512];

void search_spare(const void *from, size_t len) {
    assert_true(spared_count < SPARED);
    spared[spared_count].from = (uintptr_t)from;
    spared[spared_count++].to = (uintptr_t)from + len;
}

static int is_spared(uintptr_t at) {
    if (at >= (uintptr_t)chunk && at < (uintptr_t)chunk + sizeof chunk) return 1;
    for (size_t i = 0; i < spared_count; i++)
        if (at >= spared[i].from && at < spared[i].to) return 1;
    return 0;
}

static void note(struct search *s, const char *where, uintptr_t at, int kind, const char *shape) {
    struct search_place *place = &s->place[s->found];
    if (s->found++ >= SEARCH_TOLD) return;
    const size_t len = strcspn(where, "\n");
    memcpy(place->where, where, len < sizeof place->where ? len : sizeof place->where - 1);
    place->at = at;
    place->kind = kind;
    place->shape = shape;
}

/* What lies in `chunk`, of which the first byte stands at `from` of what `where` names. */
static void look(struct search *s, size_t len, const char *where, uintptr_t from, int is_memory,
                 int is_guarded) {
    const char *shape;
    int kind;
    for (size_t at = 0; needles_next(chunk, len, s->kinds, &at, &kind, &shape); at += NEEDLE_LEN) {
        if (is_memory && is_spared(from + at)) continue;
        if (is_guarded && (kind & s->guarded))
            s->allowed++;
        else
            note(s, where, from + at, kind, shape);
    }
    s->bytes += len;
}

/* Each reading begins with the last bytes of the one before. */
static void look_at_run(struct search *s, int fd, uintptr_t from, uintptr_t to, const char *where,
                        int is_memory, int is_guarded) {
    for (uintptr_t at = from; at < to;) {
        const size_t want = to - at < CHUNK ? to - at : CHUNK;
        const ssize_t got = pread(fd, chunk, want, (off_t)at);
        if (got <= 0) return; /* what nobody can read, nobody can find: a device, a guard page */
        look(s, (size_t)got, where, at, is_memory, is_guarded);
        if (at + (size_t)got >= to) return;
        at += (size_t)got > NEEDLE_LEN ? (size_t)got - (NEEDLE_LEN - 1) : (size_t)got;
    }
}

/* ---- memory ---------------------------------------------------------------------------------- */

/* A page that is not there holds nothing, or what its file holds, and that is looked at, too. */
static void look_at_region(struct search *s, int mem, int pagemap, uintptr_t from, uintptr_t to,
                           const char *where, int is_guarded) {
    uintptr_t run = 0; /* where the present pages begin that come up to `at` */
    for (uintptr_t at = from; at < to;) {
        const size_t left = (to - at) / PAGE, n = left < COUNT(pages) ? left : COUNT(pages);
        const ssize_t got =
            pread(pagemap, pages, n * sizeof pages[0], (off_t)(at / PAGE * sizeof pages[0]));
        if (got != (ssize_t)(n * sizeof pages[0])) break;
        for (size_t i = 0; i < n; i++, at += PAGE) {
            const int is_there = (pages[i] & PAGEMAP_PRESENT) != 0;
            if (is_there && !run) run = at;
            if (is_there || !run) continue;
            look_at_run(s, mem, run, at, where, 1, is_guarded);
            run = 0;
        }
    }
    if (run) look_at_run(s, mem, run, to, where, 1, is_guarded);
}

static void read_maps(void) {
    const int fd = open("/proc/self/smaps", O_RDONLY | O_CLOEXEC);
    size_t len = 0;
    ssize_t got;
    assert_true(fd >= 0);
    while ((got = read(fd, maps + len, sizeof maps - 1 - len)) > 0) len += (size_t)got;
    assert_true(got == 0 && len + 1 < sizeof maps);
    maps[len] = '\0';
    (void)close(fd);
}

/* The next line that begins with a range of addresses; those that tell of it begin with a word. */
static const char *next_region(const char *line, uintptr_t *ret_from, uintptr_t *ret_to) {
    for (; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        char *end;
        if (*line >= 'A' && *line <= 'Z') continue;
        *ret_from = (uintptr_t)strtoull(line, &end, 16);
        if (*end != '-') continue;
        *ret_to = (uintptr_t)strtoull(end + 1, &end, 16);
        if (*end == ' ') return line;
    }
    return NULL;
}

/* 1 if core dumps leave the region out: its flags have "dd". */
static int is_left_out(const char *region) {
    const char *flags = strstr(region, "\nVmFlags:");
    if (!flags) return 0;
    const char *end = strchr(flags + 1, '\n'), *found = strstr(flags, " dd");
    return found && (!end || found < end);
}

void search_memory(struct search *s) {
    const int mem = open("/proc/self/mem", O_RDONLY | O_CLOEXEC),
              pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    uintptr_t from, to;
    assert_true(mem >= 0 && pagemap >= 0);
    read_maps();
    for (const char *line = maps; (line = next_region(line, &from, &to));
         line += strcspn(line, "\n"))
        look_at_region(s, mem, pagemap, from, to, line, is_left_out(line));
    memset(chunk, 0, sizeof chunk);
    (void)close(mem);
    (void)close(pagemap);
}

/* ---- files ----------------------------------------------------------------------------------- */

/*
 * Large files as they were when they were last searched for as many needles. Small ones are always
 * looked at.
 */
static struct {
    ino_t inode;
    struct timespec changed;
    uint64_t needles;
} seen[SEEN];
static size_t seen_count;

static int is_as_seen(int fd) {
    struct stat st;
    size_t at = 0;
    assert_int_equal(fstat(fd, &st), 0);
    if (st.st_size < SMALL) return 0;
    while (at < seen_count && seen[at].inode != st.st_ino) at++;
    assert_true(at < SEEN);
    const int is_same = at < seen_count && seen[at].needles == needles_count() &&
                        memcmp(&seen[at].changed, &st.st_mtim, sizeof st.st_mtim) == 0;
    seen_count += at == seen_count;
    seen[at].inode = st.st_ino;
    seen[at].changed = st.st_mtim;
    seen[at].needles = needles_count();
    return is_same;
}

void search_forget(void) { seen_count = 0; }

static void look_at_open_file(struct search *s, int fd, const char *path) {
    if (is_as_seen(fd)) return;
    for (off_t at = 0;;) {
        const off_t from = lseek(fd, at, SEEK_DATA);
        if (from < 0) break; /* nothing but a hole is left */
        at = lseek(fd, from, SEEK_HOLE);
        look_at_run(s, fd, (uintptr_t)from, (uintptr_t)at, path, 0, 0);
    }
    memset(chunk, 0, sizeof chunk);
}

void search_file(struct search *s, const char *path) {
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    assert_true(fd >= 0);
    look_at_open_file(s, fd, path);
    (void)close(fd);
}

/* By the system call: opendir() would take memory. */
void search_dir(struct search *s, const char *path) {
    static char entries[4096];
    const int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    long got;
    assert_true(dir >= 0);
    while ((got = syscall(SYS_getdents64, dir, entries, sizeof entries)) > 0) {
        for (long at = 0; at < got;) {
            const char *entry = entries + at;
            uint16_t step;
            /* struct linux_dirent64: inode, offset, length, type, name */
            memcpy(&step, entry + 16, sizeof step);
            const int fd = openat(dir, entry + 19, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
            if (fd >= 0 && entry[18] == 8) look_at_open_file(s, fd, entry + 19); /* DT_REG */
            if (fd >= 0) (void)close(fd);
            at += step;
        }
    }
    (void)close(dir);
}
