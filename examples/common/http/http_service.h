/* SPDX-License-Identifier: MIT */
/* Runs a host on a listening socket until SIGTERM or SIGINT. SIGHUP makes it reload. */
#ifndef EXAMPLES_HTTP_SERVICE_H
#define EXAMPLES_HTTP_SERVICE_H

#include <microhttpd.h>

#include "http_answer.h"

/* What became of an answer. */
enum http_outcome {
    HTTP_SENT,    /* the client has it, as far as the host can know */
    HTTP_RESET,   /* it was sent, but the client reset the connection: it may not have read it */
    HTTP_CUT_OFF, /* not all of it was sent, perhaps nothing */
};

/* The callbacks of a host. All but the last two run in a thread of the connection and may block. */
struct http_host {
    /*
     * The header has arrived: creates the host's object for the request, and may decide the answer
     * already. Returns NULL if there is no memory for the object.
     */
    void *(*begin)(void *ctx, struct MHD_Connection *connection, const char *url,
                   const char *method);
    /* A part of the body has arrived; not called once the answer is decided, which this may do. */
    void (*take)(void *request, const char *bytes, size_t length);
    /* The body is complete: decides the answer, unless that was done. */
    void (*finish)(void *request);
    /* Decides the answer with a status of the service's: 408, 429 or 503. */
    void (*refuse)(void *request, unsigned status);
    /* The answer as decided so far. */
    struct http_answer *(*answer)(void *request);
    /* Adds the headers that all answers of the host have, when one is sent. NULL for none. */
    void (*complete_answer)(void *request);
    /* The answer was sent, or the connection closed: frees the request. */
    void (*done)(void *request, enum http_outcome outcome);
    /*
     * No new connection is accepted: requests that wait for something should stop waiting. NULL if
     * none ever waits. Runs in the thread of http_serve().
     */
    void (*stopping)(void *ctx);
    /* SIGHUP: reads again what may have changed. Runs in the thread of http_serve(). */
    void (*reload)(void *ctx);
    void *ctx;
};

/*
 * Blocks the signals that http_serve() waits for and ignores those that must not kill a server.
 * Call it before any thread starts.
 */
void http_signals_prepare(void);

/*
 * Serves with one thread per connection, and takes over the socket. On SIGTERM or SIGINT it accepts
 * no more connections, lets running requests finish and returns 0; a second signal, or 60 s, ends
 * those whose body still arrives with 503.
 * Returns -1 after logging why if it cannot start.
 */
int http_serve(int socket_fd, const struct http_host *host);

#endif
