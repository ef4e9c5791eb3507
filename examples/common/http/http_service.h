/* SPDX-License-Identifier: MIT */
/* Runs a host on a listening socket until SIGTERM or SIGINT. SIGHUP makes it reload. */
#ifndef EXAMPLES_HTTP_SERVICE_H
#define EXAMPLES_HTTP_SERVICE_H

#include <microhttpd.h>

/*
 * The callbacks of a host. All but `stopping` run in a thread of the connection and may block.
 * MHD_NO closes the connection.
 */
struct http_host {
    /*
     * The header has arrived: creates the host's object for the request, and may answer already.
     * Returns MHD_NO if there is no memory for the object.
     */
    enum MHD_Result (*begin)(void *ctx, struct MHD_Connection *connection, const char *url,
                             const char *method, void **ret_request);
    /* A part of the body has arrived. */
    enum MHD_Result (*take)(void *request, const char *bytes, size_t length);
    /* The body is complete: sends the answer. */
    enum MHD_Result (*finish)(void *request);
    /* The answer was sent, or the connection closed: frees the request. */
    void (*done)(void *request, enum MHD_RequestTerminationCode code);
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
 * no more connections, lets running requests finish and returns 0; a second signal cuts them off.
 * Returns -1 after logging why if it cannot start.
 */
int http_serve(int socket_fd, const struct http_host *host);

#endif
