/* SPDX-License-Identifier: MIT */
/*
 * The Idempotency-Keys that requests of this process are working on. In memory: the request that
 * marks a key unmarks it even if the database fails, so no key stays marked for good.
 */
#ifndef TAX_ADMINISTRATION_RUNNING_H
#define TAX_ADMINISTRATION_RUNNING_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#define RUNNING_KEY_MAX 96 /* an account id and a key */
#define RUNNING_MAX 512    /* more than there can be connections */

struct running {
    pthread_mutex_t lock;
    char keys[RUNNING_MAX][RUNNING_KEY_MAX + 1]; /* "" = free */
};

/* *running must be zeroed. Returns 0 or an errno value. */
int running_init(struct running *running);
void running_destroy(struct running *running);

bool running_has(struct running *running, const char *key, size_t length);
/* False if there is no room. */
bool running_mark(struct running *running, const char *key, size_t length);
void running_unmark(struct running *running, const char *key, size_t length);

#endif
