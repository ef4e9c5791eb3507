/* SPDX-License-Identifier: MIT */
/* Calls that give up when their time is up. */
#ifndef BUSY_H
#define BUSY_H

#include "child.h"
#include "fixture.h"

/*
 * Never early, and at least once in BUSY_TRIES not late. A busy machine makes a call late now and
 * then; one that waits for something else than its time is always late.
 */
enum { BUSY_TRIES = 20, BUSY_LATE_TIMES = 5 };

#define EXPECT_BUSY_AT(timeout_ms_, expr)                             \
    do {                                                              \
        const int64_t due_us_ = (int64_t)(timeout_ms_)*1000;          \
        int64_t took_us_ = INT64_MAX;                                 \
        for (int try_ = 0; try_ < BUSY_TRIES; try_++) {               \
            const int64_t begin_us_ = now_us();                       \
            assert_code(expr, APITOKEN_E_BUSY);                       \
            took_us_ = now_us() - begin_us_;                          \
            assert_true(took_us_ >= due_us_);                         \
            if (took_us_ <= BUSY_LATE_TIMES * due_us_) break;         \
        }                                                             \
        assert_in_range(took_us_, due_us_, BUSY_LATE_TIMES *due_us_); \
    } while (0)

#endif
