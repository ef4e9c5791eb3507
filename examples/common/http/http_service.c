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
#include "http_listen.h"
#include "http_log.h"

/*
 * A connection may need two descriptors, a socket and a file: 448 of them fit the usual limit of
 * 1,024.
 */
enum {
    CONNECTIONS_MAX = 448,
    CONNECTION_MEMORY = 64 * 1024,
    CONNECTION_STACK = 256 * 1024,
    DRAIN_POLL_MS = 20,
    DRAIN_SECONDS = 60, /* a client that sends byte by byte cannot delay the stop for longer */
    CUT_SECONDS = 5     /* then for the answers 503 */
};

struct service {
    struct exchanges exchanges;
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

static struct MHD_Daemon *start(int socket_fd, struct service *service) {
    /*
     * One thread per connection: a slow client or a long write delays no other request, and
     * callbacks may block.
     */
    unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION |
                     MHD_USE_POLL | MHD_USE_ITC | MHD_USE_ERROR_LOG;
    return MHD_start_daemon(
        flags, 0, NULL, NULL, http_exchange_step, &service->exchanges, MHD_OPTION_EXTERNAL_LOGGER,
        log_library, service, /* first, so that it gets the messages about the other options */
        MHD_OPTION_LISTEN_SOCKET, socket_fd, MHD_OPTION_NOTIFY_COMPLETED, http_exchange_end,
        &service->exchanges, MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)HTTP_IDLE_SECONDS,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY, MHD_OPTION_THREAD_STACK_SIZE,
        (size_t)CONNECTION_STACK, MHD_OPTION_END);
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

int http_serve(int socket_fd, const struct http_host *host) {
    struct service service = { .exchanges = { .host = host, .mutex = PTHREAD_MUTEX_INITIALIZER } };
    int rc = -1;
    struct MHD_Daemon *daemon = start(socket_fd, &service);
    if (!daemon) {
        http_log("cannot start the HTTP server");
        close(socket_fd);
        return -1;
    }
    service.serving = true;
    if (http_announce(socket_fd) == 0) {
        const int signal_number = wait_for_stop(host);
        http_log("%s: finishing the running requests",
                 signal_number == SIGINT ? "SIGINT" : "SIGTERM");
        rc = 0;
    }
    atomic_store(&service.exchanges.is_stopping, true);
    int listening = MHD_quiesce_daemon(daemon);
    if (host->stopping) host->stopping(host->ctx);
    finish_requests(&service);
    MHD_stop_daemon(daemon);
    /* not earlier: a thread of the daemon may still use the socket */
    if (listening >= 0) close(listening);
    return rc;
}
