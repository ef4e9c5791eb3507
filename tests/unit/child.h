/* SPDX-License-Identifier: MIT */
/*
 * Forked children of a test. They report by their exit code: cmocka's asserts only work in the
 * parent.
 */
#ifndef CHILD_H
#define CHILD_H

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* _exit() skips the code that writes coverage at the end of a program. */
#ifdef COUNTS_COVERAGE
void __gcov_dump(void);
static inline void child_leave(int code) {
    __gcov_dump();
    _exit(code);
}
#else
static inline void child_leave(int code) { _exit(code); }
#endif

/* Exit code of a child that runs fn(ctx); 255 if it died of a signal. */
static inline int child_run(int (*fn)(void *ctx), void *ctx) {
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) child_leave(fn(ctx));
    if (pid < 0 || waitpid(pid, &status, 0) != pid) return 254;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

/* A child that runs fn(ctx) and then lives until child_end(). */
struct child {
    pid_t pid;
    int code;  /* what fn returned; -1 if the child is dead */
    int alive; /* closed by child_end(), which the child sees */
};

static inline struct child child_begin(int (*fn)(void *ctx), void *ctx) {
    struct child child = { -1, -1, -1 };
    int told[2], alive[2];
    unsigned char code;
    if (pipe(told) != 0 || pipe(alive) != 0) return child;
    child.pid = fork();
    if (child.pid == 0) {
        (void)close(alive[1]);
        code = (unsigned char)fn(ctx);
        (void)!write(told[1], &code, 1);
        (void)!read(alive[0], &code, 1); /* until the parent closes its end */
        child_leave(0);
    }
    (void)close(told[1]);
    (void)close(alive[0]);
    if (read(told[0], &code, 1) == 1) child.code = code;
    (void)close(told[0]);
    child.alive = alive[1];
    return child;
}

static inline void child_end(const struct child *child) {
    (void)close(child->alive);
    (void)waitpid(child->pid, NULL, 0);
}

#endif
