/* SPDX-License-Identifier: MIT */
/*
 * The names without a 64 are LMDB's and libsodium's, the others the library's: so this file must
 * not be renamed by the header.
 */
#undef _FILE_OFFSET_BITS
#include "calls.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/uio.h>
#include <unistd.h>

#include "figure.h"
#include "interpose.h"
#include "verbs.h"

#define EVERY_UP_TO 120

struct arm {
    enum calls_fault fault;
    uint64_t at; /* 0 = never */
};

static struct {
    struct arm first, second;
    int is_sticky; /* the first one */
    uint64_t seen, failed;
    enum calls_fault fault; /* of the call that fails now */
} plan;

void calls_arm(enum calls_fault fault, uint64_t at, int is_sticky) {
    plan.first = (struct arm){ fault, at };
    plan.second = (struct arm){ fault, 0 };
    plan.is_sticky = is_sticky;
    plan.seen = plan.failed = 0;
}

void calls_arm_second(enum calls_fault fault, uint64_t at) {
    plan.second = (struct arm){ fault, at };
}

uint64_t calls_seen(void) { return plan.seen; }

uint64_t calls_failed(void) { return plan.failed; }

uint64_t calls_next(uint64_t at, unsigned turn, unsigned turns) {
    const uint64_t step = figure_rounds(turns, 1);
    if (at < EVERY_UP_TO) return at + 1;
    return at == EVERY_UP_TO ? at + 1 + turn % step : at + step;
}

/* The one that is due at this call, or NULL. */
static const struct arm *due(void) {
    if (plan.is_sticky) return plan.first.at && plan.seen >= plan.first.at ? &plan.first : NULL;
    if (plan.seen == plan.first.at) return &plan.first;
    return plan.seen == plan.second.at ? &plan.second : NULL;
}

/* 1 if this call is to fail. Calls that cannot be short fail with EIO instead. */
static int is_chosen(void) {
    if (!faults_are_on) return 0;
    plan.seen++;
    const struct arm *arm = due();
    if (!arm) return 0;
    plan.failed++;
    plan.fault = arm->fault;
    if (plan.fault == CALLS_KILL_BEFORE) (void)raise(SIGKILL);
    return 1;
}

static int is_done(void) { return plan.fault == CALLS_DONE || plan.fault == CALLS_KILL_AFTER; }

static long say_failed(void) {
    static const int codes[CALLS_FAULTS] = { EIO, ENOSPC, EINTR, EIO, EIO };
    if (plan.fault == CALLS_KILL_AFTER) (void)raise(SIGKILL);
    errno = codes[plan.fault];
    return -1;
}

/* A function that passes on, fails, or does and fails. */
#define STAND_BEFORE(type, name, parameters, arguments) \
    type name parameters {                              \
        __typeof__(&name) next = REAL(name);            \
        if (!is_chosen()) return next arguments;        \
        if (is_done()) (void)next arguments;            \
        return (type)say_failed();                      \
    }

/* The same for one that moves `len` bytes. */
#define STAND_BEFORE_MOVE(name, parameters, arguments, short_arguments) \
    ssize_t name parameters {                                           \
        __typeof__(&name) next = REAL(name);                            \
        if (!is_chosen()) return next arguments;                        \
        if (plan.fault == CALLS_SHORT) return next short_arguments;     \
        if (is_done()) (void)!next arguments;                           \
        return say_failed();                                            \
    }

#define HALF(len) (((len) + 1) / 2)

STAND_BEFORE_MOVE(read, (int fd, void *data, size_t len), (fd, data, len), (fd, data, HALF(len)))
STAND_BEFORE_MOVE(write, (int fd, const void *data, size_t len), (fd, data, len),
                  (fd, data, HALF(len)))
STAND_BEFORE_MOVE(pread, (int fd, void *data, size_t len, off_t at), (fd, data, len, at),
                  (fd, data, HALF(len), at))
STAND_BEFORE_MOVE(pread64, (int fd, void *data, size_t len, off64_t at), (fd, data, len, at),
                  (fd, data, HALF(len), at))
STAND_BEFORE_MOVE(pwrite, (int fd, const void *data, size_t len, off_t at), (fd, data, len, at),
                  (fd, data, HALF(len), at))
STAND_BEFORE_MOVE(writev, (int fd, const struct iovec *parts, int count), (fd, parts, count),
                  (fd, parts, HALF(count)))

STAND_BEFORE(int, fsync, (int fd), (fd))
STAND_BEFORE(int, fdatasync, (int fd), (fd))
STAND_BEFORE(int, ftruncate, (int fd, off_t len), (fd, len))
STAND_BEFORE(int, ftruncate64, (int fd, off64_t len), (fd, len))
STAND_BEFORE(int, fallocate64, (int fd, int mode, off64_t at, off64_t len), (fd, mode, at, len))
STAND_BEFORE(off_t, lseek, (int fd, off_t at, int whence), (fd, at, whence))
STAND_BEFORE(int, fstat64, (int fd, struct stat64 *st), (fd, st))
STAND_BEFORE(int, stat64, (const char *path, struct stat64 *st), (path, st))
STAND_BEFORE(int, fstatfs, (int fd, struct statfs *fs), (fd, fs))
STAND_BEFORE(int, fstatfs64, (int fd, struct statfs64 *fs), (fd, fs))
STAND_BEFORE(int, fchmod, (int fd, mode_t mode), (fd, mode))
STAND_BEFORE(int, rename, (const char *from, const char *to), (from, to))
STAND_BEFORE(int, renameat2,
             (int from_fd, const char *from, int to_fd, const char *to, unsigned flags),
             (from_fd, from, to_fd, to, flags))

static void *mapped_or_not(void *(*next)(void *, size_t, int, int, int, off_t), void *at,
                           size_t len, int protection, int flags, int fd, off_t offset) {
    if (!is_chosen()) return next(at, len, protection, flags, fd, offset);
    (void)say_failed();
    return MAP_FAILED;
}

void *mmap(void *at, size_t len, int protection, int flags, int fd, off_t offset) {
    return mapped_or_not(REAL(mmap), at, len, protection, flags, fd, offset);
}

void *mmap64(void *at, size_t len, int protection, int flags, int fd, off64_t offset) {
    return mapped_or_not(REAL(mmap64), at, len, protection, flags, fd, offset);
}

/* What is opened is never left open by a failure: only the caller could close it. */
#define STAND_BEFORE_OPEN(name, parameters, last, ...)                          \
    int name parameters {                                                       \
        va_list more;                                                           \
        va_start(more, last);                                                   \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0; \
        va_end(more);                                                           \
        __typeof__(&name) next = REAL(name);                                    \
        return is_chosen() ? (int)say_failed() : next(__VA_ARGS__, mode);       \
    }

STAND_BEFORE_OPEN(open, (const char *path, int flags, ...), flags, path, flags)
STAND_BEFORE_OPEN(open64, (const char *path, int flags, ...), flags, path, flags)
STAND_BEFORE_OPEN(openat64, (int dir, const char *path, int flags, ...), flags, dir, path, flags)

/* Locks and flags of descriptors. */
#define STAND_BEFORE_FCNTL(name)                              \
    int name(int fd, int command, ...) {                      \
        va_list more;                                         \
        va_start(more, command);                              \
        void *argument = va_arg(more, void *);                \
        va_end(more);                                         \
        __typeof__(&name) next = REAL(name);                  \
        if (!is_chosen()) return next(fd, command, argument); \
        if (is_done()) (void)next(fd, command, argument);     \
        return (int)say_failed();                             \
    }

STAND_BEFORE_FCNTL(fcntl)
STAND_BEFORE_FCNTL(fcntl64)

/* Which blocks a file has. */
int ioctl(int fd, unsigned long request, ...) {
    va_list more;
    va_start(more, request);
    void *argument = va_arg(more, void *);
    va_end(more);
    __typeof__(&ioctl) next = REAL(ioctl);
    if (!is_chosen()) return next(fd, request, argument);
    if (is_done()) (void)next(fd, request, argument);
    return (int)say_failed();
}
