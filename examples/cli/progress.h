/* SPDX-License-Identifier: MIT */
/* A bar on standard error, if that is a terminal, for a call that takes its time. */
#ifndef APITOKEN_TOOL_PROGRESS_H
#define APITOKEN_TOOL_PROGRESS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct progress {
    uint64_t done; /* atomic: raised by what is watched */
    uint64_t total;
    bool is_over; /* atomic */
    bool is_shown;
    pthread_t thread;
};

/*
 * Shows `done` of `total` until progress_end(), which takes the bar away. Without a terminal both
 * do nothing.
 */
void progress_begin(struct progress *progress, uint64_t total);
void progress_end(struct progress *progress);

#endif
