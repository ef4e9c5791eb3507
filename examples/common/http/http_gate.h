/* SPDX-License-Identifier: MIT */
/*
 * Accepts connections, and hands each one over to libmicrohttpd when its first head has arrived
 * and is good. A client that sends its head slowly costs a descriptor, but no thread.
 */
#ifndef EXAMPLES_HTTP_GATE_H
#define EXAMPLES_HTTP_GATE_H

#include <microhttpd.h>

#include "http_connections.h"

#define HTTP_THREADS_MAX 448

struct http_gate;

/* NULL after logging why. Takes over neither the socket nor what else it is given. */
struct http_gate *http_gate_open(int socket_fd, struct http_connections *connections,
                                 struct MHD_Daemon *daemon);
/* A thread has become free. May be called by any thread. */
void http_gate_wake(struct http_gate *gate);
/* Accepts no more, and closes what waits for its first head. */
void http_gate_stop(struct http_gate *gate);
/* After that, and when libmicrohttpd has stopped. */
void http_gate_free(struct http_gate *gate);

#endif
