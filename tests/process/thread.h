/* SPDX-License-Identifier: MIT */
/*
 * Threads of a test. cmocka's asserts work only in the thread that runs the test, so other threads
 * return what went wrong, and joining them fails the test.
 */
#ifndef THREAD_H
#define THREAD_H

#include <pthread.h>

#include "fixture.h"

struct thread {
    pthread_t id;
    int (*run)(void *ctx); /* returns 0 if all was well */
    void *ctx;
    int rc;
};

void thread_start(struct thread *thread, int (*run)(void *ctx), void *ctx);
void thread_join(struct thread *thread);

/* Joins one that must have ended by being cancelled. */
void thread_join_cancelled(struct thread *thread);

/* In a thread: ends it unless the call gives the code that is due. */
#define THREAD_DUE(expr, due)                                                          \
    do {                                                                               \
        int got_ = (expr);                                                             \
        if (got_ != (due)) return thread_tell(#expr, got_, (due), __FILE__, __LINE__); \
    } while (0)
int thread_tell(const char *what, int got, int due, const char *file, int line);

/* fixture_create() for a thread: gives the code. */
int thread_create(apitoken_store *store, const char *owner, const char *name,
                  struct made_token *ret_made);

#endif
