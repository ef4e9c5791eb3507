/* SPDX-License-Identifier: MIT */
#include "crew.h"

#include <pthread.h>
#include <stdlib.h>

#include "due.h"
#include "machine.h"

struct member {
    pthread_t id;
    pthread_barrier_t *gate;
    size_t number;
    int pinned;
    crew_fn run;
    void *ctx;
    double begin, end;
};

static void *work(void *ctx) {
    struct member *member = ctx;
    pin_to(member->pinned ? (int)member->number : -1);
    (void)pthread_barrier_wait(member->gate);
    member->begin = wall_ns();
    member->run(member->ctx, member->number);
    member->end = wall_ns();
    return NULL;
}

double crew_run(size_t threads, int pinned, crew_fn run, void *ctx) {
    struct member members[CREW_MAX];
    pthread_barrier_t gate;
    DUE_THAT(threads > 0 && threads <= CREW_MAX);
    DUE(pthread_barrier_init(&gate, NULL, (unsigned)threads));
    for (size_t i = 0; i < threads; i++) {
        members[i] =
            (struct member){ .gate = &gate, .number = i, .pinned = pinned, .run = run, .ctx = ctx };
        DUE(pthread_create(&members[i].id, NULL, work, &members[i]));
    }
    for (size_t i = 0; i < threads; i++) DUE(pthread_join(members[i].id, NULL));
    DUE(pthread_barrier_destroy(&gate));
    double begin = members[0].begin, end = members[0].end;
    for (size_t i = 1; i < threads; i++) {
        if (members[i].begin < begin) begin = members[i].begin;
        if (members[i].end > end) end = members[i].end;
    }
    return end - begin;
}

struct crew_worker {
    pthread_t id;
    int cpu;
    int is_over;
    size_t times;
    crew_fn run;
    void *ctx;
};

static void *repeat(void *ctx) {
    struct crew_worker *worker = ctx;
    pin_to(worker->cpu);
    while (!__atomic_load_n(&worker->is_over, __ATOMIC_ACQUIRE)) {
        worker->run(worker->ctx, 0);
        (void)__atomic_add_fetch(&worker->times, 1, __ATOMIC_RELEASE);
    }
    return NULL;
}

struct crew_worker *crew_start(int cpu, crew_fn run, void *ctx) {
    struct crew_worker *worker = calloc(1, sizeof *worker);
    DUE_THAT(worker != NULL);
    worker->cpu = cpu;
    worker->run = run;
    worker->ctx = ctx;
    DUE(pthread_create(&worker->id, NULL, repeat, worker));
    while (__atomic_load_n(&worker->times, __ATOMIC_ACQUIRE) == 0) continue; /* it is at work */
    return worker;
}

size_t crew_stop(struct crew_worker *worker) {
    __atomic_store_n(&worker->is_over, 1, __ATOMIC_RELEASE);
    DUE(pthread_join(worker->id, NULL));
    size_t times = worker->times;
    free(worker);
    return times;
}
