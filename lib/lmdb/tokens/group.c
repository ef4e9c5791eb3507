/* SPDX-License-Identifier: MIT */
#include "lmdb/tokens/group.h"

#include <errno.h>
#include <string.h>
#include <time.h>

int atk_group_init(struct atk_group *group) {
    memset(group, 0, sizeof *group);
    return pthread_mutex_init(&group->mutex, NULL) == 0 ? 0 : APITOKEN_E_NOMEM;
}

void atk_group_destroy(struct atk_group *group) { (void)pthread_mutex_destroy(&group->mutex); }

/* With the mutex held. */
static void add_to_waiting(struct atk_group *group, int change) {
    __atomic_store_n(&group->waiting, group->waiting + (uint32_t)change, __ATOMIC_RELAXED);
}

static void append(struct atk_group *group, struct atk_group_call *call) {
    add_to_waiting(group, 1);
    call->next = NULL;
    if (group->last)
        group->last->next = call;
    else
        group->first = call;
    group->last = call;
}

static void remove_first(struct atk_group *group) {
    add_to_waiting(group, -1);
    group->first = group->first->next;
    if (!group->first) group->last = NULL;
}

static void remove_call(struct atk_group *group, const struct atk_group_call *call) {
    struct atk_group_call *before = NULL;
    if (group->first == call) {
        remove_first(group);
        return;
    }
    add_to_waiting(group, -1);
    for (before = group->first; before->next != call; before = before->next) {}
    before->next = call->next;
    if (group->last == call) group->last = before;
}

static int init_wake(struct atk_group_call *call) {
    pthread_condattr_t attr;
    if (pthread_condattr_init(&attr) != 0) return APITOKEN_E_NOMEM;
    int rc = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    if (rc == 0) rc = pthread_cond_init(&call->wake, &attr);
    (void)pthread_condattr_destroy(&attr);
    return rc == 0 ? 0 : APITOKEN_E_NOMEM;
}

/*
 * With the mutex held. The call may give up until a leader has taken it; from then on only the
 * leader can say how it ended.
 */
static int wait_turn(struct atk_group *group, struct atk_group_call *call,
                     struct atk_deadline *deadline) {
    struct timespec end = atk_deadline_end(deadline);
    while (call->turn == ATK_GROUP_WAITS) {
        if (pthread_cond_timedwait(&call->wake, &group->mutex, &end) != ETIMEDOUT ||
            call->turn != ATK_GROUP_WAITS)
            continue;
        remove_call(group, call);
        return APITOKEN_E_BUSY;
    }
    while (call->turn == ATK_GROUP_TAKEN) (void)pthread_cond_wait(&call->wake, &group->mutex);
    return 0;
}

int atk_group_join(struct atk_group *group, struct atk_group_call *call,
                   struct atk_deadline *deadline) {
    int rc = 0;
    (void)pthread_mutex_lock(&group->mutex);
    call->has_queued = group->is_led;
    if (!group->is_led) {
        group->is_led = true;
        call->turn = ATK_GROUP_LEADS;
    } else {
        rc = init_wake(call);
        if (rc == 0) {
            call->turn = ATK_GROUP_WAITS;
            append(group, call);
            rc = wait_turn(group, call, deadline);
            (void)pthread_cond_destroy(&call->wake);
        }
    }
    (void)pthread_mutex_unlock(&group->mutex);
    return rc;
}

struct atk_group_call *atk_group_take(struct atk_group *group) {
    (void)pthread_mutex_lock(&group->mutex);
    struct atk_group_call *call = group->first;
    if (call && call->is_alone) call = NULL;
    if (call) {
        remove_first(group);
        call->turn = ATK_GROUP_TAKEN;
    }
    (void)pthread_mutex_unlock(&group->mutex);
    return call;
}

static void wake_call(struct atk_group_call *call, enum atk_group_turn turn) {
    call->turn = turn;
    (void)pthread_cond_signal(&call->wake);
}

void atk_group_done(struct atk_group *group, struct atk_group_call *call) {
    (void)pthread_mutex_lock(&group->mutex);
    wake_call(call, ATK_GROUP_DONE);
    (void)pthread_mutex_unlock(&group->mutex);
}

void atk_group_leave(struct atk_group *group) {
    (void)pthread_mutex_lock(&group->mutex);
    struct atk_group_call *next = group->first;
    group->is_led = next != NULL;
    if (next) {
        remove_first(group);
        wake_call(next, ATK_GROUP_LEADS);
    }
    (void)pthread_mutex_unlock(&group->mutex);
}
