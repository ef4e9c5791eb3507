/* SPDX-License-Identifier: MIT */
#include "http_gate.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clocks.h"
#include "http_log.h"
#include "http_next_head.h"
#include "http_peer.h"
#include "http_request.h"

/* Descriptors for all else: threads, each with a file, and databases, and a reserve. */
#define OTHER_DESCRIPTORS (2 * HTTP_THREADS_MAX + 64)

enum { EVENTS = 64, LOOK_MS = 500, CROWDED_MS = 50, ENDING_MS = 2000 };

struct http_gate {
    int socket_fd, epoll_fd, wake_fd;
    struct http_connections *connections;
    struct MHD_Daemon *daemon;
    pthread_t thread;
    atomic_bool is_closing;
    int *ready; /* a ring of descriptors that wait for a thread, in order */
    int ready_first, ready_count;
    int waiting, waiting_max;
};

static bool watch(struct http_gate *gate, int fd, uint32_t events) {
    struct epoll_event event = { .events = events, .data.fd = fd };
    return epoll_ctl(gate->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

static void drop(struct http_gate *gate, int fd) {
    http_connections_remove(gate->connections, fd);
    close(fd);
    gate->waiting--;
}

/* ---- hand over ------------------------------------------------------------------------------- */

static void hand_over(struct http_gate *gate, int fd) {
    const struct http_connection *one = &gate->connections->by_fd[fd];
    struct sockaddr_in6 peer = one->peer;
    http_connections_set(gate->connections, fd, HTTP_BODY);
    gate->waiting--;
    /* on failure libmicrohttpd has closed the socket */
    if (MHD_add_connection(gate->daemon, fd, (const struct sockaddr *)&peer, one->peer_length) !=
        MHD_YES)
        http_connections_remove(gate->connections, fd);
}

static void hand_over_ready(struct http_gate *gate) {
    int room = HTTP_THREADS_MAX - http_connections_served(gate->connections);
    for (; room > 0 && gate->ready_count > 0; room--, gate->ready_count--) {
        int fd = gate->ready[gate->ready_first];
        gate->ready_first = (gate->ready_first + 1) % gate->connections->capacity;
        hand_over(gate, fd);
    }
    if (gate->ready_count > 0) http_connections_make_room(gate->connections, gate->ready_count);
}

static void put_ready(struct http_gate *gate, int fd) {
    int last = (gate->ready_first + gate->ready_count) % gate->connections->capacity;
    epoll_ctl(gate->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
    http_connections_set(gate->connections, fd, HTTP_READY);
    gate->ready[last] = fd;
    gate->ready_count++;
}

/* ---- a connection that waits ----------------------------------------------------------------- */

/* Discards what has arrived. Closes the connection when its client has. */
static void discard(struct http_gate *gate, int fd) {
    ssize_t length;
    do {
        length = recv(fd, NULL, (size_t)1 << 20, MSG_TRUNC | MSG_DONTWAIT);
    } while (length > 0);
    if (length == 0 || errno != EAGAIN) drop(gate, fd);
}

/* After this the client has some time to read the answer. */
static void refuse(struct http_gate *gate, int fd, const struct http_head *head) {
    http_head_refuse(gate->connections, fd, head);
    http_connections_set(gate->connections, fd, HTTP_ENDING);
    shutdown(fd, SHUT_WR);
    discard(gate, fd);
}

static void examine(struct http_gate *gate, int fd, uint32_t events) {
    struct http_connection *one = &gate->connections->by_fd[fd];
    struct http_head head;
    size_t arrived = 0;
    if (atomic_load(&one->activity) == HTTP_ENDING) {
        discard(gate, fd);
        return;
    }
    if (!http_head_look(fd, &head, &arrived)) {
        drop(gate, fd);
        return;
    }
    if (head.form == HTTP_HEAD_PART) {
        http_connections_touch(gate->connections, fd);
        if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) drop(gate, fd);
    } else if (head.form == HTTP_HEAD_GOOD) {
        one->vetted = head.length + head.body;
        put_ready(gate, fd);
    } else {
        refuse(gate, fd, &head);
    }
}

/* ---- new connections ------------------------------------------------------------------------- */

static bool make_room(struct http_gate *gate) {
    int fd = http_connections_idlest_waiting(gate->connections);
    if (fd < 0) return false;
    drop(gate, fd);
    return true;
}

static void take(struct http_gate *gate, int fd, const struct sockaddr_in6 *peer,
                 socklen_t length) {
    if (gate->waiting >= gate->waiting_max) make_room(gate);
    struct http_address address = http_peer_of_socket(peer);
    /* all clients of a proxy come from its address: they are counted by request */
    int most = http_peer_is_trusted(&address) ? INT_MAX : HTTP_PER_ADDRESS_MAX;
    if (!http_connections_add(gate->connections, fd, peer, length, most)) {
        close(fd);
        return;
    }
    gate->waiting++;
    if (watch(gate, fd, EPOLLIN | EPOLLRDHUP | EPOLLET))
        examine(gate, fd, 0);
    else
        drop(gate, fd);
}

static void accept_all(struct http_gate *gate) {
    for (int count = 0; count < EVENTS; count++) {
        struct sockaddr_in6 peer = { .sin6_family = AF_UNSPEC };
        socklen_t length = sizeof peer;
        int fd = accept4(gate->socket_fd, (struct sockaddr *)&peer, &length,
                         SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd >= 0)
            take(gate, fd, &peer, length);
        else if (errno == EAGAIN)
            return;
        else if ((errno == EMFILE || errno == ENFILE) && !make_room(gate))
            return;
    }
}

/* ---- the thread ------------------------------------------------------------------------------ */

/* Ends what has waited for too long. */
static void end_late(struct http_gate *gate) {
    int64_t now_ms = monotonic_clock_ms();
    for (int fd = 0; fd < gate->connections->capacity; fd++) {
        struct http_connection *one = &gate->connections->by_fd[fd];
        int activity = atomic_load(&one->activity);
        struct http_head late = { .form = HTTP_HEAD_PART };
        size_t arrived = 0;
        if (activity == HTTP_ENDING && now_ms - atomic_load(&one->active_ms) > ENDING_MS) {
            drop(gate, fd);
        } else if (activity == HTTP_WAITING && now_ms - one->begin_ms > HTTP_HEAD_MS) {
            if (http_head_look(fd, &late, &arrived) && arrived > 0)
                refuse(gate, fd, &late);
            else
                drop(gate, fd);
        }
    }
}

static void handle(struct http_gate *gate, const struct epoll_event *event) {
    uint64_t count;
    if (event->data.fd == gate->socket_fd)
        accept_all(gate);
    else if (event->data.fd == gate->wake_fd)
        (void)!read(gate->wake_fd, &count, sizeof count);
    else
        examine(gate, event->data.fd, event->events);
}

static bool is_waiting(const struct http_gate *gate, int fd) {
    int activity = atomic_load(&gate->connections->by_fd[fd].activity);
    return activity == HTTP_WAITING || activity == HTTP_ENDING;
}

static void *run(void *ctx) {
    struct http_gate *gate = ctx;
    struct epoll_event events[EVENTS];
    int64_t looked_ms = monotonic_clock_ms();
    while (!atomic_load(&gate->is_closing)) {
        int count = epoll_wait(gate->epoll_fd, events, EVENTS,
                               gate->ready_count > 0 ? CROWDED_MS : LOOK_MS);
        for (int i = 0; i < count; i++) {
            int fd = events[i].data.fd;
            /* an earlier event of this round may have closed it to make room */
            bool is_own = fd == gate->socket_fd || fd == gate->wake_fd;
            if (is_own || is_waiting(gate, fd)) handle(gate, &events[i]);
        }
        hand_over_ready(gate);
        if (monotonic_clock_ms() - looked_ms < LOOK_MS) continue;
        looked_ms = monotonic_clock_ms();
        end_late(gate);
    }
    for (int fd = 0; fd < gate->connections->capacity; fd++) {
        bool is_ready = atomic_load(&gate->connections->by_fd[fd].activity) == HTTP_READY;
        if (is_ready || is_waiting(gate, fd)) drop(gate, fd);
    }
    return NULL;
}

void http_gate_free(struct http_gate *gate) {
    if (gate->epoll_fd >= 0) close(gate->epoll_fd);
    if (gate->wake_fd >= 0) close(gate->wake_fd);
    free(gate->ready);
    free(gate);
}

struct http_gate *http_gate_open(int socket_fd, struct http_connections *connections,
                                 struct MHD_Daemon *daemon) {
    struct http_gate *gate = calloc(1, sizeof *gate);
    if (!gate) return NULL;
    int most = connections->capacity - OTHER_DESCRIPTORS;
    gate->socket_fd = socket_fd;
    gate->connections = connections;
    gate->daemon = daemon;
    gate->waiting_max = most > 64 ? most : 64;
    gate->ready = calloc((size_t)connections->capacity, sizeof *gate->ready);
    gate->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    gate->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    bool is_good = gate->ready && gate->epoll_fd >= 0 && gate->wake_fd >= 0 &&
                   watch(gate, socket_fd, EPOLLIN) && watch(gate, gate->wake_fd, EPOLLIN) &&
                   pthread_create(&gate->thread, NULL, run, gate) == 0;
    if (is_good) return gate;
    http_log("cannot accept connections: %s", strerror(errno));
    http_gate_free(gate);
    return NULL;
}

void http_gate_wake(struct http_gate *gate) {
    uint64_t one = 1;
    (void)!write(gate->wake_fd, &one, sizeof one);
}

void http_gate_stop(struct http_gate *gate) {
    atomic_store(&gate->is_closing, true);
    http_gate_wake(gate);
    pthread_join(gate->thread, NULL);
}
