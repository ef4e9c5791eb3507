/* SPDX-License-Identifier: MIT */
/*
 * The limit on the size of files (RLIMIT_FSIZE). The kernel sends SIGXFSZ to a thread that writes
 * beyond it, which ends the process; with the signal held off, the write fails with EFBIG instead.
 */
#ifndef APITOKEN_OUTSIDE_FILE_LIMIT_H
#define APITOKEN_OUTSIDE_FILE_LIMIT_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"

/* No byte at or behind this one can be written; UINT64_MAX without a limit. */
uint64_t atk_file_limit(void);

/* What a thread had before SIGXFSZ was held off. */
struct atk_file_signal {
    sigset_t mask;
    bool was_pending;
};
struct atk_file_signal atk_file_signal_hold(void);
void atk_file_signal_release(const struct atk_file_signal *before);

/* In a function that writes files: the calling thread gets no SIGXFSZ until it returns. */
#define ATK_NO_FILE_SIGNAL                                      \
    __attribute__((unused)) ATK_SCOPED(atk_file_signal_release) \
        const struct atk_file_signal atk_file_signal_ = atk_file_signal_hold()

#endif
