/* SPDX-License-Identifier: MIT */
#include "progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define WIDTH 40

static void draw_bar(struct progress *progress) {
    uint64_t done = __atomic_load_n(&progress->done, __ATOMIC_RELAXED), total = progress->total;
    int filled = (int)(done * WIDTH / total), percent = (int)(done * 100 / total);
    (void)fprintf(stderr, "\r[%.*s%*s] %3d %%", filled, "########################################",
                  WIDTH - filled, "", percent);
    (void)fflush(stderr);
}

static void *redraw_until_over(void *ctx) {
    struct progress *progress = ctx;
    const struct timespec pause = { 0, 100000000 };
    while (!__atomic_load_n(&progress->is_over, __ATOMIC_ACQUIRE)) {
        draw_bar(progress);
        (void)nanosleep(&pause, NULL);
    }
    draw_bar(progress);
    return NULL;
}

void progress_begin(struct progress *progress, uint64_t total) {
    *progress = (struct progress){ .total = total };
    if (total == 0 || !isatty(STDERR_FILENO)) return;
    progress->is_shown = pthread_create(&progress->thread, NULL, redraw_until_over, progress) == 0;
}

void progress_end(struct progress *progress) {
    if (!progress->is_shown) return;
    __atomic_store_n(&progress->is_over, true, __ATOMIC_RELEASE);
    (void)pthread_join(progress->thread, NULL);
    (void)fprintf(stderr, "\r%*s\r", WIDTH + 10, "");
}
