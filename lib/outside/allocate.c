/* SPDX-License-Identifier: MIT */
#include "outside/allocate.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "outside/files.h"

#ifndef MADV_POPULATE_WRITE /* Linux 5.14 */
#define MADV_POPULATE_WRITE 23
#endif

enum piece_kind {
    PIECE_OWN,    /* blocks of this file alone */
    PIECE_SHARED, /* blocks that a write would have to copy first */
    PIECE_HOLE
};

/* A part of a file that has one kind of blocks: from where it was looked for to `end`. */
struct piece {
    enum piece_kind kind;
    uint64_t end;
};

static uint64_t lesser(uint64_t a, uint64_t b) { return a < b ? a : b; }

/*
 * The piece that begins at `at`; false if the file system does not tell. lseek() would not do: to
 * SEEK_HOLE, blocks that are allocated and not yet written are a hole. Without FIEMAP_FLAG_SYNC,
 * which would write the whole file out at every open: what is written and has no place yet is told
 * as an extent too, and the disk keeps room for it.
 */
static bool find_piece(int fd, uint64_t at, uint64_t end, struct piece *ret) {
    union {
        struct fiemap head;
        uint8_t room[sizeof(struct fiemap) + sizeof(struct fiemap_extent)];
    } map;
    struct fiemap_extent extent;
    memset(&map, 0, sizeof map);
    map.head.fm_start = at;
    map.head.fm_length = end - at;
    map.head.fm_extent_count = 1;
    if (ioctl(fd, FS_IOC_FIEMAP, &map) != 0) return false;
    memcpy(&extent, map.room + sizeof map.head, sizeof extent);
    const bool has_extent = map.head.fm_mapped_extents > 0 && extent.fe_logical < end &&
                            extent.fe_logical + extent.fe_length > at;
    if (!has_extent) {
        *ret = (struct piece){ PIECE_HOLE, end };
    } else if (extent.fe_logical > at) {
        *ret = (struct piece){ PIECE_HOLE, extent.fe_logical };
    } else {
        ret->kind = extent.fe_flags & FIEMAP_EXTENT_SHARED ? PIECE_SHARED : PIECE_OWN;
        ret->end = lesser(end, extent.fe_logical + extent.fe_length);
    }
    return true;
}

/* Returns 0 or an errno. */
static int ask(int fd, int mode, uint64_t at, uint64_t end) {
    int rc;
    do rc = fallocate(fd, mode, (off_t)at, (off_t)(end - at));
    while (rc != 0 && errno == EINTR);
    return rc == 0 ? 0 : errno;
}

static bool is_unknown(int os_code) { return os_code == EOPNOTSUPP || os_code == ENOSYS; }

/* Returns 0 or an errno. */
static int write_zeros(int fd, uint64_t at, uint64_t end) {
    static const uint8_t zeros[65536];
    while (at < end) {
        ssize_t done = pwrite(fd, zeros, (size_t)lesser(end - at, sizeof zeros), (off_t)at);
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) return done < 0 ? errno : ENOSPC;
        at += (uint64_t)done;
    }
    return 0;
}

/*
 * Gives a hole blocks as a write through a map does, but changes no byte: others may write there
 * through maps of their own. Returns 0 or an errno; EINVAL before Linux 5.14.
 */
static int touch_hole(int fd, uint64_t at, uint64_t end) {
    const uint64_t from = at - at % (uint64_t)sysconf(_SC_PAGESIZE);
    const size_t len = (size_t)(end - from);
    void *map = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)from);
    if (map == MAP_FAILED) return errno;
    const int os_code = madvise(map, len, MADV_POPULATE_WRITE) == 0 ? 0 : errno;
    (void)munmap(map, len);
    return os_code == EFAULT ? ENOSPC : os_code; /* what would be a SIGBUS */
}

/* Some file systems give a touched page its block only when it is written back. */
static bool is_hole(int fd, uint64_t at, uint64_t end) {
    struct piece piece;
    return !find_piece(fd, at, end, &piece) || piece.kind == PIECE_HOLE;
}

/* A hole in a file of `len` bytes, or behind it, on a file system that cannot allocate. */
static int fill_by_writing(int fd, uint64_t at, uint64_t end, uint64_t len) {
    const uint64_t inside = lesser(end, len);
    if (at < inside) {
        int os_code = touch_hole(fd, at, inside);
        if (os_code && os_code != EINVAL) return os_code;
        if (!os_code && !is_hole(fd, at, inside)) at = inside;
    }
    return write_zeros(fd, at, end);
}

static int fill_hole(int fd, uint64_t at, uint64_t end, uint64_t len) {
    int os_code = ask(fd, 0, at, end);
    return is_unknown(os_code) ? fill_by_writing(fd, at, end, len) : os_code;
}

/* Where it is unknown every write is made to new blocks, and none are a file's own. */
static int make_own(int fd, uint64_t at, uint64_t end) {
    int os_code = ask(fd, FALLOC_FL_UNSHARE_RANGE, at, end);
    return is_unknown(os_code) ? 0 : os_code;
}

/* The file system does not tell what is allocated. */
static int allocate_unseen(int fd, uint64_t from, uint64_t end, uint64_t len) {
    int os_code = ask(fd, 0, from, end);
    if (!is_unknown(os_code)) return os_code;
    return len < end ? write_zeros(fd, len, end) : 0;
}

/* Beyond the `len` bytes of the file there is nothing of its own, whatever was set aside there. */
static int allocate_pieces(int fd, uint64_t from, uint64_t end, uint64_t len) {
    struct piece piece;
    for (uint64_t at = from; at < end; at = piece.end) {
        int os_code = 0;
        piece = (struct piece){ PIECE_HOLE, end };
        if (at < len && !find_piece(fd, at, lesser(end, len), &piece))
            return allocate_unseen(fd, at, end, len);
        if (piece.kind == PIECE_HOLE && piece.end == len) piece.end = end;
        if (piece.kind == PIECE_HOLE) os_code = fill_hole(fd, at, piece.end, len);
        if (piece.kind == PIECE_SHARED) os_code = make_own(fd, at, piece.end);
        if (os_code) return os_code;
    }
    return 0;
}

int atk_allocate(int fd, uint64_t from, uint64_t end, const char *name, apitoken_error *err) {
    struct stat st;
    if (fstat(fd, &st) != 0) return atk_fail_errno(err, errno, "examine", name);
    int os_code = allocate_pieces(fd, from, end, (uint64_t)st.st_size);
    return os_code == 0 ? 0 : atk_fail_errno(err, os_code, "allocate space for", name);
}
