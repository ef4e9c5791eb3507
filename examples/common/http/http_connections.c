/* SPDX-License-Identifier: MIT */
#include "http_connections.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "clocks.h"

/* Enough for all threads and thousands that wait for one. */
#define DESCRIPTORS_MAX 16384

/* One that makes progress is not idle; a client may read an answer slowly, for a while. */
enum { BODY_IDLE_MS = 250, ANSWER_IDLE_MS = 30 * 1000 };

bool http_connections_open(struct http_connections *all) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return false;
    rlim_t wanted = limit.rlim_max < DESCRIPTORS_MAX ? limit.rlim_max : DESCRIPTORS_MAX;
    if (limit.rlim_cur < wanted) {
        struct rlimit raised = { wanted, limit.rlim_max };
        if (setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
    }
    all->capacity = (int)(limit.rlim_cur < wanted ? limit.rlim_cur : wanted);
    all->by_fd = calloc((size_t)all->capacity, sizeof *all->by_fd);
    return all->by_fd && pthread_mutex_init(&all->mutex, NULL) == 0;
}

void http_connections_close(struct http_connections *all) {
    free(all->by_fd);
    all->by_fd = NULL;
}

/* ---- one ------------------------------------------------------------------------------------- */

static void find_network(struct http_connection *one) {
    memset(one->network, 0, sizeof one->network);
    if (one->peer.sin6_family == AF_INET6)
        memcpy(one->network, &one->peer.sin6_addr,
               IN6_IS_ADDR_V4MAPPED(&one->peer.sin6_addr) ? 16 : 8);
    else
        memcpy(one->network, &((const struct sockaddr_in *)(const void *)&one->peer)->sin_addr, 4);
}

static int count_network(const struct http_connections *all, const struct http_connection *one) {
    int count = 0, seen = 0;
    for (int fd = 0; fd < all->capacity && seen < all->open; fd++) {
        const struct http_connection *other = &all->by_fd[fd];
        if (atomic_load(&other->activity) == HTTP_FREE) continue;
        seen++;
        if (other->peer.sin6_family == one->peer.sin6_family &&
            memcmp(other->network, one->network, sizeof one->network) == 0)
            count++;
    }
    return count;
}

bool http_connections_add(struct http_connections *all, int fd, const struct sockaddr_in6 *peer,
                          socklen_t peer_length, int most) {
    if (fd >= all->capacity) return false;
    struct http_connection *one = &all->by_fd[fd];
    pthread_mutex_lock(&all->mutex);
    one->peer = *peer;
    one->peer_length = peer_length;
    find_network(one);
    bool is_good = count_network(all, one) < most;
    if (is_good) {
        one->begin_ms = monotonic_clock_ms();
        atomic_store(&one->active_ms, one->begin_ms);
        one->vetted = 0;
        one->is_ended = false;
        atomic_store(&one->activity, HTTP_WAITING);
        all->open++;
    }
    pthread_mutex_unlock(&all->mutex);
    return is_good;
}

static bool has_thread(const struct http_connection *one) {
    return atomic_load(&one->activity) >= HTTP_BETWEEN;
}

void http_connections_remove(struct http_connections *all, int fd) {
    http_connections_set(all, fd, HTTP_FREE);
}

void http_connections_set(struct http_connections *all, int fd, enum http_activity activity) {
    struct http_connection *one = &all->by_fd[fd];
    pthread_mutex_lock(&all->mutex);
    bool had_thread = has_thread(one);
    if (activity == HTTP_FREE && atomic_load(&one->activity) != HTTP_FREE) all->open--;
    atomic_store(&one->activity, (int)activity);
    all->served += (int)has_thread(one) - (int)had_thread;
    http_connections_touch(all, fd);
    pthread_mutex_unlock(&all->mutex);
}

void http_connections_mark(struct http_connections *all, int fd, enum http_activity activity) {
    atomic_store(&all->by_fd[fd].activity, (int)activity);
    http_connections_touch(all, fd);
}

int http_connections_served(struct http_connections *all) {
    pthread_mutex_lock(&all->mutex);
    int served = all->served;
    pthread_mutex_unlock(&all->mutex);
    return served;
}

void http_connections_touch(struct http_connections *all, int fd) {
    atomic_store(&all->by_fd[fd].active_ms, monotonic_clock_ms());
}

/* ---- the idlest ------------------------------------------------------------------------------ */

int http_connections_idlest_waiting(struct http_connections *all) {
    int64_t oldest_ms = INT64_MAX;
    int found = -1;
    pthread_mutex_lock(&all->mutex);
    for (int fd = 0; fd < all->capacity; fd++) {
        const struct http_connection *one = &all->by_fd[fd];
        int activity = atomic_load(&one->activity);
        if (activity != HTTP_WAITING && activity != HTTP_ENDING) continue;
        if (atomic_load(&one->active_ms) >= oldest_ms) continue;
        oldest_ms = atomic_load(&one->active_ms);
        found = fd;
    }
    pthread_mutex_unlock(&all->mutex);
    return found;
}

/* How much a connection deserves to be ended; negative = not at all. */
static int64_t idleness(const struct http_connection *one, int64_t now_ms) {
    int64_t idle_ms = now_ms - atomic_load(&one->active_ms);
    switch (atomic_load(&one->activity)) {
    case HTTP_BETWEEN:
    case HTTP_LINGER: return idle_ms + INT32_MAX; /* it loses nothing */
    case HTTP_BODY: return idle_ms < BODY_IDLE_MS ? -1 : idle_ms;
    case HTTP_ANSWER: return idle_ms < ANSWER_IDLE_MS ? -1 : idle_ms;
    default: return -1;
    }
}

static int find_idlest(const struct http_connections *all, int *ret_ended) {
    int64_t now_ms = monotonic_clock_ms(), most = -1;
    int found = -1, ended = 0;
    for (int fd = 0; fd < all->capacity; fd++) {
        const struct http_connection *one = &all->by_fd[fd];
        if (!has_thread(one)) continue;
        if (one->is_ended) {
            ended++;
            continue;
        }
        int64_t idle = idleness(one, now_ms);
        if (idle <= most) continue;
        most = idle;
        found = fd;
    }
    *ret_ended = ended;
    return found;
}

void http_connections_make_room(struct http_connections *all, int wanted) {
    int ended = 0;
    pthread_mutex_lock(&all->mutex);
    for (int found = find_idlest(all, &ended); found >= 0 && ended < wanted;
         found = find_idlest(all, &ended)) {
        all->by_fd[found].is_ended = true;
        shutdown(found, SHUT_RDWR);
    }
    pthread_mutex_unlock(&all->mutex);
}

void http_connections_end_between(struct http_connections *all) {
    pthread_mutex_lock(&all->mutex);
    for (int fd = 0; fd < all->capacity; fd++)
        if (atomic_load(&all->by_fd[fd].activity) == HTTP_BETWEEN) shutdown(fd, SHUT_RDWR);
    pthread_mutex_unlock(&all->mutex);
}
