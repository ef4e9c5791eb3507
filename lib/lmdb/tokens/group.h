/* SPDX-License-Identifier: MIT */
/*
 * Who writes next among the threads of a handle. One leads: it takes the store's write lock, takes
 * up the calls that wait behind it and puts them into its transaction; the others sleep until
 * theirs is done. The order is that of arrival. Knows nothing of what a call does.
 */
#ifndef APITOKEN_LMDB_TOKENS_GROUP_H
#define APITOKEN_LMDB_TOKENS_GROUP_H

#include <pthread.h>

#include "outside/clock.h"

enum atk_group_turn { ATK_GROUP_WAITS, ATK_GROUP_TAKEN, ATK_GROUP_LEADS, ATK_GROUP_DONE };

/* A call that wants to write; lives on its thread's stack until atk_group_join() has returned. */
struct atk_group_call {
    struct atk_group_call *next;
    enum atk_group_turn state;
    int is_alone; /* it may lead, but not be taken up by another: set before joining */
    pthread_cond_t wake;
};

struct atk_group {
    pthread_mutex_t mutex; /* a leaf; held for moments only */
    struct atk_group_call *first, *last;
    uint32_t waiting; /* atomic: how many stand in between */
    int is_led;
};

/* 0, or APITOKEN_E_NOMEM. */
int atk_group_init(struct atk_group *group);
void atk_group_destroy(struct atk_group *group); /* nobody may be in it */

/*
 * Waits its turn. ATK_GROUP_LEADS: the caller leads until atk_group_leave(). ATK_GROUP_DONE:
 * another one has done it. APITOKEN_E_BUSY: the time was up and nobody had taken it; once it is
 * taken there is no way back.
 */
int atk_group_join(struct atk_group *group, struct atk_group_call *call,
                   struct atk_deadline *deadline);

/* How many calls wait, at a glance. */
static inline uint32_t atk_group_waiting(const struct atk_group *group) {
    return __atomic_load_n(&group->waiting, __ATOMIC_RELAXED);
}

/*
 * By the one who leads: takes up the call that has waited longest; NULL if there is none, or if
 * that one must be alone.
 */
struct atk_group_call *atk_group_take(struct atk_group *group);

/* By the one who leads: a call that it took up is done. Its memory is gone after this. */
void atk_group_done(struct atk_group *group, struct atk_group_call *call);

/* Leads no more: the next one does. */
void atk_group_leave(struct atk_group *group);

#endif
