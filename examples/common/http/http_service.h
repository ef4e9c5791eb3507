/*
 * Runs a host on a listening socket until SIGTERM or SIGINT.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef EXAMPLES_HTTP_SERVICE_H
#define EXAMPLES_HTTP_SERVICE_H

#include <microhttpd.h>

struct http_host {
    MHD_AccessHandlerCallback handle;  /* the first call of a request sets *req_cls or returns MHD_NO */
    MHD_RequestCompletedCallback done; /* also with *req_cls NULL, if that first call failed */
    void (*stopping)(void *ctx);       /* once no further connection is taken: whoever waits should give up; NULL = none */
    void *ctx;
};

/* Blocks the signals that http_serve() waits for, ignores those that must not kill a server. Before there are threads. */
void http_signals_prepare(void);

/*
 * Serves, one thread a connection, and takes over the socket. SIGTERM or SIGINT: takes no more connections, lets requests
 * under way finish, then returns 0; a second signal does not wait for them. -1 if it cannot start, after saying so in the
 * log.
 */
int http_serve(int socket_fd, const struct http_host *host);

#endif
