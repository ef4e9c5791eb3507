/* SPDX-License-Identifier: MIT */
#include "outside/file_limit.h"

#include <errno.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

uint64_t atk_file_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return UINT64_MAX;
    return limit.rlim_cur;
}

static sigset_t file_signal(void) {
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGXFSZ);
    return set;
}

struct atk_file_signal atk_file_signal_hold(void) {
    struct atk_file_signal before;
    sigset_t pending;
    const sigset_t set = file_signal();
    (void)pthread_sigmask(SIG_BLOCK, &set, &before.mask);
    before.was_pending = sigpending(&pending) != 0 || sigismember(&pending, SIGXFSZ) == 1;
    return before;
}

#define KERNEL_MASK_BYTES (64 / 8) /* of a set of signals: the C library's is longer */

/* sigtimedwait() of glibc hides how a signal was sent. */
static bool take_pending(siginfo_t *ret_info) {
    const struct timespec now = { 0, 0 };
    const sigset_t set = file_signal();
    long rc;
    do rc = syscall(SYS_rt_sigtimedwait, &set, ret_info, &now, KERNEL_MASK_BYTES);
    while (rc < 0 && errno == EINTR);
    return rc > 0;
}

/* The kernel sends it to the thread, but says that the process has sent it to itself. */
static bool is_of_own_write(const siginfo_t *info) {
    return info->si_code == SI_USER && info->si_pid == getpid();
}

/*
 * As whoever sent it did. In the name of others a thread may send signals to itself alone, so only
 * the first thread, which the process is named after, can send one to the process.
 */
static void send_again(siginfo_t *info) {
    if (info->si_code == SI_TKILL || syscall(SYS_rt_sigqueueinfo, getpid(), SIGXFSZ, info) != 0)
        (void)syscall(SYS_rt_tgsigqueueinfo, getpid(), syscall(SYS_gettid), SIGXFSZ, info);
}

/* Takes back a signal of our own writes. One that was there before, or that others sent, stays. */
void atk_file_signal_release(const struct atk_file_signal *before) {
    siginfo_t info;
    if (!before->was_pending && take_pending(&info) && !is_of_own_write(&info)) send_again(&info);
    (void)pthread_sigmask(SIG_SETMASK, &before->mask, NULL);
}
