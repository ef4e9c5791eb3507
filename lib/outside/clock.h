/* SPDX-License-Identifier: MIT */
/* The host's clock, and the monotonic clock for deadlines. Only clock.c reads a clock. */
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

/* APITOKEN_E_CLOCK if the clock fails or is outside the years 1970..9999. */
int atk_clock_read(const struct atk_clock *clock, int64_t *ret_now_ms, apitoken_error *err);

/*
 * Costs a fifth of atk_clock_read(), for validate: reads the system's clock as of its last tick, a
 * few milliseconds ago, and sets *ret_is_coarse. A caller that finds an end less than
 * ATK_COARSE_CLOCK_MS ahead of a coarse time must read the exact time as well; then coarse times
 * never change a result. A host's clock is never coarse.
 */
int atk_clock_read_coarse(const struct atk_clock *clock, int64_t *ret_now_ms, bool *ret_is_coarse,
                          apitoken_error *err);

/* The system's coarse clock, for what happens about once a second. It may be set back. */
int64_t atk_coarse_ms(void);

/*
 * The next tick for an id: the number of 16-microsecond steps of the system's clock since 2020, but
 * above `floor`, and above every tick that this process got before. After a clock that was far
 * ahead was set back, the clock counts again. APITOKEN_E_CLOCK from 2130 on.
 */
int atk_tick_next(uint64_t floor, uint64_t *ret_tick, apitoken_error *err);

/*
 * The latest tick that an id can have by now: an hour ahead of the clock and of the floor. A later
 * one was drawn by a clock that was wrong.
 */
int atk_tick_latest(uint64_t floor, uint64_t *ret_tick, apitoken_error *err);

/* CLOCK_MONOTONIC in microseconds, to measure how long something takes. */
int64_t atk_monotonic_us(void);

/* When a call gives up waiting. The clock is first read when there is something to wait for. */
struct atk_deadline {
    int64_t at_us; /* on CLOCK_MONOTONIC; 0: nothing to wait for so far */
    uint32_t timeout_ms;
    uint32_t pause_us; /* how long atk_deadline_pause() sleeps next */
    uint32_t pauses;   /* how often it was called */
};

static inline struct atk_deadline atk_deadline_in(uint32_t timeout_ms) {
    return (struct atk_deadline){ 0, timeout_ms, ATK_POLL_MIN_US, 0 };
}

/* Starts the deadline and returns when it ends, on CLOCK_MONOTONIC. */
struct timespec atk_deadline_end(struct atk_deadline *deadline);

/*
 * Starts the deadline and sleeps a little, longer each time. APITOKEN_E_BUSY, without sleeping,
 * once the deadline has passed.
 */
int atk_deadline_pause(struct atk_deadline *deadline);

#endif
