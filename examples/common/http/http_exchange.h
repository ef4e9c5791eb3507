/* SPDX-License-Identifier: MIT */
/*
 * One request and its answer. Decides when the answer is sent: as soon as the host has decided it,
 * even if the body still arrives.
 */
#ifndef EXAMPLES_HTTP_EXCHANGE_H
#define EXAMPLES_HTTP_EXCHANGE_H

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "http_connections.h"
#include "http_service.h"

#define HTTP_IDLE_SECONDS 30 /* a body that stalls is then given up */

struct exchange;

/* What all exchanges of a host share. */
struct exchanges {
    const struct http_host *host;
    struct http_connections *connections;
    pthread_mutex_t mutex;
    struct exchange *first; /* those that run */
    bool is_closed;         /* no new one is accepted */
    bool is_cut;            /* bodies that still arrive are given up */
    atomic_bool is_stopping;
};

/* For MHD_start_daemon() and MHD_OPTION_NOTIFY_COMPLETED; `ctx` is a struct exchanges. */
enum MHD_Result http_exchange_step(void *ctx, struct MHD_Connection *connection, const char *url,
                                   const char *method, const char *version, const char *data,
                                   size_t *size, void **exchange);
void http_exchange_end(void *ctx, struct MHD_Connection *connection, void **exchange,
                       enum MHD_RequestTerminationCode code);

/* Checks and closes in one step, so that no exchange begins in between. True if none runs. */
bool http_exchanges_close(struct exchanges *exchanges);

/* Answers those with 503 whose body has not arrived yet. */
void http_exchanges_cut(struct exchanges *exchanges);

#endif
