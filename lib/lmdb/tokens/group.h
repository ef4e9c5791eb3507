/* SPDX-License-Identifier: MIT */
/*
 * Which of the threads of a handle writes next. One call leads: it takes the store's write lock,
 * takes the calls queued behind it and puts their changes into its transaction; they sleep until
 * that is done. Calls are served in the order of arrival. Knows nothing of what a call writes.
 */
#ifndef APITOKEN_LMDB_TOKENS_GROUP_H
#define APITOKEN_LMDB_TOKENS_GROUP_H

#include <pthread.h>
#include <stdbool.h>

#include "outside/clock.h"

enum atk_group_turn { ATK_GROUP_WAITS, ATK_GROUP_TAKEN, ATK_GROUP_LEADS, ATK_GROUP_DONE };

/* A call that wants to write; lives on its thread's stack until atk_group_join() has returned. */
struct atk_group_call {
    struct atk_group_call *next;
    enum atk_group_turn turn;
    bool has_queued; /* filled in: it waited for another call */
    bool is_alone;   /* may lead, but no leader may take it: set before joining */
    pthread_cond_t wake;
};

struct atk_group {
    pthread_mutex_t mutex; /* no other is taken under it; held briefly */
    struct atk_group_call *first, *last;
    uint32_t waiting; /* atomic: length of the queue */
    bool is_led;
};

/* 0, or APITOKEN_E_NOMEM. */
int atk_group_init(struct atk_group *group);
void atk_group_destroy(struct atk_group *group); /* no call may be in it */

/*
 * Waits until the call leads or has been written. 0, and call->turn says which: ATK_GROUP_LEADS
 * until atk_group_leave(), or ATK_GROUP_DONE. APITOKEN_E_BUSY: the deadline passed before a leader
 * took the call; once it is taken there is no way back. APITOKEN_E_NOMEM.
 */
int atk_group_join(struct atk_group *group, struct atk_group_call *call,
                   struct atk_deadline *deadline);

/* How many calls are queued, read without the mutex. */
static inline uint32_t atk_group_waiting(const struct atk_group *group) {
    return __atomic_load_n(&group->waiting, __ATOMIC_RELAXED);
}

/*
 * For the leader: takes the call that has waited longest. NULL if none is queued, or if that one
 * must be written alone.
 */
struct atk_group_call *atk_group_take(struct atk_group *group);

/* For the leader: a call that it took is done, and its memory may be gone after this. */
void atk_group_done(struct atk_group *group, struct atk_group_call *call);

/* Stops leading; the next queued call leads. */
void atk_group_leave(struct atk_group *group);

#endif
