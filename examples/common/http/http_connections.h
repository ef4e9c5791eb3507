/* SPDX-License-Identifier: MIT */
/*
 * The open connections of a host, by descriptor: who has each, what it does and since when. Counts
 * them by address, and ends the idlest one when there is no room.
 */
#ifndef EXAMPLES_HTTP_CONNECTIONS_H
#define EXAMPLES_HTTP_CONNECTIONS_H

#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of one address. A browser has six; many users behind one address have some dozens of them. */
#define HTTP_PER_ADDRESS_MAX 256

/* From what the host gives up first, if it must, to what it never gives up. */
enum http_activity {
    HTTP_FREE,    /* no connection */
    HTTP_WAITING, /* its first head has not arrived */
    HTTP_ENDING,  /* was refused; what still arrives is discarded */
    HTTP_READY,   /* waits for a thread */
    HTTP_BETWEEN, /* had an answer; the next head has not arrived */
    HTTP_LINGER,  /* had an answer; what its client still sends is discarded */
    HTTP_BODY,    /* its body arrives */
    HTTP_ANSWER,  /* the answer is sent */
    HTTP_BUSY,    /* the host works for it */
};

struct http_connection {
    struct sockaddr_in6 peer; /* or struct sockaddr_in */
    socklen_t peer_length;
    uint8_t network[16];  /* what is counted: the address, of IPv6 the /64 */
    _Atomic int activity; /* enum http_activity */
    _Atomic int64_t active_ms;
    int64_t begin_ms;
    uint64_t vetted; /* of the bytes that arrive, those before this one have been checked */
    bool is_ended;   /* was shut down to make room */
};

struct http_connections {
    pthread_mutex_t mutex;
    struct http_connection *by_fd;
    int capacity; /* descriptors */
    int open;     /* connections */
    int served;   /* those that have a thread */
};

/* Makes room for as many descriptors as the process may have. False if there is no memory. */
bool http_connections_open(struct http_connections *all);
void http_connections_close(struct http_connections *all);

/* Notes a new connection. False if its address has `most` of them already, or it has no room. */
bool http_connections_add(struct http_connections *all, int fd, const struct sockaddr_in6 *peer,
                          socklen_t peer_length, int most);
/* Forgets it; call before its descriptor is closed. */
void http_connections_remove(struct http_connections *all, int fd);

/* What it does now. Counts what has a thread, from HTTP_BETWEEN on. */
void http_connections_set(struct http_connections *all, int fd, enum http_activity activity);
/* The same, quicker, of one that has a thread before and after. */
void http_connections_mark(struct http_connections *all, int fd, enum http_activity activity);
void http_connections_touch(struct http_connections *all, int fd);
int http_connections_served(struct http_connections *all);

/* The idlest one without a thread; -1 if there is none. */
int http_connections_idlest_waiting(struct http_connections *all);

/* Shuts down the idlest ones with a thread, so that `wanted` threads become free. */
void http_connections_make_room(struct http_connections *all, int wanted);

/* Shuts down all that wait for a next head. */
void http_connections_end_between(struct http_connections *all);

#endif
