/* SPDX-License-Identifier: MIT */
#include "accounts/sign_in_delay.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/*
 * To push a name out of the table somebody has to try as many others, each at the price of a
 * password hash: that takes longer than to wait.
 */
#define NAMES_MAX 4096
#define AT_A_NAME_MAX 4 /* one whose turn it is and those that wait for theirs */
#define IN_ALL_MAX 64
#define FIRST_MS 250
#define LONGEST_MS 8000
#define REST_MS (INT64_C(3600) * 1000)

struct name {
    uint64_t hash; /* 0 = free */
    int64_t last_ms;
    int64_t delay_ms; /* what the last wrong password cost; 0 after a right one */
    int64_t ready_ms; /* when the next attempt may be looked at */
    uint64_t next_ticket;
    uint64_t turn; /* the ticket whose turn it is */
    unsigned present;
};

struct sign_in_delay {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool is_stopped;
    unsigned present;
    unsigned char key[crypto_shorthash_KEYBYTES];
    struct name names[NAMES_MAX];
};

static int64_t monotonic_ms(void) {
    struct timespec now = { 0, 0 };

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool prepare_waiting(struct sign_in_delay *delay) {
    pthread_condattr_t attributes;

    if (pthread_condattr_init(&attributes) != 0) return false;
    bool is_ready = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0 &&
                    pthread_cond_init(&delay->changed, &attributes) == 0;
    pthread_condattr_destroy(&attributes);
    if (is_ready && pthread_mutex_init(&delay->lock, NULL) != 0) {
        pthread_cond_destroy(&delay->changed);
        is_ready = false;
    }
    return is_ready;
}

struct sign_in_delay *sign_in_delay_new(void) {
    if (sodium_init() < 0) return NULL;
    struct sign_in_delay *delay = calloc(1, sizeof *delay);
    if (!delay) return NULL;
    if (!prepare_waiting(delay)) {
        free(delay);
        return NULL;
    }
    crypto_shorthash_keygen(delay->key);
    return delay;
}

void sign_in_delay_free(struct sign_in_delay *delay) {
    if (!delay) return;
    pthread_mutex_destroy(&delay->lock);
    pthread_cond_destroy(&delay->changed);
    sodium_memzero(delay, sizeof *delay);
    free(delay);
}

static uint64_t hash_name(const struct sign_in_delay *delay, const char *name, size_t length) {
    unsigned char bytes[crypto_shorthash_BYTES];
    uint64_t hash;

    _Static_assert(sizeof bytes == sizeof hash, "a hash is a number");
    crypto_shorthash(bytes, (const unsigned char *)name, length, delay->key);
    memcpy(&hash, bytes, sizeof hash);
    return hash ? hash : 1;
}

/* All of these: the caller holds the lock. */

static struct name *find(struct sign_in_delay *delay, uint64_t hash) {
    for (size_t i = 0; i < NAMES_MAX; i++) {
        if (delay->names[i].hash == hash) return &delay->names[i];
    }
    return NULL;
}

/*
 * Finds the name, or gives it the place that is free or at which nobody was for longest. There is
 * always one.
 */
static struct name *find_or_take(struct sign_in_delay *delay, uint64_t hash) {
    struct name *found = find(delay, hash);

    _Static_assert(NAMES_MAX > IN_ALL_MAX, "some place has nobody present");
    if (found) return found;
    for (size_t i = 0; i < NAMES_MAX; i++) {
        struct name *name = &delay->names[i];
        if (name->present == 0 && (!found || name->last_ms < found->last_ms)) found = name;
    }
    *found = (struct name){ .hash = hash };
    return found;
}

static bool has_rested(const struct name *name, int64_t now) {
    return name->present == 0 && now - name->last_ms >= REST_MS;
}

static int64_t pending_ms(const struct name *name, int64_t now) {
    return has_rested(name, now) || name->ready_ms <= now ? 0 : name->ready_ms - now;
}

static unsigned retry_s(const struct name *name, int64_t now) {
    int64_t ms = pending_ms(name, now) + name->present * name->delay_ms;

    return ms <= 1000 ? 1 : (unsigned)((ms + 999) / 1000);
}

static void wait_until(struct sign_in_delay *delay, int64_t ms) {
    struct timespec end = { .tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000 };

    (void)pthread_cond_timedwait(&delay->changed, &delay->lock, &end);
}

/* False if the host is stopping. */
static bool wait_for_turn(struct sign_in_delay *delay, struct name *name) {
    uint64_t ticket = name->next_ticket++;

    while (!delay->is_stopped) {
        if (ticket != name->turn)
            pthread_cond_wait(&delay->changed, &delay->lock);
        else if (pending_ms(name, monotonic_ms()) > 0)
            wait_until(delay, name->ready_ms);
        else
            return true;
    }
    return false;
}

static void come(struct sign_in_delay *delay, struct name *name) {
    delay->present++;
    name->present++;
}

static void go(struct sign_in_delay *delay, struct name *name) {
    delay->present--;
    name->present--;
    name->last_ms = monotonic_ms();
}

static bool enter(struct sign_in_delay *delay, uint64_t hash, unsigned *ret_retry_s) {
    *ret_retry_s = 1;
    if (delay->is_stopped || delay->present >= IN_ALL_MAX) return false;
    int64_t now = monotonic_ms();
    struct name *name = find_or_take(delay, hash);
    if (name->present >= AT_A_NAME_MAX) {
        *ret_retry_s = retry_s(name, now);
        return false;
    }
    if (has_rested(name, now)) name->delay_ms = name->ready_ms = 0;
    come(delay, name);
    bool is_in = wait_for_turn(delay, name);
    if (!is_in) go(delay, name);
    return is_in;
}

static int64_t delay_after(const struct name *name, enum sign_in_outcome outcome) {
    int64_t longer = name->delay_ms ? name->delay_ms * 2 : FIRST_MS;

    if (outcome == SIGN_IN_RIGHT) return 0;
    if (outcome == SIGN_IN_NOT_KNOWN) return name->delay_ms;
    return longer < LONGEST_MS ? longer : LONGEST_MS;
}

static void leave(struct sign_in_delay *delay, struct name *name, enum sign_in_outcome outcome) {
    name->delay_ms = delay_after(name, outcome);
    name->ready_ms = monotonic_ms() + name->delay_ms;
    name->turn++;
    go(delay, name);
    pthread_cond_broadcast(&delay->changed);
}

int64_t sign_in_delay_pending_ms(struct sign_in_delay *delay, const char *name, size_t length) {
    pthread_mutex_lock(&delay->lock);
    const struct name *found = find(delay, hash_name(delay, name, length));
    int64_t ms = found ? pending_ms(found, monotonic_ms()) : 0;
    pthread_mutex_unlock(&delay->lock);
    return ms;
}

bool sign_in_delay_enter(struct sign_in_delay *delay, const char *name, size_t length,
                         unsigned *ret_retry_s) {
    pthread_mutex_lock(&delay->lock);
    bool is_in = enter(delay, hash_name(delay, name, length), ret_retry_s);
    pthread_mutex_unlock(&delay->lock);
    return is_in;
}

void sign_in_delay_leave(struct sign_in_delay *delay, const char *name, size_t length,
                         enum sign_in_outcome outcome) {
    pthread_mutex_lock(&delay->lock);
    struct name *found = find(delay, hash_name(delay, name, length));
    if (found && found->present > 0) leave(delay, found, outcome);
    pthread_mutex_unlock(&delay->lock);
}

void sign_in_delay_stop(struct sign_in_delay *delay) {
    pthread_mutex_lock(&delay->lock);
    delay->is_stopped = true;
    pthread_cond_broadcast(&delay->changed);
    pthread_mutex_unlock(&delay->lock);
}
