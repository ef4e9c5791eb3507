/* SPDX-License-Identifier: MIT */
#include "outside/clock.h"

#include <stddef.h>

#include "base/attr.h"
#include "base/error.h"
#include "rules/token_state.h"

static int read_system_clock(clockid_t id, int64_t *ret_now_ms) {
    struct timespec ts;
    int rc = clock_gettime(id, &ts);
    if (rc == 0) *ret_now_ms = (int64_t)ts.tv_sec * 1000 + (uint32_t)ts.tv_nsec / 1000000;
    return rc;
}

/* `rc` is what the clock returned. */
static int accept_reading(int rc, int64_t now_ms, int64_t *ret_now_ms, apitoken_error *err) {
    if (rc != 0) return atk_fail(err, APITOKEN_E_CLOCK, "the clock callback failed with %d", rc);
    if (!atk_ms_is_valid(now_ms))
        return atk_fail(err, APITOKEN_E_CLOCK,
                        "the clock shows a time outside the years 1970 to 9999");
    *ret_now_ms = now_ms;
    return 0;
}

int atk_clock_read(const struct atk_clock *clock, int64_t *ret_now_ms, apitoken_error *err) {
    int64_t now_ms = -1;
    int rc =
        clock->fn ? clock->fn(&now_ms, clock->ctx) : read_system_clock(CLOCK_REALTIME, &now_ms);
    return accept_reading(rc, now_ms, ret_now_ms, err);
}

int atk_clock_read_coarse(const struct atk_clock *clock, int64_t *ret_now_ms, bool *ret_is_coarse,
                          apitoken_error *err) {
    int64_t now_ms = -1;
    *ret_is_coarse = !clock->fn;
    int rc = clock->fn ? clock->fn(&now_ms, clock->ctx)
                       : read_system_clock(CLOCK_REALTIME_COARSE, &now_ms);
    return accept_reading(rc, now_ms, ret_now_ms, err);
}

int64_t atk_coarse_ms(void) {
    int64_t now_ms = 0;
    (void)read_system_clock(CLOCK_REALTIME_COARSE, &now_ms);
    return now_ms;
}

/* ---- ticks ----------------------------------------------------------------------------------- */

#define TICKS_BEGIN_S 1577836800 /* 2020-01-01T00:00:00Z */
#define TICKS_END_S 5049216000   /* 2130-01-01T00:00:00Z */
#define TICK_NS 16000
#define TICKS_A_SECOND (1000000000 / TICK_NS)
#define TICKS_AHEAD_MAX (UINT64_C(3600) * TICKS_A_SECOND)

/* A clock before 2020 counts as 0. */
static int read_ticks(uint64_t *ret_now, apitoken_error *err) {
    struct timespec ts;
    if (clock_gettime(CLOCK_REALTIME, &ts) != 0)
        return atk_fail(err, APITOKEN_E_CLOCK, "the system's clock cannot be read");
    if (ts.tv_sec >= TICKS_END_S)
        return atk_fail(err, APITOKEN_E_CLOCK, "the system's clock shows a time after 2129");
    *ret_now = ts.tv_sec < TICKS_BEGIN_S ? 0
                                         : (uint64_t)(ts.tv_sec - TICKS_BEGIN_S) * TICKS_A_SECOND +
                                               (uint64_t)ts.tv_nsec / TICK_NS;
    return 0;
}

/* `last` counts unless it is so far ahead that the clock must have been wrong. */
static uint64_t tick_after(uint64_t last, uint64_t least) {
    return last >= least && last - least <= TICKS_AHEAD_MAX ? last + 1 : least;
}

int atk_tick_next(uint64_t floor, uint64_t *ret_tick, apitoken_error *err) {
    static uint64_t last; /* of this process; atomic */
    uint64_t now = 0, seen = __atomic_load_n(&last, __ATOMIC_RELAXED), next;
    ATK_TRY(read_ticks(&now, err));
    const uint64_t least = now > floor ? now : floor + 1;
    do {
        next = tick_after(seen, least);
    } while (
        !__atomic_compare_exchange_n(&last, &seen, next, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
    if (next > ATK_TICK_MAX)
        return atk_fail(err, APITOKEN_E_CLOCK, "there are no more ids after those of the store");
    *ret_tick = next;
    return 0;
}

int atk_tick_latest(uint64_t floor, uint64_t *ret_tick, apitoken_error *err) {
    uint64_t now = 0;
    ATK_TRY(read_ticks(&now, err));
    *ret_tick = (now > floor ? now : floor) + TICKS_AHEAD_MAX;
    return 0;
}

int64_t atk_monotonic_us(void) {
    struct timespec ts;
    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static void start_deadline(struct atk_deadline *deadline, int64_t now_us) {
    if (deadline->at_us == 0) deadline->at_us = now_us + (int64_t)deadline->timeout_ms * 1000;
}

struct timespec atk_deadline_end(struct atk_deadline *deadline) {
    if (deadline->at_us == 0) start_deadline(deadline, atk_monotonic_us());
    return (struct timespec){ deadline->at_us / 1000000, (long)(deadline->at_us % 1000000) * 1000 };
}

int atk_deadline_pause(struct atk_deadline *deadline) {
    int64_t now_us = atk_monotonic_us();
    deadline->pauses++;
    start_deadline(deadline, now_us);
    int64_t left = deadline->at_us - now_us;
    if (left <= 0) return APITOKEN_E_BUSY;
    int64_t pause = deadline->pause_us < left ? deadline->pause_us : left;
    struct timespec ts = { 0, (long)pause * 1000 };
    (void)nanosleep(&ts, NULL);
    deadline->pause_us =
        deadline->pause_us * 2 < ATK_POLL_MAX_US ? deadline->pause_us * 2 : ATK_POLL_MAX_US;
    return 0;
}
