/* SPDX-License-Identifier: MIT */
#include "http_service.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clocks.h"
#include "http_exchange.h"
#include "http_gate.h"
#include "http_listen.h"
#include "http_log.h"
#include "http_request.h"

enum {
    CONNECTION_MEMORY = 64 * 1024,
    CONNECTION_STACK = 256 * 1024,
    DRAIN_POLL_MS = 20,
    DRAIN_SECONDS = 60, /* a client that sends byte by byte cannot delay the stop for longer */
    CUT_SECONDS = 5     /* then for the answers 503 */
};

struct service {
    struct http_connections connections;
    struct exchanges exchanges;
    struct http_gate *gate;
    atomic_bool serving;
};

static sigset_t stop_signals(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    return set;
}

static sigset_t all_signals(void) {
    sigset_t set = stop_signals();
    sigaddset(&set, SIGHUP);
    return set;
}

void http_signals_prepare(void) {
    sigset_t set = all_signals();
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN); /* the client closed its connection: write() returns an error */
    signal(SIGXFSZ, SIG_IGN); /* a file is too large: write() returns an error */
}

/*
 * Leaves percent escapes in paths and queries: a path with one matches no route, and %00 cannot
 * truncate a text.
 */
static size_t keep_escapes(void *ctx, struct MHD_Connection *connection, char *text) {
    (void)ctx;
    (void)connection;
    return strlen(text);
}

/*
 * Logs why the server does not start. Later messages may quote a client's text, so they are not
 * logged.
 */
__attribute__((format(printf, 2, 0))) static void log_library(void *ctx, const char *format,
                                                              va_list args) {
    struct service *service = ctx;
    char text[256];
    if (service->serving || vsnprintf(text, sizeof text, format, args) < 0) return;
    text[strcspn(text, "\r\n")] = '\0';
    http_log("http: %s", text);
}

/* libmicrohttpd has closed a connection, or is about to. */
static void on_connection(void *ctx, struct MHD_Connection *connection, void **socket_ctx,
                          enum MHD_ConnectionNotificationCode code) {
    struct service *service = ctx;
    (void)socket_ctx;
    if (code != MHD_CONNECTION_NOTIFY_CLOSED) return;
    http_connections_remove(&service->connections, http_socket(connection));
    http_gate_wake(service->gate);
}

static struct MHD_Daemon *start(struct service *service) {
    /*
     * One thread per connection: a slow client or a long write delays no other request, and
     * callbacks may block.
     */
    unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION |
                     MHD_USE_POLL | MHD_USE_ITC | MHD_USE_ERROR_LOG | MHD_USE_NO_LISTEN_SOCKET;
    return MHD_start_daemon(
        flags, 0, NULL, NULL, http_exchange_step, &service->exchanges, MHD_OPTION_EXTERNAL_LOGGER,
        log_library, service, /* first, so that it gets the messages about the other options */
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, service, MHD_OPTION_NOTIFY_COMPLETED,
        http_exchange_end, &service->exchanges, MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)(2 * HTTP_THREADS_MAX), MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)HTTP_IDLE_SECONDS, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
        MHD_OPTION_THREAD_STACK_SIZE, (size_t)CONNECTION_STACK, MHD_OPTION_END);
}

/* Returns false if requests still run after some time, or at a signal. */
static bool wait_for_requests(struct service *service, const sigset_t *signals, int seconds) {
    const struct timespec pause = { 0, DRAIN_POLL_MS * 1000000L };
    int64_t end_ms = monotonic_clock_ms() + seconds * INT64_C(1000);
    while (!http_exchanges_close(&service->exchanges)) {
        if (sigtimedwait(signals, NULL, &pause) > 0) return false;
        if (monotonic_clock_ms() >= end_ms) return false;
    }
    return true;
}

static void finish_requests(struct service *service) {
    sigset_t signals = stop_signals();
    if (wait_for_requests(service, &signals, DRAIN_SECONDS)) return;
    http_log("ending requests whose body has not arrived");
    http_exchanges_cut(&service->exchanges);
    if (wait_for_requests(service, &signals, CUT_SECONDS)) return;
    http_log("cutting off requests that still run");
}

static int wait_for_stop(const struct http_host *host) {
    sigset_t signals = all_signals();
    int signal_number = 0;
    for (;;) {
        sigwait(&signals, &signal_number);
        if (signal_number != SIGHUP) return signal_number;
        host->reload(host->ctx);
    }
}

static void stop(struct service *service) {
    const struct http_host *host = service->exchanges.host;
    atomic_store(&service->exchanges.is_stopping, true);
    http_gate_stop(service->gate);
    http_connections_end_between(&service->connections);
    if (host->stopping) host->stopping(host->ctx);
    finish_requests(service);
}

static int serve(int socket_fd, struct service *service) {
    const struct http_host *host = service->exchanges.host;
    struct MHD_Daemon *daemon = start(service);
    int rc = -1;
    if (!daemon) return -1;
    service->gate = http_gate_open(socket_fd, &service->connections, daemon);
    if (service->gate) {
        service->serving = true;
        if (http_announce(socket_fd) == 0) {
            const int signal_number = wait_for_stop(host);
            http_log("%s: finishing the running requests",
                     signal_number == SIGINT ? "SIGINT" : "SIGTERM");
            rc = 0;
        }
        stop(service);
    }
    MHD_stop_daemon(daemon);
    if (service->gate) http_gate_free(service->gate);
    return rc;
}

int http_serve(int socket_fd, const struct http_host *host) {
    struct service service = { .exchanges = { .host = host,
                                              .connections = &service.connections,
                                              .mutex = PTHREAD_MUTEX_INITIALIZER } };
    int rc = http_connections_open(&service.connections) ? serve(socket_fd, &service) : -1;
    if (!service.serving) http_log("cannot start the HTTP server");
    http_connections_close(&service.connections);
    close(socket_fd);
    return rc;
}
