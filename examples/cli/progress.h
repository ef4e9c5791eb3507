/* SPDX-License-Identifier: MIT */
/* A progress bar on standard error for a long call, if that is a terminal. */
#ifndef APITOKEN_TOOL_PROGRESS_H
#define APITOKEN_TOOL_PROGRESS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct progress {
    uint64_t done; /* atomic: the watched call raises it */
    uint64_t total;
    bool is_over; /* atomic */
    bool is_shown;
    pthread_t thread;
};

/*
 * Shows `done` of `total` until progress_end() removes the bar. Without a terminal both do nothing.
 */
void progress_begin(struct progress *progress, uint64_t total);
void progress_end(struct progress *progress);

#endif
