/* SPDX-License-Identifier: MIT */
/*
 * Runs a host on a listening socket until SIGTERM or SIGINT.
 */
#ifndef EXAMPLES_HTTP_SERVICE_H
#define EXAMPLES_HTTP_SERVICE_H

#include <microhttpd.h>

/*
 * With MHD_NO the connection is cut. Each of them runs in the connection's own thread and may
 * block.
 */
struct http_host {
    /*
     * The header is there: makes the host's own object for the request, and may answer already.
     * MHD_NO without one.
     */
    enum MHD_Result (*begin)(void *ctx, struct MHD_Connection *connection, const char *url,
                             const char *method, void **ret_request);
    /* A piece of the body. */
    enum MHD_Result (*take)(void *request, const char *bytes, size_t length);
    /* The body is complete: answers. */
    enum MHD_Result (*finish)(void *request);
    /* The answer is out, or the connection was cut: the last use of the request. */
    void (*done)(void *request, enum MHD_RequestTerminationCode code);
    /*
     * No further connection is taken: whoever waits should give up. NULL if nobody does. From the
     * thread of http_serve().
     */
    void (*stopping)(void *ctx);
    void *ctx;
};

/*
 * Blocks the signals that http_serve() waits for, ignores those that must not kill a server. Before
 * there are threads.
 */
void http_signals_prepare(void);

/*
 * Serves, one thread a connection, and takes over the socket. SIGTERM or SIGINT: takes no more
 * connections, lets requests under way finish, then returns 0; a second signal does not wait for
 * them. -1 if it cannot start, after saying so in the log.
 */
int http_serve(int socket_fd, const struct http_host *host);

#endif
