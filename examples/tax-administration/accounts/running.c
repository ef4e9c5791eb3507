/* SPDX-License-Identifier: MIT */
#include "accounts/running.h"

#include <string.h>

int running_init(struct running *running) { return pthread_mutex_init(&running->lock, NULL); }

void running_destroy(struct running *running) { pthread_mutex_destroy(&running->lock); }

/* The place of a key, or of none for length 0; NULL if there is none. The caller holds the lock. */
static char *place_of(struct running *running, const char *key, size_t length) {
    for (size_t i = 0; i < RUNNING_MAX; i++) {
        char *place = running->keys[i];
        if (strlen(place) == length && memcmp(place, key, length) == 0) return place;
    }
    return NULL;
}

bool running_has(struct running *running, const char *key, size_t length) {
    pthread_mutex_lock(&running->lock);
    bool has = place_of(running, key, length) != NULL;
    pthread_mutex_unlock(&running->lock);
    return has;
}

bool running_mark(struct running *running, const char *key, size_t length) {
    if (length == 0 || length > RUNNING_KEY_MAX) return false;
    pthread_mutex_lock(&running->lock);
    char *place = place_of(running, "", 0);
    if (place) {
        memcpy(place, key, length);
        place[length] = '\0';
    }
    pthread_mutex_unlock(&running->lock);
    return place != NULL;
}

void running_unmark(struct running *running, const char *key, size_t length) {
    pthread_mutex_lock(&running->lock);
    char *place = length > 0 ? place_of(running, key, length) : NULL;
    if (place) memset(place, 0, RUNNING_KEY_MAX + 1);
    pthread_mutex_unlock(&running->lock);
}
