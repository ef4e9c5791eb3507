/* SPDX-License-Identifier: MIT */
#include "accounts/sign_in_delay.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clocks.h"

/*
 * To push a name out of the table, an attacker would have to try this many others, each at the cost
 * of a password hash. That takes longer than waiting.
 */
#define LOGINS_MAX 4096
#define PRESENT_PER_LOGIN_MAX 4 /* the attempt whose turn it is, and those waiting */
#define PRESENT_MAX 64
#define DELAY_FIRST_MS 250
#define DELAY_MAX_MS 8000
#define FORGET_MS (INT64_C(3600) * 1000)

struct login {
    uint64_t hash; /* 0 = free */
    int64_t last_ms;
    int64_t delay_ms; /* after the last wrong password; 0 after a right one */
    int64_t ready_ms; /* when the next attempt may verify its password */
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
    struct login logins[LOGINS_MAX];
};

static bool init_locks(struct sign_in_delay *delay) {
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
    if (!init_locks(delay)) {
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

/* The functions from here to leave_locked() are called with the lock held. */

static struct login *find(struct sign_in_delay *delay, uint64_t hash) {
    for (size_t i = 0; i < LOGINS_MAX; i++) {
        if (delay->logins[i].hash == hash) return &delay->logins[i];
    }
    return NULL;
}

/* Finds the name's entry, or takes a free one, or the one that is unused for longest. */
static struct login *find_or_add(struct sign_in_delay *delay, uint64_t hash) {
    struct login *found = find(delay, hash);
    _Static_assert(LOGINS_MAX > PRESENT_MAX, "some entry has no attempt waiting");
    if (found) return found;
    for (size_t i = 0; i < LOGINS_MAX; i++) {
        struct login *login = &delay->logins[i];
        if (login->present == 0 && (!found || login->last_ms < found->last_ms)) found = login;
    }
    *found = (struct login){ .hash = hash };
    return found;
}

static bool is_forgotten(const struct login *login, int64_t now) {
    return login->present == 0 && now - login->last_ms >= FORGET_MS;
}

static int64_t pending_ms(const struct login *login, int64_t now) {
    return is_forgotten(login, now) || login->ready_ms <= now ? 0 : login->ready_ms - now;
}

static unsigned retry_s(const struct login *login, int64_t now) {
    int64_t ms = pending_ms(login, now) + login->present * login->delay_ms;
    return ms <= 1000 ? 1 : (unsigned)((ms + 999) / 1000);
}

static void wait_until(struct sign_in_delay *delay, int64_t ms) {
    struct timespec end = { .tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000 };
    (void)pthread_cond_timedwait(&delay->changed, &delay->lock, &end);
}

/* False if the host is stopping. */
static bool wait_for_turn(struct sign_in_delay *delay, struct login *login) {
    uint64_t ticket = login->next_ticket++;
    while (!delay->is_stopped) {
        if (ticket != login->turn)
            pthread_cond_wait(&delay->changed, &delay->lock);
        else if (pending_ms(login, monotonic_clock_ms()) > 0)
            wait_until(delay, login->ready_ms);
        else
            return true;
    }
    return false;
}

static void add_present(struct sign_in_delay *delay, struct login *login) {
    delay->present++;
    login->present++;
}

static void remove_present(struct sign_in_delay *delay, struct login *login) {
    delay->present--;
    login->present--;
    login->last_ms = monotonic_clock_ms();
}

static bool enter_locked(struct sign_in_delay *delay, uint64_t hash, unsigned *ret_retry_s) {
    *ret_retry_s = 1;
    if (delay->is_stopped || delay->present >= PRESENT_MAX) return false;
    int64_t now = monotonic_clock_ms();
    struct login *login = find_or_add(delay, hash);
    if (login->present >= PRESENT_PER_LOGIN_MAX) {
        *ret_retry_s = retry_s(login, now);
        return false;
    }
    if (is_forgotten(login, now)) login->delay_ms = login->ready_ms = 0;
    add_present(delay, login);
    bool is_in = wait_for_turn(delay, login);
    if (!is_in) remove_present(delay, login);
    return is_in;
}

static int64_t delay_after(const struct login *login, enum sign_in_outcome outcome) {
    int64_t longer = login->delay_ms ? login->delay_ms * 2 : DELAY_FIRST_MS;
    if (outcome == SIGN_IN_RIGHT) return 0;
    if (outcome == SIGN_IN_NOT_KNOWN) return login->delay_ms;
    return longer < DELAY_MAX_MS ? longer : DELAY_MAX_MS;
}

static void leave_locked(struct sign_in_delay *delay, struct login *login,
                         enum sign_in_outcome outcome) {
    login->delay_ms = delay_after(login, outcome);
    login->ready_ms = monotonic_clock_ms() + login->delay_ms;
    login->turn++;
    remove_present(delay, login);
    pthread_cond_broadcast(&delay->changed);
}

int64_t sign_in_delay_pending_ms(struct sign_in_delay *delay, const char *name, size_t length) {
    pthread_mutex_lock(&delay->lock);
    const struct login *found = find(delay, hash_name(delay, name, length));
    int64_t ms = found ? pending_ms(found, monotonic_clock_ms()) : 0;
    pthread_mutex_unlock(&delay->lock);
    return ms;
}

bool sign_in_delay_enter(struct sign_in_delay *delay, const char *name, size_t length,
                         unsigned *ret_retry_s) {
    pthread_mutex_lock(&delay->lock);
    bool is_in = enter_locked(delay, hash_name(delay, name, length), ret_retry_s);
    pthread_mutex_unlock(&delay->lock);
    return is_in;
}

void sign_in_delay_leave(struct sign_in_delay *delay, const char *name, size_t length,
                         enum sign_in_outcome outcome) {
    pthread_mutex_lock(&delay->lock);
    struct login *found = find(delay, hash_name(delay, name, length));
    if (found && found->present > 0) leave_locked(delay, found, outcome);
    pthread_mutex_unlock(&delay->lock);
}

void sign_in_delay_stop(struct sign_in_delay *delay) {
    pthread_mutex_lock(&delay->lock);
    delay->is_stopped = true;
    pthread_cond_broadcast(&delay->changed);
    pthread_mutex_unlock(&delay->lock);
}
