/* SPDX-License-Identifier: MIT */
/*
 * Idempotency-Keys that a request of this process is at, in memory. Whoever marks a key is the one
 * to unmark it, whatever became of the host's own store meanwhile: so none stays marked that nobody
 * works at.
 */
#ifndef TAX_ADMINISTRATION_RUNNING_H
#define TAX_ADMINISTRATION_RUNNING_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#define RUNNING_KEY_MAX 96 /* account id and key, without NUL inside */
#define RUNNING_MAX 512    /* more than the host has connections */

struct running {
    pthread_mutex_t lock;
    char keys[RUNNING_MAX][RUNNING_KEY_MAX + 1]; /* "" = free */
};

/* The rest must be zero. 0, or an error number. */
int running_init(struct running *running);
void running_destroy(struct running *running);

bool running_has(struct running *running, const char *key, size_t length);
/* False if there is no room. */
bool running_mark(struct running *running, const char *key, size_t length);
void running_unmark(struct running *running, const char *key, size_t length);

#endif
