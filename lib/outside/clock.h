/* SPDX-License-Identifier: MIT */
/* The host's clock, and the monotonic one behind deadlines. The only file that reads a clock. */
#ifndef APITOKEN_OUTSIDE_CLOCK_H
#define APITOKEN_OUTSIDE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/limits.h"

struct atk_clock {
    apitoken_clock_fn fn; /* NULL: CLOCK_REALTIME */
    void *ctx;
};

/* One reading; APITOKEN_E_CLOCK if the clock fails or leaves the years 1970..9999. */
int atk_clock_read(const struct atk_clock *clock, int64_t *ret_now_ms, apitoken_error *err);

/*
 * The same at a fifth of the price, for validate: the system's clock is read as of its last tick,
 * some milliseconds ago, and *ret_is_coarse is true. Whoever finds an end less than
 * ATK_COARSE_CLOCK_MS ahead of a rough time asks atk_clock_read(), and so comes to the same answer
 * as with the exact one. A host's clock is never rough.
 */
int atk_clock_read_coarse(const struct atk_clock *clock, int64_t *ret_now_ms, bool *ret_is_coarse,
                          apitoken_error *err);

/* The system's clock, coarse and cheap: for "once a second". It may be set back. */
int64_t atk_coarse_ms(void);

/* For how long something took, in microseconds on CLOCK_MONOTONIC. */
int64_t atk_monotonic_us(void);

/*
 * After how long a verb gives up, on CLOCK_MONOTONIC. The clock is first read when there is
 * something to wait for.
 */
struct atk_deadline {
    int64_t at_us; /* 0: nothing was waited for yet */
    uint32_t timeout_ms;
    uint32_t pause_us; /* next pause of atk_deadline_pause() */
};

static inline struct atk_deadline atk_deadline_in(uint32_t timeout_ms) {
    return (struct atk_deadline){ 0, timeout_ms, ATK_POLL_MIN_US };
}

/* When it is over, on CLOCK_MONOTONIC: there is something to wait for now. */
struct timespec atk_deadline_end(struct atk_deadline *deadline);

/*
 * Sleeps a little, longer each time. 0, or APITOKEN_E_BUSY without sleeping when the deadline has
 * passed.
 */
int atk_deadline_pause(struct atk_deadline *deadline);

#endif
