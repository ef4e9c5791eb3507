/* SPDX-License-Identifier: MIT */
#include "accounts/running.h"

#include <string.h>

int running_init(struct running *running) { return pthread_mutex_init(&running->lock, NULL); }

void running_destroy(struct running *running) { pthread_mutex_destroy(&running->lock); }

/* Finds a key, or a free place for length 0; NULL if there is none. Call with the lock held. */
static char *find_key(struct running *running, const char *key, size_t length) {
    for (size_t i = 0; i < RUNNING_MAX; i++) {
        char *found = running->keys[i];
        if (strlen(found) == length && memcmp(found, key, length) == 0) return found;
    }
    return NULL;
}

bool running_has(struct running *running, const char *key, size_t length) {
    pthread_mutex_lock(&running->lock);
    bool has = find_key(running, key, length) != NULL;
    pthread_mutex_unlock(&running->lock);
    return has;
}

bool running_mark(struct running *running, const char *key, size_t length) {
    if (length == 0 || length > RUNNING_KEY_MAX) return false;
    pthread_mutex_lock(&running->lock);
    char *found = find_key(running, "", 0);
    if (found) {
        memcpy(found, key, length);
        found[length] = '\0';
    }
    pthread_mutex_unlock(&running->lock);
    return found != NULL;
}

void running_unmark(struct running *running, const char *key, size_t length) {
    pthread_mutex_lock(&running->lock);
    char *found = length > 0 ? find_key(running, key, length) : NULL;
    if (found) memset(found, 0, RUNNING_KEY_MAX + 1);
    pthread_mutex_unlock(&running->lock);
}
