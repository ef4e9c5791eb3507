/* SPDX-License-Identifier: MIT */
#include "http_linger.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "clocks.h"

/*
 * Many clients read only when they have sent all: 256 MiB are the largest real bodies, and 60 s
 * are enough to send them. Who sends nothing for 5 s has read the answer, or never will.
 */
enum { TOTAL_MS = 60 * 1000, QUIET_MS = 5000, STOPPING_MS = 1000, LOOK_MS = 100 };
#define BYTES_MAX (UINT64_C(256) << 20)
#define PIECE ((size_t)1 << 20)

struct lingering {
    const atomic_bool *is_stopping;
    int64_t begin_ms;
    int64_t heard_ms; /* when bytes arrived last */
    uint64_t bytes;
};

static bool is_over(const struct lingering *linger) {
    int64_t now_ms = monotonic_clock_ms();
    int64_t limit_ms = atomic_load(linger->is_stopping) ? STOPPING_MS : TOTAL_MS;
    return now_ms - linger->begin_ms >= limit_ms || now_ms - linger->heard_ms >= QUIET_MS ||
           linger->bytes >= BYTES_MAX;
}

/* Discards what has arrived. Returns 1 to go on, 0 if the client closed, -1 if it reset. */
static int discard(int fd, struct lingering *linger) {
    ssize_t length = recv(fd, NULL, PIECE, MSG_TRUNC | MSG_DONTWAIT); /* copies nothing: tcp(7) */
    if (length == 0) return 0;
    if (length < 0) return errno == EAGAIN || errno == EINTR ? 1 : -1;
    linger->heard_ms = monotonic_clock_ms();
    linger->bytes += (uint64_t)length;
    return 1;
}

bool http_linger(int fd, const atomic_bool *is_stopping) {
    int64_t now_ms = monotonic_clock_ms();
    struct lingering linger = { is_stopping, now_ms, now_ms, 0 };
    int state = shutdown(fd, SHUT_WR) == 0 ? 1 : -1;
    while (state > 0 && !is_over(&linger)) {
        struct pollfd ready = { .fd = fd, .events = POLLIN };
        if (poll(&ready, 1, LOOK_MS) > 0) state = discard(fd, &linger);
    }
    return state >= 0;
}
