/* SPDX-License-Identifier: MIT */
/*
 * What lib/outside/allocate.c asks for. The functions below stand before those of libc: they note
 * what is asked, and can tell of blocks that no file has.
 */
#include "outside/allocate.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/attr.h"
#include "cases.h"
#include "outside/files.h"
#include "real.h"
#include "samples.h"

#define BLOCK 4096
#define REQUESTS_MAX 8
#define SHARED FIEMAP_EXTENT_SHARED
#define DELAYED (FIEMAP_EXTENT_DELALLOC | FIEMAP_EXTENT_UNKNOWN)
#define POPULATE_WRITE 23 /* MADV_POPULATE_WRITE, which older headers lack */

struct request {
    int mode;
    off_t at, len;
};

static struct {
    int fstat, fallocate, unshare, tells_nothing; /* errno; the last one: yes or no */
    unsigned interrupts;
    const struct fiemap_extent *extents; /* what is told instead of the truth; ends with length 0 */
    const struct fiemap_extent *touched[2]; /* the same, from the first and second touch on */
    int touch;                              /* errno of a touch */
    size_t touches, touched_bytes;
    off_t note_at; /* unless 0: where somebody else writes just before a hole is filled */
    int tells_all; /* extents that were not asked for are told, too */
    /* writes are interrupted, end at once, or fail after so many bytes; 0: they do not */
    unsigned write_interrupts, write_len, empty_writes;
    int write_errno;
    struct request requests[REQUESTS_MAX];
    size_t count;
} os;

static int fails(int os_code) {
    errno = os_code ? os_code : errno;
    return os_code != 0;
}

int fstat(int fd, struct stat *st) {
    int (*real)(int, struct stat *);
    REAL(real, "fstat64");
    return fails(os.fstat) ? -1 : real(fd, st);
}

int fallocate(int fd, int mode, off_t at, off_t len) {
    int (*real)(int, int, off_t, off_t);
    REAL(real, "fallocate64");
    if (os.interrupts > 0) {
        os.interrupts--;
        return fails(EINTR) ? -1 : 0;
    }
    if (os.note_at) assert_int_equal(pwrite(fd, "noted", 5, os.note_at), 5);
    if (os.count < REQUESTS_MAX) os.requests[os.count++] = (struct request){ mode, at, len };
    if (fails(mode == 0 ? os.fallocate : os.unshare)) return -1;
    return os.extents ? 0 : real(fd, mode, at, len);
}

int madvise(void *at, size_t len, int advice) {
    int (*real)(void *, size_t, int);
    REAL(real, "madvise");
    if (advice != POPULATE_WRITE) return real(at, len, advice);
    if (fails(os.touch)) return -1;
    os.touched_bytes += len;
    os.extents = os.touched[os.touches++ % ATK_LEN(os.touched)];
    return real(at, len, advice);
}

ssize_t pwrite(int fd, const void *data, size_t len, off_t at) {
    ssize_t (*real)(int, const void *, size_t, off_t);
    REAL(real, "pwrite64");
    if (os.write_interrupts > 0) {
        os.write_interrupts--;
        return fails(EINTR) ? -1 : 0;
    }
    if (os.empty_writes > 0) {
        os.empty_writes--;
        errno = 0;
        return 0;
    }
    if (fails(os.write_errno)) return -1;
    return real(fd, data, os.write_len && os.write_len < len ? os.write_len : len, at);
}

static struct stat stat_of(int fd) {
    struct stat st;
    assert_int_equal(fstat(fd, &st), 0);
    return st;
}

/* The first extent that ends behind the place. */
static int tell(struct fiemap *map, off_t file_len) {
    const struct fiemap_extent *extent = os.extents;
    assert_true(map->fm_start + map->fm_length <= (uint64_t)file_len);
    assert_int_equal(map->fm_extent_count, 1);
    assert_int_equal(map->fm_flags, 0);
    if (os.tells_all) {
        map->fm_mapped_extents = 1;
        memcpy(map->fm_extents, extent, sizeof *extent);
        return 0;
    }
    while (extent->fe_length && extent->fe_logical + extent->fe_length <= map->fm_start) extent++;
    map->fm_mapped_extents =
        extent->fe_length && extent->fe_logical < map->fm_start + map->fm_length;
    if (map->fm_mapped_extents) memcpy(map->fm_extents, extent, sizeof *extent);
    return 0;
}

int ioctl(int fd, unsigned long request, ...) {
    int (*real)(int, unsigned long, void *);
    va_list list;
    va_start(list, request);
    void *argument = va_arg(list, void *);
    va_end(list);
    REAL(real, "ioctl");
    if (request == FS_IOC_FIEMAP && os.tells_nothing) return fails(EOPNOTSUPP) ? -1 : 0;
    if (request == FS_IOC_FIEMAP && os.extents) return tell(argument, stat_of(fd).st_size);
    return real(fd, request, argument);
}

static int setup(void **state) {
    struct fixture *f = malloc(sizeof *f);
    assert_non_null(f);
    memset(&os, 0, sizeof os);
    fixture_make_dir(f);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    memset(&os, 0, sizeof os);
    return fixture_teardown(state);
}

/* A new file of this length, with a hole as long as it is. */
static int file_of(const struct fixture *f, off_t len) {
    char path[128];
    (void)snprintf(path, sizeof path, "%s/file", f->dir);
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, len), 0);
    return fd;
}

static void assert_requests(const struct request *due, size_t count) {
    assert_int_equal(os.count, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(os.requests[i].mode, due[i].mode);
        assert_int_equal(os.requests[i].at, due[i].at);
        assert_int_equal(os.requests[i].len, due[i].len);
    }
}

static void test_blocks_are_taken_and_nothing_is_shortened(void **state) {
    ATK_SCOPED_FD fd = file_of(*state, 0);
    assert_code(atk_allocate(fd, 0, 65536, "file", NULL), 0);
    assert_int_equal(stat_of(fd).st_size, 65536);
    assert_true(stat_of(fd).st_blocks * 512 >= 65536);
    assert_code(atk_allocate(fd, 0, BLOCK, "file", NULL), 0);
    assert_int_equal(stat_of(fd).st_size, 65536);
    assert_code(atk_allocate(-1, 0, BLOCK, "file", NULL), APITOKEN_E_IO);
}

static void test_signals_do_not_matter(void **state) {
    ATK_SCOPED_FD fd = file_of(*state, 0);
    os.interrupts = 3;
    assert_code(atk_allocate(fd, 0, 65536, "file", NULL), 0);
    errno = EINTR; /* of something else, earlier */
    assert_code(atk_allocate(fd, 0, 65536, "file", NULL), 0);
}

static void test_only_what_is_missing_is_asked_for(void **state) {
    static const struct fiemap_extent extents[] = {
        { .fe_logical = BLOCK, .fe_length = BLOCK },
        { .fe_logical = 2 * BLOCK, .fe_length = BLOCK, .fe_flags = FIEMAP_EXTENT_UNWRITTEN },
        { .fe_logical = 3 * BLOCK, .fe_length = BLOCK, .fe_flags = DELAYED },
        { .fe_logical = 5 * BLOCK, .fe_length = 2 * BLOCK, .fe_flags = SHARED },
        { .fe_length = 0 }
    };
    static const struct request due[] = { { 0, 0, BLOCK },
                                          { 0, 4 * BLOCK, BLOCK },
                                          { FALLOC_FL_UNSHARE_RANGE, 5 * BLOCK, 2 * BLOCK },
                                          { 0, 7 * BLOCK, 4 * BLOCK } };
    ATK_SCOPED_FD fd = file_of(*state, 8 * BLOCK);
    os.extents = extents;
    assert_code(atk_allocate(fd, 0, 11 * BLOCK, "file", NULL), 0);
    assert_requests(due, 4);
    os.count = 0;
    assert_code(atk_allocate(fd, BLOCK, 4 * BLOCK, "file", NULL), 0);
    assert_requests(due, 0);
    assert_code(atk_allocate(fd, 6 * BLOCK, 7 * BLOCK, "file", NULL), 0);
    assert_requests(&(struct request){ FALLOC_FL_UNSHARE_RANGE, 6 * BLOCK, BLOCK }, 1);
}

/* Blocks behind the end of a file may have been set aside; it must become longer all the same. */
static void test_what_lies_behind_the_end_is_asked_for(void **state) {
    static const struct fiemap_extent extents[] = { { .fe_logical = 0, .fe_length = 64 * BLOCK },
                                                    { .fe_length = 0 } };
    ATK_SCOPED_FD fd = file_of(*state, BLOCK + 1);
    os.extents = extents;
    assert_code(atk_allocate(fd, 0, 4 * BLOCK, "file", NULL), 0);
    assert_requests(&(struct request){ 0, BLOCK + 1, 3 * BLOCK - 1 }, 1);
}

static void test_who_tells_nothing_is_asked_for_all(void **state) {
    ATK_SCOPED_FD fd = file_of(*state, 2 * BLOCK);
    os.tells_nothing = 1;
    assert_code(atk_allocate(fd, BLOCK, 4 * BLOCK, "file", NULL), 0);
    assert_requests(&(struct request){ 0, BLOCK, 3 * BLOCK }, 1);
    assert_int_equal(stat_of(fd).st_size, 4 * BLOCK);
}

static void remove_file(const struct fixture *f) {
    char path[128];
    (void)snprintf(path, sizeof path, "%s/file", f->dir);
    assert_int_equal(unlink(path), 0);
}

static void assert_reads(int fd, off_t at, const char *due) {
    char text[8] = "";
    assert_int_equal(pread(fd, text, strlen(due), at), strlen(due));
    assert_string_equal(text, due);
}

/* A file of four blocks, of which the second one is there. */
static const struct fiemap_extent second[] = { { .fe_logical = BLOCK, .fe_length = BLOCK },
                                               { .fe_length = 0 } };
static const struct fiemap_extent first_two[] = { { .fe_logical = 0, .fe_length = 2 * BLOCK },
                                                  { .fe_length = 0 } };
static const struct fiemap_extent all_four[] = { { .fe_logical = 0, .fe_length = 4 * BLOCK },
                                                 { .fe_length = 0 } };

static int file_with_holes(const struct fixture *f) {
    int fd = file_of(f, 4 * BLOCK);
    assert_int_equal(pwrite(fd, "kept", 4, BLOCK), 4);
    os.extents = second;
    os.touched[0] = first_two;
    os.touched[1] = all_four;
    os.fallocate = EOPNOTSUPP;
    return fd;
}

static void test_where_nothing_can_be_allocated_holes_are_filled(void **state) {
    static const int codes[] = { EOPNOTSUPP, ENOSYS };
    for (size_t i = 0; i < ATK_LEN(codes); i++) {
        ATK_SCOPED_FD fd = file_with_holes(*state);
        os.fallocate = codes[i];
        os.touch = i ? EINVAL : 0; /* a system that cannot touch them */
        assert_code(atk_allocate(fd, 0, 6 * BLOCK, "file", NULL), 0);
        os.extents = NULL;
        assert_int_equal(stat_of(fd).st_size, 6 * BLOCK);
        assert_true(stat_of(fd).st_blocks * 512 >= 6 * BLOCK);
        assert_reads(fd, BLOCK, "kept");
        remove_file(*state);
    }
}

/* Another process notes a use there between the look and the filling. */
static void test_what_is_written_meanwhile_stays(void **state) {
    static const off_t places[] = { 8, 2 * BLOCK, 4 * BLOCK - 5 };
    for (size_t i = 0; i < ATK_LEN(places); i++) {
        ATK_SCOPED_FD fd = file_with_holes(*state);
        os.note_at = places[i];
        assert_code(atk_allocate(fd, 0, 4 * BLOCK, "file", NULL), 0);
        assert_reads(fd, places[i], "noted");
        assert_int_equal(stat_of(fd).st_size, 4 * BLOCK);
        remove_file(*state);
    }
}

/* From the page in which it begins. */
static void test_a_hole_is_touched_no_further_than_it_goes(void **state) {
    ATK_SCOPED_FD fd = file_with_holes(*state);
    os.touches = 1;
    assert_code(atk_allocate(fd, 2 * BLOCK + 1, 3 * BLOCK + 1, "file", NULL), 0);
    assert_int_equal(os.touched_bytes, BLOCK + 1);
    os.extents = second;
    os.touched_bytes = 0;
    assert_code(atk_allocate(fd, BLOCK, 2 * BLOCK, "file", NULL), 0);
    assert_int_equal(os.touched_bytes, 0);
}

/* The pages of some file systems get no blocks by that. */
static void test_a_hole_that_is_still_one_gets_zeros(void **state) {
    char text[] = "noted";
    ATK_SCOPED_FD fd = file_with_holes(*state);
    os.touched[0] = second;
    os.note_at = 2 * BLOCK;
    assert_code(atk_allocate(fd, 2 * BLOCK, 4 * BLOCK, "file", NULL), 0);
    assert_int_equal(os.touched_bytes, 2 * BLOCK);
    assert_int_equal(pread(fd, text, 5, 2 * BLOCK), 5);
    assert_memory_equal(text, "\0\0\0\0\0", 5);
    assert_true(stat_of(fd).st_blocks * 512 >= 3 * BLOCK);
}

static void test_a_hole_that_cannot_be_touched_is_said_so(void **state) {
    ATK_SCOPED_FD fd = file_with_holes(*state);
    char path[40];
    os.touch = EFAULT; /* a full disk */
    assert_code(atk_allocate(fd, 0, 4 * BLOCK, "file", NULL), APITOKEN_E_DISK_FULL);
    os.touch = ENOMEM;
    assert_code(atk_allocate(fd, 0, 4 * BLOCK, "file", NULL), APITOKEN_E_NOMEM);
    os.touch = 0;
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    ATK_SCOPED_FD reader = open(path, O_RDONLY | O_CLOEXEC);
    assert_code(atk_allocate(reader, 0, 4 * BLOCK, "file", NULL), APITOKEN_E_ACCESS);
    assert_int_equal(os.touched_bytes, 0);
}

static bool is_mapped(const char *name) {
    char line[512];
    bool found = false;
    FILE *maps = fopen("/proc/self/maps", "re");
    assert_non_null(maps);
    while (fgets(line, sizeof line, maps)) found |= strstr(line, name) != NULL;
    assert_int_equal(fclose(maps), 0);
    return found;
}

static void test_no_map_is_left(void **state) {
    ATK_SCOPED_FD fd = file_with_holes(*state);
    assert_code(atk_allocate(fd, 0, 4 * BLOCK, "file", NULL), 0);
    assert_true(os.touches > 0);
    assert_false(is_mapped(((const struct fixture *)*state)->dir));
}

/* Not one that ends where the look begins, nor one that begins where it ends. */
static void test_an_extent_that_was_not_asked_for_is_none(void **state) {
    ATK_SCOPED_FD fd = file_of(*state, 4 * BLOCK);
    os.extents = second;
    os.tells_all = 1;
    assert_code(atk_allocate(fd, 2 * BLOCK, 4 * BLOCK, "file", NULL), 0);
    assert_requests(&(struct request){ 0, 2 * BLOCK, 2 * BLOCK }, 1);
    os.count = 0;
    assert_code(atk_allocate(fd, 0, BLOCK, "file", NULL), 0);
    assert_requests(&(struct request){ 0, 0, BLOCK }, 1);
}

/* Behind the end of the file zeros are written, in as many pieces as it takes. */
static void test_zeros_are_written_whatever_comes_between(void **state) {
    static const struct fiemap_extent none[] = { { .fe_length = 0 } };
    const off_t end = 40 * BLOCK;
    ATK_SCOPED_FD fd = file_of(*state, 0);
    os.extents = none;
    os.fallocate = EOPNOTSUPP;
    os.write_interrupts = 3;
    assert_code(atk_allocate(fd, 0, (uint64_t)end, "file", NULL), 0);
    assert_int_equal(stat_of(fd).st_size, end);
    errno = EINTR; /* of something else, earlier */
    os.write_len = 1;
    assert_code(atk_allocate(fd, 0, (uint64_t)end + 2, "file", NULL), 0);
    assert_int_equal(stat_of(fd).st_size, end + 2);
    os.write_len = 0;
    os.empty_writes = 1;
    assert_code(atk_allocate(fd, 0, 50 * BLOCK, "file", NULL), APITOKEN_E_DISK_FULL);
    os.write_errno = EDQUOT;
    assert_code(atk_allocate(fd, 0, 50 * BLOCK, "file", NULL), APITOKEN_E_DISK_FULL);
    os.write_errno = EIO;
    assert_code(atk_allocate(fd, 0, 50 * BLOCK, "file", NULL), APITOKEN_E_IO);
    assert_int_equal(stat_of(fd).st_size, end + 2);
}

/* Nobody can say where to write. */
static void test_where_nothing_is_told_or_allocated_only_what_is_new_gets_zeros(void **state) {
    ATK_SCOPED_FD fd = file_of(*state, 2 * BLOCK);
    os.tells_nothing = 1;
    os.fallocate = EOPNOTSUPP;
    assert_code(atk_allocate(fd, 0, 2 * BLOCK, "file", NULL), 0);
    assert_int_equal(stat_of(fd).st_size, 2 * BLOCK);
    assert_code(atk_allocate(fd, 0, 3 * BLOCK, "file", NULL), 0);
    assert_int_equal(stat_of(fd).st_size, 3 * BLOCK);
    assert_true(stat_of(fd).st_blocks * 512 < 3 * BLOCK);
}

static void test_what_fails_is_said_so(void **state) {
    static const struct fiemap_extent shared[] = {
        { .fe_logical = 0, .fe_length = 2 * BLOCK, .fe_flags = SHARED }, { .fe_length = 0 }
    };
    apitoken_error err = APITOKEN_ERROR_INIT;
    ATK_SCOPED_FD fd = file_of(*state, 2 * BLOCK);
    os.extents = shared;
    os.unshare = EOPNOTSUPP; /* every write of this file system makes new blocks */
    assert_code(atk_allocate(fd, 0, 2 * BLOCK, "file", NULL), 0);
    os.unshare = ENOSPC;
    assert_code(atk_allocate(fd, 0, 2 * BLOCK, "file", NULL), APITOKEN_E_DISK_FULL);
    os.extents = NULL;
    os.fallocate = ENOSPC;
    assert_code(atk_allocate(fd, 0, 4 * BLOCK, "file", NULL), APITOKEN_E_DISK_FULL);
    os.fallocate = EFBIG;
    assert_code(atk_allocate(fd, 0, 4 * BLOCK, "file", &err), APITOKEN_E_IO);
    assert_non_null(strstr(err.text, "file"));
    assert_non_null(strstr(err.text, "RLIMIT_FSIZE"));
    os.fstat = EIO;
    assert_code(atk_allocate(fd, 0, BLOCK, "file", NULL), APITOKEN_E_IO);
}

#define OS_CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        OS_CASE(test_blocks_are_taken_and_nothing_is_shortened),
        OS_CASE(test_signals_do_not_matter),
        OS_CASE(test_only_what_is_missing_is_asked_for),
        OS_CASE(test_what_lies_behind_the_end_is_asked_for),
        OS_CASE(test_who_tells_nothing_is_asked_for_all),
        OS_CASE(test_where_nothing_can_be_allocated_holes_are_filled),
        OS_CASE(test_what_is_written_meanwhile_stays),
        OS_CASE(test_a_hole_is_touched_no_further_than_it_goes),
        OS_CASE(test_a_hole_that_is_still_one_gets_zeros),
        OS_CASE(test_a_hole_that_cannot_be_touched_is_said_so),
        OS_CASE(test_no_map_is_left),
        OS_CASE(test_an_extent_that_was_not_asked_for_is_none),
        OS_CASE(test_zeros_are_written_whatever_comes_between),
        OS_CASE(test_where_nothing_is_told_or_allocated_only_what_is_new_gets_zeros),
        OS_CASE(test_what_fails_is_said_so),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
