/* SPDX-License-Identifier: MIT */
#include "child.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fixture.h"

/*
 * cmocka would answer a failed assert or a fault by going on with the next test, here in the child.
 */
static void leave_cmocka(void) {
    static const int faults[] = { SIGFPE, SIGILL, SIGSEGV, SIGBUS, SIGSYS };
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) (void)signal(faults[i], SIG_DFL);
    (void)setenv("CMOCKA_TEST_ABORT", "1", 1);
}

pid_t child_start(child_fn run, void *ctx) {
    pid_t parent = getpid();
    (void)fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid > 0) return pid;
    leave_cmocka();
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent && getppid() != 0) _exit(1); /* 0: a parent in another PID namespace */
    (void)alarm(CHILD_LIMIT_S);
    int rc = run(ctx);
    (void)fflush(NULL);
    _exit(rc);
}

int child_wait(pid_t pid) {
    int status;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR) return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void child_limit(uint32_t seconds) {
    const struct itimerval of_processor = { { 0, 0 }, { (time_t)seconds, 0 } };
    (void)setitimer(ITIMER_PROF, &of_processor, NULL);
    (void)alarm(30 * seconds);
}

void child_kill(pid_t pid) {
    (void)kill(pid, SIGKILL);
    (void)child_wait(pid);
}

/* The state letter of /proc/pid/stat, after the name in brackets; 0 if there is no such process. */
static char state_of(pid_t pid) {
    char path[40], line[512];
    (void)snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *file = fopen(path, "re");
    if (!file) return 0;
    char *end = fgets(line, sizeof line, file) ? strrchr(line, ')') : NULL;
    (void)fclose(file);
    return end && end[1] ? end[2] : 0;
}

void process_stop(pid_t pid) {
    (void)kill(pid, SIGSTOP);
    for (char state = state_of(pid); state != 'T' && state != 'Z' && state != 0;
         state = state_of(pid))
        (void)sched_yield();
}

void process_continue(pid_t pid) {
    (void)kill(pid, SIGCONT);
    while (state_of(pid) == 'T') (void)sched_yield();
}

void *shared_memory(size_t size) {
    void *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(map != MAP_FAILED);
    return map;
}

int64_t now_us(void) {
    struct timespec ts;
    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static void wake(uint32_t *at) { (void)syscall(SYS_futex, at, FUTEX_WAKE, INT_MAX, NULL, NULL, 0); }

void raise_to(uint32_t *at, uint32_t value) {
    __atomic_store_n(at, value, __ATOMIC_RELEASE);
    wake(at);
}

void raise_by_one(uint32_t *at) {
    (void)__atomic_add_fetch(at, 1, __ATOMIC_RELEASE);
    wake(at);
}

int wait_for(const uint32_t *at, uint32_t value) {
    static const struct timespec slice = { 0, 100000000 };
    int64_t end = now_us() + CHILD_LIMIT_S * INT64_C(1000000);
    uint32_t last = reads(at);
    for (uint32_t seen = last; seen < value; seen = reads(at)) {
        if (seen != last) end = now_us() + CHILD_LIMIT_S * INT64_C(1000000);
        last = seen;
        if (now_us() > end) return 0;
        (void)syscall(SYS_futex, at, FUTEX_WAIT, seen, &slice, NULL, 0);
    }
    return 1;
}

void spin_us(int64_t us) {
    int64_t end = now_us() + us;
    while (now_us() < end) continue;
}

void spin_random_us(uint32_t max_us) {
    static uint64_t state = 1;
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    spin_us((int64_t)((state >> 33) % max_us));
}
